#include "ground/store/store.h"

#include <future>

namespace aizuchi::ground {

Result<void> Store::commit_and_wait(Batch batch, Durability durability) {
  std::promise<Result<void>> told;
  std::future<Result<void>> answer = told.get_future();
  commit(std::move(batch), durability,
         [&told](const Result<void>& result) { told.set_value(result); });
  return answer.get();
}

}  // namespace aizuchi::ground
