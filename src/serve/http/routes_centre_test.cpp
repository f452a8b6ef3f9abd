// The preference centre without a browser: who gets in, what a form has to bring, and that every
// right of a person works by a plain form. With one: tests/sdk/centre.test.mjs.
#include "ground/store/signature.h"
#include "remember/identity/test_token.h"
#include "serve/http/centre_page.h"
#include "serve/http/centre_sessions.h"
#include "serve/http/routes_probe.h"

namespace aizuchi::serve {

namespace {

bool has_status(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t from = text.find(before);
  if (from == std::string_view::npos) return "";
  text.remove_prefix(from + before.size());
  return std::string(text.substr(0, text.find(after)));
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += std::isalnum(static_cast<unsigned char>(c)) != 0
               ? std::string(1, c)
               : "%" + ground::hex({reinterpret_cast<const uint8_t*>(&c), 1});
  return out;
}

// A house whose people come from its page, and one browser of theirs.
struct Centre : House {
  explicit Centre(ground::BrandFiles files = probe_brand()) : House(Door::both, std::move(files)) {
    REQUIRE(partition->trust_key("HS256", "k1", remember::test_secret).has_value());
    const std::string told =
        R"({"type":"identify","userId":"u-1","messageId":"i-1","traits":{"size":"<L>"}})";
    REQUIRE(has_status(post("/v1/identify", told, every), 200));
  }
  std::string token(std::string_view sub) {
    return remember::hs256_token(remember::claims_of(sub, clock.now().ms / 1000, "", "test", "t"));
  }
  // What the brand's page posts; keeps the cookie as a browser would.
  std::string come_in(std::string_view sub, std::string_view headers = "") {
    const std::string fields = "key=" + std::string(page) + "&token=" + encoded(token(sub));
    const std::string answer =
        ask("POST", "/me/session", fields, "Cookie: " + cookie + "\r\n" + std::string(headers));
    cookie = between(answer, "Set-Cookie: ", ";");
    csrf = between(look(), "name=\"csrf\" value=\"", "\"");
    return answer;
  }
  std::string look(std::string_view target = "/me") {
    return ask("GET", target, "", "Cookie: other=1; " + cookie + "\r\n");
  }
  std::string act(std::string_view deed, std::string_view fields, std::string_view headers = "") {
    return ask("POST", "/me/" + std::string(deed), "csrf=" + csrf + "&" + std::string(fields),
               "Cookie: " + cookie + "\r\n" + std::string(headers));
  }
  bool stays_out(const std::string& answer) {
    return has_status(answer, 401) && !contains(answer, "&lt;L&gt;") && !contains(answer, "u-1");
  }

  std::string cookie, csrf;
};

}  // namespace

TEST_CASE("Who is signed in sees what is known, in their words, and nothing of it is markup [P3]") {
  Centre house;
  CHECK(house.stays_out(house.look()));
  const std::string entered = house.come_in("u-1");
  CHECK(has_status(entered, 303));
  CHECK(contains(entered, "Location: /me\r\n"));
  const std::string set = between(entered, "Set-Cookie: ", "\r\n");
  CHECK(set.starts_with("__Host-aizuchi-me="));
  CHECK(contains(set, "; Path=/; Max-Age=1800; Secure; HttpOnly; SameSite=Lax"));
  const std::string page = house.look("/me?locale=en");
  CHECK(has_status(page, 200));
  CHECK(contains(page, "<p class=\"value\">&lt;L&gt;</p>"));
  CHECK_FALSE(contains(page, "<L>"));
  CHECK(contains(page, "our site"));
  CHECK(contains(page, "the order of this page"));
  CHECK(contains(page, "Cache-Control: private, no-store"));
  CHECK(contains(page, "default-src 'none'; style-src 'self'"));
  CHECK(contains(page, "frame-ancestors 'self'\r\n"));
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, house.token("u-1")));
  // They chose their language once.
  CHECK(contains(house.look("/me?locale=ja"), "お預かりしていること"));
  CHECK(contains(house.look(), "お預かりしていること"));
}

