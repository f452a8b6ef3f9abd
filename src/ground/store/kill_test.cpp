// A server killed at any moment: the same test binary, run as a child that commits until it dies.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "ground/store/test_store.h"

namespace aizuchi::ground {

using namespace test;

namespace {

constexpr const char* directory_variable = "AIZUCHI_STORE_TEST_DIRECTORY";
constexpr const char* child_name = "(child) commits until it is killed";

// Starts the child and returns its process id; what it acknowledges comes out of `acknowledged`.
pid_t start_child(const std::string& directory, int& acknowledged) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  ::setenv(directory_variable, directory.c_str(), 1);
  std::string program = "/proc/self/exe";
  std::string skipped = "--no-skip";
  std::string chosen = std::string("--test-case=") + child_name;
  std::array<char*, 4> arguments{program.data(), skipped.data(), chosen.data(), nullptr};
  pid_t child = 0;
  REQUIRE(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ) ==
          0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  acknowledged = pipe[0];
  return child;
}

bool read_some(int from, std::string& into) {
  std::array<char, 4096> buffer;
  const ssize_t n = ::read(from, buffer.data(), buffer.size());
  if (n > 0) into.append(buffer.data(), static_cast<size_t>(n));
  return n > 0;
}

}  // namespace

TEST_CASE(child_name* doctest::skip()) {
  const char* directory = ::getenv(directory_variable);
  REQUIRE(directory != nullptr);
  const std::unique_ptr<Store> store = open_at(directory);
  uint64_t next = 0;
  REQUIRE(store->scan(Space::log, "", "", Direction::backward, [&](std::string_view key, auto) {
    ByteReader in(key);
    next = in.be64() + 1;
    return false;
  }));
  for (;; ++next) {
    Batch batch = one(Space::log, be64(next), "event");
    batch.put(Space::seen, be64(next), be64(INT64_MAX));
    const Durability durability = next % 4 ? Durability::relaxed : Durability::synced;
    store->commit(std::move(batch), durability, [next](const Result<void>& done) {
      if (!done || next % 16 != 0) return;  // seldom, so that the pipe is never full
      const std::string line = "=" + std::to_string(next) + "\n";
      (void)!::write(STDOUT_FILENO, line.data(), line.size());
    });
    if (next % 64 == 0) (void)store->commit_and_wait({}, Durability::relaxed);
  }
}

TEST_CASE("a server killed at any moment has kept everything it acknowledged, batch by batch") {
  TestFolder directory;
  uint64_t kept_before = 0;
  for (int round = 0; round < 8; ++round) {
    int from_child = -1;
    const pid_t child = start_child(directory / "data", from_child);
    std::string told;
    while (told.find('=') == std::string::npos) REQUIRE(read_some(from_child, told));
    std::this_thread::sleep_for(std::chrono::milliseconds(3 + 17 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (read_some(from_child, told)) continue;
    ::close(from_child);
    told.erase(told.rfind('\n'));
    const uint64_t acknowledged = std::stoull(told.substr(told.rfind('=') + 1));

    const std::unique_ptr<Store> store = open_at(directory / "data");
    uint64_t kept = 0;
    bool whole = true;
    REQUIRE(store->scan(Space::log, "", "", Direction::forward, [&](auto key, auto) {
      whole = key == be64(kept) && store->contains(Space::seen, key).value();
      ++kept;
      return whole;
    }));
    CHECK(whole);  // no hole, and every batch with its other half
    CHECK(kept > acknowledged);
    CHECK(kept > kept_before);
    kept_before = kept;
  }
}

}  // namespace aizuchi::ground
