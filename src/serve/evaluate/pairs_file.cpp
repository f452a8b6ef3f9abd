#include "serve/evaluate/pairs_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "serve/evaluate/plain_file.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using understand::Pair;

namespace {

constexpr size_t none = SIZE_MAX;

struct Form {
  char separator = ' ';
  bool baskets = false;  // a person and all their items a row
  bool named = false;    // the first line is one of names
  size_t who = 0, item = 1, at = none;
};

uint32_t number_of(const std::string& name, std::vector<std::string>& names,
                   std::unordered_map<std::string, uint32_t>& numbers) {
  const auto [at, is_new] = numbers.try_emplace(name, static_cast<uint32_t>(names.size()));
  if (is_new) names.push_back(name);
  return at->second;
}

// The cells of a row that are something: `a::b` and two blanks have empty ones between.
std::vector<std::string> cells_of(TableRow& row, char separator) {
  if (separator == ' ' || separator == ':')
    std::erase_if(row.cells, [](const std::string& cell) { return cell.empty(); });
  return std::move(row.cells);
}

char separator_of(const std::string& line) {
  if (line.find("::") != std::string::npos) return ':';
  for (const char c : {'\t', ';', ','})
    if (line.find(c) != std::string::npos) return c;
  return ' ';
}

bool is_number(const std::string& text) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  return wrong == std::errc() && end == text.data() + text.size();
}

// user, time, two coordinates and a place, as check-ins lie about.
bool are_check_ins(const std::vector<std::vector<std::string>>& rows) {
  return std::ranges::all_of(rows, [](const auto& row) {
    return row.size() == 5 && !is_number(row[1]) && seconds_of(row[1]) && is_number(row[2]) &&
           is_number(row[3]);
  });
}

// Words above numbers: names of columns, which are none of those that are known.
bool names_unknown(const std::vector<std::vector<std::string>>& rows) {
  const auto has_digit = [](const std::string& cell) {
    return std::ranges::any_of(cell, [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  return rows.size() > 2 && rows[0].size() > 1 && std::ranges::none_of(rows[0], has_digit) &&
         std::all_of(rows.begin() + 1, rows.end(),
                     [&](const auto& row) { return std::ranges::all_of(row, has_digit); });
}

// The first rows say what the file is; nullopt: its line of names does not say which is which.
std::optional<Form> form_of(const std::string& beginning) {
  Form out;
  out.separator = separator_of(beginning.substr(0, beginning.find('\n')));
  std::istringstream in(beginning);
  TableReader reader(in, {.separator = out.separator});
  std::vector<std::vector<std::string>> rows;
  for (TableRow row; rows.size() < 200 && reader.next(row);)
    if (row.wrong.empty()) rows.push_back(cells_of(row, out.separator));
  if (rows.size() > 1 && rows.size() < 200) rows.pop_back();  // perhaps cut off
  if (rows.empty()) return out;
  const auto& first = rows.front();
  const auto who = find_column(first, Column::who), item = find_column(first, Column::item);
  if (who || item) {
    out.named = true;
    out.who = who.value_or(item.value_or(0) == 0 ? 1 : 0);
    out.item = item.value_or(out.who == 0 ? 1 : 0);
    out.at = find_column(first, Column::time).value_or(none);
    return out;
  }
  if (names_unknown(rows)) return std::nullopt;
  if (are_check_ins(rows)) {
    out.item = 4, out.at = 1;
    return out;
  }
  const auto other = [&](const auto& row) { return row.size() != first.size(); };
  out.baskets = first.size() > 4 || std::ranges::any_of(rows, other);
  // user, item, rating, time; of three the last is a time when it can only be one.
  constexpr double long_ago = 1e8;
  if (out.baskets || first.size() < 3 || !is_number(first.back())) return out;
  if (first.size() == 4 || std::strtod(first.back().c_str(), nullptr) > long_ago)
    out.at = first.size() - 1;
  return out;
}

Result<Form> form_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", path.string()));
  std::string beginning(size_t{256} << 10, '\0');
  in.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<size_t>(in.gcount()));
  const auto form = form_of(beginning);
  if (!form)
    return fail(ErrorCode::invalid,
                fmt::format("{}:1: which columns are the person and the item?", path.string()),
                "Name them user and item; or have no line of names and these two first.");
  return *form;
}

}  // namespace

uint32_t PairNames::person(const std::string& name) {
  return number_of(name, people, person_numbers);
}
uint32_t PairNames::item(const std::string& name) {
  return number_of(name, items, item_numbers);
}

Result<std::vector<Pair>> read_pairs(const std::filesystem::path& path, PairNames& names) {
  const Form form = TRY(form_of_file(path));
  std::ifstream in(path, std::ios::binary);
  TableReader reader(in, {.separator = form.separator});
  const auto wrong = [&](const TableRow& row, std::string_view what) {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", path.string(), row.line, what));
  };
  std::vector<Pair> out;
  bool first = form.named;
  for (TableRow row; reader.next(row);) {
    if (!row.wrong.empty()) return wrong(row, row.wrong);
    if (std::exchange(first, false)) continue;
    const auto cells = cells_of(row, form.separator);
    if (form.baskets) {
      const uint32_t person = names.person(cells.front());
      for (size_t i = 1; i < cells.size(); ++i)
        if (!cells[i].empty()) out.push_back({.person = person, .item = names.item(cells[i])});
      continue;
    }
    const auto cell = [&](size_t at) { return at < cells.size() ? cells[at] : std::string(); };
    if (cell(form.who).empty() || cell(form.item).empty())
      return wrong(row, "expected a person and an item.");
    const std::optional<double> at = form.at == none ? 0.0 : seconds_of(cell(form.at));
    if (!at) return wrong(row, "expected a time, in seconds or RFC 3339.");
    out.push_back(
        {.person = names.person(cell(form.who)), .item = names.item(cell(form.item)), .at = *at});
  }
  if (out.empty())
    return fail(ErrorCode::invalid,
                fmt::format("{} has no rows of a person and an item.", path.string()));
  return out;
}

}  // namespace aizuchi::serve
