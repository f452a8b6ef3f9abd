// The only window on what is remembered (P1). For one slot and one viewer, each fact and each
// derived value gets a level; what is at RANK or SAY becomes an Admitted, the rest is absent, with
// the reason kept for those who may ask. Rules, scores and templates see an Admission and nothing
// else, so what may not be used is not in the room.
//
// An Admitted can be made by an Admission only and never leaves it: it cannot be copied, moved or
// handed to another slot (tests/must_not_compile).
//
// Threads: used on the partition's thread, for one decision. The person's state must not change
// while it lives. Cost: one guard ruling per fact and per provenance, plus the buckets of the
// aggregates that the slot's content reads; nothing grows with history.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "ground/domain/domain.h"
#include "ground/expr/expr.h"

namespace aizuchi::remember {
struct PersonState;
class ProvenanceLookup;
}  // namespace aizuchi::remember

namespace aizuchi::ground {
struct Population;
}  // namespace aizuchi::ground

namespace aizuchi::respect {

enum class Refusal : uint8_t;   // respect/guard/guard.h
enum class Relation : uint8_t;  // respect/guard/guard.h

// What recall found: opaque to everyone but this module.
class Handle {
 public:
  // nullptr: nobody is known; every fact is absent.
  Handle(const remember::PersonState* person, const remember::ProvenanceLookup& provenances)
      : person_(person), provenances_(&provenances) {}

 private:
  friend class Admission;
  friend class Removals;
  friend class Gatherer;
  friend class Counted;
  const remember::PersonState* person_;
  const remember::ProvenanceLookup* provenances_;
};

// The asking side: who looks, when, and the question's own context (which is nobody's secret).
struct Situation {
  ground::Assurance viewer = ground::Assurance::a0;
  ground::Instant now;
  ground::Value now_value;  // `now` as a value
  // context.page, device, referrer, locale, for_whom as strings, hour as int; absent ones are null
  std::vector<std::pair<std::string, ground::Value>> context;
  bool opts_out = false;  // the browser says that nothing may be sold or shared (Sec-GPC)
  std::string phase;      // of a preview; "": the brand's rules say
  // What deciles and RFM compare with; null: everyone was not counted yet, so they are absent.
  const ground::Population* population = nullptr;
};

// Where an admitted value comes from, so that the source can be named (P3).
struct SourceLine {
  ground::Method method = ground::Method::observed;
  ground::Subject subject = ground::Subject::self;
  ground::ContextId collected_in;
  ground::SourceId source;
  ground::Instant at;     // of the newest
  uint64_t evidence = 0;  // log record of a fact; 0 for counted behaviour
};

class Admission;

class Admitted {
 public:
  Admitted(const Admitted&) = delete;
  Admitted& operator=(const Admitted&) = delete;
  ~Admitted() = default;

  ground::ReadId read() const { return read_; }
  const ground::Value& value() const { return *value_; }
  ground::Level level() const { return level_; }
  Refusal lowered_by() const { return lowered_by_; }  // none at SAY
  Relation relation() const { return relation_; }
  const SourceLine& source() const { return source_; }
  bool sensitive() const { return sensitive_; }
  // May what it is known from be learned from: was all of it told for `improve` too?
  bool teaches() const { return teaches_; }
  // Nobody entrusted this: the question's own context, or the clock.
  bool impersonal() const { return impersonal_; }

 private:
  friend class Admission;
  friend class Gatherer;
  Admitted() = default;

  ground::ReadId read_ = 0;
  const ground::Value* value_ = nullptr;  // null: absent
  ground::Value own_;                     // when computed here
  ground::Level level_ = ground::Level::deny;
  Refusal lowered_by_{};  // none
  Relation relation_{};   // same
  SourceLine source_;
  bool sensitive_ = false;
  bool impersonal_ = false;
  bool teaches_ = false;  // live only: a replay teaches nobody
};

// Something that is known and was not used, or not to this level.
struct Withheld {
  ground::ReadId read = 0;
  ground::Level level = ground::Level::deny;
  Refusal why{};  // none
};

class Recording;
struct RecordedRead;

class Admission final : public ground::Activation {
 public:
  // The live way: asks the guard about everything this slot may read. `before` is of an earlier
  // slot of the same call, or null: where its place is the same (purpose and context), what it was
  // given, and refused, stands here too and is not asked again.
  Admission(const ground::Snapshot& snapshot, const ground::Slot& slot, const Handle& handle,
            const Situation& situation, const Admission* before = nullptr);
  // The way of replay: what a decision of this slot was recorded to have been given. Precondition:
  // the recording is of this slot.
  Admission(const ground::Snapshot& snapshot, const ground::Slot& slot, const Recording& recording);
  ~Admission() override;
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  const ground::Slot& slot() const { return slot_; }
  // Does the slot read it?
  bool reads(ground::ReadId id) const { return id < position_.size() && position_[id] >= 0; }
  // nullptr when absent or withheld. Marks the read as touched.
  const ground::Value* read(ground::ReadId id) override;
  // The same without marking; nullptr when absent.
  const Admitted* find(ground::ReadId id) const;
  // May its value stand in copy?
  bool sayable(ground::ReadId id) const;

