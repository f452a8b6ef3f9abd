#include "serve/partition/felt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "respect/consent/consent.h"
#include "serve/partition/felt_looks.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Duration;
using ground::ErrorCode;
using ground::fail;
using ground::JsonWriter;
using ground::Result;
using ground::Space;
using ground::Value;
using listen::felt_item_names;
using listen::felt_items;

namespace {

constexpr uint8_t asked_format = 1;
constexpr std::string_view asked_label = "felt";
constexpr Duration rest = Duration::days(90);
constexpr Duration beside_question = Duration::hours(24);
constexpr Duration answer_within = ground::seen_keep;
constexpr Duration look_every = Duration::minutes(10);

struct Words {
  std::string_view ja, en;
};
// Of our own wording; {} is the brand's name.
constexpr Words items_say[felt_items] = {
    {"{}は、いまのわたしに必要なことを分かってくれている", "{} understands what I need."},
    {"{}は、わたしが大切にしていることを尊重してくれている", "{} respects what matters to me."},
    {"{}は、わたしのいまの状況に合わせてくれている", "{} responds to my situation."},
    {"{}がわたしについて知っていることに、落ち着かない感じがした",
     "I felt uneasy about what {} knew about me."},
    {"なぜこれが表示されたのか、わたしには分かる", "I can see why I was shown this."}};
constexpr Words least{"まったくそう思わない", "Not at all"};
constexpr Words most{"とてもそう思う", "Very much"};

std::string_view in(const Words& words, const ground::Snapshot& snapshot, ground::LocaleId locale) {
  return snapshot.locales[locale.index].starts_with("ja") ? words.ja : words.en;
}

uint64_t first_8(ground::DecisionId id) {
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i) out = out << 8 | id.raw[i];
  return out;
}

// Why nothing is asked of them now, as far as their state says; "" when it may be.
std::string_view why_not(const remember::PersonState& person, const ground::Snapshot& snapshot,
                         uint64_t decision, ground::ItemKey slot, ground::Instant now) {
  const auto said = [&](const auto& holds) { return std::ranges::any_of(person.said, holds); };
  if (!said([&](const remember::Said& one) {
        return one.decision == decision && one.slot == slot && one.exposed;
      }))
    return "not_shown";
  if (std::ranges::any_of(person.complained, [&](const remember::Complained& one) {
        return one.at > now - decide::complained_for;
      }))
    return "complaint";
  if (said([&](const remember::Said& one) {
        return one.item == listen::felt_asked() && one.decision == 0 && one.at > now - rest;
      }))
    return "rested";
  for (const ground::OpenQuestion& question : snapshot.questions)
    for (const auto kind : {listen::passed_over_kind, listen::answered_kind})
      if (said([&](const remember::Said& one) {
            return one.item == ground::item_key(kind, question.name) &&
                   one.at > now - beside_question;
          }))
        return "question";
  return "";
}

bool may_ask(const remember::PersonState* person, const ground::Snapshot& snapshot, bool opts_out) {
  const ground::Purpose* purpose = snapshot.purpose(snapshot.felt.purpose);
  ground::PurposeSet asked_for;
  asked_for.add(snapshot.felt.purpose);
  return person != nullptr && purpose != nullptr && !(opts_out && purpose->sharing) &&
         respect::any_basis(person, asked_for, snapshot);
}

std::string nothing(std::string_view reason) {
  return fmt::format(R"({{"felt":null,"reason":"{}"}})", reason);
}

}  // namespace

// What was asked, when it comes back with its answer.
struct Felt::Asked {
  std::string person;  // 16 bytes
  std::string decision, slot;
  uint8_t layer = 0;
  uint8_t other = 0;  // the item beside F1
  ground::Instant at;

  std::string encode() const {
    ground::ByteWriter out;
    out.u8(asked_format);
    out.text(person);
    out.text(decision);
    out.text(slot);
    out.u8(layer);
    out.u8(other);
    out.zigzag(at.ms);
    return out.take();
  }
  static std::optional<Asked> decode(std::string_view bytes) {
    ground::ByteReader in(bytes);
    if (in.u8() != asked_format) return std::nullopt;
    Asked out;
    out.person = in.text();
    out.decision = in.text();
    out.slot = in.text();
    out.layer = in.u8();
    out.other = in.u8();
    out.at = {in.zigzag()};
    const bool whole = in.done() && out.other < felt_items &&
                       out.layer <= static_cast<uint8_t>(ground::Layer::resonance);
    return whole ? std::optional(std::move(out)) : std::nullopt;
  }
};

