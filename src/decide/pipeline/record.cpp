#include "decide/pipeline/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/bytes.h"
#include "ground/catalog/population.h"
#include "understand/recommend/recommenders.h"
#include "understand/recommend/related.h"
#include "understand/resonance/leaning_record.h"

namespace aizuchi::decide {

using ground::ByteReader;
using ground::ByteWriter;
using ground::ErrorCode;

namespace {

// 1: without what it met of the overrides; 2: without the version of the population; 3: without
// related products; 4: all that is suggested is by views, nothing was learned, and nothing was
// understood of answers about values
constexpr uint8_t record_format = 5;

template <typename Enum>
Enum get_enum(ByteReader& in, Enum last) {
  const uint8_t raw = in.u8();
  if (raw > static_cast<uint8_t>(last)) in.spoil();
  return static_cast<Enum>(raw);
}

ground::ItemKey key_of(const Pick& pick, const ground::Snapshot& snapshot) {
  return pick.product.valid() ? snapshot.products[pick.product.index].key
                              : snapshot.items[pick.item.index].key;
}

void encode_news(ByteWriter& out, ground::ItemKey key, const ground::ProductNews& news) {
  out.be64(key);
  out.u8(static_cast<uint8_t>(news.stock.has_value() | news.price.has_value() << 1 |
                              news.from.has_value() << 2 | news.until.has_value() << 3));
  if (news.stock) out.zigzag(*news.stock);
  if (news.price) out.f64(*news.price);
  if (news.from) out.zigzag(news.from->ms);
  if (news.until) out.zigzag(news.until->ms);
}

std::pair<ground::ItemKey, ground::ProductNews> decode_news(ByteReader& in) {
  const ground::ItemKey key = in.be64();
  const uint8_t has = in.u8();
  ground::ProductNews news;
  if ((has & 1) != 0) news.stock = in.zigzag();
  if ((has & 2) != 0) news.price = in.f64();
  if ((has & 4) != 0) news.from = ground::Instant{in.zigzag()};
  if ((has & 8) != 0) news.until = ground::Instant{in.zigzag()};
  return {key, news};
}

// What a replay needs of the model that spoke, and what the learner may see of the moment.
void encode_lesson(ByteWriter& out, const SlotDraft& draft) {
  const Lesson& lesson = draft.lesson;
  out.u8(static_cast<uint8_t>((draft.explored ? 2 : 0) | (lesson.teaches ? 4 : 0)));
  out.varint(lesson.model);
  if (lesson.model > 0)
    for (const Candidate& candidate : draft.candidates)
      if (candidate.drop == Drop::none) out.f64(candidate.terms.learned);
  out.varint(lesson.moment.size);
  if (lesson.moment.size == 0) return;
  for (size_t i = 0; i < lesson.moment.size; ++i) {
    out.u8(lesson.moment.at[i]);
    out.f64(static_cast<double>(lesson.moment.value[i]));
  }
  out.varint(lesson.read.size());
  for (const ground::ReadId id : lesson.read) out.varint(id);
  for (const Pick& pick : draft.picks) {
    const bool chosen = pick.candidate != SIZE_MAX;
    const Terms terms = chosen ? draft.candidates[pick.candidate].terms : Terms{};
    const double told = chosen && draft.candidates[pick.candidate].teaches ? 1 : 0;
    for (const double term :
         {told * terms.surface, told * terms.memory, told * terms.resonance, terms.editorial})
      out.f64(term);
  }
}

int selling_bits(Drop why) {
  return why == Drop::promise_overdue ? 2 : why == Drop::complaint_open ? 4 : 0;
}

void encode_slot(ByteWriter& out, const Question& question, const SlotDraft& draft) {
  out.text(draft.slot->name);
  out.be64(draft.seed);
  out.u8(static_cast<uint8_t>(draft.reason));
  out.u8(static_cast<uint8_t>(draft.layer));
  respect::Recording::encode(out, *draft.admission);
  out.varint(draft.candidates.size());
  for (const Candidate& candidate : draft.candidates) {
    out.be64(candidate.key);
    out.u8(static_cast<uint8_t>(candidate.drop));
    out.varint(candidate.drop_read);
    if (candidate.drop != Drop::none) continue;
    out.f64(candidate.terms.mean());
    out.f64(candidate.spread);
    out.f64(candidate.shift);
  }
  out.varint(draft.picks.size());
  for (const Pick& pick : draft.picks) {
    out.be64(key_of(pick, question.snapshot));
    out.text(pick.variant);
    out.u8(pick.uniform ? 1 : 0);
    out.u8(static_cast<uint8_t>(pick.layer));
  }
  for (const int64_t us : draft.stage_us) out.zigzag(us);
  out.varint(draft.stopped.size());
  for (const ground::ItemKey key : draft.stopped) out.be64(key);
  out.varint(draft.news.size());
  for (const auto& [key, news] : draft.news) encode_news(out, key, news);
  out.varint(draft.suggested.size());
  for (const understand::Suggested& one : draft.suggested) {
    out.be64(one.product);
    out.be64(one.because);
    out.f64(one.strength);
    out.u8(static_cast<uint8_t>(one.path));
  }
  encode_lesson(out, draft);
  understand::encode(out, draft.leaning.get());
  out.u8(static_cast<uint8_t>((draft.gives_back ? 1 : 0) | selling_bits(draft.selling)));
}

void decode_lesson(ByteReader& in, RecordedSlot& slot) {
  Lesson& lesson = slot.lesson;
  const uint8_t flags = in.u8();
  lesson.teaches = (flags & 4) != 0;  // 1: of records that told more than may be learned from
  slot.explored = (flags & 2) != 0;
  slot.keeps = first_stage_keeps;
  lesson.model = in.varint();
  if (lesson.model > 0)
    for (const RecordedCandidate& candidate : slot.candidates)
      if (candidate.drop == Drop::none)
        lesson.said.emplace_back(candidate.key, Score{in.f64(), candidate.spread});
  const size_t active = in.varint();
  if (active > Features::active_max) in.spoil();
  for (size_t i = 0; i < active && in.ok(); ++i) {
    const size_t index = in.u8();
    if (index >= Features::dimension) return in.spoil();
    lesson.moment.add(index, in.f64());
  }
  if (active == 0) return;
  for (size_t n = in.count(1); n > 0 && in.ok(); --n)
    lesson.read.push_back(static_cast<ground::ReadId>(in.varint()));
  for (size_t i = 0; i < slot.picks.size() && in.ok(); ++i) {
    Terms terms;
    for (double* term : {&terms.surface, &terms.memory, &terms.resonance, &terms.editorial})
      *term = in.f64();
    slot.pick_terms.push_back(terms);
  }
}

RecordedSlot decode_slot(ByteReader& in, uint8_t format) {
  RecordedSlot slot;
  slot.slot = in.text();
  slot.seed = in.be64();
  slot.reason = get_enum(in, Reason::often_enough);
  slot.layer = get_enum(in, ground::Layer::resonance);
  slot.recording = respect::Recording::decode(in, ground::item_key("slot", slot.slot));
  for (size_t n = in.count(10); n > 0 && in.ok(); --n) {
    RecordedCandidate candidate;
    candidate.key = in.be64();
    candidate.drop = get_enum(in, Drop::felt_odd);
    candidate.drop_read = static_cast<ground::ReadId>(in.varint());
    if (candidate.drop == Drop::none) {
      candidate.mean = in.f64();
      candidate.spread = in.f64();
      candidate.shift = in.f64();
    }
    slot.candidates.push_back(candidate);
  }
  for (size_t n = in.count(11); n > 0 && in.ok(); --n) {
    RecordedPick pick;
    pick.item = in.be64();
    pick.variant = in.text();
    pick.uniform = in.u8() != 0;
    pick.layer = get_enum(in, ground::Layer::resonance);
    slot.picks.push_back(std::move(pick));
  }
  for (size_t i = 0; i < stage_count; ++i) slot.stage_us.push_back(in.zigzag());
  if (format < 2) return slot;
  for (size_t n = in.count(8); n > 0 && in.ok(); --n) slot.stopped.push_back(in.be64());
  for (size_t n = in.count(9); n > 0 && in.ok(); --n) slot.news.push_back(decode_news(in));
  if (format < 4) return slot;
  for (size_t n = in.count(24); n > 0 && in.ok(); --n) {
    understand::Suggested one{.product = in.be64()};
    one.because = in.be64();
    one.strength = in.f64();
    if (format >= 5) one.path = get_enum(in, understand::Path::popular);
    slot.suggested.push_back(one);
  }
  if (format >= 5) decode_lesson(in, slot);
  if (format >= 5) slot.leaning = understand::decode_leaning(in);
  if (format >= 5) {
    const uint8_t flags = in.u8();
    slot.gives_back = (flags & 1) != 0;
    if ((flags & 2) != 0) slot.selling = Drop::promise_overdue;
    if ((flags & 4) != 0) slot.selling = Drop::complaint_open;
  }
  return slot;
}

// Most slots ask for no scale, and then nothing is looked through.
uint64_t population_read(const Question& question, const Draft& draft) {
  if (question.situation.population == nullptr) return 0;
  const auto read = [&](const SlotDraft& slot) {
    return slot.slot->reads_scales && std::ranges::any_of(slot.slot->reads, [&](auto id) {
             return question.snapshot.reads[id].kind == ground::ReadKind::scale &&
                    slot.admission->find(id) != nullptr;
           });
  };
  return std::ranges::any_of(draft.slots, read) ? question.situation.population->version : 0;
}

uint64_t related_asked(const Question& question, const Draft& draft) {
  if (question.recommenders == nullptr || !question.recommenders->related) return 0;
  const bool asked =
      std::ranges::any_of(draft.slots, [](const SlotDraft& s) { return !s.suggested.empty(); });
  return asked ? question.recommenders->related->version : 0;
}

}  // namespace

std::string encode_record(const Question& question, const Draft& draft) {
  ByteWriter out;
  out.u8(record_format);
  out.varint(question.snapshot.version);
  out.zigzag(question.situation.now.ms);
  out.u8(question.locale.index);
  out.u8(static_cast<uint8_t>(question.mode));
  out.u8(static_cast<uint8_t>(question.situation.viewer));
  out.varint(population_read(question, draft));
  out.varint(related_asked(question, draft));
  out.varint(draft.slots.size());
  for (const SlotDraft& slot : draft.slots) encode_slot(out, question, slot);
  return out.take();
}

ground::Result<DecisionRecord> decode_record(std::string_view bytes) {
  ByteReader in(bytes);
  const uint8_t format = in.u8();
  if (format == 0 || format > record_format)
    return ground::fail(ErrorCode::unsupported, "the decision's record is in a newer format",
                        "use the version that wrote it");
  DecisionRecord record;
  record.version = in.varint();
  record.at = {in.zigzag()};
  record.locale = {in.u8()};
  record.mode = get_enum(in, ground::Mode::replay);
  record.viewer = get_enum(in, ground::Assurance::a3);
  if (format >= 3) record.population = in.varint();
  if (format >= 4) record.related = in.varint();
  for (size_t n = in.count(16); n > 0 && in.ok(); --n)
    record.slots.push_back(decode_slot(in, format));
  if (!in.done()) return ground::fail(ErrorCode::corrupted, "the decision's record does not check");
  return record;
}

std::vector<DrawnPick> drawn_picks(const RecordedSlot& slot) {
  std::vector<Arm> left;
  for (const RecordedCandidate& c : slot.candidates)
    if (c.drop == Drop::none)
      left.push_back({.key = c.key, .mean = c.mean, .spread = c.spread, .shift = c.shift});
  std::vector<DrawnPick> out;
  for (size_t place = 0; place < std::min(slot.picks.size(), explored_positions); ++place) {
    const auto picked = std::ranges::find(left, slot.picks[place].item, &Arm::key);
    if (picked == left.end()) break;
    const auto p = propensities(left, Explore::on, slot.keeps);
    const double worth = picked->mean + picked->shift;
    out.push_back({.propensity = p[static_cast<size_t>(picked - left.begin())],
                   .candidates = left.size(),
                   .best = std::ranges::none_of(
                       left, [&](const Arm& a) { return a.mean + a.shift > worth; })});
    left.erase(picked);
  }
  return out;
}

std::string difference(const RecordedSlot& recorded, const SlotDraft& again,
                       const ground::Snapshot& snapshot) {
  if (recorded.reason != again.reason)
    return fmt::format("reason was {}, is {}", to_string(recorded.reason), to_string(again.reason));
  if (recorded.candidates.size() != again.candidates.size())
    return fmt::format("{} candidates were recorded, {} found", recorded.candidates.size(),
                       again.candidates.size());
  for (size_t i = 0; i < recorded.candidates.size(); ++i) {
    const RecordedCandidate& was = recorded.candidates[i];
    const Candidate& is = again.candidates[i];
    if (was.key != is.key || was.drop != is.drop)
      return fmt::format("candidate {} was {}, is {}", i, to_string(was.drop), to_string(is.drop));
    if (was.drop == Drop::none &&
        (was.mean != is.terms.mean() || was.spread != is.spread || was.shift != is.shift))
      return fmt::format("the score of candidate {} differs", i);
  }
  if (recorded.picks.size() != again.picks.size())
    return fmt::format("{} were chosen, {} are", recorded.picks.size(), again.picks.size());
  for (size_t i = 0; i < recorded.picks.size(); ++i) {
    if (recorded.picks[i].item != key_of(again.picks[i], snapshot))
      return fmt::format("place {} holds another item", i);
    if (recorded.picks[i].variant != again.picks[i].variant)
      return fmt::format("place {} is worded otherwise", i);
    if (recorded.picks[i].uniform != again.picks[i].uniform)
      return fmt::format("place {} was drawn otherwise", i);
  }
  return "";
}

}  // namespace aizuchi::decide
