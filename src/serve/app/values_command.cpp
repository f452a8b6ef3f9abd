// values: what is usual of values, and how they go together, in plain numbers. At the data
// directory while the server is stopped, or at its admin door.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/partition/questions.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

constexpr double worth_telling = 0.1;  // of a correlation

Result<std::string> values_of(const CommandOptions& options, Terminal& terminal) {
  if (!options.server.empty())
    return ask_at_server(options, options.count_now ? "POST" : "GET",
                         options.count_now ? "/admin/api/values:train" : "/admin/api/values");
  const auto partition = TRY(open_data(options));
  Dialogue dialogue(*partition);
  if (options.count_now) TRY(dialogue.learn_usual());
  while (dialogue.learns_usual()) {
    TRY(partition->healthy());  // a disk that takes no writes keeps nothing
    partition->tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  terminal.end_progress();
  return dialogue.usual_json();
}

double number_of(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr ? 0 : found->number_or(0);
}

void print_axes(const Value& usual, Terminal& terminal) {
  terminal.data(
      fmt::format("{} answers of {} people; how dear each axis is beside the others, and "
                  "how far people differ:",
                  member_text(usual, "answers"), member_text(usual, "people")));
  const Value* axes = usual.find("axes");
  const Value* together = usual.find("together");
  if (axes == nullptr || together == nullptr) return;
  for (const Value& one : axes->as_list())
    terminal.data(fmt::format("  {:<20} {:>+6.2f}  sd {:.2f}  ({} people)",
                              member_text(one, "axis"), number_of(one, "mean"),
                              number_of(one, "sd"), member_text(one, "people")));
  for (const Value& one : together->as_list())
    if (const double r = number_of(one, "correlation"); std::abs(r) >= worth_telling)
      terminal.data(fmt::format("  {} {} {}  ({:+.2f})", member_text(one, "axis"),
                                r > 0 ? "goes with" : "goes against", member_text(one, "with"), r));
}

}  // namespace

Outcome run_values(const CommandOptions& options, Terminal& terminal) {
  const std::string answer = TRY(values_of(options, terminal));
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value usual = TRY(ground::parse_json(answer));
  const std::string state = member_text(usual, "state");
  if (state == "learned")
    print_axes(usual, terminal);
  else if (state == "too_few")
    terminal.message(
        "Fewer than 20 people answered and allowed it to be learned from: everyone begins alike.");
  else
    terminal.message(
        "Nobody is asked what they hold dear: it needs a fact of type values, two axes or more, "
        "and a purpose improve.");
  if (member_text(usual, "version") != "0")
    terminal.message(fmt::format(
        "Version {} of {}{}.", member_text(usual, "version"), member_text(usual, "at"),
        usual.find("next") == nullptr ? ""
                                      : "; the next is made at " + member_text(usual, "next")));
  if (member_text(usual, "learning") == "true")
    terminal.message("It is being learned; look again in a moment.");
  return exit_ok;
}

}  // namespace aizuchi::serve
