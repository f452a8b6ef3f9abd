// Asked openly, answered once, used for what was said, and taken back.
#include <algorithm>
#include <filesystem>

#include "decide/pipeline/pipeline.h"
#include "ground/base/json.h"
#include "serve/partition/questions_probe.h"

namespace aizuchi::serve {

using ground::Value;

TEST_CASE(
    "[P4] Nothing is asked of whom nobody knows, or without their consent, and that is said") {
  Questions shop;
  Value none = shop.question("nobody");
  CHECK(none.find("question")->is_null());
  CHECK(Questions::at(none, "reason") == "no_consent");
  CHECK(Questions::at(*none.find("purpose"), "id") == "values");
  CHECK_FALSE(Questions::at(*none.find("purpose"), "textVersion").empty());
  shop.allow("a-1", {"recommend"});
  CHECK(Questions::at(shop.question("a-1"), "reason") == "no_consent");
  shop.allow("a-1", {"values"});
  const Value asked = shop.question("a-1");
  const Value& question = *asked.find("question");
  CHECK(Questions::at(question, "why").starts_with("We use it to order the shelf"));
  CHECK(Questions::at(*question.find("gives"), "slot") == "home.picks");
  CHECK(Questions::at(*question.find("gives"), "says") ==
        "We re-ordered this shelf from your answer");
  CHECK(shop.options(asked).size() == 4);
  const auto unknown = shop.dialogue().question_json(Questions::device("a-1"), shop.page(),
                                                     {.name = "teste"}, ground::LocaleId{0});
  CHECK(unknown.error().code == ground::ErrorCode::not_found);
}

TEST_CASE("[P10] Nothing is asked of whom something is wrong for, until it is put right") {
  Questions shop;
  shop.allow("a-1", {"values"});
  const auto tell = [&](const std::string& event, const std::string& properties) {
    shop.clock.advance(ground::Duration::minutes(1));
    shop.send(shop.page(), R"({"type":"track","anonymousId":"a-1","event":")" + event +
                               R"(","messageId":"m)" + std::to_string(shop.clock.now().ms) +
                               R"(","properties":)" + properties + "}");
  };
  const auto reason = [&] { return Questions::at(shop.question("a-1"), "reason"); };
  const std::string before = shop.ask_of("a-1");
  tell("Order Refunded", R"({"products":[{"product_id":"kettle"}]})");
  CHECK(reason() == "something_is_wrong");
  CHECK(shop.question("a-1").find("question")->is_null());
  // Nobody is asked whether they may be asked, either; what was asked before may be answered.
  shop.allow("a-1", {"values"}, false);
  CHECK(reason() == "something_is_wrong");
  shop.allow("a-1", {"values"});
  const auto taken = shop.reply("a-1", {.ask = before, .pass = true});
  REQUIRE(taken.has_value());
  CHECK(taken->find(R"("reason":"something_is_wrong")") != std::string::npos);
  shop.clock.advance(ground::Duration::days(31));
  CHECK(reason() == "something_is_wrong");
  tell("Inquiry Resolved", R"({"state":"resolved"})");
  CHECK(reason().empty());
  // A worry that was heard in what somebody wrote; a complaint about nothing in particular.
  tell("Inquiry Sent", R"({"message":"The coffee is too bitter for me"})");
  CHECK(reason() == "something_is_wrong");
  tell("Inquiry Resolved", "{}");
  CHECK(reason().empty());
  tell("Order Refunded", "{}");
  CHECK(reason() == "something_is_wrong");
  tell("Inquiry Resolved", "{}");
  tell("Inquiry Sent", R"({"message":"The coffee is too bitter for me"})");
  shop.clock.advance(ground::Duration::days(31));  // and nobody called it settled
  CHECK(reason().empty());
  tell("Inquiry Sent", R"({"message":"The coffee is too bitter for me"})");
  CHECK(reason() == "something_is_wrong");
  REQUIRE(
      shop.partition->forget_value_and_wait(Questions::device("a-1"), "inquiry.about", shop.page())
          .has_value());
  CHECK(reason().empty());
}

TEST_CASE("[P4] A question belongs to what it changes; whoever said no is not asked for a yes") {
  Questions shop;
  shop.allow("a-1", {"values"});
  CHECK(shop.question("a-1", {.slots = {"home.hero", "home.picks"}}).find("reason") == nullptr);
  CHECK(Questions::at(shop.question("a-1", {.slots = {"home.hero"}}), "reason") ==
        "nothing_to_ask");
  shop.allow("a-1", {"values"}, false);
  CHECK(Questions::at(shop.question("a-1"), "reason") == "declined");
  CHECK(shop.question("a-1").find("purpose") == nullptr);
}

