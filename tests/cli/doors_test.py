#!/usr/bin/env python3
"""Who may come in at the doors of `aizuchi serve`, and how. Usage: doors_test.py AIZUCHI BRAND"""
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

AIZUCHI, BRAND = (os.path.abspath(p) for p in sys.argv[1:3])


def run(*args, code=0):
    """(stdout, stderr) of aizuchi; the exit code must be the given one."""
    done = subprocess.run([AIZUCHI, *args], capture_output=True, text=True, check=False,
                          timeout=120)
    if done.returncode != code:
        raise AssertionError(f"{args}: exit {done.returncode}, not {code}\n"
                             f"{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


class Doors(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aizuchi-doors-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")
        run("apply", BRAND, "--data", self.data)
        self.key = run("keys", "create", "--source", "web", "--public", "--data",
                       self.data)[0].strip()

    def serve(self, *options):
        """Starts a server; its two addresses are (host, port)."""
        process = subprocess.Popen(
            [AIZUCHI, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--admin",
             "127.0.0.1:0", "--json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.communicate()[1])
        urls = json.loads(line)
        self.process = process
        self.urls = urls
        return urls["url"].split("//")[1], urls["admin"].split("//")[1]

    @staticmethod
    def end(process):
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        if process.returncode != 0:
            raise AssertionError(f"the server ended with {process.returncode}: {out}{err}")

    def decide(self, host, key, client="192.0.2.1"):
        connection = http.client.HTTPConnection(host, timeout=20)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/decide",
                           json.dumps({"person": {"anonymousId": "a-1"}, "slots": ["home.hero"]}),
                           {"Authorization": f"Bearer {key}", "X-Forwarded-For": client})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())


class HowOften(Doors):
    def test_an_address_behind_a_named_proxy_is_told_when_to_come_again(self):
        host, admin = self.serve("--trusted-proxy", "127.0.0.1", "--limit-address", "1")
        seen = [self.decide(host, self.key) for _ in range(40)]
        self.assertEqual({status for status, _, _ in seen}, {200, 429})
        _, headers, body = next(each for each in seen if each[0] == 429)
        self.assertEqual(headers["Retry-After"], "1")
        self.assertEqual(body["error"]["code"], "busy")
        self.assertEqual(self.decide(host, self.key, client="192.0.2.2")[0], 200)
        connection = http.client.HTTPConnection(admin, timeout=20)
        self.addCleanup(connection.close)
        connection.request("GET", "/metrics")
        self.assertRegex(connection.getresponse().read().decode(),
                         r'aizuchi_http_limited_total\{of="address"\} [1-9][0-9]?\n')

    def test_without_a_named_proxy_its_header_changes_nothing(self):
        host, _ = self.serve("--limit-address", "1")
        self.assertEqual({self.decide(host, self.key)[0] for _ in range(12)}, {200})

    def test_a_key_of_its_own_limit_is_listed_with_it_and_held_to_it(self):
        made = json.loads(run("keys", "create", "--source", "web", "--public", "--limit", "1",
                              "--data", self.data, "--json")[0])
        self.assertEqual(made["about"]["limit"], 1)
        self.assertIn(", 1 a second\n", run("keys", "list", "--data", self.data)[0])
        host, _ = self.serve()
        seen = [self.decide(host, made["key"])[0] for _ in range(40)]
        self.assertEqual(seen[:10], [200] * 10)
        self.assertIn(429, seen)

    def test_a_range_or_a_limit_that_is_none_is_named(self):
        _, err = run("serve", "--data", self.data, "--listen", "127.0.0.1:0", "--trusted-proxy",
                     "10.0.0.0/99", code=1)
        self.assertIn("10.0.0.0/99 is not a range of addresses.", err)
        run("serve", "--data", self.data, "--limit-address", "-1", code=2)
        run("keys", "create", "--source", "web", "--public", "--limit", "0", "--data", self.data,
            code=2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