TEST_CASE("A stranger, a forged cookie, another's session and one that is over see nothing [P11]") {
  Centre house;
  house.come_in("u-2");
  const std::string other = house.look();
  CHECK(has_status(other, 200));
  CHECK(contains(other, "We know nothing about you."));
  CHECK_FALSE(contains(other, "&lt;L&gt;"));
  house.come_in("u-1");
  const std::string good = house.cookie;
  house.cookie = good.substr(0, good.size() - 1) + (good.ends_with('0') ? "1" : "0");
  CHECK(house.stays_out(house.look()));
  CHECK(house.stays_out(house.look("/me/export")));
  CHECK(house.stays_out(house.act("forget", "fact=size")));
  house.cookie = "__Host-aizuchi-me=";
  CHECK(house.stays_out(house.look()));
  // In a frame it is another cookie, which this one does not stand in for.
  house.cookie = good;
  CHECK(house.stays_out(
      house.ask("GET", "/me", "", "Cookie: " + good + "\r\nSec-Fetch-Dest: iframe\r\n")));
  house.there([&] { house.clock.advance(ground::Duration::minutes(29)); });
  CHECK(has_status(house.look(), 200));
  house.there([&] { house.clock.advance(ground::Duration::minutes(1)); });
  CHECK(house.stays_out(house.look()));
}

TEST_CASE("No token, a foreign one, or a secret key opens the preference centre") {
  Centre house;
  const auto enter = [&](const std::string& body) {
    return house.ask("POST", "/me/session", body);
  };
  const std::string token = encoded(house.token("u-1"));
  CHECK(has_status(enter(""), 401));
  CHECK(has_status(enter("key=" + std::string(House::page)), 401));
  CHECK(has_status(enter("token=" + token), 401));
  CHECK(has_status(enter("key=" + std::string(House::page) + "&token=" + token + "x"), 401));
  const std::string secret = enter("key=" + std::string(House::every) + "&token=" + token);
  CHECK(has_status(secret, 401));
  CHECK_FALSE(contains(secret, "Set-Cookie"));
  CHECK(has_status(enter("key=" + std::string(House::page) + "&token=" + token), 303));
  // A page of a brand that names its origins comes from one of them.
  CHECK(has_status(house.come_in("u-1", "Origin: https://elsewhere.example\r\n"), 403));
}

TEST_CASE("A form that is not of this session, or comes from elsewhere, does nothing") {
  Centre house;
  house.come_in("u-1");
  const std::string own = house.csrf;
  const auto refused = [&](const std::string& answer) {
    return has_status(answer, 403) && contains(house.look(), "&lt;L&gt;");
  };
  CHECK(refused(house.act("forget", "fact=size", "Origin: https://elsewhere.example\r\n")));
  CHECK(refused(house.act("forget", "fact=size", "Origin: null\r\n")));
  CHECK(refused(house.act("forget", "fact=size", "Sec-Fetch-Site: same-site\r\n")));
  CHECK(refused(house.act("forget", "fact=size", "Sec-Fetch-Site: cross-site\r\n")));
  house.csrf = "";
  CHECK(refused(house.act("forget", "fact=size")));
  const std::string mine = house.cookie;
  house.come_in("u-2");
  const std::string theirs = house.csrf;
  house.cookie = mine;
  house.csrf = theirs;
  // Coming in as another ended the first session in the same browser; a second browser's stays.
  CHECK(has_status(house.act("forget", "fact=size"), 401));
  house.cookie = "";
  house.come_in("u-1");
  house.csrf = theirs;
  CHECK(refused(house.act("forget", "fact=size")));
  house.csrf = between(house.look(), "name=\"csrf\" value=\"", "\"");
  CHECK(house.csrf != own);
  CHECK(has_status(house.act("forget", "fact=size", "Origin: http://here\r\n"), 303));
  CHECK_FALSE(contains(house.look(), "&lt;L&gt;"));
}

TEST_CASE("By plain forms a person puts right, takes out of use, and forgets") {
  Centre house;
  house.come_in("u-1");
  CHECK(contains(house.act("correct", "fact=size&value=M"), "Location: /me#known"));
  const std::string corrected = house.look();
  CHECK(contains(corrected, "<p class=\"value\">M</p>"));
  CHECK(contains(corrected, "Thank you. It is put right."));
  CHECK_FALSE(contains(house.look(), "Thank you."));  // said once
  CHECK(contains(house.act("correct", "fact=size&value="), "Location: /me#known"));
  CHECK(contains(house.look(), "That value does not fit here."));
  CHECK(contains(house.act("correct", "fact=no-such&value=1"), "Location: /me#known"));
  CHECK(contains(house.look(), "That value does not fit here."));
  house.act("use", "fact=size&purpose=layout&allowed=false");
  const std::string unused = house.look();
  CHECK(contains(unused, "Not used — you asked us not to"));
  CHECK(contains(unused, "Not to be used: your size"));
  house.there([&] { house.clock.advance(ground::Duration::seconds(1)); });
  house.act("use", "fact=size&purpose=layout&allowed=true");
  CHECK_FALSE(contains(house.look(), "Not used — you asked us not to"));
  house.act("forget", "fact=size");
  CHECK(contains(house.look(), "We know nothing about you."));
}