Felt::Felt(Partition& partition) : partition_(partition), state_(*partition.state_) {}

std::string Felt::asked_json(const Asked& asked, ground::LocaleId locale) {
  const ground::Snapshot& snapshot = *state_.snapshot;
  std::string ask = ground::base64(state_.ledger.seal(nullptr, asked_label, asked.encode()));
  for (char& c : ask) c = c == '+' ? '-' : c == '/' ? '_' : c;
  JsonWriter out;
  out.object().key("felt").object().member("ask", ask.substr(0, ask.find('=')));
  out.key("items").array();
  for (const size_t item : {size_t{0}, size_t{asked.other}}) {
    const std::string_view says = in(items_say[item], snapshot, locale);
    out.object().member("id", felt_item_names[item]);
    out.member("says", fmt::format(fmt::runtime(says), snapshot.name.in(locale))).end_object();
  }
  out.end_array().key("scale").object().member("from", 1).member("to", listen::felt_most);
  out.member("least", in(least, snapshot, locale)).member("most", in(most, snapshot, locale));
  out.end_object().key("purpose").object();
  const ground::Purpose* purpose = snapshot.purpose(snapshot.felt.purpose);
  out.member("id", purpose->name).member("says", purpose->says.in(locale)).end_object();
  return out.end_object().end_object().take();
}

