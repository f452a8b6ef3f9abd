// Stages 4 to 6: temper, score, choose. A score is a mean and a spread on the logit scale and a
// shift: the documented prior (pipeline.h), and what the slot's model says beyond it (learned.cpp).
#include <algorithm>
#include <cmath>

#include "decide/pipeline/pipeline.h"
#include "decide/pipeline/stages.h"
#include "respect/guard/guard.h"
#include "understand/concern/worries.h"
#include "understand/resonance/resonance.h"

namespace aizuchi::decide {

using ground::Item;
using ground::Layer;
using ground::Method;

namespace {

// decision.md: 0.5·[observed] + 1.0·[inferred] + 1.0·[near] + 0.5·[spoken] + 1.5·[sensitive]
//              + 0.5·min(1, age / half-life), over what the candidate read.
double risk_of(const Question& question, const respect::Admission& admission,
               const Candidate& candidate) {
  bool observed = false, inferred = false, near = false, sensitive = false;
  double age_share = 0;
  for (const ground::ReadId id : candidate.touched) {
    const respect::Admitted* admitted = admission.find(id);
    if (admitted == nullptr || admitted->impersonal()) continue;
    observed = observed || admitted->source().method == Method::observed;
    inferred = inferred || admitted->source().method == Method::inferred;
    near = near || admitted->relation() == respect::Relation::near;
    sensitive = sensitive || admitted->sensitive();
    const ground::FactRule* rule = question.snapshot.fact(question.snapshot.reads[id].fact);
    if (rule == nullptr || rule->half_life.ms <= 0) continue;
    const auto age = static_cast<double>((question.situation.now - admitted->source().at).ms);
    age_share =
        std::max(age_share, std::clamp(age / static_cast<double>(rule->half_life.ms), 0.0, 1.0));
  }
  return 0.5 * observed + 1.0 * inferred + 1.0 * near + 0.5 * candidate.mentions + 1.5 * sensitive +
         0.5 * age_share;
}

// The item's own factor; an absent or broken boost is 1: it must not silence an item.
double boost_of(const Item& item, respect::Admission& admission) {
  const auto value = item.boost->evaluate(admission);
  if (!value) return 1;
  const double factor = value->number_or(1);
  return std::isfinite(factor) && factor > 0 ? factor : 1;
}

// What the factor was made from has had its part in the choice.
void boost(const Item& item, respect::Admission& admission, Candidate& candidate) {
  admission.take_touched();
  candidate.value *= boost_of(item, admission);
  for (const ground::ReadId id : admission.take_touched()) {
    if (std::ranges::find(candidate.touched, id) != candidate.touched.end()) continue;
    candidate.touched.push_back(id);
    const respect::Admitted* admitted = admission.find(id);
    candidate.personal = candidate.personal || (admitted != nullptr && !admitted->impersonal());
  }
}

// What answers a worry of theirs is relevant, whatever the layer it speaks from.
void answer_worry(const Question& question, const std::vector<understand::Worry>& worries,
                  const respect::Admission& admission, Candidate& candidate) {
  const ground::Snapshot& snapshot = question.snapshot;
  const understand::Worry* worry =
      candidate.item.valid()
          ? understand::answered(worries, snapshot.items[candidate.item.index])
          : understand::answered(worries, snapshot.products[candidate.product.index]);
  if (worry == nullptr || admission.find(worry->read) == nullptr) return;
  if (std::ranges::find(candidate.touched, worry->read) == candidate.touched.end())
    candidate.touched.push_back(worry->read);
  candidate.personal = true;
  candidate.terms.memory = std::max(candidate.terms.memory, prior::memory * worry->weight);
}

// Nothing, where what it rests on is not there for this item.
understand::Shared shared_there(const understand::Values& values, const Item& item,
                                const respect::Admission& admission) {
  understand::Shared out = understand::shared(values, item.values);
  const bool there = std::ranges::all_of(
      out.reads, [&](ground::ReadId id) { return admission.find(id) != nullptr; });
  return there ? out : understand::Shared{};
}

void score_item(const Item& item, const understand::Values& values, respect::Admission& admission,
                Candidate& candidate) {
  candidate.value = item.value;
  if (item.boost) boost(item, admission, candidate);
  const understand::Shared shared = shared_there(values, item, admission);
  if (shared.affinity != 0) {
    candidate.touched.insert(candidate.touched.end(), shared.reads.begin(), shared.reads.end());
    candidate.personal = true;
  }
  candidate.terms.resonance = prior::resonance * shared.affinity;
  if (item.layer == Layer::surface && candidate.personal) candidate.terms.surface = prior::surface;
  if (item.layer == Layer::memory && candidate.personal) candidate.terms.memory = prior::memory;
  // The deep layer speaks only where a value is known to be shared.
  const bool speaks = shared.leads && shared.affinity > 0;
  if (item.layer == Layer::resonance && !speaks) candidate.drop = Drop::not_resonant;
}

}  // namespace

bool sells(const Question& question, const SlotDraft& draft, const Candidate& candidate) {
  return candidate.item.valid()
             ? question.snapshot.items[candidate.item.index].intent == ground::Intent::sell
             : draft.slot->sells;
}

void temper(const Question& question, SlotDraft& draft, const Temper& judge) {
  for (Candidate& candidate : draft.candidates) {
    if (candidate.drop != Drop::none) continue;
    if (draft.selling != Drop::none && sells(question, draft, candidate)) {
      candidate.drop = draft.selling;
      continue;
    }
    Offer offer{
        .key = candidate.key, .snapshot = &question.snapshot, .mentions = candidate.mentions};
    if (candidate.item.valid())
      offer.item = &question.snapshot.items[candidate.item.index];
    else
      offer.product = &question.snapshot.products[candidate.product.index];
    candidate.drop = judge.judge(offer);
  }
}

namespace {

// P5: what shares most what was answered stands first, where that was promised.
void lead_give_back(SlotDraft& draft) {
  Candidate* first = nullptr;
  for (Candidate& candidate : draft.candidates)
    if (candidate.drop == Drop::none && candidate.terms.resonance > 0 &&
        (first == nullptr || candidate.terms.resonance > first->terms.resonance))
      first = &candidate;
  if (first != nullptr) first->terms.given = prior::give_back;
}

}  // namespace

void score(const Question& question, SlotDraft& draft) {
  respect::Admission& admission = *draft.admission;
  const auto values = understand::values_of(question.snapshot, admission, question.leanings,
                                            question.situation.now, draft.leaning);
  const auto worries = understand::heard_worries(question.snapshot, admission);
  const bool shelf = draft.slot->shape != ground::Shape::one;
  double place = 0;
  for (Candidate& candidate : draft.candidates) {
    candidate.terms.prior = prior::base_rate_logit;
    candidate.spread = shelf ? prior::spread_shelf : prior::spread_message;
    if (candidate.drop != Drop::none) continue;
    const bool hides = candidate.item.valid() && !draft.odd.empty();
    if (hides) admission.hide(odd_for(draft, candidate.key));
    if (candidate.item.valid())
      score_item(question.snapshot.items[candidate.item.index], values, admission, candidate);
    if (!worries.empty()) answer_worry(question, worries, admission, candidate);
    if (hides) admission.show_all();
    if (draft.slot->shape == ground::Shape::order)
      candidate.terms.editorial = -prior::place_step * place++;
    candidate.risk = risk_of(question, admission, candidate);
    candidate.shift = std::log(candidate.value) - 0.3 * candidate.risk;
  }
  if (draft.slot->learns) score_learned(question, draft);
  if (draft.gives_back) lead_give_back(draft);
}

namespace {

Layer layer_of(const Question& question, const Candidate& candidate) {
  if (candidate.item.valid() &&
      candidate.terms.resonance <= std::max(candidate.terms.surface, candidate.terms.memory))
    return question.snapshot.items[candidate.item.index].layer;
  // A product has no layer of its own: what gave it most spoke.
  const Terms& terms = candidate.terms;
  if (terms.resonance > std::max(terms.surface, terms.memory)) return Layer::resonance;
  if (terms.memory > terms.surface) return Layer::memory;
  return candidate.personal ? Layer::surface : Layer::none;
}

bool explores(const Question& question, const SlotDraft& draft, const std::vector<size_t>& left) {
  if (!draft.slot->explore || draft.gives_back) return false;
  // One apology among them, and the place does not gamble.
  return std::ranges::all_of(left, [&](size_t i) {
    const Candidate& candidate = draft.candidates[i];
    return !candidate.item.valid() || question.snapshot.items[candidate.item.index].explore;
  });
}

size_t choose_next(const Question& question, SlotDraft& draft, std::vector<size_t>& left,
                   uint32_t position) {
  std::vector<Arm> arms;
  arms.reserve(left.size());
  for (const size_t i : left) {
    const Candidate& c = draft.candidates[i];
    arms.push_back({.key = c.key, .mean = c.terms.mean(), .spread = c.spread, .shift = c.shift});
  }
  const bool explore = position < explored_positions && explores(question, draft, left);
  if (position == 0) draft.explored = explore;
  const Chosen chosen =
      choose(arms, draft.seed, position, explore ? Explore::on : Explore::off, draft.keeps);
  const size_t at = left[chosen.arm];
  const Candidate& candidate = draft.candidates[at];
  draft.picks.push_back({.candidate = at,
                         .item = candidate.item,
                         .product = candidate.product,
                         .uniform = chosen.uniform,
                         .layer = layer_of(question, candidate)});
  left.erase(left.begin() + static_cast<ptrdiff_t>(chosen.arm));
  return at;
}

// At most three of a category next to each other's company: a shelf is not one thing eight times.
void keep_diverse(const Question& question, const SlotDraft& draft, std::vector<size_t>& left) {
  constexpr size_t per_category_max = 3;
  if (draft.slot->shape != ground::Shape::list || draft.picks.empty() ||
      !draft.picks.back().product.valid())
    return;
  const std::string& category =
      question.snapshot.products[draft.picks.back().product.index].category;
  const auto same = [&](ground::ProductId id) {
    return id.valid() && question.snapshot.products[id.index].category == category;
  };
  const auto taken =
      std::ranges::count_if(draft.picks, [&](const Pick& p) { return same(p.product); });
  if (static_cast<size_t>(taken) < per_category_max) return;
  std::vector<size_t> others;
  for (const size_t i : left)
    if (!same(draft.candidates[i].product)) others.push_back(i);
  if (!others.empty()) left = std::move(others);
}

}  // namespace

void choose(const Question& question, SlotDraft& draft) {
  std::vector<size_t> left;
  bool personal = false;
  for (size_t i = 0; i < draft.candidates.size(); ++i) {
    if (draft.candidates[i].drop != Drop::none) continue;
    left.push_back(i);
    personal = personal || draft.candidates[i].personal;
  }
  const ground::Slot& slot = *draft.slot;
  if (left.empty() || left.size() < slot.at_least)
    return fall_back(question, draft, Reason::nothing_fits);
  // An order or shelf about which nothing personal is known keeps the brand's own order.
  const bool in_given_order = slot.shape == ground::Shape::order || slot.from_products;
  if (in_given_order && !personal) return fall_back(question, draft, Reason::given_order);
  const size_t wanted = slot.shape == ground::Shape::one     ? 1
                        : slot.shape == ground::Shape::order ? left.size()
                                                             : slot.at_most;
  for (uint32_t position = 0; position < wanted && !left.empty(); ++position) {
    choose_next(question, draft, left, position);
    keep_diverse(question, draft, left);
  }
  draft.reason = Reason::chosen;
  draft.layer = draft.picks.front().layer;
}

}  // namespace aizuchi::decide