TEST_CASE("[P4] An answer is to what was really asked, of whom it was asked, and counts once") {
  Questions shop;
  shop.allow("a-1", {"values"});
  shop.allow("a-2", {"values"});
  const Value asked = shop.question("a-1");
  const std::string ask = Questions::at(*asked.find("question"), "ask");
  const auto shown = shop.options(asked);
  const auto refused = [&](const std::string& id, const Dialogue::Reply& reply) {
    const auto taken = shop.reply(id, reply);
    REQUIRE_FALSE(taken.has_value());
    return taken.error().code == ground::ErrorCode::invalid;
  };
  CHECK(refused("a-2", {.ask = ask, .best = shown[0]}));  // someone else's
  CHECK(refused("a-1", {.ask = ask + "AAAA", .best = shown[0]}));
  CHECK(refused("a-1", {.ask = "", .best = shown[0]}));
  CHECK(refused("a-1", {.ask = ask}));
  CHECK(refused("a-1", {.ask = ask, .best = "price"}));
  CHECK(refused("a-1", {.ask = ask, .best = shown[0], .worst = shown[0]}));
  CHECK(refused("a-1", {.ask = ask, .best = shown[0], .worst = "price"}));
  CHECK(refused("a-1", {.ask = ask, .value = shown[0]}));
  CHECK(refused("a-1", {.ask = ask, .best = shown[0], .pass = true}));
  CHECK(shop.chosen("a-1").empty());

  const auto first = shop.reply("a-1", {.ask = ask, .best = shown[0], .worst = shown[1]});
  REQUIRE(first.has_value());
  CHECK(first->find(R"("duplicate":false)") != std::string::npos);
  const std::string kept = shop.chosen("a-1");
  CHECK(kept.find(" " + shown[0] + " > ") != std::string::npos);
  CHECK(kept.find(" > " + shown[1] + "\"") != std::string::npos);
  const auto again = shop.reply("a-1", {.ask = ask, .best = shown[2]});
  REQUIRE(again.has_value());
  CHECK(again->find(R"("duplicate":true)") != std::string::npos);
  CHECK(shop.chosen("a-1") == kept);

  const std::string next = shop.ask_of("a-1");
  shop.clock.advance(ground::Duration::days(8));
  CHECK(refused("a-1", {.ask = next, .best = shown[0]}));
  const std::string newest = shop.ask_of("a-1");
  shop.allow("a-1", {"values"}, false);
  const auto withdrawn = shop.reply("a-1", {.ask = newest, .best = shown[0]});
  CHECK(withdrawn.error().code == ground::ErrorCode::forbidden);
}

TEST_CASE("[P1] An answer is nobody's to send as an event") {
  Questions shop;
  shop.allow("a-1", {"values"});
  const auto sent =
      shop.send(shop.page(),
                R"({"type":"track","event":"Answer Given","anonymousId":"a-1","messageId":"m1",)"
                R"("properties":{"question":"taste","shown":["quiet","craft"],"best":"quiet"}})");
  CHECK(sent.accepted == 0);
  CHECK(sent.refused.size() == 1);
  CHECK(shop.chosen("a-1").empty());
}

TEST_CASE("Answers add up until what is dearest is known, and change what is shown") {
  Questions shop;
  shop.allow("a-1", {"values"});
  CHECK(shop.hero("a-1") == "hero-default");
  shop.answer("a-1", {"quiet"});
  CHECK(shop.hero("a-1") == "hero-default");  // not sure enough to speak of it
  shop.answer("a-1", {"quiet"});
  const std::string hero = shop.hero("a-1");
  CHECK(hero != "hero-default");
  CHECK(Questions::at(shop.question("a-1"), "reason") == "known");
  // Years later it is less sure, and may be asked again.
  shop.clock.advance(ground::Duration::days(400));
  CHECK_FALSE(shop.question("a-1").find("question")->is_null());
}

