#!/usr/bin/env python3
"""Webhooks as an operator and a receiver meet them. Usage: webhooks_test.py AIZUCHI BRAND"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

AIZUCHI, BRAND = (os.path.abspath(p) for p in sys.argv[1:3])


def run(*args, code=0):
    """(stdout, stderr) of aizuchi; the exit code must be the given one."""
    done = subprocess.run([AIZUCHI, *args], capture_output=True, text=True, check=False,
                          timeout=120)
    if done.returncode != code:
        raise AssertionError(f"{args}: exit {done.returncode}, not {code}\n"
                             f"{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


class Receiver(http.server.BaseHTTPRequestHandler):
    told = []
    status = 204

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.told.append((dict(self.headers), body))
        self.send_response(Receiver.status)
        self.end_headers()

    def log_message(self, *_):
        pass


class Webhooks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aizuchi-webhooks-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")
        run("apply", BRAND, "--data", self.data)
        Receiver.told.clear()
        Receiver.status = 204
        self.receiver = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
        self.addCleanup(self.receiver.server_close)
        threading.Thread(target=self.receiver.serve_forever, daemon=True).start()
        self.addCleanup(self.receiver.shutdown)
        self.url = f"http://127.0.0.1:{self.receiver.server_port}/in"
        self.key = run("keys", "create", "--source", "web", "--secret", "--scopes",
                       "ingest,people,privacy,admin,brand", "--data", self.data)[0].strip()
        self.key_file = os.path.join(self.folder, "admin.key")
        with open(self.key_file, "w", encoding="utf-8") as file:
            file.write(self.key)

    def serve(self, *options):
        self.process = subprocess.Popen(
            [AIZUCHI, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--admin",
             "127.0.0.1:0", "--json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.urls = json.loads(self.process.stdout.readline())

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)

    def there(self, *command, code=0):
        return run("webhooks", *command, "--server", self.urls["admin"], "--key-file",
                   self.key_file, code=code)

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.urls["url"] + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status

    def wait(self, count):
        until = time.monotonic() + 30
        while len(Receiver.told) < count and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(len(Receiver.told), count)
        return [json.loads(body) for _, body in Receiver.told]

    def test_a_receiver_is_told_what_people_change_and_can_check_who_told_it(self):
        self.serve("--webhook-network", "127.0.0.0/8")
        secret = self.there("add", self.url, "--events",
                            "consent.changed,person.erased")[0].strip()
        self.assertTrue(secret.startswith("whsec_"))
        webhook = json.loads(self.there("list", "--json")[0])["webhooks"][0]
        self.assertEqual(webhook["state"], "well")
        self.there("test", webhook["id"])
        self.assertEqual(self.wait(1)[0]["type"], "webhook.test")
        self.ask("POST", "/v1/track", {
            "userId": "hana", "event": "Consent Updated", "messageId": "c-1",
            "properties": {"purposes": {"mail.news": True, "recommend": True}}})
        told = self.wait(2)[1]
        self.assertEqual(told["type"], "consent.changed")
        self.assertEqual(told["data"]["userId"], "hana")
        self.assertIs(told["data"]["purposes"]["recommend"], True)
        self.ask("DELETE", "/v1/people/hana")
        self.assertEqual(self.wait(3)[2]["type"], "person.erased")
        for headers, body in Receiver.told:
            named = {name.lower(): value for name, value in headers.items()}
            signed = f"{named['webhook-id']}.{named['webhook-timestamp']}.".encode() + body
            mac = hmac.new(base64.b64decode(secret[6:]), signed, hashlib.sha256).digest()
            self.assertEqual(named["webhook-signature"], "v1," + base64.b64encode(mac).decode())
            self.assertLess(abs(time.time() - int(named["webhook-timestamp"])), 300)
        fresh, said = self.there("rotate", webhook["id"])
        self.assertIn("the one before it too", said)
        self.assertNotEqual(fresh.strip(), secret)
        self.assertIn("T", json.loads(self.there("list", "--json")[0])["webhooks"][0]
                      ["rotatingUntil"])
        self.assertIn("two secrets", self.there("list")[0])
        self.there("test", webhook["id"])
        self.wait(4)
        headers, body = Receiver.told[3]
        named = {name.lower(): value for name, value in headers.items()}
        signed = f"{named['webhook-id']}.{named['webhook-timestamp']}.".encode() + body
        expected = [
            "v1," + base64.b64encode(hmac.new(base64.b64decode(each.strip()[6:]), signed,
                                              hashlib.sha256).digest()).decode()
            for each in (fresh, secret)]
        self.assertEqual(named["webhook-signature"].split(" "), expected)
        self.there("rotate", "00000000", code=1)
        self.there("remove", webhook["id"])
        self.assertIn("There is no webhook", self.there("list")[1])

    def test_what_is_not_taken_waits_across_a_restart_and_is_told_then(self):
        Receiver.status = 500
        self.serve("--webhook-network", "127.0.0.0/8")
        self.there("add", self.url, "--events", "consent.changed")
        self.ask("POST", "/v1/track", {
            "userId": "hana", "event": "Consent Updated", "messageId": "c-1",
            "properties": {"purposes": {"recommend": False}}})
        self.wait(1)
        deadline = time.monotonic() + 20
        while "failing" not in self.there("list")[0] and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertIn("it answered 500", self.there("list")[0])
        self.end()
        self.assertIn("1 wait", run("webhooks", "list", "--data", self.data)[0])
        self.assertIn("does not take what it is told", "".join(run("doctor", "--data", self.data)))
        Receiver.status = 200
        self.serve("--webhook-network", "127.0.0.0/8")
        self.wait(2)
        ids = {dict((k.lower(), v) for k, v in headers.items())["webhook-id"]
               for headers, _ in Receiver.told}
        self.assertEqual(len(ids), 1)

    def test_messages_do_not_go_where_nobody_said_that_they_may(self):
        self.serve()
        refused = self.there("add", self.url, "--events", "consent.changed", code=1)[1]
        self.assertIn("not open to the public", refused)
        self.assertIn("--webhook-network", refused)
        for url, event in (("crm.example", "consent.changed"),
                           ("https://crm.example/", "everything")):
            self.there("add", url, "--events", event, code=1)
        # Added while no server runs, it is refused when it is gone to.
        self.end()
        run("webhooks", "add", self.url, "--events", "consent.changed", "--data", self.data)
        self.serve()
        webhook = json.loads(self.there("list", "--json")[0])["webhooks"][0]
        self.there("test", webhook["id"])
        deadline = time.monotonic() + 20
        while "fails since" not in self.there("list")[0] and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertIn("not open to the public", self.there("list")[0])
        self.assertEqual(Receiver.told, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
