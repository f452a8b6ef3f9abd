// What a brand could say, compiled: the brand folder as immutable, typed, checked data. A publish
// builds a new Snapshot beside the old one and swaps one pointer; a decision holds the one it
// started with. Everything a decision needs to look up is an index into a vector here.
//
// Threads: immutable after compile(), shared between threads as shared_ptr<const Snapshot>.
// Cost: built once a publish; a lookup by name is one hash.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ground/catalog/place.h"
#include "ground/domain/domain.h"
#include "ground/expr/expr.h"
#include "ground/template/template.h"

namespace aizuchi::ground {

// For what someone else is given what is kept: what the opt-out signal of a browser (Sec-GPC)
// objects to.
enum class Sharing : uint8_t { sale, sharing, cross_context };

struct Purpose {
  PurposeId id;
  std::string name;
  Basis basis = Basis::consent;
  std::string dpv;  // W3C Data Privacy Vocabulary term
  bool promotional = false;
  // Asked for on its own, in an express statement: what is sensitive is kept with such a grant
  // only.
  bool explicit_consent = false;
  std::optional<Sharing> sharing;
  Text says;
  uint64_t text_hash = 0;  // of `says` in all locales: a grant holds for the text it was given to
  // The texts it had before, with the moment each ended, oldest first; known to who publishes.
  std::vector<std::pair<Instant, uint64_t>> texts_before;
  // Of the text that stood at that moment: a late consent holds for what its person was shown.
  uint64_t text_hash_at(Instant at) const;
};

struct Context {
  ContextId id;
  std::string name;
  bool shows = false;           // something is shown here
  bool seen_by_others = false;  // mail subject, push preview, shared device: RANK at most
  std::vector<ContextId> continues;
  std::string setting;  // "" when in none: then no other context is near
};

// A named rule about where facts may flow. A matching norm says the level in place of the base
// level; of several, the strictest. Only named, dated norms with a reason loosen.
struct Norm {
  std::string name;
  std::vector<std::string> facts;  // "inquiry.*", "job", "*"
  std::vector<ContextId> from;     // collected in; empty: anywhere
  std::vector<ContextId> to;       // shown in; empty: anywhere
  Level level = Level::deny;
  std::string why, by;
  Instant on;
};

struct Source {
  SourceId id;
  std::string name;
  ContextId context;
  std::optional<Method> method;  // unset: traits are stated, behaviour is observed
  Channel channel = Channel::web;
  PurposeSet purposes;
  NoticeId notice;
  Subject subject = Subject::self;
  Text says;  // the source in plain words, to the person: "at sign-up", "from your orders"
};

// Events the engine itself reads, whatever the brand calls the rest (Segment e-commerce spec).
enum class EventRole : uint8_t {
  none,
  page,
  product_viewed,
  product_added,
  product_removed,
  cart_viewed,
  order_completed,
  order_cancelled,
  consent_updated,
  exposure,
  said,  // to a person, elsewhere
  click,
  conversion,
  complained,  // about a product
  settled,     // … and it was put right
  thread,      // a server tells where a thread stands
};

// What a free text among an event's properties is heard for: the concern it speaks of, how surely,
// in which language; each becomes a fact, where one is named.
struct Hearing {
  std::string text;  // the property
  FactId concern, sure, language;
};

// What an event does to a thread: it is open, answered or resolved from then on. The properties
// that tell which one it is, and more of it; "" where none does.
struct ThreadRule {
  ThreadKind kind = ThreadKind::inquiry;
  ThreadState to = ThreadState::open;
  bool complaint = false;  // something is wrong: nothing is sold until it is answered
  std::string key;         // the brand's own number of it; without one, all of the kind are one
  std::string topic, product, due;
  std::optional<Duration> within;  // due so long after the event, where nothing else is told
};

struct EventRule {
  EventId id;
  std::string name;
  EventRole role = EventRole::none;
  Text label;         // what it is called, to the person; may be empty
  ContextId context;  // invalid: the source's
  std::optional<Method> method;
  Duration keep{Duration::days(730)};
  bool sensitive = false;
  std::vector<std::pair<std::string, FactId>> facts;  // property -> fact
  std::optional<Hearing> hears;
  std::optional<ThreadRule> thread;
};

enum class FactType : uint8_t {
  string,
  boolean,
  integer,
  real,
  date,
  email,
  url,
  enumeration,
  strings,
  axis,
  values,  // what was chosen when values were asked about (ground/domain/value_choice.h)
};

struct FactRule {
  FactId id;
  std::string name;  // "job", "inquiry.topic"
  FactType type = FactType::string;
  std::vector<std::string> of;                        // of an enumeration
  std::vector<Text> of_says;                          // how each is said, may be empty
  Text label;                                         // to the person
  std::vector<std::vector<std::string>> also_called;  // per locale; for the lint
  PurposeSet purposes;                                // today's
  Duration keep{Duration::days(730)};
  std::optional<Duration> say_for;         // older is odd to mention: RANK
  Duration half_life{Duration::days(90)};  // for the score's risk
  bool sensitive = false;
  bool pii = false;
  bool of_thread = false;                // an event tells by it what a thread is about
  Assurance viewer_min = Assurance::a0;  // at least; a fact's own may be higher
  std::optional<Subject> subject;        // whom it is about, when not whom its source says
  std::optional<ReadId> derived;         // computed: the read of its expression
  // Values that are sensitive although the fact is not: concerns that are heard of.
  std::vector<std::string> sensitive_values;
  bool is_sensitive(const Value& value) const;
  Place place;
};

struct Axis {
  AxisId id;
  std::string name;
  Text says;
  std::string evidence;
};

// ---- reads: every value an expression, wording or score of this snapshot can ask for ----

enum class AggregateKind : uint8_t { count, sum, first, last, top };

// What is kept per person in time buckets; windows belong to the read, so reads share buckets.
struct Aggregate {
  AggregateId id;    // stable: from the vocabulary, by the canonical text
  std::string text;  // canonical, e.g. count("Product Viewed",{"category":"light-roast"})
  AggregateKind kind = AggregateKind::count;
  EventId event;
  std::string field;                                  // of sum and top
  std::vector<std::pair<std::string, Value>> filter;  // property == value, all must hold
  Duration window_max;                                // the longest window any read asks for
};

enum class ReadKind : uint8_t {
  fact,       // facts.<key>, stored
  derived,    // facts.<key> with `derived:`, phase, or in general: an expression over other reads
  aggregate,  // count, sum, first, last, top
  visits,     // how many visits
  cart,       // cart.count, cart.total, cart.items
  phase,      // the relation, from phases.yaml: the last phase whose rule holds
  context,    // context.<field> of this question
  now,
  scale,    // deciles.<name>, rfm.<name>: the part of all people this person is in
  viewed,   // products they looked at lately, the newest first: key, moment, key, moment, …
  threads,  // threads, threads.open, threads.<kind>, threads.<kind>.open: a list of maps
};

// The field of the read that scores ask: the threads that are about something. No rule can name it.
constexpr std::string_view threads_topics = "topics";

struct Read {
  ReadId id = 0;
  ReadKind kind = ReadKind::fact;
  std::string name;  // as a person would write it: "facts.job", "count('Product Viewed', …)"
  FactId fact;       // of fact and derived facts
  AggregateId aggregate;
  uint16_t aggregate_index = 0;  // into Snapshot::aggregates
  Duration window;               // of count, sum, top; zero: everything kept
  std::optional<Expr> expr;      // of derived; of a scale: the number it compares
  uint16_t scale_index = 0;      // into Snapshot::scales
  std::string field;             // of context ("page"), cart ("count"), threads ("inquiry.open")
  std::vector<ReadId> inputs;    // of derived, phase and scale: read first
  bool sensitive = false;        // of the fact, or of any input
  bool inferred =
      false;  // a conclusion: top, phase, derived other than a bare count, sum, first, last
};

// ---- content ----

struct Wording {
  std::string id;  // "default" for the unconditional one
  std::optional<Expr> when;
  std::vector<std::string> speaks;  // what a reader could conclude: fact names
  std::vector<ReadId> spoken;       // whatever reads these
  bool speaks_declared = false;
  // field -> template per locale (in the order of Snapshot::locales)
  std::vector<std::pair<std::string, std::vector<Template>>> fields;
  std::vector<ReadId> says;  // the variables its templates print: must be at SAY
  Place place;
};

struct Cap {
  uint32_t times = 0;  // 0: none
  Duration per;
};

enum class Status : uint8_t { draft, review, approved, live, stopped };

struct Item {
  ItemId id;
  std::string name;
  ItemKey key = 0;
  std::string title;
  std::string owner, campaign;
  Status status = Status::live;
  Layer layer = Layer::surface;
  Intent intent = Intent::tell;
  std::optional<Expr> when;
  std::optional<Expr> boost;  // a factor > 0 on the value; 1 when absent
  double value = 1.0;
  std::vector<std::string> speaks;
  std::vector<ReadId> spoken;  // whatever reads these
  bool speaks_declared = false;
  std::vector<PhaseId> phases;   // empty: all
  std::vector<uint16_t> serves;  // positions in Snapshot::concerns
  // What it commits the brand to, "shipping.free-from" -> "5000": no two live items may differ.
  std::vector<std::pair<std::string, std::string>> promises;
  std::vector<std::pair<AxisId, double>> values;
  std::vector<Wording>
      wordings;  // the first without `when` is the base; conditional ones overlay it
  Instant from{INT64_MIN}, until{INT64_MAX};
  Cap cap;
  bool explore = true;
  bool sensitive = false;
  Place place;
};

struct Product {
  ProductId id;
  std::string name_id;  // the brand's product id
  ItemKey key = 0;
  Text name;
  std::string category;
  double price = 0;
  std::string url, image;
  std::vector<std::string> tags;
  std::vector<std::pair<AxisId, double>> values;
  std::optional<int64_t> stock;
  Instant from{INT64_MIN}, until{INT64_MAX};
  bool sensitive = false;
};

enum class Ranker : uint8_t { for_you, session, popular, newest, resonance };

enum class FallbackKind : uint8_t { item, given_order, popular, silence };

// What counts as a success of what a slot shows: how much each is worth, of 1, and how long after
// the decision it may come.
struct Reward {
  double click = 1, conversion = 1;
  Duration within{Duration::hours(1)};
};

struct Slot {
  SlotId id;
  std::string name;
  ItemKey key = 0;
  Channel channel = Channel::web;
  ContextId context;
  PurposeId purpose;
  Shape shape = Shape::one;
  std::vector<ItemId> of;  // of an order: its blocks, in the given order
  uint32_t at_least = 1, at_most = 1;
  bool from_products = false;
  bool sells = true;  // products offered here are sold; an item says it by its intent
  std::vector<Ranker> rankers;
  PurposeId resonance_purpose;  // for value facts (P6); invalid: resonance is silent here
  FallbackKind fallback = FallbackKind::item;
  ItemId fallback_item;
  bool explore = true;
  std::vector<ItemId> items;  // candidates, fallback excluded
  std::vector<ReadId> reads;  // everything its items, wordings and scores may ask for, inputs first
  std::vector<ReadId> heard_reads;  // of them: facts that name a concern one of its items serves
  std::optional<ReadId> threads;  // of them: all threads, where something here answers their topics
  // The same with the phase and the signals of the concerns: for counting before a publish.
  std::vector<ReadId> survey_reads;
  bool reads_scales = false;  // its record names the version of the population
  Reward reward;
  // It has a choice to learn, and a purpose `improve` to learn it for.
  bool learns = false;
  // What the learned choice may know of a person here, of `reads`: facts that are one of a few, and
  // the phase; each with the hash of its name.
  std::vector<std::pair<ReadId, uint64_t>> features;
  Place place;
};

struct Phase {
  PhaseId id;
  std::string name;
  std::optional<Expr> when;  // absent: everyone
  Text says;
};

// What people worry about or hope for, as data: items serve it, and the coverage map shows where
// nobody does.
struct Concern {
  enum class Kind : uint8_t { concern, expectation };
  std::string name;
  Kind kind = Kind::concern;
  Text says;
  std::optional<Expr> when;  // the signal that somebody has it; absent: nobody can be counted
  std::vector<std::string> examples;  // messages that speak of it: what hearing is learned from
  bool sensitive = false;             // health, belief, finance, family …
  Place place;
};

struct Audience {
  std::string name;
  std::string title;
  std::string rule_text;
  Expr rule;
  // Of everything that its members hang on: equal ones mean the same people. Copy is not in it.
  uint64_t fingerprint = 0;
  // It asks about the question (context.page …): there is no counting its members.
  bool of_the_question = false;
  bool reads_scales = false;  // its members are others with every count of all people
};

// What a person is asked openly: with the use of it, and what their answer changes (P4, P5).
struct OpenQuestion {
  enum class Kind : uint8_t { best, best_worst, pair, single };
  // The visible return: where, within what time, and in what words.
  struct GiveBack {
    SlotId slot;
    Duration within;
    Text says;
  };
  std::string name;
  Kind kind = Kind::best_worst;
  Text asks, why;
  FactId sets;
  PurposeId purpose;
  SourceId source;  // what an answer is kept as coming from; invalid: of the key that asks
  uint32_t at_most = 3;
  GiveBack gives;
  Place place;
};

// Where a person stands among all: a number of each, compared; everyone in `parts` equal parts.
struct Scale {
  std::string name;  // "deciles.spend", "rfm.recency"
  std::string title;
  size_t parts = 10;
  ReadId read = 0;
  Duration within;           // of rfm.recency: who did nothing for longer has no part; zero: any
  uint64_t fingerprint = 0;  // of the name, the number and all it rests on
  Place place;
};

// Where people are counted: nowhere, and for the purpose `improve`; the reads are those of the
// audiences.
struct Counting {
  Slot slot;
  bool by_the_clock = false;          // a rule compares with `now`
  bool derived_by_the_clock = false;  // so does something that a rule reads
  Slot scales;                        // the same place, with what the scales rest on as its reads
  Slot learning;  // the same, with what recommendations are learned from; no reads: nothing is
};

// Who answers for what is kept (GDPR "controller", APPI 個人情報取扱事業者).
struct Controller {
  Text name;
  std::string address, contact, url;
  std::string storage, jurisdiction;  // where data is stored, and under whose law
  // What records of consent say beside: where it is processed, where it must not go, which
  // authority looks after it, what was assessed and undertaken.
  std::string email, phone, processing, restrictions, authority, impact_assessment,
      codes_of_conduct;
};

// Who else is given something: for the register of processing and what visitors are told.
struct Recipient {
  enum class By : uint8_t { browser, server, staff };
  std::string name;
  Text says;  // who it is
  Text gets;  // what it is given
  Text does;  // what it uses it for; may be empty
  PurposeSet purposes;
  By by = By::server;  // the visitor's browser sends it there itself: an external transmission
  std::string country, safeguards, url;
};

// What a userId is worth that a page says without proof: nothing, or what was sent under it before.
enum class IdentityRule : uint8_t { required, optional };

// From when on a use that felt odd is stopped for everybody: so many people, and such a share of
// those who met it.
struct OddRule {
  uint32_t people = 20;
  double share = 0.05;
};

// Asking whether people feel understood: with which consent, and in which share of visits.
struct FeltRule {
  PurposeId purpose;  // invalid: it is not asked
  double share = 0.02;
};

struct Snapshot {
  uint64_t version = 0;  // of the publish
  std::string brand;
  Text name;
  std::vector<std::string> locales;
  std::string timezone = "UTC";
  IdentityRule identity = IdentityRule::required;
  std::vector<std::string>
      origins;  // browsers' origins for CORS; empty: any, with public keys only

