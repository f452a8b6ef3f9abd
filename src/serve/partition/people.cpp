// What is known of one person, for those who may see it: the brand's servers by scope, the operator
// at the command line, and the person's own purposes at device level.
#include <algorithm>

#include "ground/base/json.h"
#include "remember/ledger/odd_use.h"
#include "respect/admission/computed.h"
#include "respect/consent/consent.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::JsonWriter;
using ground::Result;
using Table = ground::Vocabulary::Table;

namespace {

std::string_view word(respect::Standing standing) {
  switch (standing) {
    case respect::Standing::none:
      return "none";
    case respect::Standing::granted:
      return "granted";
    case respect::Standing::withdrawn:
      return "withdrawn";
    case respect::Standing::text_changed:
      return "text_changed";
  }
  return "none";
}

void write_provenance(JsonWriter& out, const ground::Provenance& p,
                      const ground::Vocabulary& names) {
  out.member("method", ground::to_string(p.method));
  out.member("context", names.name(Table::context, p.collected_in.index));
  out.member("source", names.name(Table::source, p.source.index));
  out.member("subject", ground::to_string(p.subject));
  out.member("channel", ground::to_string(p.channel));
  if (p.notice.valid()) out.member("notice", names.name(Table::notice, p.notice.index));
  out.key("purposes").array();
  for (uint8_t i = 0; i < names.size(Table::purpose); ++i)
    if (p.purposes.has({i})) out.value(names.name(Table::purpose, i));
  out.end_array();
  out.member("viewerMin", ground::to_string(p.viewer_min));
}

void write_facts(JsonWriter& out, const remember::PersonState& person,
                 const ground::Vocabulary& names, const ground::Purpose* purpose) {
  out.key("facts").array();
  for (const remember::Fact& fact : person.facts) {
    const ground::PurposeSet told_for = names.provenance(fact.provenance).purposes;
    if (purpose != nullptr && !told_for.has(purpose->id)) continue;
    out.object()
        .member("fact", names.name(Table::fact, fact.key.index))
        .member("value", fact.value);
    write_provenance(out, names.provenance(fact.provenance), names);
    out.member("at", ground::format_instant(fact.at));
    if (fact.expires_at != ground::Instant::never())
      out.member("expiresAt", ground::format_instant(fact.expires_at));
    out.member("evidence", fact.evidence).end_object();
  }
  out.end_array();
}

void write_aggregates(JsonWriter& out, const remember::PersonState& person,
                      const ground::Vocabulary& names) {
  out.key("aggregates").array();
  for (const remember::Aggregate& aggregate : person.aggregates) {
    uint64_t count = 0;
    double sum = 0;
    for (const remember::Series& series : aggregate.series)
      for (const remember::Bucket& bucket : series.buckets) {
        count += bucket.count;
        sum += bucket.sum;
      }
    out.object().member("aggregate", names.name(Table::aggregate, aggregate.id.index));
    out.member("count", count).member("sum", sum).member("warming", aggregate.warming).end_object();
  }
  out.end_array();
}

// `granted` is what was said; `standing` whether it holds, by the words of today.
void write_consents(JsonWriter& out, const remember::PersonState& person,
                    const ground::Vocabulary& names, const ground::Snapshot* snapshot) {
  out.key("consents").array();
  for (const remember::Consent& consent : person.consents) {
    out.object().member("purpose", names.name(Table::purpose, consent.purpose.index));
    out.member("granted", consent.granted).member("at", ground::format_instant(consent.at));
    if (const auto* purpose = snapshot == nullptr ? nullptr : snapshot->purpose(consent.purpose))
      out.member("standing", word(respect::standing(person, *purpose)));
    out.member("proof", ground::to_string(consent.proof))
        .member("evidence", consent.evidence)
        .end_object();
  }
  out.end_array();
}

}  // namespace

std::vector<Partition::PurposeStanding> Partition::purposes(const Asking& asking, const Key& key) {
  std::vector<PurposeStanding> out;
  if (!state_->snapshot) return out;
  const State::Found found = state_->recall(asking, key).value_or(State::Found{});
  for (const ground::Purpose& purpose : state_->snapshot->purposes) {
    const auto s = found.person == nullptr ? respect::Standing::none
                                           : respect::standing(found.person->state, purpose);
    out.push_back({.purpose = purpose.name,
                   .standing = std::string(word(s)),
                   .basis = purpose.basis,
                   .says = purpose.says,
                   .text_version = text_version(purpose)});
  }
  return out;
}

Result<remember::Person*> Partition::State::known(const Asking& asking) {
  remember::Person* person = TRY(person_of(remember::user_id_kind, asking.user_id));
  if (person == nullptr) person = TRY(person_of(remember::anonymous_id_kind, asking.anonymous_id));
  if (person == nullptr) person = TRY(person_of(remember::claimed_id_kind, asking.user_id));
  if (person == nullptr)
    return fail(ErrorCode::not_found, "nobody is known by this id",
                "ids are compared exactly, letter case included");
  return person;
}

Result<std::string> Partition::person_json(const Asking& asking) {
  const remember::Person* found = TRY(state_->known(asking));
  return state_->person_text(found->state, nullptr);
}

