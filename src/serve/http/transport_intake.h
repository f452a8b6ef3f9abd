// From bytes as they arrive to whole requests, without a socket: the transport reads into room(),
// tells filled(), and asks advance() what is next. So everything a client can send, in whatever
// pieces, is tested and fuzzed without a network.
//
//   while (true) switch (intake.advance()) {
//     case Step::read:          n = read into intake.room(); intake.filled(n); break;
//     case Step::send_continue: write "100 Continue"; break;
//     case Step::request:       answer intake.request(); intake.next(); break;
//     case Step::refusal:       answer refusal(); close, unless refusal_answer says otherwise
//   }
// Promises: memory is the head's limit plus what has really arrived of a body, up to its limit; the
// request's views hold until next(). Owned by one thread. Cost: each byte is looked at once; a body
// that fits the buffer is not copied.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "serve/http/framing.h"
#include "serve/http/inflate.h"
#include "serve/http/refusal.h"
#include "serve/http/request.h"

namespace aizuchi::serve {

class Intake {
 public:
  explicit Intake(const HttpLimits& limits);

  enum class Step : uint8_t { read, send_continue, request, refusal };
  Step advance();
  std::span<char> room();     // after Step::read; never empty
  void filled(size_t bytes);  // that many bytes were put into room()
  void next();                // done with this request, or with the answer to its refusal

  Request& request() { return request_; }
  const ParsedHead& head() const { return head_; }
  Refusal refusal() const { return refusal_; }
  bool head_was_read() const { return stage_ != Stage::head; }
  bool idle() const { return stage_ == Stage::head && begin_ == end_; }
  size_t held_bytes() const { return body_.capacity() + inflated_.capacity(); }
  bool has_more() const { return next_ < end_; }  // bytes after this request have come already

 private:
  enum class Stage : uint8_t { head, body_in_place, body_apart, body_chunked, whole };
  Step read_head();
  Step choose_body();
  Step read_body_in_place();
  Step read_body_apart();
  Step read_body_chunked();
  Step take_body(std::string_view body);
  Step refuse(Refusal reason);

  const HttpLimits limits_;
  const size_t capacity_;  // of input_, without the padding
  const std::unique_ptr<char[]> input_;
  size_t begin_ = 0;  // of this request in input_
  size_t end_ = 0;    // of what has arrived
  size_t next_ = 0;   // of what this request has not taken
  size_t head_bytes_ = 0;
  Stage stage_ = Stage::head;
  HeadScanner scanner_;
  ParsedHead head_;
  Request request_;
  Refusal refusal_{};
  BodyEncoding encoding_ = BodyEncoding::identity;
  ChunkDecoder chunks_;
  std::string body_;       // when not in place
  size_t body_bytes_ = 0;  // arrived of body_ (its size is the room)
  std::string inflated_;
};

}  // namespace aizuchi::serve
