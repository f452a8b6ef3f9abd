#include <algorithm>
#include <chrono>

#include "serve/partition/signed_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

TEST_CASE("With a person token a page reads and writes that person; without, it is a claim [P11]") {
  Signed w;
  const Asking person = w.proven("u-1");
  CHECK(person.user_id == "u-1");
  for (int i = 0; i < 3; ++i)
    CHECK(w.send_as(person, view_by(R"("anonymousId":"d-1")", "m" + std::to_string(i))).accepted ==
          1);
  CHECK(w.known("u-1").find("visits")->as_int() == 1);
  const Answer answer = w.ask(w.web, person, {"home.hero"});
  CHECK(answer.draft.slots[0].layer == ground::Layer::surface);
  // The same id said without its proof reads nothing and changes nothing.
  const Answer claim = w.ask(w.web, {.user_id = "u-1"}, {"home.hero"});
  CHECK(claim.draft.slots[0].layer == ground::Layer::none);
  w.send(w.web, view_by(R"("userId":"u-1")", "m9"));
  CHECK(w.partition->history({.user_id = "u-1"}, 10)->size() == 3);
  // The device is not the person: what was done by the person is not shown to whoever has it.
  const Answer device = w.ask(w.web, {.anonymous_id = "d-1"}, {"home.hero"});
  CHECK(device.draft.slots[0].layer == ground::Layer::none);
  CHECK(!w.partition->person_json({.anonymous_id = "d-1"}).has_value());
  // Their decision is theirs to ask about, and nobody else's.
  CHECK(w.partition->explain(answer.id, person, w.web).has_value());
  CHECK(!w.partition->explain(answer.id, {.user_id = "u-1"}, w.web).has_value());
  CHECK(!w.partition->explain(answer.id, w.proven("u-2"), w.web).has_value());
}

TEST_CASE("An event that names another user than the token is refused, the others are kept") {
  Signed w;
  const Ingested result =
      w.send_as(w.proven("u-1"), "{\"batch\":[" + view_by(R"("userId":"u-1")", "m1") + "," +
                                     view_by(R"("userId":"u-2")", "m2") + "," +
                                     view_by(R"("anonymousId":"d-1")", "m3") + "]}");
  CHECK(result.accepted == 2);
  REQUIRE(result.refused.size() == 1);
  CHECK(result.refused[0].index == 1);
  CHECK(result.refused[0].message == "userId is not the one that the person token names");
  CHECK(w.known("u-2").is_null());
  Asking asking{.user_id = "u-2"};
  CHECK(!w.partition->prove(asking, w.token("u-1")).has_value());
  CHECK(!asking.proof.has_value());
  Asking elsewhere{.anonymous_id = "d-2"};
  CHECK(!w.partition->prove(elsewhere, w.token("u-1", R"(,"device":"d-1")")).has_value());
  Asking here{.anonymous_id = "d-1"};
  CHECK(w.partition->prove(here, w.token("u-1", R"(,"device":"d-1")")).has_value());
}

