#include "ground/catalog/mapping.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground {

namespace catalog {

namespace {

template <typename Things>
std::vector<std::string> names_of(const Things& things) {
  std::vector<std::string> out;
  out.reserve(things.size());
  for (const auto& thing : things) out.push_back(thing.name);
  return out;
}

// One mapping file on its way to a Mapping. `brand` is null when only the keys matter.
class MappingParser {
 public:
  MappingParser(Draft& draft, const Snapshot* brand) : draft_(draft), brand_(brand) {}

  Mapping read(const YamlNode& root) {
    Fields in(draft_, root, "a mapping");
    read_form(in);
    if (const auto source = in.name("source", "one of sources.yaml", Need::required))
      out_.source = known_source(*source);
    read_expectations(in);
    if (const YamlNode* person = in.node("person", "{user_id: column}", Need::required))
      read_person(*person);
    read_zone(in);
    if (const YamlNode* at = in.node("at", "{column: …} or a date", Need::required)) read_at(*at);
    for (const At& name : in.names("key", "the columns that make a row this row"))
      out_.key.push_back(name.text);
    if (const YamlNode* facts = in.node("facts", "{column: fact}"))
      each(*facts, "facts",
           [&](const At& column, const YamlNode& node) { read_fact(column, node); });
    if (const YamlNode* event = in.node("event", "{name: …, properties: {…}}")) read_event(*event);
    if (const YamlNode* consents = in.node("consents", "{column: {purpose, yes, no}}"))
      each(*consents, "consents",
           [&](const At& column, const YamlNode& node) { read_consent(column, node); });
    for (const At& name : in.names("leave", "columns that are not taken"))
      out_.leave.push_back(name.text);
    if (out_.columns.empty() && out_.event.empty())
      draft_.error(root.place, "missing-facts", "",
                   "a mapping needs facts:, event: or consents:, else it brings nothing in");
    return std::move(out_);
  }

 private:
  void read_form(Fields& in) {
    if (const auto form = in.choice("reads", {"csv", "ndjson"}))
      out_.form = *form == 0 ? Mapping::Form::csv : Mapping::Form::ndjson;
    if (const auto encoding = in.choice("encoding", {"utf-8", "cp932"}))
      out_.encoding = *encoding == 0 ? "utf-8" : "cp932";
    if (const auto separator = in.choice("separator", {",", ";", "tab"}))
      out_.separator = std::string_view(",;\t")[*separator];
  }

  std::string known_source(const At& name) {
    if (brand_ != nullptr && brand_->source(name.text) == nullptr) {
      const auto known = names_of(brand_->sources);
      draft_.error(name, "unknown-source",
                   fmt::format("expected a source of sources.yaml ({}){}", list_of(known),
                               did_you_mean(name.text, known)));
    }
    return name.text;
  }

  // What the mapping says of its source must be so: it is there to be read.
  void expect(const std::optional<At>& said, std::string_view is) {
    if (said && brand_ != nullptr && said->text != is)
      draft_.error(*said, "other-than-source",
                   fmt::format("the source {} says '{}': expected that, or another source",
                               out_.source, is));
  }
  void read_expectations(Fields& in) {
    const Source* source = brand_ == nullptr ? nullptr : brand_->source(out_.source);
    const auto method = in.name("method", "how it was learned, as its source says");
    const auto context = in.name("context", "where it was collected, as its source says");
    const auto notice = in.name("notice", "the notice people saw, as its source says");
    const auto purposes = in.names("purposes", "what it was collected for, as its source says");
    in.node("says", "the source in plain words, for those who read the mapping");
    if (source == nullptr) return;
    expect(method, to_string(source->method.value_or(Method::stated)));
    if (const Context* of = brand_->context(source->context)) expect(context, of->name);
    if (notice && !source->notice.valid()) expect(notice, "");
    for (const At& name : purposes) {
      const Purpose* purpose = brand_->purpose(name.text);
      if (purpose == nullptr || !source->purposes.has(purpose->id))
        draft_.error(name, "other-than-source",
                     fmt::format("the source {} does not collect for it", out_.source));
    }
  }

