// A day and an hour of a shop in some minutes. Usage: soak BRAND [--hours N] [--seed N]
//
// The real engine on its store on disk, a clock that is turned: a population of always the same
// size whose people come as devices, sign in, look, buy, agree and disagree, ask what was decided,
// and are erased, while others come; events sent twice, decisions and what was shown of them,
// publishes, learning, expiry and compaction as the clock brings them. Events are kept for four
// hours, so that what is over goes within the run.
//
// Every half hour of the clock the memory is looked at twice: what the process has (RSS, with what
// the allocator holds free given back) and what is in use of it (mallinfo2, mmap included). A line
// is laid through both after the warm-up, which lasts until what is over has gone once. In the full
// form neither may rise by more than 0.1 % of the process an hour; in a short one what is in use
// may not double in its second half. The files must be no more than what is stored in them takes,
// and what is stored must be whole.
#include <fmt/format.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/choice_note.h"
#include "serve/partition/recommender_note.h"
#include "serve/partition/webhooks.h"

using namespace aizuchi;
using ground::Duration;
using ground::Instant;
using serve::Partition;

namespace {

constexpr uint64_t people = 400;
constexpr int64_t events_a_second = 3, decisions_a_second = 1;
constexpr int64_t leave_every_s = 900;              // then the files are swept once
constexpr uint64_t leave_at_once = 30;              // someone is known for some three hours
constexpr int full_hours = 25, warm_up_hours = 12;  // the first round of expiry
constexpr double slope_max = 0.1;    // per cent of the process an hour, in the full form
constexpr double growth_max = 1.25;  // in a short one
constexpr uint64_t disk_slack_bytes = 96ULL << 20;  // logs and what is about to be compacted

// Turned by the run while the engine's threads read it.
class TurnedClock final : public ground::Clock {
 public:
  Instant now() override { return {ms_}; }
  int64_t monotonic_us() override { return ms_ * 1000; }
  void advance(Duration d) { ms_ += d.ms; }

 private:
  std::atomic<int64_t> ms_ = 1'780'000'000'000;
};

// A receiver of webhooks that fails now and then.
class Receiver final : public serve::Courier {
 public:
  void deliver(serve::Effect, std::function<void(serve::Delivery)> done) override {
    done({.status = ++told % 10 == 0 ? 500 : 200});
  }
  std::string objection(std::string_view) const override { return ""; }
  uint64_t told = 0;
};

struct Sample {
  double hour = 0;
  double rss = 0, in_use = 0;  // MiB
  uint64_t disk = 0, files = 0;
};

double mebibytes(double bytes) {
  return bytes / (1 << 20);
}

double rss_bytes() {
  std::ifstream in("/proc/self/statm");
  double all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// Of a straight line, in per cent of the process an hour.
double slope(const std::vector<Sample>& samples, double from, double Sample::* what) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, process = 0;
  for (const Sample& one : samples) {
    if (one.hour < from) continue;
    n += 1, x += one.hour, y += one.*what, process += one.rss;
    xx += one.hour * one.hour, xy += one.hour * one.*what;
  }
  const double bottom = n * xx - x * x;
  return bottom == 0 ? 0 : (n * xy - x * y) / bottom / (process / n) * 100;
}

// What the engine's threads hand to the partition's.
class HandedOver {
 public:
  void add(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    some_.notify_one();
  }
  // Waits for something, a little.
  void run(std::chrono::milliseconds patience) {
    std::vector<std::function<void()>> work;
    {
      std::unique_lock lock(mutex_);
      some_.wait_for(lock, patience, [&] { return !work_.empty(); });
      work.swap(work_);
    }
    for (const auto& each : work) each();
  }

 private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::vector<std::function<void()>> work_;
};

class Soak {
 public:
  Soak(const std::string& brand, std::string folder, uint64_t seed, double hours)
      : folder_(std::move(folder)), hours_(hours), world_(seed), dice_(seed + 1) {
    files_ = must(ground::read_brand_folder(brand), "the brand");
    // What is kept for months elsewhere is over in hours here.
    std::string& events = files_.files.at("events.yaml");
    events = std::regex_replace(events, std::regex("keep: [0-9]+d"), "keep: 4h");
    open();
    publish();
    key_ = must(partition_->create_key(true, "web",
                                       {serve::Scope::ingest, serve::Scope::decide,
                                        serve::Scope::people, serve::Scope::privacy}),
                "a key")
               .key;
    must(partition_->add_webhook(
             "https://crm.example/",
             {serve::EffectKind::consent_changed, serve::EffectKind::person_erased}, "cli"),
         "a webhook");
    for (uint64_t n = 0; n < people; ++n) names_.push_back(n), newest_ = n;
  }

