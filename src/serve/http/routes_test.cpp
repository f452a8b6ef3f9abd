#include <set>

#include "serve/http/routes_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

std::string batch(std::string_view events) {
  return "{\"batch\":[" + std::string(events) + "]}";
}

std::string decide_body(std::string_view more = "", std::string_view slot = "home.hero") {
  return R"({"person":{"anonymousId":"a-1"},"slots":[")" + std::string(slot) + "\"]" +
         std::string(more) + "}";
}

std::string title_of(const std::string& answer) {
  return text_at(parsed(answer), "slots/home.hero/items/0/content/title");
}

}  // namespace

TEST_CASE("An event is taken by every name that Segment's clients use for it") {
  House house;
  int n = 0;
  for (const char* path : {"batch", "import", "b"}) {
    const auto answer = house.post(std::string("/v1/") + path,
                                   batch(viewed("m" + std::to_string(++n))), House::page);
    CHECK(status_of(answer) == 200);
    CHECK(text_at(parsed(answer), "accepted") == "1");
  }
  for (const char* path :
       {"track", "identify", "page", "screen", "group", "alias", "t", "i", "p", "s", "g", "a"}) {
    const std::string body = R"({"event":"Product Viewed","anonymousId":"a-1","userId":"u-1",)"
                             R"("groupId":"g-1","previousId":"a-1","messageId":"n)" +
                             std::to_string(++n) + "\"}";
    const auto answer = house.post(std::string("/v1/") + path, body, House::page);
    CHECK_MESSAGE(status_of(answer) == 200, path);
    CHECK(text_at(parsed(answer), "success") == "true");
    CHECK(text_at(parsed(answer), "accepted") == "1");
  }
  CHECK(status_of(house.ask("POST", "/v1/m", "{}")) == 200);
  CHECK(house.partition->counters().events_accepted == static_cast<uint64_t>(n));
}

TEST_CASE("A key is taken from Basic, Bearer, X-Api-Key or the body, whatever the Content-Type") {
  House house;
  const auto with = [&](const std::string& headers, const std::string& body) {
    return status_of(house.ask("POST", "/v1/batch", body, headers));
  };
  CHECK(with(House::basic(House::page), batch(viewed("m1"))) == 200);
  CHECK(with(House::bearer(House::page), batch(viewed("m2"))) == 200);
  CHECK(with("X-Api-Key: pk_page_key\r\n", batch(viewed("m3"))) == 200);
  const std::string keyed = R"({"writeKey":"pk_page_key","batch":[)" + viewed("m4") + "]}";
  CHECK(with("Content-Type: text/plain\r\n", keyed) == 200);
  CHECK(with("Content-Type: application/x-www-form-urlencoded\r\n", keyed) == 200);
  CHECK(with("", batch(viewed("m5"))) == 401);
  CHECK(with(House::basic("pk_nobody_has"), keyed) == 401);
  CHECK(with("", R"({"writeKey":"pk_nobody_has","batch":[]})") == 401);
  CHECK(with("Authorization: Basic !!!\r\n", batch(viewed("m6"))) == 401);
  CHECK(contains(house.ask("POST", "/v1/batch", "{}", House::bearer("x")), "WWW-Authenticate"));
}

TEST_CASE("An event that was sent twice is acknowledged twice and stored once") {
  House house;
  const std::string body = batch(viewed("m1") + "," + viewed("m1") + "," + viewed("m2"));
  const auto first = parsed(house.post("/v1/batch", body, House::page));
  CHECK(text_at(first, "accepted") == "2");
  CHECK(text_at(first, "duplicates") == "1");
  CHECK(text_at(parsed(house.post("/v1/batch", body, House::page)), "duplicates") == "3");
  const auto found =
      parsed(house.post("/v1/events:find", R"({"messageIds":["m1","m2","m3"]})", House::people));
  REQUIRE(found.find("events")->as_list().size() == 2);
  CHECK(text_at(found, "events/0/event/event") == "Product Viewed");
}

