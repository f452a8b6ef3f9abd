// The nouns every other room speaks with. Small enums whose order carries meaning where it says so,
// ids, and the provenance of what a person entrusted. No behaviour beyond comparing and naming.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/id.h"
#include "ground/base/time.h"
#include "ground/base/value.h"

namespace aizuchi::ground {

using PersonId = Id128<struct PersonTag>;
using DecisionId = Id128<struct DecisionTag>;

// Dense ids given out by the Vocabulary, stable for the life of a data directory.
using PurposeId = Id<struct PurposeTag, uint8_t>;  // < 64, so that a set is one word
using ContextId = Id<struct ContextTag>;
using FactId = Id<struct FactTag>;
using EventId = Id<struct EventTag>;
using NoticeId = Id<struct NoticeTag>;
using SourceId = Id<struct SourceTag>;
using AggregateId = Id<struct AggregateTag>;
using ProvenanceId = Id<struct ProvenanceTag>;

// Dense ids within one snapshot of the catalog.
using SlotId = Id<struct SlotTag>;
using ItemId = Id<struct ItemTag, uint32_t>;
using ProductId = Id<struct ProductTag, uint32_t>;
using ReadId = uint16_t;
using AxisId = Id<struct AxisTag, uint8_t>;
using PhaseId = Id<struct PhaseTag, uint8_t>;
using LocaleId = Id<struct LocaleTag, uint8_t>;

// What stands for an item or product in a person's said-ledger: a 64-bit hash of its name, so that
// renumbering at publish changes nothing.
using ItemKey = uint64_t;
ItemKey item_key(std::string_view kind, std::string_view name);

// How far a fact may go at a place. Ordered: a stricter level is smaller. (P1)
enum class Level : uint8_t {
  deny,  // 使わない: absent
  ask,   // 確認してから: unusable until the person confirms
  rank,  // 選ぶだけ: may influence, must not be uttered
  say,   // 言ってよい: may stand in copy
};

// How we came to know. Ordered by precedence: the first is the strongest.
enum class Method : uint8_t { stated, told_to_staff, observed, imported, inferred };

enum class Subject : uint8_t { self, family, gift, company };

// What proof the asking side gave. Ordered. (docs: identity)
enum class Assurance : uint8_t {
  a0,  // a public key
  a1,  // possession of an unguessable device or anonymous id
  a2,  // the person, proven by the brand's backend
  a3,  // a server with a secret key, acting for the person
};

enum class Basis : uint8_t { contract, notice, consent };
enum class Layer : uint8_t { none, surface, memory, resonance };  // none: the brand's default spoke
enum class Shape : uint8_t { one, list, order };
enum class Channel : uint8_t { web, email, chat, account, push, api };
enum class Intent : uint8_t { tell, help, sell, thank, listen };
enum class Mode : uint8_t { live, preview, bot, replay };
// A matter with a course between the brand and a person (やりとり), and where it stands. A promise
// is the brand's own.
enum class ThreadKind : uint8_t { inquiry, cart, meeting, promise };
enum class ThreadState : uint8_t { open, answered, resolved };

std::string_view to_string(Level v);
std::string_view to_string(Method v);
std::string_view to_string(Subject v);
std::string_view to_string(Assurance v);
std::string_view to_string(Basis v);
std::string_view to_string(Layer v);
std::string_view to_string(Shape v);
std::string_view to_string(Channel v);
std::string_view to_string(Intent v);
std::string_view to_string(Mode v);
std::string_view to_string(ThreadKind v);
std::string_view to_string(ThreadState v);
template <typename Enum>
std::optional<Enum> parse_enum(std::string_view word);  // for each enum above

struct PurposeSet {
  uint64_t bits = 0;
  bool has(PurposeId p) const { return p.valid() && (bits >> p.index & 1) != 0; }
  void add(PurposeId p) { bits |= uint64_t{1} << p.index; }
  void remove(PurposeId p) { bits &= ~(uint64_t{1} << p.index); }
  bool empty() const { return bits == 0; }
  auto operator<=>(const PurposeSet&) const = default;
};
constexpr PurposeSet operator&(PurposeSet a, PurposeSet b) {
  return {a.bits & b.bits};
}

// Where, how and for what something was entrusted; frozen at collection. Interned: a fact, an
// aggregate bucket and an event carry its two-byte id. (contextual integrity: Nissenbaum 2004)
struct Provenance {
  ContextId collected_in;
  PurposeSet purposes;
  NoticeId notice;
  SourceId source;
  Method method = Method::observed;
  Subject subject = Subject::self;
  Channel channel = Channel::web;
  Assurance viewer_min = Assurance::a1;
  auto operator<=>(const Provenance&) const = default;
};

}  // namespace aizuchi::ground
