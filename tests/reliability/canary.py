"""Nothing personal where it does not belong: canary.py AIZUCHI BRAND [--people N]

People with canaries in everything that can be said of them come in through every door, rightly and
wrongly: bodies cut off, of the wrong type, too large, with the wrong key, canaries in paths,
queries, headers and cookies. Then the server is aborted, as a broken assertion would, and started
again and ended by each signal that a bug ends it with. What it wrote
to stdout and stderr, every error it answered, /metrics, and every file it left (its storage
engine's own log among them) are searched for each canary in eight encodings. Before, the exports
must have them, and one that is planted must be found in each encoding. A crash leaves no core.
"""
import argparse
import http.client
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse

from erase import KINDS, Erasing, canary, encodings, hits


class Canaries(Erasing):
    def __init__(self, aizuchi, brand, folder, people):
        super().__init__(aizuchi, brand, folder, people)
        self.errors, self.statuses = {}, {}

    def send(self, method, target, body, headers, admin=False):
        """One request; what comes back as an error is kept for the search."""
        connection = self.server.connect(admin)
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            text = str(answer.getheaders()).encode() + answer.read()
        except (http.client.HTTPException, OSError, UnicodeError):
            return
        finally:
            connection.close()
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        if answer.status >= 400:
            self.errors[f"{method} {target} {len(self.errors)}: {answer.status}"] = text

    def wrongs(self, person):
        """(method, path, body) that somebody gets wrong about a person."""
        c = {kind: canary(person, kind) for kind in KINDS}
        user = urllib.parse.quote(c["user"], safe="")
        event = {"type": "track", "event": c["page"], "userId": c["user"],
                 "messageId": c["message"], "properties": {"query": c["query"]}}
        whole = json.dumps(event).encode()
        for path in ("/v1/track", "/v1/identify", "/v1/batch", "/v1/decide", "/v1/said",
                     "/v1/exposures", "/v1/outcomes", "/v1/events:find", "/v1/devices"):
            yield "POST", path, whole[:-7]
            yield "POST", path, whole.replace(b":", b":\x00")
            yield "POST", path, b"\xff" + whole
            yield "POST", path, json.dumps([c["mail"], c["name"]]).encode()
            yield "POST", path, json.dumps(c["city"]).encode()
            yield "POST", path, whole + whole
            yield "POST", path, whole * 9000
        for wrong in ({"person": c["mail"], "slots": ["home.hero"]},
                      {"person": {"userId": c["user"], "token": c["name"] + "." + "a.b"},
                       "slots": ["home.hero"]},
                      {"person": {"userId": c["user"], "assurance": c["mail"]}, "slots": [1]},
                      {"person": {"userId": c["user"]}, "slots": c["query"]},
                      {"person": {"userId": c["user"]}, "slots": ["home.hero"],
                       "context": c["page"], "explain": c["agent"]},
                      {"person": {"userId": c["user"]}, "slots": ["home.hero"], "mode": c["mail"]}):
            yield "POST", "/v1/decide", json.dumps(wrong).encode()
        yield "POST", "/v1/said", json.dumps({"userId": c["user"], "topic": c["query"],
                                              "at": c["city"], "channel": c["mail"]}).encode()
        yield "POST", "/v1/batch", json.dumps({"batch": [{"type": c["name"], "userId": c["user"]},
                                                         {"userId": {"a": c["mail"]}}]}).encode()
        yield "PUT", f"/v1/me/purposes/{user}", json.dumps({"granted": c["mail"]}).encode()
        for path in (f"/v1/people/{user}x", f"/v1/people/{user}/events?limit={user}", f"/{user}",
                     f"/v1/decisions/{user}/why?userId={user}", f"/v1/exports/{user}",
                     f"/v1/me?userId={user}&kind={user}", f"/v1/exports/people?purpose={user}"):
            yield "GET", path, None
        yield "BREW", f"/v1/people/{user}", None
        yield "DELETE", f"/v1/me?userId={user}x", None

    def ask_wrongly(self):
        for person in range(self.people):
            mail, name = canary(person, "mail"), urllib.parse.quote(canary(person, "name"))
            keys = [self.key, self.server.page, "sk_" + mail, ""]
            for number, (method, target, body) in enumerate(self.wrongs(person)):
                headers = {"User-Agent": canary(person, "agent"), "Cookie": f"id={mail}; n={name}",
                           "Referer": f"https://example.org/{name}", "X-Forwarded-For": mail,
                           "Aizuchi-Device": mail if number % 5 == 0 else ""}
                if keys[number % 4]:
                    headers["Authorization"] = f"Bearer {keys[number % 4]}"
                if number % 7 == 0:
                    headers["Content-Encoding"] = "gzip"
                self.send(method, target, body, headers)
            for method, path in (("POST", "/admin/api/keys"), ("POST", "/admin/api/publish"),
                                 ("POST", "/admin/api/stops"), ("GET", f"/admin/api/{name}")):
                self.send(method, path, json.dumps({"name": mail, "kind": mail}).encode(),
                          {"Authorization": f"Bearer {self.server.shop}"}, admin=True)

    def crash(self, number):
        """As a broken assertion does (SIGABRT), or a bug below it; True when a core was written."""
        process = self.server.process
        process.send_signal(number)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -number
        self.reader.join(30)
        if os.WTERMSIG(status) != number:
            raise AssertionError(f"the server ended with {status}, not by signal {number}")
        return os.WCOREDUMP(status)

    def crash_again(self, number):
        """Started after the last crash, with everyone in its memory, and ended by another."""
        self.start()
        for person in range(self.people):
            self.ask("POST", "/v1/decide", {"person": {"userId": canary(person, "user")},
                                            "slots": ["home.hero", "home.cta"]})
        return self.crash(number)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("aizuchi")
    parser.add_argument("brand")
    parser.add_argument("--people", type=int, default=8)
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # the server itself must say no
    folder = tempfile.mkdtemp(prefix="aizuchi-canary-")
    test = Canaries(given.aizuchi, given.brand, folder, given.people)
    texts = [canary(person, kind) for person in range(given.people) for kind in KINDS]
    try:
        test.start()
        test.fill()
        test.control(texts)
        test.ask_wrongly()
        metrics = test.answers()["metrics"]
        core = test.crash(signal.SIGABRT)
        for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL):
            core = test.crash_again(number) or core
        places = {**test.files(), **test.errors, "metrics": metrics, "output": test.output}
        found = hits(places, texts)
        if found:
            raise AssertionError(f"personal data where it does not belong: {found}")
        if core:
            raise AssertionError("a crash wrote a core file: it holds what the server knew")
        if hits({"planted": encodings_of(texts[0])}, [texts[0]]) == {}:
            raise AssertionError("a planted canary was not found")
        if not {400, 401, 404, 413} <= set(test.statuses):
            raise AssertionError(f"not every kind of error was answered: {test.statuses}")
        subprocess.run([given.aizuchi, "verify", "--data", test.server.data], check=True,
                       capture_output=True)
    finally:
        if test.server.process.poll() is None:
            test.server.kill()
        shutil.rmtree(folder)
    size = sum(len(content) for content in places.values())
    print(f"{len(texts)} canaries in 8 encodings: 0 hits in {len(places)} places "
          f"({size >> 10} KiB): {len(test.errors)} errors answered, output, metrics, files; "
          "crashed in five ways without a core; "
          + ", ".join(f"{status}: {n}" for status, n in sorted(test.statuses.items())))


def encodings_of(text):
    return b"\n".join(needle for _, needles in encodings(text) for needle in needles)


if __name__ == "__main__":
    sys.exit(main())