TEST_CASE("Events that can never be kept are refused with 400, one among good ones is named") {
  House house;
  const auto all =
      house.post("/v1/batch", batch(R"({"type":"track"},{"type":"what"})"), House::page);
  CHECK(status_of(all) == 400);
  CHECK(text_at(parsed(all), "error/code") == "invalid");
  CHECK(parsed(all).find("refused")->as_list().size() == 2);
  const auto some = house.post(
      "/v1/batch", batch(viewed("m1") + R"(,{"type":"what","userId":"u"})"), House::page);
  CHECK(status_of(some) == 200);
  CHECK(text_at(parsed(some), "refused/0/index") == "1");
  CHECK(status_of(house.post("/v1/batch", "{", House::page)) == 400);
  CHECK(status_of(house.post("/v1/batch", R"({"batch":1})", House::page)) == 400);
  CHECK(status_of(house.post("/v1/batch", R"({"a":1,"a":2})", House::page)) == 400);
  CHECK(status_of(house.post("/v1/batch", batch(""), House::page)) == 200);
  std::string many;
  for (int i = 0; i < 5001; ++i) many += (i == 0 ? "1" : ",1");
  CHECK(status_of(house.post("/v1/batch", batch(many), House::page)) == 413);
  CHECK(status_of(house.post("/v1/batch", std::string(1024 * 1024 + 1, ' '), House::page)) == 413);
}

TEST_CASE("Without a published brand folder, events are kept by their senders: 503, Retry-After") {
  House house(Door::both, {});
  REQUIRE(house.partition->register_key("pk_early_bird", false, "web", {}).has_value());
  const auto answer = house.post("/v1/batch", batch(viewed("m1")), "pk_early_bird");
  CHECK(status_of(answer) == 503);
  CHECK(contains(answer, "\r\nRetry-After: 5\r\n"));
  const auto ready = house.ask("GET", "/readyz");
  CHECK(status_of(ready) == 503);
  CHECK(status_of(house.ask("GET", "/healthz")) == 200);
  const auto decision = house.post("/v1/decide", decide_body(), "pk_early_bird");
  CHECK(status_of(decision) == 200);
}

TEST_CASE("Analytics-next finds its settings under the public key, and under no other") {
  House house;
  const auto answer = house.ask("GET", "/v1/projects/pk_page_key/settings");
  CHECK(status_of(answer) == 200);
  CHECK(text_at(parsed(answer), "integrations/Segment.io/apiKey") == "pk_page_key");
  CHECK(status_of(house.ask("GET", "/v1/projects/pk_no/settings")) == 404);
  CHECK(status_of(house.ask("GET", "/v1/projects/sk_everything/settings")) == 404);
  CHECK(status_of(house.ask("GET", "/v1/projects/%zz/settings")) == 404);
}

TEST_CASE("An event in the question is part of its decision, and of every later one") {
  House house;
  CHECK(title_of(house.post("/v1/decide", decide_body(), House::page)) == "Welcome <in>");
  const std::string events = R"(,"events":[)" + viewed("m1") + "," + viewed("m2") + "]";
  const auto fresh = house.post("/v1/decide", decide_body(events), House::page);
  CHECK(title_of(fresh) == "Light roast first");
  CHECK(contains(fresh, "\r\nCache-Control: private, no-store\r\n"));
  CHECK(contains(fresh, "\r\nAizuchi-Decision: "));
  CHECK(title_of(house.post("/v1/decide", decide_body(), House::page)) == "Light roast first");
  const auto japanese =
      house.post("/v1/decide", decide_body(R"(,"context":{"locale":"ja-JP"})"), House::page);
  CHECK(title_of(japanese) == "浅煎りから");
}

