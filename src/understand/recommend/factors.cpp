#include "understand/recommend/factors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"
#include "ground/base/result.h"
#include "understand/recommend/blas.h"
#include "understand/recommend/links.h"

namespace aizuchi::understand {

namespace {

constexpr size_t block_most = 64;

// Normal numbers of a seed (Box–Muller).
std::vector<float> normal_numbers(size_t count, uint64_t seed, double spread) {
  const auto even = [&](uint64_t n) {
    return (static_cast<double>(ground::mix64(seed * 0x100000001b3ULL + n) >> 11) + 0.5) /
           static_cast<double>(1ULL << 53);
  };
  std::vector<float> out(count);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<float>(spread * std::sqrt(-2 * std::log(even(2 * i))) *
                                std::cos(2 * std::numbers::pi * even(2 * i + 1)));
  return out;
}

// One side's vectors, made anew from the other's: the subspace step of iALS++.
class Side {
 public:
  Side(const FactorSettings& settings, const std::vector<float>& other)
      : s_(settings), d_(settings.dimensions), other_(other), gram_(d_ * d_) {
    add_gram(other.data(), other.size() / d_, d_, static_cast<float>(s_.unseen), gram_.data());
  }
  // The vector `w` of someone (or something) with these pairs.
  void step(std::span<const uint32_t> pairs, float* w) {
    const double others = static_cast<double>(other_.size()) / static_cast<double>(d_);
    const auto lambda =
        static_cast<float>(s_.reg * (static_cast<double>(pairs.size()) + s_.unseen * others));
    left_.assign(pairs.size(), 0);
    for (size_t i = 0; i < pairs.size(); ++i) {
      const float* const v = other_.data() + pairs[i] * d_;
      float sum = 0;
      for (size_t k = 0; k < d_; ++k) sum += w[k] * v[k];
      left_[i] = sum - 1;
    }
    for (size_t from = 0; from < d_; from += block_most)
      block(pairs, from, std::min(block_most, d_ - from), lambda, w);
  }

 private:
  // Newton on the dimensions [from, from + b): exact, for the loss is quadratic.
  void block(std::span<const uint32_t> pairs, size_t from, size_t b, float lambda, float* w) {
    rows_.resize(pairs.size() * b);
    slope_.assign(b, 0);
    for (size_t i = 0; i < pairs.size(); ++i) {
      const float* const v = other_.data() + pairs[i] * d_ + from;
      float* const row = rows_.data() + i * b;
      std::memcpy(row, v, b * sizeof(float));
      for (size_t k = 0; k < b; ++k) slope_[k] += left_[i] * row[k];
    }
    bend_.resize(b * b);
    for (size_t k = 0; k < b; ++k) {
      const float* const g = gram_.data() + (from + k) * d_;
      std::memcpy(bend_.data() + k * b, g + from, b * sizeof(float));
      bend_[k * b + k] += lambda;
      float sum = lambda * w[from + k];
      for (size_t j = 0; j < d_; ++j) sum += g[j] * w[j];
      slope_[k] += sum;
    }
    add_gram(rows_.data(), pairs.size(), b, 1, bend_.data());
    if (!solve(bend_.data(), slope_.data(), b)) return;  // as flat as a float can be: stay
    for (size_t k = 0; k < b; ++k) w[from + k] -= slope_[k];
    for (size_t i = 0; i < pairs.size(); ++i)
      for (size_t k = 0; k < b; ++k) left_[i] -= slope_[k] * rows_[i * b + k];
  }

