#!/usr/bin/env python3
"""Fills a database with made-up touches and stage events and times the funnel through the API, cold and warm, and the first
page of the journey of an account with 2 000 items.

    cargo build --release
    python3 benches/server.py                                  # SQLite, 1 000 000 touches
    python3 benches/server.py --database-url postgres://…      # an empty database of PostgreSQL
    python3 benches/server.py --touches 10000                  # for the memory of the import

The rows are the same every time. Needs nothing but Python and the binary.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
CHANNELS = ["ORGANIC_SEARCH", "PAID_SEARCH", "SOCIAL", "EMAIL", "REFERRAL", "COMMUNITY", "PHONE", "MEETING"]
RESOURCES = ["MARKETING", "MARKETING", "MARKETING", "MARKETING", "PRODUCT", "PRODUCT", "SALES", "SALES"]
JOURNEY = """query($id: ID) { journey(accountId: $id, first: 25) {
  pageInfo { hasNextPage } nodes { occurredAt kind object { id ... on Touch { channel resource } } } } }"""
STAGES = [("KNOWN", 1.0), ("QUALIFIED", 0.6), ("ACCEPTED", 0.7), ("OPPORTUNITY", 0.6), ("CLOSED", 0.4)]
BEGIN = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
FUNNEL = """query($by: FunnelBreakdownInput) { funnel(period: { from: "2025-01-01", to: "2025-10-01" }, window: "P90D",
  stages: ["KNOWN", "QUALIFIED", "OPPORTUNITY", "CLOSED"], breakdown: $by) { pending steps { entered matured } } }"""


def instant(seconds):
    return (BEGIN + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def generate(folder, touches):
    """One person for five touches, about half a stage event for each touch."""
    made = random.Random(1)
    people = max(1, touches // 5)
    first = [made.randrange(360 * 86400) for _ in range(people)]
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


def run(command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True, capture_output=True, **options)


def timed_import(tandem, common, folder, name):
    """The import with the most memory it had, in MiB."""
    process = subprocess.Popen(
        [str(part) for part in [tandem, *common, "import", "--mapping", HERE / "server.toml", folder / f"{name}.csv"]],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(output)
    summary = next(line for line in output.splitlines() if " rows in " in line)
    print(f"import of {name}: {summary}, at most {usage.ru_maxrss // 1024} MiB", flush=True)


def ask(url, token, document, variables):
    body = json.dumps({"query": document, "variables": variables}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    begin = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=120) as response:
        answer = json.load(response)
    elapsed = (time.perf_counter() - begin) * 1000
    if "errors" in answer:
        raise SystemExit(json.dumps(answer["errors"], indent=2))
    return elapsed, answer["data"]


def time_journey(url, token):
    """The round trips of the first page of a long journey, beside those of a question that reads nothing."""
    _, made = ask(url, token, 'mutation { recordAccount(input: { name: "Long" }) { account { id } } }', {})
    account = made["recordAccount"]["account"]["id"]
    touches = [{"accountId": account, "occurredAt": instant(number * 3600), "kind": "VISIT", "channel": "WEB", "actorKind": "CAMPAIGN",
                "resource": "MARKETING"} for number in range(2_000)]
    for part in (touches[:1_000], touches[1_000:]):
        ask(url, token, "mutation($items: [NewTouchInput!]!) { recordTouches(input: { items: $items }) { results { outcome } } }",
            {"items": part})
    for title, document, variables in [("journey, 25 of 2 000 items", JOURNEY, {"id": account}), ("nothing", "{ __typename }", {})]:
        times = sorted(ask(url, token, document, variables)[0] for _ in range(50))
        print(f"{title}: median {times[len(times) // 2]:.1f} ms, slowest {times[-1]:.1f} ms")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--tandem", default=HERE.parent / "target/release/tandem", help="the binary")
    arguments.add_argument("--database-url", help="an empty database; a new SQLite file if not given")
    arguments.add_argument("--touches", type=int, default=1_000_000)
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        common = ["--data-dir", folder / "data"]
        if arguments.database_url:
            common += ["--database-url", arguments.database_url]
        generate(folder, arguments.touches)
        run([arguments.tandem, *common, "admin", "create", "--organization", "Bench", "--currency", "USD", "--time-zone", "UTC",
             "--email", "bench@example.com"])
        for name in ["people", "tactics", "touches", "stages"]:
            timed_import(arguments.tandem, common, folder, name)
        server = subprocess.Popen(
            [str(part) for part in [arguments.tandem, *common, "serve", "--listen", "127.0.0.1:0"]], stdout=subprocess.PIPE, text=True)
        try:
            begin = time.perf_counter()
            url = re.search(r"http://\S+", server.stdout.readline()).group()
            ready = (time.perf_counter() - begin) * 1000
            memory = int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{server.pid}/status").read_text()).group(1)) // 1024
            print(f"server: ready in {ready:.0f} ms, idle at {memory} MiB")
            token = run([arguments.tandem, *common, "token", "--member", "bench@example.com"]).stdout.strip()
            for title, variables in [("funnel", {}), ("funnel by channel", {"by": {"by": "CHANNEL", "at": "FIRST_STEP"}})]:
                times = [ask(url + "/graphql", token, FUNNEL, variables) for _ in range(3)]
                print(f"{title}: first {times[0][0]:.0f} ms, second {times[1][0]:.0f} ms, third {times[2][0]:.0f} ms")
            print(json.dumps(times[-1][1]["funnel"]["steps"]))
            time_journey(url + "/graphql", token)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
