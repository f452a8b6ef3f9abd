// The sample's page over HTTP.
#include "serve/demo/demo_routes.h"
#include "ground/base/json.h"
#include "serve/demo/demo_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using namespace aizuchi::serve::probe;
using ground::Value;

namespace {

struct Heard {
  int status = 0;
  std::string body, headers;
};
class Ear final : public ResponseSink {
 public:
  explicit Ear(Heard& heard) : heard_(heard) {}
  void answer(Self, Response response) override {
    heard_ = {.status = response.status, .body = response.body, .headers = ""};
    for (const auto& [name, value] : response.headers) heard_.headers += name + ": " + value + "\n";
    heard_.headers += "Content-Type: " + response.content_type + "\n";
  }
  void dropped(Self) override { heard_.status = 500; }
  void stream(Self, Response) override {}
  bool write(Self, std::string) override { return false; }
  void end(Self) override {}

 private:
  Heard& heard_;
};

Heard ask(std::string_view method, std::string_view target, std::string body = "") {
  Heard heard;
  DemoRoutes routes(stage());
  const size_t mark = target.find('?');
  const size_t size = body.size();
  body.resize(size + body_padding_bytes);
  Request request{.method = method,
                  .target = target,
                  .path = target.substr(0, mark),
                  .query = mark == std::string_view::npos ? "" : target.substr(mark + 1),
                  .body = std::string_view(body).substr(0, size)};
  routes.handle(request, Responder(std::make_shared<Ear>(heard)));
  return heard;
}

Value parsed(const std::string& json) {
  auto value = ground::parse_json(json);
  REQUIRE_MESSAGE(value.has_value(), json);
  return *std::move(value);
}

}  // namespace

TEST_CASE("The page's JSON has the shapes of docs/demo.md") {
  const Value scenes = parsed(ask("GET", "/demo/scenes?locale=en").body);
  REQUIRE(scenes.find("scenes")->as_list().size() == stage().scenes().size());
  CHECK(scenes.find("scenes")->as_list()[0].find("title")->as_string() ==
        "Nice to meet you: from a light-roast ad");
  for (const Value& listed : scenes.find("scenes")->as_list()) {
    const Value told =
        parsed(ask("GET", "/demo/scene/" + listed.find("id")->as_string() + "?locale=ja").body);
    CHECK(told.find("mode")->as_string() == "preview");
    CHECK(told.find("scene")->find("title")->is(Value::Kind::string));
    CHECK(told.find("ordinary")->find("home.hero")->find("title")->is(Value::Kind::string));
    for (const auto& [name, slot] : told.find("slots")->as_map()) {
      CHECK(slot.find("layer")->is(Value::Kind::string));
      for (const Value& candidate : slot.find("operator")->find("candidates")->as_list()) {
        const bool dropped = !candidate.find("dropped")->is_null();
        CHECK_FALSE((dropped && candidate.find("chosen")->as_bool()));
        CHECK(dropped == (candidate.find("p") == nullptr));
      }
      if (slot.find("items")->as_list().empty()) continue;
      CHECK_FALSE(slot.find("why")->as_list().empty());
      CHECK(slot.find("items")->as_list()[0].find("content")->is(Value::Kind::map));
    }
  }
}

TEST_CASE("The page is in the binary, loads nothing from anyone else, and says so") {
  const Heard page = ask("GET", "/");
  CHECK(page.status == 200);
  CHECK(page.headers.contains("Content-Type: text/html"));
  CHECK(page.headers.contains("Content-Security-Policy: default-src 'none'; script-src 'self'"));
  for (const std::string_view name : {"style.css", "page.js", "parts.js", "view.js", "shop.js",
                                      "moment.js", "words.js", "editor.js", "art.svg"}) {
    CHECK(ask("GET", "/demo/" + std::string(name)).status == 200);
    CHECK_FALSE(demo_file("page/" + std::string(name)).contains("https://"));
  }
  CHECK(ask("GET", "/demo/page.js").headers.contains("Content-Type: text/javascript"));
  for (const std::string_view target :
       {"/demo/nothing", "/demo/../brand.yaml", "/demo/scene/nothing", "/demo/scene/%zz"}) {
    const Heard none = ask("GET", target);
    CHECK(none.status == 404);
    CHECK(parsed(none.body).find("error")->find("code")->as_string() == "not_found");
    CHECK(none.headers.contains("Content-Security-Policy"));
  }
  CHECK(ask("DELETE", "/demo/scenes").status == 405);
  CHECK(ask("GET", "/demo/scene/2a-quiet?tapped=nothing@0s").status == 400);
  CHECK(ask("GET", "/demo/scene/2a-quiet?later=soon").status == 400);
  const Value told = parsed(ask("GET", "/demo/scene/2a-quiet?tapped=undo@1h&later=2h").body);
  CHECK(told.find("scene")->find("tapped")->as_list()[0].find("id")->as_string() == "undo");
  CHECK(told.find("scene")->find("now")->as_string() == "2026-05-22T00:20:00.000Z");
}

TEST_CASE("The editor's words are checked as they are typed") {
  const Value first = parsed(ask("GET", "/demo/publish").body);
  CHECK(first.find("refused")->as_bool());
  const Value second = parsed(
      ask("POST", "/demo/publish", R"({"ja":"夜にも。","en":"For \"evenings\": too #1"})").body);
  CHECK_FALSE(second.find("refused")->as_bool());
  CHECK(second.find("says")->find("en")->as_string() == "For \"evenings\": too #1");
  const Value shown = parsed(ask("POST", "/demo/publish?scene=3-decaf&locale=en",
                                 R"({"ja":"夜にも。","en":"At night, too."})")
                                 .body);
  CHECK(shown.find("told")
            ->find("slots")
            ->find("home.hero")
            ->find("items")
            ->as_list()[0]
            .find("content")
            ->find("title")
            ->as_string() == "At night, too.");
  CHECK(ask("POST", "/demo/publish?scene=none", R"({"ja":"夜にも。"})").status == 404);
  const Value third = parsed(ask("POST", "/demo/publish", R"({"ja":"あなただけに"})").body);
  CHECK(third.find("refused")->as_bool());
  CHECK(ask("POST", "/demo/publish", "{").status == 400);
  CHECK(ask("POST", "/demo/publish", R"({"fr":"x"})").status == 400);
  CHECK(ask("POST", "/demo/publish", R"({"ja":")" + std::string(401, 'x') + "\"}").status == 413);
}
