// Who a request comes from, as a number: the other end of the connection or, behind proxies that
// the operator named, the one they say they forward for. Never kept as text and never logged.
//
// Promises: a header of someone who is not a named proxy changes nothing; read from the nearest
// hop on, so that what a client writes itself into the header is behind the first stranger and is
// not looked at; two headers that say different things are refused, since a proxy writes one of
// them and passes the other on. Cost: some 100 ns, without proxies.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "serve/http/request.h"

namespace aizuchi::serve {

// IPv6, or IPv4 as ::ffff:a.b.c.d.
struct NetAddress {
  std::array<uint8_t, 16> bytes{};
  bool operator==(const NetAddress&) const = default;
  bool is_ipv4() const;
  bool is_this_machine() const;  // 127.0.0.0/8, ::1
  // Of the open internet (IANA special-purpose registries): not this machine, not a private,
  // shared, link-local, documentation, benchmark, multicast or translated network.
  bool is_public() const;
  // What one subscriber has: an IPv4 address, the first 64 bits of an IPv6 one.
  std::string_view subscriber() const;
};
// "192.0.2.1", "2001:db8::1", "[2001:db8::1]:443", "192.0.2.1:443"; nullopt for anything else.
std::optional<NetAddress> parse_net_address(std::string_view text);

// "127.0.0.1:8080", "localhost": only a page of this machine, or whoever is asked at it, is called
// so.
bool names_this_machine(std::string_view host);

class AddressRanges {
 public:
  // "10.0.0.0/8", "2001:db8::/32", "192.0.2.7". Errors: invalid; `option` is in the hint.
  static ground::Result<AddressRanges> parse(const std::vector<std::string>& ranges,
                                             std::string_view option);
  bool contain(const NetAddress& address) const;
  bool empty() const { return ranges_.empty(); }

 private:
  struct Range {
    NetAddress first;
    int bits = 128;
  };
  std::vector<Range> ranges_;
};

class TrustedProxies {
 public:
  // Errors: invalid.
  static ground::Result<TrustedProxies> parse(const std::vector<std::string>& ranges);
  // Errors: invalid (the proxies' headers differ).
  ground::Result<NetAddress> client_of(const Request& request) const;

 private:
  NetAddress nearest_stranger(const std::vector<std::string_view>& hops, NetAddress peer) const;
  AddressRanges ranges_;
};

}  // namespace aizuchi::serve