  void run() {
    const int64_t seconds = static_cast<int64_t>(hours_ * 3600);
    const int64_t every = hours_ < full_hours ? std::max<int64_t>(60, seconds / 30) : 1800;
    for (int64_t second = 0; second <= seconds; ++second) {
      live_a_second(second);
      if (second % every == 0 && second > 0) look(static_cast<double>(second) / 3600);
    }
    judge();
  }

 private:
  template <typename T>
  T must(ground::Result<T> result, const std::string& what) const {
    if (!result) throw std::runtime_error(what + ": " + result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }
  void require(bool holds, const std::string& what) const {
    if (!holds) throw std::runtime_error(what);
  }
  uint64_t roll(uint64_t sides) { return world_.next_u64() % sides; }

  // Asks for something that is answered when it is durable.
  template <typename T, typename Ask>
  T wait_for(const std::string& what, Ask ask) {
    std::optional<ground::Result<T>> answer;
    ask([&answer](const ground::Result<T>& outcome) { answer = outcome; });
    while (!answer) handed_.run(std::chrono::milliseconds(10));
    return must(*std::move(answer), what);
  }
  serve::Ingested send(const std::string& body) {
    return wait_for<serve::Ingested>(
        "events", [&](auto done) { partition_->ingest(body, std::nullopt, key_, done); });
  }
  void erase(const serve::Asking& who) {
    wait_for<Partition::Receipt>("an erasure",
                                 [&](auto done) { partition_->erase(who, key_, done); });
  }

  void open() {
    serve::Options options{.data_directory = folder_ + "/data",
                           .sync = false,  // what a power cut takes is looked at elsewhere
                           .people_cached_bytes = 2 << 20,
                           .clock = &clock_,
                           .dice = &dice_,
                           .courier = &receiver_,
                           .post = [this](auto work) { handed_.add(std::move(work)); }};
    // Small, so that they are full before the line begins.
    options.open_store = [this](ground::StoreOptions store) {
      store.block_cache_bytes = 2 << 20;
      store.write_buffer_bytes = 1 << 20;
      store.wal_bytes_max = 8 << 20;
      auto opened = ground::open_rocks_store(std::move(store));
      if (opened) store_ = opened->get();
      return opened;
    };
    partition_ = must(Partition::open(std::move(options)), "it does not open");
  }
  void publish() {
    files_.files["brand.yaml"] += fmt::format("# {}\n", published_++);
    const auto done = must(partition_->publish(files_), "a publish");
    require(done.changed, "a publish was refused");
    slots_.clear();
    for (const auto& slot : partition_->snapshot()->slots) slots_.push_back(slot.name);
  }

  void live_a_second(int64_t second) {
    clock_.advance(Duration::seconds(1));
    send_some();
    for (int64_t n = 0; n < decisions_a_second; ++n) ask();
    if (second % leave_every_s == 0)
      for (uint64_t n = 0; n < leave_at_once; ++n) someone_goes();
    if (second % 20 == 0) look_back();
    if (second % 10'800 == 10'799) publish();
    if (second % 21'600 == 7'500) learn();
    partition_->tick();
    handed_.run(std::chrono::milliseconds(0));
  }

  // ---- what people do

  std::string user() { return fmt::format("u{}", names_[roll(names_.size())]); }
  std::string event(std::string_view who, std::string_view name, std::string_view properties) {
    return fmt::format(
        R"({{"type":"track","event":"{}","userId":"{}","messageId":"m{}","properties":{}}})", name,
        who, ++messages_, properties);
  }
  std::string product() {
    const auto& products = partition_->snapshot()->products;
    return products[roll(products.size())].name_id;
  }
  std::string something() {
    const std::string who = user();
    const uint64_t kind = roll(100);
    if (kind < 10 && !sent_.empty()) return sent_[roll(sent_.size())];  // once more
    if (kind < 60)
      return event(who, "Product Viewed", fmt::format(R"({{"product_id":"{}"}})", product()));
    if (kind < 70)
      return event(who, "Product Added",
                   fmt::format(R"({{"product_id":"{}","quantity":1}})", product()));
    if (kind < 76)
      return event(who, "Order Completed",
                   fmt::format(R"({{"order_id":"o{}","total":3200,"products":)"
                               R"([{{"product_id":"{}","quantity":1}}]}})",
                               messages_, product()));
    if (kind < 82) return consent(who);
    if (kind < 88)
      return fmt::format(R"({{"type":"identify","userId":"{}","messageId":"m{}",)"
                         R"("traits":{{"job":"sales"}}}})",
                         who, ++messages_);
    return fmt::format(R"({{"type":"track","event":"Product Viewed","anonymousId":"d-{}",)"
                       R"("messageId":"m{}","properties":{{"product_id":"{}"}}}})",
                       who, ++messages_, product());
  }
  std::string consent(std::string_view who) {
    const auto word = [&] { return roll(4) == 0 ? "false" : "true"; };
    return event(who, "Consent Updated",
                 fmt::format(R"({{"purposes":{{"improve":{},"recommend":{},"mail":{}}}}})", word(),
                             word(), word()));
  }
  void send_some() {
    std::string batch;
    for (int64_t n = 0; n < events_a_second; ++n) {
      std::string one = something();
      batch += batch.empty() ? one : "," + one;
      sent_.push_back(std::move(one));
      if (sent_.size() > 500) sent_.pop_front();
    }
    for (const std::string& one : shown_) batch += "," + one;
    shown_.clear();
    const auto done = send(R"({"batch":[)" + batch + "]}");
    require(done.refused.empty(), "an event was refused");
    events_ += done.accepted, repeated_ += done.duplicates;
  }
  void ask() {
    const std::string who = user();
    serve::Ask ask{.person = {.user_id = who}, .mode = ground::Mode::live};
    for (uint64_t n = 1 + roll(2); n > 0; --n) ask.slots.push_back(slots_[roll(slots_.size())]);
    const serve::Answer answer = partition_->decide(ask, key_);
    ++decisions_;
    last_ = answer.id;
    for (const auto& slot : answer.draft.slots)
      for (const auto& pick : slot.picks) {
        if (roll(3) != 0) continue;
        const std::string item = pick.product.valid()
                                     ? answer.snapshot->products[pick.product.index].name_id
                                     : answer.snapshot->items[pick.item.index].name;
        shown_.push_back(event(who, roll(5) == 0 ? "Item Clicked" : "Slot Exposed",
                               fmt::format(R"({{"decisionId":"{}","slot":"{}","item":"{}"}})",
                                           serve::to_text(answer.id), slot.slot->name, item)));
      }
  }
  // Someone is erased, with their device; somebody else comes, whose device is theirs.
  void someone_goes() {
    const size_t at = roll(names_.size());
    const std::string who = fmt::format("u{}", names_[at]);
    erase({.user_id = who});
    erase({.anonymous_id = "d-" + who});
    ++erased_;
    const std::string next = fmt::format("u{}", names_[at] = ++newest_);
    send(fmt::format(R"({{"type":"identify","userId":"{0}","anonymousId":"d-{0}",)"
                     R"("messageId":"m{1}","traits":{{"job":"sales"}}}})",
                     next, ++messages_));
  }
  // Someone asks what is known, why it was said, or takes one thing back.
  void look_back() {
    const std::string who = user();
    const auto locale = ground::LocaleId{0};
    must(partition_->me_json({.user_id = who}, key_, locale), "what is known");
    const auto explained = partition_->explain(last_, {}, key_);
    if (explained)
      for (const std::string& difference : explained->differences)
        require(difference.empty(), "a decision replays to another answer: " + difference);
    if (roll(10) == 0)
      wait_for<Partition::Receipt>("forgetting", [&](auto done) {
        partition_->forget_value({.user_id = who}, "visits", key_, done);
      });
  }
  void learn() {
    (void)partition_->train_choice();
    (void)partition_->train_recommender();
    (void)partition_->count_population();
    // Whoever is erased while it learns lets it begin again: so it is waited for.
    while (partition_->recommender().learning || partition_->choice().learning ||
           partition_->population().counting) {
      partition_->tick();
      handed_.run(std::chrono::milliseconds(1));
    }
  }

  // ---- what is looked at

  std::pair<uint64_t, uint64_t> on_disk() const {
    uint64_t bytes = 0, files = 0;
    std::error_code gone;  // files come and go while we look
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_, gone)) {
      const uint64_t size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
      bytes += gone ? 0 : size, ++files;
    }
    return {bytes, files};
  }
  void look(double hour) {
    ::malloc_trim(0);
    const auto memory = ::mallinfo2();
    const auto [bytes, files] = on_disk();
    samples_.push_back({.hour = hour,
                        .rss = mebibytes(rss_bytes()),
                        .in_use = mebibytes(static_cast<double>(memory.uordblks + memory.hblkhd)),
                        .disk = bytes,
                        .files = files});
    const Sample& now = samples_.back();
    fmt::print(stderr, "{:5.1f} h: {:.1f} MiB, {:.1f} in use; {:.0f} MiB in {} files\n", hour,
               now.rss, now.in_use, mebibytes(static_cast<double>(bytes)), files);
  }
  uint64_t stored_bytes() {
    uint64_t out = 0;
    for (size_t space = 0; space < ground::space_count; ++space)
      must(store_->scan(static_cast<ground::Space>(space), "", "", ground::Direction::forward,
                        [&](std::string_view key, std::string_view value) {
                          out += key.size() + value.size();
                          return true;
                        }),
           "reading");
    return out;
  }
  void judge() {
    const bool full = hours_ >= full_hours;
    const double from = full ? warm_up_hours : hours_ / 2;
    const double rss = slope(samples_, from, &Sample::rss);
    const double in_use = slope(samples_, from, &Sample::in_use);
    const uint64_t stored = stored_bytes();
    const Sample last = samples_.back();
    const auto verified = must(partition_->verify(), "verifying");
    require(verified.wrong.empty(), verified.wrong.empty() ? "" : verified.wrong.front());
    fmt::print(
        "{} hours: {} events, {} sent twice, {} decisions, {} erased, {} publishes, {} told; "
        "{:.0f} MiB (slope {:+.3f} %/h), {:.0f} in use ({:+.3f} %/h); {:.0f} MiB in {} files for "
        "{:.0f} stored\n",
        hours_, events_, repeated_, decisions_, erased_, published_, receiver_.told, last.rss, rss,
        last.in_use, in_use, mebibytes(static_cast<double>(last.disk)), last.files,
        mebibytes(static_cast<double>(stored)));
    require(last.disk <= stored * 3 / 2 + disk_slack_bytes,
            "the files are more than what is stored");
    if (full) {
      require(in_use <= slope_max, "what is in use grows");
      require(rss <= slope_max, "what the process has grows");
    } else {
      const Sample& middle = samples_[samples_.size() / 2];
      require(last.in_use <= middle.in_use * growth_max, "what is in use grows");
    }
  }

