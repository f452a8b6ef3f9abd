// What a partition holds. Internal to serve/partition; its files share it.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_set>

#include "ground/store/erasures.h"
#include "listen/events/apply.h"
#include "remember/identity/identity.h"
#include "remember/identity/person_token.h"
#include "remember/ledger/ledger.h"
#include "serve/partition/answer.h"
#include "serve/partition/audit.h"
#include "serve/partition/census.h"

namespace aizuchi::ground {
class JsonWriter;
}

namespace aizuchi::understand {
struct Recommenders;
struct Related;
class Visits;
}  // namespace aizuchi::understand
namespace aizuchi::respect {
struct Computed;
}

namespace aizuchi::serve {

class Lessons;
class Newcomers;
struct FeltResults;  // felt_looks.h
struct OddUse;       // odd_looks.h
struct OddUses;
class Outbox;
class Ranking;
class Survey;
class Training;
class UsualValues;

// The system's own clock and dice, when the caller brings none.
struct SystemParts {
  ground::SystemClock clock;
  ground::SystemDice dice;
};

class Partition::State final : public remember::ProvenanceLookup {
 public:
  State(Options options, std::unique_ptr<ground::Store> store,
        std::unique_ptr<ground::Vault> vault);
  ~State() override;

  // -- opening
  ground::Result<void> load();
  ground::Result<void> load_keys();
  ground::Result<void> load_trusted_keys();
  ground::Result<void> load_snapshot();
  ground::Result<void> recover();

  // -- what `doctor` says (verifying.cpp)
  std::vector<Examined> examine_log();
  std::vector<Examined> examine_brand();
  std::vector<Examined> examine_webhooks() const;  // webhooks.cpp

  // -- people
  const ground::Provenance& provenance(ground::ProvenanceId id) const override {
    return vocabulary.provenance(id);
  }
  struct Found {
    remember::Person* person = nullptr;
    ground::Assurance viewer = ground::Assurance::a0;
  };
  // Who a question is about, and how well the asking side proved it.
  ground::Result<Found> recall(const Asking& asking, const Key& key);
  struct Prepared {
    ground::Batch batch;
    Ingested result;
    std::vector<std::string> seen_keys;  // in flight until the batch is durable
  };
  // Who speaks, with which key, and what they proved.
  struct Voice {
    const Key& key;
    const Asking& speaker;
    ground::Assurance proof = ground::Assurance::a0;
  };
  // May this key bring in whoever of the batch is new? Errors: busy.
  ground::Result<void> room_for_newcomers(const listen::EventBatch& events, const Voice& voice);
  static Voice voice_of(const Key& key, const Asking& speaker);
  // Whose an event is; null when nobody is known yet.
  ground::Result<remember::Person*> owner(const listen::Event& event, const Voice& voice);
  // The same, made when there is none; links what a server states to be one person.
  ground::Result<remember::Person*> owner_or_new(const listen::Event& event, const Voice& voice,
                                                 ground::Batch& batch);
  // Is it somebody with a user id?
  static bool is_users(const remember::Person& person);
  remember::Person& make_person(ground::Instant now, ground::Batch& batch);
  // May this device id be used? One that was minted here needs its token beside a public key.
  static bool possesses(const Asking& speaker, std::string_view anonymous_id);
  // The event says who it is from by what was proven. Errors: invalid (it says someone else).
  static ground::Result<void> name_speaker(listen::Event& event, const Asking& speaker);
  static ground::Result<void> say_whose(listen::Event& event, const Voice& voice);
  std::string device_token(std::string_view anonymous_id) const;
  // -- absorbing (absorbing.cpp)
  // The device whose history is about to become the speaker's: proven on both sides, the device
  // nobody's. nullptr: there is none.
  ground::Result<remember::Person*> device_to_absorb(const Voice& voice);
  void absorb_device(const Voice& voice, const ground::Source& source, Prepared& out);
  // Who says that a device is a person's, and with which proof: A2 with the device's token, or A3.
  struct Uniter {
    std::string user_id, token_id;
    ground::Assurance proof = ground::Assurance::a2;
    ground::SourceId source;
  };
  class Move;
  void unite(remember::Person& device, remember::Person& user, const Uniter& by, Prepared& out);
  // A server's event names a device and a user, and both are known: they are one from now on.
  ground::Result<void> unite_stated(const listen::Event& event, const ground::Source& source,
                                    Prepared& out);
  void become(remember::Person& person, const Asking& speaker, const ground::Source& source,
              Prepared& out);
  // Has what proved the speaker something to say that is not kept yet?
  bool has_news(const Key& key, const Asking& speaker);
  ground::Result<remember::Person*> person_of(std::string_view kind, const std::string& value);
  // By any of the ids; not_found when nobody is.
  ground::Result<remember::Person*> known(const Asking& asking);
  // Aggregates that came with a later publish are filled here and now where that is quick, else
  // absent until the backfill comes to this person (backfilling.cpp); false then. One comparison
  // for who is filled already.
  bool bring_up(remember::Person& person);
  bool bring_up_for_counting(remember::Person& person);           // will be looked at again
  void note_new_aggregates(remember::PersonState& person) const;  // absent until then
  uint64_t aggregates_as_of() const;  // the newest publish that brought some
  CountingBy counting_by() const { return {snapshot, population, backfill_of}; }

