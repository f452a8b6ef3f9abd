// When a `seen` key is over: shared by the engines and the compaction filter, so that a reader and
// a rewriter never disagree. A value that is not a time never expires: nothing is dropped unread.
#pragma once

#include "ground/base/bytes.h"
#include "ground/store/store.h"

namespace aizuchi::ground {

inline bool seen_is_over(std::string_view value, Instant now) {
  ByteReader in(value);
  const Instant received{static_cast<int64_t>(in.be64())};
  return in.ok() && received < now - seen_keep;
}

}  // namespace aizuchi::ground
