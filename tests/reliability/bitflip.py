"""One flipped bit in every kind of file. Usage: bitflip.py AIZUCHI BRAND [--flips N]

A server is loaded, forgets somebody, makes a backup and is killed, so that its directory has
tables, a write-ahead log and everything else, its keyring people's keys, the head of the audit log
and the ledger of erasures. Then, again and again, one bit of one file of a copy is flipped, and the
copy is looked at by what reads that file: `verify` and `audit verify`; of a backup and of people's
keys, `restore`. It must be refused with the name of what is damaged, or say exactly what it said
before (a bit that nothing is read from). What must never be: another content, and no word about it.
"""
import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from server import Refused, Server

# What a message may name: the file, or the record or space that the bit belongs to.
RECORD_OR_SPACE = re.compile(r"log records? \d+|(log|history|state|record|identity|keyring|meta):"
                             r"|audit log|entry \d+|the keyring .* lacks the keys"
                             r"|key in the keyring")
KEYRING, BACKUPS = "data-keys", "data-backups"


def kind_of(path):
    name = os.path.basename(path)
    if name.endswith((".sst", ".log", ".key", ".keys", ".lock", ".json", ".sha256")):
        name = name[name.rindex("."):]
    elif name != "audit-head":
        name = name.split("-")[0]
    return ("backup " if f"/{BACKUPS}/" in path else "") + name


def fill(server):
    """Two lives: the first one's log becomes tables, the second one's is still a log."""
    for life in range(2):
        server.start()
        connection = server.connect()
        for i in range(40):
            events = [{"type": "track", "event": "Product Viewed", "userId": f"flip-{i % 7}",
                       "messageId": f"f{life}-{i}-{n}",
                       "properties": {"product_id": "kochere", "category": "light-roast"}}
                      for n in range(20)]
            Server.ask(connection, "POST", "/v1/batch", server.shop, {"batch": events})
            Server.ask(connection, "POST", "/v1/decide", server.shop,
                       {"person": {"userId": f"flip-{i % 7}"}, "slots": ["home.hero"]})
        connection.close()
        if life == 0:
            leave_more(server)
        server.kill()


def leave_more(server):
    """Somebody who is forgotten, and a backup after that."""
    Server.ask(server.connect(), "DELETE", "/v1/people/flip-6", server.shop)
    admin = server.connect(admin=True)
    Server.ask(admin, "POST", "/admin/api/backups", server.shop, {})
    for _ in range(100):
        last = Server.ask(admin, "GET", "/admin/api/backups", server.shop)["backup"]
        if last["state"] != "running":
            break
        time.sleep(0.1)
    if last["state"] != "done":
        raise AssertionError(f"no backup: {last}")


class Flips:
    def __init__(self, server, folder, seed):
        self.server, self.dice = server, random.Random(seed)
        self.whole = os.path.join(folder, "whole")
        self.tried = os.path.join(folder, "tried")
        os.mkdir(self.whole)
        shutil.move(server.data, os.path.join(self.whole, "data"))
        for beside in ("-keys", "-backups"):
            shutil.move(server.data + beside, os.path.join(self.whole, "data" + beside))
        self.refused, self.unread = collections.Counter(), collections.Counter()
        self.copy()
        self.digest = {}
        for look in (self.verify, self.restore):
            code, digest, said = look()
            if code != 0:
                raise AssertionError(f"the directory is not whole to begin with: {said}")
            self.digest[look] = digest

    def files(self):
        """By kind, those that have bytes."""
        out = collections.defaultdict(list)
        for folder, _, names in os.walk(self.whole):
            for name in sorted(names):
                path = os.path.join(folder, name)
                if os.path.getsize(path) > 0:
                    out[kind_of(path)].append(os.path.relpath(path, self.whole))
        return dict(sorted(out.items()))

    def copy(self):
        shutil.rmtree(self.tried, ignore_errors=True)
        shutil.copytree(self.whole, self.tried)

    def command(self, *args):
        done = subprocess.run([self.server.aizuchi, *args], capture_output=True, text=True,
                              check=False, timeout=120)
        if done.returncode not in (0, 1, 3):
            raise AssertionError(f"{args}: exit {done.returncode}\n{done.stderr}")
        return done.returncode, done.stdout, done.stdout + done.stderr

    def verify(self):
        """The exit code, the digest, and all that was said."""
        data = os.path.join(self.tried, "data")
        code, out, said = self.command("verify", "--json", "--data", data)
        if code != 0:
            return code, "", said
        audited, _, more = self.command("audit", "verify", "--data", data)
        return audited, json.loads(out)["digest"], said + more

    def restore(self):
        backups = os.path.join(self.tried, BACKUPS)
        back = os.path.join(self.tried, "restored")
        code, out, said = self.command("restore", os.path.join(backups, os.listdir(backups)[0]),
                                       "--data", back, "--keyring",
                                       os.path.join(self.tried, KEYRING), "--json")
        if code == 0:
            code, out, more = self.command("verify", "--json", "--data", back, "--keyring",
                                           os.path.join(self.tried, KEYRING))
            said += more
        return code, json.loads(out)["digest"] if code == 0 else "", said

    def flip(self, kind, file):
        self.copy()
        path = os.path.join(self.tried, file)
        with open(path, "r+b") as opened:
            bit = self.dice.randrange(os.path.getsize(path) * 8)
            opened.seek(bit // 8)
            byte = opened.read(1)[0]
            opened.seek(bit // 8)
            opened.write(bytes([byte ^ 1 << bit % 8]))
        look = self.restore if kind.startswith("backup") or kind == ".keys" else self.verify
        where = f"bit {bit} of {file}"
        code, digest, said = look()
        if code == 0:
            if digest != self.digest[look]:
                raise AssertionError(f"{where}: another content, and no word about it")
            self.unread[kind] += 1
            return
        if os.path.basename(file) not in said and not RECORD_OR_SPACE.search(said):
            raise AssertionError(f"{where}: refused, but nothing is named\n{said}")
        self.refused[kind] += 1

    def run(self, flips):
        for kind, files in self.files().items():
            for _ in range(flips):
                self.flip(kind, self.dice.choice(files))
            print(f"{kind:<16} {self.refused[kind]:>4} refused and named, {self.unread[kind]:>4} "
                  "in bytes that nothing is read from", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("aizuchi")
    parser.add_argument("brand")
    parser.add_argument("--flips", type=int, default=6, help="of each kind of file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="aizuchi-bitflip-")
    server = Server(options.aizuchi, options.brand, folder)
    try:
        fill(server)
        flips = Flips(server, folder, options.seed)
        flips.run(options.flips)
        for kind in (".sst", ".log", "MANIFEST", "CURRENT", ".key", ".keys", "audit-head", "erased",
                     "backup .sst", "backup .json", "backup .sha256"):
            if not flips.refused[kind]:
                raise AssertionError(f"no flip of a {kind} file was noticed")
    except (AssertionError, Refused) as failed:
        print(f"bitflip: {failed}\nthe directories are left at {folder}", file=sys.stderr)
        return 1
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
    shutil.rmtree(folder)
    print(f"{sum(flips.refused.values())} flips refused and named, {sum(flips.unread.values())} in "
          "bytes that nothing is read from, 0 silent")
    return 0


if __name__ == "__main__":
    sys.exit(main())
