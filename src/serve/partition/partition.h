// One partition: one thread that owns its people. Everything that listens, remembers, decides and
// publishes meets here; HTTP, the CLI and the library are faces of this class.
//
// Promises: an ingest is acknowledged only after its fsync; an event in a question takes part in
// its decision (freshness within the request); a decision never fails its caller; an invalid brand
// folder leaves the old snapshot in place; nothing personal in an error.
// Threads: every function is called on one thread, the partition's (asserted), but for the
// callbacks of ingest, which are handed to `post` by the commit thread. Cost: an event about 10 µs,
// a decision about 20 µs, both constant in the length of a person's history.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/dice.h"
#include "ground/base/time.h"
#include "ground/catalog/brand_folder.h"
#include "ground/store/store.h"
#include "listen/events/event.h"
#include "serve/partition/export.h"

namespace aizuchi::understand {
class Similar;
class ConcernModel;
}  // namespace aizuchi::understand

namespace aizuchi::serve {

struct RecommenderNote;  // recommender_note.h
struct ChoiceNote;       // choice_note.h
struct BackupTask;       // backup.h
struct SweepTask;        // sweeping.h
struct Swept;
class Courier;  // webhooks.h
struct Webhook;
struct NewWebhook;
enum class EffectKind : uint8_t;

// ---- keys ----

enum class Scope : uint8_t { ingest, decide, people, privacy, brand, admin };
std::string_view to_string(Scope scope);

// A key as it is known after its check. A public key (pk_) may ingest and decide, and sees what its
// device id owns; a secret key (sk_) acts for anyone, by scope.
struct Key {
  std::string id;  // short, to name it in lists and logs; not the secret
  bool secret = false;
  std::string source;  // of sources.yaml: gives context, purposes and notice of its events
  std::vector<Scope> scopes;
  ground::Instant created_at;
  uint32_t per_second = 0;  // requests; 0: as the server says
  bool may(Scope scope) const;
};
struct NewKey {
  Key key;
  std::string text;  // pk_… or sk_…, shown once, kept only as a hash
};

// What a brand's backend signs person tokens with, as it is listed: the key itself stays inside.
struct TrustedKey {
  std::string kid, algorithm;  // EdDSA, ES256, RS256 or HS256
  ground::Instant created_at;
};

// ---- who is asking ----

// What a person token said, once it was verified.
struct PersonProof {
  std::string token_id;
  ground::Instant issued_at;
  ground::Value traits;  // the backend's own words about the person: a map, or null
};

// Beside a public key, user_id counts with a proof only; without one it is a claim.
struct Asking {
  std::string anonymous_id, user_id;
  // A server may say that it did not verify the person: then only device memory is used.
  std::optional<ground::Assurance> assurance = {};
  // user_id is who a verified person token names (Partition::prove): A2.
  std::optional<PersonProof> proof = {};
  // The browser's signal that nothing may be sold or shared (Sec-GPC).
  bool opts_out = false;
  // anonymous_id was minted here and came with its device token (Partition::prove_device).
  bool device_proven = false;
};

// A device's id made here, and the proof that goes with it.
struct NewDevice {
  std::string anonymous_id;  // dev_…
  std::string token;         // dt_…
};

// ---- ingest ----

struct Ingested {
  size_t accepted = 0;
  size_t duplicates = 0;  // a messageId seen within 7 days
  size_t no_basis = 0;    // acknowledged, counted, dropped
  std::vector<listen::EventRefusal> refused;
  // Indexes of accepted events with a trait that is not of its fact's type: no fact came of it.
  std::vector<size_t> traits_refused;
  // … with a sensitive one that nobody expressly consented to.
  std::vector<size_t> sensitive_refused;
};

// ---- decide ----

enum class Explain : uint8_t { none, person, operator_view };

struct Ask {
  Asking person;
  std::vector<std::string> slots;
  ground::Value context;  // map: page, device, referrer, locale, for_whom, hour
  ground::Value events;   // list of events, or null
  ground::Mode mode = ground::Mode::live;
  Explain explain = Explain::none;
  // Of a preview only: another moment, and someone who is only described: {"facts", "events",
  // "consents", "phase", "assurance", "source"}, in place of `person`.
  std::optional<ground::Instant> now;
  ground::Value persona;
};

struct Answer;  // answer.h

// ---- audiences ----

// Why an audience has no count.
enum class AudienceState : uint8_t {
  live,
  filling,          // new: everyone is being looked at
  of_the_question,  // its rule asks about the question (context.page …)
  no_purpose,       // the folder has no purpose `improve`
};
std::string_view to_string(AudienceState state);

struct AudienceCount {
  AudienceState state = AudienceState::live;
  // nullopt: no count yet, or one that would tell of fewer than 20 people.
  std::optional<uint64_t> people;
  ground::Instant as_of;
  uint64_t settling = 0;  // people whose last events are not in it yet; 0: it is exact
};

struct AudienceEntry {
  std::string name, title, rule;
  AudienceCount count;
};

struct AudienceList {
  std::vector<AudienceEntry> audiences;  // in the order of the folder
  ground::Instant as_of;
  uint64_t settling = 0;
  double progress = 1;  // of filling what is new
};

struct AudienceMember {
  std::string id;       // the engine's own
  std::string user_id;  // "" when only devices are known
  std::vector<std::string> anonymous_ids;
};
struct AudienceMembers {
  std::vector<AudienceMember> members;
  uint32_t next = 0;
  bool more = false;
};

// ---- population: where everyone stands (deciles, RFM) ----

struct ScaleEntry {
  std::string name, title;
  size_t parts = 0;
  bool counted = false;
  std::optional<uint64_t> people;  // nullopt: not counted yet, or fewer than 20
  std::vector<double> cut_points;  // only where each part has 20 people at least
};
struct PopulationNote {
  uint64_t version = 0;  // 0: there is none yet
  ground::Instant at;
  ground::Instant next;  // when everyone is asked again; never: there are no scales
  bool counting = false;
  double progress = 1;
  std::vector<ScaleEntry> scales;  // in the order of the folder
};

// ---- operation: effective without a publish ----

enum class StopKind : uint8_t { item, channel };
std::string_view to_string(StopKind kind);
std::optional<StopKind> parse_stop_kind(std::string_view word);

// What an operator took out of every answer. Kept when lifted: who and when.
struct Stop {
  StopKind kind = StopKind::item;
  std::string name;  // of an item or a product, or of a channel
  std::string by, why;
  ground::Instant at;
  ground::Instant lifted_at;  // 0: it holds
  std::string lifted_by;
  bool active() const { return lifted_at == ground::Instant{}; }
};

// What came of rows of the product feed.
struct Fed {
  struct Refused {
    size_t index = 0;
    std::string id;
    std::string message;
  };
  size_t accepted = 0;
  std::vector<Refused> refused;
};
constexpr size_t feed_rows_max = 5'000;

// ---- publish ----

// Who publishes, and what they agreed to.
struct PublishTerms {
  std::string by;            // a key's id, or the program: "cli", "serve"
  bool prune = false;        // may take away what the folder no longer has
  uint64_t rollback_of = 0;  // the version whose folder this is; 0: a new one
};

struct Published {
  bool changed = false;      // false: the folder is what is live already, or was refused
  bool needs_prune = false;  // refused: it would take something away, and nobody said that it may
  uint64_t version = 0;
  std::vector<ground::Finding> findings;
  ground::Changes changes;
  size_t aggregates_to_backfill = 0;
  std::vector<Stop> stops;  // what holds, whatever is published
};

// A published brand folder that is still kept.
struct VersionNote {
  uint64_t version = 0;
  ground::Instant at;  // 0: published by a version of Aizuchi that did not note it
  std::string by;
  uint64_t rollback_of = 0;
  uint64_t added = 0, changed = 0, removed = 0;
};

// People's states kept at hand, about 5 KB each; whoever is not among them is read in some 30 us.
constexpr size_t people_cached_bytes_default = 128ULL << 20;

struct Options {
  std::string data_directory;     // "" keeps everything in memory
  std::string keyring_directory;  // "" is data_directory + "-keys"
  bool sync = true;
  size_t people_cached_bytes = people_cached_bytes_default;
  // How many people a public key may make of devices never seen before; more is `busy`.
  uint32_t newcomers_per_second = 0;  // 0: as many as come
  uint32_t newcomers_at_once = 0;
  // To look at a copy: what the keyring knows and the copy does not (values that were forgotten
  // since, entries of the audit log) is made good by the next start.
  bool as_it_is = false;
  // After which time an ingest is answered `unavailable` though its sync may still come.
  ground::Duration overdue = ground::Duration::seconds(10);
  ground::Clock* clock = nullptr;  // null: the system's
  ground::Dice* dice = nullptr;    // null: the system's
  // Takes messages to webhooks; null: they are kept until someone does. Outlives the partition.
  Courier* courier = nullptr;
  // Runs a function on the partition's thread soon; null: run at the next tick().
  std::function<void(std::function<void()>)> post;
  // Opens the store of data_directory; null: ground::open_rocks_store. For simulation.
  std::function<ground::Result<std::unique_ptr<ground::Store>>(ground::StoreOptions)> open_store;
};

class Audit;

// By slot: Since the start, or since the folder that is live was published.
struct SlotCounters {
  uint64_t slots = 0, fallbacks = 0;  // filled; with the brand's default, since nothing fitted
  uint64_t explored = 0;              // chosen, and not what was believed best
  uint64_t learned = 0;               // the model spoke
  uint64_t layers[4] = {};            // by ground::Layer
};

struct Counters;   // answer.h
struct Mailbox;    // wishes.h
struct UseChange;  // wishes.h

class Partition {
 public:
  static ground::Result<std::unique_ptr<Partition>> open(Options options);
  ~Partition();  // flushes and closes

