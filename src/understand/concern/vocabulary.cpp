#include "understand/concern/vocabulary.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace aizuchi::understand {

Text counted(std::string_view text) {
  std::vector<Piece> pieces = pieces_of(text);
  std::ranges::sort(pieces);
  Text out;
  for (const Piece& piece : pieces) {
    if (out.empty() || out.back().piece != piece) out.push_back({.piece = piece, .times = 0});
    out.back().times += 1;
  }
  return out;
}

namespace {

struct Spread {
  uint32_t texts = 0;
  std::vector<std::pair<uint32_t, uint32_t>> by_class;
};
using Spreads = std::unordered_map<uint64_t, Spread>;

void count(Spread& spread, uint32_t of) {
  ++spread.texts;
  if (of == no_class) return;
  for (auto& [known, times] : spread.by_class)
    if (known == of) {
      ++times;
      return;
    }
  spread.by_class.emplace_back(of, 1);
}

// How much a piece tells: sqrt(KL(classes with it ‖ classes)), with two texts of no news added.
float telling(const Spread& spread, std::span<const double> usual) {
  constexpr double doubt = 2;
  double texts = 0, told = 0;
  for (const auto& [of, times] : spread.by_class) texts += times;
  for (const auto& [of, times] : spread.by_class) {
    const double share = times / (texts + doubt);
    told += share * std::log((times + doubt * usual[of]) / ((texts + doubt) * usual[of]));
  }
  return static_cast<float>(std::sqrt(std::max(told, 0.01)));
}

}  // namespace

Weights::Weights(std::span<const Text* const> texts, std::span<const uint32_t> classes,
                 size_t class_count, size_t size_max) {
  Spreads spreads;
  std::vector<double> usual(class_count);
  double all = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    for (const Counted& one : *texts[i]) count(spreads[one.piece.name], classes[i]);
    if (classes[i] != no_class) usual[classes[i]] += 1, all += 1;
  }
  for (double& u : usual) u /= std::max(all, 1.0);
  std::vector<std::pair<uint32_t, uint64_t>> order;  // by how many texts have it, then by name
  order.reserve(spreads.size());
  for (const auto& [name, spread] : spreads) order.emplace_back(spread.texts, name);
  std::ranges::sort(order, std::greater{});
  if (order.size() > size_max) order.resize(size_max);
  std::ranges::sort(order, {}, [](const auto& one) { return one.second; });
  weights_.reserve(order.size());
  for (const auto& [texts_with, name] : order) {
    numbers_.emplace(name, static_cast<uint32_t>(weights_.size()));
    weights_.push_back(telling(spreads.find(name)->second, usual));
  }
}

Row Weights::row(const Text& text) const {
  Row out;
  std::array<double, piece_kinds> squares{};
  std::vector<uint8_t> kinds;
  for (const Counted& one : text) {
    const auto found = numbers_.find(one.piece.name);
    if (found == numbers_.end()) continue;
    const float value = (1 + std::log(one.times)) * weights_[found->second];
    out.features.push_back(found->second);
    out.values.push_back(value);
    kinds.push_back(one.piece.kind);
    squares[one.piece.kind] += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto present =
      static_cast<double>(std::ranges::count_if(squares, [](double s) { return s > 0; }));
  for (size_t j = 0; j < kinds.size(); ++j)
    out.values[j] /= static_cast<float>(std::sqrt(squares[kinds[j]] * present));
  return out;
}

double Weights::covered(const Text& text) const {
  double seen = 0, all = 0;
  for (const Counted& one : text) {
    const double times = static_cast<double>(one.times);
    all += times;
    if (numbers_.contains(one.piece.name)) seen += times;
  }
  return all > 0 ? seen / all : 0;
}

}  // namespace aizuchi::understand
