#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/compile.h"

namespace aizuchi::ground::catalog {

bool personal(const Read& read) {
  return read.kind != ReadKind::context && read.kind != ReadKind::now;
}

bool reads_scales(const Draft& draft, std::span<const ReadId> reads) {
  return std::ranges::any_of(
      reads, [&](ReadId id) { return draft.out.reads[id].kind == ReadKind::scale; });
}

std::vector<ReadId> rests_on(const Draft& draft, std::span<const ReadId> reads) {
  std::vector<ReadId> out;
  std::vector<ReadId> open(reads.begin(), reads.end());
  std::vector<bool> seen(draft.out.reads.size());
  while (!open.empty()) {
    const ReadId id = open.back();
    open.pop_back();
    if (seen[id]) continue;
    seen[id] = true;
    out.push_back(id);
    const auto& inputs = draft.out.reads[id].inputs;
    open.insert(open.end(), inputs.begin(), inputs.end());
  }
  return out;
}

namespace {

// Depth first over the inputs: each read after what it needs, cycles found once.
class Order {
 public:
  explicit Order(Draft& draft) : draft_(draft), state_(draft.out.reads.size(), State::fresh) {
    for (size_t i = 0; i < state_.size(); ++i) visit(static_cast<ReadId>(i));
  }
  const std::vector<ReadId>& all() const { return order_; }

 private:
  enum class State : uint8_t { fresh, open, done };

  // An own stack: a chain of derived facts may be as long as the file.
  void visit(ReadId start) {
    if (state_[start] != State::fresh) return;
    std::vector<std::pair<ReadId, size_t>> path{{start, 0}};
    state_[start] = State::open;
    while (!path.empty()) {
      const ReadId id = path.back().first;
      const auto& inputs = draft_.out.reads[id].inputs;
      if (path.back().second == inputs.size()) {
        finish(id);
        path.pop_back();
        continue;
      }
      const ReadId next = inputs[path.back().second++];
      if (state_[next] == State::open) complain(next);
      if (state_[next] != State::fresh) continue;
      state_[next] = State::open;
      path.emplace_back(next, 0);
    }
  }
  void finish(ReadId id) {
    state_[id] = State::done;
    order_.push_back(id);
    Read& read = draft_.out.reads[id];
    for (const ReadId input : read.inputs)
      read.sensitive = read.sensitive || draft_.out.reads[input].sensitive;
  }
  void complain(ReadId id) {
    const Read& read = draft_.out.reads[id];
    Place place{"phases.yaml", 0, 0};
    for (const FactRule& fact : draft_.out.facts)
      if (read.kind == ReadKind::derived && fact.id == read.fact) place = fact.place;
    for (const Scale& scale : draft_.out.scales)
      if (scale.name == read.name) place = scale.place;
    draft_.error(place, "cycle", read.name, "expected values that do not need themselves");
  }

