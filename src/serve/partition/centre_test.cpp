#include "serve/partition/centre.h"
#include "serve/partition/signed_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;

namespace {

struct Wishing : Signed {
  explicit Wishing(const std::string& directory = "") : Signed(directory) {}
  ground::Result<Ingested> waited(std::optional<ground::Result<Ingested>>& out) {
    if (!out) REQUIRE(partition->flush().has_value());
    if (!out) partition->tick();
    REQUIRE(out.has_value());
    return *out;
  }
  ground::Result<Ingested> pause(const Asking& who, std::string from, std::string until) {
    clock.advance(Duration::seconds(1));
    std::optional<ground::Result<Ingested>> out;
    Centre(*partition)
        .set_pause(who, {std::move(from), std::move(until)}, web,
                   [&](const auto& outcome) { out = outcome; });
    return waited(out);
  }
  ground::Result<Ingested> often(const Asking& who, std::string channel, int64_t times,
                                 std::string per) {
    clock.advance(Duration::seconds(1));
    std::optional<ground::Result<Ingested>> out;
    Centre(*partition)
        .set_frequency(who, {std::move(channel), std::move(per), times}, web,
                       [&](const auto& outcome) { out = outcome; });
    return waited(out);
  }
  std::string wishes(const Asking& who) { return *Centre(*partition).wishes_json(who, web); }
  std::string me(const Asking& who) { return *partition->me_json(who, web, ground::LocaleId{1}); }
  std::string beyond(const Asking& who) {
    return *Centre(*partition).json(who, web, ground::LocaleId{1});
  }
  decide::Reason reason(const Asking& who, const std::string& slot) {
    return ask(web, who, {slot}).draft.slots.front().reason;
  }
  // Somebody who signed in, told their job and wants letters.
  Asking known_person(const std::string& id = "u-1") {
    const Asking who = proven(id, R"(,"traits":{"job":"sales"})", "t-" + id);
    clock.advance(Duration::seconds(1));
    send_as(who, R"({"type":"track","event":"Consent Updated","messageId":"c-)" + id +
                     R"(","properties":{"purposes":{"mail":true,"recommend":true}}})");
    send_as(who, view_by("\"a\":1", "v-" + id));
    return who;
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const Asking device{.anonymous_id = "d-1"};

}  // namespace

