// The rows at a million people: people-make writes them into a directory, people opens it and
// measures. Two processes, so that what making them took is not in the memory that is measured.
//
// The people are copies of 200 who came by events (30 facts, a consent, five views counted in those
// of 20 aggregates that they belong to), each under an id, a key and a device of its own.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "bench/measure.h"
#include "bench/world.h"
#include "ground/base/dice.h"
#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/store/vault.h"
#include "remember/identity/identity.h"
#include "remember/ledger/ledger.h"
#include "serve/partition/answer.h"

namespace aizuchi::bench {

namespace {

constexpr size_t originals = 200;
constexpr size_t counted_positions = 14;

size_t people_of(const BenchOptions& options) {
  return options.rounds > 0 ? options.rounds : options.quick ? 20'000 : 1'000'000;
}

enum class More : uint8_t { nothing, kept, counted };

// The bench's brand, whose people may be counted; 18 audiences, and more: one whose rule reads
// values that are kept, and one that counts what nothing counted, so that everyone's history is
// read.
ground::BrandFiles counted_brand(More more) {
  ground::BrandFiles out = brand();
  out.files["purposes.yaml"] += "  improve: {basis: consent, says: {ja: 改善, en: to improve}}\n";
  collect_for_improve(out);
  std::string& text = out.files["audiences.yaml"];
  text = "audiences:\n";
  const auto add = [&](const std::string& name, const std::string& rule) {
    text += fmt::format("  {}: {{title: {}, rule: \"{}\"}}\n", name, name, rule);
  };
  for (size_t i = 0; i < counted_positions; ++i)
    add(fmt::format("position-{}", i),
        fmt::format("count('Product Viewed', duration('720h'), {{'position': {}}}) >= 1", i));
  add("amber", "facts.fact_00 == 'amber'");
  add("many", "facts.fact_01 >= 50");
  add("notes", "facts.fact_02.startsWith('n')");
  add("paper", "count('Product Viewed', duration('168h'), {'category':'paper'}) >= 1");
  if (more >= More::kept) add("kept", "facts.fact_03 == 'birch' && facts.fact_04 < 80");
  if (more >= More::counted)
    add("counted",
        "facts.fact_03 == 'birch' && "
        "count('Product Viewed', duration('720h'), {'brand':'Komorebi'}) >= 3");
  return out;
}

[[noreturn]] void die(const ground::Error& error) {
  std::fprintf(stderr, "bench: %s\n", error.message.c_str());
  std::exit(1);
}

template <typename T>
T must(ground::Result<T> outcome) {
  if (!outcome) die(outcome.error());
  if constexpr (!std::is_void_v<T>) return *std::move(outcome);
}

void make_originals(const std::string& directory) {
  World world({.data_directory = directory, .sync = false});
  must(world.partition->publish(counted_brand(More::nothing)));
  world.people(originals);
  for (size_t i = 0; i < originals; ++i)
    world.send(
        fmt::format(R"({{"type":"track","event":"Consent Updated","anonymousId":"{}",)"
                    R"("messageId":"consent-{}","properties":{{"purposes":{{"improve":true}}}}}})",
                    person_id(i), i),
        world.page);
  while (world.partition->backfilling()) {
    world.partition->tick();
    ::usleep(1000);
  }
  must(world.partition->flush());
}

struct Original {
  remember::PersonState state;
  std::vector<remember::LogRecord> history;
};

std::vector<Original> read_originals(ground::Store& store, ground::Vault& vault) {
  std::vector<Original> out;
  must(store.scan(ground::Space::state, "", "", ground::Direction::forward,
                  [&](std::string_view key, std::string_view sealed) {
                    const auto id = ground::PersonId::from_bytes(key);
                    out.push_back(
                        {.state = *must(remember::open_state(store, vault, *id, sealed))});
                    return true;
                  }));
  for (Original& original : out)
    must(remember::read_history(store, vault, original.state.id,
                                [&](const remember::LogRecord& record) -> ground::Result<bool> {
                                  original.history.push_back(record);
                                  return true;
                                }));
  return out;
}

// What the kernel says this process holds, in GiB.
double resident_gib() {
  std::ifstream in("/proc/self/statm");
  double total = 0, resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 30);
}

// Few come often: the cube of an even draw, so that a tenth of the people make half of the visits.
size_t someone(size_t people, uint64_t i) {
  const double u = static_cast<double>(ground::mix64(i) >> 11) / 0x1p53;
  return std::min(people - 1, static_cast<size_t>(u * u * u * static_cast<double>(people)));
}

struct Serving {
  serve::Partition& partition;
  serve::Key page;
  size_t people = 0;
  uint64_t turn = 0;
  SteadyTime::time_point ticked = SteadyTime::now();

