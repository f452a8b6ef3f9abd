#!/usr/bin/env python3
"""The rules of STYLE.md that a compiler does not see. Usage: tidy.py [ROOT]

Reads the tracked files of a checkout (all files where there is no git) and prints one line a
problem, `file:line: rule: what to do`. Exit code 1 when there is one. Each rule is a function from
the tree to its problems, listed in RULES; tidy_test.py shows each of them a tree it must refuse.
"""
import ast
import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property

import cpp

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
# The faces (serve/) stand on everything and read much by nature; a rule over all sources would only
# count faces. So the engine below them has the median, and every source a bound.
INCLUDE_MEDIAN_MAX = 10
INCLUDE_MOST = {"engine": 26, "serve": 50}
FIREWALL_READERS_MAX = 2

CODE = (".cpp", ".h", ".ts", ".tsx", ".mjs", ".js", ".py")
TEXT = CODE + (".md", ".txt", ".yaml", ".yml", ".json", ".css", ".html", ".story", ".sh", ".cmake")
# Other people's files, generated files, and this folder, which has to name what it refuses.
FOREIGN = re.compile(r"(^|/)(third_party|conformance|node_modules|dist)/|(^|/)package-lock\.json$")
OWN = re.compile(r"^tests/tidy/")
HEAVY = re.compile(r"^(boost/|rocksdb/|simdjson\.h|nlohmann/|yaml-cpp/|openssl/|re2/|CLI/|Eigen/|"
                   r"cblas\.h)")


@dataclass(frozen=True)
class Problem:
    path: str
    line: int
    rule: str
    what: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.what}"


class Tree:
    """The files of a checkout, read once."""

    def __init__(self, root):
        self.root = root
        self._text = {}

    @cached_property
    def files(self):
        listed = subprocess.run(["git", "-C", self.root, "ls-files", "-z"], capture_output=True,
                                check=False)
        top = subprocess.run(["git", "-C", self.root, "rev-parse", "--show-toplevel"],
                             capture_output=True, text=True, check=False).stdout.strip()
        if listed.returncode == 0 and os.path.realpath(top) == os.path.realpath(self.root):
            names = [name for name in listed.stdout.decode().split("\0") if name]
        else:
            names = [os.path.relpath(os.path.join(folder, name), self.root)
                     for folder, _, found in os.walk(self.root) for name in found]
            names = [n for n in names if not n.startswith(("build/", ".git/"))]
        return sorted(n for n in names if os.path.isfile(os.path.join(self.root, n)))

    def text(self, path):
        if path not in self._text:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self._text[path] = file.read()
        return self._text[path]

    def lines(self, path):
        return enumerate(self.text(path).split("\n"), 1)

    def own(self, *suffixes, under=""):
        return [f for f in self.files
                if f.endswith(suffixes) and f.startswith(under) and not FOREIGN.search(f)]

    def includes(self, path):
        """(line, name, is_quoted) of each #include."""
        for number, line in self.lines(path):
            found = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
            if found:
                yield number, found[1] or found[2], found[1] is not None

    @cached_property
    def floors(self):
        """[(line, module)] of src/FLOORS, bottom-up."""
        if "src/FLOORS" not in self.files:
            return []
        return [(number, line.split()[0]) for number, line in self.lines("src/FLOORS")
                if line.strip() and not line.startswith("#")]


def module_of(path):
    """src/ground/base/text.h → ground/base; None for a file that is in no module."""
    parts = path.split("/")
    return "/".join(parts[1:3]) if parts[0] == "src" and len(parts) >= 4 else None


def floors_folder(tree):
    present = {module_of(f) for f in tree.own(".cpp", ".h", under="src/")} - {None}
    listed = [module for _, module in tree.floors]
    for line, module in tree.floors:
        if module not in present:
            yield Problem("src/FLOORS", line, "floors-folder",
                          f"src/{module} has no code: remove the line until it has")
        if listed.count(module) > 1:
            yield Problem("src/FLOORS", line, "floors-folder", f"{module} is listed twice")
    for module in sorted(present - set(listed)):
        yield Problem("src/FLOORS", 1, "floors-folder",
                      f"src/{module} is not listed: add its line above those it does not use")


def floors_order(tree):
    height = {module: line for line, module in tree.floors}
    for path in tree.own(".cpp", ".h", under="src/"):
        own = module_of(path)
        for line, name, quoted in tree.includes(path):
            if not quoted or name.startswith("aizuchi/"):
                continue
            if f"src/{name}" not in tree.files:
                yield Problem(path, line, "floors-order",
                              f'no file "{name}": include from src/, as in "ground/base/id.h"')
                continue
            other = module_of(f"src/{name}")
            if own in height and other in height and height[other] > height[own]:
                yield Problem(path, line, "floors-order",
                              f"{own} may not include {other}, which src/FLOORS lists above it")


