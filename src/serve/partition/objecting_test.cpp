#include "serve/partition/signed_probe.h"
#include "serve/partition/wishes.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

struct Objecting : Signed {
  explicit Objecting(const std::string& directory = "") : Signed(directory) {}
  ground::Result<Ingested> use(const Asking& who, std::string name, std::string purpose,
                               bool allowed = false) {
    clock.advance(ground::Duration::seconds(1));
    std::optional<ground::Result<Ingested>> out;
    partition->set_use(who, {std::move(name), std::move(purpose), allowed}, web,
                       [&](const auto& outcome) { out = outcome; });
    if (!out) REQUIRE(partition->flush().has_value());
    if (!out) partition->tick();
    REQUIRE(out.has_value());
    return *out;
  }
  void tell_job(const Asking& who, const std::string& message) {
    clock.advance(ground::Duration::seconds(1));
    const auto told =
        partition->ingest_and_wait(R"({"type":"identify","anonymousId":"d-1","messageId":")" +
                                       message + R"(","traits":{"job":"sales"}})",
                                   form_page(), who);
    REQUIRE(told.has_value());
    REQUIRE(told->accepted == 1);
  }
  Key form_page() {
    if (!form_key) form_key = partition->create_key(false, "form", {})->key;
    return *form_key;
  }
  std::string cta(const Asking& who) { return first(ask(web, who, {"home.cta"})); }
  std::string me(const Asking& who) { return *partition->me_json(who, web, ground::LocaleId{0}); }
  std::optional<Key> form_key;
};

const Asking device{.anonymous_id = "d-1"};

}  // namespace

TEST_CASE(
    "[P1] What a person does not want used is used nowhere for it, and again when they say so") {
  Objecting w;
  w.tell_job(device, "i1");
  CHECK(w.cta(device) == "Choose a gift");
  REQUIRE(w.use(device, "job", "layout").has_value());
  CHECK(w.cta(device) == "Have a look");
  const Answer answer = w.ask(w.web, device, {"home.cta"}, Explain::operator_view);
  CHECK(answer_json(answer, Explain::operator_view).find("objected") != std::string::npos);
  CHECK(w.me(device).find(R"("objections":[{"fact":"job")") != std::string::npos);
  REQUIRE(w.use(device, "job", "layout", true).has_value());
  CHECK(w.cta(device) == "Choose a gift");
  CHECK(w.me(device).find(R"("objections":[])") != std::string::npos);
  // For another purpose it says nothing about this one; for none at all it does.
  REQUIRE(w.use(device, "job", "mail").has_value());
  CHECK(w.cta(device) == "Choose a gift");
  REQUIRE(w.use(device, "job", "").has_value());
  CHECK(w.cta(device) == "Have a look");
  CHECK(w.me(device).find(R"("notUsedBecause":"objected")") != std::string::npos);
  // … and allowing it at all lifts each.
  REQUIRE(w.use(device, "job", "", true).has_value());
  CHECK(w.me(device).find(R"("objections":[])") != std::string::npos);
}

TEST_CASE("An objection holds for what is told later, and after a restart") {
  const std::string directory = temp_directory();
  {
    Objecting w(directory);
    REQUIRE(w.use(device, "job", "layout").has_value());  // of somebody who was not known yet
    w.tell_job(device, "i1");
    CHECK(w.cta(device) == "Have a look");
    w.partition.reset();
  }
  Objecting w(directory);
  w.clock.advance(ground::Duration::hours(1));
  w.web = w.partition->create_key(false, "web", {})->key;
  CHECK(w.cta(device) == "Have a look");
  REQUIRE(w.use(device, "job", "layout", true).has_value());
  CHECK(w.cta(device) == "Choose a gift");
  w.partition.reset();
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("A count that is objected to is absent, not zero, and so is what rests on it [P9]") {
  Objecting w;
  w.view("d-1", "light-roast", 3);
  CHECK(w.ask(w.web, device, {"home.hero"}).draft.slots[0].layer == ground::Layer::surface);
  const std::string me = w.me(device);
  const ground::Value known = *ground::parse_json(me);
  const auto& counted = known.find("counted")->as_list();
  for (const ground::Value& each : counted)
    REQUIRE(w.use(device, each.find("what")->as_string(), "layout").has_value());
  CHECK(w.ask(w.web, device, {"home.hero"}).draft.slots[0].layer == ground::Layer::none);
}

TEST_CASE("What cannot be named is refused alike for everyone, and too much is said") {
  Objecting w;
  w.tell_job(device, "i1");
  for (const Asking& who : {device, Asking{.anonymous_id = "nobody"}}) {
    CHECK(w.use(who, "jop", "layout").error().code == ground::ErrorCode::not_found);
    CHECK(w.use(who, "job", "layuot").error().code == ground::ErrorCode::not_found);
    CHECK(w.use(who, "", "layout").error().code == ground::ErrorCode::not_found);
    CHECK(w.use(who, "job", "layout").has_value());
  }
  // As an event of a page: what it does not say whole is not taken for a word.
  const auto told = w.send(w.web, R"({"type":"track","event":"Fact Use Changed","messageId":"u1",)"
                                  R"("anonymousId":"d-1","properties":{"fact":"job"}})");
  CHECK(told.accepted == 1);
  CHECK(w.me(device).find(R"("objections":[{"fact":"job")") != std::string::npos);
}

TEST_CASE("A person's objections are not shown to whoever has their device") {
  Objecting w;
  w.send(w.server, R"({"type":"identify","userId":"u-1","anonymousId":"d-1","messageId":"s1"})");
  REQUIRE(w.use(w.proven("u-1"), "job", "mail").has_value());
  CHECK(w.me(w.proven("u-1")).find(R"("fact":"job")") != std::string::npos);
  CHECK(w.me(device).find(R"("objections":[])") != std::string::npos);
}
