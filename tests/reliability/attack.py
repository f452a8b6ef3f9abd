"""Thousands of hostile requests. Usage: attack.py AIZUCHI BRAND [--requests N] [--seed S]

After each one the same must hold: the same process, a health answer within 100 ms, memory where it
was, every answer well formed, every refusal JSON with code, message and hint and without a stack, a
path of the machine or anything of a person, no 500, and the next honest event accepted.
Before it the grid (grid.py): every route, as every role, about someone else.
"""
import argparse
import collections
import http.client
import json
import random
import re
import shutil
import socket
import sys
import tempfile
import time

from grid import EVENT, FACT, MAIL, Grid
from hostile import Hostile
from server import Server

HEALTH_SECONDS_MAX = 0.1
MEMORY_BYTES_MORE = 96 << 20
SECURITY_HEADERS = (b"x-content-type-options", b"referrer-policy", b"content-security-policy")
LEAKS = re.compile(rb"\.cpp\b|\bstd::|0x[0-9a-f]{6,}|/(?:tmp|root|home|src|build)/|terminate")
SERVER_ERRORS = {501, 503, 505, 507}  # each says what is not there, or why it cannot be now
CANARIES = [FACT, MAIL, EVENT]


def answers_of(data):
    """(status, headers, body) of each whole answer in the bytes that came back."""
    out = []
    while data:
        head, gap, rest = data.partition(b"\r\n\r\n")
        if not gap:
            raise AssertionError(f"half an answer: {data[:80]!r}")
        lines = head.split(b"\r\n")
        status = int(lines[0].split(b" ")[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b": ")
            headers[name.lower()] = value
        if b"content-length" in headers:
            length = int(headers[b"content-length"])
            body, data = rest[:length], rest[length:]
        elif headers.get(b"transfer-encoding") == b"chunked":
            body, data = rest, b""
        else:  # a HEAD, a 204, or until the end
            body, data = (rest, b"") if not rest.startswith(b"HTTP/1.1 ") else (b"", rest)
        out.append((status, headers, body))
    return out


class Attack:
    def __init__(self, server, every, seed):
        self.server, self.every = server, every
        self.dice = random.Random(seed)
        self.honest = server.connect()
        self.statuses, self.kinds = collections.Counter(), collections.Counter()
        self.serial = 0
        self.slowest = 0.0
        self.memory_before = self.memory_more = 0

    def routes(self):
        """Of both doors: (door, method, path, members of the body)."""
        text = Server.ask(self.honest, "GET", "/openapi.json")
        schemas = text["components"]["schemas"]
        for path, methods in text["paths"].items():
            for method, said in methods.items():
                if method not in ("get", "post", "put", "patch", "delete"):
                    continue
                content = said.get("requestBody", {}).get("content", {})
                schema = next(iter(content.values()), {}).get("schema", {})
                if "$ref" in schema:
                    schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
                admin = path.startswith("/admin") or path == "/metrics"
                yield admin, method.upper(), path, sorted(schema.get("properties", {}))

    def send(self, address, data, hang_up):
        host, port = address.rsplit(":", 1)
        got = b""
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            try:
                connection.sendall(data)
                if hang_up:
                    return b""
                connection.shutdown(socket.SHUT_WR)
                while True:
                    more = connection.recv(65536)
                    if not more:
                        return got
                    got += more
            except (ConnectionResetError, BrokenPipeError):
                return got  # it closed on us, as it may

    def judge(self, what, data, got):
        for status, headers, body in answers_of(got):
            self.statuses[status] += 1
            where = f"{what}: {status} {body[:300]!r}, after {data[:200]!r}"
            assert status < 500 or status in SERVER_ERRORS, where
            for name in SECURITY_HEADERS:
                assert name in headers, where
            for canary in CANARIES:
                assert canary.encode() not in body, where
            assert not LEAKS.search(body), where
            if status >= 400 and headers.get(b"content-type", b"").startswith(b"text/html"):
                # Only what people open in a browser refuses with a page.
                assert re.search(rb"^[A-Z]+ [^ ]*/(u|me)\b", data), where
                assert body.startswith(b"<!doctype html>") or data.startswith(b"HEAD "), where
                continue
            if status >= 400 and body:
                refusal = json.loads(body)
                if "errorCode" in refusal:  # as OpenFeature's clients read it
                    assert refusal["errorDetails"], where
                    continue
                error = refusal.get("error", {})
                assert set(error) >= {"code", "message", "hint"} and error["message"], where

    def judge_text(self, where, status, text):
        assert status < 500 or status in SERVER_ERRORS, f"{where} {text[:300]!r}"
        assert not LEAKS.search(text), f"{where} {text[:300]!r}"

    def memory(self):
        with open(f"/proc/{self.server.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096

    def still_well(self, what):
        assert self.server.process.poll() is None, f"{what}: the server has ended"
        for attempt in range(3):  # the machine may be busy with something else
            began = time.monotonic()
            Server.ask(self.honest, "GET", "/healthz", tries=1)
            took = time.monotonic() - began
            if took <= HEALTH_SECONDS_MAX:
                break
            assert attempt < 2, f"{what}: health took {took * 1000:.0f} ms, three times"
        self.slowest = max(self.slowest, took)
        self.serial += 1
        event = {"type": "track", "event": "Product Viewed",
                 "anonymousId": f"honest-{self.serial % 50}", "messageId": f"honest-{self.serial}"}
        accepted = Server.ask(self.honest, "POST", "/v1/track", self.server.page, event,
                              tries=1)
        assert accepted["accepted"] == 1, f"{what}: the next event was not accepted: {accepted}"

    def run(self, requests):
        keys = {"page": self.server.page, "shop": self.server.shop, "every": self.every}
        routes = list(self.routes())
        doors = [(address, Hostile(self.dice, [r[1:] for r in routes if r[0] == admin], keys))
                 for admin, address in ((False, self.server.host), (True, self.server.admin))]
        self.still_well("before")
        self.memory_before = self.memory()
        for number in range(requests):
            address, hostile = self.dice.choices(doors, (4, 1))[0]
            kind, data, hang_up = hostile.next()
            self.kinds[kind] += 1
            what = f"request {number} ({kind})"
            self.judge(what, data, self.send(address, data, hang_up))
            self.still_well(what)
            if number % 500 == 499:
                self.memory_is_back(what)
        self.memory_is_back("at the end")

    def memory_is_back(self, what):
        self.memory_more = max(0, self.memory() - self.memory_before)
        assert self.memory_more <= MEMORY_BYTES_MORE, \
            f"{what}: {self.memory_more >> 20} MiB more than before"


def can_tell():
    """Answers that must not be given: each is noticed, or the attack could not fail."""
    safe = b"".join(name + b": x\r\n" for name in SECURITY_HEADERS)
    fine = safe + b"Content-Length: %d\r\n\r\n%s"
    body = b'{"error":{"code":"x","message":"%s","hint":""}}'
    bad = [(b"500 Internal Server Error", body % b"x"), (b"400 Bad Request", b"oh no"),
           (b"400 Bad Request", b"{}"), (b"400 Bad Request", body % FACT.encode()),
           (b"400 Bad Request", body % b"at serve/http/routes.cpp:12"),
           (b"400 Bad Request", body % b"std::bad_alloc"), (b"200 OK", b"/tmp/aizuchi/data")]
    judge = Attack.__new__(Attack)
    judge.statuses = collections.Counter()
    whole = [b"HTTP/1.1 " + status + b"\r\n" + fine % (len(text), text) for status, text in bad]
    for answer in whole + [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"HTTP/1.1 200"]:
        try:
            judge.judge("a made-up answer", b"", answer)
        except (AssertionError, KeyError, ValueError):
            continue
        raise RuntimeError(f"this passed: {answer!r}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("aizuchi")
    parser.add_argument("brand")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    can_tell()
    folder = tempfile.mkdtemp(prefix="aizuchi-attack-")
    server = Server(options.aizuchi, options.brand, folder)
    every = server.key("--secret", "--scopes", "ingest,decide,people,privacy,brand,admin")
    server.start()
    attack = Attack(server, every, options.seed)
    try:
        Grid(server, list(attack.routes()), attack.judge_text).run()
        attack.run(options.requests)
        server.stop()
    except AssertionError as error:
        print(f"FAILED, seed {options.seed}: {error}", flush=True)
        return 1
    finally:
        if server.process.poll() is None:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.requests} hostile requests of {len(attack.kinds)} kinds (seed "
          f"{options.seed}): the same process, health within {attack.slowest * 1000:.0f} ms, "
          f"{attack.memory_more >> 20} MiB more memory; answers "
          + ", ".join(f"{status}: {n}" for status, n in sorted(attack.statuses.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