def absence_remember(tree):
    for path in tree.own(".cpp", ".h", under="src/"):
        if not path.startswith(("src/understand/", "src/decide/", "src/speak/")):
            continue
        for line, name, _ in tree.includes(path):
            if name.startswith("remember/"):
                yield Problem(path, line, "absence-remember",
                              "facts travel only as respect::Admitted: take it as an argument")


def absence_http(tree):
    for path in tree.own(".cpp", ".h", under="src/"):
        if path.startswith("src/serve/http/"):
            continue
        for line, name, _ in tree.includes(path):
            if re.match(r"boost/(beast|asio)", name):
                yield Problem(path, line, "absence-http",
                              "only serve/http knows HTTP and sockets: go through its interface")


WORLD_INCLUDE = re.compile(r"^(fstream|chrono|random|ctime|time\.h|filesystem|cstdio|stdio\.h|"
                           r"unistd\.h|thread|sys/.*|netinet/.*|fcntl\.h)$")
WORLD_CALL = re.compile(r"\b(SystemClock|SystemDice|getrandom|random_device|mt19937\w*)\b|"
                        r"(?<![\w.>])(?:std::|::)?(socket|time|rand|srand|random|fopen|open|getenv|"
                        r"gettimeofday|clock_gettime)\s*\(")


def absence_world(tree):
    for path in tree.own(".cpp", ".h", under="src/"):
        if not path.startswith(("src/understand/", "src/decide/")) or is_test(path):
            continue
        for line, name, _ in tree.includes(path):
            if WORLD_INCLUDE.match(name):
                yield Problem(path, line, "absence-world",
                              f"<{name}>: no file, socket, clock or dice here; pass the value in")
        for line, text in enumerate(cpp.without_comments(tree.text(path)).split("\n"), 1):
            found = WORLD_CALL.search(text)
            if found:
                yield Problem(path, line, "absence-world",
                              f"{found[0]}: time, chance and files are arguments here")


def public_face(tree):
    for path in tree.own(".h", under="include/"):
        for line, name, quoted in tree.includes(path):
            standard = not quoted and re.fullmatch(r"[a-z_0-9]+", name)
            if not standard and not name.startswith("aizuchi/"):
                yield Problem(path, line, "public-face",
                              f"{name}: the public face includes the standard library only")


def firewall(tree):
    readers = {}
    for path in tree.own(".cpp", ".h"):
        for _, name, _ in tree.includes(path):
            readers.setdefault(f"src/{name}", []).append(path)
    for path in tree.own(".h"):
        # A header inside one wall: read by two sources of its own folder at most, by no header.
        of_path = readers.get(path, [])
        inside = 0 < len(of_path) <= FIREWALL_READERS_MAX and all(
            r.endswith(".cpp") and os.path.dirname(r) == os.path.dirname(path) for r in of_path)
        for line, name, _ in tree.includes(path):
            if HEAVY.match(name) and not inside:
                yield Problem(path, line, "firewall",
                              f"<{name}> costs every reader seconds: move its use to a .cpp")


def file_length(tree):
    for path in tree.own(*CODE):
        count = tree.text(path).count("\n")
        if count > FILE_LINES_MAX:
            yield Problem(path, FILE_LINES_MAX + 1, "file-length",
                          f"{count} lines, {FILE_LINES_MAX} are the most: cut it by topic")


