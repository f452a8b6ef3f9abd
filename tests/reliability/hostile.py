"""Requests that nobody honest sends, from a seed: broken framing, smuggled requests, bodies that
are too deep, too long, not JSON or not what the route takes, bombs, wrong keys, strange paths.
Each is a name and the bytes of a connection, with whether to hang up before the answer."""
import base64
import gzip
import json
import zlib

STRANGE_TEXTS = [
    "", " ", "\x00", "a" * 300, "a" * 70_000, "é" * 200, "😀" * 50, "\u202e\u2066",
    "../../etc/passwd", "' OR 1=1 --", "{{facts.job}}", "<script>alert(1)</script>", "%s%n%x",
    "${jndi:ldap://x}", "__proto__", "constructor", "NaN", "-0", "1e999", "2026-13-45T99:99:99Z",
    "null", "\ud7ff",
]
STRANGE_VALUES = STRANGE_TEXTS + [
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -2**63 - 1, 1.5, 1e308, [], {},
    [[]], [None] * 1000, {"a": {"a": {"a": {}}}}, ["x"] * 20_000,
]
STRANGE_SEGMENTS = [
    "..", ".", "%2e%2e", "%00", "%", "%zz", "%ff%fe", "a%2Fb", "a" * 4000, "%F0%9F%98%80", "*", "",
    ";x=1", "~root", "con", "-1", "0", "9" * 40, "%0d%0aX-Injected:1",
]


