// "Don't use this": one thing that is known of a person, for one purpose or for all of them, until
// they say otherwise. It is an event of theirs as a consent is, and closes the guard's gate.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "remember/ledger/odd_use.h"
#include "respect/admission/computed.h"
#include "serve/partition/state.h"
#include "serve/partition/wishes.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

// Everything that can be named, whoever asks: the answer says nothing about a person.
Result<void> may_be_named(const ground::Snapshot& snapshot, const UseChange& change) {
  std::vector<std::string> names = {"visits", "cart", "viewed"};  // kept, read or not
  for (const ground::FactRule& fact : snapshot.facts) names.push_back(fact.name);
  for (const ground::Read& read : snapshot.reads)
    names.push_back(respect::known_as(snapshot, read));
  // These are there whether a rule reads them yet or not.
  for (const std::string_view name : {"visits", "cart", "viewed", "threads"})
    names.emplace_back(name);
  if (std::ranges::find(names, change.name) == names.end() || change.name.empty()) {
    const std::string meant = ground::nearest(change.name, names);
    return fail(ErrorCode::not_found, "There is nothing of this name that could be used.",
                meant.empty() ? "GET /v1/me names what is kept." : "Did you mean " + meant + "?");
  }
  if (change.purpose.empty() || snapshot.purpose(change.purpose) != nullptr) return {};
  return fail(ErrorCode::not_found, "There is no such purpose.", "See GET /v1/me/purposes.");
}

}  // namespace

void Partition::set_use(const Asking& person, const UseChange& change, const Key& key,
                        IngestDone done) {
  State& s = *state_;
  if (!s.snapshot)
    return done(fail(ErrorCode::unavailable, "no brand folder is published yet",
                     "run `aizuchi apply DIR`"));
  if (const auto named = may_be_named(*s.snapshot, change); !named)
    return done(std::unexpected(named.error()));
  const auto found = s.recall(person, key);
  if (!found) return done(std::unexpected(found.error()));
  if (found->person != nullptr && !change.allowed &&
      std::ranges::count(found->person->state.objections, true, &remember::Objection::holds) >=
          static_cast<ptrdiff_t>(remember::PersonState::objections_max))
    return done(fail(ErrorCode::conflict, "More things are objected to than can be noted.",
                     "Take back the purpose as a whole: PUT /v1/me/purposes/{id}."));
  ground::ValueMap details{{Value("fact"), Value(change.name)},
                           {Value("allowed"), Value(change.allowed)}};
  if (!change.purpose.empty()) details.emplace_back(Value("purpose"), Value(change.purpose));
  ground::ValueMap event{{Value("type"), Value("track")},
                         {Value("event"), Value(listen::use_event)},
                         {Value("messageId"), Value("use-" + ground::to_hex(s.dice.next_128()))},
                         {Value("properties"), Value::map(std::move(details))}};
  if (!person.anonymous_id.empty())
    event.emplace_back(Value("anonymousId"), Value(person.anonymous_id));
  if (!person.user_id.empty()) event.emplace_back(Value("userId"), Value(person.user_id));
  auto batch = listen::read_events(Value::map(std::move(event)), std::nullopt, s.clock.now());
  if (!batch) return done(std::unexpected(batch.error()));
  if (!batch->refused.empty())
    return done(fail(ErrorCode::invalid, batch->refused.front().message));
  ingest(*std::move(batch), key, person, std::move(done));
}

Result<std::string> Partition::objections_json(const Asking& person, const Key& key,
                                               ground::LocaleId locale) {
  const State::Found found = TRY(state_->recall(person, key));
  ground::JsonWriter out;
  out.object();
  state_->write_objections(out, found, locale);
  return out.end_object().take();
}

// What a person said when proven is not shown to whoever has their device.
void Partition::State::write_objections(ground::JsonWriter& out, const Found& found,
                                        ground::LocaleId locale) const {
  out.key("objections").array();
  const bool user = found.person != nullptr && is_users(*found.person);
  const bool shown =
      found.person != nullptr && snapshot && (found.viewer >= ground::Assurance::a2 || !user);
  if (shown)
    for (const remember::Objection& each : found.person->state.objections) {
      if (!each.holds || remember::odd_use(each.name)) continue;
      out.object().member("fact", each.name).member("at", ground::format_instant(each.at));
      if (const ground::Purpose* purpose = snapshot->purpose(each.purpose))
        out.member("purpose", purpose->name).member("says", purpose->says.in(locale));
      out.end_object();
    }
  out.end_array().key("odd").array();
  if (shown)
    for (const remember::Objection& each : found.person->state.objections)
      if (const auto use = remember::odd_use(each.name); use && each.holds) {
        out.object().member("fact", use->fact);
        write_odd_place(out, use->of);
        out.member("at", ground::format_instant(each.at)).end_object();
      }
  out.end_array();
}

bool Partition::State::is_users(const remember::Person& person) {
  return std::ranges::any_of(person.state.identifiers,
                             [](const auto& each) { return each.kind == remember::user_id_kind; });
}

}  // namespace aizuchi::serve