  // -- keys (hashed in the store; `keys create` shows the text once)
  // `by`: who does it, for the audit log: a key's id, or the program ("cli").
  ground::Result<NewKey> create_key(bool secret, std::string_view source, std::vector<Scope> scopes,
                                    std::string_view by = "engine");
  // Registers a key text chosen by the caller (tests, demo, migration). At least 8 characters.
  ground::Result<Key> register_key(std::string_view text, bool secret, std::string_view source,
                                   std::vector<Scope> scopes, std::string_view by = "engine");
  ground::Result<void> revoke_key(std::string_view id, std::string_view by = "engine");
  // How many requests a second it may make; 0: as the server says. Errors: not_found.
  ground::Result<Key> limit_key(std::string_view id, uint32_t per_second,
                                std::string_view by = "engine");
  ground::Result<std::vector<Key>> keys();
  // Errors: unauthorized.
  ground::Result<Key> check_key(std::string_view text);
  // Registers a key that person tokens are verified with; three at most, so that the next one is
  // there before the last one goes. `kid` may be empty. revoke_key takes its kid too. Errors:
  // invalid (not a key of this algorithm), conflict.
  ground::Result<TrustedKey> trust_key(std::string_view algorithm, std::string_view kid,
                                       std::string_view material, std::string_view by = "engine");
  std::vector<TrustedKey> trusted_keys() const;
  // Makes `asking` the person whom the token names, proven. Errors: unauthorized, with the rule
  // that the token breaks (also: it names someone else than `asking` does, or another device).
  ground::Result<void> prove(Asking& asking, std::string_view token);
  // An id for a device, and the token by which only that device can use it. Nothing is stored.
  NewDevice mint_device();
  // Makes `asking` that device, proven. Errors: unauthorized (not a token of ours, or of another
  // device than `asking` names).
  ground::Result<void> prove_device(Asking& asking, std::string_view token);

