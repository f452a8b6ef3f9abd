// What the tests of stored data share: a directory that a small shop has filled.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "ground/base/test_folder.h"
#include "serve/partition/answer.h"

namespace aizuchi::serve::test {

class StoredShop {
 public:
  StoredShop() {
    const auto partition = open();
    const auto files = ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/tests/brands/small");
    REQUIRE(partition->publish(files.value()).has_value());
    key = partition->create_key(true, "web", {Scope::ingest, Scope::decide})->key;
    for (int i = 0; i < 30; ++i) add(*partition, i);
    REQUIRE(partition->flush());
  }
  StoredShop(const StoredShop&) = delete;

  std::string operator/(std::string_view name) const { return folder_ / name; }
  std::string data() const { return *this / "data"; }
  std::string keys() const { return *this / "data-keys"; }

  // An event, and now and then a decision with its record.
  void add(Partition& partition, int i) const {
    const std::string person = "u-" + std::to_string(i % 4);
    const auto sent = partition.ingest_and_wait(
        R"({"type":"track","event":"Product Viewed","userId":")" + person + R"(","messageId":"m)" +
            std::to_string(i) + R"(","properties":{"product_id":"p1","category":"light-roast"}})",
        key);
    REQUIRE(sent.has_value());
    CHECK(sent->accepted == 1);
    if (i % 10 == 0) partition.decide({.person = {.user_id = person}, .slots = {"home.hero"}}, key);
  }

  std::unique_ptr<Partition> open() const { return open(data()); }
  std::unique_ptr<Partition> open(const std::string& directory) const {
    auto opened = try_open(directory);
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    return *std::move(opened);
  }
  ground::Result<std::unique_ptr<Partition>> try_open(const std::string& directory) const {
    return Partition::open(
        {.data_directory = directory, .keyring_directory = keys(), .sync = false});
  }
  // Behind the engine's back.
  void tamper(const std::function<void(ground::Store&, ground::Batch&)>& change) const {
    auto store = ground::open_rocks_store({.directory = data()});
    REQUIRE(store.has_value());
    ground::Batch batch;
    change(**store, batch);
    REQUIRE((*store)->commit_and_wait(std::move(batch), ground::Durability::synced).has_value());
  }
  // The first entry of a space.
  static std::pair<std::string, std::string> first(ground::Store& store, ground::Space space) {
    std::pair<std::string, std::string> out;
    const auto take = [&](std::string_view key, std::string_view value) {
      out = {std::string(key), std::string(value)};
      return false;
    };
    REQUIRE(store.scan(space, "", "", ground::Direction::forward, take));
    return out;
  }

  Key key;

 private:
  ground::test::TestFolder folder_;
};

}  // namespace aizuchi::serve::test
