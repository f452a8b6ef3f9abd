#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

// The hero by light roast has a cap of one a week here; the button by job serves a concern.
ground::BrandFiles with_cap() {
  ground::BrandFiles out = brand();
  std::string& items = out.files["items/home.yaml"];
  const std::string_view title = "  title: light roast\n";
  items.replace(items.find(title), title.size(),
                "  title: light roast\n  cap: {times: 2, per: 14d}\n");
  const std::string_view sales = "  title: for sales people\n";
  items.replace(items.find(sales), sales.size(), "  title: for sales people\n  serves: [gifts]\n");
  out.files["concerns.yaml"] = "concerns:\n  gifts: {says: {ja: 手土産, en: gifts}}\n";
  return out;
}

struct Told : World {
  Told() {
    begin();
    publish(with_cap());
    send(server, R"({"type":"identify","userId":"u","messageId":"i1","traits":{"job":"sales"}})");
    for (const char* id : {"v1", "v2"})
      send(server, std::string(R"({"type":"track","event":"Product Viewed","userId":"u",)") +
                       R"("messageId":")" + id + R"(","properties":{"category":"light-roast"}})");
  }
  Ingested say(const std::string& rows) {
    auto task = partition->begin_said(*ground::parse_json(rows));
    REQUIRE_MESSAGE(task.has_value(), task.error().message);
    unknown = task->unknown;
    auto done = partition->ingest_and_wait(std::move(task->events), server);
    REQUIRE(done.has_value());
    return *done;
  }
  decide::Drop dropped(std::string_view slot, std::string_view item) {
    last = partition->preview(
        {.person = {.user_id = "u"}, .slots = {std::string(slot)}, .mode = ground::Mode::preview},
        server);
    REQUIRE(last.has_value());
    for (const decide::Candidate& each : last->draft.slots.at(0).candidates)
      if (last->snapshot->items[each.item.index].name == item) return each.drop;
    FAIL("no such candidate");
    return decide::Drop::none;
  }
  std::vector<std::string> unknown;
  ground::Result<Answer> last = Answer{};
};

}  // namespace

TEST_CASE("[P10] What was said by phone is not said again on the page, for a week") {
  Told told;
  CHECK(told.dropped("home.cta", "cta-sales") == decide::Drop::none);
  CHECK(
      told.say(R"([{"userId":"u","item":"cta-sales","channel":"phone","by":"desk-2"}])").accepted ==
      1);
  CHECK(told.dropped("home.cta", "cta-sales") == decide::Drop::said_elsewhere);
  told.clock.advance(ground::Duration::days(8));
  CHECK(told.dropped("home.cta", "cta-sales") == decide::Drop::none);
}

TEST_CASE("[P10] An item with a cap counts what was said elsewhere") {
  Told told;
  told.say(R"([{"userId":"u","item":"hero-light","channel":"store"}])");
  CHECK(told.dropped("home.hero", "hero-light") == decide::Drop::none);
  told.say(R"([{"userId":"u","item":"hero-light","channel":"newsletter",
                "at":"2026-06-01T09:00:00Z"}])");
  CHECK(told.dropped("home.hero", "hero-light") == decide::Drop::cap_reached);
}

TEST_CASE("[P10] A topic that was talked about is not brought up by another item") {
  Told told;
  told.say(R"([{"userId":"u","topic":"gifts","channel":"phone"}])");
  CHECK(told.dropped("home.cta", "cta-sales") == decide::Drop::said_elsewhere);
  CHECK(told.dropped("home.hero", "hero-light") == decide::Drop::none);
}

TEST_CASE("Told twice by one messageId counts once, and begins no visit") {
  Told told;
  const auto visits = [&] {
    const auto person = *ground::parse_json(*told.partition->person_json({.user_id = "u"}));
    return person.find("visits")->as_int();
  };
  const auto before = visits();
  told.clock.advance(ground::Duration::hours(3));
  const std::string row =
      R"([{"userId":"u","item":"hero-light","channel":"store","messageId":"s-1"}])";
  CHECK(told.say(row).accepted == 1);
  CHECK(told.say(row).duplicates == 1);
  CHECK(visits() == before);
  CHECK(told.dropped("home.hero", "hero-light") == decide::Drop::none);  // once of two
}

TEST_CASE("It is kept without any consent, of people not met before, and shown with its source") {
  Told told;
  told.say(R"([{"userId":"new","item":"later-item","channel":"phone","by":"desk-2",
                "at":"2026-05-30T10:00:00Z","messageId":"s-1"}])");
  CHECK(told.unknown == std::vector<std::string>{"later-item"});
  const auto person = *ground::parse_json(*told.partition->person_json({.user_id = "new"}));
  const auto& said = person.find("saidElsewhere")->as_list();
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("item")->as_string() == "later-item");
  CHECK(said[0].find("channel")->as_string() == "phone");
  CHECK(said[0].find("by")->as_string() == "desk-2");
  CHECK(said[0].find("at")->as_string() == "2026-05-30T10:00:00.000Z");
}

TEST_CASE("A page cannot say that something was said") {
  Told told;
  told.send(told.web, R"({"type":"track","event":"Message Said","anonymousId":"a","messageId":"x",
                          "properties":{"item":"hero-light","channel":"phone"}})");
  const auto person = *ground::parse_json(*told.partition->person_json({.anonymous_id = "a"}));
  CHECK(person.find("saidElsewhere")->as_list().empty());
}

TEST_CASE("Rows that do not tell who, what or where are named, and stop no other") {
  Told told;
  const Ingested done = told.say(
      R"([{"item":"x","channel":"phone"},{"userId":"u","channel":"phone"},{"userId":"u","item":"x"},
          {"userId":"u","item":"x","channel":"phone","at":"soon"},7,
          {"userId":"u","itm":"x","channel":"phone"},{"userId":"u","item":"","channel":"phone"},
          {"userId":"u","topic":"gifts","channel":"phone"}])");
  CHECK(done.accepted == 1);
  REQUIRE(done.refused.size() == 7);
  for (size_t i = 0; i < 7; ++i) CHECK(done.refused[i].index == i);
  CHECK(done.refused[5].message.ends_with("did you mean item?"));
  CHECK_FALSE(told.partition->begin_said(ground::Value("x")).has_value());
  CHECK_FALSE(told.partition->begin_said(ground::Value::list({})).has_value());
}

TEST_CASE("What was said elsewhere is there after a crash, made again from the log") {
  const std::string directory = temp_directory();
  {
    World world(directory);
    world.begin();
    auto task = world.partition->begin_said(
        *ground::parse_json(R"([{"userId":"u","item":"hero-light","channel":"phone"}])"));
    REQUIRE(world.partition->ingest_and_wait(std::move(task->events), world.server).has_value());
    std::filesystem::copy(directory, directory + "-crashed",
                          std::filesystem::copy_options::recursive);
  }
  World world;
  world.partition.reset();
  auto opened = Partition::open({.data_directory = directory + "-crashed",
                                 .keyring_directory = directory + "-keys",
                                 .sync = false,
                                 .clock = &world.clock,
                                 .dice = &world.dice});
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  CHECK((*opened)->person_json({.user_id = "u"})->find("hero-light") != std::string::npos);
  opened->reset();
  for (const char* end : {"", "-crashed", "-keys"}) std::filesystem::remove_all(directory + end);
}
