#include "serve/evaluate/choice_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <span>

#include "serve/evaluate/plain_file.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr std::string_view item_words[] = {"item_id", "item", "action", "arm", "variant", "chosen"};
constexpr std::string_view reward_words[] = {"reward",      "click", "outcome", "conversion",
                                             "conversions", "visit", "redeemed"};
constexpr std::string_view propensity_words[] = {"propensity_score", "propensity", "pscore",
                                                 "probability"};
constexpr std::string_view position_words[] = {"position", "slot"};

std::optional<size_t> column_of(const std::vector<std::string>& names,
                                std::span<const std::string_view> words) {
  for (const std::string_view word : words)
    for (size_t i = 0; i < names.size(); ++i)
      if (std::ranges::equal(names[i], word, {}, [](char c) {
            return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
          }))
        return i;
  return std::nullopt;
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

struct Columns {
  size_t item = 0, reward = 0, propensity = 0;
  std::optional<size_t> position;
  std::vector<std::pair<std::string, size_t>> policies;
};

Result<Columns> columns_of(const std::string& file, const std::vector<std::string>& names,
                           const std::vector<std::string>& policies) {
  Columns out;
  const auto need = [&](std::string_view what, std::span<const std::string_view> words,
                        size_t& column) -> Result<void> {
    const auto found = column_of(names, words);
    if (!found)
      return fail(ErrorCode::invalid, fmt::format("{}:1: no column tells {}.", file, what),
                  fmt::format("Name it {} in the first line.", fmt::join(words, ", ")));
    column = *found;
    return {};
  };
  TRY(need("what was chosen", item_words, out.item));
  TRY(need("what came of it", reward_words, out.reward));
  TRY(need("how probable the choice was", propensity_words, out.propensity));
  out.position = column_of(names, position_words);
  for (const std::string& policy : policies) {
    const auto at = std::ranges::find(names, policy);
    if (at == names.end())
      return fail(ErrorCode::invalid, fmt::format("{}:1: there is no column {}.", file, policy),
                  "A policy's column holds the probability that it gives to what was chosen.");
    out.policies.emplace_back(policy, at - names.begin());
  }
  return out;
}

class Reader {
 public:
  Reader(std::string file, Columns columns) : file_(std::move(file)), columns_(columns) {
    if (!columns_.position) (void)positions_.number("");
  }

  Result<void> row(const TableRow& row) {
    const auto cell = [&](size_t column) {
      return column < row.cells.size() ? row.cells[column] : std::string();
    };
    LoggedChoice one;
    const std::string item = cell(columns_.item);
    if (item.empty()) return wrong(row, "it does not say what was chosen");
    one.item = named(items_, out_.items, item);
    if (columns_.position)
      one.position = named(positions_, out_.positions, cell(*columns_.position));
    const auto reward = number(cell(columns_.reward));
    if (!reward) return wrong(row, "the reward must be a number");
    one.reward = *reward;
    const auto propensity = number(cell(columns_.propensity));
    if (!propensity || *propensity <= 0 || *propensity > 1)
      return wrong(row, "the propensity must be above 0 and at most 1");
    one.propensity = *propensity;
    for (const auto& [name, column] : columns_.policies) {
      const auto given = number(cell(column));
      if (!given || *given < 0 || *given > 1)
        return wrong(row, fmt::format("{} must be a probability, from 0 to 1", name));
      out_.policies[name].push_back(*given);
    }
    out_.rows.push_back(one);
    return {};
  }

  ChoiceLog take() {
    if (!columns_.position) out_.positions = {""};
    return std::move(out_);
  }

 private:
  static uint32_t named(Names& names, std::vector<std::string>& list, const std::string& name) {
    const uint32_t number = names.number(name);
    if (number == list.size()) list.push_back(name);
    return number;
  }
  std::unexpected<ground::Error> wrong(const TableRow& row, std::string_view what) const {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}.", file_, row.line, what));
  }

  const std::string file_;
  const Columns columns_;
  Names items_, positions_;
  ChoiceLog out_;
};

}  // namespace

Result<ChoiceLog> read_choices(const std::filesystem::path& path,
                               const std::vector<std::string>& policies) {
  std::ifstream in(path, std::ios::binary);
  const std::string file = path.string();
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", file));
  TableReader reader(in, {});
  TableRow row;
  if (!reader.next(row)) return fail(ErrorCode::invalid, fmt::format("{} is empty.", file));
  Reader choices(file, TRY(columns_of(file, row.cells, policies)));
  while (reader.next(row)) {
    if (!row.wrong.empty())
      return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", file, row.line, row.wrong));
    TRY(choices.row(row));
  }
  ChoiceLog out = choices.take();
  if (out.rows.empty())
    return fail(ErrorCode::invalid, fmt::format("{} has no rows below its names.", file));
  return out;
}

}  // namespace aizuchi::serve
