// What webhooks are told, and of whom; and the webhooks themselves.
#include "serve/partition/webhooks.h"

#include <fmt/format.h>

#include "respect/consent/consent.h"
#include "serve/partition/outbox.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::Result;
using ground::Value;
using ground::ValueMap;

namespace {

// What was told late is history that someone brought in, and no news to anybody.
constexpr ground::Duration news_for = ground::Duration::hours(24);

void add_ids(const std::string& user_id, std::vector<std::string> devices, ValueMap& out) {
  if (!user_id.empty()) out.emplace_back(Value("userId"), Value(user_id));
  ground::ValueList list;
  for (std::string& device : devices) list.emplace_back(std::move(device));
  out.emplace_back(Value("anonymousIds"), Value::list(std::move(list)));
}

// Each purpose that they have ever answered, and whether their data may be used for it now: how it
// stands, not what changed, so that a receiver may miss one message and is right with the next.
Value standing_of(const remember::PersonState& person, const ground::Snapshot& snapshot) {
  ValueMap out;
  for (const ground::Purpose& purpose : snapshot.purposes) {
    const respect::Standing standing = respect::standing(person, purpose);
    if (standing == respect::Standing::none) continue;
    out.emplace_back(Value(purpose.name), Value(standing == respect::Standing::granted));
  }
  return Value::map(std::move(out));
}

// The host of an address: the rest may be a secret.
std::string host_of(std::string_view url) {
  const size_t from = url.find("://") + 3;
  return std::string(url.substr(from, url.find_first_of("/?#", from) - from));
}

}  // namespace

void Partition::State::open_outbox() {
  outbox = std::make_shared<Outbox>(
      Outbox::Parts{.store = *store,
                    .vault = *vault,
                    .clock = clock,
                    .dice = dice,
                    .hand_over = [this](std::function<void()> work) { hand_over(std::move(work)); },
                    .courier = options.courier,
                    .dropped =
                        [this](std::string_view webhook, std::string_view what) {
                          (void)commit_audited({}, "engine", "webhook.drop", webhook, what);
                        }});
}

void Partition::State::tell(EffectKind kind, const remember::PersonState& person, Details details,
                            Batch& batch) {
  if (!outbox->wants(kind)) return;
  std::string user;
  std::vector<std::string> devices;
  for (const auto& each : person.identifiers) {
    if (each.kind == remember::user_id_kind) user = each.value;
    if (each.kind == remember::anonymous_id_kind) devices.push_back(each.value);
  }
  ValueMap data;
  add_ids(user, std::move(devices), data);
  std::ranges::move(details, std::back_inserter(data));
  outbox->tell(kind, person.id, Value::map(std::move(data)), batch);
}

Result<void> Partition::State::tell_erased(
    const ground::PersonId& person,
    const std::set<std::pair<std::string, std::string>>& identifiers, Batch& batch) {
  TRY(outbox->forget(person, batch));
  if (!outbox->wants(EffectKind::person_erased)) return {};
  std::string user;
  std::vector<std::string> devices;
  for (const auto& [kind, value] : identifiers) {
    if (kind == remember::user_id_kind) user = value;
    if (kind == remember::anonymous_id_kind) devices.push_back(value);
  }
  ValueMap data;
  add_ids(user, std::move(devices), data);
  outbox->tell(EffectKind::person_erased, person, Value::map(std::move(data)), batch);
  return {};
}

void Partition::State::tell_of(const listen::Event& event, const listen::Applied& applied,
                               const remember::Person& person, Batch& batch) {
  if (!applied.consent || event.received_at - event.at >= news_for) return;
  const bool use = event.name == listen::use_event;
  const EffectKind kind = use ? EffectKind::use_changed : EffectKind::consent_changed;
  if (!outbox->wants(kind)) return;
  ValueMap details;
  const Value& said = event.details();
  const auto pass_on = [&](std::string_view name) {
    if (const Value* value = said.find(name)) details.emplace_back(Value(name), *value);
  };
  if (use) {
    pass_on("fact");
    pass_on("purpose");
    pass_on("allowed");
  } else {
    details.emplace_back(Value("purposes"), standing_of(person.state, *snapshot));
  }
  details.emplace_back(Value("cause"), Value(event.message_id));
  details.emplace_back(Value("at"), Value(ground::format_instant(event.at)));
  tell(kind, person.state, std::move(details), batch);
}

std::vector<Partition::Examined> Partition::State::examine_webhooks() const {
  std::vector<Examined> out;
  for (const Webhook& each : outbox->list()) {
    Examined line{.check = "webhook",
                  .says = fmt::format("webhook {} is told what it listens for", each.id)};
    const bool failing = each.failing_since != ground::Instant{};
    if (each.gone || failing) {
      line.says = fmt::format("webhook {} does not take what it is told: {}; {} wait", each.id,
                              each.trouble, each.pending);
      line.remedy =
          "mend the receiver; `aizuchi webhooks skip` lets go of one message, `remove` "
          "of all";
      line.wrong = each.gone || clock.now() - each.failing_since > ground::Duration::hours(1);
    }
    out.push_back(std::move(line));
  }
  return out;
}

Result<NewWebhook> Partition::add_webhook(std::string_view url, std::vector<EffectKind> kinds,
                                          std::string_view by) {
  State& s = *state_;
  Batch batch;
  NewWebhook made = TRY(s.outbox->add(url, std::move(kinds), by, batch));
  TRY(s.commit_audited(std::move(batch), by, "webhook.add", made.webhook.id, host_of(url)));
  s.outbox->keep(made);
  return made;
}

Result<void> Partition::remove_webhook(std::string_view id, std::string_view by) {
  State& s = *state_;
  // What is queued for it must be in the store before it can be taken out.
  TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
  Batch batch;
  TRY(s.outbox->remove(id, batch));
  TRY(s.commit_audited(std::move(batch), by, "webhook.remove", id, ""));
  s.outbox->removed(id);
  return {};
}

Result<NewWebhook> Partition::rotate_webhook(std::string_view id, std::string_view by) {
  State& s = *state_;
  Batch batch;
  NewWebhook made = TRY(s.outbox->rotate(id, batch));
  TRY(s.commit_audited(std::move(batch), by, "webhook.rotate", id, ""));
  s.outbox->rotated(made);
  return made;
}

Result<void> Partition::test_webhook(std::string_view id) {
  Batch batch;
  TRY(state_->outbox->test(id, batch));
  return state_->store->commit_and_wait(std::move(batch), ground::Durability::synced);
}

Result<void> Partition::skip_message(std::string_view id, std::string_view by) {
  State& s = *state_;
  Batch batch;
  TRY(s.outbox->skip(id, batch));
  return s.commit_audited(std::move(batch), by, "webhook.skip", id, "");
}

std::vector<Webhook> Partition::webhooks() const {
  return state_->outbox->list();
}

}  // namespace aizuchi::serve
