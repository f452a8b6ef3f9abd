#include "sim/simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "serve/partition/answer.h"
#include "serve/partition/audit.h"
#include "sim/sent.h"
#include "sim/sim_store.h"

namespace aizuchi::sim {

using ground::Duration;
using ground::ErrorCode;
using ground::Instant;
using ground::Result;
using ground::Value;
using serve::Partition;

namespace {

class World {
 public:
  World(uint64_t seed, const std::string& brand, const std::string& scratch)
      : seed_(seed), dice_(seed), engine_dice_(seed ^ 0x9e3779b97f4a7c15), scratch_(scratch) {
    std::filesystem::remove_all(scratch_);
    std::filesystem::create_directories(scratch_);
    files_ = must(ground::read_brand_folder(brand), "the brand");
    open();
    publish();
    must(partition_->add_webhook(
             "https://crm.example/",
             {serve::EffectKind::consent_changed, serve::EffectKind::person_erased}, "cli"),
         "a webhook");
  }
  ~World() { close(); }
  World(const World&) = delete;

  Life run(int steps) {
    for (life_.steps = 0; life_.steps < static_cast<uint64_t>(steps); ++life_.steps) {
      step();
      hold();
    }
    settle();
    restart(Death::stop);
    check_all_told();
    check_all();
    note("end", fmt::format("{}", disk_.written.size()));
    life_.digest = ground::hex(digest_);
    return life_;
  }

 private:
  enum class Death : uint8_t { stop, kill, power };

  // ---- failing and noting

  [[noreturn]] void broken(const std::string& what) const {
    throw Broken(fmt::format("seed {}, step {}: {}", seed_, life_.steps, what));
  }
  void require(bool holds, const std::string& what) const {
    if (!holds) broken(what);
  }
  template <typename T>
  T must(Result<T> result, const std::string& what) const {
    if (!result) broken(what + ": " + result.error().message);
    return *std::move(result);
  }
  void note(std::string_view what, std::string_view detail) {
    std::string all(reinterpret_cast<const char*>(digest_.data()), digest_.size());
    digest_ = ground::sha256(all.append(what).append("\n").append(detail));
  }
  uint64_t roll(uint64_t sides) { return dice_.next_u64() % sides; }
  std::string user(uint64_t n) const { return fmt::format("u{}-{}", n, generation_[n]); }
  // What somebody has in hand before they sign in, another one each time.
  std::string device(uint64_t n) const { return fmt::format("v{}-{}", n, united_[n]); }

  // ---- the partition's life

  void open() {
    auto opened = try_open();
    partition_ = must(std::move(opened), "it does not open");
  }
  Result<std::unique_ptr<Partition>> try_open() {
    serve::Options options{.data_directory = scratch_ + "/data",
                           .keyring_directory = scratch_ + "/keys",
                           .clock = &clock_,
                           .dice = &engine_dice_,
                           .courier = &post_};
    options.open_store = [this](ground::StoreOptions) -> Result<std::unique_ptr<ground::Store>> {
      auto made = std::make_unique<SimStore>(disk_, clock_);
      store_ = made.get();
      return made;
    };
    return Partition::open(std::move(options));
  }
  void close() {
    partition_.reset();
    store_ = nullptr;
  }

  void restart(Death death) {
    if (death != Death::stop) store_->kill();
    close();
    if (death == Death::power) disk_.cut_power(dice_);
    disk_.next = Fault::none;
    disk_.full = false;
    ++life_.restarts;
    open();
    resolve();
    note("restart", fmt::format("{}", static_cast<int>(death)));
  }
  // A store that has failed is opened again, as an operator would; a dead one is gone.
  void settle() {
    store_->drain();
    partition_->tick();
    disk_.next = Fault::none;
    disk_.full = false;
    if (store_->dead())
      restart(Death::kill);
    else if (store_->failed())
      restart(Death::stop);
  }

