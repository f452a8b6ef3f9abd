#include "ground/base/bytes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace aizuchi::ground {

void ByteWriter::grow(size_t bytes) {
  const size_t needed = size_ + bytes;
  // A key of a few bytes stays within the string itself.
  if (needed <= out_.capacity() && out_.size() < out_.capacity())
    out_.resize(out_.capacity());
  else
    out_.resize(std::max({needed, out_.size() * (out_.size() < 1024 ? 4 : 2), size_t{64}}));
}

std::string ByteWriter::take() {
  out_.resize(size_);
  size_ = 0;
  return std::exchange(out_, {});
}

void ByteWriter::bytes(std::string_view v) {
  if (v.empty()) return;  // memcpy takes no null
  std::memcpy(room(v.size()), v.data(), v.size());
  size_ += v.size();
}

void ByteWriter::f64(double v) {
  std::memcpy(room(8), &v, 8);
  size_ += 8;
}

void ByteWriter::be64(uint64_t v) {
  v = __builtin_bswap64(v);
  std::memcpy(room(8), &v, 8);
  size_ += 8;
}

void ByteWriter::be16(uint16_t v) {
  u8(static_cast<uint8_t>(v >> 8));
  u8(static_cast<uint8_t>(v));
}

std::string_view ByteReader::bytes(size_t n) {
  if (n > in_.size()) {
    spoil();
    return {};
  }
  const std::string_view out = in_.substr(0, n);
  in_.remove_prefix(n);
  return out;
}

uint8_t ByteReader::u8() {
  const std::string_view b = bytes(1);
  return b.empty() ? 0 : static_cast<uint8_t>(b[0]);
}

uint64_t ByteReader::varint() {
  uint64_t v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t b = u8();
    v |= static_cast<uint64_t>(b & 0x7f) << shift;
    if ((b & 0x80) == 0) return ok_ ? v : 0;
  }
  spoil();
  return 0;
}

double ByteReader::f64() {
  const std::string_view b = bytes(8);
  double v = 0;
  if (b.size() == 8) std::memcpy(&v, b.data(), 8);
  return v;
}

uint64_t ByteReader::be64() {
  const std::string_view b = bytes(8);
  uint64_t v = 0;
  if (b.size() == 8) std::memcpy(&v, b.data(), 8);
  return __builtin_bswap64(v);
}

uint16_t ByteReader::be16() {
  const std::string_view b = bytes(2);
  if (b.size() != 2) return 0;
  return static_cast<uint16_t>(static_cast<uint8_t>(b[0]) << 8 | static_cast<uint8_t>(b[1]));
}

size_t ByteReader::count(size_t bytes_each_min) {
  const uint64_t n = varint();
  if (n > in_.size() / bytes_each_min) {  // not a product: it could wrap
    spoil();
    return 0;
  }
  return n;
}

}  // namespace aizuchi::ground
