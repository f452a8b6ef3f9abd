#!/usr/bin/env python3
"""The tab key in real shells. Usage: completion_test.py AIZUCHI; a shell that is not installed is
skipped."""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

AIZUCHI = os.path.abspath(sys.argv[1])


def script(shell):
    return subprocess.run([AIZUCHI, "completion", shell], capture_output=True, text=True,
                          check=True).stdout


class Tab(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aizuchi-tab-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.symlink(AIZUCHI, os.path.join(self.folder, "aizuchi"))
        os.makedirs(os.path.join(self.folder, "here", "my-brand"))
        with open(os.path.join(self.folder, "here", "rows.csv"), "w", encoding="utf-8"):
            pass
        self.env = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}",
                    "HOME": self.folder, "TERM": "dumb"}
        self.path = os.path.join(self.folder, "script")

    def run_shell(self, *command):
        return subprocess.run(command, capture_output=True, text=True, check=True, env=self.env,
                              cwd=os.path.join(self.folder, "here"), timeout=30).stdout.split("\n")

    @unittest.skipUnless(shutil.which("bash"), "bash is not installed")
    def test_bash_completes_commands_options_values_and_paths(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(script("bash"))

        def complete(*words):
            listed = " ".join(f"'{word}'" for word in ("aizuchi", *words))
            out = self.run_shell("bash", "--norc", "-c",
                                 f"source {self.path}; complete -p aizuchi >/dev/null || exit 1; "
                                 f"compopt() {{ :; }}; COMP_WORDS=({listed}); "
                                 f"COMP_CWORD={len(words)}; _aizuchi; "
                                 "printf '%s\\n' \"${COMPREPLY[@]}\"")
            return [word for word in out if word]
        self.assertEqual(complete("ser"), ["serve"])
        self.assertEqual(complete("keys", "cr"), ["create"])
        self.assertIn("--prune", complete("apply", "brand", "--p"))
        self.assertEqual(complete("sheet", "export", "d", "f", "--encoding", "c"), ["cp932"])
        self.assertEqual(complete("decide", "--explain", "=", "o"), ["operator"])
        self.assertEqual(complete("check", "my"), ["my-brand"])
        self.assertEqual(complete("import", "ro"), ["rows.csv"])

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes_commands_options_values_and_paths(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(script("fish"))

        def complete(line):
            out = self.run_shell("fish", "--no-config", "-c",
                                 f"source {self.path}; complete -C '{line}'")
            return [word.split("\t")[0] for word in out if word]
        self.assertEqual(complete("aizuchi ser"), ["serve"])
        self.assertEqual(complete("aizuchi keys cr"), ["create"])
        self.assertIn("--prune", complete("aizuchi apply brand --p"))
        self.assertEqual(complete("aizuchi sheet export d f --encoding c"), ["cp932"])
        self.assertEqual(complete("aizuchi check my"), ["my-brand/"])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes_commands_options_values_and_paths(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(script("zsh"))
        shell, terminal = pty.fork()
        if shell == 0:
            os.chdir(os.path.join(self.folder, "here"))
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.env)
        self.addCleanup(os.waitpid, shell, 0)
        self.addCleanup(os.close, terminal)

        def typed(keys, until):
            os.write(terminal, keys.encode())
            seen, end = "", time.monotonic() + 30
            while until not in seen and time.monotonic() < end:
                if select.select([terminal], [], [], 0.2)[0]:
                    seen += os.read(terminal, 65536).decode(errors="replace")
            self.assertIn(until, seen)
        typed("PS1=; autoload -Uz compinit && compinit -u -D && "
              f"source {self.path} && print re''ady\n", "ready")
        for keys, whole in (("aizuchi ser", "serve "), ("aizuchi keys cr", "create "),
                            ("aizuchi apply brand --pr", "--prune "),
                            ("aizuchi sheet export d f --encoding c", "cp932 "),
                            ("aizuchi check my", "my-brand/")):
            typed(keys + "\t", whole.removeprefix(keys.split()[-1]))
            typed("\x15print ne''xt\n", "next")
        os.write(terminal, b"exit\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
