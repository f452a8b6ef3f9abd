#include "serve/partition/odd.h"

#include <filesystem>

#include "serve/partition/audit.h"
#include "serve/partition/partition_probe.h"
#include "serve/partition/wishes.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

// The small brand: a button for sales people, and a title for who looked at light roasts.
struct OddWorld : World {
  explicit OddWorld(const std::string& directory = "", uint32_t people = 5) : World(directory) {
    if (!partition->snapshot()) {
      begin();
      publish(folder(people));
    }
    page = partition->create_key(false, "form", {})->key;
    web = partition->create_key(false, "web", {})->key;
    server = partition->create_key(true, "web", {Scope::ingest, Scope::decide})->key;
  }
  static ground::BrandFiles folder(uint32_t people) {
    auto files = brand();
    files.files["brand.yaml"] += fmt::format("odd: {{people: {}, share: 0.5}}\n", people);
    return files;
  }
  void tell_job(const std::string& who) {
    clock.advance(ground::Duration::seconds(1));
    CHECK(send(page, fmt::format(R"({{"type":"identify","anonymousId":"{}","messageId":"i-{}",)"
                                 R"("traits":{{"job":"sales"}}}})",
                                 who, who))
              .accepted == 1);
  }
  // Who comes a second time.
  void regular(const std::string& who) {
    tell_job(who);
    view(who, "dark", 1, "x");
    clock.advance(ground::Duration::hours(2));
    view(who, "dark", 1, "y");
  }
  Answer cta(const std::string& who) {
    clock.advance(ground::Duration::seconds(1));
    return ask(web, {.anonymous_id = who}, {"home.cta"}, Explain::operator_view);
  }
  void expose(const std::string& who, const Answer& answer, const std::string& item) {
    CHECK(send(web, fmt::format(R"({{"type":"track","event":"Slot Exposed","anonymousId":"{}",)"
                                R"("messageId":"e-{}","properties":{{"decisionId":"{}",)"
                                R"("slot":"home.cta","item":"{}"}}}})",
                                who, to_text(answer.id), to_text(answer.id), item))
              .accepted == 1);
  }
  ground::Result<std::string> mark(const std::string& who, const Answer& answer,
                                   const std::string& fact = "", const Key* key = nullptr,
                                   const std::string& slot = "home.cta") {
    clock.advance(ground::Duration::seconds(1));
    return Odd(*partition)
        .mark_and_wait(key == nullptr ? Asking{.anonymous_id = who} : Asking{},
                       {.decision = answer.id, .slot = slot, .fact = fact},
                       key == nullptr ? web : *key);
  }
  // Somebody who came back, was shown the button and says that it feels odd.
  void meets(const std::string& who, bool marks) {
    regular(who);
    const Answer answer = cta(who);
    REQUIRE(first(answer) == "Choose a gift");
    expose(who, answer, "cta-sales");
    if (marks) CHECK(mark(who, answer).has_value());
  }
  std::string replayed(const Answer& answer) {
    const auto explained = partition->explain(answer.id, {}, server);
    REQUIRE(explained.has_value());
    return explained->differences.at(0);
  }
  // As it stands once everyone was looked at.
  ground::Value list() {
    REQUIRE(partition->flush());
    for (int i = 0; i < 40; ++i) {
      if (i % 20 == 0) clock.advance(ground::Duration::minutes(11));
      (void)Odd(*partition).list_json();
      clock.advance(ground::Duration::seconds(1));
      partition->tick();
    }
    return *ground::parse_json(Odd(*partition).list_json());
  }
  static std::string at(const ground::Value& object, std::string_view name) {
    const ground::Value* found = object.find(name);
    return found == nullptr ? "absent" : ground::to_display(*found);
  }
  std::string state_of_use() {
    const ground::Value all = list();
    const auto& uses = all.find("uses")->as_list();
    return uses.empty() ? "" : at(uses.front(), "state");
  }
  Key page;
};

const decide::Candidate& candidate(const Answer& answer, std::string_view name) {
  for (const decide::Candidate& each : answer.draft.slots.at(0).candidates)
    if (each.item.valid() && answer.snapshot->items[each.item.index].name == name) return each;
  FAIL("no such candidate");
  std::abort();
}

}  // namespace

