// Two live items that commit the brand to different things: whoever meets both is told two truths.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ground/catalog/lint.h"

namespace aizuchi::ground::catalog {

namespace {

struct Promise {
  const Item* item;
  const At* value;
};

// May one person meet both? Not when their windows or their phases keep them apart.
bool may_meet(const Item& a, const Item& b) {
  if (a.from >= b.until || b.from >= a.until) return false;  // until: the next midnight
  if (a.phases.empty() || b.phases.empty()) return true;
  return std::ranges::any_of(a.phases, [&](PhaseId phase) {
    return std::ranges::find(b.phases, phase) != b.phases.end();
  });
}

void check(Draft& draft, const std::string& name, const std::vector<Promise>& made) {
  for (size_t i = 1; i < made.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      if (made[i].value->text == made[j].value->text || !may_meet(*made[i].item, *made[j].item))
        continue;
      const Place& other = made[j].value->place;
      draft.findings.warning(
          made[i].value->place, "promises-contradict", made[i].value->text,
          fmt::format("{} is promised as '{}' by the live item '{}' ({}:{}): expected one promise, "
                      "or windows or phases that keep the two apart",
                      name, made[j].value->text, made[j].item->name, other.file, other.line));
      break;  // one line a promise
    }
}

}  // namespace

void lint_promises(Draft& draft) {
  std::map<std::string, std::vector<Promise>> by_name;
  for (size_t i = 0; i < draft.out.items.size(); ++i) {
    const Item& item = draft.out.items[i];
    if (item.status != Status::live) continue;
    for (size_t p = 0; p < item.promises.size(); ++p)
      by_name[item.promises[p].first].push_back({&item, &draft.item_drafts[i].promises[p]});
  }
  for (const auto& [name, made] : by_name) check(draft, name, made);
}

}  // namespace aizuchi::ground::catalog
