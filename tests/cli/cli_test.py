#!/usr/bin/env python3
"""The command line as an operator uses it, end to end. Usage: cli_test.py AIZUCHI BRAND"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

AIZUCHI, BRAND = (os.path.abspath(p) for p in sys.argv[1:3])


def run(*args, code=0, stdin=None, cwd=None, env=None):
    """(stdout, stderr) of aizuchi; the exit code must be the given one."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIZUCHI_")}
    done = subprocess.run([AIZUCHI, *args], capture_output=True, text=True, input=stdin, cwd=cwd,
                          env={**environment, **(env or {})}, check=False, timeout=120)
    if done.returncode != code:
        raise AssertionError(f"{args}: exit {done.returncode}, not {code}\n"
                             f"{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def folder_bytes(folder):
    """Every file below a folder, by its path in it."""
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def brand_bytes(folder):
    """Of these only what belongs to a brand folder."""
    return {path: text for path, text in folder_bytes(folder).items()
            if path.endswith((".yaml", ".csv", ".ndjson"))}


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aizuchi-cli-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def published(self):
        run("apply", BRAND, "--data", self.data)

    def copy_with_more(self, name="brand"):
        copy = os.path.join(self.folder, name)
        shutil.copytree(BRAND, copy)
        with open(os.path.join(copy, "audiences.yaml"), "a", encoding="utf-8") as file:
            file.write("\n  added-here:\n    title: added\n    rule: \"visits >= 2\"\n")
        return copy


class Demo(unittest.TestCase):
    def test_the_scenes_are_printed_with_their_taps_and_the_clock_can_be_moved(self):
        out, _ = run("demo", "--once", "--locale", "ja")
        for said in ("浅煎りがはじめてなら、この3つから。", "承知しました。並びを元に戻しました。",
                     "授乳中の方へ。", "公開できませんでした"):
            self.assertIn(said, out)
        self.assertIn("  → 「解決した」を押す\n    chat.opening   (黙っています)\n", out)
        later, _ = run("demo", "--once", "--locale", "en", "--later", "60d")
        self.assertIn("2026-07-20T22:40:00+09:00", later)
        self.assertNotIn("For the evening cup, too.", later)
        told = json.loads(run("demo", "--once", "--json", "--locale", "en")[0])
        self.assertEqual(len(told["scenes"]), 10)
        self.assertTrue(told["attempt"]["refused"])

    def test_a_clock_that_is_none_is_refused(self):
        _, err = run("demo", "--once", "--later", "soon", code=1)
        self.assertIn("later is not a moment of a scene", err)
        _, err = run("demo", "--later", "7d", code=2)
        self.assertIn("--once", err)


class Brand(InFolder):
    def test_a_mistake_is_told_with_its_place_and_nothing_is_published(self):
        copy = os.path.join(self.folder, "brand")
        shutil.copytree(BRAND, copy)
        with open(os.path.join(copy, "slots", "extra.yaml"), "w", encoding="utf-8") as file:
            file.write("slots:\n  extra.slot: {channel: web, context: nowhere, purpose: layout,"
                       " shape: one, fallback: silence}\n")
        out, err = run("check", copy, code=1)
        self.assertIn("slots/extra.yaml:2:", out)
        self.assertRegex(err, r"^[1-9]\d* errors?, ")
        findings = json.loads(run("check", copy, "--json", code=1)[0])["findings"]
        self.assertIn("slots/extra.yaml", [f["file"] for f in findings])
        run("apply", copy, "--data", self.data, code=1)
        out, _ = run("plan", BRAND, "--data", self.data)
        self.assertIn("+ ", out)

    def test_what_publishing_would_remove_needs_prune(self):
        self.published()
        run("apply", self.copy_with_more(), "--data", self.data)
        _, err = run("apply", BRAND, "--data", self.data, code=1)
        self.assertIn("--prune", err)
        self.assertIn("added-here", err)
        run("apply", BRAND, "--data", self.data, "--prune")
        _, err = run("apply", BRAND, "--data", self.data)
        self.assertIn("Nothing to publish", err)


    def test_versions_are_listed_pulled_and_rolled_back_byte_for_byte(self):
        _, err = run("versions", "--data", self.data)
        self.assertIn("Nothing has been published", err)
        self.published()
        run("apply", self.copy_with_more(), "--data", self.data)
        out, _ = run("versions", "--data", self.data)
        self.assertRegex(out.splitlines()[0], r"^ +2  20\S+Z +cli +\+1 ~0 -0 +live$")
        listed = json.loads(run("versions", "--data", self.data, "--json")[0])
        self.assertEqual([v["version"] for v in listed["versions"]], [2, 1])
        old = os.path.join(self.folder, "old")
        run("pull", old, "--version", "1", "--data", self.data, env={"AIZUCHI_VERSION": "0.1"})
        self.assertEqual(folder_bytes(old), brand_bytes(BRAND))
        changed = os.path.join(old, "facts.yaml")
        with open(changed, "a", encoding="utf-8") as file:
            file.write("# mine\n")
        self.path("old/mine.yaml", "mine: 1\n")
        _, err = run("pull", old, "--data", self.data, code=1)
        self.assertIn("~ facts.yaml", err)
        self.assertIn("--force", err)
        _, err = run("pull", old, "--data", self.data, "--force")
        self.assertIn("mine.yaml is not of this version", err)
        self.assertNotIn(b"# mine", folder_bytes(old)["facts.yaml"])
        run("pull", old, "--version", "9", "--data", self.data, code=1)
        _, err = run("rollback", "--data", self.data)
        self.assertIn("Version 3 is live", err)
        out, _ = run("versions", "--data", self.data)
        self.assertIn("rollback of 1", out.splitlines()[0])
        _, err = run("rollback", "1", "--data", self.data)
        self.assertIn("Nothing to publish", err)
        run("rollback", "77", "--data", self.data, code=1)
        run("rollback", "first", "--data", self.data, code=2)


class Bench(InFolder):
    def test_a_folder_is_measured_in_a_directory_that_is_gone_afterwards(self):
        out, _ = run("bench", BRAND, "--seconds", "0.1", "--in", self.folder, "--json")
        figures = json.loads(out)
        self.assertEqual(len(figures["one"]), figures["slots"])
        self.assertEqual(figures["all"]["slots"], figures["slots"])
        self.assertGreater(figures["eventsPerSecond"], 0)
        # People who were made up are really decided about, not answered with defaults alone.
        self.assertGreater(max(slot["chosen"] for slot in figures["one"]), 0.5)
        self.assertEqual(os.listdir(self.folder), [])
        told, _ = run("bench", BRAND, "--seconds", "0.1", "--in", self.folder)
        self.assertIn(f"and {figures['slots'] - 5} faster ones", told)

    def test_nothing_is_measured_with_a_wrong_folder_or_nowhere_to_write(self):
        _, err = run("bench", os.path.join(self.folder, "none"), code=1)
        self.assertIn("there is no brand folder", err)
        _, err = run("bench", BRAND, "--in", os.path.join(self.folder, "none"), code=3)
        self.assertIn("--in DIR", err)
        copy = self.copy_with_more()
        with open(os.path.join(copy, "slots", "extra.yaml"), "w", encoding="utf-8") as file:
            file.write("slots:\n  extra.slot: {channel: web}\n")
        _, err = run("bench", copy, "--in", self.folder, code=1)
        self.assertIn("aizuchi check", err)


class Operation(InFolder):
    """What acts between two publishes, here and at a running server."""

    def hero(self):
        return json.loads(run("decide", "--data", self.data, "--anonymous-id", "a-1", "--slots",
                              "home.hero", "--json")[0])["slots"]["home.hero"]

    def test_a_stop_acts_at_once_and_is_listed_until_it_is_lifted(self):
        self.published()
        at = ("--data", self.data)
        shown = self.hero()["items"][0]["id"]
        out, err = run("stop", "item", shown, "--why", "wrong price", *at)
        self.assertRegex(out, rf"stopped item {shown}  since 20\S+Z by cli: wrong price")
        self.assertIn(f"aizuchi start item {shown}", err)
        self.assertNotIn(shown, [item["id"] for item in self.hero()["items"]])
        self.assertIn(shown, run("versions", *at)[0])
        self.assertIn(f"! item {shown} stays stopped", run("plan", BRAND, *at)[0])
        run("start", "item", shown, *at)
        self.assertEqual(self.hero()["items"][0]["id"], shown)
        self.assertIn("lifted", run("stop", "list", *at)[0])
        run("stop", "channel", "web", *at)
        self.assertEqual(self.hero()["reason"], "stopped")
        run("start", "channel", "web", *at)
        _, err = run("stop", "item", shown + "x", *at, code=1)
        self.assertIn(f"did you mean {shown}?", err)
        run("stop", "channel", "post", *at, code=1)
        run("start", "channel", "web", *at, code=1)
        run("stop", code=2)
        run("stop", "item", "--data", self.data, code=2)

    def test_what_feels_odd_and_what_people_feel_is_told_and_nothing_of_it_is_made_up(self):
        self.published()
        at = ("--data", self.data)
        self.assertIn("Nobody said that anything feels odd", run("odd", "list", *at)[1])
        self.assertEqual(json.loads(run("odd", "list", *at, "--json")[0])["uses"], [])
        _, err = run("odd", "resume", "hero-light", "job", *at, code=1)
        self.assertIn("No such use is stopped", err)
        run("odd", code=2)
        run("odd", "resume", "hero-light", *at, code=2)
        self.assertIn("all: fewer than 20 people", run("felt", *at)[0])
        self.assertTrue(json.loads(run("felt", *at, "--json")[0])["on"])

    def test_products_come_from_a_table_and_wrong_rows_are_named(self):
        self.published()
        rows = self.path("stock.csv", "id,stock,price\nkochere,0,\nno-such,1,\nkochere,,12.5\n"
                                      "kochere,many,\n")
        out, err = run("products", rows, "--data", self.data, code=1)
        self.assertIn("line 3: no-such: the live brand folder has no product of this id", out)
        self.assertIn("line 5: kochere: stock is not a whole number", out)
        self.assertIn("2 products accepted, 2 rows wrong", err)
        good = self.path("stock.ndjson", '{"id": "kochere", "stock": null, "price": null}\n\n')
        self.assertEqual(json.loads(run("products", good, "--data", self.data, "--json")[0]),
                         {"accepted": 1, "wrong": []})
        run("products", "nowhere.csv", "--data", self.data, code=1)


    def test_a_persona_is_previewed_and_what_was_said_elsewhere_is_kept(self):
        self.published()
        persona = self.path("lead.json", '{"facts": {"job": "sales"}, "consents": ["mail"]}')
        question = ("decide", "--data", self.data, "--slots", "home.hero", "--json")
        out, _ = run(*question, "--as", persona, "--now", "2026-12-24T18:00:00+09:00")
        self.assertIn("home.hero", json.loads(out)["slots"])
        wrong = self.path("wrong.json", '{"facts": {"jobb": "sales"}}')
        self.assertIn("Did you mean job?", run(*question, "--as", wrong, code=1)[1])
        run(*question, "--as", persona, "--live", code=1)
        run(*question, "--now", "soon", code=1)
        rows = self.path("calls.ndjson", '{"userId": "u-9", "item": "hero-dark", "channel": '
                                         '"phone", "messageId": "c1"}\n{"userId": "u-9"}\n')
        out, err = run("said", rows, "--data", self.data, code=1)
        self.assertIn("line 2:", out)
        self.assertIn("1 accepted", err)
        person = json.loads(run("person", "u-9", "--data", self.data)[0])
        self.assertEqual(person["saidElsewhere"][0]["item"], "hero-dark")

    def test_what_is_usual_of_values_is_told_of_twenty_people_or_of_nobody(self):
        self.published()
        _, err = run("values", "--learn-now", "--data", self.data)
        self.assertIn("Fewer than 20 people answered", err)
        usual = json.loads(run("values", "--data", self.data, "--json")[0])
        self.assertEqual((usual["state"], usual["axes"], usual["fewerThan"]), ("too_few", [], 20))
        self.assertGreaterEqual(usual["version"], 1)

    def test_threads_are_told_by_lines_and_what_is_owed_is_listed(self):
        self.published()
        rows = self.path("tickets.ndjson",
                         '{"userId": "u-9", "kind": "promise", "id": "q-3", "owner": "sales", '
                         '"due": "2026-01-01T00:00:00Z", "messageId": "t1"}\n{"userId": "u-9"}\n'
                         '{"userId": "u-8", "kind": "inquiry", "id": "7", "complaint": true}\n')
        out, err = run("threads", rows, "--source", "support", "--data", self.data, code=1)
        self.assertIn("line 2: kind is none", out)
        self.assertIn("2 accepted, 0 known already, 1 wrong", err)
        person = json.loads(run("person", "u-9", "--data", self.data)[0])
        self.assertEqual(person["threads"][0]["context"], "support")
        out, _ = run("owed", "--data", self.data)
        self.assertIn("u-9 promise q-3  due 2026-01-01T00:00:00.000Z  sales", out)
        self.assertIn("u-8 inquiry 7  since ", out)
        owed = json.loads(run("owed", "--data", self.data, "--json")[0])
        self.assertEqual((owed["promisesOverdue"], owed["complaintsOpen"]), (1, 1))
        done = self.path("done.ndjson", '{"userId": "u-9", "kind": "promise", "id": "q-3", '
                                        '"state": "resolved"}\n{"userId": "u-8", "kind": '
                                        '"inquiry", "id": "7", "state": "answered"}\n')
        run("threads", done, "--source", "support", "--data", self.data)
        self.assertIn("Nothing is owed to anyone.", run("owed", "--data", self.data)[1])


class People(InFolder):
    def test_an_import_tells_every_wrong_line_and_counts_a_second_time_as_known(self):
        self.published()
        good = [{"type": "track", "event": "Product Viewed", "messageId": f"m{i}", "userId": "u-1",
                 "timestamp": "2026-05-01T10:00:00Z",
                 "properties": {"product_id": "kochere", "category": "light-roast"}}
                for i in range(3)]
        consent = {"type": "track", "event": "Consent Updated", "messageId": "c1", "userId": "u-1",
                   "properties": {"purposes": {"recommend": True}}}
        lines = [json.dumps(e) for e in [*good, consent]]
        lines[1:1] = ["{\"type\": \"track\",", "", json.dumps({"type": "track", "event": "x"})]
        rows = self.path("rows.ndjson", "\n".join(lines) + "\n")
        out, err = run("import", rows, "--source", "web", "--data", self.data, "--json", code=1)
        self.assertEqual(json.loads(out)["accepted"], 4)
        self.assertEqual(json.loads(out)["wrong"], 2)
        self.assertIn("rows.ndjson.errors.csv", err)
        with open(rows + ".errors.csv", encoding="utf-8-sig") as file:
            table = file.read().splitlines()
        self.assertEqual(table[0], "line,column,expected")
        self.assertTrue(table[1].startswith("2,"))
        self.assertTrue(table[2].startswith("4,1,"))
        out, _ = run("import", rows, "--source", "web", "--data", self.data, "--json", code=1)
        self.assertEqual(json.loads(out)["duplicates"], 4)
        person = json.loads(run("person", "u-1", "--data", self.data)[0])
        self.assertEqual([c["purpose"] for c in person["consents"]], ["recommend"])
        _, err = run("import", rows, "--source", "wbe", "--data", self.data, code=1)
        self.assertIn("sources.yaml has", err)
        self.assertIn("did you mean web?", err)
        run("person", "u-2", "--data", self.data, code=1)

    def test_a_decision_is_explained_and_replayed_from_its_record(self):
        self.published()
        out, err = run("decide", "--data", self.data, "--user-id", "u-1", "--slots",
                       "home.hero,home.cta", "--live", "--json", "--locale", "en")
        answer = json.loads(out)
        self.assertEqual(set(answer["slots"]), {"home.hero", "home.cta"})
        self.assertIn("aizuchi why", err)
        out, err = run("why", answer["decisionId"], "--data", self.data, "--replay")
        self.assertIn("home.hero", out)
        self.assertIn("same answer", err)
        run("why", "0" * 32, "--data", self.data, code=1)
        run("why", "not-an-id", "--data", self.data, code=1)

    def test_a_person_is_forgotten_and_the_receipt_holds_only_as_it_was_signed(self):
        self.published()
        run("import", self.path("e.ndjson", json.dumps(
            {"type": "track", "event": "Product Viewed", "userId": "u-1", "messageId": "m-1",
             "timestamp": "2026-06-01T10:00:00Z"}) + "\n"),
            "--source", "web", "--data", self.data)
        self.assertIn("u-1", run("person", "u-1", "--data", self.data)[0])
        page = self.path("about.html")
        run("person", "u-1", "--export", page, "--locale", "en", "--data", self.data)
        with open(page, encoding="utf-8") as file:
            self.assertIn("What we know about you", file.read())
        receipt, err = run("forget", "u-1", "--data", self.data)
        self.assertIn("Forgotten", err)
        self.assertEqual(json.loads(receipt)["receipt"]["people"], 1)
        run("person", "u-1", "--data", self.data, code=1)
        self.assertIn(" erased ", " " + run("verify", "--data", self.data)[0])
        kept = self.path("receipt.json", receipt)
        self.assertIn("genuine", run("receipt", kept, "--data", self.data)[1])
        changed = self.path("changed.json", receipt.replace('"jws":"e', '"jws":"f'))
        run("receipt", changed, "--data", self.data, code=1)
        self.assertIn("Nobody", run("forget", "u-1", "--data", self.data)[1])

    def test_the_register_of_processing_is_made_from_the_folder(self):
        text, _ = run("register", BRAND, "--locale", "en")
        self.assertIn("# Register of processing", text)
        page = self.path("register.html")
        _, err = run("register", BRAND, "--locale", "ja", "--to", page)
        self.assertIn("Written to", err)
        with open(page, encoding="utf-8") as file:
            self.assertIn("外部送信について", file.read())
        table, _ = run("register", BRAND, "--format", "csv", "--table", "transmissions",
                       "--locale", "en")
        self.assertTrue(table.lstrip("\ufeff").startswith("What is sent,To whom"))
        self.assertIn("processing", json.loads(run("register", BRAND, "--format", "json")[0]))
        run("register", BRAND, "--format", "csv", code=1)
        run("register", BRAND, "--format", "pdf", code=1)
        run("register", BRAND, "--locale", "fr", code=1)
        run("register", BRAND, "--table", "others", code=1)

    def test_one_value_is_put_right_and_then_forgotten(self):
        self.published()
        run("import", self.path("e.ndjson", json.dumps(
            {"type": "identify", "userId": "u-1", "messageId": "m-1",
             "timestamp": "2026-06-01T10:00:00Z", "traits": {"job": "marketing"}}) + "\n"),
            "--source", "web", "--data", self.data)
        self.assertIn("marketing", run("person", "u-1", "--data", self.data)[0])
        right = ("--value", "sales", "--data", self.data)
        said, err = run("correct", "u-1", "--fact", "job", *right)
        self.assertEqual(json.loads(said)["places"], 1)
        self.assertIn("their own word", err)
        self.assertIn("sales", run("person", "u-1", "--data", self.data)[0])
        run("correct", "u-1", "--fact", "jbo", *right, code=1)
        receipt, err = run("forget", "u-1", "--fact", "job", "--data", self.data)
        self.assertIn("nothing of it is left", err)
        kept = self.path("r.json", receipt)
        self.assertIn("genuine", run("receipt", kept, "--data", self.data)[1])
        known = run("person", "u-1", "--data", self.data)[0]
        self.assertNotIn("marketing", known + run("export", "events", "--data", self.data)[0])
        self.assertIn("u-1", known)

    def test_events_in_a_question_change_a_decision_without_any_data(self):
        visit = [{"type": "track", "event": "Product Viewed", "messageId": f"v{i}",
                  "anonymousId": "a-1", "properties": {"product_id": "kochere",
                                                       "category": "light-roast"}}
                 for i in range(3)]
        question = ("decide", "--brand", BRAND, "--slots", "home.hero", "--anonymous-id", "a-1",
                    "--locale", "en", "--json")
        before = json.loads(run(*question)[0])["slots"]["home.hero"]["reason"]
        after = json.loads(run(*question, "--events", self.path("visit.json", json.dumps(visit)),
                               "--source", "web")[0])["slots"]["home.hero"]["reason"]
        self.assertEqual((before, after), ("nothing_fits", "chosen"))
        run("decide", "--brand", BRAND, "--slots", "no.such", code=1)
        _, err = run("decide", "--brand", BRAND, "--slots", "home.hreo", code=1)
        self.assertIn("Did you mean home.hero?", err)


class Serving(InFolder):
    def at_server(self, scopes="brand"):
        secret, _ = run("keys", "create", "--source", "web", "--secret", "--scopes", scopes,
                        "--data", self.data)
        _, urls = self.serve()
        return "--server", urls["admin"], "--key-file", self.path("key", secret)

    def serve(self, *more):
        server = subprocess.Popen([AIZUCHI, "serve", "--data", self.data, "--listen",
                                   "127.0.0.1:0", "--json", *more], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        line = server.stdout.readline()
        self.assertTrue(line, "serve printed nothing")
        return server, json.loads(line)


class Server(Serving):
    def test_keys_and_brand_go_to_a_running_server_and_it_stops_when_asked(self):
        self.published()
        secret, _ = run("keys", "create", "--source", "web", "--secret", "--scopes",
                        "brand,admin,ingest", "--data", self.data)
        key_file = self.path("admin.key", secret)
        server, urls = self.serve("--brand", BRAND)
        _, err = run("keys", "list", "--data", self.data, code=3)
        self.assertIn("Another process", err)
        at = ("--server", urls["admin"], "--key-file", key_file)
        made = json.loads(run("keys", "create", "--source", "web", "--public", *at, "--json")[0])
        self.assertTrue(made["key"].startswith("pk_"))
        listed, _ = run("keys", "list", *at)
        self.assertIn(made["about"]["id"], listed)
        run("keys", "revoke", made["about"]["id"], *at)
        run("keys", "revoke", made["about"]["id"], *at, code=1)
        _, err = run("apply", BRAND, *at)
        self.assertIn("Nothing to publish", err)
        run("doctor", "--server", urls["url"])
        more = self.copy_with_more()
        run("apply", more, *at)
        _, err = run("apply", BRAND, *at, code=1)
        self.assertIn("- audience added-here", err)
        run("apply", BRAND, *at, "--prune")
        run("rollback", "2", *at)
        out, _ = run("versions", *at)
        self.assertIn("rollback of 2", out)
        stopped, _ = run("stop", "channel", "email", *at)
        self.assertIn("stopped channel email", stopped)
        self.assertIn("! channel email stays stopped", run("plan", BRAND, *at)[0])
        run("start", "channel", "email", *at)
        self.assertIn("lifted", run("stop", "list", *at)[0])
        rows = self.path("stock.ndjson", '{"id": "kochere", "stock": 3}\n{"id": "x", "stock": 3}\n')
        out, _ = run("products", rows, *at, code=1)
        self.assertIn("line 2: x:", out)
        pulled = os.path.join(self.folder, "pulled")
        run("pull", pulled, *at)
        self.assertEqual(folder_bytes(pulled), brand_bytes(more))
        _, err = run("plan", BRAND, "--server", urls["admin"], code=1)
        self.assertIn("401", err)
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(30), 0)
        _, err = run("plan", BRAND, *at, code=3)
        self.assertIn("No server answers", err)
        run("doctor", "--data", self.data)

    def test_a_second_server_on_the_same_data_or_port_is_refused(self):
        self.published()
        _, urls = self.serve("--one-port")
        self.assertEqual(urls["url"], urls["admin"])
        run("serve", "--data", self.data, "--listen", "127.0.0.1:0", code=3)
        run("serve", "--data", self.data + "2", "--listen", urls["url"][len("http://"):], code=3)
        run("serve", "--data", self.data, "--listen", "nonsense", code=1)


class Audit(Serving):
    def test_who_changed_what_is_listed_and_checked_here_and_at_a_server(self):
        _, err = run("audit", "list", "--data", self.data)
        self.assertEqual(err, "Nothing has been changed yet.\n")
        self.published()
        key = run("keys", "create", "--source", "web", "--secret", "--scopes", "admin,brand",
                  "--data", self.data)[0].strip()
        run("stop", "channel", "email", "--why", "wrong price", "--data", self.data)
        out, _ = run("audit", "list", "--data", self.data)
        self.assertEqual([line.split()[3] for line in out.splitlines()],
                         ["stop", "key.create", "publish"])
        self.assertIn("wrong price", out)
        self.assertNotIn(key, out)
        out, _ = run("audit", "verify", "--data", self.data)
        self.assertRegex(out, r"^ok    3 entries, .* link [0-9a-f]{64}\n$")
        server, urls = self.serve()
        there = ("--server", urls["admin"], "--key-file", self.path("admin.key", key))
        self.assertIn("wrong price", run("audit", "list", *there)[0])
        self.assertRegex(run("audit", "verify", *there)[0], "^ok    3 entries")
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)
        # Somebody takes the keyring's note of the end away, or damages it.
        with open(self.data + "-keys/audit-head", "r+b") as head:
            head.write(b"\x07")
        out, err = run("audit", "verify", "--data", self.data, code=1)
        self.assertIn("the file audit-head of the keyring does not check", out)
        self.assertIn("compare it with a copy", err)