  void publish() {
    ground::BrandFiles files = files_;
    files.files["voice-of-the-round.txt"] = "";
    files.files.erase("voice-of-the-round.txt");
    files.files["brand.yaml"] += fmt::format("# {}\n", published_++);
    const auto done = partition_->publish(files);
    note("publish", done ? fmt::format("{}", done->version) : "refused");
    if (!done) settle();
  }

  // ---- steps

  void step() {
    const uint64_t kind = roll(100);
    if (kind < 2) return unite();
    if (kind < 38) return send();
    if (kind < 62) return ask();
    if (kind < 70) return expose();
    if (kind < 78) return pass_time();
    if (kind < 80) return publish();
    if (kind < 84) return why();
    if (kind < 86) return erase();
    if (kind < 92) return arm();
    if (kind < 95) return restart(roll(2) == 0 ? Death::kill : Death::power);
    if (kind < 96) return flip();
    if (kind < 98) return set_full();
    settle();
    check_all();
  }

  void set_full() {
    disk_.full = !disk_.full;
    note("full", disk_.full ? "1" : "0");
  }

  void arm() {
    disk_.next = static_cast<Fault>(1 + roll(faults - 1));
    disk_.writes_until_fault = static_cast<int>(roll(6));
    ++life_.faults;
  }

  void pass_time() {
    static constexpr int64_t jumps[] = {1, 40, 700, 1'100, 60'000, 3'600'000, 30 * 3'600'000};
    clock_.advance({jumps[roll(std::size(jumps))]});
    if (roll(12) == 0) clock_.advance({-static_cast<int64_t>(roll(3'600'000))});  // set back
    const uint64_t ticks = 1 + roll(4);
    for (uint64_t i = 0; i < ticks; ++i) {
      clock_.advance({10});
      partition_->tick();
    }
  }

  // An event of some kind, or one that was sent before, again.
  Value event(const std::string& who, std::string& source) {
    clock_.advance({1});
    if (!sent_.empty() && roll(8) == 0) {
      const auto again = std::next(sent_.begin(), static_cast<int64_t>(roll(sent_.size())));
      const bool soon = clock_.now() - again->second.at < Duration::days(5);
      if (again->second.user == who && soon && again->second.kind == "view")
        return body(again->first, again->second);
    }
    static constexpr std::string_view kinds[] = {"view",     "view",  "view",    "order",
                                                 "job-form", "grant", "withdraw"};
    // A device sends only the first of them.
    const uint64_t some = who.front() == 'v' ? 4 : std::size(kinds);
    Sent one{.user = who, .kind = std::string(kinds[roll(some)]), .at = clock_.now()};
    if (one.kind == "job-form") {
      source = "form";
      one.detail = roll(2) == 0 ? "sales" : "other";
    }
    const std::string id = fmt::format("m{}", ++messages_);
    Value out = body(id, one);
    sent_.emplace(id, std::move(one));
    return out;
  }

  void send() {
    const uint64_t n = roll(people);
    std::string source = "web";
    const std::string who = roll(5) == 0 ? device(n) : user(n);
    const Value first = event(who, source);
    give(first, source, who);
  }

  // A server says whose a device is: what it did is theirs from then on, or nothing changed.
  void unite() {
    settle();
    const uint64_t n = roll(people);
    const std::string who = user(n), what = device(n);
    clock_.advance({1});
    if (roll(3) == 0) arm();
    const Value said = Value::map({{Value("messageId"), Value(fmt::format("m{}", ++messages_))},
                                   {Value("type"), Value("identify")},
                                   {Value("userId"), Value(who)},
                                   {Value("anonymousId"), Value(what)}});
    auto batch = must(listen::read_events(said, std::nullopt, clock_.now()), "a login");
    const auto done = partition_->ingest_and_wait(std::move(batch), key_of("web", true));
    note("unite", done ? fmt::format("{}", done->accepted) : "failed");
    settle();
    const bool united = !id_of({.anonymous_id = what}).empty() &&
                        id_of({.anonymous_id = what}) == id_of({.user_id = who});
    require(united || !done || done->accepted == 0, "a device was not united with " + who);
    if (!united) return;
    ++united_[n];
    for (auto& [id, sent] : sent_)
      if (sent.user == what) sent.user = who;
  }
  std::string id_of(const serve::Asking& who) {
    const auto json = partition_->person_json(who);
    return json ? must(ground::parse_json(*json), "a person").find("id")->as_string() : "";
  }

