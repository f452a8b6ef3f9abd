// Stops: what an operator took out of every answer, effective on the next decision and without a
// publish.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/bytes.h"
#include "ground/base/text.h"
#include "serve/partition/odd_looks.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Result;
using ground::Space;

namespace {

constexpr uint8_t stop_format = 1;
constexpr std::string_view prefix = "stop/";

std::string meta_stop(StopKind kind, std::string_view name) {
  return fmt::format("{}{}/{}", prefix, to_string(kind), name);
}

std::string encode_stop(const Stop& stop) {
  ground::ByteWriter out;
  out.u8(stop_format);
  out.u8(static_cast<uint8_t>(stop.kind));
  out.text(stop.name);
  out.zigzag(stop.at.ms);
  out.text(stop.by);
  out.text(stop.why);
  out.zigzag(stop.lifted_at.ms);
  out.text(stop.lifted_by);
  return out.take();
}

Result<Stop> decode_stop(std::string_view bytes) {
  ground::ByteReader in(bytes);
  if (in.u8() != stop_format) return fail(ErrorCode::unsupported, "a stop is in a newer format");
  Stop stop;
  stop.kind = in.u8() == 0 ? StopKind::item : StopKind::channel;
  stop.name = in.text();
  stop.at = {in.zigzag()};
  stop.by = in.text();
  stop.why = in.text();
  stop.lifted_at = {in.zigzag()};
  stop.lifted_by = in.text();
  if (!in.done()) return fail(ErrorCode::corrupted, "a stored stop does not check");
  return stop;
}

Result<void> known_item(const ground::Snapshot* snapshot, std::string_view name) {
  if (snapshot == nullptr)
    return fail(ErrorCode::not_found, "no brand folder is published yet",
                "run `aizuchi apply DIR`");
  if (snapshot->item(name) != nullptr || snapshot->product(name) != nullptr) return {};
  std::vector<std::string> names;
  for (const ground::Item& item : snapshot->items) names.push_back(item.name);
  const std::string meant = ground::nearest(name, names);
  return fail(ErrorCode::not_found, "the live brand folder has no item or product of this name",
              meant.empty() ? "names are those of items/*.yaml and of the products"
                            : fmt::format("did you mean {}?", meant));
}

Result<void> known_channel(std::string_view name) {
  if (ground::parse_enum<ground::Channel>(name)) return {};
  return fail(ErrorCode::not_found, "there is no channel of this name",
              "channels are web, email, chat, account, push and api");
}

}  // namespace

std::string_view to_string(StopKind kind) {
  return kind == StopKind::item ? "item" : "channel";
}

std::optional<StopKind> parse_stop_kind(std::string_view word) {
  if (word == "item") return StopKind::item;
  if (word == "channel") return StopKind::channel;
  return std::nullopt;
}

Result<void> Partition::State::load_stops() {
  Result<void> outcome;
  const auto each = [&](std::string_view name, std::string_view bytes) {
    auto stop = decode_stop(bytes);
    if (!stop) {
      outcome = std::unexpected(stop.error());
      return false;
    }
    stops.emplace(name, *std::move(stop));
    return true;
  };
  TRY(store->scan(Space::meta, prefix, "", ground::Direction::forward, each));
  return outcome;
}

void Partition::State::override_stops() {
  overrides.stopped.clear();
  overrides.uses = false;
  for (const auto& [name, use] : odd_uses->uses) {
    if (!use.stopped()) continue;
    overrides.stopped.insert(use.key);
    overrides.uses = true;
  }
  overrides.stopped_channels = 0;
  for (const auto& [name, stop] : stops) {
    if (!stop.active()) continue;
    if (stop.kind == StopKind::channel) {
      overrides.stop(*ground::parse_enum<ground::Channel>(stop.name));
      continue;
    }
    // Items and products are named alike in answers, so they are in a stop.
    overrides.stopped.insert(ground::item_key("item", stop.name));
    overrides.stopped.insert(ground::item_key("product", stop.name));
  }
}

Result<void> Partition::State::keep_stop(const Stop& stop, std::string_view action,
                                         std::string_view by) {
  const std::string name = meta_stop(stop.kind, stop.name);
  ground::Batch batch;
  batch.put(Space::meta, name, encode_stop(stop));
  TRY(commit_audited(std::move(batch), by, action,
                     fmt::format("{} {}", to_string(stop.kind), stop.name), stop.why));
  stops[name] = stop;
  override_stops();
  return {};
}

Result<Stop> Partition::stop(const Stop& wanted) {
  State& s = *state_;
  TRY(wanted.kind == StopKind::item ? known_item(s.snapshot.get(), wanted.name)
                                    : known_channel(wanted.name));
  if (wanted.why.size() > 500)
    return fail(ErrorCode::too_large, "the reason is longer than 500 bytes", "say it shorter");
  const auto now = s.stops.find(meta_stop(wanted.kind, wanted.name));
  if (now != s.stops.end() && now->second.active()) return now->second;
  Stop stop = wanted;
  stop.at = s.clock.now();
  TRY(s.keep_stop(stop, "stop", stop.by));
  return stop;
}

Result<Stop> Partition::start(StopKind kind, std::string_view name, std::string_view by) {
  State& s = *state_;
  const auto now = s.stops.find(meta_stop(kind, name));
  if (now == s.stops.end() || !now->second.active())
    return fail(ErrorCode::not_found, fmt::format("no {} of this name is stopped", to_string(kind)),
                "`aizuchi stop list` shows what is");
  Stop stop = now->second;
  stop.lifted_at = s.clock.now();
  stop.lifted_by = by;
  TRY(s.keep_stop(stop, "start", by));
  return stop;
}

std::vector<Stop> Partition::State::stops_that_hold() const {
  std::vector<Stop> out;
  for (const auto& [name, stop] : stops)
    if (stop.active()) out.push_back(stop);
  return out;
}

std::vector<Stop> Partition::stops() const {
  std::vector<Stop> out;
  for (const auto& [name, stop] : state_->stops) out.push_back(stop);
  std::ranges::sort(out, [](const Stop& a, const Stop& b) {
    return a.active() != b.active() ? a.active() : a.at > b.at;
  });
  return out;
}

}  // namespace aizuchi::serve
