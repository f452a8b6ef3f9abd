#include "serve/evaluate/values_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "understand/resonance/kindred.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using understand::AnswerNoise;
using understand::Belief;
using understand::Kindred;
using understand::Preference;
using understand::Site;

namespace {

constexpr double felt_variance = 0.05;  // of a pair, where two options differ by 2
constexpr AnswerNoise certain{.variance = felt_variance, .careless = 0};

// What is drawn for one person: the same pairs are set aside however questions are chosen.
class Numbers {
 public:
  Numbers(uint64_t seed, uint64_t person, uint64_t what)
      : state_(ground::mix64(ground::mix64(seed * 4 + what) + person)) {}
  double next() { return static_cast<double>(ground::mix64(state_++) >> 11) / 0x1p53; }
  size_t below(size_t n) { return static_cast<size_t>(next() * static_cast<double>(n)); }

 private:
  uint64_t state_;
};

template <typename T>
void shuffle(std::vector<T>& of, Numbers numbers) {
  for (size_t i = of.size(); i > 1; --i) std::swap(of[i - 1], of[numbers.below(i)]);
}

// One person being asked: what is set aside, and what may be.
class Asked {
 public:
  Asked(const Preferences& all, const ValuesQuestion& question, size_t person)
      : pairs_(all.known[person]),
        aside_(question.aside),
        flip_(question.flip),
        numbers_(question.seed, person, 1) {
    shuffle(pairs_, Numbers(question.seed, person, 0));
  }
  std::span<const Preference> aside() const { return std::span(pairs_).first(aside_); }
  const std::vector<Preference>& said() const { return said_; }

  // The first of these that they know and that is not set aside; any, where there is none.
  void ask(std::span<const understand::PairValue> wanted) {
    for (const auto& one : wanted)
      if (ask_one(one.pair) || ask_one({one.pair.worse, one.pair.better})) return;
    while (!ask_one(pairs_[aside_ + numbers_.below(pairs_.size() - aside_)])) {
    }
  }

 private:
  bool ask_one(Preference pair) {
    const auto from = pairs_.begin() + static_cast<ptrdiff_t>(aside_);
    if (std::find(from, pairs_.end(), pair) == pairs_.end() || !once_.insert(pair).second)
      return false;
    if (numbers_.next() < flip_) std::swap(pair.better, pair.worse);
    said_.push_back(pair);
    return true;
  }

  std::vector<Preference> pairs_;
  const size_t aside_;
  const double flip_;
  Numbers numbers_;
  std::set<Preference> once_;
  std::vector<Preference> said_;
};

// What is known after the same answers is the same, in whatever order they came.
class Dialogue {
 public:
  Dialogue(const Belief& usual, const Kindred& kindred, const ValuesSettings& settings,
           std::span<const Preference> pairs)
      : usual_(usual), kindred_(kindred), settings_(settings), pairs_(pairs) {}
  struct Node {
    Belief belief;
    double evidence = 1;  // P(all that was said), by the belief
    Kindred::Weights kindred;
    std::vector<understand::PairValue> telling;
  };
  Node& after(std::vector<Preference> said) {
    std::ranges::sort(said);
    const auto found = nodes_.find(said);
    if (found != nodes_.end()) return found->second;
    Node node{.belief = usual_, .evidence = 1, .kindred = kindred_.nothing_said(), .telling = {}};
    std::vector<Site> sites;
    for (const Preference& one : said) {
      node.evidence *= understand::chance(node.belief, one, noise());
      kindred_.hear(node.kindred, one, std::max(settings_.careless / 2, 0.01));
      sites.push_back({.preference = one});
      node.belief = after_preferences(usual_, sites, noise(), 3);
    }
    return nodes_.emplace(std::move(said), std::move(node)).first->second;
  }
  double chance(const Node& node, Preference preference, double worth) const {
    const double believed = understand::chance(node.belief, preference, certain);
    if (worth == 0) return believed;
    return kindred_.chance(node.kindred, preference, believed, node.evidence, worth);
  }
  double chance(const Node& node, Preference preference) const {
    return chance(node, preference, settings_.worth);
  }
  std::span<const understand::PairValue> telling(Node& node) const {
    if (node.telling.empty()) node.telling = telling_pairs(node.belief, noise(), 64, pairs_);
    return node.telling;
  }

 private:
  AnswerNoise noise() const { return {.variance = felt_variance, .careless = settings_.careless}; }

