// Audiences as they are counted: where, over which reads, and what a change of the folder must have
// touched for the members to be others.
#include <algorithm>

#include "ground/base/hash.h"
#include "ground/catalog/compile.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr std::string_view counting_purpose = "improve";

// Files that say how something is shown or worded, never who someone is. Of audiences.yaml each
// audience takes its own rule; of products only which are sensitive.
constexpr std::string_view no_matter[] = {"items/",     "slots/",    "questions",
                                          "voice.yaml", "products.", "audiences.yaml"};

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

uint64_t fingerprint(const Draft& draft, std::string_view common, const Audience& audience) {
  std::string text(common);
  add(text, audience.rule_text);
  if (audience.rule_text.find("in_audience") != std::string::npos)
    if (const auto file = draft.files.files.find("audiences.yaml"); file != draft.files.files.end())
      add(text, file->second);
  return siphash(Key128{}, text);
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
    asked.insert(asked.end(), audience.rule.reads().begin(), audience.rule.reads().end());
  }
  const auto purpose = draft.purposes.at.find(counting_purpose);
  if (purpose == draft.purposes.at.end()) return;
  Counting counting;
  counting.context.name = "counting";
  for (const Context& context : draft.out.contexts)
    counting.context.continues.push_back(context.id);
  counting.slot.name = "counting";
  counting.slot.purpose = draft.out.purposes[purpose->second].id;
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
