#include "serve/http/response.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "serve/http/framing.h"

namespace aizuchi::serve {
namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

// Of every answer, refusals included, that does not say otherwise itself: what it says it is, it
// is; no address of a page goes on; opened by itself, or in somebody's frame, it does nothing.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> security_headers = {
    {{"X-Content-Type-Options", "nosniff"},
     {"Referrer-Policy", "no-referrer"},
     {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"}}};

bool valid_extra_header(const std::pair<std::string, std::string>& header) {
  static constexpr std::array<std::string_view, 5> own = {"date", "content-length", "content-type",
                                                          "connection", "transfer-encoding"};
  return valid_header(header.first, header.second) && std::ranges::none_of(own, [&](auto name) {
           return equals_ignoring_case(header.first, name);
         });
}

}  // namespace

bool may_have_body(int status) {
  return status != 204 && status != 304;
}

bool append_head(std::string& out, const Response& response, const HeadContext& context) {
  if (response.status < 200 || response.status > 599 ||
      !valid_header("Content-Type", response.content_type) ||
      !std::ranges::all_of(response.headers, valid_extra_header)) {
    return false;
  }
  const auto add = [&](auto... parts) { (out.append(parts), ...); };
  const fmt::format_int status(response.status);
  add("HTTP/1.1 ", std::string_view(status.data(), status.size()), " ",
      reason_phrase(response.status), "\r\nDate: ", context.date, "\r\n");
  for (const auto& [name, text] : security_headers)
    if (std::ranges::find(response.headers, name, &std::pair<std::string, std::string>::first) ==
        response.headers.end())
      add(name, ": ", text, "\r\n");
  if (context.only_tls) add("Strict-Transport-Security: max-age=31536000\r\n");
  if (!response.content_type.empty() && may_have_body(response.status)) {
    add("Content-Type: ", std::string_view(response.content_type), "\r\n");
  }
  if (context.chunked) {
    add("Transfer-Encoding: chunked\r\n");
  } else if (may_have_body(response.status) && !context.until_close) {
    const fmt::format_int length(response.body.size());
    add("Content-Length: ", std::string_view(length.data(), length.size()), "\r\n");
  }
  for (const auto& [name, text] : response.headers) {
    add(std::string_view(name), ": ", std::string_view(text), "\r\n");
  }
  if (!context.keep_alive) {
    add("Connection: close\r\n");
  } else if (context.http_1_0) {
    add("Connection: keep-alive\r\n");
  }
  add("\r\n");
  return true;
}

}  // namespace aizuchi::serve