TEST_CASE("Purposes are switched by plain forms, to the words that were read, and all at once") {
  Centre house;
  house.come_in("u-1");
  const auto granted = [&] {
    return contains(house.get("/v1/me/purposes?userId=u-1", House::every),
                    R"("id":"recommend","standing":"granted")");
  };
  house.act("purpose", "purpose=recommend&granted=true&text=0000000000000000");
  CHECK_FALSE(granted());
  CHECK(contains(house.look(), "The words of this purpose have just changed."));
  const std::string form = between(house.look(), "value=\"recommend\">", "</form>");
  const std::string text = between(form, "name=\"text\" value=\"", "\"");
  CHECK(text.size() > 8);
  house.act("purpose", "purpose=recommend&granted=true&text=" + text);
  CHECK(granted());
  CHECK(contains(house.look(), "<q>to recommend</q>"));
  CHECK(contains(house.act("stop", ""), "Location: /me#purposes"));
  CHECK_FALSE(granted());
  CHECK(contains(house.look(), "Everything is switched off."));
  CHECK(contains(house.act("purpose", "purpose=no-such&granted=true"), "Location: /me#purposes"));
}

TEST_CASE("A person takes a copy along, erases everything, and is left with a signed receipt") {
  Centre house;
  house.come_in("u-1");
  const std::string other_browser = house.cookie;
  house.cookie = "";
  house.come_in("u-1");
  CHECK(contains(house.look("/me/export?format=json"), R"("value":"<L>")"));
  CHECK(contains(house.look("/me/export?format=html"), "&lt;L&gt;"));
  CHECK(contains(house.look("/me/erase"), "Erase everything we know about you?"));
  CHECK(contains(house.act("erase", ""), "Location: /me/erase"));
  CHECK(has_status(house.get("/v1/people/u-1", House::people), 200));
  CHECK(contains(house.act("erase", "sure=yes"), "Location: /me/receipt"));
  CHECK(has_status(house.get("/v1/people/u-1", House::people), 404));
  const std::string page = house.look("/me/receipt");
  CHECK(contains(page, "It is erased."));
  CHECK_FALSE(contains(page, "u-1"));
  CHECK(contains(house.look(), "Location: /me/receipt"));
  const ground::Value receipt = parsed(house.look("/me/receipt?format=json"));
  CHECK(text_at(receipt, "receipt/people") == "1");
  std::string key;
  REQUIRE(ground::base64_decode(
      text_at(parsed(house.ask("GET", "/.well-known/jwks.json")), "keys/0/x"), key));
  CHECK(ground::open_jws(key, text_at(receipt, "jws")).has_value());
  // Nobody's session any more, and the other one has ended.
  CHECK(house.stays_out(house.act("stop", "")));
  house.cookie = other_browser;
  CHECK(house.stays_out(house.look()));
}

TEST_CASE("Whoever is erased by the brand's server has no session any more") {
  Centre house;
  house.come_in("u-1");
  CHECK(has_status(house.look(), 200));
  REQUIRE(has_status(house.ask("DELETE", "/v1/people/u-1", "", House::bearer(House::every)), 200));
  CHECK(house.stays_out(house.look()));
}

TEST_CASE("Signing out ends the session at once; a revoked key ends those of its pages") {
  Centre house;
  house.come_in("u-1");
  const std::string ended = house.act("end", "");
  CHECK(contains(ended, "Location: /me/ended"));
  CHECK(contains(ended, "Set-Cookie: __Host-aizuchi-me=; Path=/; Max-Age=0"));
  CHECK(has_status(house.look("/me/ended"), 200));
  CHECK(house.stays_out(house.look()));
  house.come_in("u-1");
  house.there([&] {
    REQUIRE(house.partition->revoke_key(house.partition->check_key(House::page)->id).has_value());
  });
  CHECK(house.stays_out(house.look()));
}

