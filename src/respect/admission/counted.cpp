#include "respect/admission/counted.h"

#include <algorithm>

#include "remember/ledger/person.h"
#include "respect/admission/gatherer.h"
#include "respect/consent/consent.h"

namespace aizuchi::respect {

using ground::Instant;
using ground::Read;
using ground::ReadKind;
using ground::Value;

namespace {

constexpr int hours_ahead = 24;

Instant hour_start(Instant t) {
  return {ground::floor_div(t.ms, ground::ms_per_hour) * ground::ms_per_hour};
}

// What was admitted, with another `now` for the rules that compare with it.
class AtHour final : public ground::Activation {
 public:
  AtHour(const ground::Snapshot& snapshot, Admission& admission, Instant hour)
      : snapshot_(snapshot), admission_(admission), now_(hour) {}
  const Value* read(ground::ReadId id) override {
    return snapshot_.reads[id].kind == ReadKind::now ? &now_ : admission_.read(id);
  }

 private:
  const ground::Snapshot& snapshot_;
  Admission& admission_;
  const Value now_;
};

}  // namespace

Counted::Counted(const ground::Snapshot& snapshot, const Handle& handle, Instant now,
                 const ground::Population* population)
    : snapshot_(snapshot), now_(now), in_(snapshot.audiences.size(), false) {
  const ground::Slot& slot = snapshot.counting->slot;
  // Without the purpose's leave nothing of this changes by the clock.
  open_ = open_for(*snapshot.purpose(slot.purpose), handle, now);
  if (handle.person_ != nullptr)
    for (const remember::Wish& wish : handle.person_->wishes) at_most(wish.until);
  if (handle.person_ != nullptr) at_most(handle.person_->pause.from);
  if (handle.person_ != nullptr) at_most(handle.person_->pause.until);
  if (!open_) return;
  const Situation situation{.viewer = ground::Assurance::a3,
                            .now = now,
                            .now_value = Value(hour_start(now)),
                            .context = {},
                            .population = population};
  Admission admission(snapshot, slot, handle, situation);
  in_ = evaluate(admission, now);
  look_at_clock(handle);
  if (snapshot.counting->by_the_clock) look_at_hours(admission);
}

std::vector<bool> Counted::evaluate(Admission& admission, Instant now) const {
  AtHour given(snapshot_, admission, hour_start(now));
  std::vector<bool> in(snapshot_.audiences.size(), false);
  for (size_t i = 0; i < in.size(); ++i) {
    const ground::Audience& audience = snapshot_.audiences[i];
    if (audience.of_the_question) continue;
    (void)admission.take_touched();
    const auto value = audience.rule.evaluate(given);
    in[i] = value && value->is(Value::Kind::boolean) && value->as_bool() &&
            !admission.touched_withheld();
  }
  return in;
}

void Counted::at_most(Instant t) {
  if (t > now_) next_ = std::min(next_, t);
}

void Counted::look_at_clock(const Handle& handle) {
  for (const ground::Norm& norm : snapshot_.norms) at_most(norm.on);
  for (const ground::ReadId id : snapshot_.counting->slot.reads)
    look_at_read(snapshot_.reads[id], *handle.person_);
}

// Whatever the guard says of it: too early is only a look too many.
void Counted::look_at_read(const Read& read, const remember::PersonState& person) {
  if (read.kind == ReadKind::fact) {
    const ground::FactRule* rule = snapshot_.fact(read.fact);
    const auto [first, last] =
        std::ranges::equal_range(person.facts, read.fact, {}, &remember::Fact::key);
    for (const remember::Fact& fact : std::ranges::subrange(first, last)) {
      at_most(fact.expires_at);
      if (rule != nullptr) at_most(fact.at + rule->keep);
    }
  } else if (read.kind == ReadKind::visits) {
    if (person.visit_last_at.ms != INT64_MIN)
      at_most(person.visit_last_at + remember::visit_pause + ground::Duration{1});
  } else if (read.kind == ReadKind::threads) {
    for (const remember::Thread& thread : person.threads) {
      if (thread.due != Instant::never()) at_most(thread.due + ground::Duration{1});
      at_most(thread.expires_at);
    }
  } else if (read.kind == ReadKind::aggregate) {
    const remember::Aggregate* kept = person.find(read.aggregate);
    if (kept == nullptr) return;
    const ground::Duration window = window_of(snapshot_, read);
    const ground::Duration keep =
        keep_of(snapshot_, snapshot_.aggregates[read.aggregate_index].event);
    for (const remember::Series& series : kept->series)
      for (const remember::Bucket& bucket : series.buckets)
        at_most(remember::leaves_window(bucket, window));
    for (const remember::Ends& ends : kept->ends)
      at_most(ends.first + keep), at_most(ends.last + keep);
  }
}

// Rules that compare with `now`: the next hour at which one of them says something else.
void Counted::look_at_hours(Admission& admission) {
  for (int i = 1; i <= hours_ahead; ++i) {
    const Instant hour = hour_start(now_) + ground::Duration::hours(i);
    if (hour >= next_) return;  // something else comes first
    const bool again = i == hours_ahead || snapshot_.counting->derived_by_the_clock;
    if (again || evaluate(admission, hour) != in_) return at_most(hour);
  }
}

bool Counted::open_for(const ground::Purpose& purpose, const Handle& handle, ground::Instant now) {
  if (handle.person_ == nullptr) return false;
  const Standing today = standing(*handle.person_, purpose, now);
  switch (purpose.basis) {
    case ground::Basis::contract:
      return true;
    case ground::Basis::notice:
      return today != Standing::withdrawn;
    case ground::Basis::consent:
      return today == Standing::granted;
  }
  return false;
}

std::vector<std::optional<double>> measured(const ground::Snapshot& snapshot, const Handle& handle,
                                            ground::Instant now) {
  std::vector<std::optional<double>> out(snapshot.scales.size());
  const ground::Slot& slot = snapshot.counting->scales;
  if (!Counted::open_for(*snapshot.purpose(slot.purpose), handle, now)) return out;
  const Situation situation{
      .viewer = ground::Assurance::a3, .now = now, .now_value = Value(now), .context = {}};
  Admission admission(snapshot, slot, handle, situation);
  for (size_t i = 0; i < out.size(); ++i) {
    (void)admission.take_touched();
    const auto number = number_on(snapshot, snapshot.scales[i], admission, now);
    if (!admission.touched_withheld()) out[i] = number;
  }
  return out;
}

std::vector<std::pair<ground::ItemKey, Instant>> viewed_pairs(const Value& value) {
  std::vector<std::pair<ground::ItemKey, Instant>> out;
  if (!value.is(Value::Kind::list)) return out;
  const auto& list = value.as_list();
  for (size_t i = 0; i + 1 < list.size(); i += 2)
    out.emplace_back(static_cast<ground::ItemKey>(list[i].as_int()), Instant{list[i + 1].as_int()});
  return out;
}

namespace {

// visit(the read, what is admitted of it) for whatever may be learned from.
template <typename Visit>
void for_each_lesson(const ground::Snapshot& snapshot, const Handle& handle, Instant now,
                     Visit&& visit) {
  const ground::Slot& slot = snapshot.counting->learning;
  if (slot.reads.empty() || !Counted::open_for(*snapshot.purpose(slot.purpose), handle, now))
    return;
  const Situation situation{
      .viewer = ground::Assurance::a3, .now = now, .now_value = Value(now), .context = {}};
  const Admission admission(snapshot, slot, handle, situation);
  for (const ground::ReadId id : slot.reads)
    if (const Admitted* admitted = admission.find(id);
        admitted != nullptr && (snapshot.reads[id].kind != ReadKind::fact ||
                                admitted->source().method == ground::Method::stated))
      visit(snapshot.reads[id].kind, admitted->value());
}

}  // namespace

std::vector<std::pair<ground::ItemKey, Instant>> learned_from(const ground::Snapshot& snapshot,
                                                              const Handle& handle, Instant now) {
  std::vector<std::pair<ground::ItemKey, Instant>> out;
  for_each_lesson(snapshot, handle, now, [&](ReadKind kind, const Value& value) {
    if (kind == ReadKind::viewed) out = viewed_pairs(value);
  });
  return out;
}

std::vector<Value> values_learned_from(const ground::Snapshot& snapshot, const Handle& handle,
                                       Instant now) {
  std::vector<Value> out;
  for_each_lesson(snapshot, handle, now, [&](ReadKind kind, const Value& value) {
    if (kind == ReadKind::fact) out.push_back(value);
  });
  return out;
}

}  // namespace aizuchi::respect
