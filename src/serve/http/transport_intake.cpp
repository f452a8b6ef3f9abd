#include "serve/http/transport_intake.h"

#include <algorithm>
#include <cstring>

#include "ground/base/result.h"

namespace aizuchi::serve {
namespace {

constexpr size_t input_bytes_min = 16 * 1024;
constexpr size_t room_after_head_bytes = 4096;  // so that a body arrives in useful pieces
constexpr size_t body_step_bytes = 64 * 1024;   // a body's first buffer; it doubles as bytes arrive
constexpr size_t kept_bytes_max = 64 * 1024;    // an idle connection holds no larger buffer

}  // namespace

Intake::Intake(const HttpLimits& limits)
    : limits_(limits),
      capacity_(std::max(input_bytes_min, limits.header_bytes_max + room_after_head_bytes)),
      input_(std::make_unique_for_overwrite<char[]>(capacity_ + body_padding_bytes)),
      chunks_(limits) {}

Intake::Step Intake::refuse(Refusal reason) {
  refusal_ = reason;
  return Step::refusal;
}

Intake::Step Intake::advance() {
  switch (stage_) {
    case Stage::head:
      return read_head();
    case Stage::body_in_place:
      return read_body_in_place();
    case Stage::body_apart:
      return read_body_apart();
    case Stage::body_chunked:
      return read_body_chunked();
    case Stage::whole:
      return Step::request;
  }
  return Step::request;
}

std::span<char> Intake::room() {
  if (stage_ == Stage::body_apart) return {body_.data() + body_bytes_, body_.size() - body_bytes_};
  if (stage_ == Stage::head && end_ == capacity_) {
    // A head is shorter than the buffer, so this one began late in it.
    std::memmove(input_.get(), input_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  AIZ_ASSERT(end_ < capacity_);
  return {input_.get() + end_, capacity_ - end_};
}

void Intake::filled(size_t bytes) {
  (stage_ == Stage::body_apart ? body_bytes_ : end_) += bytes;
}

void Intake::next() {
  begin_ = next_;
  if (begin_ == end_) begin_ = end_ = next_ = 0;
  stage_ = Stage::head;
  scanner_.reset();
  request_ = {};
  for (auto* each : {&body_, &inflated_}) {
    each->clear();
    if (each->capacity() > kept_bytes_max) each->shrink_to_fit();
  }
}

Intake::Step Intake::read_head() {
  const auto found = scanner_.scan({input_.get() + begin_, end_ - begin_}, limits_);
  if (!found) return refuse(found.error());
  if (!*found) return Step::read;
  head_bytes_ = **found;
  const auto parsed = parse_head({input_.get() + begin_, head_bytes_}, limits_, head_);
  if (!parsed) return refuse(parsed.error());
  next_ = begin_ + head_bytes_;
  request_.method = head_.method;
  request_.target = head_.target;
  request_.path = head_.path;
  request_.query = head_.query;
  request_.headers = head_.headers;
  request_.keep_alive = head_.keep_alive;
  return choose_body();
}

Intake::Step Intake::choose_body() {
  const uint64_t length = head_.content_length.value_or(0);
  stage_ = head_.chunked                 ? Stage::body_chunked
           : next_ + length <= capacity_ ? Stage::body_in_place
                                         : Stage::body_apart;
  const auto encoding = parse_body_encoding(head_.content_encoding);
  if (!encoding) return refuse(Refusal::unknown_body_encoding);
  encoding_ = *encoding;
  if (length > limits_.body_bytes_max) return refuse(Refusal::body_too_large);
  chunks_ = ChunkDecoder(limits_);
  if (stage_ == Stage::body_apart) {
    body_.assign(input_.get() + next_, end_ - next_);
    body_bytes_ = body_.size();
    next_ = end_;
  }
  // Whoever has begun to send the body is not waiting for leave.
  const bool waits = head_.expect_continue && (head_.chunked || length > 0) && next_ == end_;
  return waits ? Step::send_continue : advance();
}

Intake::Step Intake::read_body_in_place() {
  const size_t length = head_.content_length.value_or(0);
  if (end_ - next_ < length) return Step::read;
  const std::string_view body(input_.get() + next_, length);
  next_ += length;
  return take_body(body);
}

Intake::Step Intake::read_body_apart() {
  const size_t length = *head_.content_length;
  if (body_bytes_ == length) return take_body(body_);
  if (body_bytes_ == body_.size()) {
    // Memory follows the bytes that have come, not the length that was promised.
    const size_t size = std::min(length, std::max(body_step_bytes, body_bytes_ * 2));
    body_.reserve(size + body_padding_bytes);
    body_.resize(size);
  }
  return Step::read;
}

Intake::Step Intake::read_body_chunked() {
  const auto taken = chunks_.feed({input_.get() + next_, end_ - next_}, body_);
  if (!taken) return refuse(taken.error());
  next_ += *taken;
  if (!chunks_.done()) {
    // All was taken: read into the same place again, behind the head, whose views must hold.
    next_ = end_ = begin_ + head_bytes_;
    return Step::read;
  }
  body_.reserve(body_.size() + body_padding_bytes);
  return take_body(body_);
}

Intake::Step Intake::take_body(std::string_view body) {
  stage_ = Stage::whole;
  request_.body = body;
  if (encoding_ == BodyEncoding::identity || body.empty()) return Step::request;
  const auto done = inflate_body(encoding_, body, limits_, inflated_);
  if (!done) return refuse(done.error());
  inflated_.reserve(inflated_.size() + body_padding_bytes);
  request_.body = inflated_;
  return Step::request;
}

}  // namespace aizuchi::serve
