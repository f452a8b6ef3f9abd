#include "serve/partition/outbox.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/bytes.h"
#include "ground/base/dice.h"
#include "ground/base/json.h"
#include "ground/store/store.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::Duration;
using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::PersonId;
using ground::Result;
using ground::Space;
using ground::Value;

namespace {

constexpr std::string_view meta_webhook = "webhook/";
// A webhook in format 2 has two secrets.
constexpr uint8_t webhook_format = 1, rotating_format = 2, effect_format = 1;
constexpr Duration rotating_for = Duration::days(3);
constexpr Duration keep_for = Duration::days(30);
constexpr int64_t look_every_ms = 60'000;
constexpr uint32_t malformed_max = 8;
constexpr size_t url_bytes_max = 2'000, webhooks_max = 20;
constexpr std::string_view words[effect_kinds] = {"consent.changed", "use.changed",
                                                  "fact.corrected",  "values.forgotten",
                                                  "person.erased",   "webhook.test"};

// How long to wait after so many attempts without success.
Duration patience(uint32_t attempts) {
  constexpr Duration steps[] = {Duration::seconds(5),  Duration::seconds(30), Duration::minutes(5),
                                Duration::minutes(30), Duration::hours(2),    Duration::hours(6)};
  return steps[std::min<size_t>(attempts, std::size(steps)) - 1];
}

std::string prefix_of(std::string_view webhook) {
  return fmt::format("{}{}/", meta_effect, webhook);
}

std::string key_of(std::string_view webhook, uint64_t number) {
  ground::ByteWriter out;
  out.bytes(prefix_of(webhook));
  out.be64(number);
  return out.take();
}

std::string_view bytes_of(const ground::Key256& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

std::string shown(const ground::Key256& secret) {
  return "whsec_" + ground::base64(bytes_of(secret));
}

ground::Key256 secret_in(const NewWebhook& made) {
  std::string raw;
  ground::Key256 out{};
  const bool decoded = ground::base64_decode(made.secret.substr(6), raw);
  AIZ_ASSERT(decoded && raw.size() == out.size());
  std::ranges::copy(raw, out.begin());
  return out;
}

std::string signature_of(const ground::Key256& secret, const Effect& effect) {
  const auto mac = ground::hmac_sha256(
      secret, fmt::format("{}.{}.{}", effect.id, effect.timestamp, effect.body));
  return "v1," + ground::base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

uint64_t number_of(std::string_view key) {
  return ground::ByteReader(key.substr(key.size() - 8)).be64();
}

Result<void> may_be(std::string_view url, const Courier* courier) {
  const bool readable = url.starts_with("https://") || url.starts_with("http://");
  const bool plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f; });
  if (!readable || !plain || url.size() > url_bytes_max || url.find('@') != std::string_view::npos)
    return fail(ErrorCode::invalid, "\"url\" is not the address of a webhook.",
                "For example https://crm.example/aizuchi; a secret in it goes into its path.");
  const std::string objection = courier == nullptr ? "" : courier->objection(url);
  if (objection.empty()) return {};
  return fail(ErrorCode::invalid, objection,
              "https to a public address; others are named with serve --webhook-network");
}

}  // namespace

std::string_view to_string(EffectKind kind) {
  return words[static_cast<size_t>(kind)];
}

std::optional<EffectKind> parse_effect_kind(std::string_view word) {
  const auto found = std::ranges::find(words, word);
  if (found == std::end(words)) return std::nullopt;
  return static_cast<EffectKind>(found - std::begin(words));
}

Outbox::Outbox(Parts parts) : parts_(std::move(parts)), key_(parts_.vault.derived_256("effects")) {}

// ---- webhooks

