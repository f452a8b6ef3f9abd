// What a salvage keeps of a directory that was damaged, and what it says of the rest.
#include "serve/partition/salvage.h"

#include <algorithm>
#include <fstream>

#include "serve/partition/data_test.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::ErrorCode;
using ground::Space;
using ground::Store;
using test::StoredShop;

namespace {

using Lost = std::vector<std::pair<uint64_t, uint64_t>>;

std::string key_of(uint64_t sequence) {
  ground::ByteWriter out;
  out.be64(sequence);
  return out.take();
}

Salvaged salvaged(const StoredShop& shop) {
  auto done = salvage({shop.data(), shop / "new", shop.keys()});
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  return *std::move(done);
}

Salvaged::Space of(const Salvaged& salvaged, std::string_view name) {
  const auto found = std::ranges::find(salvaged.spaces, name, &Salvaged::Space::name);
  REQUIRE(found != salvaged.spaces.end());
  return *found;
}

// The new directory opens, is whole, and takes events.
void serves(const StoredShop& shop) {
  const auto partition = shop.open(shop / "new");
  CHECK(partition->verify()->wrong.empty());
  shop.add(*partition, 1000);
  CHECK(partition->verify()->wrong.empty());
}

void flip(const std::filesystem::path& path, size_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

}  // namespace

TEST_CASE("a salvage of a sound directory keeps everything, word for word") {
  const StoredShop shop;
  const std::string before = shop.open()->verify()->digest;
  const Salvaged done = salvaged(shop);
  CHECK(done.lost_records.empty());
  CHECK(done.states_made_again == 0);
  CHECK(done.notes.empty());
  for (const auto& space : done.spaces) CHECK_MESSAGE((space.lost == 0 && !space.dark), space.name);
  CHECK(of(done, "log").kept == 30);
  CHECK(of(done, "record").kept == 3);
  CHECK(shop.open(shop / "new")->verify()->digest != "");
  CHECK(shop.open()->verify()->digest == before);  // the damaged directory is as it was
  serves(shop);
}

TEST_CASE("log records that do not check are left out and stay named as lost") {
  const StoredShop shop;
  shop.tamper([](Store& store, Batch& batch) {
    std::string value = store.get(Space::log, key_of(7)).value().value();
    value[60] = static_cast<char>(value[60] ^ 1);
    batch.put(Space::log, key_of(7), value);
    batch.erase(Space::log, key_of(8));
    batch.erase(Space::log, key_of(20));
  });
  CHECK_FALSE(shop.open()->verify()->wrong.empty());
  const Salvaged done = salvaged(shop);
  CHECK(done.lost_records == Lost{{7, 8}, {20, 20}});
  CHECK(of(done, "log").kept == 27);
  CHECK(of(done, "log").lost == 3);
  CHECK(shop.open(shop / "new")->verify()->lost == done.lost_records);
  serves(shop);
}

TEST_CASE("when the end of the log is lost, no state says what the log no longer does") {
  const StoredShop shop;
  shop.tamper([](Store&, Batch& batch) {
    for (uint64_t n = 26; n <= 29; ++n) batch.erase(Space::log, key_of(n));
    batch.put(Space::log, key_of(30), "not a record");
  });
  CHECK_FALSE(shop.try_open(shop.data()).has_value());
  const Salvaged done = salvaged(shop);
  CHECK(done.lost_records == Lost{{26, 30}});
  CHECK(of(done, "log").lost == 5);
  CHECK(done.states_made_again > 0);
  const auto partition = shop.open(shop / "new");
  CHECK(partition->verify()->last_sequence == 25);
  CHECK(partition->person_json({.user_id = "u-0"}).value().find("Product Viewed") !=
        std::string::npos);
}

TEST_CASE("when nothing of the log can be read, the history says how much was lost") {
  const StoredShop shop;
  shop.tamper([](Store&, Batch& batch) {
    for (uint64_t n = 1; n <= 30; ++n) batch.erase(Space::log, key_of(n));
  });
  const Salvaged done = salvaged(shop);
  CHECK(of(done, "log").kept == 0);
  CHECK(of(done, "log").lost == 30);
  CHECK(done.lost_records == Lost{{1, 30}});
  serves(shop);
}

TEST_CASE("a state, a key, a decision that do not check are counted, and the rest is kept") {
  const StoredShop shop;
  shop.tamper([](Store& store, Batch& batch) {
    const auto spoil = [&](Space space) {
      auto [key, value] = StoredShop::first(store, space);
      value.back() = static_cast<char>(value.back() ^ 1);
      batch.put(space, key, value);
    };
    spoil(Space::state);
    spoil(Space::record);
  });
  const Salvaged done = salvaged(shop);
  CHECK(of(done, "state").lost == 1);
  CHECK(done.states_made_again == 1);
  CHECK(of(done, "record").lost == 1);
  CHECK(of(done, "record").kept == 2);
  CHECK(done.lost_records.empty());
  serves(shop);
}

TEST_CASE("a directory that the engine refuses is put together again as far as it can be") {
  const StoredShop shop;
  std::string manifest;
  for (const auto& entry : std::filesystem::directory_iterator(shop.data()))
    if (entry.path().filename().string().starts_with("MANIFEST")) manifest = entry.path().string();
  flip(manifest, 40);
  CHECK_FALSE(shop.try_open(shop.data()).has_value());
  const Salvaged done = salvaged(shop);
  CHECK(done.notes.size() == 1);
  CHECK(of(done, "log").kept == 30);
  CHECK(done.lost_records.empty());
  serves(shop);
}

TEST_CASE("a salvage says why it cannot be done") {
  const StoredShop shop;
  const auto refusal = [&](const SalvageOrder& order, std::string_view says) {
    const auto done = salvage(order);
    REQUIRE_FALSE(done.has_value());
    CAPTURE(done.error().message);
    CHECK(done.error().message.find(says) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(shop / "new.unfinished"));
    return done.error().code;
  };
  CHECK(refusal({shop.data(), shop / "new", shop / "nowhere"}, "master.key is missing") ==
        ErrorCode::not_found);
  CHECK(refusal({shop / "nothing", shop / "new", shop.keys()}, "is not a directory") ==
        ErrorCode::not_found);
  CHECK(refusal({shop.data(), shop.keys(), shop.keys()}, "is not an empty directory") ==
        ErrorCode::conflict);
  {
    const auto partition = shop.open();
    CHECK(refusal({shop.data(), shop / "new", shop.keys()}, "in use by another server") ==
          ErrorCode::conflict);
  }
  shop.tamper([](Store&, Batch& batch) { batch.put(Space::meta, "vocabulary", "?"); });
  CHECK(refusal({shop.data(), shop / "new", shop.keys()}, "the vocabulary is lost") ==
        ErrorCode::corrupted);
  CHECK_FALSE(std::filesystem::exists(shop / "new"));
}

}  // namespace aizuchi::serve