  const std::string folder_;
  const double hours_;
  ground::SeededDice world_, dice_;
  TurnedClock clock_;
  Receiver receiver_;
  HandedOver handed_;
  ground::BrandFiles files_;
  ground::Store* store_ = nullptr;  // the partition's
  std::unique_ptr<Partition> partition_;
  serve::Key key_;
  std::vector<uint64_t> names_;  // of those who are there
  std::vector<std::string> slots_, shown_;
  std::deque<std::string> sent_;
  ground::DecisionId last_;
  std::vector<Sample> samples_;
  uint64_t newest_ = 0, messages_ = 0, published_ = 0, events_ = 0, repeated_ = 0, decisions_ = 0,
           erased_ = 0;
};

double number(int argc, char** argv, const std::string& name, double otherwise) {
  for (int i = 2; i + 1 < argc; ++i)
    if (argv[i] == name) return std::strtod(argv[i + 1], nullptr);
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: soak BRAND [--hours N] [--seed N]\n");
    return 2;
  }
  std::string folder = std::filesystem::temp_directory_path() / "aizuchi-soak-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  int code = 0;
  try {
    Soak(argv[1], folder, static_cast<uint64_t>(number(argc, argv, "--seed", 1)),
         number(argc, argv, "--hours", full_hours))
        .run();
  } catch (const std::exception& broken) {
    fmt::print(stderr, "soak: {}\n", broken.what());
    code = 1;
  }
  std::filesystem::remove_all(folder);
  return code;
}
