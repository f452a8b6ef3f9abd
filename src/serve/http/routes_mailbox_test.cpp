// Links in mails: what they stop, and all that they do not do.
#include "serve/http/routes_probe.h"

namespace aizuchi::serve {

namespace {

struct Post : House {
  std::string link(std::string_view user, std::string_view more = "") {
    const std::string answer = post(
        "/v1/mailbox-links",
        R"({"userId":")" + std::string(user) + R"(","purpose":"layout")" + std::string(more) + "}",
        House::people);
    REQUIRE(status_of(answer) == 201);
    return text_at(parsed(answer), "path");
  }
  void tell(std::string_view user, std::string_view message) {
    REQUIRE(status_of(post("/v1/identify",
                           R"({"type":"identify","userId":")" + std::string(user) +
                               R"(","messageId":")" + std::string(message) +
                               R"(","traits":{"size":"L"}})",
                           House::every)) == 200);
  }
  std::string standing(std::string_view user) {
    return text_at(parsed(get("/v1/me/purposes?userId=" + std::string(user), House::every)),
                   "purposes/0/standing");
  }
};

constexpr std::string_view json = "Accept: application/json\r\n";

}  // namespace

TEST_CASE("A link in a mail stops what it was for, and opening it does nothing") {
  Post house;
  house.tell("u-1", "i-1");
  const std::string link = house.link("u-1");
  // A scanner opens it, as often as it likes.
  for (int i = 0; i < 3; ++i) {
    const std::string page = house.ask("GET", link, "", "Accept-Language: ja\r\n");
    CHECK(status_of(page) == 200);
    CHECK(contains(page, "配信を止める"));
    CHECK(contains(page, "並び順"));
    CHECK(contains(page, "form-action 'self'"));
    CHECK_FALSE(contains(page, "u-1"));
  }
  CHECK(status_of(house.ask("HEAD", link, "")) == 200);
  CHECK(house.standing("u-1") == "none");
  house.clock.advance(ground::Duration::seconds(1));
  // One click of a mail program.
  const std::string done = house.ask("POST", link, "List-Unsubscribe=One-Click",
                                     "Content-Type: application/x-www-form-urlencoded\r\n");
  CHECK(status_of(done) == 200);
  CHECK(contains(done, "It is stopped."));
  CHECK(house.standing("u-1") == "withdrawn");
  // Sent again it is as it was; and after the person agreed again, it still stops.
  CHECK(text_at(parsed(house.ask("POST", link, "", std::string(json))), "stopped") == "true");
  house.clock.advance(ground::Duration::seconds(1));
  REQUIRE(status_of(house.ask("PUT", "/v1/me/purposes/layout", R"({"granted":true,"userId":"u-1"})",
                              House::bearer(House::every))) == 200);
  CHECK(house.standing("u-1") == "granted");
  house.clock.advance(ground::Duration::seconds(1));
  CHECK(status_of(house.ask("POST", link, "")) == 200);
  CHECK(house.standing("u-1") == "withdrawn");
}

TEST_CASE("A mailbox link shows nothing of its person, and how its purpose stands for a day only") {
  Post house;
  house.tell("u-1", "i-1");
  const std::string link = house.link("u-1");
  const std::string token = link.substr(3);
  const ground::Value fresh = parsed(house.ask("GET", link, "", std::string(json)));
  CHECK(text_at(fresh, "purpose") == "layout");
  CHECK(text_at(fresh, "standing") == "none");
  CHECK(text_at(fresh, "says") != "(nothing)");
  house.clock.advance(ground::Duration::hours(25));
  CHECK(text_at(parsed(house.ask("GET", link, "", std::string(json))), "standing") == "(nothing)");
  // It is no proof of a person or of a device anywhere else.
  for (const char* target : {"/v1/me", "/v1/me/export", "/v1/me/purposes"})
    CHECK(status_of(house.ask("GET", std::string(target) + "?userId=u-1", "",
                              "Authorization: Bearer " + token + "\r\n")) == 401);
  CHECK(status_of(house.ask("GET", "/v1/me?userId=u-1", "",
                            House::bearer(House::page) + "Aizuchi-Device: " + token + "\r\n")) ==
        401);
}

TEST_CASE("Known or not, a mailbox link is answered alike, and a wrong one says nothing") {
  Post house;
  house.tell("u-1", "i-1");
  const std::string known = house.link("u-1"), unknown = house.link("u-9");
  const auto body = [](const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n"));
  };
  CHECK(body(house.ask("GET", known, "")) == body(house.ask("GET", unknown, "")));
  CHECK(body(house.ask("POST", known, "")) == body(house.ask("POST", unknown, "")));
  // Of somebody who is not known nothing was made.
  CHECK(status_of(house.get("/v1/people/u-9", House::people)) == 404);
  const std::string wrong = body(house.ask("GET", "/u/ml_nothing", ""));
  CHECK(contains(wrong, "not valid any more"));
  for (size_t i = 3; i < known.size(); i += 7) {
    std::string changed = known;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const std::string answer = house.ask("POST", changed, "");
    CHECK(status_of(answer) == 404);
    CHECK(body(answer) == wrong);
  }
  CHECK(body(house.ask("GET", known.substr(0, known.size() - 1), "")) == wrong);
  house.clock.advance(ground::Duration::days(61));
  CHECK(body(house.ask("GET", known, "")) == wrong);
  CHECK(status_of(house.ask("POST", known, "")) == 404);
}

TEST_CASE("A link is made by a server for a purpose that there is, and not for ever") {
  Post house;
  const auto mint = [&](const std::string& body, std::string_view key) {
    return status_of(house.post("/v1/mailbox-links", body, key));
  };
  const std::string right = R"({"userId":"u-1","purpose":"layout"})";
  CHECK(mint(right, House::page) == 403);
  CHECK(mint(right, House::ingest) == 403);
  CHECK(mint(R"({"userId":"u-1","purpose":"nothing"})", House::people) == 404);
  CHECK(mint(R"({"purpose":"layout"})", House::people) == 400);
  CHECK(mint(R"({"userId":"u-1","purpose":"layout","days":401})", House::people) == 400);
  CHECK(mint(R"({"userId":"u-1","purpose":"layout","days":0})", House::people) == 400);
  // After an erasure a click brings nobody back.
  house.tell("u-1", "i-1");
  const std::string link = house.link("u-1", R"(,"days":400)");
  REQUIRE(status_of(house.ask("DELETE", "/v1/people/u-1", "", House::bearer(House::every))) == 200);
  house.clock.advance(ground::Duration::seconds(1));
  CHECK(status_of(house.ask("POST", link, "")) == 200);
  CHECK(status_of(house.get("/v1/people/u-1", House::people)) == 404);
}

}  // namespace aizuchi::serve