  // Sends one event; on a slow disk others may be sent before it is answered.
  void give(const Value& value, const std::string& source, const std::string& who) {
    const std::string id = value.find("messageId")->as_string();
    auto batch = listen::read_events(value, std::nullopt, clock_.now());
    require(batch.has_value() && batch->refused.empty(), "an event of ours is refused");
    store_->hold(roll(3) == 0);
    const auto told = [this, id, who](const Result<serve::Ingested>& outcome) {
      note(id, outcome ? fmt::format("{} {}", outcome->accepted, outcome->duplicates)
                       : std::string(to_string(outcome.error().code)));
      if (!outcome) return;
      ++life_.events;
      Sent& sent = sent_.at(id);
      sent.told = true;
      if (sent.fate == Sent::Fate::open) sent.fate = Sent::Fate::kept;
      told_ += outcome->accepted;
      require(told_ <= disk_.synced_records(), "acknowledged before it was synced: " + id);
    };
    partition_->ingest(*std::move(batch), key_of(source, true), told);
    store_->hold(false);
    if (roll(2) == 0) {
      store_->drain();
      partition_->tick();
    }
  }

  // ---- decisions

  void ask() {
    const bool device = roll(4) == 0;
    const uint64_t n = roll(people);
    const std::string who = device ? "" : user(n);
    clock_.advance({1});
    serve::Ask ask{.person = {.anonymous_id = device ? fmt::format("d{}", n) : "", .user_id = who},
                   .slots = {"home.hero", "home.cta", "news.subject"}};
    const serve::Answer answer = partition_->decide(ask, key_of("web", !device));
    now_ = clock_.now();
    Asked asked{.id = answer.id, .user = who, .at = clock_.now()};
    std::string chosen;
    for (const auto& slot : answer.draft.slots)
      for (const auto& pick : slot.picks) {
        const std::string& item = answer.snapshot->items[pick.item.index].name;
        chosen += item + " ";
        check_choice(item, asked);
      }
    note("decide", chosen);
    ++life_.decisions;
    if (!device) asked_.push_back(asked);
  }

  // What was chosen may have been chosen: the twin's word, where it knows all that was sent.
  void check_choice(const std::string& item, Asked& asked) {
    const bool device = asked.user.empty();
    asked.capped = asked.capped || item == "hero-capped";
    require(!device || (item != "cta-sales" && item != "subject-sales"),
            "a device was shown what a person's fact says: " + item);
    if (device || has_open(asked.user)) return;
    if (item == "hero-capped")
      require(exposures(asked.user) < 2, "a cap did not hold for " + asked.user);
    if (item == "subject-sales") {
      require(last(asked.user, {"grant", "withdraw"}).starts_with("grant"),
              "a purpose was used that is not granted: " + asked.user);
      require(last(asked.user, {"job-form"}) == "job-form sales", "a fact of nobody's was used");
    }
    if (item == "cta-sales")
      require(last(asked.user, {"job-form"}) == "job-form sales", "a fact of nobody's was used");
  }