  void read_person(const YamlNode& node) {
    Fields in(draft_, node, "a person of a row");
    out_.user_id = in.text("user_id", "the column with the user's id");
    out_.anonymous_id = in.text("anonymous_id", "the column with the device's id");
    if (out_.user_id.empty() && out_.anonymous_id.empty())
      draft_.error(node.place, "missing-person", "",
                   "expected user_id: the column that says whose row it is");
  }

  void read_zone(Fields& in) {
    const auto said = in.name("timezone", "an IANA time zone such as Asia/Tokyo");
    const std::string name = said ? said->text : brand_ == nullptr ? "UTC" : brand_->timezone;
    if (auto zone = TimeZone::find(name))
      out_.zone = std::move(*zone);
    else
      draft_.error(said.value_or(At{name, {}}), "unknown-timezone",
                   "expected an IANA time zone such as Asia/Tokyo");
  }

  void read_at(const YamlNode& node) {
    if (!node.is(YamlNode::Kind::map)) {
      out_.at = parse_instant(node.text);
      if (!out_.at)
        draft_.error(catalog::at(node), "wrong-value",
                     "expected {column: …} or a date such as 2026-04-01");
      return;
    }
    Fields in(draft_, node, "the time of a row");
    out_.at_column = in.text("column", "the column with the date", Need::required);
    out_.at_format = in.text("format", "how it is written, such as %Y/%m/%d %H:%M");
  }

  template <typename Each>
  void each(const YamlNode& node, std::string_view key, Each&& take) {
    if (!node.is(YamlNode::Kind::map)) {
      draft_.error(node.place, "wrong-value", "",
                   fmt::format("expected {}: {{column: …}}, found {}", key, kind_word(node)));
      return;
    }
    for (const auto& [name, value] : node.entries) take(catalog::at(name), value);
  }

  void read_values(Fields& in, MappedColumn& column) {
    const YamlNode* values = in.node("values", "{what a cell says: what it means}");
    if (values == nullptr) return;
    each(*values, "values",
         [&](const At& cell, const YamlNode& meaning) { column.values[cell.text] = meaning.text; });
  }

  // {column: fact} or {column: {fact: …, values: …}}
  void read_fact(const At& name, const YamlNode& node) {
    MappedColumn column{.column = name.text, .source = out_.source};
    std::optional<At> fact;
    if (node.is(YamlNode::Kind::scalar)) {
      fact = catalog::at(node);
    } else {
      Fields in(draft_, node, "a mapped fact");
      fact = in.name("fact", "one of facts.yaml", Need::required);
      read_values(in, column);
      column.format = in.text("format", "how a date is written, such as %Y/%m/%d");
      if (const auto separator = in.name("separator", "what stands between values, such as ;"))
        column.separator = separator->text.empty() ? ';' : separator->text.front();
      if (const auto source = in.name("source", "another of sources.yaml"))
        column.source = known_source(*source);
    }
    if (fact) column.target = known_fact(*fact, column);
    out_.columns.push_back(std::move(column));
  }

  std::string known_fact(const At& name, const MappedColumn& column) {
    if (brand_ == nullptr) return name.text;
    const FactRule* rule = brand_->fact(name.text);
    const auto known = names_of(brand_->facts);
    if (rule == nullptr)
      draft_.error(name, "unknown-fact",
                   fmt::format("expected a fact of facts.yaml ({}){}", list_of(known),
                               did_you_mean(name.text, known)));
    else if (rule->derived)
      draft_.error(name, "wrong-value", "a derived fact is computed: no file can bring it in");
    else if (rule->type == FactType::values)
      draft_.error(name, "wrong-value",
                   "this is what people chose when they were asked: no file can bring it in");
    else if (rule->type == FactType::enumeration)
      for (const auto& [cell, meaning] : column.values)
        if (std::ranges::find(rule->of, meaning) == rule->of.end())
          draft_.error(name.place, "wrong-value", meaning,
                       fmt::format("expected one of {}{}", list_of(rule->of),
                                   did_you_mean(meaning, rule->of)));
    return name.text;
  }

