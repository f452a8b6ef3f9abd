#include "serve/partition/felt.h"

#include <cmath>
#include <filesystem>
#include <set>

#include "serve/partition/felt_looks.h"
#include "serve/partition/questions_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;
using ground::Value;

namespace {

// The small brand, which asks with the consent to recommend.
struct FeltWorld : World {
  explicit FeltWorld(const std::string& directory = "") : World(directory) {
    if (!partition->snapshot()) {
      begin();
      auto files = brand();
      files.files["brand.yaml"] += "felt: {purpose: recommend}\n";
      publish(files);
    }
    web = partition->create_key(false, "web", {})->key;
  }
  void allow(const std::string& who, bool granted = true) {
    clock.advance(Duration::seconds(1));
    CHECK(send(web, fmt::format(R"({{"type":"track","event":"Consent Updated","anonymousId":"{}",)"
                                R"("messageId":"c{}","properties":{{"purposes":)"
                                R"({{"recommend":{}}}}}}})",
                                who, ++serial, granted))
              .accepted == 1);
  }
  // Shown to them, and seen.
  Answer shown(const std::string& who) {
    Answer answer = ask(web, {.anonymous_id = who}, {"home.hero"});
    CHECK(send(web, fmt::format(R"({{"type":"track","event":"Slot Exposed","anonymousId":"{}",)"
                                R"("messageId":"e{}","properties":{{"decisionId":"{}",)"
                                R"("slot":"home.hero","item":"hero-default"}}}})",
                                who, ++serial, to_text(answer.id)))
              .accepted == 1);
    return answer;
  }
  Value felt(const std::string& who, const Answer& answer) {
    const auto json =
        Felt(*partition)
            .ask_json({.anonymous_id = who}, web, answer.id, "home.hero", ground::LocaleId{1});
    REQUIRE_MESSAGE(json.has_value(), json.error().message);
    return *ground::parse_json(*json);
  }
  static std::string at(const Value& object, std::string_view name) {
    const Value* found = object.find(name);
    return found == nullptr ? "" : ground::to_display(*found);
  }
  std::string reason(const std::string& who, const Answer& answer) {
    return at(felt(who, answer), "reason");
  }
  // They come again and again, until they are asked: what they are asked.
  Value asked(const std::string& who) {
    for (int visit = 0; visit < 2'000; ++visit) {
      clock.advance(Duration::minutes(31));
      const Value told = felt(who, shown(who));
      if (!told.find("felt")->is_null()) return *told.find("felt");
      REQUIRE(at(told, "reason") == "not_now");
    }
    FAIL("nobody was asked");
    return {};
  }
  static std::string other_item(const Value& asked) {
    return at(asked.find("items")->as_list().at(1), "id");
  }
  ground::Result<std::string> tell(const std::string& who, const Value& asked, int64_t first,
                                   int64_t other) {
    return Felt(*partition)
        .answer_and_wait(
            {.anonymous_id = who},
            {.ask = at(asked, "ask"), .answers = {{"F1", first}, {other_item(asked), other}}}, web);
  }
  Value results() {
    REQUIRE(partition->flush());
    for (int i = 0; i < 40; ++i) {
      if (i == 0) clock.advance(Duration::minutes(11));
      (void)Felt(*partition).results_json();
      clock.advance(Duration::seconds(1));
      partition->tick();
    }
    return *ground::parse_json(Felt(*partition).results_json());
  }
  int serial = 0;
};

FeltTally tally_of(std::initializer_list<int> scores) {
  FeltTally out;
  for (const int score : scores) out.add(score);
  return out;
}

FeltTally many(uint64_t n, int score) {
  FeltTally out;
  for (uint64_t i = 0; i < n; ++i) out.add(score);
  return out;
}

}  // namespace

TEST_CASE("[P12] Whether they feel understood is asked after something was seen, by consent only") {
  FeltWorld w;
  const Answer before = w.ask(w.web, {.anonymous_id = "a"}, {"home.hero"});
  CHECK(w.reason("a", before) == "no_consent");  // of nobody
  w.allow("a");
  const Answer unseen = w.ask(w.web, {.anonymous_id = "a"}, {"home.hero"});
  CHECK(w.reason("a", unseen) == "not_shown");
  w.allow("b");
  CHECK(w.reason("b", w.shown("a")) == "not_shown");  // somebody else's
  const Value asked = w.asked("a");
  CHECK(FeltWorld::at(asked.find("items")->as_list().at(0), "id") == "F1");
  CHECK(FeltWorld::at(asked.find("items")->as_list().at(0), "says") ==
        "Sample understands what I need.");
  CHECK(asked.find("items")->as_list().size() == 2);
  CHECK(FeltWorld::other_item(asked) != "F1");
  CHECK(FeltWorld::at(*asked.find("purpose"), "id") == "recommend");
  // Once shown, they were asked: not again for 90 days.
  CHECK(w.reason("a", w.shown("a")) == "rested");
  w.clock.advance(Duration::days(89));
  CHECK(w.reason("a", w.shown("a")) == "rested");
  w.clock.advance(Duration::days(2));
  CHECK_FALSE(w.asked("a").is_null());
  w.allow("a", false);
  CHECK(w.reason("a", w.shown("a")) == "no_consent");
  auto off = brand();
  w.publish(off, {.prune = true});
  CHECK(w.reason("b", w.shown("b")) == "off");
}