TEST_CASE("In a frame the session is a cookie of the page around it, on the brand's origins only") {
  auto files = probe_brand();
  files.files["brand.yaml"] += "origins: [https://shop.example]\n";
  Centre house(std::move(files));
  const std::string framed = "Sec-Fetch-Dest: iframe\r\n";
  const std::string entered = house.come_in("u-1", "Origin: https://shop.example\r\n" + framed);
  CHECK(contains(entered, "Set-Cookie: __Host-aizuchi-me-framed="));
  CHECK(contains(entered, "Secure; HttpOnly; SameSite=None; Partitioned"));
  CHECK(house.stays_out(house.look()));  // not outside of it
  const std::string page =
      house.ask("GET", "/me?locale=en", "", "Cookie: " + house.cookie + "\r\n" + framed);
  CHECK(has_status(page, 200));
  CHECK(contains(page, "frame-ancestors 'self' https://shop.example\r\n"));
  CHECK(has_status(house.ask("POST", "/me/session", "", "Origin: https://bad.example\r\n"), 403));
}

TEST_CASE("A break and how often are wished by JSON and by form, and stand on the page") {
  Centre house;
  house.come_in("u-1");
  const auto put = [&](std::string_view path, std::string_view body) {
    return house.ask("PUT", path, body, House::bearer(House::every));
  };
  const std::string set = put("/v1/me/pause", R"({"userId":"u-1","until":"2026-06-10"})");
  REQUIRE(has_status(set, 200));
  CHECK(text_at(parsed(set), "pause/now") == "true");
  CHECK(contains(house.look("/me?locale=en"), "You are taking a break until 10 June 2026."));
  CHECK(contains(house.look(), "Not used — you are taking a break"));
  house.there([&] { house.clock.advance(ground::Duration::seconds(1)); });
  CHECK(contains(house.act("pause", "lift=yes"), "Location: /me#pause"));
  CHECK(contains(house.look(), "The break is over."));
  house.there([&] { house.clock.advance(ground::Duration::seconds(1)); });
  house.act("pause", "from=2026-06-05&until=2026-06-06");
  CHECK(contains(house.look(), "From 5 June 2026 until 6 June 2026."));
  house.there([&] { house.clock.advance(ground::Duration::seconds(1)); });
  house.act("pause", "from=2026-06-05&until=2026-06-01");
  CHECK(contains(house.look(), "That value does not fit here."));
  CHECK(has_status(put("/v1/me/pause", R"({"userId":"u-1"})"), 400));
  CHECK(has_status(put("/v1/me/pause", R"({"userId":"u-1","until":"soon"})"), 400));
  CHECK(has_status(put("/v1/me/frequency", R"({"userId":"u-1","channel":"email"})"), 400));
  CHECK(has_status(put("/v1/me/frequency", R"({"userId":"u-1","channel":"web","times":1})"), 400));
  const std::string often =
      put("/v1/me/frequency", R"({"userId":"u-1","channel":"email","times":2,"per":"30d"})");
  CHECK(text_at(parsed(often), "frequency/0/per") == "30d");
  // A house that sends nothing has nothing to say of it.
  CHECK_FALSE(contains(house.look(), "id=\"frequency\""));
}

