#include "ground/catalog/snapshot.h"

#include <algorithm>

#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using ByName = std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>>;

constexpr uint32_t nowhere = UINT32_MAX;

// Ids of the vocabulary are small: a vector from id to position.
class ById {
 public:
  void put(size_t id, size_t position) {
    if (id >= positions_.size()) positions_.resize(id + 1, nowhere);
    positions_[id] = static_cast<uint32_t>(position);
  }
  template <typename Id>
  uint32_t find(Id id) const {
    return id.valid() && id.index < positions_.size() ? positions_[id.index] : nowhere;
  }

 private:
  std::vector<uint32_t> positions_;
};

template <typename T>
ByName names_of(const std::vector<T>& all) {
  ByName out;
  out.reserve(all.size());
  for (size_t i = 0; i < all.size(); ++i) out.emplace(all[i].name, static_cast<uint32_t>(i));
  return out;
}

template <typename T>
ById ids_of(const std::vector<T>& all) {
  ById out;
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].id.valid()) out.put(all[i].id.index, i);
  return out;
}

template <typename T>
const T* find_name(const std::vector<T>& all, const ByName& names, std::string_view key) {
  const auto it = names.find(key);
  return it == names.end() ? nullptr : &all[it->second];
}

template <typename T, typename Id>
const T* find_id(const std::vector<T>& all, const ById& ids, Id id) {
  const uint32_t position = ids.find(id);
  return position == nowhere ? nullptr : &all[position];
}

}  // namespace

struct Snapshot::Index {
  ByName purpose_names, context_names, source_names, event_names, fact_names, slot_names,
      item_names, product_names, axis_names, audience_names;
  ById purpose_ids, context_ids, source_ids, fact_ids;
  std::unordered_map<uint16_t, std::vector<uint16_t>> aggregates;  // by event
  std::unordered_map<ItemKey, uint32_t> product_keys;
  std::unordered_map<std::string, std::vector<ProductId>, TextHash, std::equal_to<>> categories;
};

const std::string& Text::in(LocaleId locale) const {
  static const std::string none;
  return locale.index < by_locale.size() ? by_locale[locale.index] : none;
}

namespace {

// Whatever reads what is declared to be spoken; what no rule reads says nothing of anyone.
std::vector<ReadId> readers_of(const Snapshot& brand, const std::vector<std::string>& names) {
  std::vector<ReadId> out;
  for (const std::string& name : names) {
    const FactRule* rule = brand.fact(name);
    for (const Read& read : brand.reads) {
      const bool about = read.kind == ReadKind::fact || read.kind == ReadKind::derived;
      if (rule != nullptr ? about && read.fact == rule->id : read.name == name)
        out.push_back(read.id);
    }
  }
  return out;
}

}  // namespace

void Snapshot::build_index() {
  auto made = std::make_shared<Index>();
  made->purpose_names = names_of(purposes);
  made->context_names = names_of(contexts);
  made->source_names = names_of(sources);
  made->event_names = names_of(events);
  made->fact_names = names_of(facts);
  made->slot_names = names_of(slots);
  made->item_names = names_of(items);
  made->axis_names = names_of(axes);
  made->audience_names = names_of(audiences);
  made->purpose_ids = ids_of(purposes);
  made->context_ids = ids_of(contexts);
  made->source_ids = ids_of(sources);
  made->fact_ids = ids_of(facts);
  made->product_names.reserve(products.size());
  for (size_t i = 0; i < products.size(); ++i) {
    made->product_names.emplace(products[i].name_id, static_cast<uint32_t>(i));
    made->product_keys.emplace(products[i].key, static_cast<uint32_t>(i));
    made->categories[products[i].category].push_back(products[i].id);
  }
  for (size_t i = 0; i < aggregates.size(); ++i)
    made->aggregates[aggregates[i].event.index].push_back(static_cast<uint16_t>(i));
  index = std::move(made);
  for (Item& item : items) {
    item.spoken = readers_of(*this, item.speaks);
    for (Wording& wording : item.wordings) wording.spoken = readers_of(*this, wording.speaks);
  }
}