class Hostile:
    """`routes`: (method, path, body names) of the door; `keys`: keys that exist, by name."""

    def __init__(self, dice, routes, keys):
        self.dice, self.routes, self.keys = dice, routes, keys
        self.kinds = [self.framing, self.smuggled, self.mutated, self.not_json, self.wrong_members,
                      self.deep, self.long, self.bomb, self.encoding, self.key, self.path,
                      self.method, self.headers, self.half, self.pipeline, self.duplicate_names,
                      self.noise, self.sequence, self.twice]

    def next(self):
        """(name, bytes, hang up)"""
        kind = self.dice.choice(self.kinds)
        made = kind()
        data, hang_up = made if isinstance(made, tuple) else (made, False)
        return kind.__name__, data, hang_up

    # -- parts

    def some_route(self, with_body=True):
        return self.dice.choice([r for r in self.routes if bool(r[2]) or not with_body])

    def some_key(self):
        return self.keys[self.dice.choice(sorted(self.keys))]

    def filled(self, path, segment="anna"):
        while "{" in path:
            start = path.index("{")
            path = path[:start] + segment + path[path.index("}") + 1:]
        return path

    def request(self, method, path, body=b"", headers=(), key=None):
        lines = [f"{method} {path} HTTP/1.1", "Host: a"]
        lines += [f"Authorization: Bearer {self.some_key() if key is None else key}"]
        lines += list(headers)
        if not any(h.lower().startswith(("content-length", "transfer-encoding")) for h in headers):
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body

    def with_body(self, body, headers=()):
        method, path, _ = self.some_route()
        return self.request(method, self.filled(path), body, headers)

    # -- kinds

    def framing(self):
        body = b'{"batch":[]}'
        bad = self.dice.choice([
            "Content-Length: -1", "Content-Length: +12", "Content-Length: 12, 12",
            "Content-Length: 0x0c", "Content-Length: 12\r\nContent-Length: 13",
            "Content-Length: 99999999999999999999", "Content-Length: 18446744073709551615",
            "Content-Length: 1 2", "Content-Length:", "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: xchunked", "Transfer-Encoding: gzip",
            "Transfer-Encoding:\tchunked", "Transfer-Encoding: chunked\r\nContent-Length: 12",
            "Expect: something", "Content-Length: 12\r\n folded: yes", "Content-Length : 12",
            "Host: b\r\nContent-Length: 12", "X\x01Y: 1\r\nContent-Length: 12",
            "X: a\x00b\r\nContent-Length: 12",
        ])
        return self.with_body(body, (bad,))

    def smuggled(self):
        inner = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
        chunk = self.dice.choice([
            b"0\r\n\r\n" + inner, b"c\r\n" + b"x" * 12 + b"\r\n0\r\n\r\n" + inner,
            b"00000000000\r\n\r\n" + inner, b"-1\r\n\r\n" + inner, b"1;a=\"\n\"\r\nx\r\n0\r\n\r\n",
            b"ffffffffffffffff\r\n" + inner, b"3\nabc\n0\n\n" + inner, b"2 \r\nab\r\n0\r\n\r\n",
            b"1\r\nabc\r\n0\r\n\r\n", b"0\r\nTrailer: x\r\n\r\n" + inner, b"zz\r\n",
        ])
        head = self.dice.choice(["Transfer-Encoding: chunked",
                                 "Transfer-Encoding: chunked\r\nContent-Length: 4",
                                 "Content-Length: 4\r\nTransfer-Encoding: chunked",
                                 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"])
        return self.with_body(chunk, (head,))

    def mutated(self):
        method, path, _ = self.some_route()
        data = bytearray(self.request(method, self.filled(path), b'{"slots":["home.hero"]}'))
        for _ in range(self.dice.randrange(1, 6)):
            at = self.dice.randrange(len(data))
            change = self.dice.randrange(4)
            if change == 0:
                data[at] = self.dice.randrange(256)
            elif change == 1:
                del data[at:at + self.dice.randrange(1, 9)]
            elif change == 2:
                data[at:at] = bytes(self.dice.randrange(256) for _ in range(3))
            else:
                data[at:at] = self.dice.choice([b"\r\n", b"\n", b"\r", b"\0", b": ", b"\r\n\r\n"])
        return bytes(data)

    def not_json(self):
        return self.with_body(self.dice.choice([
            b"", b"{", b"[", b"nul", b"{]", b'{"a":}', b'"\\ud800"', b"\xff\xfe", b"{'a':1}",
            b"0x10", b'{"a":1,}', b"[1 2]", b'"\x00"', b"\xef\xbb\xbf{}", b"NaN", b"{}{}",
            b"1" * 5000, b'{"a":"\\u12"}', b"%7B%7D", b"a=b&c=d", b"<xml/>", b"-",
            b"tru\xc3", b"[" + b"," * 50,
        ]))

    def wrong_members(self):
        method, path, names = self.some_route()
        body = {}
        for name in names:
            if self.dice.random() < 0.7:
                body[name] = self.dice.choice(STRANGE_VALUES)
        if self.dice.random() < 0.3:
            body[self.dice.choice(STRANGE_TEXTS)] = 1
        given = self.dice.choice([body, [body], body, body])
        text = json.dumps(given, ensure_ascii=self.dice.random() < 0.5)
        return self.request(method, self.filled(path), text.encode("utf-8", "surrogatepass"))

    def deep(self):
        depth = self.dice.choice([33, 100, 1000, 100_000])
        opening, closing = self.dice.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
        body = opening * depth + b"1" + closing * (depth if self.dice.random() < 0.5 else 0)
        if self.dice.random() < 0.5:
            body = (b'{"type":"track","event":"x","anonymousId":"a","properties":' + body + b"}")
        return self.with_body(body[:900_000])

    def long(self):
        length = self.dice.choice([1 << 20, (1 << 20) + 1, 2 << 20, 5 << 30])
        if length > 2 << 20:
            return self.with_body(b"{", (f"Content-Length: {length}",)), True
        return self.with_body(b'{"a":"' + b"x" * (length - 8) + b'"}')

    def bomb(self):
        plain = b'{"batch":[' + b" " * self.dice.choice([1 << 20, 8 << 20]) + b"]}"
        if self.dice.random() < 0.5:
            return self.with_body(gzip.compress(plain), ("Content-Encoding: gzip",))
        return self.with_body(zlib.compress(plain), ("Content-Encoding: deflate",))

    def encoding(self):
        name = self.dice.choice(["gzip", "deflate", "br", "zstd", "gzip, gzip", "identity", "x",
                                 "gzip\r\nContent-Encoding: gzip"])
        body = self.dice.choice([b"{}", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"more",
                                 zlib.compress(b'{"a"'), b"\x1f\x8b", b"\x1f\x8b\x08" + b"\0" * 30])
        return self.with_body(body, (f"Content-Encoding: {name}",))

    def key(self):
        method, path, _ = self.some_route(with_body=False)
        real = self.some_key()
        key = self.dice.choice([real[:-1], real + "x", real.upper(), real[:8], "sk_", "pk_",
                                "x" * 9000, real[3:], "sk_" + "0" * 40, "\xff\xfe", "",
                                real + "\x00", "null"])
        method_headers = self.dice.choice([
            (), ("Authorization: Basic " + base64.b64encode(b"\xff:\xff").decode(),),
            ("X-Api-Key: " + "k" * 100,), ("Authorization: Digest x",),
            ("Origin: https://evil.example",), ("Origin: null",),
            ("Cookie: " + "a=b; " * 100,), ("X-Forwarded-For: 127.0.0.1",)])
        return self.request(method, self.filled(path), b"{}", method_headers,
                            key=key.encode().decode("latin-1"))

    def path(self):
        method, path, _ = self.some_route(with_body=False)
        segment = self.dice.choice(STRANGE_SEGMENTS)
        path = self.filled(path, segment)
        change = self.dice.randrange(4)
        if change == 0:
            path = path + "/" + segment
        elif change == 1:
            path = "/" + segment + path
        elif change == 2:
            names = self.dice.choices(["limit", "after", "anonymousId", "purpose"], k=3)
            path += "?" + "&".join(f"{n}={self.dice.choice(STRANGE_SEGMENTS)}" for n in names)
        return self.request(method, path, b"{}")

    def method(self):
        _, path, _ = self.some_route(with_body=False)
        name = self.dice.choice(["TRACE", "CONNECT", "PATCH", "OPTIONS", "PROPFIND", "get", "HEAD",
                                 "X" * 33, "G ET", "", "\x00", "POST\t", "PRI"])
        return self.request(name, self.filled(path))

    def headers(self):
        extra = self.dice.choice([
            tuple(f"X-{i}: y" for i in range(150)), ("X: " + "y" * 20_000,), ("X" * 9000 + ": y",),
            ("Accept: " + "text/html;q=0.1, " * 500,), ("Accept-Language: " + "ja;q=x," * 300,),
            ("If-None-Match: " + '"a",' * 900,), ("Connection: " + "close," * 400,),
            ("Upgrade: h2c\r\nConnection: Upgrade\r\nHTTP2-Settings: AAMAAABk",),
            ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x",),
            ("Range: bytes=0-18446744073709551615",), ("Content-Type: " + "x" * 5000,)])
        return self.with_body(b"{}", extra)

    def half(self):
        method, path, _ = self.some_route()
        data = self.request(method, self.filled(path), b'{"slots":["home.hero"]}')
        return data[:self.dice.randrange(1, len(data))], True

    def pipeline(self):
        count = self.dice.randrange(2, 40)
        good = self.request("GET", "/healthz")
        return b"".join(good if self.dice.random() < 0.7 else self.not_json() for _ in range(count))

    def duplicate_names(self):
        name = self.dice.choice(["slots", "batch", "type", "anonymousId", "writeKey", "person"])
        return self.with_body(f'{{"{name}":1,"{name}":["home.hero"],"type":"track"}}'.encode())

    def twice(self):
        """A header that may be there once: readers differ on which of two counts."""
        name = self.dice.choice(["X-Api-Key", "Authorization", "Origin", "Aizuchi-Device", "Cookie",
                                 "Content-Type", "Sec-GPC", "X-Forwarded-For", "Accept"])
        values = [self.some_key(), "https://evil.example", "dt_0.0", "a=b", "1", "10.0.0.1"]
        return self.with_body(b"{}", tuple(f"{name}: {self.dice.choice(values)}" for _ in "12"))

    def sequence(self):
        """Things that are each in order, in none: one person's life on one connection, also after
        its end."""
        number = self.dice.randrange(12)
        user, device = f"sequence-{number}", f"sequence-device-{number}"
        who = self.dice.choice([{"userId": user}, {"anonymousId": device},
                                {"userId": user, "anonymousId": device}])
        whose = "&".join(f"{name}={value}" for name, value in who.items())
        decided = "%032x" % self.dice.getrandbits(128)
        event = {"messageId": f"sequence-{self.dice.randrange(40)}", "timestamp": self.dice.choice(
            ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", None]), **who}
        steps = [("POST", "/v1/identify", {"traits": {"interest": "dark"}, **event}),
                 ("POST", "/v1/track", {"event": "Order Completed", **event}),
                 ("POST", "/v1/alias", {**event, "previousId": device, "userId": user}),
                 ("POST", "/v1/decide", {"person": who, "slots": ["home.hero", "nowhere"]}),
                 ("POST", "/v1/exposures", {"decisionId": decided, "slot": "home.hero", **who}),
                 ("POST", "/v1/outcomes", {"event": "Conversion", "decisionId": decided, **who}),
                 ("POST", f"/v1/decisions/{decided}/odd", {"slot": "home.hero", **who}),
                 ("PUT", "/v1/me/purposes/layout", {"granted": self.dice.random() < .5, **who}),
                 ("PUT", "/v1/me/pause", {"until": self.dice.choice([None, "2036-01-01"]), **who}),
                 ("PATCH", "/v1/me/facts/interest", {"value": "light", **who}),
                 ("PUT", "/v1/me/facts/interest/use", {"allowed": False, **who}),
                 ("DELETE", f"/v1/me/facts/interest?{whose}", None),
                 ("POST", f"/v1/me/stop?{whose}", None), ("GET", f"/v1/me?{whose}", None),
                 ("POST", "/v1/threads", {"kind": "inquiry", "id": "1", "text": "?", **who}),
                 ("POST", "/v1/said", {"item": "hero-default", "channel": "phone", **who}),
                 ("GET", f"/v1/me/question?{whose}", None), ("DELETE", f"/v1/me?{whose}", None)]
        key = self.keys["every"] if self.dice.random() < 0.7 else None
        return b"".join(self.request(method, path, b"" if body is None else
                                     json.dumps(body).encode(), key=key)
                        for method, path, body in self.dice.choices(steps, k=self.dice.randrange(
                            3, 14)))

    def noise(self):
        return bytes(self.dice.randrange(256) for _ in range(self.dice.randrange(1, 400)))
