// To be forgotten, asked for over HTTP: who may, and what is left.
#include "ground/store/signature.h"
#include "remember/identity/test_token.h"
#include "serve/http/routes_probe.h"

namespace aizuchi::serve {

namespace {

// A house whose people can prove who they are, from a page whose key is in X-Api-Key.
struct SignedHouse : House {
  SignedHouse() { REQUIRE(partition->trust_key("HS256", "k1", remember::test_secret).has_value()); }
  std::string token(std::string_view sub) {
    return remember::hs256_token(remember::claims_of(sub, clock.now().ms / 1000, "", "test", "t"));
  }
  static std::string with(std::string_view token) {
    return bearer(token) + "X-Api-Key: " + std::string(page) + "\r\n";
  }
};

bool has_status(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

std::string erase(House& house, std::string_view target, std::string_view key) {
  return house.ask("DELETE", target, "", House::bearer(key));
}

}  // namespace

TEST_CASE("A device forgets itself; the receipt is signed with the key that the server publishes") {
  House house;
  REQUIRE(has_status(house.post("/v1/track", viewed("m-1"), House::page), 200));
  REQUIRE(has_status(house.get("/v1/people/a-1?kind=anonymousId", House::people), 200));
  const std::string answer = erase(house, "/v1/me?anonymousId=a-1", House::page);
  REQUIRE(has_status(answer, 200));
  const ground::Value receipt = parsed(answer);
  CHECK(text_at(receipt, "receipt/people") == "1");
  CHECK(has_status(house.get("/v1/people/a-1?kind=anonymousId", House::people), 404));

  const ground::Value keys = parsed(house.ask("GET", "/.well-known/jwks.json"));
  std::string key;
  REQUIRE(ground::base64_decode(text_at(keys, "keys/0/x"), key));
  CHECK(ground::open_jws(key, text_at(receipt, "jws")).has_value());
}

TEST_CASE("A server forgets a user with the scope privacy, and with no other") {
  House house;
  const std::string event =
      R"({"type":"track","event":"Product Viewed","messageId":"m-1","userId":"u/1"})";
  REQUIRE(has_status(house.post("/v1/track", event, House::every), 200));
  CHECK(has_status(erase(house, "/v1/people/u%2F1", House::people), 403));
  CHECK(has_status(erase(house, "/v1/people/u%2F1", House::page), 403));
  CHECK(has_status(erase(house, "/v1/people/u%2F1", ""), 401));
  CHECK(has_status(house.get("/v1/people/u%2F1", House::people), 200));
  CHECK(has_status(erase(house, "/v1/people/u%2F1?kind=name", House::every), 400));
  const std::string answer = erase(house, "/v1/people/u%2F1", House::every);
  REQUIRE(has_status(answer, 200));
  CHECK(text_at(parsed(answer), "receipt/people") == "1");
  CHECK(has_status(house.get("/v1/people/u%2F1", House::people), 404));
  const std::string again = erase(house, "/v1/me?userId=u/1", House::every);
  CHECK(text_at(parsed(again), "receipt/people") == "0");
}

TEST_CASE(
    "Whoever is proven by a person token forgets themselves and nobody else on their device") {
  SignedHouse house;
  const std::string token = house.token("u-1");
  REQUIRE(has_status(house.ask("POST", "/v1/track", viewed("m-1"), SignedHouse::with(token)), 200));
  const std::string other =
      R"({"type":"page","messageId":"m-2","userId":"u-2","anonymousId":"shared"})";
  REQUIRE(has_status(house.post("/v1/page", other, House::every), 200));
  const std::string target = "/v1/me?anonymousId=shared";
  CHECK(has_status(erase(house, target, House::page), 403));
  const std::string answer = house.ask("DELETE", target, "", SignedHouse::with(token));
  REQUIRE(has_status(answer, 200));
  CHECK(text_at(parsed(answer), "receipt/people") == "1");
  CHECK(has_status(house.get("/v1/people/u-1", House::people), 404));
  CHECK(has_status(house.get("/v1/people/u-2", House::people), 200));
}

TEST_CASE("A page names no user, and whoever names nobody is told so") {
  House house;
  CHECK(has_status(erase(house, "/v1/me?userId=u-1", House::page), 400));
  CHECK(has_status(erase(house, "/v1/me", House::page), 400));
  CHECK(has_status(erase(house, "/v1/me?userId=u-1", House::people), 403));
}

TEST_CASE("A decision of an erased person answers erased to a server, and nothing to a page") {
  House house;
  REQUIRE(has_status(house.post("/v1/track", viewed("m-1"), House::page), 200));
  const std::string decided = house.post(
      "/v1/decide", R"({"person":{"anonymousId":"a-1"},"slots":["home.hero"]})", House::page);
  const std::string why = "/v1/decisions/" + text_at(parsed(decided), "decisionId") + "/why";
  REQUIRE(has_status(house.get(why, House::every), 200));
  REQUIRE(has_status(erase(house, "/v1/me?anonymousId=a-1", House::page), 200));
  const std::string answer = house.get(why, House::every);
  CHECK(has_status(answer, 410));
  CHECK(text_at(parsed(answer), "error/code") == "erased");
  CHECK(has_status(house.get(why + "?anonymousId=a-1", House::page), 404));
}

}  // namespace aizuchi::serve
