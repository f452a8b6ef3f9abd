#include "ground/store/batch.h"

#include "ground/base/result.h"

namespace aizuchi::ground {

namespace {
constexpr uint8_t erases_bit = 0x80;
}

std::string_view to_string(Space space) {
  switch (space) {
    case Space::log:
      return "log";
    case Space::history:
      return "history";
    case Space::seen:
      return "seen";
    case Space::state:
      return "state";
    case Space::record:
      return "record";
    case Space::identity:
      return "identity";
    case Space::keyring:
      return "keyring";
    case Space::meta:
      return "meta";
  }
  AIZ_ASSERT(false);
}

void Batch::put(Space space, std::string_view key, std::string_view value) {
  AIZ_ASSERT(!key.empty());
  writes_.u8(static_cast<uint8_t>(space));
  writes_.text(key);
  writes_.text(value);
  ++puts_;
}

void Batch::erase(Space space, std::string_view key) {
  AIZ_ASSERT(!key.empty());
  writes_.u8(static_cast<uint8_t>(space) | erases_bit);
  writes_.text(key);
}

void Batch::append(Batch&& other) {
  puts_ += other.puts_;
  if (writes_.size() == 0) {
    writes_ = std::move(other.writes_);
  } else {
    writes_.bytes(other.writes_.view());
  }
  other = Batch();
}

bool Batch::next(size_t& at, Write& out) const {
  const std::string_view all = writes_.view();
  if (at >= all.size()) return false;
  ByteReader in(all.substr(at));
  const uint8_t head = in.u8();
  out.space = static_cast<Space>(head & ~erases_bit);
  out.erases = (head & erases_bit) != 0;
  out.key = in.text();
  out.value = out.erases ? std::string_view() : in.text();
  AIZ_ASSERT(in.ok());
  at = all.size() - in.rest().size();
  return true;
}

}  // namespace aizuchi::ground
