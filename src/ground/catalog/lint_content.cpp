#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/compile.h"
#include "ground/catalog/lint.h"

namespace aizuchi::ground::catalog {

namespace {

class NothingToRead final : public Activation {
 public:
  const Value* read(ReadId) override { return nullptr; }
};

bool always_false(const std::optional<Expr>& rule) {
  if (!rule || !rule->reads().empty()) return false;
  NothingToRead nothing;
  const auto value = rule->evaluate(nothing);
  return value && value->is(Value::Kind::boolean) && !value->as_bool();
}

void check_never(Draft& draft, const YamlNode* when, const std::optional<Expr>& rule,
                 std::string_view name) {
  if (when != nullptr && always_false(rule))
    draft.findings.warning(when->place, "never-qualifies", name,
                           "this rule is false for everyone, always");
}

// A value may lead only where the brand can show that it holds it.
void check_evidence(Draft& draft, const Item& item) {
  if (item.status != Status::live || item.layer != Layer::resonance) return;
  for (const auto& [axis, weight] : item.values)
    if (draft.out.axes[axis.index].evidence.empty())
      draft.error(item.place, "no-evidence", item.name,
                  fmt::format("this speaks of the value '{}': expected its evidence in creed.yaml",
                              draft.out.axes[axis.index].name));
}

const std::string* text_of(const WordingDraft& wording, const Copy& like) {
  for (const Copy& copy : wording.copy)
    if (copy.field == like.field && copy.locale == like.locale) return &copy.node->text;
  return nullptr;
}

void check_same_words(Draft& draft, const Item& item, const ItemDraft& rest) {
  const auto base = std::ranges::find(rest.wordings, nullptr, &WordingDraft::when);
  if (base == rest.wordings.end()) return;
  for (size_t i = 0; i < rest.wordings.size(); ++i) {
    const WordingDraft& wording = rest.wordings[i];
    if (wording.when == nullptr) continue;
    const bool differs = std::ranges::any_of(wording.copy, [&](const Copy& copy) {
      const std::string* said = text_of(*base, copy);
      return said == nullptr || *said != copy.node->text;
    });
    if (!differs)
      draft.findings.warning(item.wordings[i].place, "same-words", item.wordings[i].id,
                             "this wording says the same as the one without when:");
  }
}

// Shown when nothing fits, so it must need nothing.
void check_fallback(Draft& draft, const Slot& slot) {
  if (!slot.fallback_item.valid()) return;
  for (const WordingDraft& wording : draft.item_drafts[slot.fallback_item.index].wordings)
    for (const Variable& variable : wording.variables)
      if (wording.when == nullptr && personal(draft.out.reads[variable.read]))
        draft.error(
            variable.at, "conditional-fallback",
            fmt::format("this is the fallback of {}: expected words that always fit", slot.name));
}

}  // namespace

void lint_content(Draft& draft) {
  for (size_t i = 0; i < draft.out.items.size(); ++i) {
    const Item& item = draft.out.items[i];
    const ItemDraft& rest = draft.item_drafts[i];
    check_never(draft, rest.when, item.when, item.name);
    for (size_t w = 0; w < item.wordings.size(); ++w)
      check_never(draft, rest.wordings[w].when, item.wordings[w].when, item.wordings[w].id);
    check_evidence(draft, item);
    check_same_words(draft, item, rest);
  }
  for (const Slot& slot : draft.out.slots) check_fallback(draft, slot);
}

}  // namespace aizuchi::ground::catalog