  // "objections": what they do not want used.
  void write_objections(ground::JsonWriter& out, const Found& found, ground::LocaleId locale) const;
  // The members of one value that was computed (computed.h).
  void write_computed(ground::JsonWriter& out, const respect::Computed& value,
                      ground::LocaleId locale) const;
  void write_all_computed(ground::JsonWriter& out, const remember::PersonState& person) const;
  // Everything known of a person as JSON; with a purpose, only the facts told for it.
  std::string person_text(const remember::PersonState& person,
                          const ground::Purpose* purpose) const;
  class Exporter;  // exporting.cpp
  class Mirror;    // seeing.cpp

  // -- listening
  ground::Result<Prepared> prepare(listen::EventBatch events, const Key& key,
                                   const Asking& speaker);
  ground::Result<void> prepare_one(listen::Event event, const Voice& voice,
                                   const ground::Source& source, Prepared& out);
  // Writes it and what it changes; `person` is null when nobody is known yet.
  ground::Result<void> keep_event(const listen::Event& event, const Voice& voice,
                                  const ground::Source& source, remember::Person* person,
                                  std::string seen, Prepared& out);
  // A page may say of its events which purposes they are not for; that it says so in ever new
  // combinations must not use up what all sources share. Errors: too_large.
  ground::Result<void> room_for_provenance(const listen::Event& event,
                                           const listen::Sender& sender);
  bool may_keep(const listen::Event& event, const remember::Person* person,
                const listen::Sender& sender, ground::PurposeSet purposes) const;
  // Takes out what is sensitive and not consented to; false: nothing is left.
  bool hold_back(listen::Event& event, const remember::Person* person, ground::PurposeSet purposes);
  void prepare_traits(const Key& key, const Asking& speaker, const ground::Source& source,
                      Prepared& out);
  std::string traits_message(const Asking& speaker) const;
  void finished(const Prepared& prepared);
  // Who waits for a disk that does not answer is told so (Options::overdue).
  struct Waiting {
    int64_t until_us = 0;
    IngestDone done;  // null: answered
  };
  void answer_overdue();
  // For what is read back from the store: all that was queued before it is there.
  ground::Result<void> settle();
  bool settled = false;     // it is, for as long as what when_written() was given runs
  bool disk_hangs = false;  // someone has waited for a second: nothing else may wait for it
  void count(const listen::Applied& applied);
  void hand_over(std::function<void()> work);
  // Writes it; `then` is told on the partition's thread whether it is durable.
  void commit_then(ground::Batch batch, std::function<void(bool kept)> then);

