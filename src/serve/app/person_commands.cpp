// decide, why, person: one person's side of the engine, at the keyboard.
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

Result<std::unique_ptr<Partition>> partition_for(const CommandOptions& options) {
  if (!options.data.empty()) return open_data(options);
  auto partition = TRY(Partition::open({}));  // in memory: nobody is known, nothing is kept
  const ground::BrandFiles files = TRY(ground::read_brand_folder(options.brand));
  const Published published = TRY(partition->publish(files));
  for (const ground::Finding& finding : published.findings)
    if (finding.severity == ground::Severity::error)
      return fail(ErrorCode::invalid, ground::format_finding(finding),
                  fmt::format("aizuchi check {}", options.brand));
  return partition;
}

Result<Explain> explain_of(const CommandOptions& options) {
  if (options.explain == "operator") return Explain::operator_view;
  if (options.explain.empty() || options.explain == "person") return Explain::person;
  return fail(ErrorCode::invalid, "--explain is not person or operator.");
}

Result<Value> context_of(const CommandOptions& options) {
  Value given = TRY(ground::parse_json(options.context.empty() ? "{}" : options.context));
  if (!given.is(Value::Kind::map))
    return fail(ErrorCode::invalid, "--context is not a JSON object.",
                R"(For example: --context '{"page":"/","device":"phone"}')");
  if (options.locale.empty()) return given;
  ground::ValueMap with = given.as_map();
  std::erase_if(with, [](const auto& entry) { return entry.first.as_string() == "locale"; });
  with.emplace_back("locale", options.locale);
  return Value::map(std::move(with));
}

// Events of the question. A preview keeps nothing, so they are taken in first, and only without
// --data: there they would be kept.
Result<Value> events_of(const CommandOptions& options) {
  if (options.events.empty()) return Value{};
  const std::string text = TRY(read_text_file(options.events));
  Value events = TRY(ground::parse_json(text));
  if (const Value* batch = events.find("batch")) events = Value(*batch);
  if (!events.is(Value::Kind::list))
    return fail(ErrorCode::invalid, fmt::format("{} is not a list of events.", options.events),
                "A JSON list, or {\"batch\": […]}.");
  if (!options.live && !options.data.empty())
    return fail(ErrorCode::invalid, "--events with --data would keep them.",
                "Add --live when that is meant, or ask with --brand alone.");
  return events;
}

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

Outcome run_decide(const CommandOptions& options, Terminal& terminal) {
  const Explain explain = TRY(explain_of(options));
  Ask ask{.person = {.anonymous_id = options.anonymous_id,
                     .user_id = options.user_id,
                     .assurance = std::nullopt},
          .slots = options.slots};
  ask.context = TRY(context_of(options));
  ask.events = TRY(events_of(options));
  ask.explain = explain;
  const auto partition = TRY(partition_for(options));
  const auto snapshot = partition->snapshot();
  if (!snapshot)
    return fail(ErrorCode::not_found, "No brand folder is published in this data directory.",
                fmt::format("aizuchi apply DIR --data {}", options.data));
  // In memory everything may be live: nothing outlasts the command.
  ask.mode = options.live || options.data.empty() ? ground::Mode::live : ground::Mode::preview;
  const std::string source = !options.source.empty()     ? options.source
                             : snapshot->sources.empty() ? std::string()
                                                         : snapshot->sources.front().name;
  // A device is asked about as its page would ask; a user as the brand's server would.
  Key key = operator_key(source);
  key.secret = !options.user_id.empty();
  const Answer answer = partition->decide(ask, key);
  if (options.json || explain == Explain::operator_view)
    terminal.data(answer_json(answer, explain));
  else
    for (const decide::SlotDraft& slot : answer.draft.slots) print_slot(slot, *snapshot, terminal);
  std::vector<std::string> slots;
  for (const ground::Slot& slot : snapshot->slots) slots.push_back(slot.name);
  for (const std::string& name : answer.unknown_slots) {
    const std::string meant = ground::nearest(name, slots);
    terminal.message(fmt::format("There is no slot {}.{}", name,
                                 meant.empty() ? "" : fmt::format(" Did you mean {}?", meant)));
  }
  if (options.live && !options.data.empty()) {
    TRY(partition->flush());
    terminal.next(fmt::format("aizuchi why {} --data {}", to_text(answer.id), options.data));
  }
  return answer.unknown_slots.empty() ? exit_ok : exit_failed;
}

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
