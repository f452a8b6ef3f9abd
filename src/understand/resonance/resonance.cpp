#include "understand/resonance/resonance.h"

#include <algorithm>

#include "understand/resonance/leaning.h"
#include "understand/resonance/leanings.h"
#include "understand/resonance/value_model.h"

namespace aizuchi::understand {

namespace {

void add_held(const ground::Snapshot& snapshot, const respect::Admitted& admitted, Values& out) {
  const ground::Axis* axis = snapshot.axis(ground::to_display(admitted.value()));
  if (axis == nullptr) return;
  out.held.push_back(axis->id);
  out.reads.push_back(admitted.read());
}

double stated(const Values& values, const Axes& axes) {
  if (values.held.empty()) return 0;
  double sum = 0;
  for (const auto& [axis, weight] : axes)
    if (std::ranges::find(values.held, axis) != values.held.end()) sum += weight;
  return sum / static_cast<double>(values.held.size());
}

}  // namespace

Values values_of(const ground::Snapshot& snapshot, respect::Admission& admission,
                 Leanings* leanings, ground::Instant now, std::shared_ptr<const Leaning>& leaning) {
  Values out;
  if (!admission.slot().resonance_purpose.valid()) return out;
  const ground::Value* chosen = nullptr;
  const ground::Value* leant = nullptr;
  for (const ground::ReadId id : admission.slot().reads) {
    const ground::Read& read = snapshot.reads[id];
    if (read.kind != ground::ReadKind::fact) continue;
    const ground::FactRule* rule = snapshot.fact(read.fact);
    const respect::Admitted* admitted = rule == nullptr ? nullptr : admission.find(id);
    if (admitted == nullptr) continue;
    if (rule->type == ground::FactType::axis) add_held(snapshot, *admitted, out);
    if (rule->type != ground::FactType::values) continue;
    const bool inferred = admitted->source().method == ground::Method::inferred;
    const ground::Value*& value = inferred ? leant : chosen;
    if (value != nullptr) continue;
    value = &admitted->value();
    out.from.push_back(id);
    if (!inferred) out.may_lead = admission.sayable(id);
  }
  if (chosen == nullptr && leant == nullptr) return out;
  const ground::Value nothing;
  if (leaning == nullptr && leanings != nullptr)
    leaning = leanings->of(chosen == nullptr ? nothing : *chosen, snapshot, now,
                           leant == nullptr ? nothing : *leant);
  out.leaning = leaning.get();
  return out;
}

Shared shared(const Values& values, const Axes& axes) {
  Shared out;
  if (axes.empty()) return out;
  const double by_word = stated(values, axes);
  if (by_word != 0) out.reads = values.reads;
  out.affinity = by_word;
  out.leads = by_word > 0;
  if (values.leaning != nullptr) {
    std::vector<std::pair<uint32_t, double>> weights;
    for (const auto& [axis, weight] : axes)
      if (axis.index < values.leaning->belief.size()) weights.emplace_back(axis.index, weight);
    const Sympathy chosen = sympathy(values.leaning->belief, values.leaning->more, weights);
    out.affinity += chosen_weight * chosen.value;
    if (chosen.value != 0)
      out.reads.insert(out.reads.end(), values.from.begin(), values.from.end());
    out.leads = out.leads || (values.may_lead && chosen.lean > 0 && chosen.sure >= speaks_from);
  }
  out.affinity = std::clamp(out.affinity, -1.0, 1.0);
  return out;
}

}  // namespace aizuchi::understand
