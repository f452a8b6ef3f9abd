// Any batch, sent by a public or a secret key, leaves a person that stays within their bounds and
// reads back from their stored form. Any bytes read as a stored person are refused or stable.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ground/base/result.h"
#include "ground/catalog/brand_folder.h"
#include "ground/domain/vocabulary.h"
#include "listen/events/apply.h"

using namespace aizuchi;
using remember::PersonState;

namespace {

constexpr ground::Instant received{1'775'000'000'000};

const ground::BrandFiles files{{
    {"brand.yaml", "brand: b\nname: B\nlocales: [en]\n"},
    {"creed.yaml", "axes: {quiet: {says: q, evidence: e}}\n"},
    {"purposes.yaml",
     "purposes: {layout: {basis: notice, says: l}, mail: {basis: consent, says: m}}\n"},
    {"contexts.yaml", "contexts: {browsing: {}, page: {shows: true, continues: [browsing]}}\n"},
    {"sources.yaml", "sources: {web: {context: browsing, purposes: [layout, mail], says: s}}\n"},
    {"events.yaml", "events: {E: {facts: {a: t, a.b: n}}}\n"},
    {"facts.yaml", R"yaml(facts:
  t: {type: string, label: t, purposes: [layout]}
  n: {type: number, label: n, purposes: [layout]}
  i: {type: int, label: i, purposes: [layout]}
  b: {type: bool, label: b, purposes: [layout]}
  d: {type: date, label: d, purposes: [layout]}
  m: {type: email, label: m, purposes: [layout]}
  l: {type: list, label: l, purposes: [mail]}
  x: {type: axis, label: x, purposes: [mail]}
  o.e: {type: enum, of: [a, b], label: e, purposes: [mail]}
)yaml"},
    {"slots/s.yaml",
     "slots: {s: {channel: web, context: page, purpose: layout, shape: one, fallback: base}}\n"},
    {"items/i.yaml", R"yaml(- {id: base, slot: s, wordings: [{say: {t: hello}}]}
- id: other
  slot: s
  speaks: []
  when: >-
    count('E') > 1 || sum('Order Completed', 'total') > 1.0
    || top('Product Viewed', 'category') == 'x'
    || count('E', duration('48h'), {'a': 1}) > 1 || last('E') < now
  wordings: [{say: {t: hello you}}]
)yaml"},
}};

struct Brand {
  ground::Vocabulary vocabulary;
  std::shared_ptr<const ground::Snapshot> snapshot =
      ground::compile_brand(files, vocabulary, 1).snapshot;
};

void check(const PersonState& person) {
  AIZ_ASSERT(person.facts.size() <= PersonState::facts_max);
  AIZ_ASSERT(person.cart.size() <= PersonState::cart_lines_max);
  AIZ_ASSERT(person.seen.size() <= PersonState::seen_max);
  AIZ_ASSERT(person.bought.size() <= PersonState::bought_max);
  AIZ_ASSERT(person.identifiers.size() <= PersonState::identifiers_max);
  AIZ_ASSERT(person.visits.size() <= PersonState::visits_max);
  AIZ_ASSERT(std::ranges::is_sorted(person.facts, {}, &remember::Fact::key));
  for (const remember::CartLine& line : person.cart) AIZ_ASSERT(line.quantity > 0);
  for (const remember::Aggregate& aggregate : person.aggregates)
    AIZ_ASSERT(aggregate.series.size() <= PersonState::series_max);
  const std::string stored = encode(person);
  const auto back = remember::decode_person(stored);
  AIZ_ASSERT(back.has_value());
  AIZ_ASSERT(encode(*back) == stored);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static Brand brand;
  AIZ_ASSERT(brand.snapshot != nullptr);
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  if (const auto person = remember::decode_person(input))
    AIZ_ASSERT(remember::decode_person(encode(*person)).has_value());
  const auto batch = listen::parse_events(input, listen::EventType::track, received);
  if (!batch) return 0;
  PersonState person;
  uint64_t sequence = 0;
  for (const listen::Event& event : batch->events) {
    const listen::Sender sender{
        .source = brand.snapshot->source("web")->id,
        .proof = sequence % 2 == 0 ? ground::Assurance::a0 : ground::Assurance::a3};
    const auto applied =
        listen::apply(person, event, ++sequence, sender, *brand.snapshot, brand.vocabulary);
    AIZ_ASSERT(applied.has_value());
  }
  check(person);
  return 0;
}