TEST_CASE("What a page shows of a fact is escaped in a fragment and plain in JSON") {
  House house;
  const std::string trait = R"({"type":"identify","messageId":"m1","anonymousId":"a-1",)"
                            R"("traits":{"size":"<script>alert('x')</script>"}})";
  REQUIRE(status_of(house.post("/v1/identify", trait, House::page)) == 200);
  const std::string html = "Accept: text/html\r\n" + House::bearer(House::page);
  const auto fragment = house.ask("POST", "/v1/decide", decide_body("", "home.note"), html);
  CHECK(contains(fragment, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
  CHECK(contains(fragment, "Size &lt;script&gt;"));
  CHECK_FALSE(contains(fragment, "<script>"));
  const auto plain = house.ask("POST", "/v1/decide", decide_body(), html);
  CHECK(contains(plain, "<span data-field=\"title\">Welcome &lt;in&gt;</span>"));
  const auto json = house.post("/v1/decide", decide_body("", "home.note"), House::page);
  CHECK(text_at(parsed(json), "slots/home.note/items/0/content/text") ==
        "Size <script>alert('x')</script>");
  const auto two = house.ask("POST", "/v1/decide", R"({"slots":["home.hero","home.note"]})", html);
  CHECK(contains(two, "\r\nContent-Type: application/json\r\n"));
}

TEST_CASE("A question that is not well-formed is told what is wrong and what was meant") {
  House house;
  const auto refused = [&](const std::string& body, std::string_view says) {
    const auto answer = house.post("/v1/decide", body, House::page);
    CHECK_MESSAGE(status_of(answer) == 400, body);
    CHECK_MESSAGE(contains(answer, says), answer);
  };
  refused(R"({"slot":["home.hero"]})", "Did you mean \\\"slots\\\"?");
  refused(R"({"person":{"anonymousID":"a"},"slots":["home.hero"]})", "anonymousId");
  refused("{}", "slots");
  refused(R"({"slots":[]})", "slots");
  refused(R"({"slots":[1]})", "not a text");
  refused(R"({"slots":["home.hero"],"mode":"replay"})", "preview");
  refused(R"({"slots":["home.hero"],"explain":"all"})", "operator");
  refused(R"({"slots":["home.hero"],"context":[]})", "object");
  refused(R"({"slots":["home.hero"],"events":{}})", "list");
  refused(R"({"slots":["home.hero"],"person":{"assurance":"A9"}})", "assurance");
  refused("[]", "object");
  std::string slots = "\"s\"";
  for (int i = 0; i < 50; ++i) slots += ",\"s" + std::to_string(i) + "\"";
  refused("{\"slots\":[" + slots + "]}", "50");
  CHECK(status_of(house.post("/v1/decide", R"({"slots":["no.such"]})", House::page)) == 200);
  CHECK(status_of(house.post("/v1/decide", decide_body(), House::ingest)) == 403);
  CHECK(status_of(house.post("/v1/decide", decide_body(R"(,"explain":"operator")"), House::page)) ==
        403);
}

TEST_CASE(
    "Why is told to the one it was decided for; to all others there is no such decision [P3]") {
  House house;
  const auto decision = house.post("/v1/decide", decide_body(), House::page);
  const std::string id = text_at(parsed(decision), "decisionId");
  const std::string path = "/v1/decisions/" + id + "/why";
  CHECK(status_of(house.get(path + "?anonymousId=a-1&explain=operator", House::people)) == 200);
  CHECK(status_of(house.get(path + "?explain=operator", House::page)) == 403);
  CHECK(status_of(house.get(path + "?explain=much", House::page)) == 400);
  const auto stranger = house.get(path + "?anonymousId=a-2", House::page);
  const auto unknown =
      house.get("/v1/decisions/" + std::string(32, '0') + "/why?anonymousId=a-2", House::page);
  const auto nonsense = house.get("/v1/decisions/x/why?anonymousId=a-2", House::page);
  CHECK(status_of(stranger) == 404);
  CHECK(parsed(stranger).same(parsed(unknown)));
  CHECK(parsed(stranger).same(parsed(nonsense)));
}

TEST_CASE("A device sees its own decision explained [P3]") {
  House house;
  REQUIRE(status_of(house.post("/v1/batch", batch(viewed("m1") + "," + viewed("m2")),
                               House::page)) == 200);
  const auto decision =
      house.post("/v1/decide", decide_body(R"(,"explain":"person")"), House::page);
  CHECK(contains(decision, "\"why\":[{"));
  const std::string id = text_at(parsed(decision), "decisionId");
  const auto why = house.get("/v1/decisions/" + id + "/why?anonymousId=a-1", House::page);
  CHECK_MESSAGE(status_of(why) == 200, why);
  CHECK_FALSE(contains(why, "operator"));
}

TEST_CASE("Exposures and outcomes are events, counted once however often they are sent") {
  House house;
  const auto decision = parsed(house.post("/v1/decide", decide_body(), House::page));
  const std::string id = text_at(decision, "decisionId");
  const std::string seen = R"({"decisionId":")" + id +
                           R"(","slot":"home.hero","item":"hero-default","anonymousId":"a-1"})";
  CHECK(text_at(parsed(house.post("/v1/exposures", seen, House::page)), "accepted") == "1");
  CHECK(text_at(parsed(house.post("/v1/exposures", seen, House::page)), "duplicates") == "1");
  const std::string click = R"({"event":"Item Clicked",)" + seen.substr(1);
  CHECK(text_at(parsed(house.post("/v1/outcomes", click, House::page)), "accepted") == "1");
  const auto odd =
      house.post("/v1/outcomes", R"({"event":"Sneezed",)" + seen.substr(1), House::page);
  CHECK(status_of(odd) == 400);
  CHECK(status_of(house.post("/v1/exposures", R"({"decisionId":"x","anonymousId":"a"})",
                             House::page)) == 400);
  CHECK(status_of(house.post("/v1/exposures", R"({"decisionId":")" + id + "\"}", House::page)) ==
        400);
}

