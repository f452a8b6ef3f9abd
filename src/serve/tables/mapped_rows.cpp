#include "serve/tables/mapped_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/hash.h"
#include "ground/base/text.h"
#include "ground/catalog/snapshot.h"
#include "serve/tables/cell_value.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::MappedColumn;
using ground::Mapping;
using ground::Result;
using ground::Value;
using ground::ValueMap;

// The cells of a row by the names of their columns.
struct RowMapper::Cells {
  uint64_t line = 0;
  std::unordered_map<std::string_view, std::string> by_column;

  std::string_view at(const std::string& column) const {
    const auto found = by_column.find(column);
    return found == by_column.end() ? std::string_view() : std::string_view(found->second);
  }
};

namespace {

std::string json_cell(const Value& value) {
  if (!value.is(Value::Kind::list)) return ground::to_display(value);
  std::string out;
  for (const Value& item : value.as_list())
    out += (out.empty() ? "" : ";") + ground::to_display(item);
  return out;
}

const Value* member(const Value& object, std::string_view path) {
  if (const Value* direct = object.find(path)) return direct;
  const size_t dot = path.find('.');
  const Value* inner = dot == std::string_view::npos ? nullptr : object.find(path.substr(0, dot));
  return inner == nullptr ? nullptr : member(*inner, path.substr(dot + 1));
}

Value event_of(std::string_view type, std::string message_id, const ValueMap& person) {
  ValueMap out{{"type", type}, {"messageId", std::move(message_id)}};
  out.insert(out.end(), person.begin(), person.end());
  return Value::map(std::move(out));
}

Value with(const Value& event, std::string_view name, Value value) {
  ValueMap out = event.as_map();
  out.emplace_back(name, std::move(value));
  return Value::map(std::move(out));
}

}  // namespace

RowMapper::RowMapper(const Mapping& mapping, const ground::Snapshot& brand)
    : mapping_(mapping), brand_(brand) {}

Result<void> RowMapper::header(const std::vector<std::string>& names) {
  width_ = names.size();
  for (size_t i = 0; i < names.size(); ++i)
    if (!position_.emplace(ground::trim(names[i]), i).second)
      return fail(ErrorCode::invalid,
                  fmt::format("The column {} stands in the first line twice.", names[i]),
                  "Each column needs a name of its own.");
  std::vector<std::string> there, missing;
  for (const auto& name : names) there.emplace_back(ground::trim(name));
  const std::vector<std::string> wanted = mapping_.all_columns();
  for (const std::string& name : wanted)
    if (!position_.contains(name)) missing.push_back(name);
  if (!missing.empty()) {
    const std::string meant = ground::nearest(missing.front(), there);
    return fail(
        ErrorCode::invalid, fmt::format("The file has no column {}.", fmt::join(missing, ", ")),
        meant.empty() ? fmt::format("It has {}. Is the encoding right?", fmt::join(there, ", "))
                      : fmt::format("Did the mapping mean {}?", meant));
  }
  for (const std::string& name : there)
    if (std::ranges::find(wanted, name) == wanted.end() &&
        std::ranges::find(mapping_.leave, name) == mapping_.leave.end())
      not_taken_.push_back(name);
  return {};
}

MappedRow RowMapper::row(uint64_t line, const std::vector<std::string>& cells) const {
  if (cells.size() != width_) {
    MappedRow out;
    out.mistakes.push_back(
        {line, "",
         fmt::format("expected {} cells as in the first line, found {}", width_, cells.size())});
    return out;
  }
  Cells by_name{.line = line, .by_column = {}};
  for (const auto& [name, at] : position_)
    by_name.by_column.emplace(name, std::string(ground::trim(cells[at])));
  return map(line, by_name);
}

MappedRow RowMapper::row(uint64_t line, const Value& object) const {
  if (!object.is(Value::Kind::map)) {
    MappedRow out;
    out.mistakes.push_back({line, "", "expected one JSON object a line"});
    return out;
  }
  const std::vector<std::string> columns = mapping_.all_columns();
  Cells cells{.line = line, .by_column = {}};
  for (const std::string& column : columns)
    if (const Value* value = member(object, column); value != nullptr && !value->is_null())
      cells.by_column.emplace(column, json_cell(*value));
  return map(line, cells);
}

std::string RowMapper::message_id(std::string_view kind, const Cells& cells,
                                  std::string_view content) const {
  std::string text = fmt::format("{}\x1f{}", kind, content);
  for (const std::string& column : mapping_.key) text += fmt::format("\x1f{}", cells.at(column));
  return "import-" + ground::hex(ground::sha256(text)).substr(0, 32);
}

