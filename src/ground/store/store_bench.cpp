// What the store and the vault cost here: prints one row a line, each durable rate beside the raw
// fsync rate of the same run (this kind of disk changes by 20 times within a day).
// store_bench [directory]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>
#include <vector>

#include "ground/base/dice.h"
#include "ground/store/log_check.h"
#include "ground/store/store.h"
#include "ground/store/vault.h"

namespace {

using namespace aizuchi::ground;
using SteadyTime = std::chrono::steady_clock;

constexpr double phase_seconds = 1.0;

double seconds_since(SteadyTime::time_point start) {
  return std::chrono::duration<double>(SteadyTime::now() - start).count();
}

std::string key_of(uint64_t n) {
  ByteWriter out;
  out.be64(mix64(n));
  out.be64(n);
  return out.take();
}

// How often a second one thread can append 1 KB and sync it, in blocks reserved before, as the
// engine does with its log.
double raw_fsyncs(const std::string& directory) {
  const std::string path = directory + "/raw";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  AIZ_ASSERT(fd >= 0 && ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 64 << 20) == 0);
  const std::string block(1024, 'x');
  const auto start = SteadyTime::now();
  uint64_t n = 0;
  while (seconds_since(start) < phase_seconds) {
    AIZ_ASSERT(::write(fd, block.data(), block.size()) == 1024 && ::fdatasync(fd) == 0);
    ++n;
  }
  const double rate = static_cast<double>(n) / seconds_since(start);
  ::close(fd);
  ::unlink(path.c_str());
  return rate;
}

struct CommitRates {
  double commits;
  double groups;
};

// `threads` writers, each waiting for its own synced 1 KB commit before the next.
CommitRates waiting_commits(Store& store, int threads) {
  std::atomic<uint64_t> n = 0;
  std::atomic<bool> stop = false;
  const uint64_t groups_before = store.stats().groups_synced;
  const auto start = SteadyTime::now();
  std::vector<std::thread> writers;
  const std::string value(1000, 'x');
  for (int t = 0; t < threads; ++t)
    writers.emplace_back([&] {
      while (!stop) {
        Batch batch;
        batch.put(Space::log, key_of(n++), value);
        AIZ_ASSERT(store.commit_and_wait(std::move(batch), Durability::synced).has_value());
      }
    });
  std::this_thread::sleep_for(std::chrono::duration<double>(phase_seconds));
  stop = true;
  for (std::thread& writer : writers) writer.join();
  const double took = seconds_since(start);
  return {static_cast<double>(n) / took,
          static_cast<double>(store.stats().groups_synced - groups_before) / took};
}

// One thread with `in_flight` commits on their way, as an io thread has them.
double flowing_commits(Store& store, int in_flight, Durability durability) {
  std::atomic<int> flying = 0;
  uint64_t n = 0;
  const std::string value(1000, 'x');
  const auto start = SteadyTime::now();
  while (seconds_since(start) < phase_seconds) {
    if (flying.load() >= in_flight) {
      std::this_thread::yield();
      continue;
    }
    Batch batch;
    batch.put(Space::log, key_of(n++), value);
    ++flying;
    store.commit(std::move(batch), durability, [&](const Result<void>& done) {
      AIZ_ASSERT(done.has_value());
      --flying;
    });
  }
  AIZ_ASSERT(store.commit_and_wait({}, durability).has_value());
  return static_cast<double>(n) / seconds_since(start);
}

double ns_each(const std::function<void(uint64_t)>& work) {
  uint64_t n = 0;
  for (; n < 1000; ++n) work(n);
  const auto start = SteadyTime::now();
  uint64_t rounds = 0;
  for (; seconds_since(start) < 0.5; rounds += 100)
    for (uint64_t i = 0; i < 100; ++i) work(n++);
  return seconds_since(start) * 1e9 / static_cast<double>(rounds);
}

// A durable row, with the raw rate just before and just after it.
void durable_row(const std::string& directory, const char* name,
                 const std::function<CommitRates()>& measure) {
  const double before = raw_fsyncs(directory);
  const CommitRates rates = measure();
  const double after = raw_fsyncs(directory);
  const double raw = (before + after) / 2;
  std::printf("%-21s %10.0f /s   %.2f x raw fsync (%.0f /s%s), %.0f syncs/s\n", name, rates.commits,
              rates.commits / raw, raw,
              std::max(before, after) > 1.3 * std::min(before, after) ? ", drifted: void" : "",
              rates.groups);
}

