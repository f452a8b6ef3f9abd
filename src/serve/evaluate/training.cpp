#include "serve/evaluate/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "ground/base/text.h"
#include "serve/evaluate/pairs_file.h"
#include "serve/evaluate/session_protocol.h"
#include "serve/evaluate/topn_protocol.h"
#include "understand/recommend/sessions.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using understand::KeptModel;
using understand::KeptVisit;
using understand::Pair;
using understand::Pairs;
using understand::SessionIndex;

namespace {

constexpr size_t chosen_on_min = 10;  // people
constexpr size_t visits_max = size_t{1} << 20;

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

struct Learned {
  Pairs rest, all;
  std::vector<understand::Held> held;
  std::string protocol;
};

Result<Learned> learn_from(const TrainQuestion& question, PairNames& names) {
  std::vector<Pair> rows = TRY(read_pairs(question.parts.train, names));
  std::vector<Pair> valid;
  if (!question.parts.valid.empty()) valid = TRY(read_pairs(question.parts.valid, names));
  const auto people = static_cast<uint32_t>(names.people.size());
  const auto items = static_cast<uint32_t>(names.items.size());
  Pairs first(rows, people, items);
  if (valid.empty()) {
    understand::Slice slice = understand::hold_back(first, slice_people_max, question.seed);
    std::string words =
        fmt::format("chosen on a fifth of the items of {} people, {}", slice.held.size(),
                    first.timed() ? "the newest" : "drawn by the seed");
    return Learned{.rest = std::move(slice.rest),
                   .all = std::move(first),
                   .held = std::move(slice.held),
                   .protocol = std::move(words)};
  }
  auto held = held_of(first, Pairs(valid, people, items));
  rows.insert(rows.end(), valid.begin(), valid.end());
  return Learned{.rest = std::move(first),
                 .all = Pairs(std::move(rows), people, items),
                 .held = std::move(held),
                 .protocol = fmt::format("chosen on {}", question.parts.valid.string())};
}

}  // namespace

Result<Trained> train_topn(const TrainQuestion& question) {
  const auto began = std::chrono::steady_clock::now();
  PairNames names;
  const Learned learned = TRY(learn_from(question, names));
  if (learned.held.size() < chosen_on_min)
    return fail(ErrorCode::invalid,
                fmt::format("{}: too little to choose a model on.", question.parts.train.string()),
                fmt::format("It takes {} people with two items or more.", chosen_on_min));
  understand::Choice choice = understand::choose_model(
      learned.rest, learned.held, {.seed = question.seed, .progress = question.progress});
  Trained out{.protocol = learned.protocol + "; then made of everything; ratings are not looked at",
              .tried = std::move(choice.tried),
              .best = choice.best,
              .asked = learned.held.size()};
  const understand::Measured reached = out.tried[out.best].measured;
  out.kept = {.people = learned.all.people(),
              .pairs = learned.all.size(),
              .seed = question.seed,
              .reached = {{"ndcg@20", reached.ndcg20},
                          {"recall@20", reached.recall20},
                          {"hr@10", reached.hr10}},
              .items = std::move(names.items),
              .model = understand::make(choice.recipe, learned.all)};
  if (!out.kept.model)
    return fail(ErrorCode::invalid, "The chosen model cannot be made of all of the data.");
  out.kept.name = out.kept.model->name();
  out.seconds = seconds_since(began);
  return out;
}

Result<Trained> train_session(const TrainQuestion& question) {
  const auto began = std::chrono::steady_clock::now();
  const Parts& parts = question.parts;
  const SessionReport report =
      TRY(evaluate_session({.train = parts.train, .test = parts.valid, .valid = {}}));
  Trained out{.protocol = "measured: " + report.protocol + "; then made of everything",
              .popular_mrr20 = report.popular_mrr20,
              .popular_hr20 = report.popular_hr20,
              .asked = report.predictions};
  NamedVisits read = TRY(read_visits({.train = parts.train, .test = parts.valid, .valid = {}}));
  out.kept.name = "visits";
  out.kept.people = read.visits.size();
  for (const KeptVisit& visit : read.visits) out.kept.pairs += visit.items.size();
  out.kept.reached = {{"mrr@20", report.mrr20}, {"hr@20", report.hr20}};
  out.kept.items = std::move(read.items);
  if (read.visits.size() > visits_max)
    read.visits.erase(read.visits.begin(), read.visits.end() - static_cast<ptrdiff_t>(visits_max));
  out.kept.visits = std::move(read.visits);
  out.seconds = seconds_since(began);
  return out;
}

