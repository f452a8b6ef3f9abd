#include "serve/http/routes_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

std::string files_json(const ground::BrandFiles& files) {
  ground::JsonWriter json;
  json.object().key("files").object();
  for (const auto& [path, text] : files.files) json.member(path, text);
  return json.end_object().end_object().take();
}

// The brand of the house with one item more.
ground::BrandFiles with_more() {
  ground::BrandFiles out = probe_brand();
  out.files["items/more.yaml"] =
      "- {id: hero-more, title: more, slot: home.hero, layer: surface, intent: tell, "
      "when: visits > 1, speaks: [], wordings: [{say: {ja: {title: もっと}, en: {title: "
      "More}}}]}\n";
  return out;
}

}  // namespace

TEST_CASE("Over HTTP too nothing is taken away unless prune=true says so") {
  House house;
  REQUIRE(status_of(house.post("/admin/api/publish", files_json(with_more()), House::every)) ==
          200);
  const auto refused = house.post("/admin/api/publish", files_json(probe_brand()), House::every);
  CHECK(status_of(refused) == 422);
  CHECK(text_at(parsed(refused), "needsPrune") == "true");
  CHECK(text_at(parsed(refused), "changes/0") == "- item hero-more");
  CHECK(text_at(parsed(refused), "counts/removed") == "1");
  CHECK(contains(text_at(parsed(refused), "error/hint"), "prune=true"));
  CHECK(text_at(parsed(house.ask("GET", "/readyz")), "version") == "2");
  CHECK(status_of(house.post("/admin/api/publish?prune=yes", files_json(probe_brand()),
                             House::every)) == 400);
  const auto done =
      house.post("/admin/api/publish?prune=true", files_json(probe_brand()), House::every);
  CHECK(status_of(done) == 200);
  CHECK(text_at(parsed(done), "version") == "3");
}

TEST_CASE("Versions are listed with the key that published them, read back and rolled back to") {
  House house;
  REQUIRE(status_of(house.post("/admin/api/publish", files_json(with_more()), House::every)) ==
          200);
  const auto listed = parsed(house.get("/admin/api/versions", House::every));
  CHECK(text_at(listed, "live") == "2");
  CHECK(text_at(listed, "versions/0/version") == "2");
  CHECK(text_at(listed, "versions/0/at") == "2026-06-01T10:00:00.000Z");
  CHECK(text_at(listed, "versions/0/by").size() == 8);
  CHECK(text_at(listed, "versions/0/counts/added") == "1");
  CHECK(text_at(listed, "versions/2/version") == "(nothing)");
  const auto old = parsed(house.get("/admin/api/publish?version=1", House::every));
  CHECK(text_at(old, "version") == "1");
  CHECK(old.find("files")->find("items/more.yaml") == nullptr);
  CHECK(status_of(house.get("/admin/api/publish?version=9", House::every)) == 404);
  CHECK(status_of(house.get("/admin/api/publish?version=0", House::every)) == 400);
  const auto back = house.post("/admin/api/rollback", "{}", House::every);
  CHECK(status_of(back) == 200);
  CHECK(text_at(parsed(back), "version") == "3");
  CHECK(text_at(parsed(house.get("/admin/api/versions", House::every)), "versions/0/rollbackOf") ==
        "1");
  CHECK(text_at(parsed(house.post("/admin/api/rollback", R"({"version":1})", House::every)),
                "changed") == "false");
  CHECK(status_of(house.post("/admin/api/rollback", R"({"version":9})", House::every)) == 404);
  CHECK(status_of(house.post("/admin/api/rollback", R"({"version":"x"})", House::every)) == 400);
}