  // What answers were promised to change (give_back.cpp): where it is to be seen in this decision,
  // whether it was, and how it stands with everyone, counted as they are looked at twice a day.
  void promise_back(const remember::Person& person, decide::Question& question) const;
  void give_back(remember::Person& person, const decide::Question& question, Answer& answer);
  struct GivenBack {
    uint64_t people = 0, in_time = 0, late = 0, open = 0, overdue = 0, expired = 0;
  };
  using GiveBacks = std::map<std::string, GivenBack>;  // by question
  void tally_give_backs(const remember::PersonState& person, GiveBacks& into) const;
  // Answers that changed nothing for 90 days are known no more; the events that told them go in the
  // next round.
  void expire_unused(remember::Person& person, ground::Batch& batch);
  bool note_answer(remember::Person& person, const ground::OpenQuestion& asked,
                   std::string_view outcome, ground::Batch& batch);
  void write_answers(ground::JsonWriter& out, const remember::PersonState& person,
                     ground::LocaleId locale) const;
  // What felt odd (odd.h): not used for who said so, in this decision; and how it stands with
  // everyone, looked at in the same rounds (odd_looks.cpp).
  static void note_odd(const remember::PersonState& person, decide::Question& question);
  ground::Result<void> load_odd();
  void begin_odd();
  void look_for_odd(const remember::Person& person);
  std::map<std::string, ground::Instant> marks_of(const remember::PersonState& person);
  // What was decided for them then; nullopt when no such record is theirs.
  std::optional<decide::DecisionRecord> record_of(const remember::Person& person,
                                                  uint64_t first_8_bytes);
  void judge_odd();
  ground::Result<void> keep_odd(const OddUse& use, std::string_view by, std::string_view action,
                                std::string_view detail);
  // What people felt (felt.h), counted in the same rounds (felt_looks.cpp).
  void tally_felt(const remember::PersonState& person);
  void end_felt_look();
  // An event of the engine's own making into a person's log and state.
  ground::Result<void> keep_own(remember::Person& person, listen::Event event,
                                const listen::Sender& sender, ground::Batch& batch);
  // What they told us for a while (telling.cpp): a visit that is for somebody else says so, where
  // the page did not.
  static void decide_for_another(const remember::PersonState& person, decide::Question& question);
  ground::Result<ground::Instant> visit_began(remember::Person& person, ground::Instant now);
  ground::Result<void> count_again(remember::Person& person);
  void write_wishes(ground::JsonWriter& out, const remember::PersonState* person,
                    ground::LocaleId locale) const;
  void forget_leanings();  // what was made of answers; they make it again (questions.cpp)

  // Whom a promise of ours, or an answer to a complaint, is owed (threads.cpp).
  struct Owed {
    ground::Instant due = ground::Instant::never();  // of the promise that is due first
    bool complaint = false;
  };
  using OwedTo = std::unordered_map<ground::PersonId, Owed>;
  void note_owed(const remember::PersonState& person, OwedTo& to) const;
  void note_threads(const remember::PersonState& person);  // they may have changed
  void write_threads(ground::JsonWriter& out, const remember::PersonState& person) const;

  // -- erasing (erasing.cpp)
  // What went, for the receipt.
  struct Gone {
    size_t people = 0, records = 0, seen = 0, identifiers = 0, counted = 0;
  };
  // Adds to `gone` and returns what is to be noted beside the keyring; the batch must be committed.
  // Of whom they absorbed too: backups may still have those apart.
  ground::Result<std::vector<ground::Erasure>> forget(remember::Person& person,
                                                      ground::Batch& batch, Gone& gone);
  ground::Result<void> forget_seen(const std::set<std::string>& messages, ground::Batch& batch,
                                   Gone& gone);
  ground::Result<std::vector<ground::PersonId>> meant_by(const Asking& asking, const Key& key);
  ground::Result<void> load_erasures();
  // Erases again whoever a restored backup brought back.
  ground::Result<void> replay_erasures();
  void note(const ground::Erasure& erasure);
  // Is it from before somebody of its ids was erased?
  bool is_late(const listen::Event& event) const;
  ground::Result<void> note_traces(const remember::Person& person);
  // A piece of what is stored there, for the sweep to look for.
  ground::Result<void> trace(ground::Space space, std::string_view key);
  // Writes it, notes what went beside the keyring, and answers.
  void commit_erasure(ground::Batch batch, std::vector<ground::Erasure> fresh,
                      ground::Result<Receipt> answer, bool audited, EraseDone done);
  // The files (sweeping.h): what is to be done, what came of it, and the thread that does it.
  SweepTask begin_sweep();
  void finish_sweep(const ground::Result<Swept>& swept);
  void sweep_when_due(ground::Instant now);
  // -- receipts (receipts.cpp)
  Partition::Receipt receipt_of(const Gone& gone, std::string_view by, ground::Instant at);
  void write_learned(ground::JsonWriter& json, size_t people, std::string_view when) const;
  Partition::Receipt signed_receipt(std::string json) const;