TEST_CASE("It is asked in 2 % of visits, by the dice of the visit: a reload changes nothing") {
  FeltWorld w;
  int asked = 0;
  constexpr int people = 3'000;
  for (int i = 0; i < people; ++i) {
    const std::string who = fmt::format("p{}", i);
    w.allow(who);
    const Answer answer = w.shown(who);
    const bool now = !w.felt(who, answer).find("felt")->is_null();
    if (i < 50 && !now) CHECK(w.reason(who, w.shown(who)) == "not_now");
    asked += now ? 1 : 0;
  }
  // 60 expected; four standard deviations of a binomial are 31.
  CHECK(asked > 29);
  CHECK(asked < 91);
}

TEST_CASE("Nobody is asked during a complaint of theirs, nor beside a question of the dialogue") {
  Questions shop;
  auto files = *ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/demo/tsumugi");
  if (!files.files["brand.yaml"].contains("felt:"))
    files.files["brand.yaml"] += "\nfelt: {purpose: improve}\n";
  shop.publish(files);
  const auto reason = [&](const std::string& who) {
    const Answer answer = shop.ask(shop.page(), Questions::device(who), {"home.hero"});
    const auto& slot = answer.draft.slots.at(0);
    const auto item = answer.snapshot->items[slot.picks.at(0).item.index].name;
    const auto sent = shop.partition->ingest_and_wait(
        fmt::format(R"({{"type":"track","event":"Slot Exposed","anonymousId":"{}",)"
                    R"("messageId":"e-{}","properties":{{"decisionId":"{}","slot":"home.hero",)"
                    R"("item":"{}"}}}})",
                    who, to_text(answer.id), to_text(answer.id), item),
        shop.page());
    REQUIRE(sent->accepted == 1);
    const auto json = Felt(*shop.partition)
                          .ask_json(Questions::device(who), shop.page(), answer.id, "home.hero",
                                    ground::LocaleId{0});
    REQUIRE(json.has_value());
    const Value told = *ground::parse_json(*json);
    return Questions::at(told, "reason");
  };
  shop.allow("a-1", {"values", "recommend", "improve"});
  shop.answer("a-1", {"craft"});
  CHECK(reason("a-1") == "question");
  shop.clock.advance(Duration::hours(25));
  CHECK(reason("a-1") != "question");
  shop.allow("a-2", {"recommend", "improve"});
  const auto sent = shop.partition->ingest_and_wait(
      R"({"type":"track","event":"Order Refunded","anonymousId":"a-2","messageId":"r1",)"
      R"("properties":{"products":[{"product_id":"p"}]}})",
      shop.page());
  REQUIRE(sent->accepted == 1);
  CHECK(reason("a-2") == "complaint");
}

