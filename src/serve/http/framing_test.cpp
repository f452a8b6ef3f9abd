#include "serve/http/framing.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>

#include "serve/http/inflate.h"
#include "serve/http/transport_intake.h"

using namespace aizuchi::serve;

namespace {

std::expected<ParsedHead, Refusal> parse(std::string_view head) {
  ParsedHead out;
  if (auto done = parse_head(head, {}, out); !done) return std::unexpected(done.error());
  return out;
}

// The head with these lines between the request line and the empty one.
std::expected<ParsedHead, Refusal> parse_lines(std::string lines,
                                               std::string_view first = "POST /v1/track HTTP/1.1") {
  static std::string head;  // the views live as long
  head = std::string(first) + "\r\n" + lines + "\r\n";
  return parse(head);
}

Refusal why(const std::expected<ParsedHead, Refusal>& parsed) {
  REQUIRE_FALSE(parsed.has_value());
  return parsed.error();
}

std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Everything an Intake makes of these bytes when they come in pieces of that size.
std::string outcome(std::string_view bytes, size_t piece, HttpLimits limits = {}) {
  Intake intake(limits);
  std::string told;
  while (true) {
    switch (intake.advance()) {
      case Intake::Step::request:
        told += std::string(intake.request().method) + " " + std::string(intake.request().path) +
                "?" + std::string(intake.request().query) + " [" +
                std::string(intake.request().body) + "]\n";
        intake.next();
        break;
      case Intake::Step::refusal:
        return told + std::string(to_string(intake.refusal()));
      case Intake::Step::send_continue:
        told += "100 ";
        break;
      case Intake::Step::read: {
        const auto room = intake.room();
        const size_t take = std::min(piece, std::min(room.size(), bytes.size()));
        if (take == 0) return told + (intake.idle() ? "end" : "cut off");
        std::ranges::copy(bytes.substr(0, take), room.begin());
        bytes.remove_prefix(take);
        intake.filled(take);
      }
    }
  }
}

}  // namespace

TEST_CASE("A request's head is read: method, path, query, headers in any case") {
  const auto head = parse_lines(
      "Host: shop.example:8080\r\ncontent-LENGTH:  12 \t\r\nX-Empty:\r\nX-Api-Key: a:b c\r\n",
      "POST /v1/track?write=1&b=?x HTTP/1.1");
  REQUIRE(head.has_value());
  CHECK(head->method == "POST");
  CHECK(head->target == "/v1/track?write=1&b=?x");
  CHECK(head->path == "/v1/track");
  CHECK(head->query == "write=1&b=?x");
  CHECK(head->content_length == 12);
  CHECK(head->keep_alive);
  CHECK(find_header(head->headers, "x-api-key") == "a:b c");
  CHECK(find_header(head->headers, "x-empty") == "");
  CHECK(find_header(head->headers, "x-api") == "");
  CHECK(head->headers.size() == 4);
}

TEST_CASE("An absolute target is taken when it names the same host, and refused otherwise") {
  const auto same = parse_lines("Host: Shop.example\r\n", "GET http://shop.EXAMPLE/a?b HTTP/1.1");
  REQUIRE(same.has_value());
  CHECK(same->path == "/a");
  CHECK(same->query == "b");
  CHECK(parse_lines("Host: a\r\n", "GET http://a HTTP/1.1")->path == "/");
  CHECK(parse_lines("Host: a\r\n", "GET http://a?q HTTP/1.1")->query == "q");
  CHECK(why(parse_lines("Host: a\r\n", "GET http://b/ HTTP/1.1")) == Refusal::bad_host);
  CHECK(why(parse_lines("Host: a\r\n", "GET http:/// HTTP/1.1")) == Refusal::bad_request_line);
  CHECK(parse_lines("Host: a\r\n", "OPTIONS * HTTP/1.1")->path == "*");
  CHECK(why(parse_lines("Host: a\r\n", "GET * HTTP/1.1")) == Refusal::bad_request_line);
}

