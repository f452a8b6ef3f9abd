// Stage 3, qualify: in window, in status, in stock, in phase; the rule holds; what the wording
// prints may be uttered here. Every dropped candidate keeps a reason.
#include <algorithm>

#include "decide/pipeline/pipeline.h"
#include "decide/pipeline/stages.h"
#include "understand/recommend/recommend.h"

namespace aizuchi::decide {

using ground::Item;
using ground::ReadId;
using ground::Value;
using ground::Wording;

namespace {

// The outcome of a rule over admitted values.
struct Verdict {
  Drop drop = Drop::none;
  ReadId read = 0;
};

Verdict holds(const std::optional<ground::Expr>& rule, respect::Admission& admission) {
  if (!rule) return {};
  const auto value = rule->evaluate(admission);
  if (!value) {
    if (value.error().absent) return {Drop::rule_absent, value.error().read};
    return {Drop::rule_error, 0};
  }
  const bool yes = value->is(Value::Kind::boolean) && value->as_bool();
  return {yes ? Drop::none : Drop::rule_false, 0};
}

bool in_phase(const Question& question, const Item& item, respect::Admission& admission) {
  if (item.phases.empty()) return true;
  for (const ReadId id : admission.slot().reads) {
    if (question.snapshot.reads[id].kind != ground::ReadKind::phase) continue;
    const Value* phase = admission.read(id);
    if (phase == nullptr) return false;
    return std::ranges::any_of(item.phases, [&](ground::PhaseId p) {
      return question.snapshot.phases[p.index].name == ground::to_display(*phase);
    });
  }
  return false;  // a phase that cannot be read here is absent, not "any"
}

// What a wording utters of the person: its variables, and what it and its item declare to speak.
struct Utterance {
  std::optional<ReadId> unsayable;  // the first that must not be uttered here
  size_t facts = 0;                 // how many things about the person
};

void utter(ReadId id, const respect::Admission& admission, Utterance& out) {
  const respect::Admitted* admitted = admission.find(id);
  if (!admission.sayable(id)) {
    if (!out.unsayable) out.unsayable = id;
  } else if (!admitted->impersonal()) {
    ++out.facts;
  }
}

// A declared fact counts where the slot reads it.
Utterance utterance_of(const Wording& wording, const std::vector<ReadId>& spoken,
                       const respect::Admission& admission) {
  Utterance out;
  for (const ReadId id : wording.says) utter(id, admission, out);
  for (const ReadId id : spoken)
    if (admission.reads(id)) utter(id, admission, out);
  return out;
}

// Of the conditional wordings the first that holds and may be said here.
void pick_wording(const Item& item, respect::Admission& admission, Candidate& candidate) {
  for (size_t i = 0; i < item.wordings.size() && i < 127; ++i) {
    const Wording& wording = item.wordings[i];
    if (!wording.when || holds(wording.when, admission).drop != Drop::none) continue;
    const Utterance utterance = utterance_of(wording, wording.spoken, admission);
    if (utterance.unsayable) continue;
    candidate.wording = static_cast<int8_t>(i);
    candidate.mentions = utterance.facts > 0;
    return;
  }
}

// Do not recite: at most two facts about a person in one message.
constexpr size_t facts_spoken_max = 2;

void qualify_item(const Question& question, const Item& item, respect::Admission& admission,
                  Candidate& candidate) {
  const auto drop = [&](Drop why, ReadId read = 0) {
    candidate.drop = why;
    candidate.drop_read = read;
  };
  if (item.status != ground::Status::live) return drop(Drop::not_live);
  if (question.situation.now < item.from || question.situation.now > item.until)
    return drop(Drop::out_of_window);
  if (!in_phase(question, item, admission)) return drop(Drop::other_phase);
  if (const Verdict verdict = holds(item.when, admission); verdict.drop != Drop::none)
    return drop(verdict.drop, verdict.read);
  const Utterance base = utterance_of(base_wording(item), item.spoken, admission);
  if (base.unsayable) return drop(Drop::wording_not_sayable, *base.unsayable);
  if (base.facts > facts_spoken_max) return drop(Drop::too_many_facts);
  pick_wording(item, admission, candidate);
  candidate.mentions = candidate.mentions || base.facts > 0;
}

// Asked again without what feels odd there; what then cannot be said is not.
void leave_out_odd(const Question& question, SlotDraft& draft, const std::vector<AtHand>& at_hand,
                   Candidate& candidate) {
  if (at_hand.empty() || candidate.drop != Drop::none) return;
  const std::vector<ReadId> odd = find_odd(question, draft, at_hand, candidate.key);
  if (odd.empty()) return;
  respect::Admission& admission = *draft.admission;
  admission.take_touched();
  admission.hide(odd);
  Candidate again{.item = candidate.item, .key = candidate.key};
  qualify_item(question, question.snapshot.items[candidate.item.index], admission, again);
  admission.show_all();
  if (again.drop != Drop::none) {
    again.drop = Drop::felt_odd;
    again.drop_read = odd.front();
  }
  candidate = std::move(again);
}

void note_touched(respect::Admission& admission, Candidate& candidate) {
  candidate.touched = admission.take_touched();
  for (const ReadId id : candidate.touched) {
    const respect::Admitted* admitted = admission.find(id);
    candidate.personal = candidate.personal || (admitted != nullptr && !admitted->impersonal());
  }
}

// Live, the models are asked; a replay has what they said. Without the views nothing follows from
// them.
void suggest(const Question& question, SlotDraft& draft) {
  if (question.recommenders != nullptr)
    draft.suggested =
        understand::suggest(question.snapshot, *draft.admission, *question.recommenders,
                            {.person = question.person, .now = question.situation.now});
  const auto viewed = understand::viewed_read(question.snapshot, *draft.slot);
  if (!viewed || draft.admission->find(*viewed) == nullptr)
    std::erase_if(draft.suggested, [](const auto& one) { return one.because != 0; });
}

void qualify_products(const Question& question, SlotDraft& draft) {
  const ground::Snapshot& snapshot = question.snapshot;
  respect::Admission& admission = *draft.admission;
  const auto values = understand::values_of(snapshot, admission, question.leanings,
                                            question.situation.now, draft.leaning);
  const auto taste = understand::category_taste(snapshot, admission);
  suggest(question, draft);
  for (auto& found :
       understand::product_candidates(snapshot, *draft.slot, taste, values, draft.suggested)) {
    const ground::Product& product = snapshot.products[found.product.index];
    Candidate candidate{.product = found.product, .key = product.key};
    candidate.terms.surface = prior::product_taste * found.surface + prior::related * found.related;
    candidate.viewed = found.viewed;
    candidate.path = found.path;
    candidate.terms.resonance = prior::resonance * found.resonance;
    candidate.terms.editorial = prior::editorial * found.editorial;
    candidate.touched = std::move(found.because);
    candidate.personal = !candidate.touched.empty();
    candidate.drop = availability(question, draft, found.product);
    draft.candidates.push_back(std::move(candidate));
  }
}

}  // namespace

const Wording& base_wording(const Item& item) {
  for (const Wording& wording : item.wordings)
    if (!wording.when) return wording;
  AIZ_ASSERT(!item.wordings.empty());  // the check refuses items without a base wording
  return item.wordings.front();
}

const Wording* overlay_wording(const Item& item, const Candidate& candidate) {
  return candidate.wording < 0 ? nullptr : &item.wordings[static_cast<size_t>(candidate.wording)];
}

bool is_stopped(const Question& question, SlotDraft& draft, ground::ItemKey key) {
  if (question.overrides == nullptr || !question.overrides->stopped.contains(key)) return false;
  if (std::ranges::find(draft.stopped, key) == draft.stopped.end()) draft.stopped.push_back(key);
  return true;
}

Drop availability(const Question& question, SlotDraft& draft, ground::ProductId id) {
  const ground::Product& product = question.snapshot.products[id.index];
  std::optional<int64_t> stock = product.stock;
  ground::Instant from = product.from, until = product.until;
  if (const auto* overrides = question.overrides) {
    if (is_stopped(question, draft, product.key)) return Drop::stopped;
    if (const ground::ProductNews* news = overrides->news(id)) {
      draft.news.emplace_back(product.key, *news);
      if (news->stock) stock = news->stock;
      from = news->from.value_or(from);
      until = news->until.value_or(until);
    }
  }
  if (question.situation.now < from || question.situation.now > until) return Drop::out_of_window;
  return stock && *stock <= 0 ? Drop::out_of_stock : Drop::none;
}

void qualify(const Question& question, SlotDraft& draft) {
  respect::Admission& admission = *draft.admission;
  std::vector<AtHand> at_hand = maybe_odd(question, draft);
  if (odd_as_a_whole(*draft.slot)) {
    admission.withhold(find_odd(question, draft, at_hand, draft.slot->key));
    at_hand.clear();
  }
  if (draft.slot->from_products) qualify_products(question, draft);
  draft.candidates.reserve(draft.candidates.size() + draft.slot->items.size());
  for (const ground::ItemId id : draft.slot->items) {
    const Item& item = question.snapshot.items[id.index];
    Candidate candidate{.item = id, .key = item.key};
    admission.take_touched();
    if (is_stopped(question, draft, item.key))
      candidate.drop = Drop::stopped;
    else
      qualify_item(question, item, admission, candidate);
    leave_out_odd(question, draft, at_hand, candidate);
    note_touched(admission, candidate);
    draft.candidates.push_back(std::move(candidate));
  }
}

}  // namespace aizuchi::decide
