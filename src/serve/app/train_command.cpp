// train and recommend: a model from plain files to a file, and what it answers.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/evaluate/training.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

// Whole or not at all: a model that is in use stays until the next is written.
Result<void> write_whole(const std::string& path, const std::string& bytes) {
  const std::string part = path + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out << bytes;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(part, path, error);
  if (out && !error) return {};
  std::filesystem::remove(part, error);
  return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", path),
              "Is there such a folder, may you write there, and is there room?");
}

Result<understand::KeptModel> read_model_file(const std::string& path) {
  const std::string bytes = TRY(read_text_file(path));
  auto kept = understand::decode_model(bytes);
  if (!kept) kept.error().message = fmt::format("{}: {}.", path, kept.error().message);
  return kept;
}

void write_reached(ground::JsonWriter& json, const understand::KeptModel& kept) {
  json.object();
  for (const auto& [name, value] : kept.reached) json.member(name, value);
  json.end_object();
}

std::string train_json(const Trained& trained, const std::string& file, size_t bytes) {
  const understand::KeptModel& kept = trained.kept;
  ground::JsonWriter json;
  json.object().member("file", file).member("bytes", uint64_t{bytes}).member("chosen", kept.name);
  json.member(kept.model ? "people" : "visits", kept.people);
  json.member("items", uint64_t{kept.items.size()}).member("pairs", kept.pairs);
  json.member("protocol", trained.protocol);
  if (kept.model)
    json.member("seed", kept.seed);
  else
    json.key("seed").null();
  json.member(kept.model ? "chosen_on" : "predictions", uint64_t{trained.asked});
  write_reached(json.key("validation"), kept);
  json.member("seconds", trained.seconds).key("tried").array();
  for (const understand::Tried& one : trained.tried)
    json.object()
        .member("model", one.name)
        .member("ndcg@20", one.measured.ndcg20)
        .member("recall@20", one.measured.recall20)
        .member("hr@10", one.measured.hr10)
        .end_object();
  return json.end_array().end_object().take();
}

void print_trained(const Trained& trained, const std::string& file, size_t bytes,
                   Terminal& terminal) {
  const understand::KeptModel& kept = trained.kept;
  if (kept.model) {
    terminal.data("held back                 NDCG@20  Recall@20  HR@10");
    for (const understand::Tried& one : trained.tried)
      terminal.data(fmt::format("                          {:.4f}   {:.4f}     {:.4f}  {}",
                                one.measured.ndcg20, one.measured.recall20, one.measured.hr10,
                                one.name));
    terminal.data(fmt::format("chosen    {}", kept.name));
  } else {
    terminal.data(fmt::format("MRR@20    {:.4f}   (the most popular items: {:.4f})",
                              kept.reached[0].second, trained.popular_mrr20));
    terminal.data(fmt::format("HR@20     {:.4f}   (the most popular items: {:.4f})",
                              kept.reached[1].second, trained.popular_hr20));
  }
  terminal.data(fmt::format("made of   {} pairs, {} {}, {} items, in {:.1f} s", kept.pairs,
                            kept.people, kept.model ? "people" : "visits", kept.items.size(),
                            trained.seconds));
  terminal.data("protocol  " + trained.protocol);
  terminal.data(kept.model ? fmt::format("seed      {}", kept.seed)
                           : std::string("seed      none: nothing is drawn"));
  terminal.data(fmt::format("written   {}, {} bytes", file, bytes));
}

}  // namespace

Outcome run_train(const CommandOptions& options, Terminal& terminal) {
  TrainQuestion question{.parts = TRY(find_training(options.data, options.train, options.test)),
                         .seed = options.seed,
                         .progress = {}};
  question.progress = [&](const std::string& what, double done) {
    terminal.progress(what, static_cast<size_t>(done * 100), 100);
  };
  const auto trained =
      options.command == "train session" ? train_session(question) : train_topn(question);
  terminal.end_progress();
  if (!trained) return std::unexpected(trained.error());
  const std::string bytes = understand::encode(trained->kept);
  TRY(write_whole(options.to, bytes));
  if (options.json) {
    terminal.data(train_json(*trained, options.to, bytes.size()));
    return exit_ok;
  }
  print_trained(*trained, options.to, bytes.size(), terminal);
  terminal.next(fmt::format("aizuchi recommend --model {} --for {}", options.to,
                            trained->kept.items.front()));
  return exit_ok;
}

Outcome run_recommend(const CommandOptions& options, Terminal& terminal) {
  const understand::KeptModel kept = TRY(read_model_file(options.file));
  std::vector<std::string> items;
  for (const std::string& given : options.names) {  // a name may have a comma of its own
    if (std::ranges::find(kept.items, given) != kept.items.end()) {
      items.push_back(given);
      continue;
    }
    for (size_t from = 0; from <= given.size();) {
      const size_t comma = std::min(given.find(',', from), given.size());
      if (comma > from) items.push_back(given.substr(from, comma - from));
      from = comma + 1;
    }
  }
  if (items.empty()) return fail(ErrorCode::invalid, "--for names no item.");
  const std::vector<Answered> best = TRY(ask_model(kept, items, options.top));
  if (!options.json) {
    for (const Answered& one : best)
      terminal.data(fmt::format("{:>10.6f}  {}  ({})", one.score, one.item,
                                one.because.empty() ? "popular" : "because of " + one.because));
    if (best.empty()) terminal.message("It knows nothing that goes with that.");
    return exit_ok;
  }
  ground::JsonWriter json;
  json.object().member("model", kept.name).key("for").array();
  for (const std::string& item : items) json.value(item);
  json.end_array().key("items").array();
  for (const Answered& one : best) {
    json.object().member("item", one.item).member("score", one.score).key("because");
    if (one.because.empty())
      json.null();
    else
      json.value(one.because);
    json.end_object();
  }
  terminal.data(json.end_array().end_object().take());
  return exit_ok;
}

}  // namespace aizuchi::serve
