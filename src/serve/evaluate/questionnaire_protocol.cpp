#include "serve/evaluate/questionnaire_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>

#include "ground/base/dice.h"
#include "ground/base/json.h"
#include "understand/resonance/graded.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using understand::Belief;

namespace {

constexpr size_t remembered_bytes_max = 256 << 20;

// r of two rows of numbers that come in pairs.
class Correlation {
 public:
  void add(double x, double y) {
    ++n_;
    const double dx = x - x_, dy = y - y_;
    x_ += dx / n_, y_ += dy / n_;
    xx_ += dx * (x - x_), yy_ += dy * (y - y_), xy_ += dx * (y - y_);
  }
  size_t count() const { return static_cast<size_t>(n_); }
  double value() const { return xx_ > 0 && yy_ > 0 ? xy_ / std::sqrt(xx_ * yy_) : 0; }

 private:
  double n_ = 0, x_ = 0, y_ = 0, xx_ = 0, yy_ = 0, xy_ = 0;
};

// What is known after certain items were asked, whoever was: made once.
struct Known {
  Belief belief;
  std::vector<uint32_t> telling;  // the items that were not asked
  struct Next {
    std::vector<double> taken;
    std::unique_ptr<Known> known;
  };
  std::map<uint32_t, Next> after;
};

class Asking {
 public:
  Asking(const Questionnaire& all, Belief usual) : all_(all), usual_(std::move(usual)) {
    for (const Questionnaire::Scale& scale : all.scales) {
      weights_.push_back(scale.weights);
      variances_.push_back(std::max(understand::variance_of(usual_, scale.weights), 1e-9));
    }
    forget();
  }
  const std::vector<double>& mean() const { return usual_.mean; }
  Known& nothing_asked() { return root_; }

  const Known::Next& ask(Known& known, uint32_t item, std::span<const uint8_t> asked) {
    const auto found = known.after.find(item);
    if (found != known.after.end()) return found->second;
    Known::Next next{.known = std::make_unique<Known>()};
    next.known->belief = known.belief;
    next.taken = understand::hear_item(next.known->belief, item);
    next.known->telling =
        understand::telling_items(next.known->belief, asked, weights_, variances_);
    remembered_ += known.belief.covariance.size() * sizeof(double);
    return known.after.emplace(item, std::move(next)).first->second;
  }
  // Between two people: what would grow without end begins anew.
  void make_room() {
    if (remembered_ > remembered_bytes_max) forget();
  }

 private:
  void forget() {
    const std::vector<uint8_t> none(all_.items.size());
    root_ = Known{.belief = usual_,
                  .telling = understand::telling_items(usual_, none, weights_, variances_),
                  .after = {}};
    remembered_ = 0;
  }

  const Questionnaire& all_;
  const Belief usual_;
  std::vector<std::vector<double>> weights_;
  std::vector<double> variances_;
  Known root_;
  size_t remembered_ = 0;
};

std::vector<uint32_t> shuffled(size_t n, uint64_t seed) {
  std::vector<uint32_t> out(n);
  std::iota(out.begin(), out.end(), 0U);
  ground::SeededDice dice(seed);
  for (size_t i = n; i > 1; --i) std::swap(out[i - 1], out[dice.next_u64() % i]);
  return out;
}

class Measuring {
 public:
  Measuring(const Questionnaire& all, const QuestionnaireQuestion& question)
      : all_(all),
        question_(question),
        of_scales_(all.scales.size(), std::vector<Correlation>(question.questions)),
        of_items_(all.items.size()) {}

  bool enough(size_t person) const {
    size_t known = 0;
    for (const float answer : all_.of(person)) known += std::isnan(answer) ? 0 : 1;
    return known >= question_.questions;
  }

  void ask(Asking& asking, size_t person) {
    const std::span<const float> answers = all_.of(person);
    const std::vector<uint32_t> by_chance =
        question_.at_random ? shuffled(answers.size(), question_.seed * 1'000'003 + person)
                            : std::vector<uint32_t>{};
    std::vector<double> mean = asking.mean();
    std::vector<uint8_t> asked(answers.size());
    Known* known = &asking.nothing_asked();
    std::vector<uint32_t> order;
    for (size_t count = 0; count < question_.questions; ++count) {
      const auto& from = question_.at_random ? by_chance : known->telling;
      const auto item = std::ranges::find_if(
          from, [&](uint32_t i) { return asked[i] == 0 && !std::isnan(answers[i]); });
      asked[*item] = 1;
      order.push_back(*item);
      const double apart = static_cast<double>(answers[*item]) - mean[*item];
      const Known::Next& next = asking.ask(*known, *item, asked);
      for (size_t i = 0; i < mean.size(); ++i) mean[i] += next.taken[i] * apart;
      known = next.known.get();
      note_scales(answers, mean, count);
    }
    for (size_t i = 0; i < answers.size(); ++i)
      if (asked[i] == 0 && !std::isnan(answers[i]))
        of_items_[i].add(mean[i], static_cast<double>(answers[i]));
    ++orders_[order];
    asking.make_room();
  }

