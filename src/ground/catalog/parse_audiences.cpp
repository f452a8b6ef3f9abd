// phases.yaml, audiences.yaml, population.yaml, concerns.yaml and expectations.yaml: named rules
// and numbers. Their expressions are compiled later, when every name is known; those of rfm are
// written here as a brand could write them. Concerns and expectations share a table, since items
// serve either.
#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr size_t examples_max = 20'000;  // of all concerns

// A list of messages, or lists by language; which is which, a message says itself.
void read_examples(Draft& draft, const YamlNode& node, std::vector<std::string>& out) {
  const auto add = [&](const YamlNode& list) {
    if (!list.is(YamlNode::Kind::list))
      draft.error(list.place, "wrong-value", "",
                  "expected examples: [message, …] or {ja: [message, …], en: […]}");
    for (const YamlNode& message : list.items)
      if (message.is(YamlNode::Kind::scalar) && !message.text.empty())
        out.push_back(message.text);
      else
        draft.error(message.place, "wrong-value", "", "expected a message, as a text");
  };
  if (node.is(YamlNode::Kind::map))
    for (const auto& [language, list] : node.entries) add(list);
  else
    add(node);
  size_t all = out.size();
  if (&out != &draft.out.examples_of_none) all += draft.out.examples_of_none.size();
  for (const Concern& other : draft.out.concerns) all += other.examples.size();
  if (all > examples_max)
    draft.error(node.place, "too-large", "",
                fmt::format("{} examples in all; at most {} are learned from", all, examples_max));
}

// `none: true`: what is none of them. It has examples and is nobody's worry.
void read_none(Draft& draft, const At& name, Fields& in) {
  for (const char* key : {"says", "when", "sensitive"})
    if (const YamlNode* value = in.node(key, "nothing here"))
      draft.error(value->place, "wrong-value", name.text,
                  fmt::format("{} is none of the concerns (none: true): expected examples and "
                              "nothing else, found {}",
                              name.text, key));
  const YamlNode* examples = in.node("examples", "messages that speak of no concern");
  if (examples == nullptr)
    return draft.error(name, "missing-examples",
                       fmt::format("{} is none of the concerns (none: true): expected examples, "
                                   "messages that speak of no concern",
                                   name.text));
  read_examples(draft, *examples, draft.out.examples_of_none);
}

void read_concern(Draft& draft, const At& name, const YamlNode& node, Concern::Kind kind) {
  if (!plain_name(name.text))
    draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
  const bool worry = kind == Concern::Kind::concern;
  Fields in(draft, node, worry ? "a concern" : "an expectation");
  if (worry && in.flag("none", false)) return read_none(draft, name, in);
  Concern concern{.name = name.text, .kind = kind, .place = name.place};
  concern.says = in.say("says", "the same in plain words");
  draft.signals.push_back(in.node("when", "a CEL rule: the signal that somebody has it"));
  if (worry) {
    if (const YamlNode* examples = in.node("examples", "messages that speak of it"))
      read_examples(draft, *examples, concern.examples);
    concern.sensitive = in.flag("sensitive", false);
  }
  draft.declare(draft.concerns, name, draft.out.concerns.size());
  draft.out.concerns.push_back(std::move(concern));
}

constexpr size_t scales_max = 32;
constexpr Duration window_min = Duration::hours(1);
constexpr Duration window_max = Duration::days(365);

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out += '\'';
}

void add_scale(Draft& draft, const At& name, Scale scale, ScaleDraft rest) {
  if (draft.out.scales.size() >= scales_max)
    return draft.error(name, "wrong-value", fmt::format("expected at most {} scales", scales_max));
  scale.place = name.place;
  draft.declare(draft.scales, {scale.name, name.place}, draft.out.scales.size());
  draft.out.scales.push_back(std::move(scale));
  draft.scale_drafts.push_back(std::move(rest));
}

void read_decile(Draft& draft, const At& name, const YamlNode& node) {
  if (!cel_name(name.text))
    draft.error(name, "bad-name", "expected letters, digits or '_', as a rule can name it");
  Fields in(draft, node, "a decile");
  Scale scale{.name = "deciles." + name.text,
              .title = in.text("title", "its name inside the team")};
  const YamlNode* of = in.node("of", "a number of each person, in CEL", Need::required);
  if (of != nullptr) add_scale(draft, name, std::move(scale), {.of = of, .text = ""});
}