Result<std::string> Felt::ask_json(const Asking& asking, const Key& key, ground::DecisionId id,
                                   const std::string& slot, ground::LocaleId locale) {
  Partition::State& s = state_;
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`");
  if (!s.snapshot->felt.purpose.valid()) return nothing("off");
  const auto found = TRY(s.recall(asking, key));
  if (found.person == nullptr || !may_ask(&found.person->state, *s.snapshot, asking.opts_out))
    return nothing("no_consent");
  remember::Person& person = *found.person;
  const ground::Instant now = s.clock.now();
  const ground::ItemKey place = ground::item_key("slot", slot);
  if (const auto reason = why_not(person.state, *s.snapshot, first_8(id), place, now);
      !reason.empty())
    return nothing(reason);
  // The dice of the visit, keyed: the same when the page is loaded again.
  const auto [whose, visit] = person.state.dice_at(now);
  ground::ByteWriter seed;
  seed.text("felt");
  seed.text(whose.bytes());
  seed.varint(visit);
  const uint64_t dice = ground::siphash(s.choice_key, seed.view());
  if (static_cast<double>(dice >> 11) * 0x1p-53 >= s.snapshot->felt.share)
    return nothing("not_now");
  const auto record = s.record_of(person, first_8(id));
  if (!record) return nothing("not_shown");
  const auto shown = std::ranges::find(record->slots, slot, &decide::RecordedSlot::slot);
  if (shown == record->slots.end()) return nothing("not_shown");
  listen::note_felt_asked(person.state, now);
  s.ledger.touch(person);
  ++s.counters.felt[0];
  return asked_json({.person = std::string(person.state.id.bytes()),
                     .decision = ground::to_hex(id.raw),
                     .slot = slot,
                     .layer = static_cast<uint8_t>(shown->layer),
                     .other = static_cast<uint8_t>(1 + ground::mix64(dice) % (felt_items - 1)),
                     .at = now},
                    locale);
}

// An answer on its way into the log.
struct Felt::Answering {
  remember::Person* person = nullptr;
  listen::Event event;
  listen::Sender sender;
};

namespace {

// {"slot", …} and the scores, for no other purpose than the survey's.
listen::Event event_of(const std::string& slot, ground::Layer layer, const std::string& decision,
                       const Felt::Reply& reply, const ground::Snapshot& snapshot,
                       ground::Instant now) {
  listen::Event event{.name = std::string(listen::felt_event), .at = now, .received_at = now};
  const std::array<uint8_t, 32> digest = ground::sha256(reply.ask);
  event.message_id = "felt-" + ground::hex(digest).substr(0, 32);
  ground::ValueMap told{{Value("slot"), Value(slot)},
                        {Value("layer"), Value(ground::to_string(layer))},
                        {Value("decisionId"), Value(decision)}};
  if (reply.skip) told.emplace_back(Value("skipped"), Value(true));
  for (const auto& [item, score] : reply.answers) told.emplace_back(Value(item), Value(score));
  ground::ValueMap others;
  for (const ground::Purpose& purpose : snapshot.purposes)
    if (purpose.id != snapshot.felt.purpose) others.emplace_back(Value(purpose.name), Value(false));
  const Value consent = Value::map({{Value("categoryPreferences"), Value::map(std::move(others))}});
  event.json = Value::map({{Value("type"), Value("track")},
                           {Value("event"), Value(event.name)},
                           {Value("messageId"), Value(event.message_id)},
                           {Value("context"), Value::map({{Value("consent"), consent}})},
                           {Value("properties"), Value::map(std::move(told))}});
  return event;
}

Result<void> refused(std::string message, std::string hint) {
  return fail(ErrorCode::invalid, std::move(message), std::move(hint));
}

// Each item that was asked, once, from 1 to 7; or none and a skip.
Result<void> may_be(const Felt::Reply& reply, size_t other) {
  if (reply.skip && !reply.answers.empty())
    return refused("\"skip\" and answers are both there.", "Send one of them.");
  if (reply.skip) return {};
  const std::string_view asked[] = {felt_item_names[0], felt_item_names[other]};
  if (reply.answers.size() != std::size(asked))
    return refused("It does not answer what was asked.",
                   "Send a score for each item, or \"skip\": true.");
  for (const std::string_view item : asked) {
    const auto answer =
        std::ranges::find(reply.answers, item, &std::pair<std::string, int64_t>::first);
    if (answer == reply.answers.end() || answer->second < 1 || answer->second > listen::felt_most)
      return refused(fmt::format("\"{}\" is not answered from 1 to 7.", item),
                     "Send a whole number, or \"skip\": true.");
  }
  return {};
}

}  // namespace

Result<Felt::Answering> Felt::answering(const Asking& asking, const Reply& reply, const Key& key) {
  Partition::State& s = state_;
  TRY(s.store->writable());
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`");
  std::string sealed;
  const auto plain = ground::base64_decode(reply.ask, sealed)
                         ? s.ledger.open(ground::PersonId{}, asked_label, sealed)
                         : fail(ErrorCode::invalid, "");
  const auto asked = plain ? Asked::decode(*plain) : std::nullopt;
  const auto found = TRY(s.recall(asking, key));
  const bool theirs = asked && found.person != nullptr &&
                      s.clock.now() < asked->at + answer_within &&
                      asked->person == found.person->state.id.bytes();
  if (!theirs)
    return fail(ErrorCode::invalid,
                "\"ask\" is not of what was asked here of this person within the last 7 days.",
                "GET /v1/me/felt asks.");
  TRY(may_be(reply, asked->other));
  const ground::Source* source = s.snapshot->source(key.source);
  const ground::PurposeId purpose = s.snapshot->felt.purpose;
  if (!may_ask(&found.person->state, *s.snapshot, asking.opts_out) || source == nullptr ||
      !source->purposes.has(purpose) || !key.may(Scope::ingest))
    return fail(ErrorCode::forbidden, "There is no consent to what this answer is for.",
                "PUT /v1/me/purposes/{id} keeps one; the key's source has to collect for it.");
  return Answering{
      .person = found.person,
      .event = event_of(asked->slot, static_cast<ground::Layer>(asked->layer), asked->decision,
                        reply, *s.snapshot, s.clock.now()),
      .sender = {source->id, key.secret && !asking.user_id.empty() ? ground::Assurance::a3
                             : asking.proof                        ? ground::Assurance::a2
                                                                   : ground::Assurance::a0}};
}

void Felt::answer(const Asking& asking, const Reply& reply, const Key& key, Done done) {
  Partition::State& s = state_;
  const auto found = answering(asking, reply, key);
  if (!found) return done(std::unexpected(found.error()));
  const std::string seen = seen_key(key.id, found->event.message_id);
  const auto known = s.store->contains(Space::seen, seen);
  if (!known) return done(std::unexpected(known.error()));
  const bool duplicate = *known || s.in_flight.contains(seen);
  ground::Batch batch;
  if (!duplicate) {
    if (const auto kept = s.keep_own(*found->person, found->event, found->sender, batch); !kept)
      return done(std::unexpected(kept.error()));
    ground::ByteWriter received;
    received.be64(static_cast<uint64_t>(found->event.received_at.ms));
    batch.put(Space::seen, seen, received.view());
    s.in_flight.insert(seen);
    ++s.counters.felt[reply.skip ? 2 : 1];
  }
  s.store->commit(
      std::move(batch), ground::Durability::synced,
      [state = &s, seen, duplicate, finish = std::move(done)](const Result<void>& written) mutable {
        Result<std::string> answer =
            fmt::format(R"({{"accepted":true,"duplicate":{}}})", duplicate ? "true" : "false");
        if (!written) answer = std::unexpected(written.error());
        state->hand_over(
            [state, seen, duplicate, answer = std::move(answer), finish = std::move(finish)] {
              if (!duplicate) state->in_flight.erase(seen);
              finish(answer);
            });
      });
}

