"""Thousands of hostile requests. Usage: attack.py AIZUCHI BRAND [--requests N] [--seed S]

After each one the same must hold: the same process, a health answer within 100 ms, memory where it
was, every answer well formed, every refusal JSON with code, message and hint and without a stack, a
path of the machine or anything of a person, no 500, and the next honest event accepted.
Then the grid: every route, with every kind of key, about someone else. What that key may not see
must not be in the answer. The same search finds it where it may be seen, so that it can find it.
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

from hostile import Hostile
from server import Server

HEALTH_SECONDS_MAX = 0.1
MEMORY_BYTES_MORE = 96 << 20
LEAKS = re.compile(rb"\.cpp\b|\bstd::|0x[0-9a-f]{6,}|/(?:tmp|root|home|src|build)/|terminate")
SERVER_ERRORS = {501, 503, 505, 507}  # each says what is not there, or why it cannot be now
CANARIES = ["kanarie-fact-7f3a", "kanarie-mail-91c2@example.com", "kanarie-event-55d0",
            "kanarie-user-0b8e", "kanarie-device-c41f7d"]
FACT, MAIL, EVENT, USER, DEVICE = CANARIES


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
    def __init__(self, server, seed):
        self.server = server
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
            assert headers.get(b"x-content-type-options") == b"nosniff", where
            for canary in CANARIES:
                assert canary.encode() not in body, where
            assert not LEAKS.search(body), where
            if status >= 400 and headers.get(b"content-type", b"").startswith(b"text/html"):
                # Only what people open in a browser refuses with a page.
                assert re.search(rb"^[A-Z]+ [^ ]*/(u|me)\b", data), where
                assert body.startswith(b"<!doctype html>"), where
                continue
            if status >= 400 and body:
                refusal = json.loads(body)
                if "errorCode" in refusal:  # as OpenFeature's clients read it
                    assert refusal["errorDetails"], where
                    continue
                error = refusal["error"]
                assert set(error) >= {"code", "message", "hint"} and error["message"], where

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
        keys = {"page": self.server.page, "shop": self.server.shop}
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
    fine = b"X-Content-Type-Options: nosniff\r\nContent-Length: %d\r\n\r\n%s"
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


class Grid:
    """Every route × every kind of key × a person who is not theirs."""

    def __init__(self, server, attack):
        self.server, self.attack = server, attack
        scopes = ["ingest", "decide", "people", "privacy", "brand", "admin"]
        connection = server.connect(admin=True)
        self.keys = {"nobody": "", "page": server.page, "wrong": "sk_" + "0" * 40}
        for scope in scopes:
            self.keys[f"secret with {scope}"] = Server.ask(
                connection, "POST", "/admin/api/keys", server.shop,
                {"kind": "secret", "source": "web", "scopes": [scope]})["key"]
        self.asked = self.seen = 0

    # Which roles may read what of people at a route: secret keys by scope.
    MAY_SEE = [("/v1/people/", "people"), ("/v1/events:find", "people"), ("/v1/exports/", "people"),
               ("/v1/decisions/", "people"), ("/v1/me", "privacy"),
               ("/admin/api/audiences", "admin")]

    def may_see(self, role, path):
        return any(path.startswith(start) and role == f"secret with {scope}"
                   for start, scope in self.MAY_SEE)

    def victim(self):
        connection = self.server.connect()
        web = {"traits": {"email": MAIL, "job": FACT, "note": FACT, "roast": FACT}}
        decided = None
        for who in ({"userId": USER}, {"anonymousId": DEVICE}):
            for event in ({"type": "identify", **web}, {"type": "track", "event": EVENT},
                          {"type": "track", "event": "Product Viewed",
                           "properties": {"product_id": EVENT, "category": FACT}}):
                Server.ask(connection, "POST", "/v1/track" if event["type"] == "track" else
                           "/v1/identify", self.server.shop,
                           {**event, **who, "messageId": f"kanarie-{event['type']}-{self.asked}"})
                self.asked += 1
            decided = Server.ask(connection, "POST", "/v1/decide", self.server.shop,
                                 {"person": who, "slots": ["home.hero"]})["decisionId"]
        return decided

    def bodies(self, names):
        """What someone would try who knows that the person exists."""
        person = {"userId": USER, "anonymousId": "someone-else"}
        some = {"person": person, "slots": ["home.hero"], "messageIds": ["kanarie-track-1"],
                "userId": USER, "explain": "operator", "of": "regulars", "granted": True,
                "type": "identify", "traits": {}, "batch": [{"type": "page", "userId": USER}],
                "previousId": USER, "files": {}, "kind": "public", "source": "web"}
        yield json.dumps({name: some[name] for name in names if name in some}).encode()
        yield json.dumps({name: some[name] for name in names
                          if name in some and name != "explain"}).encode()

    def run(self):
        decided = self.victim()
        routes = list(self.attack.routes())
        for role, key in self.keys.items():
            for admin, method, path, names in routes:
                if (method, path) in (("DELETE", "/admin/api/keys/{id}"),):
                    continue
                self.ask_all(role, key, admin, method, path, names, decided)
        assert self.seen > 0, "the search found nothing even where it may: it cannot find anything"
        print(f"grid: {self.asked} answers for {len(self.keys)} kinds of key; the canaries were in "
              f"{self.seen} that may show them, and in no other", flush=True)

    def ask_all(self, role, key, admin, method, path, names, decided):
        address = self.server.admin if admin else self.server.host
        for target in self.targets(path, decided):
            for body in self.bodies(names) if method != "GET" else [None]:
                connection = http.client.HTTPConnection(address, timeout=20)
                headers = {"Authorization": f"Bearer {key}"} if key else {}
                connection.request(method, target, body, headers)
                answer = connection.getresponse()
                text = answer.read()
                connection.close()
                self.asked += 1
                shown = [c for c in (FACT, MAIL, EVENT) if c.encode() in text]
                where = f"{method} {target} as {role}: {answer.status}"
                assert answer.status < 500 or answer.status in SERVER_ERRORS, f"{where} {text!r}"
                if shown:
                    assert self.may_see(role, path), f"{where} shows {shown}: {text[:400]!r}"
                    self.seen += 1

    def targets(self, path, decided):
        whose = f"userId={USER}"
        if path.startswith("/v1/decisions/"):
            return [path.replace("{id}", decided) + end
                    for end in ("", f"?{whose}", f"?anonymousId={DEVICE}x", "?explain=operator")]
        if path.startswith("/v1/people/"):
            return [path.replace("{id}", USER), path.replace("{id}", DEVICE) + "?kind=anonymousId",
                    path.replace("{id}", MAIL) + "?kind=email"]
        if path.startswith("/v1/exports/"):
            return [path.replace("{kind}", kind) for kind in ("people", "events", "decisions")]
        path = path.replace("{key}", self.server.page).replace("{name}", "regulars")
        return [path.replace("{id}", "recommend").replace("{key}", "job") + f"?{whose}"]


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
    server.start()
    attack = Attack(server, options.seed)
    try:
        Grid(server, attack).run()
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
