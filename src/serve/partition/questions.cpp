#include "serve/partition/questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "decide/temper/temper.h"
#include "ground/base/bytes.h"
#include "ground/base/json.h"
#include "respect/consent/consent.h"
#include "serve/partition/state.h"
#include "understand/resonance/leanings.h"

namespace aizuchi::serve {

using ground::Assurance;
using ground::ErrorCode;
using ground::fail;
using ground::JsonWriter;
using ground::OpenQuestion;
using ground::Result;
using ground::Space;
using ground::Value;
using Kind = OpenQuestion::Kind;

namespace {

constexpr uint8_t ask_format = 1;
constexpr std::string_view ask_label = "ask";
// An answer is known as given for so long, too (seen_keep): it counts once.
constexpr ground::Duration ask_kept = ground::seen_keep;
constexpr ground::Duration rest_after_passing = ground::Duration::days(30);
constexpr ground::Duration rest_after_nothing = ground::Duration::days(365);
// For so long nothing is asked after somebody wrote of a worry that nobody called settled.
constexpr ground::Duration worry_for = ground::Duration::days(30);

std::string_view word(Kind kind) {
  static constexpr std::string_view words[] = {"best", "best-worst", "pair", "single"};
  return words[static_cast<size_t>(kind)];
}

// What a question was, when it comes back with its answer.
struct Asked {
  std::string person;  // 16 bytes
  std::string question;
  std::vector<std::string> shown;
  ground::Instant at;
};

std::string encode(const Asked& asked) {
  ground::ByteWriter out;
  out.u8(ask_format);
  out.text(asked.person);
  out.text(asked.question);
  out.varint(asked.shown.size());
  for (const std::string& name : asked.shown) out.text(name);
  out.zigzag(asked.at.ms);
  return out.take();
}

std::optional<Asked> decode_asked(std::string_view bytes) {
  ground::ByteReader in(bytes);
  if (in.u8() != ask_format) return std::nullopt;
  Asked out;
  out.person = in.text();
  out.question = in.text();
  for (size_t n = in.count(1); n > 0 && in.ok(); --n) out.shown.emplace_back(in.text());
  out.at = {in.zigzag()};
  return in.done() ? std::optional(std::move(out)) : std::nullopt;
}

// What may be asked now, or why nothing is.
struct Next {
  const OpenQuestion* question = nullptr;  // the one that `why_not` is about, too
  std::string_view why_not;                // "": it is to be asked
  std::vector<std::string> shown;
  size_t answered = 0;
};

// So that no axis gains by its place.
void shuffle(std::vector<std::string>& names, ground::Dice& dice) {
  for (size_t i = names.size(); i > 1; --i)
    std::swap(names[i - 1], names[static_cast<size_t>(dice.next_u64() % i)]);
}

// State is a template's parameter here, for it is the partition's own.
template <typename State>
class Asker {
 public:
  Asker(State& state, const remember::PersonState* person, bool opts_out)
      : s_(state), person_(person), now_(state.clock.now()), opts_out_(opts_out) {}

  // The first question of the folder that is wanted and to be asked; else why none is.
  Next next(const Dialogue::Wanted& wanted) const {
    if (something_is_wrong()) return {.why_not = "something_is_wrong"};
    if (person_ != nullptr && person_->rests(now_)) return {.why_not = "paused"};
    if (person_ != nullptr && person_->apart(now_, 0) != nullptr) return {.why_not = "told_us"};
    Next out{.why_not = "nothing_to_ask"};
    for (const OpenQuestion& question : s_.snapshot->questions) {
      const std::string& place = s_.snapshot->slots[question.gives.slot.index].name;
      if (!wanted.name.empty() && question.name != wanted.name) continue;
      if (!wanted.slots.empty() && std::ranges::find(wanted.slots, place) == wanted.slots.end())
        continue;
      Next one = look_at(question);
      if (one.why_not.empty()) return one;
      // Of several reasons, the one that the person can do something about.
      if (out.question == nullptr || one.why_not == "no_consent") out = std::move(one);
    }
    return out;
  }