void Outbox::put(const Line& line, Batch& batch) {
  const Webhook& w = line.webhook;
  ground::ByteWriter out;
  out.text(w.url);
  uint64_t kinds = 0;
  for (const EffectKind kind : w.kinds) kinds |= 1ULL << static_cast<unsigned>(kind);
  out.varint(kinds);
  out.text(w.by);
  out.zigzag(w.created_at.ms);
  out.bytes(bytes_of(line.secret));
  out.zigzag(w.failing_since.ms);
  out.zigzag(w.next_at.ms);
  out.varint(w.attempts);
  out.varint(static_cast<uint64_t>(w.last_status));
  out.text(w.trouble);
  out.u8(w.gone ? 1 : 0);
  out.varint(w.dropped);
  const bool rotating = w.rotating_until != Instant{};
  if (rotating) {
    out.zigzag(w.rotating_until.ms);
    out.bytes(bytes_of(line.secret_before));
  }
  const std::string name = fmt::format("{}{}", meta_webhook, w.id);
  const uint8_t format = rotating ? rotating_format : webhook_format;
  batch.put(Space::meta, name, parts_.vault.seal(key_, format, name, out.view()));
}

Result<void> Outbox::load_line(std::string_view name, std::string_view bytes) {
  if (bytes.empty() || (bytes.front() != webhook_format && bytes.front() != rotating_format))
    return fail(ErrorCode::unsupported, "a webhook is in a newer format");
  const std::string plain = TRY(parts_.vault.open(key_, name, bytes));
  ground::ByteReader in(plain);
  Line line;
  Webhook& w = line.webhook;
  w.id = name.substr(meta_webhook.size());
  w.url = in.text();
  const uint64_t kinds = in.varint();
  for (size_t i = 0; i < effect_kinds; ++i)
    if ((kinds & 1ULL << i) != 0) w.kinds.push_back(static_cast<EffectKind>(i));
  w.by = in.text();
  w.created_at = {in.zigzag()};
  std::ranges::copy(in.bytes(line.secret.size()), line.secret.begin());
  w.failing_since = {in.zigzag()};
  w.next_at = {in.zigzag()};
  w.attempts = static_cast<uint32_t>(in.varint());
  w.last_status = static_cast<int>(in.varint());
  w.trouble = in.text();
  w.gone = in.u8() != 0;
  w.dropped = in.varint();
  if (bytes.front() == rotating_format) {
    w.rotating_until = {in.zigzag()};
    std::ranges::copy(in.bytes(line.secret_before.size()), line.secret_before.begin());
  }
  if (!in.done()) return fail(ErrorCode::corrupted, "a stored webhook does not check");
  const auto each = [&](std::string_view key, std::string_view) {
    line.next = number_of(key) + 1;
    ++w.pending;
    return true;
  };
  TRY(parts_.store.scan(Space::meta, prefix_of(w.id), "", ground::Direction::forward, each));
  line.durable = line.next;
  if (const auto oldest = TRY(first(line))) w.oldest = oldest->at;
  lines_.emplace(w.id, std::move(line));
  return {};
}

Result<void> Outbox::load() {
  std::vector<std::pair<std::string, std::string>> found;
  const auto each = [&](std::string_view name, std::string_view bytes) {
    found.emplace_back(name, bytes);
    return true;
  };
  TRY(parts_.store.scan(Space::meta, meta_webhook, "", ground::Direction::forward, each));
  for (const auto& [name, bytes] : found) TRY(load_line(name, bytes));
  know_wanted();
  return {};
}

void Outbox::know_wanted() {
  wanted_ = 0;
  for (const auto& [id, line] : lines_)
    for (const EffectKind kind : line.webhook.kinds) wanted_ |= 1U << static_cast<unsigned>(kind);
}

Outbox::Line* Outbox::find(std::string_view id) {
  const auto it = lines_.find(id);
  return it == lines_.end() ? nullptr : &it->second;
}

namespace {

std::unexpected<ground::Error> no_such_webhook() {
  return fail(ErrorCode::not_found, "There is no webhook of this id.",
              "`aizuchi webhooks list` names them.");
}

}  // namespace

