// What is learned: the next item of a visit and a shelf from behaviour, values from answers. Made
// data of a fixed seed: visits stay near a topic, items are as popular as items are (a few are seen
// by everyone).
#include <sys/resource.h>

#include <algorithm>
#include <cmath>

#include "bench/measure.h"
#include "ground/base/hash.h"
#include "understand/recommend/sessions.h"
#include "understand/recommend/shelf.h"
#include "understand/resonance/value_question.h"

namespace aizuchi::bench {

namespace {

// The n-th number of a seed, 0…1.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed) {}
  double next() {
    return static_cast<double>(ground::mix64(state_++) >> 11) / static_cast<double>(1ULL << 53);
  }

 private:
  uint64_t state_;
};

constexpr uint32_t items = 20'000;
constexpr uint32_t topics = 400;

// Of 50 items of a topic the first are seen most; one in five is anything, the popular first.
uint32_t item_of(Numbers& numbers, uint32_t topic) {
  const double skewed = std::pow(numbers.next(), 3);
  if (numbers.next() < 0.2) return static_cast<uint32_t>(skewed * items);
  return topic * (items / topics) + static_cast<uint32_t>(skewed * (items / topics));
}

std::vector<uint32_t> visit_of(Numbers& numbers) {
  const auto topic = static_cast<uint32_t>(std::pow(numbers.next(), 2) * topics);
  std::vector<uint32_t> out;
  do {
    out.push_back(item_of(numbers, topic));
  } while (numbers.next() < 0.8 && out.size() < 30);
  return out;
}

}  // namespace

int run_session_next(const BenchOptions& options) {
  const size_t visits = options.quick ? 5'000 : 100'000;
  Numbers numbers(1);
  understand::SessionIndex index;
  const auto began = SteadyTime::now();
  size_t seen = 0;
  for (size_t i = 0; i < visits; ++i) {
    const auto visit = index.begin();
    for (const uint32_t item : visit_of(numbers)) index.seen(visit, item, int64_t(i)), ++seen;
  }
  const double filled_s = seconds_since(began);
  const size_t rounds = options.quick ? 2'000 : 50'000;
  Timings timings(rounds);
  std::vector<understand::SessionIndex::Next> out;
  size_t offered = 0;
  for (size_t i = 0; i < rounds; ++i) {
    const auto visit = visit_of(numbers);
    timings.round([&] { index.next(visit, 20, out); });
    offered += out.size();
  }
  print_figures({{"p50_us", timings.percentile_us(50)},
                 {"p99_us", timings.percentile_us(99)},
                 {"update_us", filled_s * 1e6 / static_cast<double>(seen)},
                 {"visits", static_cast<double>(index.visits())},
                 {"offered", static_cast<double>(offered) / static_cast<double>(rounds)},
                 {"index_mib", static_cast<double>(index.bytes()) / (1 << 20)}});
  return 0;
}

namespace {

// Like sets of places that people went to: 27 of 41,000 each, most of a person's near one topic.
understand::Pairs made_pairs(uint32_t people, uint32_t all_items) {
  Numbers numbers(1);
  std::vector<understand::Pair> out;
  for (uint32_t u = 0; u < people; ++u) {
    const auto topic = static_cast<uint32_t>(numbers.next() * numbers.next() * 500);
    const int count = 8 + static_cast<int>(-19 * std::log(1 - numbers.next() * 0.999));
    for (int k = 0; k < count; ++k) {
      const bool anything = numbers.next() < 0.3;
      const double skewed = std::pow(numbers.next(), anything ? 3 : 2);
      const auto item = anything ? static_cast<uint32_t>(skewed * all_items)
                                 : topic * 82 + static_cast<uint32_t>(skewed * 400);
      out.push_back({.person = u, .item = item % all_items});
    }
  }
  return {std::move(out), people, all_items};
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int run_train_topn(const BenchOptions& options) {
  const auto pairs = made_pairs(options.quick ? 1'000 : 30'000, options.quick ? 2'000 : 41'000);
  auto began = SteadyTime::now();
  const auto slice = understand::hold_back(pairs, 3000, 1);
  const auto choice = understand::choose_model(slice.rest, slice.held, {});
  const double choice_s = seconds_since(began);
  began = SteadyTime::now();
  const auto model = understand::make(choice.recipe, pairs);
  const double fit_s = seconds_since(began);
  print_figures({{"fit_s", fit_s},
                 {"choice_s", choice_s},
                 {"tried", static_cast<double>(choice.tried.size())},
                 {"ndcg20", choice.tried[choice.best].measured.ndcg20},
                 {"popular_ndcg20", choice.tried[0].measured.ndcg20},
                 {"pairs", static_cast<double>(pairs.size())},
                 {"model_mib", static_cast<double>(model->bytes()) / (1 << 20)},
                 {"peak_mib", peak_mib()}});
  return 0;
}

// People in all states of a dialogue about ten axes: none to three answers given.
int run_question(const BenchOptions& options) {
  Numbers numbers(1);
  const size_t rounds = options.quick ? 500 : 20'000;
  Timings asking(rounds), learning(rounds);
  understand::Belief belief = understand::nothing_known(10, understand::prior_sd);
  size_t asked = 0;
  double gain = 0;
  for (size_t i = 0; i < rounds; ++i) {
    std::optional<understand::ValueQuestion> question;
    asking.round([&] { question = understand::next_question(belief, asked); });
    if (!question) {
      belief = understand::nothing_known(10, understand::prior_sd), asked = 0;
      question = understand::next_question(belief, asked);
    }
    gain += question->gain;
    understand::ValueAnswer answer{.shown = {question->shown.begin(), question->shown.end()}};
    const auto best = static_cast<size_t>(numbers.next() * 4);
    answer.best = answer.shown[best];
    answer.worst = answer.shown[(best + 1) % 4];
    learning.round([&] { belief = understand::after_answer(belief, answer); });
    ++asked;
  }
  print_figures({{"p50_us", asking.percentile_us(50)},
                 {"p99_us", asking.percentile_us(99)},
                 {"update_p50_us", learning.percentile_us(50)},
                 {"update_p99_us", learning.percentile_us(99)},
                 {"nats", gain / static_cast<double>(rounds)}});
  return 0;
}

}  // namespace aizuchi::bench