  // -- correcting and forgetting single values (forgetting.cpp)
  struct ValuesGone {
    std::vector<std::string> names;  // facts, and aggregates by their text
    size_t facts = 0, erased = 0, rewritten = 0, aggregates = 0;
  };
  // What a value that is shown rests on: itself, or what it is computed from. Errors: not_found.
  ground::Result<std::vector<std::string>> names_behind(const std::string& name) const;
  ground::Result<void> forget_values(remember::Person& person, const listen::Forgotten& forgotten,
                                     const ground::Erasure& note, ground::Batch& batch,
                                     ValuesGone& gone);
  void forget_in_state(remember::PersonState& person, const listen::Forgotten& forgotten,
                       ground::Assurance viewer, ValuesGone& gone);
  size_t forget_in_threads(remember::PersonState& person, const listen::Forgotten& forgotten,
                           ground::Assurance viewer);
  void keep_values(const ground::Erasure& note, ground::Batch& batch);
  void know_values(const ground::Erasure& note);
  listen::Forgotten forgotten_by(const ground::Erasure& note) const;
  // Takes out of an event what its person wanted forgotten after it; false: nothing is left.
  bool keep_forgotten(listen::Event& event, const remember::Person& person,
                      ground::Assurance proof) const;
  ground::Result<void> load_values();
  ground::Result<void> replay_values();
  Partition::Receipt receipt_of(const ValuesGone& gone, std::string_view by, ground::Instant at);

  // -- expiring (expiring.cpp)
  ground::Result<void> load_expired();
  void note_expired(ground::Instant at);
  bool expire_in_state(remember::PersonState& person, ground::Instant now) const;
  void note_old(const remember::Person& person, const listen::Event& event);
  // What came to its end in the stretches of the past that this round looks at; true when all of
  // the person was looked at. Nothing is in the batch when nothing was over.
  ground::Result<bool> expire(remember::Person& person, ground::Batch& batch);
  void begin_expiring(ground::Instant now);
  ground::Result<void> expire_people(ground::Instant now, int64_t budget_us);

  // -- deciding
  struct Viewing {
    ground::Assurance viewer = ground::Assurance::a0;
    ground::Instant now;
    std::string person;  // part of the seed
  };
  // What a question is made of but for whom it recalls; names unknown slots and the locale in the
  // answer, which it refers to.
  decide::Question question_of(const Ask& ask, const Viewing& viewing, Answer& answer);
  // Begins with its millisecond and number within it, so that records are appended (formats.md).
  ground::DecisionId next_decision_id();
  static std::string seed_of_nobody(const Asking& person) {
    return person.anonymous_id + "\n" + person.user_id;
  }
  void note_said(const Answer& answer, remember::Person& person, ground::Instant now);
  void write_record(const Answer& answer, const decide::Question& question,
                    const remember::Person* person);
  void count(const Answer& answer);
  static std::string record_aad(ground::DecisionId id);

  // What webhooks are to be told of a person, in the batch of its cause (webhooks.cpp).
  void open_outbox();
  using Details = ground::ValueMap;
  void tell(EffectKind kind, const remember::PersonState& person, Details details,
            ground::Batch& batch);
  // … and nothing else that waits is told of them.
  ground::Result<void> tell_erased(const ground::PersonId& person,
                                   const std::set<std::pair<std::string, std::string>>& identifiers,
                                   ground::Batch& batch);
  void tell_of(const listen::Event& event, const listen::Applied& applied,
               const remember::Person& person, ground::Batch& batch);

  // Commits a change together with its entry in the audit log.
  ground::Result<void> commit_audited(ground::Batch batch, std::string_view by,
                                      std::string_view action, std::string_view on,
                                      std::string_view detail);

  // -- operation
  ground::Result<void> load_stops();
  ground::Result<void> load_feed();
  ground::Result<void> keep_stop(const Stop& stop, std::string_view action, std::string_view by);
  ground::Result<Fed> read_feed(const ground::Value& rows, ground::Batch& batch);
  // The overrides of the live snapshot, from the stops and from the feed.
  void override_stops();
  void override_products();
  void override_product(std::string_view id, const ground::ProductNews& news);
  std::vector<Stop> stops_that_hold() const;