Result<NewWebhook> Outbox::add(std::string_view url, std::vector<EffectKind> kinds,
                               std::string_view by, Batch& batch) {
  TRY(may_be(url, parts_.courier));
  if (lines_.size() >= webhooks_max)
    return fail(ErrorCode::conflict, fmt::format("There are {} webhooks already.", webhooks_max),
                "Remove one; a receiver of your own can pass messages on.");
  std::ranges::sort(kinds);
  kinds.erase(std::ranges::unique(kinds).begin(), kinds.end());
  std::erase(kinds, EffectKind::webhook_test);
  if (kinds.empty())
    return fail(ErrorCode::invalid, "\"events\" names nothing to be told of.",
                fmt::format("Some of {}, {}, {}, {}, {}.", words[0], words[1], words[2], words[3],
                            words[4]));
  Line line;
  parts_.dice.fill(line.secret);
  const auto raw = parts_.dice.next_128();
  line.webhook = {.id = ground::to_hex(raw).substr(0, 8),
                  .url = std::string(url),
                  .kinds = std::move(kinds),
                  .by = std::string(by),
                  .created_at = parts_.clock.now()};
  put(line, batch);
  return NewWebhook{.webhook = line.webhook, .secret = shown(line.secret)};
}

void Outbox::keep(const NewWebhook& made) {
  Line line;
  line.webhook = made.webhook;
  line.secret = secret_in(made);
  lines_.insert_or_assign(made.webhook.id, std::move(line));
  know_wanted();
}

Result<NewWebhook> Outbox::rotate(std::string_view id, Batch& batch) {
  const Line* line = find(id);
  if (line == nullptr) return no_such_webhook();
  Line next = *line;
  next.secret_before = line->secret;
  parts_.dice.fill(next.secret);
  next.webhook.rotating_until = parts_.clock.now() + rotating_for;
  put(next, batch);
  return NewWebhook{.webhook = next.webhook, .secret = shown(next.secret)};
}

void Outbox::rotated(const NewWebhook& made) {
  Line* line = find(made.webhook.id);
  AIZ_ASSERT(line != nullptr);
  line->secret_before = std::exchange(line->secret, secret_in(made));
  line->webhook.rotating_until = made.webhook.rotating_until;
}

Result<void> Outbox::remove(std::string_view id, Batch& batch) {
  const Line* line = find(id);
  if (line == nullptr) return no_such_webhook();
  batch.erase(Space::meta, fmt::format("{}{}", meta_webhook, id));
  const auto each = [&](std::string_view key, std::string_view) {
    batch.erase(Space::meta, key);
    return true;
  };
  return parts_.store.scan(Space::meta, prefix_of(id), "", ground::Direction::forward, each);
}

void Outbox::removed(std::string_view id) {
  if (const auto it = lines_.find(id); it != lines_.end()) lines_.erase(it);
  know_wanted();
}

std::vector<Webhook> Outbox::list() const {
  std::vector<Webhook> out;
  for (const auto& [id, line] : lines_) out.push_back(line.webhook);
  std::ranges::sort(out, [](const Webhook& a, const Webhook& b) {
    return std::pair(a.created_at, a.id) < std::pair(b.created_at, b.id);
  });
  return out;
}

Result<void> Outbox::skip(std::string_view id, Batch& batch) {
  Line* line = find(id);
  if (line == nullptr) return no_such_webhook();
  const auto message = TRY(first(*line));
  if (!message || message->number >= line->durable)
    return fail(ErrorCode::not_found, "Nothing waits for this webhook.");
  if (line->sending)
    return fail(ErrorCode::conflict, "It is on its way this moment.", "Ask again in a minute.");
  ++line->webhook.dropped;
  done_with(*line, *message, batch);
  return {};
}

Result<void> Outbox::test(std::string_view id, Batch& batch) {
  Line* line = find(id);
  if (line == nullptr) return no_such_webhook();
  write(*line, EffectKind::webhook_test, {}, Value::map({}), batch);
  return {};
}

// ---- messages

