"""A server of its own for a reliability test: a fresh data directory, a brand, its keys."""
import http.client
import json
import os
import signal
import subprocess
import time


class Refused(Exception):
    """An answer that is not 2xx."""


class Server:
    def __init__(self, aizuchi, brand, folder):
        self.aizuchi, self.brand = aizuchi, brand
        self.data = os.path.join(folder, "data")
        self.process = None
        self.host = self.admin = ""
        self.run("apply", brand, "--data", self.data)
        self.page = self.key("--public")
        self.shop = self.key("--secret", "--scopes", "ingest,decide,people,privacy,brand,admin")

    def key(self, *kind):
        return self.run("keys", "create", "--source", "web", *kind, "--data", self.data).strip()

    def run(self, *args, code=0):
        """stdout of a command whose exit code must be the given one."""
        done = subprocess.run([self.aizuchi, *args], capture_output=True, text=True, check=False,
                              timeout=600)
        if done.returncode != code:
            raise AssertionError(f"aizuchi {' '.join(args)}: exit {done.returncode}, not {code}\n"
                                 f"{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, *options):
        """Seconds until the server answers that it is ready."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [self.aizuchi, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--admin",
             "127.0.0.1:0", "--json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the server did not start: {self.process.communicate()[1]}")
        urls = json.loads(line)
        self.host = urls["url"][len("http://"):]
        self.admin = urls["admin"][len("http://"):]
        self.ask(self.connect(), "GET", "/readyz")
        return time.monotonic() - began

    def connect(self, admin=False):
        return http.client.HTTPConnection(self.admin if admin else self.host, timeout=180)

    @staticmethod
    def ask(connection, method, path, key="", body=None, tries=10):
        """The answer's JSON. 429 is waited out as Retry-After says, as clients do."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        for left in reversed(range(tries)):
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 429 or left == 0:
                break
            time.sleep(min(float(answer.headers["Retry-After"]), 5))
        if answer.status // 100 != 2:
            raise Refused(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def kill(self):
        """As a power switch would, but for what the kernel has: no handler runs."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise AssertionError(f"the server ended with {self.process.returncode}")
        self.process.communicate()
