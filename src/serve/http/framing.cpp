#include "serve/http/framing.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace aizuchi::serve {
namespace {

// What a byte may be part of.
enum CharClass : uint8_t { token = 1, value = 2, target = 4, host = 8 };

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> table{};
  auto add = [&](std::string_view chars, uint8_t classes) {
    for (char c : chars) table[static_cast<uint8_t>(c)] |= classes;
  };
  for (int c = 0x21; c < 0x7f; ++c) table[c] |= value | target;
  for (int c = 0x80; c <= 0xff; ++c) table[c] |= value;  // obs-text: opaque, as RFC 9110 5.5 says
  add(" \t", value);
  add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", token | host);
  add("!#$%&'*+-.^_`|~", token);
  add("-._~%!$&'()*+,;=:[]", host);
  table['#'] &= static_cast<uint8_t>(~target);  // a fragment is never sent
  return table;
}
constexpr auto classes = make_classes();

bool all_of_class(std::string_view text, CharClass wanted) {
  return std::ranges::all_of(
      text, [wanted](char c) { return (classes[static_cast<uint8_t>(c)] & wanted) != 0; });
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view trim_spaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Cuts one line off `rest`, without its CRLF; nullopt for a line feed alone.
std::optional<std::string_view> cut_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return std::nullopt;
  const auto line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return line;
}

// "name: value", or nullopt. A folded line begins with a space, which no name does.
std::optional<HeaderField> parse_field(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const HeaderField field{line.substr(0, colon), trim_spaces(line.substr(colon + 1))};
  if (!all_of_class(field.name, token) || !all_of_class(field.value, value)) return std::nullopt;
  return field;
}

// RFC 9112 3.2: origin-form, absolute-form (its authority is compared with Host later), or "*".
std::expected<std::string_view, Refusal> parse_target(ParsedHead& out) {
  std::string_view authority;
  std::string_view rest = out.target;
  if (rest.empty() || !all_of_class(rest, target)) {
    return std::unexpected(Refusal::bad_request_line);
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!out.target.starts_with(scheme)) continue;
    rest.remove_prefix(scheme.size());
    const size_t end = std::min(rest.find_first_of("/?"), rest.size());
    authority = rest.substr(0, end);
    rest.remove_prefix(end);
    if (authority.empty()) return std::unexpected(Refusal::bad_request_line);
    if (rest.empty() || rest.front() == '?') {  // "http://host?x": the path is "/"
      out.path = "/";
      out.query = rest.empty() ? rest : rest.substr(1);
      return authority;
    }
  }
  const bool asterisk = rest == "*" && out.method == "OPTIONS";
  if (rest.front() != '/' && !asterisk) return std::unexpected(Refusal::bad_request_line);
  const size_t mark = rest.find('?');
  out.path = rest.substr(0, mark);
  out.query = mark == std::string_view::npos ? std::string_view{} : rest.substr(mark + 1);
  return authority;
}

// Returns the authority of an absolute-form target, "" otherwise.
std::expected<std::string_view, Refusal> parse_request_line(std::string_view line,
                                                            ParsedHead& out) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0 || first > 32) {
    return std::unexpected(Refusal::bad_request_line);
  }
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!all_of_class(out.method, token)) return std::unexpected(Refusal::bad_request_line);
  if (version == "HTTP/1.1") {
    out.minor_version = 1;
  } else if (version == "HTTP/1.0") {
    out.minor_version = 0;
  } else {
    const bool other = version.size() == 8 && version.starts_with("HTTP/") &&
                       is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
    return std::unexpected(other ? Refusal::unknown_version : Refusal::bad_request_line);
  }
  return parse_target(out);
}

std::expected<void, Refusal> take_content_length(std::string_view text, ParsedHead& out) {
  // 18 digits hold any length and no overflow.
  if (out.content_length || text.empty() || text.size() > 18 ||
      !std::ranges::all_of(text, is_digit)) {
    return std::unexpected(Refusal::bad_framing);
  }
  uint64_t length = 0;
  for (char c : text) length = length * 10 + static_cast<uint64_t>(c - '0');
  out.content_length = length;
  return {};
}

struct Seen {
  std::string_view host;
  bool has_host = false;
  bool content_type = false;
  bool authorization = false;
  bool content_encoding = false;
  bool origin = false;
  bool api_key = false;
  bool device = false;
  bool close = false;
  bool keep_alive = false;
};

// A list of tokens, of which some may be empty (RFC 9110 5.6.1).
std::expected<void, Refusal> take_connection(std::string_view list, Seen& seen) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const auto option = trim_spaces(list.substr(0, comma));
    if (!all_of_class(option, token)) return std::unexpected(Refusal::bad_header);
    if (equals_ignoring_case(option, "close")) seen.close = true;
    if (equals_ignoring_case(option, "keep-alive")) seen.keep_alive = true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return {};
}

