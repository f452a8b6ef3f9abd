// The models that are not made of links or vectors, and how well a model ranks.
#include "understand/recommend/shelf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"
#include "ground/base/result.h"
#include "understand/recommend/ease.h"

namespace aizuchi::understand {

namespace {

class Popular final : public Model {
 public:
  Popular(const Pairs& pairs, double half_life) : half_life_(half_life), scores_(pairs.items()) {
    for (uint32_t u = 0; u < pairs.people(); ++u) {
      const auto items = pairs.items_of(u);
      const auto times = pairs.times_of(u);
      for (size_t i = 0; i < items.size(); ++i)
        scores_[items[i]] += static_cast<float>(
            half_life > 0 ? std::exp2((times[i] - pairs.newest()) / half_life) : 1);
    }
  }
  Popular(double half_life, std::vector<float> scores)
      : half_life_(half_life), scores_(std::move(scores)) {}
  std::string name() const override {
    return half_life_ > 0 ? fmt::format("popular half-life {} d", half_life_ / 86400)
                          : std::string("popular");
  }
  uint32_t items() const override { return static_cast<uint32_t>(scores_.size()); }
  void score(std::span<const Basket> baskets, std::span<float> scores) const override {
    for (size_t b = 0; b < baskets.size(); ++b)
      std::ranges::copy(scores_, scores.begin() + static_cast<ptrdiff_t>(b * scores_.size()));
  }
  std::vector<double> shares(Basket basket, std::span<const uint32_t> items) const override {
    return std::vector<double>(items.size() * basket.size());
  }
  size_t bytes() const override { return scores_.size() * sizeof(float); }
  void write(ground::ByteWriter& out) const override {
    out.u8(static_cast<uint8_t>(ModelKind::popular));
    out.f64(half_life_);
    write_floats(out, scores_);
  }
  static ModelPtr read(ground::ByteReader& in, uint32_t items) {
    const double half_life = in.f64();
    if (!std::isfinite(half_life) || half_life < 0) return nullptr;
    return std::make_shared<Popular>(half_life, read_floats(in, items));
  }

 private:
  double half_life_;
  std::vector<float> scores_;
};

class Blend final : public Model {
 public:
  Blend(ModelPtr one, ModelPtr other, double share)
      : one_(std::move(one)), other_(std::move(other)), share_(share) {}
  std::string name() const override {
    return fmt::format("blend {:.1f} of ({}) and {:.1f} of ({})", share_, one_->name(), 1 - share_,
                       other_->name());
  }
  uint32_t items() const override { return one_->items(); }
  void score(std::span<const Basket> baskets, std::span<float> scores) const override {
    std::vector<float> second(scores.size());
    one_->score(baskets, scores);
    other_->score(baskets, second);
    for (size_t b = 0; b < baskets.size(); ++b) {
      const auto row = scores.subspan(b * items(), items());
      const auto with = std::span(second).subspan(b * items(), items());
      const float of_one = scale(row, share_), of_other = scale(with, 1 - share_);
      for (size_t i = 0; i < row.size(); ++i) row[i] = row[i] * of_one + with[i] * of_other;
    }
  }
  std::vector<double> shares(Basket basket, std::span<const uint32_t> items) const override {
    std::vector<double> out = one_->shares(basket, items);
    const std::vector<double> other = other_->shares(basket, items);
    std::vector<float> row(one_->items());
    one_->score({&basket, 1}, row);
    const double of_one = scale(row, share_);
    other_->score({&basket, 1}, row);
    const double of_other = scale(row, 1 - share_);
    for (size_t i = 0; i < out.size(); ++i) out[i] = out[i] * of_one + other[i] * of_other;
    return out;
  }
  size_t bytes() const override { return one_->bytes() + other_->bytes(); }
  void write(ground::ByteWriter& out) const override {
    out.u8(static_cast<uint8_t>(ModelKind::blend));
    out.f64(share_);
    one_->write(out);
    other_->write(out);
  }
  static ModelPtr read(ground::ByteReader& in, uint32_t items, size_t depth);

