"""Runs the rows of the benchmark, each beside its floor in the same run, and judges them.

script/bench builds and calls it; docs/performance.md says what each row means. A run whose floor
drifts by more than 30 % between before and after is void and tried again.
"""
import argparse
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DRIFT_MAX = 0.30
TRIES = 3
PAGE_KEY, FORM_KEY = "pk_bench_page", "pk_bench_form"
PEOPLE = 1000
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
CONNECTIONS = 64

# name: (what, unit, first, goal, floor); a figure is judged by its ratio where there is a floor.
ROWS = {
    "decide-http": ("decisions/s over HTTP, 64 connections", "/s", ">= 0.2", ">= 0.4",
                    "nginx, same bytes"),
    "decide-latency": ("p99 at half of that load", "ms", "<= 5", "<= 2", ""),
    "decide-core": ("one decision in process, p50", "us", "<= 25", "<= 10", ""),
    "decide-learned": ("the same with a learned choice, p50", "us", "<= 25", "<= 10", ""),
    "decide-history": ("100,000 events of history : 10", "x", "<= 1.3", "<= 1.1", "10 events"),
    "decide-slots": ("20 slots in one call : one", "x", "<= 10", "<= 6", "one slot"),
    "ingest": ("durable events/s, batches of 100 x 1 KB", "/s", ">= 0.25", ">= 0.5", "raw RocksDB"),
    "ingest-single": ("durable single-event requests/s, 64 clients", "/s", ">= 0.3", ">= 0.6",
                      "bare server"),
    "build": ("clean build of the server and all tests, no cache", "min", "<= 12", "<= 6", ""),
    "audience-count": ("exact count of five audiences together, 1 M people", "ms", "<= 50", "<= 5",
                       ""),
    "audience-publish": ("a new audience over 1 M people is live, decisions meanwhile", "s",
                         "<= 60", "<= 10", ""),
    "people-memory": ("resident memory with 1 M people, skewed visits", "GiB", "<= 0.8", "<= 0.4",
                      ""),
    "start": ("ready with 1 M people and their counts on disk", "s", "<= 5", "<= 1", ""),
    "session-next": ("20 items for a visit beside 100 k visits, p99", "ms", "<= 2", "<= 0.5", ""),
    "sdk": ("the web SDK in a page, gzipped", "KB", "<= 5", "<= 3", ""),
    "question": ("the next question about ten value axes, p99", "ms", "<= 2", "<= 0.1", ""),
    "train-topn": ("fit of 30 k people x 41 k items, 0.8 M pairs", "s", "<= 60", "<= 10", ""),
    "fresh": ("misses of an event in the next decision", "", "<= 0", "<= 0", ""),
}

# Only when they are asked for: a whole build, a million people.
MINUTES = ("build", "audience-count", "audience-publish", "people-memory", "start",
           "train-topn")


class Skip(Exception):
    """The row needs something that this machine does not have."""


def need(program):
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if not found:
        raise Skip(f"{program} is not installed")
    return found


def pinned(core, command):
    return ["taskset", "-c", str(core), *command] if shutil.which("taskset") else command


class Program:
    """A child that is ended by its own id, whatever happens."""

    def __init__(self, command, **options):
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)

    def cpu_seconds(self):
        """What it and its children have used: steadier on a busy machine than what they reach."""
        pid, ticks = self.child.pid, 0
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            pids = [str(pid), *children.read().split()]
        for one in pids:
            with open(f"/proc/{one}/stat", encoding="utf-8") as stat:
                ticks += sum(int(field) for field in stat.read().rsplit(")", 1)[1].split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Engine(Program):
    """bench_engine as a server; `port` is where it listens."""

    def __init__(self, bench, what):
        command = pinned(SERVER_CORE, [bench.engine, what, *bench.quick_flag])
        super().__init__(command, stdout=subprocess.PIPE, text=True)
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"bench_engine {what} did not start")
        self.port = int(json.loads(line)["port"])


