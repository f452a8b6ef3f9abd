// What the simulator's twin knows of what was sent, and who takes what webhooks are told.
#pragma once

#include <functional>
#include <string>

#include "ground/base/dice.h"
#include "ground/base/time.h"
#include "ground/base/value.h"
#include "serve/partition/partition.h"
#include "serve/partition/webhooks.h"

namespace aizuchi::sim {

// What the twin knows of one event that was sent.
struct Sent {
  enum class Fate : uint8_t { open, kept, gone };  // open: nobody was told yet
  std::string user;                                // or device, until it was united with one
  std::string kind;  // view, order, job-form, job-web, grant, withdraw, expose
  std::string detail;
  ground::Instant at;
  Fate fate = Fate::open;
  bool told = false;  // acknowledged
};

// The event as a page or a server sends it.
inline ground::Value body(const std::string& id, const Sent& sent) {
  const char* whose = sent.user.front() == 'v' ? "anonymousId" : "userId";
  using ground::Value;
  ground::ValueMap out{{Value("messageId"), Value(id)}, {Value(whose), Value(sent.user)}};
  ground::ValueMap details;
  std::string name = "Product Viewed";
  if (sent.kind == "view") {
    details = {{Value("product_id"), Value("p1")}, {Value("category"), Value("light-roast")}};
  } else if (sent.kind == "order") {
    name = "Order Completed";
  } else if (sent.kind == "grant" || sent.kind == "withdraw") {
    name = "Consent Updated";
    details = {{Value("purposes"), Value::map({{Value("mail"), Value(sent.kind == "grant")}})}};
  } else if (sent.kind == "expose") {
    name = "Slot Exposed";
    details = {{Value("decisionId"), Value(sent.detail)},
               {Value("slot"), Value("home.hero")},
               {Value("item"), Value("hero-capped")}};
  }
  if (sent.kind == "job-form") {
    out.emplace_back(Value("type"), Value("identify"));
    out.emplace_back(Value("traits"), Value::map({{Value("job"), Value(sent.detail)}}));
  } else {
    out.emplace_back(Value("type"), Value("track"));
    out.emplace_back(Value("event"), Value(name));
    out.emplace_back(Value("properties"), Value::map(std::move(details)));
  }
  return Value::map(std::move(out));
}

// A decision that was asked for.
struct Asked {
  ground::DecisionId id;
  std::string user;  // "": of a device
  bool capped = false;
  ground::Instant at;
};

inline serve::Key key_of(const std::string& source, bool secret) {
  using enum serve::Scope;
  return {.id = source + (secret ? "-sk" : "-pk"),
          .secret = secret,
          .source = source,
          .scopes = {ingest, decide, people, privacy}};
}

// A receiver of webhooks: the world looks at what it is told, and it takes it or not, as the dice
// say.
class Post final : public serve::Courier {
 public:
  Post(uint64_t seed, std::function<void(const serve::Effect&)> look)
      : dice_(seed), look_(std::move(look)) {}
  void deliver(serve::Effect effect, std::function<void(serve::Delivery)> done) override {
    static constexpr int answers[] = {200, 200, 204, 500, 0, 429};
    look_(effect);
    done({.status = answers[dice_.next_u64() % std::size(answers)]});
  }
  std::string objection(std::string_view) const override { return ""; }

 private:
  ground::SeededDice dice_;
  std::function<void(const serve::Effect&)> look_;
};

}  // namespace aizuchi::sim