  const FactorSettings& s_;
  const size_t d_;
  const std::vector<float>& other_;
  std::vector<float> gram_;
  std::vector<float> left_, rows_, slope_, bend_;
};

}  // namespace

Factors::Factors(const Pairs& pairs, const FactorSettings& settings)
    : settings_(settings), items_(pairs.items()) {
  const size_t d = settings.dimensions;
  const double spread = 0.1 / std::sqrt(static_cast<double>(d));
  vectors_ = normal_numbers(size_t{items_} * d, settings.seed, spread);
  std::vector<float> people(size_t{pairs.people()} * d);
  for (size_t epoch = 0; epoch < settings.epochs; ++epoch) {
    Side of_people(settings_, vectors_);
    for (uint32_t u = 0; u < pairs.people(); ++u)
      of_people.step(pairs.items_of(u), people.data() + u * d);
    Side of_items(settings_, people);
    for (uint32_t i = 0; i < items_; ++i)
      of_items.step(pairs.people_of(i), vectors_.data() + i * d);
  }
  sum_up();
}

void Factors::sum_up() {
  const size_t d = settings_.dimensions;
  gram_.assign(d * d, 0);
  add_gram(vectors_.data(), items_, d, static_cast<float>(settings_.unseen), gram_.data());
}

void Factors::write(ground::ByteWriter& out) const {
  out.u8(static_cast<uint8_t>(ModelKind::factors));
  out.varint(settings_.dimensions);
  out.f64(settings_.unseen);
  out.f64(settings_.reg);
  out.varint(settings_.epochs);
  out.varint(settings_.seed);
  write_floats(out, vectors_);
}

std::shared_ptr<const Factors> Factors::read(ground::ByteReader& in, uint32_t items) {
  constexpr uint64_t dimensions_max = 1024;
  const auto sound = [](double x) { return x >= 0 && x <= 1e6; };
  FactorSettings s{.dimensions = in.varint()};
  s.unseen = in.f64(), s.reg = in.f64();
  s.epochs = in.varint(), s.seed = in.varint();
  if (!in.ok() || s.dimensions == 0 || s.dimensions > dimensions_max || !sound(s.unseen) ||
      !sound(s.reg))
    return nullptr;
  const std::shared_ptr<Factors> out(new Factors(s, items));
  out->vectors_ = read_floats(in, s.dimensions * items);
  if (!in.ok()) return nullptr;
  out->sum_up();
  return out;
}

std::string Factors::name() const {
  return fmt::format("factors d {} unseen {} reg {} epochs {} seed {}", settings_.dimensions,
                     settings_.unseen, settings_.reg, settings_.epochs, settings_.seed);
}

std::vector<float> Factors::bend_of(Basket basket) const {
  const size_t d = settings_.dimensions;
  std::vector<float> bend = gram_, rows(basket.size() * d);
  const auto lambda = static_cast<float>(
      settings_.reg * (static_cast<double>(basket.size()) + settings_.unseen * items_));
  for (size_t i = 0; i < basket.size(); ++i)
    std::ranges::copy(vector(basket[i]), rows.begin() + static_cast<ptrdiff_t>(i * d));
  for (size_t k = 0; k < d; ++k) bend[k * d + k] += lambda;
  add_gram(rows.data(), basket.size(), d, 1, bend.data());
  return bend;
}

void Factors::fold_in(Basket basket, float* out) const {
  const size_t d = settings_.dimensions;
  std::vector<float> bend = bend_of(basket);
  std::fill_n(out, d, 0.0F);
  for (const uint32_t item : basket)
    for (size_t k = 0; k < d; ++k) out[k] += vector(item)[k];
  if (!solve(bend.data(), out, d)) std::fill_n(out, d, 0.0F);
}

std::vector<double> Factors::shares(Basket basket, std::span<const uint32_t> items) const {
  const std::vector<float> bend = bend_of(basket);
  std::vector<double> out(items.size() * basket.size());
  for (size_t i = 0; i < items.size(); ++i) {
    std::vector<float> a = bend, w(vector(items[i]).begin(), vector(items[i]).end());
    if (!solve(a.data(), w.data(), w.size())) continue;
    for (size_t b = 0; b < basket.size(); ++b)
      for (size_t k = 0; k < w.size(); ++k)
        out[i * basket.size() + b] += double{w[k]} * double{vector(basket[b])[k]};
  }
  return out;
}

std::shared_ptr<const Links> Factors::links(size_t most) const {
  constexpr uint32_t at_once = 64;
  auto out = std::make_shared<Links>(name() + " as links", items_);
  std::vector<Basket> baskets;
  std::vector<uint32_t> items(at_once);
  std::vector<float> scores;
  for (uint32_t from = 0; from < items_; from += at_once) {
    const uint32_t count = std::min(at_once, items_ - from);
    baskets.clear();
    for (uint32_t i = 0; i < count; ++i) {
      items[i] = from + i;
      baskets.emplace_back(items.data() + i, 1);
    }
    scores.resize(size_t{count} * items_);
    score(baskets, scores);
    for (uint32_t i = 0; i < count; ++i) {
      const auto row = std::span(scores).subspan(size_t{i} * items_, items_);
      row[from + i] = 0;
      out->add_row(row, most);
    }
  }
  return out;
}

void Factors::score(std::span<const Basket> baskets, std::span<float> scores) const {
  AIZ_ASSERT(scores.size() == baskets.size() * items_);
  const size_t d = settings_.dimensions;
  std::vector<float> people(baskets.size() * d);
  for (size_t b = 0; b < baskets.size(); ++b) fold_in(baskets[b], people.data() + b * d);
  times_transposed(people.data(), baskets.size(), vectors_.data(), items_, d, scores.data());
}

}  // namespace aizuchi::understand
