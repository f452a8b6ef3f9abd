// The network extension of CEL. An address is 4 or 16 bytes; a net.CIDR has its prefix length
// after.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <optional>

#include "ground/expr/evaluation.h"
#include "ground/expr/functions.h"
#include "ground/expr/network.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;
using Parsed = std::expected<std::string, const char*>;

constexpr std::string_view ip_type = "net.IP";
constexpr std::string_view cidr_type = "net.CIDR";

unsigned char byte(const std::string& raw, size_t i) {
  return static_cast<unsigned char>(raw[i]);
}

Parsed parse_ip(const std::string& text, bool of_cidr = false) {
  if (text.find('%') != std::string::npos)
    return std::unexpected(of_cidr ? "CIDR with zone value is not allowed"
                                   : "IP Address with zone value is not allowed");
  std::array<char, 16> raw{};
  if (text.size() > 64 || text.find('\0') != std::string::npos)
    return std::unexpected("IP Address parse error during conversion from string");
  if (inet_pton(AF_INET, text.c_str(), raw.data()) == 1) return std::string(raw.data(), 4);
  if (inet_pton(AF_INET6, text.c_str(), raw.data()) != 1)
    return std::unexpected(of_cidr ? "network address parse error during conversion from string"
                                   : "IP Address parse error during conversion from string");
  static constexpr std::string_view mapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (std::string_view(raw.data(), 12) == mapped)
    return std::unexpected("IPv4-mapped IPv6 address is not allowed");
  return std::string(raw.data(), 16);
}

Parsed parse_cidr(const std::string& text) {
  constexpr auto wrong = "network address parse error during conversion from string";
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return std::unexpected(wrong);
  Parsed address = parse_ip(text.substr(0, slash), true);
  if (!address) return address;
  const std::string digits = text.substr(slash + 1);
  if (digits.empty() || digits.size() > 3 ||
      digits.find_first_not_of("0123456789") != digits.npos ||
      (digits.size() > 1 && digits[0] == '0'))
    return std::unexpected(wrong);
  const int prefix = std::stoi(digits);
  if (prefix > static_cast<int>(address->size()) * 8) return std::unexpected(wrong);
  return *address + static_cast<char>(prefix);
}

bool is_type(const Operand& a, std::string_view type) {
  return a.is(Tag::opaque) && opaque_type(a) == type;
}
const std::string& raw_of(const Operand& a) {
  return opaque_content(a).as_bytes();
}

std::string ip_text(const std::string& raw) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(raw.size() == 4 ? AF_INET : AF_INET6, raw.data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::string masked(std::string raw, size_t prefix) {
  for (size_t i = 0; i < raw.size(); ++i) {
    const size_t bits = prefix > i * 8 ? std::min<size_t>(prefix - i * 8, 8) : 0;
    raw[i] = static_cast<char>(byte(raw, i) & (0xff00 >> bits));
  }
  return raw;
}

Operand make(Evaluation& evaluation, std::string_view type, Parsed parsed) {
  if (!parsed) return Operand::fail(parsed.error());
  return evaluation.keep(make_opaque(type, Value(Bytes{*std::move(parsed)})));
}

Operand ip_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (is_type(args[0], ip_type)) return args[0];
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  return make(evaluation, ip_type, parse_ip(args[0].text()));
}

Operand cidr_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (is_type(args[0], cidr_type)) return args[0];
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  return make(evaluation, cidr_type, parse_cidr(args[0].text()));
}

template <Parsed (*Parse)(const std::string&)>
Operand is_code(Evaluation&, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  return Operand::boolean(Parse(args[0].text()).has_value());
}

Parsed parse_plain_ip(const std::string& text) {
  return parse_ip(text);
}

Operand is_canonical_code(Evaluation&, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  const Parsed raw = parse_ip(args[0].text());
  if (!raw) return Operand::fail(raw.error());
  return Operand::boolean(ip_text(*raw) == args[0].text());
}

Operand family_code(Evaluation&, Arguments args, const Prepared*) {
  if (!is_type(args[0], ip_type)) return Operand::no_overload();
  return Operand::integer(raw_of(args[0]).size() == 4 ? 4 : 6);
}

bool is_unspecified(const std::string& a) {
  return a.find_first_not_of('\0') == std::string::npos;
}
bool is_loopback(const std::string& a) {
  if (a.size() == 4) return byte(a, 0) == 127;
  return a.find_first_not_of('\0') == 15 && a[15] == 1;
}
bool is_multicast(const std::string& a) {
  return a.size() == 4 ? (byte(a, 0) & 0xf0) == 0xe0 : byte(a, 0) == 0xff;
}
bool is_link_local_multicast(const std::string& a) {
  if (a.size() == 4) return byte(a, 0) == 224 && a[1] == 0 && a[2] == 0;
  return byte(a, 0) == 0xff && (byte(a, 1) & 0x0f) == 2;
}
bool is_link_local_unicast(const std::string& a) {
  if (a.size() == 4) return byte(a, 0) == 169 && byte(a, 1) == 254;
  return byte(a, 0) == 0xfe && (byte(a, 1) & 0xc0) == 0x80;
}
bool is_global_unicast(const std::string& a) {
  const bool broadcast = a == "\xff\xff\xff\xff";
  return !broadcast && !is_unspecified(a) && !is_loopback(a) && !is_multicast(a) &&
         !is_link_local_unicast(a);
}