TEST_CASE("[P1] In a break nothing personal is used; it ends by itself, and at once when lifted") {
  Wishing w;
  w.view("d-1", "light-roast", 2);
  CHECK(w.reason(device, "home.hero") == decide::Reason::chosen);
  REQUIRE(w.pause(device, "", "2026-06-03").has_value());
  const Answer paused = w.ask(w.web, device, {"home.hero"}, Explain::operator_view);
  CHECK(paused.draft.slots.front().reason == decide::Reason::paused);
  CHECK(paused.draft.slots.front().layer == ground::Layer::none);
  CHECK(has(answer_json(paused, Explain::operator_view), R"("reason":"paused")"));
  CHECK(has(w.me(device), R"("pause":{"from":"2026-06-01T10:00:)"));
  // The last day is in it, and days are the brand's: Tokyo's 3 June ends at 15:00 UTC.
  CHECK(has(w.wishes(device), R"("until":"2026-06-03T15:00:00.000Z","now":true)"));
  // Decided again from its record it is the same, whatever holds by then.
  const auto id = paused.id;
  REQUIRE(w.pause(device, "", "").has_value());
  CHECK(w.reason(device, "home.hero") == decide::Reason::chosen);
  CHECK(w.wishes(device) == R"({"pause":null,"frequency":[]})");
  const auto explained = w.partition->explain(id, device, w.web);
  REQUIRE(explained.has_value());
  CHECK(explained->differences == std::vector<std::string>{""});
  CHECK(explained->record.slots.front().reason == decide::Reason::paused);

  REQUIRE(w.pause(device, "2026-06-02", "2026-06-02").has_value());
  CHECK(w.reason(device, "home.hero") == decide::Reason::chosen);
  CHECK(has(w.wishes(device), R"("now":false)"));
  w.clock.set(*ground::parse_instant("2026-06-01T15:00:00Z"));
  CHECK(w.reason(device, "home.hero") == decide::Reason::paused);
  w.clock.set(*ground::parse_instant("2026-06-02T15:00:00Z"));
  CHECK(w.reason(device, "home.hero") == decide::Reason::chosen);
  CHECK(w.wishes(device) == R"({"pause":null,"frequency":[]})");
}

TEST_CASE("In a break letters are silent, and what is known is said not to be used") {
  Wishing w;
  const Asking who = w.known_person();
  CHECK(w.reason(who, "news.subject") != decide::Reason::paused);
  REQUIRE(w.pause(who, "", "2026-07-01").has_value());
  const Answer answer = w.ask(w.web, who, {"news.subject", "home.cta"});
  CHECK(answer.draft.slots[0].reason == decide::Reason::paused);
  CHECK(answer.draft.slots[0].picks.empty());
  CHECK(first(answer, 1) == "Have a look");
  CHECK(has(w.me(who), R"("notUsedBecause":"paused")"));
}

TEST_CASE("A break that ends before it begins, is over, too long or no date is refused") {
  Wishing w;
  const auto code = [&](std::string from, std::string until) {
    const auto outcome = w.pause(device, std::move(from), std::move(until));
    return outcome ? "" : std::string(ground::to_string(outcome.error().code));
  };
  CHECK(code("2026-06-05", "2026-06-04") == "invalid");
  CHECK(code("2026-05-01", "2026-05-30") == "invalid");
  CHECK(code("", "2027-06-30") == "invalid");
  CHECK(code("tomorrow", "2026-07-01") == "invalid");
  CHECK(code("", "soon") == "invalid");
  CHECK(code("2026-06-01T12:00:00Z", "2026-06-01T12:00:00.001Z") == "");
  CHECK(w.often(device, "web", 1, "7d").error().code == ground::ErrorCode::invalid);
  CHECK(w.often(device, "letters", 1, "7d").error().code == ground::ErrorCode::invalid);
  CHECK(w.often(device, "email", -1, "7d").error().code == ground::ErrorCode::invalid);
  CHECK(w.often(device, "email", 1, "1m").error().code == ground::ErrorCode::invalid);
  CHECK(w.often(device, "email", 1'001, "7d").error().code == ground::ErrorCode::invalid);
  CHECK(w.wishes(device).find("frequency\":[]") != std::string::npos);
}

TEST_CASE("Wishes are there after a restart") {
  const std::string directory = temp_directory();
  {
    Wishing w(directory);
    w.view("d-1", "light-roast", 2);
    REQUIRE(w.pause(device, "", "2026-06-20").has_value());
    REQUIRE(w.often(device, "email", 1, "30d").has_value());
    REQUIRE(w.partition->flush().has_value());
  }
  Wishing again(directory);
  again.web = again.partition->create_key(false, "web", {})->key;
  again.clock.advance(Duration::hours(1));
  CHECK(again.reason(device, "home.hero") == decide::Reason::paused);
  CHECK(has(again.wishes(device), R"("frequency":[{"channel":"email","times":1,"per":"30d"}])"));
  again.partition.reset();
  std::filesystem::remove_all(directory);
}

TEST_CASE(
    "What a device wished is its person's when they sign in there; the later word holds [P11]") {
  Wishing w;
  Asking both;
  REQUIRE(w.partition->prove_device(both, w.partition->mint_device().token).has_value());
  const Asking device_only = both;
  w.send_as(device_only, view_by("\"a\":1", "m1"));
  REQUIRE(w.pause(device_only, "", "2026-06-20").has_value());
  REQUIRE(w.often(device_only, "email", 1, "30d").has_value());
  REQUIRE(w.partition->prove(both, w.token("u-1")).has_value());
  (void)w.ask(w.web, both, {"home.hero"});
  REQUIRE(w.partition->counters().devices_absorbed == 1);
  const Asking person = w.proven("u-1");
  CHECK(has(w.wishes(person), R"("now":true)"));
  CHECK(has(w.wishes(person), R"("channel":"email","times":1)"));
  REQUIRE(w.pause(person, "", "").has_value());
  CHECK(has(w.wishes(person), R"("pause":null)"));
}

TEST_CASE("[P8] More is not sent in a channel than the person wants, by whoever it is said") {
  Wishing w;
  const Asking who = w.known_person();
  const auto sent = [&] { return w.reason(who, "news.subject") == decide::Reason::chosen; };
  const auto say = [&](const Answer& answer) {
    const std::string id = ground::to_hex(answer.id.raw);
    w.send_as(
        who, R"({"type":"track","event":"Slot Exposed","messageId":"e-)" + id +
                 R"(","properties":{"decisionId":")" + id + R"(","slot":"news.subject","item":")" +
                 answer.snapshot->items[answer.draft.slots[0].picks[0].item.index].name + R"("}})");
  };
  REQUIRE(sent());
  REQUIRE(w.often(who, "email", 1, "1d").has_value());
  CHECK(sent());  // subject and body of one mail are asked for one after the other
  say(w.ask(w.web, who, {"news.subject"}));
  w.clock.advance(Duration::hours(1));
  const Answer held = w.ask(w.web, who, {"news.subject", "home.cta"});
  CHECK(held.draft.slots[0].reason == decide::Reason::often_enough);
  CHECK(held.draft.slots[0].picks.empty());
  CHECK(held.draft.slots[1].reason == decide::Reason::chosen);  // a page is no channel of it
  CHECK(w.partition->explain(held.id, who, w.web)->differences[0].empty());
  w.clock.advance(Duration::days(1));
  CHECK(sent());
  // It lapsed unexposed; a mailer that says what it sent counts as much.
  w.clock.advance(Duration::hours(1));
  CHECK(sent());
  w.clock.advance(Duration::hours(1));
  const auto task = w.partition->begin_said(*ground::parse_json(
      R"([{"userId":"u-1","topic":"news","channel":"email","messageId":"s-1"}])"));
  REQUIRE(task.has_value());
  REQUIRE(w.partition->ingest_and_wait(task->events, w.server).has_value());
  w.clock.advance(Duration::hours(1));
  CHECK(w.reason(who, "news.subject") == decide::Reason::often_enough);
  REQUIRE(w.often(who, "email", 0, "").has_value());
  CHECK(sent());
}

TEST_CASE("What was said before of a purpose is told with what is said now, the words included") {
  Wishing w;
  const Asking who = w.known_person();
  for (const bool granted : {false, true, true, false}) {
    w.clock.advance(Duration::seconds(1));
    w.partition->set_purposes(who, {{"mail", granted}}, w.web, [](const auto&) {});
  }
  const auto me = ground::parse_json(w.me(who));
  const ground::ValueList& before = me->find("consentsBefore")->as_list();
  REQUIRE(before.size() == 3);  // saying the same again is no other word
  const auto state = [](const ground::Value& record) {
    return record.find("event")->as_list().front().find("event_state")->as_string();
  };
  CHECK(state(before[0]) == "given");
  CHECK(state(before[1]) == "withdrawn");
  CHECK(state(before[2]) == "given");
  CHECK(before[0].find("pii_processing")->find("notice_text")->as_string() == "to write to you");
}

TEST_CASE(
    "[P3] What is known and withheld is told to who is signed in, with why, and to nobody else") {
  Wishing w;
  const Asking who = w.known_person();
  const std::string told = w.beyond(who);
  CHECK(has(told, R"({"what":"your role","why":")"));
  CHECK(has(told, R"("slots":["news.subject"])"));
  w.view("d-1", "light-roast", 2);
  const std::string nothing = R"({"withheld":[],"answers":[],"values":null})";
  CHECK(w.beyond(device) == nothing);
  CHECK(w.beyond({.anonymous_id = "d-1", .user_id = "u-1"}) == nothing);
  CHECK(w.beyond(w.proven("nobody")) == nothing);
  // A break withholds everything, which says nothing about any of it.
  REQUIRE(w.pause(who, "", "2026-07-01").has_value());
  CHECK(w.beyond(who) == told);
}
