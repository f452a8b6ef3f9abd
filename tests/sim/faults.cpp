// Every write fails once. Usage: faults BRAND [--every N]
//
// A short life of a partition on the real engine: a start, a publish, events one by one and in
// batches, a consent, decisions, an erasure, flushes and a compaction. It is lived again and again,
// and each time the next operation of the file system meets EIO, ENOSPC, half a write, or a torn
// write behind which nothing works. Afterwards the directory opens, everything acknowledged is
// there once, nothing is there twice, whoever was erased is not there, and verification finds
// nothing wrong. Several lives are lived side by side: the engine waits a second after a fault in
// the background, and a life is mostly that.
#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <vector>

#include "ground/base/json.h"
#include "ground/store/rocks_open.h"
#include "serve/partition/answer.h"
#include "sim/faulty_disk.h"

using namespace aizuchi;
using ground::Result;
using serve::Partition;

namespace {

struct Broken : std::runtime_error {
  using runtime_error::runtime_error;
};

// One life with one fault, and what came of it.
class Trial {
 public:
  Trial(const ground::BrandFiles& files, std::string folder)
      : files_(files), folder_(std::move(folder)) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Trial() { std::filesystem::remove_all(folder_); }
  Trial(const Trial&) = delete;

  void live(const std::shared_ptr<sim::FaultyDisk>& disk) {
    if (auto opened = open(disk)) {
      partition_ = *std::move(opened);
      if (const auto published = partition_->publish(files_); published && published->changed)
        scenes();
    }
    partition_.reset();
    store_ = nullptr;
    if (disk) disk->lose_what_was_not_synced();
  }

  void check() {
    auto opened = open(nullptr);
    if (!opened) throw Broken("it does not open again: " + opened.error().message);
    partition_ = *std::move(opened);
    const auto verified = partition_->verify();
    if (!verified || !verified->wrong.empty())
      throw Broken("verify: " + (verified ? verified->wrong.front() : verified.error().message));
    std::vector<std::string> ids;
    for (const auto& [id, told] : told_) ids.push_back(id);
    const auto kept = partition_->find_events(ids, 1'000'000);
    if (!kept) throw Broken(kept.error().message);
    std::map<std::string, int> found;
    for (const auto& one : *kept)
      ++found[ground::parse_json(one.body)->find("messageId")->as_string()];
    for (const auto& [id, told] : told_) {
      if (told && found[id] == 0) throw Broken("acknowledged and lost: " + id);
      if (found[id] > 1) throw Broken("kept twice: " + id);
    }
    if (erased_ && partition_->person_json({.user_id = "u-gone"}))
      throw Broken("an erased person is there");
    if (!partition_->snapshot() && !partition_->publish(files_))
      throw Broken("it takes no publish after it was opened again");
    if (!send({"after"})) throw Broken("it takes no events after it was opened again");
    partition_.reset();
  }
  size_t acknowledged() const {
    size_t n = 0;
    for (const auto& [id, told] : told_) n += told;
    return n;
  }

 private:
  Result<std::unique_ptr<Partition>> open(const std::shared_ptr<sim::FaultyDisk>& disk) {
    serve::Options options{.data_directory = folder_ + "/data",
                           .keyring_directory = folder_ + "/keys"};
    options.open_store =
        [this, disk](ground::StoreOptions store) -> Result<std::unique_ptr<ground::Store>> {
      store.free_bytes_min = 0;
      auto opened = ground::open_rocks_store_on(std::move(store), disk ? disk->files() : nullptr);
      if (opened) store_ = opened->get();
      return opened;
    };
    return Partition::open(std::move(options));
  }

