#include "serve/partition/threads.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Result;
using ground::ThreadKind;
using ground::ThreadState;
using ground::Value;
using remember::Thread;

namespace {

constexpr size_t owed_max = 100'000;  // people who are owed something
constexpr size_t owed_listed_max = 1'000;
constexpr size_t text_bytes_max = 10'000;  // of what somebody wrote

const std::vector<std::string> members = {"userId", "anonymousId", "kind",     "state", "id",
                                          "topic",  "product",     "due",      "owner", "complaint",
                                          "text",   "at",          "messageId"};

bool is_text(const Value& value, size_t bytes_max) {
  return value.is(Value::Kind::string) && !value.as_string().empty() &&
         value.as_string().size() <= bytes_max;
}

Result<void> check_member(const std::string& name, const Value& value) {
  if (std::ranges::find(members, name) == members.end()) {
    const std::string meant = ground::nearest(name, members);
    return fail(ErrorCode::invalid,
                fmt::format("a member is not known{}",
                            meant.empty() ? "" : ": did you mean " + meant + "?"));
  }
  if (name == "complaint")
    return value.is(Value::Kind::boolean)
               ? Result<void>()
               : fail(ErrorCode::invalid, "complaint is not true or false");
  const bool id = name == "userId" || name == "anonymousId" || name == "messageId";
  const size_t most = name == "text" ? text_bytes_max
                      : id           ? remember::PersonState::said_text_max
                                     : remember::PersonState::thread_text_max;
  if (!is_text(value, most))
    return fail(ErrorCode::invalid, fmt::format("{} is not a text of 1 to {} bytes", name, most));
  if ((name == "at" || name == "due") && !ground::parse_instant(value.as_string()))
    return fail(ErrorCode::invalid,
                fmt::format("{} is not a moment: expected 2026-04-01T09:00:00+09:00", name));
  return {};
}

Result<void> check_row(const Value& row) {
  if (!row.is(Value::Kind::map)) return fail(ErrorCode::invalid, "it is not an object");
  for (const auto& [name, value] : row.as_map()) TRY(check_member(name.as_string(), value));
  const auto word = [&](std::string_view name) {
    const Value* value = row.find(name);
    return value == nullptr ? std::string() : value->as_string();
  };
  if (word("userId").empty() && word("anonymousId").empty())
    return fail(ErrorCode::invalid, "nobody is named: expected userId or anonymousId");
  const auto kind = ground::parse_enum<ThreadKind>(word("kind"));
  if (!kind)
    return fail(ErrorCode::invalid, "kind is none: expected inquiry, cart, meeting or promise");
  if (const std::string state = word("state");
      !state.empty() && !ground::parse_enum<ThreadState>(state))
    return fail(ErrorCode::invalid, "state is none: expected open, answered or resolved");
  if (!word("due").empty() && *kind != ThreadKind::promise)
    return fail(ErrorCode::invalid, "only a promise is due");
  return {};
}

// A row as its event. Errors: invalid, in words about names, never values.
Result<Value> event_of(const Value& row, Instant now) {
  TRY(check_row(row));
  ground::ValueMap event{{"type", "track"}, {"event", listen::thread_event}};
  ground::ValueMap properties;
  for (const auto& [name, value] : row.as_map()) {
    const std::string& key = name.as_string();
    if (key == "userId" || key == "anonymousId" || key == "messageId")
      event.emplace_back(name, value);
    else if (key != "at")
      properties.emplace_back(name, value);
  }
  const Value* at = row.find("at");
  event.emplace_back("timestamp", at != nullptr ? *at : Value(ground::format_instant(now)));
  event.emplace_back("properties", Value::map(std::move(properties)));
  return Value::map(std::move(event));
}

void note_unknown(const Value& row, const ground::Snapshot& live, std::vector<std::string>& out) {
  const Value* topic = row.find("topic");
  if (topic != nullptr && std::ranges::find(live.concerns, topic->as_string(),
                                            &ground::Concern::name) == live.concerns.end())
    out.push_back(topic->as_string());
}

}  // namespace

Threads::Threads(Partition& partition) : partition_(partition), state_(*partition.state_) {}

Result<Partition::SaidTask> Threads::begin(const Value& rows) const {
  if (!rows.is(Value::Kind::list) || rows.as_list().empty())
    return fail(ErrorCode::invalid, "it is not told which thread",
                R"(send {"userId": "…", "kind": "inquiry", "id": "…", "state": "open"}, or )"
                R"({"threads": [ … ]})");
  if (rows.as_list().size() > Partition::said_rows_max)
    return fail(ErrorCode::too_large,
                fmt::format("more than {} in one call", Partition::said_rows_max),
                "send them in several");
  const Instant now = state_.clock.now();
  Partition::SaidTask out;
  ground::ValueList events;
  std::vector<size_t> index_of;
  std::vector<listen::EventRefusal> refused;
  for (size_t i = 0; i < rows.as_list().size(); ++i) {
    const Value& row = rows.as_list()[i];
    auto event = event_of(row, now);
    if (!event) {
      refused.push_back({i, event.error().message});
      continue;
    }
    if (state_.snapshot) note_unknown(row, *state_.snapshot, out.unknown);
    events.push_back(*std::move(event));
    index_of.push_back(i);
  }
  if (!events.empty())
    out.events = TRY(listen::read_events(Value::list(std::move(events)), std::nullopt, now));
  for (listen::EventRefusal& each : out.events.refused) {
    each.index = index_of[each.index];
    refused.push_back(std::move(each));
  }
  std::ranges::sort(refused, {}, &listen::EventRefusal::index);
  out.events.refused = std::move(refused);
  return out;
}

