// JSON in and out. In: a document to a Value tree (whole numbers as int, 3.0 too, else double),
// duplicate keys refused. Out: an append-writer, no tree. Hot ingest uses simdjson itself.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/result.h"
#include "ground/base/value.h"

namespace aizuchi::ground {

struct JsonLimits {
  size_t depth_max = 64;
};

// Errors: invalid, with what the parser expected and the byte offset where it can be known.
Result<Value> parse_json(std::string_view text, JsonLimits limits = {});

void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, double v);

// Writes one JSON document; commas are its business, nesting is the caller's.
//   JsonWriter w; w.object(); w.key("n").value(3); w.end_object();
class JsonWriter {
 public:
  JsonWriter& object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view v);
  JsonWriter& value(const char* v) { return value(std::string_view(v)); }
  JsonWriter& value(const std::string& v) { return value(std::string_view(v)); }
  JsonWriter& value(bool v);
  JsonWriter& value(int64_t v);
  JsonWriter& value(uint64_t v);
  JsonWriter& value(int v) { return value(int64_t{v}); }
  JsonWriter& value(double v);
  JsonWriter& value(const Value& v);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // must be one whole JSON value
  template <typename T>
  JsonWriter& member(std::string_view name, T&& v) {
    return key(name).value(std::forward<T>(v));
  }
  const std::string& view() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char c);
  JsonWriter& close(char c);
  void separate();
  std::string out_;
  bool first_ = true;
};

}  // namespace aizuchi::ground
