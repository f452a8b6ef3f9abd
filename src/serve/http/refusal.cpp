#include "serve/http/refusal.h"

#include <fmt/format.h>

#include "ground/base/json.h"
#include "ground/base/result.h"

namespace aizuchi::serve {
namespace {

struct Sentence {
  int status;
  std::string message;
  std::string hint;
};

Sentence sentence_for_framing(Refusal reason) {
  switch (reason) {
    case Refusal::bad_request_line:
      return {400, "The request line is not valid HTTP/1.1.",
              "Send \"METHOD /path HTTP/1.1\", ended by CR LF, over plain HTTP."};
    case Refusal::bad_header:
      return {400, "A header is not valid HTTP/1.1.",
              "No folded lines, bare line feeds, control characters or space before the colon; "
              "Authorization, X-Api-Key, Aizuchi-Device, Origin, Content-Type and Content-Encoding "
              "at most "
              "once."};
    case Refusal::bad_host:
      return {400, "A request needs exactly one valid Host header.",
              "Send Host once, equal to the host of an absolute target."};
    case Refusal::bad_framing:
      return {400, "The length of the body is ambiguous.",
              "Send either one Content-Length of digits only, or one \"Transfer-Encoding: "
              "chunked\" with HTTP/1.1, never both."};
    case Refusal::bad_chunk:
      return {400, "The chunked body is not valid.",
              "A chunk is its size in hexadecimal, CR LF, its bytes, CR LF."};
    default:
      AIZ_ASSERT(reason == Refusal::unknown_version);
      return {505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.",
              "Put a proxy in front for HTTP/2."};
  }
}

Sentence sentence_for_limit(Refusal reason, const HttpLimits& limits) {
  switch (reason) {
    case Refusal::header_timeout:
      return {408, "The headers did not arrive in time.", "Send the request again."};
    case Refusal::body_timeout:
      return {408, "The body did not arrive in time.", "Send the request again, in smaller parts."};
    case Refusal::body_too_large:
      return {413, fmt::format("The body is larger than {} bytes.", limits.body_bytes_max),
              "Send it in smaller parts."};
    case Refusal::inflated_too_large:
      return {413,
              fmt::format("The body, decompressed, is larger than {} bytes or {} times what was "
                          "sent.",
                          limits.body_bytes_max, limits.inflate_ratio_max),
              "Send it in smaller parts."};
    case Refusal::header_too_large:
      return {431,
              fmt::format("The headers are larger than {} bytes or more than {}.",
                          limits.header_bytes_max, limits.headers_max),
              "Send fewer or shorter headers; cookies are not needed here."};
    case Refusal::overloaded:
      return {429, "Too many large requests are being read.", "Try again in a second."};
    default:
      AIZ_ASSERT(reason == Refusal::too_many_connections);
      return {429, "Too many connections are open.", "Try again in a second."};
  }
}

Sentence sentence_for(Refusal reason, const HttpLimits& limits) {
  switch (reason) {
    case Refusal::bad_body_encoding:
      return {400, "The body does not decompress as its Content-Encoding says.",
              "Send one whole gzip or deflate stream and nothing after it."};
    case Refusal::length_required:
      return {411, "An HTTP/1.0 request with a body needs Content-Length.",
              "Send Content-Length, or use HTTP/1.1."};
    case Refusal::unknown_body_encoding:
      return {415, "This Content-Encoding is not known here.",
              "Send gzip, deflate or no Content-Encoding."};
    case Refusal::unknown_expectation:
      return {417, "Only \"Expect: 100-continue\" is known here.", "Leave Expect out."};
    case Refusal::unanswered:
    case Refusal::bad_response:
      return {500, "The server could not answer this request.", "Try again; if it stays, tell us."};
    case Refusal::header_timeout:
    case Refusal::body_timeout:
    case Refusal::body_too_large:
    case Refusal::inflated_too_large:
    case Refusal::too_many_connections:
    case Refusal::overloaded:
    case Refusal::header_too_large:
      return sentence_for_limit(reason, limits);
    default:
      return sentence_for_framing(reason);
  }
}

// After these the request has been read to its end, so the connection can go on.
bool read_to_its_end(Refusal reason) {
  return reason == Refusal::bad_body_encoding || reason == Refusal::inflated_too_large ||
         reason == Refusal::unanswered || reason == Refusal::bad_response;
}

}  // namespace

std::string_view to_string(Refusal reason) {
  switch (reason) {
    case Refusal::bad_request_line:
      return "bad_request_line";
    case Refusal::bad_header:
      return "bad_header";
    case Refusal::bad_host:
      return "bad_host";
    case Refusal::bad_framing:
      return "bad_framing";
    case Refusal::bad_chunk:
      return "bad_chunk";
    case Refusal::bad_body_encoding:
      return "bad_body_encoding";
    case Refusal::header_timeout:
      return "header_timeout";
    case Refusal::body_timeout:
      return "body_timeout";
    case Refusal::length_required:
      return "length_required";
    case Refusal::body_too_large:
      return "body_too_large";
    case Refusal::inflated_too_large:
      return "inflated_too_large";
    case Refusal::unknown_body_encoding:
      return "unknown_body_encoding";
    case Refusal::unknown_expectation:
      return "unknown_expectation";
    case Refusal::too_many_connections:
      return "too_many_connections";
    case Refusal::overloaded:
      return "overloaded";
    case Refusal::header_too_large:
      return "header_too_large";
    case Refusal::unanswered:
      return "unanswered";
    case Refusal::bad_response:
      return "bad_response";
    case Refusal::unknown_version:
      return "unknown_version";
  }
  return "unknown";
}

Response refusal_answer(Refusal reason, const HttpLimits& limits) {
  const Sentence sentence = sentence_for(reason, limits);
  ground::JsonWriter json;
  json.object().key("error").object();
  json.member("code", sentence.status == 500 ? std::string_view("internal") : to_string(reason));
  json.member("message", sentence.message).member("hint", sentence.hint);
  json.end_object().end_object();
  Response response{.status = sentence.status, .body = json.take()};
  response.close = !read_to_its_end(reason);
  if (sentence.status == 429) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace aizuchi::serve
