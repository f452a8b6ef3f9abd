// Small readers and writers of text: dates and numbers as the tables write them, JSON as the engine
// and the reader of decisions.ndjson want it. Standard library only. Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace grocery {

// "2017-07-31" or "2017-07-31 14:06:53", as milliseconds since 1970. The tables name no time zone:
// read as UTC. nullopt when it is no such day or time.
std::optional<int64_t> read_date(std::string_view text);
std::string iso_date(int64_t ms);  // "2017-07-31T14:06:53Z"
// Only digits, 1 to 18 of them.
bool is_number(std::string_view text);
std::optional<double> read_amount(std::string_view text);  // "3.86", "-1"
bool is_utf8(std::string_view text);
// What can be shown of any bytes: at most 60 of them, others than ASCII letters as \xNN when they
// are not UTF-8.
std::string shown(std::string_view bytes);

// One JSON object, member by member. Values are escaped here; `raw` is JSON already.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& raw(std::string_view name, std::string_view json);
  std::string take();

 private:
  std::string out_ = "{";
};
void append_json_text(std::string& out, std::string_view text);
std::string json_number(double value);

// 43621 -> "43,621"
std::string with_commas(uint64_t n);

}  // namespace grocery
