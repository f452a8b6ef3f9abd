#include "ground/expr/expr.h"

#include <fmt/format.h>

#include <array>

namespace aizuchi::ground {

ExprType::ExprType(Kind kind, std::string name, std::vector<ExprType> parameters)
    : kind_(kind),
      detail_(std::make_shared<const Detail>(Detail{std::move(name), std::move(parameters)})) {}

ExprType ExprType::list(ExprType item) {
  return {Kind::list, {}, {std::move(item)}};
}
ExprType ExprType::map(ExprType key, ExprType value) {
  return {Kind::map, {}, {std::move(key), std::move(value)}};
}
ExprType ExprType::optional(ExprType content) {
  return {Kind::optional, {}, {std::move(content)}};
}
ExprType ExprType::opaque(std::string name) {
  return {Kind::opaque, std::move(name), {}};
}
ExprType ExprType::param(std::string name) {
  return {Kind::param, std::move(name), {}};
}

std::string ExprType::text() const {
  static constexpr std::array<std::string_view, 11> simple = {
      "dyn",    "null",  "bool",      "int",      "uint", "double",
      "string", "bytes", "timestamp", "duration", "type"};
  switch (kind_) {
    case Kind::list:
      return fmt::format("list({})", item().text());
    case Kind::map:
      return fmt::format("map({}, {})", key().text(), value().text());
    case Kind::optional:
      return fmt::format("optional({})", item().text());
    case Kind::opaque:
    case Kind::param:
      return name();
    default:
      return std::string(simple[static_cast<size_t>(kind_)]);
  }
}

bool ExprType::operator==(const ExprType& other) const {
  if (kind_ != other.kind_) return false;
  if (detail_ == other.detail_) return true;
  return detail_->name == other.detail_->name && detail_->parameters == other.detail_->parameters;
}

bool assignable(const ExprType& from, const ExprType& to) {
  using Kind = ExprType::Kind;
  if (from.is_dyn() || to.is_dyn()) return true;
  if (from.is(Kind::null))
    return to.is(Kind::null) || to.is(Kind::timestamp) || to.is(Kind::duration);
  if (from.kind() != to.kind()) return false;
  switch (to.kind()) {
    case Kind::list:
    case Kind::optional:
      return assignable(from.item(), to.item());
    case Kind::map:
      return assignable(from.key(), to.key()) && assignable(from.value(), to.value());
    case Kind::opaque:
      return from.name() == to.name();
    default:
      return true;
  }
}

ExprType join(const ExprType& a, const ExprType& b) {
  if (a.is_dyn() || b.is_dyn()) return {};
  if (assignable(a, b)) return b;
  if (assignable(b, a)) return a;
  return {};
}

}  // namespace aizuchi::ground
