// A grocery chain's tables, imported and decided upon: docs/real-input.md.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string_view>

#include "run.h"
#include "text.h"

namespace {

constexpr auto usage =
    "grocery [--data DIR] [--out DIR] [--as-of 2017-07-31] [--durable]\n"
    "\n"
    "  --data DIR    the tables; by default complete-journey in $AIZUCHI_DATA or ../shared/data\n"
    "  --out DIR     where brand/, errors.csv and decisions.ndjson go; out/real-input\n"
    "  --as-of DAY   the day of the import: \"in the last 90 days\" counts back from its end\n"
    "  --durable     keep everything on disk (DIR/store), each batch synced; by default in\n"
    "                memory, where the same tables always give the same decisions\n"
    "\n"
    "exit code: 0 every row was imported, or there are no tables; 3 some rows are in errors.csv;\n"
    "1 no result; 2 wrong arguments\n";

std::string default_data() {
  const char* set = std::getenv("AIZUCHI_DATA");  // NOLINT(concurrency-mt-unsafe): one thread yet
  return std::string(set != nullptr ? set : "../shared/data") + "/complete-journey";
}

// false: the arguments are wrong.
bool read_arguments(int count, char** arguments, grocery::Options& options) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    if (word == "--durable") {
      options.durable = true;
      continue;
    }
    if (i + 1 >= count) return false;
    const std::string value = arguments[++i];
    if (word == "--data") {
      options.data = value;
    } else if (word == "--out") {
      options.out = value;
    } else if (word == "--as-of") {
      const auto day = grocery::read_date(value);
      if (!day || value.size() != 10) return false;
      options.as_of_ms = *day + 86'400'000 - 1;
    } else {
      return false;
    }
  }
  return true;
}

int import_and_decide(const grocery::Options& options) {
  if (!std::filesystem::exists(options.data)) {
    std::printf("skipped: there is no %s; set AIZUCHI_DATA or use --data\n", options.data.c_str());
    return 0;
  }
  const grocery::Outcome outcome = grocery::run(options);
  if (!outcome.problem.empty()) {
    std::fprintf(stderr, "grocery: %s\n", outcome.problem.c_str());
    return 1;
  }
  std::fputs(grocery::summary(options, outcome).c_str(), stdout);
  return outcome.errors == 0 ? 0 : 3;
}

}  // namespace

int main(int count, char** arguments) {
  grocery::Options options{.data = default_data(),
                           .brand = AIZUCHI_GROCERY "/brand",
                           .sensitive_list = AIZUCHI_GROCERY "/sensitive-categories.txt",
                           .as_of_ms = *grocery::read_date("2017-07-31 23:59:59")};
  if (!read_arguments(count, arguments, options)) {
    std::fputs(usage, stderr);
    return 2;
  }
  try {
    return import_and_decide(options);
  } catch (const std::exception& error) {  // a folder that cannot be written
    std::fprintf(stderr, "grocery: %s\n", error.what());
    return 1;
  }
}