  OddRule odd;
  FeltRule felt;
  Controller controller;  // its name: the brand's, when nothing else is said

  std::vector<Axis> axes;
  std::vector<Purpose> purposes;
  PurposeSet shared;  // those with `sharing`
  std::vector<Recipient> recipients;
  std::vector<Context> contexts;
  // Where nothing is shown to others: people are counted there, and see themselves. It continues
  // every context. Of a slot without a context.
  Context nowhere;
  std::vector<Norm> norms;
  std::vector<Source> sources;
  std::vector<EventRule> events;
  std::vector<FactRule> facts;
  std::vector<Phase> phases;
  std::vector<Concern> concerns;              // and expectations
  std::vector<std::string> examples_of_none;  // messages that speak of none of the concerns
  std::vector<Audience> audiences;
  std::vector<OpenQuestion> questions;  // in the order they are asked
  std::vector<Scale> scales;
  int night_hour = 4;                // of the brand's day: when everyone is asked for the scales
  std::optional<Counting> counting;  // absent without a purpose `improve`: nobody may be counted
  std::vector<Slot> slots;
  std::vector<Item> items;
  std::vector<Product> products;
  std::vector<Aggregate> aggregates;
  std::vector<Read> reads;

  // Lookups; nullptr when there is none.
  const Purpose* purpose(std::string_view name) const;
  const Purpose* purpose(PurposeId id) const;
  const Context* context(std::string_view name) const;
  const Context* context(ContextId id) const;
  const Source* source(std::string_view name) const;
  const Source* source(SourceId id) const;
  const EventRule* event(std::string_view name) const;
  const FactRule* fact(std::string_view name) const;
  const FactRule* fact(FactId id) const;
  const Slot* slot(std::string_view name) const;
  const Item* item(std::string_view name) const;
  const Product* product(std::string_view id) const;
  const Product* product_by_key(ItemKey key) const;
  const Axis* axis(std::string_view name) const;
  LocaleId locale(std::string_view tag) const;  // "ja-JP" finds "ja"; unknown: the first
  const Audience* audience(std::string_view name) const;
  const OpenQuestion* question(std::string_view name) const;
  // Which aggregates an event of this name feeds (indices into `aggregates`).
  const std::vector<uint16_t>& aggregates_of(EventId event) const;
  // Products by category, in catalog order.
  const std::vector<ProductId>& products_in(std::string_view category) const;

  // After filling the vectors by hand; compile_brand() has done it.
  void build_index();
  struct Index;  // snapshot.cpp's
  std::shared_ptr<const Index> index;
};

}  // namespace aizuchi::ground
