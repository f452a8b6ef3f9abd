#!/usr/bin/env python3
"""Builds the site: build.py AIZUCHI. Fails on a link that leads nowhere, and on any warning."""
import json
import os
import shutil
import subprocess
import sys

import links
import pages
import reference

SKIPPED = 77


def search_japanese(site):
    """Debian's MkDocs knows no Japanese; its theme does (TinySegmenter), when the index says so."""
    path = os.path.join(site, "search/search_index.json")
    with open(path, encoding="utf-8") as file:
        index = json.load(file)
    index["config"].update(lang=["en", "ja"], min_search_length=2)
    index["config"]["separator"] = r"[\s\-.,:;、。・「」()()]+"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(index, file, ensure_ascii=False)


def main():
    if not shutil.which("mkdocs"):
        print("skipped: mkdocs is not installed; script/setup installs it")
        sys.exit(SKIPPED)
    into = os.path.join(pages.ROOT, "build/docs/pages")
    problems = pages.gather(into)
    reference.write(os.path.abspath(sys.argv[1]), os.path.join(into, "reference"))
    done = subprocess.run(
        ["mkdocs", "build", "--clean", "--config-file",
         os.path.join(pages.ROOT, "docs/site/mkdocs.yml")],
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"docs: mkdocs failed:\n{done.stderr}")
    site = os.path.join(pages.ROOT, "build/site")
    search_japanese(site)
    broken, looked_at = links.broken(site)
    problems += broken
    for problem in problems:
        print(f"docs: {problem}", file=sys.stderr)
    count = sum(name.endswith(".html") for _, _, names in os.walk(site) for name in names)
    print(f"build/site: {count} pages, {looked_at} links, {len(problems)} of them broken")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
