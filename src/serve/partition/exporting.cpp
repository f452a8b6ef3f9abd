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
#include "respect/admission/counted.h"
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
  // Several of one key.
  bool add_lines(std::string_view lines, std::string_view key) {
    page_.lines += lines;
    page_.rows += static_cast<size_t>(std::ranges::count(lines, '\n'));
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

double outcome_of(const remember::Said& said, const ground::Reward& reward) {
  return std::max(said.clicked ? reward.click : 0, said.converted ? reward.conversion : 0);
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

  Result<ExportPage> decisions() { return records(&Exporter::decision_line); }
  Result<ExportPage> choices() { return records(&Exporter::choice_lines); }

  Result<ExportPage> items() {
    for (const auto& item : s_.snapshot->items) (void)page_.add(item_line(item, *s_.snapshot), "");
    ExportPage out = page_.finish();
    out.next.clear();  // all at once: they are in memory
    return out;
  }

 private:
  using Names = std::map<ground::ItemKey, std::string>;
  // A record that may be told of.
  struct Told {
    ground::DecisionId id;
    const remember::Person* person = nullptr;  // null: nobody was known
    decide::DecisionRecord record;
  };

  // Lines of each decision that is kept, each with its line break.
  Result<ExportPage> records(std::string (Exporter::*lines_of)(const Told&, const Names&)) {
    const Names names = names_of(*s_.snapshot);
    Result<void> outcome;
    const auto each = [&](std::string_view key, std::string_view value) {
      if (key == after_) return true;
      const auto told = open_record(key, value);
      if (!told) {
        outcome = std::unexpected(told.error());
        return false;
      }
      return page_.add_lines(*told ? (this->*lines_of)(**told, names) : std::string(), key);
    };
    TRY(s_.store->scan(Space::record, "", after_, ground::Direction::forward, each));
    s_.ledger.make_room();
    TRY(outcome);
    return page_.finish();
  }

  bool allowed(const remember::PersonState& person) const {
    if (purpose_ == nullptr) return true;
    if (person.pause.holds(s_.clock.now()) && purpose_->basis != ground::Basis::contract)
      return false;
    ground::PurposeSet only;
    only.add(purpose_->id);
    return respect::any_basis(&person, only, *s_.snapshot, s_.clock.now());
  }
  bool collected_for(ground::SourceId id) const {
    const ground::Source* source = s_.snapshot->source(id);
    return purpose_ == nullptr || (source != nullptr && source->purposes.has(purpose_->id));
  }

  // nullopt when it is not to be told of: somebody was erased, or does not allow it.
  Result<std::optional<Told>> open_record(std::string_view key, std::string_view value) {
    if (value == erased_record) return std::nullopt;
    const auto id = ground::DecisionId::from_bytes(key);
    const auto owner = ground::PersonId::from_bytes(value.substr(0, 16));
    if (!id || !owner) return fail(ErrorCode::corrupted, "a decision's record is too short");
    const remember::Person* person = owner->empty() ? nullptr : TRY(s_.ledger.find(*owner));
    if (purpose_ != nullptr && (person == nullptr || !allowed(person->state))) return std::nullopt;
    const auto plain = s_.ledger.open(*owner, record_aad(*id), value.substr(16));
    if (!plain) return std::nullopt;
    return Told{*id, person, TRY(decide::decode_record(*plain))};
  }

  // "" without a slot of the purpose.
  std::string decision_line(const Told& told, const Names& names) {
    JsonWriter out;
    out.object().member("id", ground::to_hex(told.id.raw));
    out.member("at", ground::format_instant(told.record.at)).member("version", told.record.version);
    if (told.person != nullptr) out.member("person", ground::to_hex(told.person->state.id.raw));
    size_t slots = 0;
    out.key("slots").array();
    for (const decide::RecordedSlot& slot : told.record.slots) {
      const ground::Slot* of = s_.snapshot->slot(slot.slot);
      if (purpose_ != nullptr && (of == nullptr || of->purpose != purpose_->id)) continue;
      ++slots;
      out.object().member("slot", slot.slot).member("reason", decide::to_string(slot.reason));
      out.member("layer", ground::to_string(slot.layer));
      write_picks(out, slot, names);
      out.end_object();
    }
    return slots == 0 ? std::string() : out.end_array().end_object().take() + "\n";
  }

  // What was chosen by the dice, seen, and answered or not in its time: for off-policy evaluation.
  // It is learning, so only of who agreed to `improve` then and now; nobody is named.
  std::string choice_lines(const Told& told, const Names& names) {
    if (told.person == nullptr || !s_.snapshot->counting || !improves(told.person->state))
      return "";
    std::string out;
    for (const decide::RecordedSlot& slot : told.record.slots) {
      const ground::Slot* of = s_.snapshot->slot(slot.slot);
      if (of == nullptr || !slot.lesson.teaches || !slot.explored) continue;
      const std::vector<decide::DrawnPick> drawn = decide::drawn_picks(slot);
      for (size_t place = 0; place < drawn.size(); ++place)
        if (const remember::Said* said = answered(told, *of, slot.picks[place].item))
          out += choice_line(told, slot, place, drawn[place], outcome_of(*said, of->reward), names);
    }
    return out;
  }

  bool improves(const remember::PersonState& person) const {
    const ground::Purpose* improve = s_.snapshot->purpose(s_.snapshot->counting->slot.purpose);
    return respect::Counted::open_for(*improve, respect::Handle(&person, s_), s_.clock.now());
  }

  // Seen by a human, as far as is known, and its time is over; else nullptr.
  const remember::Said* answered(const Told& told, const ground::Slot& slot,
                                 ground::ItemKey item) const {
    uint64_t first_8 = 0;
    for (size_t i = 0; i < 8; ++i) first_8 = first_8 << 8 | told.id.raw[i];
    for (const remember::Said& said : told.person->state.said)
      if (said.decision == first_8 && said.slot == slot.key && said.item == item && said.exposed &&
          !said.no_lesson && said.machine <= remember::Said::machine_max / 2 &&
          said.at + slot.reward.within <= s_.clock.now())
        return &said;
    return nullptr;
  }

  static std::string choice_line(const Told& told, const decide::RecordedSlot& slot, size_t place,
                                 const decide::DrawnPick& drawn, double reward,
                                 const Names& names) {
    const auto name = names.find(slot.picks[place].item);
    JsonWriter out;
    out.object().member("decision", ground::to_hex(told.id.raw));
    out.member("at", ground::format_instant(told.record.at)).member("slot", slot.slot);
    out.member("position", place == 0 ? slot.slot : fmt::format("{} {}", slot.slot, place + 1));
    out.member("item", name == names.end() ? fmt::format("#{:016x}", slot.picks[place].item)
                                           : name->second);
    out.member("propensity", drawn.propensity).member("reward", reward);
    out.member("candidates", uint64_t{drawn.candidates});
    out.member("uniform", 1.0 / static_cast<double>(drawn.candidates));
    out.member("best", uint64_t{drawn.best ? 1U : 0U});
    out.member("layer", ground::to_string(slot.picks[place].layer));
    out.member("version", told.record.version).member("model", slot.lesson.model);
    out.key("moment").array();
    for (size_t i = 0; i < slot.lesson.moment.size; ++i)
      out.value(uint64_t{slot.lesson.moment.at[i]});
    return out.end_array().end_object().take() + "\n";
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
  TRY(s.settle());
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
    case ExportKind::choices:
      return exporter.choices();
  }
  return fail(ErrorCode::internal, "an export of nothing");
}

std::optional<ExportKind> parse_export_kind(std::string_view word) {
  if (word == "people") return ExportKind::people;
  if (word == "events") return ExportKind::events;
  if (word == "decisions") return ExportKind::decisions;
  if (word == "items") return ExportKind::items;
  if (word == "choices") return ExportKind::choices;
  return std::nullopt;
}

}  // namespace aizuchi::serve