TEST_CASE("[P1] What someone chose is used for its purpose and nowhere else") {
  Questions shop;
  shop.allow("a-1", {"values", "recommend", "mail", "improve", "care"});
  shop.answer("a-1", {"quiet"});
  shop.answer("a-1", {"quiet"});
  const auto snapshot = shop.partition->snapshot();
  size_t given = 0, slots = 0;
  for (const ground::Slot& slot : snapshot->slots) {
    const Answer answer = shop.ask(shop.page(), Questions::device("a-1"), {slot.name});
    const auto& draft = answer.draft.slots.at(0);
    ++slots;
    const bool resonance = slot.resonance_purpose.valid() &&
                           snapshot->purpose(slot.resonance_purpose)->name == "values";
    bool read = false;
    for (const ground::ReadId id : slot.reads)
      read = read ||
             (snapshot->reads[id].name == "facts.values" && draft.admission->find(id) != nullptr);
    given += read ? 1 : 0;
    CHECK_MESSAGE((!read || resonance), slot.name);
    if (!resonance) CHECK(draft.leaning == nullptr);
    for (const auto& pick : draft.picks)
      for (const auto& [field, text] : pick.content)
        CHECK_MESSAGE(text.find(" > ") == std::string::npos, text);
  }
  CHECK(slots > 15);
  CHECK(given >= 4);
  CHECK(given < slots);
}

TEST_CASE("[P3] A decision by what was chosen says so, replays, and has the answers as its cause") {
  Questions shop;
  shop.allow("a-1", {"values"});
  shop.answer("a-1", {"quiet"});
  shop.answer("a-1", {"quiet"});
  const Answer answer = shop.ask(shop.page(), Questions::device("a-1"), {"home.hero"});
  const auto& pick = answer.draft.slots.at(0).picks.at(0);
  CHECK(answer.draft.slots.at(0).layer == ground::Layer::resonance);
  REQUIRE(!pick.why.empty());
  CHECK(pick.why[0].text.find("quiet time") != std::string::npos);
  CHECK(pick.why[0].text.find(" > ") == std::string::npos);
  const auto explained = shop.partition->explain(answer.id, Questions::device("a-1"), shop.page());
  REQUIRE(explained.has_value());
  CHECK(explained->differences == std::vector<std::string>{""});
  REQUIRE(explained->again.at(0).leaning != nullptr);
  const auto& snapshot = *explained->snapshot;
  for (const ground::Read& read : snapshot.reads) {
    if (read.name != "facts.values") continue;
    const auto without =
        decide::decide_without(*explained->questions.at(0), explained->again.at(0), read.id);
    CHECK(without.layer != ground::Layer::resonance);
  }
}

TEST_CASE("[P3] What was chosen survives a crash, is forgotten when asked to be, and erased") {
  const std::string directory = temp_directory();
  {
    Questions shop(directory);
    shop.allow("a-1", {"values"});
    shop.allow("a-2", {"values"});
    for (const char* id : {"a-1", "a-2"}) {
      shop.answer(id, {"quiet"});
      shop.answer(id, {"quiet"});
    }
    REQUIRE(shop.hero("a-1") != "hero-default");
    const std::string kept = shop.chosen("a-1");
    shop.open(directory);  // from the log
    CHECK(shop.chosen("a-1") == kept);
    CHECK(shop.hero("a-1") != "hero-default");
    const auto gone =
        shop.partition->forget_value_and_wait(Questions::device("a-1"), "values", shop.page());
    REQUIRE(gone.has_value());
    CHECK(shop.chosen("a-1").empty());
    CHECK(shop.hero("a-1") == "hero-default");
    CHECK_FALSE(shop.question("a-1").find("question")->is_null());
    CHECK(shop.hero("a-2") != "hero-default");
    const auto events = shop.partition->history(Questions::device("a-1"), 100);
    REQUIRE(events.has_value());
    for (const auto& event : *events) CHECK(event.body.find("Answer Given") == std::string::npos);
    REQUIRE(shop.partition->erase_and_wait(Questions::device("a-2"), shop.page()).has_value());
    CHECK_FALSE(shop.partition->person_json(Questions::device("a-2")).has_value());
    CHECK(shop.hero("a-2") == "hero-default");
  }
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("Of what was chosen, what is over goes and the rest stays") {
  Questions shop;
  shop.allow("a-1", {"values"});
  shop.answer("a-1", {"quiet"});
  shop.clock.advance(ground::Duration::days(500));
  shop.answer("a-1", {"quiet"});
  const auto lines = [&] {
    const std::string all = shop.chosen("a-1");
    return std::ranges::count(all, '"') / 2;
  };
  CHECK(lines() == 2);
  shop.clock.advance(ground::Duration::days(60));  // kept for 540 days
  for (int i = 0; i < 50; ++i) {
    shop.partition->tick();
    shop.clock.advance(ground::Duration::minutes(30));
  }
  CHECK(lines() == 1);
}

}  // namespace aizuchi::serve
