#include "serve/http/limits.h"

#include <doctest/doctest.h>

#include "remember/identity/test_token.h"
#include "serve/http/routes_probe.h"

namespace aizuchi::serve {
namespace {

constexpr int64_t second_us = 1'000'000;

NetAddress address(std::string_view text) {
  const auto read = parse_net_address(text);
  REQUIRE_MESSAGE(read.has_value(), text);
  return *read;
}

// Whom a request of `peer` with these headers comes from.
ground::Result<NetAddress> client(const TrustedProxies& proxies, std::string_view peer,
                                  const std::vector<HeaderField>& headers) {
  Request request;
  request.peer = peer;
  request.headers = headers;
  return proxies.client_of(request);
}

TrustedProxies proxies(const std::vector<std::string>& ranges) {
  auto read = TrustedProxies::parse(ranges);
  REQUIRE(read.has_value());
  return *std::move(read);
}

}  // namespace

TEST_CASE("A meter lets a burst through, then so many a second, and says how long to wait") {
  ground::Meter meter;
  const ground::Rate rate{.per_second = 2, .burst = 4};
  for (int i = 0; i < 4; ++i) CHECK(meter.take(rate, 1, 0).ms == 0);
  CHECK(meter.take(rate, 1, 0).ms == 500);
  CHECK(meter.take(rate, 2, 0).ms == 1000);
  CHECK(meter.until(rate, 1, second_us / 2).ms == 0);
  CHECK(meter.take(rate, 1, second_us / 2).ms == 0);
  CHECK(meter.take(rate, 1, second_us / 2).ms == 500);
  // Rested long enough, all of the burst is back, and no more.
  for (int i = 0; i < 4; ++i) CHECK(meter.take(rate, 1, 100 * second_us).ms == 0);
  CHECK(meter.take(rate, 1, 100 * second_us).ms > 0);
  // What is larger than the burst does not wait for ever.
  CHECK(meter.take(rate, 1000, 200 * second_us).ms == 0);
  CHECK(meter.take({}, 1000, 200 * second_us).ms == 0);
}

TEST_CASE(
    "A million who ask are held in the same few bytes, and forget nobody who asks too often") {
  ground::SeededDice dice{3};
  Limits limits({.address = {.per_second = 1, .burst = 100}}, dice);
  for (int i = 0; i < 100; ++i) CHECK(limits.take(Limits::Of::address, "often", 1, i).ms == 0);
  CHECK(limits.take(Limits::Of::address, "often", 1, 100).ms > 0);
  int let_in = 0;
  for (int i = 0; i < 1'000'000; ++i)
    let_in += limits.take(Limits::Of::address, std::to_string(i), 1, 200).ms == 0 ? 1 : 0;
  CHECK(let_in == 1'000'000);
  CHECK(limits.take(Limits::Of::address, "often", 1, 300).ms > 0);
  CHECK(limits.refused(Limits::Of::address) == 2);
  CHECK(limits.refused(Limits::Of::person) == 0);
  CHECK(limits.take(Limits::Of::person, "anyone", 1'000'000, 0).ms == 0);  // without a limit
}

TEST_CASE("Addresses are read with and without ports, and IPv6 by its first 64 bits") {
  CHECK(address("192.0.2.1") == address("192.0.2.1:443"));
  CHECK(address("192.0.2.1") == address("::ffff:192.0.2.1"));
  CHECK(address("2001:db8::1") == address("[2001:db8::1]:443"));
  CHECK(address("2001:db8::1").subscriber() == address("2001:db8:0:0:9::7").subscriber());
  CHECK(address("2001:db8::1").subscriber() != address("2001:db8:0:1::1").subscriber());
  CHECK(address("192.0.2.1").subscriber() != address("192.0.2.2").subscriber());
  CHECK(address("127.8.0.1").is_this_machine());
  CHECK(address("::1").is_this_machine());
  CHECK(!address("128.0.0.1").is_this_machine());
  for (const char* wrong :
       {"", "unknown", "1.2.3", "1.2.3.4.5", "[", "[::1", "_hidden", "1.2.3.4,"})
    CHECK(!parse_net_address(wrong).has_value());
}

TEST_CASE("A forwarded address is believed from a named proxy only, and the nearest one") {
  const auto two = proxies({"10.0.0.0/8", "2001:db8::/32"});
  const auto of = [&](std::string_view peer, const std::vector<HeaderField>& headers) {
    const auto found = client(two, peer, headers);
    REQUIRE(found.has_value());
    return *found;
  };
  const HeaderField said{"X-Forwarded-For", "198.51.100.7, 203.0.113.9"};
  CHECK(of("192.0.2.1", {said}) == address("192.0.2.1"));
  CHECK(of("10.1.2.3", {}) == address("10.1.2.3"));
  // What is further away than the first stranger was written by the stranger.
  CHECK(of("10.1.2.3", {said}) == address("203.0.113.9"));
  CHECK(of("10.1.2.3", {said, {"x-forwarded-for", "10.9.9.9"}}) == address("203.0.113.9"));
  CHECK(of("2001:db8::9", {{"Forwarded", "for=unknown, For=\"[2001:d00::7]:80\";proto=https"}}) ==
        address("2001:d00::7"));
  CHECK(of("10.1.2.3", {{"X-Forwarded-For", "unknown"}}) == address("10.1.2.3"));
  CHECK(of("10.1.2.3", {said, {"Forwarded", "for=203.0.113.9"}}) == address("203.0.113.9"));
  CHECK(!client(two, "10.1.2.3", {said, {"Forwarded", "for=203.0.113.8"}}).has_value());
  CHECK(client(proxies({}), "10.1.2.3", {said}) == address("10.1.2.3"));
  CHECK(client(proxies({"10.1.2.3"}), "10.1.2.4", {said}) == address("10.1.2.4"));
  for (const char* wrong : {"", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/", "shop.example",
                            "10.0.0.0/-1", "10.0.0.1:80", "[::1]/64", "::1/129"})
    CHECK_MESSAGE(!TrustedProxies::parse({wrong}).has_value(), wrong);
}

TEST_CASE("Whoever asks too often is told when to come again, and no one else is") {
  LimitOptions options;
  options.address = {.per_second = 1, .burst = 3};
  options.proxies = proxies({"127.0.0.1"});
  House house(Door::both, probe_brand(), options);
  const auto from = [&](std::string_view client, std::string_view key) {
    return house.ask("POST", "/v1/track", viewed("m-1"),
                     House::bearer(key) + "X-Forwarded-For: " + std::string(client) + "\r\n");
  };
  for (int i = 0; i < 3; ++i) CHECK(status_of(from("192.0.2.1", House::page)) == 200);
  const auto refused = from("192.0.2.1", House::page);
  CHECK(status_of(refused) == 429);
  CHECK(contains(refused, "Retry-After: 1\r\n"));
  CHECK(contains(refused, "Access-Control-Allow-Origin"));
  CHECK(text_at(parsed(refused), "error/code") == "busy");
  CHECK(!contains(refused, "192.0.2.1"));
  CHECK(status_of(from("192.0.2.2", House::page)) == 200);
  // Neither a server's key nor a load balancer's question is of an address.
  for (int i = 0; i < 5; ++i) CHECK(status_of(from("192.0.2.1", House::ingest)) == 200);
  for (int i = 0; i < 5; ++i)
    CHECK(status_of(house.ask("GET", "/healthz", "", "X-Forwarded-For: 192.0.2.1\r\n")) == 200);
  // Guessing keys, or naming none, is.
  for (int i = 0; i < 3; ++i) CHECK(status_of(from("192.0.2.3", "sk_guessed_key")) == 401);
  CHECK(status_of(from("192.0.2.3", "sk_guessed_key")) == 429);
  CHECK(status_of(house.ask("GET", "/openapi.json", "", "X-Forwarded-For: 192.0.2.3\r\n")) == 429);
  // So is what is not there, and what asks for no key, with a key or without.
  for (const char* path : {"/nothing/here", "/v1/projects/pk_guess/settings", "/me", "/u/ml_guess"})
    for (const char* key : {"", "X-Api-Key: x\r\n"})
      CHECK_MESSAGE(
          status_of(house.ask("GET", path, "",
                              std::string(key) + "X-Forwarded-For: 192.0.2.3\r\n")) == 429,
          path);
  // This machine itself is not: without a named proxy that is whom a proxy's clients look like.
  for (int i = 0; i < 5; ++i) CHECK(status_of(from("127.0.0.1", House::page)) == 200);
  house.clock.advance(ground::Duration{1000});
  CHECK(status_of(from("192.0.2.1", House::page)) == 200);
  const auto metrics = house.get("/metrics", "");
  CHECK(contains(metrics, "aizuchi_http_limited_total{of=\"address\"} 11"));
}

TEST_CASE("A device has its own allowance of events and questions, and a key its own of requests") {
  LimitOptions options;
  options.person = {.per_second = 1, .burst = 4};
  House house(Door::both, probe_brand(), options);
  const auto decide = [&](std::string_view who, std::string_view key) {
    return status_of(house.post(
        "/v1/decide",
        R"({"person":{"anonymousId":")" + std::string(who) + R"("},"slots":["home.hero"]})", key));
  };
  const std::string three =
      R"({"batch":[)" + viewed("m-1") + "," + viewed("m-2") + "," + viewed("m-3") + "]}";
  CHECK(status_of(house.post("/v1/batch", three, House::page)) == 200);
  CHECK(decide("a-1", House::page) == 200);
  CHECK(decide("a-1", House::page) == 429);
  const auto refused = house.post("/v1/batch", three, House::page);
  CHECK(status_of(refused) == 429);
  CHECK(contains(refused, "Retry-After: 3\r\n"));
  CHECK(decide("a-2", House::page) == 200);
  for (int i = 0; i < 9; ++i) CHECK(decide("a-1", House::people) == 200);

  std::string text;
  house.there([&] {
    auto made = house.partition->create_key(false, "web", {});
    text = made->text;
    REQUIRE(house.partition->limit_key(made->key.id, 2)->per_second == 2);
    CHECK(!house.partition->limit_key("nothing", 2).has_value());
  });
  int let_in = 0;
  for (int i = 0; i < 30; ++i) let_in += decide("b-" + std::to_string(i), text) == 200 ? 1 : 0;
  CHECK(let_in == 20);
}

TEST_CASE("Nobody uses up another's allowance by a name alone, and a token names who is counted") {
  LimitOptions options;
  options.person = {.per_second = 1, .burst = 4};
  House house(Door::both, probe_brand(), options);
  REQUIRE(house.partition->trust_key("HS256", "k1", remember::test_secret).has_value());
  const auto minted = [&] { return parsed(house.post("/v1/devices", "", House::page)); };
  const auto mine = minted(), other = minted();
  const auto track = [&](std::string_view who) {
    static int serial = 0;
    return status_of(house.post("/v1/track",
                                R"({"type":"track","event":"Product Viewed","messageId":"n-)" +
                                    std::to_string(++serial) + "\"," + std::string(who) + "}",
                                House::page));
  };
  const std::string id = text_at(mine, "anonymousId");
  const auto device = [](const ground::Value& of) {
    return R"("deviceToken":")" + text_at(of, "deviceToken") + "\"";
  };
  const std::string token =
      R"("token":")" +
      remember::hs256_token(remember::claims_of("u-1", house.clock.now().ms / 1000)) + "\"";
  // Whoever knows an id asks in its name until they are told to wait.
  for (int i = 0; i < 9; ++i) {
    track(R"("anonymousId":")" + id + "\"");
    track(R"("userId":"u-1")");
  }
  CHECK(track(R"("userId":"u-1")") == 429);
  // The device itself and the person have all of their own left, and each their own.
  for (int i = 0; i < 4; ++i) CHECK(track(device(mine)) == 200);
  CHECK(track(device(mine)) == 429);
  for (int i = 0; i < 4; ++i) CHECK(track(device(other)) == 200);
  for (int i = 0; i < 4; ++i) CHECK(track(token) == 200);
  CHECK(track(token) == 429);
  // The person's own side counts too.
  for (const char* path : {"/v1/me", "/v1/me/export", "/v1/me/purposes", "/v1/me/question",
                           "/v1/decisions/00000000000000000000000000000000/why"})
    CHECK_MESSAGE(status_of(house.ask("GET", path, "",
                                      House::bearer(House::page) + "Aizuchi-Device: " +
                                          text_at(mine, "deviceToken") + "\r\n")) == 429,
                  path);
}