TEST_CASE("What is delicate is taken as signed in a token, never as a page says it") {
  Signed w;
  const auto say = [&](const Asking& who, std::string_view plan, std::string_view message) {
    return w.send_as(who, R"({"type":"identify","anonymousId":"d-1","messageId":")" +
                              std::string(message) + R"(","traits":{"plan":")" + std::string(plan) +
                              R"("}})");
  };
  CHECK(say(w.proven("u-1"), "gold", "m1").traits_refused.size() == 1);
  CHECK(fact(w.known("u-1"), "plan", "value") == "");
  const Asking pro = w.proven("u-1", R"(,"traits":{"plan":"pro"})", "t-2");
  const Ingested result = w.send_as(pro, view_by(R"("anonymousId":"d-1")", "m2"));
  CHECK(result.accepted == 1);
  CHECK(fact(w.known("u-1"), "plan", "value") == "pro");
  CHECK(fact(w.known("u-1"), "plan", "viewerMin") == "A2");
  // Once a token, however often it comes; and a question carries it as well as an event does.
  w.send_as(pro, view_by(R"("anonymousId":"d-1")", "m3"));
  CHECK(w.partition->history({.user_id = "u-1"}, 10)->size() == 4);
  w.clock.advance(ground::Duration::seconds(30));
  const Asking max = w.proven("u-1", R"(,"traits":{"plan":"max"})", "t-3");
  (void)w.ask(w.web, max, {"home.hero"});
  CHECK(fact(w.known("u-1"), "plan", "value") == "max");
  // An older token that comes late does not bring the old word back.
  const Asking late = w.proven("u-1", R"(,"traits":{"plan":"free"})", "t-4");
  Asking older = late;
  older.proof->issued_at = late.proof->issued_at - ground::Duration::minutes(5);
  w.send_as(older, view_by(R"("anonymousId":"d-1")", "m4"));
  CHECK(fact(w.known("u-1"), "plan", "value") == "max");
}

TEST_CASE("A proven page says nothing in the brand's name and links no device") {
  Signed w;
  const Asking person = w.proven("u-1");
  w.view("d-1", "light-roast", 3);
  w.send_as(person, R"({"type":"alias","anonymousId":"d-1","previousId":"d-2","messageId":"m1"})");
  w.send_as(person, R"({"type":"track","event":"Message Said","messageId":"m2",)"
                    R"("anonymousId":"d-1","properties":{"topic":"size"}})");
  const ground::Value known = w.known("u-1");
  CHECK(known.find("saidElsewhere")->as_list().empty());
  CHECK(known.find("identifiers")->as_list().size() == 1);
  CHECK(w.partition->history({.anonymous_id = "d-1"}, 10)->size() == 3);
  CHECK(w.ask(w.web, {.anonymous_id = "d-1"}, {"home.hero"}).draft.slots[0].layer ==
        ground::Layer::surface);
}

TEST_CASE("Keys that are trusted, and what they proved, are there after a restart") {
  const std::string directory = temp_directory();
  {
    Signed w(directory);
    w.send_as(w.proven("u-1", R"(,"traits":{"plan":"pro"})"),
              view_by(R"("anonymousId":"d-1")", "m1"));
  }
  Signed w(directory);
  REQUIRE(w.partition->trusted_keys().size() == 1);
  CHECK(w.partition->trusted_keys()[0].kid == "k1");
  CHECK(w.partition->trusted_keys()[0].algorithm == "HS256");
  CHECK(w.proven("u-1").user_id == "u-1");
  CHECK(fact(w.known("u-1"), "plan", "value") == "pro");
  CHECK(w.partition->trust_key("HS256", "k1", remember::test_secret).error().code ==
        ground::ErrorCode::conflict);
  CHECK(w.partition->trust_key("HS512", "", remember::test_secret).error().code ==
        ground::ErrorCode::invalid);
  REQUIRE(w.partition->revoke_key("k1").has_value());
  CHECK(w.partition->revoke_key("k1").error().code == ground::ErrorCode::not_found);
  Asking asking;
  CHECK(!w.partition->prove(asking, w.token("u-1")).has_value());
  w.open(directory);
  CHECK(w.partition->trusted_keys().empty());
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("An id that was minted here is used by the device that has its token, and nobody else") {
  Signed w;
  const NewDevice device = w.partition->mint_device();
  CHECK(device.anonymous_id.starts_with("dev_"));
  CHECK(device.anonymous_id != w.partition->mint_device().anonymous_id);
  Asking here;
  REQUIRE(w.partition->prove_device(here, device.token).has_value());
  CHECK(here.anonymous_id == device.anonymous_id);
  const std::string named = R"("anonymousId":")" + device.anonymous_id + "\"";
  for (const char* message : {"m1", "m2", "m3"}) w.send_as(here, view_by(named, message));
  CHECK(w.ask(w.web, here, {"home.hero"}).draft.slots[0].layer == ground::Layer::surface);
  // The id alone, which pages and logs may show, reads nothing and writes nothing.
  const Asking thief{.anonymous_id = device.anonymous_id};
  CHECK(w.ask(w.web, thief, {"home.hero"}).draft.slots[0].layer == ground::Layer::none);
  const Ingested refused = w.send(w.web, view_by(named, "m4"));
  REQUIRE(refused.refused.size() == 1);
  CHECK(refused.refused[0].message.find("device token") != std::string::npos);
  Asking other;
  REQUIRE(w.partition->prove_device(other, w.partition->mint_device().token).has_value());
  CHECK(w.send_as(other, view_by(named, "m5")).refused.size() == 1);
  const Answer answer = w.ask(w.web, here, {"home.hero"});
  CHECK(w.partition->explain(answer.id, here, w.web).has_value());
  CHECK(!w.partition->explain(answer.id, thief, w.web).has_value());
  CHECK(!w.partition->explain(answer.id, other, w.web).has_value());
}

