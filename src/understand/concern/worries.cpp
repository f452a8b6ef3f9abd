#include "understand/concern/worries.h"

#include <algorithm>

namespace aizuchi::understand {

using ground::Value;

namespace {

constexpr double resolved_weight = 0.5;

uint16_t concern_of(const ground::Snapshot& snapshot, const std::string& name) {
  const auto found = std::ranges::find(snapshot.concerns, name, &ground::Concern::name);
  return found == snapshot.concerns.end()
             ? UINT16_MAX
             : static_cast<uint16_t>(found - snapshot.concerns.begin());
}

std::string text_in(const Value& thread, std::string_view name) {
  const Value* value = thread.find(name);
  return value == nullptr ? "" : ground::to_display(*value);
}

void add_threads(const ground::Snapshot& snapshot, const respect::Admission& admission,
                 std::vector<Worry>& out) {
  const respect::Admitted* admitted = admission.find(*admission.slot().threads);
  if (admitted == nullptr || !admitted->value().is(Value::Kind::list)) return;
  for (const Value& thread : admitted->value().as_list()) {
    Worry worry{.topic = text_in(thread, "topic"),
                .product = text_in(thread, "product"),
                .weight = text_in(thread, "state") == "resolved" ? resolved_weight : 1,
                .read = admitted->read()};
    worry.concern = concern_of(snapshot, worry.topic);
    out.push_back(std::move(worry));
  }
}

template <typename Answers>
const Worry* heaviest(const std::vector<Worry>& worries, Answers answers) {
  const Worry* out = nullptr;
  for (const Worry& worry : worries)
    if ((out == nullptr || worry.weight > out->weight) && answers(worry)) out = &worry;
  return out;
}

}  // namespace

std::vector<Worry> heard_worries(const ground::Snapshot& snapshot, respect::Admission& admission) {
  std::vector<Worry> out;
  for (const ground::ReadId id : admission.slot().heard_reads) {
    const respect::Admitted* admitted = admission.find(id);
    if (admitted == nullptr) continue;
    const uint16_t concern = concern_of(snapshot, ground::to_display(admitted->value()));
    if (concern != UINT16_MAX) out.push_back({.concern = concern, .read = id});
  }
  if (admission.slot().threads) add_threads(snapshot, admission, out);
  return out;
}

const Worry* answered(const std::vector<Worry>& worries, const ground::Item& item) {
  return heaviest(worries, [&](const Worry& worry) {
    return worry.concern != UINT16_MAX &&
           std::ranges::find(item.serves, worry.concern) != item.serves.end();
  });
}

const Worry* answered(const std::vector<Worry>& worries, const ground::Product& product) {
  return heaviest(worries, [&](const Worry& worry) {
    const bool tagged =
        !worry.topic.empty() && std::ranges::find(product.tags, worry.topic) != product.tags.end();
    return tagged || (!worry.product.empty() && worry.product == product.name_id);
  });
}

}  // namespace aizuchi::understand