  const Belief& usual_;
  const Kindred& kindred_;
  const ValuesSettings settings_;
  const std::span<const Preference> pairs_;  // that anybody knows; empty: all
  std::map<std::vector<Preference>, Node> nodes_;
};

Kindred kindred_of(const Preferences& all, std::span<const size_t> people) {
  std::vector<const std::vector<Preference>*> known;
  for (const size_t person : people) known.push_back(&all.known[person]);
  return {known, all.options.size()};
}

constexpr std::array worths{0.0, 30.0, 100.0, 300.0};

struct Learned {
  Belief usual;
  ValuesSettings settings;
};

// Of the set-aside pairs of these people, the squared distance of what was thought likely from what
// is so, after questions at random; for each of `worths`.
std::array<double, worths.size()> distances(const Preferences& all, const ValuesQuestion& question,
                                            std::span<const size_t> people, Dialogue& dialogue) {
  std::array<double, worths.size()> out{};
  for (const size_t person : people) {
    Asked asked(all, question, person);
    for (size_t i = 0; i < question.questions; ++i) asked.ask({});
    const Dialogue::Node& node = dialogue.after(asked.said());
    for (const Preference& one : asked.aside())
      for (size_t i = 0; i < worths.size(); ++i)
        out[i] += std::pow(1 - dialogue.chance(node, one, worths[i]), 2);
  }
  return out;
}

class Learning {
 public:
  Learning(const Preferences& all, const ValuesQuestion& question)
      : all_(all), question_(question) {}

  Learned learn(const std::vector<size_t>& people) const {
    std::vector<size_t> rest, check;
    for (size_t i = 0; i < people.size(); ++i)
      if (i % 5 == 0 && check.size() < 400 && enough(people[i]))
        check.push_back(people[i]);
      else if (rest.size() < 2000)
        rest.push_back(people[i]);
    const Belief start = by_order(rest);
    const Belief learned = by_em(rest, start, 12);
    Learned out;
    const Kindred kindred = kindred_of(all_, rest);
    double least = HUGE_VAL;
    for (const bool order : {false, true})
      for (const double share : {0.0, 0.05, 0.2})
        for (const double careless : {0.0, 0.05, 0.2}) {
          if (order && all_.likings.empty()) continue;
          const Belief usual = shrunk(order ? start : learned, share);
          ValuesSettings tried{.by_order = order, .shrunk = share, .careless = careless};
          Dialogue dialogue(usual, kindred, tried, all_.pairs);
          const auto found = distances(all_, question_, check, dialogue);
          for (size_t i = 0; i < found.size(); ++i)
            if (found[i] < least)
              least = found[i], out.settings = tried, out.settings.worth = worths[i];
        }
    out.usual = out.settings.by_order ? by_order(people) : by_em(people, learned, 4);
    out.usual = shrunk(out.usual, out.settings.shrunk);
    return out;
  }
  bool enough(size_t person) const {
    return all_.known[person].size() >= question_.aside + std::max<size_t>(question_.questions, 1);
  }

 private:
  Belief by_order(const std::vector<size_t>& people) const {
    if (all_.likings.empty()) return understand::nothing_known(all_.options.size(), 1);
    std::vector<understand::Liking> likings;
    for (const size_t person : people) likings.push_back(all_.likings[person]);
    return understand::usual_standing(likings);
  }
  // Choices as they were made may contradict each other; an order does not.
  Belief by_em(const std::vector<size_t>& people, const Belief& start, int rounds) const {
    const bool choices = all_.likings.empty();
    std::vector<std::vector<Site>> sites;
    for (const size_t person : people) sites.push_back(all_.sites[person]);
    return learn_usual(sites, start, {.variance = choices ? 0.3 : felt_variance, .careless = 0},
                       choices ? 2 * rounds : rounds);
  }

