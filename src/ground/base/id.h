// Typed ids. A small id is a dense index given out by a table (catalog, vocabulary); a person's or
// a decision's id is 128 random bits, opaque and unguessable.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aizuchi::ground {

template <typename Tag, typename Int = uint16_t>
struct Id {
  Int index = static_cast<Int>(-1);
  constexpr bool valid() const { return index != static_cast<Int>(-1); }
  auto operator<=>(const Id&) const = default;
};

template <typename Tag>
struct Id128 {
  std::array<uint8_t, 16> raw{};
  auto operator<=>(const Id128&) const = default;
  bool empty() const { return raw == std::array<uint8_t, 16>{}; }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(raw.data()), raw.size()}; }
  static std::optional<Id128> from_bytes(std::string_view b) {
    if (b.size() != 16) return std::nullopt;
    Id128 id;
    std::memcpy(id.raw.data(), b.data(), 16);
    return id;
  }
};

// 32 hexadecimal digits, lower case.
std::string to_hex(const std::array<uint8_t, 16>& raw);
std::optional<std::array<uint8_t, 16>> from_hex_128(std::string_view text);

}  // namespace aizuchi::ground

template <typename Tag>
struct std::hash<aizuchi::ground::Id128<Tag>> {
  size_t operator()(const aizuchi::ground::Id128<Tag>& id) const {
    uint64_t h;  // the bits are random already
    std::memcpy(&h, id.raw.data(), 8);
    return h;
  }
};