  // -- audit: who changed what (audit.h)
  const Audit& audit() const;

  // -- listen: `done` is called on the partition's thread, after the events are durable.
  using IngestDone = std::function<void(const ground::Result<Ingested>&)>;
  void ingest(std::string_view body, std::optional<listen::EventType> only, const Key& key,
              IngestDone done);
  void ingest(listen::EventBatch batch, const Key& key, IngestDone done);
  // … of a page whose person is proven: the events are theirs, and what the token says of them is
  // kept too. An event that names another user is refused.
  void ingest(listen::EventBatch batch, const Key& key, const Asking& speaker, IngestDone done);
  // For the CLI, the library and tests: waits.
  ground::Result<Ingested> ingest_and_wait(std::string_view body, const Key& key,
                                           const Asking& speaker = {});
  ground::Result<Ingested> ingest_and_wait(listen::EventBatch batch, const Key& key,
                                           const Asking& speaker = {});

  // What was said elsewhere: [{"userId"|"anonymousId", "item"|"topic", "channel", "by", "at",
  // "messageId"}] as events of the log, to be given to ingest with a secret key. `unknown` names
  // items that the live folder does not have; they are kept all the same.
  struct SaidTask {
    listen::EventBatch events;
    std::vector<std::string> unknown;
  };
  static constexpr size_t said_rows_max = 1'000;
  ground::Result<SaidTask> begin_said(const ground::Value& rows) const;

