// Any bytes to the transport's intake, in any pieces. Two things must hold: what is understood does
// not depend on the pieces, and Boost.Beast's parser, a more lenient reader, sees the same request
// wherever we accept one – two readers that differ are what request smuggling is made of.
#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/transport_intake.h"

namespace {

using namespace aizuchi::serve;
namespace http = boost::beast::http;

struct Understood {
  std::string method;
  std::string target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool keep_alive = false;
  bool operator==(const Understood&) const = default;
};

struct Outcome {
  std::vector<Understood> requests;
  int refusal = -1;  // -1: wants more
  bool operator==(const Outcome&) const = default;
};

Understood copy_of(const Request& request) {
  Understood out{std::string(request.method),
                 std::string(request.target),
                 std::string(request.body),
                 {},
                 request.keep_alive};
  for (const auto& field : request.headers) out.headers.emplace_back(field.name, field.value);
  return out;
}

constexpr HttpLimits limits{.header_bytes_max = 2048, .headers_max = 40, .body_bytes_max = 40'000};

Outcome feed(std::string_view bytes, size_t piece) {
  Intake intake(limits);
  Outcome out;
  while (true) {
    const auto step = intake.advance();
    if (step == Intake::Step::request) {
      out.requests.push_back(copy_of(intake.request()));
      intake.next();
    } else if (step == Intake::Step::refusal) {
      out.refusal = static_cast<int>(intake.refusal());
      return out;
    } else if (step == Intake::Step::read) {
      const auto room = intake.room();
      const size_t take = std::min(piece, std::min(room.size(), bytes.size()));
      if (take == 0) return out;
      std::ranges::copy(bytes.substr(0, take), room.begin());
      bytes.remove_prefix(take);
      intake.filled(take);
    }
  }
}

[[noreturn]] void differ(const char* what) {
  std::fprintf(stderr, "the two readers differ: %s\n", what);
  std::abort();
}

// Beast must see the same requests, one after the other, as far as we accepted them.
void compare_with_beast(std::string_view bytes, const Outcome& ours) {
  if (bytes.starts_with("\r\n")) return;  // which Beast does not tolerate
  for (const auto& wanted : ours.requests) {
    for (const auto& [name, text] : wanted.headers) {  // Beast obeys these two, we do not
      if (equals_ignoring_case(name, "proxy-connection")) return;
      if (equals_ignoring_case(name, "upgrade")) return;
    }
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    parser.header_limit(1 << 20);
    boost::beast::error_code error;
    while (!parser.is_done()) {
      const size_t used = parser.put(boost::asio::buffer(bytes), error);
      bytes.remove_prefix(used);
      if (error == http::error::need_more && used > 0) continue;
      if (error) differ(error.message().c_str());
    }
    const auto& seen = parser.get();
    if (seen.method_string() != wanted.method) differ("method");
    if (seen.target() != wanted.target) differ("target");
    if (seen[http::field::content_encoding].empty() && seen.body() != wanted.body) differ("body");
    // Of two Connection headers the parser reads both and its message the first only (RFC 9110 5.3:
    // they are one list). Where we go on, Beast must.
    if (wanted.keep_alive && !parser.keep_alive()) differ("keep-alive");
    size_t headers = 0;
    for (const auto& field : seen) {
      if (headers >= wanted.headers.size()) break;
      static_cast<void>(field), ++headers;
    }
    if (headers < wanted.headers.size()) differ("number of headers");
    for (const auto& [name, text] : wanted.headers) {
      if (seen.count(name) == 1 && seen[name] != text) differ("header value");
    }
    if (bytes.starts_with("\r\n")) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const size_t piece = data[0] % 32 + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = feed(bytes, SIZE_MAX);
  if (feed(bytes, piece) != whole) differ("pieces");
  compare_with_beast(bytes, whole);
  return 0;
}
