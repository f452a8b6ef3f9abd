#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "ground/base/bytes.h"
#include "ground/base/dice.h"
#include "ground/base/hash.h"
#include "ground/base/id.h"
#include "ground/base/json.h"
#include "ground/base/result.h"
#include "ground/base/text.h"
#include "ground/base/time.h"
#include "ground/base/value.h"

using namespace aizuchi::ground;

TEST_CASE("A date is read as people and SDKs write it, and refused when it does not exist") {
  CHECK(parse_instant("1970-01-01T00:00:00Z")->ms == 0);
  CHECK(parse_instant("1970-01-02")->ms == ms_per_day);
  CHECK(parse_instant("2026-11-22T08:15:30.250Z") == parse_instant("2026-11-22T17:15:30.25+09:00"));
  CHECK(parse_instant("2017-01-28 14:06:53").has_value());
  CHECK_FALSE(parse_instant("2026-02-29").has_value());
  CHECK_FALSE(parse_instant("2026-13-01").has_value());
  CHECK_FALSE(parse_instant("yesterday").has_value());
  CHECK_FALSE(parse_instant("2026-11-22T08:15:30.Z").has_value());
  CHECK(format_instant(*parse_instant("1969-12-31T23:59:59.001Z")) == "1969-12-31T23:59:59.001Z");
}

TEST_CASE("A length of time is a number and its unit") {
  CHECK(parse_duration("730d")->ms == 730 * ms_per_day);
  CHECK(parse_duration("90m") == Duration::minutes(90));
  CHECK_FALSE(parse_duration("7").has_value());
  CHECK_FALSE(parse_duration("-1d").has_value());
  CHECK_FALSE(parse_duration("7 days").has_value());
}

TEST_CASE("SipHash gives the values of its paper") {
  Key128 key;
  for (uint8_t i = 0; i < 16; ++i) key[i] = i;
  std::string input;
  for (char i = 0; i < 15; ++i) input += i;
  CHECK(siphash(key, input) == 0xa129ca6149be45e5ULL);
  CHECK(siphash(key, "") == 0x726fdb47dd0e0e31ULL);
}

TEST_CASE("CRC-32C gives the values of RFC 3720, in one piece or in several") {
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aaU);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43U);
  CHECK(crc32c("123456789") == 0xe3069283U);
  CHECK(crc32c("") == 0);
  const std::string text = "what was entrusted must not change";
  for (size_t cut = 0; cut <= text.size(); ++cut)
    CHECK(crc32c(text.substr(cut), crc32c(text.substr(0, cut))) == crc32c(text));
}