Result<Parts> find_training(const std::string& folder, const std::string& train,
                            const std::string& valid) {
  Parts out = TRY(find_parts(folder, train, ""));
  if (!valid.empty()) out.valid = valid;
  // A folder without a test has its valid file in that place.
  if (out.valid.empty() && ground::ascii_lower(out.test.stem().string()).contains("valid"))
    out.valid = out.test;
  out.test.clear();
  return out;
}

namespace {

Result<std::vector<uint32_t>> numbers_of(const KeptModel& kept,
                                         const std::vector<std::string>& items) {
  std::vector<uint32_t> out;
  for (const std::string& name : items) {
    const auto found = std::ranges::find(kept.items, name);
    if (found == kept.items.end()) {
      constexpr size_t looked_at_max = 100'000;  // for one that is nearly it
      const std::string meant =
          kept.items.size() > looked_at_max ? "" : ground::nearest(name, kept.items);
      return fail(ErrorCode::not_found, fmt::format("The model knows no item {}.", name),
                  meant.empty() ? "Items are named as in the file that it was trained from."
                                : fmt::format("Did you mean {}?", meant));
    }
    out.push_back(static_cast<uint32_t>(found - kept.items.begin()));
  }
  return out;
}

std::vector<Answered> after_visit(const KeptModel& kept, const std::vector<uint32_t>& seen,
                                  size_t top) {
  SessionIndex index({.visits_max = std::max<size_t>(kept.visits.size(), 1)});
  for (const KeptVisit& visit : kept.visits) {
    const SessionIndex::Visit number = index.begin();
    for (const uint32_t item : visit.items) index.seen(number, item, visit.at);
  }
  std::vector<SessionIndex::Next> next;
  index.next(seen, top, next);
  std::vector<Answered> out;
  for (const auto& one : next)
    out.push_back(
        {.item = kept.items[one.item], .score = one.score, .because = kept.items[one.because]});
  return out;
}

std::vector<Answered> for_basket(const KeptModel& kept, std::vector<uint32_t> basket, size_t top) {
  std::ranges::sort(basket);
  const auto again = std::ranges::unique(basket);
  basket.erase(again.begin(), again.end());
  std::vector<float> scores(kept.items.size());
  const understand::Basket had = basket;
  kept.model->score({&had, 1}, scores);
  std::vector<uint32_t> best;
  for (uint32_t i = 0; i < scores.size(); ++i)
    if (std::isfinite(scores[i]) && !std::ranges::binary_search(basket, i)) best.push_back(i);
  const size_t count = std::min(top, best.size());
  std::ranges::partial_sort(best, best.begin() + static_cast<ptrdiff_t>(count),
                            [&](uint32_t a, uint32_t b) {
                              return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
                            });
  best.resize(count);
  const std::vector<double> shares = kept.model->shares(had, best);
  std::vector<Answered> out;
  for (size_t i = 0; i < best.size(); ++i) {
    const auto row = std::span(shares).subspan(i * basket.size(), basket.size());
    const auto most = std::ranges::max_element(row);
    const bool led = most != row.end() && *most > 0;
    out.push_back({.item = kept.items[best[i]],
                   .score = static_cast<double>(scores[best[i]]),
                   .because = led ? kept.items[basket[static_cast<size_t>(most - row.begin())]]
                                  : std::string()});
  }
  return out;
}

}  // namespace

Result<std::vector<Answered>> ask_model(const KeptModel& kept,
                                        const std::vector<std::string>& items, size_t top) {
  std::vector<uint32_t> numbers = TRY(numbers_of(kept, items));
  if (!kept.model) return after_visit(kept, numbers, top);
  return for_basket(kept, std::move(numbers), top);
}

}  // namespace aizuchi::serve
