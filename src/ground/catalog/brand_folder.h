// The brand folder as bytes, its findings, and the way to a Snapshot: read, parse, check
// everything, compile. All findings at once, each with file, line, column, the offending text and
// what was expected. A folder with an error compiles to nothing: the old snapshot stays.
//
// Threads: pure functions. Cost: the sample brand compiles in tens of milliseconds.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/catalog/place.h"
#include "ground/domain/vocabulary.h"

namespace aizuchi::ground {

struct Purpose;
struct Snapshot;

// Relative path -> content. What is published is kept as this, so that a decision can be replayed
// under the version it was made with.
struct BrandFiles {
  std::map<std::string, std::string> files;
  std::string encode() const;
  static Result<BrandFiles> decode(std::string_view bytes);
};

// Reads *.yaml, *.csv, *.ndjson below a directory. Errors: not_found, too_large (64 MiB a file).
Result<BrandFiles> read_brand_folder(const std::string& directory);

// A note is nothing wrong: what the publisher ought to know.
enum class Severity : uint8_t { error, warning, note };
std::string_view to_string(Severity severity);

struct Finding {
  Severity severity = Severity::error;
  Place place;
  std::string rule;      // stable word: "unknown-fact", "name-only", "missing-speaks" …
  std::string text;      // the offending text, shortened
  std::string expected;  // what was expected, and what to do
};
// "slots/home.yaml:12:5: error: unknown-purpose: 'recomend': expected … did you mean 'recommend'?"
std::string format_finding(const Finding& finding);

struct Compiled {
  std::shared_ptr<Snapshot> snapshot;  // null when there is an error; nobody else's yet
  std::vector<Finding> findings;
};

// Interns names into the vocabulary only when there is no error.
Compiled compile_brand(const BrandFiles& files, Vocabulary& vocabulary, uint64_t version);

// What a publish would change. The lines are for reading, and of products they name 50 only; the
// counts are of everything.
struct Changes {
  std::vector<std::string> lines;  // "+ item hero-x", "~ item hero-y: wordings", "- slot z"
  size_t added = 0, changed = 0, removed = 0;
};
Changes plan_changes(const BrandFiles& before, const BrandFiles& after);

}  // namespace aizuchi::ground
