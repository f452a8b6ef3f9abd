// Webhooks: what they are told, when, how often, and what is never told.
#include "serve/partition/webhooks.h"

#include <algorithm>
#include <filesystem>

#include "ground/base/hash.h"
#include "serve/partition/audit.h"
#include "serve/partition/backup.h"
#include "serve/partition/test_shop.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;
using ground::Value;

namespace {

ground::BrandFiles brand() {
  ground::BrandFiles out;
  out.files["brand.yaml"] = "brand: small\nname: Small\nlocales: [en]\ntimezone: UTC\n";
  out.files["purposes.yaml"] =
      "purposes:\n  layout: {basis: notice, says: order}\n"
      "  mail: {basis: consent, says: mail}\n";
  out.files["contexts.yaml"] = "contexts: {browsing: {}}\n";
  out.files["sources.yaml"] =
      "sources: {web: {context: browsing, purposes: [layout, mail], notice: n, says: site}}\n";
  out.files["facts.yaml"] = "facts: {job: {type: string, label: job, purposes: [layout]}}\n";
  return out;
}

// What it was told to say to whom is what it notes; it answers when the test says so.
class Post final : public Courier {
 public:
  void deliver(Effect effect, std::function<void(Delivery)> done) override {
    sent.push_back(effect);
    if (holds)
      held.push_back(std::move(done));
    else
      done(next);
  }
  std::string objection(std::string_view url) const override {
    return url.starts_with("https://") ? "" : "It is not https.";
  }
  std::vector<Effect> sent;
  std::vector<std::function<void(Delivery)>> held;
  Delivery next{.status = 200};
  bool holds = false;
};

struct House {
  explicit House(std::string where = "") : directory(std::move(where)) {
    open();
    const auto published = partition->publish(brand());
    REQUIRE(published.has_value());
    for (const auto& finding : published->findings) INFO(ground::format_finding(finding));
    REQUIRE(published->changed);
  }
  void open() {
    partition.reset();
    auto opened = Partition::open({.data_directory = directory,
                                   .sync = false,
                                   .clock = &clock,
                                   .dice = &dice,
                                   .courier = &post});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    partition = *std::move(opened);
  }
  NewWebhook hook(std::vector<EffectKind> kinds = {EffectKind::consent_changed,
                                                   EffectKind::person_erased}) {
    auto made = partition->add_webhook("https://crm.example/in", std::move(kinds), "cli");
    REQUIRE(made.has_value());
    return *made;
  }
  void send(const std::string& json) {
    clock.advance({1'000});
    const auto sent = partition->ingest_and_wait(json, key);
    REQUIRE(sent.has_value());
    REQUIRE(sent->accepted == 1);
  }
  void consent(const std::string& user, bool yes, const std::string& more = "") {
    send(R"({"type":"track","event":"Consent Updated","userId":")" + user + R"(","messageId":"m)" +
         std::to_string(++serial) + R"(","properties":{"purposes":{"mail":)" +
         (yes ? "true" : "false") + "}}" + more + "}");
  }
  void wait(Duration time) {
    clock.advance(time);
    for (int i = 0; i < (directory.empty() ? 6 : 40); ++i) {
      partition->tick();
      // A disk's commits come back on a thread of their own.
      if (!directory.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  Webhook only() const {
    const auto all = partition->webhooks();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  Value body(size_t i) const { return ground::parse_json(post.sent.at(i).body).value(); }

  std::string directory;
  test::SharedClock clock{ground::Instant{1'780'000'000'000}};
  ground::SeededDice dice{7};
  Post post;
  std::unique_ptr<Partition> partition;
  Key key{.id = "k",
          .secret = true,
          .source = "web",
          .scopes = {Scope::ingest, Scope::decide, Scope::people, Scope::privacy}};
  int serial = 0;
};

// Standard Webhooks: v1, then HMAC-SHA-256 of id.timestamp.body under the secret's bytes.
std::string signature(const NewWebhook& hook, const Effect& effect) {
  std::string secret;
  REQUIRE(ground::base64_decode(hook.secret.substr(6), secret));
  ground::Key256 raw{};
  std::ranges::copy(secret, raw.begin());
  const auto mac = ground::hmac_sha256(raw, effect.id + "." + effect.timestamp + "." + effect.body);
  return "v1," + ground::base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

std::string at(const Value& value, std::string_view name) {
  const Value* found = value.find(name);
  return found == nullptr ? "" : ground::to_json(*found);
}

}  // namespace

TEST_CASE("[P4] A withdrawal is told to who must follow it, with how every purpose stands") {
  House house;
  const NewWebhook hook = house.hook();
  house.consent("ada", true);
  house.wait({100});
  house.consent("ada", false);
  house.wait({100});
  REQUIRE(house.post.sent.size() == 2);
  const Value told = house.body(1);
  CHECK(at(told, "type") == R"("consent.changed")");
  const Value& data = *told.find("data");
  CHECK(at(data, "userId") == R"("ada")");
  CHECK(at(data, "purposes") == R"({"mail":false})");
  CHECK(at(data, "cause") == R"("m2")");
  CHECK(house.only().delivered == 2);
  CHECK(house.only().pending == 0);

  const Effect& effect = house.post.sent[1];
  CHECK(effect.signature == signature(hook, effect));
  CHECK(effect.id.starts_with("msg_"));
}

TEST_CASE(
    "What fails is tried again under the same id, later and later, and nothing overtakes it") {
  House house;
  house.hook();
  house.post.next = {.status = 500};
  house.consent("ada", true);
  house.consent("ada", false);
  house.wait({100});
  REQUIRE(house.post.sent.size() == 1);
  house.wait(Duration::seconds(4));
  CHECK(house.post.sent.size() == 1);
  house.wait(Duration::seconds(3));
  REQUIRE(house.post.sent.size() == 2);
  CHECK(house.post.sent[0].id == house.post.sent[1].id);
  CHECK(house.post.sent[0].body == house.post.sent[1].body);
  CHECK(house.only().attempts == 2);
  CHECK(house.only().trouble == "it answered 500");
  CHECK(house.only().failing_since != ground::Instant{});
  house.post.next = {.status = 429, .retry_after = Duration::minutes(10)};
  house.wait(Duration::seconds(40));
  REQUIRE(house.post.sent.size() == 3);
  house.post.next = {.status = 204};
  house.wait(Duration::minutes(9));
  CHECK(house.post.sent.size() == 3);  // as Retry-After said
  house.wait(Duration::minutes(2));
  REQUIRE(house.post.sent.size() == 5);
  CHECK(at(*house.body(3).find("data"), "cause") == R"("m1")");
  CHECK(at(*house.body(4).find("data"), "cause") == R"("m2")");
  CHECK(house.only().trouble.empty());
  CHECK(house.only().attempts == 0);
}

TEST_CASE("What was written before a restart is told after it, and once") {
  const ground::test::TestFolder folder;
  House house(folder.path() + "/data");
  house.hook();
  house.post.next = {.status = 0, .trouble = "nobody answers there"};
  house.consent("ada", true);
  house.wait({100});
  REQUIRE(house.post.sent.size() == 1);
  CHECK(house.only().trouble == "nobody answers there");
  house.open();
  CHECK(house.only().pending == 1);
  CHECK(house.only().attempts == 1);
  house.post.next = {.status = 200};
  house.wait(Duration::seconds(10));
  REQUIRE(house.post.sent.size() == 2);
  CHECK(house.post.sent[0].id == house.post.sent[1].id);
  house.open();
  house.wait(Duration::minutes(10));
  CHECK(house.post.sent.size() == 2);
}

TEST_CASE("[P4] Of somebody who was erased nothing is told but that") {
  House house;
  house.hook();
  house.post.holds = true;
  house.consent("bo", true);
  house.consent("ada", true);
  house.wait({100});
  REQUIRE(house.post.sent.size() == 1);  // bo's is on its way
  REQUIRE(house.partition->erase_and_wait({.user_id = "ada"}, house.key).has_value());
  house.post.holds = false;
  house.post.held.front()({.status = 200});
  house.wait({100});
  REQUIRE(house.post.sent.size() == 2);
  CHECK(at(house.body(1), "type") == R"("person.erased")");
  CHECK(at(*house.body(1).find("data"), "userId") == R"("ada")");
  CHECK(house.only().pending == 0);
}

TEST_CASE("[P4] A backup holds no message, says how many there were, and has the same digest") {
  const ground::test::TestFolder folder;
  House house(folder / "data");
  house.hook();
  house.post.next = {.status = 500};
  house.consent("ada", true);
  house.consent("bea", true);
  REQUIRE(house.partition->erase_and_wait({.user_id = "ada"}, house.key).has_value());
  house.wait({100});
  CHECK(house.only().pending == 2);  // bea's word, and that ada was erased
  const auto made = house.partition->begin_backup(folder / "backup").run();
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  CHECK(made->untold == 2);
  const auto restored = restore_backup({folder / "backup", folder / "again", folder / "data-keys"});
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  CHECK(restored->manifest.untold == 2);
  CHECK(restored->digest == house.partition->verify()->digest);
  house.post.sent.clear();
  house.post.next = {.status = 200};
  house.partition.reset();
  std::filesystem::rename(folder / "data", folder / "old");
  std::filesystem::rename(folder / "again", folder / "data");
  house.open();
  CHECK(house.only().pending == 0);
  house.consent("bea", false);  // what comes from now on is told, to the same webhook
  house.wait(Duration::minutes(1));
  REQUIRE(house.post.sent.size() == 1);
  CHECK(at(*house.body(0).find("data"), "purposes") == R"({"mail":false})");
}

TEST_CASE(
    "A receiver that says it is gone is left alone, and one that refuses is not asked forever") {
  House house;
  house.hook();
  house.post.next = {.status = 410};
  house.consent("ada", true);
  house.wait({100});
  house.wait(Duration::days(1));
  CHECK(house.post.sent.size() == 1);
  CHECK(house.only().gone);
  // What waits for it goes after 30 days, and is counted.
  house.wait(Duration::days(30));
  CHECK(house.only().pending == 0);
  CHECK(house.only().dropped == 1);

  House strict;
  strict.hook();
  strict.post.next = {.status = 422};
  strict.consent("ada", true);
  for (int i = 0; i < 12; ++i) strict.wait(Duration::hours(7));
  CHECK(strict.post.sent.size() == 8);
  CHECK(strict.only().dropped == 1);
  CHECK(strict.only().pending == 0);
  const auto audit = strict.partition->audit().page(0, 10).value();
  CHECK(audit.front().action == "webhook.drop");
}

TEST_CASE("A secret is exchanged without a message lost: for three days both sign") {
  const ground::test::TestFolder folder;
  House house(folder / "data");
  const NewWebhook first = house.hook();
  const auto told = [&](const std::vector<NewWebhook>& by) {
    house.consent("ada", true);
    house.wait({100});
    const Effect& effect = house.post.sent.back();
    std::string expected;
    for (const NewWebhook& each : by)
      expected += (expected.empty() ? "" : " ") + signature(each, effect);
    CHECK(effect.signature == expected);
  };
  told({first});
  const auto second = house.partition->rotate_webhook(first.webhook.id, "cli");
  REQUIRE(second.has_value());
  CHECK(second->secret != first.secret);
  CHECK(house.only().rotating_until == house.clock.now() + Duration::days(3));
  told({*second, first});
  house.open();  // both are there again
  told({*second, first});
  house.wait(Duration::days(2));
  const auto third = house.partition->rotate_webhook(first.webhook.id, "cli");
  REQUIRE(third.has_value());
  told({*third, *second});
  house.wait(Duration::days(3));
  told({*third});
  CHECK(house.only().rotating_until == ground::Instant{});
  house.open();
  told({*third});
  CHECK_FALSE(house.partition->rotate_webhook("00000000", "cli").has_value());
  const auto audit = house.partition->audit().page(0, 10).value();
  CHECK(audit.front().action == "webhook.rotate");
}

TEST_CASE("A webhook is told what it listens for, from then on, and no old history") {
  House house;
  house.consent("ada", true);
  house.hook({EffectKind::fact_corrected, EffectKind::values_forgotten});
  house.consent("ada", false);
  house.send(R"({"type":"identify","userId":"ada","messageId":"i1","traits":{"job":"sales"}})");
  REQUIRE(house.partition->correct_and_wait({.user_id = "ada"}, "job", Value("buyer"), house.key));
  REQUIRE(house.partition->forget_value_and_wait({.user_id = "ada"}, "job", house.key));
  house.wait({100});
  REQUIRE(house.post.sent.size() == 2);
  CHECK(at(*house.body(0).find("data"), "fact") == R"("job")");
  CHECK(house.post.sent[0].body.find("buyer") == std::string::npos);
  CHECK(at(*house.body(1).find("data"), "names") == R"(["job"])");

  House late;
  late.hook();
  late.consent("ada", true, R"(,"timestamp":"2026-01-01T00:00:00Z")");
  late.wait({100});
  CHECK(late.post.sent.empty());
}

TEST_CASE("An operator adds, tests, skips and removes webhooks, and it is audited") {
  House house;
  const auto refused =
      house.partition->add_webhook("http://10.0.0.1/x", {EffectKind::consent_changed}, "cli");
  REQUIRE(!refused.has_value());
  CHECK(refused.error().message == "It is not https.");
  for (const char* url :
       {"crm.example", "https://a b/", "https://me:secret@crm.example/", "ftp://crm.example/", ""})
    CHECK(!house.partition->add_webhook(url, {EffectKind::consent_changed}, "cli").has_value());
  CHECK(!house.partition->add_webhook("https://crm.example/", {}, "cli").has_value());

  const std::string id = house.hook().webhook.id;
  REQUIRE(house.partition->test_webhook(id).has_value());
  house.wait({100});
  REQUIRE(house.post.sent.size() == 1);
  CHECK(at(house.body(0), "type") == R"("webhook.test")");
  CHECK(!house.partition->skip_message(id, "cli").has_value());  // nothing waits
  house.post.next = {.status = 503};
  house.consent("ada", true);
  house.consent("ada", false);
  house.wait({100});
  REQUIRE(house.partition->skip_message(id, "cli").has_value());
  house.post.next = {.status = 200};
  house.wait({2'000});
  REQUIRE(house.post.sent.size() == 3);
  CHECK(at(*house.body(2).find("data"), "cause") == R"("m2")");
  house.consent("ada", true);
  REQUIRE(house.partition->remove_webhook(id, "cli").has_value());
  house.wait(Duration::minutes(1));
  CHECK(house.post.sent.size() == 3);
  CHECK(house.partition->webhooks().empty());
  CHECK(!house.partition->remove_webhook(id, "cli").has_value());
  const auto audit = house.partition->audit().page(0, 10).value();
  CHECK(audit.front().action == "webhook.remove");
  CHECK(audit.back().action == "publish");
  CHECK(std::ranges::any_of(audit, [](const auto& entry) {
    return entry.action == "webhook.add" && entry.detail == "crm.example";
  }));
}