  static serve::Key key() {
    using enum serve::Scope;
    return {.id = "web", .secret = true, .source = "web", .scopes = {ingest, decide, privacy}};
  }
  bool send(const std::vector<std::string>& ids) {
    std::string batch;
    for (const std::string& id : ids) {
      told_.try_emplace(id, false);
      batch += fmt::format(
          R"({}{{"type":"track","event":"Product Viewed","userId":"u-{}","messageId":"{}",)"
          R"("properties":{{"product_id":"p1","category":"light-roast"}}}})",
          batch.empty() ? "" : ",", id.size() % 3, id);
    }
    const auto done = partition_->ingest_and_wait(fmt::format(R"({{"batch":[{}]}})", batch), key());
    if (done)
      for (const std::string& id : ids) told_[id] = true;
    partition_->decide({.person = {.user_id = "u-1"}, .slots = {"home.hero"}}, key());
    return done.has_value();
  }
  // Somebody agrees to something.
  void agree(const std::string& id) {
    told_.try_emplace(id, false);
    const auto done = partition_->ingest_and_wait(
        R"({"type":"track","event":"Consent Updated","userId":"u-1","messageId":")" + id +
            R"(","properties":{"purposes":{"recommend":true}}})",
        key());
    if (done) told_[id] = true;
  }
  // Somebody comes and is forgotten.
  void come_and_go() {
    const auto came = partition_->ingest_and_wait(
        R"({"type":"track","event":"Product Viewed","userId":"u-gone","messageId":"x"})", key());
    if (came) erased_ = partition_->erase_and_wait({.user_id = "u-gone"}, key()).has_value();
  }

  void scenes() {
    send({"a1"});
    send({"a2", "a22", "a222"});
    (void)partition_->flush();
    send({"b1"});
    agree("b2");
    (void)store_->flush();
    come_and_go();
    send({"c1", "c22"});
    (void)store_->compact(ground::Space::log);
    send({"d1"});
    send({"d2", "d22"});
    (void)store_->flush();
    send({"e1"});
  }

  const ground::BrandFiles& files_;
  const std::string folder_;
  ground::Store* store_ = nullptr;
  std::unique_ptr<Partition> partition_;
  std::map<std::string, bool> told_;  // by message id: acknowledged
  bool erased_ = false;               // u-gone, and somebody was told so
};

constexpr int side_by_side = 16;
constexpr size_t acknowledged_all = 13;  // twelve of the life, one after it

struct Counts {
  int trials = 0;
  std::map<std::string, int> by_operation;
};

// One life whose operation `index` fails. False: it ended before.
bool one_index(const ground::BrandFiles& files, const std::string& folder, sim::Wrong wrong,
               int index, Counts& counts) {
  const auto disk = std::make_shared<sim::FaultyDisk>(index, wrong);
  Trial trial(files, folder);
  std::string where;
  try {
    trial.live(disk);
    where = disk->where();
    trial.check();
  } catch (const Broken& broken) {
    throw Broken(
        fmt::format("{} at operation {} ({}): {}", to_string(wrong), index, where, broken.what()));
  }
  if (disk->met()) {
    ++counts.trials;
    ++counts.by_operation[where.substr(0, where.rfind(' '))];
  } else if (trial.acknowledged() != acknowledged_all) {
    throw Broken(fmt::format("without a fault {} are acknowledged", trial.acknowledged()));
  }
  return disk->met();
}

// Each of so many sides takes its share of the operations, until a life ends before the fault: then
// every operation has met each fault.
Counts a_side(const ground::BrandFiles& files, const std::string& folder, int side, int every) {
  Counts counts;
  for (int wrong = 0; wrong < sim::wrongs; ++wrong)
    for (int index = side * every; one_index(files, folder + std::to_string(side),
                                             static_cast<sim::Wrong>(wrong), index, counts);)
      index += side_by_side * every;
  return counts;
}

int run(const std::string& brand, int every, const std::string& folder) {
  const auto files = ground::read_brand_folder(brand);
  if (!files) throw Broken(files.error().message);
  sim::prepare_for(side_by_side);
  std::vector<std::future<Counts>> sides;
  for (int side = 0; side < side_by_side; ++side)
    sides.push_back(
        std::async(std::launch::async, a_side, std::cref(*files), std::cref(folder), side, every));
  Counts all;
  for (auto& side : sides) {
    const Counts counts = side.get();
    all.trials += counts.trials;
    for (const auto& [operation, times] : counts.by_operation) all.by_operation[operation] += times;
  }
  std::string operations;
  for (const auto& [operation, times] : all.by_operation)
    operations += fmt::format(", {} {}", times, operation);
  fmt::print("{} lives with one fault each{}: all opened again, 0 acknowledged lost, 0 twice\n",
             all.trials, operations);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && !(argc == 4 && std::string(argv[2]) == "--every")) {
    fmt::print(stderr, "usage: faults BRAND [--every N]\n");
    return 2;
  }
  // In memory where there is such a folder: what a sync would bring to a disk is simulated anyway.
  const bool memory = std::filesystem::is_directory("/dev/shm");
  const std::filesystem::path place = memory ? "/dev/shm" : std::filesystem::temp_directory_path();
  std::string folder = place / "aizuchi-faults-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  int code = 1;
  try {
    code = run(argv[1], argc == 4 ? std::max(1, std::atoi(argv[3])) : 1, folder + "/life");
  } catch (const std::exception& broken) {
    fmt::print(stderr, "faults: {}\n", broken.what());
  }
  std::filesystem::remove_all(folder);
  return code;
}
