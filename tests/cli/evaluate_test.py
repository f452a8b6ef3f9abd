#!/usr/bin/env python3
"""`aizuchi evaluate` as an analyst uses it, on made files. Usage: evaluate_test.py AIZUCHI"""
import hashlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

AIZUCHI = os.path.abspath(sys.argv[1])


def run(*args, code=0):
    """(stdout, stderr) of aizuchi; the exit code must be the given one."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIZUCHI_")}
    done = subprocess.run([AIZUCHI, "evaluate", *args], capture_output=True, text=True,
                          env=environment, check=False, timeout=300)
    if done.returncode != code:
        raise AssertionError(f"{args}: exit {done.returncode}, not {code}\n"
                             f"{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aizuchi-evaluate-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name, rows):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(rows) + "\n")
        return path


def run_any(*args, code=0):
    """(stdout, stderr) of any command of aizuchi."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIZUCHI_")}
    done = subprocess.run([AIZUCHI, *args], capture_output=True, text=True, env=environment,
                          check=False, timeout=300)
    if done.returncode != code:
        raise AssertionError(f"{args}: exit {done.returncode}, not {code}\n"
                             f"{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


class Models(InFolder):
    """Two tastes: whoever likes even numbers likes even ones."""

    def orders(self):
        dice = random.Random(3)
        rows = ["user,item"]
        for person in range(120):
            rows += [f"u{person},i{2 * n + person % 2}" for n in dice.sample(range(15), 6)]
        return self.path("orders.csv", rows)

    def made(self, *args):
        model = os.path.join(self.folder, "orders.model")
        out = run_any("train", "topn", "--train", self.orders(), "--to", model, *args)[0]
        return model, out

    def test_a_model_is_trained_to_a_file_and_says_what_goes_with_items_and_because_of_which(self):
        model, out = self.made("--json")
        report = json.loads(out)
        self.assertEqual(report["people"], 120)
        self.assertEqual(report["items"], 30)
        self.assertEqual(report["bytes"], os.path.getsize(model))
        self.assertGreater(len(report["tried"]), 10)
        self.assertEqual(report["validation"]["ndcg@20"],
                         max(one["ndcg@20"] for one in report["tried"]))
        found = json.loads(run_any("recommend", "--model", model, "--for", "i0,i2,i4",
                                   "--top", "5", "--json")[0])
        names = [one["item"] for one in found["items"]]
        self.assertEqual(len(names), 5)
        self.assertFalse({"i0", "i2", "i4"} & set(names))
        self.assertTrue(all(int(name[1:]) % 2 == 0 for name in names), names)
        self.assertTrue({one["because"] for one in found["items"]} <= {"i0", "i2", "i4"})
        self.assertIn("because of i", run_any("recommend", "--model", model, "--for", "i0")[0])
        with open(model, "rb") as file:
            before = file.read()
        self.made()
        with open(model, "rb") as file:
            self.assertEqual(file.read(), before)  # the same rows and seed, the same model

    def test_what_is_not_a_whole_model_is_refused_by_name_and_a_model_in_use_stays(self):
        model, out = self.made()
        self.assertIn("chosen", out)
        with open(model, "rb") as file:
            whole = file.read()
        for change, said in ((whole[:-9], "checksum"),
                             (whole[:200] + b"\xff" + whole[201:], "checksum"),
                             (b"user,item\n", "aizuchi train")):
            with open(model, "wb") as file:
                file.write(change)
            err = run_any("recommend", "--model", model, "--for", "i0", code=1)[1]
            self.assertIn("orders.model", err)
            self.assertIn(said, err)
        with open(model, "wb") as file:
            file.write(whole)
        err = run_any("recommend", "--model", model, "--for", "i0,i333", code=1)[1]
        self.assertIn("i333", err)
        few = self.path("few.csv", ["user,item", "a,1", "a,2"])
        err = run_any("train", "topn", "--train", few, "--to", model, code=1)[1]
        self.assertIn("10 people", err)
        with open(model, "rb") as file:
            self.assertEqual(file.read(), whole)
        self.assertIn("--to", run_any("train", "topn", "--train", few, code=2)[1])
        away = os.path.join(self.folder, "nowhere", "x.model")
        self.assertIn("x.model", run_any("train", "topn", "--train", self.orders(), "--to", away,
                                         code=3)[1])

    def test_files_as_they_lie_about_are_read_or_refused_never_guessed_wrongly(self):
        with open(self.orders(), encoding="utf-8") as file:
            pairs = [line.split(",") for line in file.read().splitlines()[1:]]
        forms = {
            "ml.dat": (None, "{}::{}::4::1500000000"),
            "ml.csv": ("userId,movieId,rating,timestamp", "{},{},4.5,1500000000"),
            "artists.dat": ("userID\tartistID\tweight", "{}\t{}\t31"),
            "atomic.inter": ("user_id:token\titem_id:token", "{}\t{}"),
            "checkins.txt": (None, "{0}\t2010-10-19T23:55:27Z\t30.2\t-97.7\t{1}"),
            "bare.txt": (None, "{} {}"),
        }
        model = os.path.join(self.folder, "forms.model")
        for name, (head, row) in forms.items():
            path = self.path(name, ([head] if head else []) + [row.format(*p) for p in pairs])
            made = json.loads(run_any("train", "topn", "--train", path, "--to", model, "--json")[0])
            self.assertEqual((made["people"], made["items"], made["pairs"]), (120, 30, 720), name)
        path = self.path("unknown.csv", ["kunde,artikel"] + [",".join(p) for p in pairs])
        err = run_any("train", "topn", "--train", path, "--to", model, code=1)[1]
        self.assertIn("unknown.csv:1", err)
        self.assertIn("user and item", err)

    def test_a_model_of_visits_says_what_comes_next(self):
        rows = ["SessionId\tItemId\tTime"]
        for visit in range(200):
            rows += [f"v{visit}\tp{visit % 5}{step}\t{1600000000 + 100 * visit + step}"
                     for step in range(3)]
        model = os.path.join(self.folder, "clicks.model")
        clicks = self.path("clicks.tsv", rows)
        out = run_any("train", "session", "--train", clicks, "--to", model)[0]
        self.assertIn("MRR@20", out)
        found = json.loads(run_any("recommend", "--model", model, "--for", "p10,p11", "--json")[0])
        self.assertIn({"p12": "p11"}, [{one["item"]: one["because"]} for one in found["items"]])


class Sessions(InFolder):
    """Visits that walk up and down a shelf of ten items, each shelf alike."""

    def clicks(self, visits, seed, name=str):
        dice, rows, clock = random.Random(seed), [], 1_000_000 * seed
        for visit in range(visits):
            shelf, at = dice.randrange(20), dice.randrange(10)
            for _ in range(dice.randrange(2, 7)):
                clock += 1
                rows.append(f"{name(f'{seed}-{visit}')}\t{name(f'i{shelf}-{at}')}\t{clock}.0")
                at = (at + dice.choice((1, 1, 1, 2))) % 10
        return rows

    def test_the_next_item_is_foreseen_and_the_report_says_how_it_was_measured(self):
        head = ["SessionId\tItemId\tTime"]
        self.path("train.txt", head + self.clicks(2000, 1))
        self.path("valid.txt", head + self.clicks(200, 2))
        report = json.loads(run("session", "--data", self.folder, "--json")[0])
        self.assertGreater(report["metrics"]["hr@20"], 0.95)
        self.assertGreater(report["metrics"]["mrr@20"], 0.4)
        self.assertLess(report["popular"]["mrr@20"], 0.1)
        self.assertEqual(report["train_visits"], 2000)
        self.assertIn("only the item on screen", report["protocol"])
        out, _ = run("session", "--data", self.folder)
        self.assertIn("MRR@20", out)
        self.assertIn("seed      none", out)

    def test_other_labels_in_another_order_give_the_same_figures(self):
        def other(text):
            return "q" + hashlib.sha256(text.encode()).hexdigest()[:12]
        files = []
        for name in (str, other):
            train, test = self.clicks(500, 1, name), self.clicks(50, 2, name)
            if name is other:
                random.Random(3).shuffle(train)
                random.Random(4).shuffle(test)
            files.append((self.path(f"a{len(files)}.tsv", train),
                          self.path(f"b{len(files)}.tsv", test)))
        reports = [run("session", "--train", train, "--test", test, "--json")[0]
                   for train, test in files]
        metrics = [json.loads(report)["metrics"] for report in reports]
        # Equal scores are listed by the order of appearance, which differs.
        for name, value in metrics[0].items():
            self.assertAlmostEqual(value, metrics[1][name], delta=0.01)

    def test_what_is_missing_or_wrong_is_told_with_its_place(self):
        self.assertIn("needs --data or --train", run("session", code=2)[1])
        self.assertIn("neither a file named train",
                      run("session", "--data", self.folder, code=1)[1])
        bad = self.path("train.csv", ["SessionId,ItemId,Time", "a,1,10", "a,2,late"])
        self.assertIn("train.csv:3: expected who",
                      run("session", "--train", bad, "--test", bad, code=1)[1])


class Shelves(InFolder):
    """People of ten tastes, each with some of the twenty items of theirs."""

    def pairs(self, seed, name=str):
        dice, train, test = random.Random(seed), ["user,item"], ["user,item"]
        for person in range(300):
            own = dice.sample(range(20), 8)
            for place, item in enumerate(own):
                row = f"{name(f'u{person}')},{name(f'i{person % 10}-{item}')}"
                (train if place < 6 else test).append(row)
        return train, test

    def test_a_model_is_chosen_by_itself_and_shown_with_the_numbers(self):
        train, test = self.pairs(1)
        self.path("train.csv", train)
        self.path("test.csv", test)
        report = json.loads(run("topn", "--data", self.folder, "--seed", "5", "--json")[0])
        self.assertGreater(report["metrics"]["hr@10"], 2 * report["popular"]["hr@10"])
        self.assertEqual(report["seed"], 5)
        kinds = {tried["model"].split()[0] for tried in report["tried"]}
        self.assertEqual(kinds, {"popular", "walk", "ease", "factors", "blend"})
        best = max(tried["validation"]["ndcg@20"] for tried in report["tried"])
        chosen = [t for t in report["tried"] if t["model"] == report["chosen"]]
        self.assertEqual(chosen[0]["validation"]["ndcg@20"], best)
        out, _ = run("topn", "--data", self.folder)
        self.assertIn("chosen", out)
        self.assertIn("HR@10", out)

    def test_labels_and_order_do_not_matter_to_what_is_reached(self):
        first = self.pairs(1)
        other = self.pairs(1, lambda text: "x" + hashlib.sha256(text.encode()).hexdigest()[:9])
        for rows in other:
            body = rows[1:]
            random.Random(7).shuffle(body)
            rows[1:] = body
        figures = []
        for number, (train, test) in enumerate((first, other)):
            report = run("topn", "--train", self.path(f"t{number}.csv", train), "--test",
                         self.path(f"q{number}.csv", test), "--json")[0]
            figures.append(json.loads(report)["metrics"]["recall@20"])
        self.assertAlmostEqual(figures[0], figures[1], delta=0.06)


class Choices(InFolder):
    """A log of choices with their probabilities; the definitions are written once more here."""

    def log(self, rows, seed=1):
        dice, out = random.Random(seed), []
        for _ in range(rows):
            item = dice.choices((0, 1, 2), (6, 3, 1))[0]
            chance = (0.05, 0.2, 0.1)[item]
            out.append((item, int(dice.random() < chance), (0.6, 0.3, 0.1)[item]))
        return out

    def file(self, name, log):
        return self.path(name, ["item_id,click,propensity_score"]
                         + [f"{item},{click},{p}" for item, click, p in log])

    def test_the_estimates_are_their_definitions(self):
        log = self.log(5000)
        report = json.loads(run("ope", "--log", self.file("log.csv", log), "--policy", "uniform",
                                "--policy", "always:1", "--json")[0])
        for name, target in (("uniform", (1 / 3,) * 3), ("always:1", (0, 1, 0))):
            policy = next(p for p in report["policies"] if p["policy"] == name)
            weights = [target[item] / p for item, _, p in log]
            gains = [w * click for w, (_, click, _) in zip(weights, log)]
            self.assertAlmostEqual(policy["ips"]["value"], sum(gains) / len(log), delta=1e-9)
            self.assertAlmostEqual(policy["snips"]["value"], sum(gains) / sum(weights), delta=1e-9)
            self.assertAlmostEqual(policy["effectiveSample"],
                                   sum(weights) ** 2 / sum(w * w for w in weights), delta=1e-6)
            self.assertAlmostEqual(policy["dr"]["value"], self.doubly_robust(log, target),
                                   delta=1e-9)
        self.assertEqual(report["winner"], "always:1")

    @staticmethod
    def doubly_robust(log, target):
        total = 0.0
        for half in (0, 1):
            other = log[1 - half::2]
            mean = sum(click for _, click, _ in other) / len(other)
            q = [(sum(c for i, c, _ in other if i == item) + 10 * mean)
                 / (sum(i == item for i, _, _ in other) + 10) for item in range(3)]
            for item, click, p in log[half::2]:
                total += sum(t * e for t, e in zip(target, q))
                total += target[item] / p * (click - q[item])
        return total / len(log)

    def test_an_export_of_our_own_choices_is_a_log(self):
        names = ("decision,at,slot,position,item,propensity,reward,candidates,uniform,best,layer,"
                 "version,model,moment")
        log = self.path("choices.csv", [names] + [
            f"{i:032x},2026-06-01T10:00:00Z,home.hero,home.hero,{'ab'[item]},"
            f"{0.8 if item else 0.2},{reward},2,0.5,{item},surface,1,3,0;9"
            for i, (item, reward, _) in enumerate(self.log(400)) if item < 2])
        out, _ = run("ope", "--log", log, "--policy", "column:uniform", "--policy", "column:best")
        self.assertIn("column:best", out)
        self.assertIn("winner    none:", out)

    def test_a_thin_log_names_no_winner_and_says_why(self):
        out, _ = run("ope", "--log", self.file("log.csv", self.log(150)))
        self.assertIn("winner    none:", out)
        self.assertIn("are needed", out)

    def test_a_wrong_row_is_named(self):
        path = self.file("log.csv", self.log(3) + [(1, 0, 0)])
        _, err = run("ope", "--log", path, code=1)
        self.assertIn("log.csv:5: the propensity must be above 0", err)


class Values(InFolder):
    """People with two directions behind eight options."""

    def table(self, name, people=600, seed=1):
        dice, rows = random.Random(seed), ["id,country," + ",".join("abcdefgh")]
        for person in range(people):
            one, two = dice.gauss(0, 1), dice.gauss(0, 1)
            rows.append(f"{person},JP," + ",".join(
                f"{one * math.cos(i) + two * math.sin(i) + dice.gauss(0, 0.5):.4f}"
                for i in range(8)))
        return self.path(name, rows)

    def test_json_lines_of_rankings_and_of_pairs_are_the_same_people(self):
        dice, rankings, pairs = random.Random(5), [], []
        for person in range(200):
            one = dice.gauss(0, 1)
            like = {o: one * math.cos(i) + dice.gauss(0, 0.5) for i, o in enumerate("abcdefgh")}
            order = sorted(like, key=like.get, reverse=True)
            rankings.append(json.dumps({"id": f"p{person}", "ranking": order}))
            pairs.append(json.dumps({"id": f"p{person}", "pairs": [
                [better, worse] for at, better in enumerate(order) for worse in order[at + 1:]]}))
        reports = [json.loads(run("values", "--data", self.path(name, rows), "--json")[0])
                   for name, rows in (("r.ndjson", rankings), ("p.ndjson", pairs))]
        self.assertEqual([sorted(r["option_names"]) for r in reports], [list("abcdefgh")] * 2)
        self.assertAlmostEqual(reports[0]["metrics"]["accuracy@5"],
                               reports[1]["metrics"]["accuracy@5"], delta=0.04)
        self.assertGreater(reports[0]["metrics"]["accuracy@5"], 0.7)

    def test_chosen_questions_tell_more_and_the_report_says_how_it_was_measured(self):
        file = self.table("people.csv")
        options = ("--data", file, "--options", "a,b,c,d,e,f,g,h", "--json")
        chosen = json.loads(run("values", *options)[0])
        drawn = json.loads(run("values", *options, "--choose", "random")[0])
        wrong = json.loads(run("values", *options, "--flip", "0.1", "--questions", "3")[0])
        self.assertGreater(chosen["metrics"]["accuracy@5"], 0.75)
        self.assertGreater(chosen["metrics"]["accuracy@2"], drawn["metrics"]["accuracy@2"])
        self.assertLess(wrong["metrics"]["accuracy@3"], chosen["metrics"]["accuracy@3"])
        self.assertNotIn("accuracy@4", wrong["metrics"])
        self.assertEqual((chosen["people"], chosen["asked"], chosen["options"]), (600, 600, 8))
        self.assertIn("15 pairs are set aside and never asked", chosen["protocol"])
        self.assertIn("0.1 of the answers", wrong["protocol"])
        out, _ = run("values", *options[:-1], "--questions", "2", "--seed", "7")
        self.assertIn("accuracy on pairs never asked", out)
        self.assertIn("seed      7", out)

    def test_what_is_missing_or_wrong_is_told_with_its_place(self):
        self.assertIn("needs --data", run("values", code=2)[1])
        file = self.table("people.csv")
        err = run("values", "--data", file, code=1)[1]
        self.assertIn('people.csv:2: column "country": expected a rating or rank', err)
        self.assertIn("--options", err)
        run("values", "--data", file, "--flip", "2", code=2)
        run("values", "--data", file, "--choose", "me", code=2)
        few = self.table("few.csv", people=5)
        self.assertIn("at least 20 people", run(
            "values", "--data", few, "--options", "a,b,c,d,e,f,g,h", code=1)[1])


class Questionnaires(InFolder):
    """Two traits of six items each, graded 1 to 5, every other item turned round."""

    def answers(self, name="answers.tsv", people=300):
        dice = random.Random(8)
        rows = ["age\tgender\t" + "\t".join(f"{trait}{n}" for trait in "CX"
                                            for n in range(1, 7))]
        for _ in range(people):
            row = [str(dice.randrange(18, 80)), "1"]
            for _ in "CX":
                trait = dice.gauss(0, 1)
                row += [str(min(5, max(1, round(3 + (-1) ** n * trait + dice.gauss(0, 0.7)))))
                        for n in range(6)]
            rows.append("\t".join(row))
        return self.path(name, rows)

    def test_scales_are_known_from_a_few_items_and_the_report_says_how_it_was_measured(self):
        report = json.loads(run("questionnaire", "--data", self.answers(), "--questions", "4",
                                "--json")[0])
        self.assertEqual([scale["name"] for scale in report["scales"]], ["c", "x"])
        self.assertGreater(report["metrics"]["r@4"], 0.85)
        self.assertGreater(report["metrics"]["r@4"], report["metrics"]["r@2"])
        self.assertEqual(len(report["first"]), 4)
        self.assertEqual(report["left_out"], ["age (more than eleven numbers)",
                                              "gender (about people)"])
        out, _ = run("questionnaire", "--data", self.answers(), "--choose", "random")
        self.assertIn("questions  r with the full score", out)
        self.assertIn("scales by the names of items", out)
        self.assertIn("drawn at random", out)

    def test_a_file_of_scales_is_asked_for_by_name_and_what_is_wrong_is_told(self):
        scales = self.path("scales.csv", ["item,scale,key", "C1,calm,+", "C2,calm,-", "X1,x,+"])
        report = json.loads(run("questionnaire", "--data", self.answers(), "--scales", scales,
                                "--questions", "3", "--json")[0])
        self.assertEqual([scale["items"] for scale in report["scales"]], [2, 1])
        self.assertAlmostEqual(report["metrics"]["r@3"], 1, places=6)
        self.assertIn("needs --data", run("questionnaire", code=2)[1])
        wrong = self.path("wrong.csv", ["item,scale", "Z1,calm"])
        self.assertIn('wrong.csv:2: "Z1" is no item of', run(
            "questionnaire", "--data", self.answers(), "--scales", wrong, code=1)[1])
        self.assertIn("needed", run("questionnaire", "--data", self.answers("few.tsv", 20),
                                    code=1)[1])


class Concerns(InFolder):
    """Messages made of a worry and words that say nothing."""

    WORRIES = {"delivery": ["荷物がまだ届きません", "where is my parcel", "配送予定日"],
               "returns": ["返品したいです", "send these back", "交換できますか"],
               "billing": ["請求が二重です", "charged twice", "カードが使えません"]}
    FILLERS = ["お世話になります。", "hello ", "すみませんが、", "hi there ", ""]

    def messages(self, rows, seed, name=str):
        dice = random.Random(seed)
        for _ in range(rows):
            worry = dice.choice(list(self.WORRIES))
            yield (dice.choice(self.FILLERS) + dice.choice(self.WORRIES[worry])
                   + str(dice.randrange(9)), name(worry))

    def test_messages_are_told_and_the_report_says_how_it_was_measured(self):
        for name, rows, seed in (("train.csv", 200, 1), ("test.csv", 60, 2)):
            self.path(name, ["text,category"] + [f"{text},{worry}" for text, worry
                                                 in self.messages(rows, seed)])
        report = json.loads(run("concern", "--data", self.folder, "--json")[0])
        self.assertGreater(report["metrics"]["accuracy"], 0.98)
        self.assertLess(report["metrics"]["ece"], 0.1)
        self.assertNotIn("oos_recall", report["metrics"])
        self.assertEqual(report["sets"][0]["learned"], 200)
        self.assertLess(report["sets"][0]["most_frequent"], 0.6)
        out, _ = run("concern", "--data", self.folder)
        self.assertIn("ECE", out)
        self.assertIn("seed      1", out)

    def test_other_names_of_the_labels_change_nothing(self):
        reports = []
        for name in (str, lambda worry: hashlib.sha256(worry.encode()).hexdigest()):
            path = self.path("x.ndjson", [json.dumps({"text": text, "topic": worry,
                                                      "split": "dev" if i % 4 == 0 else "train"})
                                          for i, (text, worry) in
                                          enumerate(self.messages(200, 3, name))])
            reports.append(json.loads(run("concern", "--train", path, "--json")[0])["metrics"])
        self.assertEqual(reports[0]["accuracy"], reports[1]["accuracy"])

    def test_numbers_are_labels_an_empty_text_is_a_message_and_a_file_is_a_set(self):
        path = self.path("x.ndjson", [json.dumps({"text": "" if i == 0 else text,
                                                  "topic": list(self.WORRIES).index(worry),
                                                  "split": "TEST" if i % 4 == 0 else "Train"})
                                      for i, (text, worry) in enumerate(self.messages(200, 4))])
        report = json.loads(run("concern", "--data", path, "--json")[0])
        self.assertEqual(report["sets"][0]["asked"], "test")
        self.assertEqual(report["sets"][0]["asked_rows"], 50)
        self.assertGreater(report["metrics"]["accuracy"], 0.9)
        named = json.loads(run("concern", "--data", path, "--none", "2", "--json")[0])
        self.assertGreater(named["sets"][0]["asked_of_none"], 10)

    def test_a_row_without_a_label_is_named(self):
        for row in ("you,", "you, too,b"):
            path = self.path("x.csv", ["text,label", "hello,a", row])
            _, err = run("concern", "--train", path, code=1)
            self.assertIn("x.csv:3: expected a text and its label", err)


class Propensity(InFolder):
    """Rows whose outcome hangs on a number and a word."""

    def rows(self, count=1500):
        dice, rows = random.Random(5), ["time,visits,kind,outcome"]
        for i in range(count):
            visits, member = dice.randrange(10), dice.random() < 0.4
            came = dice.random() < 1 / (1 + math.exp(3 - 0.3 * visits - (1.2 if member else 0)))
            rows.append(f"{1_500_000_000 + 3600 * i},{visits},{'member' if member else 'guest'},"
                        f"{int(came)}")
        return rows

    def test_a_probability_is_learned_from_older_rows_and_shown_beside_what_came(self):
        path = self.path("rows.csv", self.rows())
        report = json.loads(run("propensity", "--data", path, "--json")[0])
        self.assertGreater(report["auc"], 0.7)
        self.assertLess(report["ece"], 0.15)
        self.assertEqual(report["older"] + report["newer"], 1500)
        out, _ = run("propensity", "--data", path)
        for word in ("AUC", "ECE", "reliability", "protocol", "seed      none"):
            self.assertIn(word, out)

    def test_a_wrong_row_is_named(self):
        path = self.path("rows.csv", self.rows(3) + ["1,2,guest,maybe"])
        _, err = run("propensity", "--data", path, code=1)
        self.assertIn("rows.csv:5: the outcome must be 0 or 1", err)


class Uplift(InFolder):
    """A trial whose first mailing moves one kind of people and whose second moves the other."""

    def rows(self, count=9000, moved=0.15):
        dice, rows = random.Random(3), ["recency,kind,segment,visit,spend"]
        for _ in range(count):
            arm, kind = dice.randrange(3), dice.randrange(2)
            chance = 0.1 + (moved if arm == kind + 1 else 0)
            rows.append(f"{dice.randrange(1, 13)},{('men', 'women')[kind]},"
                        f"{('No E-Mail', 'Mens E-Mail', 'Womens E-Mail')[arm]},"
                        f"{int(dice.random() < chance)},9.5")
        return rows

    def test_whom_a_mailing_moves_is_found_and_the_report_says_how(self):
        self.path("trial.csv", self.rows())
        report = json.loads(run("uplift", "--data", self.folder, "--json")[0])
        self.assertEqual([arm["name"] for arm in report["arms"]],
                         ["No E-Mail", "Mens E-Mail", "Womens E-Mail"])
        for arm in report["arms"][1:]:
            self.assertGreater(arm["qini"], 0.01)
        self.assertEqual(report["chosen"], "policy")
        metrics = report["metrics"]
        self.assertGreater(metrics["policyGain"], 0.03)
        self.assertGreater(metrics["chosenValue"], metrics["bestArmValue"])
        self.assertEqual(report["features"], 3)
        out, _ = run("uplift", "--data", self.folder)
        for word in ("Qini", "best arm", "chosen    the policy", "protocol", "seed      1"):
            self.assertIn(word, out)

    def test_where_nobody_is_moved_the_best_arm_is_for_everybody(self):
        path = self.path("trial.csv", self.rows(moved=0))
        report = json.loads(run("uplift", "--data", path, "--json")[0])
        self.assertEqual(report["chosen"], "bestArm")

    def test_columns_are_named_and_what_is_wrong_is_said(self):
        path = self.path("trial.csv", self.rows(600) + ["1,men,No E-Mail,perhaps,0"])
        _, err = run("uplift", "--data", path, code=1)
        self.assertIn("trial.csv:602: the outcome visit must be a number", err)
        _, err = run("uplift", "--data", path, "--outcome", "spend", "--control", "Nobody", code=1)
        self.assertIn("no row of segment is Nobody", err)
        run("uplift", "--data", path, "--outcome", "spend", "--without", "recency,visit")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
