#!/usr/bin/env python3
"""Runs every example of the documentation: docs_test.py AIZUCHI. ROOT/docs/*.md and both READMEs.

A fenced block is, by the word behind its fence,
  sh, console    run in a folder of the page's own, in the page's order, in one shell
  text, json     behind a sh block: what that printed, … standing for anything; json alone: parsed
  …title="x"     written to x before what follows is run
  js, toml       checked by node and by aizuchi's own reader of settings
or marked on the line above it, and counted:
  <!-- held by: TEST -->      a test of that name runs it
  <!-- not run: REASON -->
"""
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
AIZUCHI = os.path.abspath(sys.argv[1])
FENCE = re.compile(r"^```(\w*)(?: title=\"([^\"]+)\")?$")
MARK = re.compile(r"^<!-- (held by|not run): (.+) -->$")
READY = ('for i in $(seq 100); do curl -sf 127.0.0.1:8080/healthz >/dev/null && break; sleep 0.1; '
         "done\n")
counts = {"run": 0, "compared": 0, "checked": 0, "held by another test": 0, "not run": 0}


class Block:
    def __init__(self, line, kind, title, mark):
        self.line, self.kind, self.title, self.mark = line, kind, title, mark
        self.lines = []

    def follows(self, other):
        """Does it stand right behind the other, with one blank line between?"""
        return other is not None and self.line == other.line + len(other.lines) + 3

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"


def blocks_of(path):
    """The fenced blocks of a page; an indented one is an error, for nobody could mark it."""
    blocks, inside, before, in_list = [], None, "", False
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file.read().splitlines(), 1):
            if inside is not None:
                if line.startswith("```"):
                    inside = None
                else:
                    inside.lines.append(line)
            elif line.startswith("```"):
                fence = FENCE.match(line)
                if not fence:
                    raise AssertionError(f"{path}:{number}: a fence is ```word or "
                                         "```word title=\"file\"")
                mark = MARK.match(before)
                inside = Block(number, fence[1], fence[2], mark and mark.groups())
                blocks.append(inside)
            elif re.match(r" {4}\S", line) and not before.strip() and not in_list:
                raise AssertionError(f"{path}:{number}: put a ``` fence around this example")
            if line.strip():
                in_list = bool(re.match(r"\s*([*-]|\d+\.)\s", line)) or (
                    in_list and line.startswith(" "))
            before = line
    return blocks


