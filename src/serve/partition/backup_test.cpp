// What a backup holds, and what a restore accepts.
#include "serve/partition/backup.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "ground/store/key_file.h"
#include "serve/partition/data_test.h"
#include "serve/partition/salvage.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using test::StoredShop;

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

ErrorCode refusal(const ground::Result<Restored>& restored, std::string_view says) {
  REQUIRE_FALSE(restored.has_value());
  CAPTURE(restored.error().message);
  CHECK(restored.error().message.find(says) != std::string::npos);
  CHECK_FALSE(restored.error().hint.empty());
  return restored.error().code;
}

}  // namespace

TEST_CASE("a backup that is restored says what the data said, and serves again") {
  const StoredShop shop;
  const std::string before = shop.open()->verify()->digest;
  const auto made = shop.open()->begin_backup(shop / "backup").run();
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  CHECK(made->digest == before);
  CHECK(made->last_sequence == 30);
  CHECK(made->people == 4);
  const auto restored = restore_backup({shop / "backup", shop / "again", shop.keys()});
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  CHECK(restored->digest == before);
  const auto partition = shop.open(shop / "again");
  CHECK(partition->verify()->digest == before);
  shop.add(*partition, 31);
  CHECK(partition->verify()->last_sequence == 31);
  CHECK(shop.open()->verify()->digest == before);  // the files of the live directory are its own
}

TEST_CASE("what was changed since, and audited, keeps no backup from being restored") {
  const StoredShop shop;
  REQUIRE(shop.open()->begin_backup(shop / "backup").run());
  REQUIRE(shop.open()->create_key(true, "web", {Scope::ingest}).has_value());
  const auto restored = restore_backup({shop / "backup", shop / "again", shop.keys()});
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  CHECK(restored->digest == restored->manifest.digest);
}

TEST_CASE("a backup made beside ingest is of one moment, and whole") {
  const StoredShop shop;
  const auto partition = shop.open();
  ground::Result<ground::Manifest> made;
  {
    std::jthread beside(
        [&, task = partition->begin_backup(shop / "backup")]() mutable { made = task.run(); });
    for (int i = 30; i < 400; ++i) shop.add(*partition, i);
  }
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  CHECK(made->last_sequence >= 30);
  CHECK(made->last_sequence <= 400);
  const auto restored = restore_backup({shop / "backup", shop / "again", shop.keys()});
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  CHECK(partition->verify()->wrong.empty());
}

TEST_CASE("the data of a backup opens nobody, and is not taken for a data directory") {
  const StoredShop shop;
  REQUIRE(shop.open()->begin_backup(shop / "backup").run());
  const auto opened = shop.try_open(shop / "backup/data");
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().message.find("is the data of a backup") != std::string::npos);
  // Trying has changed nothing: it is still the backup that was made.
  CHECK(restore_backup({shop / "backup", shop / "again", shop.keys()}).has_value());
}

TEST_CASE("a backup cannot be read without the keys of its people") {
  const StoredShop shop;
  REQUIRE(shop.open()->begin_backup(shop / "backup").run());
  SUBCASE("the keyring has lost one of them") {
    std::string someone;
    shop.tamper([&](ground::Store& store, ground::Batch&) {
      someone = StoredShop::first(store, ground::Space::keyring).first;
    });
    REQUIRE(ground::forget_person_key(shop.keys(), someone).value());
    CHECK(refusal(restore_backup({shop / "backup", shop / "again", shop.keys()}),
                  "lacks the keys of 1 people") == ErrorCode::not_found);
  }
  SUBCASE("the keyring is not there") {
    CHECK(refusal(restore_backup({shop / "backup", shop / "again", shop / "nowhere"}),
                  "master.key is missing") == ErrorCode::not_found);
  }
  SUBCASE("the keyring is another shop's") {
    const StoredShop other;
    CHECK(refusal(restore_backup({shop / "backup", shop / "again", other.keys()}),
                  "master key of another store") == ErrorCode::conflict);
  }
  CHECK_FALSE(std::filesystem::exists(shop / "again"));
  CHECK_FALSE(std::filesystem::exists(shop / "again.unfinished"));
}

namespace {

void erase(Partition& partition, const std::string& user) {
  const Key asker{.id = "test", .secret = true, .source = "web", .scopes = {Scope::privacy}};
  REQUIRE(partition.erase_and_wait({.user_id = user}, asker));
}

}  // namespace

