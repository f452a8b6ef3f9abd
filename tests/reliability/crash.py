"""kill -9 under mixed load, again and again. Usage: crash.py AIZUCHI BRAND [--rounds N]

Each round starts the server, checks what the last one left behind, loads it with batches, single
events, decisions that carry events, consents and publishes from several threads, and kills it at a
random moment. After each restart: every acknowledged event is kept exactly once, every event that
was not acknowledged at most once, the engine's counts are those of the kept events (nothing has
taken effect twice or not at all), and the server was ready within the limit. What was not
acknowledged is sent again, as clients do, and must then be kept exactly once.
"""
import argparse
import collections
import http.client
import json
import random
import shutil
import sys
import tempfile
import threading
import time

from server import Refused, Server

READY_SECONDS_MAX = 5.0
WRITERS = 6
COUNTED = 'count("Product Viewed")'


class Load:
    """What the writers of one round sent, and what of it was acknowledged."""

    def __init__(self, server, number, dice, again):
        self.server, self.number, self.dice = server, number, dice
        self.lock = threading.Lock()
        self.acknowledged, self.sent = {}, {}
        self.again = collections.deque(again)
        self.requests, self.refused = 0, []
        self.over = threading.Event()

    def event(self, writer, serial):
        return {"type": "track", "event": "Product Viewed", "userId": f"crash-{writer}",
                "messageId": f"r{self.number}-w{writer}-{serial}",
                "properties": {"product_id": "kochere", "category": "light-roast"}}

    def next_events(self, writer, serial, count):
        with self.lock:
            if self.again:
                return [self.again.popleft() for _ in range(min(count, len(self.again)))]
        return [self.event(writer, serial + i) for i in range(count)]

    def send(self, connection, kind, events):
        """Asks in one of several ways; the events are noted first, acknowledged after."""
        with self.lock:
            self.sent.update((e["messageId"], e) for e in events)
            self.requests += 1
        path, body = "/v1/batch", {"batch": events}
        if kind == "single":
            path, body = "/v1/track", events[0]
        Server.ask(connection, "POST", path, self.server.shop, body)
        with self.lock:
            self.acknowledged.update((e["messageId"], e) for e in events)

    def question(self, connection, writer):
        with self.lock:
            self.requests += 1
        Server.ask(connection, "POST", "/v1/decide", self.server.shop,
                   {"person": {"userId": f"crash-{writer}"}, "slots": ["home.hero", "home.cta"]})

    def consent(self, connection, writer, serial):
        event = {"type": "track", "event": "Consent Updated", "userId": f"crash-{writer}",
                 "messageId": f"r{self.number}-c{writer}-{serial}",
                 "properties": {"purposes": {"recommend": serial % 2 == 0}}}
        self.send(connection, "single", [event])

    def write(self, writer):
        """One writer, until the server is gone."""
        dice = random.Random(f"{self.number}-{writer}")
        connection, serial = self.server.connect(), 0
        try:
            while not self.over.is_set():
                roll = dice.random()
                if roll < 0.5:
                    events = self.next_events(writer, serial, dice.randint(2, 12))
                    self.send(connection, "batch", events)
                elif roll < 0.75:
                    events = self.next_events(writer, serial, 1)
                    self.send(connection, "single", events)
                elif roll < 0.95:
                    self.question(connection, writer)
                else:
                    self.consent(connection, writer, serial)
                serial += 50
        except Refused as refused:
            self.refused.append(str(refused))
        except (OSError, http.client.HTTPException):
            pass  # killed
        finally:
            connection.close()

    def publish(self, files):
        """Publishes beside the writers: a harmless change, another each time."""
        files = dict(files)
        files["voice.yaml"] = files["voice.yaml"] + f"\n# round {self.number}\n"
        try:
            Server.ask(self.server.connect(admin=True), "POST", "/admin/api/publish",
                       self.server.shop, {"files": files})
        except Refused as refused:
            self.refused.append(str(refused))
        except (OSError, http.client.HTTPException):
            pass  # killed

    def run(self, seconds, files):
        threads = [threading.Thread(target=self.write, args=(i,)) for i in range(WRITERS)]
        if files:
            threads.append(threading.Thread(target=self.publish, args=(files,)))
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.server.kill()
        self.over.set()
        for thread in threads:
            thread.join()