  // What was read since the last call, in order of the slot's reads (the facts actually read).
  std::vector<ground::ReadId> take_touched();

  std::span<const Withheld> withheld() const { return withheld_; }
  // The first below RANK among these or what they rest on, so that a "no" of theirs is no
  // knowledge; else nullptr.
  const Withheld* withheld_of(std::span<const ground::ReadId> reads) const;
  // Was something asked for since the last take_touched() that is known and not given?
  bool touched_withheld() const;
  std::vector<RecordedRead> recorded() const;
  // The same admission with one value taken away: for counterfactuals.
  std::unique_ptr<Admission> without(ground::ReadId id) const;
  // As if these were absent, and what is computed from them, until show_all().
  void hide(std::span<const ground::ReadId> reads);
  void show_all() { hidden_.clear(); }
  // They, and what is computed from them, are withheld here from now on: they felt odd.
  void withhold(std::span<const ground::ReadId> reads);

 private:
  friend class Gatherer;
  struct Bare {};
  Admission(Bare, const ground::Snapshot& snapshot, const ground::Slot& slot);
  Admitted* place(ground::ReadId id);
  bool same_place(const ground::Slot& slot) const;
  // What was given here for this read, into another admission of the same place and call; false:
  // it was not asked for here.
  bool lend(ground::ReadId id, Admission& to) const;
  bool is_hidden(size_t at) const { return (hidden_[at / 64] >> at % 64 & 1) != 0; }
  void put(const RecordedRead& recorded);

  const ground::Snapshot& snapshot_;
  const ground::Slot& slot_;
  std::unique_ptr<Admitted[]> admitted_;  // by position in slot.reads
  std::vector<int16_t> position_;         // read id -> position; -1: not of this slot
  std::vector<uint64_t> touched_;         // a bit a position; asked after each rule, so it is cheap
  std::vector<uint64_t> hidden_;          // a bit a position; empty: nothing is
  std::vector<Withheld> withheld_;
  bool as_ruled_ = true;  // nothing was withheld since
};

// Built-in removal rules may look at any level, on the basis of service: they take candidates away
// and never add, rank or speak. Hence answers, never values.
class Removals {
 public:
  Removals(const Handle& handle, ground::Instant now, bool opts_out = false)
      : handle_(handle), now_(now), opts_out_(opts_out) {}
  // How often the item was said within `per`; a decision counts for 30 minutes, an exposure always.
  uint32_t times_said(ground::ItemKey item, ground::Duration per) const;
  // Was it said elsewhere (phone, store, another mailer) within that time?
  bool said_elsewhere(ground::ItemKey key, ground::Duration time) const;
  bool any_said_elsewhere() const;
  bool bought_within(ground::ItemKey product, ground::Duration time) const;
  // Something was wrong with it, within that time, and it was not put right.
  bool complained_within(ground::ItemKey product, ground::Duration time) const;
  // Is there a complaint about this product, by its name, that is not resolved?
  bool complaint_about(std::string_view product) const;
  bool in_cart(std::string_view product) const;
  // Did we not do in time what we promised? Is something wrong that we did not answer?
  bool promise_overdue() const;
  bool complaint_open() const;
  // Does the slot's purpose ask for a consent that is not there?
  bool closed(const ground::Snapshot& snapshot, const ground::Slot& slot) const;
  // Do they take a break from whatever this slot is for? What serves their orders goes on.
  bool paused(const ground::Snapshot& snapshot, const ground::Slot& slot) const;
  // Was as much sent in the slot's channel as they want at most? What was said within half an hour
  // is one message.
  bool often_enough(const ground::Snapshot& snapshot, const ground::Slot& slot) const;
  // Did the person allow `improve`, so that what comes of this decision may be learned from?
  bool teaches(const ground::Snapshot& snapshot) const;
  uint32_t visit() const;  // the number of this visit: a choice holds within one

 private:
  const Handle& handle_;
  ground::Instant now_;
  bool opts_out_;
};

}  // namespace aizuchi::respect
