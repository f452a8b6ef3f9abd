// why, person: one person's side of the engine, at the keyboard.
#include <fmt/format.h>

#include <fstream>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/store/signature.h"
#include "serve/app/commands.h"
#include "serve/http/me_html.h"
#include "serve/http/operator_json.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/sweeping.h"

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

Outcome write_for_person(const CommandOptions& options, const std::string& text,
                         Terminal& terminal) {
  std::ofstream file(options.export_to, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush())
    return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", options.export_to));
  terminal.message(fmt::format("Written to {}; it is for the person alone.", options.export_to));
  return exit_ok;
}

// What the person may be given, as a file: a page when its name says so, else JSON.
Outcome export_person(const CommandOptions& options, Partition& partition, Terminal& terminal) {
  const auto snapshot = partition.snapshot();
  const auto locale = snapshot ? snapshot->locale(options.locale.empty() ? "ja" : options.locale)
                               : ground::LocaleId{0};
  std::string text = TRY(partition.me_json(
      {.anonymous_id = options.anonymous_id, .user_id = options.argument}, operator_key(), locale));
  if (options.export_to.ends_with(".html")) {
    const Value me = TRY(ground::parse_json(text));
    text = me_html(me, snapshot->locales[locale.index].starts_with("ja") ? PageLanguage::japanese
                                                                         : PageLanguage::english);
  }
  return write_for_person(options, text, terminal);
}

Result<void> name_one(const CommandOptions& options) {
  if (options.argument.empty() == options.anonymous_id.empty())
    return fail(ErrorCode::invalid, "Name one person: ID, or --anonymous-id.",
                "Each id of theirs leads to the same person; what two ids are is asked twice.");
  return {};
}

Asking named(const CommandOptions& options) {
  return {
      .anonymous_id = options.anonymous_id, .user_id = options.argument, .assurance = std::nullopt};
}

std::string fact_path(const CommandOptions& options) {
  return "/v1/me/facts/" + percent_encoded(options.fact);
}

// One value of theirs; the rest of them stays.
Outcome forget_fact(const CommandOptions& options, Terminal& terminal) {
  TRY(name_one(options));
  std::string answer;
  if (options.server.empty()) {
    const auto partition = TRY(open_data(options));
    answer = receipt_json(
        TRY(partition->forget_value_and_wait(named(options), options.fact, operator_key())));
    const Swept swept = TRY(partition->sweep_and_wait());
    terminal.message(fmt::format("{} files written anew and searched: {}.", swept.searched_files,
                                 swept.found.empty()
                                     ? "nothing of it is left"
                                     : fmt::format("found in {}", fmt::join(swept.found, ", "))));
  } else {
    const bool user = !options.argument.empty();
    answer = TRY(ask_at_server(
        options, "DELETE",
        fmt::format("{}?{}={}", fact_path(options), user ? "userId" : "anonymousId",
                    percent_encoded(user ? options.argument : options.anonymous_id))));
  }
  terminal.data(answer);
  terminal.message(
      "Forgotten, with what told it. Keep the receipt; `aizuchi receipt FILE` checks it.");
  return exit_ok;
}

// JSON, or a bare word as a text.
Value value_of(const std::string& text) {
  auto json = ground::parse_json(text);
  return json && !json->is_null() ? *std::move(json) : Value(text);
}

}  // namespace

