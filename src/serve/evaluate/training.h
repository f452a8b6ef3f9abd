// A model made of plain files, to be kept and asked: of what people had (as `evaluate topn` reads
// it) or of visits (as `evaluate session` does).
//
// Promises: the kind and its settings are chosen as there, on what is held back – a valid file, or
// a slice – and the model is then made of everything; a file named test is never read. The seed is
// the only chance: the same files give the same model. Threads: one. Cost: shelf.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "serve/evaluate/plain_file.h"
#include "understand/recommend/model_file.h"
#include "understand/recommend/shelf.h"

namespace aizuchi::serve {

struct TrainQuestion {
  Parts parts;  // its `test` is not looked at
  uint64_t seed = 1;
  std::function<void(const std::string& what, double done)> progress;
};
struct Trained {
  understand::KeptModel kept;
  std::string protocol;
  std::vector<understand::Tried> tried;  // of what people had
  size_t best = 0;
  double popular_mrr20 = 0, popular_hr20 = 0;  // of visits: what the plainest rule reaches
  size_t asked = 0;                            // people or predictions it was chosen or measured on
  double seconds = 0;
};
// Errors: not_found, invalid.
ground::Result<Trained> train_topn(const TrainQuestion& question);
ground::Result<Trained> train_session(const TrainQuestion& question);

// Of a folder or files: a file of its own or one named valid, what is chosen on; never a test.
ground::Result<Parts> find_training(const std::string& folder, const std::string& train,
                                    const std::string& valid);

// What a kept model answers to items by name: of visits the newest last.
struct Answered {
  std::string item;
  double score = 0;
  std::string because;  // which of the items gave most; "": none, it is popular
};
// Errors: not_found, where the model knows none of that name.
ground::Result<std::vector<Answered>> ask_model(const understand::KeptModel& kept,
                                                const std::vector<std::string>& items, size_t top);

}  // namespace aizuchi::serve
