// On what basis an event may be kept: its purposes, and where what it tells comes from.
#include "listen/events/apply.h"

namespace aizuchi::listen {

using ground::EventRole;
using ground::EventRule;
using ground::Method;
using ground::Result;
using ground::Value;

bool opts_out(const Event& event, const ground::Snapshot& snapshot) {
  if (snapshot.shared.empty()) return false;
  const Value* signal = event.context_at({"gpc"});
  return signal != nullptr && signal->is(Value::Kind::boolean) && signal->as_bool();
}

ground::PurposeSet purposes_of(const Event& event, const ground::Source& source,
                               const ground::Snapshot& snapshot) {
  ground::PurposeSet purposes = source.purposes;
  if (opts_out(event, snapshot)) purposes.bits &= ~snapshot.shared.bits;
  const Value* preferences = event.context_at({"consent", "categoryPreferences"});
  if (preferences == nullptr || !preferences->is(Value::Kind::map)) return purposes;
  for (const auto& [name, answer] : preferences->as_map()) {
    const ground::Purpose* purpose = snapshot.purpose(name.as_string());
    if (purpose != nullptr && answer.is(Value::Kind::boolean) && !answer.as_bool())
      purposes.remove(purpose->id);
  }
  return purposes;
}

Result<ground::Provenance> provenance_of(const Event& event, const Sender& sender,
                                         const ground::Snapshot& snapshot) {
  const ground::Source* source = snapshot.source(sender.source);
  if (source == nullptr)
    return ground::fail(ground::ErrorCode::not_found,
                        "the event's source is no longer in sources.yaml");
  const EventRule* rule = snapshot.event(event.name);
  const Value* for_whom = event.context_at({"for_whom"});
  const bool gift =
      for_whom != nullptr && for_whom->is(Value::Kind::string) && for_whom->as_string() == "gift";
  return ground::Provenance{
      .collected_in = rule != nullptr && rule->context.valid() ? rule->context : source->context,
      .purposes = purposes_of(event, *source, snapshot),
      .notice = source->notice,
      .source = source->id,
      .method = rule != nullptr && rule->method ? *rule->method
                                                : source->method.value_or(Method::observed),
      .subject = gift ? ground::Subject::gift : source->subject,
      .channel = source->channel,
      .viewer_min =
          sender.proof >= ground::Assurance::a2 ? ground::Assurance::a2 : ground::Assurance::a1};
}

bool is_consent(const Event& event, const ground::Snapshot& snapshot) {
  if (is_wish(event)) return true;
  const EventRule* rule = snapshot.event(event.name);
  return rule != nullptr && rule->role == EventRole::consent_updated;
}

bool is_said(const Event& event, const Sender& sender, const ground::Snapshot& snapshot) {
  const EventRule* rule = snapshot.event(event.name);
  return rule != nullptr && rule->role == EventRole::said && sender.proof == ground::Assurance::a3;
}

}  // namespace aizuchi::listen
