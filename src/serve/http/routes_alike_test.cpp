// Known and unknown ids, side by side, for whoever may not look: the same status and the same
// words.
#include <regex>

#include "serve/http/routes_probe.h"

namespace aizuchi::serve {

namespace {

// Somebody told by a server, a device of theirs minted here, a decision of each.
struct Peopled : House {
  Peopled() {
    REQUIRE(status_of(post("/v1/identify",
                           R"({"type":"identify","userId":"u-known","messageId":"k-1",)"
                           R"("traits":{"size":"L"}})",
                           every)) == 200);
    const auto minted = parsed(post("/v1/devices", "", page));
    device = text_at(minted, "anonymousId");
    const std::string token = text_at(minted, "deviceToken");
    REQUIRE(status_of(ask("POST", "/v1/track",
                          R"({"type":"track","event":"Product Viewed","messageId":"k-2",)"
                          R"("properties":{"category":"light-roast"}})",
                          bearer(page) + "Aizuchi-Device: " + token + "\r\n")) == 200);
    decision =
        text_at(parsed(post("/v1/decide",
                            R"({"person":{"userId":"u-known"},"slots":["home.hero"]})", every)),
                "decisionId");
  }
  std::string device, decision;
};

// Without what is new in every answer: the id of its decision or receipt, and what signs that.
std::string words_of(const std::string& answer) {
  static const std::regex id(R"([0-9a-f]{32}|"jws":"[^"]*")");
  return std::regex_replace(
      std::to_string(status_of(answer)) + answer.substr(answer.find("\r\n\r\n")), id, "#");
}

struct Asked {
  const char *method, *target, *body;  // "@" is the id
};
constexpr Asked by_user[] = {
    {"POST", "/v1/decide", R"({"person":{"userId":"@"},"slots":["home.hero"]})"},
    {"POST", "/v1/decide", R"({"person":{"userId":"@","anonymousId":"a"},"slots":["home.note"]})"},
    {"GET", "/v1/me?userId=@", ""},
    {"GET", "/v1/me/export?userId=@&anonymousId=a", ""},
    {"DELETE", "/v1/me?userId=@", ""},
    {"DELETE", "/v1/me/facts/size?userId=@", ""},
    {"PATCH", "/v1/me/facts/size", R"({"value":"M","userId":"@"})"},
    {"PUT", "/v1/me/purposes/layout", R"({"granted":false,"userId":"@"})"},
    {"GET", "/v1/people/@", ""},
    {"GET", "/v1/people/@/events", ""},
    {"POST", "/v1/mailbox-links", R"({"userId":"@","purpose":"layout"})"},
    {"POST", "/v1/track", R"({"event":"Product Viewed","userId":"@","anonymousId":"a"})"},
    {"POST", "/v1/alias", R"({"userId":"u-me","previousId":"@","anonymousId":"a"})"},
};
constexpr Asked by_device[] = {
    {"POST", "/v1/decide", R"({"person":{"anonymousId":"@"},"slots":["home.hero"]})"},
    {"POST", "/ofrep/v1/evaluate/flags/home.hero", R"({"context":{"targetingKey":"@"}})"},
    {"GET", "/v1/me?anonymousId=@", ""},
    {"GET", "/v1/me/export?anonymousId=@", ""},
    {"GET", "/v1/me/purposes?anonymousId=@", ""},
    {"GET", "/v1/me/question?anonymousId=@", ""},
    {"GET", "/v1/me/felt?anonymousId=@&slot=home.hero", ""},
    {"DELETE", "/v1/me/facts/size?anonymousId=@", ""},
    {"PATCH", "/v1/me/facts/size", R"({"value":"M","anonymousId":"@"})"},
    {"PUT", "/v1/me/facts/size/use", R"({"allowed":false,"anonymousId":"@"})"},
    {"PUT", "/v1/me/purposes/layout", R"({"granted":false,"anonymousId":"@"})"},
    {"POST", "/v1/me/tell", R"({"what":"gift","anonymousId":"@"})"},
    {"PUT", "/v1/me/pause", R"({"until":null,"anonymousId":"@"})"},
    {"POST", "/v1/me/stop?anonymousId=@", ""},
    {"POST", "/v1/track", R"({"event":"Product Viewed","anonymousId":"@"})"},
};
constexpr Asked by_decision[] = {
    {"GET", "/v1/decisions/@/why?anonymousId=a", ""},
    {"GET", "/v1/decisions/@/why?userId=u-known", ""},
    {"POST", "/v1/decisions/@/odd", R"({"slot":"home.hero","anonymousId":"a"})"},
    {"GET", "/v1/me/felt?anonymousId=a&slot=home.hero&decisionId=@", ""},
};

template <size_t N>
void check_alike(House& house, const Asked (&all)[N], const std::string& known,
                 const std::string& unknown) {
  for (const Asked& asked : all) {
    const auto words = [&](std::string id) {
      static const std::regex place("@");
      return words_of(house.ask(asked.method, std::regex_replace(asked.target, place, id),
                                std::regex_replace(asked.body, place, id),
                                House::bearer(House::page)));
    };
    CHECK_MESSAGE(words(known) == words(unknown), asked.method << " " << asked.target);
  }
}

}  // namespace

TEST_CASE(
    "[P11] What a page is answered about an id does not tell whether somebody is known by it") {
  Peopled house;
  check_alike(house, by_user, "u-known", "u-other");
  check_alike(house, by_device, house.device, "dev_" + std::string(32, '7'));
  check_alike(house, by_decision, house.decision,
              house.decision.substr(0, 12) + std::string(20, '7'));
  // The same questions are answered otherwise to who may ask them.
  CHECK(status_of(house.get("/v1/people/u-known", House::every)) == 200);
  CHECK(status_of(house.get("/v1/people/u-other", House::every)) == 404);
}

TEST_CASE("The button of a mail's link writes as much for somebody who is not known") {
  Peopled house;
  const auto bytes_of_stopping = [&](const std::string& user) {
    const auto link = parsed(house.post(
        "/v1/mailbox-links", R"({"userId":")" + user + R"(","purpose":"layout"})", House::people));
    uint64_t before = 0, after = 0;
    house.there([&] { before = house.partition->store_stats().bytes; });
    CHECK(status_of(house.ask("POST", text_at(link, "path"), "")) == 200);
    house.there([&] { after = house.partition->store_stats().bytes; });
    return after - before;
  };
  CHECK(bytes_of_stopping("u-known") > 0);
  CHECK(bytes_of_stopping("u-other") > 0);
}

}  // namespace aizuchi::serve