Result<std::string> Felt::answer_and_wait(const Asking& asking, const Reply& reply,
                                          const Key& key) {
  // Shared: where a write failed it comes after we gave up.
  const auto told = std::make_shared<std::optional<Result<std::string>>>();
  answer(asking, reply, key, [told](const Result<std::string>& outcome) { *told = outcome; });
  TRY(state_.store->commit_and_wait({}, ground::Durability::synced));
  if (!*told) partition_.tick();
  AIZ_ASSERT(told->has_value());
  return **told;
}

// ---- results

namespace {

void write_estimate(JsonWriter& out, std::string_view name, const Estimate& estimate) {
  out.key(name).object().member("mean", estimate.mean);
  out.member("low", estimate.low).member("high", estimate.high).end_object();
}

bool alerts(const FeltItems& items) {
  const FeltTally& unease = items[listen::felt_unease];
  return unease.told() && unease_of(unease).mean > unease_share_max;
}

// The members of an object that is open.
void write_items(JsonWriter& out, const FeltItems& items) {
  out.key("people");
  if (items[0].told())
    out.value(items[0].n);
  else
    out.null();
  if (const auto all = understood(items)) write_estimate(out, "understood", *all);
  out.key("items").array();
  for (size_t i = 0; i < felt_items; ++i) {
    if (!items[i].told()) continue;
    const Estimate mean = mean_of(items[i]);
    out.object().member("id", felt_item_names[i]).member("n", items[i].n);
    out.member("mean", mean.mean).member("low", mean.low).member("high", mean.high).end_object();
  }
  out.end_array();
  const FeltTally& unease = items[listen::felt_unease];
  if (!unease.told()) return;
  const Estimate share = unease_of(unease);
  out.key("uneasy").object().member("n", unease.n).member("share", share.mean);
  out.member("low", share.low).member("high", share.high);
  out.member("alert", alerts(items)).end_object();
}

FeltItems all_of(const FeltResults& results) {
  std::vector<const FeltItems*> groups;
  for (const auto& [group, items] : results.groups) groups.push_back(&items);
  return pooled(groups);
}

std::string slot_name(const ground::Snapshot* snapshot, ground::ItemKey key) {
  if (snapshot == nullptr) return "";
  const auto slot = std::ranges::find(snapshot->slots, key, &ground::Slot::key);
  return slot == snapshot->slots.end() ? "" : slot->name;
}

}  // namespace

std::string Felt::results_json() {
  Partition::State& s = state_;
  const FeltResults& results = *s.felt_results;
  const ground::Instant now = s.clock.now();
  const bool on = s.snapshot && s.snapshot->felt.purpose.valid();
  if (on && (results.at.ms == INT64_MIN || now > results.at + look_every))
    s.expire_due = std::min(s.expire_due, now);
  JsonWriter out;
  out.object().member("on", on);
  if (results.at.ms == INT64_MIN)
    out.key("at").null();
  else
    out.member("at", ground::format_instant(results.at));
  out.member("days", 90).member("fewerThan", felt_people_min);
  out.member("uneasyAlertOver", unease_share_max);
  out.key("all").object();
  write_items(out, all_of(results));
  out.end_object().key("groups").array();
  for (const auto& [group, items] : results.groups) {
    const std::string slot = slot_name(s.snapshot.get(), group.second);
    if (slot.empty()) continue;
    out.object().member("layer", ground::to_string(group.first)).member("slot", slot);
    write_items(out, items);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

bool Felt::looked(ground::Instant since) {
  Partition::State& s = state_;
  if (s.felt_results->at >= since) return true;
  if (!s.expiring) s.expire_due = std::min(s.expire_due, s.clock.now());
  return false;
}

Felt::Now Felt::now() const {
  const FeltResults& results = *state_.felt_results;
  const FeltItems all = all_of(results);
  Now out;
  if (const auto mean = understood(all)) out.understood = mean->mean;
  if (all[listen::felt_unease].told()) out.uneasy = unease_of(all[listen::felt_unease]).mean;
  out.alerts = alerts(all) ? 1 : 0;
  for (const auto& [group, items] : results.groups) out.alerts += alerts(items) ? 1 : 0;
  return out;
}

}  // namespace aizuchi::serve
