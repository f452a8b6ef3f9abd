// "Tell us", at any time: only this time, this is a gift, a break, or in one's own words.
#include <filesystem>

#include "decide/pipeline/pipeline.h"
#include "ground/base/test_folder.h"
#include "ground/store/store.h"
#include "respect/admission/recording.h"
#include "serve/partition/questions_probe.h"

namespace aizuchi::serve {

using ground::Duration;
using ground::Value;

namespace {

constexpr const char* gift_item = R"(
- id: hero-somebody
  title: gifts
  slot: home.hero
  intent: help
  value: 50
  when: has(context.for_whom) && context.for_whom == 'gift'
  speaks: []
  serves: [first-choice]
  wordings:
    - say:
        ja: {title: 贈りものに。, cta: 見る, href: /gift}
        en: {title: For somebody., cta: See, href: /gift}
)";

struct Telling : Questions {
  explicit Telling(const std::string& directory = "") : Questions(directory) {
    auto files = ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/demo/tsumugi");
    REQUIRE(files.has_value());
    files->files["items/gift.yaml"] = gift_item;
    files->files["events.yaml"] +=
        "  Told Us: {context: support, hears: {text: said, concern: inquiry.about}}\n";
    publish(*files);
  }
  Ingested does(const std::string& event, const std::string& properties) {
    clock.advance(Duration::minutes(1));
    return send(page(), R"({"type":"track","anonymousId":"a-1","event":")" + event +
                            R"(","messageId":"d)" + std::to_string(clock.now().ms) +
                            R"(","properties":)" + properties + "}");
  }
  void looks_at(const std::string& product, const std::string& category = "light-roast") {
    does("Product Viewed", R"({"product_id":")" + product + R"(","category":")" + category + "\"}");
  }
  Value tell(const Dialogue::Told& told) {
    clock.advance(Duration::minutes(1));
    const auto json = dialogue().told_and_wait([&](const Dialogue::Done& done) {
      dialogue().tell(device("a-1"), told, page(), ground::LocaleId{1}, done);
    });
    REQUIRE_MESSAGE(json.has_value(), json.error().message);
    return *ground::parse_json(*json);
  }
  Value writes(const std::string& text) {
    const auto json = dialogue().told_and_wait([&](const Dialogue::Done& done) {
      dialogue().hear(device("a-1"), text, page(), ground::LocaleId{1}, done);
    });
    REQUIRE_MESSAGE(json.has_value(), json.error().message);
    return *ground::parse_json(*json);
  }
  Value me() {
    const auto json = partition->me_json(device("a-1"), page(), ground::LocaleId{1});
    REQUIRE(json.has_value());
    return *ground::parse_json(*json);
  }
  // How often it is known that they looked at, or did, something.
  int64_t counted(std::string_view text_start) {
    int64_t out = 0;
    const Value now = me();
    for (const Value& one : now.find("counted")->as_list())
      if (at(one, "what").starts_with(text_start)) out = std::max(out, one.find("count")->as_int());
    return out;
  }
  size_t viewed_for_the_shelf() {
    const Answer answer = ask(page(), device("a-1"), {"home.picks"});
    for (const auto& read : answer.draft.slots.at(0).admission->recorded())
      if (answer.snapshot->reads[read.read].kind == ground::ReadKind::viewed)
        return read.value.as_list().size() / 2;
    return 0;
  }
  static constexpr std::string_view looks = "count(\"Product Viewed\"";
};

void next_day(Telling& shop) {
  shop.clock.advance(Duration::hours(20));
}

}  // namespace

