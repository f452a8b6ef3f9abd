#include "serve/http/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "ground/base/text.h"
#include "serve/http/framing.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr std::array<uint8_t, 12> ipv4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr size_t hops_max = 32;  // more than any chain of proxies is long

bool same_bits(const NetAddress& a, const NetAddress& b, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(a.bytes.data(), b.bytes.data(), whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest)) == 0;
}

// Without a port: "192.0.2.1:443" and "[2001:db8::1]:443" to what is before it.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    return end == std::string_view::npos ? text : text.substr(1, end - 1);
  }
  return std::ranges::count(text, ':') == 1 ? text.substr(0, text.find(':')) : text;
}

// The for= of one element of Forwarded (RFC 7239); "" when it has none.
std::string_view forwarded_for(std::string_view element) {
  for (std::string_view pair : ground::split(element, ';')) {
    pair = ground::trim(pair);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !equals_ignoring_case(pair.substr(0, equals), "for"))
      continue;
    std::string_view value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return "";
}

// All elements of a list header, over all its lines, in order.
std::vector<std::string_view> elements(const Request& request, std::string_view name) {
  std::vector<std::string_view> out;
  for (const HeaderField& field : request.headers) {
    if (!equals_ignoring_case(field.name, name)) continue;
    for (const std::string_view element : ground::split(field.value, ','))
      out.push_back(ground::trim(element));
  }
  if (out.size() > hops_max)
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(hops_max));
  return out;
}

}  // namespace

bool names_this_machine(std::string_view host) {
  const size_t end = host.starts_with('[') ? host.find(']') : host.find(':');
  host = host.substr(0, end);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1" ||
         host.ends_with(".localhost");
}

bool NetAddress::is_ipv4() const {
  return std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), bytes.begin());
}

bool NetAddress::is_this_machine() const {
  static constexpr std::array<uint8_t, 16> loopback = {0, 0, 0, 0, 0, 0, 0, 0,
                                                       0, 0, 0, 0, 0, 0, 0, 1};
  return bytes == loopback || (is_ipv4() && bytes[12] == 127);
}

std::string_view NetAddress::subscriber() const {
  return {reinterpret_cast<const char*>(bytes.data()), is_ipv4() ? bytes.size() : 8};
}

std::optional<NetAddress> parse_net_address(std::string_view text) {
  const std::string plain(without_port(text));
  NetAddress out;
  if (::inet_pton(AF_INET6, plain.c_str(), out.bytes.data()) == 1) return out;
  std::ranges::copy(ipv4_prefix, out.bytes.begin());
  if (::inet_pton(AF_INET, plain.c_str(), out.bytes.data() + ipv4_prefix.size()) == 1) return out;
  return std::nullopt;
}

bool NetAddress::is_public() const {
  static constexpr std::string_view closed[] = {
      "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
      "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
      "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",    "2001::/23",
      "2001:db8::/32", "2002::/16",       "3fff::/20"};
  static const AddressRanges ranges =
      AddressRanges::parse({std::begin(closed), std::end(closed)}, "").value();
  const bool global = is_ipv4() || (bytes[0] & 0xe0) == 0x20;  // 2000::/3
  return global && !ranges.contain(*this);
}

Result<AddressRanges> AddressRanges::parse(const std::vector<std::string>& ranges,
                                           std::string_view option) {
  AddressRanges out;
  for (const std::string& text : ranges) {
    const size_t slash = text.find('/');
    const std::string host = text.substr(0, slash);
    const auto first = parse_net_address(host);
    const bool bare = std::ranges::count(host, ':') != 1 && !host.starts_with('[');
    int bits = first && first->is_ipv4() ? 32 : 128;
    const int bits_max = bits;
    std::from_chars_result read{text.data() + text.size(), std::errc{}};
    if (slash != std::string::npos)
      read = std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
    if (!first || !bare || read.ec != std::errc{} || read.ptr != text.data() + text.size() ||
        bits < 0 || bits > bits_max)
      return fail(ErrorCode::invalid, fmt::format("{} is not a range of addresses.", text),
                  fmt::format("For example: {0} 10.0.0.0/8 or {0} 2001:db8::/32", option));
    out.ranges_.push_back({*first, first->is_ipv4() ? bits + 96 : bits});
  }
  return out;
}

bool AddressRanges::contain(const NetAddress& address) const {
  return std::ranges::any_of(
      ranges_, [&](const Range& range) { return same_bits(range.first, address, range.bits); });
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& ranges) {
  TrustedProxies out;
  out.ranges_ = TRY(AddressRanges::parse(ranges, "--trusted-proxy"));
  return out;
}

NetAddress TrustedProxies::nearest_stranger(const std::vector<std::string_view>& hops,
                                            NetAddress peer) const {
  for (size_t i = hops.size(); i > 0 && ranges_.contain(peer); --i) {
    const auto before = parse_net_address(hops[i - 1]);
    if (!before) break;  // "unknown", or a name: the last proxy that we can tell
    peer = *before;
  }
  return peer;
}

Result<NetAddress> TrustedProxies::client_of(const Request& request) const {
  const NetAddress peer = parse_net_address(request.peer).value_or(NetAddress{});
  if (!ranges_.contain(peer)) return peer;
  const auto listed = elements(request, "x-forwarded-for");
  auto forwarded = elements(request, "forwarded");
  for (std::string_view& element : forwarded) element = forwarded_for(element);
  if (listed.empty()) return nearest_stranger(forwarded, peer);
  const NetAddress client = nearest_stranger(listed, peer);
  if (!forwarded.empty() && nearest_stranger(forwarded, peer) != client)
    return fail(ErrorCode::invalid, "X-Forwarded-For and Forwarded name different clients.",
                "Let the proxy set one of them and take the other away.");
  return client;
}

}  // namespace aizuchi::serve
