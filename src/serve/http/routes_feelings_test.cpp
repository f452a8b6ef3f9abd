// "This feels odd" and "do you feel understood?" over HTTP: who may, what is told, and to whom.
#include "serve/http/routes_probe.h"

namespace aizuchi::serve {

namespace {

bool has_status(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

ground::BrandFiles asking_brand() {
  ground::BrandFiles out = probe_brand();
  out.files["brand.yaml"] += "felt: {purpose: recommend}\n";
  return out;
}

// What a device that looked at light roasts is shown.
std::string decided(House& house) {
  for (const char* message : {"v1", "v2"})
    REQUIRE(has_status(house.post("/v1/track", viewed(message), House::page), 200));
  const std::string answer = house.post(
      "/v1/decide", R"({"person":{"anonymousId":"a-1"},"slots":["home.hero"],"explain":"person"})",
      House::page);
  REQUIRE(has_status(answer, 200));
  return answer;
}

std::string odd_path(const std::string& decision) {
  return "/v1/decisions/" + decision + "/odd";
}

}  // namespace

TEST_CASE("[P1] What feels odd is taken at the spot and holds for the next answer") {
  House house;
  const ground::Value before = parsed(decided(house));
  CHECK(text_at(before, "slots/home.hero/items/0/id") == "hero-light");
  const std::string id = text_at(before, "decisionId");
  const std::string name = text_at(before, "slots/home.hero/items/0/why/0/name");
  const std::string body = R"({"slot":"home.hero","anonymousId":"a-1"})";
  const std::string marked = house.post(odd_path(id), body, House::page);
  REQUIRE_MESSAGE(has_status(marked, 200), marked);
  CHECK(text_at(parsed(marked), "uses/0/fact") == name);
  CHECK(text_at(parsed(marked), "uses/0/item") == "hero-light");
  CHECK(contains(house.get("/v1/me/export?format=html&anonymousId=a-1&locale=en", House::page),
                 "What felt odd, and is not used there"));
  house.clock.advance(ground::Duration::seconds(1));
  const ground::Value after = parsed(house.post(
      "/v1/decide", R"({"person":{"anonymousId":"a-1"},"slots":["home.hero"]})", House::page));
  CHECK(text_at(after, "slots/home.hero/items/0/id") == "hero-default");
  // A page with its key in the body, as text/plain.
  CHECK(
      has_status(house.ask("POST", odd_path(id),
                           R"({"slot":"home.hero","anonymousId":"a-1","writeKey":"pk_page_key"})"),
                 200));
}

TEST_CASE("A decision of somebody else, and none at all, are told alike; a wrong body is named") {
  House house;
  const std::string id = text_at(parsed(decided(house)), "decisionId");
  const std::string body = R"({"slot":"home.hero","anonymousId":"b-2"})";
  const std::string stranger = house.post(odd_path(id), body, House::page);
  const std::string unknown =
      house.post(odd_path("00000000000000000000000000000000"), body, House::page);
  const std::string no_id = house.post(odd_path("x"), body, House::page);
  CHECK(has_status(stranger, 404));
  const auto told = [](const std::string& answer) { return ground::to_json(parsed(answer)); };
  CHECK(told(stranger) == told(unknown));
  CHECK(told(stranger) == told(no_id));
  CHECK(has_status(house.post(odd_path(id), R"({"slots":"home.hero"})", House::page), 400));
  CHECK(has_status(house.post(odd_path(id),
                              R"({"slot":"home.hero","fact":"size",)"
                              R"("anonymousId":"a-1"})",
                              House::page),
                   400));
  CHECK(has_status(house.post(odd_path(id), body, House::ingest), 403));
}

TEST_CASE("What feels odd is listed for the brand, who takes back only what was stopped") {
  House house;
  const std::string id = text_at(parsed(decided(house)), "decisionId");
  REQUIRE(has_status(
      house.post(odd_path(id), R"({"slot":"home.hero","anonymousId":"a-1"})", House::page), 200));
  CHECK(has_status(house.get("/admin/api/odd", House::people), 403));
  const ground::Value list = parsed(house.get("/admin/api/odd", House::every));
  CHECK(text_at(list, "uses/0/item") == "hero-light");
  CHECK(text_at(list, "uses/0/state") == "marked");
  CHECK(text_at(list, "uses/0/people") == "");  // null: fewer than 20
  CHECK(text_at(list, "stopsAt/people") == "20");
  const std::string resume = "/admin/api/odd:resume";
  CHECK(has_status(house.post(resume, R"({"item":"hero-light","fact":"visits"})", House::every),
                   404));
  CHECK(has_status(house.post(resume, R"({"fact":"visits"})", House::every), 400));
  CHECK(has_status(house.post(resume, R"({"item":"x","fact":"y"})", House::people), 403));
  const std::string metrics = house.get("/metrics", House::every);
  CHECK(metrics.contains("aizuchi_odd_marks_total 1"));
  CHECK(metrics.contains("aizuchi_odd_stopped 0"));
  CHECK(metrics.contains("aizuchi_felt_unease_alerts 0"));
  CHECK_FALSE(metrics.contains("aizuchi_felt_understood"));  // nobody answered
}

TEST_CASE("[P12] What to ask now, or nothing and a word for why; never of whom it is not") {
  House house(Door::both, asking_brand());
  const std::string id = text_at(parsed(decided(house)), "decisionId");
  const std::string path = "/v1/me/felt?slot=home.hero&decisionId=" + id + "&anonymousId=";
  CHECK(text_at(parsed(house.get(path + "a-1", House::page)), "reason") == "no_consent");
  CHECK(text_at(parsed(house.get(path + "nobody", House::page)), "reason") == "no_consent");
  CHECK(has_status(house.get("/v1/me/felt", House::page), 400));
  REQUIRE(
      has_status(house.ask("PUT", "/v1/me/purposes/recommend",
                           R"({"granted":true,"anonymousId":"a-1"})", House::bearer(House::page)),
                 200));
  CHECK(text_at(parsed(house.get(path + "a-1", House::page)), "reason") == "not_shown");
  const std::string shown = R"({"slot":"home.hero","item":"hero-light","anonymousId":"a-1",)"
                            R"("decisionId":")" +
                            id + "\"}";
  REQUIRE(has_status(house.post("/v1/exposures", shown, House::page), 200));
  // Visit after visit, until the dice say so.
  ground::Value asked;
  for (int visit = 0; visit < 2'000 && !asked.is(ground::Value::Kind::map); ++visit) {
    house.clock.advance(ground::Duration::minutes(31));
    const std::string message = "visit-" + std::to_string(visit);
    REQUIRE(has_status(house.post("/v1/track", viewed(message), House::page), 200));
    const ground::Value told = parsed(house.get(path + "a-1", House::page));
    if (const auto* felt = told.find("felt"); !felt->is_null()) asked = *felt;
  }
  REQUIRE(asked.is(ground::Value::Kind::map));
  CHECK(text_at(asked, "items/0/says") == "Sample understands what I need.");
  CHECK(text_at(asked, "scale/to") == "7");
  const std::string ask = text_at(asked, "ask"), other = text_at(asked, "items/1/id");
  const auto answer = [&](const std::string& answers) {
    return house.post("/v1/me/felt",
                      R"({"anonymousId":"a-1","ask":")" + ask + "\"," + answers + "}", House::page);
  };
  CHECK(has_status(answer(R"("answers":{"F1":"six"})"), 400));
  CHECK(has_status(answer(R"("answers":{"F1":6.5})"), 400));
  CHECK(has_status(answer(R"("skip":"yes")"), 400));
  const std::string kept = answer(R"("answers":{"F1":6,")" + other + R"(":2})");
  REQUIRE_MESSAGE(has_status(kept, 200), kept);
  CHECK(text_at(parsed(kept), "duplicate") == "false");
  CHECK(text_at(parsed(house.get(path + "a-1", House::page)), "reason") == "rested");
  CHECK(has_status(house.get("/admin/api/felt", House::people), 403));
  const ground::Value results = parsed(house.get("/admin/api/felt", House::every));
  CHECK(text_at(results, "on") == "true");
  CHECK(text_at(results, "all/people") == "");
}

}  // namespace aizuchi::serve
