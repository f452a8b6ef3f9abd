// The guard's table, asked before publishing: with every source that could bring this fact, is
// there one that may be spoken here? (decision.md: base level, norms, sensitive, caps)
#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/compile.h"
#include "ground/catalog/lint.h"

namespace aizuchi::ground::catalog {

namespace {

// One way in which a value may come to be known.
struct Way {
  ContextId collected_in;
  PurposeSet purposes;
  Method method = Method::stated;
  Subject subject = Subject::self;
};

struct Matter {
  std::string name;  // for norms; "" for behaviour
  PurposeSet purposes_today{~uint64_t{0}};
  bool sensitive = false;
  bool pii = false;
  bool axis = false;
  std::vector<Way> ways;
};

template <typename T, typename Id>
const T* find(const std::vector<T>& all, Id id) {
  const auto it = std::ranges::find_if(all, [&](const T& one) { return one.id == id; });
  return id.valid() && it != all.end() ? &*it : nullptr;
}

Way way(const Source& source, const EventRule* event, Method otherwise) {
  const bool moved = event != nullptr && event->context.valid();
  const auto by_event = event != nullptr ? event->method : std::nullopt;
  return {.collected_in = moved ? event->context : source.context,
          .purposes = source.purposes,
          .method = by_event ? *by_event : source.method.value_or(otherwise),
          .subject = source.subject};
}

Matter matter_of(const Draft& draft, const FactRule& fact) {
  Matter m{.name = fact.name,
           .purposes_today = fact.purposes,
           .sensitive = fact.sensitive,
           .pii = fact.pii,
           .axis = fact.type == FactType::axis || fact.type == FactType::values,
           .ways = {}};
  const auto add = [&](Way one) {
    if (fact.subject) one.subject = *fact.subject;
    m.ways.push_back(one);
  };
  for (const Source& source : draft.out.sources) {
    add(way(source, nullptr, Method::stated));
    for (const EventRule& event : draft.out.events)
      for (const auto& [property, id] : event.facts)
        if (id == fact.id) add(way(source, &event, Method::stated));
  }
  return m;
}

Matter matter_of(const Draft& draft, const Read& read) {
  const bool thread = read.kind == ReadKind::threads;
  Matter m{.name = thread ? read.name.substr(0, read.name.rfind(".open")) : "",
           .sensitive = read.sensitive,
           .ways = {}};
  const EventId event = read.kind == ReadKind::aggregate
                            ? draft.out.aggregates[read.aggregate_index].event
                            : EventId{};
  for (const Source& source : draft.out.sources) {
    if (!event.valid()) m.ways.push_back(way(source, nullptr, Method::observed));
    for (const EventRule& rule : draft.out.events)
      if (rule.id == event || (!event.valid() && rule.context.valid()))
        m.ways.push_back(way(source, &rule, Method::observed));
  }
  return m;
}

Level base_level(const Draft& draft, const Way& one, const Context& shown) {
  const Context* collected = find(draft.out.contexts, one.collected_in);
  if (collected == nullptr) return Level::deny;
  const bool same = collected->id == shown.id ||
                    std::ranges::find(shown.continues, collected->id) != shown.continues.end();
  if (same) return Level::say;
  const bool near = !collected->setting.empty() && collected->setting == shown.setting;
  if (one.method == Method::stated) return near ? Level::say : Level::ask;
  return near ? Level::rank : Level::deny;
}

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern == "*") return true;
  if (pattern.ends_with(".*")) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

bool holds(const std::vector<ContextId>& ids, ContextId id) {
  return ids.empty() || std::ranges::find(ids, id) != ids.end();
}

std::optional<Level> norm_level(const Draft& draft, const Matter& m, const Way& one,
                                const Context& shown) {
  std::optional<Level> strictest;
  for (const Norm& norm : draft.out.norms) {
    const bool named = std::ranges::any_of(
        norm.facts, [&](const std::string& pattern) { return matches(pattern, m.name); });
    if (named && holds(norm.from, one.collected_in) && holds(norm.to, shown.id))
      strictest = std::min(strictest.value_or(norm.level), norm.level);
  }
  return strictest;
}

bool may_say(const Draft& draft, const Matter& m, const Way& one, const Purpose& purpose,
             const Context& shown) {
  if (!one.purposes.has(purpose.id) || one.subject != Subject::self) return false;
  const Level level = norm_level(draft, m, one, shown).value_or(base_level(draft, one, shown));
  return level == Level::say;
}

std::string why_not(const Draft& draft, const Slot& slot, const Matter& m) {
  const PurposeId asked =
      m.axis && slot.resonance_purpose.valid() ? slot.resonance_purpose : slot.purpose;
  const Purpose* purpose = find(draft.out.purposes, asked);
  const Context* shown = find(draft.out.contexts, slot.context);
  if (purpose == nullptr || shown == nullptr) return "";  // said elsewhere
  if (shown->seen_by_others) return fmt::format("others can see {}", shown->name);
  if (m.sensitive) return "it is sensitive";
  if (!m.purposes_today.has(purpose->id))
    return fmt::format("it is not for the purpose {}", purpose->name);
  if (purpose->basis == Basis::notice && m.pii)
    return fmt::format("{} rests on a notice, which serves low-risk facts only", purpose->name);
  if (m.ways.empty()) return "";  // no source yet: nobody knows where it will come from
  const bool any = std::ranges::any_of(
      m.ways, [&](const Way& one) { return may_say(draft, m, one, *purpose, *shown); });
  return any ? ""
             : fmt::format(
                   "no source collects it for {} where {} may speak of it (same or "
                   "continued context)",
                   purpose->name, shown->name);
}

// One finding for the first slot that forbids it.
template <typename Why>
void check(Draft& draft, const std::vector<SlotId>& slots, const At& at, Why&& why) {
  for (const SlotId id : slots) {
    const Slot& slot = draft.out.slots[id.index];
    const std::string reason = why(slot);
    if (reason.empty()) continue;
    draft.error(at, "say-never",
                fmt::format("this can never be said on {}: {}; expected copy that does not speak "
                            "of it",
                            slot.name, reason));
    return;
  }
}

void check_fact(Draft& draft, const std::vector<SlotId>& slots, const At& name) {
  if (threads_field(name.text)) {
    const auto read = std::ranges::find(draft.out.reads, name.text, &Read::name);
    if (read != draft.out.reads.end())
      check(draft, slots, name,
            [&](const Slot& slot) { return why_never_said(draft, slot, read->id); });
    return;
  }
  const auto it = draft.facts.at.find(name.text);
  if (it == draft.facts.at.end()) return;
  const FactRule& fact = draft.out.facts[it->second];
  check(draft, slots, name, [&](const Slot& slot) {
    return fact.derived ? why_never_said(draft, slot, *fact.derived)
                        : why_not(draft, slot, matter_of(draft, fact));
  });
}

}  // namespace

