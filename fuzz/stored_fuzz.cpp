// What is read back from a disk, from any bytes: it is refused by name, or it is what it says, and
// written again it says the same. The first byte chooses what the rest is taken for: records of the
// log, of people, of decisions and of what was learned, logs and files of the store, a backup's
// manifest, the ledger of erasures.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "decide/explore/learning.h"
#include "decide/pipeline/record.h"
#include "ground/base/bytes.h"
#include "ground/base/hash.h"
#include "ground/base/test_folder.h"
#include "ground/base/text.h"
#include "ground/base/value.h"
#include "ground/catalog/brand_folder.h"
#include "ground/catalog/population.h"
#include "ground/domain/vocabulary.h"
#include "ground/expr/time_zone.h"
#include "ground/store/erasures.h"
#include "ground/store/log_check.h"
#include "ground/store/manifest.h"
#include "remember/ledger/log_record.h"
#include "remember/ledger/person.h"
#include "understand/audience/members.h"
#include "understand/recommend/related.h"
#include "understand/resonance/leaning_record.h"
#include "understand/resonance/usual.h"

using namespace aizuchi;

namespace {

template <typename Read>
bool refused(const ground::Result<Read>& read) {
  if (read) return false;
  AIZ_ASSERT(!read.error().message.empty());
  AIZ_ASSERT(ground::valid_utf8(read.error().message));
  return true;
}

// What was read is written so that it is read as the same.
template <typename Decode, typename Encode>
void there_and_back(std::string_view bytes, const Decode& decode, const Encode& encode) {
  const auto read = decode(bytes);
  if (refused(read)) return;
  const std::string written = encode(*read);
  const auto again = decode(written);
  AIZ_ASSERT(again.has_value());
  AIZ_ASSERT(encode(*again) == written);
}

void log_record(std::string_view bytes) {
  const auto peeked = remember::peek_log_record(7, bytes);
  const auto whole = remember::decode_log_record(7, bytes);
  AIZ_ASSERT(peeked.has_value() == whole.has_value());
  if (refused(whole)) return;
  AIZ_ASSERT(whole->erased || whole->person.size() == 16);
  AIZ_ASSERT(whole->erased == peeked->erased && whole->sealed == peeked->sealed);
  const std::vector<remember::Lost> lost;
  remember::LogWalk walk(6, remember::no_link, lost);
  (void)walk.next(7, bytes);
}

// Under a right checksum, so that what is behind it is reached too.
void signed_log_record(std::string_view bytes) {
  ground::ByteWriter number;
  number.be64(7);
  const uint32_t sum = ground::crc32c(bytes, ground::crc32c(number.view()));
  std::string with(bytes);
  for (int shift = 24; shift >= 0; shift -= 8) with += static_cast<char>(sum >> shift);
  log_record(with);
}

void decision(std::string_view bytes) {
  const auto record = decide::decode_record(bytes);
  if (refused(record)) return;
  for (const decide::RecordedSlot& slot : record->slots)
    AIZ_ASSERT(slot.picks.size() <= bytes.size() && slot.candidates.size() <= bytes.size());
}

void one_value(std::string_view bytes) {
  ground::ByteReader in(bytes);
  const ground::Value value = ground::decode_value(in);
  if (!in.done()) return;
  ground::ByteWriter out;
  encode(out, value);
  ground::ByteReader again(out.view());
  AIZ_ASSERT(ground::to_json(ground::decode_value(again)) == ground::to_json(value));
  AIZ_ASSERT(again.done());
}

void leaning(std::string_view bytes) {
  ground::ByteReader in(bytes);
  const auto read = understand::decode_leaning(in);
  if (!in.ok()) return;
  ground::ByteWriter out;
  understand::encode(out, read.get());
  ground::ByteReader again(out.view());
  (void)understand::decode_leaning(again);
  AIZ_ASSERT(again.done());
}

void members(std::string_view bytes) {
  understand::Members some;
  some.adopt({{"one", 1}, {"two", 2}});
  const auto head = understand::Members::decode_head(bytes);
  if (!refused(head)) some.adopt(head->columns);
  (void)some.decode_page(0, bytes);
  some.restored();
  AIZ_ASSERT(some.counted().words().size() <= understand::Members::page_people / 64 + 1);
}

// Files of a keyring and of a backup, in a folder in memory.
const ground::test::TestFolder& folder() {
  static const ground::test::TestFolder made = [] {
    ::setenv("TMPDIR", "/dev/shm", 0);
    return ground::test::TestFolder();
  }();
  return made;
}

void write(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), bytes.size());
}

void erased_people(std::string_view bytes) {
  const std::string path = folder() / "erased";
  write(path, bytes);
  const auto read = ground::read_erasures(folder().path());
  if (refused(read)) return;
  AIZ_ASSERT(ground::add_erasure(folder().path(), {.sequence = 5}).has_value());
  const auto again = ground::read_erasures(folder().path());
  AIZ_ASSERT(again.has_value() && again->size() == read->size() + 1);
  AIZ_ASSERT(again->back().sequence == 5);
}

void manifest(std::string_view bytes) {
  write(folder() / "manifest.json", bytes);
  write(folder() / "manifest.json.sha256",
        ground::hex(ground::sha256(bytes)) + "  manifest.json\n");
  const auto read = ground::read_manifest(folder().path());
  if (refused(read)) return;
  for (const ground::FileSum& file : read->files)
    AIZ_ASSERT(!file.name.empty() && file.name.find('/') == std::string::npos);
}

constexpr auto encoded = [](const auto& read) { return encode(read); };
constexpr auto by_member = [](const auto& read) { return read.encode(); };

using Take = void (*)(std::string_view bytes);
constexpr Take takes[] = {
    log_record,
    signed_log_record,
    decision,
    [](std::string_view in) { there_and_back(in, remember::decode_person, encoded); },
    [](std::string_view in) { there_and_back(in, remember::decode_lost, remember::encode_lost); },
    [](std::string_view in) { there_and_back(in, ground::decode_population, encoded); },
    [](std::string_view in) { there_and_back(in, ground::decode_erasure, ground::encode_erasure); },
    [](std::string_view in) { there_and_back(in, ground::BrandFiles::decode, by_member); },
    [](std::string_view in) { there_and_back(in, ground::Vocabulary::decode, by_member); },
    [](std::string_view in) { there_and_back(in, decide::decode_choice, encoded); },
    [](std::string_view in) { there_and_back(in, understand::decode_usual, encoded); },
    [](std::string_view in) { there_and_back(in, understand::decode_related, encoded); },
    one_value,
    leaning,
    members,
    [](std::string_view in) { (void)ground::log_damage(in); },
    erased_people,
    manifest,
    [](std::string_view in) {
      if (const auto zone = ground::parse_time_zone(in)) (void)zone->offset_at(1'780'000'000);
    },
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  takes[data[0] % std::size(takes)]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
