// The values computed from what is remembered: aggregates, visits, cart, derived facts, phase. Only
// what the guard admits is counted, and the level is the lowest of what was. A count of zero beside
// something withheld is absent, not zero: "has never ordered" must not be concluded from orders
// that may not be used here (P9).
#include <algorithm>

#include "respect/admission/gatherer.h"

namespace aizuchi::respect {

using ground::AggregateKind;
using ground::Level;
using ground::Read;
using ground::ReadKind;
using ground::Value;

namespace {

ground::Instant end_of(const remember::Bucket& bucket) {
  return {(int64_t{bucket.hour} + (bucket.day ? 24 : 1)) * ground::ms_per_hour};
}

}  // namespace

void Gatherer::aggregate(const Read& read, Admitted& out) {
  const ground::Aggregate& spec = snapshot_.aggregates[read.aggregate_index];
  const bool countable = spec.kind == AggregateKind::count || spec.kind == AggregateKind::sum;
  const remember::Aggregate* kept = person_ == nullptr ? nullptr : person_->find(read.aggregate);
  if (kept != nullptr && kept->warming) return withhold(read, Level::deny, Refusal::warming);
  Sum sum;
  sum.sensitive = read.sensitive;
  uint64_t count = 0;
  double total = 0;
  uint64_t top_count = 0;
  std::string_view top;
  ground::Instant end{};
  if (kept != nullptr && (countable || spec.kind == AggregateKind::top)) {
    for (const remember::Series& series : kept->series) {
      uint64_t series_count = 0;
      for (const remember::Bucket& bucket : series.buckets) {
        if (!in_window(bucket, read.window, situation_.now)) continue;
        const Ruling& ruling = behaviour(bucket.provenance, read.sensitive);
        if (!sum.take(ruling, provenance(bucket.provenance),
                      std::min(end_of(bucket), situation_.now)))
          continue;
        series_count += bucket.count;
        total += bucket.sum;
      }
      count += series_count;
      // Of equals the one that comes first in the alphabet, so that replay agrees.
      if (series_count > top_count ||
          (series_count == top_count && series_count > 0 && series.value < top))
        top_count = series_count, top = series.value;
    }
  } else if (kept != nullptr) {
    for (const remember::Ends& ends : kept->ends) {
      const bool last = spec.kind == AggregateKind::last;
      const ground::Instant at = last ? ends.last : ends.first;
      const bool had = sum.any;
      if (!sum.take(behaviour(ends.provenance, read.sensitive), provenance(ends.provenance), at))
        continue;
      if (!had || (last ? at > end : at < end)) end = at;
    }
  }
  if (sum.refused) withhold(read, sum.refused_level, sum.first_refusal);
  if (!sum.any && (sum.refused || !countable)) return;
  switch (spec.kind) {
    case AggregateKind::count:
      return admit(out, Value(static_cast<int64_t>(count)), sum);
    case AggregateKind::sum:
      return admit(out, Value(total), sum);
    case AggregateKind::first:
    case AggregateKind::last:
      return admit(out, Value(end), sum);
    case AggregateKind::top:
      sum.level = std::min(sum.level, Level::rank);  // a conclusion, not an observation
      sum.lowered_by = Refusal::inferred;
      return admit(out, Value(top), sum);
  }
}

void Gatherer::visits(const Read& read, Admitted& out) {
  Sum sum;
  int64_t count = 1;  // this one, unless it has begun already
  if (person_ != nullptr) {
    count = person_->visit_at(situation_.now) - person_->visits_total();
    for (const remember::VisitCount& v : person_->visits)
      if (sum.take(behaviour(v.provenance, false), provenance(v.provenance),
                   person_->visit_last_at))
        count += v.count;
  }
  if (sum.refused) withhold(read, sum.refused_level, sum.first_refusal);
  if (!sum.any && sum.refused) return;
  admit(out, Value(count), sum);
}

void Gatherer::cart(const Read& read, Admitted& out) {
  if (person_ == nullptr || person_->cart.empty()) return;
  Sum sum;
  int64_t count = 0;
  double total = 0;
  ground::ValueList items;
  for (const remember::CartLine& line : person_->cart) {
    if (!sum.take(behaviour(line.provenance, false), provenance(line.provenance), line.at))
      continue;
    count += line.quantity;
    total += line.price * static_cast<double>(line.quantity);
    items.push_back(Value::map(
        {{Value("product"), Value(line.product)}, {Value("quantity"), Value(line.quantity)}}));
  }
  if (sum.refused) withhold(read, sum.refused_level, sum.first_refusal);
  if (!sum.any) return;
  if (read.field == "count") return admit(out, Value(count), sum);
  if (read.field == "total") return admit(out, Value(total), sum);
  admit(out, Value::list(std::move(items)), sum);
}

bool Gatherer::inherit(const Read& read, Admitted& out) const {
  out.level_ = Level::rank;  // computed from several things: inferred, never spoken
  out.lowered_by_ = Refusal::inferred;
  out.source_ = {.method = ground::Method::inferred, .at = situation_.now};
  out.sensitive_ = read.sensitive;
  bool personal = false;
  for (const ground::ReadId id : read.inputs) {
    const Admitted* input = admission_.find(id);
    if (input == nullptr || input->impersonal()) continue;
    if (!personal || input->source().at > out.source_.at) {
      out.source_ = input->source();
      out.source_.method = ground::Method::inferred;
    }
    out.relation_ = std::max(out.relation_, input->relation());
    personal = true;
  }
  return personal;
}

void Gatherer::derived(const Read& read, Admitted& out) {
  auto value = read.expr->evaluate(admission_);
  if (!value || value->is_null()) return;  // what it needs is absent, so it is
  out.own_ = *std::move(value);
  if (!inherit(read, out)) out.impersonal_ = true;
  out.value_ = &out.own_;
}

void Gatherer::phase(const Read& read, Admitted& out) {
  const ground::Phase* found = nullptr;
  for (const ground::Phase& phase : snapshot_.phases) {
    if (phase.when) {
      const auto holds = phase.when->evaluate(admission_);
      if (!holds || !holds->is(Value::Kind::boolean) || !holds->as_bool()) continue;
    }
    found = &phase;
  }
  if (found == nullptr) return;
  out.own_ = Value(found->name);
  inherit(read, out);
  out.value_ = &out.own_;
}

}  // namespace aizuchi::respect
