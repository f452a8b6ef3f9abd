// The HTTP face of a partition: which path means what, who may ask it, and how an answer or an
// error looks. Segment-compatible ingest, decisions, the person's side, publishing, operation. The
// paths and shapes are those of openapi.json (a test compares both ways) and docs/http.md.
//
// Promises: an event is acknowledged after it is durable, never before; a decision with a valid key
// and a well-formed body is answered 200; every answer, errors too, carries CORS headers; an error
// says what and where, never a value, a path of the machine or anything about a person; a public
// key sees only what its device id owns, a secret key never works from a browser.
// Threads: handle() runs on the partition's thread, which is the transport's one thread (or is
// posted there by a second door). Cost: a table lookup and the key's hash beside the engine's work.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "serve/http/limits.h"
#include "serve/http/transport.h"
#include "serve/partition/partition.h"

namespace aizuchi::serve {

// The front door is for browsers and clients; the admin door, on its own port, for operators:
// /metrics and /admin are there only. `both` is one door for everything.
enum class Door : uint8_t { front, admin, both };

struct RoutesOptions {
  // Runs work on the partition's thread, soon (Transport::post). With it a publish compiles beside
  // the decisions; without it, in between.
  std::function<void(std::move_only_function<void()>)> post = {};
  // Where backups are made; "" makes none.
  std::string backups_directory = {};
  // How often someone may ask; as it is here, as often as they like.
  LimitOptions limits = {};
  // What is to be given up of what is looked at now (Transport::shedding); without it, nothing.
  std::function<Shed()> shedding = {};
  std::function<int64_t()> wait_us = {};  // for /metrics
  // The open doors by name and what went through them, for /metrics.
  std::function<std::vector<std::pair<std::string, TransportStats>>()> transports = {};
};

struct RouteName {
  std::string_view method;
  std::string_view pattern;  // "/v1/people/{id}"
};

class Routes {
 public:
  Routes(Partition& partition, RoutesOptions options);
  ~Routes();

  // Answers one request, now or after its events are durable. On the partition's thread.
  void handle(Request& request, Responder responder, Door door = Door::front);
  // Tells open streams of changes, in slices. Call every 100 ms, on the partition's thread.
  void tick();
  // For TransportOptions::decorate_refusal: browsers may read the transport's own refusals too.
  void decorate_refusal(const Request* request, Response& response) const;

  // Every route there is, for the comparison with openapi.json.
  static std::vector<RouteName> all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aizuchi::serve