TEST_CASE(
    "A device token with one sign changed, of another server or of another device is refused") {
  Signed w;
  const std::string token = w.partition->mint_device().token;
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    Asking asking;
    CHECK(!w.partition->prove_device(asking, changed).has_value());
    CHECK(!asking.device_proven);
  }
  for (const std::string& wrong : {std::string(), std::string("dt_"), std::string("dt_."),
                                   token.substr(0, token.size() - 1), token + "a", "x" + token}) {
    Asking asking;
    CHECK(!w.partition->prove_device(asking, wrong).has_value());
  }
  World elsewhere;
  elsewhere.dice = ground::SeededDice(8);
  elsewhere.open("");
  Asking asking;
  CHECK(!elsewhere.partition->prove_device(asking, token).has_value());
  Asking named{.anonymous_id = "dev_of-someone-else"};
  CHECK(!w.partition->prove_device(named, token).has_value());
}

TEST_CASE("What a page claims under a userId is read by nobody, unless the brand says optional") {
  Signed w;
  for (const char* message : {"m1", "m2", "m3"})
    w.send(w.web, view_by(R"("userId":"u-1")", message));
  const auto layer = [&](Asking who) {
    return w.ask(w.web, std::move(who), {"home.hero"}).draft.slots[0].layer;
  };
  CHECK(layer({.user_id = "u-1"}) == ground::Layer::none);
  auto files = brand();
  files.files["brand.yaml"] += "identity: optional\n";
  w.publish(files, {.prune = true});
  CHECK(layer({.user_id = "u-1"}) == ground::Layer::surface);
  CHECK(layer({.user_id = "u-2"}) == ground::Layer::none);
  // Quarantined: the person who proves to be u-1 is someone else.
  CHECK(layer(w.proven("u-1")) == ground::Layer::none);
  w.send(w.form, R"({"type":"identify","userId":"u-1","messageId":"f1","traits":{"job":"sales"}})");
  CHECK(w.partition->history({.user_id = "u-1"}, 10)->size() == 1);
}

