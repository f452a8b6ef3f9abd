// What a store promises, said once and asked of both engines.
#include "ground/store/store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <thread>

#include "ground/base/dice.h"
#include "ground/store/test_store.h"

namespace aizuchi::ground {

using namespace test;

namespace {

struct Engines {
  TestFolder directory;
  SharedClock clock;
  std::unique_ptr<Store> memory = open_memory_store(&clock);
  std::unique_ptr<Store> rocks;

  Engines() {
    StoreOptions options;
    options.directory = directory / "data";
    options.clock = &clock;
    rocks = std::move(open_rocks_store(options).value());
  }
  std::array<Store*, 2> both() { return {memory.get(), rocks.get()}; }
};

std::vector<std::string> keys(Store& store, Space space, std::string_view prefix,
                              std::string_view from, Direction direction, size_t max = 1000) {
  std::vector<std::string> out;
  const Result<void> done =
      store.scan(space, prefix, from, direction, [&](std::string_view key, std::string_view value) {
        out.push_back(std::string(key) + "=" + std::string(value));
        return out.size() < max;
      });
  REQUIRE(done.has_value());
  return out;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("what was erased and not rewritten yet is found, block by block, and not after that") {
  Engines engines;
  Store& store = *engines.rocks;
  const std::string secret = "canary-of-somebody";
  std::string value = secret;  // half of what compresses: the bytes stand nowhere in the file
  for (int i = 0; i < 4'000; ++i) value += "canary-of-some" + std::to_string(i % 10);
  const auto found = [&] {
    bool out = false;
    REQUIRE(store.scan_stored(Space::history, [&](std::string_view key, std::string_view each) {
      out = out || key.contains("of-somebody") || each.contains(secret);
      return true;
    }));
    return out;
  };
  REQUIRE(put(store, Space::history, "a", "1"));
  REQUIRE(put(store, Space::history, "b", "canary-of-some" + value));
  REQUIRE(put(store, Space::history, "z", "9"));
  REQUIRE(store.flush());
  Batch gone;
  gone.erase(Space::history, "b");
  REQUIRE(store.commit_and_wait(std::move(gone), Durability::synced));
  REQUIRE(store.flush());
  CHECK((keys(store, Space::history, "", "", Direction::forward) == Strings{"a=1", "z=9"}));
  for (const auto& entry : std::filesystem::directory_iterator(engines.directory / "data"))
    CHECK_FALSE(read_file(entry.path()).contains(secret));
  CHECK(found());
  REQUIRE(store.compact(Space::history));
  CHECK_FALSE(found());
  CHECK(store.left_files().empty());
}

TEST_CASE("all that is stored is visited, however many versions a key has, in both engines") {
  Engines engines;
  for (Store* store : engines.both()) {
    for (int i = 0; i < 700; ++i) {
      REQUIRE(put(*store, Space::history, "same", std::to_string(i), Durability::relaxed));
      if (i == 300) REQUIRE(store->flush());
    }
    for (int i = 0; i < 300; ++i)
      REQUIRE(put(*store, Space::history, "t" + std::to_string(i), "x", Durability::relaxed));
    std::map<std::string, size_t> seen;
    REQUIRE(store->scan_stored(Space::history, [&](std::string_view key, std::string_view) {
      ++seen[std::string(key)];
      return true;
    }));
    CHECK(seen.size() == 301);
    CHECK(seen["same"] >= (store == engines.rocks.get() ? 700 : 1));
  }
}

TEST_CASE("what was committed can be read, and what was erased is absent") {
  Engines engines;
  for (Store* store : engines.both()) {
    REQUIRE(put(*store, Space::state, "a", "1"));
    REQUIRE(put(*store, Space::record, "a", "other"));
    CHECK(store->get(Space::state, "a").value() == "1");
    CHECK(store->contains(Space::state, "a").value());
    CHECK_FALSE(store->contains(Space::state, "b").value());
    CHECK_FALSE(store->get(Space::identity, "a").value().has_value());
    Batch batch;
    batch.erase(Space::state, "a");
    batch.erase(Space::state, "never there");
    REQUIRE(store->commit_and_wait(std::move(batch), Durability::relaxed));
    CHECK_FALSE(store->get(Space::state, "a").value().has_value());
    CHECK(store->get(Space::record, "a").value() == "other");
  }
}

TEST_CASE("in one batch the later write of a key wins, and empty values are values") {
  Engines engines;
  for (Store* store : engines.both()) {
    Batch batch = one(Space::meta, "k", "1");
    batch.erase(Space::meta, "k");
    Batch more = one(Space::meta, "k", "");
    batch.append(std::move(more));
    CHECK(more.empty());
    CHECK_FALSE(batch.only_erases());
    REQUIRE(store->commit_and_wait(std::move(batch), Durability::synced));
    CHECK(store->get(Space::meta, "k").value() == "");
  }
}

TEST_CASE("a scan stays within its prefix, in both directions, from any key") {
  Engines engines;
  for (Store* store : engines.both()) {
    Batch batch;
    for (const char* key : {"a", "b", "b1", "b2", "b3", "c"}) batch.put(Space::meta, key, "");
    batch.put(Space::history, "\xff\xff", "");
    batch.put(Space::history, "\xff\xff\x01", "");
    REQUIRE(store->commit_and_wait(std::move(batch), Durability::synced));
    using enum Direction;
    CHECK(keys(*store, Space::meta, "b", "", forward) == Strings{"b=", "b1=", "b2=", "b3="});
    CHECK(keys(*store, Space::meta, "b", "", backward) == Strings{"b3=", "b2=", "b1=", "b="});
    CHECK(keys(*store, Space::meta, "b", "b2", forward) == Strings{"b2=", "b3="});
    CHECK(keys(*store, Space::meta, "b", "b2", backward) == Strings{"b2=", "b1=", "b="});
    CHECK(keys(*store, Space::meta, "b", "b2x", backward, 1) == Strings{"b2="});
    CHECK(keys(*store, Space::meta, "x", "", forward).empty());
    CHECK(keys(*store, Space::meta, "x", "", backward).empty());
    CHECK(keys(*store, Space::history, "\xff", "", backward, 1) == Strings{"\xff\xff\x01="});
    CHECK(keys(*store, Space::log, "", "", forward).empty());
  }
}

TEST_CASE("a scan sees the moment it began, even when its visitor commits") {
  Engines engines;
  for (Store* store : engines.both()) {
    for (const char* key : {"a", "b", "c"}) REQUIRE(put(*store, Space::state, key, "old"));
    Strings seen;
    REQUIRE(store->scan(Space::state, "", "", Direction::forward,
                        [&](std::string_view key, std::string_view value) {
                          CHECK(put(*store, Space::state, "b", "new").has_value());
                          CHECK(
                              put(*store, Space::state, std::string(key) + "+", "new").has_value());
                          seen.push_back(std::string(key) + "=" + std::string(value));
                          return true;
                        }));
    CHECK(seen == Strings{"a=old", "b=old", "c=old"});
    CHECK(store->get(Space::state, "b").value() == "new");
  }
}

TEST_CASE("both engines agree with a plain map over ten thousand random operations") {
  Engines engines;
  std::map<std::string, std::string> twin;
  SeededDice dice(7);
  const auto key = [&] { return std::string(1 + dice.next_u64() % 2, 'a' + dice.next_u64() % 8); };
  for (int step = 0; step < 10'000; ++step) {
    const std::string k = key() + key();
    const std::string v = std::to_string(step);
    const bool erases = dice.next_u64() % 3 == 0;
    erases ? (void)twin.erase(k) : (void)(twin[k] = v);
    for (Store* store : engines.both()) {
      Batch batch;
      erases ? batch.erase(Space::state, k) : batch.put(Space::state, k, v);
      store->commit(std::move(batch), Durability::relaxed, nullptr);
    }
    if (step % 500 != 0) continue;
    const std::string prefix = key();
    const std::string from = prefix + key();
    Strings up, down;
    for (auto at = twin.lower_bound(from); at != twin.end() && at->first.starts_with(prefix); ++at)
      up.push_back(at->first + "=" + at->second);
    for (auto at = twin.upper_bound(from); at != twin.begin();)
      if (--at; at->first.starts_with(prefix)) down.push_back(at->first + "=" + at->second);
    for (Store* store : engines.both()) {
      REQUIRE(store->commit_and_wait({}, Durability::relaxed));
      CHECK(keys(*store, Space::state, prefix, from, Direction::forward) == up);
      CHECK(keys(*store, Space::state, prefix, from, Direction::backward) == down);
    }
  }
}

TEST_CASE("a message id is remembered for seven days, and then its bytes go") {
  Engines engines;
  for (Store* store : engines.both()) {
    const int64_t start = engines.clock.now_ms;
    REQUIRE(put(*store, Space::seen, "old", be64(static_cast<uint64_t>(start))));
    REQUIRE(put(*store, Space::seen, "not a time", "x"));
    engines.clock.now_ms = start + seen_keep.ms;
    CHECK(store->contains(Space::seen, "old").value());
    engines.clock.now_ms = start + seen_keep.ms + 1;
    REQUIRE(put(*store, Space::seen, "young", be64(static_cast<uint64_t>(start + seen_keep.ms))));
    CHECK_FALSE(store->contains(Space::seen, "old").value());
    CHECK_FALSE(store->get(Space::seen, "old").value().has_value());
    CHECK(keys(*store, Space::seen, "", "", Direction::forward).size() == 2);
    REQUIRE(store->compact(Space::seen));
    engines.clock.now_ms = start;  // only what is really gone stays away
    CHECK_FALSE(store->contains(Space::seen, "old").value());
    CHECK(store->contains(Space::seen, "young").value());
    CHECK(store->contains(Space::seen, "not a time").value());
  }
}

TEST_CASE("an empty batch is done when everything before it is") {
  Engines engines;
  for (Store* store : engines.both()) {
    std::vector<int> order;
    for (int i = 0; i < 50; ++i)
      store->commit(one(Space::log, be64(i), "v"), i % 3 ? Durability::relaxed : Durability::synced,
                    [&order, i](const Result<void>& r) {
                      CHECK(r.has_value());
                      order.push_back(i);
                    });
    REQUIRE(store->commit_and_wait({}, Durability::synced));
    REQUIRE(order.size() == 50);
    CHECK(std::ranges::is_sorted(order));
    CHECK(store->stats().commits >= 51);
    CHECK(store->stats().queued == 0);
  }
}

TEST_CASE("many threads commit at once and share the syncs") {
  TestFolder directory;
  std::unique_ptr<Store> store = open_at(directory / "data");
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i)
        failed += !put(*store, Space::log, be64(t * 1000 + i), "v").has_value();
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(store->stats().commits >= 800);
  CHECK(store->stats().groups_synced < 800);
  CHECK(keys(*store, Space::log, "", "", Direction::forward).size() == 800);
}

TEST_CASE("a store that is closed writes what is queued, and what its Dones commit") {
  TestFolder directory;
  std::atomic<int> told = 0;
  {
    std::unique_ptr<Store> store = open_at(directory / "data");
    Store* again = store.get();
    for (int i = 0; i < 100; ++i)
      store->commit(one(Space::log, be64(i), "v"), Durability::synced, [&, again, i](const auto&) {
        ++told;
        again->commit(one(Space::log, be64(1000 + i), "v"), Durability::synced,
                      [&](const Result<void>& done) { told += done.has_value(); });
      });
  }
  CHECK(told == 200);
  CHECK(keys(*open_at(directory / "data"), Space::log, "", "", Direction::forward).size() == 200);
}

TEST_CASE("a missing data directory is made for its owner alone") {
  TestFolder directory;
  open_at(directory / "deep/data");
  struct stat info{};
  REQUIRE(::stat((directory / "deep/data").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
}

TEST_CASE("a second server on the same directory is refused, until the first has gone") {
  TestFolder directory;
  std::unique_ptr<Store> first = open_at(directory / "data");
  StoreOptions options;
  options.directory = directory / "data";
  const auto second = open_rocks_store(options);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::conflict);
  CHECK(second.error().hint.find("other server") != std::string::npos);
  first.reset();
  CHECK(open_rocks_store(options).has_value());
}

TEST_CASE("a directory of another format is refused by name, and left alone") {
  for (const uint64_t format : {store_format - 1, store_format + 1}) {
    TestFolder directory;
    REQUIRE(put(*open_at(directory / "data"), Space::meta, "store.format", be64(format)));
    StoreOptions options;
    options.directory = directory / "data";
    for (int round = 0; round < 2; ++round) {
      const auto refused = open_rocks_store(options);
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().code == ErrorCode::unsupported);
      CHECK(refused.error().message.find("format " + std::to_string(format)) != std::string::npos);
      CHECK_FALSE(refused.error().hint.empty());
    }
  }
}

TEST_CASE("a path that cannot be a directory is refused") {
  TestFolder directory;
  write_file(directory / "file", "x");
  StoreOptions options;
  options.directory = directory / "file";
  CHECK(open_rocks_store(options).error().code == ErrorCode::unavailable);
  options.directory = "";
  CHECK(open_rocks_store(options).error().code == ErrorCode::invalid);
}

TEST_CASE("a checkpoint is a store of its own, with what was committed until then") {
  TestFolder directory;
  std::unique_ptr<Store> store = open_at(directory / "data");
  REQUIRE(put(*store, Space::state, "a", "1"));
  REQUIRE(store->checkpoint(directory / "copy"));
  REQUIRE(put(*store, Space::state, "a", "2"));
  CHECK(store->checkpoint(directory / "copy").error().code == ErrorCode::conflict);
  CHECK(open_at(directory / "copy")->get(Space::state, "a").value() == "1");
  CHECK(store->verify().has_value());
}

TEST_CASE("erased bytes are gone from every file after a compaction") {
  TestFolder directory;
  std::unique_ptr<Store> store = open_at(directory / "data");
  const std::string canary = "canary-in-a-coal-mine";
  const auto files_with_it = [&] {
    int n = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory / "data"))
      n += read_file(entry.path()).find(canary) != std::string::npos;
    return n;
  };
  REQUIRE(put(*store, Space::state, "person", canary));
  CHECK(files_with_it() > 0);  // the log
  REQUIRE(store->flush());
  CHECK(files_with_it() > 0);  // a table
  Batch batch;
  batch.erase(Space::state, "person");
  REQUIRE(store->commit_and_wait(std::move(batch), Durability::synced));
  REQUIRE(store->compact(Space::state));
  CHECK(files_with_it() == 0);
}

}  // namespace aizuchi::ground