TEST_CASE("SHA-256 and HMAC give the values of FIPS 180 and RFC 4231") {
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto keyed = [](std::string_view text) {
    Key256 key{};
    std::ranges::copy(text, key.begin());
    return key;
  };
  CHECK(hex(hmac_sha256(keyed(std::string(20, '\x0b')), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex(hmac_sha256(keyed("Jefe"), "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("A text becomes JSON the same whatever stands in it and wherever it stands") {
  for (int c = 1; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    std::string alone;  // shorter than what is looked at in one step
    append_json_string(alone, std::string(1, byte));
    const std::string escaped = alone.substr(1, alone.size() - 2);
    CHECK((escaped.size() > 1) == (c < 0x20 || c == '"' || c == '\\'));
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x'), out;
      text[at] = byte;
      append_json_string(out, text);
      CHECK(out == '"' + std::string(at, 'x') + escaped + std::string(19 - at, 'x') + '"');
    }
  }
}

TEST_CASE("base64 is read in both alphabets and refused when cut") {
  std::string out;
  CHECK(base64("Many hands") == "TWFueSBoYW5kcw==");
  CHECK((base64_decode("TWFueSBoYW5kcw", out) && out == "Many hands"));
  CHECK_FALSE(base64_decode("TWFue", out));
  CHECK_FALSE(base64_decode("TW*u", out));
}

TEST_CASE("A stored value comes back the same, and a cut one is noticed") {
  const Value value =
      Value::map({{Value("名"),
                   Value::list({Value(1), Value(-2.5), Value(true), Value(), Value(uint64_t{7})})},
                  {Value("when"), Value(Instant{1'234'567})}});
  ByteWriter out;
  encode(out, value);
  ByteReader in(out.view());
  CHECK(decode_value(in).same(value));
  CHECK(in.done());
  for (size_t cut = 0; cut < out.size(); ++cut) {
    ByteReader short_in(std::string_view(out.view()).substr(0, cut));
    decode_value(short_in);
    CHECK_FALSE(short_in.done());
  }
}

TEST_CASE("Bytes of any length are written and read; a writer that gave its bytes away is empty") {
  for (size_t length = 0; length < 300; ++length) {
    ByteWriter out;
    for (size_t i = 0; i < length; ++i) out.u8(static_cast<uint8_t>(i));
    out.text(std::string(length, 'x'));
    out.varint(~uint64_t{0} >> length % 64);
    out.be16(static_cast<uint16_t>(length));
    ByteWriter moved = std::move(out);
    CHECK(out.size() == 0);  // NOLINT(*-use-after-move,*cplusplus.Move): that is what is tested
    CHECK(out.view().empty());
    out.u8(7);
    CHECK(out.take() == "\x07");
    const std::string bytes = moved.take();
    CHECK(moved.size() == 0);
    ByteReader in(bytes);
    for (size_t i = 0; i < length; ++i) CHECK(in.u8() == static_cast<uint8_t>(i));
    CHECK(in.text() == std::string(length, 'x'));
    CHECK(in.varint() == ~uint64_t{0} >> length % 64);
    CHECK(in.be16() == length);
    CHECK(in.done());
  }
}

TEST_CASE("A moment is written as ISO text, in every year that has four digits and beyond") {
  for (const char* text :
       {"0000-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z",
        "2026-11-22T09:08:07.006Z", "9999-12-31T23:59:59.999Z"})
    CHECK(format_instant(*parse_instant(text)) == text);
  CHECK(format_instant({253'402'300'800'000}) == "10000-01-01T00:00:00.000Z");
  CHECK(format_instant({-62'167'219'200'001}).starts_with("-001-12-31T23:59"));
}

TEST_CASE("A JSON document with the same key twice is refused") {
  CHECK(parse_json(R"({"a":{"b":1,"c":2}})").has_value());
  CHECK_FALSE(parse_json(R"({"a":{"b":1,"b":2}})").has_value());
  CHECK_FALSE(parse_json("{").has_value());
  CHECK_FALSE(parse_json(std::string(100, '[') + std::string(100, ']')).has_value());
}

TEST_CASE("JSON written is JSON read") {
  JsonWriter w;
  w.object()
      .member("a", 1)
      .key("b")
      .array()
      .value("x\n\"")
      .value(2.5)
      .null()
      .end_array()
      .member("c", false)
      .end_object();
  CHECK(w.view() == R"({"a":1,"b":["x\n\"",2.5,null],"c":false})");
  CHECK(to_json(*parse_json(w.view())) == w.view());
}

TEST_CASE("A number is read as it will be read again from what is kept of it") {
  for (const char* text : {"3", "3.0", "-0.0", "1e3", "9007199254740994.0", "-1.5e15", "0.1",
                           "1e16", "1e300", "-2.5", "18446744073709551615", "-9.3e18"}) {
    INFO(text);
    const auto first = parse_json(text);
    REQUIRE(first.has_value());
    const auto again = parse_json(to_json(*first));
    CHECK(again->kind() == first->kind());
    CHECK(to_json(*again) == to_json(*first));
  }
  CHECK(parse_json("3.0")->is(Value::Kind::integer));
  CHECK(to_json(*parse_json("-0.0")) == "0");
}

TEST_CASE("A mistyped name is answered with the nearest one") {
  const std::vector<std::string> names{"recommend", "layout", "mail"};
  CHECK(nearest("recomend", names) == "recommend");
  CHECK(nearest("zzzzzz", names).empty());
}

TEST_CASE("Text is cut at a character, never inside one") {
  CHECK(shorten("珈琲", 4) == "珈…");
  CHECK(valid_utf8("珈琲"));
  CHECK_FALSE(valid_utf8("\xe7\x8f"));
  CHECK_FALSE(valid_utf8("\xc0\x80"));
}

TEST_CASE("The same seed gives the same dice") {
  SeededDice a(7), b(7), c(8);
  CHECK(a.next_128() == b.next_128());
  CHECK(a.next_u64() != c.next_u64());
}

TEST_CASE("A broken assertion tells what was asked and where, and nothing of what was met") {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::signal(SIGABRT, SIG_DFL);
    ::dup2(ends[1], STDERR_FILENO);
    const std::string person = "canary@example.com";
    AIZ_ASSERT(person.empty());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string told;
  char bytes[512];
  for (ssize_t got = 0; (got = ::read(ends[0], bytes, sizeof bytes)) > 0;)
    told.append(bytes, static_cast<size_t>(got));
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  CHECK(told.find("person.empty() is false at ") != std::string::npos);
  CHECK(told.find("base_test.cpp:") != std::string::npos);
  CHECK(told.find("canary") == std::string::npos);
}

TEST_CASE("JSON that is nested too deep is told how deep it may be") {
  const auto nested = [](size_t levels) {
    return parse_json(std::string(levels, '[') + std::string(levels, ']'), {.depth_max = 32});
  };
  CHECK(nested(31).has_value());
  CHECK(nested(32).has_value());
  const auto deep = nested(33);
  REQUIRE_FALSE(deep.has_value());
  CHECK(deep.error().code == ErrorCode::too_large);
  CHECK(deep.error().message.find("32 levels") != std::string::npos);
  CHECK_FALSE(deep.error().hint.empty());
}
