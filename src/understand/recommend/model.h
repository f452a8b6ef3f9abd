// A model of a shelf: from what someone had to a score for every item. All of them are functions of
// the items alone, so that someone who came a minute ago is answered like anyone.
// Threads: immutable once made; read by any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aizuchi::ground {
class ByteReader;
class ByteWriter;
}  // namespace aizuchi::ground

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
  // What each of the basket gave to the score of each of `items`: items × basket, row by row. Only
  // popularity gives nothing to anyone.
  virtual std::vector<double> shares(Basket basket, std::span<const uint32_t> items) const = 0;
  virtual size_t bytes() const = 0;
  // Its kind and all that it is made of, as read_model() reads it (docs/formats.md).
  virtual void write(ground::ByteWriter& out) const = 0;
};

using ModelPtr = std::shared_ptr<const Model>;

// How a kind begins in a file.
enum class ModelKind : uint8_t { popular = 1, links = 2, factors = 3, blend = 4 };
// nullptr, and the reader is spoiled, when it is no model of so many items (shelf.cpp).
ModelPtr read_model(ground::ByteReader& in, uint32_t items);

// 4 bytes each, little-endian. Reading spoils where there are fewer, or one is beyond ±1e9: what
// was learned is far below, and no sum of such numbers overflows (model_file.cpp).
void write_floats(ground::ByteWriter& out, std::span<const float> floats);
float read_float(ground::ByteReader& in);
std::vector<float> read_floats(ground::ByteReader& in, size_t count);

}  // namespace aizuchi::understand