  // -- decide
  Answer decide(const Ask& ask, const Key& key);
  // When there is no time for it: each slot's default with the reason `shed`. Nobody is recalled,
  // no record is kept, and the question's events are not taken. Cost: a few us.
  Answer give_up(const Ask& ask);
  // The same as a preview: nothing is kept, counted or charged, `ask.events` included. Errors:
  // invalid (the persona, the events).
  ground::Result<Answer> preview(const Ask& ask, const Key& key);
  // The record of a decision. A public key sees only what its device or its proven person owns.
  // Errors: not_found (unknown, expired, someone else's: all alike).
  struct Explained;  // answer.h
  ground::Result<Explained> explain(ground::DecisionId id, const Asking& viewer, const Key& key);

  // -- the person's side
  struct ConsentChange {
    std::string purpose;
    bool granted = false;
  };
  void set_purposes(const Asking& person, const std::vector<ConsentChange>& changes, const Key& key,
                    IngestDone done);
  struct PurposeStanding {
    std::string purpose;
    std::string standing;  // none, granted, withdrawn, text_changed
    ground::Basis basis;
    ground::Text says;
    std::string text_version;  // of `says`; send it back with a grant
  };
  static std::string text_version(const ground::Purpose& purpose);
  std::vector<PurposeStanding> purposes(const Asking& person, const Key& key);
  // A person does not want something used for a purpose, or at all, or wants it used again; from
  // the next decision on. Errors: not_found (no such name or purpose), conflict (too many).
  void set_use(const Asking& person, const UseChange& change, const Key& key, IngestDone done);
  ground::Result<std::string> objections_json(const Asking& person, const Key& key,
                                              ground::LocaleId locale);
  // Nothing is stored for a link; it is made for whoever is named, known or not. Errors: not_found
  // (the purpose), forbidden (the key's source is gone).
  ground::Result<Mailbox> mint_mailbox(const std::string& user_id, const std::string& purpose,
                                       ground::Duration keep, const Key& key);
  // Errors: not_found, whatever is wrong with it.
  ground::Result<Mailbox> open_mailbox(std::string_view token);
  void stop_by_mailbox(const Mailbox& mailbox, IngestDone done);
  void when_written(IngestDone work);  // what is queued now: then nothing waits for the disk
  // What a person may see of themselves, as JSON: facts with source, when, for what, where used
  // lately, and why not when they are not used; what was counted. Nothing that needs a stronger
  // proof than the asking side has. Of nobody it has the same shape. Cost: some 1 ms.
  ground::Result<std::string> me_json(const Asking& person, const Key& key,
                                      ground::LocaleId locale);
  // Everything known of a person as JSON, for `sk_` keys with the people scope and the CLI:
  // identifiers, facts with source, context, date, purposes; consents; aggregates; counts.
  ground::Result<std::string> person_json(const Asking& person);
  // A page of people, events, decisions or items (export.h). Errors: not_found (the purpose),
  // invalid (the cursor), unavailable. Cost: about 20 µs a row, bounded by the page.
  ground::Result<ExportPage> export_page(const ExportAsk& ask);
  // Forgets everyone whom these ids lead to, a userId that only a page claims included: their keys,
  // log records (a number and a hash are left), history, states, ids, de-duplication keys, bits in
  // the audiences. Acts at once; `done` is called on the partition's thread when it is durable and
  // noted beside the keyring. Whoever is not known has a receipt too, of nothing. A public key
  // forgets what only its device is known by: forbidden when a user stands behind it. Cost: about
  // 20 us a kept event of theirs.
  struct Receipt {
    std::string json;  // every store and model touched, with how many entries
    std::string jws;   // the same, signed with the server's key
  };
  using EraseDone = std::function<void(const ground::Result<Receipt>&)>;
  void erase(const Asking& person, const Key& key, EraseDone done);
  ground::Result<Receipt> erase_and_wait(const Asking& person, const Key& key);
  // Forgets one fact, "cart", "visits", or what was counted or computed (by its name in me_json):
  // out of the state and of every event that told it, as far as the asking side may be shown it;
  // counts are made again from the events that are left. A consent stays. Of nobody, or of nothing
  // kept, there is a receipt too. Errors: not_found (no such name), and those of erase. Cost: about
  // 20 us a kept event of theirs.
  void forget_value(const Asking& person, const std::string& name, const Key& key, EraseDone done);
  ground::Result<Receipt> forget_value_and_wait(const Asking& person, const std::string& name,
                                                const Key& key);
  // Puts a fact right: what the asking side may be shown of it becomes the new value, told by them,
  // for what and where the old one was told. Errors: not_found (no such fact, or nothing of it is
  // known), invalid (not of its type, or computed), forbidden (a server's word is needed).
  struct Corrected {
    size_t places = 0;                    // where it stood
    std::vector<std::string> recomputed;  // facts and phases that rest on it
  };
  using CorrectDone = std::function<void(const ground::Result<Corrected>&)>;
  void correct(const Asking& person, const std::string& fact, const ground::Value& value,
               const Key& key, CorrectDone done);
  ground::Result<Corrected> correct_and_wait(const Asking& person, const std::string& fact,
                                             const ground::Value& value, const Key& key);
  // Writes the files anew that still hold bytes of erased people, and searches them (sweeping.h).
  // tick() does it by itself, on a thread of its own; this waits, and needs no `post`.
  ground::Result<Swept> sweep_and_wait();
  // The public key of the receipts, 32 bytes (Ed25519).
  std::string receipt_key() const;
  // The kept events of a person, newest first: read-back for operators and tests.
  struct KeptEvent {
    uint64_t sequence = 0;
    ground::Instant at, received_at;
    std::string body;  // JSON as it was kept
  };
  ground::Result<std::vector<KeptEvent>> history(const Asking& person, size_t limit);
  // Which of these messageIds are kept, with their events (exactly as often as they are stored).
  // Walks the log from its end; for operators and tests. `back_max` bounds the walk.
  ground::Result<std::vector<KeptEvent>> find_events(const std::vector<std::string>& message_ids,
                                                     size_t back_max);

