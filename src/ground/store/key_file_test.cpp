// People's keys go out of a copy and come back; what was erased stays away.
#include "ground/store/key_file.h"

#include <doctest/doctest.h>

#include "ground/base/dice.h"
#include "ground/store/test_store.h"
#include "ground/store/vault.h"

namespace aizuchi::ground {

using namespace test;

namespace {

std::string person(int n) {
  std::string out(16, '.');
  out[15] = static_cast<char>('a' + n);
  return out;
}

// A store with three people, and a keyring beside it.
struct Fixture {
  Fixture() {
    store = open_at(directory / "data");
    vault = std::move(Vault::open(keyring, *store, dice).value());
    Batch batch;
    for (int i = 0; i < 3; ++i) vault->create_key(batch, person(i));
    REQUIRE(store->commit_and_wait(std::move(batch), Durability::synced));
  }
  std::string wrapped(int n) const { return store->get(Space::keyring, person(n)).value().value(); }
  uint64_t keep() const {
    return keep_person_keys(keyring, *store, [](auto) -> Result<bool> { return true; }).value();
  }

  TestFolder directory;
  const std::string keyring = directory / "keys";
  SystemDice dice;
  std::unique_ptr<Store> store;
  std::unique_ptr<Vault> vault;
};

bool some_file_holds(const std::string& directory, std::string_view bytes) {
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (read_file(entry.path()).find(bytes) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("keys that were taken out are in no file of the copy, and come back from the keyring") {
  Fixture f;
  const std::string key = f.wrapped(1);
  CHECK(f.keep() == 3);
  REQUIRE(f.store->flush());
  REQUIRE(some_file_holds(f.directory / "data", key));  // it can be found at all
  REQUIRE(take_keys_out(*f.store));
  f.store.reset();
  CHECK_FALSE(some_file_holds(f.directory / "data", key));
  CHECK(some_file_holds(f.keyring, key));
  f.store = open_at(f.directory / "data");
  CHECK_FALSE(f.vault->find_key(*f.store, person(1)).has_value());
  CHECK(put_keys_back(f.keyring, *f.store).value().empty());
  CHECK(f.wrapped(1) == key);
  CHECK(f.vault->find_key(*f.store, person(1)).value().has_value());
}

TEST_CASE("whoever was erased comes back from no copy, and is named as missing") {
  Fixture f;
  CHECK(f.keep() == 3);
  const std::string key = f.wrapped(1);
  REQUIRE(take_keys_out(*f.store));
  CHECK(forget_person_key(f.keyring, person(1)).value());
  CHECK_FALSE(forget_person_key(f.keyring, person(1)).value());  // a second time: no key
  CHECK_FALSE(forget_person_key(f.keyring, person(9)).value());
  CHECK_FALSE(some_file_holds(f.keyring, key));
  CHECK(put_keys_back(f.keyring, *f.store).value() == std::vector{person(1)});
  CHECK(f.vault->find_key(*f.store, person(0)).value().has_value());
  CHECK(f.vault->find_key(*f.store, person(2)).value().has_value());
}

TEST_CASE("an erasure that comes while a copy is made is not undone by it") {
  Fixture f;
  const auto lives = [](std::string_view who) -> Result<bool> { return who != person(2); };
  CHECK(keep_person_keys(f.keyring, *f.store, lives).value() == 3);
  CHECK_FALSE(forget_person_key(f.keyring, person(2)).value());  // it is out already
  CHECK(f.keep() == 0);  // nor does the next copy bring it back
  CHECK_FALSE(some_file_holds(f.keyring, f.wrapped(2)));
}

TEST_CASE("keys of people whom the store does not have stay: another backup may need them") {
  Fixture f;
  CHECK(f.keep() == 3);
  Batch batch;
  f.vault->erase_key(batch, person(0));
  f.vault->create_key(batch, person(7));
  REQUIRE(f.store->commit_and_wait(std::move(batch), Durability::synced));
  CHECK(f.keep() == 1);
  CHECK(forget_person_key(f.keyring, person(0)).value());
}

TEST_CASE("a file of keys that is damaged or newer is refused by its name") {
  Fixture f;
  f.keep();
  const std::string path = f.keyring + "/people.keys";
  const std::string whole = read_file(path);
  const auto refused = [&](const std::string& bytes) {
    write_file(path, bytes);
    const auto done = put_keys_back(f.keyring, *f.store);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().message.find("people.keys") != std::string::npos);
    return done.error().code;
  };
  CHECK(refused(whole.substr(0, whole.size() - 1)) == ErrorCode::corrupted);
  CHECK(refused("") == ErrorCode::corrupted);
  CHECK(refused("\x02" + whole.substr(1)) == ErrorCode::unsupported);
  CHECK(refused(whole + whole.substr(1)) == ErrorCode::corrupted);
}

}  // namespace aizuchi::ground
