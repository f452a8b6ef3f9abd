#include "understand/recommend/ease.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "understand/recommend/blas.h"

namespace aizuchi::understand {

namespace {

// |person|^−alpha, over its mean over all pairs.
std::vector<float> worth_of_people(const Pairs& pairs, double alpha) {
  std::vector<double> worth(pairs.people());
  double sum = 0;
  for (uint32_t u = 0; u < pairs.people(); ++u) {
    const auto n = static_cast<double>(pairs.items_of(u).size());
    worth[u] = n == 0 ? 0 : std::pow(n, -alpha);
    sum += worth[u] * n;
  }
  std::vector<float> out(worth.size());
  for (size_t u = 0; u < out.size(); ++u)
    out[u] = static_cast<float>(worth[u] * static_cast<double>(pairs.size()) / sum);
  return out;
}

std::string name_of(const EaseSettings& s) {
  std::string out = fmt::format("ease lambda {}", s.lambda);
  if (s.alpha != 0) out += fmt::format(" alpha {}", s.alpha);
  if (s.nearest > 0) out += fmt::format(" of the {} nearest", s.nearest);
  return out;
}

// B of XᵀWX + λI, W the people's worth.
std::shared_ptr<Links> by_items(const Pairs& pairs, const std::vector<float>& worth, double lambda,
                                size_t most, std::shared_ptr<Links> out) {
  const uint32_t n = pairs.items();
  std::vector<float> p(size_t{n} * n);
  for (uint32_t i = 0; i < n; ++i) {
    float* const row = p.data() + size_t{i} * n;
    for (const uint32_t u : pairs.people_of(i))
      for (const uint32_t j : pairs.items_of(u)) row[j] += worth[u];
    row[i] += static_cast<float>(lambda);
  }
  if (!invert(p.data(), n)) return nullptr;
  std::vector<float> row(n);
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < n; ++j)
      row[j] = i == j ? 0 : -p[size_t{i} * n + j] / p[size_t{j} * n + j];
    out->add_row(row, most);
  }
  return out;
}

// λ·P_ij = δ_ij − x_iᵀ K x_j, where x_i is who has i, by the root of their worth.
std::shared_ptr<Links> by_people(const Pairs& pairs, std::vector<float> worth, double lambda,
                                 size_t most, std::shared_ptr<Links> out) {
  const uint32_t m = pairs.people(), n = pairs.items();
  for (float& w : worth) w = std::sqrt(w);
  std::vector<float> k(size_t{m} * m);
  for (uint32_t u = 0; u < m; ++u) {
    float* const row = k.data() + size_t{u} * m;
    for (const uint32_t i : pairs.items_of(u))
      for (const uint32_t v : pairs.people_of(i)) row[v] += worth[u] * worth[v];
    row[u] += static_cast<float>(lambda);
  }
  if (!invert(k.data(), m)) return nullptr;
  const auto reach = [&](uint32_t i, std::vector<float>& to) {  // x_iᵀ K
    std::ranges::fill(to, 0.0F);
    for (const uint32_t u : pairs.people_of(i)) {
      const float* const row = k.data() + size_t{u} * m;
      for (uint32_t v = 0; v < m; ++v) to[v] += worth[u] * row[v];
    }
  };
  const auto meet = [&](const std::vector<float>& to, uint32_t j) {
    float sum = 0;
    for (const uint32_t v : pairs.people_of(j)) sum += worth[v] * to[v];
    return sum;
  };
  std::vector<float> to(m), row(n), diagonal(n);
  for (uint32_t j = 0; j < n; ++j) {
    reach(j, to);
    diagonal[j] = 1 - meet(to, j);
  }
  for (uint32_t i = 0; i < n; ++i) {
    reach(i, to);
    for (uint32_t j = 0; j < n; ++j)
      row[j] = i == j || diagonal[j] <= 0 ? 0 : meet(to, j) / diagonal[j];
    out->add_row(row, most);
  }
  return out;
}

// Each item told from its nearest, for several λ at once.
class Nearest {
 public:
  Nearest(const Pairs& pairs, std::span<const EaseSettings> settings)
      : pairs_(pairs),
        settings_(settings),
        worth_(worth_of_people(pairs, settings.front().alpha)),
        weight_(pairs.items()),
        together_(pairs.items()),
        near_of_(pairs.people()),
        rows_(settings.size(), std::vector<std::vector<Link>>(pairs.items())) {
    for (uint32_t i = 0; i < pairs.items(); ++i)
      for (const uint32_t u : pairs.people_of(i)) weight_[i] += worth_[u];
  }

