// To be forgotten, asked for over HTTP: who may, and what is left.
#include "ground/store/signature.h"
#include "remember/identity/test_token.h"
#include "serve/http/me_html.h"
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

TEST_CASE("An export to read has all that the JSON has, in words, and no markup of theirs") {
  const auto me = ground::parse_json(R"me({"known":true,"since":"2026-01-02T00:00:00Z",
    "identifiers":[],"facts":[{"fact":"a","label":"L-a","value":"V-a","source":"S-a",
      "at":"2026-01-03","purposes":[{"says":"P-a"}],"usedAs":[{"says":"on our pages, to suit you"}],
      "notUsedBecause":"paused"}],
    "notShown":0,"counted":[{"what":"count(x)","label":"L-count","count":3}],"visits":1,
    "cart":[{"product":"<b>cup","quantity":2}],
    "saidElsewhere":[{"what":"W-said","channel":"phone","at":"2026-01-04"}],
    "threads":[],"computed":[{"what":"c","kind":"derived","label":"L-c","value":"V-c",
      "from":["count(x)"],"fromSays":["L-from"],"purposes":[],"usedAs":[]}],
    "objections":[],"odd":[],"told":[],
    "answers":[{"asks":"Q-1","gives":"G-1","at":"2026-01-05","seenAt":"2026-01-06"},
      {"asks":"Q-2","gives":"G-2","at":"2026-01-05","expiredAt":"2026-01-07"}],
    "pause":{"from":"2026-02-01","until":"2026-02-09"},
    "frequency":[{"channel":"email","times":1,"per":"7d"}],"consents":[],
    "consentsBefore":[{"pii_processing":{"notice_text":"W-old"},
      "event":[{"event_state":"given","event_time":"2025-12-31"}]}]})me");
  REQUIRE(me.has_value());
  for (const auto language : {PageLanguage::japanese, PageLanguage::english}) {
    const std::string page = me_html(*me, language);
    for (const char* there :
         {"L-a",          "V-a",    "S-a",        "P-a", "to suit you", "L-count",
          "&lt;b&gt;cup", "W-said", "phone",      "L-c", "V-c",         "L-from",
          "Q-1",          "G-1",    "2026-01-06", "Q-2", "2026-01-07",  "2026-02-09",
          "7d",           "W-old",  "2025-12-31"})
      CHECK_MESSAGE(contains(page, there), there);
    CHECK_FALSE(contains(page, "<b>cup"));
    CHECK_FALSE(contains(page, "count(x)"));
    CHECK(
        contains(page, language == PageLanguage::english ? "you take a break" : "お休みのあいだ"));
  }
}

TEST_CASE("A person sees each fact with its source, its time, its purpose and where it was used") {
  House house;
  const std::string told =
      R"({"type":"identify","userId":"u-1","messageId":"i-1","traits":{"size":"<L>"}})";
  REQUIRE(has_status(house.post("/v1/identify", told, House::every), 200));
  REQUIRE(
      has_status(house.post("/v1/decide", R"({"person":{"userId":"u-1"},"slots":["home.note"]})",
                            House::every),
                 200));
  const std::string target = "/v1/me?userId=u-1&locale=";
  const ground::Value me = parsed(house.get(target + "ja", House::every));
  CHECK(text_at(me, "facts/0/fact") == "size");
  CHECK(text_at(me, "facts/0/label") == "サイズ");
  CHECK(text_at(me, "facts/0/value") == "<L>");
  CHECK(text_at(me, "facts/0/source") == "当店のサイト");
  CHECK(text_at(me, "facts/0/at") == "2026-06-01T10:00:00.000Z");
  CHECK(text_at(me, "facts/0/purposes/0/says") == "並び順");
  CHECK(text_at(me, "facts/0/usedIn/0") == "home.note");
  CHECK(text_at(me, "facts/0/usedAs/0/layer") == "memory");
  CHECK(text_at(me, "facts/0/usedAs/0/says") == "ページで、覚えていて");
  CHECK(text_at(me, "facts/0/used") == "true");
  CHECK(text_at(parsed(house.get(target + "en", House::every)), "facts/0/source") == "our site");
  // As a page: in the person's words, and nothing of theirs is markup.
  const std::string page =
      house.get("/v1/me/export?format=html&userId=u-1&locale=ja", House::every);
  CHECK(contains(page, "お預かりしている情報"));
  CHECK(contains(page, "&lt;L&gt;"));
  CHECK(contains(page, "ページで、覚えていて"));
  CHECK_FALSE(contains(page, "<L>"));
  CHECK(contains(page, "Content-Disposition: attachment; filename=\"about-me.html\""));
  CHECK(contains(house.get("/v1/me/export?format=html&userId=u-1&locale=en", House::every),
                 "What we know about you"));
  CHECK(has_status(house.get("/v1/me/export?format=pdf&userId=u-1", House::every), 400));
}

