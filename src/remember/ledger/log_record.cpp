#include "remember/ledger/log_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"

namespace aizuchi::remember {

using ground::ByteReader;
using ground::ByteWriter;
using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr uint8_t record_format = 2;
constexpr uint8_t tombstone_format = 3;
constexpr size_t person_bytes = 16;
constexpr size_t tail_bytes = sizeof(Link) + 4;
constexpr size_t tombstone_bytes = 1 + sizeof(Link) + tail_bytes;
constexpr const char* damaged_hint = "keep the directory as it is, and restore the newest backup";

std::string_view view(const Link& link) {
  return {reinterpret_cast<const char*>(link.data()), link.size()};
}

Link next_link(const Link& before, uint64_t sequence, const Link& hash) {
  ByteWriter out;
  out.bytes(view(before));
  out.be64(sequence);
  out.bytes(view(hash));
  return ground::sha256(out.view());
}

// Of the key and everything in the value before the checksum itself.
uint32_t checksum(uint64_t sequence, std::string_view before) {
  ByteWriter key;
  key.be64(sequence);
  return ground::crc32c(before, ground::crc32c(key.view()));
}

void append_checksum(std::string& out, uint64_t sequence) {
  const uint32_t crc = checksum(sequence, out);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(crc >> shift & 0xff);
}

std::unexpected<ground::Error> damaged(uint64_t sequence, const char* what) {
  return fail(ErrorCode::corrupted, fmt::format("log record {}: {}", sequence, what), damaged_hint);
}

}  // namespace

std::string encode_log_record(uint64_t sequence, std::string_view person16, std::string_view sealed,
                              Link& link) {
  AIZ_ASSERT(person16.size() == person_bytes);
  std::string out;
  out.reserve(1 + person_bytes + sealed.size() + tail_bytes);
  out += static_cast<char>(record_format);
  out += person16;
  out += sealed;
  link = next_link(link, sequence, ground::sha256(std::string_view(out).substr(1)));
  out += view(link);
  append_checksum(out, sequence);
  return out;
}

std::string encode_tombstone(uint64_t sequence, const Link& hash, const Link& link) {
  std::string out(1, static_cast<char>(tombstone_format));
  out.reserve(tombstone_bytes);
  out += view(hash);
  out += view(link);
  append_checksum(out, sequence);
  return out;
}

Result<StoredRecord> peek_log_record(uint64_t sequence, std::string_view value) {
  if (!value.empty() && static_cast<uint8_t>(value[0]) > tombstone_format)
    return fail(ErrorCode::unsupported,
                fmt::format("log record {} is of format {}; this program reads {}", sequence,
                            static_cast<uint8_t>(value[0]), tombstone_format),
                "use the newer Aizuchi that wrote it");
  const bool erased = value.size() == tombstone_bytes && value[0] == tombstone_format;
  if (!erased && (value.size() < 1 + person_bytes + tail_bytes || value[0] != record_format))
    return damaged(sequence, "it is not one");
  ByteReader tail(value.substr(value.size() - 4));
  const uint32_t crc = static_cast<uint32_t>(tail.be16()) << 16;
  if ((crc | tail.be16()) != checksum(sequence, value.substr(0, value.size() - 4)))
    return damaged(sequence, "its checksum does not match");
  StoredRecord out{.erased = erased};
  if (erased) {
    std::memcpy(out.hash.data(), value.data() + 1, sizeof(Link));
  } else {
    out.person = value.substr(1, person_bytes);
    out.sealed = value.substr(1 + person_bytes, value.size() - 1 - person_bytes - tail_bytes);
  }
  std::memcpy(out.link.data(), value.data() + value.size() - tail_bytes, sizeof(Link));
  return out;
}

Result<StoredRecord> decode_log_record(uint64_t sequence, std::string_view value) {
  StoredRecord out = TRY(peek_log_record(sequence, value));
  if (!out.erased) out.hash = ground::sha256(value.substr(1, value.size() - 1 - tail_bytes));
  return out;
}

bool LogWalk::known_lost(uint64_t first, uint64_t last) const {
  return std::ranges::any_of(
      lost_, [&](const Lost& lost) { return lost.first <= first && last <= lost.second; });
}

Result<StoredRecord> LogWalk::next(uint64_t sequence, std::string_view value) {
  const StoredRecord record = TRY(decode_log_record(sequence, value));
  if (sequence <= last_) return damaged(sequence, "it is out of order");
  const bool follows = sequence == last_ + 1;
  if (!follows && !known_lost(last_ + 1, sequence - 1))
    return fail(ErrorCode::corrupted,
                fmt::format("log records {} to {} are missing", last_ + 1, sequence - 1),
                damaged_hint);
  // Behind a hole the link cannot be computed: the record's own checksum and seal speak for it.
  if (follows && record.link != next_link(link_, sequence, record.hash))
    return damaged(sequence, "it does not follow the record before it");
  last_ = sequence;
  link_ = record.link;
  return record;
}

std::string encode_lost(const std::vector<Lost>& lost) {
  ByteWriter out;
  out.varint(lost.size());
  for (const auto& [first, last] : lost) {
    out.varint(first);
    out.varint(last);
  }
  return out.take();
}

Result<std::vector<Lost>> decode_lost(std::string_view bytes) {
  ByteReader in(bytes);
  std::vector<Lost> out(in.count(2));
  for (auto& [first, last] : out) {
    first = in.varint();
    last = in.varint();
  }
  if (!in.done()) return fail(ErrorCode::corrupted, "meta 'salvaged' does not check");
  return out;
}

}  // namespace aizuchi::remember