  void read_event(const YamlNode& node) {
    Fields in(draft_, node, "a mapped event");
    if (const auto name = in.name("name", "an event's name", Need::required)) {
      out_.event = name->text;
      if (brand_ != nullptr && brand_->event(name->text) == nullptr) {
        const auto known = names_of(brand_->events);
        draft_.error(*name, "unknown-event",
                     fmt::format("expected an event of events.yaml or a built-in one{}",
                                 did_you_mean(name->text, known)));
      }
    }
    if (const YamlNode* properties = in.node("properties", "{property: column}"))
      each(*properties, "properties",
           [&](const At& name, const YamlNode& value) { read_property(name, value); });
  }

  void read_property(const At& name, const YamlNode& node) {
    MappedColumn column{
        .kind = MappedColumn::Kind::property, .target = name.text, .source = out_.source};
    if (node.is(YamlNode::Kind::scalar)) {
      column.column = node.text;
    } else {
      Fields in(draft_, node, "a mapped property");
      column.column = in.text("column", "the column with its value", Need::required);
      if (const auto type =
              in.choice("type", {"text", "number", "integer", "flag", "date", "list"}))
        column.type = static_cast<MappedColumn::Type>(*type);
      column.format = in.text("format", "how a date is written, such as %Y/%m/%d");
      read_values(in, column);
    }
    out_.columns.push_back(std::move(column));
  }

  void read_consent(const At& name, const YamlNode& node) {
    Fields in(draft_, node, "a mapped consent");
    MappedColumn column{
        .column = name.text, .kind = MappedColumn::Kind::consent, .source = out_.source};
    if (const auto purpose = in.name("purpose", "one of purposes.yaml", Need::required)) {
      column.target = purpose->text;
      if (brand_ != nullptr && brand_->purpose(purpose->text) == nullptr) {
        const auto known = names_of(brand_->purposes);
        draft_.error(*purpose, "unknown-purpose",
                     fmt::format("expected a purpose of purposes.yaml ({}){}", list_of(known),
                                 did_you_mean(purpose->text, known)));
      }
    }
    for (const At& word : in.names("yes", "what a cell says that is a consent", Need::required))
      column.values[word.text] = "yes";
    for (const At& word : in.names("no", "what a cell says that is a withdrawal"))
      column.values[word.text] = "no";
    out_.columns.push_back(std::move(column));
  }

  Draft& draft_;
  const Snapshot* brand_;
  Mapping out_;
};

}  // namespace

void learn_mapping(Shapes& shapes) {
  constexpr std::string_view one_of_everything =
      "{source: s, person: {user_id: u}, at: {column: a}, facts: {c: {fact: f}}, event: {name: E, "
      "properties: {p: {column: c}}}, consents: {c: {purpose: u, yes: y}}}";
  const BrandFiles files;
  const Vocabulary nothing;
  Draft draft(files, nothing);
  draft.shapes = &shapes;
  MappingParser(draft, nullptr).read(*parse_yaml(one_of_everything, "mapping"));
  AIZ_ASSERT(!draft.findings.errors());
}

}  // namespace catalog

std::vector<std::string> Mapping::all_columns() const {
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(out, name) == out.end()) out.push_back(name);
  };
  for (const std::string& name : {user_id, anonymous_id, at_column}) add(name);
  for (const std::string& name : key) add(name);
  for (const MappedColumn& column : columns) add(column.column);
  return out;
}

ReadMapping read_mapping(std::string_view text, std::string_view file, const Snapshot& brand) {
  using namespace catalog;
  const BrandFiles files;
  const Vocabulary nothing;
  Draft draft(files, nothing);
  ReadMapping out;
  const auto tree = parse_yaml(text, file);
  if (!tree) {
    draft.error(tree.error().place, "yaml", tree.error().text, tree.error().expected);
  } else {
    Mapping mapping = MappingParser(draft, &brand).read(*tree);
    if (!draft.findings.errors()) out.mapping = std::move(mapping);
  }
  out.findings = draft.findings.take();
  return out;
}

}  // namespace aizuchi::ground
