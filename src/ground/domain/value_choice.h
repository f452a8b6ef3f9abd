// One answer to an open question about values, as a fact keeps it: a line of text that a person can
// read in an export, "2026-11-23T04:20:11Z quiet > makers, craft > price": of these four quiet is
// the dearest and price the least. Names are those of axes (letters, digits, '.', '_', '-').
// Threads: values. Cost: one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/time.h"
#include "ground/base/value.h"

namespace aizuchi::ground {

struct ValueChoice {
  Instant at;
  std::string best;
  std::vector<std::string> others;  // shown, neither best nor worst
  std::string worst;                // "" when that was not said
};

// A fact keeps so many, the newest.
constexpr size_t value_choices_max = 16;

std::string to_text(const ValueChoice& choice);
std::optional<ValueChoice> read_value_choice(std::string_view text);
// Those of a fact's value, oldest first; what is no choice is passed over.
std::vector<ValueChoice> value_choices(const Value& value);
// Those of both, each once, oldest first; the newest where there are too many.
Value joined_choices(const Value& a, const Value& b);
Value value_of(const std::vector<ValueChoice>& choices);

}  // namespace aizuchi::ground