TEST_CASE("[P1] What feels odd at a spot is not used there for them from the next decision on") {
  OddWorld w;
  w.tell_job("a");
  w.tell_job("b");
  const Answer before = w.cta("a");
  CHECK(first(before) == "Choose a gift");
  const auto marked = w.mark("a", before, "job");
  REQUIRE_MESSAGE(marked.has_value(), marked.error().message);
  CHECK(*marked == R"({"accepted":true,"uses":[{"fact":"job","item":"cta-sales"}]})");
  const Answer after = w.cta("a");
  CHECK(first(after) == "Have a look");
  CHECK(candidate(after, "cta-sales").drop == decide::Drop::felt_odd);
  const std::string json = answer_json(after, Explain::operator_view);
  CHECK(json.contains(R"("dropped":"odd","missing":"facts.job")"));
  CHECK(json.contains(R"("odd":["facts.job"])"));
  CHECK(w.replayed(before) == "");
  CHECK(w.replayed(after) == "");
  CHECK(first(w.cta("b")) == "Choose a gift");  // for nobody else
  // Where else it is used is another matter; and it is theirs to see.
  const std::string me = *w.partition->me_json({.anonymous_id = "a"}, w.web, ground::LocaleId{0});
  CHECK(me.contains(R"("objections":[],"odd":[{"fact":"job","item":"cta-sales","at":)"));
  // Once is once.
  const Answer again = w.cta("a");
  CHECK(w.mark("a", before, "job").has_value());
  CHECK(w.partition->counters().odd_marks == 1);
  // Used again when they say so.
  w.clock.advance(ground::Duration::seconds(1));
  bool done = false;
  w.partition->set_use({.anonymous_id = "a"}, {"job", "", true}, w.web,
                       [&](const auto& outcome) { done = outcome.has_value(); });
  REQUIRE(w.partition->flush());
  if (!done) w.partition->tick();
  CHECK(done);
  CHECK(first(w.cta("a")) == "Choose a gift");
  CHECK(w.replayed(again) == "");  // it is still told as it was
}

TEST_CASE("Odd in one wording is not odd in another: the item is said in its plain words") {
  OddWorld w;
  auto files = OddWorld::folder(5);
  files.files["items/home.yaml"] +=
      "- id: cta-gift\n  slot: home.cta\n  layer: surface\n  intent: help\n  value: 9\n"
      "  speaks: []\n  wordings:\n"
      "    - say: {ja: {label: 贈り物に}, en: {label: For a gift}}\n"
      "    - id: sales\n      when: facts.job == 'sales'\n      speaks: []\n"
      "      say: {ja: {label: 手土産に}, en: {label: For a client}}\n";
  w.publish(files);
  w.tell_job("a");
  w.clock.advance(ground::Duration::hours(3));
  Answer answer = w.cta("a");
  REQUIRE(candidate(answer, "cta-gift").drop == decide::Drop::none);
  REQUIRE(first(answer) == "For a client");
  REQUIRE(w.mark("a", answer).has_value());
  answer = w.cta("a");
  const decide::Candidate& gift = candidate(answer, "cta-gift");
  CHECK(gift.drop == decide::Drop::none);
  CHECK(gift.wording == -1);
  CHECK(gift.touched.empty());
  CHECK(w.replayed(answer) == "");
}

TEST_CASE("Only what was really used there can feel odd, and only to whom it was shown") {
  OddWorld w;
  w.tell_job("a");
  const Answer answer = w.cta("a");
  const auto stranger = w.mark("b", answer);
  const auto unknown = Odd(*w.partition)
                           .mark_and_wait({.anonymous_id = "b"},
                                          {.decision = {}, .slot = "home.cta", .fact = ""}, w.web);
  REQUIRE_FALSE(stranger.has_value());
  REQUIRE_FALSE(unknown.has_value());
  CHECK(stranger.error().code == ground::ErrorCode::not_found);
  CHECK(stranger.error().message == unknown.error().message);
  CHECK(stranger.error().hint == unknown.error().hint);
  CHECK(w.mark("a", answer, "plan").error().code == ground::ErrorCode::invalid);
  CHECK(w.mark("a", answer, "", nullptr, "home.hero").error().code == ground::ErrorCode::not_found);
  const Answer nobody = w.cta("n");
  CHECK_FALSE(w.mark("n", nobody).has_value());
  const Answer plain = [&] {
    w.view("c", "dark", 1);
    return w.cta("c");
  }();
  CHECK(w.mark("c", plain).error().code == ground::ErrorCode::invalid);
  CHECK(w.partition->counters().odd_marks == 0);
  REQUIRE(w.partition->erase_and_wait({.anonymous_id = "a"}, w.web).has_value());
  CHECK(w.mark("a", answer).error().code == ground::ErrorCode::not_found);
}

