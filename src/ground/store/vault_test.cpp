#include "ground/store/vault.h"
#include "ground/base/dice.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <set>
#include <thread>

#include "ground/base/dice.h"
#include "ground/store/test_store.h"

namespace aizuchi::ground {

using namespace test;

namespace {

const std::string mia(16, 'm');
const std::string noah(16, 'n');

struct Sealed {
  SeededDice dice{1};
  std::unique_ptr<Store> store = open_memory_store();
  std::unique_ptr<Vault> vault = Vault::open_in_memory(dice);
  PersonKey key = new_key(mia);

  PersonKey new_key(std::string_view person) {
    Batch batch;
    PersonKey made = vault->create_key(batch, person);
    REQUIRE(store->commit_and_wait(std::move(batch), Durability::synced));
    return made;
  }
};

ErrorCode open_code(const std::string& keyring, Store& store) {
  SeededDice dice(9);
  const auto vault = Vault::open(keyring, store, dice);
  REQUIRE_FALSE(vault.has_value());
  CHECK_FALSE(vault.error().message.empty());
  return vault.error().code;
}

}  // namespace

TEST_CASE("what is sealed opens to the same bytes, whatever their length") {
  Sealed s;
  for (size_t n = 0; n < 70; ++n) {
    const std::string plain(n * n, static_cast<char>(n));
    const std::string sealed = s.vault->seal(s.key, 3, "state", plain);
    CHECK(sealed.size() == plain.size() + sealed_overhead_bytes);
    CHECK(sealed.front() == 3);
    CHECK(s.vault->open(s.key, "state", sealed).value() == plain);
  }
}

TEST_CASE("sealing the same words twice looks different, and shows none of them") {
  Sealed s;
  std::set<std::string> sealed;
  for (int i = 0; i < 1000; ++i) {
    const std::string one = s.vault->seal(s.key, 1, "", "a very private sentence");
    CHECK(one.find("private") == std::string::npos);
    sealed.insert(one.substr(1, 12));
  }
  CHECK(sealed.size() == 1000);  // no nonce twice
}

TEST_CASE("every flipped bit, every cut and every other context is refused") {
  Sealed s;
  const std::string sealed = s.vault->seal(s.key, 1, "state/7", "twenty bytes of text");
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string bad = sealed;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    CHECK(s.vault->open(s.key, "state/7", bad).error().code == ErrorCode::corrupted);
  }
  for (size_t n = 0; n < sealed.size(); ++n)
    CHECK_FALSE(s.vault->open(s.key, "state/7", sealed.substr(0, n)).has_value());
  CHECK_FALSE(s.vault->open(s.key, "state/7", sealed + "x").has_value());
  CHECK_FALSE(s.vault->open(s.key, "state/8", sealed).has_value());
  CHECK_FALSE(s.vault->open(s.new_key(noah), "state/7", sealed).has_value());
  CHECK(s.vault->open(s.key, "state/7", sealed).has_value());  // and still opens after failures
}

TEST_CASE("sealed bytes are plain AES-256-GCM, as another program would make them") {
  // GCM specification, test case 14 (zero key, zero nonce, 16 zero bytes), with the format byte 0
  // as associated data; tag computed with node:crypto and with Python's cryptography.
  std::string sealed(13, '\0');
  const std::array<uint8_t, 32> rest{0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e,
                                     0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18,
                                     0x5a, 0x95, 0x65, 0x5a, 0xfd, 0xba, 0x61, 0xb9,
                                     0x0f, 0x07, 0x9f, 0x3f, 0xf0, 0x82, 0x21, 0x83};
  sealed.append(reinterpret_cast<const char*>(rest.data()), rest.size());
  Sealed s;
  CHECK(s.vault->open(PersonKey(Key256{}), "", sealed).value() == std::string(16, '\0'));
}

TEST_CASE("a person's key is found again, and after the erasure it never existed") {
  Sealed s;
  const std::string sealed = s.vault->seal(s.key, 1, "a", "b");
  const auto found = s.vault->find_key(*s.store, mia);
  CHECK(s.vault->open(found.value().value(), "a", sealed).value() == "b");
  CHECK_FALSE(s.vault->find_key(*s.store, noah).value().has_value());
  Batch batch;
  s.vault->erase_key(batch, mia);
  REQUIRE(s.store->commit_and_wait(std::move(batch), Durability::synced));
  CHECK_FALSE(s.vault->find_key(*s.store, mia).value().has_value());
}

