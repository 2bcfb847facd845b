#!/usr/bin/env python3
"""Fills a database with made-up touches and stage events and times the funnel through the API, cold and warm, a page of
twenty goals, how soon new touches are known, and the first page of the journey of an account with 2 000 items.

    cargo build --release
    python3 benches/server.py                                  # SQLite, 1 000 000 touches
    python3 benches/server.py --database-url postgres://…      # an empty database of PostgreSQL
    python3 benches/server.py --touches 10000                  # for the memory of the import

The rows are the same every time. Needs nothing but Python and the binary.
"""

import argparse
import datetime
import json
import os
import pathlib
import random
import subprocess
import tempfile

from tandem import Tandem, instant, memory, write

HERE = pathlib.Path(__file__).resolve().parent
CHANNELS = ["ORGANIC_SEARCH", "PAID_SEARCH", "SOCIAL", "EMAIL", "REFERRAL", "COMMUNITY", "PHONE", "MEETING"]
RESOURCES = ["MARKETING", "MARKETING", "MARKETING", "MARKETING", "PRODUCT", "PRODUCT", "SALES", "SALES"]
JOURNEY = """query($id: ID) { journey(accountId: $id, first: 25) {
  pageInfo { hasNextPage } nodes { occurredAt kind object { id ... on Touch { channel resource } } } } }"""