TEST_CASE(
    "[P3] Enough people for whom a use feels odd stop it for everybody, and the brand hears") {
  const std::string directory = temp_directory();
  {
    OddWorld w(directory);
    for (int i = 0; i < 4; ++i) w.meets(fmt::format("m{}", i), true);
    for (int i = 0; i < 3; ++i) w.meets(fmt::format("n{}", i), false);
    CHECK(w.state_of_use() == "marked");
    CHECK(first(w.cta("n0")) == "Choose a gift");
    w.meets("m4", true);  // five of eight
    const ground::Value all = w.list();
    const ground::Value& use = all.find("uses")->as_list().at(0);
    CHECK(OddWorld::at(use, "state") == "stopped");
    CHECK(OddWorld::at(use, "fact") == "job");
    CHECK(OddWorld::at(use, "item") == "cta-sales");
    CHECK(use.find("people")->is_null());  // fewer than 20: no count tells of them
    CHECK(use.find("met")->is_null());
    CHECK(use.find("share") == nullptr);
    CHECK(w.partition->counters().odd_stops == 1);
    CHECK(Odd(*w.partition).stopped() == 1);
    const auto audit = w.partition->audit().page(0, 1);
    REQUIRE(audit.has_value());
    CHECK(audit->at(0).action == "odd.stop");
    CHECK(audit->at(0).by == "engine");
    CHECK(audit->at(0).on == "job at cta-sales");
    const Answer answer = w.cta("n0");
    CHECK(first(answer) == "Have a look");
    CHECK(candidate(answer, "cta-sales").drop == decide::Drop::felt_odd);
    CHECK(w.replayed(answer) == "");
  }
  OddWorld w(directory);  // it holds through a restart
  CHECK(first(w.cta("n0")) == "Have a look");
  CHECK_FALSE(Odd(*w.partition).resume("cta-default", "job", "cli").has_value());
  REQUIRE(Odd(*w.partition).resume("cta-sales", "job", "cli").has_value());
  CHECK(first(w.cta("n0")) == "Choose a gift");
  CHECK(first(w.cta("m0")) == "Have a look");  // their word is theirs
  CHECK(w.partition->audit().page(0, 1)->at(0).action == "odd.resume");
  CHECK(w.state_of_use() == "resumed");  // what was said before is not counted again
  CHECK(first(w.cta("n0")) == "Choose a gift");
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("Who never met it, came once, or has a server speak, has no word for others") {
  OddWorld w;
  for (int i = 0; i < 6; ++i) {  // devices of a minute
    const std::string who = fmt::format("once{}", i);
    w.tell_job(who);
    const Answer answer = w.cta(who);
    w.expose(who, answer, "cta-sales");
    CHECK(w.mark(who, answer).has_value());
  }
  for (int i = 0; i < 6; ++i) {  // never seen
    const std::string who = fmt::format("unseen{}", i);
    w.regular(who);
    CHECK(w.mark(who, w.cta(who)).has_value());
  }
  for (int i = 0; i < 6; ++i) {  // a server's word
    const std::string who = fmt::format("told{}", i);
    w.meets(who, false);
    const Answer answer = w.cta(who);
    w.expose(who, answer, "cta-sales");
    CHECK(w.mark(who, answer, "", &w.server).has_value());
    CHECK(first(w.cta(who)) == "Have a look");  // for them it holds
  }
  CHECK(w.state_of_use() == "marked");
  w.regular("other");
  CHECK(first(w.cta("other")) == "Choose a gift");
}

TEST_CASE("Of many who met it, a few stop nothing; who is forgotten has said nothing") {
  OddWorld w;
  for (int i = 0; i < 6; ++i) w.meets(fmt::format("n{}", i), false);
  for (int i = 0; i < 5; ++i) w.meets(fmt::format("m{}", i), true);
  CHECK(w.state_of_use() == "marked");  // five of eleven; half is asked for
  const auto erased = w.partition->erase_and_wait({.anonymous_id = "m0"}, w.web);
  REQUIRE_MESSAGE(erased.has_value(), erased.error().message);
  for (int i = 0; i < 4; ++i)
    REQUIRE(
        w.partition->erase_and_wait({.anonymous_id = fmt::format("n{}", i)}, w.web).has_value());
  CHECK(w.state_of_use() == "marked");  // four of six: the share is there, the people are not
  w.meets("m9", true);
  CHECK(w.state_of_use() == "stopped");
}

TEST_CASE("What felt odd is in the log when it is answered: a crash forgets nothing of it") {
  const std::string directory = temp_directory();
  const std::string copy = directory + "-copy";
  {
    OddWorld w(directory);
    w.tell_job("a");
    const Answer answer = w.cta("a");
    REQUIRE(w.partition->flush().has_value());
    REQUIRE(w.mark("a", answer).has_value());
    // A copy of the files as a crash would leave them: nothing was flushed since.
    for (const std::string part : {"", "-keys"})
      std::filesystem::copy(directory + part, copy + part,
                            std::filesystem::copy_options::recursive);
    OddWorld crashed(copy);
    CHECK(first(crashed.cta("a")) == "Have a look");
    CHECK(crashed.partition->verify()->wrong.empty());
  }
  for (const auto& path : {directory, directory + "-keys", copy, copy + "-keys"})
    std::filesystem::remove_all(path);
}
