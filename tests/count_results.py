#!/usr/bin/env python3
"""Prints "PASSED FAILED" of a CTest JUnit file, counted by test case where the test says how many:
doctest, node:test and unittest end with their numbers; any other test counts as one."""
import re
import sys
import xml.etree.ElementTree as xml

DOCTEST = re.compile(r"test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed")
NODE = re.compile(r"^\S* ?pass (\d+)\n\S* ?fail (\d+)", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in [^\n]*\n\nOK", re.M)


def count(test):
    output = test.findtext("system-out") or ""
    bad = test.get("status") == "fail"
    skipped = test.find("skipped")
    if skipped is not None:  # a test that asked for it, or one whose program was not built
        wanted = re.match(r"SKIP_|Disabled", skipped.get("message") or "")
        return (0, 0) if wanted else (0, 1)
    found = DOCTEST.search(output) or NODE.search(output)
    good, wrong = (int(found[1]), int(found[2])) if found else (0 if bad else 1, 0)
    unit = UNITTEST.search(output)
    if unit and not bad:
        good = int(unit[1])
    # A test can fail without a failed case: a leak, a crash, a time-out.
    return good, max(wrong, 1) if bad else wrong


def main():
    try:
        tests = xml.parse(sys.argv[1]).getroot().iter("testcase")
    except (OSError, xml.ParseError):
        print("0 1")
        return
    counts = [count(test) for test in tests]
    print(sum(good for good, _ in counts), sum(bad for _, bad in counts))


if __name__ == "__main__":
    main()
