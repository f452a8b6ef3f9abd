#include "respect/admission/computed.h"

#include <algorithm>
#include <optional>
#include <set>

namespace aizuchi::respect {

using ground::Read;
using ground::ReadId;
using ground::ReadKind;
using ground::Snapshot;
using ground::Value;
using What = Computed::What;

namespace {

void visit(const Snapshot& snapshot, ReadId id, std::vector<bool>& seen, std::vector<ReadId>& out) {
  if (seen[id]) return;
  seen[id] = true;
  for (const ReadId input : snapshot.reads[id].inputs) visit(snapshot, input, seen, out);
  out.push_back(id);
}

// All there is, each after what it needs.
std::vector<ReadId> in_order(const Snapshot& snapshot) {
  std::vector<ReadId> out;
  std::vector<bool> seen(snapshot.reads.size());
  for (const Read& read : snapshot.reads) visit(snapshot, read.id, seen, out);
  return out;
}

std::optional<What> what_of(const Read& read) {
  if (read.kind == ReadKind::derived && read.fact.valid()) return What::derived;
  if (read.kind == ReadKind::phase) return What::phase;
  if (read.kind == ReadKind::scale) return What::scale;
  return std::nullopt;
}

void add(std::vector<Computed>& out, What what, uint16_t index, const Value& value,
         ground::PurposeId purpose) {
  const auto same = std::ranges::find_if(out, [&](const Computed& each) {
    return each.what == what && each.index == index && each.value.same(value);
  });
  if (same != out.end()) return same->purposes.add(purpose);
  out.push_back({.what = what, .index = index, .value = value, .purposes = {}});
  out.back().purposes.add(purpose);
}

// A rule that is true of everyone says nothing of this one.
bool is_in(const Snapshot& snapshot, const ground::Audience& audience, Admission& admission) {
  if (audience.of_the_question) return false;
  const auto value = audience.rule.evaluate(admission);
  const auto reads = audience.rule.reads();
  const bool holds = value && value->is(Value::Kind::boolean) && value->as_bool();
  return holds && admission.withheld_of(reads) == nullptr &&
         std::ranges::any_of(reads, [&](ReadId id) {
           return snapshot.reads[id].kind != ReadKind::now && admission.find(id) != nullptr &&
                  !admission.find(id)->impersonal();
         });
}

void add_behind(const Snapshot& snapshot, ReadId id, std::set<std::string>& out) {
  const Read& read = snapshot.reads[id];
  if (read.kind == ReadKind::fact)
    if (const ground::FactRule* rule = snapshot.fact(read.fact)) out.insert(rule->name);
  if (read.kind == ReadKind::aggregate) out.insert(snapshot.aggregates[read.aggregate_index].text);
  if (read.kind == ReadKind::cart) out.insert("cart");
  if (read.kind == ReadKind::visits) out.insert("visits");
  if (read.kind == ReadKind::threads) out.insert("threads");
  for (const ReadId input : read.inputs) add_behind(snapshot, input, out);
}

}  // namespace

std::vector<Computed> computed(const Snapshot& snapshot, const Handle& handle,
                               const Situation& situation) {
  std::vector<Computed> out;
  ground::Slot mirror{.name = "me"};
  mirror.reads = in_order(snapshot);
  for (const ground::Purpose& purpose : snapshot.purposes) {
    mirror.purpose = purpose.id;
    Admission admission(snapshot, mirror, handle, situation);
    for (const ReadId id : mirror.reads) {
      const auto what = what_of(snapshot.reads[id]);
      const Admitted* value = admission.find(id);
      if (what && value != nullptr && !value->impersonal())
        add(out, *what, id, value->value(), purpose.id);
    }
    for (size_t i = 0; i < snapshot.audiences.size(); ++i)
      if (is_in(snapshot, snapshot.audiences[i], admission))
        add(out, What::audience, static_cast<uint16_t>(i), Value(true), purpose.id);
  }
  std::ranges::sort(out, {}, [](const Computed& each) { return std::pair(each.what, each.index); });
  return out;
}

std::string name_of(const Snapshot& snapshot, const Read& read) {
  const auto what = what_of(read);
  if (!what) return "";
  if (*what == What::scale) return snapshot.scales[read.scale_index].name;
  if (*what == What::phase) return "phase";
  const ground::FactRule* rule = snapshot.fact(read.fact);
  return rule == nullptr ? "" : rule->name;
}

std::string known_as(const Snapshot& snapshot, const Read& read) {
  switch (read.kind) {
    case ReadKind::fact:
      return snapshot.fact(read.fact) == nullptr ? "" : snapshot.fact(read.fact)->name;
    case ReadKind::aggregate:
      return snapshot.aggregates[read.aggregate_index].text;
    case ReadKind::visits:
      return "visits";
    case ReadKind::cart:
      return "cart";
    case ReadKind::viewed:
      return "viewed";
    case ReadKind::threads:
      return "threads";
    default:
      return name_of(snapshot, read);
  }
}

std::string name_of(const Snapshot& snapshot, const Computed& value) {
  return value.what == What::audience ? snapshot.audiences[value.index].name
                                      : name_of(snapshot, snapshot.reads[value.index]);
}

std::vector<std::string> rests_on(const Snapshot& snapshot, const Computed& value) {
  std::set<std::string> out;
  if (value.what == What::audience)
    for (const ReadId id : snapshot.audiences[value.index].rule.reads())
      add_behind(snapshot, id, out);
  else
    add_behind(snapshot, value.index, out);
  return {out.begin(), out.end()};
}

}  // namespace aizuchi::respect
