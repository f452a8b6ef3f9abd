// What is remembered of one person: one compact record that a decision can be made from without
// reading history. Facts, aggregates in time buckets, consent, cart, what was said, what was
// bought.
//
// Promises kept here: nothing without a provenance (P3); the newest per (fact, method, context,
// subject) is kept, so that an import never overwrites what the person stated, nor a gift's address
// their own.
// Threads: owned by the partition thread. Cost: bounded whatever the length of history: each list
// below has a limit, each aggregate at most 48 hours and 365 days of buckets per provenance.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/value.h"
#include "ground/domain/domain.h"

namespace aizuchi::remember {

using ground::Instant;

struct Fact {
  ground::FactId key;
  ground::ProvenanceId provenance;
  ground::Value value;
  Instant at;                             // when it was said or seen
  Instant received_at;                    // orders facts of the same `at`
  Instant expires_at = Instant::never();  // unusable from then on
  uint64_t evidence = 0;                  // the log record it came from
};

// The latest word of a person on one purpose. Nothing assumed: no record, no grant.
struct Consent {
  ground::PurposeId purpose;
  bool granted = false;
  Instant at;
  uint64_t text_hash = 0;  // of the purpose's text they saw
  ground::NoticeId notice;
  ground::Assurance proof = ground::Assurance::a1;
  uint64_t evidence = 0;
};

// The latest word of a person on one thing for one purpose: not to be used, or again to be.
struct Objection {
  std::string name;           // as GET /v1/me has it: "job", "visits", "phase"
  ground::PurposeId purpose;  // invalid: every purpose
  bool holds = true;
  Instant at;
  uint64_t evidence = 0;
};

// A break that a person takes: in it nothing personal is used of them.
struct Pause {
  Instant from, until;    // both 0: there is none, or it was lifted
  Instant at{INT64_MIN};  // when they said so
  bool holds(Instant now) const { return from <= now && now < until; }
};

// How much of a channel a person wants sent to them at most.
struct Frequency {
  ground::Channel channel = ground::Channel::email;
  uint32_t times = 0;  // 0: they set no cap any more
  ground::Duration per;
  Instant at;
};

// One stretch of time of one aggregate. Hours since 1970 for the last 48 hours, whole days before.
struct Bucket {
  int32_t hour = 0;  // the first hour it covers
  bool day = false;  // covers 24 hours
  ground::ProvenanceId provenance;
  uint32_t count = 0;
  double sum = 0;
};

struct Ends {
  ground::ProvenanceId provenance;
  Instant first, last;
};

// One value of the field that `top` ranks; the only one (value "") for the other kinds.
struct Series {
  std::string value;
  std::vector<Bucket> buckets;
};

struct Aggregate {
  static constexpr size_t buckets_max = 2048;  // a series; five provenances for a whole year
  static constexpr size_t ends_max = 64;

  ground::AggregateId id;
  bool warming = false;  // its backfill is not finished: absent until then
  std::vector<Series> series;
  std::vector<Ends> ends;  // per provenance
};

struct VisitCount {
  ground::ProvenanceId provenance;
  uint32_t count = 0;
};

struct CartLine {
  std::string product;
  double price = 0;
  int64_t quantity = 1;
  Instant at;
  ground::ProvenanceId provenance;
};

// Something said to the person, in any channel. A decision reserves for 30 minutes; an exposure
// charges; an unexposed reservation lapses.
struct Said {
  ground::ItemKey item = 0;
  ground::ItemKey slot = 0;
  uint64_t decision = 0;  // the first 8 bytes of its id
  Instant at;
  bool exposed = false;
  bool clicked = false, converted = false;  // while the slot's reward still counted it
  static constexpr uint8_t machine_max = 15;
  uint8_t machine = 0;     // how likely no human did any of it, of machine_max
  bool no_lesson = false;  // some of it was told by who does not collect for `improve`
};

// Something said to the person outside of our own decisions, as a server told us.
struct SaidElsewhere {
  ground::ItemKey key = 0;  // of the item, product or topic
  bool topic = false;
  std::string what;     // its name
  std::string channel;  // "phone", "store", …
  std::string by;       // who said it; may be empty
  Instant at;
  uint64_t evidence = 0;  // the log record
};

struct Seen {
  ground::ItemKey product = 0;
  Instant at;
  ground::ProvenanceId provenance;
};

struct Bought {
  ground::ItemKey product = 0;
  Instant at;
};

// What something is wrong with, until it is put right: a product, a worry that was heard, or 0:
// nothing in particular.
struct Complained {
  ground::ItemKey product = 0;
  Instant at;
};

// A matter that has a course: an inquiry, a cart, a meeting, a promise of ours. One of a kind and
// key is one thread; where it stands is what the newest event says, in whatever order events come.
struct Thread {
  ground::ThreadKind kind = ground::ThreadKind::inquiry;
  ground::ThreadState state = ground::ThreadState::open;
  bool complaint = false;  // something is wrong
  bool heard = false;      // its topic is what a text seems to speak of; nobody told it
  std::string key;         // the brand's own number of it; "": its kind has this one
  std::string topic, product, owner;
  Instant opened_at;
  Instant changed_at;              // … to where it stands
  Instant told_at;                 // when topic, product, owner and due were told last
  Instant due = Instant::never();  // of a promise
  Instant expires_at = Instant::never();
  ground::ProvenanceId provenance;  // of what told it
  uint64_t evidence = 0;            // … the log record
  bool tells() const {
    return !topic.empty() || !product.empty() || !owner.empty() || due != Instant::never();
  }
  bool overdue(Instant now) const {
    return kind == ground::ThreadKind::promise && state == ground::ThreadState::open && due < now;
  }
};

// What a person told us of themselves for a while: that a visit is to teach nothing, or is for
// somebody else.
struct Wish {
  enum class What : uint8_t { only_this_time, gift };
  What what = What::only_this_time;
  std::string product;  // of a gift: only this one; "": the visit
  Instant at;           // when it was told
  Instant from, until;  // what it is about; that of a visit goes on with the visit
  uint64_t evidence = 0;
};

struct Identifier {
  std::string kind;  // "anonymous_id", "user_id", "claimed_id"
  std::string value;
};

// What chance chose for a device goes on for its person until the visit ends: nothing flips at a
// login. Whose dice, the number their visit had, and the person's visit that it holds for.
struct HeldChoice {
  ground::PersonId whose;
  uint32_t visit = 0;
  uint32_t holds_for = 0;  // 0: nothing is held
};

// How the state asks for a provenance's method and context without owning the vocabulary.
class ProvenanceLookup {
 public:
  virtual ~ProvenanceLookup() = default;
  virtual const ground::Provenance& provenance(ground::ProvenanceId id) const = 0;
};

struct PersonState {
  static constexpr size_t facts_max = 512;
  static constexpr size_t cart_lines_max = 50;
  static constexpr size_t said_max = 256;
  static constexpr size_t said_elsewhere_max = 64;
  static constexpr size_t said_text_max = 256;  // bytes of each of its texts
  static constexpr size_t seen_max = 30;
  static constexpr size_t bought_max = 64;
  static constexpr size_t complained_max = 64;
  static constexpr size_t series_max = 32;
  static constexpr size_t identifiers_max = 32;
  static constexpr size_t visits_max = 64;  // provenances
  static constexpr size_t objections_max = 128;
  static constexpr size_t objection_name_max = 256;  // bytes
  static constexpr size_t threads_max = 32;
  static constexpr size_t thread_text_max = 128;  // bytes of each of its texts
  static constexpr size_t wishes_max = 32;
  static constexpr size_t past_consents_max = 64;

