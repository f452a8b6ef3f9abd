// sources.yaml, facts.yaml, events.yaml: what comes in, from where, and what of it is a fact.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr std::initializer_list<std::string_view> fact_types = {
    "string", "bool", "int", "number", "date", "email", "url", "enum", "list", "axis", "values"};

struct BuiltIn {
  std::string_view name;
  EventRole role;
};
// Segment's e-commerce specification v2, and what our own clients send.
constexpr std::array<BuiltIn, 15> built_in_events = {{
    {"Page Viewed", EventRole::page},
    {"Product Viewed", EventRole::product_viewed},
    {"Product Added", EventRole::product_added},
    {"Product Removed", EventRole::product_removed},
    {"Cart Viewed", EventRole::cart_viewed},
    {"Order Completed", EventRole::order_completed},
    {"Order Cancelled", EventRole::order_cancelled},
    {"Consent Updated", EventRole::consent_updated},
    {"Segment Consent Preference Updated", EventRole::consent_updated},
    {"Slot Exposed", EventRole::exposure},
    {"Item Clicked", EventRole::click},
    {"Conversion", EventRole::conversion},
    {"Message Said", EventRole::said},
    {"Order Refunded", EventRole::complained},
    {"Thread Noted", EventRole::thread},
}};

EventRole built_in_role(std::string_view name) {
  const auto it = std::ranges::find(built_in_events, name, &BuiltIn::name);
  return it == built_in_events.end() ? EventRole::none : it->role;
}

std::optional<Method> read_method(Fields& in) {
  const auto method = in.choice("method", {"stated", "told_to_staff", "observed", "imported"});
  if (!method) return std::nullopt;
  return static_cast<Method>(*method);
}

void read_source(Draft& draft, const At& name, const YamlNode& node) {
  if (!plain_name(name.text))
    draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
  Fields in(draft, node, "a source");
  Source source;
  source.id = {draft.intern(Vocabulary::Table::source, name)};
  source.name = name.text;
  if (const auto context = in.name("context", "where it collects, a context", Need::required))
    source.context = draft.context(*context);
  source.method = read_method(in);
  source.purposes = draft.purpose_set(
      in.names("purposes", "what it collects for, a list of purposes", Need::required));
  if (const auto notice = in.name("notice", "the version of the notice people saw"))
    source.notice = {draft.intern(Vocabulary::Table::notice, *notice)};
  if (const auto channel = in.choice("channel", {"web", "email", "chat", "account", "push", "api"}))
    source.channel = static_cast<Channel>(*channel);
  if (const auto subject = in.choice("subject", {"self", "family", "gift", "company"}))
    source.subject = static_cast<Subject>(*subject);
  source.says = in.say("says", "the source in plain words, to the person (会員登録で, at sign-up)",
                       Need::required);
  draft.declare(draft.sources, name, draft.out.sources.size());
  draft.out.sources.push_back(std::move(source));
}

void read_enumeration(Draft& draft, const YamlNode& of, FactRule& fact) {
  if (!of.is(YamlNode::Kind::map)) {
    for (const At& word : read_names(draft, of, "a list of words or {word: text}"))
      fact.of.push_back(word.text);
    return;
  }
  for (const auto& [word, text] : of.entries) {
    fact.of.push_back(word.text);
    fact.of_says.push_back(read_text(draft, text, "how the value is said"));
  }
}

void read_type(Draft& draft, Fields& in, const At& name, FactRule& fact) {
  if (const auto type = in.choice("type", fact_types, Need::required))
    fact.type = static_cast<FactType>(*type);
  const YamlNode* of = in.node("of", "the words of an enum");
  if (of != nullptr) read_enumeration(draft, *of, fact);
  if (fact.type == FactType::enumeration && of == nullptr)
    draft.error(name, "missing-of", "an enum needs of: [word, …] or {word: text}");
  if (fact.type != FactType::enumeration && of != nullptr)
    draft.error(of->place, "wrong-value", "", "expected of: only with type: enum");
  const bool of_axes = fact.type == FactType::axis || fact.type == FactType::values;
  if (of_axes && draft.out.axes.empty() && !draft.unread("creed.yaml"))
    draft.error(name, "unknown-axis", "expected axes in creed.yaml: this fact is about them");
}

