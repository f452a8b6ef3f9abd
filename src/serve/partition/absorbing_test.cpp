#include "serve/partition/backup.h"
#include "serve/partition/signed_probe.h"
#include "serve/partition/sweeping.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

constexpr std::string_view some = "\"a\":1";  // whose it is, the tokens say

// A user who is known already, and devices that are proven.
struct Known : Signed {
  explicit Known(const std::string& directory = "") : Signed(directory) {}
  void know(std::string_view user, int views = 2) {
    for (int i = 0; i < views; ++i)
      send_as(proven(user), view_by(some, "known-" + std::string(user) + std::to_string(i)));
  }
  Asking device() {
    Asking out;
    REQUIRE(partition->prove_device(out, partition->mint_device().token).has_value());
    return out;
  }
  Asking signed_in(Asking device, std::string_view user) {
    REQUIRE(partition->prove(device, token(user)).has_value());
    return device;
  }
  size_t events(const Asking& who) {
    const auto kept = partition->history(who, 100);
    return kept ? kept->size() : 0;
  }
  void exposed(const Asking& who, const Answer& answer, std::string_view message) {
    const std::string item = answer.snapshot->items[answer.draft.slots[0].picks[0].item.index].name;
    send_as(who, fmt::format(R"({{"type":"track","event":"Slot Exposed","messageId":"{}",)"
                             R"("properties":{{"decisionId":"{}","slot":"home.hero",)"
                             R"("item":"{}"}}}})",
                             message, ground::to_hex(answer.id.raw), item));
  }
  std::string standing(const Asking& who, std::string_view purpose) {
    for (const auto& each : partition->purposes(who, web))
      if (each.purpose == purpose) return each.standing;
    return "(nothing)";
  }
};

}  // namespace

TEST_CASE("What a device did becomes its person's also when they are known already [P11]") {
  Known w;
  w.know("u-1");
  const Asking device = w.device();
  w.clock.advance(ground::Duration::minutes(1));
  for (const char* message : {"m1", "m2", "m3"}) w.send_as(device, view_by(some, message));
  const Answer before = w.ask(w.web, device, {"home.hero"});
  const Asking both = w.signed_in(device, "u-1");
  (void)w.ask(w.web, both, {"home.hero"});
  CHECK(w.partition->counters().devices_absorbed == 1);
  CHECK(w.events({.user_id = "u-1"}) == 2 + 3 + 1);
  CHECK(w.known("u-1").find("visits")->as_int() == 2);
  // Their decision is theirs to ask about, and replays; the device is nobody's.
  REQUIRE(w.partition->explain(before.id, both, w.web).has_value());
  for (const std::string& difference : w.partition->explain(before.id, both, w.web)->differences)
    CHECK(difference == "");
  CHECK(!w.partition->explain(before.id, device, w.web).has_value());
  CHECK(w.events({.anonymous_id = device.anonymous_id}) == 0);
  CHECK(w.ask(w.web, device, {"home.hero"}).draft.slots[0].layer == ground::Layer::none);
  // Once: what is sent again is known, and a second question moves nothing.
  CHECK(w.send_as(both, view_by(some, "m1")).duplicates == 1);
  CHECK(w.partition->counters().devices_absorbed == 1);
  CHECK(w.partition->verify()->wrong.empty());
}

TEST_CASE("Two people on one device: each takes along what they did, and sees nothing else [P11]") {
  Known w;
  w.know("u-1");
  w.know("u-2");
  const Asking device = w.device();
  w.send_as(device, view_by(some, "m1"));
  w.send_as(w.signed_in(device, "u-1"), view_by(some, "m2"));
  CHECK(w.events({.user_id = "u-1"}) == 2 + 1 + 1 + 1);
  // Signed out. Whoever sits there next is somebody new, and signs in.
  CHECK(w.events({.anonymous_id = device.anonymous_id}) == 0);
  w.send_as(device, view_by(some, "m3"));
  w.send_as(w.signed_in(device, "u-2"), view_by(some, "m4"));
  CHECK(w.events({.user_id = "u-2"}) == 2 + 1 + 1 + 1);
  CHECK(w.events({.user_id = "u-1"}) == 5);
  const auto me = w.partition->me_json(device, w.web, ground::LocaleId{0});
  CHECK(me->find("\"known\":false") != std::string::npos);
  // Another device of theirs, known by possession only, is not shown what this one did.
  w.send(w.server, R"({"type":"identify","userId":"u-1","anonymousId":"d-9","messageId":"s1"})");
  CHECK(w.partition->me_json({.anonymous_id = "d-9"}, w.web, ground::LocaleId{0})
            ->find("\"visits\":0") != std::string::npos);
}

TEST_CASE("A login resets no cap, and nothing flips at it [P10] [P11]") {
  Known w;
  w.know("u-1");
  const Asking device = w.device();
  w.clock.advance(ground::Duration::hours(2));
  for (const char* message : {"m1", "m2", "m3"}) w.send_as(device, view_by(some, message));
  const Answer before = w.ask(w.web, device, {"home.hero"});
  w.exposed(device, before, "e1");
  const Asking both = w.signed_in(device, "u-1");
  const Answer after = w.ask(w.web, both, {"home.hero"});
  CHECK(after.draft.slots[0].seed == before.draft.slots[0].seed);
  const auto said = w.known("u-1").find("said")->as_int();
  CHECK(said >= 2);  // the device's, and this one
  // The visit ends: from then on the dice are their own again.
  w.clock.advance(ground::Duration::hours(1));
  CHECK(w.ask(w.web, both, {"home.hero"}).draft.slots[0].seed != before.draft.slots[0].seed);
}

