// decide: one question at the keyboard. A preview unless --live: of a person, of a persona that is
// only described, at another moment; here or at a running server, with the same answer.
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

// Events of the question; a preview keeps none of them.
Result<Value> events_of(const CommandOptions& options) {
  if (options.events.empty()) return Value{};
  const std::string text = TRY(read_text_file(options.events));
  Value events = TRY(ground::parse_json(text));
  if (const Value* batch = events.find("batch")) events = Value(*batch);
  if (!events.is(Value::Kind::list))
    return fail(ErrorCode::invalid, fmt::format("{} is not a list of events.", options.events),
                "A JSON list, or {\"batch\": […]}.");
  return events;
}

Result<Value> persona_of(const CommandOptions& options) {
  if (options.persona.empty()) return Value{};
  if (!options.user_id.empty() || !options.anonymous_id.empty())
    return fail(ErrorCode::invalid,
                "--as describes someone; --user-id and --anonymous-id name one.",
                "Give one of them.");
  const std::string text = TRY(read_text_file(options.persona));
  Value persona = TRY(ground::parse_json(text));
  if (!persona.is(Value::Kind::map))
    return fail(
        ErrorCode::invalid, fmt::format("{} is not a persona.", options.persona),
        R"(For example: {"facts": {"job": "sales"}, "consents": ["mail"], "phase": "lead"})");
  if (options.source.empty() || persona.find("source") != nullptr) return persona;
  ground::ValueMap with = persona.as_map();
  with.emplace_back("source", options.source);
  return Value::map(std::move(with));
}

Result<Ask> ask_of(const CommandOptions& options) {
  Ask ask{.person = {.anonymous_id = options.anonymous_id,
                     .user_id = options.user_id,
                     .assurance = std::nullopt},
          .slots = options.slots,
          .mode = options.live ? ground::Mode::live : ground::Mode::preview};
  ask.explain = TRY(explain_of(options));
  ask.context = TRY(context_of(options));
  ask.events = TRY(events_of(options));
  ask.persona = TRY(persona_of(options));
  if (!options.now.empty()) {
    ask.now = ground::parse_instant(options.now);
    if (!ask.now)
      return fail(ErrorCode::invalid, "--now is not a moment.",
                  "Write it as 2026-12-24T18:00:00+09:00.");
  }
  if (options.live && (ask.now || !ask.persona.is_null()))
    return fail(ErrorCode::invalid, "--live is now and of a real person.",
                "Leave out --live for a preview with --as or --now.");
  return ask;
}

struct Answered {
  std::string json;                // as /v1/decide gives it
  std::vector<std::string> slots;  // of the brand, where they are known
};

Result<Answered> answer_here(const CommandOptions& options, const Ask& ask) {
  const auto partition = TRY(partition_for(options));
  const auto snapshot = partition->snapshot();
  if (!snapshot)
    return fail(ErrorCode::not_found, "No brand folder is published in this data directory.",
                fmt::format("aizuchi apply DIR --data {}", options.data));
  const std::string source = !options.source.empty()     ? options.source
                             : snapshot->sources.empty() ? std::string()
                                                         : snapshot->sources.front().name;
  // A device is asked about as its page would ask; a user as the brand's server would.
  Key key = operator_key(source);
  key.secret = !options.user_id.empty();
  const Answer answer =
      options.live ? partition->decide(ask, key) : TRY(partition->preview(ask, key));
  if (options.live) TRY(partition->flush());
  Answered out{.json = answer_json(answer, ask.explain), .slots = {}};
  for (const ground::Slot& slot : snapshot->slots) out.slots.push_back(slot.name);
  return out;
}

std::string question_json(const CommandOptions& options, const Ask& ask) {
  ground::JsonWriter json;
  json.object().key("slots").array();
  for (const std::string& slot : ask.slots) json.value(slot);
  json.end_array().key("context").value(ask.context);
  json.member("explain", ask.explain == Explain::operator_view ? "operator" : "person");
  json.member("mode", options.live ? "live" : "preview");
  if (!ask.events.is_null()) json.key("events").value(ask.events);
  if (ask.now) json.member("now", ground::format_instant(*ask.now));
  if (!ask.persona.is_null()) {
    json.key("persona").value(ask.persona);
  } else {
    json.key("person").object();
    if (!ask.person.anonymous_id.empty()) json.member("anonymousId", ask.person.anonymous_id);
    if (!ask.person.user_id.empty()) json.member("userId", ask.person.user_id);
    json.end_object();
  }
  return json.end_object().take();
}

void print_item(const Value& item, Terminal& terminal) {
  const std::string variant = member_text(item, "variant");
  terminal.data(
      fmt::format("  {}{}{}", member_text(item, "id"), variant.empty() ? "" : " / ", variant));
  if (const Value* content = item.find("content"); content != nullptr)
    for (const auto& [field, text] : content->as_map())
      terminal.data(fmt::format("    {:<8} {}", field.as_string(), ground::to_display(text)));
  const Value* why = item.find("why");
  if (why == nullptr || !why->is(Value::Kind::list)) return;
  for (const Value& sentence : why->as_list())
    terminal.data(fmt::format("    why      {}", member_text(sentence, "text")));
}

}  // namespace

Outcome run_decide(const CommandOptions& options, Terminal& terminal) {
  const Ask ask = TRY(ask_of(options));
  Answered answered;
  if (options.server.empty())
    answered = TRY(answer_here(options, ask));
  else
    answered.json = TRY(ask_at_server(options, "POST", "/v1/decide", question_json(options, ask)));
  const Value answer = TRY(ground::parse_json(answered.json));
  const Value* slots = answer.find("slots");
  if (slots == nullptr || !slots->is(Value::Kind::map))
    return fail(ErrorCode::internal, "The answer holds no slots.");
  const bool as_json = options.json || ask.explain == Explain::operator_view;
  if (as_json) terminal.data(answered.json);
  int code = exit_ok;
  for (const auto& [name, slot] : slots->as_map()) {
    if (member_text(slot, "reason") == "unknown_slot") {
      const std::string meant = ground::nearest(name.as_string(), answered.slots);
      terminal.message(fmt::format("There is no slot {}.{}", name.as_string(),
                                   meant.empty() ? "" : fmt::format(" Did you mean {}?", meant)));
      code = exit_failed;
    } else if (!as_json) {
      terminal.data(fmt::format("{}  ({}, {})", terminal.bold(name.as_string()),
                                member_text(slot, "reason"), member_text(slot, "layer")));
      for (const Value& item : slot.find("items")->as_list()) print_item(item, terminal);
    }
  }
  if (options.live && !options.data.empty())
    terminal.next(
        fmt::format("aizuchi why {} --data {}", member_text(answer, "decisionId"), options.data));
  return code;
}

}  // namespace aizuchi::serve
