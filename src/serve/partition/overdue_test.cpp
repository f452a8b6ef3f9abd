// A disk that does not answer: whoever waits for it is told so, and nothing is kept twice.
#include <utility>

#include "ground/store/store.h"
#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

// Holds every commit back while it hangs.
class HangingStore final : public ground::Store {
 public:
  explicit HangingStore(ground::Clock* clock) : inner_(ground::open_memory_store(clock)) {}
  bool hangs = false;

  void answer() {
    hangs = false;
    for (auto& [batch, durability, done] : std::exchange(held_, {}))
      inner_->commit(std::move(batch), durability, std::move(done));
  }
  void commit(ground::Batch batch, ground::Durability durability, Done done) override {
    if (hangs) return void(held_.emplace_back(std::move(batch), durability, std::move(done)));
    inner_->commit(std::move(batch), durability, std::move(done));
  }
  ground::Result<std::optional<std::string>> get(ground::Space space,
                                                 std::string_view key) override {
    return inner_->get(space, key);
  }
  ground::Result<bool> contains(ground::Space space, std::string_view key) override {
    return inner_->contains(space, key);
  }
  ground::Result<void> scan(ground::Space space, std::string_view prefix, std::string_view from,
                            ground::Direction direction, const Take& take) override {
    return inner_->scan(space, prefix, from, direction, take);
  }
  ground::Result<void> writable() const override { return inner_->writable(); }
  ground::StoreStats stats() const override { return inner_->stats(); }
  std::vector<std::string> engine_notes() const override { return {}; }
  ground::Result<void> compact(ground::Space space) override { return inner_->compact(space); }
  ground::Result<void> flush() override { return inner_->flush(); }
  ground::Result<void> verify() override { return inner_->verify(); }
  ground::Result<void> checkpoint(const std::string& directory) override {
    return inner_->checkpoint(directory);
  }

 private:
  std::unique_ptr<ground::Store> inner_;
  std::vector<std::tuple<ground::Batch, ground::Durability, Done>> held_;
};

struct Hanging : World {
  explicit Hanging(const std::string& directory) {
    auto opened = Partition::open({.data_directory = directory,
                                   .clock = &clock,
                                   .dice = &dice,
                                   .open_store = [this](ground::StoreOptions)
                                       -> ground::Result<std::unique_ptr<ground::Store>> {
                                     auto made = std::make_unique<HangingStore>(&clock);
                                     disk = made.get();
                                     return made;
                                   }});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    partition = *std::move(opened);
    begin();
  }
  void send_one(std::vector<std::string>& answers) {
    auto events = listen::parse_events(
        R"({"type":"track","event":"Product Viewed","anonymousId":"d-1","messageId":"m1"})",
        std::nullopt, clock.now());
    REQUIRE(events.has_value());
    partition->ingest(*std::move(events), web, [&answers](const auto& outcome) {
      answers.push_back(outcome ? fmt::format("{} {}", outcome->accepted, outcome->duplicates)
                                : std::string(to_string(outcome.error().code)));
    });
  }
  HangingStore* disk = nullptr;
};

}  // namespace

TEST_CASE(
    "Who waits for a disk that does not answer is told so, and what is sent again is kept once") {
  const std::string directory = temp_directory();
  {
    Hanging w(directory);
    std::vector<std::string> answers;
    w.disk->hangs = true;
    w.send_one(answers);
    w.clock.advance(ground::Duration::seconds(9));
    w.partition->tick();
    CHECK(answers.empty());
    w.clock.advance(ground::Duration::seconds(2));
    w.partition->tick();
    REQUIRE(answers.size() == 1);
    CHECK(answers[0] == "unavailable");
    CHECK(w.partition->counters().ingests_overdue == 1);
    w.send_one(answers);  // again, while the first is still on its way
    w.disk->answer();
    w.partition->tick();
    REQUIRE(answers.size() == 2);  // the first is not answered twice
    CHECK(answers[1] == "0 1");
    CHECK(w.partition->history({.anonymous_id = "d-1"}, 10)->size() == 1);
    w.partition.reset();
  }
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("Who asks what they are known by waits for a disk that hangs, and nobody with them") {
  const std::string directory = temp_directory();
  {
    Hanging w(directory);
    std::vector<std::string> answers;
    w.send_one(answers);
    w.partition->tick();
    const auto ask = [&] {
      w.partition->when_written([&](const ground::Result<Ingested>& written) {
        if (!written) return answers.push_back(std::string(to_string(written.error().code)));
        const auto me = w.partition->me_json({.anonymous_id = "d-1"}, w.web, {});
        answers.push_back(me && me->contains(R"("known":true)") ? "seen" : "not seen");
      });
    };
    ask();
    w.partition->tick();
    REQUIRE(answers.size() == 2);
    CHECK(answers[1] == "seen");
    w.disk->hangs = true;
    ask();
    w.partition->tick();
    CHECK(w.ask(w.web, {.anonymous_id = "d-1"}, {"home.hero"}).draft.slots.size() == 1);
    CHECK(answers.size() == 2);
    w.clock.advance(ground::Duration::seconds(11));
    w.partition->tick();
    REQUIRE(answers.size() == 3);
    CHECK(answers[2] == "unavailable");
    ask();
    w.disk->answer();
    w.partition->tick();
    REQUIRE(answers.size() == 4);
    CHECK(answers[3] == "seen");
    w.partition.reset();
  }
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}
