// Aizuchi as a library: the engine inside your own process. Plain structs, standard library only.
//
//   auto engine = aizuchi::Engine::open({.data_directory = "data"});
//   (*engine)->publish("brand/");
//   (*engine)->ingest(R"({"type":"track", …})", "web");
//   auto answer = (*engine)->decide({.person = {.anonymous_id = "a1"}, .slots = {"home.hero"}});
//
// Promises: an ingest that returned is durable; a decision never fails (it falls back and says
// why); nothing that was not admitted is in an answer. Errors say what, where and what to do, and
// hold nothing personal. Threads: an Engine is used from one thread at a time. Cost: a decision
// about 20 µs, an event about 10 µs and its share of one fsync; both constant in the length of a
// person's history.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aizuchi {

struct Failure {
  std::string code;     // "invalid", "not_found", "conflict", …
  std::string message;  // what, where, what was expected
  std::string hint;     // what to do; may be empty
};
template <typename T>
using Outcome = std::expected<T, Failure>;

struct EngineOptions {
  std::string data_directory;     // "" keeps everything in memory
  std::string keyring_directory;  // "" is data_directory + "-keys"; keep it outside of backups
  bool sync = true;               // false: an ingest may be lost by a power cut (tests, bulk loads)
  // Milliseconds since 1970; none: the system's clock. A year of the past is imported as of its own
  // end, so that "in the last 90 days" counts; an event never lies after this clock.
  std::function<int64_t()> now_ms;
  // For tests and rehearsals in memory: the same input gives the same answers. Refused together
  // with a data_directory, where it would make keys that can be guessed.
  std::optional<uint64_t> seed;
};

// A finding of the check of a brand folder: "items/home.yaml:12:5: error: …".
struct Finding {
  bool error = false;
  std::string text;
};
// May a folder take away what it no longer has?
enum class Removals { refuse, allow };
struct PublishOutcome {
  bool live = false;  // what was given is live now (or was already)
  uint64_t version = 0;
  std::vector<Finding> findings;
  std::vector<std::string> changes;
};

struct RefusedEvent {
  size_t index = 0;  // in the batch, from 0
  std::string what;  // "type is missing: expected …"
};
struct IngestOutcome {
  size_t accepted = 0;
  size_t duplicates = 0;
  size_t no_basis = 0;  // acknowledged, counted, dropped: no purpose has a basis
  std::vector<RefusedEvent> refused;
  // Accepted, but a trait or property was not of its fact's type: no fact came of it. By index.
  std::vector<size_t> traits_refused;
};

// Your process is a trusted server: it says who the person is.
struct Who {
  std::string user_id;       // proven by you
  std::string anonymous_id;  // a device: only what that device may see
};

struct Question {
  Who person;
  std::vector<std::string> slots;
  std::string locale;                                        // "ja"; "" is the brand's first
  std::vector<std::pair<std::string, std::string>> context;  // page, device, referrer, for_whom
  int hour = -1;                                             // local hour 0–23; −1: not known
  std::string events;         // JSON array of events to take along; "" is none
  std::string events_source;  // the source of sources.yaml they come from
  bool preview = false;       // not counted, not recorded
  int64_t now_ms = 0;         // with preview: the moment to decide for (ms since 1970); 0: now
};

struct Reason {
  std::string text;    // to the person, in their language
  std::string source;  // where it was entrusted
};
struct Chosen {
  std::string id;       // item or product
  std::string variant;  // wording
  std::string layer;    // surface, memory, resonance, none
  std::vector<std::pair<std::string, std::string>> content;
  std::vector<Reason> why;
};
struct Withheld {
  std::string what, why;
};
struct SlotAnswer {
  std::string slot;
  std::string reason;  // chosen, nothing_fits, given_order, silence, no_consent, unknown_slot
  std::string layer;
  std::vector<Chosen> items;
  std::vector<Withheld> withheld;
};
struct Answer {
  std::string decision_id;
  std::vector<SlotAnswer> slots;
};

class Engine {
 public:
  static Outcome<std::unique_ptr<Engine>> open(EngineOptions options);
  ~Engine();  // writes what is pending and closes
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Checks a brand folder and makes it live. With an error among the findings the old one stays;
  // so it does when something would be removed ("- …" among the changes) that may not be.
  Outcome<PublishOutcome> publish(const std::string& brand_directory,
                                  Removals removals = Removals::refuse);
  // Segment-shaped JSON: one event, {"batch": […]} or an array, of a source of the brand's
  // sources.yaml. Waits until it is durable.
  Outcome<IngestOutcome> ingest(std::string_view json, std::string_view source);
  Answer decide(const Question& question);
  // The record of a decision, decided again: JSON with candidates, propensities, counterfactuals.
  Outcome<std::string> why(std::string_view decision_id);
  // Everything known of a person, as JSON.
  Outcome<std::string> person(const Who& who);
  // Call now and then (100 ms) in a long-running process: writes behind, fills new aggregates.
  void tick();
  // True while aggregates of the last publish are filled from history.
  bool warming() const;

 private:
  class Inner;
  explicit Engine(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace aizuchi