TEST_CASE(
    "Under pressure operators give way to events, events to decisions, and no decision fails") {
  House house;
  const std::string question =
      R"({"person":{"anonymousId":"a-1"},"slots":["home.hero"],"explain":"person",)"
      R"("events":[)" +
      viewed("m-2") + "]}";
  const std::string flag = R"({"context":{"targetingKey":"a-1"}})";
  const auto statuses = [&] {
    return std::vector<int>{
        status_of(house.get("/healthz", "")),
        status_of(house.get("/metrics", "")),
        status_of(house.get("/admin/api/versions", House::every)),
        status_of(house.get("/v1/people/u-1/events", House::people)),
        status_of(house.post("/v1/track", viewed("m-1"), House::page)),
        status_of(house.get("/v1/me/purposes?anonymousId=a-1", House::page)),
        status_of(house.post("/v1/decide", question, House::page)),
        status_of(house.post("/ofrep/v1/evaluate/flags/home.hero", flag, House::page)),
        status_of(house.post("/ofrep/v1/evaluate/flags", flag, House::page)),
    };
  };
  const std::vector<int> usual = {200, 200, 200, 404, 200, 200, 200, 200, 200};
  CHECK(statuses() == usual);
  house.shed = Shed::admin;
  CHECK(statuses() == std::vector<int>{200, 200, 429, 429, 200, 200, 200, 200, 200});
  house.shed = Shed::ingest;
  CHECK(statuses() == std::vector<int>{200, 200, 429, 429, 429, 429, 200, 200, 200});
  house.shed = Shed::decisions;
  CHECK(statuses() == std::vector<int>{200, 200, 429, 429, 429, 429, 200, 200, 200});
  const auto refused = house.post("/v1/track", viewed("m-3"), House::page);
  CHECK(contains(refused, "Retry-After: 1\r\n"));
  CHECK(text_at(parsed(refused), "error/code") == "busy");
  const auto given_up = parsed(house.post("/v1/decide", question, House::page));
  CHECK(text_at(given_up, "slots/home.hero/reason") == "shed");
  CHECK(text_at(given_up, "slots/home.hero/items/0/id") == "hero-default");
  CHECK(text_at(given_up, "events") == "(nothing)");
  const auto flags = parsed(house.post("/ofrep/v1/evaluate/flags", flag, House::page));
  CHECK(text_at(flags, "flags/0/reason") == "SHED");
  CHECK(text_at(flags, "flags/0/variant") == "hero-default");
  CHECK(text_at(flags, "eventStreams") == "(nothing)");
  const std::string why =
      "/v1/decisions/" + text_at(given_up, "decisionId") + "/why?anonymousId=a-1";
  // Who may not ask at all is still told so, and so is who asks wrongly.
  CHECK(status_of(house.post("/v1/decide", question, "pk_nobody_knows")) == 401);
  CHECK(status_of(house.post("/v1/decide", "{}", House::page)) == 400);
  CHECK(contains(house.get("/metrics", ""), "aizuchi_http_shed_total{of=\"decisions\"} 7"));
  CHECK(contains(house.get("/metrics", ""), "aizuchi_slots_default_total{reason=\"shed\"} 7"));
  house.shed = Shed::nothing;
  CHECK(status_of(house.get(why, House::page)) == 404);
  CHECK(statuses() == usual);
}

