// What script/instructions counts under callgrind: decisions and events of the small world, in
// memory, with a fixed seed and a clock that stands still, so that two runs do the same. Only what
// is inside these two functions is counted, on the thread that runs them; the commit thread is not.
#include "bench/measure.h"
#include "bench/world.h"
#include "serve/partition/answer_json.h"

namespace aizuchi::bench {

namespace {

constexpr size_t people = 50;
constexpr size_t events_a_batch = 100;

}  // namespace

// Not in the unnamed namespace: callgrind finds them by these names.
[[gnu::noinline]] size_t counted_decisions(World& world, const std::vector<serve::Ask>& asks) {
  size_t bytes = 0;
  for (const serve::Ask& ask : asks) {
    const serve::Answer answer = world.partition->decide(ask, world.page);
    bytes += serve::answer_json(answer, serve::Explain::person).size();
  }
  return bytes;
}

[[gnu::noinline]] size_t counted_events(World& world, const std::vector<std::string>& batches) {
  size_t accepted = 0;
  for (const std::string& batch : batches)
    accepted += world.partition->ingest_and_wait(batch, world.page)->accepted;
  return accepted;
}

int run_counted(const BenchOptions& options) {
  ground::ManualClock clock(*ground::parse_instant("2026-04-01T09:00:00Z"));
  ground::SeededDice dice(1);
  World world({.clock = &clock, .dice = &dice});
  world.people(people);
  const size_t rounds = options.rounds > 0 ? options.rounds : 400;
  std::vector<serve::Ask> asks;
  asks.reserve(rounds);
  for (size_t i = 0; i < rounds; ++i) asks.push_back(world.question(i % people));
  std::vector<std::string> batches;
  uint64_t serial = 0;
  for (size_t sent = 0; sent < rounds; sent += events_a_batch) {
    batches.push_back(batch_body(sent * 61, people, events_a_batch));
    renumber(batches.back(), serial);
  }
  // Once beforehand: what is allocated and looked up only the first time is not counted.
  counted_decisions(world, {asks.front()});
  const size_t bytes = counted_decisions(world, asks);
  const size_t accepted = counted_events(world, batches);
  AIZ_ASSERT(accepted == batches.size() * events_a_batch);
  print_figures({{"decisions", static_cast<double>(asks.size() + 1)},
                 {"events", static_cast<double>(accepted)},
                 {"answer_bytes", static_cast<double>(bytes) / static_cast<double>(rounds)}});
  return 0;
}

}  // namespace aizuchi::bench