template <bool (*Test)(const std::string&)>
Operand class_code(Evaluation&, Arguments args, const Prepared*) {
  if (!is_type(args[0], ip_type)) return Operand::no_overload();
  return Operand::boolean(Test(raw_of(args[0])));
}

struct Network {
  std::string address;
  size_t prefix = 0;
};
Network network_of(const std::string& raw) {
  return {raw.substr(0, raw.size() - 1), byte(raw, raw.size() - 1)};
}

bool contains(const Network& outer, const std::string& address) {
  return outer.address.size() == address.size() &&
         masked(address, outer.prefix) == masked(outer.address, outer.prefix);
}

Operand contains_ip_code(Evaluation&, Arguments args, const Prepared*) {
  if (!is_type(args[0], cidr_type)) return Operand::no_overload();
  const Network outer = network_of(raw_of(args[0]));
  if (is_type(args[1], ip_type)) return Operand::boolean(contains(outer, raw_of(args[1])));
  if (!args[1].is(Tag::string)) return Operand::no_overload();
  const Parsed inner = parse_ip(args[1].text());
  return inner ? Operand::boolean(contains(outer, *inner)) : Operand::fail(inner.error());
}

Operand contains_cidr_code(Evaluation&, Arguments args, const Prepared*) {
  if (!is_type(args[0], cidr_type)) return Operand::no_overload();
  Parsed raw;
  if (is_type(args[1], cidr_type))
    raw = raw_of(args[1]);
  else if (args[1].is(Tag::string))
    raw = parse_cidr(args[1].text());
  else
    return Operand::no_overload();
  if (!raw) return Operand::fail(raw.error());
  const Network outer = network_of(raw_of(args[0]));
  const Network inner = network_of(*raw);
  return Operand::boolean(inner.prefix >= outer.prefix && contains(outer, inner.address));
}

Operand cidr_ip_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!is_type(args[0], cidr_type)) return Operand::no_overload();
  return make(evaluation, ip_type, network_of(raw_of(args[0])).address);
}

Operand masked_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!is_type(args[0], cidr_type)) return Operand::no_overload();
  const Network n = network_of(raw_of(args[0]));
  return make(evaluation, cidr_type, masked(n.address, n.prefix) + static_cast<char>(n.prefix));
}

Operand prefix_length_code(Evaluation&, Arguments args, const Prepared*) {
  if (!is_type(args[0], cidr_type)) return Operand::no_overload();
  return Operand::integer(static_cast<int64_t>(network_of(raw_of(args[0])).prefix));
}

}  // namespace

std::string network_text(const Operand& operand) {
  if (opaque_type(operand) == ip_type) return ip_text(raw_of(operand));
  const Network n = network_of(raw_of(operand));
  return fmt::format("{}/{}", ip_text(n.address), n.prefix);
}

std::span<const Function> network_functions() {
  static const std::array functions = {
      Function{"ip", false, "(string) net.IP; (net.IP) net.IP", ip_code},
      Function{"isIP", false, "(string) bool", is_code<parse_plain_ip>},
      Function{"ip.isCanonical", false, "(string) bool", is_canonical_code},
      Function{"cidr", false, "(string) net.CIDR; (net.CIDR) net.CIDR", cidr_code},
      Function{"isCIDR", false, "(string) bool", is_code<parse_cidr>},
      Function{"family", true, "(net.IP) int", family_code},
      Function{"isUnspecified", true, "(net.IP) bool", class_code<is_unspecified>},
      Function{"isLoopback", true, "(net.IP) bool", class_code<is_loopback>},
      Function{"isGlobalUnicast", true, "(net.IP) bool", class_code<is_global_unicast>},
      Function{"isLinkLocalMulticast", true, "(net.IP) bool", class_code<is_link_local_multicast>},
      Function{"isLinkLocalUnicast", true, "(net.IP) bool", class_code<is_link_local_unicast>},
      Function{"containsIP", true, "(net.CIDR, net.IP) bool; (net.CIDR, string) bool",
               contains_ip_code},
      Function{"containsCIDR", true, "(net.CIDR, net.CIDR) bool; (net.CIDR, string) bool",
               contains_cidr_code},
      Function{"ip", true, "(net.CIDR) net.IP", cidr_ip_code},
      Function{"masked", true, "(net.CIDR) net.CIDR", masked_code},
      Function{"prefixLength", true, "(net.CIDR) int", prefix_length_code},
  };
  return functions;
}

}  // namespace aizuchi::ground
