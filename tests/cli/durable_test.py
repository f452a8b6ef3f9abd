#!/usr/bin/env python3
"""Backup and restore as an operator uses them. Usage: durable_test.py AIZUCHI BRAND"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reliability"))
from server import Server  # pylint: disable=wrong-import-position

AIZUCHI, BRAND = (os.path.abspath(p) for p in sys.argv[1:3])


def run(*args, code=0):
    """(stdout, stderr) of aizuchi; the exit code must be the given one."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIZUCHI_")}
    done = subprocess.run([AIZUCHI, *args], capture_output=True, text=True, check=False,
                          env=environment, timeout=120)
    if done.returncode != code:
        raise AssertionError(f"{args}: exit {done.returncode}, not {code}\n"
                             f"{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


class Durable(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aizuchi-durable-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = Server(AIZUCHI, BRAND, self.folder)
        self.data = self.server.data
        self.addCleanup(self.end)

    def end(self):
        if self.server.process and self.server.process.poll() is None:
            self.server.kill()

    def path(self, name):
        return os.path.join(self.folder, name)

    def digest(self, data, *more):
        return run("verify", "--data", data, "--digest", *more)[0].strip()

    def keyring(self):
        return ("--keyring", self.data + "-keys")

    def events(self, life, count):
        connection = self.server.connect()
        for i in range(count):
            Server.ask(connection, "POST", "/v1/track", self.server.shop,
                       {"type": "track", "event": "Product Viewed", "userId": f"d-{i % 5}",
                        "messageId": f"{life}-{i}", "properties": {"product_id": "kochere"}})
        connection.close()


class Backups(Durable):
    def test_a_stopped_directory_is_backed_up_and_restored_to_the_same_digest(self):
        self.server.start()
        self.events("a", 20)
        self.server.stop()
        before = self.digest(self.data)
        out, err = run("backup", self.path("b/one"), "--data", self.data, "--json")
        made = json.loads(out)
        self.assertEqual(made["digest"], before)
        self.assertEqual(made["lastSequence"], 20)
        self.assertIn("no keys of people", err)
        check = subprocess.run(["sha256sum", "-c", "manifest.json.sha256"], cwd=self.path("b/one"),
                               capture_output=True, check=False)
        self.assertEqual(check.returncode, 0)
        _, err = run("backup", self.path("b/one"), "--data", self.data, code=3)
        self.assertIn("exists already", err)
        _, err = run("serve", "--data", self.path("b/one/data"), *self.keyring(), code=3)
        self.assertIn("aizuchi restore", err)
        _, err = run("restore", self.path("b/one"), "--data", self.path("new"), code=1)
        self.assertIn("master.key is missing", err)
        self.assertFalse(os.path.exists(self.path("new")))
        shutil.rmtree(self.data)
        out, _ = run("restore", self.path("b/one"), "--data", self.data)
        self.assertIn(before, out)
        self.assertEqual(self.digest(self.data), before)
        _, err = run("restore", self.path("b/one"), "--data", self.data, code=3)
        self.assertIn("not an empty directory", err)
        self.server.start()
        self.events("b", 5)
        self.server.stop()

    def test_a_running_server_makes_a_backup_beside_its_events(self):
        self.server.start()
        key = self.path("admin.key")
        with open(key, "w", encoding="utf-8") as file:
            file.write(self.server.shop)
        at = ("--server", "http://" + self.server.admin, "--key-file", key)
        self.assertEqual(Server.ask(self.server.connect(admin=True), "GET", "/admin/api/backups",
                                    self.server.shop), {"backup": None})
        load = threading.Thread(target=self.events, args=("a", 300))
        load.start()
        made = json.loads(run("backup", "first", *at, "--json")[0])
        load.join()
        self.assertEqual(made["state"], "done")
        self.assertLessEqual(made["lastSequence"], 300)
        _, err = run("backup", "first", *at, code=3)
        self.assertIn("conflict", err)
        _, err = run("backup", "../up", *at, code=1)
        self.assertIn("is a path", err)
        out, _ = run("backup", *at)
        self.assertIn("digest", out)
        self.server.stop()
        self.assertEqual(len(os.listdir(self.data + "-backups")), 2)
        run("restore", self.data + "-backups/first", "--data", self.path("new"), *self.keyring())
        self.assertEqual(self.digest(self.path("new"), *self.keyring()), made["digest"])


class Damage(Durable):
    def test_what_is_left_of_a_damaged_directory_is_kept_and_the_lost_is_listed(self):
        self.server.start()
        self.events("a", 200)
        self.server.stop()
        logs = [os.path.join(self.data, n) for n in os.listdir(self.data) if n.endswith(".log")]
        path = max(logs, key=os.path.getsize)
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) // 2)
            file.write(b"damaged")
        run("serve", "--data", self.data, code=1)
        out, err = run("salvage", self.data, "--data", self.path("new"))
        self.assertIn("log records", out)
        self.assertIn("Keep the damaged directory", err)
        said = json.loads(run("verify", "--data", self.path("new"), *self.keyring(), "--json")[0])
        self.assertEqual(said["wrong"], [])
        run("serve", "--data", self.data, code=1)  # it is as it was
        run("salvage", self.data, "--data", self.path("new"), code=3)
        run("salvage", self.data, "--data", self.data, code=1)


class Doctor(Durable):
    def lines(self, *args, code=0):
        return {line["check"]: line for line in json.loads(run("doctor", *args, "--json",
                                                               code=code)[0])}

    def test_a_sound_directory_is_sound_in_every_line(self):
        lines = self.lines("--data", self.data)
        for check in ("disk", "fsync", "open-files", "keyring", "lock", "writable", "blocks",
                      "people", "log", "clock", "brand", "keys", "audiences"):
            self.assertNotEqual(lines[check]["state"], "wrong")
        out, _ = run("doctor", "--data", self.data)
        self.assertRegex(out, r"ok +brand +version 1 of the brand folder is live")

    def test_a_mistyped_directory_is_refused_and_not_made(self):
        for command in (("verify",), ("backup", self.path("b")), ("doctor",)):
            _, err = run(*command, "--data", self.path("nowhere"), code=1)
            self.assertIn("is not a data directory", err)
        self.assertFalse(os.path.exists(self.path("nowhere")))
        self.assertFalse(os.path.exists(self.path("b")))

    def test_each_thing_that_is_wrong_has_a_remedy(self):
        key = os.path.join(self.data + "-keys", "master.key")
        os.chmod(key, 0o644)
        lines = self.lines("--data", self.data, code=1)
        self.assertEqual(lines["keyring"]["state"], "wrong")
        self.assertIn("chmod 600", lines["keyring"]["remedy"])
        self.assertIn("may be read by others", lines["open"]["says"])
        os.chmod(key, 0o600)
        os.rename(key, key + ".away")
        lines = self.lines("--data", self.data, code=1)
        self.assertIn("is missing", lines["keyring"]["says"])
        os.rename(key + ".away", key)
        run("doctor", "--data", self.path("nothing"), code=1)
        os.mkdir(self.path("empty"))
        run("doctor", "--data", self.path("empty"), code=1)
        self.assertEqual(os.listdir(self.path("empty")), [])

    def test_a_server_that_has_it_open_is_named_and_what_can_be_seen_is_told(self):
        self.server.start()
        lines = self.lines("--data", self.data, code=3)
        self.assertIn("--server", lines["lock"]["remedy"])
        self.assertIn("disk", lines)
        lines = self.lines("--server", "http://" + self.server.host)
        self.assertEqual(lines["readyz"]["state"], "ok")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
