// choice: what each place has learned of its items, in plain numbers. At the data directory while
// the server is stopped, or at its admin door.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"
#include "serve/partition/choice_note.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

Result<std::string> choice_of(const CommandOptions& options, Terminal& terminal) {
  if (!options.server.empty())
    return ask_at_server(options, options.count_now ? "POST" : "GET",
                         options.count_now ? "/admin/api/choice:train" : "/admin/api/choice");
  const auto partition = TRY(open_data(options));
  if (options.count_now) TRY(partition->train_choice());
  while (partition->choice().learning) {
    TRY(partition->healthy());  // a disk that takes no writes keeps no model
    partition->tick();
    terminal.progress("learning", static_cast<size_t>(partition->choice().progress * 100), 100);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  terminal.end_progress();
  return choice_json(partition->choice());
}

double number_of(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr ? 0 : found->number_or(0);
}

std::string text_of(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr ? "" : ground::to_display(*found);
}

// False where there is nothing to say of it.
bool print_slot(const Value& slot, Terminal& terminal) {
  const std::string state = text_of(slot, "state");
  if (state == "not_learned") return false;
  const std::string people = text_of(slot, "people");
  terminal.data(fmt::format(
      "{}: {} shown to {} people{}", text_of(slot, "slot"), text_of(slot, "rows"),
      people.empty() ? "fewer than " + text_of(slot, "fewerThan") : people,
      state == "learned" ? fmt::format("; usual here {:.1f} %", 100 * number_of(slot, "usual"))
                         : "; too little to learn from (100 of 20 people)"));
  const Value* items = slot.find("items");
  if (items == nullptr) return true;
  for (const Value& item : items->as_list())
    terminal.data(fmt::format("  {:<32} {:>5.1f} %  ({:.1f} to {:.1f} %)  {} shown, {} worth",
                              text_of(item, "item"), 100 * number_of(item, "rate"),
                              100 * number_of(item, "low"), 100 * number_of(item, "high"),
                              text_of(item, "shown"), text_of(item, "outcomes")));
  return true;
}

}  // namespace

Outcome run_choice(const CommandOptions& options, Terminal& terminal) {
  const std::string answer = TRY(choice_of(options, terminal));
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(answer));
  const Value* slots = json.find("slots");
  bool any = false;
  if (slots != nullptr && slots->is(Value::Kind::list))
    for (const Value& slot : slots->as_list()) any = print_slot(slot, terminal) || any;
  if (!any)
    terminal.message(
        "No place learns: one needs two items or more, explore: on, and a purpose improve.");
  if (text_of(json, "version") != "0")
    terminal.message(fmt::format("Version {} of {}; the next is made at {}.",
                                 text_of(json, "version"), text_of(json, "at"),
                                 text_of(json, "next")));
  if (text_of(json, "learning") == "true")
    terminal.message("It is being learned; look again in a moment.");
  return exit_ok;
}

}  // namespace aizuchi::serve