TEST_CASE("A device grants and withdraws a purpose, and the answer says how it stands [P4]") {
  House house;
  const auto set = [&](std::string_view granted, std::string_view key = House::page) {
    return house.ask("PUT", "/v1/me/purposes/recommend",
                     R"({"anonymousId":"a-1","granted":)" + std::string(granted) + "}",
                     House::bearer(key));
  };
  const auto standing = [](const std::string& answer) {
    return text_at(parsed(answer), "purposes/1/standing");
  };
  const std::string mine = "/v1/me/purposes?anonymousId=a-1";
  CHECK(standing(house.get(mine, House::page)) == "none");
  CHECK(standing(set("true")) == "granted");
  CHECK(standing(house.get(mine, House::page)) == "granted");
  CHECK(standing(house.get("/v1/me/purposes?anonymousId=a-2", House::page)) == "none");
  house.clock.advance(ground::Duration::seconds(1));
  CHECK(standing(set("false")) == "withdrawn");
  CHECK(text_at(parsed(house.get(mine + "&locale=ja", House::page)), "purposes/1/says") ==
        "おすすめ");
  const std::string version =
      text_at(parsed(house.get(mine, House::page)), "purposes/1/textVersion");
  CHECK(version.size() == 16);
  CHECK(status_of(set("true,\"textVersion\":\"" + version + "\"")) == 200);
  CHECK(status_of(set("true,\"textVersion\":\"0000000000000000\"")) == 409);
  CHECK(status_of(set("false,\"textVersion\":\"0000000000000000\"")) == 200);
  CHECK(status_of(set("\"yes\"")) == 400);
  CHECK(status_of(set("true", House::people)) == 403);
  CHECK(status_of(set("true", House::every)) == 200);
  CHECK(status_of(house.get("/v1/me/purposes?userId=u-1", House::page)) == 400);
  CHECK(status_of(house.get("/v1/me/purposes", House::page)) == 400);
  const auto typo =
      house.ask("PUT", "/v1/me/purposes/recomend", R"({"anonymousId":"a-1","granted":true})",
                House::bearer(House::page));
  CHECK(status_of(typo) == 404);
  CHECK(contains(typo, "Did you mean \\\"recommend\\\"?"));
}

TEST_CASE("A server reads a person by either id; a page reads nobody") {
  House house;
  const std::string event = R"({"type":"track","event":"Product Viewed","messageId":"m1",)"
                            R"("userId":"u/1","anonymousId":"a-1"})";
  REQUIRE(status_of(house.post("/v1/track", event, House::people)) == 200);
  const auto person = house.get("/v1/people/u%2F1", House::people);
  CHECK(status_of(person) == 200);
  CHECK(text_at(parsed(person), "identifiers/0/value") != "(nothing)");
  CHECK(status_of(house.get("/v1/people/a-1?kind=anonymousId", House::people)) == 200);
  CHECK(status_of(house.get("/v1/people/a-1?kind=shoe", House::people)) == 400);
  CHECK(status_of(house.get("/v1/people/nobody", House::people)) == 404);
  const auto events = house.get("/v1/people/u%2F1/events?limit=10", House::people);
  CHECK(text_at(parsed(events), "events/0/event/messageId") == "m1");
  CHECK(status_of(house.get("/v1/people/u%2F1/events?limit=0", House::people)) == 400);
  CHECK(status_of(house.get("/v1/people/u%2F1", House::page)) == 403);
  CHECK(status_of(house.get("/v1/people/u%2F1", House::ingest)) == 403);
  CHECK(status_of(house.post("/v1/events:find", R"({"messageIds":["m1"]})", House::page)) == 403);
  CHECK(status_of(house.post("/v1/events:find", R"({"messageIds":"m1"})", House::people)) == 400);
}

TEST_CASE("A decision says that its events are accepted only when they were let in") {
  House house;
  REQUIRE(house.partition->register_key("sk_decide_only", true, "web", {Scope::decide}));
  const auto told = [&](std::string_view key) {
    const auto answer = house.post("/v1/decide",
                                   R"({"person":{"anonymousId":"a-1"},"slots":["home.hero"],)"
                                   R"("events":[)" +
                                       viewed("e-" + std::string(key)) + "]}",
                                   key);
    CHECK(status_of(answer) == 200);
    return text_at(parsed(answer), "events");
  };
  CHECK(told(House::page) == "accepted");
  CHECK(told("sk_decide_only") == "(nothing)");
}
