#include "ground/store/erasures.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"

namespace aizuchi::ground {

namespace {

constexpr uint8_t person_format = 1, values_format = 2, absorbed_format = 3;

std::string path_of(const std::string& keyring_directory) {
  return keyring_directory + "/erased";
}

std::string_view view(const std::array<uint8_t, 16>& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

// "payload checksum" in hex, one line: what was torn off has no line's end.
std::string line_of(const Erasure& erasure) {
  const std::string payload = encode_erasure(erasure);
  ByteWriter crc;
  crc.be16(static_cast<uint16_t>(crc32c(payload) >> 16));
  crc.be16(static_cast<uint16_t>(crc32c(payload)));
  const auto hex_of = [](std::string_view bytes) {
    return hex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  };
  return hex_of(payload) + " " + hex_of(crc.view()) + "\n";
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(&text[i], &text[i] + 2, byte, 16);
    if (error != std::errc() || end != &text[i] + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out.size() * 2 == text.size() ? std::optional(out) : std::nullopt;
}

std::unexpected<Error> system_failure(const std::string& path) {
  return fail(ErrorCode::unavailable, path + ": " + std::generic_category().message(errno),
              "see that the keyring directory can be written");
}

// How many bytes at the front are whole lines; what they say goes to `out`.
Result<size_t> read_whole(std::string_view bytes, const std::string& path,
                          std::vector<Erasure>& out) {
  size_t at = 0;
  for (size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n', at)) {
    const auto payload = from_hex(bytes.substr(at, bytes.substr(at, end - at).find(' ')));
    const auto erasure =
        payload ? decode_erasure(*payload) : Result<Erasure>(fail(ErrorCode::corrupted, ""));
    if (!erasure && erasure.error().code == ErrorCode::unsupported)
      return std::unexpected(erasure.error());
    if (!erasure || line_of(*erasure) != bytes.substr(at, end + 1 - at))
      return fail(ErrorCode::corrupted, path + " does not check",
                  "restore it from the place where you keep the keyring; without it a restored "
                  "backup would bring erased people back");
    out.push_back(*erasure);
    at = end + 1;
  }
  return at;
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::string();
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

std::string encode_erasure(const Erasure& erasure) {
  ByteWriter out;
  const bool values = erasure.what == Erased::values;
  const bool absorbed = erasure.what == Erased::absorbed;
  out.u8(values ? values_format : absorbed ? absorbed_format : person_format);
  if (values) out.u8(erasure.viewer);
  out.bytes(view(erasure.person));
  out.be64(erasure.sequence);
  out.be64(static_cast<uint64_t>(erasure.at.ms));
  out.varint(erasure.lookups.size());
  for (const auto& lookup : erasure.lookups) out.bytes(view(lookup));
  return out.take();
}

Result<Erasure> decode_erasure(std::string_view bytes) {
  ByteReader in(bytes);
  const uint8_t format = in.u8();
  if (format < person_format || format > absorbed_format)
    return fail(ErrorCode::unsupported, "an erasure is noted in a newer format",
                "use the newer Aizuchi that wrote it");
  Erasure out;
  if (format == absorbed_format) out.what = Erased::absorbed;
  if (format == values_format) {
    out.what = Erased::values;
    out.viewer = in.u8();
  }
  const auto id = [&](std::array<uint8_t, 16>& to) {
    const std::string_view from = in.bytes(to.size());
    if (from.size() == to.size()) std::memcpy(to.data(), from.data(), to.size());
  };
  id(out.person);
  out.sequence = in.be64();
  out.at = {static_cast<int64_t>(in.be64())};
  out.lookups.resize(in.count(16));
  for (auto& lookup : out.lookups) id(lookup);
  if (!in.done()) return fail(ErrorCode::corrupted, "the note of an erasure does not check");
  return out;
}

Result<std::vector<Erasure>> read_erasures(const std::string& keyring_directory) {
  const std::string path = path_of(keyring_directory);
  std::vector<Erasure> out;
  const std::string bytes = TRY(read_file(path));
  TRY(read_whole(bytes, path, out));
  return out;
}

Result<void> add_erasure(const std::string& keyring_directory, const Erasure& erasure) {
  const std::string path = path_of(keyring_directory);
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  // A backup being made opens its copy beside the server, and may note one too.
  if (file.fd < 0 || ::flock(file.fd, LOCK_EX) != 0) return system_failure(path);
  std::vector<Erasure> before;
  const std::string there = TRY(read_file(path));
  const size_t whole = TRY(read_whole(there, path, before));
  const std::string bytes = line_of(erasure);
  // A line that was torn off is written over.
  const bool written = ::ftruncate(file.fd, static_cast<off_t>(whole)) == 0 &&
                       ::pwrite(file.fd, bytes.data(), bytes.size(), static_cast<off_t>(whole)) ==
                           static_cast<ssize_t>(bytes.size()) &&
                       ::fsync(file.fd) == 0;
  if (!written) return system_failure(path);
  if (whole > 0) return {};
  const Descriptor folder{::open(keyring_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.fd < 0 || ::fsync(folder.fd) != 0) return system_failure(keyring_directory);
  return {};
}

}  // namespace aizuchi::ground