TEST_CASE("An answer is to what was asked, of whom it was asked, once; a skip counts as asked") {
  const std::string directory = temp_directory();
  {
    FeltWorld w(directory);
    w.allow("a");
    w.allow("b");
    const Value asked = w.asked("a");
    CHECK(w.tell("b", asked, 6, 2).error().code == ground::ErrorCode::invalid);
    CHECK(w.tell("a", asked, 0, 2).error().code == ground::ErrorCode::invalid);
    CHECK(w.tell("a", asked, 8, 2).error().code == ground::ErrorCode::invalid);
    Felt felt(*w.partition);
    const auto one = felt.answer_and_wait(
        {.anonymous_id = "a"}, {.ask = FeltWorld::at(asked, "ask"), .answers = {{"F1", 5}}}, w.web);
    CHECK(one.error().code == ground::ErrorCode::invalid);
    const auto none =
        felt.answer_and_wait({.anonymous_id = "a"}, {.ask = "AAAA", .skip = true}, w.web);
    CHECK(none.error().code == ground::ErrorCode::invalid);
    CHECK(*w.tell("a", asked, 6, 2) == R"({"accepted":true,"duplicate":false})");
    CHECK(*w.tell("a", asked, 1, 1) == R"({"accepted":true,"duplicate":true})");
    const Value skipped = w.asked("b");
    CHECK(felt.answer_and_wait({.anonymous_id = "b"},
                               {.ask = FeltWorld::at(skipped, "ask"), .skip = true}, w.web)
              .has_value());
    const auto& counted = w.partition->counters().felt;
    CHECK(counted[0] == 2);
    CHECK(counted[1] == 1);
    CHECK(counted[2] == 1);
    // It is no click, and no conversion: nothing that a choice is rewarded with.
    CHECK(w.partition->counters().outcomes == 0);
  }
  FeltWorld w(directory);
  w.clock.set(*ground::parse_instant("2026-08-01T10:00:00Z"));
  w.serial = 100'000;
  CHECK(w.reason("a", w.shown("a")) == "rested");
  CHECK(w.reason("b", w.shown("b")) == "rested");
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("What people feel is Aizuchi's own event: nobody else can send it") {
  FeltWorld w;
  w.allow("a");
  const auto sent = w.send(w.server, R"({"type":"track","event":"Felt Answered","userId":"u",)"
                                     R"("messageId":"x","properties":{"slot":"home.hero",)"
                                     R"("layer":"none","F1":1}})");
  CHECK(sent.accepted == 0);
  CHECK(sent.refused.size() == 1);
}

TEST_CASE("[P12] Results stand by layer and slot from 20 people on, and unease raises an alert") {
  FeltWorld w;
  constexpr int everyone = 160;
  const auto name = [](int i) { return fmt::format("p{}", i); };
  for (int i = 0; i < everyone; ++i) w.allow(name(i));
  std::map<std::string, int> told;
  std::set<int> people;
  // All of them come once in half an hour, until enough were asked.
  for (int visit = 0; visit < 500; ++visit) {
    if (told["C1"] >= 20 && told["F2"] >= 20 && told["F3"] >= 20) break;
    w.clock.advance(Duration::minutes(31));
    for (int i = 0; i < everyone; ++i) {
      if (people.contains(i)) continue;
      const Value felt = *w.felt(name(i), w.shown(name(i))).find("felt");
      if (felt.is_null()) continue;
      people.insert(i);
      const std::string other = FeltWorld::other_item(felt);
      // Of those who were asked of unease every tenth was uneasy.
      const int64_t score = other == "C1" ? (told["C1"]++ % 10 == 0 ? 6 : 1) : 5;
      told[other] += other == "C1" ? 0 : 1;
      REQUIRE(w.tell(name(i), felt, 6, score).has_value());
    }
    if (visit > 0 || people.size() >= 20) continue;
    const Value few = w.results();
    CHECK(few.find("all")->find("people")->is_null());
    CHECK(few.find("all")->find("uneasy") == nullptr);
  }
  const Value results = w.results();
  const Value& all = *results.find("all");
  CHECK(all.find("people")->number_or(0) == static_cast<double>(people.size()));
  REQUIRE(all.find("understood") != nullptr);
  const Value& understood = *all.find("understood");
  CHECK(understood.find("mean")->number_or(0) == doctest::Approx((6 + 5 + 5) / 3.0));
  REQUIRE(all.find("uneasy") != nullptr);
  const Value& uneasy = *all.find("uneasy");
  CHECK(uneasy.find("share")->number_or(0) > 0.05);
  CHECK(uneasy.find("share")->number_or(1) < 0.16);
  CHECK(FeltWorld::at(uneasy, "alert") == "true");
  const auto& groups = results.find("groups")->as_list();
  REQUIRE(groups.size() == 1);
  CHECK(FeltWorld::at(groups.at(0), "slot") == "home.hero");
  const Felt::Now now = Felt(*w.partition).now();
  CHECK(now.alerts == 2);  // the group, and all
  CHECK(now.understood.value_or(0) == doctest::Approx(16 / 3.0));
  // Who is forgotten has said nothing.
  for (const int i : people)
    REQUIRE(w.partition->erase_and_wait({.anonymous_id = name(i)}, w.web).has_value());
  CHECK(w.results().find("all")->find("people")->is_null());
  CHECK(w.results().find("groups")->as_list().empty());
}

TEST_CASE("No difference between numbers that are told tells of fewer than 20 people") {
  FeltItems large{}, small{}, smaller{};
  large[0] = many(30, 6);
  small[0] = many(19, 1);
  smaller[0] = many(1, 1);
  CHECK(pooled({&large, &smaller})[0].n == 30);  // not 31
  CHECK(pooled({&large, &small, &smaller})[0].n == 50);
  CHECK(pooled({&small})[0].n == 0);
}

TEST_CASE("Means and shares come with their 95 % intervals, within the scale") {
  const FeltTally tally = tally_of({4, 5, 6, 7, 5, 4, 6, 5, 7, 6, 4, 5, 6, 7, 5, 4, 6, 5, 7, 6});
  const Estimate mean = mean_of(tally);
  CHECK(mean.mean == doctest::Approx(5.5));
  // The standard error of these twenty is 0.2351.
  CHECK(mean.low == doctest::Approx(5.5 - 1.96 * 0.2351).epsilon(0.001));
  CHECK(mean_of(many(20, 7)).high == 7);
  // Wilson 1927: 2 of 20.
  FeltTally unease = many(18, 1);
  unease.add(5);
  unease.add(7);
  const Estimate share = unease_of(unease);
  CHECK(share.mean == doctest::Approx(0.1));
  CHECK(share.low == doctest::Approx(0.0279).epsilon(0.01));
  CHECK(share.high == doctest::Approx(0.3010).epsilon(0.01));
  FeltItems items{};
  items[0] = many(40, 6);
  items[1] = many(20, 4);
  CHECK_FALSE(understood(items).has_value());
  items[2] = many(20, 2);
  CHECK(understood(items)->mean == doctest::Approx(4));
}
