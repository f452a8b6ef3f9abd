#!/usr/bin/env python3
"""Each rule of tidy.py must refuse the tree that breaks it, at the right line, and nothing else."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cpp  # noqa: E402
import tidy  # noqa: E402

FLOORS = "# the law\nground/base  words\nremember/ledger  facts\ndecide/assign  arms\n" \
         "serve/http  routes\n"
CLEAN = {
    "src/FLOORS": FLOORS,
    "src/ground/base/id.h": "#pragma once\n#include <string>\n",
    "src/remember/ledger/ledger.cpp": '#include "ground/base/id.h"\n#include <rocksdb/db.h>\n',
    "src/decide/assign/assign.cpp": '#include "ground/base/id.h"\nint arm(Clock& c) '
                                    "{ return c.time(); }\n",
    "src/serve/http/server.cpp": "#include <boost/beast.hpp>\n",
    "src/serve/http/loop.h": "#include <boost/asio.hpp>\n",
    "src/serve/http/loop.cpp": '#include "serve/http/loop.h"\n',
    "include/aizuchi/engine.h": '#include <string>\n#include "aizuchi/types.h"\n',
    "docs/promises.md": "| | promise | state |\n|---|---|---|\n"
                        "| P1 | Context | kept by the guard |\n| P2 | Substance | not yet kept |\n",
    "src/ground/base/base_test.cpp": 'TEST_CASE("a fact stays where it belongs [P1]") {}\n',
    "README.md": "# A\n", "README.ja.md": "# あ\n",
    "web/form.ts": 'input.placeholder = "https://example.com/home/x";\n',
    "tests/conformance/x/case.cpp": "// TODO of someone else  \n",
}
LONG_FUNCTION = "int f() {\n" + "  g();\n" * 69 + "}\n"

def chain(headers):
    """So many headers, each of which reads the next."""
    return {f"src/ground/base/h{i}.h": f'#include "ground/base/h{i + 1}.h"\n' if i + 1 < headers
            else "" for i in range(headers)}


# (rule, files that replace those of CLEAN, where it must be found)
BAD = [
    ("floors-folder", {"src/FLOORS": FLOORS + "speak/web  later\n"}, "src/FLOORS:6"),
    ("floors-folder", {"src/speak/chat/chat.h": "\n"}, "src/FLOORS:1"),
    ("floors-folder", {"src/FLOORS": "ground/base  again\n" + FLOORS}, "src/FLOORS:3"),
    ("floors-order", {"src/ground/base/id.h": '\n#include "serve/http/server.cpp"\n'},
     "src/ground/base/id.h:2"),
    ("floors-order", {"src/ground/base/id.h": '#include "hash.h"\n'}, "src/ground/base/id.h:1"),
    ("absence-remember", {"src/remember/ledger/ledger.h": "\n", "src/decide/assign/assign.cpp":
                          '#include "remember/ledger/ledger.h"\n'},
     "src/decide/assign/assign.cpp:1"),
    ("absence-http", {"src/ground/base/id.cpp": "#include <boost/asio.hpp>\n"},
     "src/ground/base/id.cpp:1"),
    ("absence-world", {"src/decide/assign/assign.cpp": "#include <chrono>\n"},
     "src/decide/assign/assign.cpp:1"),
    ("absence-world", {"src/decide/assign/assign.cpp": "// time(\nint a = std::time(nullptr);\n"},
     "src/decide/assign/assign.cpp:2"),
    ("absence-world", {"src/decide/assign/assign.cpp": "SystemDice dice;\n"},
     "src/decide/assign/assign.cpp:1"),
    ("public-face", {"include/aizuchi/engine.h": '#include "ground/base/id.h"\n'},
     "include/aizuchi/engine.h:1"),
    ("public-face", {"include/aizuchi/engine.h": "#include <fmt/format.h>\n"},
     "include/aizuchi/engine.h:1"),
    ("firewall", {"src/ground/base/id.h": "#include <re2/re2.h>\n"}, "src/ground/base/id.h:1"),
    ("firewall", {"src/serve/http/server.h": '#include "serve/http/loop.h"\n'},
     "src/serve/http/loop.h:1"),
    ("firewall", {"src/serve/http/loop.cpp": "\n"}, "src/serve/http/loop.h:1"),
    ("file-length", {"web/form.ts": "x;\n" * 601}, "web/form.ts:601"),
    ("function-length", {"src/ground/base/id.cpp": "\nnamespace a {\n" + LONG_FUNCTION + "}\n"},
     "src/ground/base/id.cpp:3"),
    ("function-length", {"script/x.py": "def f():\n" + "    g()\n" * 70}, "script/x.py:1"),
    ("columns", {"src/ground/base/id.h": "\n// " + "あ" * 98 + "\n"}, "src/ground/base/id.h:2"),
    # half of the engine reads much; one source of it reads very much; a face does
    ("include-budget", chain(11) | {"src/ground/base/id.h": '#include "ground/base/h0.h"\n'},
     "src/decide/assign/assign.cpp:1"),
    ("include-budget", chain(27) | {"src/ground/base/id.cpp": '#include "ground/base/h0.h"\n'},
     "src/ground/base/id.cpp:1"),
    ("include-budget", chain(51) | {"src/serve/http/server.cpp": '#include "ground/base/h0.h"\n'},
     "src/serve/http/server.cpp:1"),
    ("promise-untested", {"src/ground/base/base_test.cpp": "\n"}, "docs/promises.md:3"),
    ("promise-untested", {"docs/promises.md": "# nothing\n"}, "docs/promises.md:1"),
    ("leftover", {"src/ground/base/id.h": "// TO" "DO: later\n"}, "src/ground/base/id.h:1"),
    ("leftover", {"CMakeLists.txt": "# a st" "ub\n"}, "CMakeLists.txt:1"),
    ("leftover", {"web/form.ts": "// place" "holder text\n"}, "web/form.ts:1"),
    ("vague-name", {"src/ground/base/id.h": "class FactManager {\n"}, "src/ground/base/id.h:1"),
    ("readme-twins", {"README.ja.md": None}, "README.md:1"),
    ("readme-twins", {"README.md": None}, "README.ja.md:1"),
    ("machine-path", {"script/run": "cd /ro" "ot/x\n"}, "script/run:1"),
    ("machine-path", {"docs/a.md": "see\n`/wo" "rk/main`\n"}, "docs/a.md:2"),
    ("trailing-space", {"docs/a.md": "one\ntwo \n"}, "docs/a.md:2"),
]


def problems_of(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            if text is None:
                continue
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return tidy.check(root)


class Rules(unittest.TestCase):
    def test_a_clean_tree_is_clean(self):
        self.assertEqual([str(p) for p in problems_of(CLEAN)], [])

    def test_every_rule_refuses_the_tree_that_breaks_it(self):
        for rule, files, place in BAD:
            with self.subTest(rule=rule, place=place):
                found = problems_of(CLEAN | files)
                self.assertEqual({p.rule for p in found}, {rule}, [str(p) for p in found])
                self.assertIn(place, {f"{p.path}:{p.line}" for p in found})

    def test_every_rule_has_its_bad_tree(self):
        names = {rule.__name__.replace("_", "-") for rule in tidy.RULES}
        self.assertEqual(names, {rule for rule, _, _ in BAD})


class Scanner(unittest.TestCase):
    def test_functions_are_found_whatever_they_look_like(self):
        text = """\
template <class T>
int one(T a, std::vector<int> b = {}) {
  if (a) {
    return [&] { return 1; }();
  }
}
class Door final : public Base {
 public:
  Door(int a) : a_{a}, b_{R"(}}{)"} {
    use("{");
  }
  bool open() const { return a_ == 1'000; }  // }
  enum class State { shut, open };
  int size = int(3);
  std::vector<int> sizes{f(1), 2};
};
#define CURLY {
constexpr int table[] = {f(1), 2};
extern "C" int two(const char* s) {
  return '{' + *s;
}
"""
        self.assertEqual(cpp.functions(text), [(1, 6), (9, 3), (12, 1), (19, 3)])

    def test_strings_and_comments_keep_their_lines(self):
        self.assertEqual(cpp.without_comments('a; // b\n/* c\n*/ "d{" 1\'000\n').count("\n"), 3)
        self.assertNotIn("{", cpp.without_comments('"{" // {\n\'{\''))


if __name__ == "__main__":
    unittest.main()
