#include "understand/resonance/resonance.h"

#include <algorithm>

namespace aizuchi::understand {

Values held_values(const ground::Snapshot& snapshot, respect::Admission& admission) {
  Values out;
  if (!admission.slot().resonance_purpose.valid()) return out;
  for (const ground::ReadId id : admission.slot().reads) {
    const ground::Read& read = snapshot.reads[id];
    if (read.kind != ground::ReadKind::fact) continue;
    const ground::FactRule* rule = snapshot.fact(read.fact);
    if (rule == nullptr || rule->type != ground::FactType::axis) continue;
    const respect::Admitted* admitted = admission.find(id);
    if (admitted == nullptr) continue;
    const ground::Axis* axis = snapshot.axis(ground::to_display(admitted->value()));
    if (axis == nullptr) continue;
    out.held.push_back(axis->id);
    out.reads.push_back(id);
  }
  return out;
}

double affinity(const Values& values, const std::vector<std::pair<ground::AxisId, double>>& axes) {
  if (values.held.empty()) return 0;
  double sum = 0;
  for (const auto& [axis, weight] : axes)
    if (std::ranges::find(values.held, axis) != values.held.end()) sum += weight;
  return std::clamp(sum / static_cast<double>(values.held.size()), -1.0, 1.0);
}

}  // namespace aizuchi::understand
