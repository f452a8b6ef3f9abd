#include "remember/identity/test_token.h"
#include "serve/http/routes_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

struct SignedHouse : House {
  SignedHouse() { REQUIRE(partition->trust_key("HS256", "k1", remember::test_secret).has_value()); }
  std::string token(std::string_view sub, std::string_view jti = "t-1") {
    return remember::hs256_token(remember::claims_of(sub, clock.now().ms / 1000, "", "test", jti));
  }
  // As a page sends it whose key is in X-Api-Key.
  static std::string with(std::string_view token) {
    return bearer(token) + "X-Api-Key: " + std::string(page) + "\r\n";
  }
};

std::string events_of(House& house, std::string_view user) {
  const auto answer =
      parsed(house.get("/v1/people/" + std::string(user) + "/events", House::people));
  const ground::Value* events = answer.find("events");
  return events == nullptr ? "none" : std::to_string(events->as_list().size());
}

}  // namespace

TEST_CASE("A person token comes as a Bearer credential or in the body, beside the page's key") {
  SignedHouse house;
  const std::string token = house.token("u-1");
  const std::string in_body = R"({"batch":[)" + viewed("m1") + "],\"token\":\"" + token + "\"}";
  CHECK(status_of(house.post("/v1/batch", in_body, House::page)) == 200);
  CHECK(status_of(house.ask("POST", "/v1/track", viewed("m2"), SignedHouse::with(token))) == 200);
  const std::string keyed = R"({"writeKey":"pk_page_key","batch":[)" + viewed("m3") + "]}";
  CHECK(status_of(house.ask("POST", "/v1/batch", keyed, House::bearer(token))) == 200);
  CHECK(events_of(house, "u-1") == "3");
  const auto single = viewed("m4");
  CHECK(status_of(house.post("/v1/t",
                             single.substr(0, single.size() - 1) + ",\"token\":\"" + token + "\"}",
                             House::page)) == 200);
  const std::string kept = house.get("/v1/people/u-1/events", House::people);
  CHECK(contains(kept, "m4"));
  CHECK(!contains(kept, token));  // a credential is not kept
  const auto answer = parsed(
      house.post("/v1/decide", R"({"person":{"token":")" + token + R"("},"slots":["home.hero"]})",
                 House::page));
  CHECK(text_at(answer, "slots/home.hero/items/0/content/title") == "Light roast first");
  const std::string id = text_at(answer, "decisionId");
  CHECK(status_of(house.ask("GET", "/v1/decisions/" + id + "/why", "", SignedHouse::with(token))) ==
        200);
  CHECK(status_of(house.get("/v1/decisions/" + id + "/why?userId=u-1", House::page)) == 404);
  CHECK(status_of(house.ask("GET", "/v1/decisions/" + id + "/why", "",
                            SignedHouse::with(house.token("u-2")))) == 404);
}

TEST_CASE("A token that breaks a rule is refused with the rule, and nothing of it is said") {
  SignedHouse house;
  const std::string token = house.token("canary");
  house.clock.advance(ground::Duration::minutes(12));
  for (const auto& answer :
       {house.post("/v1/decide", R"({"person":{"token":")" + token + R"("},"slots":["home.hero"]})",
                   House::page),
        house.ask("POST", "/v1/track", viewed("m1"), SignedHouse::with(token)),
        house.ask("GET", "/v1/me/purposes", "", SignedHouse::with(token)),
        house.ask("PUT", "/v1/me/purposes/recommend", R"({"granted":true})",
                  SignedHouse::with(token))}) {
    CHECK(status_of(answer) == 401);
    CHECK(contains(text_at(parsed(answer), "error/message"), "it has expired"));
    CHECK(!contains(answer, "canary"));
    CHECK(!contains(answer, token.substr(40, 20)));
  }
  CHECK(status_of(house.ask("GET", "/v1/me/purposes", "", House::bearer(house.token("u")))) == 401);
}

TEST_CASE("A person who is signed in speaks for themself about purposes, on every device [P11]") {
  SignedHouse house;
  const std::string headers = SignedHouse::with(house.token("u-1"));
  CHECK(status_of(house.ask("PUT", "/v1/me/purposes/recommend", R"({"granted":true})", headers)) ==
        200);
  const auto standing = [&](const std::string& target, const std::string& by) {
    return text_at(parsed(house.ask("GET", target, "", by)), "purposes/1/standing");
  };
  CHECK(standing("/v1/me/purposes", SignedHouse::with(house.token("u-1", "t-2"))) == "granted");
  CHECK(standing("/v1/me/purposes?userId=u-1", House::bearer(House::every)) == "granted");
  CHECK(standing("/v1/me/purposes", SignedHouse::with(house.token("u-2"))) == "none");
  CHECK(status_of(house.get("/v1/me/purposes?userId=u-1", House::page)) == 400);
}

