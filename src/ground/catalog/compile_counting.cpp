// Audiences and scales as they are counted: where, over which reads, and what a change of the
// folder must have touched for the counts to be others.
#include <algorithm>

#include "ground/base/hash.h"
#include "ground/catalog/compile.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr std::string_view counting_purpose = "improve";

// Files that say how something is shown or worded, never who someone is. Of audiences.yaml each
// audience takes its own rule; of population.yaml what it reads; of products only which are
// sensitive.
constexpr std::string_view no_matter[] = {"items/",         "slots/",    "questions",
                                          "voice.yaml",     "products.", "audiences.yaml",
                                          "population.yaml"};

void add(std::string& text, std::string_view part) {
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

std::string common_ground(const Draft& draft) {
  std::string text;
  for (const auto& [path, bytes] : draft.files.files) {
    const auto begins = [&](std::string_view start) { return path.starts_with(start); };
    if (std::ranges::any_of(no_matter, begins)) continue;
    add(text, path);
    add(text, bytes);
  }
  for (const Product& product : draft.out.products)
    if (product.sensitive) add(text, product.name_id);
  return text;
}

// Of the number and what it is computed from: the same name over something else has other cut
// points.
uint64_t fingerprint(const Draft& draft, const Scale& scale) {
  std::string text = scale.name;
  add(text, std::to_string(scale.parts));
  add(text, std::to_string(scale.within.ms));
  for (const ReadId id : rests_on(draft, {&scale.read, 1})) {
    const Read& read = draft.out.reads[id];
    add(text, read.name);
    if (read.expr) add(text, read.expr->text());
  }
  return siphash(Key128{}, text);
}

uint64_t fingerprint(const Draft& draft, std::string_view common, const Audience& audience) {
  std::string text(common);
  add(text, audience.rule_text);
  for (const ReadId id : rests_on(draft, audience.rule.reads()))
    if (draft.out.reads[id].kind == ReadKind::scale)
      add(text,
          std::to_string(fingerprint(draft, draft.out.scales[draft.out.reads[id].scale_index])));
  if (audience.rule_text.find("in_audience") != std::string::npos)
    if (const auto file = draft.files.files.find("audiences.yaml"); file != draft.files.files.end())
      add(text, file->second);
  return siphash(Key128{}, text);
}

const FactRule* fact_of(const Draft& draft, FactId id) {
  const auto at = std::ranges::find(draft.out.facts, id, &FactRule::id);
  return at == draft.out.facts.end() ? nullptr : &*at;
}

void count_scales(Draft& draft, Counting& counting) {
  counting.scales = counting.slot;
  for (Scale& scale : draft.out.scales) scale.fingerprint = fingerprint(draft, scale);
  std::vector<ReadId> asked;
  for (const Scale& scale : draft.out.scales)
    std::ranges::copy(draft.out.reads[scale.read].inputs, std::back_inserter(asked));
  counting.scales.reads = rests_on(draft, asked);
}

}  // namespace

void compile_counting(Draft& draft) {
  const auto& reads = draft.out.reads;
  const std::string common = common_ground(draft);
  std::vector<ReadId> asked;
  for (Audience& audience : draft.out.audiences) {
    audience.fingerprint = fingerprint(draft, common, audience);
    audience.of_the_question =
        std::ranges::any_of(rests_on(draft, audience.rule.reads()),
                            [&](ReadId id) { return reads[id].kind == ReadKind::context; });
    audience.reads_scales = reads_scales(draft, rests_on(draft, audience.rule.reads()));
    asked.insert(asked.end(), audience.rule.reads().begin(), audience.rule.reads().end());
  }
  draft.out.nowhere = {.name = "nowhere"};
  for (const Context& context : draft.out.contexts)
    draft.out.nowhere.continues.push_back(context.id);
  const auto purpose = draft.purposes.at.find(counting_purpose);
  if (purpose == draft.purposes.at.end()) {
    if (!draft.out.scales.empty() && !draft.unread("purposes.yaml"))
      draft.error(
          draft.out.scales.front().place, "no-improve", draft.out.scales.front().name,
          "expected a purpose 'improve' in purposes.yaml: without it nobody may be counted");
    return;
  }
  Counting counting;
  counting.slot.name = "counting";
  counting.slot.purpose = draft.out.purposes[purpose->second].id;
  count_scales(draft, counting);
  counting.learning = counting.slot;
  counting.learning.reads.clear();
  for (const Read& read : reads) {
    const FactRule* rule = read.kind == ReadKind::fact ? fact_of(draft, read.fact) : nullptr;
    if (read.kind == ReadKind::viewed || (rule != nullptr && rule->type == FactType::values))
      counting.learning.reads.push_back(read.id);
  }
  counting.slot.reads = rests_on(draft, asked);
  for (const ReadId id : counting.slot.reads) {
    const auto clock = [&](ReadId input) { return reads[input].kind == ReadKind::now; };
    counting.by_the_clock = counting.by_the_clock || clock(id);
    counting.derived_by_the_clock =
        counting.derived_by_the_clock || std::ranges::any_of(reads[id].inputs, clock);
  }
  draft.out.counting = std::move(counting);
}

}  // namespace aizuchi::ground::catalog