TEST_CASE("whoever was erased after a backup was made does not come back with it") {
  const StoredShop shop;
  REQUIRE(shop.open()->begin_backup(shop / "backup").run());
  SUBCASE("with the live keyring, which has lost the key") {
    erase(*shop.open(), "u-1");
  }
  SUBCASE("with a keyring that still has the key, and the ledger") {
    const std::string keys = read_file(shop.keys() + "/people.keys");
    erase(*shop.open(), "u-1");
    write_file(shop.keys() + "/people.keys", keys);
  }
  const auto restored = restore_backup({shop / "backup", shop / "again", shop.keys()});
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  CHECK(restored->erased_since == 1);
  CHECK(restored->digest != restored->manifest.digest);
  const auto partition = shop.open(shop / "again");
  const Partition::Verified verified = partition->verify().value();
  CHECK(verified.wrong.empty());
  CHECK(verified.link == restored->manifest.link);
  CHECK(partition->person_json({.user_id = "u-1"}).error().code == ErrorCode::not_found);
  CHECK(partition->person_json({.user_id = "u-2"}).has_value());
  shop.add(*partition, 33);  // u-1 again: someone new
  CHECK(partition->verify()->wrong.empty());
}

TEST_CASE("a salvage and a backup of a directory from which someone was erased are whole") {
  const StoredShop shop;
  erase(*shop.open(), "u-1");
  const std::string before = shop.open()->verify()->digest;
  REQUIRE(shop.open()->begin_backup(shop / "backup").run());
  const auto restored = restore_backup({shop / "backup", shop / "again", shop.keys()});
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  CHECK(restored->digest == before);
  const auto kept = salvage({shop.data(), shop / "kept", shop.keys()});
  REQUIRE_MESSAGE(kept.has_value(), kept.error().message);
  CHECK(kept->lost_records.empty());
  CHECK(kept->states_made_again == 0);
  CHECK(shop.open(shop / "kept")->verify()->wrong.empty());
}

TEST_CASE("a backup that was changed is refused by the name of the file") {
  const StoredShop shop;
  const auto made = shop.open()->begin_backup(shop / "backup").run();
  REQUIRE(made.has_value());
  const auto refuses = [&](std::string_view says, ErrorCode code) {
    CHECK(refusal(restore_backup({shop / "backup", shop / "again", shop.keys()}), says) == code);
    CHECK_FALSE(std::filesystem::exists(shop / "again"));
  };
  const ground::FileSum largest =
      *std::ranges::max_element(made->files, {}, &ground::FileSum::bytes);
  const std::filesystem::path path = shop / ("backup/data/" + largest.name);
  const std::string whole = read_file(path);
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 4);
  std::filesystem::remove(path);  // it may be a hard link to a live file
  write_file(path, flipped);
  refuses(largest.name, ErrorCode::corrupted);
  write_file(path, whole + "x");
  refuses(largest.name, ErrorCode::corrupted);
  std::filesystem::remove(path);
  refuses(largest.name + " is missing", ErrorCode::not_found);
  write_file(path, whole);
  const std::filesystem::path manifest = shop / "backup/manifest.json";
  const std::string says = read_file(manifest);
  write_file(manifest, says + " ");
  refuses("manifest.json.sha256", ErrorCode::corrupted);
  std::filesystem::remove(manifest);
  refuses("is not a backup", ErrorCode::not_found);
  write_file(manifest, says);
  CHECK(restore_backup({shop / "backup", shop / "again", shop.keys()}).has_value());
}

TEST_CASE("a backup and a restore write into new directories only") {
  const StoredShop shop;
  const auto partition = shop.open();
  REQUIRE(partition->begin_backup(shop / "backup").run());
  CHECK(partition->begin_backup(shop / "backup").run().error().code == ErrorCode::conflict);
  CHECK(refusal(restore_backup({shop / "backup", shop.data(), shop.keys()}),
                "is not an empty directory") == ErrorCode::conflict);
  std::filesystem::create_directory(shop / "empty");
  CHECK(restore_backup({shop / "backup", shop / "empty/", shop.keys()}).has_value());
  std::filesystem::create_directory(shop / "again.unfinished");
  CHECK(refusal(restore_backup({shop / "backup", shop / "again", shop.keys()}), "did not end") ==
        ErrorCode::conflict);
  CHECK(std::filesystem::exists(shop / "again.unfinished"));  // it was not ours to remove
}

}  // namespace aizuchi::serve