class Nginx(Program):
    """One worker that answers every request with `size` bytes."""

    def __init__(self, directory, size):
        nginx = need("nginx")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        temporary = "".join(f"{name}_temp_path {directory}/{name};\n" for name in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        body = '{"floor":"' + "x" * (size - 12) + '"}'
        configuration = os.path.join(directory, "nginx.conf")
        with open(configuration, "w", encoding="utf-8") as out:
            out.write(f"daemon off; worker_processes 1; pid {directory}/nginx.pid;\n"
                      f"error_log {directory}/error.log;\nevents {{ worker_connections 512; }}\n"
                      f"http {{ access_log off; keepalive_requests 100000000;\n{temporary}"
                      f"default_type application/json;\n"
                      f"server {{ listen 127.0.0.1:{self.port}; "
                      f"location / {{ return 200 '{body}'; }} }} }}\n")
        super().__init__(pinned(SERVER_CORE, [nginx, "-p", directory, "-c", configuration]),
                         stderr=subprocess.DEVNULL)
        wait_for_port(self.port)


def wait_for_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens at port {port}")


class Load:
    """What a server did under load: requests a second, p99 in ms, CPU a request in us."""

    def __init__(self, rate, p99_ms, cpu_us):
        self.rate, self.p99_ms, self.cpu_us = rate, p99_ms, cpu_us


def wrk(server, script, seconds, **environment):
    """A Load; an answer that is not 2xx is an error of the bench."""
    variables = {f"AIZUCHI_BENCH_{name.upper()}": str(value) for name, value in environment.items()}
    command = pinned(LOAD_CORE, [need("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s",
                                 "--latency", "-s", os.path.join(HERE, script),
                                 f"http://127.0.0.1:{server.port}"])
    cpu_before = server.cpu_seconds()
    out = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True,
                         check=True, timeout=seconds + 60).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(f"wrk met errors:\n{out}")
    cpu = server.cpu_seconds() - cpu_before
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    p99, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", out).groups()
    return Load(rate, float(p99) * {"us": 0.001, "ms": 1, "s": 1000}[unit], cpu / requests * 1e6)


def drift(floors):
    return max(floors) / min(floors) - 1


def raw_fsyncs(seconds):
    """How often a second 1 KB can be appended and synced, where the rows keep their data."""
    with tempfile.NamedTemporaryFile(prefix="aizuchi-bench-") as file:
        os.posix_fallocate(file.fileno(), 0, 16 << 20)
        block, count, began = b"x" * 1024, 0, time.monotonic()
        while time.monotonic() - began < seconds:
            os.write(file.fileno(), block)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.monotonic() - began)


