// What a handler answers: plain values; the transport writes Date, Content-Length and Connection.
// A Responder carries the answer back, once, from any thread, now or later: whole (send) or bit by
// bit (stream, for server-sent events).
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
  // Extra ones, name and value. Not Date, Content-Length, Content-Type, Connection or
  // Transfer-Encoding, which are the transport's.
  std::vector<std::pair<std::string, std::string>> headers = {};
  bool close = false;  // close the connection after it
};

// How the rest of a head is to be written.
struct HeadContext {
  std::string_view date;  // "Sun, 22 Nov 2026 15:37:30 GMT"
  bool http_1_0 = false;  // then keeping the connection must be said
  bool keep_alive = true;
  bool chunked = false;      // a body of unknown length, in chunks
  bool until_close = false;  // a body of unknown length, to the end of the connection
  bool only_tls = false;     // browsers come by TLS from now on (RFC 6797)
};

// Appends the status line and headers. False, and nothing appended, when they are not valid HTTP (a
// line break in a value, a header that is the transport's own, a status outside 200–599).
bool append_head(std::string& out, const Response& response, const HeadContext& context);

// May an answer with this status have a body? (RFC 9110: not 204 and 304.)
bool may_have_body(int status);

// The other end of a Responder. The transport implements it; a test of a route can too. Each call
// may come on any thread; `self` keeps the sink (and the request's bytes) alive.
class ResponseSink {
 public:
  using Self = std::shared_ptr<ResponseSink>;
  virtual ~ResponseSink() = default;
  // Exactly one of these three, once.
  virtual void answer(Self self, Response response) = 0;
  virtual void dropped(Self self) = 0;                // destroyed without an answer
  virtual void stream(Self self, Response head) = 0;  // then write()s and one end()
  virtual bool write(Self self, std::string bytes) = 0;
  virtual void end(Self self) = 0;
};

// The body of an answer, bit by bit. One-shot and movable; destroying it ends the answer.
class ResponseStream {
 public:
  explicit ResponseStream(ResponseSink::Self sink) : sink_(std::move(sink)) {}
  ResponseStream(ResponseStream&&) noexcept = default;
  ResponseStream& operator=(ResponseStream&& other) noexcept {
    if (this != &other) {
      end();
      sink_ = std::move(other.sink_);
    }
    return *this;
  }
  ~ResponseStream() { end(); }

  // Queues bytes. False when the client is known to have gone (that is noticed while writing, so
  // send a comment line now and then), or took too little for too long and was cut off.
  bool write(std::string bytes) { return sink_ && sink_->write(sink_, std::move(bytes)); }
  void end() {
    if (auto sink = std::exchange(sink_, nullptr)) {
      auto* raw = sink.get();
      raw->end(std::move(sink));
    }
  }

 private:
  ResponseSink::Self sink_;
};

// One-shot and movable. While it lives, the Request's views stay valid, even when the client has
// gone. Answering on the connection's own thread costs no hop; from another thread it is posted.
// Dropping it without an answer answers 500, code "internal".
class Responder {
 public:
  Responder() = default;
  explicit Responder(ResponseSink::Self sink) : sink_(std::move(sink)) {}
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
  // Answers with a body that follows bit by bit; `head.body` is its beginning. The Request and its
  // views are gone when this returns.
  ResponseStream stream(Response head) {
    if (sink_) sink_->stream(sink_, std::move(head));
    return ResponseStream(std::exchange(sink_, nullptr));
  }
  explicit operator bool() const { return sink_ != nullptr; }  // still to be answered

 private:
  void drop() {
    if (auto sink = std::exchange(sink_, nullptr)) {
      auto* raw = sink.get();
      raw->dropped(std::move(sink));
    }
  }
  ResponseSink::Self sink_;
};

}  // namespace aizuchi::serve