void Outbox::write(Line& line, EffectKind kind, const PersonId& person, const Value& data,
                   Batch& batch) {
  const Instant now = parts_.clock.now();
  ground::JsonWriter body;
  body.object().member("type", to_string(kind)).member("timestamp", ground::format_instant(now));
  body.key("data").raw(ground::to_json(data)).end_object();
  const std::string key = key_of(line.webhook.id, line.next);
  ground::ByteWriter out;
  out.u8(effect_format);
  out.bytes(person.bytes());
  const auto id = parts_.dice.next_128();
  out.bytes({reinterpret_cast<const char*>(id.data()), id.size()});
  out.u8(static_cast<uint8_t>(kind));
  out.zigzag(now.ms);
  out.bytes(parts_.vault.seal(key_, effect_format, key, body.take()));
  batch.put(Space::meta, key, out.view());
  ++line.next;
  if (line.webhook.pending++ == 0) line.webhook.oldest = now;
  news_ = true;
}

void Outbox::tell(EffectKind kind, const PersonId& person, const Value& data, Batch& batch) {
  for (auto& [id, line] : lines_)
    if (std::ranges::find(line.webhook.kinds, kind) != line.webhook.kinds.end() &&
        !line.webhook.gone)
      write(line, kind, person, data, batch);
}

Result<Outbox::Message> Outbox::read(std::string_view key, std::string_view bytes) {
  ground::ByteReader in(bytes);
  if (in.u8() != effect_format)
    return fail(ErrorCode::unsupported, "a message of the outbox is in a newer format");
  Message out{.number = number_of(key), .key = std::string(key)};
  const auto person = PersonId::from_bytes(in.bytes(16));
  if (person) out.person = *person;
  const std::string_view id = in.bytes(16);
  out.id = "msg_" + ground::hex({reinterpret_cast<const uint8_t*>(id.data()), id.size()});
  const uint8_t kind = in.u8();
  out.at = {in.zigzag()};
  out.sealed = in.rest();
  if (out.sealed.empty() || kind >= effect_kinds || id.size() != 16)
    return fail(ErrorCode::corrupted, "a message of the outbox does not check");
  out.kind = static_cast<EffectKind>(kind);
  return out;
}

Result<std::optional<Outbox::Message>> Outbox::first(const Line& line) const {
  std::optional<Result<Message>> found;
  const auto each = [&](std::string_view key, std::string_view bytes) {
    found = read(key, bytes);
    return false;
  };
  TRY(parts_.store.scan(Space::meta, prefix_of(line.webhook.id), key_of(line.webhook.id, line.from),
                        ground::Direction::forward, each));
  if (!found) return std::nullopt;
  return TRY(*std::move(found));
}

Result<void> Outbox::forget(const PersonId& person, Batch& batch) {
  for (auto& [id, line] : lines_) {
    const auto each = [&](std::string_view key, std::string_view bytes) {
      const auto message = read(key, bytes);
      if (!message || message->person != person || message->kind == EffectKind::person_erased)
        return true;
      batch.erase(Space::meta, key);
      if (message->number >= line.from && line.webhook.pending > 0) --line.webhook.pending;
      return true;
    };
    // From the beginning: that one was done with may not have been written (a full disk).
    TRY(parts_.store.scan(Space::meta, prefix_of(id), "", ground::Direction::forward, each));
  }
  return {};
}

// An empty batch is a barrier: what was written before it is durable when it is.
void Outbox::tick() {
  if (lines_.empty()) return;
  if (news_ && !barrier_) {
    news_ = false;
    barrier_ = true;
    std::vector<std::pair<std::string, uint64_t>> before;
    for (const auto& [id, line] : lines_) before.emplace_back(id, line.next);
    parts_.store.commit({}, ground::Durability::synced,
                        [this, before = std::move(before)](const Result<void>& outcome) {
                          parts_.hand_over([this, before, kept = outcome.has_value()] {
                            barrier_ = false;
                            for (const auto& [id, next] : before)
                              if (Line* line = find(id); line != nullptr && kept)
                                line->durable = std::max(line->durable, next);
                          });
                        });
  }
  if (parts_.courier == nullptr || !parts_.store.writable()) return;
  const Instant now = parts_.clock.now();
  for (auto& [id, line] : lines_) send(line, now);
}

