// What the learned choice may learn from: what was told for `improve` too, and nothing else – not
// through a thread, not through a fact, not through what came of what was shown.
#include <algorithm>

#include "serve/partition/choice_note.h"
#include "serve/partition/test_shop.h"
#include "serve/partition/wishes.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

struct Told {
  std::string desk = "[layout]", form = "[layout]", fact = "[layout, improve]";
};

ground::BrandFiles brand(const Told& told) {
  ground::BrandFiles out;
  out.files["brand.yaml"] = "brand: small\nname: Small\nlocales: [en]\ntimezone: Asia/Tokyo\n";
  out.files["purposes.yaml"] =
      "purposes:\n  layout: {basis: notice, says: order}\n"
      "  improve: {basis: consent, says: learn}\n";
  out.files["contexts.yaml"] =
      "contexts: {browsing: {}, talking: {}, shop-page: {shows: true, continues: [browsing, "
      "talking]}}\n";
  out.files["sources.yaml"] =
      "sources:\n"
      "  web: {context: browsing, purposes: [layout, improve], notice: n, says: on our site}\n"
      "  desk: {context: talking, method: told_to_staff, purposes: " +
      told.desk +
      ", notice: n, says: our support}\n  form: {context: talking, purposes: " + told.form +
      ", notice: n, says: a form}\n";
  out.files["facts.yaml"] =
      "facts: {job: {type: enum, of: [sales, office], label: your role, purposes: " + told.fact +
      "}}\n";
  out.files["concerns.yaml"] = "concerns:\n  taste: {says: the taste}\n";
  out.files["events.yaml"] =
      "events:\n  Inquiry Sent: {thread: {opens: inquiry, key: ticket, topic: topic}}\n";
  out.files["slots/s.yaml"] =
      "slots:\n  hero: {channel: web, context: shop-page, purpose: layout, fallback: calm}\n";
  out.files["items/i.yaml"] =
      "- {id: milder, slot: hero, serves: [taste], speaks: [], when: \"facts.job != 'none'\", "
      "wordings: [{say: {title: M}}]}\n"
      "- {id: talk, slot: hero, serves: [taste], layer: memory, speaks: [], "
      "wordings: [{say: {title: T}}]}\n"
      "- {id: calm, slot: hero, speaks: [], wordings: [{say: {title: C}}]}\n";
  return out;
}

class Desk : public test::Shop {
 public:
  explicit Desk(const Told& told) {
    publish(brand(told));
    desk = partition->create_key(true, "desk", {Scope::ingest})->key;
    form = partition->create_key(true, "form", {Scope::ingest})->key;
    for (int who = 0; who < people; ++who) {
      agree(who);
      clock.advance(ground::Duration::minutes(1));
    }
  }
  void say(const Key& sender, const std::string& event) {
    const auto sent = partition->ingest_and_wait(
        R"({"userId":"u0","messageId":"d)" + std::to_string(++serial) + "\"," + event + "}",
        sender);
    REQUIRE(sent.has_value());
    REQUIRE(sent->accepted == 1);
  }
  void inquire() {
    say(desk,
        R"("type":"track","event":"Inquiry Sent","properties":{"ticket":"t","topic":"taste"})");
  }
  void tell_job() { say(form, R"("type":"identify","traits":{"job":"sales"})"); }

  // What its record has of it, for the learner.
  decide::RecordedSlot record(const Answer& answer) const {
    const auto explained = partition->explain(answer.id, {}, key);
    REQUIRE(explained.has_value());
    return explained->record.slots.at(0);
  }
  static size_t known(const Answer& answer) { return answer.draft.slots.at(0).lesson.read.size(); }
  static double remembered(const Answer& answer) {
    double most = 0;
    for (const auto& each : answer.draft.slots.at(0).candidates)
      most = std::max(most, each.terms.memory);
    return most;
  }
  // Decisions of u0 until one shows something that answers the worry.
  Answer ask_answering() {
    for (int i = 0; i < 200; ++i) {
      clock.advance(ground::Duration::minutes(31));
      Answer answer = ask(0, "hero");
      const auto& draft = answer.draft.slots.at(0);
      const size_t at = draft.picks.at(0).candidate;
      if (at != SIZE_MAX && draft.candidates[at].terms.memory > 0) return answer;
    }
    FAIL("nothing that answers the worry is ever shown");
    return ask(0, "hero");
  }
  // Everyone is shown something a few times, and `seen_by` tells that they saw it.
  uint64_t rows_told_by(const Key& seen_by) {
    for (int round = 0; round < 6; ++round)
      for (int who = 0; who < people; ++who) {
        clock.advance(ground::Duration::minutes(31));
        const Answer answer = ask(who, "hero");
        const auto& pick = answer.draft.slots.at(0).picks.at(0);
        const std::string item = answer.snapshot->items[pick.item.index].name;
        const auto sent = partition->ingest_and_wait(
            R"({"type":"track","event":"Slot Exposed","userId":"u)" + std::to_string(who) +
                R"(","messageId":"e)" + std::to_string(++serial) +
                R"(","properties":{"decisionId":")" + to_text(answer.id) +
                R"(","slot":"hero","item":")" + item + "\"}}",
            seen_by);
        REQUIRE(sent.has_value());
        REQUIRE(sent->accepted == 1);
      }
    clock.advance(ground::Duration::hours(2));
    REQUIRE(partition->train_choice().has_value());
    settle([&] { return partition->choice().learning; });
    return partition->choice().slots.at(0).rows;
  }

  static constexpr int people = 25;
  Key desk, form;
};

}  // namespace

