#include "listen/events/limiting.h"

#include "listen/events/apply.h"

namespace aizuchi::listen {

using ground::Instant;

namespace {

std::string text_of(const Event& event, std::string_view name) {
  const Value* value = event.details().find(name);
  return value != nullptr && value->is(Value::Kind::string) ? value->as_string() : "";
}

bool keep_pause(remember::PersonState& person, const Event& event) {
  const std::string until = text_of(event, "until"), from = text_of(event, "from");
  if (until.empty()) return person.keep(remember::Pause{.from = {}, .until = {}, .at = event.at});
  const auto ends = ground::parse_instant(until);
  const auto begins = from.empty() ? std::optional(event.at) : ground::parse_instant(from);
  if (!ends || !begins || *ends <= *begins || *ends > *begins + pause_most) return false;
  return person.keep(remember::Pause{.from = *begins, .until = *ends, .at = event.at});
}

bool keep_frequency(remember::PersonState& person, const Event& event) {
  const auto channel = ground::parse_enum<ground::Channel>(text_of(event, "channel"));
  if (!channel || !is_sent(*channel)) return false;
  const Value* times = event.details().find("times");
  remember::Frequency out{.channel = *channel, .times = 0, .per = {}, .at = event.at};
  if (times == nullptr || times->is_null()) return person.keep(out);
  const auto per = ground::parse_duration(text_of(event, "per"));
  if (!times->is(Value::Kind::integer) || times->as_int() < 1 ||
      times->as_int() > frequency_times_most || !per || per->ms <= 0)
    return false;
  out.times = static_cast<uint32_t>(times->as_int());
  out.per = *per;
  return person.keep(out);
}

}  // namespace

bool is_sent(ground::Channel channel) {
  return channel == ground::Channel::email || channel == ground::Channel::push;
}

bool is_wish(const Event& event) {
  return event.name == use_event || event.name == wish_event || event.name == pause_event ||
         event.name == frequency_event;
}

bool keep_limit(remember::PersonState& person, const Event& event) {
  return event.name == pause_event ? keep_pause(person, event) : keep_frequency(person, event);
}

}  // namespace aizuchi::listen
