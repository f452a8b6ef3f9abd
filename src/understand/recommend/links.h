// From item to item: each item's strongest links to others, and the models that are nothing but
// such links. A score is the sum of the links from what someone had; the item whose link gave most
// is its explanation.
//
// RP3beta (Paudel et al., ACM TiiS 2017): a walk item → person → item, damped by how popular the
// end is. EASE (Steck, WWW 2019): the linear autoencoder in closed form, in ease.h.
// Threads: none. Cost: links are made row by row, so that beside the result only one row is held.
#pragma once

#include <string>
#include <vector>

#include "understand/recommend/model.h"
#include "understand/recommend/pairs.h"

namespace aizuchi::understand {

struct Link {
  uint32_t item = 0;
  float weight = 0;
};

class Links final : public Model {
 public:
  Links(std::string name, uint32_t items) : name_(std::move(name)), items_(items), starts_(1) {}
  // The links of the next item: the `most` of the largest absolute weight are kept, of those that
  // are not 0. `row` is by item and left as it is.
  void add_row(std::span<const float> row, size_t most);
  // The same of a row that is given by what is in it.
  void add_row(std::vector<Link> row, size_t most);

  std::string name() const override { return name_; }
  uint32_t items() const override { return items_; }
  void score(std::span<const Basket> baskets, std::span<float> scores) const override;
  std::vector<double> shares(Basket basket, std::span<const uint32_t> items) const override;
  size_t bytes() const override { return links_.capacity() * sizeof(Link); }
  void write(ground::ByteWriter& out) const override;
  static std::shared_ptr<const Links> read(ground::ByteReader& in, uint32_t items);
  std::span<const Link> of(uint32_t item) const {
    return {links_.data() + starts_[item], starts_[item + 1] - starts_[item]};
  }

 private:
  std::string name_;
  uint32_t items_;
  std::vector<size_t> starts_;
  std::vector<Link> links_;
};

// `share` of the one's links and the rest of the other's, each scaled to a mean square of 1.
std::shared_ptr<const Links> blended(const Links& one, const Links& other, double share);

// How many links an item keeps: 20 million in all, at least 100 each.
size_t links_most(uint32_t items);

// w(i, j) = Σ over people with both of |person|^−alpha, over |i|^gamma · |j|^beta. RP3beta is gamma
// = alpha; a gamma of its own costs nothing and fits better.
struct WalkSettings {
  double alpha = 1, beta = 0.4, gamma = 0.5;
  size_t most = 400;
  bool operator==(const WalkSettings&) const = default;
};
// EASE (ease.h). A person counts |person|^−alpha, scaled so that λ means the same; `nearest`: each
// item is told from so many others alone, 0: from all.
struct EaseSettings {
  double lambda = 200, alpha = 0;
  size_t nearest = 0;
  bool operator==(const EaseSettings&) const = default;
};
// All of one alpha, in one pass over the pairs.
std::vector<std::shared_ptr<const Links>> walks(const Pairs& pairs,
                                                std::span<const WalkSettings> settings);

}  // namespace aizuchi::understand