  void tell(uint32_t item) {
    find_near(item);
    if (near_.empty()) return;
    const size_t n = near_.size();
    gather();
    std::vector<float> a, b;
    for (size_t s = 0; s < settings_.size(); ++s) {
      a = gram_, b = with_item_;
      for (size_t k = 0; k < n; ++k) a[k * n + k] += static_cast<float>(settings_[s].lambda);
      if (!solve(a.data(), b.data(), n)) continue;
      for (size_t k = 0; k < n; ++k)
        if (b[k] != 0) rows_[s][near_[k]].push_back({.item = item, .weight = b[k]});
    }
  }
  std::vector<std::shared_ptr<const Links>> take() {
    std::vector<std::shared_ptr<const Links>> out;
    for (size_t s = 0; s < settings_.size(); ++s) {
      auto links = std::make_shared<Links>(name_of(settings_[s]), pairs_.items());
      for (std::vector<Link>& row : rows_[s]) links->add_row(std::exchange(row, {}), SIZE_MAX);
      out.push_back(std::move(links));
    }
    return out;
  }

 private:
  // near_, ascending, and how much each has together with the item.
  void find_near(uint32_t item) {
    touched_.clear();
    for (const uint32_t u : pairs_.people_of(item))
      for (const uint32_t j : pairs_.items_of(u)) {
        if (together_[j] == 0) touched_.push_back(j);
        together_[j] += worth_[u];
      }
    near_.clear();
    for (const uint32_t j : touched_)
      if (j != item) near_.push_back(j);
    const size_t most = settings_.front().nearest;
    if (near_.size() > most) {
      const auto nearness = [&](uint32_t j) {
        return std::pair(-together_[j] / std::sqrt(weight_[j]), j);
      };
      std::ranges::nth_element(near_, near_.begin() + static_cast<ptrdiff_t>(most), {}, nearness);
      near_.resize(most);
    }
    std::ranges::sort(near_);
    with_item_.clear();
    for (const uint32_t j : near_) with_item_.push_back(together_[j]);
    for (const uint32_t j : touched_) together_[j] = 0;
  }
  // (XᵀWX) of near_ alone, by the people who have any of them.
  void gather() {
    const size_t n = near_.size();
    std::vector<uint32_t>& people = touched_;
    people.clear();
    for (uint32_t k = 0; k < n; ++k)
      for (const uint32_t u : pairs_.people_of(near_[k])) {
        if (near_of_[u].empty()) people.push_back(u);
        near_of_[u].push_back(k);
      }
    std::ranges::sort(people);  // sums in one order
    gram_.assign(n * n, 0);
    for (const uint32_t u : people) {
      for (const uint32_t k : near_of_[u])
        for (const uint32_t l : near_of_[u]) gram_[k * n + l] += worth_[u];
      near_of_[u].clear();
    }
  }

  const Pairs& pairs_;
  const std::span<const EaseSettings> settings_;
  const std::vector<float> worth_;
  std::vector<float> weight_, together_;
  std::vector<std::vector<uint32_t>> near_of_;  // by person: which of near_ they have
  std::vector<std::vector<std::vector<Link>>> rows_;
  std::vector<uint32_t> near_, touched_;
  std::vector<float> with_item_, gram_;
};

}  // namespace

uint32_t ease_side(const Pairs& pairs) {
  return std::min(pairs.items(), pairs.people());
}

std::shared_ptr<const Links> ease(const Pairs& pairs, const EaseSettings& settings, size_t most) {
  if (pairs.size() == 0) return nullptr;
  if (settings.nearest > 0) return nearest_eases(pairs, std::span(&settings, 1)).front();
  if (ease_side(pairs) > ease_side_max) return nullptr;
  auto out = std::make_shared<Links>(name_of(settings), pairs.items());
  const auto worth = worth_of_people(pairs, settings.alpha);
  return pairs.items() <= pairs.people()
             ? by_items(pairs, worth, settings.lambda, most, std::move(out))
             : by_people(pairs, worth, settings.lambda, most, std::move(out));
}

std::vector<std::shared_ptr<const Links>> nearest_eases(const Pairs& pairs,
                                                        std::span<const EaseSettings> settings) {
  if (settings.empty()) return {};
  Nearest nearest(pairs, settings);
  for (uint32_t item = 0; item < pairs.items(); ++item) nearest.tell(item);
  return nearest.take();
}

}  // namespace aizuchi::understand