TEST_CASE("[P3] Threads are on the page about somebody, in their language, where there are any") {
  House house;
  CHECK(has_status(
      house.post("/v1/threads", R"({"userId":"u-1","kind":"inquiry","id":"7","topic":"<b>"})",
                 House::people),
      200));
  const auto page = [&](std::string_view locale) {
    return house.get("/v1/me/export?format=html&userId=u-1&locale=" + std::string(locale),
                     House::every);
  };
  CHECK(contains(page("ja"), "やりとり"));
  CHECK(contains(page("ja"), "お問い合わせ<br>&lt;b&gt;</th><td>まだ</td>"));
  CHECK(contains(page("en"), "What goes on between us"));
  CHECK(has_status(house.ask("PUT", "/v1/me/facts/threads/use",
                             R"({"allowed":false,"userId":"u-1"})", House::bearer(House::every)),
                   200));
  CHECK(has_status(
      house.ask("DELETE", "/v1/me/facts/threads?userId=u-1", "", House::bearer(House::every)),
      200));
  CHECK_FALSE(contains(page("en"), "What goes on between us"));
}

TEST_CASE("Where a page about somebody has nothing to show, it says so in their language") {
  House house;
  REQUIRE(has_status(house.post("/v1/track", viewed("m-1"), House::page), 200));
  const auto page = [&](std::string_view locale) {
    return house.get("/v1/me/export?format=html&anonymousId=a-1&locale=" + std::string(locale),
                     House::page);
  };
  for (const char* sentence : {"Nothing is kept that you told us.",
                               "Nothing is concluded about you.", "nothing is assumed."})
    CHECK(contains(page("en"), sentence));
  for (const char* sentence : {"何もお預かりしていません。", "読み取っていることはありません。",
                               "ご同意とはみなしません。"})
    CHECK(contains(page("ja"), sentence));
}

TEST_CASE("A reason says by which name its person puts it right, and for what it is used [P3]") {
  House house;
  const std::string told =
      R"({"type":"identify","userId":"u-1","messageId":"i-1","traits":{"size":"L"}})";
  REQUIRE(has_status(house.post("/v1/identify", told, House::every), 200));
  for (const char* id : {"m-1", "m-2"}) house.post("/v1/track", viewed(id), House::page);
  const std::string ask = R"("slots":["home.note","home.hero"],"explain":"person"})";
  const auto known =
      parsed(house.post("/v1/decide", R"({"person":{"userId":"u-1"},)" + ask, House::every));
  CHECK(text_at(known, "slots/home.note/items/0/why/0/name") == "size");
  CHECK(text_at(known, "slots/home.note/items/0/why/0/correctable") == "true");
  CHECK(text_at(known, "slots/home.note/purpose/id") == "layout");
  const auto seen =
      parsed(house.post("/v1/decide", R"({"person":{"anonymousId":"a-1"},)" + ask, House::page));
  const std::string name = text_at(seen, "slots/home.hero/items/0/why/0/name");
  CHECK(text_at(seen, "slots/home.hero/items/0/why/0/correctable") == "false");
  CHECK(text_at(seen, "slots/home.note/items/0/why/0/name") == "(nothing)");
  // It is the name that GET /v1/me has for it.
  CHECK(text_at(parsed(house.get("/v1/me?anonymousId=a-1", House::page)), "counted/0/what") ==
        name);
}

TEST_CASE("A key that may do no more than a privacy officer stops for a person what they ask for") {
  House house;
  const std::string told =
      R"({"type":"identify","userId":"u-1","messageId":"i-1","traits":{"size":"L"}})";
  REQUIRE(has_status(house.post("/v1/identify", told, House::every), 200));
  const std::string key = house.partition->create_key(true, "web", {Scope::privacy})->text;
  const auto put = [&](const std::string& target, const std::string& body) {
    return house.ask("PUT", target, body, House::bearer(key));
  };
  CHECK(has_status(put("/v1/me/facts/size/use", R"({"allowed":false,"userId":"u-1"})"), 200));
  const std::string purpose =
      text_at(parsed(house.get("/v1/me/purposes?userId=u-1", key)), "purposes/0/id");
  const std::string one = put("/v1/me/purposes/" + purpose, R"({"granted":false,"userId":"u-1"})");
  CHECK(text_at(parsed(one), "purposes/0/standing") == "withdrawn");
  CHECK(has_status(house.post("/v1/me/stop?userId=u-1", "", key), 200));
  CHECK(has_status(house.post("/v1/identify", told, key), 403));  // and tells no events
}

