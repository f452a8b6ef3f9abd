// Keyed and unkeyed hashes. SipHash-2-4 (Aumasson, Bernstein 2012) where an outsider must not
// predict the result; HMAC-SHA-256 where the result is stored in place of an identifier.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aizuchi::ground {

using Key128 = std::array<uint8_t, 16>;
using Key256 = std::array<uint8_t, 32>;

uint64_t siphash(const Key128& key, std::string_view bytes);
uint64_t mix64(uint64_t x);  // splitmix64 finaliser
std::array<uint8_t, 32> sha256(std::string_view bytes);
std::array<uint8_t, 32> hmac_sha256(const Key256& key, std::string_view bytes);
// CRC-32C (Castagnoli), as in RFC 3720; `before` is the checksum of the bytes in front of these.
// Against accidents, not against people. Cost: 0.15 us a KiB where the processor has it, else 0.7.
uint32_t crc32c(std::string_view bytes, uint32_t before = 0);
std::string hex(std::span<const uint8_t> bytes);
std::string base64(std::string_view bytes);
// Standard and URL alphabets, padding optional; false when it is neither.
bool base64_decode(std::string_view text, std::string& out);
// Compares without leaking where the difference is.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace aizuchi::ground
