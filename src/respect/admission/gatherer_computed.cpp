// The values computed from what is remembered: aggregates, visits, cart, derived facts, phase,
// scales. Only what the guard admits is counted, and the level is the lowest of what was. A count
// of zero beside something withheld is absent, not zero: "has never ordered" must not be concluded
// from orders that may not be used here (P9).
#include <algorithm>
#include <cmath>
#include <ranges>

#include "ground/catalog/population.h"
#include "respect/admission/counted.h"
#include "respect/admission/gatherer.h"

namespace aizuchi::respect {

using ground::AggregateKind;
using ground::Level;
using ground::Read;
using ground::ReadKind;
using ground::Value;

namespace {

constexpr ground::Duration kept_max = ground::Duration::days(365);
constexpr ground::Duration viewed_window = ground::Duration::days(90);
constexpr size_t viewed_most = 8;

ground::Instant end_of(const remember::Bucket& bucket) {
  return {(int64_t{bucket.hour} + (bucket.day ? 24 : 1)) * ground::ms_per_hour};
}

}  // namespace

ground::Duration keep_of(const ground::Snapshot& snapshot, ground::EventId event) {
  const auto rule = std::ranges::find(snapshot.events, event, &ground::EventRule::id);
  return rule == snapshot.events.end() ? kept_max : rule->keep;
}

ground::Duration window_of(const ground::Snapshot& snapshot, const Read& read) {
  return std::min(keep_of(snapshot, snapshot.aggregates[read.aggregate_index].event),
                  read.window.ms == 0 ? kept_max : read.window);
}

void Gatherer::aggregate(const Read& read, Admitted& out) {
  const ground::Aggregate& spec = snapshot_.aggregates[read.aggregate_index];
  const bool countable = spec.kind == AggregateKind::count || spec.kind == AggregateKind::sum;
  const remember::Aggregate* kept = person_ == nullptr ? nullptr : person_->find(read.aggregate);
  if (kept != nullptr && kept->warming) return withhold(read, Level::deny, Refusal::warming);
  const ground::Duration keep = keep_of(snapshot_, spec.event);
  const ground::Duration window = window_of(snapshot_, read);
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
        if (!in_window(bucket, window, situation_.now)) continue;
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
      if (at <= situation_.now - keep) continue;
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
    const ground::Product* product = snapshot_.product(line.product);
    const bool sensitive = product != nullptr && product->sensitive;
    if (!sum.take(behaviour(line.provenance, sensitive), provenance(line.provenance), line.at))
      continue;
    sum.sensitive = sum.sensitive || sensitive;
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

// While the visit goes on it may be used there; nobody is learned from by it.
bool Gatherer::set_apart(const remember::Seen& seen) const {
  const bool decides = admission_.slot_.context.valid();
  const remember::Wish* wish =
      person_->wishes.empty() ? nullptr : person_->apart(seen.at, seen.product);
  if (wish != nullptr) return !decides || situation_.now >= wish->until;
  return provenance(seen.provenance).subject == ground::Subject::gift &&
         (!decides || situation_.now >= seen.at + remember::visit_pause);
}

// Views of sensitive products are not kept at all (listen/events).
void Gatherer::viewed(const Read& read, Admitted& out) {
  if (person_ == nullptr) return;
  // Where people are only learned from, all that is kept; a decision needs the newest.
  const size_t most =
      admission_.slot_.context.valid() ? viewed_most : remember::PersonState::seen_max;
  Sum sum;
  ground::ValueList newest;
  std::vector<ground::ItemKey> taken;
  for (const remember::Seen& seen : std::views::reverse(person_->seen)) {
    if (taken.size() == most || seen.at <= situation_.now - viewed_window) break;
    if (std::ranges::find(taken, seen.product) != taken.end() || set_apart(seen)) continue;
    if (!sum.take(behaviour(seen.provenance, false), provenance(seen.provenance), seen.at))
      continue;
    if (!person_->wishes.empty() && person_->apart(seen.at, seen.product) != nullptr)
      sum.teaches = false;  // for this time only
    taken.push_back(seen.product);
    newest.push_back(Value(static_cast<int64_t>(seen.product)));
    newest.push_back(Value(seen.at.ms));
  }
  if (sum.refused) withhold(read, sum.refused_level, sum.first_refusal);
  if (sum.any) admit(out, Value::list(std::move(newest)), sum);
}

bool Gatherer::inherit(const Read& read, Admitted& out) const {
  // A bare count is what was seen; anything else is concluded, and a conclusion is never spoken.
  out.level_ = read.inferred ? Level::rank : Level::say;
  out.lowered_by_ = read.inferred ? Refusal::inferred : Refusal::none;
  out.source_ = {.method = ground::Method::inferred, .at = situation_.now};
  out.sensitive_ = read.sensitive;
  bool personal = false;
  bool teaches = true;
  for (const ground::ReadId id : read.inputs) {
    const Admitted* input = admission_.find(id);
    if (input == nullptr || input->impersonal()) continue;
    teaches = teaches && input->teaches();
    if (!personal || input->source().at > out.source_.at) {
      out.source_ = input->source();
      if (read.inferred) out.source_.method = ground::Method::inferred;
    }
    if (input->level() < out.level_) {
      out.level_ = input->level();
      out.lowered_by_ = input->lowered_by();
    }
    out.relation_ = std::max(out.relation_, input->relation());
    out.sensitive_ = out.sensitive_ || input->sensitive();
    personal = true;
  }
  out.teaches_ = personal && teaches && !out.sensitive_;
  return personal;
}

Ruling Gatherer::own_rule(const Read& read, const Admitted& out) const {
  Ruling ruling{out.level_, out.lowered_by_, out.relation_, out.teaches_};
  const ground::FactRule* rule_of_fact = snapshot_.fact(read.fact);
  if (rule_of_fact == nullptr) return ruling;
  if (ruling.teaches)
    ruling.teaches = rule_of_fact->purposes.has(snapshot_.counting->slot.purpose) &&
                     !rule_of_fact->pii && !rule_of_fact->sensitive;
  if (!rule_of_fact->purposes.has(place_.purpose.id))
    return {Level::deny, Refusal::purpose_ended, ruling.relation};
  if (place_.viewer < rule_of_fact->viewer_min)
    return {Level::deny, Refusal::viewer_not_proven, ruling.relation};
  const bool risky = rule_of_fact->sensitive || rule_of_fact->pii;
  if (risky && place_.purpose.basis == ground::Basis::notice)
    return {Level::deny, Refusal::not_low_risk, ruling.relation};
  bool sensitive_already = false;
  for (const ground::ReadId id : read.inputs) {
    const Admitted* input = admission_.find(id);
    if (input == nullptr || input->impersonal()) continue;
    sensitive_already = sensitive_already || input->sensitive();
    const ground::Provenance from{.collected_in = input->source().collected_in};
    const Matter matter{.provenance = from, .name = rule_of_fact->name};
    const ground::Norm* norm = norm_for(matter, place_);
    if (norm != nullptr && norm->level < ruling.level)
      ruling.level = norm->level, ruling.why = Refusal::by_norm;
  }
  if (rule_of_fact->sensitive && !sensitive_already && ruling.level > Level::deny)
    ruling.level = static_cast<Level>(static_cast<int>(ruling.level) - 1),
    ruling.why = Refusal::sensitive;
  return ruling;
}

void Gatherer::derived(const Read& read, Admitted& out) {
  auto value = read.expr->evaluate(admission_);
  if (!value || value->is_null()) return;  // what it needs is absent, so it is
  if (!inherit(read, out)) {
    out.level_ = Level::rank;
    out.impersonal_ = true;
  } else {
    const Ruling ruling = own_rule(read, out);
    if (ruling.level < Level::say) withhold(read, ruling.level, ruling.why);
    if (ruling.level < Level::rank) return;
    out.level_ = ruling.level;
    out.lowered_by_ = ruling.why;
    out.teaches_ = ruling.teaches;
  }
  out.own_ = *std::move(value);
  out.value_ = &out.own_;
}

// The last phase whose rule holds – but where a later rule's "no" comes from something that may
// not be used here, nobody knows, and the phase is absent: no 「はじめまして」 to a regular (P9).
void Gatherer::phase(const Read& read, Admitted& out) {
  if (!situation_.phase.empty()) {
    out.own_ = Value(situation_.phase);
    out.level_ = Level::rank;
    out.impersonal_ = true;
    out.value_ = &out.own_;
    return;
  }
  const ground::Phase* found = nullptr;
  const Withheld* unsure = nullptr;
  for (const ground::Phase& phase : snapshot_.phases) {
    bool holds = true;
    if (phase.when) {
      const auto value = phase.when->evaluate(admission_);
      holds = value && value->is(Value::Kind::boolean) && value->as_bool();
      if (const Withheld* hidden = admission_.withheld_of(phase.when->reads());
          !holds && hidden != nullptr)
        unsure = hidden;
    }
    if (holds) found = &phase, unsure = nullptr;
  }
  if (unsure != nullptr) return withhold(read, Level::deny, unsure->why);
  if (found == nullptr) return;
  out.own_ = Value(found->name);
  if (!inherit(read, out)) out.impersonal_ = true;
  out.value_ = &out.own_;
}

std::optional<double> number_on(const ground::Snapshot& snapshot, const ground::Scale& scale,
                                Admission& admission, ground::Instant now) {
  const Read& read = snapshot.reads[scale.read];
  bool personal = false;
  for (const ground::ReadId id : read.inputs) {
    const Admitted* input = admission.find(id);
    personal = personal || (input != nullptr && !input->impersonal());
  }
  if (!personal) return std::nullopt;
  const auto value = read.expr->evaluate(admission);
  if (!value) return std::nullopt;
  if (value->is(Value::Kind::timestamp)) {
    const ground::Timestamp moment = value->as_timestamp();
    const ground::Instant at{moment.seconds * 1000 + moment.nanos / 1'000'000};
    if (scale.within.ms > 0 && at <= now - scale.within) return std::nullopt;
    return static_cast<double>(at.ms);
  }
  const double number = value->number_or(NAN);
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

// The part of all people that the person is in, by their number of this moment and the cut points
// of the last count. It is a conclusion about them, so it may choose and is never spoken (P1).
void Gatherer::scale(const Read& read, Admitted& out) {
  const ground::Scale& scale = snapshot_.scales[read.scale_index];
  const auto number = number_on(snapshot_, scale, admission_, situation_.now);
  if (!number) return;
  const ground::CutPoints* cuts =
      situation_.population == nullptr ? nullptr : situation_.population->find(scale.fingerprint);
  if (cuts == nullptr || cuts->at.empty())
    return withhold(read, Level::deny, Refusal::not_compared);
  inherit(read, out);
  withhold(read, out.level_, out.lowered_by_);
  out.own_ = Value(static_cast<int64_t>(cuts->part_of(*number)));
  out.value_ = &out.own_;
}

}  // namespace aizuchi::respect