void Outbox::send(Line& line, Instant now) {
  Webhook& w = line.webhook;
  if (line.sending || line.from >= line.durable) return;
  // What is too old goes, whether it could be sent now or not.
  const bool waits = w.gone || now < w.next_at;
  if (waits && std::abs(now.ms - line.looked_ms) < look_every_ms) return;
  line.looked_ms = now.ms;
  const auto found = first(line);
  if (!found) return;  // the store cannot be read: it says so itself
  const std::optional<Message>& message = *found;
  if (!message || message->number >= line.durable) {
    line.from = line.durable;
    w.oldest = message ? message->at : Instant{};
    return;
  }
  w.oldest = message->at;
  if (now - message->at > keep_for) return drop(line, *message, "it was 30 days old");
  if (waits) return;
  auto body = parts_.vault.open(key_, message->key, message->sealed);
  if (!body) return drop(line, *message, "it cannot be read");
  Effect effect{.url = w.url,
                .id = message->id,
                .timestamp = fmt::format("{}", now.ms / 1'000),
                .body = *std::move(body)};
  if (now >= w.rotating_until) w.rotating_until = {}, line.secret_before = {};
  effect.signature = signature_of(line.secret, effect);
  if (w.rotating_until != Instant{})
    effect.signature += " " + signature_of(line.secret_before, effect);
  line.sending = true;
  parts_.courier->deliver(
      std::move(effect), [this, id = w.id, message = *message](const Delivery& delivery) {
        parts_.hand_over([this, id, message, delivery] { finish(id, message, delivery); });
      });
}

void Outbox::done_with(Line& line, const Message& message, Batch& batch) {
  Webhook& w = line.webhook;
  batch.let_in();  // it makes room
  batch.erase(Space::meta, message.key);
  line.from = message.number + 1;
  if (w.pending > 0) --w.pending;
  if (w.pending == 0) w.oldest = {};
  w.failing_since = w.next_at = {};
  w.attempts = 0;
  w.last_status = 0;
  w.trouble.clear();
  put(line, batch);
}

void Outbox::finish(const std::string& id, const Message& message, const Delivery& delivery) {
  Line* line = find(id);
  if (line == nullptr) return;  // removed meanwhile
  line->sending = false;
  if (delivery.status / 100 != 2) return failed(*line, message, delivery);
  ++line->webhook.delivered;
  Batch batch;
  done_with(*line, message, batch);
  // Lost with a power cut it is sent again, under the same id.
  parts_.store.commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
}

void Outbox::failed(Line& line, const Message& message, const Delivery& delivery) {
  Webhook& w = line.webhook;
  const Instant now = parts_.clock.now();
  ++w.attempts;
  w.last_status = delivery.status;
  w.trouble =
      delivery.status == 0 ? delivery.trouble : fmt::format("it answered {}", delivery.status);
  const bool malformed = delivery.status == 400 || delivery.status == 413 || delivery.status == 422;
  if (malformed && w.attempts >= malformed_max)
    return drop(line, message, fmt::format("it was answered {} again and again", delivery.status));
  if (w.failing_since == Instant{}) w.failing_since = now;
  const Duration wait = std::clamp(delivery.retry_after.value_or(Duration{}), patience(w.attempts),
                                   Duration::hours(24));
  w.next_at = now + wait + Duration{static_cast<int64_t>(parts_.dice.next_u64() % 1'000)};
  w.gone = delivery.status == 410;
  Batch batch;
  put(line, batch);
  parts_.store.commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
}

void Outbox::drop(Line& line, const Message& message, std::string_view why) {
  Batch batch;
  ++line.webhook.dropped;
  done_with(line, message, batch);
  parts_.store.commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
  if (parts_.dropped) parts_.dropped(line.webhook.id, fmt::format("{}: {}", message.id, why));
}

}  // namespace aizuchi::serve
