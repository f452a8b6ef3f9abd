#include "understand/recommend/ease.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "understand/recommend/blas.h"

namespace aizuchi::understand {

namespace {

// XᵀX + λI, or XXᵀ + λI.
template <typename Of, typename Back>
std::vector<float> gram(uint32_t side, double lambda, Of&& of, Back&& back) {
  std::vector<float> out(size_t{side} * side);
  for (uint32_t i = 0; i < side; ++i) {
    float* const row = out.data() + size_t{i} * side;
    for (const uint32_t across : of(i))
      for (const uint32_t j : back(across)) row[j] += 1;
    row[i] += static_cast<float>(lambda);
  }
  return out;
}

std::shared_ptr<Links> by_items(const Pairs& pairs, double lambda, size_t most,
                                std::shared_ptr<Links> out) {
  const uint32_t n = pairs.items();
  auto p = gram(
      n, lambda, [&](uint32_t i) { return pairs.people_of(i); },
      [&](uint32_t u) { return pairs.items_of(u); });
  if (!invert(p.data(), n)) return nullptr;
  std::vector<float> row(n);
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < n; ++j)
      row[j] = i == j ? 0 : -p[size_t{i} * n + j] / p[size_t{j} * n + j];
    out->add_row(row, most);
  }
  return out;
}

// λ·P_ij = δ_ij − x_iᵀ K x_j, where x_i is who has i.
std::shared_ptr<Links> by_people(const Pairs& pairs, double lambda, size_t most,
                                 std::shared_ptr<Links> out) {
  const uint32_t m = pairs.people(), n = pairs.items();
  auto k = gram(
      m, lambda, [&](uint32_t u) { return pairs.items_of(u); },
      [&](uint32_t i) { return pairs.people_of(i); });
  if (!invert(k.data(), m)) return nullptr;
  const auto reach = [&](uint32_t i, std::vector<float>& to) {  // x_iᵀ K
    std::ranges::fill(to, 0.0F);
    for (const uint32_t u : pairs.people_of(i)) {
      const float* const row = k.data() + size_t{u} * m;
      for (uint32_t v = 0; v < m; ++v) to[v] += row[v];
    }
  };
  std::vector<float> to(m), row(n), diagonal(n);
  for (uint32_t j = 0; j < n; ++j) {
    reach(j, to);
    float sum = 0;
    for (const uint32_t v : pairs.people_of(j)) sum += to[v];
    diagonal[j] = 1 - sum;
  }
  for (uint32_t i = 0; i < n; ++i) {
    reach(i, to);
    for (uint32_t j = 0; j < n; ++j) {
      float sum = 0;
      for (const uint32_t v : pairs.people_of(j)) sum += to[v];
      row[j] = i == j || diagonal[j] <= 0 ? 0 : sum / diagonal[j];
    }
    out->add_row(row, most);
  }
  return out;
}

// The items that most people have, ascending; ties by number.
std::vector<uint32_t> most_popular(const Pairs& pairs, size_t count) {
  std::vector<uint32_t> out(pairs.items());
  std::iota(out.begin(), out.end(), 0U);
  std::ranges::sort(out, {}, [&](uint32_t i) {
    return std::pair(-static_cast<int64_t>(pairs.people_of(i).size()), i);
  });
  out.resize(std::min(out.size(), count));
  std::ranges::sort(out);
  return out;
}

// EASE of those items alone, under their own numbers again.
std::shared_ptr<Links> of_popular(const Pairs& pairs, double lambda, size_t most, size_t count,
                                  std::shared_ptr<Links> out) {
  const std::vector<uint32_t> kept = most_popular(pairs, count);
  std::vector<Pair> some;
  for (uint32_t i = 0; i < kept.size(); ++i)
    for (const uint32_t u : pairs.people_of(kept[i])) some.push_back({.person = u, .item = i});
  const auto n = static_cast<uint32_t>(kept.size());
  const auto small = by_items(Pairs(std::move(some), pairs.people(), n), lambda, most,
                              std::make_shared<Links>("", n));
  if (!small) return nullptr;
  std::vector<Link> row;
  for (uint32_t item = 0, i = 0; item < pairs.items(); ++item) {
    row.clear();
    if (i < n && kept[i] == item)
      for (const Link& link : small->of(i++))
        row.push_back({.item = kept[link.item], .weight = link.weight});
    out->add_row(row, most);
  }
  return out;
}

}  // namespace

bool ease_fits(const Pairs& pairs, const EaseLimits& limits) {
  if (pairs.size() == 0) return false;
  if (std::min(pairs.items(), pairs.people()) <= limits.side_max) return true;
  size_t covered = 0;
  for (const uint32_t item : most_popular(pairs, limits.popular))
    covered += pairs.people_of(item).size();
  return static_cast<double>(covered) >= limits.covered_min * static_cast<double>(pairs.size());
}

uint32_t ease_side(const Pairs& pairs, const EaseLimits& limits) {
  const uint32_t side = std::min(pairs.items(), pairs.people());
  return side <= limits.side_max ? side : std::min(limits.popular, pairs.items());
}

std::shared_ptr<const Links> ease(const Pairs& pairs, double lambda, size_t most,
                                  const EaseLimits& limits) {
  if (pairs.size() == 0) return nullptr;
  if (std::min(pairs.items(), pairs.people()) > limits.side_max)
    return of_popular(pairs, lambda, most, limits.popular,
                      std::make_shared<Links>(fmt::format("ease lambda {} of the {} most popular",
                                                          lambda, limits.popular),
                                              pairs.items()));
  auto out = std::make_shared<Links>(fmt::format("ease lambda {}", lambda), pairs.items());
  return pairs.items() <= pairs.people() ? by_items(pairs, lambda, most, std::move(out))
                                         : by_people(pairs, lambda, most, std::move(out));
}

}  // namespace aizuchi::understand
