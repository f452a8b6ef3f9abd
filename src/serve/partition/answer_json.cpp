#include "serve/partition/answer_json.h"

#include <algorithm>

#include "decide/pipeline/pipeline.h"
#include "ground/base/json.h"
#include "respect/admission/computed.h"
#include "respect/admission/recording.h"

namespace aizuchi::serve {

using decide::Candidate;
using decide::Pick;
using decide::SlotDraft;
using ground::JsonWriter;

namespace {

std::string_view name_of(const ground::Snapshot& snapshot, ground::ItemId item,
                         ground::ProductId product) {
  return product.valid() ? snapshot.products[product.index].name_id
                         : snapshot.items[item.index].name;
}

// What a read is called at /v1/me, where its person puts it right or has it forgotten; "" when that
// is asked of what it rests on.
std::string_view name_at_me(const ground::Snapshot& snapshot, const ground::Read& read) {
  switch (read.kind) {
    case ground::ReadKind::visits:
      return "visits";
    case ground::ReadKind::cart:
      return "cart";
    case ground::ReadKind::threads:
      return "threads";
    case ground::ReadKind::aggregate:
      return snapshot.aggregates[read.aggregate_index].text;
    default:
      break;
  }
  const ground::FactRule* rule = snapshot.fact(read.fact);
  return rule == nullptr ? "" : std::string_view(rule->name);
}

// A fact that is one of a few is put right by choosing.
void write_choices(JsonWriter& out, const ground::FactRule& rule, ground::LocaleId locale) {
  out.key("choices").array();
  for (size_t i = 0; i < rule.of.size(); ++i) {
    const std::string says = i < rule.of_says.size() ? rule.of_says[i].in(locale) : "";
    out.object().member("value", rule.of[i]);
    out.member("says", says.empty() ? rule.of[i] : says).end_object();
  }
  out.end_array();
}

void write_handle(JsonWriter& out, const ground::Snapshot& snapshot, const ground::Read& read,
                  ground::LocaleId locale) {
  const std::string_view name = name_at_me(snapshot, read);
  // "This feels odd" has a name for everything.
  if (name.empty()) {
    const std::string use = respect::known_as(snapshot, read);
    if (!use.empty()) out.member("use", use);
    return;
  }
  out.member("name", name).member("correctable", read.kind == ground::ReadKind::fact);
  const ground::FactRule* rule = snapshot.fact(read.fact);
  if (read.kind == ground::ReadKind::fact && rule != nullptr && !rule->of.empty())
    write_choices(out, *rule, locale);
}

void write_sentences(JsonWriter& out, const std::vector<speak::Sentence>& sentences,
                     const ground::Snapshot& snapshot, ground::LocaleId locale) {
  out.key("why").array();
  for (const speak::Sentence& sentence : sentences) {
    out.object().member("text", sentence.text);
    if (!sentence.source.empty()) out.member("source", sentence.source);
    if (sentence.personal) {
      out.member("at", ground::format_instant(sentence.at));
      write_handle(out, snapshot, snapshot.reads[sentence.read], locale);
    }
    out.end_object();
  }
  out.end_array();
}

void write_pick(JsonWriter& out, const Pick& pick, const ground::Snapshot& snapshot,
                ground::LocaleId locale, Explain explain) {
  out.object().member("id", name_of(snapshot, pick.item, pick.product));
  if (!pick.variant.empty()) out.member("variant", pick.variant);
  out.key("content").object();
  for (const auto& [field, text] : pick.content) out.member(field, text);
  out.end_object();
  out.member("layer", ground::to_string(pick.layer));
  if (explain != Explain::none) write_sentences(out, pick.why, snapshot, locale);
  out.end_object();
}

// The probability of each candidate at the first place, from what the record holds.
std::vector<double> first_place_propensities(const SlotDraft& draft) {
  std::vector<decide::Arm> arms;
  std::vector<size_t> index;
  for (size_t i = 0; i < draft.candidates.size(); ++i) {
    const Candidate& c = draft.candidates[i];
    if (c.drop != decide::Drop::none) continue;
    arms.push_back({.key = c.key, .mean = c.terms.mean(), .spread = c.spread, .shift = c.shift});
    index.push_back(i);
  }
  std::vector<double> out(draft.candidates.size(), 0);
  const auto p = decide::propensities(
      arms, draft.explored ? decide::Explore::on : decide::Explore::off, draft.keeps);
  for (size_t i = 0; i < index.size(); ++i) out[index[i]] = p[i];
  return out;
}

// What may not be used for it, since that felt odd.
void write_odd(JsonWriter& out, const SlotDraft& draft, ground::ItemKey of,
               const ground::Snapshot& snapshot) {
  if (std::ranges::find(draft.odd, of, [](const auto& one) { return one.first; }) ==
      draft.odd.end())
    return;
  out.key("odd").array();
  for (const auto& [item, read] : draft.odd)
    if (item == of) out.value(snapshot.reads[read].name);
  out.end_array();
}

void write_candidates(JsonWriter& out, const SlotDraft& draft, const ground::Snapshot& snapshot) {
  const std::vector<double> p = first_place_propensities(draft);
  out.key("candidates").array();
  for (size_t i = 0; i < draft.candidates.size(); ++i) {
    const Candidate& c = draft.candidates[i];
    out.object().member("id", name_of(snapshot, c.item, c.product));
    if (c.drop != decide::Drop::none) {
      out.member("dropped", decide::to_string(c.drop));
      if (c.drop == decide::Drop::rule_absent || c.drop == decide::Drop::wording_not_sayable ||
          c.drop == decide::Drop::felt_odd)
        out.member("missing", snapshot.reads[c.drop_read].name);
    } else {
      out.member("propensity", p[i])
          .member("mean", c.terms.mean())
          .member("spread", c.spread)
          .member("shift", c.shift);
      out.member("risk", c.risk).member("value", c.value);
      out.key("terms").object().member("prior", c.terms.prior).member("surface", c.terms.surface);
      out.member("memory", c.terms.memory).member("resonance", c.terms.resonance);
      out.member("editorial", c.terms.editorial).member("learned", c.terms.learned);
      out.member("givenBack", c.terms.given).end_object();
    }
    if (c.viewed.valid())
      out.member("becauseViewed", snapshot.products[c.viewed.index].name_id)
          .member("path", understand::to_string(c.path));
    out.key("read").array();
    for (const ground::ReadId id : c.touched) out.value(snapshot.reads[id].name);
    out.end_array();
    write_odd(out, draft, c.key, snapshot);
    out.end_object();
  }
  out.end_array();
}

void write_admission(JsonWriter& out, const SlotDraft& draft, const ground::Snapshot& snapshot,
                     ground::LocaleId locale) {
  out.key("admitted").array();
  for (const auto& read : draft.admission->recorded()) {
    out.object().member("read", snapshot.reads[read.read].name).member("value", read.value);
    out.member("level", ground::to_string(read.level));
    if (!read.impersonal) out.member("method", ground::to_string(read.source.method));
    out.end_object();
  }
  out.end_array();
  out.key("withheld").array();
  for (const respect::Withheld& withheld : draft.admission->withheld()) {
    out.object()
        .member("read", snapshot.reads[withheld.read].name)
        .member("level", ground::to_string(withheld.level));
    out.member("why", respect::to_string(withheld.why));
    const speak::HeldBack words = speak::held_back(snapshot, withheld, locale);
    out.key("text")
        .object()
        .member("what", words.what)
        .member("why", words.why)
        .end_object()
        .end_object();
  }
  out.end_array();
}

// What the learned choice had to do with it; nothing where the documented prior spoke to someone
// whom nothing is learned from.
void write_lesson(JsonWriter& out, const SlotDraft& draft, const ground::Snapshot& snapshot) {
  const decide::Lesson& lesson = draft.lesson;
  if (lesson.model == 0 && !lesson.teaches) return;
  out.key("learned").object().member("version", lesson.model).member("teaches", lesson.teaches);
  out.key("knows").array();
  for (const ground::ReadId id : lesson.read) out.value(snapshot.reads[id].name);
  out.end_array().end_object();
}

void write_operator(JsonWriter& out, const SlotDraft& draft, const ground::Snapshot& snapshot,
                    ground::LocaleId locale) {
  out.key("operator").object();
  out.member("version", snapshot.version);
  out.member("explored", draft.explored);
  if (draft.selling != decide::Drop::none)
    out.member("nothingSold", decide::to_string(draft.selling));
  write_lesson(out, draft, snapshot);
  write_candidates(out, draft, snapshot);
  write_admission(out, draft, snapshot, locale);
  out.key("stages_us").object();
  for (size_t i = 0; i < decide::stage_count; ++i)
    out.member(decide::to_string(static_cast<decide::Stage>(i)), draft.stage_us[i]);
  out.end_object().end_object();
}

void write_slot(JsonWriter& out, const SlotDraft& draft, const ground::Snapshot& snapshot,
                ground::LocaleId locale, ground::DecisionId decision, Explain explain) {
  out.object().key("items").array();
  for (const Pick& pick : draft.picks) write_pick(out, pick, snapshot, locale, explain);
  out.end_array();
  out.member("layer", ground::to_string(draft.layer))
      .member("reason", decide::to_string(draft.reason));
  out.member("decisionId", to_text(decision));
  if (draft.given_back != nullptr)
    out.key("giveBack")
        .object()
        .member("question", draft.given_back->name)
        .member("says", draft.given_back->gives.says.in(locale))
        .end_object();
  const ground::Purpose* purpose = snapshot.purpose(draft.slot->purpose);
  if (explain != Explain::none && purpose != nullptr)
    out.key("purpose")
        .object()
        .member("id", purpose->name)
        .member("says", purpose->says.in(locale))
        .end_object();
  if (explain == Explain::operator_view) write_operator(out, draft, snapshot, locale);
  out.end_object();
}

// What would have stood there without each of the winner's reads: same dice.
void write_counterfactuals(JsonWriter& out, const decide::Question& question,
                           const SlotDraft& draft) {
  out.key("without").array();
  if (!draft.picks.empty() && draft.picks.front().candidate != SIZE_MAX) {
    const auto before = first_place_propensities(draft);
    const size_t winner = draft.picks.front().candidate;
    for (const ground::ReadId id : draft.candidates[winner].touched) {
      const SlotDraft other = decide::decide_without(question, draft, id);
      out.object().member("read", question.snapshot.reads[id].name);
      out.key("winner");
      if (other.picks.empty())
        out.null();
      else
        out.value(
            name_of(question.snapshot, other.picks.front().item, other.picks.front().product));
      const auto after = first_place_propensities(other);
      out.member("propensityBefore", before[winner]);
      out.member("propensityAfter", winner < after.size() ? after[winner] : 0.0).end_object();
    }
  }
  out.end_array();
}

}  // namespace

std::string to_text(ground::DecisionId id) {
  return ground::to_hex(id.raw);
}

std::optional<ground::DecisionId> parse_decision_id(std::string_view text) {
  const auto raw = ground::from_hex_128(text);
  if (!raw) return std::nullopt;
  return ground::DecisionId{*raw};
}

std::string slot_json(const SlotDraft& draft, const ground::Snapshot& snapshot,
                      ground::LocaleId locale, ground::DecisionId decision, Explain explain) {
  JsonWriter out;
  write_slot(out, draft, snapshot, locale, decision, explain);
  return out.take();
}

std::string answer_json(const Answer& answer, Explain explain) {
  JsonWriter out;
  out.object().member("decisionId", to_text(answer.id));
  if (answer.events_accepted > 0) out.member("events", "accepted");
  out.key("slots").object();
  for (const SlotDraft& draft : answer.draft.slots) {
    out.key(draft.slot->name);
    write_slot(out, draft, *answer.snapshot, answer.locale, answer.id, explain);
  }
  for (const std::string& name : answer.unknown_slots) {
    out.key(name).object().key("items").array().end_array();
    out.member("layer", "none").member("reason", "unknown_slot").end_object();
  }
  return out.end_object().end_object().take();
}

std::string explained_json(const Partition::Explained& explained, ground::DecisionId id,
                           Explain explain) {
  JsonWriter out;
  out.object().member("decisionId", to_text(id));
  if (explained.erased) return out.member("replay", "erased").end_object().take();
  out.member("at", ground::format_instant(explained.record.at));
  out.member("version", explained.record.version);
  if (explained.record.population > 0) {
    out.key("population").object().member("version", explained.record.population);
    if (explained.population_at != ground::Instant{})
      out.member("at", ground::format_instant(explained.population_at));
    out.end_object();
  }
  out.member("replay", std::ranges::all_of(explained.differences, &std::string::empty) ? "identical"
                                                                                       : "differs");
  out.key("slots").object();
  for (size_t i = 0; i < explained.again.size(); ++i) {
    const SlotDraft& draft = explained.again[i];
    out.key(draft.slot->name).object();
    if (!explained.differences[i].empty()) out.member("difference", explained.differences[i]);
    out.key("answer");
    write_slot(out, draft, *explained.snapshot, explained.locale, id, explain);
    if (explain == Explain::operator_view)
      write_counterfactuals(out, *explained.questions[i], draft);
    out.end_object();
  }
  return out.end_object().end_object().take();
}

}  // namespace aizuchi::serve
