// What a brand takes out of its own data: people, events, decisions and items as lines of JSON, a
// page at a time, so that neither side needs more memory than a page. With a purpose, only what may
// be used for it now: its people, and of them the facts that were told for it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "respect/consent/consent.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::JsonWriter;
using ground::Result;
using ground::Space;

namespace {

constexpr size_t page_bytes_max = 2 << 20;

// One page on its way: full when it has its rows or bytes.
class PageWriter {
 public:
  explicit PageWriter(const ExportAsk& ask) : rows_max_(ask.limit) {}
  // False when the page is full.
  bool add(std::string line, std::string_view key) {
    page_.lines += std::move(line);
    page_.lines += '\n';
    ++page_.rows;
    return looked_at(key);
  }
  // A key that gave no row counts too, so that a page never takes long.
  bool looked_at(std::string_view key) {
    page_.next = ground::hex({reinterpret_cast<const uint8_t*>(key.data()), key.size()});
    full_ = ++looked_ >= rows_max_ || page_.lines.size() >= page_bytes_max;
    return !full_;
  }
  ExportPage finish() {
    if (!full_) page_.next.clear();
    return std::move(page_);
  }

 private:
  size_t rows_max_;
  size_t looked_ = 0;
  bool full_ = false;
  ExportPage page_;
};

// The bytes that a cursor stands for. Errors: invalid.
Result<std::string> key_of(std::string_view cursor) {
  std::string out;
  for (size_t i = 0; i + 1 < cursor.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(&cursor[i], &cursor[i] + 2, byte, 16);
    if (error != std::errc() || end != &cursor[i] + 2) break;
    out += static_cast<char>(byte);
  }
  const bool whole = out.size() * 2 == cursor.size();
  if (whole && (out.empty() || out.size() == 8 || out.size() == 16)) return out;
  return fail(ErrorCode::invalid, "\"after\" is not a place in an export.",
              "Send the \"next\" of the page before, or leave it out.");
}

void write_picks(JsonWriter& out, const decide::RecordedSlot& slot,
                 const std::map<ground::ItemKey, std::string>& names) {
  out.key("items").array();
  for (const decide::RecordedPick& pick : slot.picks) {
    const auto name = names.find(pick.item);
    out.object().member("id",
                        name == names.end() ? fmt::format("#{:016x}", pick.item) : name->second);
    out.member("variant", pick.variant).member("layer", ground::to_string(pick.layer));
    out.end_object();
  }
  out.end_array();
}

std::map<ground::ItemKey, std::string> names_of(const ground::Snapshot& snapshot) {
  std::map<ground::ItemKey, std::string> out;
  for (const auto& item : snapshot.items) out[item.key] = item.name;
  for (const auto& product : snapshot.products)
    out[ground::item_key("product", product.name_id)] = product.name_id;
  return out;
}

std::string item_line(const ground::Item& item, const ground::Snapshot& snapshot) {
  JsonWriter out;
  out.object().member("id", item.name).member("title", item.title).member("owner", item.owner);
  out.member("campaign", item.campaign).member("layer", ground::to_string(item.layer));
  out.member("intent", ground::to_string(item.intent));
  out.member("status", item.status == ground::Status::live ? "live" : "not live");
  out.key("slots").array();
  for (const auto& slot : snapshot.slots)
    if (std::ranges::find(slot.items, item.id) != slot.items.end() ||
        (slot.fallback == ground::FallbackKind::item && slot.fallback_item == item.id))
      out.value(slot.name);
  out.end_array().key("wordings").array();
  for (const auto& wording : item.wordings) out.value(wording.id);
  return out.end_array().end_object().take();
}

}  // namespace

// Each kind of row; the purpose, when one is asked for, decides in one place.
class Partition::State::Exporter {
 public:
  Exporter(State& state, const ExportAsk& ask, const ground::Purpose* purpose, std::string after)
      : s_(state), purpose_(purpose), after_(std::move(after)), page_(ask) {}

  Result<ExportPage> people() {
    Result<void> outcome;
    const auto each = [&](const ground::PersonId& id) {
      auto person = s_.ledger.find(id);
      if (!person) {
        outcome = std::unexpected(person.error());
        return false;
      }
      if (*person == nullptr || !allowed((*person)->state)) return page_.looked_at(id.bytes());
      return page_.add(s_.person_text((*person)->state, purpose_), id.bytes());
    };
    TRY(s_.ledger.people(after_, each));
    s_.ledger.make_room();
    TRY(outcome);
    return page_.finish();
  }

