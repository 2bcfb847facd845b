"""The binary, a server of it, and somebody who calls it: what the scripts beside have in common."""

import contextlib
import csv
import datetime
import http.client
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.parse

# The most fields with an alias that one document may have.
ALIASES = 30
# Rows of one bulk mutation.
BULK = 500
# Seconds for which a token is used; it is good for 15 minutes.
TOKEN_AGE = 600
# So high that no measurement comes near, but counted.
RATES = ["--member-rate", "4000000000", "--organization-rate", "4000000000"]


def instant(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def memory(pid, what="VmRSS"):
    """In MiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+)", status).group(1)) // 1024


def processor_seconds(pid):
    """What a process and those it started have used, but for those that are gone and were not waited for."""
    used, waiting = 0, [pid]
    while waiting:
        process = pathlib.Path(f"/proc/{waiting.pop()}")
        with contextlib.suppress(OSError):
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            used += sum(int(field) for field in fields[11:15])
            for thread in (process / "task").iterdir():
                waiting += (thread / "children").read_text().split()
    return used / os.sysconf("SC_CLK_TCK")


class Tandem:
    """The binary on one database; a SQLite file in the folder if there is no URL."""

    def __init__(self, binary, folder, database_url=None):
        self.common = [str(binary), "--data-dir", str(folder)]
        if database_url:
            self.common += ["--database-url", database_url]

    def command(self, *parts):
        return self.common + [str(part) for part in parts]

    def run(self, *parts):
        """What a command says."""
        done = subprocess.run(self.command(*parts), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise SystemExit(done.stdout)
        return done.stdout

    def create(self, organization, email):
        """Creates an organization with its first admin and gives its id."""
        output = self.run("admin", "create", "--organization", organization, "--currency", "USD", "--time-zone", "UTC", "--email", email)
        return re.search(r"org_\w+", output).group()

    @contextlib.contextmanager
    def serve(self, *options):
        """A server for as long as it is needed, and how long it took to begin with."""
        begin = time.perf_counter()
        process = subprocess.Popen(self.command("serve", "--listen", "127.0.0.1:0", *options), stdout=subprocess.PIPE, text=True)
        try:
            listening = re.search(r"http://\S+", process.stdout.readline())
            if not listening:
                raise SystemExit("the server did not start")
            yield Server(self, process.pid, listening.group(), (time.perf_counter() - begin) * 1000)
        finally:
            process.terminate()
            process.wait()


class Server:
    def __init__(self, tandem, pid, url, ready):
        self.tandem, self.pid, self.url, self.ready = tandem, pid, url, ready

    def caller(self, email, organization=None):
        return Caller(self, email, organization)


class Caller:
    """A member who is signed in."""

    def __init__(self, server, email, organization=None):
        self.tandem, self.url = server.tandem, server.url
        self.of = ["--member", email] + (["--organization", organization] if organization else [])
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=600)
        self.known_token, self.expires = None, 0

    def token(self):
        if time.monotonic() > self.expires:
            self.known_token = self.tandem.run("token", *self.of).strip()
            self.expires = time.monotonic() + TOKEN_AGE
        return self.known_token

    def ask(self, document, variables=None):
        """The milliseconds there and back, and the data."""
        body = json.dumps({"query": document, "variables": variables or {}}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token()}"}
        begin = time.perf_counter()
        self.connection.request("POST", "/graphql", body, headers)
        answer = json.load(self.connection.getresponse())
        elapsed = (time.perf_counter() - begin) * 1000
        if "errors" in answer:
            raise SystemExit(json.dumps(answer["errors"], indent=2)[:2_000])
        return elapsed, answer["data"]

    def find(self, field, source, names):
        """The ids of objects that another system named, in the order of the names."""
        found = []
        for part in parts(names, ALIASES):
            asked = " ".join(f"a{place}: {field}(externalId: {{ source: {json.dumps(source)}, value: {json.dumps(name)} }}) {{ id }}"
                             for place, name in enumerate(part))
            answer = self.ask(f"{{ {asked} }}")[1]
            found += [answer[f"a{place}"]["id"] for place in range(len(part))]
        return found

    def each(self, mutation, fields, inputs):
        """Carries out a mutation for each input, many in one document, and gives the answers in their order."""
        kind = mutation[0].upper() + mutation[1:] + "Input!"
        answers = []
        for part in parts(inputs, ALIASES):
            wanted = ", ".join(f"$a{place}: {kind}" for place in range(len(part)))
            asked = " ".join(f"a{place}: {mutation}(input: $a{place}) {{ {fields} userErrors {{ field code message }} }}"
                             for place in range(len(part)))
            variables = {f"a{place}": content for place, content in enumerate(part)}
            answer = self.ask(f"mutation({wanted}) {{ {asked} }}", variables)[1]
            answers += [answer[f"a{place}"] for place in range(len(part))]
        refused = [answer for answer in answers if answer["userErrors"]]
        if refused:
            raise SystemExit(f"{mutation}: {len(refused)} of {len(inputs)} refused, the first: {json.dumps(refused[0])}")
        return answers

    def bulk(self, mutation, items):
        """Carries out a bulk mutation."""
        kind = mutation[0].upper() + mutation[1:] + "Input!"
        document = (f"mutation($input: {kind}) {{ {mutation}(input: $input) "
                    "{ results { outcome userErrors { field code message } } userErrors { field code message } } }")
        for part in parts(items, BULK):
            answer = self.ask(document, {"input": {"items": part}})[1][mutation]
            problems = answer["userErrors"] + [problem for result in answer["results"] or [] for problem in result["userErrors"]]
            if problems:
                raise SystemExit(f"{mutation}: {len(problems)} problems, the first: {json.dumps(problems[0])}")


def parts(rows, size):
    return [rows[begin:begin + size] for begin in range(0, len(rows), size)]