void bench_commits(const std::string& directory, Store& store) {
  for (const int threads : {1, 8, 64}) {
    const std::string name = "commit-synced-" + std::to_string(threads);
    durable_row(directory, name.c_str(), [&] { return waiting_commits(store, threads); });
  }
  durable_row(directory, "commit-synced-flowing", [&] {
    const uint64_t groups_before = store.stats().groups_synced;
    const double commits = flowing_commits(store, 1000, Durability::synced);
    return CommitRates{
        commits, static_cast<double>(store.stats().groups_synced - groups_before) / phase_seconds};
  });
  std::printf("commit-relaxed        %10.0f /s   1000 in flight\n",
              flowing_commits(store, 1000, Durability::relaxed));
}

void bench_reads(Store& store) {
  constexpr uint64_t people = 100'000;
  for (uint64_t i = 0; i < people; ++i) {
    Batch batch;
    batch.put(Space::state, key_of(i), std::string(1000, static_cast<char>(i)));
    batch.put(Space::seen, key_of(i), key_of(INT64_MAX).substr(8));
    store.commit(std::move(batch), Durability::relaxed, nullptr);
    if (i % 10'000 == 0) AIZ_ASSERT(store.commit_and_wait({}, Durability::relaxed).has_value());
  }
  AIZ_ASSERT(store.flush().has_value());
  const double hot = ns_each([&](uint64_t n) {
    AIZ_ASSERT(store.get(Space::state, key_of(n * 7919 % 1000)).value().has_value());
  });
  const double all = ns_each([&](uint64_t n) {
    AIZ_ASSERT(store.get(Space::state, key_of(n * 7919 % people)).value().has_value());
  });
  const double absent = ns_each(
      [&](uint64_t n) { AIZ_ASSERT(!store.contains(Space::seen, key_of(n + people)).value()); });
  std::printf("get-1KB-hot           %10.0f ns   of 1,000 keys\n", hot);
  std::printf("get-1KB               %10.0f ns   of 100,000 keys, 64 MiB cache\n", all);
  std::printf("seen-absent           %10.0f ns\n", absent);
}

// The check of the logs before the engine reads them, on the log just written.
void bench_log_check(const std::string& directory) {
  std::string log;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".log") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (bytes.view().size() > log.size()) log = std::move(bytes).str();
  }
  const auto start = SteadyTime::now();
  AIZ_ASSERT(log_damage(log).empty());
  const double megabytes = static_cast<double>(log.size()) / 1e6;
  std::printf("log-check             %10.0f MB/s of %.0f MB\n", megabytes / seconds_since(start),
              megabytes);
}

void bench_vault() {
  SystemDice dice;
  const std::unique_ptr<Vault> vault = Vault::open_in_memory(dice);
  Batch batch;
  const std::string person(16, 'p');
  const PersonKey key = vault->create_key(batch, person);
  for (const size_t bytes : {1024, 3072}) {
    const std::string plain(bytes, 'x');
    const std::string sealed = vault->seal(key, 1, person, plain);
    const double seals = ns_each([&](uint64_t) { (void)vault->seal(key, 1, person, plain); });
    const double opens =
        ns_each([&](uint64_t) { AIZ_ASSERT(vault->open(key, person, sealed).has_value()); });
    std::printf("seal-%zuB            %10.0f ns\n", bytes, seals);
    std::printf("open-%zuB            %10.0f ns\n", bytes, opens);
  }
  const double lookup = ns_each([&](uint64_t) { (void)vault->lookup("email", "mia@example.com"); });
  std::printf("lookup                %10.0f ns\n", lookup);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : "store_bench_data";
  std::filesystem::create_directories(directory);
  StoreOptions options;
  options.directory = directory + "/store";
  auto store = open_rocks_store(options);
  AIZ_ASSERT(store.has_value());
  bench_commits(directory, **store);
  bench_log_check(options.directory);
  bench_reads(**store);
  bench_vault();
  store->reset();
  std::filesystem::remove_all(directory);
}