TEST_CASE(
    "[P1] What was said in an inquiry chooses, and is no lesson unless it was told for that") {
  for (const bool for_improve : {false, true}) {
    CAPTURE(for_improve);
    Desk shop({.desk = for_improve ? "[layout, improve]" : "[layout]"});
    shop.inquire();
    const Answer answer = shop.ask_answering();
    CHECK(Desk::remembered(answer) > 0);
    const auto record = shop.record(answer);
    CHECK(record.lesson.teaches);
    REQUIRE(record.pick_terms.size() == 1);
    CHECK((record.pick_terms[0].memory > 0) == for_improve);
  }
}

TEST_CASE("[P1] A fact is known to the learned choice only where it was told for that") {
  struct Case {
    Told told;
    bool known = false;
  };
  for (const Case& each : {Case{{.form = "[layout]"}, false},
                           Case{{.form = "[layout, improve]", .fact = "[layout]"}, false},
                           Case{{.form = "[layout, improve]"}, true}}) {
    CAPTURE(each.told.form);
    CAPTURE(each.told.fact);
    Desk shop(each.told);
    const auto nobody = shop.record(shop.ask(0, "hero"));
    shop.tell_job();
    const Answer answer = shop.ask(0, "hero");
    CHECK(Desk::known(answer) == (each.known ? 1 : 0));
    CHECK((shop.record(answer).lesson.moment.size > nobody.lesson.moment.size) == each.known);
  }
}

TEST_CASE("[P1] Who does not want a fact used to improve anything teaches nothing by it") {
  Desk shop({.form = "[layout, improve]"});
  shop.tell_job();
  REQUIRE(Desk::known(shop.ask(0, "hero")) == 1);
  shop.clock.advance(ground::Duration::minutes(1));
  std::optional<bool> kept;
  shop.partition->set_use({.user_id = "u0"}, {"job", "improve", false}, shop.key,
                          [&](const auto& outcome) { kept = outcome.has_value(); });
  shop.settle([&] { return !kept; });
  REQUIRE(kept == true);
  const Answer answer = shop.ask(0, "hero");
  CHECK(Desk::known(answer) == 0);
  const auto reads = shop.record(answer).recording.reads();
  CHECK(std::ranges::any_of(reads, [&](const auto& read) {  // it chooses, as before
    return answer.snapshot->reads[read.read].name == "facts.job";
  }));
}

TEST_CASE("[P1] Only a sender that collects to improve tells the learner what came of something") {
  Desk shop({.desk = "[layout]"});
  CHECK(shop.rows_told_by(shop.desk) == 0);
  CHECK(shop.rows_told_by(shop.key) == 6 * Desk::people);
}