def free_ports():
    """Two ports in a row, as --listen and the admin door have them."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                return port, port + 1
            except OSError:
                continue


def matches(expected, actual):
    """Is each piece between two … there, in this order? Blanks do not count."""
    def packed(text):
        return re.sub(r"\s+", "", text)
    at, actual = 0, packed(actual)
    for piece in packed(expected).split("…"):
        found = actual.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


class Page:
    def __init__(self, path):
        self.path = path
        self.blocks = blocks_of(path)
        self.steps = []  # (block, the text it is to print or None)
        self.folder = tempfile.mkdtemp(prefix="aizuchi-docs-")

    def place(self, block):
        return f"{os.path.relpath(self.path, ROOT)}:{block.line}"

    def sort(self):
        """Decides of each block what is done with it; what cannot be decided is an error."""
        previous = None
        for block in self.blocks:
            if block.mark:
                counts["held by another test" if block.mark[0] == "held by" else "not run"] += 1
                if block.mark[0] == "not run":
                    print(f"not run: {self.place(block)}: {block.mark[1]}")
                previous = None
                continue
            if block.title or block.kind == "sh":
                self.steps.append([block, None])
                counts["run"] += block.kind == "sh"
                self.check(block)
            elif block.kind == "console":
                self.console(block)
            elif block.kind in ("text", "json") and block.follows(previous) and \
                    previous.kind == "sh":
                self.steps[-1][1] = block
                counts["compared"] += 1
            elif not self.check(block):
                raise AssertionError(f"{self.place(block)}: nothing runs this '{block.kind}' "
                                     "example: make it sh, or mark it (tests/docs/docs_test.py)")
            previous = block

    def console(self, block):
        for line in block.lines:
            if line.startswith("$ "):
                command, answer = Block(block.line, "sh", None, None), None
                command.lines.append(line[2:])
                self.steps.append([command, answer])
                counts["run"] += 1
                continue
            if self.steps[-1][1] is None:
                self.steps[-1][1] = Block(block.line, "text", None, None)
                counts["compared"] += 1
            self.steps[-1][1].lines.append(line)

    def check(self, block):
        if block.kind == "json" and not (block.title or "").endswith("ndjson"):
            json.loads(block.text)
        elif block.kind == "js":
            path = os.path.join(self.folder, "check.mjs")
            with open(path, "w", encoding="utf-8") as file:
                file.write(block.text)
            subprocess.run(["node", "--check", path], check=True)
        elif block.kind == "toml":
            path = os.path.join(self.folder, "check.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(block.text)
            done = subprocess.run([AIZUCHI, "--config", path, "keys", "list"], check=False,
                                  capture_output=True, text=True, timeout=60)
            if done.returncode == 2:
                raise AssertionError(f"{self.place(block)}: {done.stderr}")
        else:
            return False
        counts["checked"] += 1
        return True

    def script(self, ports):
        lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"]
        for number, (block, _) in enumerate(self.steps):
            lines.append(f"echo {number} >at")
            if block.title:
                copy = os.path.join(self.folder, f"block-{number}")
                with open(copy, "w", encoding="utf-8") as file:
                    file.write(block.text)
                lines.append(f"mkdir -p $(dirname '{block.title}') && cp '{copy}' '{block.title}'")
                continue
            lines.append("{\n" + block.text + f"}} >out-{number} 2>&1")
            if re.search(r"^aizuchi .*&$", re.sub(r" *#.*", "", block.text), re.MULTILINE):
                lines.append(READY)
        text = "\n".join(lines)
        return text.replace("127.0.0.1:8080", f"127.0.0.1:{ports[0]}").replace(
            "127.0.0.1:8081", f"127.0.0.1:{ports[1]}")

    def output(self, number):
        path = os.path.join(self.folder, "work", f"out-{number}")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def run(self):
        self.sort()
        if not any(block.kind == "sh" for block, _ in self.steps):
            return
        work = os.path.join(self.folder, "work")
        os.mkdir(work)
        shutil.copytree(os.path.join(ROOT, "examples"), os.path.join(work, "examples"))
        os.symlink(os.path.join(ROOT, "demo"), os.path.join(work, "demo"))
        ports = free_ports()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AIZUCHI_")}
        environment["PATH"] = os.path.dirname(AIZUCHI) + ":" + environment["PATH"]
        environment["AIZUCHI_LISTEN"] = f"127.0.0.1:{ports[0]}"
        done = subprocess.run(["bash", "-c", self.script(ports)], cwd=work, env=environment,
                              capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            with open(os.path.join(work, "at"), encoding="utf-8") as file:
                at = int(file.read())
            raise AssertionError(f"{self.place(self.steps[at][0])}: exit {done.returncode}\n"
                                 f"{self.output(at)}{done.stderr}")
        self.compare()

    def compare(self):
        for number, (block, expected) in enumerate(self.steps):
            if expected and not matches(expected.text, self.output(number)):
                raise AssertionError(
                    f"{self.place(block)} does not print what {self.place(expected)} says:\n"
                    f"{self.output(number)}")


class Examples(unittest.TestCase):
    def test_every_example_of_every_page_works(self):
        pages = sorted(glob.glob(os.path.join(ROOT, "docs/**/*.md"), recursive=True))
        pages += glob.glob(os.path.join(ROOT, "README*.md"))
        for path in pages:
            with self.subTest(page=os.path.relpath(path, ROOT)):
                page = Page(path)
                self.addCleanup(shutil.rmtree, page.folder)
                page.run()
        print("docs: " + ", ".join(f"{count} {what}" for what, count in counts.items()))


class Privacy(unittest.TestCase):
    """docs/privacy.md names the tests that hold what it says."""
    @staticmethod
    def sources():
        for folder in ("src", "tests"):
            for at, _, names in os.walk(os.path.join(ROOT, folder)):
                for name in names:
                    if name.endswith((".cpp", ".py")) and name != "docs_test.py":
                        yield os.path.join(at, name)

    def test_every_test_that_is_named_exists(self):
        with open(os.path.join(ROOT, "docs/privacy.md"), encoding="utf-8") as file:
            rows = [line for line in file if line.startswith("| ")][1:]
        paths = list(self.sources())
        written = ""
        for path in paths:
            with open(path, encoding="utf-8") as file:
                written += file.read()
        self.assertGreater(len(rows), 10)
        for row in rows:
            held_by = row.strip().strip("|").split(" | ")[-1]
            titles = re.findall(r'"([^"]+)"', held_by)
            files = re.findall(r"`([^`]+)`", held_by)
            self.assertTrue(titles or files, f"no test holds: {row}")
            for title in titles:
                self.assertTrue(f'TEST_CASE("{title}")' in re.sub(r'\(\s+"', '("', written),
                                f"no test is called: {title}")
            for name in files:
                known = f"def {name}(" in written or any(p.endswith("/" + name) for p in paths)
                self.assertTrue(known, name)


class Comparison(unittest.TestCase):
    def test_dots_stand_for_anything_and_nothing_else_does(self):
        self.assertTrue(matches('{"a":"…",\n "b":1}', '{"a": "x y", "b": 1}'))
        self.assertFalse(matches('{"a":"…","b":1}', '{"a":"x","b":2}'))
        self.assertFalse(matches("first … second", "second first"))


class Links(unittest.TestCase):
    def test_a_link_to_no_file_or_no_anchor_is_found(self):
        sys.path.insert(0, os.path.join(ROOT, "docs/site"))
        import links  # pylint: disable=import-outside-toplevel
        with tempfile.TemporaryDirectory() as site:
            with open(os.path.join(site, "a.html"), "w", encoding="utf-8") as file:
                file.write('<h1 id="top"></h1><a href="#top"></a><a href="a.html#top"></a>'
                           '<a href="#none"></a><img src="gone.png">')
            problems, looked_at = links.broken(site)
        self.assertEqual(looked_at, 4)
        self.assertEqual([p.split(": ")[1] for p in problems], ["#none", "gone.png"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
