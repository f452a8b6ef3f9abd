// What a handler answers: plain values; the transport writes Date, Content-Length and Connection.
// A Responder carries the answer back, once, from any thread, now or later.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aizuchi::serve {

struct Response {
  int status = 200;
  std::string content_type = "application/json";  // "" sends no Content-Type
  std::string body = {};  // for HEAD: what GET would say; only its length goes out
  std::vector<std::pair<std::string, std::string>> headers = {};  // extra ones, name and value
  bool close = false;                                             // close the connection after it
};

// The other end of a Responder. The transport implements it; a test of a route can too.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  // Called at most once, on any thread; `self` keeps the sink (and the request's bytes) alive.
  virtual void answer(std::shared_ptr<ResponseSink> self, Response response) = 0;
  // The Responder was destroyed without an answer.
  virtual void dropped(std::shared_ptr<ResponseSink> self) = 0;
};

// One-shot and movable. While it lives, the Request's views stay valid, even when the client has
// gone. Answering on the connection's own thread costs no hop; from another thread it is posted.
// Dropping it without an answer answers 500, code "unanswered".
class Responder {
 public:
  Responder() = default;
  explicit Responder(std::shared_ptr<ResponseSink> sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept {
    if (this != &other) {
      drop();
      sink_ = std::move(other.sink_);
    }
    return *this;
  }
  ~Responder() { drop(); }

  // Answers the request; does nothing when already answered or moved from. The Request and its
  // views are gone when this returns.
  void send(Response response) {
    if (auto sink = std::exchange(sink_, nullptr)) {
      auto* raw = sink.get();
      raw->answer(std::move(sink), std::move(response));
    }
  }
  explicit operator bool() const { return sink_ != nullptr; }  // still to be answered

 private:
  void drop() {
    if (auto sink = std::exchange(sink_, nullptr)) {
      auto* raw = sink.get();
      raw->dropped(std::move(sink));
    }
  }
  std::shared_ptr<ResponseSink> sink_;
};

}  // namespace aizuchi::serve