  bool may_ask(const OpenQuestion& question) const {
    const ground::Purpose* purpose = s_.snapshot->purpose(question.purpose);
    ground::PurposeSet asked_for;
    asked_for.add(question.purpose);
    return person_ != nullptr && purpose != nullptr && !(opts_out_ && purpose->sharing) &&
           respect::any_basis(person_, asked_for, *s_.snapshot, now_);
  }

 private:
  Next look_at(const OpenQuestion& question) const {
    Next out{.question = &question};
    const ground::FactRule& fact = *s_.snapshot->fact(question.sets);
    if (!may_ask(question))
      out.why_not = declined(question) ? "declined" : "no_consent";
    else if (passed_over(question))
      out.why_not = "passed_over";
    else if (gave_nothing(question))
      out.why_not = "answered";
    else if (question.kind == Kind::single)
      look_at_single(fact, out);
    else
      look_at_values(fact, out);
    return out;
  }

  // Whoever waits for us to put something right is not asked for anything.
  bool something_is_wrong() const {
    if (person_ == nullptr) return false;
    const bool waits = std::ranges::any_of(person_->threads, [](const remember::Thread& each) {
      return each.complaint && each.state == ground::ThreadState::open;
    });
    return waits || std::ranges::any_of(person_->complained, [&](const remember::Complained& each) {
             const bool heard =
                 std::ranges::any_of(s_.snapshot->concerns, [&](const auto& concern) {
                   return each.product == ground::item_key(listen::worry_kind, concern.name);
                 });
             return each.at > now_ - (heard ? worry_for : decide::complained_for);
           });
  }

  // They said no, and are not asked again whether they may be asked.
  bool declined(const OpenQuestion& question) const {
    const ground::Purpose* purpose = s_.snapshot->purpose(question.purpose);
    return person_ != nullptr && purpose != nullptr &&
           respect::standing(*person_, *purpose) == respect::Standing::withdrawn;
  }

  bool passed_over(const OpenQuestion& question) const {
    const ground::ItemKey key = ground::item_key(listen::passed_over_kind, question.name);
    return std::ranges::any_of(person_->said, [&](const remember::Said& said) {
      return said.item == key && said.at > now_ - rest_after_passing;
    });
  }

  // They answered, and it changed nothing for 90 days: they are not asked again for a while.
  bool gave_nothing(const OpenQuestion& question) const {
    const ground::ItemKey key = ground::item_key(listen::expired_kind, question.name);
    return std::ranges::any_of(person_->said, [&](const remember::Said& said) {
      return said.item == key && said.at > now_ - rest_after_nothing;
    });
  }

  void look_at_single(const ground::FactRule& fact, Next& out) const {
    const bool known = std::ranges::any_of(person_->facts, [&](const remember::Fact& each) {
      return each.key == fact.id && each.expires_at > now_;
    });
    if (known) out.why_not = "known";
    out.shown = fact.of;
  }

  void look_at_values(const ground::FactRule& fact, Next& out) const {
    std::vector<Value> chosen;
    for (const remember::Fact& each : person_->facts)
      if (each.key == fact.id && s_.provenance(each.provenance).subject == ground::Subject::self)
        chosen.push_back(each.value);
    const Kind kind = out.question->kind;
    const auto among = kind == Kind::pair         ? understand::Among::two
                       : kind == Kind::best_worst ? understand::Among::four_with_worst
                                                  : understand::Among::four;
    const auto next =
        s_.leanings->ask_next(chosen, *s_.snapshot, now_, among, out.question->at_most);
    out.answered = next.answered;
    if (next.axes.empty())
      out.why_not = next.answered < out.question->at_most ? "known" : "answered";
    for (const uint32_t axis : next.axes) out.shown.push_back(s_.snapshot->axes[axis].name);
    shuffle(out.shown, s_.dice);
  }

