#!/usr/bin/env python3
"""Counts the instructions of a decision and of an event; script/instructions says how to call it.

A baseline (bench/instructions.json) holds for a processor's family and an optimization level.
Libraries that choose their code by the processor are held to what every x86-64 of the last ten
years can, so that the counts are those of another machine too.
"""
import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

BASELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")
TOLERANCE = 0.03
COUNTED = {"decision": "counted_decisions", "event": "counted_events"}
# No AVX2 and no newer: what libcrypto, libc and simdjson choose must not depend on the machine.
SAME_CODE = {
    "OPENSSL_ia32cap": "~0x1000000000000000:~0xffffffff",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable,-AVX2,-AVX_Usable,-ERMS,-AVX512F",
    "SIMDJSON_FORCE_IMPLEMENTATION": "westmere",
}
SKIPPED = 77


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def run_callgrind(engine, rounds, folder, names):
    # valgrind 3.19 does not read the DWARF 5 of clang-19: names are enough.
    stripped = os.path.join(folder, "bench_engine")
    subprocess.run(["llvm-strip-19", "--strip-debug", "-o", stripped, engine], check=True)
    out = os.path.join(folder, "callgrind.out")
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no"]
        + [f"--toggle-collect=aizuchi::bench::{name}*" for name in names]
        + [stripped, "counted", "--rounds", str(rounds)],
        env={**os.environ, **SAME_CODE}, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"instructions: the bench ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return out, json.loads(done.stdout)


def inclusive(out):
    """[(instructions, function)], with what each calls, the costliest first."""
    text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", out],
                          check=True, capture_output=True, text=True).stdout
    rows = []
    for line in text.splitlines():
        match = re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+\S*?:(.*?)(?: \[[^\]]*\])?$", line)
        if match:
            rows.append((int(match[1].replace(",", "")), match[2]))
    return rows


def count(engine, rounds, whats):
    with tempfile.TemporaryDirectory() as folder:
        out, figures = run_callgrind(engine, rounds, folder, [COUNTED[what] for what in whats])
        rows = inclusive(out)
    done = {"decision": figures["decisions"], "event": figures["events"]}
    counts = {}
    for what in whats:
        name = COUNTED[what]
        total = next((cost for cost, function in rows if f"::{name}(" in function), None)
        if total is None:
            sys.exit(f"instructions: callgrind saw no {name} of bench/counted_row.cpp")
        counts[what] = round(total / done[what])
    return counts, rows, done


def print_profile(rows, times):
    print("\ninstructions each, with what is called")
    for cost, function in rows[:100]:
        plain = re.sub(r"\(anonymous namespace\)::|\[abi:cxx11\]", "", function)
        name = re.sub(r"\(.*", "", re.sub(r"<.*?>+", "<>", plain))
        if name.startswith(("aizuchi::", "operator")) and "bench::" not in name:
            print(f"{cost / times:>10,.0f}  {name}")


def compare(counts, known, place):
    wrong = []
    for what, now in counts.items():
        before = known.get(what)
        if before is None:
            print(f"{what:<9} {now:>9,} instructions  (no baseline for {place})")
            continue
        change = now / before - 1
        print(f"{what:<9} {now:>9,} instructions  {change:+7.2%} of {before:,}")
        if abs(change) > TOLERANCE:
            wrong.append(f"a{'n' if what == 'event' else ''} {what} takes {abs(change):.1%} "
                         f"{'more' if change > 0 else 'less'} than it did")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", required=True)
    parser.add_argument("--flags", default="-O2")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--profile", choices=COUNTED)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--renew", action="store_true")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        skip("valgrind is not installed; script/setup installs it")
    level = (re.findall(r"-O\w", options.flags) or ["-O0"])[-1]
    place = f"{platform.machine()} {level}"
    with open(BASELINE, encoding="utf-8") as file:
        baselines = json.load(file)
    if options.check and place not in baselines:
        skip(f"there is no baseline for {place}")
    whats = [options.profile] if options.profile else list(COUNTED)
    counts, rows, done = count(options.engine, options.rounds, whats)
    wrong = compare(counts, baselines.get(place, {}), place)
    if options.profile:
        print_profile(rows, done[options.profile])
    if options.renew:
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump({**baselines, place: counts}, file, indent=2, sort_keys=True)
            file.write("\n")
        print(f"stored as the baseline of {place}; say in the commit why it changed")
    elif options.check and wrong:
        sys.exit(f"instructions: {'; '.join(wrong)}.\n  script/instructions --profile decision "
                 "(or event) shows where. When it is meant, store it and say why in the commit:\n"
                 f"  AIZUCHI_BENCH_ENGINE={options.engine} script/instructions --renew "
                 f"--flags={level}")


if __name__ == "__main__":
    main()
