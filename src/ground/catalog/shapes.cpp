#include "ground/catalog/shapes.h"

#include <algorithm>

namespace aizuchi::ground::catalog {

void Shapes::begin(std::string_view what) {
  by_kind_.try_emplace(std::string(what));
}

void Shapes::learn(std::string_view what, KeyShape key) {
  Keys& keys = by_kind_[std::string(what)];
  const auto known = std::ranges::find(keys, key.key, &KeyShape::key);
  if (known == keys.end()) {
    keys.push_back(std::move(key));
    return;
  }
  const bool required = known->required && key.required;
  const bool closer = key.form != KeyShape::Form::any;
  if (closer) *known = std::move(key);
  known->required = required;
}

}  // namespace aizuchi::ground::catalog
