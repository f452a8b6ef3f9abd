#!/usr/bin/env python3
"""Files in and out, expressions and settings, as an operator uses them.
Usage: files_test.py AIZUCHI BRAND"""
import csv
import json
import os
import shutil
import sys
import unittest

from cli_test import BRAND, InFolder, Serving, run

MEMBERS = """\
encoding: cp932
source: signup
method: stated
person: {user_id: 会員番号}
at: {column: 登録日}
facts:
  職種: {fact: job, values: {営業: sales, 総務: general-affairs}}
  メール: email
consents:
  お便り: {purpose: mail, yes: 希望する, no: 希望しない}
leave: [備考]
"""
ROWS = ("会員番号,職種,メール,お便り,登録日,備考\r\n"
        "u-1,営業,a@b.example,希望する,2026/4/1,\"二行の\r\n備考\"\r\n"
        "u-2,医師,secret-of-u-2,希望する,2026/4/1,\r"
        "u-3,総務,c@d.example,希望しない,2026/4/2 9:30,\n")


def mistakes(path):
    with open(path + ".errors.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class Import(InFolder):
    def table(self, text=ROWS, encoding="cp932"):
        path = os.path.join(self.folder, "members.csv")
        with open(path, "wb") as file:
            file.write(text.encode(encoding))
        return path

    def test_a_dry_run_shows_facts_with_their_source_and_imports_nothing(self):
        out, err = run("import", self.table(), "--mapping", self.path("m.yaml", MEMBERS),
                       "--dry-run", "--brand", BRAND, code=1)
        self.assertIn("job = sales", out)
        self.assertIn("when you signed up", out)
        self.assertIn("nothing has been imported", err)
        self.assertFalse(os.path.exists(self.data))

    def test_a_cp932_table_with_mixed_line_ends_comes_in_once_and_its_mistakes_are_told(self):
        self.published()
        table = self.table()
        order = ("import", table, "--mapping", self.path("m.yaml", MEMBERS), "--data", self.data,
                 "--json")
        out, _ = run(*order, code=1)
        self.assertEqual(json.loads(out), {"lines": 3, "accepted": 4, "duplicates": 0,
                                           "noBasis": 0, "wrong": 1})
        told = mistakes(table)
        self.assertEqual([(m["line"], m["column"]) for m in told], [("4", "職種"), ("4", "メール")])
        with open(table + ".errors.csv", encoding="utf-8") as file:
            self.assertNotIn("secret", file.read())
        out, _ = run(*order, code=1)
        self.assertEqual(json.loads(out)["duplicates"], 4)
        person = json.loads(run("person", "u-1", "--data", self.data)[0])
        facts = {f["fact"]: f for f in person["facts"]}
        self.assertEqual(facts["job"]["value"], "sales")
        self.assertEqual((facts["job"]["method"], facts["job"]["context"]), ("stated", "sign-up"))
        self.assertEqual([c["granted"] for c in person["consents"]], [True])
        run("person", "u-2", "--data", self.data, code=1)

    def test_orders_with_a_key_count_once_and_change_what_a_rule_counts(self):
        self.published()
        mapping = self.path("orders.yaml", "source: shop\nperson: {user_id: u}\nkey: n\n"
                            "at: {column: d}\nevent: {name: Order Completed, properties: "
                            "{order_id: n, total: {column: t, type: number}}}\n")
        orders = self.path("orders.csv", "u;n;t;d\nu-1;N1;1,200;2026-05-01\nu-1;N2;x;2026-05-02\n")
        run("import", orders, "--mapping", mapping, "--data", self.data, code=1)
        self.assertEqual(mistakes(orders)[0]["column"], "t")
        # The corrected file, with a row before the others: the first order is known by its key.
        self.path("orders.csv", "u;n;t;d\nu-1;N0;900;2026-04-01\nu-1;N1;1,200;2026-05-01\n"
                  "u-1;N2;１,０００;2026-05-02\n")
        out, _ = run("import", orders, "--mapping", mapping, "--data", self.data, "--json")
        self.assertEqual((json.loads(out)["accepted"], json.loads(out)["duplicates"]), (2, 1))

    def test_old_tickets_come_in_as_threads(self):
        self.published()
        mapping = self.path("tickets.yaml", "source: support\nperson: {user_id: u}\nkey: n\n"
                            "at: {column: d}\nevent: {name: Inquiry Answered, properties: "
                            "{ticket: n, topic: t}}\n")
        tickets = self.path("tickets.csv", "u;n;t;d\nu-1;7;bitterness;2026-05-01\n")
        run("import", tickets, "--mapping", mapping, "--data", self.data)
        thread = json.loads(run("person", "u-1", "--data", self.data)[0])["threads"][0]
        self.assertEqual([thread[k] for k in ("kind", "id", "state", "topic", "source")],
                         ["inquiry", "7", "answered", "bitterness", "support"])
        self.assertTrue(thread["opened"].startswith("2026-04-30T15:00"))

    def test_a_wrong_mapping_header_or_encoding_is_refused_before_anything_is_read(self):
        self.published()
        table = self.table()
        wrong = self.path("w.yaml", MEMBERS.replace("fact: job", "fact: jbo"))
        _, err = run("import", table, "--mapping", wrong, "--data", self.data, code=1)
        self.assertIn("did you mean 'job'", err)
        wrong = self.path("w.yaml", MEMBERS.replace("cp932", "utf-8"))
        _, err = run("import", table, "--mapping", wrong, "--data", self.data, code=1)
        self.assertIn("encoding: in the mapping", err)
        wrong = self.path("w.yaml", MEMBERS.replace("メール: email", "メイル: email"))
        _, err = run("import", table, "--mapping", wrong, "--data", self.data, code=1)
        self.assertIn("no column メイル", err)
        _, err = run("import", table, "--data", self.data, code=1)
        self.assertIn("Add --source with one of", err)
        run("import", table, "--dry-run", "--data", self.data, code=1)


class ImportAtServer(Serving):
    def test_lines_and_tables_go_to_a_running_server_as_of_its_keys_source(self):
        self.published()
        secret, _ = run("keys", "create", "--source", "signup", "--secret", "--scopes",
                        "ingest,people", "--data", self.data)
        key_file = self.path("signup.key", secret)
        _, urls = self.serve("--brand", BRAND)
        at = ("--server", urls["url"], "--key-file", key_file, "--json")
        mapping = self.path("m.yaml", MEMBERS.replace("cp932", "utf-8"))
        table = self.path("members.csv", "会員番号,職種,メール,お便り,登録日\n" + "".join(
            f"u-{i},営業,u{i}@b.example,希望する,2026/4/1\n" for i in range(1500)))
        out, _ = run("import", table, "--mapping", mapping, "--brand", BRAND, *at)
        self.assertEqual(json.loads(out)["accepted"], 3000)
        out, _ = run("import", table, "--mapping", mapping, "--brand", BRAND, *at)
        self.assertEqual(json.loads(out)["duplicates"], 3000)
        lines = self.path("e.ndjson", '{"type":"track","event":"x"}\n' + json.dumps(
            {"type": "identify", "userId": "u-9", "messageId": "m1", "traits": {"job": "sales"}}))
        out, _ = run("import", lines, *at, code=1)
        self.assertEqual((json.loads(out)["accepted"], json.loads(out)["wrong"]), (1, 1))
        self.assertEqual(mistakes(lines)[0]["line"], "1")
        _, err = run("import", lines, "--source", "shop", *at, code=1)
        self.assertIn("the key's source is signup", err)
        other = self.path("o.yaml", MEMBERS.replace("source: signup", "source: shop"))
        _, err = run("import", table, "--mapping", other, "--brand", BRAND, *at, code=1)
        self.assertIn("the key's source is signup", err)
        _, err = run("import", table, "--mapping", mapping, *at, code=1)
        self.assertIn("--brand DIR", err)


class Person(Serving):
    def known(self):
        self.published()
        run("import", self.path("e.ndjson", json.dumps(
            {"type": "identify", "userId": "u-1", "messageId": "m-1", "traits": {"job": "sales"},
             "timestamp": "2026-06-01T10:00:00Z"}) + "\n"),
            "--source", "signup", "--data", self.data)

    def standing(self, *more):
        said = json.loads(run("purposes", "u-1", *more)[0])["purposes"]
        return {each["id"]: each["standing"] for each in said}

    def test_purposes_are_taken_back_for_a_person_one_or_all(self):
        self.known()
        at = ("--data", self.data)
        self.assertEqual(set(self.standing(*at).values()), {"none"})
        stopped = self.standing("--stop", "layout", *at)
        self.assertEqual(stopped.pop("layout"), "withdrawn")
        self.assertEqual(set(stopped.values()), {"none"})
        self.assertEqual(set(self.standing("--stop-all", *at).values()), {"withdrawn"})
        self.assertEqual(set(self.standing(*at).values()), {"withdrawn"})
        run("purposes", "u-1", "--stop", "nothing", *at, code=1)
        run("purposes", "u-1", "--stop", "layout", "--stop-all", *at, code=1)
        run("purposes", *at, code=2)

    def test_a_person_is_shown_given_and_stopped_at_a_running_server(self):
        self.known()
        secret, _ = run("keys", "create", "--source", "web", "--secret", "--scopes",
                        "people,privacy", "--data", self.data)
        _, urls = self.serve()
        at = ("--server", urls["url"], "--key-file", self.path("privacy.key", secret))
        self.assertIn("sales", run("person", "u-1", *at)[0])
        for name, mark in (("me.html", "<!doctype html>"), ("me.json", '"facts"')):
            page = os.path.join(self.folder, name)
            run("person", "u-1", "--export", page, "--locale", "en", *at)
            with open(page, encoding="utf-8") as file:
                self.assertIn(mark, file.read())
        self.assertEqual(self.standing("--stop", "mail", *at)["mail"], "withdrawn")
        self.assertEqual(set(self.standing("--stop-all", *at).values()), {"withdrawn"})
        run("purposes", "u-1", "--stop", "nothing", *at, code=1)


class Sheet(InFolder):
    def setUp(self):
        super().setUp()
        self.brand = os.path.join(self.folder, "brand")
        shutil.copytree(BRAND, self.brand)
        self.sheet = os.path.join(self.folder, "copy.csv")

    def rows(self, encoding="utf-8-sig"):
        with open(self.sheet, encoding=encoding, newline="") as file:
            return list(csv.reader(file))

    def save(self, rows, encoding="utf-8-sig"):
        with open(self.sheet, "w", encoding=encoding, errors="replace", newline="") as file:
            csv.writer(file).writerows(rows)

    def text(self, name):
        with open(os.path.join(self.brand, name), encoding="utf-8") as file:
            return file.read()

    def change(self, rows, item, column, text):
        at = rows[0].index(column)
        row = next(r for r in rows if r[0] == item and r[1] == "default")
        before, row[at] = row[at], text
        return before

    def test_copy_goes_out_and_comes_back_changed_with_a_diff_and_nothing_else_touched(self):
        run("sheet", "export", self.brand, self.sheet)
        with open(self.sheet, "rb") as file:
            self.assertTrue(file.read().startswith(b"\xef\xbb\xbf"))
        _, err = run("sheet", "import", self.brand, self.sheet)
        self.assertIn("0 texts changed", err)
        rows = self.rows()
        self.assertEqual(rows[0][:5], ["item", "wording", "slot", "title in the team", "for"])
        before = self.change(rows, "cta-default", "title.ja", "豆の棚へ、「=」から: どうぞ")
        self.save(rows)
        old = self.text("items/cta.yaml")
        out, _ = run("sheet", "import", self.brand, self.sheet, "--dry-run")
        self.assertIn(f"- {before}\n+ 豆の棚へ", out)
        self.assertEqual(self.text("items/cta.yaml"), old)
        run("sheet", "import", self.brand, self.sheet)
        self.assertEqual(self.text("items/cta.yaml"),
                         old.replace(before, '"豆の棚へ、「=」から: どうぞ"', 1))
        run("check", self.brand)
        # Again: it is there already. Another text on the old row: the folder has moved on.
        run("sheet", "import", self.brand, self.sheet)
        self.change(rows, "cta-default", "title.ja", "三つ目の言葉")
        self.save(rows)
        _, err = run("sheet", "import", self.brand, self.sheet, code=1)
        self.assertIn("was changed in the folder since", err)

    def test_a_formula_is_text_on_its_way_and_itself_when_it_is_back(self):
        run("sheet", "export", self.brand, self.sheet)
        rows = self.rows()
        self.change(rows, "cta-default", "title.ja", "'=SUM(A1)")
        self.save(rows)
        run("sheet", "import", self.brand, self.sheet)
        self.assertIn("{title: =SUM(A1),", self.text("items/cta.yaml"))
        run("sheet", "export", self.brand, self.sheet)
        self.assertIn("'=SUM(A1)", [cell for row in self.rows() for cell in row])

    def test_what_cp932_lacks_is_named_and_what_excel_lost_is_not_taken(self):
        _, err = run("sheet", "export", self.brand, self.sheet, "--encoding", "cp932", code=1)
        self.assertRegex(err, r"row \d+ \(item [\w-]+, wording [\w-]+\), column \S+: \S+ cannot be")
        self.assertFalse(os.path.exists(self.sheet))
        run("sheet", "export", self.brand, self.sheet)
        rows = self.rows()
        self.change(rows, "cta-default", "title.ja", "豆を、見る〜")
        self.save(rows, "cp932")  # Excel's own encoding: é became '?'
        _, err = run("sheet", "import", self.brand, self.sheet)
        self.assertIn("1 text changed", err)
        self.change(rows, "cta-three", "title.en", "Take the three for ?1,200")
        self.save(rows, "cp932")
        _, err = run("sheet", "import", self.brand, self.sheet, code=1)
        self.assertIn("a character was lost", err)

    def test_a_text_that_would_break_the_folder_is_refused_whole(self):
        run("sheet", "export", self.brand, self.sheet)
        rows = self.rows()
        self.change(rows, "cta-default", "title.ja", "{{#broken")
        self.save(rows)
        _, err = run("sheet", "import", self.brand, self.sheet, code=1)
        self.assertIn("items/cta.yaml", err)
        self.assertNotIn("broken", self.text("items/cta.yaml"))
        self.save([row[1:] for row in rows])
        _, err = run("sheet", "import", self.brand, self.sheet, code=1)
        self.assertIn("no column item", err)


class Export(Serving):
    def test_what_is_known_comes_out_as_lines_and_as_a_table_safe_for_spreadsheets(self):
        self.published()
        lines = [{"type": "identify", "userId": "=1+1", "messageId": "m1",
                  "traits": {"job": "sales"}}, {"type": "track", "event": "Product Viewed",
                                               "userId": "u-2", "messageId": "m2"}]
        events = self.path("e.ndjson", "\n".join(json.dumps(line) for line in lines))
        run("import", events, "--source", "signup", "--data", self.data)
        run("decide", "--data", self.data, "--user-id", "u-2", "--slots", "home.hero", "--live")
        at = ("--data", self.data)
        people = [json.loads(line) for line in run("export", "people", *at)[0].splitlines()]
        self.assertEqual(len(people), 2)
        self.assertEqual(len(run("export", "events", *at)[0].splitlines()), 2)
        decisions = [json.loads(line) for line in run("export", "decisions", *at)[0].splitlines()]
        self.assertEqual([s["slot"] for s in decisions[0]["slots"]], ["home.hero"])
        self.assertIn(decisions[0]["person"], [p["id"] for p in people])
        self.assertGreater(len(run("export", "items", *at)[0].splitlines()), 20)
        table = os.path.join(self.folder, "people.csv")
        run("export", "people", "--to", table, *at)
        with open(table, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual({row["userId"] for row in rows}, {"'=1+1", "u-2"})
        told = next(row for row in rows if row["fact"] == "job")
        self.assertEqual((told["value"], told["source"], told["method"]),
                         ("sales", "signup", "stated"))
        for kind in ("events", "decisions", "items"):
            self.assertGreater(len(run("export", kind, "--format", "csv", *at)[0].splitlines()), 1)
        # Nobody has consented to mail; the facts told for layout are not those for service.
        self.assertEqual(run("export", "people", "--purpose", "mail", *at)[0], "")
        _, err = run("export", "people", "--purpose", "mial", *at, code=1)
        self.assertIn("purposes.yaml has", err)
        _, err = run("export", "poeple", *at, code=1)
        self.assertIn("Did you mean people?", err)
        run("export", "people", "--format", "xls", *at, code=1)

    def test_a_running_server_gives_the_same_page_by_page_to_a_key_with_the_right(self):
        self.published()
        rows = self.path("e.ndjson", "\n".join(json.dumps(
            {"type": "identify", "userId": f"u-{i}", "messageId": f"m{i}",
             "traits": {"job": "sales"}}) for i in range(2300)))
        run("import", rows, "--source", "signup", "--data", self.data)
        keys = {}
        for scope in ("people", "ingest"):
            keys[scope] = self.path(scope + ".key", run(
                "keys", "create", "--source", "signup", "--secret", "--scopes", scope,
                "--data", self.data)[0])
        here = run("export", "people", "--data", self.data)[0]
        _, urls = self.serve()
        at = ("--server", urls["url"], "--key-file")
        self.assertEqual(run("export", "people", *at, keys["people"])[0], here)
        self.assertEqual(len(here.splitlines()), 2300)
        _, err = run("export", "people", *at, keys["ingest"], code=1)
        self.assertIn("lacks the scope", err)


class Words(InFolder):
    def test_expressions_alone_and_in_lines(self):
        self.assertEqual(run("cel", "x + 1", "--vars", '{"x": 2}')[0], "3\n")
        _, err = run("cel", "1 +", code=1)
        self.assertIn("aizuchi:", err)
        out, _ = run("cel", "--batch", stdin='{"expr":"1 + 1"}\n{"expr":"nope("}\n')
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(lines[0], {"value": {"int": "2"}})
        self.assertIn("error", lines[1])

    def test_settings_come_from_the_file_beside_and_no_colour_goes_into_a_pipe(self):
        self.published()
        self.path("aizuchi.toml", f'data = "{self.data}"\n')
        _, err = run("keys", "list", cwd=self.folder)
        self.assertIn("There is no key yet", err)
        _, err = run("keys", "list", cwd=self.folder, env={"AIZUCHI_DATA": self.data + "-none"})
        self.assertNotIn("\x1b", err)
        self.assertTrue(os.path.isdir(self.data + "-none"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
