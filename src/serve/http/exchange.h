// One request on its way to its answer: the request's views, the names found in its path, and the
// headers that every answer to it carries. Shared, because an ingest answers it later; whoever
// drops the last reference without an answer answers 500 (Responder).
// Threads: one. Cost: one allocation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/value.h"
#include "serve/http/request.h"
#include "serve/http/response.h"

namespace aizuchi::serve {

class Exchange {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  // `answers_by_class` counts what goes out by the first digit of its status.
  Exchange(const Request& request_of, Responder responder, Headers always,
           uint64_t* answers_by_class)
      : request(request_of),
        responder_(std::move(responder)),
        always_(std::move(always)),
        answers_by_class_(answers_by_class) {}

  Request request;                      // its views are gone after an answer
  std::vector<std::string> parameters;  // of the pattern, decoded, in order
  uint32_t retry_after_seconds = 1;     // of a 429
  bool given_up = false;                // a decision that there is no time for

  // A value of the query, decoded; nullopt when absent or not decodable.
  std::optional<std::string> query(std::string_view name) const;

  void send(Response response);
  // Answers with a body that follows bit by bit; `head.body` is its beginning.
  ResponseStream stream(Response head);
  void json(std::string body, int status = 200);
  // {"error":{"code","message","hint"}} with the status that belongs to the code.
  void fail(const ground::Error& error);
  void fail(int status, std::string_view code, std::string_view message, std::string_view hint);

 private:
  void dress(Response& response);

  Responder responder_;
  Headers always_;
  uint64_t* answers_by_class_;
};
using ExchangePtr = std::shared_ptr<Exchange>;

// The one place where an error becomes an HTTP status.
int status_of(ground::ErrorCode code);
std::string error_json(std::string_view code, std::string_view message, std::string_view hint);

// "%E8%B1%86" to its text; nullopt for a broken escape, and for bytes that are no UTF-8.
enum class Plus : uint8_t { plus, space };  // what "+" stands for: itself in a path
std::optional<std::string> percent_decoded(std::string_view text, Plus plus = Plus::plus);

// The key text of a request: Basic (the user name), Bearer, or X-Api-Key; "" when there is none.
std::string credential(const Request& request);
// The person token of a request: a Bearer credential with dots, which no key has; then the key is
// in X-Api-Key or in the body. "" when there is none.
std::string_view person_token(const Request& request);

// The body as one JSON object whose members are among `known`. Errors: invalid, with the member and
// the nearest known name.
ground::Result<ground::Value> object_body(const Request& request,
                                          const std::vector<std::string>& known);
ground::Result<void> only_members(const ground::Value& object,
                                  const std::vector<std::string>& known, std::string_view where);
// A text member; "" when absent. Errors: invalid when it is something else.
ground::Result<std::string> text_member(const ground::Value& object, std::string_view name);

}  // namespace aizuchi::serve
