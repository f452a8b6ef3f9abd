// iALS++ (Rendle et al., 2021; "Revisiting iALS", RecSys 2022): people and items as vectors, found
// by alternating least squares in blocks of dimensions. Only the items' vectors are the model:
// someone's own is solved from their basket when it is needed, so nothing personal is kept.
// Threads: none. Cost: an epoch is pairs · d · block + (people + items) · d · block² / 3.
#pragma once

#include <vector>

#include "understand/recommend/model.h"
#include "understand/recommend/pairs.h"

namespace aizuchi::understand {

struct FactorSettings {
  size_t dimensions = 64;
  double unseen = 0.1;  // the weight of a pair that is not there
  double reg = 0.003;   // λ of a vector: reg · (its pairs + unseen · the other side)
  size_t epochs = 10;
  uint64_t seed = 1;
  bool linked = false;  // made for its links()
  bool operator==(const FactorSettings&) const = default;
};

class Links;  // links.h

class Factors final : public Model {
 public:
  Factors(const Pairs& pairs, const FactorSettings& settings);
  static std::shared_ptr<const Factors> read(ground::ByteReader& in, uint32_t items);

  std::string name() const override;
  uint32_t items() const override { return items_; }
  void score(std::span<const Basket> baskets, std::span<float> scores) const override;
  // The score is Σ over the basket of v_j · A⁻¹ v_i (Hu, Koren, Volinsky, ICDM 2008): each i's
  // part.
  std::vector<double> shares(Basket basket, std::span<const uint32_t> items) const override;
  void write(ground::ByteWriter& out) const override;
  // What it answers to each item alone, as links: what can name the item that led to another.
  std::shared_ptr<const Links> links(size_t most) const;
  size_t bytes() const override { return vectors_.capacity() * sizeof(float); }
  std::span<const float> vector(uint32_t item) const {
    return {vectors_.data() + item * settings_.dimensions, settings_.dimensions};
  }

 private:
  Factors(const FactorSettings& settings, uint32_t items) : settings_(settings), items_(items) {}
  void sum_up();                                    // makes gram_
  std::vector<float> bend_of(Basket basket) const;  // the matrix A of a basket
  void fold_in(Basket basket, float* out) const;

  FactorSettings settings_;
  uint32_t items_;
  std::vector<float> vectors_;  // items × dimensions
  std::vector<float> gram_;     // unseen · VᵀV
};

}  // namespace aizuchi::understand