TEST_CASE("A request line that is not exactly three words is refused") {
  for (std::string_view line : {"GET /",
                                "GET  / HTTP/1.1",
                                "GET / HTTP/1.1 ",
                                " GET / HTTP/1.1",
                                "GET /a b HTTP/1.1",
                                "GET a HTTP/1.1",
                                "G(T / HTTP/1.1",
                                "GET /\x7f HTTP/1.1",
                                "GET /\xe3\x81\x82 HTTP/1.1",
                                "GET /#x HTTP/1.1",
                                "GET /\tx HTTP/1.1",
                                "GET / http/1.1",
                                "GET / HTTP/1.1x",
                                "GET / HTTP/11",
                                "CONNECT a:80 HTTP/1.1",
                                "GET / HTTP/1.",
                                "",
                                "GET",
                                "/ HTTP/1.1",
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ / HTTP/1.1"}) {
    CAPTURE(line);
    CHECK(why(parse_lines("Host: a\r\n", line)) == Refusal::bad_request_line);
  }
  for (std::string_view line : {"GET / HTTP/2.0", "GET / HTTP/0.9", "GET / HTTP/1.2"}) {
    CHECK(why(parse_lines("Host: a\r\n", line)) == Refusal::unknown_version);
  }
}

TEST_CASE("A body whose length two readers could see differently is refused") {
  for (std::string_view lines : {"Content-Length: 5\r\nContent-Length: 5\r\n",
                                 "Content-Length: 5\r\nContent-Length: 6\r\n",
                                 "Content-Length: +5\r\n",
                                 "Content-Length: -5\r\n",
                                 "Content-Length: 5, 5\r\n",
                                 "Content-Length: 0x5\r\n",
                                 "Content-Length: 5 5\r\n",
                                 "Content-Length:\r\n",
                                 "Content-Length: 99999999999999999999\r\n",
                                 "Transfer-Encoding: gzip\r\n",
                                 "Transfer-Encoding: xchunked\r\n",
                                 "Transfer-Encoding: chunked, identity\r\n",
                                 "Transfer-Encoding: identity, chunked\r\n",
                                 "Transfer-Encoding: chunked, chunked\r\n",
                                 "Transfer-Encoding: \"chunked\"\r\n",
                                 "Transfer-Encoding:\r\n",
                                 "Transfer-Encoding: chunked;q=1\r\n",
                                 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                 "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
                                 "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                                 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                 "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                                 "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"}) {
    CAPTURE(lines);
    CHECK(why(parse_lines("Host: a\r\n" + std::string(lines))) == Refusal::bad_framing);
    CHECK(why(parse_lines(std::string(lines) + "Host: a\r\n")) == Refusal::bad_framing);
  }
  CHECK(why(parse_lines("Host: a\r\nTransfer-Encoding: chunked\r\n", "POST / HTTP/1.0")) ==
        Refusal::bad_framing);
  CHECK(parse_lines("Host: a\r\nTransfer-Encoding: Chunked\r\n")->chunked);
  CHECK(parse_lines("Host: a\r\nContent-Length: 000\r\n")->content_length == 0);
}

TEST_CASE("A header line that is not plainly name, colon, value is refused") {
  using namespace std::string_literals;
  for (const std::string& line : {"Content-Length : 5\r\n"s,
                                  " X: 1\r\n"s,
                                  "X: 1\r\n 2\r\n"s,
                                  "X: 1\r\n\t2\r\n"s,
                                  "X\r\n"s,
                                  ": 1\r\n"s,
                                  "X: a\0b\r\n"s,
                                  "X: a\rb\r\n"s,
                                  "X: \x7f\r\n"s,
                                  "X: \x1b[1m\r\n"s,
                                  "X\0: a\r\n"s,
                                  "X(: a\r\n"s,
                                  "\xe3\x81\x82: a\r\n"s,
                                  "X: a\n"s,
                                  "Authorization: a\r\nauthorization: b\r\n"s,
                                  "X-Api-Key: a\r\nx-api-key: b\r\n"s,
                                  "Origin: https://a\r\nORIGIN: https://b\r\n"s,
                                  "Aizuchi-Device: a\r\nAizuchi-Device: b\r\n"s,
                                  "Content-Type: a/b\r\nContent-Type: c/d\r\n"s,
                                  "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"s}) {
    CAPTURE(line);
    CHECK(why(parse_lines("Host: a\r\n" + line)) == Refusal::bad_header);
  }
  CHECK(parse_lines("Host: a\r\nX: \xe3\x81\x82 \t b\r\n").has_value());
}

TEST_CASE("Exactly one valid Host is needed") {
  for (std::string_view lines :
       {"", "Host:\r\n", "Host: a\r\nHost: a\r\n", "Host: a\r\nHOST: b\r\n", "Host: a b\r\n",
        "Host: a/b\r\n", "Host: u@a\r\n", "Host: a,b@\r\n", "Host: \xe3\x81\x82\r\n",
        "Hosts: a\r\n"}) {
    CAPTURE(lines);
    CHECK(why(parse_lines(std::string(lines))) == Refusal::bad_host);
  }
  CHECK(parse_lines("Host: [::1]:8080\r\n").has_value());
  CHECK(why(parse_lines("", "GET / HTTP/1.0")) == Refusal::bad_host);
}

TEST_CASE("Keeping the connection follows the version and the Connection header") {
  const auto keeps = [](std::string_view connection, std::string_view first) {
    return parse_lines("Host: a\r\n" + std::string(connection), first)->keep_alive;
  };
  CHECK(keeps("", "GET / HTTP/1.1"));
  CHECK_FALSE(keeps("", "GET / HTTP/1.0"));
  CHECK(keeps("Connection: Keep-Alive\r\n", "GET / HTTP/1.0"));
  CHECK_FALSE(keeps("Connection: Close\r\n", "GET / HTTP/1.1"));
  CHECK_FALSE(keeps("Connection: te ,, close\r\n", "GET / HTTP/1.1"));
  CHECK_FALSE(keeps("Connection: keep-alive\r\nConnection: close\r\n", "GET / HTTP/1.1"));
  CHECK(keeps("Connection: closed\r\n", "GET / HTTP/1.1"));
}

TEST_CASE("Expectations other than 100-continue are refused, and HTTP/1.0 has none") {
  CHECK(parse_lines("Host: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n")->expect_continue);
  CHECK(why(parse_lines("Host: a\r\nExpect: cookies\r\n")) == Refusal::unknown_expectation);
  CHECK_FALSE(
      parse_lines("Host: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", "POST / HTTP/1.0")
          ->expect_continue);
  CHECK(why(parse_lines("Host: a\r\n", "POST / HTTP/1.0")) == Refusal::length_required);
  CHECK(parse_lines("Host: a\r\n", "POST / HTTP/1.1").has_value());
}

TEST_CASE("Whatever pieces a request comes in, the same is understood") {
  const std::string good =
      "\r\nPOST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y;z\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n"
      "GET /d HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string expected = "POST /a?b [hello]\nPOST /c? [abc0123456789]\nGET /d? []\nend";
  for (size_t piece = 1; piece <= good.size(); ++piece) {
    CAPTURE(piece);
    CHECK(outcome(good, piece) == expected);
  }
  // Cut at every byte, it is never taken for more than what came whole.
  for (size_t cut = 0; cut < good.size(); ++cut) {
    const auto told = outcome(std::string_view(good).substr(0, cut), 7);
    CAPTURE(cut);
    CHECK((told.ends_with("end") || told.ends_with("cut off")));
    CHECK(expected.starts_with(told.substr(0, told.rfind('\n') + 1)));
  }
}

TEST_CASE("A bare line feed is refused as soon as it comes, not at the timeout") {
  CHECK(outcome("GET / HTTP/1.1\n", 99) == "bad_request_line");
  CHECK(outcome("GET / HTTP/1.1\r\nHost: a\n", 1) == "bad_header");
  CHECK(outcome("GET / HTTP/1.1\r\n\n", 1) == "bad_header");
  CHECK(outcome("\n", 1) == "bad_request_line");
  CHECK(outcome("\r\n\r\n", 1) == "bad_request_line");
  CHECK(outcome("\x16\x03\x01", 1) == "bad_request_line");  // TLS
  CHECK(outcome("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 3) == "unknown_version");
}

TEST_CASE("Chunks that are not plain hexadecimal sizes and exact bytes are refused") {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::string_view body : {"0x5\r\nAAAAA\r\n0\r\n\r\n",
                                "5;a\nAAAAA\r\n0\r\n\r\n",
                                "5\nAAAAA\r\n0\r\n\r\n",
                                " 5\r\nAAAAA\r\n",
                                "5 \r\nAAAAA\r\n",
                                "+5\r\nAAAAA\r\n",
                                "-1\r\n",
                                "\r\n",
                                ";a\r\n",
                                "5\r\nAAAAAA\r\n",
                                "5\r\nAAAAA0\r\n\r\n",
                                "5\r\nAAAAA\n0\r\n\r\n",
                                "000000005\r\nAAAAA\r\n",
                                "FFFFFFFFFFFFFFFF\r\n",
                                "g\r\n",
                                "5;\x01\r\nAAAAA\r\n",
                                "0\r\nX: 1\r\n\r\n",
                                "0\r\n X: 1\r\n\r\n",
                                "0\r\nX: 1\n\r\n",
                                "5;a\rb\r\n",
                                "5;\r\n",
                                "5;a=\r\n",
                                "5; a\r\n",
                                "5;a=\"b;\"\r\n",
                                "5;\xbd\r\n"}) {
    for (size_t piece : {1, 2, 1000}) {
      CAPTURE(body);
      CHECK(outcome(head + std::string(body), piece) == "bad_chunk");
    }
  }
  CHECK(outcome(head + "1;" + std::string(300, 'a'), 1000) == "bad_chunk");
}

TEST_CASE("The limits hold to the byte: headers, body, chunks together") {
  HttpLimits limits{.header_bytes_max = 64, .headers_max = 3, .body_bytes_max = 20};
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";  // 28 bytes
  const auto sized = [&](size_t bytes) {
    return start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n";
  };
  for (size_t piece : {1, 1000}) {
    CHECK(outcome(sized(64), piece, limits) == "GET /? []\nend");
    CHECK(outcome(sized(65), piece, limits) == "header_too_large");
    CHECK(outcome("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:\r\n\r\n", piece, limits) ==
          "header_too_large");
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    const auto with_length = [&](size_t bytes) {
      return post + "Content-Length: " + std::to_string(bytes) + "\r\n\r\n" +
             std::string(bytes, 'b');
    };
    CHECK(outcome(with_length(20), piece, limits).ends_with("end"));
    CHECK(outcome(with_length(21), piece, limits) == "body_too_large");
    const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
    limits.header_bytes_max = 80;
    CHECK(outcome(chunked + "a\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", piece, limits)
              .ends_with("end"));
    CHECK(outcome(chunked + "a\r\n0123456789\r\nb\r\n", piece, limits) == "body_too_large");
    limits.header_bytes_max = 64;
  }
}

TEST_CASE("A large body arrives whole, in place or apart, with bytes to spare after it") {
  for (size_t size : {0u, 1u, 16'000u, 20'400u, 20'480u, 20'500u, 70'000u, 300'000u, 1'048'576u}) {
    std::string body(size, 'x');
    for (size_t i = 0; i < size; i += 97) body[i] = static_cast<char>('a' + i % 26);
    const std::string head =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    const std::string after = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
    CAPTURE(size);
    CHECK(outcome(head + body + after, 5000) == "POST /? [" + body + "]\nGET /next? []\nend");
    Intake intake({});
    bool padded = false;
    for (std::string bytes = head + body; !padded;) {
      if (intake.advance() == Intake::Step::request) {
        padded = true;
        unsigned sum = 0;
        for (size_t i = 0; i < body_padding_bytes; ++i) {
          sum += static_cast<unsigned char>(intake.request().body.data()[size + i]);
        }
        CHECK(sum <= 255 * body_padding_bytes);  // readable: the sanitizer is the judge
        break;
      }
      const auto room = intake.room();
      const size_t take = std::min(room.size(), bytes.size());
      REQUIRE(take > 0);
      std::copy_n(bytes.data(), take, room.data());
      bytes.erase(0, take);
      intake.filled(take);
    }
  }
}

TEST_CASE("100 Continue is said once, only when the body has not begun to come") {
  const std::string head =
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  CHECK(outcome(head + "hello", head.size()) == "100 POST /? [hello]\nend");
  CHECK(outcome(head + "hello", 1) == "100 POST /? [hello]\nend");
  CHECK(outcome(head + "hello", 999) == "POST /? [hello]\nend");
  CHECK(outcome("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n"
                "\r\n",
                999) == "body_too_large");
}

TEST_CASE("Gzip and deflate bodies are decompressed, with or without the zlib header") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "{\"event\":\"" + std::to_string(i * 7919) + "\"}";
  std::string out;
  for (auto [encoding, bits] : {std::pair{BodyEncoding::gzip, 31},
                                {BodyEncoding::deflate, 15},
                                {BodyEncoding::deflate, -15}}) {
    for (std::string_view part :
         {std::string_view(text), std::string_view("x"), std::string_view("")}) {
      const auto compressed = deflated(part, bits);
      REQUIRE(inflate_body(encoding, compressed, {}, out).has_value());
      CHECK(out == part);
      // Cut short anywhere, or with a byte after it, it is refused.
      for (size_t cut = 0; cut < compressed.size(); cut += 1 + compressed.size() / 50) {
        CHECK(
            inflate_body(encoding, std::string_view(compressed).substr(0, cut), {}, out).error() ==
            Refusal::bad_body_encoding);
      }
      CHECK(inflate_body(encoding, compressed + "x", {}, out).error() ==
            Refusal::bad_body_encoding);
    }
  }
  auto corrupt = deflated(text, 31);
  corrupt[corrupt.size() / 2] ^= 0x55;
  CHECK_FALSE(inflate_body(BodyEncoding::gzip, corrupt, {}, out).has_value());
  CHECK(inflate_body(BodyEncoding::gzip, text, {}, out).error() == Refusal::bad_body_encoding);
}

TEST_CASE("A decompression bomb is stopped at the limit, or at a ratio no honest body has") {
  std::string out;
  const auto bomb = deflated(std::string(50'000'000, '0'), 31);
  CHECK(bomb.size() < 100'000);
  CHECK(inflate_body(BodyEncoding::gzip, bomb, {}, out).error() == Refusal::inflated_too_large);
  CHECK(out.capacity() < 4'000'000);
  const auto within = deflated(std::string(900'000, '0'), 31);
  CHECK(inflate_body(BodyEncoding::gzip, within, {}, out).error() == Refusal::inflated_too_large);
  CHECK(inflate_body(BodyEncoding::gzip, within, {.inflate_ratio_max = 2000}, out).has_value());
  std::string exact(1024 * 1024, ' ');
  for (size_t i = 0; i < exact.size(); ++i) exact[i] = static_cast<char>(i * i >> 7);
  CHECK(inflate_body(BodyEncoding::gzip, deflated(exact, 31), {}, out).has_value());
  CHECK(out == exact);
  CHECK(inflate_body(BodyEncoding::gzip, deflated(exact + "x", 31), {}, out).error() ==
        Refusal::inflated_too_large);
}

TEST_CASE("Only gzip, deflate and identity are known encodings") {
  CHECK(parse_body_encoding("GZIP") == BodyEncoding::gzip);
  CHECK(parse_body_encoding("x-gzip") == BodyEncoding::gzip);
  CHECK(parse_body_encoding("") == BodyEncoding::identity);
  CHECK_FALSE(parse_body_encoding("br").has_value());
  CHECK_FALSE(parse_body_encoding("gzip, gzip").has_value());
}

TEST_CASE("Every refusal has its own word, a status, a sentence and a hint") {
  for (size_t i = 0; i < refusal_count; ++i) {
    const auto reason = static_cast<Refusal>(i);
    const auto answer = refusal_answer(reason, {});
    CAPTURE(to_string(reason));
    CHECK(to_string(reason) != "unknown");
    CHECK(answer.status >= 400);
    CHECK(answer.body.starts_with("{\"error\":{\"code\":\""));
    CHECK(answer.body.find("\"hint\":\"") != std::string::npos);
    CHECK(answer.body.find('/' + std::string("work")) == std::string::npos);
  }
  CHECK(refusal_answer(Refusal::body_too_large, {.body_bytes_max = 777}).body.find("777") !=
        std::string::npos);
}

TEST_CASE("An answer that would not be valid HTTP is not written") {
  std::string out;
  const HeadContext context{.date = "now"};
  CHECK(append_head(out, {.body = "{}"}, context));
  const std::string kept =
      "Date: now\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";
  const std::string safe =
      kept + "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
  CHECK(out == "HTTP/1.1 200 OK\r\n" + safe +
                   "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n");
  out.clear();
  CHECK(append_head(out, {.status = 304, .headers = {{"ETag", "\"a\""}}}, context));
  CHECK(out == "HTTP/1.1 304 Not Modified\r\n" + safe + "ETag: \"a\"\r\n\r\n");
  out.clear();
  // A page's own word stands once, in the place of the usual one.
  CHECK(append_head(out, {.status = 204, .headers = {{"Content-Security-Policy", "own"}}},
                    {.date = "now", .only_tls = true}));
  CHECK(out == "HTTP/1.1 204 No Content\r\n" + kept +
                   "Strict-Transport-Security: max-age=31536000\r\n"
                   "Content-Security-Policy: own\r\n\r\n");
  out.clear();
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"Location", "/a\r\nSet-Cookie: x"},
                                                        {"A b", "c"},
                                                        {"", "c"},
                                                        {"X", std::string(1, '\0')},
                                                        {"Content-Length", "5"},
                                                        {"transfer-encoding", "chunked"},
                                                        {"Connection", "close"}}) {
    CAPTURE(name);
    CHECK_FALSE(append_head(out, {.headers = {{name, text}}}, context));
  }
  CHECK_FALSE(append_head(out, {.status = 100}, context));
  CHECK_FALSE(append_head(out, {.status = 1000}, context));
  CHECK_FALSE(append_head(out, {.content_type = "a\nb"}, context));
  CHECK(out.empty());
}