  Draft& draft_;
  std::vector<State> state_;
  std::vector<ReadId> order_;
};

void set_phase_inputs(Draft& draft) {
  const auto it = std::ranges::find(draft.out.reads, ReadKind::phase, &Read::kind);
  if (it == draft.out.reads.end()) return;
  for (const Phase& phase : draft.out.phases)
    if (phase.when)
      for (const ReadId id : phase.when->reads())
        if (std::ranges::find(it->inputs, id) == it->inputs.end()) it->inputs.push_back(id);
}

void add_expr(std::vector<ReadId>& to, const std::optional<Expr>& expr) {
  if (expr) to.insert(to.end(), expr->reads().begin(), expr->reads().end());
}

void add_item(const BrandEnvironment& environment, const Item& item, std::vector<ReadId>& to) {
  add_expr(to, item.when);
  add_expr(to, item.boost);
  if (!item.phases.empty()) to.push_back(environment.variable("phase")->read);
  for (const Wording& wording : item.wordings) {
    add_expr(to, wording.when);
    to.insert(to.end(), wording.says.begin(), wording.says.end());
  }
}

std::vector<ReadId> asked_by(const Draft& draft, const BrandEnvironment& environment,
                             const Slot& slot) {
  std::vector<ReadId> out;
  for (const ItemId id : slot.items) add_item(environment, draft.out.items[id.index], out);
  if (slot.fallback_item.valid())
    add_item(environment, draft.out.items[slot.fallback_item.index], out);
  const auto ranks = [&](Ranker r) {
    return std::ranges::find(slot.rankers, r) != slot.rankers.end();
  };
  if (ranks(Ranker::resonance))
    for (size_t i = 0; i < draft.out.facts.size(); ++i)
      if (draft.out.facts[i].type == FactType::axis || draft.out.facts[i].type == FactType::values)
        out.push_back(environment.fact(i));
  if (ranks(Ranker::for_you) && slot.from_products) out.push_back(environment.top_category());
  return out;
}

// Facts that are heard, where an item answers a concern that can be.
std::vector<ReadId> heard_by(const Draft& draft, const BrandEnvironment& environment,
                             const Slot& slot) {
  std::vector<ReadId> out;
  const bool answers = std::ranges::any_of(slot.items, [&](ItemId id) {
    return std::ranges::any_of(draft.out.items[id.index].serves, [&](uint16_t concern) {
      return !draft.out.concerns[concern].examples.empty();
    });
  });
  if (!answers) return out;
  for (size_t i = 0; i < draft.out.facts.size(); ++i)
    if (std::ranges::any_of(draft.out.events, [&](const EventRule& event) {
          return event.hears && event.hears->concern == draft.out.facts[i].id;
        }))
      out.push_back(environment.fact(i));
  return out;
}

std::vector<ReadId> counted_by(const Draft& draft, const BrandEnvironment& environment,
                               std::vector<ReadId> asked) {
  asked.push_back(environment.variable("phase")->read);
  for (const Concern& concern : draft.out.concerns) add_expr(asked, concern.when);
  return asked;
}

constexpr size_t features_max = 6;  // beside the bias, the layers, device and time of day

// What is one of a few says something about more than one person; what is sensitive says nothing.
bool is_feature(const Draft& draft, const Read& read) {
  if (read.sensitive) return false;
  if (read.kind == ReadKind::phase) return true;
  if (read.kind != ReadKind::fact && read.kind != ReadKind::derived) return false;
  const auto rule = std::ranges::find(draft.out.facts, read.fact, &FactRule::id);
  return rule != draft.out.facts.end() && !rule->pii && rule->sensitive_values.empty() &&
         (rule->type == FactType::enumeration || rule->type == FactType::boolean);
}

void find_features(const Draft& draft, Slot& slot) {
  const bool a_choice = slot.from_products || slot.items.size() > 1;
  slot.learns = draft.out.counting.has_value() && slot.explore && a_choice;
  if (!slot.learns) return;
  for (const ReadId id : slot.reads) {
    const Read& read = draft.out.reads[id];
    if (slot.features.size() < features_max && is_feature(draft, read))
      slot.features.emplace_back(id, item_key("feature", read.name));
  }
}

bool recommends(const Slot& slot) {
  const auto ranks = [&](Ranker r) {
    return std::ranges::find(slot.rankers, r) != slot.rankers.end();
  };
  return slot.from_products && (ranks(Ranker::for_you) || ranks(Ranker::session));
}

// Does something here answer what a thread is about?
bool answers_threads(const Draft& draft, const Slot& slot) {
  return slot.from_products || std::ranges::any_of(slot.items, [&](ItemId id) {
           return !draft.out.items[id.index].serves.empty();
         });
}

bool tells_popular(const Slot& slot) {
  return slot.from_products &&
         (slot.fallback == FallbackKind::popular ||
          std::ranges::find(slot.rankers, Ranker::popular) != slot.rankers.end());
}

}  // namespace

void order_reads(Draft& draft, BrandEnvironment& environment) {
  std::vector<std::vector<ReadId>> asked;
  std::vector<std::vector<ReadId>> counted;
  for (Slot& slot : draft.out.slots) {
    asked.push_back(asked_by(draft, environment, slot));
    slot.heard_reads = heard_by(draft, environment, slot);
    asked.back().insert(asked.back().end(), slot.heard_reads.begin(), slot.heard_reads.end());
    counted.push_back(counted_by(draft, environment, asked.back()));
  }
  // Behind all others, so that the reads of older folders keep their numbers.
  for (size_t i = 0; i < draft.out.slots.size(); ++i) {
    if (recommends(draft.out.slots[i])) asked[i].push_back(environment.viewed());
    if (tells_popular(draft.out.slots[i])) environment.viewed();  // to be learned from
  }
  for (size_t i = 0; i < draft.out.slots.size(); ++i) {
    if (!answers_threads(draft, draft.out.slots[i])) continue;
    draft.out.slots[i].threads = environment.threads();
    asked[i].push_back(*draft.out.slots[i].threads);
  }
  set_phase_inputs(draft);
  const Order order(draft);
  std::vector<uint32_t> rank(draft.out.reads.size());
  for (size_t i = 0; i < order.all().size(); ++i) rank[order.all()[i]] = static_cast<uint32_t>(i);
  const auto ordered = [&](const std::vector<ReadId>& wanted) {
    std::vector<ReadId> reads = rests_on(draft, wanted);
    std::ranges::sort(reads, {}, [&](ReadId id) { return rank[id]; });
    return reads;
  };
  for (size_t i = 0; i < draft.out.slots.size(); ++i) {
    draft.out.slots[i].reads = ordered(asked[i]);
    draft.out.slots[i].survey_reads = ordered(counted[i]);
    draft.out.slots[i].reads_scales = reads_scales(draft, draft.out.slots[i].reads);
  }
  compile_counting(draft);
  for (Slot& slot : draft.out.slots) find_features(draft, slot);
  if (!draft.out.counting) return;
  for (Slot* slot : {&draft.out.counting->slot, &draft.out.counting->scales})
    slot->reads = ordered(slot->reads);
}

}  // namespace aizuchi::ground::catalog
