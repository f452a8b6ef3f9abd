// Tact: what must not be said now, though it would fit. Caps, what was already said or shown in the
// same view, what was just bought or lies in the cart. Removal rules take candidates away; they
// never add one and never put a word in.
// Threads: pure. Cost: a scan of the said-ledger (at most 256 entries) per capped item.
#pragma once

#include <string_view>
#include <unordered_set>

#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"

namespace aizuchi::decide {

// Why a candidate is no longer one. Machine-readable words in records and JSON.
enum class Drop : uint8_t {
  none,
  not_live,       // draft, review, stopped
  out_of_window,  // not yet, or no longer
  other_phase,    // for another phase of the relation
  rule_false,
  rule_absent,  // a value its rule needs is not admitted here
  rule_error,
  wording_not_sayable,  // a variable of its wording may not be uttered here
  too_many_facts,       // more than two facts of a person combined in one message
  not_resonant,         // a resonance item, and no shared value is known
  out_of_stock,
  cap_reached,
  said_in_this_view,
  mentioned_in_this_view,  // one personal mention per view or message
  just_bought,
  in_cart,
  stopped,          // by an operator, effective at once
  said_elsewhere,   // by phone, in a store, by another mailer: it, or its topic
  complained,       // something was wrong with it, and it was not put right
  promise_overdue,  // it sells, and we have not kept our word
  complaint_open,   // it sells, and something is wrong that we have not answered
  felt_odd,         // it needs what felt odd at it
};
std::string_view to_string(Drop drop);

// What the slots of one call have said so far: each sees earlier picks.
struct View {
  std::unordered_set<ground::ItemKey> said;
  bool mentioned = false;  // a personal fact was spoken
};

struct Offer {
  ground::ItemKey key = 0;
  const ground::Item* item = nullptr;        // or
  const ground::Product* product = nullptr;  // one of them
  const ground::Snapshot* snapshot = nullptr;
  bool mentions = false;  // its words speak a personal fact
};

class Temper {
 public:
  virtual ~Temper() = default;
  virtual Drop judge(const Offer& offer) const = 0;
};

class LiveTemper final : public Temper {
 public:
  LiveTemper(const respect::Removals& removals, const View& view)
      : removals_(removals), view_(view) {}
  Drop judge(const Offer& offer) const override;

 private:
  bool said_elsewhere(const Offer& offer) const;

  const respect::Removals& removals_;
  const View& view_;
};

// For 7 days what was said elsewhere is not repeated; an item's own cap counts it instead.
constexpr ground::Duration elsewhere_for = ground::Duration::days(7);
// For 14 days what was bought is not offered again.
constexpr ground::Duration just_bought = ground::Duration::days(14);
// For so long what was complained about is not offered, unless it was put right.
constexpr ground::Duration complained_for = ground::Duration::days(365);

}  // namespace aizuchi::decide
