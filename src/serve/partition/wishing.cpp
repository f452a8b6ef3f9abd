// A break between two dates, and how much is sent at most: events of the person's own.
#include <fmt/format.h>

#include "ground/expr/time_zone.h"
#include "serve/partition/centre.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Result;
using ground::Value;

namespace {

constexpr size_t day_text_bytes = 10;  // 2026-12-24

// A moment as it is written, or the beginning of a day where the brand is.
Result<Instant> moment_of(const std::string& text, const ground::Snapshot& snapshot) {
  const auto at = ground::parse_instant(text);
  if (!at)
    return fail(ErrorCode::invalid, "A date of the break cannot be read.",
                "Send 2026-12-24, or 2026-12-24T09:00:00+09:00.");
  if (text.size() != day_text_bytes) return *at;
  const auto zone = ground::TimeZone::find(snapshot.timezone);
  if (!zone) return *at;
  const auto offset = [&](Instant t) {
    return ground::Duration::seconds((*zone)->offset_at(ground::floor_div(t.ms, 1000)));
  };
  return *at - offset(*at - offset(*at));
}

Result<remember::Pause> pause_of(const PauseChange& change, const ground::Snapshot& snapshot,
                                 Instant now) {
  remember::Pause out;
  out.from = change.from.empty() ? now : TRY(moment_of(change.from, snapshot));
  out.until = TRY(moment_of(change.until, snapshot));
  if (change.until.size() == day_text_bytes) out.until = out.until + ground::Duration::days(1);
  if (out.until <= out.from || out.until <= now)
    return fail(ErrorCode::invalid, "The break would end before it began, or is over already.",
                "Send an \"until\" behind \"from\" and in the future.");
  if (out.until > out.from + listen::pause_most)
    return fail(ErrorCode::invalid, "A break is a year at most.",
                "For longer, take back the purposes: POST /v1/me/stop.");
  return out;
}

Result<ground::ValueMap> frequency_of(const FrequencyChange& change) {
  const auto channel = ground::parse_enum<ground::Channel>(change.channel);
  if (!channel || !listen::is_sent(*channel))
    return fail(ErrorCode::invalid, "Nothing is sent in a channel of this name.",
                "It is email or push; what stands on a page is shown to who comes.");
  ground::ValueMap out{{Value("channel"), Value(change.channel)}};
  if (change.times == 0) return out;
  const auto per = ground::parse_duration(change.per);
  if (change.times < 1 || change.times > listen::frequency_times_most || !per ||
      *per < ground::Duration::hours(1) || *per > ground::Duration::days(365))
    return fail(
        ErrorCode::invalid,
        fmt::format("It is not 1 to {} times within 1h to 365d.", listen::frequency_times_most),
        "Send {\"channel\": \"email\", \"times\": 1, \"per\": \"7d\"}; null times lifts it.");
  out.emplace_back(Value("times"), Value(change.times));
  out.emplace_back(Value("per"), Value(change.per));
  return out;
}

}  // namespace

void Centre::wish(const Asking& person, std::string_view name, ground::ValueMap details,
                  const Key& key, Partition::IngestDone done) {
  ground::ValueMap event{
      {Value("type"), Value("track")},
      {Value("event"), Value(name)},
      {Value("messageId"), Value("wish-" + ground::to_hex(state_.dice.next_128()))},
      {Value("properties"), Value::map(std::move(details))}};
  if (!person.anonymous_id.empty())
    event.emplace_back(Value("anonymousId"), Value(person.anonymous_id));
  if (!person.user_id.empty()) event.emplace_back(Value("userId"), Value(person.user_id));
  auto batch = listen::read_events(Value::map(std::move(event)), std::nullopt, state_.clock.now());
  if (!batch) return done(std::unexpected(batch.error()));
  if (!batch->refused.empty())
    return done(fail(ErrorCode::invalid, batch->refused.front().message));
  partition_.ingest(*std::move(batch), key, person, std::move(done));
}

void Centre::set_pause(const Asking& person, const PauseChange& change, const Key& key,
                       Partition::IngestDone done) {
  if (!state_.snapshot)
    return done(fail(ErrorCode::unavailable, "no brand folder is published yet",
                     "run `aizuchi apply DIR`"));
  ground::ValueMap details;
  if (!change.until.empty()) {
    const auto pause = pause_of(change, *state_.snapshot, state_.clock.now());
    if (!pause) return done(std::unexpected(pause.error()));
    details = {{Value("from"), Value(ground::format_instant(pause->from))},
               {Value("until"), Value(ground::format_instant(pause->until))}};
  }
  wish(person, listen::pause_event, std::move(details), key, std::move(done));
}

void Centre::set_frequency(const Asking& person, const FrequencyChange& change, const Key& key,
                           Partition::IngestDone done) {
  auto details = frequency_of(change);
  if (!details) return done(std::unexpected(details.error()));
  wish(person, listen::frequency_event, *std::move(details), key, std::move(done));
}

}  // namespace aizuchi::serve
