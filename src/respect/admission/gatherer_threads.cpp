// Threads, as they are admitted: a list of those that the guard allows here, each a map. What was
// told is at the level of where it was told; what was only heard in a text, and what is resolved,
// may choose and is never spoken (P7), nor is the fact that told what it was about. A list of
// nothing beside something withheld is absent: "has no open inquiry" must not be concluded from an
// inquiry that may not be used here.
#include "respect/admission/gatherer.h"

namespace aizuchi::respect {

using ground::Level;
using ground::Read;
using ground::ThreadState;
using ground::Value;

namespace {

bool asked_for(const std::string& field, const remember::Thread& thread) {
  if (field == ground::threads_topics) return !thread.topic.empty() || !thread.product.empty();
  const size_t dot = field.find('.');
  const std::string_view first = std::string_view(field).substr(0, dot);
  const bool going = first == "open" || dot != std::string::npos;
  if (going && thread.state == ThreadState::resolved) return false;
  return first.empty() || first == "open" || first == ground::to_string(thread.kind);
}

bool is_sensitive(const ground::Snapshot& snapshot, const remember::Thread& thread) {
  const auto found = std::ranges::find(snapshot.concerns, thread.topic, &ground::Concern::name);
  return !thread.topic.empty() && found != snapshot.concerns.end() && found->sensitive;
}

Value as_value(const remember::Thread& thread, ground::Instant now) {
  ground::ValueMap out{{Value("kind"), Value(ground::to_string(thread.kind))},
                       {Value("state"), Value(ground::to_string(thread.state))},
                       {Value("topic"), Value(thread.topic)},
                       {Value("product"), Value(thread.product)},
                       {Value("complaint"), Value(thread.complaint)},
                       {Value("overdue"), Value(thread.overdue(now))},
                       {Value("opened"), Value(thread.opened_at)},
                       {Value("changed"), Value(thread.changed_at)}};
  if (thread.due != ground::Instant::never()) out.emplace_back(Value("due"), Value(thread.due));
  return Value::map(std::move(out));
}

}  // namespace

Ruling Gatherer::on_thread(const remember::Thread& thread) const {
  const ground::Provenance& p = provenance(thread.provenance);
  const ground::Source* source = snapshot_.source(p.source);
  const std::string name = std::string("threads.").append(ground::to_string(thread.kind));
  Ruling ruling =
      rule({.provenance = p,
            .name = name,
            .purposes_today = source == nullptr ? ground::PurposeSet{} : source->purposes,
            .sensitive = is_sensitive(snapshot_, thread),
            .at = thread.changed_at,
            .expires_at = thread.expires_at},
           place_);
  if (ruling.level != Level::say) return ruling;
  if (thread.heard) ruling.level = Level::rank, ruling.why = Refusal::inferred;
  if (thread.state == ThreadState::resolved)
    ruling.level = Level::rank, ruling.why = Refusal::resolved;
  return ruling;
}

bool Gatherer::settled(const remember::Fact& fact) const {
  bool resolved = false;
  if (person_->threads.empty()) return false;
  const std::string topic = ground::to_display(fact.value);
  for (const remember::Thread& thread : person_->threads) {
    if (thread.topic != topic || thread.expires_at <= situation_.now) continue;
    if (thread.state != ThreadState::resolved) return false;
    resolved = resolved || thread.changed_at >= fact.at;
  }
  return resolved;
}

void Gatherer::threads(const Read& read, Admitted& out) {
  static const Value none = Value::list({});
  const bool for_rules = read.field != ground::threads_topics;
  if (person_ == nullptr || person_->threads.empty()) {
    if (!for_rules) return;
    out.value_ = &none;
    out.level_ = Level::say;
    out.impersonal_ = true;
    return;
  }
  Sum sum;
  ground::ValueList list;
  for (const remember::Thread& thread : person_->threads) {
    if (thread.expires_at <= situation_.now || !asked_for(read.field, thread)) continue;
    if (!sum.take(on_thread(thread), provenance(thread.provenance), thread.changed_at)) continue;
    sum.sensitive = sum.sensitive || is_sensitive(snapshot_, thread);
    list.push_back(as_value(thread, situation_.now));
  }
  if (sum.refused) withhold(read, sum.refused_level, sum.first_refusal);
  if (!sum.any && (sum.refused || !for_rules)) return;
  if (sum.any && sum.level < Level::say) withhold(read, sum.level, sum.lowered_by);
  admit(out, Value::list(std::move(list)), sum);
}

}  // namespace aizuchi::respect