MappedRow RowMapper::map(uint64_t line, const Cells& cells) const {
  MappedRow out;
  ValueMap person;
  const std::string_view user = cells.at(mapping_.user_id);
  const std::string_view device = cells.at(mapping_.anonymous_id);
  if (!mapping_.user_id.empty() && !user.empty()) person.emplace_back("userId", user);
  if (!mapping_.anonymous_id.empty() && !device.empty()) person.emplace_back("anonymousId", device);
  if (person.empty())
    out.mistakes.push_back({line,
                            mapping_.user_id.empty() ? mapping_.anonymous_id : mapping_.user_id,
                            "expected whose row it is"});
  auto at = mapping_.at
                ? std::expected<ground::Instant, std::string>(*mapping_.at)
                : cell_instant(cells.at(mapping_.at_column), mapping_.at_format, *mapping_.zone);
  if (at)
    person.emplace_back("timestamp", ground::format_instant(*at));
  else
    out.mistakes.push_back({line, mapping_.at_column, "expected " + at.error()});
  add_facts(cells, out, person);
  add_consents(cells, out, person);
  add_event(cells, out, person);
  if (!out.mistakes.empty()) out.events.clear();
  return out;
}

// One identify a source, in the order of the mapping.
void RowMapper::add_facts(const Cells& cells, MappedRow& out, const ValueMap& person) const {
  std::vector<std::pair<std::string, ValueMap>> by_source;
  for (const MappedColumn& column : mapping_.columns) {
    const std::string_view cell = cells.at(column.column);
    if (column.kind != MappedColumn::Kind::fact || cell.empty()) continue;
    const auto value = fact_value(*brand_.fact(column.target), column, cell, mapping_, brand_);
    if (!value) {
      out.mistakes.push_back({cells.line, column.column, "expected " + value.error()});
      continue;
    }
    out.facts.push_back({column.target, ground::to_display(*value), column.source});
    auto traits =
        std::ranges::find(by_source, column.source, &decltype(by_source)::value_type::first);
    if (traits == by_source.end()) traits = by_source.insert(by_source.end(), {column.source, {}});
    traits->second.emplace_back(column.target, *value);
  }
  for (auto& [source, facts] : by_source) {
    const Value traits = Value::map(std::move(facts));
    const Value who = Value::map(person);
    const std::string id =
        message_id("facts", cells, ground::to_json(who) + ground::to_json(traits));
    out.events.push_back({source, with(event_of("identify", id, person), "traits", traits)});
  }
}

void RowMapper::add_consents(const Cells& cells, MappedRow& out, const ValueMap& person) const {
  ValueMap purposes;
  for (const MappedColumn& column : mapping_.columns) {
    const std::string_view cell = cells.at(column.column);
    if (column.kind != MappedColumn::Kind::consent || cell.empty()) continue;
    const auto meaning = column.values.find(std::string(cell));
    if (meaning != column.values.end())
      purposes.emplace_back(column.target, meaning->second == "yes");
    else
      out.mistakes.push_back(
          {cells.line, column.column, "expected one of the words of yes: and no: in the mapping"});
  }
  if (purposes.empty()) return;
  const Value said = Value::map(std::move(purposes));
  const std::string id =
      message_id("consents", cells, ground::to_json(Value::map(person)) + ground::to_json(said));
  Value event = with(event_of("track", id, person), "event", "Consent Updated");
  out.events.push_back(
      {mapping_.source, with(event, "properties", Value::map({{"purposes", said}}))});
}

void RowMapper::add_event(const Cells& cells, MappedRow& out, const ValueMap& person) const {
  if (mapping_.event.empty()) return;
  ValueMap properties;
  for (const MappedColumn& column : mapping_.columns) {
    const std::string_view cell = cells.at(column.column);
    if (column.kind != MappedColumn::Kind::property || cell.empty()) continue;
    const auto value = property_value(column, cell, mapping_);
    if (value)
      properties.emplace_back(column.target, *value);
    else
      out.mistakes.push_back({cells.line, column.column, "expected " + value.error()});
  }
  const Value said = Value::map(std::move(properties));
  // Two rows alike may be two purchases: without a key they are told apart by their lines.
  const std::string content =
      mapping_.key.empty() ? fmt::format("{}{}{}", cells.line, ground::to_json(Value::map(person)),
                                         ground::to_json(said))
                           : std::string();
  const std::string id = message_id("event " + mapping_.event, cells, content);
  const Value event = with(event_of("track", id, person), "event", mapping_.event);
  out.events.push_back({mapping_.source, with(event, "properties", said)});
}

}  // namespace aizuchi::serve
