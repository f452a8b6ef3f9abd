// A request as the handler sees it: views into the connection's buffer, valid until its Responder
// is called or destroyed. Framing has been checked (framing.h), the body is whole and decompressed.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace aizuchi::serve {

struct HeaderField {
  std::string_view name;   // as sent
  std::string_view value;  // without the spaces around it
};

// After `Request::body` this many bytes can be read (their content is arbitrary), so that simdjson
// parses the body in place.
inline constexpr size_t body_padding_bytes = 64;

// The value of the first header with this name, "" when absent. The name is given in lower case.
std::string_view find_header(std::span<const HeaderField> headers,
                             std::string_view lower_case_name);

struct Request {
  std::string_view method;  // "GET"; any token, case as sent
  std::string_view target;  // as sent
  std::string_view path;    // "/v1/track", not percent-decoded; "*" for OPTIONS *
  std::string_view query;   // after the first '?', not decoded
  std::string_view body;    // decompressed; body_padding_bytes readable after it
  std::string_view peer;    // the client's address as text: personal data, never log it
  std::span<const HeaderField> headers;
  bool keep_alive = true;

  std::string_view header(std::string_view lower_case_name) const {
    return find_header(headers, lower_case_name);
  }
};

}  // namespace aizuchi::serve