  const Preferences& all_;
  const ValuesQuestion& question_;
};

// Right answers of one person by number of questions.
void ask(const Preferences& all, const ValuesQuestion& question, size_t person, Dialogue& dialogue,
         std::vector<double>& right) {
  Asked asked(all, question, person);
  right.assign(question.questions + 1, 0);
  for (size_t count = 0;; ++count) {
    Dialogue::Node& node = dialogue.after(asked.said());
    for (const Preference& pair : asked.aside()) {
      const double likely = dialogue.chance(node, pair);
      right[count] += likely > 0.5 ? 1 : likely == 0.5 ? 0.5 : 0;
    }
    if (count == question.questions) return;
    const bool choose = question.chosen == Chosen::by_model;
    asked.ask(choose ? dialogue.telling(node) : std::span<const understand::PairValue>{});
  }
}

std::string protocol_of(const ValuesQuestion& question) {
  return fmt::format(
      "of each person {} pairs are set aside and never asked; {} others, {}, are asked, one after "
      "the other{}; a pair of equals is neither asked nor set aside; what is usual is learned from "
      "the other people ({} folds), its settings on a fifth of those",
      question.aside, question.questions,
      question.chosen == Chosen::by_model ? "chosen by what they settle of all pairs"
                                          : "drawn at random",
      question.flip > 0 ? fmt::format(", {:.4g} of the answers turned round", question.flip) : "",
      question.folds);
}

class Sums {
 public:
  explicit Sums(size_t counts) : sum_(counts), square_(counts) {}
  void add(std::span<const double> right, size_t of) {
    for (size_t i = 0; i < right.size(); ++i) {
      const double share = right[i] / static_cast<double>(of);
      sum_[i] += share, square_[i] += share * share;
    }
  }
  std::vector<ValuesReport::After> over(size_t people) const {
    std::vector<ValuesReport::After> out;
    const auto n = static_cast<double>(people);
    for (size_t i = 0; i < sum_.size(); ++i) {
      const double mean = sum_[i] / n;
      out.push_back(
          {.accuracy = mean, .error = std::sqrt(std::max(square_[i] / n - mean * mean, 0.0) / n)});
    }
    return out;
  }

 private:
  std::vector<double> sum_, square_;
};

}  // namespace

Result<ValuesReport> evaluate_values(const ValuesQuestion& question) {
  const auto began = std::chrono::steady_clock::now();
  const Preferences all = TRY(read_preferences(question.data, question.options, question.absent));
  const Learning learning(all, question);
  std::vector<size_t> order(all.known.size());
  std::iota(order.begin(), order.end(), size_t{0});
  shuffle(order, Numbers(question.seed, 0, 2));
  ValuesReport out;
  out.protocol = protocol_of(question), out.form = all.form, out.seed = question.seed;
  out.option_names = all.options;
  out.options = all.options.size(), out.people = order.size();
  const auto enough = [&](size_t person) { return learning.enough(person); };
  out.asked = static_cast<size_t>(std::ranges::count_if(order, enough));
  if (out.asked < 4 * question.folds)
    return fail(ErrorCode::invalid,
                fmt::format("{} of {} people in {} have {} pairs that they prefer one of ({} to "
                            "set aside, {} to ask); at least {} people are needed.",
                            out.asked, out.people, question.data.string(),
                            question.aside + question.questions, question.aside, question.questions,
                            4 * question.folds),
                "Set fewer aside (--aside), ask fewer (--questions), or use fewer --folds.");
  Sums sums(question.questions + 1);
  std::vector<double> right;
  for (size_t fold = 0; fold < question.folds; ++fold) {
    if (question.progress) question.progress(fold);
    std::vector<size_t> train, test;
    for (size_t i = 0; i < order.size(); ++i)
      (i % question.folds == fold ? test : train).push_back(order[i]);
    const Learned learned = learning.learn(train);
    out.settings.push_back(learned.settings);
    const Kindred kindred = kindred_of(all, train);
    Dialogue dialogue(learned.usual, kindred, learned.settings, all.pairs);
    for (const size_t person : test) {
      if (!enough(person)) continue;
      ask(all, question, person, dialogue, right);
      sums.add(right, question.aside);
    }
  }
  out.after = sums.over(out.asked);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return out;
}

std::string to_json(const ValuesReport& report) {
  ground::JsonWriter json;
  json.object().member("task", "values").member("protocol", report.protocol);
  json.member("seed", report.seed).member("form", report.form);
  json.key("metrics").object();
  for (size_t i = 0; i < report.after.size(); ++i)
    json.member(fmt::format("accuracy@{}", i), report.after[i].accuracy);
  json.end_object();
  json.key("standard_errors").object();
  for (size_t i = 0; i < report.after.size(); ++i)
    json.member(fmt::format("accuracy@{}", i), report.after[i].error);
  json.end_object();
  json.member("options", uint64_t{report.options}).member("people", uint64_t{report.people});
  json.member("asked", uint64_t{report.asked}).key("option_names").array();
  for (const std::string& name : report.option_names) json.value(name);
  json.end_array();
  json.key("settings").array();
  for (const ValuesSettings& one : report.settings) {
    json.object().member("population", one.by_order ? "normal scores" : "em");
    json.member("shrunk", one.shrunk).member("careless", one.careless);
    json.member("worth", one.worth).end_object();
  }
  json.end_array();
  return json.member("seconds", report.seconds).end_object().take();
}

}  // namespace aizuchi::serve
