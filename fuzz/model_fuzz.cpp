// A model's file from bytes: whatever comes, it is refused or it can be asked. The input is taken
// as a whole file, and as a body under a right checksum, so that the reader of models is reached
// too.
#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/hash.h"
#include "understand/recommend/model_file.h"

using namespace aizuchi;

namespace {

void ask(const understand::KeptModel& kept) {
  if (!kept.model || kept.items.empty() || kept.items.size() > 1000) return;
  AIZ_ASSERT(kept.model->items() == kept.items.size());
  const uint32_t item = 0;
  const understand::Basket basket(&item, 1);
  std::vector<float> scores(kept.items.size());
  kept.model->score({&basket, 1}, scores);
  AIZ_ASSERT(kept.model->shares(basket, basket).size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto kept = understand::decode_model(input)) ask(*kept);
  std::string signed_right = "aizuchi model\n\x01" + std::string(input);
  const auto sum = ground::sha256(signed_right);
  signed_right.append(reinterpret_cast<const char*>(sum.data()), sum.size());
  if (const auto kept = understand::decode_model(signed_right)) ask(*kept);
  return 0;
}