 private:
  // What brings the row to a standard deviation of `share`.
  static float scale(std::span<const float> row, double share) {
    double sum = 0, squares = 0;
    for (const float x : row) sum += double{x}, squares += double{x} * double{x};
    const auto n = static_cast<double>(row.size());
    const double variance = squares / n - sum / n * (sum / n);
    return static_cast<float>(variance > 0 ? share / std::sqrt(variance) : 0);
  }
  ModelPtr one_, other_;
  double share_;
};

constexpr size_t blends_in_blends_max = 4;

ModelPtr read_kind(ground::ByteReader& in, uint32_t items, size_t depth) {
  switch (static_cast<ModelKind>(in.u8())) {
    case ModelKind::popular:
      return Popular::read(in, items);
    case ModelKind::links:
      return Links::read(in, items);
    case ModelKind::factors:
      return Factors::read(in, items);
    case ModelKind::blend:
      return depth == 0 ? nullptr : Blend::read(in, items, depth - 1);
  }
  return nullptr;
}

ModelPtr Blend::read(ground::ByteReader& in, uint32_t items, size_t depth) {
  const double share = in.f64();
  if (!(share >= 0 && share <= 1)) return nullptr;
  ModelPtr one = read_kind(in, items, depth);
  ModelPtr other = one && in.ok() ? read_kind(in, items, depth) : nullptr;
  if (!other) return nullptr;
  return std::make_shared<Blend>(std::move(one), std::move(other), share);
}

ModelPtr make(const PopularSettings& s, const Pairs& pairs) {
  return std::make_shared<Popular>(pairs, s.half_life);
}
ModelPtr make(const WalkSettings& s, const Pairs& pairs) {
  return walks(pairs, std::span(&s, 1)).front();
}
ModelPtr make(const EaseSettings& s, const Pairs& pairs) {
  return ease(pairs, s, links_most(pairs.items()));
}
ModelPtr make(const FactorSettings& s, const Pairs& pairs) {
  const auto factors = std::make_shared<Factors>(pairs, s);
  if (!s.linked) return factors;
  return factors->links(links_most(pairs.items()));
}
ModelPtr make(const BlendSettings& s, const Pairs& pairs) {
  AIZ_ASSERT(s.of.size() == 2);
  ModelPtr one = make(s.of[0], pairs), other = make(s.of[1], pairs);
  if (!one || !other) return nullptr;
  return blend_of(std::move(one), std::move(other), s.share, s.linked);
}

constexpr size_t listed = 20;
constexpr size_t baskets_at_once = 64;

// The best `listed` that are not in the basket; ties by number.
void rank(std::span<float> scores, Basket basket, std::vector<uint32_t>& out) {
  constexpr float seen = -std::numeric_limits<float>::infinity();
  for (const uint32_t item : basket) scores[item] = seen;
  out.clear();
  const auto worse = [&](uint32_t a, uint32_t b) {  // the heap's top is the worst that is kept
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
  for (uint32_t i = 0; i < scores.size(); ++i) {
    if (out.size() == listed) {
      if (scores[i] <= scores[out.front()]) continue;
      std::ranges::pop_heap(out, worse);
      out.back() = i;
    } else {
      if (scores[i] == seen) continue;
      out.push_back(i);
    }
    std::ranges::push_heap(out, worse);
  }
  std::ranges::sort_heap(out, worse);
}

}  // namespace

ModelPtr read_model(ground::ByteReader& in, uint32_t items) {
  ModelPtr out = in.ok() ? read_kind(in, items, blends_in_blends_max) : nullptr;
  if (!out) in.spoil();
  return in.ok() ? out : nullptr;
}

ModelPtr make(const Recipe& recipe, const Pairs& pairs) {
  return std::visit([&](const auto& settings) { return make(settings, pairs); }, recipe.how);
}

ModelPtr blend_of(ModelPtr one, ModelPtr other, double share, bool linked) {
  if (linked)
    return blended(dynamic_cast<const Links&>(*one), dynamic_cast<const Links&>(*other), share);
  return std::make_shared<Blend>(std::move(one), std::move(other), share);
}

void add_ranked(Measured& sum, std::span<const uint32_t> ranked, std::span<const uint32_t> wanted) {
  double gained = 0, ideal = 0, hits = 0, hits10 = 0;
  for (size_t i = 0; i < ranked.size(); ++i) {
    if (std::ranges::find(wanted, ranked[i]) == wanted.end()) continue;
    gained += 1 / std::log2(static_cast<double>(i) + 2);
    hits += 1;
    if (i < 10) hits10 += 1;
  }
  for (size_t i = 0; i < std::min(wanted.size(), listed); ++i)
    ideal += 1 / std::log2(static_cast<double>(i) + 2);
  sum.ndcg20 += gained / ideal;
  sum.recall20 += hits / static_cast<double>(wanted.size());
  sum.hr10 += hits10 > 0 ? 1 : 0;
  ++sum.people;
}

void average(Measured& sum) {
  const auto n = static_cast<double>(std::max<size_t>(sum.people, 1));
  for (double* one : {&sum.ndcg20, &sum.recall20, &sum.hr10}) *one /= n;
}

Measured measure(const Model& model, std::span<const Held> held) {
  Measured out;
  std::vector<float> scores;
  std::vector<Basket> baskets;
  std::vector<uint32_t> ranked;
  for (size_t from = 0; from < held.size(); from += baskets_at_once) {
    const auto some = held.subspan(from, std::min(baskets_at_once, held.size() - from));
    baskets.assign(some.size(), {});
    for (size_t i = 0; i < some.size(); ++i) baskets[i] = some[i].basket;
    scores.resize(some.size() * model.items());
    model.score(baskets, scores);
    for (size_t i = 0; i < some.size(); ++i) {
      if (some[i].wanted.empty()) continue;
      rank(std::span(scores).subspan(i * model.items(), model.items()), some[i].basket, ranked);
      add_ranked(out, ranked, some[i].wanted);
    }
  }
  average(out);
  return out;
}

Slice hold_back(const Pairs& pairs, size_t people_max, uint64_t seed) {
  const auto dice = [&](uint64_t a, uint64_t b) {
    return ground::mix64(ground::mix64(seed + a * 0x9e3779b97f4a7c15ULL) + b);
  };
  std::vector<uint32_t> people;
  for (uint32_t u = 0; u < pairs.people(); ++u)
    if (pairs.items_of(u).size() >= 2) people.push_back(u);
  std::ranges::sort(people, {}, [&](uint32_t u) { return std::pair(dice(u, 1), u); });
  people.resize(std::min(people.size(), people_max));
  std::ranges::sort(people);
  std::vector<Pair> rest;
  std::vector<Held> held;
  auto next = people.begin();
  for (uint32_t u = 0; u < pairs.people(); ++u) {
    const auto items = pairs.items_of(u);
    const auto times = pairs.times_of(u);
    std::vector<uint32_t> order(items.size());
    std::iota(order.begin(), order.end(), 0U);
    const bool chosen = next != people.end() && *next == u;
    const size_t out = chosen ? std::max<size_t>(1, items.size() / 5) : 0;
    if (chosen) {
      ++next;
      std::ranges::sort(order, {}, [&](uint32_t i) {
        return std::pair(pairs.timed() ? -times[i] : 0.0, dice(u, items[i] + uint64_t{2}));
      });
      held.push_back({.person = u, .basket = {}, .wanted = {}});
    }
    for (size_t i = 0; i < order.size(); ++i) {
      if (i < out) {
        held.back().wanted.push_back(items[order[i]]);
        continue;
      }
      rest.push_back({.person = u, .item = items[order[i]], .at = times[order[i]]});
      if (chosen) held.back().basket.push_back(items[order[i]]);
    }
    if (chosen) std::ranges::sort(held.back().basket);
  }
  return {.rest = Pairs(std::move(rest), pairs.people(), pairs.items()), .held = std::move(held)};
}

}  // namespace aizuchi::understand
