"""Power cuts under mixed load, again and again. Usage: powercut.py AIZUCHI BRAND [--rounds N]

The rounds of crash.py with data and keyring on an ext4 of their own in a file. A cut
stops the server where it is, shuts the file system down without writing its journal out
(EXT4_IOC_SHUTDOWN, NOLOGFLUSH), so that what no fsync has asked for is gone, kills the server, and
mounts what is left again. Before the first round a file that was synced and one that was not show
that this is what happens. Needs root and loop devices; without them it is skipped (77).
"""
import argparse
import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

from crash import READY_SECONDS_MAX, Rounds
from server import Refused, Server

SKIPPED = 77
SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32)
WITHOUT_JOURNAL = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH


class Skipped(Exception):
    """Not possible on this machine."""


class Disk:
    """An ext4 in a file, mounted through a loop device."""

    def __init__(self, folder):
        self.image = os.path.join(folder, "disk.img")
        self.place = os.path.join(folder, "disk")
        os.mkdir(self.place)
        with open(self.image, "wb") as file:
            file.truncate(1 << 30)
        self.call("mkfs.ext4", "-q", "-F", self.image)
        self.mount()

    @staticmethod
    def call(*command):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise Skipped(f"{command[0]}: {error}") from error
        if done.returncode != 0:
            raise Skipped(f"{' '.join(command)}: {done.stderr.strip()}")

    def mount(self):
        self.call("mount", "-o", "loop", self.image, self.place)

    def unmount(self):
        subprocess.run(["umount", self.place], capture_output=True, check=False)

    def cut(self):
        root = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(root, SHUTDOWN, struct.pack("I", WITHOUT_JOURNAL))
        finally:
            os.close(root)

    def again(self):
        self.call("umount", self.place)
        self.mount()

    def prove(self):
        """A cut takes what was not synced, and only that."""
        paths = {name: os.path.join(self.place, name) for name in ("synced", "not-synced")}
        for name, path in paths.items():
            with open(path, "wb") as file:
                file.write(b"x" * 100_000)
                file.flush()
                if name == "synced":
                    os.fsync(file.fileno())
        self.cut()
        self.again()
        kept = [n for n, p in paths.items() if os.path.exists(p) and os.path.getsize(p) == 100_000]
        if kept != ["synced"]:
            raise AssertionError(f"a cut should take the file that was not synced, left: {kept}")
        os.remove(paths["synced"])


class CutServer(Server):
    """A server whose machine loses its power when it is killed."""

    def __init__(self, aizuchi, brand, disk):
        self.disk = disk
        super().__init__(aizuchi, brand, disk.place)

    def kill(self):
        self.process.send_signal(signal.SIGSTOP)
        self.disk.cut()
        super().kill()
        self.disk.again()


def run(options, disk):
    disk.prove()
    server = CutServer(options.aizuchi, options.brand, disk)
    rounds = Rounds(server, options.seed)
    try:
        rounds.run(options.rounds)
        if rounds.slowest > READY_SECONDS_MAX:
            raise AssertionError(f"a restart took {rounds.slowest:.2f} s")
        verified = json.loads(server.run("verify", "--data", server.data, "--json"))
        if verified["wrong"]:
            raise AssertionError(f"verify: {verified['wrong']}")
    finally:
        if server.process and server.process.poll() is None:
            Server.kill(server)
    print(f"{options.rounds} power cuts: {rounds.requests} requests, {rounds.acknowledged} events "
          f"acknowledged, 0 lost, 0 twice; {rounds.unanswered} unanswered of which "
          f"{rounds.kept_unanswered} were kept; ready in {rounds.slowest:.2f} s at most; "
          f"{verified['lastSequence']} log records verified")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("aizuchi")
    parser.add_argument("brand")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("powercut: skipped: mounting a file system needs root", file=sys.stderr)
        return SKIPPED
    folder = tempfile.mkdtemp(prefix="aizuchi-powercut-")
    disk = None
    try:
        disk = Disk(folder)
        run(options, disk)
        code = 0
    except Skipped as why:
        print(f"powercut: skipped: no file system in a file here ({why})", file=sys.stderr)
        code = SKIPPED
    except (AssertionError, Refused) as failed:
        print(f"powercut: {failed}\nthe disk is left at {folder}/disk.img", file=sys.stderr)
        code = 1
    if disk:
        disk.unmount()
    if code != 1:
        shutil.rmtree(folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