  // -- publishing
  struct Version {
    uint64_t version = 0;
    std::shared_ptr<const ground::Snapshot> snapshot;
  };
  ground::Result<std::shared_ptr<const ground::Snapshot>> snapshot_of(uint64_t version);
  ground::Result<Published> adopt(PublishTask task, Published out);
  // What each purpose said before (purpose_texts.cpp).
  ground::Result<void> load_texts();
  void tell_texts(ground::Snapshot& next) const;
  // The same with what `next` changes, as it will be kept.
  struct PurposeText {
    uint64_t hash = 0;
    std::vector<std::pair<ground::Instant, uint64_t>> before;
  };
  using PurposeTexts = std::map<std::string, PurposeText>;
  PurposeTexts texts_with(const ground::Snapshot& next) const;
  static std::string encode(const PurposeTexts& texts);
  // Consents as records (consent_records.cpp), and the words of each text as it was shown.
  void keep_purpose_texts(const ground::Snapshot& next, ground::Batch& batch) const;
  ground::Result<void> write_consent_records(ground::JsonWriter& out,
                                             const remember::PersonState& person,
                                             ground::LocaleId locale);
  ground::Result<void> write_records(ground::JsonWriter& out, std::string_view member,
                                     const remember::PersonState& person,
                                     const std::vector<remember::Consent>& consents,
                                     ground::LocaleId locale);
  // "pause" and "frequency": a break and caps of the person's own (centre.cpp).
  void write_limits(ground::JsonWriter& out, const remember::PersonState& person) const;
  // … as far as this viewer may be shown them: what a proven person said is not its device's.
  void write_limits(ground::JsonWriter& out, const Found& found) const;
  // Looks at a few people after `after`; false when they cannot be read. `all`: to the end, or
  // to `until` when it names one.
  bool count_next(Survey& survey, std::string& after, std::string_view until, bool& all);
  void note_version(const PublishTask& task, const Published& published, ground::Batch& batch);
  // Lets go of decisions older than `record_keep`, and of versions that none of the rest needs.
  ground::Result<void> expire_some();
  void keep_vocabulary(ground::Batch& batch);
  // Where everyone stands (population.cpp): made every night, and at once for a new scale.
  ground::Result<void> load_population();
  ground::Result<ground::Population> population_of(uint64_t version);
  void schedule_ranking();
  void rank_some(int64_t budget_us);
  void keep_population(ground::Population next);
  void expire_populations(ground::Instant cutoff, ground::Batch& batch);
  // What a record says of the scales it read, beside what its version of the population says.
  void check_scales(Explained& explained);
  // What goes with what (recommending.cpp): learned every night, and where nothing is yet.
  ground::Result<void> load_related();
  void schedule_training();
  void train_without_erased();
  void train_some(int64_t budget_us);
  void keep_related(understand::Related next);
  static std::shared_ptr<understand::Recommenders> no_recommenders();
  bool learns() const;  // is there a place for it, and a purpose?
  // The visits that go on (visiting.cpp): a view; what is remembered, or may be learned, is
  // another; nothing is.
  void note_view(const remember::PersonState& person);
  void learn_visits(const remember::PersonState& person);
  void forget_visits(const ground::PersonId& person);
  void begin_visits();  // all anew, by the folder that is live now
  void adopt_visits(std::shared_ptr<understand::Visits> made);
  void catch_up_visits(size_t people);
  uint64_t visits_known() const;
  void adopt_similar(std::shared_ptr<const understand::Similar> similar);
  void find_similar();
  // What texts speak of (hearing.cpp): null where no event is heard. What is heard in an event is
  // written into it, before it is kept.
  static std::shared_ptr<const understand::ConcernModel> learn_hearing(
      const ground::Snapshot& snapshot);
  void hear(listen::Event& event) const;
  // Learns it of this folder after a start, beside serving; the first text waits for it.
  void hear_by(std::shared_ptr<const ground::Snapshot> brand);
  void learn_hearing_some();
  // The learned choice (choosing.cpp): learned every hour, and at once where nothing is yet.
  ground::Result<void> load_choice();
  void schedule_lessons();
  void learn_choice_without_erased();
  void learn_some(int64_t budget_us);
  void keep_choice(decide::LearnedChoice next);
  void count_choice(const decide::SlotDraft& draft);
  // What is usual of values (usual_values.cpp): learned every night.
  ground::Result<void> load_usual();
  void schedule_usual();
  void learn_usual_some(int64_t budget_us);
  bool learns_usual() const;
  ground::Result<bool> backfill(remember::Person& person);  // false: not now
  ground::Result<void> backfill_some(int64_t budget_us);
  void backfill_tick(ground::Instant now);

