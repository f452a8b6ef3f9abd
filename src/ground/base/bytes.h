// Bytes in and out for the stored formats: LEB128 varints, little-endian fixed widths (big-endian
// in keys, where order matters), length-prefixed strings. A reader never throws and never reads
// past its end: it goes bad, and `ok()` says so once at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aizuchi::ground {

class ByteWriter {
 public:
  void u8(uint8_t v) { out_ += static_cast<char>(v); }
  void varint(uint64_t v) {
    while (v >= 0x80) {
      out_ += static_cast<char>(v | 0x80);
      v >>= 7;
    }
    out_ += static_cast<char>(v);
  }
  void zigzag(int64_t v) { varint(static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63)); }
  void f64(double v);
  void be64(uint64_t v);
  void be16(uint16_t v);
  void bytes(std::string_view v) { out_ += v; }  // no length
  void text(std::string_view v) {                // length first
    varint(v.size());
    out_ += v;
  }
  const std::string& view() const { return out_; }
  std::string take() { return std::move(out_); }
  void clear() { out_.clear(); }
  size_t size() const { return out_.size(); }

 private:
  std::string out_;
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