  bool has_open(const std::string& who) const {
    return std::ranges::any_of(sent_, [&](const auto& one) {
      return one.second.user == who && one.second.fate == Sent::Fate::open;
    });
  }
  // The kind and detail of the newest kept event of these kinds, by when it happened; a withdrawal
  // goes before a grant of the same moment.
  std::string last(const std::string& who, const std::set<std::string>& kinds) const {
    const Sent* found = nullptr;
    for (const auto& [id, sent] : sent_) {
      if (sent.user != who || sent.fate != Sent::Fate::kept || !kinds.contains(sent.kind)) continue;
      const bool newer = found == nullptr || sent.at > found->at ||
                         (sent.at == found->at && sent.kind == "withdraw");
      if (newer) found = &sent;
    }
    return found == nullptr ? "" : found->kind + " " + found->detail;
  }
  size_t exposures(const std::string& who) const {
    std::set<std::string> decisions;
    // It was said when it was decided, or, when a crash took that, when it was shown.
    const auto counts = [this](Instant at) {
      return now_ - at < Duration::days(7) && at <= now_ + Duration::hours(1);
    };
    for (const auto& [id, sent] : sent_) {
      if (sent.user != who || sent.kind != "expose" || sent.fate != Sent::Fate::kept) continue;
      const Instant decided{std::stoll(sent.detail.substr(0, 12), nullptr, 16)};
      if (counts(decided) && counts(sent.at)) decisions.insert(sent.detail);
    }
    return decisions.size();
  }

  // The page says that it showed what was decided.
  void expose() {
    if (asked_.empty()) return;
    const Asked asked = asked_[asked_.size() - 1 - roll(std::min<size_t>(asked_.size(), 4))];
    if (!asked.capped || clock_.now() - asked.at > Duration::minutes(20)) return;
    if (!is_of_today(asked.user)) return;
    clock_.advance({1});
    Sent one{.user = asked.user,
             .kind = "expose",
             .detail = ground::to_hex(asked.id.raw),
             .at = clock_.now()};
    const std::string id = fmt::format("m{}", ++messages_);
    const Value value = body(id, one);
    sent_.emplace(id, std::move(one));
    give(value, "web", asked.user);
  }

  // Not erased since.
  bool is_of_today(const std::string& who) const {
    for (uint64_t n = 0; n < people; ++n)
      if (user(n) == who) return true;
    return false;
  }

  void why() {
    settle();
    if (asked_.empty()) return;
    check_replay(asked_[roll(asked_.size())]);
  }

  // A decision whose record is there is made again to the same answer.
  void check_replay(const Asked& asked) {
    const auto explained =
        partition_->explain(asked.id, {.user_id = asked.user}, key_of("web", true));
    if (!explained) {
      require(explained.error().code == ErrorCode::not_found, explained.error().message);
      return;  // lost with a power cut, or over
    }
    if (explained->erased) return;
    for (const std::string& difference : explained->differences)
      require(difference.empty(), "a decision replays to another answer: " + difference);
  }

  void erase() {
    settle();
    const uint64_t n = roll(people);
    const std::string who = user(n);
    if (roll(3) == 0) arm();
    erased_.insert(who);
    const auto done = partition_->erase_and_wait({.user_id = who}, key_of("web", true));
    note("erase", done ? "done" : std::string(to_string(done.error().code)));
    clock_.advance({1});
    ++generation_[n];
    for (auto& [id, sent] : sent_)
      if (sent.user == who) sent.fate = Sent::Fate::gone;
    settle();
    if (!done) return;  // whether it happened is not known: nothing more is said of this person
    ++life_.erasures;
    gone_.insert(who);
    check_gone(who);
  }
  void check_gone(const std::string& who) {
    const auto known = partition_->person_json({.user_id = who});
    require(!known && known.error().code == ErrorCode::not_found, "an erased person is there");
    std::vector<std::string> ids;
    for (const auto& [id, sent] : sent_)
      if (sent.user == who) ids.push_back(id);
    const auto found = must(partition_->find_events(ids, 1'000'000), "looking for events");
    require(found.empty(), "an event of an erased person is there");
  }