TEST_CASE(
    "Who signs in for the first time keeps what their device did; it goes one way, once [P11]") {
  Signed w;
  Asking device;
  const NewDevice minted = w.partition->mint_device();
  REQUIRE(w.partition->prove_device(device, minted.token).has_value());
  for (const char* message : {"m1", "m2", "m3"}) w.send_as(device, view_by("\"a\":1", message));
  const Answer before = w.ask(w.web, device, {"home.hero"});
  CHECK(before.draft.slots[0].layer == ground::Layer::surface);
  // Without the device's token a person token links nothing.
  Asking claimed = w.proven("u-0");
  claimed.anonymous_id = device.anonymous_id;
  CHECK(w.ask(w.web, claimed, {"home.hero"}).draft.slots[0].layer == ground::Layer::none);
  Asking both = device;
  REQUIRE(w.partition->prove(both, w.token("u-1")).has_value());
  const Answer after = w.ask(w.web, both, {"home.hero"});
  CHECK(after.draft.slots[0].layer == ground::Layer::surface);
  CHECK(after.draft.slots[0].seed == before.draft.slots[0].seed);  // nothing flips at login
  CHECK(w.partition->counters().devices_absorbed == 1);
  CHECK(w.partition->history({.user_id = "u-1"}, 10)->size() == 4);
  CHECK(w.partition->explain(before.id, both, w.web).has_value());
  // Signed out, or with another person, the device leads there no longer, and writes nothing there.
  CHECK(w.ask(w.web, device, {"home.hero"}).draft.slots[0].layer == ground::Layer::none);
  w.send_as(device, view_by("\"a\":1", "m4"));
  CHECK(w.partition->history({.user_id = "u-1"}, 10)->size() == 4);
  CHECK(!w.partition->explain(before.id, device, w.web).has_value());
  // What was done since under the same device is theirs with the next login.
  CHECK(w.ask(w.web, both, {"home.hero"}).draft.slots[0].seed == after.draft.slots[0].seed);
  CHECK(w.partition->counters().devices_absorbed == 2);
  w.send_as(both, view_by("\"a\":1", "m5"));
  CHECK(w.partition->history({.user_id = "u-1"}, 10)->size() == 7);
  CHECK(!w.partition->history({.anonymous_id = device.anonymous_id}, 10).has_value());
}

TEST_CASE("What a device agreed to is not what its person agrees to; what it declined is") {
  const std::string directory = temp_directory();
  const auto standing = [](Signed& w, const Asking& who, std::string_view purpose) {
    for (const auto& each : w.partition->purposes(who, w.web))
      if (each.purpose == purpose) return each.standing;
    return std::string("(nothing)");
  };
  {
    Signed w(directory);
    Asking device;
    REQUIRE(w.partition->prove_device(device, w.partition->mint_device().token).has_value());
    w.send_as(device, R"({"type":"track","event":"Consent Updated","messageId":"c1",)"
                      R"("properties":{"purposes":{"recommend":true,"layout":false}}})");
    CHECK(standing(w, device, "recommend") == "granted");
    Asking both = device;
    REQUIRE(w.partition->prove(both, w.token("u-1")).has_value());
    (void)w.ask(w.web, both, {"home.hero"});
    CHECK(standing(w, both, "recommend") == "none");
    CHECK(standing(w, both, "layout") == "withdrawn");
    w.partition.reset();
  }
  Signed again(directory);
  CHECK(standing(again, again.proven("u-1"), "recommend") == "none");
  CHECK(standing(again, again.proven("u-1"), "layout") == "withdrawn");
  again.partition.reset();
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("Nobody outside says that a device was absorbed, and a device of someone is left alone") {
  Signed w;
  const std::string event = R"({"type":"track","event":"Device Absorbed","messageId":"x1",)"
                            R"("userId":"u-1","anonymousId":"d-1"})";
  CHECK(w.send(w.server, event).refused.size() == 1);
  CHECK(w.send(w.web, event).refused.size() == 1);
  Asking device;
  REQUIRE(w.partition->prove_device(device, w.partition->mint_device().token).has_value());
  // A server said whose it is.
  w.send(w.server, R"({"type":"identify","messageId":"x2","userId":"u-7","anonymousId":")" +
                       device.anonymous_id + "\"}");
  Asking both = device;
  REQUIRE(w.partition->prove(both, w.token("u-8")).has_value());
  w.send_as(both, view_by("\"a\":1", "m1"));
  CHECK(w.partition->counters().devices_absorbed == 0);
  CHECK(w.partition->history({.user_id = "u-7"}, 10)->size() == 1);
  CHECK(w.partition->history({.user_id = "u-8"}, 10)->size() == 1);
}

