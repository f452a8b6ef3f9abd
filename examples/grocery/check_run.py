#!/usr/bin/env python3
"""Runs the import on the sample as a person would. Usage: check_run.py PROGRAM SAMPLE"""
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile

KEYS = {"household", "slot", "reason", "layer", "withheld"}


def run(program, *arguments, code, says, **environment):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})
    assert done.returncode == code, f"exit code {done.returncode}, expected {code}: {done.stderr}"
    assert says in done.stdout + done.stderr, f"{says!r} is not in: {done.stdout}{done.stderr}"
    return done


def whole(program, sample, out):
    done = run(program, "--data", sample, "--out", out, code=0, says="rows in errors.csv  0")
    assert "purchases    100 %" in done.stderr, "no progress when stderr is a file"
    with open(f"{out}/decisions.ndjson", encoding="utf-8") as file:
        decisions = [json.loads(line) for line in file]
    assert [(d["household"], d["slot"]) for d in decisions] == [
        (str(n), slot) for n in range(1, 21) for slot in ("coupon.mail", "top.order")]
    for decision in decisions:
        assert KEYS <= decision.keys(), decision
        silent = decision["reason"] in ("silence", "no_consent")
        assert silent or decision["why"] and decision["content"], decision


def reasons(sample, out):
    checker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check_reasons.py")
    done = subprocess.run([sys.executable, "-B", checker, sample, f"{out}/decisions.ndjson"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # It bites: a mail to someone who never agreed.
    with open(f"{out}/decisions.ndjson", encoding="utf-8") as file:
        lines = file.read().replace('"reason":"no_consent"', '"reason":"silence"', 1)
    with open(f"{out}/wrong.ndjson", "w", encoding="utf-8") as file:
        file.write(lines)
    done = subprocess.run([sys.executable, "-B", checker, sample, f"{out}/wrong.ndjson"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "1 differ" in done.stdout, done.stdout + done.stderr


def damaged(program, sample, folder):
    data = f"{folder}/data"
    shutil.copytree(sample, data)
    with open(f"{data}/transactions.csv", "a", encoding="utf-8", newline="") as file:
        file.write("1,301,7,1001,1,2.5,0,0,0,5,yesterday\r\n")
    run(program, "--data", data, "--out", f"{folder}/damaged", code=3, says="rows in errors.csv  1")
    with open(f"{folder}/damaged/errors.csv", encoding="utf-8", newline="") as file:
        [error] = csv.DictReader(file)
    assert error["row"] == "128" and error["what"] == "yesterday", error


def main():
    program, sample = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        whole(program, sample, f"{folder}/out")
        reasons(sample, f"{folder}/out")
        damaged(program, sample, folder)
        run(program, code=0, says="skipped: there is no", AIZUCHI_DATA=f"{folder}/nowhere")
        run(program, "--data", folder, "--out", f"{folder}/out", code=1,
            says="products.csv is empty")
        run(program, "--dat", folder, code=2, says="exit code")
        run(program, "--as-of", "yesterday", code=2, says="--as-of")


main()