  Options options;
  SystemParts system;
  ground::Clock& clock;
  ground::Dice& dice;
  std::unique_ptr<ground::Store> store;
  std::unique_ptr<ground::Vault> vault;
  ground::Vocabulary vocabulary;
  uint64_t vocabulary_kept = 0;  // changes() when it was last written
  remember::Ledger ledger;
  remember::Identity identity;
  ground::Key128 choice_key;
  ground::DecisionId last_decision;
  ground::Key256 key_hash_key;
  ground::Key256 receipt_seed;
  ground::Key256 device_key;  // of device tokens

  std::map<std::string, Key> keys;  // by the hash of their text
  // How many people each public key has made (Options::newcomers_per_second).
  std::shared_ptr<Newcomers> newcomers;  // null: unlimited; shared, so that few see inside
  remember::PersonTokens person_tokens;
  std::shared_ptr<const ground::Snapshot> snapshot;
  std::map<std::string, Stop> stops;                             // by their name in meta
  std::map<std::string, ground::ProductNews, std::less<>> feed;  // by product id
  ground::Overrides overrides;
  std::deque<Version> recent_versions;  // compiled again for replay
  // Aggregates by the publish that introduced them; kept in meta.
  std::map<uint16_t, uint64_t> aggregate_since;
  PurposeTexts purpose_texts;
  std::shared_ptr<const Backfill> backfill_of;  // never null (backfilling.h)
  bool backfill_pending = false;
  std::unordered_set<ground::PersonId> backfill_first;  // a count waits for them
  std::string backfill_after;                           // the last person done in this pass

  std::vector<ground::Erasure> erasures;                               // oldest first
  std::unordered_map<ground::PersonId, ground::Instant> erased_until;  // by an identifier's lookup
  ground::Instant erased_last{INT64_MIN};                              // the newest of those

  // Values that were forgotten, by person; and those noted beside the keyring only.
  std::unordered_map<ground::PersonId, std::vector<ground::Erasure>> values_forgotten;
  std::vector<ground::Erasure> values_to_replay;
  ground::Instant values_last{INT64_MIN};

  // The round that looks for what is over: the next one, and where this one is.
  ground::Instant expire_due;
  bool expiring = false;
  std::string expire_after;                  // the last person who was looked at
  ground::Instant expire_now;                // when this round began
  ground::Instant expire_before{INT64_MIN};  // … the one before it; min: look at all there is
  ground::Instant expire_from{INT64_MIN};    // where to go on in a long history
  uint64_t expire_version = 0;               // the folder of the round before
  // Who sent something old since: all of theirs is looked at.
  std::unordered_set<ground::PersonId> expire_late, expire_late_now;

  std::vector<std::string> traces;         // of those erased since the last sweep began
  ground::Instant swept_until{INT64_MIN};  // erasures up to then have been swept
  ground::Instant sweep_covers;            // … once the one that runs has ended
  ground::Instant sweep_due{INT64_MIN}, sweep_began;
  bool sweeping = false;
  std::shared_ptr<const ground::Result<Swept>> last_sweep;
  std::string sweep_trouble;  // what the last one found; "" when nothing

