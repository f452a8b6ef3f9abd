#include "serve/http/inflate.h"

#include <zlib.h>

#include <algorithm>

#include "ground/base/result.h"
#include "serve/http/framing.h"

namespace aizuchi::serve {
namespace {

constexpr size_t ratio_free_bytes = 256 * 1024;  // below this a high ratio costs nothing

int window_bits(BodyEncoding encoding, std::string_view compressed) {
  if (encoding == BodyEncoding::gzip) return 15 + 16;
  // RFC 1950: the first two bytes, as a number, divide by 31 and name method 8.
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(compressed[i]); };
  const bool zlib_header =
      compressed.size() >= 2 && (byte(0) & 15) == 8 && (byte(0) * 256 + byte(1)) % 31 == 0;
  return zlib_header ? 15 : -15;
}

class Inflater {
 public:
  Inflater(BodyEncoding encoding, std::string_view compressed) {
    // zlib takes the input as not const and does not write to it.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream_.avail_in = static_cast<uInt>(compressed.size());
    AIZ_ASSERT(inflateInit2(&stream_, window_bits(encoding, compressed)) == Z_OK);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  // Fills `room` as far as the stream goes; how many bytes it wrote.
  size_t read(std::span<char> room) {
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = static_cast<uInt>(room.size());
    state_ = inflate(&stream_, Z_NO_FLUSH);
    return room.size() - stream_.avail_out;
  }
  bool ended_cleanly() const { return state_ == Z_STREAM_END && stream_.avail_in == 0; }
  bool can_go_on() const { return state_ == Z_OK; }
  size_t consumed() const { return stream_.total_in; }

 private:
  z_stream stream_{};
  int state_ = Z_OK;
};

}  // namespace

std::optional<BodyEncoding> parse_body_encoding(std::string_view content_encoding) {
  if (content_encoding.empty() || equals_ignoring_case(content_encoding, "identity")) {
    return BodyEncoding::identity;
  }
  if (equals_ignoring_case(content_encoding, "gzip") ||
      equals_ignoring_case(content_encoding, "x-gzip")) {
    return BodyEncoding::gzip;
  }
  if (equals_ignoring_case(content_encoding, "deflate")) return BodyEncoding::deflate;
  return std::nullopt;
}

std::expected<void, Refusal> inflate_body(BodyEncoding encoding, std::string_view compressed,
                                          const HttpLimits& limits, std::string& out) {
  if (encoding == BodyEncoding::identity) {
    out.assign(compressed);
    return {};
  }
  Inflater inflater(encoding, compressed);
  out.clear();
  size_t size = 0;
  // One byte of room above the limit tells "exactly the limit" from "more".
  const size_t room_max = limits.body_bytes_max + 1;
  size_t room = std::min(room_max, std::max<size_t>(4096, compressed.size() * 4));
  while (true) {
    out.resize(room);
    const size_t written = inflater.read({out.data() + size, room - size});
    size += written;
    if (size > limits.body_bytes_max) return std::unexpected(Refusal::inflated_too_large);
    if (size > ratio_free_bytes && size > inflater.consumed() * limits.inflate_ratio_max) {
      return std::unexpected(Refusal::inflated_too_large);
    }
    if (inflater.ended_cleanly()) break;
    if (!inflater.can_go_on() || (written == 0 && size < room)) {
      return std::unexpected(Refusal::bad_body_encoding);
    }
    if (size == room) room = std::min(room_max, room * 2);
  }
  out.resize(size);
  return {};
}

}  // namespace aizuchi::serve
