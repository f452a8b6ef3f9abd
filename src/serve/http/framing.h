// The framing guard: where a request's head ends, what it says, and how its body is delimited.
// Pure functions over bytes, no sockets, so that they can be tested on every prefix and fuzzed.
//
// Strict on purpose (RFC 9112, with everything optional refused): anything that a proxy before us
// could read differently lets one request smuggle another, so it is refused and the connection
// closed. Lines end in CRLF; no folded headers; no space before the colon; no control characters;
// exactly one Host; at most one Content-Length, digits only; at most one Transfer-Encoding, exactly
// "chunked", HTTP/1.1 only, never together with Content-Length.
// Why not Beast's parser: docs/adr (http-head-parser).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/refusal.h"
#include "serve/http/request.h"

namespace aizuchi::serve {

struct ParsedHead {
  std::string_view method;
  std::string_view target;
  std::string_view path;
  std::string_view query;
  int minor_version = 1;             // 0 or 1
  std::vector<HeaderField> headers;  // views into the bytes given
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;  // as the client asks
  bool expect_continue = false;
  std::string_view content_encoding;  // "" when none

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// Finds the end of a head in bytes that arrive bit by bit. Cost: each byte is looked at once.
class HeadScanner {
 public:
  // `bytes` is everything since the start of the request, growing from call to call. The head's
  // length (with its empty line, and one empty line before it, which is tolerated), nullopt when
  // it is not whole yet, or why it never will be.
  std::expected<std::optional<size_t>, Refusal> scan(std::string_view bytes,
                                                     const HttpLimits& limits);
  void reset() { *this = {}; }

 private:
  size_t scanned_ = 0;     // bytes looked at
  size_t line_start_ = 0;  // where the line being read begins
  bool in_head_ = false;   // the request line has been seen
};

// Reads a whole head as delimited by HeadScanner. `out` is overwritten (its vector is reused).
std::expected<void, Refusal> parse_head(std::string_view head, const HttpLimits& limits,
                                        ParsedHead& out);

// Decodes a chunked body that arrives bit by bit. Extensions are checked and ignored.
// Trailers are refused: no client of ours sends them, and merged into the headers by a reader
// behind or before us they would be a second chance to name a length.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(const HttpLimits& limits) : limits_(limits) {}

  // Takes what it can of `bytes`, appends body bytes to `body`, and returns how many bytes it took:
  // all of them unless done(). Refusals: bad_chunk, body_too_large.
  std::expected<size_t, Refusal> feed(std::string_view bytes, std::string& body);
  bool done() const { return state_ == State::done; }

 private:
  enum class State : uint8_t { size_line, data, data_end, last_line, done };
  std::expected<void, Refusal> take_line(std::string_view line, size_t body_bytes);
  // The rest of the current line, through CRLF, from `bytes`; false when it is not whole yet.
  std::expected<bool, Refusal> gather_line(std::string_view& bytes);

  HttpLimits limits_;
  State state_ = State::size_line;
  uint64_t left_ = 0;  // of the current chunk
  std::string line_;   // the current line, without CRLF
};

bool equals_ignoring_case(std::string_view text, std::string_view lower_case);
// May this header be sent? Line breaks and control characters may not.
bool valid_header(std::string_view name, std::string_view text);

}  // namespace aizuchi::serve