void Partition::State::write_all_computed(JsonWriter& out,
                                          const remember::PersonState& person) const {
  out.key("computed").array();
  if (snapshot) {
    const respect::Situation situation{.viewer = ground::Assurance::a3,
                                       .now = clock.now(),
                                       .now_value = ground::Value(clock.now()),
                                       .context = {},
                                       .population = population.get()};
    for (const respect::Computed& each :
         respect::computed(*snapshot, respect::Handle(&person, *this), situation)) {
      out.object();
      write_computed(out, each, ground::LocaleId{0});
      out.key("purposes").array();
      for (const ground::Purpose& purpose : snapshot->purposes)
        if (each.purposes.has(purpose.id)) out.value(purpose.name);
      out.end_array().end_object();
    }
  }
  out.end_array();
}

void Partition::State::write_threads(JsonWriter& out, const remember::PersonState& person) const {
  out.key("threads").array();
  for (const remember::Thread& thread : person.threads) {
    out.object().member("kind", ground::to_string(thread.kind));
    out.member("state", ground::to_string(thread.state));
    for (const auto& [name, text] : {std::pair("id", &thread.key),
                                     {"topic", &thread.topic},
                                     {"product", &thread.product},
                                     {"owner", &thread.owner}})
      if (!text->empty()) out.member(name, *text);
    if (thread.heard) out.member("heard", true);
    if (thread.complaint) out.member("complaint", true);
    out.member("opened", ground::format_instant(thread.opened_at));
    out.member("changed", ground::format_instant(thread.changed_at));
    if (thread.due != ground::Instant::never())
      out.member("due", ground::format_instant(thread.due))
          .member("overdue", thread.overdue(clock.now()));
    write_provenance(out, vocabulary.provenance(thread.provenance), vocabulary);
    if (thread.expires_at != ground::Instant::never())
      out.member("expiresAt", ground::format_instant(thread.expires_at));
    out.member("evidence", thread.evidence).end_object();
  }
  out.end_array();
}

std::string Partition::State::person_text(const remember::PersonState& person,
                                          const ground::Purpose* purpose) const {
  const ground::Vocabulary& names = vocabulary;
  JsonWriter out;
  out.object().member("id", ground::to_hex(person.id.raw));
  out.member("since", ground::format_instant(person.created_at));
  out.key("identifiers").array();
  for (const auto& identifier : person.identifiers)
    out.object().member("kind", identifier.kind).member("value", identifier.value).end_object();
  out.end_array();
  write_facts(out, person, names, purpose);
  write_consents(out, person, names, snapshot.get());
  if (purpose != nullptr) return out.end_object().take();
  write_aggregates(out, person, names);
  write_all_computed(out, person);
  out.key("objections").array();
  for (const remember::Objection& each : person.objections) {
    if (!each.holds) continue;
    const auto odd = remember::odd_use(each.name);
    out.object().member("fact", odd ? odd->fact : std::string_view(each.name));
    if (odd) out.member("oddAt", odd->of);
    if (each.purpose.valid()) out.member("purpose", names.name(Table::purpose, each.purpose.index));
    out.member("at", ground::format_instant(each.at)).member("evidence", each.evidence);
    out.end_object();
  }
  out.end_array();
  if (snapshot) write_wishes(out, &person, ground::LocaleId{0});
  write_limits(out, person);
  out.member("visits", int64_t{person.visits_total()});
  out.key("cart").array();
  for (const auto& line : person.cart)
    out.object()
        .member("product", line.product)
        .member("quantity", line.quantity)
        .member("price", line.price)
        .end_object();
  out.end_array();
  write_threads(out, person);
  out.member("said", static_cast<uint64_t>(person.said.size()));
  out.key("saidElsewhere").array();
  for (const remember::SaidElsewhere& said : person.said_elsewhere) {
    out.object().member(said.topic ? "topic" : "item", said.what).member("channel", said.channel);
    if (!said.by.empty()) out.member("by", said.by);
    out.member("at", ground::format_instant(said.at)).member("evidence", said.evidence);
    out.end_object();
  }
  out.end_array();
  return out.end_object().take();
}

Result<std::vector<Partition::KeptEvent>> Partition::history(const Asking& asking, size_t limit) {
  remember::Person* person = TRY(state_->known(asking));
  TRY(state_->settle());
  std::vector<KeptEvent> out;
  const auto take = [&](remember::Person&, const remember::LogRecord& record) -> Result<bool> {
    out.push_back({record.sequence, record.at, record.received_at, record.body});
    return out.size() < limit;
  };
  TRY(state_->ledger.history(*person, ground::Direction::backward, take));
  return out;
}

Result<std::vector<Partition::KeptEvent>> Partition::find_events(
    const std::vector<std::string>& message_ids, size_t back_max) {
  TRY(state_->settle());
  const std::unordered_set<std::string> wanted(message_ids.begin(), message_ids.end());
  std::vector<KeptEvent> out;
  const auto take = [&](remember::Person&, const remember::LogRecord& record) -> Result<bool> {
    const listen::Event event =
        TRY(listen::read_kept_event(record.body, record.at, record.received_at));
    if (wanted.contains(event.message_id))
      out.push_back({record.sequence, record.at, record.received_at, record.body});
    return true;
  };
  TRY(state_->ledger.newest(back_max, take));
  return out;
}

}  // namespace aizuchi::serve
