// recommender: what was learned of what goes with what, how each shelf is answered and what every
// way that was tried reached. At the data directory while the server is stopped, or at its admin
// door.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"
#include "serve/partition/recommender_note.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

Result<std::string> recommender_of(const CommandOptions& options, Terminal& terminal) {
  if (!options.server.empty())
    return ask_at_server(
        options, options.count_now ? "POST" : "GET",
        options.count_now ? "/admin/api/recommender:train" : "/admin/api/recommender");
  const auto partition = TRY(open_data(options));
  if (options.count_now) TRY(partition->train_recommender());
  while (partition->recommender().learning) {
    TRY(partition->healthy());  // a disk that takes no writes keeps no model
    partition->tick();
    terminal.progress("learning", static_cast<size_t>(partition->recommender().progress * 100),
                      100);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  terminal.end_progress();
  return recommender_json(partition->recommender());
}

double number_of(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr ? 0 : found->number_or(0);
}

void print_tried(const Value& of, const std::string& taken, Terminal& terminal) {
  const Value* tried = of.find("tried");
  if (tried == nullptr || !tried->is(Value::Kind::list)) return;
  for (const Value& one : tried->as_list()) {
    const std::string name = member_text(one, "model");
    terminal.data(fmt::format("  {} {:.4f}   {:.4f}     {:.4f}  {}", name == taken ? "*" : " ",
                              number_of(one, "ndcg20"), number_of(one, "recall20"),
                              number_of(one, "hr10"), name));
  }
}

void print_learned(const Value& json, Terminal& terminal) {
  const std::string people = member_text(json, "people"), chosen = member_text(json, "chosen");
  terminal.data(
      fmt::format("version {} of {}: {} views of {} people, {} products, {} links",
                  member_text(json, "version"), member_text(json, "at"), member_text(json, "views"),
                  people.empty() ? "fewer than " + member_text(json, "fewerThan") : people,
                  member_text(json, "products"), member_text(json, "links")));
  terminal.data(chosen.empty()
                    ? std::string("links     none: too little was seen, or nothing beats "
                                  "what is popular")
                    : "links     " + chosen);
  terminal.data("    NDCG@20  Recall@20  HR@10   on the newest fifth of each person's views");
  print_tried(json, chosen, terminal);
  const Value* slots = json.find("slots");
  if (slots == nullptr || !slots->is(Value::Kind::list)) return;
  for (const Value& slot : slots->as_list()) {
    const std::string way = member_text(slot, "way");
    const bool tried = number_of(slot, "asked") > 0;
    terminal.data(fmt::format("{}: {} ({})", member_text(slot, "slot"), way,
                              tried ? fmt::format("tried on {} people", member_text(slot, "asked"))
                                    : std::string("not tried: fewer than 10 people")));
    print_tried(slot, way, terminal);
  }
}

}  // namespace

Outcome run_recommender(const CommandOptions& options, Terminal& terminal) {
  const std::string answer = TRY(recommender_of(options, terminal));
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(answer));
  if (member_text(json, "version") != "0") print_learned(json, terminal);
  terminal.data(
      fmt::format("visits    {} say what comes next in one", member_text(json, "visits")));
  const std::string next = member_text(json, "next");
  if (next.empty())
    terminal.message(
        "It learns nothing: a slot of products with the ranker for-you, session or popular, and a "
        "purpose improve, would.");
  else
    terminal.message(fmt::format("The next is made at {}.", next));
  if (member_text(json, "learning") == "true")
    terminal.message("It is being learned; look again in a moment.");
  return exit_ok;
}

}  // namespace aizuchi::serve
