"""Gathers the pages: docs/, a few files of the root, and those made by reference.py.

A link to a page of the site is led there; a link to another file of the repository becomes its
text, for the site has no sources; a link to nothing is an error.
"""
import os
import re
import shutil

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
FROM_ROOT = {
    "ARCHITECTURE.md": "project/architecture.md",
    "STYLE.md": "project/style.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~)")
JAPANESE = "[\u3001-\u9fff\uff01-\uff60]"
JOINED = re.compile(f"({JAPANESE})$")


def sources():
    """{path in the repository: path in the site} of every page that is written by hand."""
    out = dict(FROM_ROOT)
    docs = os.path.join(ROOT, "docs")
    for folder, _, names in os.walk(docs):
        for name in names:
            if name.endswith(".md"):
                path = os.path.relpath(os.path.join(folder, name), ROOT)
                out[path] = os.path.relpath(path, "docs")
    return out


class Linker:
    def __init__(self, places):
        self.places = places  # where a file of the repository stands in the site
        self.problems = []

    def led(self, source, target_page, match):
        picture, text, link = match.groups()
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link) or not path:
            return match[0]
        there = os.path.normpath(os.path.join(os.path.dirname(source), path))
        page = self.places.get(there)
        if page is None and there.startswith("docs/reference/"):
            page = os.path.relpath(there, "docs")
        if page is None and picture and os.path.isfile(os.path.join(ROOT, there)):
            page = os.path.relpath(there, "docs")
        if page:
            relative = os.path.relpath(page, os.path.dirname(target_page) or ".")
            return f"{picture}[{text}]({relative}{'#' + anchor if anchor else ''})"
        if not os.path.exists(os.path.join(ROOT, there)):
            self.problems.append(f"{source}: there is no {there} (linked as {link})")
        return text

    def page(self, source, target_page, text):
        out, fenced = [], False
        for line in text.splitlines():
            fenced ^= bool(FENCE.match(line))
            if not fenced:
                line = LINK.sub(lambda m: self.led(source, target_page, m), line)
                # A line break within Japanese is no blank.
                if out and JOINED.search(out[-1]) and re.match(rf" *(?:{JAPANESE})", line):
                    out[-1] += line.lstrip()
                    continue
            out.append(line)
        return "\n".join(out) + "\n"


def gather(into):
    """Writes the pages; returns what is wrong with their links."""
    shutil.rmtree(into, ignore_errors=True)
    pages = sources()
    linker = Linker({**{"README.md": "index.md", "README.ja.md": "index.md"}, **pages})
    for source, page in pages.items():
        with open(os.path.join(ROOT, source), encoding="utf-8") as file:
            text = linker.page(source, page, file.read())
        os.makedirs(os.path.dirname(os.path.join(into, page)), exist_ok=True)
        with open(os.path.join(into, page), "w", encoding="utf-8") as file:
            file.write(text)
    shutil.copytree(os.path.join(ROOT, "docs/images"), os.path.join(into, "images"))
    shutil.copy(os.path.join(ROOT, "docs/site/style.css"), into)
    return linker.problems
