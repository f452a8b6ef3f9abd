"""Every route × every role × every victim: what a role may not see of a person is in no answer.

A role is who asks: nobody, a wrong key, a page, another person with a token of their own, another
device, whoever has the preference centre open as somebody else or by a mail, a secret key of each
single scope, and one that leaked into a page. A victim is a person with
canaries in facts, events and identifiers, told by a server, by their page with a token, or by a
device whose id was minted here. Each role meets victims of its own, since some of what it may do is
to erase them; before, they must be there. What a role may see the same search must find.
"""
import base64
import hashlib
import hmac
import http.client
import json
import re
import time
import urllib.parse

from server import Server

FACT, MAIL, EVENT = "kanarie-fact-7f3a", "kanarie-mail-91c2@example.com", "kanarie-event-55d0"
OWN = "eigen-4e1d"
SECRET = "a secret of the grid, 32 bytes at least"
SCOPES = ["ingest", "decide", "people", "privacy", "brand", "admin"]
UNNAMED = b"There is nothing at this path."

# Which roles may read what of people at a route: secret keys by scope.
MAY_SEE = [("/v1/people/", "people"), ("/v1/events:find", "people"), ("/v1/exports/", "people"),
           ("/v1/decisions/", "people"), ("/v1/me", "privacy"), ("/v1/decide", "decide"),
           ("/ofrep/", "decide"), ("/admin/api/owed", "people"),
           ("/admin/api/audiences/", "people")]


def may_see(role, path):
    return any(path.startswith(start) and role == f"secret with {scope}"
               for start, scope in MAY_SEE)