TEST_CASE("Erasing with an id that was minted here needs its token as well") {
  Signed w;
  Asking device;
  REQUIRE(w.partition->prove_device(device, w.partition->mint_device().token).has_value());
  w.send_as(device, view_by("\"a\":1", "m1"));
  REQUIRE(w.partition->erase_and_wait({.anonymous_id = device.anonymous_id}, w.web).has_value());
  CHECK(w.partition->history({.anonymous_id = device.anonymous_id}, 10)->size() == 1);
  REQUIRE(w.partition->erase_and_wait(device, w.web).has_value());
  CHECK(!w.partition->history({.anonymous_id = device.anonymous_id}, 10).has_value());
}

TEST_CASE("What people write in free text never makes two of them one [P11]") {
  Signed w;
  const auto writes = [&](const Key& key, const std::string& who, const std::string& message) {
    w.send(key, R"({"type":"track","event":"Inquiry Sent",)" + who + R"(,"messageId":")" + message +
                    R"(","properties":{"text":"I am hana@shop.example, user u-1, 090-0000-0000",)"
                    R"("email":"hana@shop.example","userId":"u-1","anonymousId":"d-1"}})");
  };
  writes(w.server, R"("userId":"u-1")", "m1");
  writes(w.server, R"("userId":"u-2")", "m2");
  writes(w.web, R"("anonymousId":"d-1")", "m3");
  writes(w.web, R"("anonymousId":"d-2")", "m4");
  for (const Asking& who : {Asking{.user_id = "u-1"}, Asking{.user_id = "u-2"},
                            Asking{.anonymous_id = "d-1"}, Asking{.anonymous_id = "d-2"}})
    CHECK(w.partition->history(who, 10)->size() == 1);
  CHECK(w.partition->counters().people_created == 4);
}

TEST_CASE("A key ends with a checksum: one that was cut off or mistyped is called that") {
  Signed w;
  const std::string text = w.partition->create_key(true, "web", {Scope::ingest})->text;
  CHECK(text.starts_with("sk_"));
  CHECK(text.size() == 51);
  CHECK(w.partition->check_key(text).has_value());
  const auto why = [&](const std::string& wrong) {
    return w.partition->check_key(wrong).error().message;
  };
  std::string typo = text;
  typo[20] = typo[20] == '0' ? '1' : '0';
  CHECK(why(typo).find("checksum") != std::string::npos);
  CHECK(why(text.substr(0, 50)).find("checksum") != std::string::npos);
  CHECK(why("sk_0123").find("not known") != std::string::npos);
  // As keys were before: no checksum, still taken.
  const std::string old = "sk_0123456789abcdef0123456789abcdef01234567";
  REQUIRE(w.partition->register_key(old, true, "web", {}).has_value());
  CHECK(w.partition->check_key(old).has_value());
}

TEST_CASE("A claim takes as long for an id that is known as for one that is not") {
  Signed w;
  for (int i = 0; i < 50; ++i)
    w.send(w.server, view_by(R"("userId":"known")", "m" + std::to_string(i)));
  const auto one_us = [&](const std::string& user) {
    const auto begun = std::chrono::steady_clock::now();
    (void)w.ask(w.web, {.user_id = user}, {"home.hero"});
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun)
        .count();
  };
  // Asked in turn, so that what the machine does meanwhile falls on both alike.
  std::vector<double> known, unknown;
  for (int i = 0; i < 1000; ++i) {
    known.push_back(one_us("known"));
    unknown.push_back(one_us("strangr"));
  }
  const auto median = [](std::vector<double>& times) {
    std::ranges::nth_element(times, times.begin() + times.size() / 2);
    return times[times.size() / 2];
  };
  const double ratio = median(known) / median(unknown);
  CHECK(ratio > 0.67);
  CHECK(ratio < 1.5);
}