  State& s_;
  const remember::PersonState* person_;
  const ground::Instant now_;
  const bool opts_out_;
};

// ---- said

std::string option_words(const ground::Snapshot& snapshot, const ground::FactRule& fact,
                         const std::string& name, ground::LocaleId locale) {
  if (const ground::Axis* axis = snapshot.axis(name);
      axis != nullptr && fact.type == ground::FactType::values)
    return axis->says.in(locale);
  const auto at = static_cast<size_t>(std::ranges::find(fact.of, name) - fact.of.begin());
  return at < fact.of_says.size() && !fact.of_says[at].in(locale).empty()
             ? fact.of_says[at].in(locale)
             : name;
}

void write_purpose(JsonWriter& out, const ground::Snapshot& snapshot, const OpenQuestion& question,
                   ground::LocaleId locale) {
  const ground::Purpose* purpose = snapshot.purpose(question.purpose);
  out.key("purpose").object().member("id", purpose->name);
  out.member("says", purpose->says.in(locale));
  out.member("textVersion", Partition::text_version(*purpose)).end_object();
}

void write_gives(JsonWriter& out, const ground::Snapshot& snapshot, const OpenQuestion& question,
                 ground::Instant until, ground::LocaleId locale) {
  out.key("gives").object().member("slot", snapshot.slots[question.gives.slot.index].name);
  out.member("until", ground::format_instant(until));
  out.member("says", question.gives.says.in(locale)).end_object();
}

// {"question": {…}} or {"question": null, "reason", …}: the members of an object that is open.
template <typename State>
void write_next(JsonWriter& out, State& s, const Next& next, const remember::PersonState* person,
                ground::LocaleId locale) {
  const ground::Snapshot& snapshot = *s.snapshot;
  if (!next.why_not.empty()) {
    out.key("question").null().member("reason", next.why_not);
    if (next.why_not == "no_consent") write_purpose(out, snapshot, *next.question, locale);
    return;
  }
  const OpenQuestion& question = *next.question;
  const ground::FactRule& fact = *snapshot.fact(question.sets);
  const Asked asked{.person = std::string(person->id.bytes()),
                    .question = question.name,
                    .shown = next.shown,
                    .at = s.clock.now()};
  std::string ask = ground::base64(s.ledger.seal(nullptr, ask_label, encode(asked)));
  for (char& c : ask) c = c == '+' ? '-' : c == '/' ? '_' : c;
  out.key("question").object().member("ask", ask.substr(0, ask.find('=')));
  out.member("id", question.name).member("kind", word(question.kind));
  out.member("asks", question.asks.in(locale)).member("why", question.why.in(locale));
  out.key("options").array();
  for (const std::string& name : next.shown)
    out.object()
        .member("id", name)
        .member("says", option_words(snapshot, fact, name, locale))
        .end_object();
  out.end_array();
  out.member("worst", question.kind == Kind::best_worst && next.shown.size() > 2);
  write_purpose(out, snapshot, question, locale);
  write_gives(out, snapshot, question, s.clock.now() + question.gives.within, locale);
  out.member("answered", uint64_t{next.answered});
  out.member("atMost", uint64_t{question.kind == Kind::single ? 1 : question.at_most});
  out.end_object();
}

// ---- answered

Result<void> refused(std::string message, std::string hint) {
  return fail(ErrorCode::invalid, std::move(message), std::move(hint));
}

Result<void> may_be(const Dialogue::Reply& reply, const OpenQuestion& question,
                    const std::vector<std::string>& shown) {
  const auto among = [&](const std::string& name) {
    return std::ranges::find(shown, name) != shown.end();
  };
  const bool single = question.kind == Kind::single;
  const std::string& told = single ? reply.value : reply.best;
  const std::string& other = single ? reply.best : reply.value;
  if (reply.pass) {
    if (told.empty() && other.empty() && reply.worst.empty()) return {};
    return refused("\"pass\" and an answer are both there.", "Send one of them.");
  }
  const std::string_view name = single ? "value" : "best";
  if (!other.empty() || !among(told))
    return refused(fmt::format("\"{}\" is not one of the options.", name),
                   "Send the id of one of the question's options, or \"pass\": true.");
  if (reply.worst.empty()) return {};
  if (question.kind != Kind::best_worst || shown.size() < 3)
    return refused("This question does not ask for \"worst\".", "Leave it out.");
  if (!among(reply.worst) || reply.worst == reply.best)
    return refused("\"worst\" is not another one of the options.", "Leave it out, or send one.");
  return {};
}

listen::Event event_of(const Asking& asking, const Dialogue::Reply& reply,
                       const OpenQuestion& question, const ground::FactRule& fact,
                       const std::vector<std::string>& shown, ground::Instant now) {
  const bool user = !asking.user_id.empty();
  listen::Event event{.user_id = asking.user_id,
                      .anonymous_id = user ? "" : asking.anonymous_id,
                      .name = std::string(listen::answered_event),
                      .at = now,
                      .received_at = now};
  const std::array<uint8_t, 32> digest = ground::sha256(reply.ask);
  event.message_id = "answer-" + ground::hex(digest).substr(0, 32);
  ground::ValueMap told{{Value("question"), Value(question.name)},
                        {Value("fact"), Value(fact.name)}};
  ground::ValueList options;
  for (const std::string& name : shown) options.emplace_back(name);
  told.emplace_back(Value("shown"), Value::list(std::move(options)));
  if (!reply.best.empty()) told.emplace_back(Value("best"), Value(reply.best));
  if (!reply.worst.empty()) told.emplace_back(Value("worst"), Value(reply.worst));
  if (!reply.value.empty()) told.emplace_back(Value("value"), Value(reply.value));
  event.json = Value::map(
      {{Value("type"), Value("track")},
       {Value("event"), Value(event.name)},
       {Value("messageId"), Value(event.message_id)},
       {Value(user ? "userId" : "anonymousId"), Value(user ? asking.user_id : asking.anonymous_id)},
       {Value("properties"), Value::map(std::move(told))}});
  return event;
}

template <typename State>
std::string accepted_json(State& s, const remember::PersonState& person,
                          const OpenQuestion& question, const Dialogue::Reply& reply,
                          bool duplicate, bool opts_out, ground::LocaleId locale) {
  JsonWriter out;
  out.object().member("accepted", true).member("duplicate", duplicate);
  if (!reply.pass)
    write_gives(out, *s.snapshot, question, s.clock.now() + question.gives.within, locale);
  out.key("next").object();
  write_next(out, s, Asker(s, &person, opts_out).next({.name = question.name}), &person, locale);
  return out.end_object().end_object().take();
}

}  // namespace

std::shared_ptr<understand::Leanings> new_leanings() {
  return std::make_shared<understand::Leanings>();
}

void Partition::State::forget_leanings() {
  leanings->forget();
}

Dialogue::Dialogue(Partition& partition) : partition_(partition), state_(*partition.state_) {}

Result<std::string> Dialogue::question_json(const Asking& asking, const Key& key,
                                            const Wanted& wanted, ground::LocaleId locale) {
  Partition::State& s = state_;
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`");
  if (!wanted.name.empty() && s.snapshot->question(wanted.name) == nullptr)
    return fail(ErrorCode::not_found, "There is no such question.",
                "They are in questions.yaml; leave \"question\" out for the next one.");
  const auto found = TRY(s.recall(asking, key));
  const remember::PersonState* person = found.person == nullptr ? nullptr : &found.person->state;
  const Next next = Asker(s, person, asking.opts_out).next(wanted);
  s.counters.questions[0] += next.why_not.empty() ? 1 : 0;
  JsonWriter out;
  out.object();
  write_next(out, s, next, person, locale);
  return out.end_object().take();
}

// An answer on its way into the log.
struct Dialogue::Answering {
  remember::Person* person = nullptr;
  const OpenQuestion* question = nullptr;
  listen::Event event;
  listen::Sender sender;
};

Result<Dialogue::Answering> Dialogue::answering(const Asking& asking, const Reply& reply,
                                                const Key& key) {
  Partition::State& s = state_;
  const auto unknown = [] {
    return fail(ErrorCode::invalid,
                "\"ask\" is not of a question that was asked here of this "
                "person within the last 7 days.",
                "GET /v1/me/question asks one.");
  };
  TRY(s.store->writable());
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`");
  if (!key.may(Scope::ingest))
    return fail(ErrorCode::forbidden, "This key may not send answers.",
                "Use one with the ingest scope.");
  std::string sealed;
  if (!ground::base64_decode(reply.ask, sealed)) return unknown();
  const auto plain = s.ledger.open(ground::PersonId{}, ask_label, sealed);
  const auto asked = plain ? decode_asked(*plain) : std::nullopt;
  const auto found = TRY(s.recall(asking, key));
  const bool theirs = asked && found.person != nullptr && s.clock.now() < asked->at + ask_kept &&
                      asked->person == found.person->state.id.bytes();
  if (!theirs) return unknown();
  Answering out{.person = found.person, .question = s.snapshot->question(asked->question)};
  if (out.question == nullptr)
    return fail(ErrorCode::not_found, "This is not asked any more.", "Nothing was kept.");
  TRY(may_be(reply, *out.question, asked->shown));
  if (!Asker(s, &found.person->state, asking.opts_out).may_ask(*out.question))
    return fail(ErrorCode::forbidden, "There is no consent to what this answer is for.",
                "PUT /v1/me/purposes/{id} keeps one.");
  const ground::Source* source = s.snapshot->source(out.question->source);
  if (source == nullptr) source = s.snapshot->source(key.source);
  if (source == nullptr || !source->purposes.has(out.question->purpose))
    return fail(ErrorCode::forbidden, "This key's source collects nothing for this question.",
                "Name a source in questions.yaml that does, or use another key.");
  const bool by_server = key.secret && !asking.user_id.empty();
  out.sender = {source->id, by_server      ? Assurance::a3
                            : asking.proof ? Assurance::a2
                                           : Assurance::a0};
  out.event = event_of(asking, reply, *out.question, *s.snapshot->fact(out.question->sets),
                       asked->shown, s.clock.now());
  return out;
}

Result<bool> Dialogue::keep(Answering& answer, const std::string& seen, ground::Batch& batch) {
  Partition::State& s = state_;
  if (s.in_flight.contains(seen) || TRY(s.store->contains(Space::seen, seen))) return false;
  remember::Person& person = *answer.person;
  batch.let_in();
  s.note_new_aggregates(person.state);
  const uint64_t sequence = s.ledger.append(person,
                                            {.source = answer.sender.source,
                                             .proof = answer.sender.proof,
                                             .at = answer.event.at,
                                             .received_at = answer.event.received_at,
                                             .body = ground::to_json(answer.event.json)},
                                            batch);
  TRY(listen::apply(person.state, answer.event, sequence, answer.sender, *s.snapshot,
                    s.vocabulary));
  person.state.applied = sequence;
  s.ledger.touch(person);
  s.census.happened(person.state.id, answer.event);
  s.keep_vocabulary(batch);
  ground::ByteWriter received;
  received.be64(static_cast<uint64_t>(answer.event.received_at.ms));
  batch.put(Space::seen, seen, received.view());
  s.in_flight.insert(seen);
  return true;
}

void Dialogue::answer(const Asking& asking, const Reply& reply, const Key& key,
                      ground::LocaleId locale, Done done) {
  Partition::State& s = state_;
  auto found = answering(asking, reply, key);
  if (!found) return done(std::unexpected(found.error()));
  ground::Batch batch;
  const std::string seen = seen_key(key.id, found->event.message_id);
  const auto kept = keep(*found, seen, batch);
  if (!kept) return done(std::unexpected(kept.error()));
  if (*kept) ++s.counters.questions[reply.pass ? 2 : 1];
  // As it stands now: whoever asks again gets the same, later ones may have changed it.
  const std::string json = accepted_json(s, found->person->state, *found->question, reply, !*kept,
                                         asking.opts_out, locale);
  s.store->commit(std::move(batch), ground::Durability::synced,
                  [state = &s, seen, json, fresh = *kept,
                   finish = std::move(done)](const Result<void>& written) mutable {
                    Result<std::string> answer = std::move(json);
                    if (!written) answer = std::unexpected(written.error());
                    state->hand_over([state, seen, fresh, answer = std::move(answer),
                                      finish = std::move(finish)] {
                      if (fresh) state->in_flight.erase(seen);
                      finish(answer);
                    });
                  });
}

Result<std::string> Dialogue::answer_and_wait(const Asking& asking, const Reply& reply,
                                              const Key& key, ground::LocaleId locale) {
  // Shared: where a write failed it comes after we gave up.
  const auto told = std::make_shared<std::optional<Result<std::string>>>();
  answer(asking, reply, key, locale,
         [told](const Result<std::string>& outcome) { *told = outcome; });
  TRY(state_.store->commit_and_wait({}, ground::Durability::synced));
  if (!*told) partition_.tick();
  AIZ_ASSERT(told->has_value());
  return **told;
}

}  // namespace aizuchi::serve