def kept_of(server, ids):
    """How often each of these messageIds is kept."""
    connection, found = server.connect(), collections.Counter()
    ids = list(ids)
    for i in range(0, len(ids), 1000):
        answer = Server.ask(connection, "POST", "/v1/events:find", server.shop,
                            {"messageIds": ids[i:i + 1000]})
        found.update(kept["event"]["messageId"] for kept in answer["events"])
    return found


def check_counts(server, kept_by_person):
    """What the engine has counted is what it keeps: each event took effect once."""
    connection = server.connect()
    for person, kept in kept_by_person.items():
        known = Server.ask(connection, "GET", f"/v1/people/{person}", server.shop)
        counted = {a["aggregate"]: a["count"] for a in known["aggregates"]}.get(COUNTED, 0)
        if counted != kept:
            raise AssertionError(f"{person}: {counted} counted, {kept} kept")


class Rounds:
    def __init__(self, server, seed):
        self.server, self.dice = server, random.Random(seed)
        self.kept_by_person = collections.Counter()
        self.acknowledged = self.unanswered = self.kept_unanswered = self.requests = 0
        self.slowest = 0.0
        self.files = None

    def check(self, load):
        """After a restart: the events that must be sent again."""
        found = kept_of(self.server, load.sent)
        lost = [i for i in load.acknowledged if found[i] == 0]
        twice = [i for i in load.sent if found[i] > 1]
        if lost or twice:
            raise AssertionError(f"round {load.number}: {len(lost)} acknowledged and lost "
                                 f"{lost[:3]}, {len(twice)} kept twice {twice[:3]}")
        if load.refused:
            raise AssertionError(f"round {load.number}: {load.refused[0]}")
        unanswered = [e for i, e in load.sent.items() if i not in load.acknowledged]
        self.kept_unanswered += sum(found[e["messageId"]] for e in unanswered)
        self.unanswered += len(unanswered)
        self.acknowledged += len(load.acknowledged)
        self.requests += load.requests
        return unanswered, found

    def count(self, load, found):
        for message_id, event in load.sent.items():
            if event["event"] == "Product Viewed" and message_id not in self.counted:
                if found[message_id]:
                    self.counted.add(message_id)
                    self.kept_by_person[event["userId"]] += 1
        check_counts(self.server, self.kept_by_person)

    def run(self, rounds):
        self.counted = set()
        self.slowest = self.server.start()
        self.files = Server.ask(self.server.connect(admin=True), "GET", "/admin/api/publish",
                                self.server.shop)["files"]
        again = []
        for number in range(1, rounds + 1):
            load = Load(self.server, number, self.dice, again)
            load.run(self.dice.uniform(0.1, 0.5), self.files if number % 5 == 0 else None)
            self.slowest = max(self.slowest, self.server.start())
            again, found = self.check(load)
            again += load.again  # not sent: the server was gone
            self.count(load, found)
            if number % 25 == 0:
                print(f"round {number}: {self.acknowledged} acknowledged, 0 lost, 0 twice; "
                      f"ready in {self.slowest:.2f} s at most", flush=True)
        self.server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("aizuchi")
    parser.add_argument("brand")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="aizuchi-crash-")
    server = Server(options.aizuchi, options.brand, folder)
    rounds = Rounds(server, options.seed)
    try:
        rounds.run(options.rounds)
        if rounds.slowest > READY_SECONDS_MAX:
            raise AssertionError(f"a restart took {rounds.slowest:.2f} s")
        verified = json.loads(server.run("verify", "--data", server.data, "--json"))
        if verified["wrong"]:
            raise AssertionError(f"verify: {verified['wrong']}")
    except (AssertionError, Refused) as failed:
        print(f"crash: {failed}\nthe data directory is left at {folder}", file=sys.stderr)
        return 1
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
    shutil.rmtree(folder)
    print(f"{options.rounds} rounds: {rounds.requests} requests, {rounds.acknowledged} events "
          f"acknowledged, 0 lost, 0 twice; {rounds.unanswered} unanswered of which "
          f"{rounds.kept_unanswered} were kept; ready in {rounds.slowest:.2f} s at most; "
          f"{verified['lastSequence']} log records verified")
    return 0


if __name__ == "__main__":
    sys.exit(main())