def functions(tree, path):
    """(line, lines) of each function of a file."""
    if path.endswith((".cpp", ".h")):
        return cpp.functions(tree.text(path))
    found = [n for n in ast.walk(ast.parse(tree.text(path)))
             if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return [(n.lineno, n.end_lineno - n.lineno + 1) for n in found]


def function_length(tree):
    for path in tree.own(".cpp", ".h", ".py"):
        for line, count in functions(tree, path):
            if count > FUNCTION_LINES_MAX:
                yield Problem(path, line, "function-length",
                              f"{count} lines, {FUNCTION_LINES_MAX} are the most: name its parts")


def columns(tree):
    for path in tree.own(*CODE):
        for number, line in tree.lines(path):
            if len(line) > COLUMNS_MAX and "://" not in line:
                yield Problem(path, number, "columns",
                              f"{len(line)} characters, {COLUMNS_MAX} are the most: break it")


def include_counts(tree):
    """How many headers of this repository each source of src/ reads, directly or not."""
    direct = {path: {f"src/{name}" for _, name, quoted in tree.includes(path) if quoted}
              for path in tree.own(".cpp", ".h", under="src/")}
    counts = {}
    for source in (path for path in direct if path.endswith(".cpp") and not is_test(path)):
        seen, waiting = set(), list(direct[source])
        while waiting:
            header = waiting.pop()
            if header in direct and header not in seen:
                seen.add(header)
                waiting.extend(direct[header])
        counts[source] = len(seen)
    return counts


def include_part(path):
    return "serve" if path.startswith("src/serve/") else "engine"


def engine_median(counts):
    engine = [count for path, count in counts.items() if include_part(path) == "engine"]
    return statistics.median(engine) if engine else 0


def include_budget(tree):
    counts = include_counts(tree)
    for path, count in sorted(counts.items()):
        most = INCLUDE_MOST[include_part(path)]
        if count > most:
            yield Problem(path, 1, "include-budget",
                          f"reads {count} headers of ours, {most} are the most here: include what "
                          "it uses, or declare it")
    median = engine_median(counts)
    if median > INCLUDE_MEDIAN_MAX:
        worst = max((path for path in counts if include_part(path) == "engine"), key=counts.get)
        yield Problem(worst, 1, "include-budget",
                      f"a source below serve/ reads {median:g} headers of ours (median), "
                      f"{INCLUDE_MEDIAN_MAX} are the most: begin here, with {counts[worst]}")


def is_test(path):
    return bool(re.search(r"_(test|bench)\.cpp$", path))


# docs/promises.md has a table whose rows begin `| P1 |` and have a cell that begins with "kept"
# where this version keeps the promise.
KEPT = re.compile(r"^\|\s*\**P(\d+)\**\s*\|(?:.*\|)?\s*\**kept\b")


def promise_untested(tree):
    path = "docs/promises.md"
    if path not in tree.files:
        return
    tests = [f for f in tree.own("_test.cpp", ".story", ".test.ts", ".test.mjs")]
    tagged = {tag for f in tests for tag in re.findall(r"\[P(\d+)\]", tree.text(f))}
    kept = [(number, KEPT.match(line)[1]) for number, line in tree.lines(path) if KEPT.match(line)]
    if not kept:
        yield Problem(path, 1, "promise-untested",
                      "no row says that a promise is kept: write `| P1 | … | kept … |`")
    for number, promise in kept:
        if promise not in tagged:
            yield Problem(path, number, "promise-untested",
                          f"no test is tagged [P{promise}]: write one that fails without it")


LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented|\bplaceholder\b(?!\s*[=:\"'}])|"
                      r"\bstub(s|bed)?\b")


def leftover(tree):
    for path in tree.own(*CODE, ".sh", ".cmake", "CMakeLists.txt", ".yaml", ".css", ".html"):
        if OWN.match(path):
            continue
        for number, line in tree.lines(path):
            found = LEFTOVER.search(line)
            if found:
                yield Problem(path, number, "leftover",
                              f"'{found[0]}': finish it, or open an issue and say so in the docs")


VAGUE = re.compile(r"\b(?:class|struct|interface)\s+"
                   r"(\w*(?:Manager|Helper|Utils?|Handler|Processor))\b(?!;)")


def vague_name(tree):
    for path in tree.own(".cpp", ".h", ".ts", ".tsx"):
        for number, line in enumerate(cpp.without_comments(tree.text(path)).split("\n"), 1):
            found = VAGUE.search(line)
            if found:
                yield Problem(path, number, "vague-name",
                              f"{found[1]} says nothing: name the thing, see docs/glossary.md")


def readme_twins(tree):
    for one, other in (("README.md", "README.ja.md"), ("README.ja.md", "README.md")):
        if one in tree.files and other not in tree.files:
            yield Problem(one, 1, "readme-twins", f"{other} is missing: both languages are equals")


MACHINE = re.compile(r"(?<![\w.\-}])/(work|root|home|Users)/")


def machine_path(tree):
    for path in tree.own(*TEXT) + [f for f in tree.files if f.startswith(("script/", ".ci/"))]:
        if OWN.match(path):
            continue
        for number, line in tree.lines(path):
            found = MACHINE.search(line)
            if found and "://" not in line[:found.start()]:
                yield Problem(path, number, "machine-path",
                              f"{found[0]} is one machine's: write it relative to the checkout")


def trailing_space(tree):
    for path in tree.own(*TEXT):
        for number, line in tree.lines(path):
            if line != line.rstrip():
                yield Problem(path, number, "trailing-space", "remove the blanks at the line's end")


RULES = (floors_folder, floors_order, absence_remember, absence_http, absence_world, public_face,
         firewall, file_length, function_length, columns, include_budget, promise_untested,
         leftover, vague_name, readme_twins, machine_path, trailing_space)


def check(root):
    tree = Tree(root)
    return [problem for rule in RULES for problem in rule(tree)]


def report(root):
    tree = Tree(root)
    lengths = [count for f in tree.own(".cpp", ".h", under="src/") for _, count in
               functions(tree, f)]
    counts = include_counts(tree)
    if counts:
        print(f"include budget: median {engine_median(counts):g} headers of ours a source below "
              f"serve/ (most {INCLUDE_MEDIAN_MAX}), {statistics.median(counts.values()):g} of all, "
              f"highest {max(counts.values())}")
    if len(lengths) > 1:
        print(f"functions: {len(lengths)}, median {statistics.median(lengths):g} lines, "
              f"p95 {statistics.quantiles(lengths, n=20)[-1]:g}, longest {max(lengths)}")
    if "docs/promises.md" not in tree.files:
        print("docs/promises.md is absent: promises are not checked")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    problems = check(root)
    report(root)
    for problem in sorted(problems, key=lambda p: (p.path, p.line)):
        print(problem)
    print(f"tidy: {len(RULES)} rules, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
