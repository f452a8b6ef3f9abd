#include "serve/partition/centre.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ground/base/json.h"
#include "ground/domain/value_choice.h"
#include "respect/guard/guard.h"
#include "serve/partition/state.h"
#include "speak/render/sentences.h"
#include "understand/resonance/leanings.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::JsonWriter;
using ground::Result;
using ground::Value;

namespace {

// Counting is our business, not theirs.
bool tells_something(respect::Refusal why) {
  return why != respect::Refusal::warming && why != respect::Refusal::not_compared &&
         why != respect::Refusal::none;
}

// The same thing is withheld at several places for one reason.
struct Withheld {
  std::string what, why;
  bool chooses = false;  // … but for choosing, unspoken
  auto operator<=>(const Withheld&) const = default;
};

void write_withheld(JsonWriter& out, const remember::PersonState& person,
                    const remember::ProvenanceLookup& provenances,
                    const respect::Situation& situation, const ground::Snapshot& snapshot,
                    ground::LocaleId locale) {
  std::map<Withheld, std::vector<std::string>> found;
  for (const ground::Slot& slot : snapshot.slots) {
    const respect::Admission admission(snapshot, slot, respect::Handle(&person, provenances),
                                       situation);
    for (const respect::Withheld& each : admission.withheld()) {
      if (!tells_something(each.why)) continue;
      const speak::HeldBack held = speak::held_back(snapshot, each, locale);
      auto& slots = found[{held.what, held.why, each.level >= ground::Level::rank}];
      if (std::ranges::find(slots, slot.name) == slots.end()) slots.push_back(slot.name);
    }
  }
  out.key("withheld").array();
  for (const auto& [held, slots] : found) {
    out.object().member("what", held.what).member("why", held.why);
    out.member("chooses", held.chooses).key("slots").array();
    for (const std::string& slot : slots) out.value(slot);
    out.end_array().end_object();
  }
  out.end_array();
}

// As they put them in order, or chose last; the axes in the order of how dear they are.
void write_values(JsonWriter& out, const remember::PersonState& person,
                  const remember::ProvenanceLookup& provenances, const ground::Snapshot& snapshot,
                  understand::Leanings& leanings, Instant now, ground::LocaleId locale) {
  for (const remember::Fact& fact : person.facts) {
    const ground::FactRule* rule = snapshot.fact(fact.key);
    if (rule == nullptr || rule->type != ground::FactType::values ||
        provenances.provenance(fact.provenance).method == ground::Method::inferred)
      continue;
    const auto choices = ground::value_choices(fact.value);
    out.key("values").object().member("fact", rule->name).key("order").array();
    for (const ground::ValueChoice& choice : choices)
      if (choice.at == choices.back().at) out.value(choice.best);
    out.end_array().key("axes").array();
    const auto standings = leanings.standings(fact.value, snapshot, now);
    for (const int standing : {1, 0, -1})
      for (size_t i = 0; i < standings.size(); ++i)
        if (standings[i] == standing)
          out.object()
              .member("axis", snapshot.axes[i].name)
              .member("label", snapshot.axes[i].says.in(locale))
              .member("standing", int64_t{standing})
              .end_object();
    out.end_array().end_object();
    return;
  }
  out.key("values").null();
}

}  // namespace

void Partition::State::write_limits(JsonWriter& out, const remember::PersonState& person) const {
  const Instant now = clock.now();
  out.key("pause");
  if (person.pause.until <= now)
    out.null();
  else
    out.object()
        .member("from", ground::format_instant(person.pause.from))
        .member("until", ground::format_instant(person.pause.until))
        .member("now", person.pause.holds(now))
        .end_object();
  out.key("frequency").array();
  for (const remember::Frequency& each : person.frequencies)
    if (each.times > 0)
      out.object()
          .member("channel", ground::to_string(each.channel))
          .member("times", uint64_t{each.times})
          .member("per", each.per.ms % ground::ms_per_day == 0
                             ? fmt::format("{}d", each.per.ms / ground::ms_per_day)
                             : fmt::format("{}h", each.per.ms / ground::ms_per_hour))
          .end_object();
  out.end_array();
}

void Partition::State::write_limits(JsonWriter& out, const Found& found) const {
  static const remember::PersonState nobody;
  const bool shown = found.person != nullptr &&
                     (found.viewer >= ground::Assurance::a2 || !is_users(*found.person));
  write_limits(out, shown ? found.person->state : nobody);
}

bool Centre::knows(const Asking& person) {
  return state_.person_of(remember::user_id_kind, person.user_id).value_or(nullptr) != nullptr;
}

Result<std::string> Centre::wishes_json(const Asking& asking, const Key& key) {
  const Partition::State::Found found = TRY(state_.recall(asking, key));
  JsonWriter out;
  out.object();
  state_.write_limits(out, found);
  return out.end_object().take();
}

Result<std::string> Centre::json(const Asking& asking, const Key& key, ground::LocaleId locale) {
  Partition::State& s = state_;
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`");
  const Partition::State::Found found = TRY(s.recall(asking, key));
  if (found.person == nullptr || found.viewer < ground::Assurance::a2)
    return std::string(R"({"withheld":[],"answers":[],"values":null})");
  // In a break all is withheld; what is beside it is told as it is without.
  remember::PersonState person = found.person->state;
  person.pause = {};
  const respect::Situation situation{.viewer = found.viewer,
                                     .now = s.clock.now(),
                                     .now_value = Value(s.clock.now()),
                                     .context = {},
                                     .population = s.population.get()};
  JsonWriter out;
  out.object();
  write_withheld(out, person, s, situation, *s.snapshot, locale);
  s.write_answers(out, person, locale);
  write_values(out, person, s, *s.snapshot, *s.leanings, s.clock.now(), locale);
  return out.end_object().take();
}

}  // namespace aizuchi::serve