// Without build_index() nothing is found.
#define AIZ_FIND(found, all, keys, key) index == nullptr ? nullptr : found(all, index->keys, key)

uint64_t Purpose::text_hash_at(Instant at) const {
  for (const auto& [ended, hash] : texts_before)
    if (at < ended) return hash;
  return text_hash;
}

bool FactRule::is_sensitive(const Value& value) const {
  if (sensitive || sensitive_values.empty()) return sensitive;
  return value.is(Value::Kind::string) &&
         std::ranges::find(sensitive_values, value.as_string()) != sensitive_values.end();
}

const Purpose* Snapshot::purpose(std::string_view key) const {
  return AIZ_FIND(find_name, purposes, purpose_names, key);
}
const Purpose* Snapshot::purpose(PurposeId id) const {
  return AIZ_FIND(find_id, purposes, purpose_ids, id);
}
const Context* Snapshot::context(std::string_view key) const {
  return AIZ_FIND(find_name, contexts, context_names, key);
}
const Context* Snapshot::context(ContextId id) const {
  return AIZ_FIND(find_id, contexts, context_ids, id);
}
const Source* Snapshot::source(std::string_view key) const {
  return AIZ_FIND(find_name, sources, source_names, key);
}
const Source* Snapshot::source(SourceId id) const {
  return AIZ_FIND(find_id, sources, source_ids, id);
}
const EventRule* Snapshot::event(std::string_view key) const {
  return AIZ_FIND(find_name, events, event_names, key);
}
const FactRule* Snapshot::fact(std::string_view key) const {
  return AIZ_FIND(find_name, facts, fact_names, key);
}
const FactRule* Snapshot::fact(FactId id) const {
  return AIZ_FIND(find_id, facts, fact_ids, id);
}
const Slot* Snapshot::slot(std::string_view key) const {
  return AIZ_FIND(find_name, slots, slot_names, key);
}
const Item* Snapshot::item(std::string_view key) const {
  return AIZ_FIND(find_name, items, item_names, key);
}
const Product* Snapshot::product(std::string_view id) const {
  return AIZ_FIND(find_name, products, product_names, id);
}
const Axis* Snapshot::axis(std::string_view key) const {
  return AIZ_FIND(find_name, axes, axis_names, key);
}
const OpenQuestion* Snapshot::question(std::string_view key) const {
  const auto it = std::ranges::find(questions, key, &OpenQuestion::name);
  return it == questions.end() ? nullptr : &*it;
}
const Audience* Snapshot::audience(std::string_view key) const {
  return AIZ_FIND(find_name, audiences, audience_names, key);
}
#undef AIZ_FIND

const Product* Snapshot::product_by_key(ItemKey key) const {
  if (index == nullptr) return nullptr;
  const auto it = index->product_keys.find(key);
  return it == index->product_keys.end() ? nullptr : &products[it->second];
}

LocaleId Snapshot::locale(std::string_view tag) const {
  // RFC 4647 lookup: cut subtags off the end until one of the brand's locales is left.
  std::string wanted = ascii_lower(tag);
  std::ranges::replace(wanted, '_', '-');
  while (!wanted.empty()) {
    for (size_t i = 0; i < locales.size(); ++i)
      if (ascii_lower(locales[i]) == wanted) return {static_cast<uint8_t>(i)};
    const size_t cut = wanted.rfind('-');
    wanted.resize(cut == std::string::npos ? 0 : cut);
  }
  return {0};
}

const std::vector<uint16_t>& Snapshot::aggregates_of(EventId event) const {
  static const std::vector<uint16_t> none;
  if (index == nullptr) return none;
  const auto it = index->aggregates.find(event.index);
  return it == index->aggregates.end() ? none : it->second;
}

const std::vector<ProductId>& Snapshot::products_in(std::string_view category) const {
  static const std::vector<ProductId> none;
  if (index == nullptr) return none;
  const auto it = index->categories.find(category);
  return it == index->categories.end() ? none : it->second;
}

}  // namespace aizuchi::ground