  // -- watching: what a stream of changes looks at (http/streams.h)
  struct Watch {
    Asking whom;
    bool by_server = false;  // the ids were a server's statement
    uint64_t seen = 0;       // changes() as it was when the token was made
  };
  // For a URL that everyone on the way may read: sealed, good for 30 days, and for nothing else.
  std::string watch_token(const Asking& asking, const Key& key);
  ground::Result<Watch> watch(std::string_view token);  // errors: unauthorized
  // Another number after each change of what is known of them; 0 of nobody. Cost: a look-up.
  uint64_t changes(const Watch& watch);

  // -- audiences: live counts and members (purpose `improve`; docs/brand.md, "Audiences at size")
  AudienceList audiences();
  // "name", {"all": […]}, {"any": […]}, {"not": …}, {"minus": [of, less, …]} over names. Errors:
  // invalid, not_found (an unknown name), unavailable (one is not filled yet).
  ground::Result<AudienceCount> count_audiences(const ground::Value& expression);
  // Members of an audience whose data may be used for `purpose` today, in the order of their
  // numbers from `from` on. Looks at `members_max` of them (each may have to be read from the
  // store), so that an export goes in slices. Errors: not_found, unavailable, invalid, forbidden
  // (fewer than 20 members).
  ground::Result<AudienceMembers> members(const std::string& audience, const std::string& purpose,
                                          uint32_t from, size_t members_max);

  // -- population: of the live folder's scales (docs/brand.md, "Where someone stands among all")
  PopulationNote population() const;
  // Asks everyone now instead of at night, beside the serving. Errors: not_found (no scales),
  // unavailable.
  ground::Result<void> count_population();

  // -- recommender (docs/learning.md)
  RecommenderNote recommender() const;
  // Learns now instead of at night, beside the serving. Errors: not_found (no place for it),
  // unavailable.
  ground::Result<void> train_recommender();

  // -- the learned choice (docs/learning.md)
  ChoiceNote choice() const;
  // Learns now instead of within the hour, beside the serving. Errors: not_found (no place learns),
  // unavailable.
  ground::Result<void> train_choice();

  // -- publish
  std::shared_ptr<const ground::Snapshot> snapshot() const;  // null before the first publish
  // Findings and changes, those that need people included (who would be reached).
  ground::Result<Published> plan(const ground::BrandFiles& files);
  // Swaps the snapshot when the folder is valid and takes nothing away that `terms` did not name.
  ground::Result<Published> publish(const ground::BrandFiles& files, PublishTerms terms = {});
  // Of a version that is kept, byte for byte; 0: of the live one. Errors: not_found.
  ground::Result<ground::BrandFiles> published_files(uint64_t version = 0);
  // What is kept, newest first: every version that a kept decision may need, at least 90 days.
  ground::Result<std::vector<VersionNote>> versions();
  // Publishes the folder of an old version as a new one; 0: of the version before the live one.
  ground::Result<Published> rollback(uint64_t version, std::string_view by);
  // The same in four steps, so that a large folder compiles beside the decisions: begin, count and
  // finish on the partition's thread, compile() on any.
  struct PublishTask {
    ground::BrandFiles files;
    PublishTerms terms;
    ground::Vocabulary names;
    uint64_t version = 0;
    ground::Compiled compiled;
    std::shared_ptr<const understand::Similar> similar;       // products, by the folder's words
    std::shared_ptr<const understand::ConcernModel> hearing;  // texts, by its examples
    void compile();
    struct Count;                  // of the people it would reach
    std::shared_ptr<Count> count;  // begun by count_some
  };
  PublishTask begin_publish(ground::BrandFiles files, PublishTerms terms = {}) const;
  ground::Result<PublishTask> begin_rollback(uint64_t version, std::string_view by);
  // Counts whom a valid folder would reach (survey.h), for about `budget_us` at a time; true when
  // done, and then the findings have been added. Cost: at most 2,000 people.
  bool count_some(PublishTask& task, int64_t budget_us);
  // What publishing would find and change.
  ground::Result<Published> finish_plan(const PublishTask& task);
  // Errors: conflict when another publish came between.
  ground::Result<Published> finish_publish(PublishTask task);