TEST_CASE("A link of a mail opens the centre once, to decide and not to see") {
  Centre house;
  const auto mint = [&](std::string_view user) {
    const std::string body = R"({"preferences":true,"userId":")" + std::string(user) + "\"}";
    const std::string answer = house.post("/v1/mailbox-links", body, House::people);
    REQUIRE(has_status(answer, 201));
    return text_at(parsed(answer), "path");
  };
  const std::string link = mint("u-1");
  CHECK_FALSE(contains(link, "u-1"));
  CHECK(contains(house.ask("GET", link), "works once"));
  CHECK(contains(house.ask("HEAD", link), "HTTP/1.1 200"));
  const auto open = [&](const std::string& path) {
    const std::string answer = house.ask("POST", path, "");
    house.cookie = between(answer, "Set-Cookie: ", ";");
    house.csrf = between(house.look(), "name=\"csrf\" value=\"", "\"");
    return answer;
  };
  REQUIRE(has_status(open(link), 303));
  const std::string mine = house.cookie, form = house.csrf;
  CHECK(has_status(open(link), 404));  // a second time it is none
  CHECK(has_status(house.ask("GET", link), 404));
  house.cookie = mine;
  house.csrf = form;
  const std::string page = house.look("/me?locale=en");
  CHECK(contains(page, "the order of this page"));
  for (const char* hidden :
       {"&lt;L&gt;", "u-1", "your size", "Erase", "/me/export", "What we know", "to recommend</q>"})
    CHECK_FALSE(contains(page, hidden));
  for (const char* closed : {"/me/export", "/me/erase", "/me/receipt"})
    CHECK(has_status(house.look(closed), 404));
  for (const char* deed : {"forget", "correct", "use", "erase", "values"})
    CHECK(has_status(house.act(deed, "fact=size&value=M&allowed=false&sure=yes"), 404));
  house.act("purpose", "purpose=recommend&granted=true&text=0");
  CHECK(contains(house.get("/v1/me/purposes?userId=u-1", House::every),
                 R"("id":"recommend","standing":"none")"));
  house.act("purpose", "purpose=layout&granted=false");
  CHECK(contains(house.get("/v1/me/purposes?userId=u-1", House::every),
                 R"("id":"layout","standing":"withdrawn")"));
  house.act("pause", "from=2026-06-05&until=2026-06-06");
  CHECK(contains(house.get("/v1/me?userId=u-1", House::every), R"("pause":{"from":"2026-06-04)"));
  // Of nobody nothing is made, and it looks alike.
  REQUIRE(has_status(open(mint("u-unknown")), 303));
  CHECK(has_status(house.act("purpose", "purpose=layout&granted=false"), 303));
  CHECK(contains(house.look(), "It is switched off."));
  CHECK(has_status(house.get("/v1/people/u-unknown", House::people), 404));
  const std::string late = mint("u-1");
  house.there([&] { house.clock.advance(CentreSessions::keep); });
  CHECK(has_status(house.ask("GET", late), 404));
  CHECK(has_status(house.ask("POST", late, ""), 404));
  CHECK(has_status(house.ask("GET", "/me/mail/0000"), 404));
  CHECK(has_status(
      house.post("/v1/mailbox-links", R"({"preferences":true,"userId":"u-1"})", House::page), 403));
  CHECK(has_status(house.post("/v1/mailbox-links",
                              R"({"preferences":true,"userId":"u-1","days":9})", House::people),
                   400));
}

TEST_CASE("A link in a mail is no session, and a session is no link") {
  Centre house;
  house.come_in("u-1");
  const std::string secret = house.cookie.substr(house.cookie.find('=') + 1);
  CHECK(has_status(house.ask("POST", "/me/mail/" + secret, ""), 404));
  const std::string answer =
      house.post("/v1/mailbox-links", R"({"preferences":true,"userId":"u-1"})", House::people);
  house.cookie = "__Host-aizuchi-me=" + text_at(parsed(answer), "token");
  CHECK(house.stays_out(house.look()));
}

TEST_CASE("Every word of the preference centre is there in both languages") {
  const ground::ValueMap &ja = centre_words("ja").as_map(), &en = centre_words("en").as_map();
  CHECK(ja.size() == en.size());
  CHECK(en.size() > 100);
  for (const auto& [name, text] : en) {
    const ground::Value* twin = centre_words("ja").find(name.as_string());
    CHECK_MESSAGE((twin != nullptr && !twin->as_string().empty()), name.as_string());
    // A gap that is filled in one language is filled in the other.
    if (twin != nullptr)
      CHECK_MESSAGE(
          std::ranges::count(text.as_string(), '{') == std::ranges::count(twin->as_string(), '{'),
          name.as_string());
  }
}

TEST_CASE("Sessions end oldest first where one person has many, and never before others' do") {
  CentreSessions sessions;
  ground::SeededDice dice{1};
  ground::Instant now{1'000'000};
  const std::string other = sessions.open({.who = {.user_id = "other"}}, dice, now);
  std::vector<std::string> mine;
  for (size_t i = 0; i <= CentreSessions::most_of_one; ++i) {
    now = now + ground::Duration::seconds(1);
    mine.push_back(sessions.open({.who = {.user_id = "me"}}, dice, now));
  }
  CHECK(sessions.find(mine.front(), now) == nullptr);
  CHECK(sessions.find(mine[1], now) != nullptr);
  CHECK(sessions.find(other, now) != nullptr);
  sessions.end_others("me", mine.back());
  CHECK(sessions.find(mine[1], now) == nullptr);
  CHECK(sessions.find(mine.back(), now)->who.user_id == "me");
  CHECK(sessions.find(mine.back(), now + CentreSessions::keep) == nullptr);
  CHECK(sessions.find("", now) == nullptr);
}

}  // namespace aizuchi::serve
