// A model of a shelf: from what someone had to a score for every item. All of them are functions of
// the items alone, so that someone who came a minute ago is answered like anyone.
// Threads: immutable once made; read by any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace aizuchi::understand {

using Basket = std::span<const uint32_t>;  // the items someone had

class Model {
 public:
  virtual ~Model() = default;
  virtual std::string name() const = 0;  // with its settings
  virtual uint32_t items() const = 0;
  // `scores` is baskets × items, row by row, and is overwritten. Higher is better; what is in a
  // basket is scored too.
  virtual void score(std::span<const Basket> baskets, std::span<float> scores) const = 0;
  virtual size_t bytes() const = 0;
};

using ModelPtr = std::shared_ptr<const Model>;

}  // namespace aizuchi::understand
