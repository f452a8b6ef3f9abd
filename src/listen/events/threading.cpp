#include "listen/events/threading.h"

#include <algorithm>

#include "ground/base/text.h"

namespace aizuchi::listen {

using ground::Result;
using ground::ThreadKind;
using ground::ThreadRule;
using ground::ThreadState;
using remember::PersonState;
using remember::Thread;

namespace {

std::string text_of(const Event& event, const std::string& property) {
  if (property.empty()) return "";
  const Value* value = property_at(event.details(), property);
  std::string out = value == nullptr ? "" : ground::to_display(*value);
  return out.size() > PersonState::thread_text_max ? "" : out;
}

// A number that is too long to be kept is known by its hash.
std::string key_of(const Event& event, const std::string& property) {
  const Value* value = property.empty() ? nullptr : property_at(event.details(), property);
  if (value == nullptr) return "";
  std::string out = ground::to_display(*value);
  return out.size() > PersonState::thread_text_max ? std::to_string(ground::item_key("thread", out))
                                                   : out;
}

bool is_true(const Event& event, std::string_view member) {
  const Value* value = event.details().find(member);
  return value != nullptr && value->is(Value::Kind::boolean) && value->as_bool();
}

// What a server's word says, as a rule says it of other events.
std::optional<ThreadRule> told_rule(const Event& event) {
  const auto kind = ground::parse_enum<ThreadKind>(text_of(event, "kind"));
  const std::string word = text_of(event, "state");
  const auto state = word.empty() ? ThreadState::open : ground::parse_enum<ThreadState>(word);
  if (!kind || !state) return std::nullopt;
  return ThreadRule{.kind = *kind,
                    .to = *state,
                    .complaint = is_true(event, "complaint"),
                    .key = "id",
                    .topic = "topic",
                    .product = "product",
                    .due = "due",
                    .within = std::nullopt};
}

bool is_sensitive(const ground::Snapshot& snapshot, const std::string& topic) {
  const auto found = std::ranges::find(snapshot.concerns, topic, &ground::Concern::name);
  return !topic.empty() && found != snapshot.concerns.end() && found->sensitive;
}

// What somebody wrote is heard in the server before it gets here.
void take_heard(const Event& event, Thread& thread) {
  const Value* heard = event.json.find(heard_member);
  const Value* concern = heard == nullptr ? nullptr : heard->find("concern");
  if (!thread.topic.empty() || concern == nullptr) return;
  thread.topic = ground::to_display(*concern);
  thread.heard = true;
}

Thread thread_of(const Event& event, const ThreadRule& told, ground::Duration keep) {
  Thread out{.kind = told.kind,
             .state = told.to,
             .complaint = told.complaint,
             .key = key_of(event, told.key),
             .topic = text_of(event, told.topic),
             .product = text_of(event, told.product),
             .owner = event.name == thread_event ? text_of(event, "owner") : "",
             .opened_at = event.at,
             .changed_at = event.at,
             .told_at = event.at,
             .expires_at = event.at + keep};
  take_heard(event, out);
  if (const auto due = ground::parse_instant(text_of(event, told.due)))
    out.due = *due;
  else if (told.within && told.to == ThreadState::open)
    out.due = event.at + *told.within;
  return out;
}

// Without a number, what answers or resolves is about all of the kind that went on then.
void keep_for_all(PersonState& person, const Thread& told) {
  std::vector<Thread> changed;
  for (const Thread& each : person.threads)
    if (each.kind == told.kind && each.opened_at <= told.opened_at &&
        each.state != ThreadState::resolved)
      changed.push_back(each);
  if (changed.empty()) return person.keep(told);
  for (Thread& each : changed) {
    Thread next = told;
    next.key = std::move(each.key);
    person.keep(std::move(next));
  }
}

}  // namespace

Result<bool> keep_thread(PersonState& person, const Event& event, const ground::EventRule& rule,
                         ThreadAt at, const ground::Snapshot& snapshot,
                         ground::Vocabulary& vocabulary) {
  const std::optional<ThreadRule> told =
      event.name == thread_event ? told_rule(event) : rule.thread;
  if (!told || !tells_thread(event, &rule)) return false;
  Thread thread = thread_of(event, *told, rule.keep);
  ground::Provenance p = vocabulary.provenance(at.provenance);
  bool refused = false;
  if (is_sensitive(snapshot, thread.topic)) {
    const ground::PurposeSet granted = expressly_granted(&person, p.purposes, snapshot);
    refused = granted.empty();
    if (refused)
      thread.topic.clear(), thread.heard = false;
    else
      p.purposes = granted;
  }
  thread.provenance = TRY(vocabulary.intern(p));
  thread.evidence = at.sequence;
  if (thread.key.empty() && thread.state != ThreadState::open)
    keep_for_all(person, thread);
  else
    person.keep(std::move(thread));
  return refused;
}

bool tells_thread(const Event& event, const ground::EventRule* rule) {
  const bool tells = event.name == thread_event || (rule != nullptr && rule->thread);
  const Value* mark = tells ? event.json.find(thread_mark) : nullptr;
  return tells && (mark == nullptr || !mark->is(Value::Kind::boolean) || mark->as_bool());
}

void unthread(Event& event) {
  ground::ValueMap whole = event.json.as_map();
  std::erase_if(whole, [](const auto& entry) {
    return entry.first.is(Value::Kind::string) && entry.first.as_string() == thread_mark;
  });
  whole.emplace_back(Value(thread_mark), Value(false));
  event.json = Value::map(std::move(whole));
}

std::optional<std::string> sensitive_topic(const Event& event, const ground::EventRule& rule,
                                           const ground::Snapshot& snapshot) {
  const std::optional<ThreadRule> told =
      event.name == thread_event ? told_rule(event) : rule.thread;
  if (!told || !is_sensitive(snapshot, text_of(event, told->topic))) return std::nullopt;
  return told->topic;
}

}  // namespace aizuchi::listen