TEST_CASE("After a person stopped everything, what is kept says that it is not used") {
  House house;
  const std::string told =
      R"({"type":"identify","userId":"u-1","messageId":"i-1","traits":{"size":"L"}})";
  REQUIRE(has_status(house.post("/v1/identify", told, House::every), 200));
  const std::string ask = R"({"person":{"userId":"u-1"},"slots":["home.note"],)"
                          R"("context":{"locale":"en"}})";
  CHECK(contains(house.post("/v1/decide", ask, House::every), "size"));
  house.clock.advance(ground::Duration::seconds(1));
  const ground::Value stopped = parsed(house.post("/v1/me/stop?userId=u-1", "", House::every));
  CHECK(text_at(stopped, "purposes/0/standing") == "withdrawn");
  CHECK(text_at(stopped, "purposes/1/standing") == "withdrawn");
  CHECK_FALSE(contains(house.post("/v1/decide", ask, House::every), "note-size"));
  const ground::Value me = parsed(house.get("/v1/me?userId=u-1", House::every));
  CHECK(text_at(me, "facts/0/used") == "false");
  CHECK(text_at(me, "facts/0/notUsedBecause") == "not_allowed");
}

TEST_CASE("A device sees what it did and not what a server knows; nobody has the same shape") {
  House house;
  REQUIRE(has_status(house.post("/v1/track", viewed("m-1"), House::page), 200));
  const std::string told = R"({"type":"identify","userId":"u-1","anonymousId":"a-1",)"
                           R"("messageId":"i-1","traits":{"size":"canary"}})";
  REQUIRE(has_status(house.post("/v1/identify", told, House::every), 200));
  const std::string seen = house.get("/v1/me?anonymousId=a-1", House::page);
  REQUIRE(has_status(seen, 200));
  CHECK_FALSE(contains(seen, "canary"));
  CHECK_FALSE(contains(seen, "u-1"));
  const std::string bought = R"({"type":"track","event":"Product Added","userId":"u-1",)"
                             R"("messageId":"c-1","properties":{"product_id":"canary"}})";
  REQUIRE(has_status(house.post("/v1/track", bought, House::every), 200));
  CHECK_FALSE(contains(house.get("/v1/me?anonymousId=a-1", House::page), "canary"));
  CHECK(contains(house.get("/v1/me?userId=u-1", House::every), "canary"));
  CHECK(text_at(parsed(seen), "notShown") == "1");
  const ground::Value nobody = parsed(house.get("/v1/me?anonymousId=nobody", House::page));
  for (const char* member :
       {"consents", "facts", "identifiers", "counted", "visits", "cart", "notShown"})
    CHECK(nobody.find(member) != nullptr);
  CHECK(has_status(house.get("/v1/me?userId=u-1", House::page), 400));
  CHECK(has_status(house.get("/v1/me?userId=u-1", House::people), 403));
}

TEST_CASE("Sec-GPC closes a shared place, and the server says that it honours it") {
  ground::BrandFiles files = probe_brand();
  std::string& purposes = files.files["purposes.yaml"];
  purposes.replace(purposes.find("basis: notice"), 13, "basis: consent\n    shared_for: sharing");
  House house(Door::both, files);
  CHECK(text_at(parsed(house.ask("GET", "/.well-known/gpc.json")), "gpc") == "true");
  const std::string ask = R"({"person":{"anonymousId":"a-1"},"slots":["home.hero"]})";
  const std::string key = House::bearer(House::page);
  const auto reason = [&](std::string_view signal) {
    return text_at(parsed(house.ask("POST", "/v1/decide", ask, key + std::string(signal))),
                   "slots/home.hero/reason");
  };
  const auto agree = [&](std::string_view signal) {
    house.clock.advance(ground::Duration::seconds(1));
    const std::string answer =
        house.ask("PUT", "/v1/me/purposes/layout", R"({"granted":true,"anonymousId":"a-1"})",
                  key + std::string(signal));
    return text_at(parsed(answer), "purposes/0/standing");
  };
  CHECK(agree("") == "granted");
  CHECK(reason("") != "no_consent");
  CHECK(reason("Sec-GPC: 0\r\n") != "no_consent");
  CHECK(reason("Sec-GPC: 1\r\n") == "no_consent");
  REQUIRE(has_status(house.ask("POST", "/v1/track", viewed("m-1"), key + "Sec-GPC: 1\r\n"), 200));
  CHECK(reason("") != "no_consent");  // it was kept for nothing, and so not at all
  CHECK(agree("Sec-GPC: 1\r\n") == "withdrawn");
  CHECK(reason("") == "no_consent");
}