TEST_CASE("A key is made with a limit over HTTP, which is listed with it") {
  House house;
  const auto made =
      house.post("/admin/api/keys", R"({"kind":"public","source":"web","limit":7})", House::every);
  CHECK(status_of(made) == 201);
  CHECK(text_at(parsed(made), "about/limit") == "7");
  CHECK(contains(house.get("/admin/api/keys", House::every), "\"limit\":7"));
  for (const char* wrong : {"0", "-1", "1.5", "\"7\"", "1000001"})
    CHECK(status_of(
              house.post("/admin/api/keys",
                         R"({"kind":"public","source":"web","limit":)" + std::string(wrong) + "}",
                         House::every)) == 400);
}

TEST_CASE("A page's key brings in no more new people than it may; those known are not held up") {
  House house(Door::both, probe_brand(), {}, {.per_second = 1, .burst = 2});
  const auto track = [&](std::string_view message, std::string_view who, std::string_view key) {
    return status_of(house.post("/v1/track", viewed(message, who), key));
  };
  CHECK(track("m-1", "a-1", House::page) == 200);
  CHECK(track("m-2", "a-1", House::page) == 200);
  CHECK(track("m-3", "a-2", House::page) == 200);
  CHECK(track("m-4", "a-3", House::page) == 429);
  CHECK(track("m-6", "a-2", House::page) == 200);
  CHECK(track("m-5", "a-4", House::ingest) == 200);
  house.clock.advance(ground::Duration{1000});
  CHECK(track("m-4", "a-3", House::page) == 200);
  CHECK(contains(house.get("/metrics", ""), "aizuchi_newcomers_refused_total 1"));
}

}  // namespace aizuchi::serve
