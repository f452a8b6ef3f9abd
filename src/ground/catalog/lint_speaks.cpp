#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/compile.h"
#include "ground/catalog/lint.h"

namespace aizuchi::ground::catalog {

namespace {

bool reads_person(const Draft& draft, const std::optional<Expr>& expr) {
  return expr && std::ranges::any_of(expr->reads(),
                                     [&](ReadId id) { return personal(draft.out.reads[id]); });
}

void check_declared(Draft& draft, const YamlNode* when, const std::optional<Expr>& rule,
                    bool declared, std::string_view name) {
  if (declared || when == nullptr || !reads_person(draft, rule)) return;
  draft.error(when->place, "missing-speaks", name,
              "this rule knows something of the person: say what a reader can conclude, "
              "speaks: [fact, …], or speaks: [] when nothing");
}

const FactRule* fact_of(const Draft& draft, const Read& read) {
  for (const FactRule& fact : draft.out.facts)
    if (fact.id == read.fact && read.fact.valid()) return &fact;
  return nullptr;
}

bool name_like(const Draft& draft, ReadId id) {
  const FactRule* fact = fact_of(draft, draft.out.reads[id]);
  return fact != nullptr && fact->pii && fact->type == FactType::string;
}

// Does anything but a name make this item meet the person?
bool has_substance(const Draft& draft, const Item& item) {
  if (reads_person(draft, item.when) || reads_person(draft, item.boost)) return true;
  if (!item.phases.empty() || !item.values.empty()) return true;
  return std::ranges::any_of(item.wordings, [&](const Wording& wording) {
    return reads_person(draft, wording.when) || std::ranges::any_of(wording.says, [&](ReadId id) {
             return personal(draft.out.reads[id]) && !name_like(draft, id);
           });
  });
}

bool promotional(const Draft& draft, const ItemDraft& item) {
  return std::ranges::any_of(item.slots, [&](SlotId id) {
    const PurposeId purpose = draft.out.slots[id.index].purpose;
    return std::ranges::any_of(draft.out.purposes, [&](const Purpose& p) {
      return p.id == purpose && purpose.valid() && p.promotional;
    });
  });
}

void check_name_only(Draft& draft, const Item& item, const ItemDraft& rest) {
  if (!promotional(draft, rest) || has_substance(draft, item)) return;
  for (const WordingDraft& wording : rest.wordings)
    for (const Variable& variable : wording.variables)
      if (name_like(draft, variable.read))
        return draft.error(variable.at, "name-only",
                           "a name alone is no personalization: expected something that answers to "
                           "the person (a rule, a wording for them), or copy without the name");
}

}  // namespace

void lint_speaks(Draft& draft) {
  for (size_t i = 0; i < draft.out.items.size(); ++i) {
    const Item& item = draft.out.items[i];
    const ItemDraft& rest = draft.item_drafts[i];
    check_declared(draft, rest.when, item.when, item.speaks_declared, item.name);
    for (size_t w = 0; w < item.wordings.size(); ++w)
      check_declared(draft, rest.wordings[w].when, item.wordings[w].when,
                     item.wordings[w].speaks_declared, item.wordings[w].id);
    check_name_only(draft, item, rest);
  }
}

}  // namespace aizuchi::ground::catalog
