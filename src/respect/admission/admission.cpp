#include "respect/admission/admission.h"

#include <algorithm>
#include <bit>

#include "remember/ledger/person.h"
#include "respect/admission/counted.h"
#include "respect/admission/gatherer.h"
#include "respect/admission/recording.h"
#include "respect/consent/consent.h"
#include "respect/guard/guard.h"

namespace aizuchi::respect {

using ground::Level;
using ground::ReadId;

Admission::Admission(Bare, const ground::Snapshot& snapshot, const ground::Slot& slot)
    : snapshot_(snapshot),
      slot_(slot),
      admitted_(new Admitted[slot.reads.size()]),
      position_(snapshot.reads.size(), -1),
      touched_((slot.reads.size() + 63) / 64, 0) {
  for (size_t i = 0; i < slot.reads.size(); ++i) position_[slot.reads[i]] = static_cast<int16_t>(i);
}

Admission::Admission(const ground::Snapshot& snapshot, const ground::Slot& slot,
                     const Handle& handle, const Situation& situation, const Admission* before)
    : Admission(Bare{}, snapshot, slot) {
  const bool lends = before != nullptr && before->as_ruled_ && before->same_place(slot);
  Gatherer(*this, handle, situation).gather(lends ? before : nullptr);
  touched_.assign(touched_.size(), 0);  // computing a derived value is not using it
}

Admission::Admission(const ground::Snapshot& snapshot, const ground::Slot& slot,
                     const Recording& recording)
    : Admission(Bare{}, snapshot, slot) {
  AIZ_ASSERT(recording.slot_ == slot.key);  // what one place was given stays there
  for (const RecordedRead& recorded : recording.reads_) put(recorded);
  withheld_ = recording.withheld_;
}

Admission::~Admission() = default;

Admitted* Admission::place(ReadId id) {
  const int16_t at = id < position_.size() ? position_[id] : int16_t{-1};
  return at < 0 ? nullptr : &admitted_[static_cast<size_t>(at)];
}

bool Admission::same_place(const ground::Slot& slot) const {
  return slot_.purpose == slot.purpose && slot_.context == slot.context &&
         slot_.resonance_purpose == slot.resonance_purpose;
}

bool Admission::lend(ReadId id, Admission& to) const {
  const int16_t at = position_[id];
  if (at < 0) return false;
  const Admitted& from = admitted_[static_cast<size_t>(at)];
  Admitted& out = *to.place(id);
  const bool owns = from.value_ == &from.own_;
  if (owns) out.own_ = from.own_;
  out.read_ = from.read_;
  out.value_ = owns ? &out.own_ : from.value_;
  out.level_ = from.level_;
  out.lowered_by_ = from.lowered_by_;
  out.relation_ = from.relation_;
  out.source_ = from.source_;
  out.sensitive_ = from.sensitive_;
  out.impersonal_ = from.impersonal_;
  out.teaches_ = from.teaches_;
  for (const Withheld& w : withheld_)
    if (w.read == id) to.withheld_.push_back(w);
  return true;
}

void Admission::put(const RecordedRead& recorded) {
  Admitted* out = place(recorded.read);
  if (out == nullptr) return;  // the slot no longer reads it
  out->read_ = recorded.read;
  out->own_ = recorded.value;
  out->value_ = &out->own_;
  out->level_ = recorded.level;
  out->lowered_by_ = recorded.lowered_by;
  out->relation_ = recorded.relation;
  out->source_ = recorded.source;
  out->sensitive_ = recorded.sensitive;
  out->impersonal_ = recorded.impersonal;
}

const ground::Value* Admission::read(ReadId id) {
  const Admitted* found = place(id);
  if (found == nullptr) return nullptr;
  const auto at = static_cast<size_t>(found - admitted_.get());
  if (!hidden_.empty() && is_hidden(at)) return nullptr;
  touched_[at / 64] |= uint64_t{1} << at % 64;
  return found->level_ >= Level::rank ? found->value_ : nullptr;
}

const Admitted* Admission::find(ReadId id) const {
  const int16_t at = id < position_.size() ? position_[id] : int16_t{-1};
  if (at < 0 || (!hidden_.empty() && is_hidden(static_cast<size_t>(at)))) return nullptr;
  const Admitted& found = admitted_[static_cast<size_t>(at)];
  return found.value_ != nullptr && found.level_ >= Level::rank ? &found : nullptr;
}

bool Admission::sayable(ReadId id) const {
  const Admitted* found = find(id);
  return found != nullptr && found->level_ == Level::say;
}

std::vector<ReadId> Admission::take_touched() {
  size_t n = 0;
  for (const uint64_t word : touched_) n += static_cast<size_t>(std::popcount(word));
  std::vector<ReadId> out;
  out.reserve(n);
  for (size_t word = 0; word < touched_.size(); ++word) {
    for (uint64_t left = touched_[word]; left != 0; left &= left - 1) {
      const size_t at = word * 64 + static_cast<size_t>(std::countr_zero(left));
      if (admitted_[at].value_ != nullptr) out.push_back(slot_.reads[at]);
    }
    touched_[word] = 0;
  }
  return out;
}

const Withheld* Admission::withheld_of(std::span<const ReadId> reads) const {
  for (const ReadId id : reads) {
    for (const Withheld& w : withheld_)
      if (w.read == id && w.level < Level::rank) return &w;
    if (const Withheld* deeper = withheld_of(snapshot_.reads[id].inputs)) return deeper;
  }
  return nullptr;
}

bool Admission::touched_withheld() const {
  if (withheld_.empty()) return false;
  for (size_t word = 0; word < touched_.size(); ++word) {
    for (uint64_t left = touched_[word]; left != 0; left &= left - 1) {
      const ReadId id = slot_.reads[word * 64 + static_cast<size_t>(std::countr_zero(left))];
      if (find(id) == nullptr && withheld_of({&id, 1}) != nullptr) return true;
    }
  }
  return false;
}

std::vector<RecordedRead> Admission::recorded() const {
  std::vector<RecordedRead> out;
  for (size_t i = 0; i < slot_.reads.size(); ++i) {
    const Admitted& a = admitted_[i];
    if (a.value_ == nullptr || a.level_ < Level::rank) continue;
    out.push_back({.read = a.read_,
                   .value = *a.value_,
                   .level = a.level_,
                   .lowered_by = a.lowered_by_,
                   .relation = a.relation_,
                   .source = a.source_,
                   .sensitive = a.sensitive_,
                   .impersonal = a.impersonal_});
  }
  return out;
}

void Admission::hide(std::span<const ReadId> reads) {
  hidden_.clear();
  if (reads.empty()) return;
  hidden_.resize(touched_.size());
  for (size_t i = 0; i < slot_.reads.size(); ++i) {  // inputs come first
    const auto gone = [&](ReadId input) {
      const int16_t at = position_[input];
      return at >= 0 && is_hidden(static_cast<size_t>(at));
    };
    if (std::ranges::find(reads, slot_.reads[i]) != reads.end() ||
        std::ranges::any_of(snapshot_.reads[slot_.reads[i]].inputs, gone))
      hidden_[i / 64] |= uint64_t{1} << i % 64;
  }
}

void Admission::withhold(std::span<const ReadId> reads) {
  if (reads.empty()) return;
  as_ruled_ = false;
  hide(reads);
  for (size_t i = 0; i < slot_.reads.size(); ++i) {
    Admitted& admitted = admitted_[i];
    if (!is_hidden(i) || admitted.value_ == nullptr || admitted.level_ < Level::rank) continue;
    admitted.level_ = Level::deny;
    std::erase_if(withheld_, [&](const Withheld& w) { return w.read == slot_.reads[i]; });
    withheld_.push_back({.read = slot_.reads[i], .level = Level::deny, .why = Refusal::felt_odd});
  }
  show_all();
}

std::unique_ptr<Admission> Admission::without(ReadId id) const {
  Recording rest;
  rest.slot_ = slot_.key;
  rest.reads_ = recorded();
  rest.withheld_ = withheld_;
  std::vector<ReadId> gone{id};  // what was computed from it goes with it; inputs come first
  std::erase_if(rest.reads_, [&](const RecordedRead& r) {
    if (r.read == id) return true;
    const auto& inputs = snapshot_.reads[r.read].inputs;
    if (std::ranges::find_first_of(inputs, gone) == inputs.end()) return false;
    gone.push_back(r.read);
    return true;
  });
  return std::make_unique<Admission>(snapshot_, slot_, rest);
}

// What was said at a later time than now was said before the clock was set back.
constexpr ground::Duration set_back_max = ground::Duration::hours(1);

uint32_t Removals::times_said(ground::ItemKey item, ground::Duration per) const {
  if (handle_.person_ == nullptr) return 0;
  uint32_t times = 0;
  for (const remember::Said& said : handle_.person_->said) {
    if (said.item != item || said.at <= now_ - per || said.at > now_ + set_back_max) continue;
    if (said.exposed || said.at > now_ - remember::reservation) ++times;
  }
  for (const remember::SaidElsewhere& said : handle_.person_->said_elsewhere)
    if (said.key == item && said.at > now_ - per && said.at <= now_ + set_back_max) ++times;
  return times;
}

bool Removals::any_said_elsewhere() const {
  return handle_.person_ != nullptr && !handle_.person_->said_elsewhere.empty();
}

bool Removals::said_elsewhere(ground::ItemKey key, ground::Duration time) const {
  return any_said_elsewhere() &&
         std::ranges::any_of(handle_.person_->said_elsewhere, [&](const auto& said) {
           return said.key == key && said.at > now_ - time && said.at <= now_;
         });
}

bool Removals::bought_within(ground::ItemKey product, ground::Duration time) const {
  if (handle_.person_ == nullptr) return false;
  return std::ranges::any_of(handle_.person_->bought, [&](const remember::Bought& b) {
    return b.product == product && b.at > now_ - time;
  });
}

bool Removals::complained_within(ground::ItemKey product, ground::Duration time) const {
  if (handle_.person_ == nullptr) return false;
  return std::ranges::any_of(handle_.person_->complained, [&](const remember::Complained& c) {
    return c.product == product && c.at > now_ - time;
  });
}

bool Removals::complaint_about(std::string_view product) const {
  return handle_.person_ != nullptr &&
         std::ranges::any_of(handle_.person_->threads, [&](const remember::Thread& thread) {
           return thread.complaint && thread.product == product &&
                  thread.state != ground::ThreadState::resolved && thread.expires_at > now_;
         });
}

bool Removals::in_cart(std::string_view product) const {
  if (handle_.person_ == nullptr) return false;
  return std::ranges::any_of(handle_.person_->cart, [&](const remember::CartLine& line) {
    return line.product == product;
  });
}

bool Removals::promise_overdue() const {
  return handle_.person_ != nullptr &&
         std::ranges::any_of(handle_.person_->threads, [&](const remember::Thread& thread) {
           return thread.overdue(now_) && thread.expires_at > now_;
         });
}

bool Removals::complaint_open() const {
  return handle_.person_ != nullptr &&
         std::ranges::any_of(handle_.person_->threads, [&](const remember::Thread& thread) {
           return thread.complaint && thread.state == ground::ThreadState::open &&
                  thread.expires_at > now_;
         });
}

bool Removals::closed(const ground::Snapshot& snapshot, const ground::Slot& slot) const {
  const ground::Purpose* purpose = snapshot.purpose(slot.purpose);
  if (purpose == nullptr) return true;
  if (purpose->basis != ground::Basis::consent) return false;
  if (opts_out_ && purpose->sharing) return true;
  return handle_.person_ == nullptr ||
         standing(*handle_.person_, *purpose, now_) != Standing::granted;
}

bool Removals::paused(const ground::Snapshot& snapshot, const ground::Slot& slot) const {
  if (handle_.person_ == nullptr || !handle_.person_->pause.holds(now_)) return false;
  const ground::Purpose* purpose = snapshot.purpose(slot.purpose);
  return purpose == nullptr || purpose->basis != ground::Basis::contract;
}

bool Removals::often_enough(const ground::Snapshot& snapshot, const ground::Slot& slot) const {
  if (handle_.person_ == nullptr) return false;
  const auto& all = handle_.person_->frequencies;
  const auto cap = std::ranges::find(all, slot.channel, &remember::Frequency::channel);
  if (cap == all.end() || cap->times == 0) return false;
  const auto serves = [&](const ground::Slot& s) {  // an order's own mails are none of it
    const ground::Purpose* purpose = snapshot.purpose(s.purpose);
    return purpose != nullptr && purpose->basis == ground::Basis::contract;
  };
  if (serves(slot)) return false;
  std::vector<ground::Instant> said;  // in this channel, within the time
  const auto add = [&](ground::Instant at) {
    if (at > now_ - cap->per && at <= now_ + set_back_max) said.push_back(at);
  };
  for (const remember::Said& each : handle_.person_->said) {
    if (!each.exposed && each.at <= now_ - remember::reservation) continue;
    const auto here = [&](const ground::Slot& s) {
      return s.key == each.slot && s.channel == slot.channel && !serves(s);
    };
    if (std::ranges::any_of(snapshot.slots, here)) add(each.at);
  }
  for (const remember::SaidElsewhere& each : handle_.person_->said_elsewhere)
    if (each.channel == ground::to_string(slot.channel)) add(each.at);
  std::ranges::sort(said);
  uint32_t messages = 0;
  ground::Instant last{INT64_MIN};
  for (const ground::Instant at : said) {
    if (messages > 0 && at < last + remember::reservation) continue;
    ++messages;
    last = at;
  }
  // The subject and the body of one mail are asked for one after the other.
  const bool same_mail = messages > 0 && now_ < last + remember::reservation;
  return messages - (same_mail ? 1 : 0) >= cap->times;
}

bool Removals::teaches(const ground::Snapshot& snapshot) const {
  if (handle_.person_ == nullptr || !snapshot.counting) return false;
  const ground::Purpose* improve = snapshot.purpose(snapshot.counting->slot.purpose);
  return Counted::open_for(*improve, handle_, now_) && !(opts_out_ && improve->sharing);
}

uint32_t Removals::visit() const {
  return handle_.person_ == nullptr ? 1 : handle_.person_->dice_at(now_).second;
}

}  // namespace aizuchi::respect
