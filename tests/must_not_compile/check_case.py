#!/usr/bin/env python3
"""One case of must_not_compile: check_case.py FILE COMPILER CLANG_TIDY FLAGS…

The first line of the file says what must refuse it: `// expect: REGEX` (the compiler's error) or
`// expect-tidy: REGEX` (an error of clang-tidy on code that compiles). With -DCONTROL the same file
must pass, so that it is known to be refused for this reason and no other.
"""
import re
import subprocess
import sys


def run(tool, kind, path, flags):
    if kind == "expect-tidy":
        command = [tool, "--quiet", path, "--"] + flags
    else:
        command = [tool, "-fsyntax-only", path] + flags
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def main():
    path, compiler, clang_tidy, *flags = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        first = file.readline()
    found = re.match(r"// (expect|expect-tidy): (.+)", first)
    if not found:
        return f"{path}:1: the first line must be '// expect: REGEX' or '// expect-tidy: REGEX'"
    kind, wanted = found[1], found[2].strip()
    tool = clang_tidy if kind == "expect-tidy" else compiler
    passed, output = run(tool, kind, path, flags + ["-DCONTROL"])
    if not passed:
        return f"{path}: the control must pass, but\n{output}"
    passed, output = run(tool, kind, path, flags)
    if passed:
        return f"{path}: passed, and must not: {wanted}"
    errors = "\n".join(line for line in output.splitlines() if "error:" in line)
    if not re.search(wanted, errors):
        return f"{path}: refused for another reason than '{wanted}':\n{output}"
    print(errors)
    return 0


if __name__ == "__main__":
    sys.exit(main())