TEST_CASE("the keyring holds no key in the clear, and no key under another person's name") {
  Sealed s;
  const std::string wrapped = s.store->get(Space::keyring, mia).value().value();
  const std::string raw(reinterpret_cast<const char*>(s.key.raw().data()), 32);
  CHECK(wrapped.size() == 61);
  CHECK(wrapped.find(raw.substr(0, 8)) == std::string::npos);
  REQUIRE(put(*s.store, Space::keyring, noah, wrapped));
  CHECK(s.vault->find_key(*s.store, noah).error().code == ErrorCode::corrupted);
  REQUIRE(put(*s.store, Space::keyring, noah, "\x02" + wrapped.substr(1)));
  CHECK(s.vault->find_key(*s.store, noah).error().code == ErrorCode::unsupported);
  REQUIRE(put(*s.store, Space::keyring, noah, ""));
  CHECK(s.vault->find_key(*s.store, noah).error().code == ErrorCode::corrupted);
}

TEST_CASE("an identifier is looked up by a keyed hash: the same for the same, else different") {
  Sealed s;
  const auto email = s.vault->lookup("email", "mia@example.com");
  CHECK(s.vault->lookup("email", "mia@example.com") == email);
  CHECK(s.vault->lookup("user_id", "mia@example.com") != email);
  CHECK(s.vault->lookup("emailm", "ia@example.com") != email);
  SeededDice other_dice(2);
  CHECK(Vault::open_in_memory(other_dice)->lookup("email", "mia@example.com") != email);
}

TEST_CASE("derived keys differ by label, by size and from every key the vault uses itself") {
  Sealed s;
  CHECK(s.vault->derived_256("choice") == s.vault->derived_256("choice"));
  CHECK(s.vault->derived_256("choice") != s.vault->derived_256("choicf"));
  const Key256 wide = s.vault->derived_256("choice");
  const Key128 narrow = s.vault->derived_128("choice");
  CHECK_FALSE(std::equal(narrow.begin(), narrow.end(), wide.begin()));
}

TEST_CASE("a moved or dropped key leaves no copy behind") {
  Key256 raw;
  raw.fill(7);
  PersonKey a(raw);
  PersonKey b(std::move(a));
  CHECK(a.raw() == Key256{});  // NOLINT(bugprone-use-after-move): that is the question
  CHECK(b.raw() == raw);
  alignas(PersonKey) std::array<unsigned char, sizeof(PersonKey)> memory{};
  auto* placed = new (memory.data()) PersonKey(raw);
  placed->~PersonKey();
  CHECK(memory == std::array<unsigned char, sizeof(PersonKey)>{});
}

TEST_CASE("the master key is made once, for its owner alone, and opens the store again") {
  TestFolder directory;
  SeededDice dice(3);
  const std::unique_ptr<Store> store = open_memory_store();
  const std::string keyring = directory / "keys/ring";
  std::array<uint8_t, 16> looked_up;
  {
    const auto vault = Vault::open(keyring, *store, dice);
    REQUIRE(vault.has_value());
    looked_up = (*vault)->lookup("email", "x");
  }
  struct stat info{};
  REQUIRE(::stat((keyring + "/master.key").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(info.st_size == 33);
  REQUIRE(::stat(keyring.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  CHECK(Vault::open(keyring, *store, dice).value()->lookup("email", "x") == looked_up);
}

TEST_CASE("a master key that is missing, foreign, readable by others or damaged is refused") {
  TestFolder directory;
  SeededDice dice(3);
  const std::unique_ptr<Store> store = open_memory_store();
  const std::string keyring = directory / "ring";
  const std::string file = keyring + "/master.key";
  REQUIRE(Vault::open(keyring, *store, dice).has_value());
  const std::string good = read_file(file);

  CHECK(open_code(directory / "elsewhere", *store) == ErrorCode::not_found);
  CHECK_FALSE(std::filesystem::exists(directory / "elsewhere"));  // nothing made in its place
  std::string foreign = good;
  foreign[5] = static_cast<char>(foreign[5] ^ 1);
  write_file(file, foreign);
  CHECK(open_code(keyring, *store) == ErrorCode::conflict);
  write_file(file, good.substr(0, 32));
  CHECK(open_code(keyring, *store) == ErrorCode::corrupted);
  write_file(file, good + "x");
  CHECK(open_code(keyring, *store) == ErrorCode::corrupted);
  write_file(file, "");
  CHECK(open_code(keyring, *store) == ErrorCode::corrupted);
  write_file(file, "\x02" + good.substr(1));
  CHECK(open_code(keyring, *store) == ErrorCode::unsupported);
  write_file(file, good);
  ::chmod(file.c_str(), 0640);
  CHECK(open_code(keyring, *store) == ErrorCode::forbidden);
  ::chmod(file.c_str(), 0600);
  CHECK(Vault::open(keyring, *store, dice).has_value());
}

TEST_CASE("many threads seal and open at once without sharing a nonce") {
  Sealed s;
  std::mutex mutex;
  std::set<std::string> nonces;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const std::string sealed = s.vault->seal(s.key, 1, "aad", "plain");
        wrong += s.vault->open(s.key, "aad", sealed).value_or("") != "plain";
        const std::lock_guard lock(mutex);
        nonces.insert(sealed.substr(1, 12));
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(nonces.size() == 2000);
}

}  // namespace aizuchi::ground