  std::deque<std::shared_ptr<Waiting>> waiting;     // oldest first
  std::unordered_set<ground::PersonId> kept_apart;  // devices with too much to be moved
  std::unordered_set<std::string> in_flight;        // messageIds not yet durable
  std::mutex handed_mutex;
  std::vector<std::function<void()>> handed;  // guarded by handed_mutex; without `post`
  ground::Instant flushed_at;
  ground::Instant backfilled_at;   // when backfill_some last ran
  uint64_t asked_before_tick = 0;  // decisions and events when the last tick ran
  ground::Instant expired_at;      // when expire_some last ran
  std::shared_ptr<const ground::Population> population;  // null: there was none yet
  ground::PersonKey population_key;                      // of what is kept: it belongs to many
  ground::Instant ranking_due = ground::Instant::never();
  std::shared_ptr<Ranking> ranking;  // while everyone is asked; shared, so that few see inside
  bool keeping_population = false;   // what came of it is on its way to the disk
  std::shared_ptr<understand::Recommenders> recommenders;  // never null
  std::shared_ptr<understand::Leanings> leanings;          // never null; of who was asked lately
  std::shared_ptr<UsualValues> usual_values;               // null until loaded
  class HearingToCome;
  std::shared_ptr<HearingToCome> hearing_to_come;  // since the start; null: `hearing` is it
  std::shared_ptr<const understand::ConcernModel> hearing;
  GiveBacks give_backs, give_backs_so_far;  // of the last round, and of the one that goes on
  ground::Instant give_backs_at{INT64_MIN};
  std::shared_ptr<OddUses> odd_uses;          // never null; shared, so that few see inside
  std::shared_ptr<FeltResults> felt_results;  // never null, likewise
  OwedTo owed_to, owed_to_so_far;             // as of the same rounds, and of every event since
  ground::PersonKey related_key;              // of what is kept: it belongs to many
  ground::Instant training_due = ground::Instant::never();
  ground::Instant training_retry{INT64_MIN};  // not before: the store could not be read
  std::shared_ptr<Training> training;         // while it is learned; shared, so that few see inside
  // Since when what was being learned is thrown away, as people are erased (asking_everyone.h).
  ground::Instant training_thrown = ground::Instant::never();
  ground::Instant lessons_thrown = ground::Instant::never();
  bool keeping_related = false;  // what came of it is on its way to the disk
  bool visits_due = false;       // they are made anew of what is remembered
  // Who viewed or changed lately, and since everyone is asked: the asking reads what is stored.
  std::vector<ground::PersonId> visits_changed, visits_changed_before;
  ground::Instant visits_turned{INT64_MIN};                     // when the one became the other
  std::vector<ground::PersonId> visits_behind;                  // to be looked at again
  std::shared_ptr<const decide::LearnedChoice> learned_choice;  // null: nothing was learned yet
  ground::PersonKey choice_model_key;  // of what is kept: it belongs to many
  ground::Instant lessons_due = ground::Instant::never();
  std::shared_ptr<Lessons> lessons;         // while it is learned; shared, so that few see inside
  bool lessons_stale = false;               // … by an old folder, or with somebody who was erased
  bool keeping_learned = false;             // what came of it is on its way to the disk
  std::vector<SlotCounters> slot_counters;  // by slot of the live folder
  Audit audit;                              // who changed what
  Census census;                            // live counts of the audiences
  Counters counters;
  std::shared_ptr<Outbox> outbox;  // never null; shared, so that few see inside
  std::jthread sweeper;            // last: it uses the store
};

std::shared_ptr<understand::Leanings> new_leanings();
std::shared_ptr<OddUses> no_odd_uses();
std::shared_ptr<FeltResults> no_felt_results();
// "item" or "slot" of an object that is open, from an item's name or "@" and a slot's.
void write_odd_place(ground::JsonWriter& out, std::string_view of);

constexpr std::string_view meta_vocabulary = "vocabulary";
constexpr std::string_view meta_version = "version";
constexpr std::string_view meta_aggregates = "aggregates";
constexpr std::string_view meta_backfilled = "backfilled";
// How long a decision can be explained, and at least how long a version is kept after its time.
constexpr ground::Duration record_keep = ground::Duration::days(90);
// What waits for webhooks (outbox.h).
constexpr std::string_view meta_effect = "effect/";
constexpr std::string_view meta_texts = "purpose-texts";
constexpr std::string_view meta_values_forgotten = "forgotten/";  // + person, hex / sequence, hex
// The value under a decision's id once its person was erased.
constexpr std::string_view erased_record{"\x01", 1};
// What keeps an event from being counted twice. Scoped to the write key: two sources may well use
// the same ids.
std::string seen_key(std::string_view key_id, std::string_view message_id);
std::string received_bytes(ground::Instant t);
// From then on a restore knows whom, or what, to erase again.
ground::Result<void> note_beside(const std::string& keyring,
                                 const std::vector<ground::Erasure>& erasures);
// What a decision's record is sealed with.
std::string record_aad(ground::DecisionId id);
// What the keys of decisions begin with that a person's state names so.
std::string decision_prefix(uint64_t first_8_bytes);
std::string values_key(const ground::Erasure& note);  // in meta
// In meta as long as their person is known: the key of who was absorbed is needed by backups from
// before it.
std::string absorbed_key(std::string_view person);
// What rests on an event has it under its new number.
void renumber(remember::PersonState& person, uint64_t before, uint64_t now);
std::string meta_publish(uint64_t version);
std::string meta_key(std::string_view hash);
std::string meta_trusted_key(std::string_view kid);

}  // namespace aizuchi::serve