  ground::PersonId id;
  uint64_t applied = 0;           // the last log record this state has seen
  uint64_t aggregates_as_of = 0;  // the publish whose aggregates are all filled from history
  Instant created_at;
  std::vector<Identifier> identifiers;
  std::vector<Fact> facts;  // by key
  std::vector<Consent> consents;
  std::vector<Aggregate> aggregates;  // by id
  std::vector<VisitCount> visits;
  Instant visit_last_at{INT64_MIN};
  std::vector<CartLine> cart;
  std::vector<Said> said;                     // oldest first
  std::vector<SaidElsewhere> said_elsewhere;  // oldest first
  std::vector<Seen> seen;                     // products, oldest first
  std::vector<Bought> bought;                 // oldest first
  HeldChoice held_choice;
  std::vector<Complained> complained;  // oldest first
  std::vector<Objection> objections;
  std::vector<Thread> threads;  // each of its kind and key once
  std::vector<Wish> wishes;     // oldest first
  Pause pause;
  std::vector<Frequency> frequencies;  // by channel
  std::vector<Consent> past_consents;  // what was said before it was said otherwise; oldest first

  // Newest per (key, method, context, subject) stays; late facts order by at, then received_at.
  void keep(Fact fact, ground::Method method, ground::ContextId context,
            const ProvenanceLookup& lookup);
  // The latest word holds; of two at one moment, the no.
  void keep(Consent consent);
  // The latest word holds; of two at one moment, the no. False when there is no room: too many
  // things are objected to.
  bool keep(Objection objection);
  // Makes it one with what is known of the thread. When there are too many, what was resolved the
  // longest ago goes, then what was answered.
  void keep(Thread thread);
  bool objects(std::string_view name, ground::PurposeId purpose) const;
  // The latest word holds; of two at one moment, the longer break.
  bool keep(const Pause& wish);
  // … of two at one moment, the one that lets less through.
  bool keep(const Frequency& wish);
  const Consent* consent(ground::PurposeId purpose) const;
  // The wish that sets apart what happened then, with this product or with none (0); a gift first.
  const Wish* apart(Instant at, ground::ItemKey product) const;
  bool rests(Instant now) const { return pause.holds(now); }
  Aggregate& aggregate(ground::AggregateId id);
  const Aggregate* find(ground::AggregateId id) const;
  uint32_t visits_total() const;
  // The visit a moment belongs to, counted from 1: a pause of 30 minutes begins a new one.
  uint32_t visit_at(Instant now) const;
  // Whose dice fall for them, and for which visit.
  std::pair<ground::PersonId, uint32_t> dice_at(Instant now) const;
};

constexpr ground::Duration visit_pause = ground::Duration::minutes(30);
constexpr ground::Duration reservation = ground::Duration::minutes(30);

// Adds one event to an aggregate's buckets. `now` decides what is still kept by the hour.
void add_to(Aggregate& aggregate, std::string_view value, ground::ProvenanceId provenance,
            Instant at, double amount, Instant now);
// Does a bucket lie in the window that ends now? Windows up to 48 h round to hours, longer ones to
// days (UTC); zero, and what is longer than 365 days, means 365 days.
bool in_window(const Bucket& bucket, ground::Duration window, Instant now);
// The moment a bucket that is in the window leaves it.
Instant leaves_window(const Bucket& bucket, ground::Duration window);

// The memory a state takes, without the sizes of the few allocations' own books. Cost: 0.3 us.
size_t footprint(const PersonState& state);

// The stored form, version byte first (docs/formats.md).
std::string encode(const PersonState& state);
ground::Result<PersonState> decode_person(std::string_view bytes);

}  // namespace aizuchi::remember