class Grid:
    def __init__(self, server, routes, judge):
        self.server, self.routes, self.judge = server, routes, judge
        self.asked = self.seen = self.serial = 0
        self.met = {}  # statuses, by route
        front, admin = server.connect(), server.connect(admin=True)
        self.every = Server.ask(admin, "POST", "/admin/api/keys", server.shop,
                                {"kind": "secret", "source": "shop", "scopes": SCOPES})["key"]
        Server.ask(admin, "POST", "/admin/api/keys", server.shop,
                   {"kind": "person", "algorithm": "HS256", "kid": "grid", "material": SECRET})
        self.roles = {"nobody": {}, "a page": self.page(), "a wrong key": bearer("sk_" + "0" * 40),
                      "a key in a page": {**bearer(self.every), "Origin": "https://evil.example"},
                      "an own page with a key": {**bearer(self.every),
                                                 "Sec-Fetch-Site": "same-origin"}}
        for scope in SCOPES:
            self.roles[f"secret with {scope}"] = bearer(Server.ask(
                admin, "POST", "/admin/api/keys", server.shop,
                {"kind": "secret", "source": "shop", "scopes": [scope]})["key"])
        self.others(front)

    def page(self):
        return bearer(self.server.page)

    def others(self, front):
        """Those who may see something: what is theirs."""
        token = self.token("somebody-else")
        device = Server.ask(front, "POST", "/v1/devices", self.server.page, {})
        self.roles["another person"] = {**bearer(token), "X-Api-Key": self.server.page}
        self.roles["another device"] = {**self.page(), "Aizuchi-Device": device["deviceToken"]}
        for who in ({"token": token}, {"deviceToken": device["deviceToken"]}):
            self.told(front, {**who, "type": "track", "event": "Product Viewed",
                              "properties": {"product_id": OWN, "category": "beans"}},
                      self.server.page)
            self.told(front, {**who, "type": "identify", "traits": {"interest": "dark"}},
                      self.server.page)
        link = Server.ask(front, "POST", "/v1/mailbox-links", self.every,
                          {"userId": "somebody-else", "preferences": True})
        self.mail = Server.ask(front, "POST", "/v1/mailbox-links", self.every,
                               {"userId": "somebody-else", "purpose": "mail"})["token"]
        form = urllib.parse.urlencode({"key": self.server.page, "token": token})
        for role, path, body in (("another's preferences", "/me/session", form),
                                 ("another's mail", link["path"], "")):
            self.roles[role] = {"Cookie": self.cookie(path, body)}
            status, text = self.send("GET", "/me", None, self.roles[role], False)
            if status != 200:
                raise AssertionError(f"{role} is not let in: {status}")
            self.roles[role]["csrf"] = re.search(rb'name="csrf" value="(\w+)"', text)[1].decode()
        for role in ("another person", "another device"):
            status, text = self.send("GET", "/v1/me", None, self.roles[role], False)
            if status != 200 or b"dark" not in text:
                raise AssertionError(f"{role} does not see what is theirs: {status} {text[:200]!r}")

    def cookie(self, path, body):
        connection = self.server.connect()
        connection.request("POST", path, body,
                           {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        return answer.headers["Set-Cookie"].split(";")[0]

    @staticmethod
    def token(user, **traits):
        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        now = int(time.time())
        text = part(b'{"alg":"HS256","kid":"grid"}') + b"." + part(json.dumps(
            {"sub": user, "aud": "tsumugi", "iat": now, "exp": now + 3000, "jti": f"grid-{user}",
             "traits": traits}).encode())
        return (text + b"." + part(hmac.new(SECRET.encode(), text, hashlib.sha256).digest())
                ).decode()

    def told(self, connection, event, key):
        self.serial += 1
        return Server.ask(connection, "POST", f"/v1/{event['type']}", key,
                          {**event, "messageId": f"kanarie-{self.serial}"})

    def victims(self, number):
        """[(user id, device id, their decision)]: told by a server, by their page, by a device."""
        front = self.server.connect()
        device = Server.ask(front, "POST", "/v1/devices", self.server.page, {})
        traits = {"email": MAIL, "first_name": FACT, "company": FACT}
        user, proven = f"kanarie-user-{number}", f"kanarie-proven-{number}"
        token = self.token(proven, **traits)
        out = []
        for who, key, person in (
                ({"userId": user}, self.every, {"userId": user}),
                ({"token": token}, self.server.page, {"token": token}),
                ({"deviceToken": device["deviceToken"]}, self.server.page,
                 {"deviceToken": device["deviceToken"]})):
            if key == self.every:
                self.told(front, {"type": "identify", "traits": traits, **who}, key)
            for name in (EVENT, "Product Viewed"):
                self.told(front, {"type": "track", "event": name, **who,
                                  "properties": {"product_id": EVENT, "category": FACT}}, key)
            decided = Server.ask(front, "POST", "/v1/decide", key,
                                 {"person": person, "slots": ["home.hero"]})["decisionId"]
            out.append((person.get("userId", proven if "token" in person else ""),
                        device["anonymousId"] if "deviceToken" in person else "", decided))
        for name, anonymous, _ in out:
            path = f"/v1/people/{name or anonymous + '?kind=anonymousId'}"
            shown = json.dumps(Server.ask(front, "GET", path, self.every)) + json.dumps(Server.ask(
                front, "GET", path.replace("?", "/events?") if anonymous else path + "/events",
                self.every))
            wanted = [EVENT, FACT] + ([MAIL] if name else [])
            if not all(canary in shown for canary in wanted):
                raise AssertionError(f"the victim is not there to be found: {path}")
        return out

    def run(self):
        for number, (role, headers) in enumerate(self.roles.items()):
            for victim in self.victims(number):
                for admin, method, path, names in self.routes:
                    self.ask_all(role, dict(headers), (admin, method, path, names), victim)
        never = [route for route, answers in self.met.items() if answers <= {"unnamed"}]
        assert not never, f"never reached: {never}"
        assert self.seen > 0, "the search found nothing even where it may: it cannot find anything"
        print(f"grid: {len(self.met)} routes, {len(self.roles)} roles, 3 victims: {self.asked} "
              f"answers; the canaries were in {self.seen} that may show them, and in no other",
              flush=True)

    def ask_all(self, role, headers, route, victim):
        admin, method, path, names = route
        csrf = headers.pop("csrf", "")
        for target in self.targets(path, victim):
            assert "{" not in target, f"{path}: {target} is not filled in"
            bodies = [None] if method == "GET" else self.bodies(path, names, victim, csrf)
            for body in bodies:
                status, text = self.send(method, target, body, headers, admin)
                self.asked += 1
                met = self.met.setdefault((method, path), set())
                met.add("unnamed" if UNNAMED in text or status == 405 else status)
                where = f"{method} {target} as {role}: {status}"
                shown = [c for c in (FACT, MAIL, EVENT) if c.encode() in text]
                if shown:
                    assert may_see(role, path), f"{where} shows {shown}: {text[:400]!r}"
                    self.seen += 1
                self.judge(where, status, text)

    def send(self, method, target, body, headers, admin):
        connection = http.client.HTTPConnection(
            self.server.admin if admin else self.server.host, timeout=20)
        kind = "application/x-www-form-urlencoded" if target.startswith("/me") else \
            "application/json"
        connection.request(method, target, body, {"Content-Type": kind, **headers})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    def bodies(self, path, names, victim, csrf):
        """What someone would try who knows that the person exists."""
        user, device, decided = victim
        who = {"userId": user} if user else {"anonymousId": device}
        if path.startswith("/me"):
            fields = {"csrf": csrf, "fact": "first_name", "purpose": "mail", "key":
                      self.server.page, "token": user or device, **who}
            return [urllib.parse.urlencode(fields), ""]
        some = {"person": who, "slots": ["home.hero"], "messageIds": ["kanarie-1", "kanarie-2"],
                "explain": "operator", "of": "regulars", "granted": True, "allowed": False,
                "type": "identify", "traits": {}, "batch": [{"type": "page", **who}],
                "previousId": user or device, "files": {}, "kind": "public", "source": "web",
                "decisionId": decided, "slot": "home.hero", "fact": "first_name", "value": FACT[:3],
                "event": "Item Clicked", "item": "hero-default", "what": "gift", "ask": "AAAA",
                "channel": "email", "times": 1, "per": "7d", "until": "2036-01-01", "pass": True,
                "purpose": "mail", "context": {"targetingKey": user or device, **who},
                "text": "?", "skip": True, "state": "open", "id": "7", "topic": "delivery", **who}
        whole = {name: some[name] for name in names if name in some}
        some_less = {name: value for name, value in whole.items()
                     if name not in ("explain", "event", "previousId")}
        return [json.dumps(whole), json.dumps(some_less)]

    def targets(self, path, victim):
        user, device, decided = victim
        whose = f"userId={user}" if user else f"anonymousId={device}"
        if path.startswith("/v1/decisions/"):
            return [path.replace("{id}", decided) + end
                    for end in ("", f"?{whose}", "?anonymousId=a-guess", "?explain=operator")]
        if path.startswith("/v1/people/"):
            return [path.replace("{id}", user or device) + ("" if user else "?kind=anonymousId"),
                    path.replace("{id}", MAIL) + "?kind=email"]
        every = {"/v1/exports/{kind}": ["people", "events", "decisions", "items", "choices"],
                 "/me/{page}": ["export", "erase", "receipt", "ended", "style.css"],
                 "/me/{deed}": ["session", "purpose", "stop", "pause", "frequency", "use",
                                "correct", "values", "forget", "erase"],
                 "/me/mail/{token}": [self.mail, "0" * 64], "/u/{token}": [self.mail, "ml_AAAA"],
                 "/v1/me/purposes/{id}": ["mail"], "/sdk/{file}": ["aizuchi.js", "manifest.json"],
                 "/v1/projects/{key}/settings": [self.server.page],
                 "/ofrep/v1/evaluate/flags/{key}": ["home.hero"]}.get(path)
        if every:
            return [re.sub(r"\{\w+\}", value, path) + f"?{whose}" for value in every]
        path = path.replace("{key}", "first_name").replace("{name}", "regulars")
        return [path.replace("{id}", "00000000") + f"?{whose}"]


def bearer(key):
    return {"Authorization": f"Bearer {key}"}
