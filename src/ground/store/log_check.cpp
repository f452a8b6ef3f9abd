#include "ground/store/log_check.h"
#include "ground/base/text.h"

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "ground/base/hash.h"

namespace aizuchi::ground {

namespace {

namespace fs = std::filesystem;

constexpr size_t block_bytes = 32768;
constexpr size_t header_bytes = 7;
constexpr uint8_t full = 1, first = 2, middle = 3, last = 4;

uint8_t byte_at(std::string_view bytes, size_t i) {
  return static_cast<uint8_t>(bytes[i]);
}

uint32_t le32(std::string_view bytes) {
  return byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16 |
         static_cast<uint32_t>(byte_at(bytes, 3)) << 24;
}

uint32_t masked(uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

struct Record {
  uint8_t type;
  size_t length;
};

Record header_of(std::string_view rest) {
  return {byte_at(rest, 6), static_cast<size_t>(byte_at(rest, 4) | byte_at(rest, 5) << 8)};
}

// Does `rest` begin with a record of this payload length whose checksum is right?
bool checks(std::string_view rest, size_t length) {
  return header_bytes + length <= rest.size() &&
         masked(crc32c(rest.substr(6, 1 + length))) == le32(rest);
}

bool has_whole_record(std::string_view bytes) {
  for (; bytes.size() > header_bytes; bytes.remove_prefix(1)) {
    const Record record = header_of(bytes);
    if (record.type >= full && record.type <= last && record.length > 0 &&
        checks(bytes, record.length))
      return true;
  }
  return false;
}

// A record that runs past the end of the log: torn, unless its length is what is wrong.
bool is_torn(std::string_view rest) {
  return !checks(rest, rest.size() - header_bytes) && !has_whole_record(rest.substr(1));
}

class LogWalk {
 public:
  explicit LogWalk(std::string_view log) : log_(log) {}

  std::string damage() {
    for (size_t begin = 0; begin < log_.size() && !ended_; begin += block_bytes) {
      const bool is_last = begin + block_bytes >= log_.size();
      if (const char* what = block(begin, is_last))
        return std::string(what) + " at offset " + std::to_string(at_);
    }
    return {};
  }

 private:
  // What is wrong with the block, or null.
  const char* block(size_t begin, bool is_last) {
    const size_t end = std::min(begin + block_bytes, log_.size());
    for (at_ = begin; at_ + header_bytes <= end;) {
      const std::string_view rest = log_.substr(at_, end - at_);
      const Record record = header_of(rest);
      if (record.type == 0 && record.length == 0) return zeros();
      if (header_bytes + record.length > rest.size()) {
        ended_ = true;
        return is_last && is_torn(rest) ? nullptr : "a record's length does not fit";
      }
      if (!checks(rest, record.length)) return "a record's checksum does not match";
      if (const char* what = sequence(record.type)) return what;
      at_ += header_bytes + record.length;
    }
    return nullptr;
  }

  const char* zeros() {
    ended_ = true;
    return all_zero(log_.substr(at_)) ? nullptr : "a stretch of zeros before more records";
  }

  // A record is full, or first, middle…, last.
  const char* sequence(uint8_t type) {
    if (type < full || type > last) return "a record of an unknown type";
    const bool begins = type == full || type == first;
    if (begins == inside_) return "a part of a record is missing";
    inside_ = type == first || type == middle;
    return nullptr;
  }

  std::string_view log_;
  size_t at_ = 0;
  bool inside_ = false;
  bool ended_ = false;  // the rest is a torn end
};

Result<std::string> read_whole(const fs::path& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  std::string bytes(error ? 0 : size, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (error || !in) return fail(ErrorCode::unavailable, path.string() + " cannot be read");
  return bytes;
}

Result<void> check_one(const fs::path& path) {
  const std::string bytes = TRY(read_whole(path));
  const std::string what = log_damage(bytes);
  if (what.empty()) return {};
  return fail(ErrorCode::corrupted, path.string() + ": " + what,
              "restore the newest backup, or keep a copy of the directory and salvage what is "
              "before the damage");
}

std::string first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

std::string log_damage(std::string_view log) {
  return LogWalk(log).damage();
}

Result<void> check_engine_logs(const std::string& directory) {
  std::error_code error;
  bool has_data = false;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string kind = entry.path().extension().string();
    has_data = has_data || kind == ".sst" || kind == ".log";
    if (kind == ".log") TRY(check_one(entry.path()));
  }
  if (error) return fail(ErrorCode::unavailable, directory + ": " + error.message());
  // The engine would take a directory without CURRENT for a new one, and clear it.
  const fs::path current = fs::path(directory) / "CURRENT";
  if (!fs::exists(current, error)) {
    if (!has_data) return {};
    return fail(ErrorCode::corrupted, current.string() + " is missing beside data files",
                "restore the newest backup");
  }
  const std::string manifest = first_line(current);
  if (!manifest.starts_with("MANIFEST-") || manifest.find('/') != std::string::npos)
    return fail(ErrorCode::corrupted, current.string() + " does not name a MANIFEST",
                "restore the newest backup");
  if (!fs::exists(fs::path(directory) / manifest, error))
    return fail(ErrorCode::corrupted,
                current.string() + " names " + printable(manifest) + ", which is missing",
                "restore the newest backup");
  return check_one(fs::path(directory) / manifest);
}

}  // namespace aizuchi::ground
