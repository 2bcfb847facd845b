"""What is asked of each server: a list of bodies for each operation, the same questions in the words of either."""

import json
import pathlib
import random
import uuid

from generate import TACTICS
from tandem import instant

HERE = pathlib.Path(__file__).resolve().parent
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
ORDER = ["point", "list", "aggregate", "page", "insert", "bulk"]
PAGE = {"period": {"from": "2025-01-01", "to": "2026-01-01"}, "lookback": 90}
EVERYTHING = {"from": "2023-01-01", "to": "2026-01-01"}
# Touches that are inserted lie behind the days the page is about.
INSERTED = 1_768_000_000
DOCUMENTS = 500
BULK = 1_000
BULKS = 5

TANDEM = {
    "point": """query($id: ID!) { opportunity(id: $id) { id name openedAt amount { amount currency }
      account { id name domain touches(first: 20) { nodes { id occurredAt kind channel resource } } }
      buyingGroup { role stance person { id email kind } } } }""",
    "list": """query($after: String) { opportunities(first: 50, after: $after) { nodes { id name openedAt amount { amount currency }
      account { id name domain } } } }""",
    "aggregate": "query($period: PeriodInput!) { pipelineVelocity(period: $period) { whole { won wonValue { amount } } } }",
    "insert": "mutation($input: RecordTouchInput!) { recordTouch(input: $input) { touch { id } userErrors { message } } }",
    "bulk": "mutation($input: RecordTouchesInput!) { recordTouches(input: $input) { results { outcome } userErrors { message } } }",
}
POSTGRAPHILE = {
    "point": """query($o: UUID!, $id: UUID!) { opportunity(organizationId: $o, rowId: $id) { rowId name openedAt amountMinor currency
      organizationAccount { rowId name domain touchesByOrganizationIdAndAccountId(first: 20, orderBy: [OCCURRED_AT_DESC, ROW_ID_DESC]) {
        nodes { rowId occurredAt kind channel resource } } }
      buyingRolesByOrganizationIdAndOpportunityId { nodes { role stance organizationPerson { rowId email kind } } } } }""",
    "list": """query($o: UUID!, $after: Cursor) { opportunities(condition: { organizationId: $o }, first: 50, after: $after,
      orderBy: [OPENED_AT_DESC, ROW_ID_DESC]) { nodes { rowId name openedAt amountMinor currency
      organizationAccount { rowId name domain } } } }""",
    "aggregate": """query($o: UUID!) { closes(condition: { organizationId: $o }) {
      aggregates { distinctCount { rowId } sum { amountMinor } } } }""",
    "insert": "mutation($touch: TouchInput!) { createTouch(input: { touch: $touch }) { touch { rowId } } }",
    "bulk": "mutation($o: UUID!, $items: JSON!) { peerCreateTouches(input: { organization: $o, items: $items }) { result } }",
}


def uuid_of(name):
    number = 0
    for digit in name.rsplit("_", 1)[1]:
        number = number << 5 | DIGITS.index(digit)
    return str(uuid.UUID(int=number))


def walk(ask, document, variables, field, page=100):
    """The nodes and the cursors of a whole list, a page at a time."""
    nodes, cursors, after = [], [None], None
    while True:
        found = ask(document, {**variables, "first": page, "after": after})[1][field]
        nodes += found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            return nodes, cursors
        after = found["pageInfo"]["endCursor"]
        cursors.append(after)


class Known:
    """What the operations name: opportunities, people, tactics of the organization, and the places in its list."""

    def __init__(self, ask, organization):
        self.organization = uuid_of(organization)
        document = """query($first: Int, $after: String) { opportunities(first: $first, after: $after) { pageInfo { hasNextPage endCursor }
          nodes { id buyingGroup { person { id } } } } }"""
        nodes, self.cursors = walk(ask, document, {}, "opportunities", 50)
        self.opportunities = [node["id"] for node in nodes]
        self.people = [role["person"]["id"] for node in nodes for role in node["buyingGroup"]]
        tactics = ask("{ tactics(first: 100) { nodes { id name } } }", {})[1]["tactics"]["nodes"]
        self.tactics = {tactic["name"]: tactic["id"] for tactic in tactics}

    def touches(self, dice, count):
        """New touches: moment, person, tactic."""
        return [(INSERTED + dice.randrange(1_000_000), dice.choice(self.people), dice.choice(TACTICS)) for _ in range(count)]


def lines(document, variables):
    return [json.dumps({"query": document, "variables": each}) for each in variables]


def tandem_bodies(known):
    dice = random.Random(1)
    some = [dice.choice(known.opportunities) for _ in range(DOCUMENTS)]

    def new(touch):
        at, person, tactic = touch
        return {"occurredAt": instant(at), "personId": person, "tacticId": known.tactics[tactic[0]], "kind": tactic[3], "actorKind": tactic[4]}

    return {
        "point": lines(TANDEM["point"], [{"id": opportunity} for opportunity in some]),
        "list": lines(TANDEM["list"], [{"after": after} for after in known.cursors]),
        "aggregate": lines(TANDEM["aggregate"], [{"period": EVERYTHING}]),
        "page": lines((HERE / "page.graphql").read_text(), [PAGE]),
        "insert": lines(TANDEM["insert"], [{"input": new(touch)} for touch in known.touches(dice, DOCUMENTS)]),
        "bulk": lines(TANDEM["bulk"], [{"input": {"items": [new(touch) for touch in known.touches(dice, BULK)]}} for _ in range(BULKS)]),
    }


def postgraphile_bodies(known, ask):
    dice = random.Random(1)
    some = [dice.choice(known.opportunities) for _ in range(DOCUMENTS)]
    of = {"o": known.organization}
    document = """query($o: UUID!, $first: Int, $after: Cursor) { opportunities(condition: { organizationId: $o }, first: $first, after: $after,
      orderBy: [OPENED_AT_DESC, ROW_ID_DESC]) { pageInfo { hasNextPage endCursor } nodes { rowId } } }"""
    nodes, cursors = walk(ask, document, of, "opportunities", 50)
    if len(nodes) != len(known.opportunities):
        raise SystemExit(f"PostGraphile sees {len(nodes)} opportunities, Tandem {len(known.opportunities)}")

    def row(touch):
        at, person, tactic = touch
        return {"occurred_at": at * 1_000_000, "person_id": uuid_of(person), "tactic_id": uuid_of(known.tactics[tactic[0]]),
                "kind": tactic[3], "actor_kind": tactic[4], "channel": tactic[2], "resource": tactic[1]}

    def new(touch):
        fields = {"".join(part.title() if place else part for place, part in enumerate(name.split("_"))): value
                  for name, value in row(touch).items()}
        at = str(fields["occurredAt"])
        return {**fields, "organizationId": known.organization, "rowId": "@uuid@", "occurredAt": at, "recordedAt": at, "retracted": False}

    return {
        "point": lines(POSTGRAPHILE["point"], [{**of, "id": uuid_of(opportunity)} for opportunity in some]),
        "list": lines(POSTGRAPHILE["list"], [{**of, "after": after} for after in cursors]),
        "aggregate": lines(POSTGRAPHILE["aggregate"], [of]),
        "insert": lines(POSTGRAPHILE["insert"], [{"touch": new(touch)} for touch in known.touches(dice, DOCUMENTS)]),
        "bulk": lines(POSTGRAPHILE["bulk"], [{**of, "items": [row(touch) for touch in known.touches(dice, BULK)]} for _ in range(BULKS)]),
    }
