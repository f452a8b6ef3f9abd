#include "serve/evaluate/plain_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <span>

#include "ground/base/text.h"
#include "ground/base/time.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

// A name of a column without case, blanks and underscores, nor the kind behind it (user_id:token).
std::string plain(std::string_view name) {
  std::string out;
  name = name.substr(0, name.find(':'));
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The first of them that is there counts: who has visits and people names both.
constexpr std::string_view visit_words[] = {"sessionid", "session", "visit", "visitid"};
constexpr std::string_view who_words[] = {
    "userid",   "user",       "person",      "personid", "uid",    "visitorid", "household",
    "customer", "customerid", "householdid", "client",   "member", "reviewer",  "reviewerid",
    "clientid", "memberid",   "sessionid",   "session",  "visit",  "visitid"};
constexpr std::string_view item_words[] = {
    "itemid", "item",    "productid", "product", "sku",       "iid",       "movieid",    "movie",
    "artist", "trackid", "songid",    "bookid",  "venueid",   "area",      "locationid", "artistid",
    "track",  "song",    "book",      "isbn",    "venue",     "place",     "placeid",    "location",
    "asin",   "poi",     "poiid",     "article", "articleid", "businessid"};
constexpr std::string_view time_words[] = {"time", "timestamp", "at",       "ts",
                                           "date", "eventtime", "datetime", "unixreviewtime"};

struct Columns {
  size_t who = 0, item = 1, at = 2;
};

bool is_number(const std::string& text) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  return wrong == std::errc() && end == text.data() + text.size();
}

struct Found {
  Columns columns;
  bool named = false;  // by the first line, which is no row
};
// The columns by the line of names, or as the first row is: who, item, time, or who, time, item
// where the second can only be a time.
Result<Found> columns_of(const std::string& file, const std::vector<std::string>& first) {
  auto who = find_column(first, Column::visit);
  if (!who) who = find_column(first, Column::who);
  const auto item = find_column(first, Column::item), at = find_column(first, Column::time);
  if (who && item && at) return Found{{.who = *who, .item = *item, .at = *at}, true};
  if (!who && !item && first.size() >= 3) {
    if (!is_number(first[1]) && seconds_of(first[1])) return Found{{.item = 2, .at = 1}};
    if (seconds_of(first[2])) return Found{};
  }
  return fail(
      ErrorCode::invalid,
      fmt::format("{} has no columns for who, which item and when in its first line.", file),
      "Name them SessionId (or user), ItemId and Time; or have no line of names and these "
      "three in that order.");
}

}  // namespace

std::optional<double> seconds_of(const std::string& text) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong == std::errc() && end == text.data() + text.size() && std::isfinite(value))
    return value;
  const auto at = ground::parse_instant(text);
  if (!at) return std::nullopt;
  return static_cast<double>(at->ms) / 1000;
}

std::optional<size_t> find_column(const std::vector<std::string>& names, Column column) {
  std::span<const std::string_view> words = who_words;
  if (column == Column::visit) words = visit_words;
  if (column == Column::item) words = item_words;
  if (column == Column::time) words = time_words;
  std::vector<std::string> plainly;
  for (const std::string& name : names) plainly.push_back(plain(name));
  for (const std::string_view word : words) {
    const auto at = std::ranges::find(plainly, word);
    if (at != plainly.end()) return static_cast<size_t>(at - plainly.begin());
  }
  return std::nullopt;
}

uint32_t Names::number(const std::string& name) {
  return numbers_.try_emplace(name, static_cast<uint32_t>(numbers_.size())).first->second;
}

std::vector<std::string> Names::by_number() const {
  std::vector<std::string> out(numbers_.size());
  for (const auto& [name, number] : numbers_) out[number] = name;
  return out;
}

Result<std::vector<Seen>> read_seen(const std::filesystem::path& path, Names& who, Names& items) {
  std::ifstream in(path, std::ios::binary);
  const std::string file = path.string();
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", file));
  TableReader reader(in, {});
  std::vector<Seen> out;
  Columns columns;
  bool first = true;
  for (TableRow row; reader.next(row); first = false) {
    if (!row.wrong.empty())
      return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", file, row.line, row.wrong));
    if (first) {
      const Found found = TRY(columns_of(file, row.cells));
      columns = found.columns;
      if (found.named) continue;
    }
    const size_t most = std::max({columns.who, columns.item, columns.at});
    const auto at = most < row.cells.size() ? seconds_of(row.cells[columns.at]) : std::nullopt;
    if (!at)
      return fail(ErrorCode::invalid,
                  fmt::format("{}:{}: expected who, an item and a time (seconds or RFC 3339).",
                              file, row.line));
    out.push_back({.who = who.number(row.cells[columns.who]),
                   .item = items.number(row.cells[columns.item]),
                   .at = *at});
  }
  if (out.empty()) return fail(ErrorCode::invalid, fmt::format("{} has no rows.", file));
  return out;
}

Result<Parts> find_parts(const std::string& folder, const std::string& train,
                         const std::string& test) {
  if (!train.empty()) return Parts{.train = train, .test = test, .valid = {}};
  std::error_code wrong;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, wrong))
    if (entry.is_regular_file(wrong)) files.push_back(entry.path());
  if (wrong)
    return fail(ErrorCode::not_found, fmt::format("The folder {} cannot be read.", folder));
  std::ranges::sort(files);
  const auto find = [&](std::string_view word) -> std::filesystem::path {
    for (const auto& file : files)
      if (plain(file.filename().string()).find(word) != std::string::npos) return file;
    return {};
  };
  Parts out{.train = find("train"), .test = find("test"), .valid = find("valid")};
  if (out.test.empty()) out.test = std::exchange(out.valid, {});
  if (out.train.empty() && out.test.empty() && files.size() == 1) out.train = files.front();
  if (out.train.empty())
    return fail(ErrorCode::not_found,
                fmt::format("{} has neither a file named train… nor only one file.", folder),
                "Name the files with --train FILE and --test FILE.");
  return out;
}

}  // namespace aizuchi::serve