class Audiences(Serving):
    def test_audiences_are_counted_and_exported_here_and_at_a_server(self):
        self.published()
        rows = []
        for i in range(24):
            who = {"type": "track", "anonymousId": f"a-{i}"}
            rows.append({**who, "event": "Consent Updated", "messageId": f"c{i}",
                         "properties": {"purposes": {"improve": True, "mail": i < 2}}})
            rows += [{**who, "event": "Product Viewed", "messageId": f"v{i}-{n}",
                      "properties": {"product_id": "x", "category": "light-roast"}}
                     for n in range(2)]
        file = self.path("rows.ndjson", "\n".join(json.dumps(r) for r in rows) + "\n")
        run("import", file, "--source", "web", "--data", self.data)
        out, _ = run("audiences", "--data", self.data)
        self.assertRegex(out, r"first-light-roast +24  浅煎り")
        self.assertRegex(out, r"evening-cup +fewer than 20  ")
        out, _ = run("audiences", "evening-cup", "--data", self.data)
        self.assertEqual(len(out.splitlines()), 1)
        _, err = run("audiences", "evning-cup", "--data", self.data, code=1)
        self.assertIn("Did you mean evening-cup?", err)
        export = ("audiences", "first-light-roast", "--export", "-")
        out, err = run(*export, "--for", "mail", "--data", self.data)
        self.assertEqual({json.loads(line)["anonymousIds"][0] for line in out.splitlines()},
                         {"a-0", "a-1"})
        run(*export, "--data", self.data, code=1)
        run("audiences", "evening-cup", "--export", "-", "--for", "mail", "--data", self.data,
            code=1)
        at = self.at_server("brand,people")
        out, _ = run("audiences", "first-light-roast", "gift-lookers", *at)
        self.assertRegex(out, r"first-light-roast +24")
        self.assertRegex(out, r"\(any of them\) +24\n")
        members = self.path("members.ndjson")
        run("audiences", "first-light-roast", "--export", members, "--for", "improve", *at)
        with open(members, encoding="utf-8") as lines:
            self.assertEqual(len(lines.readlines()), 24)


