// What an event changes in what we know of a person: facts from listed traits, aggregates, visits,
// cart, consent, exposures. The same function serves the live stream, recovery and backfill, so it
// is pure: state, event and snapshot in, state out; no clock, no dice, no store.
//
// Promises: the event's source gives context, basis, purposes and notice (P3); a trait that is not
// in the dictionary is not a fact; nothing is inferred here.
// Cost: constant in the length of history; one lookup per aggregate the event feeds.
#pragma once

#include <functional>

#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "listen/events/event.h"
#include "remember/ledger/person.h"

namespace aizuchi::listen {

// Who sent it: decides what it may write and who may be shown it.
struct Sender {
  ground::SourceId source;
  // a0: a public key; a2: one with a person token; a3: a secret key, or signed in a person token.
  ground::Assurance proof = ground::Assurance::a0;
};

struct Applied {
  uint32_t facts = 0;              // kept
  uint32_t traits_refused = 0;     // of a listed fact, but not of its type, or not theirs to say
  uint32_t sensitive_refused = 0;  // nobody consented expressly
  bool consent = false;
  bool viewed = false;  // a product
  bool exposure = false;
  bool outcome = false;
};

// What POST /v1/said becomes: something said to a person elsewhere.
constexpr std::string_view said_event = "Message Said";

// What a device did becomes a person's, on both proofs; nobody but us writes it. The device's
// grants were given by whoever held it: the person is asked again.
constexpr std::string_view absorbed_event = "Device Absorbed";

// A person put a fact right ({"fact", "value"}); nobody but us writes it. Wherever their proof
// reaches, the new value takes the old one's place: told by them, for what the old one was told
// for, where it was told (or in the context that the brand gives this event).
constexpr std::string_view corrected_event = "Fact Corrected";

// An answer to an open question ({"question", "fact", "shown", "best", "worst"}; without "best" it
// was passed over; or {…, "value"}); nobody but us writes it. It is told by the person, for the
// purpose it was asked for and, where the source collects for it, for `improve`; for nothing else,
// wherever it was asked. What was answered on someone else's behalf (context.for_whom: gift) says
// nothing of the person.
constexpr std::string_view answered_event = "Answer Given";
// What is kept among the said of it, by these kinds of keys and the question's name: that it was
// passed over, answered, and that the answer was seen to change something.
constexpr std::string_view passed_over_kind = "question";
constexpr std::string_view answered_kind = "answered";
constexpr std::string_view given_back_kind = "given back";
// What became of an answer ({"question", "fact", "slot", "outcome": "seen" or "expired"}); nobody
// but us writes it. It was seen to change what it was promised to change; or it changed nothing for
// `unused_answer_kept`, and what was answered since the last one that did is known no more.
constexpr std::string_view give_back_event = "Give Back Noted";
constexpr std::string_view expired_kind = "answer expired";
constexpr ground::Duration unused_answer_kept = ground::Duration::days(90);

// What was heard in an event's text, as a member of it: {"concern", "probability", "language",
// "sensitive"}. The server writes it when the event comes in (serve/partition/hearing.cpp); whoever
// else says it is not believed.
constexpr std::string_view heard_member = "heard";
// … and the kind of key under which a worry that was heard stands among what is complained of,
// until something is settled.
constexpr std::string_view worry_kind = "worry";

// What POST /v1/threads becomes: where a thread stands ({"kind", "state", "id", "topic", "product",
// "due", "owner", "complaint"}); counts as a server's word only.
constexpr std::string_view thread_event = "Thread Noted";
// By this name a person finds, forgets and objects to all threads with them.
constexpr std::string_view threads_name = "threads";
// A member of an event that tells of a thread: false once its person had threads forgotten.
constexpr std::string_view thread_mark = "thread";

// A person does not want something used, for one purpose or at all, or wants it used again:
// {"fact", "purpose", "allowed"}; with "item" (an item, or "@" and a slot for a shelf) only there:
// it felt odd. Needs no basis to be kept, as a consent.
constexpr std::string_view use_event = "Fact Use Changed";

// What a person told us of themselves for a while (wishing.h); nobody but us writes it.
constexpr std::string_view wish_event = "Wish Told";

// A person takes a break ({"from", "until"}; without "until" it is lifted), or wants less of a
// channel ({"channel", "times", "per"}; without "times" the cap is lifted). No basis either.
constexpr std::string_view pause_event = "Pause Changed";
constexpr std::string_view frequency_event = "Frequency Changed";
constexpr ground::Duration pause_most = ground::Duration::days(366);
constexpr uint32_t frequency_times_most = 1'000;
// Of which channels is something sent, rather than shown to who comes?
bool is_sent(ground::Channel channel);
// Is it a person's word on what is used of them: an objection, a wish, a break, a cap?
bool is_wish(const Event& event);

// The value as the fact's type wants it; nullopt when it is not one.
std::optional<Value> fitted(const Value& value, const ground::FactRule& rule,
                            const ground::Snapshot& snapshot);
// Is only a server's word, or a signed one, taken for it?
bool needs_proof(const ground::FactRule& rule);
// Does an event of its name pass what the aggregate asks of its properties?
bool counts_for(const ground::Aggregate& aggregate, const Event& event);

// The event's provenance. Errors: not_found when the source has left the brand folder.
ground::Result<ground::Provenance> provenance_of(const Event& event, const Sender& sender,
                                                 const ground::Snapshot& snapshot);
// The purposes this event was sent for: the source's, less what the event itself declines
// (context.consent.categoryPreferences: false).
ground::PurposeSet purposes_of(const Event& event, const ground::Source& source,
                               const ground::Snapshot& snapshot);
// Does its browser object to what is shared, and does the brand share anything?
bool opts_out(const Event& event, const ground::Snapshot& snapshot);
// A consent record, a withdrawal, an objection: needs no other basis to be kept.
bool is_consent(const Event& event, const ground::Snapshot& snapshot);
// Something said elsewhere, by a server: kept on the basis of service, since all it does is take
// away.
bool is_said(const Event& event, const Sender& sender, const ground::Snapshot& snapshot);

ground::Result<Applied> apply(remember::PersonState& person, const Event& event, uint64_t sequence,
                              const Sender& sender, const ground::Snapshot& snapshot,
                              ground::Vocabulary& vocabulary);

// Only the aggregates named, for a backfill.
ground::Result<void> apply_aggregates(remember::PersonState& person, const Event& event,
                                      const Sender& sender, const ground::Snapshot& snapshot,
                                      ground::Vocabulary& vocabulary,
                                      const std::vector<bool>& wanted, Instant now);

// ---- what goes of an event when its person wants values forgotten (forgetting.cpp): of a fact the
// trait or property that told it; of something counted the whole event, since what was concluded
// from it would come back. A consent is never part of it: it is the proof of what they allowed.
// Cost: one walk over the event's traits, one lookup per aggregate it feeds.

// Is this value to be forgotten? Asked with the name of a fact ("job"), the canonical text of an
// aggregate, or "cart".
using Forgotten = std::function<bool(std::string_view name)>;

enum class Remains : uint8_t {
  all,      // nothing of it tells a forgotten value
  some,     // the event was made anew without what told one
  nothing,  // the whole event has to go
};
Remains forget_in(Event& event, const ground::Snapshot& snapshot, const Forgotten& forgotten);

// Of these purposes those that ask for an express consent and have one that holds.
ground::PurposeSet expressly_granted(const remember::PersonState* person,
                                     ground::PurposeSet purposes, const ground::Snapshot& snapshot);
// Takes out of an event that came in what is sensitive and was not expressly consented to, so that
// it is written nowhere: the values of sensitive facts, or the whole event where its kind is
// sensitive. What is kept of such an event is for the purposes consented to. `person` is null when
// nobody is known. Cost: nothing when the event tells no fact.
Remains hold_back(Event& event, const remember::PersonState* person, ground::PurposeSet purposes,
                  const ground::Snapshot& snapshot);

// By position in Snapshot::aggregates: what may change when that is forgotten in some events.
std::vector<bool> aggregates_touched(const ground::Snapshot& snapshot, const Forgotten& forgotten);

}  // namespace aizuchi::listen
