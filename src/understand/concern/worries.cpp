#include "understand/concern/worries.h"

#include <algorithm>

namespace aizuchi::understand {

Worries heard_worries(const ground::Snapshot& snapshot, respect::Admission& admission) {
  Worries out;
  for (const ground::ReadId id : admission.slot().heard_reads) {
    const respect::Admitted* admitted = admission.find(id);
    if (admitted == nullptr) continue;
    const std::string said = ground::to_display(admitted->value());
    const auto found = std::ranges::find(snapshot.concerns, said, &ground::Concern::name);
    if (found == snapshot.concerns.end()) continue;
    out.concerns.push_back(static_cast<uint16_t>(found - snapshot.concerns.begin()));
    out.reads.push_back(id);
  }
  return out;
}

const ground::ReadId* answered(const Worries& worries, const ground::Item& item) {
  for (size_t i = 0; i < worries.concerns.size(); ++i)
    if (std::ranges::find(item.serves, worries.concerns[i]) != item.serves.end())
      return &worries.reads[i];
  return nullptr;
}

}  // namespace aizuchi::understand