class Population(Serving):
    def test_everyone_is_counted_here_and_at_a_server_and_a_decision_names_the_version(self):
        self.published()
        rows = []
        for i in range(24):
            who = {"type": "track", "userId": f"u-{i}"}
            rows.append({**who, "event": "Consent Updated", "messageId": f"c{i}",
                         "properties": {"purposes": {"improve": True}}})
            rows += [{**who, "event": "Order Completed", "messageId": f"o{i}-{n}",
                      "properties": {"order_id": f"{i}-{n}", "total": 100 * i}}
                     for n in range(1 + i % 3)]
        file = self.path("rows.ndjson", "\n".join(json.dumps(r) for r in rows) + "\n")
        run("import", file, "--source", "shop", "--data", self.data)
        out, err = run("population", "--count-now", "--data", self.data)
        self.assertRegex(out, r"rfm.frequency +24 people")
        self.assertRegex(err, r"Version \d+ of .*; the next is made at .*T19:00:00")
        at = self.at_server()
        out, _ = run("population", "--json", *at)
        version = json.loads(out)["version"]
        self.assertNotIn("cutPoints", out)
        run("population", "--count-now", *at)
        for _ in range(500):
            now = json.loads(run("population", "--json", *at)[0])
            if not now["counting"] and now["version"] > version:
                break
            time.sleep(0.01)
        self.assertEqual(now["version"], version + 1)
        self.assertEqual([s["people"] for s in now["scales"]], [24, 24, 24])

    def test_what_goes_with_what_is_learned_here_and_shown_at_a_server_with_every_number(self):
        self.published()
        beans = [json.loads(line)["id"] for line in
                 brand_bytes(BRAND)["products.ndjson"].splitlines()[:8]]
        rows = [{"type": "track", "userId": f"u-{i}", "messageId": f"m{i}-{n}", **what}
                for i in range(30) for n, what in enumerate(
                    [{"event": "Consent Updated", "properties": {
                        "purposes": {"improve": True, "recommend": True}}}]
                    + [{"event": "Product Viewed", "properties": {"product_id": bean}}
                       for bean in beans[i % 2 * 4 + i % 3:][:4]])]
        file = self.path("rows.ndjson", "\n".join(json.dumps(r) for r in rows) + "\n")
        run("import", file, "--source", "web", "--data", self.data)
        out, err = run("recommender", "--learn-now", "--data", self.data)
        self.assertRegex(out, r"version \d+ of .*views of 30 people")
        self.assertRegex(out, r"home.\w+: \w.* \(tried on \d+ people\)")
        self.assertIn("The next is made at", err)
        at = self.at_server()
        self.assertGreater(len(json.loads(run("recommender", "--json", *at)[0])["tried"]), 5)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
