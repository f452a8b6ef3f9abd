// OFREP 0.3.0 over HTTP; its real clients are in tests/clients.
#include "serve/http/routes_probe.h"

namespace aizuchi::serve {

namespace {

std::string flags(House& house, const std::string& context, const std::string& more = "") {
  return house.ask("POST", "/ofrep/v1/evaluate/flags", R"({"context":)" + context + "}",
                   House::bearer(House::page) + more);
}
std::string flag(House& house, const std::string& name, const std::string& body,
                 std::string_view key = House::page) {
  return house.post("/ofrep/v1/evaluate/flags/" + name, body, key);
}
std::string header(const std::string& answer, const std::string& name) {
  const size_t at = answer.find(name + ": ");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  return answer.substr(begin, answer.find("\r\n", begin) - begin);
}
constexpr std::string_view somebody = R"({"targetingKey":"a-1","locale":"en"})";
const std::string known = R"({"context":{"targetingKey":"a-1","locale":"en"}})";

}  // namespace

TEST_CASE("A slot is a flag: its value is what it says, with reason, variant and why [P3]") {
  House house;
  const auto usual = parsed(flag(house, "home.hero", known));
  CHECK(text_at(usual, "key") == "home.hero");
  CHECK(text_at(usual, "value/title") == "Welcome <in>");
  CHECK(text_at(usual, "reason") == "DEFAULT");
  CHECK(text_at(usual, "variant") == "hero-default");
  for (const char* id : {"m-1", "m-2"}) house.post("/v1/track", viewed(id), House::page);
  const auto fits = parsed(flag(house, "home.hero", known));
  CHECK(text_at(fits, "value/title") == "Light roast first");
  CHECK(text_at(fits, "reason") == "TARGETING_MATCH");
  CHECK(text_at(fits, "metadata/layer") == "surface");
  CHECK(text_at(fits, "metadata/why") != "(nothing)");
  const std::string id = text_at(fits, "metadata/decisionId");
  CHECK(status_of(house.get("/v1/decisions/" + id + "/why?anonymousId=a-1", House::page)) == 200);
}

TEST_CASE("What is wrong with an evaluation is told with the flag's key and OpenFeature's code") {
  House house;
  const auto refused = [&](const std::string& name, const std::string& body, int status) {
    const std::string answer = flag(house, name, body);
    CHECK(status_of(answer) == status);
    const auto error = parsed(answer);
    CHECK(text_at(error, "key") == name);
    CHECK(text_at(error, "errorDetails") != "(nothing)");
    return text_at(error, "errorCode");
  };
  CHECK(refused("home.nope", known, 404) == "FLAG_NOT_FOUND");
  CHECK(refused("home.hero", R"({"context": {"targeting)", 400) == "PARSE_ERROR");
  CHECK(refused("home.hero", R"({"context": 7})", 400) == "INVALID_CONTEXT");
  CHECK(refused("home.hero", R"([])", 400) == "INVALID_CONTEXT");
  CHECK(refused("home.hero", R"({"context": {"targetingKey": {}}})", 400) == "INVALID_CONTEXT");
  CHECK(refused("home.hero", R"({"context": {}})", 400) == "TARGETING_KEY_MISSING");
  CHECK(status_of(flags(house, "{}")) == 400);
  CHECK(text_at(parsed(flags(house, "{}")), "errorCode") == "TARGETING_KEY_MISSING");
  CHECK(status_of(flag(house, "home.hero", known, "pk_nobody")) == 401);
}

TEST_CASE("The ETag is of the answers for a context: the same ones are not sent again") {
  House house;
  const std::string first = flags(house, std::string(somebody));
  REQUIRE(status_of(first) == 200);
  const std::string tag = header(first, "ETag");
  CHECK(tag.size() == 34);
  CHECK(text_at(parsed(first), "flags/0/key") == "home.hero");
  const std::string again = flags(house, std::string(somebody), "If-None-Match: " + tag + "\r\n");
  CHECK(status_of(again) == 304);
  CHECK(header(again, "ETag") == tag);
  const std::string other = flags(house, R"({"targetingKey":"a-2","locale":"en"})");
  CHECK(header(other, "ETag") == tag);
  const std::string japanese = flags(house, R"({"targetingKey":"a-1","locale":"ja"})");
  CHECK(header(japanese, "ETag") != tag);
  for (const char* id : {"m-1", "m-2"}) house.post("/v1/track", viewed(id), House::page);
  const std::string changed = flags(house, std::string(somebody), "If-None-Match: " + tag + "\r\n");
  CHECK(status_of(changed) == 200);
}

TEST_CASE("A page's user name is no proof: a flag says what the person's own facts say to none") {
  House house;
  const std::string told =
      R"({"type":"identify","userId":"u-1","messageId":"i-1","traits":{"size":"L"}})";
  house.post("/v1/identify", told, House::every);
  const std::string user = R"({"context":{"targetingKey":"u-1","locale":"en"}})";
  CHECK(text_at(parsed(flag(house, "home.note", user)), "value/text") == "Ask us for your size");
  CHECK(text_at(parsed(flag(house, "home.note", user, House::people)), "value/text") == "Size L");
  const auto made = parsed(house.ask("POST", "/v1/devices", "", House::bearer(House::page)));
  const std::string token = text_at(made, "deviceToken");
  const std::string device = R"({"context":{"targetingKey":")" + token + R"(","locale":"en"}})";
  CHECK(status_of(flag(house, "home.note", device)) == 200);
  CHECK(status_of(flag(house, "home.note", R"({"context":{"targetingKey":"dt_1.2"}})")) == 401);
}

TEST_CASE("The manifest lists every flag with its type and what everybody is shown") {
  House house;
  const auto manifest = parsed(house.get("/v1/flag-manifest", House::page));
  CHECK(text_at(manifest, "flags/home.hero/flagType") == "object");
  CHECK(text_at(manifest, "flags/home.hero/defaultValue/title") == "Welcome <in>");
  const auto list = parsed(house.get("/openfeature/v0/manifest", House::page));
  CHECK(text_at(list, "flags/1/key") == "home.note");
  CHECK(text_at(list, "flags/1/type") == "object");
}

TEST_CASE("A stream is opened by the address that came with the flags, and by no other") {
  House house;
  const std::string answer = flags(house, std::string(somebody));
  const std::string where = text_at(parsed(answer), "eventStreams/0/endpoint/requestUri");
  CHECK_FALSE(contains(where, "a-1"));
  CHECK(status_of(house.ask("GET", "/ofrep/v1/stream")) == 401);
  CHECK(status_of(house.ask("GET", where.substr(0, where.size() - 4) + "AAAA")) == 401);
  house.clock.advance(ground::Duration::days(31));
  CHECK(status_of(house.ask("GET", where)) == 401);
}

TEST_CASE("A watch sees what changed of its person, and of nobody else") {
  House house;
  const auto key = house.partition->check_key(House::page);
  const auto watched = [&](std::string_view device) {
    const Asking asking{.anonymous_id = std::string(device)};
    const auto watch = house.partition->watch(house.partition->watch_token(asking, *key));
    REQUIRE(watch.has_value());
    return *watch;
  };
  const auto mine = watched("a-1"), others = watched("a-2");
  CHECK(mine.seen == 0);
  house.post("/v1/track", viewed("m-1"), House::page);
  CHECK(house.partition->changes(mine) != mine.seen);
  CHECK(house.partition->changes(others) == others.seen);
  const auto now = watched("a-1");
  CHECK(house.partition->changes(now) == now.seen);
  house.ask("DELETE", "/v1/me?anonymousId=a-1", "", House::bearer(House::page));
  CHECK(house.partition->changes(now) != now.seen);
}

}  // namespace aizuchi::serve
