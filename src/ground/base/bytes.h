// Bytes in and out for the stored formats: LEB128 varints, little-endian fixed widths (big-endian
// in keys, where order matters), length-prefixed strings. A reader never throws and never reads
// past its end: it goes bad, and `ok()` says so once at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace aizuchi::ground {

class ByteWriter {
 public:
  ByteWriter() = default;
  ByteWriter(const ByteWriter&) = default;
  ByteWriter& operator=(const ByteWriter&) = default;
  ByteWriter(ByteWriter&& other) noexcept { *this = std::move(other); }
  ByteWriter& operator=(ByteWriter&& other) noexcept {  // leaves `other` empty
    out_ = std::exchange(other.out_, {});
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  ~ByteWriter() = default;

  void u8(uint8_t v) {
    *room(1) = static_cast<char>(v);
    ++size_;
  }
  void varint(uint64_t v) {
    char* at = room(v < 0x80 ? 1 : 10);
    for (; v >= 0x80; v >>= 7, ++size_) *at++ = static_cast<char>(v | 0x80);
    *at = static_cast<char>(v);
    ++size_;
  }
  void zigzag(int64_t v) { varint(static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63)); }
  void f64(double v);
  void be64(uint64_t v);
  void be16(uint16_t v);
  void bytes(std::string_view v);  // no length
  void text(std::string_view v) {  // length first
    varint(v.size());
    bytes(v);
  }
  std::string_view view() const { return {out_.data(), size_}; }
  std::string take();
  void clear() { size_ = 0; }
  size_t size() const { return size_; }

 private:
  // Where the next bytes go. A byte at a time costs a compare and a store, not a call.
  char* room(size_t bytes) {
    if (out_.size() - size_ < bytes) grow(bytes);
    return out_.data() + size_;
  }
  void grow(size_t bytes);

  std::string out_;  // its first size_ bytes are written
  size_t size_ = 0;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  uint8_t u8();
  uint64_t varint();
  int64_t zigzag() {
    const uint64_t v = varint();
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }
  double f64();
  uint64_t be64();
  uint16_t be16();
  std::string_view bytes(size_t n);
  std::string_view text() { return bytes(varint()); }
  // A count of things of at least `bytes_each_min` bytes: bad if more than what is left could hold.
  size_t count(size_t bytes_each_min = 1);
  bool ok() const { return ok_; }
  bool done() const { return ok_ && in_.empty(); }
  std::string_view rest() const { return in_; }
  void spoil() { ok_ = false, in_ = {}; }

 private:
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace aizuchi::ground
