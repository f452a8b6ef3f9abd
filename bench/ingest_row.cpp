// ingest: durable events a second, in batches of 100 events of 1 KB, with 16 batches in flight as
// that many clients have them; parsed, de-duplicated, facts and aggregates applied, sealed. Its
// floor is RocksDB itself: one thread that puts the same JSON bytes under an 8-byte key, as many
// batches merged into each write and sync of the log as the engine's group commit has just merged.
#include <rocksdb/db.h>

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "bench/measure.h"
#include "bench/world.h"

namespace aizuchi::bench {

namespace {

constexpr size_t events_a_batch = 100;
constexpr size_t in_flight_max = 16;
constexpr size_t people = 1000;

// Work that the commit thread hands to this one.
class Inbox {
 public:
  void push(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    has_work_.notify_one();
  }
  // Runs what is there; when `wait`, at least one.
  void drain(bool wait) {
    std::unique_lock lock(mutex_);
    if (wait) has_work_.wait(lock, [&] { return !work_.empty(); });
    std::deque<std::function<void()>> now;
    now.swap(work_);
    lock.unlock();
    for (auto& each : now) each();
  }

 private:
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::function<void()>> work_;
};

std::vector<std::string> batches() {
  std::vector<std::string> out;
  out.reserve(16);
  for (size_t i = 0; i < 16; ++i) out.push_back(batch_body(i * 61, people, events_a_batch));
  return out;
}

// Events a second of raw RocksDB, on average `merged` batches to a synced write: of 3.2, every
// fifth write takes 4.
double raw_rocksdb(const std::string& directory, double seconds, double merged) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 16 << 20;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::DB* opened = nullptr;
  AIZ_ASSERT(rocksdb::DB::Open(options, directory, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  const std::vector<std::string> bodies = batches();
  constexpr size_t event_bytes = 1024, opening = 10;  // {"batch":[
  rocksdb::WriteOptions synced;
  synced.sync = true;
  uint64_t events = 0;
  double due = 0;
  const auto start = SteadyTime::now();
  while (seconds_since(start) < seconds) {
    rocksdb::WriteBatch batch;
    for (due += std::max(merged, 1.0); due >= 1; due -= 1) {
      const std::string& body = bodies[(events / events_a_batch) % bodies.size()];
      for (size_t i = 0; i < events_a_batch; ++i) {
        const uint64_t key = __builtin_bswap64(++events);
        batch.Put(rocksdb::Slice(reinterpret_cast<const char*>(&key), sizeof key),
                  rocksdb::Slice(body.data() + opening + i * (event_bytes + 1), event_bytes));
      }
    }
    AIZ_ASSERT(db->Write(synced, &batch).ok());
  }
  return static_cast<double>(events) / seconds_since(start);
}

struct Rate {
  double events = 0;
  double groups = 0;
  double batches_a_group() const { return events / events_a_batch / std::max(groups, 1.0); }
};

// The engine with several batches in flight, for a time or, for profilers, a number of batches.
class Intake {
 public:
  Intake(World& world, Inbox& inbox) : world_(world), inbox_(inbox), bodies_(batches()) {}

  Rate run(double seconds, size_t batches_max) {
    durable_ = 0;
    const uint64_t groups_before = world_.partition->store_stats().groups_synced;
    const auto start = SteadyTime::now();
    size_t sent = 0;
    const auto over = [&] { return sent >= batches_max || seconds_since(start) >= seconds; };
    auto ticked = start;
    while (flying_ > 0 || !over()) {
      inbox_.drain(flying_ >= in_flight_max || over());
      if (seconds_since(ticked) > 0.01) world_.partition->tick(), ticked = SteadyTime::now();
      if (flying_ >= in_flight_max || over()) continue;
      send();
      ++sent;
    }
    const double took = seconds_since(start);
    const uint64_t groups = world_.partition->store_stats().groups_synced - groups_before;
    return {static_cast<double>(durable_) / took, static_cast<double>(groups) / took};
  }

 private:
  void send() {
    std::string& body = bodies_[++turn_ % bodies_.size()];
    renumber(body, serial_);
    ++flying_;
    world_.partition->ingest(body, std::nullopt, world_.page, [&](const auto& ingested) {
      AIZ_ASSERT(ingested.has_value() && ingested->accepted == events_a_batch);
      durable_ += ingested->accepted;
      --flying_;
    });
  }

  World& world_;
  Inbox& inbox_;
  std::vector<std::string> bodies_;
  uint64_t serial_ = 0;  // goes on from run to run, so that no event is a duplicate
  uint64_t durable_ = 0;
  size_t flying_ = 0;
  size_t turn_ = 0;
};

}  // namespace

int run_ingest(const BenchOptions& options) {
  const TemporaryDirectory directory;
  const double seconds = options.quick ? 0.7 : 5, floor_seconds = options.quick ? 0.5 : 3;
  int floors = 0;
  const auto floor = [&](double batches_a_write) {
    return raw_rocksdb(fmt::format("{}/floor-{}", directory.path(), ++floors), floor_seconds,
                       batches_a_write);
  };
  Inbox inbox;
  World world({.data_directory = directory.path() + "/data",
               .post = [&](std::function<void()> work) { inbox.push(std::move(work)); }});
  world.people(people);
  Intake intake(world, inbox);
  if (options.rounds > 0) {
    print_figures({{"events_per_s", intake.run(1e9, options.rounds).events}});
    return 0;
  }
  const Rate warm_up = intake.run(seconds / 3, SIZE_MAX);
  const double fsyncs = raw_fsyncs(directory.path(), floor_seconds / 3, 100 << 10);
  const double before = floor(warm_up.batches_a_group());
  const Rate rate = intake.run(seconds, SIZE_MAX);
  const double after = floor(rate.batches_a_group());
  const double unmerged = floor(1);
  print_figures({{"events_per_s", rate.events},
                 {"batches_a_group", rate.batches_a_group()},
                 {"batches_a_group_before", warm_up.batches_a_group()},
                 {"floor_before", before},
                 {"floor_after", after},
                 {"floor_unmerged", unmerged},
                 {"fsyncs_per_s", fsyncs}});
  return 0;
}

}  // namespace aizuchi::bench