void read_fact(Draft& draft, const At& name, const YamlNode& node) {
  if (!cel_name(name.text))
    draft.error(name, "bad-name", "expected a name that rules can read: letters, digits, '_', '.'");
  Fields in(draft, node, "a fact");
  FactRule fact;
  fact.id = {draft.intern(Vocabulary::Table::fact, name)};
  fact.name = name.text;
  fact.place = name.place;
  read_type(draft, in, name, fact);
  fact.label = in.say("label", "what it is called, to the person", Need::required);
  if (const YamlNode* also = in.node("also_called", "lists of words by locale"))
    fact.also_called = read_words_by_locale(draft, *also, "a list of words");
  const YamlNode* derived = in.node("derived", "a CEL expression");
  fact.purposes =
      draft.purpose_set(in.names("purposes", "what it may be used for, of purposes.yaml",
                                 derived ? Need::optional : Need::required));
  // A derived fact is as open as what it is made of: the guard takes the intersection.
  if (derived != nullptr && !in.has("purposes"))
    for (const Purpose& purpose : draft.out.purposes) fact.purposes.add(purpose.id);
  if (derived != nullptr && fact.type == FactType::values)
    draft.error(name, "wrong-value",
                "what somebody chose is told, not computed: leave out derived");
  const auto keep = in.duration("keep");
  if (keep) fact.keep = *keep;
  if (keep && derived != nullptr)
    draft.error(name, "wrong-value", "a derived fact is computed, not kept: leave out keep");
  fact.say_for = in.duration("say_for");
  if (const auto half_life = in.duration("half_life")) fact.half_life = *half_life;
  fact.sensitive = in.flag("sensitive", false);
  const bool asked_for = std::ranges::any_of(draft.out.purposes, [&](const Purpose& purpose) {
    return purpose.explicit_consent && fact.purposes.has(purpose.id);
  });
  if (fact.sensitive && derived == nullptr && !asked_for && !draft.unread("purposes.yaml"))
    draft.error(name, "sensitive-explicit",
                "expected a purpose with explicit: true among its purposes: without an express "
                "consent nothing sensitive is kept");
  fact.pii = in.flag("pii", false);
  if (const auto viewer = in.choice("viewer_min", {"A0", "A1", "A2"}))
    fact.viewer_min = static_cast<Assurance>(*viewer);
  if (const auto subject = in.choice("subject", {"self", "family", "gift", "company"}))
    fact.subject = static_cast<Subject>(*subject);
  draft.declare(draft.facts, name, draft.out.facts.size());
  draft.out.facts.push_back(std::move(fact));
  draft.fact_derived.push_back(derived);
}

void add_event(Draft& draft, const At& name, EventRule rule) {
  rule.id = {draft.intern(Vocabulary::Table::event, name)};
  rule.name = name.text;
  draft.declare(draft.events, name, draft.out.events.size());
  draft.out.events.push_back(std::move(rule));
}

void read_event_facts(Draft& draft, const YamlNode& facts, EventRule& event) {
  if (!facts.is(YamlNode::Kind::map)) {
    draft.error(facts.place, "wrong-value", "", "expected facts: {property: fact}");
    return;
  }
  for (const auto& [property, fact] : facts.entries) {
    const auto position = draft.resolve(draft.facts, at(fact));
    if (!position) continue;
    const FactRule& rule = draft.out.facts[*position];
    if (draft.fact_derived[*position] != nullptr)
      draft.error(at(fact), "wrong-value", "a derived fact is computed: no event can set it");
    event.facts.emplace_back(property.text, rule.id);
  }
}

// {text: message, concern: inquiry.about, sure: …, language: …}
void read_hearing(Draft& draft, const YamlNode& node, EventRule& event) {
  Fields in(draft, node, "a hearing");
  Hearing hearing;
  hearing.text = in.text("text", "the property that holds what was written", Need::required);
  const auto fact = [&](std::string_view key, std::initializer_list<FactType> types,
                        std::string_view expected) -> FactId {
    const auto named = in.name(key, expected);
    const auto position = named ? draft.resolve(draft.facts, *named) : std::nullopt;
    if (!position) return {};
    const FactRule& rule = draft.out.facts[*position];
    if (draft.fact_derived[*position] != nullptr ||
        std::ranges::find(types, rule.type) == types.end())
      draft.error(*named, "wrong-value", fmt::format("expected {}", expected));
    return rule.id;
  };
  hearing.concern = fact("concern", {FactType::string, FactType::enumeration},
                         "a fact of type string or enum: which concern it speaks of");
  hearing.sure = fact("sure", {FactType::real}, "a fact of type number: how surely, 0 to 1");
  hearing.language = fact("language", {FactType::string, FactType::enumeration},
                          "a fact of type string or enum: its language");
  event.hears = std::move(hearing);
}