  // A flipped bit of what is stored is refused, found, or without meaning.
  void flip() {
    settle();
    std::vector<std::pair<size_t, ground::Batch::Write>> places;
    for (size_t i = 0; i < disk_.written.size(); ++i) {
      ground::Batch::Write write;
      for (size_t at = 0; disk_.written[i].next(at, write);)
        if (!write.erases && !write.value.empty()) places.emplace_back(i, write);
    }
    const auto& [index, write] = places[roll(places.size())];
    const auto now = must(store_->get(write.space, write.key), "reading");
    if (!now || *now != write.value) return;  // written over since
    std::string value(write.value);
    const uint64_t bit = roll(value.size() * 8);
    value[bit / 8] = static_cast<char>(value[bit / 8] ^ 1 << bit % 8);
    ground::Batch flipped;
    flipped.put(write.space, write.key, value);
    const std::string where(to_string(write.space));
    const std::string before = must(partition_->verify(), "verifying").digest;
    close();
    const Disk whole = disk_;
    disk_.written.push_back(std::move(flipped));
    bool noticed = true;
    if (auto opened = try_open()) {
      const auto verified = (*opened)->verify();
      noticed = !verified || !verified->wrong.empty() || verified->digest == before ||
                where == "meta";  // which only a block's checksum guards
    }
    store_ = nullptr;
    disk_ = whole;
    require(noticed, "a flipped bit of " + where + " was read as if nothing were");
    open();
  }

  // ---- what must hold

  // After each step; every tenth is looked at more closely. Whoever looks meets no fault.
  void hold() {
    now_ = clock_.now();
    require(disk_.synced <= disk_.written.size(), "the simulation itself is wrong");
    if (life_.steps % 10 == 0) note("at", fmt::format("{}", disk_.written.size()));
    if (store_->dead() || store_->failed()) return;  // nothing can be asked
    const Fault armed = std::exchange(disk_.next, Fault::none);
    for (const std::string& who : gone_) {
      const auto known = partition_->person_json({.user_id = who});
      require(!known && known.error().code == ErrorCode::not_found, "an erased person is back");
    }
    if (life_.steps % 10 == 0) {
      check_once();
      check_audit();
    }
    disk_.next = armed;
  }
  void check_once() {
    std::vector<std::string> ids;
    for (const auto& [id, sent] : sent_) ids.push_back(id);
    std::set<std::string> found;
    for (const auto& kept : must(partition_->find_events(ids, 1'000'000), "looking for events"))
      require(found.insert(message_of(kept.body)).second, "kept twice");
    for (const auto& [id, sent] : sent_)
      require(!sent.told || sent.fate == Sent::Fate::gone || found.contains(id), "lost: " + id);
  }
  void check_audit() {
    const serve::AuditReport audit = must(partition_->audit().verify(), "the audit log");
    require(audit.problems.empty(), audit.problems.empty() ? "" : audit.problems.front());
  }

  // A webhook is told of nothing that is not there for good, and the same under the same id.
  void check_told(const serve::Effect& effect) {
    const auto [known, first] = effects_.emplace(effect.id, effect.body);
    require(first || known->second == effect.body, "a message changed under its id");
    note("told", effect.body);
    const Value body = must(ground::parse_json(effect.body), "a message");
    const Value& data = *body.find("data");
    if (body.find("type")->as_string() == "person.erased") {
      const std::string who = data.find("userId")->as_string();
      return require(erased_.contains(who), "an erasure was told that nobody asked for: " + who);
    }
    const std::string cause = data.find("cause")->as_string();
    consents_told_.insert(cause);
    // Acknowledged, found after a restart, or there though its sender was told otherwise.
    const Sent& sent = sent_.at(cause);
    require(sent.told || sent.fate == Sent::Fate::kept || is_kept(cause),
            "an effect before its cause was durable: " + cause);
  }
  // … and of everything: when the receiver has had its time, nothing is left.
  void check_all_told() {
    for (int i = 0; i < 400 && partition_->webhooks().front().pending > 0; ++i) {
      clock_.advance(Duration::hours(7));
      for (int tick = 0; tick < 20; ++tick) partition_->tick();
    }
    const serve::Webhook webhook = partition_->webhooks().front();
    require(webhook.pending == 0, "a message was never delivered");
    for (const auto& [id, sent] : sent_) {
      const bool consent = sent.kind == "grant" || sent.kind == "withdraw";
      const bool kept = sent.fate == Sent::Fate::kept && sent.told;
      require(!consent || !kept || webhook.dropped > 0 || consents_told_.contains(id),
              "a consent that was kept was told to nobody: " + id);
    }
  }