  Result<ExportPage> events() {
    const uint64_t from = after_.empty() ? 0 : ground::ByteReader(after_).be64();
    const auto each = [&](remember::Person& person,
                          const remember::LogRecord& record) -> Result<bool> {
      ground::ByteWriter bytes;
      bytes.be64(record.sequence);
      const std::string key = bytes.take();
      if (!allowed(person.state) || !collected_for(record.source)) return page_.looked_at(key);
      JsonWriter out;
      out.object().member("sequence", record.sequence);
      out.member("person", ground::to_hex(person.state.id.raw));
      out.member("at", ground::format_instant(record.at));
      out.member("receivedAt", ground::format_instant(record.received_at));
      const ground::Source* source = s_.snapshot->source(record.source);
      out.member("source", source == nullptr ? "" : source->name);
      return page_.add(out.key("event").raw(record.body).end_object().take(), key);
    };
    TRY(s_.ledger.after(from, each));
    s_.ledger.make_room();
    return page_.finish();
  }

  Result<ExportPage> decisions() {
    const auto names = names_of(*s_.snapshot);
    Result<void> outcome;
    const auto each = [&](std::string_view key, std::string_view value) {
      if (key == after_) return true;
      auto line = decision_line(key, value, names);
      if (!line) {
        outcome = std::unexpected(line.error());
        return false;
      }
      return line->empty() ? page_.looked_at(key) : page_.add(*std::move(line), key);
    };
    TRY(s_.store->scan(Space::record, "", after_, ground::Direction::forward, each));
    s_.ledger.make_room();
    TRY(outcome);
    return page_.finish();
  }

  Result<ExportPage> items() {
    for (const auto& item : s_.snapshot->items) (void)page_.add(item_line(item, *s_.snapshot), "");
    ExportPage out = page_.finish();
    out.next.clear();  // all at once: they are in memory
    return out;
  }

 private:
  bool allowed(const remember::PersonState& person) const {
    if (purpose_ == nullptr) return true;
    ground::PurposeSet only;
    only.add(purpose_->id);
    return respect::any_basis(&person, only, *s_.snapshot);
  }
  bool collected_for(ground::SourceId id) const {
    const ground::Source* source = s_.snapshot->source(id);
    return purpose_ == nullptr || (source != nullptr && source->purposes.has(purpose_->id));
  }

  // "" when it is not to be told: of somebody erased, or without a slot of the purpose.
  Result<std::string> decision_line(std::string_view key, std::string_view value,
                                    const std::map<ground::ItemKey, std::string>& names) {
    if (value == erased_record) return "";
    const auto id = ground::DecisionId::from_bytes(key);
    const auto owner = ground::PersonId::from_bytes(value.substr(0, 16));
    if (!id || !owner) return fail(ErrorCode::corrupted, "a decision's record is too short");
    remember::Person* person = owner->empty() ? nullptr : TRY(s_.ledger.find(*owner));
    if (purpose_ != nullptr && (person == nullptr || !allowed(person->state))) return "";
    const auto plain = s_.ledger.open(*owner, record_aad(*id), value.substr(16));
    if (!plain) return "";
    const decide::DecisionRecord record = TRY(decide::decode_record(*plain));
    JsonWriter out;
    out.object().member("id", ground::to_hex(id->raw));
    out.member("at", ground::format_instant(record.at)).member("version", record.version);
    if (person != nullptr) out.member("person", ground::to_hex(owner->raw));
    size_t told = 0;
    out.key("slots").array();
    for (const decide::RecordedSlot& slot : record.slots) {
      const ground::Slot* of = s_.snapshot->slot(slot.slot);
      if (purpose_ != nullptr && (of == nullptr || of->purpose != purpose_->id)) continue;
      ++told;
      out.object().member("slot", slot.slot).member("reason", decide::to_string(slot.reason));
      out.member("layer", ground::to_string(slot.layer));
      write_picks(out, slot, names);
      out.end_object();
    }
    return told == 0 ? std::string() : out.end_array().end_object().take();
  }

  State& s_;
  const ground::Purpose* purpose_;
  std::string after_;
  PageWriter page_;
};

Result<ExportPage> Partition::export_page(const ExportAsk& ask) {
  State& s = *state_;
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "No brand folder is published yet.", "aizuchi apply DIR");
  const ground::Purpose* purpose = nullptr;
  if (!ask.purpose.empty()) {
    purpose = s.snapshot->purpose(ask.purpose);
    std::string known;
    for (const auto& one : s.snapshot->purposes) known += (known.empty() ? "" : ", ") + one.name;
    if (purpose == nullptr)
      return fail(ErrorCode::not_found, fmt::format("There is no purpose {}.", ask.purpose),
                  fmt::format("purposes.yaml has {}.", known));
  }
  TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
  State::Exporter exporter(s, ask, purpose, TRY(key_of(ask.after)));
  switch (ask.kind) {
    case ExportKind::people:
      return exporter.people();
    case ExportKind::events:
      return exporter.events();
    case ExportKind::decisions:
      return exporter.decisions();
    case ExportKind::items:
      return exporter.items();
  }
  return fail(ErrorCode::internal, "an export of nothing");
}

std::optional<ExportKind> parse_export_kind(std::string_view word) {
  if (word == "people") return ExportKind::people;
  if (word == "events") return ExportKind::events;
  if (word == "decisions") return ExportKind::decisions;
  if (word == "items") return ExportKind::items;
  return std::nullopt;
}

}  // namespace aizuchi::serve