STAGES = [("KNOWN", 1.0), ("QUALIFIED", 0.6), ("ACCEPTED", 0.7), ("OPPORTUNITY", 0.6), ("CLOSED", 0.4)]
BEGIN = int(datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
SET_GOAL = "mutation($input: CreateGoalInput!) { createGoal(input: $input) { userErrors { field message } } }"
GOALS = "{ goals(first: 20) { nodes { name progress { actual { value } expected attainment { value } projected { value } } } } }"
FUNNEL = """query($by: FunnelBreakdownInput) { funnel(period: { from: "2025-01-01", to: "2025-10-01" }, window: "P90D",
  stages: ["KNOWN", "QUALIFIED", "OPPORTUNITY", "CLOSED"], breakdown: $by) { pending steps { entered matured } } }"""


def generate(folder, touches):
    """One person for five touches, about half a stage event for each touch."""
    made = random.Random(1)
    people = max(1, touches // 5)
    first = [BEGIN + made.randrange(360 * 86400) for _ in range(people)]
    write(folder / "people.csv", ["person", "known_at"], ((f"p{p}", instant(at)) for p, at in enumerate(first)))
    write(folder / "tactics.csv", ["tactic", "resource", "channel"], zip((f"t{n}" for n in range(8)), RESOURCES, CHANNELS))

    def touch_rows():
        for number in range(touches):
            person = made.randrange(people)
            yield f"x{number}", instant(first[person] + made.randrange(90 * 86400)), f"p{person}", f"t{made.randrange(8)}"

    def stage_rows():
        for person, at in enumerate(first):
            for stage, share in STAGES:
                if made.random() > share:
                    break
                yield f"p{person}#{stage}", instant(at), f"p{person}", stage
                at += made.randrange(1, 30 * 86400)

    write(folder / "touches.csv", ["touch", "at", "touched", "by"], touch_rows())
    write(folder / "stages.csv", ["event", "entered_at", "subject", "stage"], stage_rows())


def timed_import(tandem, folder, name):
    """The import with the most memory it had, in MiB."""
    process = subprocess.Popen(
        tandem.command("import", "--mapping", HERE / "server.toml", folder / f"{name}.csv"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(output)
    summary = next(line for line in output.splitlines() if " rows in " in line)
    print(f"import of {name}: {summary}, at most {usage.ru_maxrss // 1024} MiB", flush=True)


def time_journey(caller):
    """The round trips of the first page of a long journey, beside those of a question that reads nothing."""
    _, made = caller.ask('mutation { recordAccount(input: { name: "Long" }) { account { id } } }')
    account = made["recordAccount"]["account"]["id"]
    touches = [{"accountId": account, "occurredAt": instant(BEGIN + number * 3600), "kind": "VISIT", "channel": "WEB", "actorKind": "CAMPAIGN",
                "resource": "MARKETING"} for number in range(2_000)]
    for part in (touches[:1_000], touches[1_000:]):
        caller.ask("mutation($items: [NewTouchInput!]!) { recordTouches(input: { items: $items }) { results { outcome } } }",
                   {"items": part})
    for title, document, variables in [("journey, 25 of 2 000 items", JOURNEY, {"id": account}), ("nothing", "{ __typename }", {})]:
        times = sorted(caller.ask(document, variables)[0] for _ in range(50))
        print(f"{title}: median {times[len(times) // 2]:.1f} ms, slowest {times[-1]:.1f} ms")


def time_goals(caller):
    """A page of twenty goals on four metrics over five periods, all told from stage events."""
    metrics = [("stage_entries", {"stage": "QUALIFIED"}), ("stage_entries", {"stage": "CLOSED"}), ("stage_stock", {"stage": "OPPORTUNITY"}),
               ("funnel", {"stage": "CLOSED", "window": "P90D"})]
    for number in range(20):
        key, args = metrics[number % 4]
        goal = {"name": f"Goal {number}", "metric": {"key": key, "args": args}, "owners": ["MARKETING"], "target": "0.5",
                "direction": "HIGHER_IS_BETTER", "period": {"from": f"2025-0{1 + number // 4}-01", "to": f"2025-0{4 + number // 4}-01"}}
        answer = caller.ask(SET_GOAL, {"input": goal})[1]
        if answer["createGoal"]["userErrors"]:
            raise SystemExit(answer)
    times = [caller.ask(GOALS)[0] for _ in range(3)]
    print(f"page of 20 goals: first {times[0]:.0f} ms, second {times[1]:.0f} ms, third {times[2]:.0f} ms")


def time_refresh(caller):
    """The same question before and after 1 000 touches more: what it takes to know them."""
    person = caller.ask("{ people(first: 1) { nodes { id } } }")[1]["people"]["nodes"][0]["id"]
    touches = [{"personId": person, "occurredAt": instant(BEGIN + number), "kind": "VISIT", "channel": "WEB", "actorKind": "CAMPAIGN",
                "resource": "MARKETING"} for number in range(1_000)]
    before = min(caller.ask(FUNNEL)[0] for _ in range(5))
    caller.ask("mutation($items: [NewTouchInput!]!) { recordTouches(input: { items: $items }) { results { outcome } } }", {"items": touches})
    print(f"1 000 touches more: {caller.ask(FUNNEL)[0]:.0f} ms where it was {before:.0f} ms")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--tandem", default=HERE.parent / "target/release/tandem", help="the binary")
    arguments.add_argument("--database-url", help="an empty database; a new SQLite file if not given")
    arguments.add_argument("--touches", type=int, default=1_000_000)
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        tandem = Tandem(arguments.tandem, folder / "data", arguments.database_url)
        generate(folder, arguments.touches)
        tandem.create("Bench", "bench@example.com")
        for name in ["people", "tactics", "touches", "stages"]:
            timed_import(tandem, folder, name)
        with tandem.serve() as server:
            print(f"server: ready in {server.ready:.0f} ms, idle at {memory(server.pid)} MiB")
            caller = server.caller("bench@example.com")
            for title, variables in [("funnel", {}), ("funnel by channel", {"by": {"by": "CHANNEL", "at": "FIRST_STEP"}})]:
                times = [caller.ask(FUNNEL, variables) for _ in range(3)]
                print(f"{title}: first {times[0][0]:.0f} ms, second {times[1][0]:.0f} ms, third {times[2][0]:.0f} ms")
            print(json.dumps(times[-1][1]["funnel"]["steps"]))
            print(f"server: {memory(server.pid)} MiB with what it knows")
            time_goals(caller)
            time_refresh(caller)
            time_journey(caller)


if __name__ == "__main__":
    main()