std::string why_never_said(const Draft& draft, const Slot& slot, ReadId id) {
  const Read& read = draft.out.reads[id];
  if (!personal(read)) return "";
  if (read.inferred) return "it is a conclusion of ours; a conclusion is asked first, never said";
  if (read.kind == ReadKind::fact) {
    const FactRule* fact = find(draft.out.facts, read.fact);
    return fact == nullptr ? "" : why_not(draft, slot, matter_of(draft, *fact));
  }
  if (read.kind != ReadKind::derived) return why_not(draft, slot, matter_of(draft, read));
  for (const ReadId input : read.inputs)
    if (std::string why = why_never_said(draft, slot, input); !why.empty()) return why;
  return "";
}

void lint_reach(Draft& draft) {
  for (size_t i = 0; i < draft.out.items.size(); ++i) {
    const ItemDraft& rest = draft.item_drafts[i];
    for (const At& fact : rest.speaks) check_fact(draft, rest.slots, fact);
    for (const WordingDraft& wording : rest.wordings) {
      for (const At& fact : wording.speaks) check_fact(draft, rest.slots, fact);
      for (const Variable& variable : wording.variables)
        check(draft, rest.slots, variable.at,
              [&](const Slot& slot) { return why_never_said(draft, slot, variable.read); });
    }
  }
}

}  // namespace aizuchi::ground::catalog