  // One decision, and the clockwork beside it as in a server; microseconds.
  double decide() {
    serve::Ask ask{.person = {.anonymous_id = person_id(someone(people, ++turn))},
                   .slots = {std::string(hero_slot)}};
    const auto began = SteadyTime::now();
    const serve::Answer answer = partition.decide(ask, page);
    AIZ_ASSERT(answer.draft.slots.size() == 1);
    if (seconds_since(ticked) >= 0.01) {  // whoever comes during a tick waits for it
      partition.tick();
      ticked = SteadyTime::now();
    }
    return seconds_since(began) * 1e6;
  }
  double p99_us(size_t n) {
    std::vector<double> us;
    us.reserve(n);
    for (size_t i = 0; i < n; ++i) us.push_back(decide());
    std::ranges::sort(us);
    return us[us.size() * 99 / 100];
  }
};

struct CountTimes {
  double p50_ms = 0, worst_ms = 0, people = 0;
};

CountTimes count_times(serve::Partition& partition) {
  const auto compound = must(ground::parse_json(
      R"({"minus":[{"any":["amber","position-3","paper"]},{"all":["many",{"not":"notes"}]}]})"));
  std::vector<double> ms;
  CountTimes out;
  for (int i = 0; i < 101; ++i) {
    const auto began = SteadyTime::now();
    const auto counted = must(partition.count_audiences(compound));
    ms.push_back(seconds_since(began) * 1000);
    out.people = static_cast<double>(counted.people.value_or(0));
  }
  std::ranges::sort(ms);
  out.p50_ms = ms[ms.size() / 2];
  out.worst_ms = ms.back();
  return out;
}

struct Publishing {
  double seconds = 0, decide_p99_us = 0, decisions = 0;
};

Publishing publish_beside(serve::Partition& partition, Serving& serving, More more) {
  const auto began = SteadyTime::now();
  must(partition.publish(counted_brand(more)));
  std::vector<double> us;
  while (partition.audiences().progress < 1)
    for (int i = 0; i < 200; ++i) us.push_back(serving.decide());
  const double seconds = seconds_since(began);
  std::ranges::sort(us);
  return {seconds, us[us.size() * 99 / 100], static_cast<double>(us.size())};
}

}  // namespace

int run_people_make(const BenchOptions& options) {
  make_originals(options.directory);
  const auto store =
      must(ground::open_rocks_store({.directory = options.directory, .sync = false}));
  ground::SystemDice dice;
  const auto vault = must(ground::Vault::open(options.directory + "-keys", *store, dice));
  const auto originals_read = read_originals(*store, *vault);
  remember::Ledger ledger(*store, *vault, 8 << 20);
  must(ledger.load());
  remember::Identity identity(*store, *vault);
  ground::Batch batch;
  for (size_t i = originals; i < people_of(options); ++i) {
    const auto& original = originals_read[i % originals_read.size()];
    const ground::PersonId id{dice.next_128()};
    remember::Person& person = ledger.create(id, original.state.created_at, batch);
    person.state = original.state;
    person.state.id = id;
    for (const remember::LogRecord& record : original.history)
      person.state.applied = ledger.append(person, record, batch);
    person.state.identifiers = {{std::string(remember::anonymous_id_kind), person_id(i)}};
    identity.bind(remember::anonymous_id_kind, person_id(i), id, batch);
    if (i % 500 != 0 && i + 1 != people_of(options)) continue;
    ledger.flush(std::exchange(batch, {}));
    must(store->commit_and_wait({}, ground::Durability::relaxed));
    ledger.make_room();
  }
  must(store->flush());
  return 0;
}

int run_people(const BenchOptions& options) {
  const size_t people = people_of(options);
  const auto open = [&] {
    return must(serve::Partition::open({.data_directory = options.directory, .sync = false}));
  };
  auto began = SteadyTime::now();
  auto partition = open();
  const double start_s = seconds_since(began);
  const auto key = must(partition->check_key(page_key));
  Serving serving{.partition = *partition, .page = key, .people = people};
  while (partition->audiences().settling > 0) partition->tick();  // whoever was just made
  const double before_us = serving.p99_us(options.quick ? 2'000 : 20'000);
  const Publishing kept = publish_beside(*partition, serving, More::kept);
  const Publishing counted = publish_beside(*partition, serving, More::counted);
  const CountTimes counts = count_times(*partition);
  AIZ_ASSERT(counts.people > 0);
  (void)serving.p99_us(options.quick ? 5'000 : 400'000);
  const double rss_gib = resident_gib();
  const double cached = static_cast<double>(partition->counters().people_cached);
  partition.reset();
  began = SteadyTime::now();
  partition = open();
  const double start_counted_s = seconds_since(began);
  const bool counts_kept = partition->audiences().progress == 1;
  print_figures({{"people", static_cast<double>(people)},
                 {"start_s", start_s},
                 {"start_counted_s", start_counted_s},
                 {"counts_kept", counts_kept ? 1.0 : 0.0},
                 {"publish_s", kept.seconds},
                 {"decide_p99_us", before_us},
                 {"decide_p99_filling_us", kept.decide_p99_us},
                 {"decisions_filling", kept.decisions},
                 {"publish_counting_s", counted.seconds},
                 {"decide_p99_counting_us", counted.decide_p99_us},
                 {"decisions_counting", counted.decisions},
                 {"count_ms", counts.p50_ms},
                 {"count_worst_ms", counts.worst_ms},
                 {"count_people", counts.people},
                 {"rss_gib", rss_gib},
                 {"people_cached", cached}});
  return counts_kept ? 0 : 1;
}

}  // namespace aizuchi::bench