  // -- operation
  // Takes an item, a product or a channel out of every answer from the next decision on; durable,
  // and a publish changes nothing about it. A second time it is as it was. Errors: not_found.
  ground::Result<Stop> stop(const Stop& wanted);
  ground::Result<Stop> start(StopKind kind, std::string_view name, std::string_view by);
  std::vector<Stop> stops() const;  // what holds first, then what was lifted; newest first
  // [{"id", "stock", "price", "from", "until"}]: what a row names changes, null takes the folder's
  // word again. Acts at once; `done` is called on the partition's thread when it is durable.
  using FeedDone = std::function<void(const ground::Result<Fed>&)>;
  void feed_products(const ground::Value& rows, FeedDone done);
  ground::Result<Fed> feed_products_and_wait(const ground::Value& rows);

  // -- webhooks (webhooks.h). Errors: invalid (address, kinds), conflict (too many), not_found.
  ground::Result<NewWebhook> add_webhook(std::string_view url, std::vector<EffectKind> kinds,
                                         std::string_view by);
  ground::Result<void> remove_webhook(std::string_view id, std::string_view by);
  ground::Result<NewWebhook> rotate_webhook(std::string_view id, std::string_view by);
  ground::Result<void> test_webhook(std::string_view id);
  // Lets go of the message that stands first. Errors: also conflict (it is on its way).
  ground::Result<void> skip_message(std::string_view id, std::string_view by);
  std::vector<Webhook> webhooks() const;

  // -- running: call every 10 to 100 ms; the more often, the less a decision may wait for it.
  // Flushes states (≤ 1 s behind), works on backfills (5 % of the time), runs what was handed over
  // when there is no `post`.
  void tick();
  ground::Result<void> flush();
  bool warm() const;  // ready to answer: a snapshot is live, recovery is done
  bool backfilling() const;
  ground::Result<void> healthy() const;
  const Counters& counters() const;
  ground::StoreStats store_stats() const;
  ground::Clock& clock();
  ground::Dice& dice();
  // For /metrics: how live the counts are. No count of people of one audience is in it.
  struct CountingStats {
    uint64_t audiences = 0, filling = 0, settling = 0, looks = 0;
  };
  CountingStats counting_stats() const;
  // Reads everything that is stored and checks it (verifying.cpp): some 10 us a record.
  struct Verified {
    std::vector<std::pair<std::string, uint64_t>> counts;  // of each space, what was read
    std::vector<std::string> wrong;                        // a line each; empty: all is well
    // Log records that a salvage had to leave behind: first and last.
    std::vector<std::pair<uint64_t, uint64_t>> lost;
    uint64_t last_sequence = 0;
    std::string link;    // hex: of the last log record, so of the whole log
    std::string digest;  // hex: of all that is stored says; the same after backup and restore
  };
  ground::Result<Verified> verify();
  // A backup into a new directory: what to run, on any thread while this lives.
  BackupTask begin_backup(std::string directory);
  // What `doctor` says of what is stored; of the machine around it the command says more.
  struct Examined {
    std::string check, says;  // check is one word, for programs
    std::string remedy;       // empty: all is well
    bool wrong = false;       // false with a remedy: to be known
  };
  std::vector<Examined> examine();

 private:
  friend class Dialogue;  // questions.h
  friend class Threads;   // threads.h
  friend class Odd;       // odd.h
  friend class Felt;      // felt.h
  friend class Centre;    // centre.h
  class State;
  class Verifier;
  explicit Partition(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aizuchi::serve
