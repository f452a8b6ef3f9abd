#!/usr/bin/env python3
"""Runs a program and compares what it prints with a file.

Usage: check_output.py EXPECTED COMMAND…
"""
import difflib
import subprocess
import sys

expected_path, *command = sys.argv[1:]
run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
with open(expected_path, encoding="utf-8") as file:
    expected = file.read()
for line in difflib.unified_diff(expected.splitlines(), run.stdout.splitlines(),
                                 expected_path, "what it printed", lineterm=""):
    print(line)
if run.returncode != 0:
    print(f"exit code {run.returncode}")
sys.exit(0 if run.returncode == 0 and run.stdout == expected else 1)
