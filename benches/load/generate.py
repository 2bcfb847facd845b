#!/usr/bin/env python3
"""Makes up several organizations with all that happened to them in three years, and fills a database with them through Tandem.

    python3 benches/load/generate.py S FOLDER                                     # the files alone
    python3 benches/load/generate.py S FOLDER --fill [--database-url postgres://…] # and an empty database

S, M and L have 100 000, 1 000 000 and 10 000 000 touches. The first organization has half of everything, the others share the
rest by a power law. The rows are the same every time. Needs nothing but Python and the binary.
"""

import argparse
import datetime
import itertools
import json
import math
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from tandem import RATES, Tandem, instant, write  # noqa: E402

# Touches and organizations.
SIZES = {"S": (100_000, 10), "M": (1_000_000, 20), "L": (10_000_000, 50)}
DAY = 86_400
BEGIN = int(datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
END = int(datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
MONTHS = [datetime.date(2023 + month // 12, month % 12 + 1, 1) for month in range(36)]
EMAIL = "bench@example.com"
SOURCE = "bench"
FILES = ["accounts", "tactics", "people", "touches", "stages", "costs"]

# Name, resource, channel, kind and actor of a tactic, and how often it is met by strangers and by those who are known.
TACTICS = [
    ("search", "MARKETING", "ORGANIC_SEARCH", "VISIT", "CAMPAIGN", 24, 10),
    ("paid-search", "MARKETING", "PAID_SEARCH", "CLICK", "CAMPAIGN", 14, 4),
    ("paid-social", "MARKETING", "PAID_SOCIAL", "CLICK", "CAMPAIGN", 12, 5),
    ("download", "MARKETING", "CONTENT", "CONTENT_VIEW", "CAMPAIGN", 8, 8),
    ("webinar", "MARKETING", "WEB", "EVENT_ATTENDANCE", "CAMPAIGN", 5, 7),
    ("newsletter", "MARKETING", "EMAIL", "EMAIL", "CAMPAIGN", 5, 14),
    ("trade-fair", "MARKETING", "EVENT", "EVENT_ATTENDANCE", "CAMPAIGN", 4, 5),
    ("call", "SALES", "PHONE", "CALL", "SELLER", 1, 7),
    ("letter", "SALES", "EMAIL", "EMAIL", "SELLER", 2, 10),
    ("message", "SALES", "SOCIAL", "MESSAGE", "SELLER", 2, 4),
    ("demo", "SALES", "WEB", "MEETING", "SELLER", 1, 5),
    ("meeting", "SALES", "MEETING", "MEETING", "SELLER", 1, 4),
    ("forum", "PRODUCT", "COMMUNITY", "MESSAGE", "COMMUNITY_MEMBER", 5, 4),
    ("chat", "PRODUCT", "COMMUNITY", "MESSAGE", "PEER", 4, 5),
    ("meetup", "PRODUCT", "EVENT", "EVENT_ATTENDANCE", "COMMUNITY_MEMBER", 2, 3),
    ("champion", "PRODUCT", "WORD_OF_MOUTH", "RECOMMENDATION", "PEER", 2, 3),
    ("documentation", "PRODUCT", "IN_PRODUCT", "PRODUCT_USE", "PRODUCT", 10, 2),
]
STRANGERS = list(itertools.accumulate(tactic[5] for tactic in TACTICS))
ACQUAINTANCES = list(itertools.accumulate(tactic[6] for tactic in TACTICS))
FIRST_CONTACTS = [7, 8, 9]
COSTS = {"MARKETING": "MEDIA", "SALES": "SALARY", "PRODUCT": "COMMUNITY"}

# The last stage somebody comes to, how many come no further, and the touches they have in the mean.
STAGES = ["ENGAGED", "KNOWN", "QUALIFIED", "ACCEPTED", "OPPORTUNITY"]
DEPTHS = [0.60, 0.85, 0.925, 0.96, 1.0]
TOUCHES = [2, 5, 10, 14, 25]
# Days to the next stage in the mean, and for how many days after the last one there are touches.
DAYS = [3, 14, 5, 10]
LINGER = [10, 15, 15, 20, 30]
OUTCOMES = [(0.25, "WON"), (0.50, "LOST_COMPETITOR"), (0.70, "LOST_OTHER"), (0.85, "NO_DECISION_STATUS_QUO"), (1.0, None)]
PEOPLE_OF_AN_ACCOUNT = 4
TOUCHES_OF_A_PERSON = 4.75

# The goals of each quarter of 2025: name, metric, arguments, direction, target for a million touches, unit of the target.
GOALS = [
    ("Customers", "credited_closes", {}, 300),
    ("Revenue", "credited_value", {}, 8_000_000),
    ("Customers that Marketing brings", "credited_closes", {"resource": "MARKETING"}, 120),
    ("Qualified leads", "stage_entries", {"stage": "QUALIFIED"}, 4_000),
]


def shares(organizations):
    rest = [1 / place for place in range(1, organizations)]
    return [0.5] + [0.5 * part / sum(rest) for part in rest]


class Organization:
    """The files of one organization, and what no file can tell."""

    def __init__(self, folder, number, touches):
        self.folder = folder / f"{number:02}"
        self.name = f"Organization {number}"
        self.number = number
        self.touches = touches
        self.dice = random.Random(f"organization {number} of {touches} touches")
        self.deals = self.folder / "deals.jsonl"

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        people = [self.person() for _ in range(max(1, round(self.touches / TOUCHES_OF_A_PERSON)))]
        people.sort(key=lambda person: person["at"][0])
        accounts = max(1, sum(len(person["at"]) > 1 for person in people) // PEOPLE_OF_AN_ACCOUNT)
        of_account = [[] for _ in range(accounts)]
        for number, person in enumerate(people):
            if len(person["at"]) > 1:
                person["account"] = self.dice.randrange(accounts)
                of_account[person["account"]].append(number)
        self.count_touches(people)
        self.table("accounts", ["account", "account_name"], ((f"a{n}", f"Account {n}") for n in range(accounts)))
        self.table("tactics", ["tactic", "resource", "channel"], (tactic[:3] for tactic in TACTICS))
        self.table("people", ["person", "known_at", "email", "employer"], (
            (f"p{n}", instant(person["at"][1]), f"p{n}@a{person['account']}.example", f"a{person['account']}") if "account" in person
            else (f"p{n}", "", "", "") for n, person in enumerate(people)))
        self.table("touches", ["touch", "at", "touched", "of", "by", "kind", "actor"], self.touch_rows(people))
        self.table("stages", ["event", "entered_at", "subject", "stage"], (
            (f"p{n}#{stage}", instant(at), f"p{n}", stage)
            for n, person in enumerate(people) for stage, at in zip(STAGES, person["at"])))
        self.table("costs", ["cost", "from", "to", "spender", "category", "amount", "for"], self.cost_rows())
        with open(self.deals, "w") as file:
            for number, person in enumerate(people):
                if "closed" in person or len(person["at"]) == len(STAGES):
                    file.write(json.dumps(self.deal(number, person, of_account)) + "\n")

    def table(self, name, header, rows):
        write(self.folder / f"{name}.csv", header, rows)

    def person(self):
        """The moments of the stages somebody comes to before the end, and how a deal with them ends."""
        dice = self.dice
        # There are more of them from year to year.
        at = BEGIN + int((END - BEGIN - 2 * DAY) * math.sqrt(0.9 * dice.random() + 0.1 * dice.random() ** 2))
        drawn = dice.random()
        depth = next(depth for depth, share in enumerate(DEPTHS) if drawn < share)
        moments = [at]
        for days in DAYS[:depth]:
            at += 60 + int(dice.expovariate(1 / (days * DAY)))
            moments.append(at)
        person = {"depth": depth, "at": [moment for moment in moments if moment < END]}
        if depth == 4 and len(person["at"]) == len(STAGES):
            drawn = dice.random()
            outcome = next(outcome for share, outcome in OUTCOMES if drawn < share)
            closed = at + 60 + int(dice.expovariate(1 / (45 * DAY)))
            if outcome and closed < END:
                person["closed"], person["outcome"] = closed, outcome
        return person

    def count_touches(self, people):
        """How many each has, so that they are as many as wanted."""
        dice, left = self.dice, self.touches
        for person in people:
            person["touches"] = 1 + round(dice.gammavariate(2, (TOUCHES[person["depth"]] - 1) / 2))
            left -= person["touches"]
        while left:
            person = dice.choice(people)
            if left > 0 or person["touches"] > 1:
                person["touches"] += 1 if left > 0 else -1
                left -= 1 if left > 0 else -1

    def touch_rows(self, people):
        dice, places, number = self.dice, range(len(TACTICS)), itertools.count()
        for place, person in enumerate(people):
            moments, account = person["at"], f"a{person['account']}" if "account" in person else ""
            last = min(END - 1, person.get("closed") or moments[-1] + LINGER[len(moments) - 1] * DAY)
            first, known = moments[0], moments[1] if len(moments) > 1 else END
            times = [first] + [first + int(dice.random() * (last - first)) for _ in range(person["touches"] - 1)]
            # Most of those who are qualified hear of Sales within hours or days.
            contact = len(moments) > 2 and len(times) > 1 and dice.random() < 0.85
            if contact:
                times[1] = min(END - 1, moments[2] + 1 + int(dice.lognormvariate(math.log(14), 1) * 3_600))
            for which, at in enumerate(times):
                if contact and which == 1:
                    tactic = TACTICS[dice.choice(FIRST_CONTACTS)]
                else:
                    tactic = TACTICS[dice.choices(places, cum_weights=STRANGERS if at <= known else ACQUAINTANCES)[0]]
                yield f"x{next(number)}", instant(at), f"p{place}", account if at > known else "", tactic[0], tactic[3], tactic[4]

    def cost_rows(self):
        for month in MONTHS:
            last = (month.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1)
            for tactic in TACTICS:
                amount = self.dice.lognormvariate(8, 0.6) * self.touches / 20_000
                yield f"{tactic[0]}-{month}", month, last, tactic[1], COSTS[tactic[1]], f"{amount:.2f}", tactic[0]

    def deal(self, number, person, of_account):
        colleagues = [other for other in of_account[person["account"]][:4] if other != number and self.dice.random() < 0.6]
        return {
            "name": f"d{number}", "account": f"a{person['account']}", "people": [f"p{other}" for other in [number, *colleagues[:3]]],
            "amount": f"{self.dice.lognormvariate(10, 0.8):.2f}", "opened": instant(person["at"][4]),
            "closed": instant(person["closed"]) if "closed" in person else None, "outcome": person.get("outcome"),
        }


def organizations(size, folder):
    touches, number = SIZES[size]
    counts = [round(share * touches) for share in shares(number)]
    counts[0] += touches - sum(counts)
    return [Organization(folder, place + 1, count) for place, count in enumerate(counts)]


def generate(size, folder):
    """The organizations, with their files; files that are there already are taken as they are."""
    made = organizations(size, folder)
    done = folder / "done"
    if not done.exists():
        for organization in made:
            organization.write()
        done.touch()
    return made


def fill(tandem, made):
    """Fills an empty database and gives the ids of the organizations."""
    ids = [tandem.create(organization.name, EMAIL) for organization in made]
    for organization, known in zip(made, ids):
        files = [organization.folder / f"{name}.csv" for name in FILES]
        output = tandem.run("import", "--mapping", HERE / "mapping.toml", "--organization", known, "--rejects", organization.folder, *files)
        summary = next(line for line in output.splitlines() if " rows in " in line)
        print(f"{organization.name}: imported {summary}", flush=True)
        if not summary.endswith(" 0 rejected"):
            raise SystemExit(output)
    with tandem.serve("--no-scheduler", *RATES) as server:
        for organization, known in zip(made, ids):
            fill_by_api(server.caller(EMAIL, known), organization)
    return ids


def fill_by_api(caller, organization):
    """What no file can tell: opportunities with their people and ends, and goals."""
    begun = time.perf_counter()
    with open(organization.deals) as file:
        deals = [json.loads(line) for line in file]
    calls = fill_deals(caller, deals) + fill_goals(caller, organization)
    rate = calls / (time.perf_counter() - begun)
    print(f"{organization.name}: {len(deals)} opportunities and goals in {calls} mutations, {rate:.0f}/s", flush=True)


def fill_deals(caller, deals):
    accounts = dict(zip(names := sorted({deal["account"] for deal in deals}), caller.find("accountByExternalId", SOURCE, names)))
    people = dict(zip(names := sorted({name for deal in deals for name in deal["people"]}),
                      caller.find("personByExternalId", SOURCE, names)))
    money = lambda deal: {"amount": deal["amount"], "currency": "USD"}  # noqa: E731
    made = caller.each("createOpportunity", "opportunity { id }", [{
        "accountId": accounts[deal["account"]], "name": deal["name"], "amount": money(deal), "openedAt": deal["opened"],
        "externalId": {"source": SOURCE, "value": deal["name"]}} for deal in deals])
    made = [answer["opportunity"]["id"] for answer in made]
    roles = [{"opportunityId": deal_id, "personId": people[name], "role": "INFLUENCER" if place else "DECIDER", "stance": "SUPPORTS",
              "since": deal["opened"]} for deal_id, deal in zip(made, deals) for place, name in enumerate(deal["people"])]
    caller.each("setBuyingRole", "buyingRole { id }", roles)
    ended = sorted((deal["closed"], deal_id, deal) for deal_id, deal in zip(made, deals) if deal["closed"])
    won = [{"accountId": accounts[deal["account"]], "personId": people[deal["people"][0]], "opportunityId": deal_id, "amount": money(deal),
            "occurredAt": closed, "path": "ASSISTED", "sourceResource": "SALES"} for closed, deal_id, deal in ended if deal["outcome"] == "WON"]
    caller.bulk("generateAccounts", won)
    lost = [{"opportunityId": deal_id, "outcome": deal["outcome"], "closedAt": closed, "reason": "as they said"}
            for closed, deal_id, deal in ended if deal["outcome"] != "WON"]
    caller.each("closeOpportunity", "opportunity { id }", lost)
    return len(made) + len(roles) + len(won) + len(lost)


def fill_goals(caller, organization):
    goals = [{"name": f"{name} {quarter}", "metric": {"key": metric, "args": arguments}, "owners": ["MARKETING", "SALES", "PRODUCT"],
              "fiscalPeriod": {"year": 2025, "quarter": quarter}, "direction": "HIGHER_IS_BETTER",
              "target": str(max(1, round(target * organization.touches / 1_000_000)))}
             for quarter in range(1, 5) for name, metric, arguments, target in GOALS]
    caller.each("createGoal", "goal { id }", goals)
    return len(goals)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("size", choices=SIZES)
    arguments.add_argument("folder", type=pathlib.Path, help="where the files go")
    arguments.add_argument("--fill", action="store_true", help="fill a database too")
    arguments.add_argument("--tandem", default=HERE.parents[1] / "target/release/tandem", help="the binary")
    arguments.add_argument("--database-url", help="an empty database; a new SQLite file if not given")
    arguments = arguments.parse_args()
    made = generate(arguments.size, arguments.folder)
    if arguments.fill:
        fill(Tandem(arguments.tandem, arguments.folder / "data", arguments.database_url), made)


if __name__ == "__main__":
    main()