  void report(QuestionnaireReport& out) const {
    out.r.resize(question_.questions);
    for (size_t s = 0; s < all_.scales.size(); ++s) {
      QuestionnaireReport::Scale one{.name = all_.scales[s].name,
                                     .items = all_.scales[s].items,
                                     .people = of_scales_[s].front().count()};
      for (size_t k = 0; k < question_.questions; ++k) {
        one.r.push_back(of_scales_[s][k].value());
        out.r[k] += one.r.back() / static_cast<double>(all_.scales.size());
      }
      out.scales.push_back(std::move(one));
    }
    size_t items = 0;
    for (const Correlation& one : of_items_)
      if (one.count() > 2) out.r_unasked += one.value(), ++items;
    if (items > 0) out.r_unasked /= static_cast<double>(items);
    if (question_.at_random || orders_.empty()) return;
    const auto most = std::ranges::max_element(orders_, {}, [](const auto& o) { return o.second; });
    for (const uint32_t item : most->first) out.first.push_back(all_.items[item]);
  }

 private:
  void note_scales(std::span<const float> answers, std::span<const double> mean, size_t count) {
    for (size_t s = 0; s < all_.scales.size(); ++s) {
      double told = 0, is = 0;
      for (size_t i = 0; i < mean.size(); ++i) {
        const double weight = all_.scales[s].weights[i];
        if (weight != 0) told += weight * mean[i], is += weight * static_cast<double>(answers[i]);
      }
      if (!std::isnan(is)) of_scales_[s][count].add(told, is);
    }
  }

  const Questionnaire& all_;
  const QuestionnaireQuestion& question_;
  std::vector<std::vector<Correlation>> of_scales_;
  std::vector<Correlation> of_items_;
  std::map<std::vector<uint32_t>, size_t> orders_;
};

std::string protocol_of(const QuestionnaireQuestion& question) {
  return fmt::format(
      "each person is asked {} items, {}; r over people of a scale's full score (all its items, of "
      "those who answered all) and what is told of it from the items asked; how answers go "
      "together "
      "is learned from the other people ({} folds)",
      question.questions,
      question.at_random ? "drawn at random" : "each chosen by what it settles of all scales",
      question.folds);
}

}  // namespace

Result<QuestionnaireReport> evaluate_questionnaire(const QuestionnaireQuestion& question) {
  const auto began = std::chrono::steady_clock::now();
  const Questionnaire all = TRY(read_questionnaire(question.files));
  Measuring measuring(all, question);
  QuestionnaireReport out{.protocol = protocol_of(question),
                          .form = all.form,
                          .left_out = all.left_out,
                          .seed = question.seed,
                          .items = all.items.size(),
                          .people = all.people()};
  const std::vector<uint32_t> order = shuffled(all.people(), question.seed);
  std::vector<understand::Moments> folds(question.folds, understand::Moments(all.items.size()));
  for (size_t i = 0; i < order.size(); ++i) {
    folds[i % question.folds].add(all.of(order[i]));
    out.asked += measuring.enough(order[i]) ? 1 : 0;
  }
  if (out.asked < 10 * question.folds || question.questions > all.items.size())
    return fail(ErrorCode::invalid,
                fmt::format("{} of {} people in {} answered {} of its {} items; at least {} people "
                            "are needed.",
                            out.asked, out.people, question.files.data, question.questions,
                            all.items.size(), 10 * question.folds),
                "Ask fewer (--questions), or use fewer --folds.");
  for (size_t fold = 0; fold < question.folds; ++fold) {
    if (question.progress) question.progress(fold);
    understand::Moments others(all.items.size());
    for (size_t f = 0; f < question.folds; ++f)
      if (f != fold) others.add(folds[f]);
    Asking asking(all, others.usual());
    for (size_t i = fold; i < order.size(); i += question.folds)
      if (measuring.enough(order[i])) measuring.ask(asking, order[i]);
  }
  measuring.report(out);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return out;
}

std::string to_json(const QuestionnaireReport& report) {
  ground::JsonWriter json;
  json.object().member("task", "questionnaire").member("protocol", report.protocol);
  json.member("seed", report.seed).member("form", report.form).key("metrics").object();
  for (size_t k = 0; k < report.r.size(); ++k) json.member(fmt::format("r@{}", k + 1), report.r[k]);
  json.member("r_unasked", report.r_unasked).end_object().key("scales").array();
  for (const QuestionnaireReport::Scale& scale : report.scales) {
    json.object().member("name", scale.name).member("items", uint64_t{scale.items});
    json.member("people", uint64_t{scale.people}).key("r").array();
    for (const double r : scale.r) json.value(r);
    json.end_array().end_object();
  }
  json.end_array().member("items", uint64_t{report.items});
  json.member("people", uint64_t{report.people}).member("asked", uint64_t{report.asked});
  for (const auto& [name, list] :
       {std::pair("first", &report.first), std::pair("left_out", &report.left_out)}) {
    json.key(name).array();
    for (const std::string& one : *list) json.value(one);
    json.end_array();
  }
  return json.member("seconds", report.seconds).end_object().take();
}

}  // namespace aizuchi::serve
