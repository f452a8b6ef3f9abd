#include "serve/tables/encoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>

#include "ground/base/text.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

struct CharsetName {
  std::string_view name;
  Charset charset;
};
constexpr std::array<CharsetName, 9> charset_names = {{
    {"utf-8", Charset::utf8},
    {"utf8", Charset::utf8},
    {"cp932", Charset::cp932},
    {"shift_jis", Charset::cp932},
    {"shift-jis", Charset::cp932},
    {"sjis", Charset::cp932},
    {"windows-31j", Charset::cp932},
    {"ms932", Charset::cp932},
    {"csshiftjis", Charset::cp932},
}};

// glibc's CP932 knows one of each pair; Excel writes the other.
struct Twin {
  std::string_view unicode, of_cp932;
};
constexpr std::array<Twin, 7> twins = {{
    {"\u301c", "\uff5e"},  // 〜 wave dash
    {"\u2212", "\uff0d"},  // − minus
    {"\u2014", "\u2015"},  // — em dash
    {"\u2016", "\u2225"},  // ‖
    {"\u00a2", "\uffe0"},  // ¢
    {"\u00a3", "\uffe1"},  // £
    {"\u00ac", "\uffe2"},  // ¬
}};

size_t character_bytes(char first) {
  const auto c = static_cast<uint8_t>(first);
  return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

class Converter {
 public:
  Converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {
    AIZ_ASSERT(handle_ != reinterpret_cast<iconv_t>(-1));  // glibc's modules are installed
  }
  Converter(const Converter&) = delete;
  ~Converter() { iconv_close(handle_); }

  // nullopt: `stopped` is the byte it stopped at.
  std::optional<std::string> convert(std::string_view text, size_t& stopped) {
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    std::string out(text.size() * 3 + 8, '\0');
    char* in = const_cast<char*>(text.data());  // iconv's signature; it does not write there
    size_t in_left = text.size();
    char* to = out.data();
    size_t out_left = out.size();
    const size_t done = iconv(handle_, &in, &in_left, &to, &out_left);
    stopped = text.size() - in_left;
    if (done == static_cast<size_t>(-1)) return std::nullopt;
    out.resize(out.size() - out_left);
    return out;
  }

 private:
  iconv_t handle_;
};

}  // namespace

struct Encoding::Parts {
  Charset charset;
  Converter to{"CP932", "UTF-8"};
  Converter from{"UTF-8", "CP932"};
  std::string unwritable;
};

std::string_view to_string(Charset charset) {
  return charset == Charset::utf8 ? "utf-8" : "cp932";
}

Result<Charset> parse_charset(std::string_view name) {
  const std::string lower = ground::ascii_lower(name);
  const auto* at = std::ranges::find(charset_names, lower, &CharsetName::name);
  if (at != charset_names.end()) return at->charset;
  return fail(ErrorCode::invalid, fmt::format("There is no encoding {} here.", name),
              "Use utf-8, or cp932 (what Excel in Japan calls Shift_JIS).");
}

Encoding::Encoding(Charset charset) : parts_(new Parts{.charset = charset, .unwritable = {}}) {}
Encoding::~Encoding() = default;
Encoding::Encoding(Encoding&&) noexcept = default;

Charset Encoding::charset() const {
  return parts_->charset;
}

const std::string& Encoding::unwritable() const {
  return parts_->unwritable;
}

std::optional<std::string> Encoding::encode(std::string_view utf8) {
  if (parts_->charset == Charset::utf8) return std::string(utf8);
  std::string text(utf8);
  for (const Twin& twin : twins)
    for (size_t at = text.find(twin.unicode); at != std::string::npos;
         at = text.find(twin.unicode, at + 1))
      text.replace(at, twin.unicode.size(), twin.of_cp932);
  size_t stopped = 0;
  auto out = parts_->to.convert(text, stopped);
  if (!out) {
    parts_->unwritable = text.substr(stopped, character_bytes(text[stopped]));
    return out;
  }
  size_t unused = 0;
  if (parts_->from.convert(*out, unused) == text) return out;
  // A few are written as another sign (¥ as \, which then is one): they are not of CP932 either.
  for (size_t at = 0; at < text.size(); at += character_bytes(text[at])) {
    const std::string one = text.substr(at, character_bytes(text[at]));
    const auto bytes = parts_->to.convert(one, unused);
    if (bytes && parts_->from.convert(*bytes, unused) == one) continue;
    parts_->unwritable = one;
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> Encoding::decode(std::string_view bytes) {
  if (parts_->charset == Charset::utf8)
    return ground::valid_utf8(bytes) ? std::optional(std::string(bytes)) : std::nullopt;
  size_t stopped = 0;
  return parts_->from.convert(bytes, stopped);
}

std::string Encoding::as_after(std::string_view utf8) {
  if (parts_->charset == Charset::utf8) return std::string(utf8);
  std::string text(utf8);
  auto bytes = encode(text);
  for (; !bytes; bytes = encode(text)) {
    const size_t at = text.find(unwritable());
    AIZ_ASSERT(at != std::string::npos);
    text.replace(at, unwritable().size(), "?");
  }
  return decode(*bytes).value_or(text);
}

}  // namespace aizuchi::serve