// The header must come at most once: readers differ on which of two counts.
std::expected<void, Refusal> once(bool& seen) {
  if (std::exchange(seen, true)) return std::unexpected(Refusal::bad_header);
  return {};
}

// Acts on the headers that the transport itself obeys; lengths first, to skip the others quickly.
std::expected<void, Refusal> take_field(const HeaderField& field, ParsedHead& out, Seen& seen) {
  const auto is = [&](std::string_view name) { return equals_ignoring_case(field.name, name); };
  switch (field.name.size()) {
    case 4:
      if (!is("host")) return {};
      if (std::exchange(seen.has_host, true)) return std::unexpected(Refusal::bad_host);
      seen.host = field.value;
      return {};
    case 6:
      if (is("origin")) return once(seen.origin);
      if (!is("expect")) return {};
      if (out.expect_continue || !equals_ignoring_case(field.value, "100-continue")) {
        return std::unexpected(Refusal::unknown_expectation);
      }
      out.expect_continue = true;
      return {};
    case 9:
      return is("x-api-key") ? once(seen.api_key) : std::expected<void, Refusal>{};
    case 10:
      return is("connection") ? take_connection(field.value, seen) : std::expected<void, Refusal>{};
    case 12:
      return is("content-type") ? once(seen.content_type) : std::expected<void, Refusal>{};
    case 13:
      return is("authorization") ? once(seen.authorization) : std::expected<void, Refusal>{};
    case 14:
      if (is("aizuchi-device")) return once(seen.device);
      return is("content-length") ? take_content_length(field.value, out)
                                  : std::expected<void, Refusal>{};
    case 16:
      if (!is("content-encoding")) return {};
      out.content_encoding = field.value;
      return once(seen.content_encoding);
    case 17:
      if (!is("transfer-encoding")) return {};
      if (out.chunked || !equals_ignoring_case(field.value, "chunked")) {
        return std::unexpected(Refusal::bad_framing);
      }
      out.chunked = true;
      return {};
    default:
      return {};
  }
}