Outcome run_correct(const CommandOptions& options, Terminal& terminal) {
  TRY(name_one(options));
  const Value value = value_of(options.value);
  std::string answer;
  if (options.server.empty()) {
    const auto partition = TRY(open_data(options));
    answer = corrected_json(
        options.fact,
        TRY(partition->correct_and_wait(named(options), options.fact, value, operator_key())));
  } else {
    ground::ValueMap body{{Value("value"), value}};
    if (options.argument.empty())
      body.emplace_back(Value("anonymousId"), Value(options.anonymous_id));
    else
      body.emplace_back(Value("userId"), Value(options.argument));
    answer = TRY(ask_at_server(options, "PATCH", fact_path(options),
                               ground::to_json(Value::map(std::move(body)))));
  }
  terminal.data(answer);
  terminal.message("Corrected: it counts as their own word from the next decision on.");
  return exit_ok;
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
    if (explained.record.population > 0)
      terminal.message(fmt::format("It read version {} of the population (deciles, RFM).",
                                   explained.record.population));
  }
  if (explained.erased) {
    terminal.message("Whom this was decided for was erased since; nothing of it is kept.");
    return exit_ok;
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

namespace {

// The same of a server that runs.
Outcome person_there(const CommandOptions& options, Terminal& terminal) {
  TRY(name_one(options));
  const bool user = !options.argument.empty();
  const std::string id = percent_encoded(user ? options.argument : options.anonymous_id);
  if (options.export_to.empty()) {
    terminal.data(TRY(ask_at_server(
        options, "GET", fmt::format("/v1/people/{}{}", id, user ? "" : "?kind=anonymousId"))));
    return exit_ok;
  }
  const std::string text = TRY(ask_at_server(
      options, "GET",
      fmt::format("/v1/me/export?{}={}&format={}&locale={}", user ? "userId" : "anonymousId", id,
                  options.export_to.ends_with(".html") ? "html" : "json",
                  options.locale.empty() ? "ja" : options.locale)));
  return write_for_person(options, text, terminal);
}

}  // namespace

Outcome run_person(const CommandOptions& options, Terminal& terminal) {
  if (!options.server.empty()) return person_there(options, terminal);
  const auto partition = TRY(open_data(options));
  if (!options.export_to.empty()) return export_person(options, *partition, terminal);
  terminal.data(TRY(partition->person_json({.anonymous_id = options.anonymous_id,
                                            .user_id = options.argument,
                                            .assurance = std::nullopt})));
  return exit_ok;
}

Outcome run_forget(const CommandOptions& options, Terminal& terminal) {
  if (!options.fact.empty()) return forget_fact(options, terminal);
  std::string answer;
  if (options.server.empty()) {
    const auto partition = TRY(open_data(options));
    answer = receipt_json(TRY(partition->erase_and_wait({.anonymous_id = options.anonymous_id,
                                                         .user_id = options.argument,
                                                         .assurance = std::nullopt},
                                                        operator_key())));
    const Swept swept = TRY(partition->sweep_and_wait());
    terminal.message(fmt::format("{} files written anew and searched, {} MB: {}.",
                                 swept.searched_files, swept.searched_bytes >> 20,
                                 swept.found.empty()
                                     ? "nothing of theirs is left"
                                     : fmt::format("found in {}", fmt::join(swept.found, ", "))));
  } else {
    TRY(name_one(options));
    const bool user = !options.argument.empty();
    answer = TRY(
        ask_at_server(options, "DELETE",
                      fmt::format("/v1/people/{}{}",
                                  percent_encoded(user ? options.argument : options.anonymous_id),
                                  user ? "" : "?kind=anonymousId")));
  }
  terminal.data(answer);
  const Value receipt = TRY(ground::parse_json(answer));
  const Value* readable = receipt.find("receipt");
  const Value* people = readable == nullptr ? nullptr : readable->find("people");
  terminal.message(people == nullptr || people->number_or(0) == 0
                       ? "Nobody is known by this id; there was nothing to forget."
                       : "Forgotten. Keep the receipt; `aizuchi receipt FILE` checks it.");
  return exit_ok;
}

Outcome run_receipt(const CommandOptions& options, Terminal& terminal) {
  const std::string file = TRY(read_text_file(options.argument));
  std::string jws(ground::trim(file));
  if (jws.starts_with("{")) jws = member_text(TRY(ground::parse_json(jws)), "jws");
  std::string key;
  if (options.server.empty()) {
    key = TRY(open_data(options))->receipt_key();
  } else {
    const std::string answer = TRY(ask_at_server(options, "GET", receipt_keys_path));
    const Value set = TRY(ground::parse_json(answer));
    const Value* keys = set.find("keys");
    if (keys == nullptr || !keys->is(Value::Kind::list) || keys->as_list().empty() ||
        !ground::base64_decode(member_text(keys->as_list().front(), "x"), key))
      return fail(ErrorCode::invalid, "The server does not name its key.");
  }
  const auto payload = ground::open_jws(key, jws);
  if (!payload) {
    terminal.message("This receipt was not signed here, or it was changed since.");
    return exit_failed;
  }
  terminal.data(*payload);
  terminal.message("The receipt is genuine.");
  return exit_ok;
}

}  // namespace aizuchi::serve