TEST_CASE("Of two who were shown something in this visit, the one who was first keeps it") {
  Known w;
  w.know("u-1");
  const Asking other = w.proven("u-1");  // on another device, a moment ago
  const Answer first = w.ask(w.web, other, {"home.hero"});
  w.exposed(other, first, "e1");
  w.clock.advance(ground::Duration::minutes(1));
  const Asking device = w.device();
  w.send_as(device, view_by(some, "m1"));
  w.exposed(device, w.ask(w.web, device, {"home.hero"}), "e2");
  const Answer after = w.ask(w.web, w.signed_in(device, "u-1"), {"home.hero"});
  CHECK(after.draft.slots[0].seed == first.draft.slots[0].seed);
}

TEST_CASE("A device's grants do not widen its person's, and its refusals hold [P1]") {
  Known w;
  w.know("u-1");
  w.send_as(w.proven("u-1"), R"({"type":"track","event":"Consent Updated","messageId":"c0",)"
                             R"("properties":{"purposes":{"mail":true}}})");
  const Asking device = w.device();
  w.clock.advance(ground::Duration::minutes(1));
  w.send_as(device, R"({"type":"track","event":"Consent Updated","messageId":"c1",)"
                    R"("properties":{"purposes":{"recommend":true,"layout":false}}})");
  const Asking both = w.signed_in(device, "u-1");
  (void)w.ask(w.web, both, {"home.hero"});
  CHECK(w.standing(both, "mail") == "granted");
  CHECK(w.standing(both, "recommend") == "none");
  CHECK(w.standing(both, "layout") == "withdrawn");
}

TEST_CASE("What was united is there after a restart, and an erasure reaches it in old backups") {
  const std::string directory = temp_directory(), backup = directory + "/backup";
  const std::string data = directory + "/data";
  Known w(data);
  w.know("u-1");
  const Asking device = w.device();
  for (const char* message : {"m1", "m2", "m3"}) w.send_as(device, view_by(some, message));
  REQUIRE(w.partition->flush().has_value());
  REQUIRE(w.partition->begin_backup(backup).run().has_value());  // the two are apart in it
  w.send_as(w.signed_in(device, "u-1"), view_by(some, "m4"));
  w.open(data);
  CHECK(w.events({.user_id = "u-1"}) == 2 + 3 + 1 + 1);
  CHECK(w.events(device) == 0);
  // The older backup is still one, in which they are apart.
  REQUIRE(w.partition->begin_backup(directory + "/newer").run().has_value());
  const auto apart = restore_backup({.backup = backup,
                                     .data_directory = directory + "/apart",
                                     .keyring_directory = data + "-keys"});
  REQUIRE_MESSAGE(apart.has_value(), apart.error().message);
  CHECK(apart->erased_since == 0);
  REQUIRE(w.partition->erase_and_wait({.user_id = "u-1"}, w.server).has_value());
  CHECK(w.partition->sweep_and_wait()->found.empty());
  w.partition.reset();
  const auto restored = restore_backup({.backup = backup,
                                        .data_directory = directory + "/again",
                                        .keyring_directory = data + "-keys"});
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  CHECK(restored->erased_since == 2);
  auto opened = Partition::open({.data_directory = directory + "/again",
                                 .keyring_directory = data + "-keys",
                                 .sync = false,
                                 .clock = &w.clock,
                                 .dice = &w.dice});
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  CHECK(!(*opened)->history({.user_id = "u-1"}, 10).has_value());
  CHECK(!(*opened)->history({.anonymous_id = device.anonymous_id}, 10).has_value());
  opened->reset();
  std::filesystem::remove_all(directory);
}

TEST_CASE("A server may state that a device is somebody's whom it knew apart until then [P11]") {
  Known w;
  w.know("u-1");
  w.view("d-1", "light-roast", 3);
  const auto state = [&](const std::string& user, const std::string& message) {
    return w.send(w.server, R"({"batch":[)" + view_by(R"("anonymousId":"d-1")", message + "-a") +
                                R"(,{"type":"identify","anonymousId":"d-1","userId":")" + user +
                                R"(","messageId":")" + message + R"("}]})");
  };
  CHECK(state("u-1", "s1").accepted == 2);
  CHECK(w.partition->counters().devices_absorbed == 1);
  CHECK(w.events({.user_id = "u-1"}) == 2 + 3 + 1 + 1 + 1);
  // The device is theirs from now on, and sees what it did.
  CHECK(w.events({.anonymous_id = "d-1"}) == 8);
  CHECK(w.ask(w.web, {.anonymous_id = "d-1"}, {"home.hero"}).draft.slots[0].layer ==
        ground::Layer::surface);
  // But two people are never made one.
  w.know("u-2");
  (void)state("u-2", "s2");
  CHECK(w.partition->counters().links_refused == 1);
  CHECK(w.events({.user_id = "u-2"}) == 2 + 1);
  CHECK(w.partition->verify()->wrong.empty());
}