// {opens: inquiry, key: ticket, topic: topic, product: product_id, due: by, within: 3d}
void read_thread(Draft& draft, const YamlNode& node, EventRule& event) {
  Fields in(draft, node, "a thread");
  ThreadRule thread;
  size_t verbs = 0;
  const auto verb = [&](std::string_view word, ThreadState to) {
    const auto kind = in.choice(word, {"inquiry", "cart", "meeting", "promise"});
    verbs += kind ? 1 : 0;
    if (kind) thread.kind = static_cast<ThreadKind>(*kind), thread.to = to;
  };
  verb("opens", ThreadState::open);
  verb("answers", ThreadState::answered);
  verb("resolves", ThreadState::resolved);
  thread.key = in.text("key", "the property that holds its number");
  thread.topic = in.text("topic", "the property that holds what it is about, a concern");
  thread.product = in.text("product", "the property that holds a product's id");
  thread.due = in.text("due", "the property that holds the moment it is promised for");
  thread.within = in.duration("within");
  thread.complaint = in.flag("complaint", false);
  if (verbs != 1 && node.is(YamlNode::Kind::map))
    draft.error(node.place, "wrong-value", "",
                "expected one of opens, answers and resolves, with inquiry, cart, meeting or "
                "promise");
  const bool promises = thread.kind == ThreadKind::promise && thread.to != ThreadState::resolved;
  if ((!thread.due.empty() || thread.within) && !promises)
    draft.error(node.place, "wrong-value", "",
                "expected due and within with opens: promise only: nothing else is due");
  for (const auto& [property, fact] : event.facts) {
    const auto rule = std::ranges::find(draft.out.facts, fact, &FactRule::id);
    if (property == thread.topic && rule != draft.out.facts.end()) rule->of_thread = true;
  }
  event.thread = std::move(thread);
}

void read_event(Draft& draft, const At& name, const YamlNode& node) {
  if (name.text.empty() || name.text.size() > 200)
    draft.error(name, "bad-name", "expected an event's name of at most 200 bytes");
  Fields in(draft, node, "an event");
  EventRule event;
  event.role = built_in_role(name.text);
  if (const auto role =
          in.choice("role", {"none", "page", "product_viewed", "product_added", "product_removed",
                             "cart_viewed", "order_completed", "order_cancelled", "consent_updated",
                             "exposure", "click", "conversion", "complained", "settled"})) {
    // All but `said`, which is ours: the words behind it are one further.
    const auto position = static_cast<EventRole>(*role);
    event.role = position < EventRole::said ? position : static_cast<EventRole>(*role + 1);
  }
  event.label = in.say("label", "what it is called, to the person (what you bought)");
  if (const auto context = in.name("context", "where it is collected, if not its source's"))
    event.context = draft.context(*context);
  event.method = read_method(in);
  if (const auto keep = in.duration("keep")) event.keep = *keep;
  event.sensitive = in.flag("sensitive", false);
  if (event.sensitive && !draft.unread("purposes.yaml") &&
      std::ranges::none_of(draft.out.purposes, &Purpose::explicit_consent))
    draft.error(name, "sensitive-explicit",
                "expected a purpose with explicit: true in purposes.yaml: without an express "
                "consent nothing sensitive is kept");
  if (const YamlNode* facts = in.node("facts", "{property: fact}"))
    read_event_facts(draft, *facts, event);
  if (const YamlNode* hears = in.node("hears", "{text: property, concern: fact}"))
    read_hearing(draft, *hears, event);
  if (const YamlNode* thread = in.node("thread", "{opens: inquiry, key: property}"))
    read_thread(draft, *thread, event);
  add_event(draft, name, std::move(event));
}

// Every norm's pattern must mean something.
void check_norm_patterns(Draft& draft) {
  for (const auto& [norm, pattern] : draft.norm_patterns) {
    if (pattern.text == "*" || pattern.text == "threads.*" || threads_field(pattern.text)) continue;
    if (!pattern.text.ends_with(".*")) {
      draft.resolve(draft.facts, pattern);
      continue;
    }
    const std::string prefix = pattern.text.substr(0, pattern.text.size() - 1);
    if (std::ranges::none_of(draft.out.facts,
                             [&](const FactRule& f) { return f.name.starts_with(prefix); }))
      draft.findings.warning(pattern.place, "norm-matches-nothing", pattern.text,
                             "no fact of facts.yaml is called so yet");
  }
}

}  // namespace

void parse_sources(Draft& draft) {
  read_entries(draft, "sources.yaml", "sources",
               [&](const At& name, const YamlNode& node) { read_source(draft, name, node); });
}

void parse_facts(Draft& draft) {
  read_entries(draft, "facts.yaml", "facts",
               [&](const At& name, const YamlNode& node) { read_fact(draft, name, node); });
  if (!draft.unread("facts.yaml")) check_norm_patterns(draft);
}

void parse_events(Draft& draft) {
  read_entries(draft, "events.yaml", "events",
               [&](const At& name, const YamlNode& node) { read_event(draft, name, node); });
  for (const BuiltIn& event : built_in_events) {
    if (draft.events.at.contains(event.name)) continue;
    EventRule rule;
    rule.role = event.role;
    add_event(draft, {std::string(event.name), {"events.yaml", 0, 0}}, std::move(rule));
  }
}

}  // namespace aizuchi::ground::catalog