TEST_CASE("[P1] Only this time: the visit teaches nothing, what was done in it before included") {
  const std::string directory = temp_directory();
  {
    Telling shop(directory);
    shop.allow("a-1", {"recommend"});
    shop.looks_at("kochere");
    next_day(shop);
    shop.looks_at("nyeri-hill");
    shop.looks_at("pacamara-finca-sol");
    REQUIRE(shop.counted(Telling::looks) == 3);
    const Value told = shop.tell({.what = "only_this_time"});
    REQUIRE(told.find("told")->as_list().size() == 1);
    CHECK(Questions::at(told.find("told")->as_list()[0], "says") == "only this time");
    CHECK(Questions::at(told.find("told")->as_list()[0], "means") ==
          "What you do in this visit is not remembered as your taste.");
    CHECK(shop.counted(Telling::looks) == 1);
    shop.looks_at("nyeri-hill");
    CHECK(shop.counted(Telling::looks) == 1);
    // In this visit the shelf follows them; an order is one, whenever it is made.
    CHECK(shop.viewed_for_the_shelf() == 3);
    shop.does("Order Completed", R"({"order_id":"o1","products":[{"product_id":"kochere"}]})");
    CHECK(shop.counted("count(\"Order Completed\"") == 1);
    CHECK(Questions::at(shop.question("a-1"), "reason") == "told_us");
    shop.open(directory);
    CHECK(shop.counted(Telling::looks) == 1);
    // Counted anew for another reason, it is the same.
    REQUIRE(shop.partition
                ->forget_value_and_wait(Questions::device("a-1"), "gift.occasion", shop.page())
                .has_value());
    CHECK(shop.counted(Telling::looks) == 1);
    next_day(shop);
    CHECK(shop.viewed_for_the_shelf() == 1);
    shop.looks_at("pacamara-finca-sol");
    CHECK(shop.counted(Telling::looks) == 2);
    // Taken back by name, long after: it happened as it did.
    const std::string at = Questions::at(shop.me().find("told")->as_list()[0], "at");
    const Value left = shop.tell({.what = "only_this_time", .holds = false, .told = at});
    CHECK(left.find("told")->as_list().empty());
    CHECK(shop.counted(Telling::looks) == 5);
    CHECK(shop.viewed_for_the_shelf() == 3);
  }
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("[P1] A gift is about somebody else: it may choose now, and says nothing of the giver") {
  Telling shop;
  shop.allow("a-1", {"recommend"});
  shop.looks_at("kochere");
  next_day(shop);
  shop.looks_at("nyeri-hill");
  CHECK(shop.hero("a-1") != "hero-somebody");
  shop.tell({.what = "gift"});
  CHECK(shop.hero("a-1") == "hero-somebody");
  CHECK(shop.counted(Telling::looks) == 1);
  const auto previewed = shop.partition->preview({.person = Questions::device("a-1"),
                                                  .slots = {"home.hero"},
                                                  .context = {},
                                                  .events = {},
                                                  .mode = ground::Mode::preview,
                                                  .now = {},
                                                  .persona = {}},
                                                 shop.page());
  REQUIRE(previewed.has_value());
  CHECK(previewed->snapshot->items[previewed->draft.slots.at(0).picks.at(0).item.index].name ==
        "hero-somebody");
  const auto explained = shop.ask(shop.page(), Questions::device("a-1"), {"home.hero"});
  const auto replayed =
      shop.partition->explain(explained.id, Questions::device("a-1"), shop.page());
  REQUIRE(replayed.has_value());
  CHECK(replayed->differences == std::vector<std::string>{""});
  next_day(shop);
  CHECK(shop.hero("a-1") != "hero-somebody");
  CHECK(shop.viewed_for_the_shelf() == 1);
  // Of one product only: of that one nothing is counted for as long as it is a gift.
  shop.tell({.what = "gift", .product = "dripper"});
  shop.looks_at("dripper", "light-roast");
  shop.looks_at("pacamara-finca-sol");
  CHECK(shop.counted(Telling::looks) == 2);
  CHECK(shop.hero("a-1") != "hero-somebody");
  // … and what an event says so of itself counts as little.
  shop.send(shop.page(),
            R"({"type":"track","anonymousId":"a-1","event":"Product Viewed","messageId":"g1",)"
            R"("context":{"for_whom":"gift"},"properties":{"product_id":"kochere",)"
            R"("category":"light-roast"}})");
  CHECK(shop.counted(Telling::looks) == 2);
}

TEST_CASE("[P1] What was set apart stays apart in a state that is made again from the log") {
  const ground::test::TestFolder folder;
  const std::string directory = folder / "data";
  {
    Telling shop(directory);
    shop.looks_at("kochere");
    next_day(shop);
    shop.looks_at("nyeri-hill");
    shop.tell({.what = "only_this_time"});
    REQUIRE(shop.counted(Telling::looks) == 1);
  }
  {  // as a salvage leaves it whose states did not check
    const auto store = ground::open_rocks_store({.directory = directory, .sync = false}).value();
    ground::Batch batch;
    REQUIRE(store->scan(ground::Space::state, "", "", ground::Direction::forward,
                        [&](std::string_view key, std::string_view) {
                          batch.erase(ground::Space::state, key);
                          return true;
                        }));
    batch.put(ground::Space::meta, "applied", std::string(8, '\0'));
    REQUIRE(store->commit_and_wait(std::move(batch), ground::Durability::synced));
  }
  Telling shop(directory);
  CHECK(shop.counted(Telling::looks) == 1);
}

TEST_CASE("[P11] What a device set apart stays apart when it becomes a person's") {
  Telling shop;
  const Key server{
      .id = "server", .secret = true, .source = "shop", .scopes = {Scope::ingest, Scope::people}};
  shop.send(server,
            R"({"type":"identify","userId":"u-1","messageId":"i","traits":{"job":"sales"}})");
  shop.looks_at("kochere");
  next_day(shop);
  shop.looks_at("nyeri-hill");
  shop.looks_at("nyeri-hill");
  shop.tell({.what = "gift"});
  shop.send(server, R"({"type":"track","userId":"u-1","anonymousId":"a-1","messageId":"t",)"
                    R"("event":"Account Opened"})");
  const auto json = shop.partition->me_json({.user_id = "u-1"}, server, ground::LocaleId{1});
  REQUIRE(json.has_value());
  const Value me = *ground::parse_json(*json);
  CHECK(me.find("told")->as_list().size() == 1);
  int64_t looks = 0;
  for (const Value& one : me.find("counted")->as_list())
    if (Questions::at(one, "what").starts_with(Telling::looks))
      looks = std::max(looks, one.find("count")->as_int());
  CHECK(looks == 1);
}

TEST_CASE("[P1] During a break nothing personal is used, asked or kept; then it is as it was") {
  Telling shop;
  shop.allow("a-1", {"recommend", "values"});
  for (int i = 0; i < 2; ++i) shop.answer("a-1", {"quiet"});
  const std::string hero = shop.hero("a-1");
  REQUIRE(hero != "hero-default");
  const auto until = shop.clock.now() + Duration::days(10);
  shop.tell({.what = "break", .until = until});
  CHECK(shop.hero("a-1") == "hero-default");
  CHECK(Questions::at(shop.question("a-1"), "reason") == "paused");
  CHECK(shop.does("Product Viewed", R"({"product_id":"kochere"})").no_basis == 1);
  const Answer shelf = shop.ask(shop.page(), Questions::device("a-1"), {"home.picks"});
  CHECK(shelf.draft.slots.at(0).reason == decide::Reason::paused);
  CHECK(Questions::at(shop.me().find("told")->as_list()[0], "until") ==
        ground::format_instant(until));
  shop.clock.advance(Duration::days(11));
  CHECK(shop.hero("a-1") == hero);
  CHECK(shop.does("Product Viewed", R"({"product_id":"kochere"})").accepted == 1);
  CHECK(Questions::at(shop.me().find("told")->as_list()[0], "holds") == "false");
  // Told anew, and taken back at once.
  shop.tell({.what = "break"});
  CHECK(shop.hero("a-1") == "hero-default");
  shop.tell({.what = "break", .holds = false});
  CHECK(shop.hero("a-1") == hero);
}

TEST_CASE("[P7] What somebody writes is understood, or read by a person, and never obeyed") {
  Telling shop;
  const Value worry = shop.writes("My parcel has not arrived, where is it?");
  CHECK(Questions::at(worry, "kept") == "true");
  CHECK(Questions::at(*worry.find("concern"), "id") == "delivery");
  CHECK(Questions::at(worry, "answer").find("A person will read it.") != std::string::npos);
  CHECK(Questions::at(shop.question("a-1"), "reason") == "something_is_wrong");
  const Value gift = shop.writes("これは友人への贈り物です");
  CHECK(Questions::at(gift, "meant") == "gift");
  CHECK(shop.me().find("told")->as_list().empty());
  CHECK(Questions::at(shop.writes("Only THIS time, please"), "meant") == "only_this_time");
  CHECK(Questions::at(shop.writes("Leave me alone for a while"), "meant") == "break");
  const Value other = shop.writes("qqq zzz");
  CHECK(other.find("meant") == nullptr);
  CHECK(other.find("concern") == nullptr);
  CHECK(Questions::at(other, "answer") == "A person will read it.");
  // Without a basis nothing of it is kept, and nobody pretends to read it.
  shop.allow("a-1", {"layout", "recommend", "mail", "improve"}, false);
  const Value none = shop.writes("hello");
  CHECK(Questions::at(none, "kept") == "false");
  CHECK(Questions::at(none, "answer") == "It was not kept.");
}

TEST_CASE("What cannot be told is refused with what can, and nobody is made of it") {
  Telling shop;
  const auto refused = [&](const Dialogue::Told& told) {
    const auto json = shop.dialogue().told_and_wait([&](const Dialogue::Done& done) {
      shop.dialogue().tell(Questions::device("a-9"), told, shop.page(), ground::LocaleId{1}, done);
    });
    return !json.has_value() && json.error().code == ground::ErrorCode::invalid;
  };
  CHECK(refused({.what = "forever"}));
  CHECK(refused({.what = "break", .product = "kochere"}));
  CHECK(refused({.what = "gift", .until = shop.clock.now() + Duration::days(1)}));
  CHECK(refused({.what = "break", .until = shop.clock.now()}));
  CHECK(refused({.what = "break", .until = shop.clock.now() + Duration::days(400)}));
  const auto nothing = shop.dialogue().told_and_wait([&](const Dialogue::Done& done) {
    shop.dialogue().tell(Questions::device("a-9"), {.what = "gift", .holds = false}, shop.page(),
                         ground::LocaleId{1}, done);
  });
  REQUIRE(nothing.has_value());
  CHECK(*nothing == R"({"told":[]})");
  CHECK_FALSE(shop.partition->person_json(Questions::device("a-9")).has_value());
  const auto sent =
      shop.send(shop.page(), R"({"type":"track","event":"Wish Told","anonymousId":"a-1",)"
                             R"("messageId":"w","properties":{"what":"gift"}})");
  CHECK(sent.refused.size() == 1);
}

}  // namespace aizuchi::serve
