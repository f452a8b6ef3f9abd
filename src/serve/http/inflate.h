// Request bodies sent with Content-Encoding gzip or deflate, decompressed under guard: the output
// never grows beyond the body limit, nor beyond a ratio no honest body reaches.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "serve/http/refusal.h"

namespace aizuchi::serve {

enum class BodyEncoding : uint8_t { identity, gzip, deflate };

// nullopt for anything but one of "", "identity", "gzip", "x-gzip", "deflate" (any case).
std::optional<BodyEncoding> parse_body_encoding(std::string_view content_encoding);

// `out` is overwritten. Exactly one stream, nothing after it. Deflate is read with its zlib header
// or, as some clients send it, without. Refusals: bad_body_encoding, inflated_too_large.
std::expected<void, Refusal> inflate_body(BodyEncoding encoding, std::string_view compressed,
                                          const HttpLimits& limits, std::string& out);

}  // namespace aizuchi::serve
