// What a purpose said, and until when. A consent that arrives late was given to the text of its
// time: were it held for today's, a changed text would stretch an old grant.
#include <fmt/format.h>

#include "ground/base/bytes.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Instant;
using ground::Result;

namespace {

constexpr size_t before_max = 64;  // texts of one purpose; older ones count as the oldest kept

}  // namespace

std::string Partition::State::encode(const PurposeTexts& texts) {
  ground::ByteWriter out;
  out.varint(texts.size());
  for (const auto& [name, text] : texts) {
    out.text(name);
    out.be64(text.hash);
    out.varint(text.before.size());
    for (const auto& [ended, hash] : text.before) {
      out.be64(static_cast<uint64_t>(ended.ms));
      out.be64(hash);
    }
  }
  return out.take();
}

std::string Partition::text_version(const ground::Purpose& purpose) {
  return fmt::format("{:016x}", purpose.text_hash);
}

Result<void> Partition::State::load_texts() {
  const auto bytes = TRY(store->get(ground::Space::meta, meta_texts));
  if (!bytes) return {};
  ground::ByteReader in(*bytes);
  for (size_t n = in.count(10); n > 0 && in.ok(); --n) {
    const std::string name(in.text());
    PurposeText& text = purpose_texts[name];
    text.hash = in.be64();
    for (size_t k = in.count(16); k > 0 && in.ok(); --k) {
      const Instant ended{static_cast<int64_t>(in.be64())};
      text.before.emplace_back(ended, in.be64());
    }
  }
  if (!in.done())
    return ground::fail(ground::ErrorCode::corrupted, "meta 'purpose-texts' does not check");
  return {};
}

void Partition::State::tell_texts(ground::Snapshot& next) const {
  for (ground::Purpose& purpose : next.purposes)
    if (const auto it = purpose_texts.find(purpose.name); it != purpose_texts.end())
      purpose.texts_before = it->second.before;
}

Partition::State::PurposeTexts Partition::State::texts_with(const ground::Snapshot& next) const {
  PurposeTexts out = purpose_texts;
  for (const ground::Purpose& purpose : next.purposes) {
    PurposeText& text = out[purpose.name];
    if (text.hash != 0 && text.hash != purpose.text_hash) {
      text.before.emplace_back(clock.now(), text.hash);
      if (text.before.size() > before_max) text.before.erase(text.before.begin());
    }
    text.hash = purpose.text_hash;
  }
  return out;
}

}  // namespace aizuchi::serve