// What must hold between the parts of a head.
std::expected<void, Refusal> check_whole(ParsedHead& out, const Seen& seen,
                                         std::string_view authority) {
  if (out.chunked && (out.content_length || out.minor_version == 0)) {
    return std::unexpected(Refusal::bad_framing);
  }
  if (!seen.has_host || seen.host.empty() || !all_of_class(seen.host, host)) {
    return std::unexpected(Refusal::bad_host);
  }
  if (!authority.empty() && !std::ranges::equal(authority, seen.host, {}, to_lower, to_lower)) {
    return std::unexpected(Refusal::bad_host);
  }
  out.keep_alive = !seen.close && (out.minor_version == 1 || seen.keep_alive);
  if (out.minor_version == 0) {
    out.expect_continue = false;  // RFC 9110 10.1.1: an HTTP/1.0 expectation is ignored
    const bool sends = out.method == "POST" || out.method == "PUT" || out.method == "PATCH";
    if (sends && !out.content_length) return std::unexpected(Refusal::length_required);
  }
  return {};
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr size_t chunk_line_bytes_max = 256;

// *( ";" token [ "=" token ] ): RFC 9112 7.1.1 without its optional spaces and quoted values, which
// nobody sends and readers differ on.
bool valid_extensions(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    const size_t end = std::min(text.find(';'), text.size());
    const auto extension = text.substr(0, end);
    const size_t equals = std::min(extension.find('='), extension.size());
    const auto name = extension.substr(0, equals);
    if (name.empty() || !all_of_class(name, token)) return false;
    if (equals < extension.size()) {
      const auto text_value = extension.substr(equals + 1);
      if (text_value.empty() || !all_of_class(text_value, token)) return false;
    }
    text.remove_prefix(end);
  }
  return true;
}

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (to_lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

std::string_view find_header(std::span<const HeaderField> headers,
                             std::string_view lower_case_name) {
  for (const auto& field : headers) {
    if (equals_ignoring_case(field.name, lower_case_name)) return field.value;
  }
  return {};
}

bool valid_header(std::string_view name, std::string_view text) {
  return !name.empty() && all_of_class(name, token) && all_of_class(text, value);
}

std::expected<std::optional<size_t>, Refusal> HeadScanner::scan(std::string_view bytes,
                                                                const HttpLimits& limits) {
  bytes = bytes.substr(0, limits.header_bytes_max);
  // A request begins with a letter or one empty line; TLS or noise is told at its first byte
  // rather than at the timeout.
  if (scanned_ == 0 && !bytes.empty() && bytes[0] != '\r' && bytes[0] != '\n' &&
      !all_of_class(bytes.substr(0, 1), token)) {
    return std::unexpected(Refusal::bad_request_line);
  }
  while (scanned_ < bytes.size()) {
    const size_t feed = bytes.find('\n', scanned_);
    if (feed == std::string_view::npos) {
      scanned_ = bytes.size();
      break;
    }
    if (feed == line_start_ || bytes[feed - 1] != '\r') {
      return std::unexpected(in_head_ ? Refusal::bad_header : Refusal::bad_request_line);
    }
    const bool empty = feed == line_start_ + 1;
    if (empty && in_head_) return feed + 1;
    // RFC 9112 2.2: one empty line before a request is tolerated.
    if (empty && line_start_ != 0) return std::unexpected(Refusal::bad_request_line);
    if (!empty) in_head_ = true;
    line_start_ = scanned_ = feed + 1;
  }
  if (bytes.size() == limits.header_bytes_max) return std::unexpected(Refusal::header_too_large);
  return std::optional<size_t>{};
}

std::expected<void, Refusal> parse_head(std::string_view head, const HttpLimits& limits,
                                        ParsedHead& out) {
  auto headers = std::move(out.headers);
  headers.clear();
  out = {};
  out.headers = std::move(headers);
  if (head.starts_with("\r\n")) head.remove_prefix(2);
  const auto request_line = cut_line(head);
  if (!request_line) return std::unexpected(Refusal::bad_request_line);
  const auto authority = parse_request_line(*request_line, out);
  if (!authority) return std::unexpected(authority.error());
  Seen seen;
  while (true) {
    const auto line = cut_line(head);
    if (!line) return std::unexpected(Refusal::bad_header);
    if (line->empty()) break;
    const auto field = parse_field(*line);
    if (!field) return std::unexpected(Refusal::bad_header);
    if (out.headers.size() == limits.headers_max) {
      return std::unexpected(Refusal::header_too_large);
    }
    if (auto taken = take_field(*field, out, seen); !taken) return taken;
    out.headers.push_back(*field);
  }
  if (!head.empty()) return std::unexpected(Refusal::bad_header);
  return check_whole(out, seen, *authority);
}

std::expected<bool, Refusal> ChunkDecoder::gather_line(std::string_view& bytes) {
  const size_t end = bytes.find('\n');
  const bool whole = end != std::string_view::npos;
  const size_t take = whole ? end + 1 : bytes.size();
  if (line_.size() + take > chunk_line_bytes_max) return std::unexpected(Refusal::bad_chunk);
  line_.append(bytes.substr(0, take));
  bytes.remove_prefix(take);
  if (!whole) return false;
  if (!line_.ends_with("\r\n")) return std::unexpected(Refusal::bad_chunk);
  line_.resize(line_.size() - 2);
  return true;
}

std::expected<void, Refusal> ChunkDecoder::take_line(std::string_view line, size_t body_bytes) {
  if (state_ == State::data_end) {
    if (!line.empty()) return std::unexpected(Refusal::bad_chunk);
    state_ = State::size_line;
    return {};
  }
  if (state_ == State::last_line) {
    if (!line.empty()) return std::unexpected(Refusal::bad_chunk);
    state_ = State::done;
    return {};
  }
  // chunk-size [ ";" extension ]; nine hex digits would already be above any limit.
  const size_t digits = std::min(line.find(';'), line.size());
  if (digits == 0 || digits > 8) return std::unexpected(Refusal::bad_chunk);
  uint64_t size = 0;
  for (char c : line.substr(0, digits)) {
    const int digit = hex_value(c);
    if (digit < 0) return std::unexpected(Refusal::bad_chunk);
    size = size * 16 + static_cast<uint64_t>(digit);
  }
  if (!valid_extensions(line.substr(digits))) return std::unexpected(Refusal::bad_chunk);
  if (body_bytes + size > limits_.body_bytes_max) {
    return std::unexpected(Refusal::body_too_large);
  }
  left_ = size;
  state_ = size == 0 ? State::last_line : State::data;
  return {};
}

std::expected<size_t, Refusal> ChunkDecoder::feed(std::string_view bytes, std::string& body) {
  const size_t given = bytes.size();
  while (!bytes.empty() && state_ != State::done) {
    if (state_ == State::data) {
      const size_t take = std::min<uint64_t>(left_, bytes.size());
      body.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      left_ -= take;
      if (left_ == 0) state_ = State::data_end;
      continue;
    }
    const auto whole = gather_line(bytes);
    if (!whole) return std::unexpected(whole.error());
    if (!*whole) break;
    if (auto taken = take_line(line_, body.size()); !taken) return std::unexpected(taken.error());
    line_.clear();
  }
  return given - bytes.size();
}

}  // namespace aizuchi::serve
