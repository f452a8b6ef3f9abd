#include "ground/catalog/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ground/base/json.h"
#include "ground/catalog/parse.h"
#include "ground/catalog/schema_words.h"
#include "ground/catalog/shapes.h"

namespace aizuchi::ground {

namespace catalog {

namespace {

// One of everything, so that every parser is run once. What is required is required in all of them.
const BrandFiles& one_of_everything() {
  static const BrandFiles files{{
      {"brand.yaml",
       "{brand: b, name: b, locales: [en], phases: [p], controller: {name: c}, odd: {people: 20}, "
       "felt: {purpose: k}}"},
      {"creed.yaml", "axes: {a: {says: a}}"},
      {"voice.yaml", "{tone: calm}"},
      {"purposes.yaml", "purposes: {u: {basis: notice, says: u}, k: {basis: consent, says: k}}"},
      {"recipients.yaml", "recipients: {r: {says: r, gets: g, purposes: [u], by: browser}}"},
      {"contexts.yaml",
       "{contexts: {c: {shows: true}}, norms: [{name: n, facts: ['*'], level: rank, why: w, by: b, "
       "on: 2026-04-01}]}"},
      {"sources.yaml", "sources: {s: {context: c, purposes: [u], says: s}}"},
      {"events.yaml",
       "events: {E: {hears: {text: t, concern: f}, thread: {opens: promise, within: 1d}}}"},
      {"facts.yaml",
       "facts: {f: {type: enum, of: [w], label: f, purposes: [u]}, d: {type: int, label: d, "
       "derived: visits}}"},
      {"phases.yaml", "phases: {p: {}}"},
      {"audiences.yaml", "audiences: {a: {rule: visits > 1}}"},
      {"population.yaml", "{night: 4, deciles: {d: {of: visits}}, rfm: {event: E, monetary: m}}"},
      {"concerns.yaml", "concerns: {w: {}}"},
      {"expectations.yaml", "expectations: {h: {}}"},
      {"questions.yaml",
       "[{id: q, asks: a, why: w, kind: single, sets: f, purpose: u, source: s, "
       "gives: {slot: s, within: 1d, says: g}}]"},
      {"slots/s.yaml",
       "slots: {s: {context: c, purpose: u, shape: list, size: {at_most: 2}, from: products, "
       "rankers: [{resonance: {purpose: u}}], reward: {within: 1h}, fallback: popular}, "
       "o: {context: c, purpose: u, shape: order, of: [i], fallback: given-order}}"},
      {"items/i.yaml",
       "[{id: i, slot: o, window: {from: 2026-04-01}, cap: {times: 1, per: 1d}, "
       "wordings: [{say: {en: {title: t}}}]}]"},
  }};
  return files;
}

// "a slot" -> "slot", "contexts.yaml" -> "contexts", "a mapped fact" -> "mapped-fact".
std::string def_name(std::string_view what) {
  for (const std::string_view article : {"a ", "an ", "the "})
    if (what.starts_with(article)) what.remove_prefix(article.size());
  std::string out(what.substr(0, what.find('.')));
  std::ranges::replace(out, ' ', '-');
  return out;
}

std::string reference(std::string_view name) {
  return fmt::format(R"("$ref":"#/$defs/{}")", name);
}

struct Needed {
  std::string_view what, key;
};
// The parser says these in a sentence of its own (what to do depends on the channel).
constexpr Needed also_required[] = {
    {"a slot", "fallback"}, {"a cap", "times"}, {"a cap", "per"}, {"a give-back", "within"}};

class SchemaMaker {
 public:
  SchemaMaker(const Shapes& shapes, const Draft* brand) : brand_(brand) {
    add_common();
    if (brand != nullptr && brand->locales_known) locales_ = brand->out.locales;
    add_names();
    add_text();
    for (const auto& [what, keys] : shapes.by_kind()) defs_[def_name(what)] = map_of(what, keys);
  }

  std::string file(const FileWords& words) const {
    JsonWriter json;
    json.object().member("$schema", "https://json-schema.org/draft/2020-12/schema");
    json.member("title", words.glob);
    json.member("description", both(words.en, words.ja));
    const std::string def = def_name(words.what);
    std::string out = json.take() + "," + root(words, def) + ",\"$defs\":{";
    bool first = true;
    for (const std::string& name : reachable(def)) {
      out += fmt::format("{}\"{}\":{}", first ? "" : ",", name, defs_.at(name));
      first = false;
    }
    return out + "}}";
  }

 private:
  static std::string both(std::string_view en, std::string_view ja) {
    return fmt::format("{}\n\n{}", en, ja);
  }
  static std::string root(const FileWords& words, const std::string& def) {
    const std::string names = words.what == "an event" ? ""
                              : words.what == "a fact"
                                  ? R"(,"propertyNames":{"$ref":"#/$defs/fact-key"})"
                                  : R"(,"propertyNames":{"$ref":"#/$defs/plain-key"})";
    const std::string entries =
        fmt::format(R"("type":"object","additionalProperties":{{{}}}{})", reference(def), names);
    switch (words.form) {
      case FileWords::Form::whole:
        return reference(def);
      case FileWords::Form::list:
        return fmt::format(R"("type":["array","null"],"items":{{{}}})", reference(def));
      case FileWords::Form::entries:
        break;
    }
    const std::string key(words.what == "an axis" ? "axes" : words.name);
    return fmt::format(R"("type":["object","null"],"if":{{"required":["{0}"],"maxProperties":1}},)"
                       R"("then":{{"properties":{{"{0}":{{{1}}}}}}},"else":{{{1}}})",
                       key, entries);
  }

  void add_common() {
    defs_["word"] = R"({"type":["string","number","boolean"]})";
    defs_["words"] =
        R"({"anyOf":[{"$ref":"#/$defs/word"},{"type":"array","items":{"$ref":"#/$defs/word"}}]})";
    defs_["flag"] = R"({"enum":[true,false,"on","off","yes","no"]})";
    defs_["duration"] =
        R"({"type":"string","pattern":"^[0-9]+(d|h|m|s|ms)$","examples":["30d","12h","30m"]})";
    defs_["plain-key"] = R"({"pattern":"^[A-Za-z0-9._-]+$"})";
    defs_["fact-key"] = R"({"pattern":"^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$"})";
  }

  // The brand's own names are proposed; others are taken, for what is written next.
  void add_names() {
    const auto add = [&](std::string_view kind, const Names* names, const char* also = "") {
      std::string one = R"({"$ref":"#/$defs/word"})";
      std::vector<std::string> words =
          names == nullptr ? std::vector<std::string>() : words_of(*names);
      for (std::string& word : words) {
        std::string quoted;
        append_json_string(quoted, word);
        word = std::move(quoted);
      }
      if (!words.empty())
        one = fmt::format(R"({{"anyOf":[{{"enum":[{}]}},{{"$ref":"#/$defs/word"}}]}})",
                          fmt::join(words, ","));
      defs_[fmt::format("name-of-{}", kind)] = one;
      defs_[fmt::format("names-of-{}", kind)] =
          fmt::format(R"({{"anyOf":[{{"type":"array","items":{{"$ref":"#/$defs/name-of-{0}"}}}},)"
                      R"({{"$ref":"#/$defs/name-of-{0}"}}]{1}}})",
                      kind, also);
    };
    const Draft* b = brand_;
    add("purpose", b ? &b->purposes : nullptr);
    add("context", b ? &b->contexts : nullptr);
    add("fact", b ? &b->facts : nullptr);
    add("phase", b ? &b->phases : nullptr);
    add("concern", b ? &b->concerns : nullptr);
    add("source", b ? &b->sources : nullptr);
    add("event", b ? &b->events : nullptr);
    add("slot", b ? &b->slots : nullptr);
    add("item", b ? &b->items : nullptr);
  }

  void add_text() {
    const auto by_locale = [&](std::string_view value, bool all) {
      if (locales_.empty())
        return fmt::format(R"("type":"object","additionalProperties":{})", value);
      std::string properties, required;
      for (const std::string& locale : locales_) {
        properties += fmt::format("{}\"{}\":{}", properties.empty() ? "" : ",", locale, value);
        required += fmt::format("{}\"{}\"", required.empty() ? "" : ",", locale);
      }
      return fmt::format(R"("type":"object","properties":{{{}}},"additionalProperties":false{})",
                         properties, all ? fmt::format(R"(,"required":[{}])", required) : "");
    };
    constexpr std::string_view word = R"({"$ref":"#/$defs/word"})";
    defs_["text"] = fmt::format(R"({{"anyOf":[{{{}}},{}]}})", by_locale(word, true), word);
    defs_["copy-field"] = R"({"type":["string","number","boolean","null"]})";
    defs_["copy-fields"] =
        R"({"type":"object","propertyNames":{"pattern":"^[A-Za-z_][A-Za-z0-9_]*$"},)"
        R"("additionalProperties":{"$ref":"#/$defs/copy-field"}})";
    defs_["copy"] = fmt::format(R"({{"anyOf":[{{{}}},{{"$ref":"#/$defs/copy-fields"}}]}})",
                                by_locale(R"({"$ref":"#/$defs/copy-fields"})", false));
  }

  static std::string number_form(const KeyShape& key, std::string_view type) {
    return fmt::format(R"("type":"{}","minimum":{},"maximum":{})", type, key.min, key.max);
  }
  static std::string form(const KeyShape& key, std::string_view names) {
    using Form = KeyShape::Form;
    switch (key.form) {
      case Form::any:
        return "";
      case Form::word:
        return reference(names.empty() ? "word" : fmt::format("name-of-{}", names));
      case Form::words:
        return reference(names.empty() ? "words" : fmt::format("names-of-{}", names));
      case Form::say:
        return reference("text");
      case Form::flag:
        return reference("flag");
      case Form::number:
        return number_form(key, "number");
      case Form::integer:
        return number_form(key, "integer");
      case Form::duration:
        return reference("duration");
      case Form::choice:
        break;
    }
    return fmt::format(R"("enum":["{}"])", fmt::join(key.choices, "\",\""));
  }

  static std::string key_schema(std::string_view what, const KeyShape& key) {
    const auto words = key_words();
    const auto at = std::ranges::find_if(
        words, [&](const KeyWords& w) { return w.what == what && w.key == key.key; });
    AIZ_ASSERT(at != words.end());  // a parser reads a key that has no words: schema_words.cpp
    std::string description;
    append_json_string(description, both(at->en, at->ja));
    std::string out = "{\"description\":" + description;
    for (const std::string& part : {form(key, at->names), std::string(at->json)})
      if (!part.empty()) out += "," + part;
    return out + "}";
  }

  static std::string map_of(std::string_view what, const Shapes::Keys& keys) {
    std::string properties, required;
    for (const KeyShape& key : keys) {
      properties +=
          fmt::format("{}\"{}\":{}", properties.empty() ? "" : ",", key.key, key_schema(what, key));
      const bool also = std::ranges::any_of(
          also_required, [&](const Needed& n) { return n.what == what && n.key == key.key; });
      if (key.required || also)
        required += fmt::format("{}\"{}\"", required.empty() ? "" : ",", key.key);
    }
    return fmt::format(
        R"({{"type":{},"properties":{{{}}},"required":[{}],"additionalProperties":false}})",
        required.empty() ? R"(["object","null"])" : R"("object")", properties, required);
  }

  // What a definition refers to, and what that refers to.
  std::set<std::string> reachable(const std::string& from) const {
    constexpr std::string_view mark = "#/$defs/";
    std::set<std::string> out;
    std::vector<std::string> open = {from, "plain-key", "fact-key"};
    while (!open.empty()) {
      const std::string name = std::move(open.back());
      open.pop_back();
      if (!out.insert(name).second) continue;
      const std::string& text = defs_.at(name);
      for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const size_t start = at + mark.size();
        open.push_back(text.substr(start, text.find('"', start) - start));
      }
    }
    return out;
  }

  const Draft* brand_;
  std::vector<std::string> locales_;
  std::map<std::string, std::string, std::less<>> defs_;  // JSON by name
};

}  // namespace

Shapes parser_shapes() {
  Shapes shapes;
  const Vocabulary nothing;
  Draft probe(one_of_everything(), nothing);
  probe.shapes = &shapes;
  parse_all(probe);
  AIZ_ASSERT(!probe.findings.errors());
  learn_mapping(shapes);
  for (const std::string_view column : product_columns())
    shapes.learn("a product",
                 {.key = std::string(column), .required = column == "id" || column == "name"});
  return shapes;
}

}  // namespace catalog

std::vector<SchemaFile> brand_schemas(const BrandFiles* brand) {
  using namespace catalog;
  const Shapes shapes = parser_shapes();
  const Vocabulary nothing;
  std::unique_ptr<Draft> draft;
  if (brand != nullptr) {
    draft = std::make_unique<Draft>(*brand, nothing);
    parse_all(*draft);
  }
  const SchemaMaker maker(shapes, draft.get());
  std::vector<SchemaFile> out;
  for (const FileWords& words : file_words())
    out.push_back({std::string(words.name), std::string(words.glob), maker.file(words)});
  return out;
}

}  // namespace aizuchi::ground