  std::string message_of(const std::string& body) const {
    return must(ground::parse_json(body), "a kept event").find("messageId")->as_string();
  }

  // What was told is there once, what was not at most once; then nothing is open any more.
  void resolve() {
    std::vector<std::string> ids;
    for (const auto& [id, sent] : sent_) ids.push_back(id);
    std::map<std::string, int> found;
    for (const auto& kept : must(partition_->find_events(ids, 1'000'000), "looking for events"))
      ++found[message_of(kept.body)];
    for (auto& [id, sent] : sent_) {
      if (sent.fate == Sent::Fate::gone) continue;
      const int times = found[id];
      require(times <= 1, "kept twice: " + id);
      require(!sent.told || times == 1, "acknowledged and lost: " + id);
      if (sent.fate == Sent::Fate::open)
        sent.fate = times == 1 ? Sent::Fate::kept : Sent::Fate::gone;
    }
  }

  void check_all() {
    check_once();
    const Partition::Verified verified = must(partition_->verify(), "verifying");
    require(verified.wrong.empty(), verified.wrong.empty() ? "" : verified.wrong.front());
    note("link", verified.link);
    check_audit();
    for (uint64_t n = 0; n < people; ++n) check_counts(user(n));
    for (size_t i = asked_.size() > 5 ? asked_.size() - 5 : 0; i < asked_.size(); ++i)
      check_replay(asked_[i]);
  }
  bool is_kept(const std::string& id) {
    const Fault armed = std::exchange(disk_.next, Fault::none);  // not for whoever looks
    const auto found = must(partition_->find_events({id}, 1'000'000), "looking for an event");
    disk_.next = armed;
    return !found.empty();
  }

  // Each kept order has been counted once.
  void check_counts(const std::string& who) {
    if (has_open(who)) return;
    const auto kept = std::ranges::count_if(sent_, [&](const auto& one) {
      return one.second.user == who && one.second.kind == "order" &&
             one.second.fate == Sent::Fate::kept;
    });
    const auto json = partition_->person_json({.user_id = who});
    if (!json) return require(kept == 0, "a person is not known whose event was kept: " + who);
    int64_t counted = 0;
    const Value parsed = must(ground::parse_json(*json), "a person");
    for (const Value& one : parsed.find("aggregates")->as_list())
      if (one.find("aggregate")->as_string() == "count(\"Order Completed\")")
        counted = static_cast<int64_t>(one.find("count")->number_or(0));
    require(counted == kept, fmt::format("{}: {} orders counted, {} kept", who, counted, kept));
    note(who, fmt::format("{}", counted));
  }

  static constexpr uint64_t people = 4;
  const uint64_t seed_;
  ground::SeededDice dice_;         // of the world
  ground::SeededDice engine_dice_;  // of the engine
  ground::ManualClock clock_{Instant{1'780'000'000'000}};
  const std::string scratch_;
  ground::BrandFiles files_;
  Disk disk_;
  SimStore* store_ = nullptr;  // the partition's
  Post post_{seed_ + 1, [this](const serve::Effect& effect) { check_told(effect); }};
  std::map<std::string, std::string> effects_;           // by their id
  std::set<std::string> consents_told_, erased_, gone_;  // gone: and it was answered
  std::unique_ptr<Partition> partition_;
  std::map<std::string, Sent> sent_;  // by message id
  std::vector<Asked> asked_;
  uint64_t generation_[people] = {}, united_[people] = {};
  uint64_t messages_ = 0, published_ = 0, told_ = 0;
  Instant now_;
  std::array<uint8_t, 32> digest_{};
  Life life_;
};

}  // namespace

Life live(uint64_t seed, int steps, const std::string& brand, const std::string& scratch) {
  return World(seed, brand, scratch).run(steps);
}

}  // namespace aizuchi::sim
