// why, person: one person's side of the engine, at the keyboard.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/app/commands.h"
#include "serve/partition/answer_json.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

void print_pick(const decide::Pick& pick, const ground::Snapshot& snapshot, Terminal& terminal) {
  const std::string& name = pick.product.valid() ? snapshot.products[pick.product.index].name_id
                            : pick.item.valid()  ? snapshot.items[pick.item.index].name
                                                 : std::string();
  terminal.data(fmt::format("  {}{}{}", name, pick.variant.empty() ? "" : " / ", pick.variant));
  for (const auto& [field, text] : pick.content)
    terminal.data(fmt::format("    {:<8} {}", field, text));
  for (const speak::Sentence& sentence : pick.why)
    terminal.data(fmt::format("    why      {}", sentence.text));
}

void print_slot(const decide::SlotDraft& slot, const ground::Snapshot& snapshot,
                Terminal& terminal) {
  terminal.data(fmt::format("{}  ({}, {})", terminal.bold(slot.slot->name),
                            decide::to_string(slot.reason), ground::to_string(slot.layer)));
  for (const decide::Pick& pick : slot.picks) print_pick(pick, snapshot, terminal);
}

}  // namespace

Outcome run_why(const CommandOptions& options, Terminal& terminal) {
  const auto id = parse_decision_id(options.argument);
  if (!id)
    return fail(ErrorCode::invalid, "This is not a decision's id.",
                "It is the decisionId that /v1/decide answered.");
  const auto partition = TRY(open_data(options));
  const auto explained = TRY(partition->explain(*id, {}, operator_key()));
  if (options.json) {
    terminal.data(explained_json(explained, *id, Explain::operator_view));
  } else {
    for (const decide::SlotDraft& slot : explained.again)
      print_slot(slot, *explained.snapshot, terminal);
  }
  bool same = true;
  for (const std::string& difference : explained.differences) {
    if (difference.empty()) continue;
    same = false;
    terminal.message(fmt::format("The replay differs: {}", difference));
  }
  if (same) terminal.message("The replay from its record gives the same answer.");
  return options.replay && !same ? exit_failed : exit_ok;
}

Outcome run_person(const CommandOptions& options, Terminal& terminal) {
  const auto partition = TRY(open_data(options));
  terminal.data(TRY(partition->person_json({.anonymous_id = options.anonymous_id,
                                            .user_id = options.argument,
                                            .assurance = std::nullopt})));
  return exit_ok;
}

}  // namespace aizuchi::serve
