#include "understand/recommend/links.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ground/base/bytes.h"
#include "ground/base/result.h"

namespace aizuchi::understand {

void Links::add_row(std::vector<Link> row, size_t most) {
  AIZ_ASSERT(starts_.size() <= items_);
  if (row.size() > most) {
    const auto stronger = [](const Link& a, const Link& b) {
      const float x = std::abs(a.weight), y = std::abs(b.weight);
      return x != y ? x > y : a.item < b.item;
    };
    std::ranges::nth_element(row, row.begin() + static_cast<ptrdiff_t>(most), stronger);
    row.resize(most);
    std::ranges::sort(row, {}, &Link::item);  // scores are added in one order
  }
  links_.insert(links_.end(), row.begin(), row.end());
  starts_.push_back(links_.size());
}

void Links::add_row(std::span<const float> row, size_t most) {
  std::vector<Link> found;
  for (uint32_t j = 0; j < row.size(); ++j)
    if (row[j] != 0) found.push_back({.item = j, .weight = row[j]});
  add_row(std::move(found), most);
}

void Links::score(std::span<const Basket> baskets, std::span<float> scores) const {
  AIZ_ASSERT(scores.size() == baskets.size() * items_);
  std::ranges::fill(scores, 0.0F);
  for (size_t b = 0; b < baskets.size(); ++b) {
    float* const row = scores.data() + b * items_;
    for (const uint32_t item : baskets[b])
      for (const Link& link : of(item)) row[link.item] += link.weight;
  }
}

std::vector<double> Links::shares(Basket basket, std::span<const uint32_t> items) const {
  std::vector<double> out(items.size() * basket.size());
  for (size_t b = 0; b < basket.size(); ++b)
    for (const Link& link : of(basket[b]))
      for (size_t i = 0; i < items.size(); ++i)
        if (items[i] == link.item) out[i * basket.size() + b] = double{link.weight};
  return out;
}

void Links::write(ground::ByteWriter& out) const {
  AIZ_ASSERT(starts_.size() == size_t{items_} + 1);
  out.u8(static_cast<uint8_t>(ModelKind::links));
  out.text(name_);
  for (uint32_t i = 0; i < items_; ++i) {
    out.varint(of(i).size());
    for (const Link& link : of(i)) {
      out.varint(link.item);
      write_floats(out, {&link.weight, 1});
    }
  }
}

std::shared_ptr<const Links> Links::read(ground::ByteReader& in, uint32_t items) {
  constexpr size_t link_bytes_min = 5;
  auto out = std::make_shared<Links>(std::string(in.text()), items);
  std::vector<Link> row;
  for (uint32_t i = 0; i < items && in.ok(); ++i) {
    row.clear();
    for (size_t n = in.count(link_bytes_min); n > 0 && in.ok(); --n) {
      const uint64_t item = in.varint();
      const float weight = read_float(in);
      if (item >= items) in.spoil();
      if (in.ok()) row.push_back({.item = static_cast<uint32_t>(item), .weight = weight});
    }
    out->add_row(row, SIZE_MAX);
  }
  return in.ok() ? out : nullptr;
}

namespace {

double mean_square(const Links& links) {
  double squares = 0, count = 0;
  for (uint32_t i = 0; i < links.items(); ++i)
    for (const Link& link : links.of(i)) {
      squares += double{link.weight} * double{link.weight};
      count += 1;
    }
  return count > 0 ? squares / count : 0;
}

}  // namespace

std::shared_ptr<const Links> blended(const Links& one, const Links& other, double share) {
  auto out = std::make_shared<Links>(fmt::format("blend {:.1f} of ({}) and {:.1f} of ({})", share,
                                                 one.name(), 1 - share, other.name()),
                                     one.items());
  const auto scale = [](double part, const Links& links) {
    const double square = mean_square(links);
    return static_cast<float>(square > 0 ? part / std::sqrt(square) : 0);
  };
  const float of_one = scale(share, one), of_other = scale(1 - share, other);
  std::vector<float> row(one.items());
  for (uint32_t i = 0; i < one.items(); ++i) {
    std::ranges::fill(row, 0.0F);
    for (const Link& link : one.of(i)) row[link.item] += of_one * link.weight;
    for (const Link& link : other.of(i)) row[link.item] += of_other * link.weight;
    out->add_row(row, links_most(one.items()));
  }
  return out;
}

size_t links_most(uint32_t items) {
  constexpr size_t in_all = 20'000'000, each_min = 100;
  return std::max<size_t>(each_min, in_all / std::max<uint32_t>(items, 1));
}

namespace {

// n^exponent for every count there is.
std::vector<double> powers(const Pairs& pairs, double exponent, bool of_people) {
  const uint32_t count = of_people ? pairs.people() : pairs.items();
  std::vector<double> out(count);
  for (uint32_t i = 0; i < count; ++i) {
    const size_t n = of_people ? pairs.items_of(i).size() : pairs.people_of(i).size();
    out[i] = n == 0 ? 0 : std::pow(static_cast<double>(n), exponent);
  }
  return out;
}

// Σ over people who have both, for one item; `touched` are the places that were written.
void walk_from(const Pairs& pairs, const std::vector<double>& share, uint32_t item,
               std::vector<double>& row, std::vector<uint32_t>& touched) {
  for (const uint32_t person : pairs.people_of(item)) {
    const double step = share[person];
    for (const uint32_t other : pairs.items_of(person)) {
      if (row[other] == 0) touched.push_back(other);
      row[other] += step;
    }
  }
}

}  // namespace

std::vector<std::shared_ptr<const Links>> walks(const Pairs& pairs,
                                                std::span<const WalkSettings> settings) {
  std::vector<std::shared_ptr<Links>> made;
  std::vector<std::vector<double>> damped, first;
  for (const WalkSettings& s : settings) {
    AIZ_ASSERT(s.alpha == settings.front().alpha);
    made.push_back(std::make_shared<Links>(
        fmt::format("walk alpha {} beta {} gamma {} k {}", s.alpha, s.beta, s.gamma, s.most),
        pairs.items()));
    damped.push_back(powers(pairs, -s.beta, false));
    first.push_back(powers(pairs, -s.gamma, false));
  }
  if (settings.empty()) return {};
  const auto share = powers(pairs, -settings.front().alpha, true);
  std::vector<double> row(pairs.items());
  std::vector<uint32_t> touched;
  std::vector<Link> found;
  for (uint32_t item = 0; item < pairs.items(); ++item) {
    walk_from(pairs, share, item, row, touched);
    std::ranges::sort(touched);
    for (size_t m = 0; m < made.size(); ++m) {
      found.clear();
      for (const uint32_t other : touched)
        if (other != item)
          found.push_back(
              {.item = other,
               .weight = static_cast<float>(row[other] * damped[m][other] * first[m][item])});
      made[m]->add_row(found, settings[m].most);
    }
    for (const uint32_t other : touched) row[other] = 0;
    touched.clear();
  }
  return {made.begin(), made.end()};
}

}  // namespace aizuchi::understand
