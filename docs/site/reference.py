"""The pages that are made from the program: commands, routes, metrics, brand files.

Nothing here is written by hand, so nothing of it can be out of date: `aizuchi help --json`,
/openapi.json and /metrics of a running server, and `aizuchi schema`.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request

from pages import ROOT


def run(aizuchi, *args):
    return subprocess.run([aizuchi, *args], check=True, capture_output=True, text=True).stdout


def cell(text):
    return " ".join(str(text).split()).replace("|", "\\|")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cell(c) for c in row) + " |" for row in rows])


def commands(aizuchi):
    out = ["# All commands", "Made from the table that the program itself parses with "
           "(`aizuchi help --json`). What it cannot say is on [the command line](../cli.md)."]
    for command in json.loads(run(aizuchi, "help", "--json"))["commands"]:
        out += [f"## aizuchi {command['name']}", command["summary"],
                "```sh\n" + "\n".join(command["examples"]) + "\n```"]
        needs = [" or ".join(f"`{n if n[0].isupper() else '--' + n}`" for n in any_of)
                 for any_of in command["needs"]]
        if needs:
            out.append("Needs " + ", and ".join(needs) + ".")
        out.append(table(["option", ""], [
            [f"`{o['name']}{' …' if o['value'] else ''}`", o["says"]] for o in command["options"]]))
    return "\n\n".join(out) + "\n"


class Server:
    """A server of the sample brand in a folder of its own, on any free ports."""

    def __init__(self, aizuchi):
        self.folder = tempfile.mkdtemp(prefix="aizuchi-docs-")
        self.process = subprocess.Popen(
            [aizuchi, "serve", "--data", os.path.join(self.folder, "data"), "--brand",
             os.path.join(ROOT, "demo/tsumugi"), "--listen", "127.0.0.1:0", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.urls = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stdout.close()
        shutil.rmtree(self.folder)

    def get(self, door, path):
        with urllib.request.urlopen(self.urls[door] + path, timeout=20) as answer:
            return answer.read().decode()


def metrics(text):
    families, name = {}, ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, says = line[7:].split(" ", 1)
            families[name] = {"says": says, "type": "", "labels": {}}
        elif line.startswith("# TYPE "):
            families[line.split()[2]]["type"] = line.split()[3]
        else:
            for label, value in re.findall(r'(\w+)="([^"]*)"', line):
                families[name]["labels"].setdefault(label, []).append(value)
    rows = []
    for name, family in families.items():
        labels = "; ".join(f"`{label}`: " + ", ".join(dict.fromkeys(values))
                           for label, values in family["labels"].items())
        rows.append([f"`{name}`", family["type"], family["says"], labels])
    return ("# Metrics\n\nPrometheus text at `/metrics` of the admin door; as a running server "
            "says it. No person, no key and no value of an event is in it.\n\n"
            + table(["metric", "type", "what", "labels"], rows) + "\n")


class Routes:
    def __init__(self, api):
        self.api = api

    def resolved(self, node):
        while "$ref" in node:
            part = self.api
            for step in node["$ref"][2:].split("/"):
                part = part[step]
            node = part
        return node

    def type_of(self, schema):
        if "$ref" in schema:
            return schema["$ref"].rsplit("/", 1)[1]
        if "enum" in schema:
            return ", ".join(f"`{v}`" for v in schema["enum"])
        if schema.get("type") == "array":
            return f"list of {self.type_of(schema.get('items', {}))}"
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return " or ".join(self.type_of(s) for s in schema[word])
        kind = schema.get("type", "any")
        return " or ".join(kind) if isinstance(kind, list) else kind

    def members(self, schema):
        schema = self.resolved(schema)
        needed = schema.get("required", [])
        return [[f"`{name}`" + (" *" if name in needed else ""), self.type_of(member),
                 self.resolved(member).get("description", "")]
                for name, member in schema.get("properties", {}).items()]

    def route(self, method, path, route):
        out = [f"### {method.upper()} {path}", route["summary"] + "."]
        if "description" in route:
            out.append(route["description"])
        parameters = [self.resolved(p) for p in route.get("parameters", [])]
        if parameters:
            out.append(table(["parameter", "in", "", ""], [
                [f"`{p['name']}`" + (" *" if p.get("required") else ""), p["in"],
                 self.type_of(p.get("schema", {})), p.get("description", "")]
                for p in parameters]))
        for kind, media in route.get("requestBody", {}).get("content", {}).items():
            members = self.members(media.get("schema", {}))
            if members:
                out.append(table(["member", "type", ""], members))
            if "example" in media:
                out.append("```json\n" + json.dumps(media["example"], ensure_ascii=False, indent=2)
                           + "\n```")
        out.append(table(["status", ""], [
            [status, self.resolved(answer).get("description", "")]
            for status, answer in route["responses"].items()]))
        return "\n\n".join(out)

    def page(self):
        out = ["# All routes", "Made from `/openapi.json`, which a test holds to the routes that "
               "exist. \\* is required. What a schema cannot say is on [HTTP](../http.md)."]
        known = {tag["name"]: tag.get("description", "") for tag in self.api["tags"]}
        for tag, says in known.items():
            out += [f"## {tag}", says]
            for path, methods in self.api["paths"].items():
                out += [self.route(m, path, r) for m, r in methods.items() if tag in r["tags"]]
        out.append("## Shapes")
        for name, schema in self.api["components"]["schemas"].items():
            members = self.members(schema)
            says = schema.get("description", "")
            out += [f"### {name}", says or self.type_of(schema)]
            if members:
                out.append(table(["member", "type", ""], members))
        return "\n\n".join(out) + "\n"


class BrandFiles:
    """`aizuchi schema` as tables, in one of the two languages that its words have."""

    words = {
        "en": ["# Brand files, key by key", "Made from the schemas that `aizuchi schema` writes, "
               "and these from the parsers: a key that is not here is an error. \\* is required. "
               "`text` is `{ja: …, en: …}`. [The brand folder](../brand.md) says how the files "
               "work together.",
               "key", "type"],
        "ja": ["# ブランドのファイル、項目ごと", "`aizuchi schema` が書き出すスキーマ(読み取る"
               "プログラムそのものから作られます)の一覧です。ここにない項目はエラーになります。"
               "\\* は必須、`text` は `{ja: …, en: …}`。"
               "ファイルどうしの関係は[ブランドフォルダー](../brand.md)(英語)に。",
               "項目", "種類"]}

    def __init__(self, locale):
        self.locale = locale

    def say(self, text):
        both = (text or "").split("\n\n")
        return both[-1] if self.locale == "ja" else both[0]

    def type_of(self, schema):
        if "$ref" in schema:
            return f"`{schema['$ref'].rsplit('/', 1)[1]}`"
        if "const" in schema:
            return f"`{schema['const']}`"
        if "enum" in schema:
            return ", ".join(f"`{json.dumps(v) if not isinstance(v, str) else v}`"
                             for v in schema["enum"])
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return " / ".join(dict.fromkeys(self.type_of(s) for s in schema[word]))
        if schema.get("type") == "array":
            return f"[{self.type_of(schema.get('items', {}))}]"
        kind = schema.get("type", "any")
        return " / ".join(kind) if isinstance(kind, list) else kind

    def members(self, schema):
        _, _, key, kind = self.words[self.locale]
        needed = schema.get("required", [])
        return table([key, kind, ""], [
            [f"`{name}`" + (" *" if name in needed else ""), self.type_of(member),
             self.say(member.get("description"))]
            for name, member in schema["properties"].items()])

    def file(self, schema):
        out = [f"## {schema['title']}", self.say(schema.get("description"))]
        if "properties" in schema:
            out.append(self.members(schema))
        for name, part in schema.get("$defs", {}).items():
            if "properties" in part:
                out += [f"### {schema['title'].rsplit('.', 1)[0]}: {name}", self.members(part)]
        return "\n\n".join(o for o in out if o)

    def page(self, schemas):
        return "\n\n".join(self.words[self.locale][:2] + [self.file(s) for s in schemas]) + "\n"


def brand_schemas(aizuchi):
    with tempfile.TemporaryDirectory(prefix="aizuchi-docs-") as folder:
        brand = os.path.join(folder, "brand")
        # The sample's own names are examples, not part of the language.
        shutil.copytree(os.path.join(ROOT, "examples/first-brand"), brand)
        run(aizuchi, "schema", brand)
        there = os.path.join(brand, ".aizuchi/schema")
        out = []
        for name in sorted(os.listdir(there)):
            with open(os.path.join(there, name), encoding="utf-8") as file:
                out.append(json.load(file))
        return out


def write(aizuchi, into):
    with Server(aizuchi) as server:
        pages = {
            "commands.md": commands(aizuchi),
            "routes.md": Routes(json.loads(server.get("url", "/openapi.json"))).page(),
            "metrics.md": metrics(server.get("admin", "/metrics")),
        }
    schemas = brand_schemas(aizuchi)
    pages["brand-files.md"] = BrandFiles("en").page(schemas)
    pages["brand-files.ja.md"] = BrandFiles("ja").page(schemas)
    os.makedirs(into)
    for name, text in pages.items():
        with open(os.path.join(into, name), "w", encoding="utf-8") as file:
            file.write(text)
