// The simulator from the command line. Usage: simulate BRAND [--seeds N] [--seed FIRST] [--steps N]
// [--twice]. One line at the end: how many lives, their digest; the first that is broken is named.
#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "ground/base/hash.h"
#include "sim/simulator.h"

using namespace aizuchi;

namespace {

uint64_t number(int argc, char** argv, const std::string& name, uint64_t otherwise) {
  for (int i = 2; i + 1 < argc; ++i)
    if (argv[i] == name) return std::stoull(argv[i + 1]);
  return otherwise;
}

bool has(int argc, char** argv, const std::string& name) {
  for (int i = 2; i < argc; ++i)
    if (argv[i] == name) return true;
  return false;
}

int run(int argc, char** argv, const std::string& scratch) {
  const uint64_t first = number(argc, argv, "--seed", 1);
  const uint64_t seeds = number(argc, argv, "--seeds", 1);
  const int steps = static_cast<int>(number(argc, argv, "--steps", 200));
  const bool twice = has(argc, argv, "--twice");
  sim::Life all;
  std::string digests;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    const sim::Life life = sim::live(seed, steps, argv[1], scratch);
    if (twice && sim::live(seed, steps, argv[1], scratch).digest != life.digest)
      throw sim::Broken(fmt::format("seed {}: another digest the second time", seed));
    digests += life.digest;
    all.steps += life.steps;
    all.events += life.events;
    all.decisions += life.decisions;
    all.restarts += life.restarts;
    all.faults += life.faults;
    all.erasures += life.erasures;
  }
  fmt::print(
      "{} seeds from {}: {} steps, {} events acknowledged, {} decisions, {} restarts, {} faults, "
      "{} "
      "erasures; digest {}\n",
      seeds, first, all.steps, all.events, all.decisions, all.restarts, all.faults, all.erasures,
      ground::hex(ground::sha256(digests)));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: simulate BRAND [--seeds N] [--seed FIRST] [--steps N] [--twice]\n");
    return 2;
  }
  std::string scratch = std::filesystem::temp_directory_path() / "aizuchi-simulate-XXXXXX";
  if (::mkdtemp(scratch.data()) == nullptr) return 1;
  int code = 1;
  try {
    code = run(argc, argv, scratch + "/life");
  } catch (const std::exception& broken) {
    fmt::print(stderr, "simulate: {}\n", broken.what());
  }
  std::filesystem::remove_all(scratch);
  return code;
}
