// The outbox: what is to be told to webhooks, written in the batch of its cause and sent once that
// is durable.
//
//   meta "webhook/" + id -> the webhook, sealed (it has the secret)
//   meta "effect/" + webhook's id + "/" + number (be64) -> person, id, kind, moment; the rest
//   sealed
//
// Promises: see webhooks.h. One message of a webhook is on its way at a time; while it fails, those
// behind it wait: after 5 s, 30 s, 5 min, 30 min, 2 h, then every 6 h, and as Retry-After says.
// After 30 days, or refused as malformed (400, 413, 422) for the eighth time, it is dropped,
// counted and told to the operator. Of a person who is erased, nothing else is told than that. A
// backup holds no message: whoever is erased would be in it. Threads: the partition's. Cost: a
// message in hand per webhook, whatever waits in the store.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "ground/base/value.h"
#include "ground/domain/domain.h"
#include "ground/store/vault.h"
#include "serve/partition/webhooks.h"

namespace aizuchi::serve {

class Outbox {
 public:
  struct Parts {
    ground::Store& store;
    ground::Vault& vault;
    ground::Clock& clock;
    ground::Dice& dice;
    std::function<void(std::function<void()>)> hand_over;  // to the partition's thread
    Courier* courier = nullptr;                            // null: nothing is sent, all is kept
    std::function<void(std::string_view webhook, std::string_view what)> dropped;
  };
  explicit Outbox(Parts parts);

  ground::Result<void> load();

  // -- webhooks; the batch is to be committed, and made_good() or undone() called after it
  ground::Result<NewWebhook> add(std::string_view url, std::vector<EffectKind> kinds,
                                 std::string_view by, ground::Batch& batch);
  void keep(const NewWebhook& made);
  // Another secret; the one before it signs too for a while, one before that no more. Errors:
  // not_found.
  ground::Result<NewWebhook> rotate(std::string_view id, ground::Batch& batch);
  void rotated(const NewWebhook& made);
  // With all that is pending. Errors: not_found.
  ground::Result<void> remove(std::string_view id, ground::Batch& batch);
  void removed(std::string_view id);
  std::vector<Webhook> list() const;  // in the order of their making
  // Lets go of what stands first. Errors: not_found.
  ground::Result<void> skip(std::string_view id, ground::Batch& batch);
  // Says something to one webhook, whatever it listens for. Errors: not_found.
  ground::Result<void> test(std::string_view id, ground::Batch& batch);

  // -- messages
  bool wants(EffectKind kind) const { return (wanted_ & 1U << static_cast<unsigned>(kind)) != 0; }
  void tell(EffectKind kind, const ground::PersonId& person, const ground::Value& data,
            ground::Batch& batch);
  // Nothing that waits is told of this person any more.
  ground::Result<void> forget(const ground::PersonId& person, ground::Batch& batch);
  // Sends what is due, if it is durable.
  void tick();

 private:
  struct Line {
    Webhook webhook;
    ground::Key256 secret{};
    ground::Key256 secret_before{};  // zeros, unless it still signs (Webhook::rotating_until)
    uint64_t next = 1;               // the number of the next message
    uint64_t durable = 1;            // those before it may be sent
    uint64_t from = 0;               // those before it are done
    bool sending = false;
    int64_t looked_ms = 0;  // when the oldest was last looked at
  };
  struct Message {
    uint64_t number = 0;
    std::string key;  // in meta
    std::string id;
    ground::PersonId person;
    EffectKind kind = EffectKind::webhook_test;
    ground::Instant at;
    std::string sealed;
  };

  ground::Result<void> load_line(std::string_view name, std::string_view bytes);
  void put(const Line& line, ground::Batch& batch);
  void write(Line& line, EffectKind kind, const ground::PersonId& person, const ground::Value& data,
             ground::Batch& batch);
  ground::Result<std::optional<Message>> first(const Line& line) const;
  static ground::Result<Message> read(std::string_view key, std::string_view bytes);
  void send(Line& line, ground::Instant now);
  void finish(const std::string& id, const Message& message, const Delivery& delivery);
  void failed(Line& line, const Message& message, const Delivery& delivery);
  void drop(Line& line, const Message& message, std::string_view why);
  void done_with(Line& line, const Message& message, ground::Batch& batch);
  void know_wanted();
  Line* find(std::string_view id);

  Parts parts_;
  ground::PersonKey key_;
  std::map<std::string, Line, std::less<>> lines_;
  unsigned wanted_ = 0;   // bits of EffectKind
  bool news_ = false;     // something was written that is not known to be durable
  bool barrier_ = false;  // one is on its way
};

}  // namespace aizuchi::serve
