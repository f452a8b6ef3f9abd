#include "decide.h"

#include "text.h"

namespace grocery {

namespace {

template <typename List, typename Write>
std::string json_list(const List& list, const Write& write) {
  std::string out = "[";
  for (const auto& each : list) {
    if (out.size() > 1) out += ',';
    out += write(each);
  }
  return out + ']';
}

std::string json_text(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

// Several counts of one kind of event read the same to a person: told once.
using HeldBack = std::set<std::pair<std::string, std::string>>;

HeldBack held_back(const aizuchi::SlotAnswer& slot) {
  HeldBack out;
  for (const auto& held : slot.withheld) out.emplace(held.what, held.why);
  return out;
}

std::string line_of(const std::string& household, const aizuchi::SlotAnswer& slot) {
  JsonObject line;
  line.text("household", household).text("slot", slot.slot).text("reason", slot.reason);
  line.text("layer", slot.layer);
  if (!slot.items.empty()) {
    const aizuchi::Chosen& first = slot.items.front();
    line.text("item", first.id).text("variant", first.variant);
    JsonObject content;
    for (const auto& [field, text] : first.content) content.text(field, text);
    line.raw("content", content.take());
    line.raw("why", json_list(first.why, [](const auto& why) {
               return JsonObject().text("text", why.text).text("source", why.source).take();
             }));
  }
  if (slot.items.size() > 1)
    line.raw("order", json_list(slot.items, [](const auto& item) { return json_text(item.id); }));
  line.raw("withheld", json_list(held_back(slot), [](const auto& held) {
             return JsonObject().text("what", held.first).text("why", held.second).take();
           }));
  return line.take();
}

void count(const aizuchi::SlotAnswer& slot, Shares& shares) {
  ++shares.decisions;
  ++shares.reasons[slot.reason];
  ++shares.layers[slot.layer];
  if (!slot.items.empty()) ++shares.items[slot.items.front().id];
  shares.with_withheld += slot.withheld.empty() ? 0 : 1;
  for (const auto& [what, why] : held_back(slot)) {
    std::string title = what;
    title.append(" (").append(why).append(")");
    ++shares.withheld[title];
  }
}

}  // namespace

Decided decide_everyone(aizuchi::Engine& engine, const std::set<std::string, ByNumber>& everyone,
                        const std::string& path, Progress& progress) {
  Decided out;
  std::ofstream lines(path, std::ios::binary);
  progress.begin("decisions", everyone.size());
  const Stopwatch stopwatch;
  for (const std::string& household : everyone) {
    const aizuchi::Answer answer = engine.decide(
        {.person = {.user_id = household}, .slots = {"coupon.mail", "top.order"}, .locale = "en"});
    for (const aizuchi::SlotAnswer& slot : answer.slots) {
      lines << line_of(household, slot) << '\n';
      count(slot, out.slots[slot.slot]);
      ++out.decisions;
    }
    progress.at(++out.people);
  }
  out.took = stopwatch.took();
  progress.end();
  if (!lines.flush()) out.problem = path + " could not be written";
  return out;
}

}  // namespace grocery
