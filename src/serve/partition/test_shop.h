// A shop for the tests of what is learned from everyone: a clock and dice that do as they are told,
// in memory or in a directory, people u0, u1 … who look, buy and agree.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "ground/base/json.h"
#include "ground/base/test_folder.h"
#include "serve/partition/answer_json.h"

namespace aizuchi::serve::test {

// Turned by the test while threads of the partition read it.
class SharedClock final : public ground::Clock {
 public:
  explicit SharedClock(ground::Instant start) : ms_(start.ms) {}
  ground::Instant now() override { return {ms_}; }
  int64_t monotonic_us() override { return ms_ * 1000; }
  void set(ground::Instant t) { ms_ = t.ms; }
  void advance(ground::Duration d) { ms_ += d.ms; }

 private:
  std::atomic<int64_t> ms_;
};

class Shop {
 public:
  explicit Shop(std::string where = "") : directory(std::move(where)) { open(); }

  void open() {
    partition.reset();
    auto opened = Partition::open(
        {.data_directory = directory, .sync = false, .clock = &clock, .dice = &dice});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    partition = *std::move(opened);
    make_key();
  }
  void publish(const ground::BrandFiles& files) {
    const auto published = partition->publish(files);
    REQUIRE(published.has_value());
    for (const auto& finding : published->findings)
      if (finding.severity == ground::Severity::error) FAIL_CHECK(ground::format_finding(finding));
    make_key();
  }
  void send(int who, const std::string& event, const std::string& properties) {
    clock.advance(event_every);
    const auto sent = partition->ingest_and_wait(
        R"({"type":"track","event":")" + event + R"(","userId":"u)" + std::to_string(who) +
            R"(","messageId":"m)" + std::to_string(++serial) + R"(","properties":)" + properties +
            "}",
        key);
    REQUIRE(sent.has_value());
    REQUIRE(sent->accepted == 1);
  }
  void agree(int who, bool yes = true) {
    send(who, "Consent Updated",
         std::string(R"({"purposes":{"improve":)") + (yes ? "true" : "false") + "}}");
  }
  // Until nothing is on its way; what runs beside is on threads of its own.
  template <typename Busy>
  void settle(const Busy& busy) {
    for (int i = 0; i < 20'000; ++i) {
      partition->tick();
      clock.advance(ground::Duration{i < 20 ? 10 : 0});
      if (partition->backfilling()) clock.advance(ground::Duration{100});
      if (!busy() && !partition->backfilling() && i > 3) return;
      if (!directory.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL("it does not settle");
  }
  Answer ask(int who, const std::string& slot, const std::string& locale = "en") {
    return partition->decide({.person = {.user_id = "u" + std::to_string(who)},
                              .slots = {slot},
                              .context = *ground::parse_json(R"({"locale":")" + locale + "\"}")},
                             key);
  }
  void erase(int who) {
    std::optional<bool> done;
    partition->erase({.user_id = "u" + std::to_string(who)}, key,
                     [&](const auto& erased) { done = erased.has_value(); });
    settle([&] { return !done; });
    REQUIRE(done == true);
  }

  SharedClock clock{*ground::parse_instant("2026-06-01T10:00:00Z")};  // 19:00 in Tokyo
  ground::SeededDice dice{7};
  ground::Duration event_every;
  std::string directory;
  std::unique_ptr<Partition> partition;
  Key key;
  int serial = 0;

 private:
  void make_key() { key = partition->create_key(true, "web", {Scope::ingest, Scope::decide})->key; }
};

// One in a directory that goes when the test does.
template <typename S>
struct Stored {
  ground::test::TestFolder folder;
  S shop{folder / "data"};
};

}  // namespace aizuchi::serve::test
