"""Erased people are in no file, answer, metric or line of log: erase.py AIZUCHI BRAND [--people N]

Twelve canaries a person (ids, traits, texts, addresses, in Japanese and ASCII) go in through every
door; then the data directory, the keyring, the server's output, /metrics and the exports are
searched for each canary in eight encodings. Before the erasure the exports must have all of them
and a planted file must be found in each encoding (otherwise the search proves nothing); after it
nothing may be found, of the erased; everything of the others must still be there.
"""
import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from server import Server

KINDS = ("user", "device", "message", "mail", "name", "city", "page", "referrer", "agent",
         "product", "query", "said")


def canary(person, kind):
    mark = f"{kind}鳥{person:03d}かなりあ" if kind in ("name", "city", "query", "said") else \
        f"{kind}-canary-{person:03d}-q7x"
    return mark + "@example.org" if kind == "mail" else mark


def encodings(text):
    """Eight ways that a text may lie in a file; base64 in its three alignments."""
    raw = text.encode()
    yield "utf-8", [raw]
    yield "utf-16le", [text.encode("utf-16-le")]
    yield "utf-16be", [text.encode("utf-16-be")]
    aligned = [base64.b64encode(b"\0" * lead + raw + b"\0" * 3) for lead in range(3)]
    yield "base64", [encoded[4 if lead else 0:4 * ((lead + len(raw)) // 3)]
                     for lead, encoded in enumerate(aligned)]
    yield "hex", [raw.hex().encode()]
    yield "HEX", [raw.hex().upper().encode()]
    yield "percent", [urllib.parse.quote(text, safe="").encode()]
    yield "json", [json.dumps(text)[1:-1].encode()]


def hits(places, texts):
    """{encoding: hits} of the texts in the places, which are {name: bytes}."""
    found = {}
    for text in texts:
        for encoding, needles in encodings(text):
            for name, content in places.items():
                if any(needle in content for needle in needles):
                    found.setdefault(encoding, []).append(f"{name}: {text}")
    return found


class Erasing:
    def __init__(self, aizuchi, brand, folder, people):
        self.server = Server(aizuchi, brand, folder)
        self.key = self.server.key("--secret", "--scopes", "ingest,decide,people,privacy")
        self.folder, self.people, self.output = folder, people, b""

    def start(self):
        self.server.start()
        self.reader = threading.Thread(target=self.read_output, daemon=True)
        self.reader.start()

    def read_output(self):
        for stream in (self.server.process.stdout, self.server.process.stderr):
            self.output += stream.read().encode()

    def ask(self, method, path, body=None):
        return Server.ask(self.server.connect(), method, path, self.key, body)

    def events(self, person):
        c = {kind: canary(person, kind) for kind in KINDS}
        context = {"page": {"url": c["page"], "referrer": c["referrer"]}, "userAgent": c["agent"]}
        who = {"userId": c["user"], "anonymousId": c["device"], "context": context}
        yield {"type": "identify", "messageId": c["message"], **who,
               "traits": {"email": c["mail"], "name": c["name"], "city": c["city"], "job": "sales"}}
        for n in range(8):
            yield {"type": "track", "event": "Product Viewed", "messageId": f"{c['message']}-{n}",
                   **who, "properties": {"product_id": c["product"], "query": c["query"]}}

    def fill(self):
        for person in range(self.people):
            self.ask("POST", "/v1/batch", {"batch": list(self.events(person))})
            self.ask("POST", "/v1/said", {"userId": canary(person, "user"), "topic": "delivery",
                                          "channel": "phone", "by": canary(person, "said"),
                                          "messageId": canary(person, "message") + "-said"})
            self.ask("POST", "/v1/decide", {"person": {"userId": canary(person, "user")},
                                            "slots": ["home.hero", "home.cta"]})

    def files(self):
        places = {}
        for root in (self.server.data, self.server.data + "-keys"):
            for at, _, names in os.walk(root):
                for name in names:
                    path = os.path.join(at, name)
                    try:
                        with open(path, "rb") as file:
                            places[path] = file.read()
                    except FileNotFoundError:  # a table that was not needed any more
                        pass
        return places

    def answers(self):
        places = {"server output": self.output}
        for kind in ("people", "events", "decisions"):
            connection = self.server.connect()
            after, text = "", b""
            while True:
                connection.request("GET", f"/v1/exports/{kind}?after={after}", None,
                                   {"Authorization": f"Bearer {self.key}"})
                page = connection.getresponse().read()
                text += page
                last = page.splitlines()[-1] if page.splitlines() else b"{}"
                after = json.loads(last).get("next", "")
                if not after:
                    break
            places[f"export of {kind}"] = text
        connection = self.server.connect(admin=True)
        connection.request("GET", "/metrics")
        places["metrics"] = connection.getresponse().read()
        return places

    def control(self, texts):
        """The search finds what it is to find: what is exported, and what is planted."""
        answers = self.answers()
        for text in texts:
            if not hits(answers, [text]).get("utf-8"):
                raise AssertionError(f"no export had {text} before: the search proves nothing")
        planted = os.path.join(self.server.data, "planted")
        for encoding, needles in encodings(texts[0]):
            for needle in needles:
                with open(planted, "wb") as file:
                    file.write(b"\1\2" + needle + b"\3")
                if encoding not in hits(self.files(), [texts[0]]):
                    raise AssertionError(f"{encoding} was planted and not found")
        os.remove(planted)
        leaks = hits(self.files(), texts)
        if leaks:
            raise AssertionError(f"in the clear before any erasure: {leaks}")

    def erase(self, victims):
        began = time.monotonic()
        for person in victims:
            receipt = self.ask("DELETE", "/v1/people/" + urllib.parse.quote(
                canary(person, "user"), safe=""))
            if receipt["receipt"]["people"] != 1:
                raise AssertionError(f"a receipt of nobody: {receipt}")
        asked = time.monotonic() - began
        while self.metric("aizuchi_sweeps_total") == 0 or self.metric("aizuchi_sweep_pending"):
            if time.monotonic() - began > 50:
                raise AssertionError("the files were not written anew within 50 s")
            time.sleep(0.1)
        if self.metric("aizuchi_sweeps_found_total"):
            raise AssertionError("the server's own search found something")
        return asked, time.monotonic() - began

    def metric(self, name):
        connection = self.server.connect(admin=True)
        connection.request("GET", "/metrics")
        for line in connection.getresponse().read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(f"/metrics has no {name}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("aizuchi")
    parser.add_argument("brand")
    parser.add_argument("--people", type=int, default=60)
    given = parser.parse_args()
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix="aizuchi-erase-")
    test = Erasing(given.aizuchi, given.brand, folder, given.people)
    try:
        test.start()
        test.fill()
        victims = range(0, given.people, 3)
        theirs = [canary(person, kind) for person in victims for kind in KINDS]
        test.control(theirs)
        asked, gone = test.erase(victims)
        places = {**test.files(), **test.answers()}
        size = sum(len(content) for content in places.values())
        left = hits(places, theirs)
        if left:
            raise AssertionError(f"left after the erasure: {left}")
        others = [canary(1, kind) for kind in KINDS]
        for text in others:
            if not hits(places, [text]):
                raise AssertionError(f"{text} of somebody who was not erased is gone")
        test.server.stop()
        subprocess.run([given.aizuchi, "verify", "--data", test.server.data], check=True,
                       capture_output=True)
        left = hits({**test.files(), "output": test.output}, theirs)
        if left:
            raise AssertionError(f"left after the end: {left}")
    finally:
        if test.server.process.poll() is None:
            test.server.kill()
        shutil.rmtree(folder)
    took = time.monotonic() - began
    print(f"{len(victims)} of {given.people} people erased in {asked:.2f} s, "
          f"their bytes gone after {gone:.1f} s: {len(theirs)} canaries in 8 encodings, "
          f"0 hits in {len(places)} places ({size >> 10} KiB); controls found, "
          f"verify clean, {took:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
