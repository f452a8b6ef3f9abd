// Why the transport itself refused a request, before (or instead of) the handler: one word per
// reason, the same in the JSON answer, in the metrics and here. `refusal_answer` gives the status
// and the sentence; a message names the limit and never says anything about the server's inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "serve/http/response.h"

namespace aizuchi::serve {

enum class Refusal : uint8_t {
  bad_request_line,    // 400
  bad_header,          // 400: folded, bare line feed, control character, space before the colon
  bad_host,            // 400: not exactly one valid Host
  bad_framing,         // 400: Transfer-Encoding or Content-Length that two readers could differ on
  bad_chunk,           // 400
  bad_body_encoding,   // 400: gzip or deflate that does not decompress
  header_timeout,      // 408
  body_timeout,        // 408
  length_required,     // 411
  body_too_large,      // 413
  inflated_too_large,  // 413: a decompression bomb, or simply too much
  unknown_body_encoding,  // 415
  unknown_expectation,    // 417
  too_many_connections,   // 429
  overloaded,             // 429: too many bytes in bodies being read
  header_too_large,       // 431
  unanswered,             // 500: the handler dropped its Responder, or threw
  bad_response,           // 500: the handler's answer was not valid HTTP
  unknown_version,        // 505
};
inline constexpr size_t refusal_count = static_cast<size_t>(Refusal::unknown_version) + 1;

// The limits that a refusal names.
struct HttpLimits {
  size_t header_bytes_max = 16 * 1024;  // request line and all headers
  size_t headers_max = 100;             // how many header lines
  size_t body_bytes_max = 1024 * 1024;  // as sent, and again after decompression
  size_t inflate_ratio_max = 256;       // decompressed : sent, looked at above 256 KiB
};

// "body_too_large"; the word in metrics. In JSON both 500 reasons are "internal".
std::string_view to_string(Refusal reason);

// A whole answer, `{"error":{"code","message","hint"}}`, that closes the connection except where
// the request was read to its end (unanswered, bad_response, encodings).
Response refusal_answer(Refusal reason, const HttpLimits& limits);

}  // namespace aizuchi::serve