class Client:
    """One keep-alive connection to the engine."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path, body, key=PAGE_KEY):
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        self.connection.request("POST", path, text.encode(), {
            "Content-Type": "application/json", "Authorization": f"Bearer {key}"})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {answer[:500]!r}")
        return answer


def question(person):
    return {"person": {"anonymousId": f"bench-{person:08}"}, "slots": ["home.hero"],
            "context": {"page": "/", "device": "phone", "locale": "ja", "hour": 10},
            "explain": "person"}


class Bench:
    def __init__(self, engine, quick):
        self.engine, self.quick = engine, quick
        self.quick_flag = ["--quick"] if quick else []
        self.seconds = 2 if quick else 10
        self.people = 100 if quick else PEOPLE
        self.people_run = None

    def in_process(self, row):
        out = subprocess.run([self.engine, row, *self.quick_flag], capture_output=True, text=True,
                             check=True).stdout
        return json.loads(out)

    def decide_core(self):
        figures = self.in_process("decide-core")
        return [result("decide-core", figures["p50_us"], **figures)]

    def decide_learned(self):
        figures = self.in_process("decide-learned")
        return [result("decide-learned", figures["p50_us"], **figures)]

    def decide_history(self):
        figures = self.in_process("decide-history")
        return [result("decide-history", figures["ratio"], **figures)]

    def decide_slots(self):
        figures = self.in_process("decide-slots")
        return [result("decide-slots", figures["ratio"], **figures)]

    def session_next(self):
        f = self.in_process("session-next")
        return [result("session-next", f["p99_us"] / 1000, **f)]

    def train_topn(self):
        f = self.in_process("train-topn")
        return [result("train-topn", f["fit_s"], **f)]

    def question(self):
        f = self.in_process("question")
        return [result("question", f["p99_us"] / 1000, **f)]

    def build(self):
        root = os.path.dirname(HERE)
        with tempfile.TemporaryDirectory(prefix="aizuchi-build-") as directory:
            quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": root,
                     "env": os.environ | {"CCACHE_DISABLE": "1"}}
            subprocess.run(["cmake", "--preset", "dev", "-B", directory], **quiet)
            began = time.monotonic()
            subprocess.run(["ninja", "-C", directory, "aizuchi"], **quiet)
            server = time.monotonic()
            subprocess.run(["ninja", "-C", directory], **quiet)
            end = time.monotonic()
        return [result("build", (end - began) / 60, server_min=(server - began) / 60)]

    def sdk(self):
        build = os.path.join(os.path.dirname(HERE), "sdk/web/build.mjs")
        try:
            out = subprocess.run(["node", build, "--sizes"], capture_output=True, text=True)
        except FileNotFoundError:
            raise Skip("node is not installed") from None
        if not out.stdout:
            raise Skip("its modules are missing: npm --prefix sdk/web ci")
        sizes = json.loads(out.stdout)
        return [result("sdk", sizes["aizuchi.js"] / 1024, script_bytes=sizes["aizuchi.js"],
                       module_bytes=sizes["aizuchi.mjs"], ui_bytes=sizes["aizuchi-ui.js"])]

    def ingest(self):
        f = self.in_process("ingest")
        floors = [f["floor_before"], f["floor_after"]]
        return [result("ingest", f["events_per_s"], floors, **f)]

    def people_figures(self):
        """The four rows at a million people come from one run."""
        if self.people_run is None:
            with tempfile.TemporaryDirectory(prefix="aizuchi-bench-") as directory:
                at = ["--data", os.path.join(directory, "data"), *self.quick_flag]
                subprocess.run([self.engine, "people-make", *at], check=True)
                out = subprocess.run([self.engine, "people", *at], capture_output=True, text=True,
                                     check=True).stdout
            self.people_run = json.loads(out)
        return self.people_run

    def audience_count(self):
        f = self.people_figures()
        return [result("audience-count", f["count_ms"], worst_ms=f["count_worst_ms"],
                       people=f["people"], counted=f["count_people"])]

    def audience_publish(self):
        f = self.people_figures()
        return [result("audience-publish", f["publish_s"], people=f["people"],
                       decisions=f["decisions_filling"], decide_p99_us=f["decide_p99_filling_us"],
                       decide_p99_before_us=f["decide_p99_us"],
                       from_histories_s=f["publish_counting_s"],
                       from_histories_decisions=f["decisions_counting"],
                       from_histories_decide_p99_us=f["decide_p99_counting_us"])]

    def people_memory(self):
        f = self.people_figures()
        return [result("people-memory", f["rss_gib"], people=f["people"],
                       people_cached=f["people_cached"])]

    def start(self):
        f = self.people_figures()
        return [result("start", f["start_counted_s"], people=f["people"],
                       without_counts_s=f["start_s"])]

    def check_decisions(self, port):
        """200, chosen and with a reason, for many people; returns the size of an answer."""
        client, sizes = Client(port), []
        for person in range(self.people):
            answer = client.post("/v1/decide", question(person))
            slot = json.loads(answer)["slots"]["home.hero"]
            if slot["reason"] != "chosen" or not slot["items"] or not slot["items"][0]["why"]:
                raise RuntimeError(f"not a decision: {answer[:500]!r}")
            sizes.append(len(answer))
        return round(statistics.mean(sizes))

    def decide_http(self):
        need("wrk"), need("nginx")
        with tempfile.TemporaryDirectory(prefix="aizuchi-bench-") as directory:
            os.chmod(directory, 0o755)
            bodies = os.path.join(directory, "bodies")
            with open(bodies, "w", encoding="utf-8") as out:
                for person in range(self.people):
                    out.write(json.dumps(question(person)) + "\n")
            with Engine(self, "serve") as engine:
                size = self.check_decisions(engine.port)
                with Nginx(directory, size) as nginx:
                    def load(server, seconds, delay_ms=0):
                        return wrk(server, "decide.lua", seconds, bodies=bodies, key=PAGE_KEY,
                                   delay_ms=delay_ms)
                    load(engine, 1)
                    load(nginx, 1)
                    before = load(nginx, max(2, self.seconds // 2))
                    full = load(engine, self.seconds)
                    after = load(nginx, max(2, self.seconds // 2))
                    think = round(CONNECTIONS / (full.rate / 2) * 1000)
                    half = load(engine, self.seconds, max(1, think))
                self.check_decisions(engine.port)
        return [result("decide-http", full.rate, [before.rate, after.rate], answer_bytes=size,
                       p99_ms=full.p99_ms, cpu_us=full.cpu_us,
                       floor_cpu_us=(before.cpu_us + after.cpu_us) / 2),
                result("decide-latency", half.p99_ms, rate=half.rate)]

    def single_rate(self, what, event, seconds):
        with Engine(self, what) as engine:
            environment = {"event": event, "key": PAGE_KEY}
            wrk(engine, "track.lua", 1, salt=secrets.token_hex(4), **environment)
            return wrk(engine, "track.lua", seconds, salt=secrets.token_hex(4), **environment)

    def ingest_single(self):
        need("wrk")
        with tempfile.TemporaryDirectory(prefix="aizuchi-bench-") as directory:
            event = os.path.join(directory, "event")
            with open(event, "w", encoding="utf-8") as out:
                out.write(track("0123456789abcdef", "bench-00000001", "paper", 1024))
            fsyncs = raw_fsyncs(0.5)
            floor_seconds = max(2, self.seconds // 2)
            before = self.single_rate("bare-server", event, floor_seconds)
            full = self.single_rate("serve", event, self.seconds)
            after = self.single_rate("bare-server", event, floor_seconds)
        return [result("ingest-single", full.rate, [before.rate, after.rate], p99_ms=full.p99_ms,
                       cpu_us=full.cpu_us, floor_cpu_us=(before.cpu_us + after.cpu_us) / 2,
                       fsyncs_per_s=fsyncs)]

    def fresh(self):
        tries, misses, controls = (500 if self.quick else 10_000), 0, 0
        with Engine(self, "serve") as engine:
            client = Client(engine.port)
            for number in range(tries):
                person = f"fresh-{number:08}"
                ask = {"person": {"anonymousId": person}, "slots": ["home.fresh"]}
                event = track(f"{number:016x}", person, "fresh", 0)
                if chosen(client.post("/v1/decide", ask)) == "fresh-default":
                    controls += 1  # before the event it is not there: a miss would show
                if number % 2 == 0:
                    with_event = {**ask, "events": [json.loads(event)]}
                    misses += chosen(client.post("/v1/decide", with_event)) != "fresh-after"
                else:
                    client.post("/v1/track", event)
                misses += chosen(client.post("/v1/decide", ask)) != "fresh-after"
        if controls != tries:
            raise RuntimeError(f"only {controls} of {tries} did not know the event before it came")
        return [result("fresh", misses, tries=tries)]


def track(message_id, person, category, size):
    event = {"type": "track", "event": "Product Viewed", "messageId": message_id,
             "anonymousId": person, "properties": {"product_id": "p-1", "category": category,
             "price": 880, "name": "Grid notebook A5"}, "context": {"locale": "ja-JP", "note": ""}}
    text = json.dumps(event, separators=(",", ":"))
    event["context"]["note"] = "x" * max(0, size - len(text))
    return json.dumps(event, separators=(",", ":"))


def chosen(answer):
    return json.loads(answer)["slots"]["home.fresh"]["items"][0]["id"]


def holds(figure, bound):
    relation, limit = bound.split()
    return figure <= float(limit) if relation == "<=" else figure >= float(limit)


def result(row, figure, floors=None, **more):
    what, unit, first, goal, floor_name = ROWS[row]
    out = {"row": row, "what": what, "figure": figure, "unit": unit, "first": first, "goal": goal,
           "more": more}
    judged = figure
    if floors:
        floor = statistics.mean(floors)
        judged = figure / floor
        out |= {"floor": floor, "floor_is": floor_name, "ratio": judged, "drift": drift(floors)}
        out["void"] = out["drift"] > DRIFT_MAX
    out["verdict"] = ("goal" if holds(judged, goal) else
                      "first" if holds(judged, first) else "below")
    if out.get("void"):
        out["verdict"] = "void"
    return out


def run_row(bench, row):
    work = getattr(bench, row.replace("-", "_"))
    for attempt in range(1, TRIES + 1):
        load = os.getloadavg()[0]
        results = work()
        void = any(r.get("void") for r in results)
        for r in results:
            r["attempt"], r["load"] = attempt, load
            if void:  # what was measured beside a floor that moved is no figure
                r["verdict"] = "void"
        if not void or bench.quick:
            break
    return results


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def print_table(results):
    header = ("row", "figure", "floor", "ratio", "first", "goal", "verdict")
    lines = [header]
    for r in results:
        if "skipped" in r:
            lines.append((r["row"], "-", "-", "-", "-", "-", "skipped: " + r["skipped"]))
            continue
        floor = f"{number(r['floor'])} {r['floor_is']}" if "floor" in r else ""
        lines.append((r["row"], number(r["figure"]) + " " + r["unit"], floor,
                      number(r["ratio"]) if "ratio" in r else "", r["first"], r["goal"],
                      r["verdict"]))
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    print()
    for r in results:
        if "skipped" in r:
            continue
        more = ", ".join(f"{name} {number(value)}" for name, value in r["more"].items())
        moved = f"; floor drift {r['drift']:.0%}" if "drift" in r else ""
        print(f"{r['row']}: {r['what']} ({more}){moved}; load {r['load']:.1f}"
              + (f", attempt {r['attempt']}" if r["attempt"] > 1 else ""))


def main():
    runnable = [row for row in ROWS if row != "decide-latency"]
    parser = argparse.ArgumentParser(prog="script/bench",
                                     description="Speed, each row beside its floor.")
    parser.add_argument("--engine", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--row", choices=runnable, action="append",
                        help="only this row (repeatable)")
    parser.add_argument("--quick", action="store_true", help="a few seconds a row: does it run?")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    options = parser.parse_args()
    bench = Bench(options.engine, options.quick)
    results = []
    for row in options.row or [row for row in runnable if row not in MINUTES]:
        if sys.stderr.isatty():
            print(f"{row} …", file=sys.stderr)
        try:
            results += run_row(bench, row)
        except Skip as reason:
            results.append({"row": row, "skipped": str(reason)})
    if options.json:
        print(json.dumps({"quick": options.quick, "cores": len(CORES), "rows": results}, indent=1))
    else:
        print_table(results)
    below = [r["row"] for r in results if r.get("verdict") == "below"]
    return 1 if below and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
