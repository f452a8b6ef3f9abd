#include "understand/resonance/kindred.h"

#include <cmath>

namespace aizuchi::understand {

Kindred::Kindred(std::span<const std::vector<Preference>* const> people, size_t options)
    : people_(people.size()), options_(options), signs_(options * options * people.size()) {
  for (size_t person = 0; person < people_; ++person)
    for (const Preference& one : *people[person]) {
      const bool turned = one.better > one.worse;
      const size_t row =
          turned ? one.worse * options_ + one.better : one.better * options_ + one.worse;
      signs_[row * people_ + person] = turned ? -1 : 1;
    }
}

std::span<const int8_t> Kindred::signs(Preference preference, float& turn) const {
  const auto& [better, worse] = preference;
  turn = better > worse ? -1.0F : 1.0F;
  const size_t row = better > worse ? worse * options_ + better : better * options_ + worse;
  return std::span(signs_).subspan(row * people_, people_);
}

void Kindred::hear(Weights& weights, Preference said, double wrong) const {
  float turn = 1;
  const auto row = signs(said, turn);
  const float slope = turn * static_cast<float>(0.5 - wrong);
  for (size_t i = 0; i < people_; ++i) weights[i] *= 0.5F + slope * static_cast<float>(row[i]);
}

double Kindred::chance(const Weights& weights, Preference preference, double believed,
                       double evidence, double worth) const {
  float turn = 1;
  const auto row = signs(preference, turn);
  float lead = 0, known = 0;
  for (size_t i = 0; i < people_; ++i) {
    lead += weights[i] * static_cast<float>(row[i]);
    known += weights[i] * static_cast<float>(row[i] * row[i]);
  }
  const double agree = (double{known} + double{turn * lead}) / 2;
  const double own = worth * evidence;
  return own + known > 0 ? (own * believed + agree) / (own + double{known}) : believed;
}

}  // namespace aizuchi::understand
