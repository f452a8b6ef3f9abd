#include "serve/http/exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/base/text.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::Result;
using ground::Value;

namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "Basic abc" with the scheme "basic" to "abc"; nullopt for another scheme.
std::optional<std::string_view> after_scheme(std::string_view header, std::string_view scheme) {
  const size_t space = header.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  if (ground::ascii_lower(header.substr(0, space)) != scheme) return std::nullopt;
  return ground::trim(header.substr(space + 1));
}

bool is_token(std::string_view bearer) {
  return std::ranges::count(bearer, '.') == 2;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 1 < text.size() ? digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  if (!ground::valid_utf8(out)) return std::nullopt;
  return out;
}

std::optional<std::string> Exchange::query(std::string_view name) const {
  for (const std::string_view part : ground::split(request.query, '&')) {
    const size_t equals = part.find('=');
    if (percent_decoded(part.substr(0, equals), Plus::space) != std::string(name)) continue;
    if (equals == std::string_view::npos) return "";
    return percent_decoded(part.substr(equals + 1), Plus::space);
  }
  return std::nullopt;
}

// Puts on what every answer carries.
void Exchange::dress(Response& response) {
  for (auto& header : always_) {
    const bool own = std::ranges::any_of(response.headers,
                                         [&](const auto& h) { return h.first == header.first; });
    if (!own) response.headers.push_back(std::move(header));
  }
  always_.clear();
  ++answers_by_class_[static_cast<size_t>(response.status / 100) % 6];
}

void Exchange::send(Response response) {
  dress(response);
  responder_.send(std::move(response));
}

ResponseStream Exchange::stream(Response head) {
  dress(head);
  return responder_.stream(std::move(head));
}

void Exchange::json(std::string body, int status) {
  send({.status = status, .body = std::move(body)});
}

void Exchange::fail(const ground::Error& error) {
  fail(status_of(error.code), to_string(error.code), error.message, error.hint);
}

void Exchange::fail(int status, std::string_view code, std::string_view message,
                    std::string_view hint) {
  Response response{.status = status, .body = error_json(code, message, hint)};
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"aizuchi\"");
  if (status == 429)
    response.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
  if (status == 503) response.headers.emplace_back("Retry-After", "5");
  send(std::move(response));
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::unauthorized:
      return 401;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::busy:
      return 429;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::storage_full:
      return 507;
    case ErrorCode::unsupported:
      return 501;
    case ErrorCode::corrupted:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

std::string error_json(std::string_view code, std::string_view message, std::string_view hint) {
  ground::JsonWriter json;
  json.object().key("error").object();
  json.member("code", code).member("message", message).member("hint", hint);
  return json.end_object().end_object().take();
}

std::string credential(const Request& request) {
  const std::string_view header = request.header("authorization");
  if (const auto basic = after_scheme(header, "basic")) {
    std::string both;
    if (!ground::base64_decode(*basic, both)) return "";
    return both.substr(0, both.find(':'));
  }
  if (const auto bearer = after_scheme(header, "bearer"); bearer && !is_token(*bearer))
    return std::string(*bearer);
  return std::string(request.header("x-api-key"));
}

std::string_view person_token(const Request& request) {
  const auto bearer = after_scheme(request.header("authorization"), "bearer");
  return bearer && is_token(*bearer) ? *bearer : std::string_view();
}

Result<Value> object_body(const Request& request, const std::vector<std::string>& known) {
  Value body = TRY(ground::parse_json(request.body, {.depth_max = 32}));
  if (!body.is(Value::Kind::map))
    return ground::fail(ErrorCode::invalid, "The body is not a JSON object.",
                        "Send one object, as in the example of docs/http.md.");
  TRY(only_members(body, known, "The body"));
  return body;
}

Result<void> only_members(const Value& object, const std::vector<std::string>& known,
                          std::string_view where) {
  for (const auto& [key, value] : object.as_map()) {
    const std::string& name = key.as_string();
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string meant = ground::nearest(name, known);
    return ground::fail(ErrorCode::invalid,
                        fmt::format("{} has a member \"{}\" that is not known here.", where,
                                    ground::shorten(name, 64)),
                        meant.empty() ? fmt::format("Known are {}.", fmt::join(known, ", "))
                                      : fmt::format("Did you mean \"{}\"?", meant));
  }
  return {};
}

Result<std::string> text_member(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  if (value == nullptr || value->is_null()) return "";
  if (value->is(Value::Kind::integer)) return std::to_string(value->as_int());
  if (!value->is(Value::Kind::string))
    return ground::fail(ErrorCode::invalid, fmt::format("\"{}\" is not a text.", name),
                        fmt::format("Send \"{}\" as a JSON string.", name));
  return value->as_string();
}

}  // namespace aizuchi::serve
