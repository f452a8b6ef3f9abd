"""Every link of the built site leads somewhere: a file of the site, and an anchor that it has."""
import os
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            if name in ("href", "src") and value:
                self.links.append(value)


def read_pages(site):
    pages = {}
    for folder, _, names in os.walk(site):
        for name in names:
            if name.endswith(".html"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    pages[os.path.relpath(path, site)] = Page(file.read())
    return pages


def broken(site):
    """["page: link: what is wrong"], and how many links were looked at."""
    pages, problems, looked_at = read_pages(site), [], 0
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data", "javascript"):
                if "://" in link and name != "404.html":
                    problems += [f"{name}: {link}: fetched from elsewhere"] \
                        if link.endswith((".js", ".css", ".woff2")) else []
                continue
            if name == "404.html":  # its links are absolute by nature
                continue
            looked_at += 1
            there = name if not parts.path else os.path.normpath(
                os.path.join(os.path.dirname(name), unquote(parts.path)))
            if not os.path.isfile(os.path.join(site, there)):
                problems.append(f"{name}: {link}: there is no such file")
            elif parts.fragment and there in pages and \
                    unquote(parts.fragment) not in pages[there].anchors:
                problems.append(f"{name}: {link}: the page has no such anchor")
    return problems, looked_at