TEST_CASE("A page corrects and forgets one fact of its device over HTTP, and no user's") {
  House house;
  const std::string told =
      R"({"type":"identify","anonymousId":"a-1","messageId":"i-1","traits":{"size":"S"}})";
  REQUIRE(has_status(house.post("/v1/identify", told, House::page), 200));
  const auto patch = [&](std::string_view fact, std::string_view body, std::string_view key) {
    return house.ask("PATCH", "/v1/me/facts/" + std::string(fact), body, House::bearer(key));
  };
  const std::string answer = patch("size", R"({"value":"M","anonymousId":"a-1"})", House::page);
  REQUIRE(has_status(answer, 200));
  CHECK(text_at(parsed(answer), "places") == "1");
  const std::string me = "/v1/me?anonymousId=a-1";
  CHECK(text_at(parsed(house.get(me, House::page)), "facts/0/value") == "M");
  CHECK(text_at(parsed(house.get(me, House::page)), "facts/0/method") == "stated");
  CHECK(has_status(patch("size", R"({"value":7,"anonymousId":"a-1"})", House::page), 400));
  CHECK(has_status(patch("size", R"({"value":null,"anonymousId":"a-1"})", House::page), 400));
  CHECK(has_status(patch("size", R"({"value":"M","userId":"u-1"})", House::page), 400));
  CHECK(has_status(patch("size", R"({"value":"M","userId":"u-1"})", House::people), 403));
  CHECK(has_status(patch("size", R"({"value":"M","anonymousId":"a-9"})", House::page), 404));
  CHECK(has_status(patch("shoes", R"({"value":"M","anonymousId":"a-1"})", House::page), 404));
  CHECK(has_status(patch("size", R"({"value":"M","anonymousId":"a-1"})", ""), 401));

  CHECK(has_status(erase(house, "/v1/me/facts/size?userId=u-1", House::page), 400));
  CHECK(has_status(erase(house, "/v1/me/facts/sise?anonymousId=a-1", House::page), 404));
  const std::string gone = erase(house, "/v1/me/facts/size?anonymousId=a-1", House::page);
  REQUIRE(has_status(gone, 200));
  CHECK(text_at(parsed(gone), "receipt/values/0") == "size");
  CHECK(text_at(parsed(house.get(me, House::page)), "facts/0/fact") == "(nothing)");
  CHECK(has_status(erase(house, "/v1/me/facts/size?anonymousId=nobody", House::page), 200));
}

TEST_CASE("What a person tells us for a while is effective, seen, and taken back over HTTP") {
  House house;
  REQUIRE(has_status(house.post("/v1/track", viewed("m-1"), House::page), 200));
  const auto tell = [&](const std::string& more) {
    house.clock.advance(ground::Duration::seconds(1));
    return house.ask("POST", "/v1/me/tell?locale=ja", "{" + more + R"("anonymousId":"a-1"})",
                     House::bearer(House::page));
  };
  const std::string told = tell(R"("what":"break","until":"2099-01-01",)");
  CHECK(has_status(told, 400));
  CHECK(contains(told, "within 366 days"));
  CHECK(has_status(tell(R"("what":"break","until":"soon",)"), 400));
  CHECK(has_status(tell(R"("what":"breaks",)"), 400));
  CHECK(has_status(tell(R"("what":"gift","holds":"no",)"), 400));
  CHECK(has_status(tell(R"("why":"gift",)"), 400));
  CHECK(has_status(tell(""), 400));
  const ground::Value gift = parsed(tell(R"("what":"gift",)"));
  CHECK(text_at(gift, "told/0/says") == "贈りもの");
  CHECK(text_at(gift, "told/0/holds") == "true");
  CHECK(text_at(parsed(house.get("/v1/me?anonymousId=a-1", House::page)), "told/0/what") == "gift");
  CHECK(contains(house.get("/v1/me/export?format=html&anonymousId=a-1&locale=en", House::page),
                 "What you told us for a while"));
  const std::string asked = house.get("/v1/me/question?anonymousId=a-1", House::page);
  CHECK(text_at(parsed(asked), "reason") == "told_us");
  CHECK(contains(tell(R"("what":"gift","holds":false,)"), R"({"told":[]})"));
  const ground::Value note = parsed(tell(R"("text":"今回だけにしてください",)"));
  CHECK(text_at(note, "meant") == "only_this_time");
  CHECK(text_at(note, "answer") == "担当者が読みます。");
  CHECK(has_status(tell(R"("text":")" + std::string(4'001, 'x') + R"(",)"), 413));
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
