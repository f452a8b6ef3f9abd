#!/usr/bin/env python3
"""Who may come in at the doors of `aizuchi serve`, and how. Usage: doors_test.py AIZUCHI BRAND"""
import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import unittest

AIZUCHI, BRAND = (os.path.abspath(p) for p in sys.argv[1:3])


def run(*args, code=0, env=None):
    """(stdout, stderr) of aizuchi; the exit code must be the given one."""
    done = subprocess.run([AIZUCHI, *args], capture_output=True, text=True, check=False,
                          timeout=120, env={**os.environ, **(env or {})})
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
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
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


@unittest.skipUnless(shutil.which("openssl"), "openssl makes the certificates")
class Tls(Doors):
    def setUp(self):
        super().setUp()
        self.certificate, self.private = self.make("one")

    def make(self, name):
        paths = [os.path.join(self.folder, f"{name}.{kind}") for kind in ("crt", "key")]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", paths[0], "-keyout", paths[1]],
            check=True, capture_output=True, timeout=60)
        return paths

    def connect(self, host, certificate):
        trusted = ssl.create_default_context(cafile=certificate)
        connection = http.client.HTTPSConnection(host, timeout=20, context=trusted)
        self.addCleanup(connection.close)
        return connection

    def ready(self, connection):
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def test_the_front_door_speaks_tls_and_reads_a_new_certificate_when_told(self):
        host, admin = self.serve("--tls-cert", self.certificate, "--tls-key", self.private)
        self.assertTrue(self.urls["url"].startswith("https://"))
        # The admin door is on this machine, where nobody listens on the way.
        self.assertTrue(self.urls["admin"].startswith("http://"))
        before = self.connect(host, self.certificate)
        self.assertEqual(self.ready(before), 200)
        with open(self.private, "w", encoding="utf-8") as file:
            file.write("no key\n")
        self.process.send_signal(signal.SIGHUP)
        self.assertIn("The certificate stays as it was.", self.said())
        self.assertEqual(self.ready(self.connect(host, self.certificate)), 200)
        old = self.path_of_copy(self.certificate)
        new_certificate, new_key = self.make("two")
        shutil.copy(new_certificate, self.certificate)
        shutil.copy(new_key, self.private)
        self.process.send_signal(signal.SIGHUP)
        self.assertIn("The certificate was read anew; it holds until ", self.said())
        self.assertEqual(self.ready(before), 200)
        self.assertEqual(self.ready(self.connect(host, new_certificate)), 200)
        with self.assertRaises(ssl.SSLError):
            self.ready(self.connect(host, old))
        plain = http.client.HTTPConnection(admin, timeout=20)
        self.addCleanup(plain.close)
        plain.request("GET", "/metrics")
        self.assertRegex(plain.getresponse().read().decode(),
                         r'certificate_expires_seconds\{door="front"\} [1-9][0-9]{9}\n')

    def said(self):
        """The next line of the server about its certificate."""
        for line in self.process.stderr:
            if "certificate" in line:
                return line
        return ""

    def path_of_copy(self, path):
        return shutil.copy(path, path + ".old")

    def test_commands_ask_over_https_whom_they_trust(self):
        self.serve("--tls-cert", self.certificate, "--tls-key", self.private)
        url = self.urls["url"]
        trusting = {"SSL_CERT_FILE": self.certificate}
        run("doctor", "--server", url, env=trusting)
        run("doctor", "--server", url.replace("127.0.0.1", "localhost"), env=trusting)
        _, err = run("decide", "--server", url, "--slots", "home.hero", code=3)
        self.assertIn("has no certificate for 127.0.0.1 that is trusted here.", err)

    def test_a_certificate_without_its_key_is_refused(self):
        run("serve", "--data", self.data, "--tls-cert", self.certificate, code=2)
        _, err = run("serve", "--data", self.data, "--listen", "127.0.0.1:0", "--tls-cert",
                     self.certificate, "--tls-key", self.certificate, code=1)
        self.assertIn("holds no key in PEM that can be read.", err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
