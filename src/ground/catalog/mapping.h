// A mapping file: what the columns of somebody's table mean here. Which fact a column states, which
// event a row is, what it says about consent, whose row it is and when it was said; and by which
// source of sources.yaml, which gives the method, the context, the purposes, the notice and the
// words that a person reads ("会員登録で", "at sign-up"). What the mapping says of these itself is
// held against the source, so that a mapping reads as what it does.
//
// Threads: pure function. Cost: a parse of a small file.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/catalog/brand_folder.h"
#include "ground/expr/time_zone.h"

namespace aizuchi::ground {

struct MappedColumn {
  enum class Kind : uint8_t { fact, property, consent };
  enum class Type : uint8_t { text, number, integer, flag, date, list };  // of a property

  std::string column;
  Kind kind = Kind::fact;
  std::string target;                         // a fact, a property or a purpose
  std::string source;                         // of sources.yaml
  std::map<std::string, std::string> values;  // what a cell says -> what it means; empty: itself
  std::string format;    // of a date, as strptime reads it; "": ISO or 2026/4/1
  char separator = ';';  // of a list
  Type type = Type::text;
};

struct Mapping {
  enum class Form : uint8_t { by_name, csv, ndjson };

  Form form = Form::by_name;
  std::string encoding = "utf-8";
  char separator = 0;  // 0: by the first line
  std::string source;
  std::string user_id, anonymous_id;  // columns
  std::string at_column, at_format;
  std::optional<Instant> at;  // for all rows, when no column says it
  std::shared_ptr<const TimeZone> zone;
  std::vector<std::string> key;  // the columns that make a row this row
  std::string event;             // "": rows are no events
  std::vector<MappedColumn> columns;
  std::vector<std::string> leave;  // columns that are known and not taken

  std::vector<std::string> all_columns() const;  // those that must be there
};

struct ReadMapping {
  std::optional<Mapping> mapping;  // absent when there is an error
  std::vector<Finding> findings;
};
ReadMapping read_mapping(std::string_view text, std::string_view file, const Snapshot& brand);

}  // namespace aizuchi::ground