TEST_CASE("Keys for person tokens are trusted, listed without their text, and revoked") {
  House house;
  const std::string secret = R"("material":")" + std::string(remember::test_secret) + "\"";
  const auto made = house.post("/admin/api/keys",
                               R"({"kind":"person","algorithm":"HS256","kid":"k9",)" + secret + "}",
                               House::every);
  CHECK(status_of(made) == 201);
  CHECK(text_at(parsed(made), "kind") == "person");
  CHECK(!contains(made, remember::test_secret));
  const auto listed = house.get("/admin/api/keys", House::every);
  CHECK(contains(listed, R"({"id":"k9","kind":"person","algorithm":"HS256",)"));
  CHECK(!contains(listed, remember::test_secret));
  const auto wrong = house.post(
      "/admin/api/keys", R"({"kind":"person","algorithm":"ES256",)" + secret + "}", House::every);
  CHECK(status_of(wrong) == 400);
  CHECK(contains(wrong, "P-256"));
  CHECK(status_of(house.post("/admin/api/keys", R"({"kind":"person"})", House::people)) == 403);
  CHECK(status_of(house.ask("DELETE", "/admin/api/keys/k9", "", House::bearer(House::every))) ==
        204);
  CHECK(!contains(house.get("/admin/api/keys", House::every), "k9"));
}

TEST_CASE("A page gets an id for its device with a token, and uses it by header or in the body") {
  SignedHouse house;
  const auto made = house.ask("POST", "/v1/devices", "", House::bearer(House::page));
  CHECK(status_of(made) == 201);
  const std::string id = text_at(parsed(made), "anonymousId");
  const std::string token = text_at(parsed(made), "deviceToken");
  CHECK(status_of(house.post("/v1/devices", R"({"writeKey":"pk_page_key"})", "")) == 201);
  CHECK(status_of(house.ask("POST", "/v1/devices", "")) == 401);
  const std::string with_device = House::bearer(House::page) + "Aizuchi-Device: " + token + "\r\n";
  const std::string anonymous = R"({"type":"track","event":"Product Viewed","messageId":"m1",)"
                                R"("properties":{"category":"light-roast"}})";
  CHECK(status_of(house.ask("POST", "/v1/track", anonymous, with_device)) == 200);
  CHECK(status_of(house.post("/v1/track", viewed("m2", id), House::page)) == 400);
  const std::string in_body =
      R"({"batch":[)" + viewed("m3", id) + "],\"deviceToken\":\"" + token + "\"}";
  CHECK(status_of(house.post("/v1/batch", in_body, House::page)) == 200);
  const auto ask = [&](const std::string& person) {
    const auto answer = house.post(
        "/v1/decide", "{\"person\":" + person + ",\"slots\":[\"home.hero\"]}", House::page);
    REQUIRE(status_of(answer) == 200);
    return text_at(parsed(answer), "slots/home.hero/items/0/id");
  };
  CHECK(ask(R"({"deviceToken":")" + token + "\"}") == "hero-light");
  CHECK(ask(R"({"anonymousId":")" + id + "\"}") == "hero-default");
  const auto kept = house.get("/v1/people/" + id + "/events?kind=anonymousId", House::people);
  CHECK(!contains(kept, token));
  const std::string wrong = House::bearer(House::page) + "Aizuchi-Device: dt_1.2\r\n";
  CHECK(status_of(house.ask("GET", "/v1/me/purposes", "", wrong)) == 401);
  CHECK(status_of(house.ask("GET", "/v1/me/purposes", "", with_device)) == 200);
}

TEST_CASE("Whether an id is known shows in no answer to a page: status, headers and shape alike") {
  SignedHouse house;
  house.post("/v1/track",
             R"({"type":"track","event":"Product Viewed","userId":"known",)"
             R"("anonymousId":"d-known","messageId":"m0"})",
             House::every);
  const auto made = house.post(
      "/v1/decide", R"({"person":{"userId":"known"},"slots":["home.hero"]})", House::people);
  const std::string theirs = text_at(parsed(made), "decisionId");
  const std::string nobodys = std::string(theirs.size(), '0');
  // Ids differ by nature, and so do moments.
  const auto shape = [&](std::string answer) {
    for (const char* name : {"\"decisionId\":\"", "Aizuchi-Decision: ", "Date: "})
      for (size_t at = answer.find(name); at != std::string::npos; at = answer.find(name, at)) {
        at += std::string_view(name).size();
        answer.erase(at, answer.find_first_of("\"\r", at) - at);
      }
    return answer;
  };
  const auto alike = [&](std::string_view method, const std::string& target,
                         const std::string& other, const std::string& body = "",
                         const std::string& other_body = "") {
    const std::string headers = House::bearer(House::page);
    const std::string known = house.ask(method, target, body, headers);
    const std::string unknown = house.ask(method, other, other_body, headers);
    CHECK_MESSAGE(shape(known) == shape(unknown), target);
  };
  const auto claim = [](std::string_view user) {
    return R"({"person":{"userId":")" + std::string(user) +
           R"("},"slots":["home.hero"],"explain":"person"})";
  };
  alike("POST", "/v1/decide", "/v1/decide", claim("known"), claim("nobody"));
  const auto event = [](std::string_view user, std::string_view message) {
    return R"({"event":"Product Viewed","messageId":")" + std::string(message) + R"(","userId":")" +
           std::string(user) + "\"}";
  };
  alike("POST", "/v1/track", "/v1/track", event("known", "m1"), event("nobody", "m2"));
  alike("GET", "/v1/decisions/" + theirs + "/why?userId=known",
        "/v1/decisions/" + nobodys + "/why?userId=nobody");
  alike("GET", "/v1/decisions/" + theirs + "/why?anonymousId=d-2",
        "/v1/decisions/" + theirs + "/why?anonymousId=d-known-not");
  alike("GET", "/v1/me/purposes?userId=known", "/v1/me/purposes?userId=nobody");
  alike("GET", "/v1/people/known", "/v1/people/nobody");
  alike("DELETE", "/v1/me?userId=known", "/v1/me?userId=nobody");
}