void read_rfm(Draft& draft, const YamlNode& node) {
  Fields in(draft, node, "an rfm");
  const auto event = in.name("event", "the event that is counted", Need::required);
  const auto monetary = in.name("monetary", "the property that holds the money", Need::required);
  const Duration window = in.duration("window").value_or(window_max);
  if (window < window_min || window > window_max)
    draft.error(node.place, "wrong-value", "", "expected a window from 1h to 365d");
  if (!event || !monetary) return;
  const std::string of = quoted(event->text);
  const std::string in_window = fmt::format("duration('{}s')", window.ms / 1000);
  const auto add = [&](std::string name, Duration within, std::string text) {
    add_scale(draft, *event, {.name = std::move(name), .parts = 5, .within = within},
              {.of = nullptr, .text = std::move(text)});
  };
  add("rfm.recency", window, fmt::format("last({})", of));
  add("rfm.frequency", {}, fmt::format("count({}, {})", of, in_window));
  add("rfm.monetary", {}, fmt::format("sum({}, {}, {})", of, quoted(monetary->text), in_window));
}

}  // namespace

void parse_phases(Draft& draft) {
  read_entries(draft, "phases.yaml", "phases", [&](const At& name, const YamlNode& node) {
    Fields in(draft, node, "a phase");
    const YamlNode* when = in.node("when", "a CEL rule");
    Text says = in.say("says", "the phase in plain words");
    const auto position = draft.resolve(draft.phases, name);
    if (!position) return;
    draft.out.phases[*position].says = std::move(says);
    draft.phase_rules[*position] = when;
  });
}

void parse_audiences(Draft& draft) {
  read_entries(draft, "audiences.yaml", "audiences", [&](const At& name, const YamlNode& node) {
    if (!plain_name(name.text))
      draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
    Fields in(draft, node, "an audience");
    const std::string title = in.text("title", "its name inside the team");
    const YamlNode* rule = in.node("rule", "a CEL rule", Need::required);
    draft.declare(draft.audiences, name, draft.audience_names.size());
    draft.audience_names.push_back(name);
    draft.audience_titles.push_back(title);
    draft.audience_rules.push_back(rule);
  });
}

void parse_population(Draft& draft) {
  const auto it = draft.trees.find("population.yaml");
  if (it == draft.trees.end() || it->second.is(YamlNode::Kind::null)) return;
  Fields in(draft, it->second, "population.yaml");
  if (const auto night = in.integer("night", 0, 23))
    draft.out.night_hour = static_cast<int>(*night);
  if (const YamlNode* deciles = in.node("deciles", "a map of deciles")) {
    if (!deciles->is(YamlNode::Kind::map))
      draft.error(deciles->place, "wrong-value", "", "expected {name: {of: a number in CEL}}");
    for (const auto& [name, value] : deciles->entries) read_decile(draft, at(name), value);
  }
  if (const YamlNode* rfm = in.node("rfm", "the event, and the property that holds the money"))
    read_rfm(draft, *rfm);
}

namespace {

// Facts that are heard can be every concern that has examples, and know which are sensitive.
void link_hearing(Draft& draft, const EventRule& event) {
  const auto fact = std::ranges::find(draft.out.facts, event.hears->concern, &FactRule::id);
  if (!event.hears->concern.valid() || fact == draft.out.facts.end()) return;
  for (const Concern& concern : draft.out.concerns) {
    if (concern.examples.empty()) continue;
    if (fact->type == FactType::enumeration &&
        std::ranges::find(fact->of, concern.name) == fact->of.end())
      draft.error(concern.place, "unknown-value", concern.name,
                  fmt::format("{} hears of it: expected it among the words of the fact {}",
                              event.name, fact->name));
    if (concern.sensitive) fact->sensitive_values.push_back(concern.name);
  }
  const bool asked_for = std::ranges::any_of(draft.out.purposes, [&](const Purpose& purpose) {
    return purpose.explicit_consent && fact->purposes.has(purpose.id);
  });
  if (!fact->sensitive_values.empty() && !asked_for && !draft.unread("purposes.yaml"))
    draft.error(fact->place, "sensitive-explicit", fact->name,
                "it hears sensitive concerns: expected a purpose with explicit: true among its "
                "purposes, for without an express consent nothing sensitive is kept");
}

}  // namespace

void parse_concerns(Draft& draft) {
  read_entries(draft, "concerns.yaml", "concerns", [&](const At& name, const YamlNode& node) {
    read_concern(draft, name, node, Concern::Kind::concern);
  });
  read_entries(draft, "expectations.yaml", "expectations",
               [&](const At& name, const YamlNode& node) {
                 read_concern(draft, name, node, Concern::Kind::expectation);
               });
  for (const EventRule& event : draft.out.events)
    if (event.hears) link_hearing(draft, event);
}

}  // namespace aizuchi::ground::catalog
