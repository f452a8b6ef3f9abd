// decide-core and decide-history: decisions in process, as HTTP makes them: live, a person-level
// reason, the record sealed and queued, the answer written as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "bench/measure.h"
#include "bench/world.h"
#include "ground/base/hash.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/choice_note.h"

namespace aizuchi::bench {

namespace {

constexpr size_t people = 1000;

// Every decision is new to the person's visit, so that caps, said-ledger and cache are in play.
void decide(World& world, size_t person, size_t& answer_bytes) {
  const serve::Answer answer = world.partition->decide(world.question(person), world.page);
  AIZ_ASSERT(answer.draft.slots.size() == 1);
  AIZ_ASSERT(answer.draft.slots.front().reason == decide::Reason::chosen);
  answer_bytes += serve::answer_json(answer, serve::Explain::person).size();
}

// The write-behind runs where it runs in a server: beside the decisions, every 10 ms.
class Clockwork {
 public:
  explicit Clockwork(serve::Partition& partition) : partition_(partition) {}
  void look() {
    if (seconds_since(last_) < 0.01) return;
    last_ = SteadyTime::now();
    partition_.tick();
    longest_ms_ = std::max(longest_ms_, seconds_since(last_) * 1000);
  }
  // How long a decision may have to wait for it.
  double longest_ms() const { return longest_ms_; }

 private:
  serve::Partition& partition_;
  double longest_ms_ = 0;
  SteadyTime::time_point last_ = SteadyTime::now();
};

}  // namespace

namespace {

int measure(World& world, size_t known, const BenchOptions& options) {
  const size_t rounds = options.rounds > 0 ? options.rounds : options.quick ? 5'000 : 100'000;
  size_t bytes = 0;
  if (options.rounds == 0)
    for (size_t i = 0; i < rounds / 10; ++i) decide(world, i % known, bytes);
  Timings timings(rounds);
  Clockwork clockwork(*world.partition);
  bytes = 0;
  for (size_t i = 0; i < rounds; ++i) {
    const size_t person = ground::mix64(i) % known;
    timings.round([&] { decide(world, person, bytes); });
    clockwork.look();
  }
  const double p50 = timings.percentile_us(50), p99 = timings.percentile_us(99);
  print_figures({{"p50_us", p50},
                 {"p99_us", p99},
                 {"tick_ms_max", clockwork.longest_ms()},
                 {"decisions", static_cast<double>(rounds)},
                 {"answer_bytes", static_cast<double>(bytes) / static_cast<double>(rounds)}});
  return 0;
}

// Everyone sees three answers, one in three converts, and the choice is learned from it.
void teach(World& world, size_t known) {
  std::string batch;
  uint64_t serial = 0;
  const auto tell = [&](const char* event, size_t person, const serve::Answer& answer) {
    const auto& item = answer.snapshot->items[answer.draft.slots[0].picks[0].item.index].name;
    batch += fmt::format(R"({}{{"type":"track","event":"{}","messageId":"t{}","anonymousId":"{}",)"
                         R"("properties":{{"decisionId":"{}","slot":"{}","item":"{}"}}}})",
                         batch.empty() ? "" : ",", event, ++serial, person_id(person),
                         serve::to_text(answer.id), hero_slot, item);
  };
  for (size_t i = 0; i < 3 * known; ++i) {
    const size_t person = i % known;
    const serve::Answer answer = world.partition->decide(world.question(person), world.page);
    tell("Slot Exposed", person, answer);
    if (ground::mix64(i) % 3 == 0) tell("Conversion", person, answer);
    if (i % 50 != 49) continue;
    world.send("{\"batch\":[" + std::exchange(batch, {}) + "]}", world.page);
    world.partition->tick();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1'200));  // until their time is over
  AIZ_ASSERT(world.partition->train_choice().has_value());
  while (world.partition->choice().learning) {
    world.partition->tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  AIZ_ASSERT(world.partition->choice().slots[0].speaks);
}

}  // namespace

int run_decide_core(const BenchOptions& options) {
  const TemporaryDirectory directory;
  World world({.data_directory = directory.path() + "/data"});
  const size_t known = options.quick ? 100 : people;
  world.people(known);
  return measure(world, known, options);
}

int run_decide_learned(const BenchOptions& options) {
  const TemporaryDirectory directory;
  World world({.data_directory = directory.path() + "/data"}, 0, Learning::on);
  const size_t known = options.quick ? 100 : people;
  world.people(known);
  teach(world, known);
  const int done = measure(world, known, options);
  AIZ_ASSERT(world.partition->choice().slots[0].counted.learned > 0);
  return done;
}

int run_decide_history(const BenchOptions& options) {
  const TemporaryDirectory directory;
  World world({.data_directory = directory.path() + "/data"});
  // Person 0 has 100,000 events (fewer in a quick run), person 1 has ten.
  const size_t events = options.quick ? 5'000 : 100'000;
  uint64_t serial = 0;
  world.send(identify_body(0), world.form);
  world.send(identify_body(1), world.form);
  for (size_t sent = 0; sent < events; sent += 100) {
    std::string batch = batch_body(0, 1, 100);
    renumber(batch, serial);
    world.send(batch, world.page);
    if (sent % 1'000 == 0) world.partition->tick();
  }
  std::string ten = batch_body(1, 2, 1);
  for (size_t i = 0; i < 10; ++i) {
    renumber(ten, serial);
    world.send(ten, world.page);
  }
  const size_t rounds = options.quick ? 2'000 : 20'000;
  Timings long_history(rounds), short_history(rounds);
  Clockwork clockwork(*world.partition);
  size_t bytes = 0;
  for (size_t i = 0; i < rounds / 10; ++i) decide(world, i % 2, bytes);
  // In turn, so that a busy moment of the machine meets both.
  for (size_t i = 0; i < rounds; ++i) {
    long_history.round([&] { decide(world, 0, bytes); });
    short_history.round([&] { decide(world, 1, bytes); });
    clockwork.look();
  }
  const double with_many = long_history.percentile_us(50),
               with_ten = short_history.percentile_us(50);
  print_figures({{"many_p50_us", with_many},
                 {"ten_p50_us", with_ten},
                 {"many_events", static_cast<double>(events)},
                 {"ratio", with_many / with_ten}});
  return 0;
}

int run_decide_slots(const BenchOptions& options) {
  constexpr size_t slots = 20;
  const TemporaryDirectory directory;
  World world({.data_directory = directory.path() + "/data"}, slots);
  const size_t known = options.quick ? 20 : 200;
  world.people(known);
  const size_t rounds = options.quick ? 500 : 10'000;
  Timings one(rounds), many(rounds);
  Clockwork clockwork(*world.partition);
  size_t bytes = 0;
  const auto page = [&](size_t person, size_t n) {
    serve::Ask ask = world.question(person);
    ask.slots.clear();
    for (size_t i = 0; i < n; ++i) ask.slots.push_back(page_slot(i));
    const serve::Answer answer = world.partition->decide(ask, world.page);
    AIZ_ASSERT(answer.draft.slots.size() == n);
    bytes += serve::answer_json(answer, serve::Explain::person).size();
  };
  for (size_t i = 0; i < rounds; ++i) {
    one.round([&] { page(i % known, 1); });
    many.round([&] { page(i % known, slots); });
    clockwork.look();
  }
  const double with_one = one.percentile_us(50), with_many = many.percentile_us(50);
  print_figures({{"many_p50_us", with_many},
                 {"one_p50_us", with_one},
                 {"slots", static_cast<double>(slots)},
                 {"ratio", with_many / with_one}});
  return 0;
}

}  // namespace aizuchi::bench