// ---- what is owed

void Partition::State::note_owed(const remember::PersonState& person, OwedTo& to) const {
  Owed owed;
  for (const Thread& thread : person.threads) {
    if (thread.state != ThreadState::open) continue;
    if (thread.kind == ThreadKind::promise) owed.due = std::min(owed.due, thread.due);
    owed.complaint = owed.complaint || thread.complaint;
  }
  if (owed.due == Instant::never() && !owed.complaint)
    to.erase(person.id);
  else if (to.size() < owed_max || to.contains(person.id))
    to[person.id] = owed;
}

void Partition::State::note_threads(const remember::PersonState& person) {
  note_owed(person, owed_to);
  if (expiring) note_owed(person, owed_to_so_far);
}

Threads::Owed Threads::owed() const {
  const Instant now = state_.clock.now();
  Owed out;
  for (const auto& [person, owed] : state_.owed_to) {
    out.promises += owed.due < now ? 1 : 0;
    out.complaints += owed.complaint ? 1 : 0;
  }
  for (const auto& [question, one] : state_.give_backs) out.give_backs += one.overdue;
  return out;
}

namespace {

struct Line {
  const remember::PersonState* person = nullptr;
  const Thread* thread = nullptr;
};

void write_line(ground::JsonWriter& out, const Line& line) {
  out.object();
  for (const std::string_view kind : {remember::user_id_kind, remember::anonymous_id_kind})
    for (const auto& identifier : line.person->identifiers)
      if (identifier.kind == kind) {
        out.member(kind == remember::user_id_kind ? "userId" : "anonymousId", identifier.value);
        break;
      }
  const Thread& thread = *line.thread;
  out.member("kind", ground::to_string(thread.kind));
  if (!thread.key.empty()) out.member("id", thread.key);
  if (!thread.topic.empty()) out.member("topic", thread.topic);
  if (!thread.owner.empty()) out.member("owner", thread.owner);
  out.member("opened", ground::format_instant(thread.opened_at));
  if (thread.due != Instant::never()) out.member("due", ground::format_instant(thread.due));
  out.end_object();
}

void write_lines(ground::JsonWriter& out, std::string_view name, std::vector<Line> lines) {
  std::ranges::sort(lines, {}, [](const Line& line) {
    return std::pair(line.thread->due, line.thread->opened_at);
  });
  out.key(name).array();
  for (const Line& line : lines) write_line(out, line);
  out.end_array();
}

}  // namespace

std::string Threads::owed_json() {
  Partition::State& s = state_;
  constexpr ground::Duration fresh = ground::Duration::minutes(10);
  const Instant now = s.clock.now();
  if (s.give_backs_at.ms == INT64_MIN || now > s.give_backs_at + fresh)
    s.expire_due = std::min(s.expire_due, now);
  std::vector<Line> promises, complaints;
  for (const auto& [id, owed] : s.owed_to) {
    const auto person = s.ledger.find(id);
    if (!person || *person == nullptr) continue;
    for (const Thread& thread : (*person)->state.threads) {
      if (thread.expires_at <= now || thread.state != ThreadState::open) continue;
      const Line line{&(*person)->state, &thread};
      if (thread.overdue(now) && promises.size() < owed_listed_max) promises.push_back(line);
      if (thread.complaint && complaints.size() < owed_listed_max) complaints.push_back(line);
    }
  }
  const Owed owed = this->owed();
  ground::JsonWriter out;
  out.object();
  if (s.give_backs_at.ms == INT64_MIN)
    out.key("at").null();
  else
    out.member("at", ground::format_instant(s.give_backs_at));
  out.member("promisesOverdue", owed.promises).member("complaintsOpen", owed.complaints);
  out.member("giveBacksOverdue", owed.give_backs);
  write_lines(out, "promises", std::move(promises));
  write_lines(out, "complaints", std::move(complaints));
  out.key("giveBacks").array();
  for (const auto& [name, one] : s.give_backs)
    if (one.overdue > 0)
      out.object().member("question", name).member("overdue", one.overdue).end_object();
  std::string text = out.end_array().end_object().take();
  s.ledger.make_room();
  return text;
}

Result<std::string> Threads::owed_json_now() {
  Partition::State& s = state_;
  s.give_backs.clear();
  s.owed_to.clear();
  std::vector<ground::PersonId> all;
  TRY(s.ledger.people("", [&](const ground::PersonId& id) {
    all.push_back(id);
    return true;
  }));
  for (const ground::PersonId& id : all) {
    const remember::Person* person = TRY(s.ledger.find(id));
    if (person == nullptr) continue;
    s.note_owed(person->state, s.owed_to);
    if (s.snapshot) s.tally_give_backs(person->state, s.give_backs);
    s.ledger.make_room();
  }
  s.give_backs_at = s.clock.now();
  return owed_json();
}

}  // namespace aizuchi::serve
