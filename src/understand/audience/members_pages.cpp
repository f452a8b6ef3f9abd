// The stored form of Members; byte by byte in docs/formats.md.
#include <algorithm>

#include "ground/base/bytes.h"
#include "understand/audience/members.h"

namespace aizuchi::understand {

using ground::ByteReader;
using ground::ByteWriter;
using ground::ErrorCode;
using ground::fail;
using ground::PersonId;
using ground::Result;

namespace {

constexpr uint8_t page_format = 1;
constexpr uint8_t head_format = 1;
constexpr size_t page_words = Members::page_people / 64;
constexpr uint64_t ones = ~uint64_t{0};

enum class Fill : uint8_t { none, all, some };

void put_words(ByteWriter& out, const Bits& bits, uint32_t page) {
  bool none = true, all = true;
  for (size_t i = 0; i < page_words; ++i) {
    const uint64_t word = bits.word(page * page_words + i);
    none = none && word == 0;
    all = all && word == ones;
  }
  const Fill fill = none ? Fill::none : all ? Fill::all : Fill::some;
  out.u8(static_cast<uint8_t>(fill));
  if (fill != Fill::some) return;
  for (size_t i = 0; i < page_words; ++i) out.be64(bits.word(page * page_words + i));
}

// `bits` null: read over.
void get_words(ByteReader& in, Bits* bits, uint32_t page) {
  const uint8_t fill = in.u8();
  if (fill > static_cast<uint8_t>(Fill::some)) return in.spoil();
  for (size_t i = 0; i < page_words; ++i) {
    const uint64_t word = fill == static_cast<uint8_t>(Fill::some)  ? in.be64()
                          : fill == static_cast<uint8_t>(Fill::all) ? ones
                                                                    : 0;
    if (bits != nullptr && word != 0) bits->put_word(page * page_words + i, word);
  }
}

ground::Error corrupted_page(uint32_t page) {
  return {ErrorCode::corrupted, "page " + std::to_string(page) + " of the audiences does not check",
          "run `aizuchi doctor`; the audiences can be counted again from the people"};
}

}  // namespace

std::vector<uint32_t> Members::take_changed_pages() {
  std::vector<uint32_t> out;
  for (uint32_t page = 0; page * page_people < places(); ++page)
    if (changed_pages_.put(page, false)) out.push_back(page);
  return out;
}

std::string Members::encode_page(uint32_t page) const {
  ByteWriter out;
  out.u8(page_format);
  const size_t first = size_t{page} * page_people;
  const size_t here = std::min(page_people, places() - std::min(places(), first));
  out.varint(here);
  for (size_t i = 0; i < here; ++i)
    out.bytes(numbers_.id(static_cast<uint32_t>(first + i)).bytes());
  // Plus one, so that "never" is a byte.
  for (size_t i = 0; i < here; ++i)
    out.varint(next_.second(static_cast<uint32_t>(first + i)) + uint32_t{1});
  put_words(out, counted_, page);
  put_words(out, pending_, page);
  out.varint(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    out.be64(columns_[i].fingerprint);
    put_words(out, columns_bits_[i], page);
  }
  return out.take();
}

std::string Members::encode_head(uint64_t sequence) const {
  ByteWriter out;
  out.u8(head_format);
  out.varint(sequence);
  out.varint(columns_.size());
  for (const Column& column : columns_) {
    out.text(column.name);
    out.be64(column.fingerprint);
    out.u8(column.filled ? 1 : 0);
  }
  return out.take();
}

Result<Members::Head> Members::decode_head(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != head_format)
    return fail(ErrorCode::unsupported, "the audiences' head is in a newer format",
                "use the version that wrote it");
  Head head{.sequence = in.varint()};
  for (size_t n = in.count(10); n > 0 && in.ok(); --n) {
    Column column{.name = std::string(in.text())};
    column.fingerprint = in.be64();
    column.filled = in.u8() != 0;
    head.columns.push_back(std::move(column));
  }
  if (!in.done()) return fail(ErrorCode::corrupted, "the audiences' head does not check");
  return head;
}

Result<void> Members::decode_page(uint32_t page, std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != page_format)
    return fail(ErrorCode::unsupported, "a page of the audiences is in a newer format",
                "use the version that wrote it");
  const size_t here = in.count(17);
  if (here > page_people) in.spoil();
  const size_t first = size_t{page} * page_people;
  for (size_t i = 0; i < here && in.ok(); ++i) {
    const auto id = PersonId::from_bytes(in.bytes(16));
    if (id && !id->empty() && !numbers_.put(static_cast<uint32_t>(first + i), *id)) in.spoil();
  }
  for (size_t i = 0; i < here && in.ok(); ++i)
    next_.put_second(static_cast<uint32_t>(first + i), static_cast<uint32_t>(in.varint() - 1));
  get_words(in, &counted_, page);
  get_words(in, &pending_, page);
  for (size_t n = in.count(9); n > 0 && in.ok(); --n) {
    const uint64_t fingerprint = in.be64();
    Bits* bits = nullptr;
    for (size_t i = 0; i < columns_.size() && bits == nullptr; ++i)
      if (columns_[i].fingerprint == fingerprint) bits = &columns_bits_[i];
    get_words(in, bits, page);
  }
  if (!in.done()) return std::unexpected(corrupted_page(page));
  return {};
}

void Members::restored() {
  numbers_.find_free();
  for (size_t i = 0; i < columns_.size(); ++i)  // two names for the same people
    for (size_t same = 0; same < i; ++same)
      if (columns_[same].fingerprint == columns_[i].fingerprint)
        columns_bits_[i] = columns_bits_[same];
  pending_queue_.clear();
  for (uint32_t number = 0; number < places(); ++number)
    if (pending_.test(number)) pending_queue_.push_back(number);
  pending_count_ = pending_queue_.size();
  next_.restored();
}

}  // namespace aizuchi::understand
