// Plain files of rows as `aizuchi evaluate` and `train` read them, from any bytes: they are read or
// refused with what was expected. The first byte chooses which file the rest is.
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "ground/base/test_folder.h"
#include "serve/evaluate/choice_log.h"
#include "serve/evaluate/messages_file.h"
#include "serve/evaluate/outcome_rows.h"
#include "serve/evaluate/pairs_file.h"
#include "serve/evaluate/plain_file.h"
#include "serve/evaluate/preferences_file.h"

using namespace aizuchi;

namespace {

// In memory.
const ground::test::TestFolder& folder() {
  static const ground::test::TestFolder made = [] {
    ::setenv("TMPDIR", "/dev/shm", 0);
    return ground::test::TestFolder();
  }();
  return made;
}

template <typename Read>
bool is_read(const ground::Result<Read>& read) {
  AIZ_ASSERT(read.has_value() || !read.error().message.empty());
  return read.has_value();
}

void seen(const std::string& file) {
  serve::Names who, items;
  const auto rows = serve::read_seen(file, who, items);
  if (!is_read(rows)) return;
  for (const serve::Seen& row : *rows) AIZ_ASSERT(row.who < who.size() && row.item < items.size());
}

void pairs(const std::string& file) {
  serve::PairNames names;
  const auto rows = serve::read_pairs(file, names);
  if (!is_read(rows)) return;
  for (const understand::Pair& pair : *rows)
    AIZ_ASSERT(pair.person < names.people.size() && pair.item < names.items.size());
}

void choices(const std::string& file) {
  const auto log = serve::read_choices(file, {"p"});
  if (!is_read(log)) return;
  for (const serve::LoggedChoice& row : log->rows)
    AIZ_ASSERT(row.propensity > 0 && row.propensity <= 1 && row.item < log->items.size());
}

void preferences(const std::string& file) {
  const auto read = serve::read_preferences(file, {});
  if (is_read(read)) AIZ_ASSERT(read->options.size() <= serve::options_max);
}

void outcomes(const std::string& file) {
  const auto read = serve::read_outcomes(file, "");
  if (!is_read(read)) return;
  for (const serve::OutcomeRow& row : read->rows)
    AIZ_ASSERT(row.features.size() == read->features.size());
}

struct Kind {
  const char* name;
  void (*take)(const std::string& file);
};
constexpr Kind kinds[] = {
    {"seen.csv", seen},
    {"seen.tsv", seen},
    {"pairs.csv", pairs},
    {"pairs.dat", pairs},
    {"choices.csv", choices},
    {"preferences.csv", preferences},
    {"preferences.json", preferences},
    {"preferences.jsonl", preferences},
    {"train.csv", [](const std::string& file) { is_read(serve::read_message_sets("", file, "")); }},
    {"train.json",
     [](const std::string& file) { is_read(serve::read_message_sets("", file, "")); }},
    {"train.jsonl",
     [](const std::string& file) { is_read(serve::read_message_sets("", file, "")); }},
    {"outcomes.csv", outcomes},
    {"trial.csv", [](const std::string& file) { is_read(serve::read_trial(file, {})); }},
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Kind& kind = kinds[data[0] % std::size(kinds)];
  const std::string file = folder() / kind.name;
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data) + 1, static_cast<std::streamsize>(size - 1));
  kind.take(file);
  return 0;
}
