// The two encodings of spreadsheets in Japan: UTF-8, and CP932 (Windows-31J, what Excel calls
// Shift_JIS). What cannot be written in CP932 is named, never replaced by a question mark.
//
// Promise: text that was encoded and decoded again may differ from itself in a handful of signs
// that CP932 has once and Unicode twice (〜 and ～, − and －, — and ―); as_after() tells how.
// Threads: an Encoding belongs to one thread. Cost: iconv, about 100 MB/s.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/result.h"

namespace aizuchi::serve {

enum class Charset : uint8_t { utf8, cp932 };
std::string_view to_string(Charset charset);
// utf-8, utf8; cp932, shift_jis, shift-jis, sjis, windows-31j, ms932. Errors: invalid.
ground::Result<Charset> parse_charset(std::string_view name);

class Encoding {
 public:
  explicit Encoding(Charset charset);
  ~Encoding();
  Encoding(Encoding&&) noexcept;

  Charset charset() const;
  // From UTF-8; nullopt when a character has no place there: unwritable() is it.
  std::optional<std::string> encode(std::string_view utf8);
  const std::string& unwritable() const;
  // To UTF-8; nullopt when the bytes are not of this encoding.
  std::optional<std::string> decode(std::string_view bytes);
  // What is read back after a spreadsheet wrote it: the same, the twin of a sign, or '?' for what
  // the encoding lacks.
  std::string as_after(std::string_view utf8);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace aizuchi::serve
