#include "ground/expr/operand.h"

#include <array>

namespace aizuchi::ground {

namespace {
constexpr std::string_view optional_key = "optional";
}

Value make_opaque(std::string_view type, Value content) {
  return Value::map({{Value(Bytes{std::string(type)}), std::move(content)}});
}

Value optional_of(Value content) {
  return make_opaque(optional_key, Value::list({std::move(content)}));
}

const Value& optional_none() {
  static const Value none = make_opaque(optional_key, Value::list({}));
  return none;
}

Tag opaque_tag(const ValueMap& entries) {
  return entries[0].first.as_bytes() == optional_key ? Tag::optional : Tag::opaque;
}

const Value& opaque_content(const Operand& operand) {
  return operand.map()[0].second;
}

const std::string& opaque_type(const Operand& operand) {
  return operand.map()[0].first.as_bytes();
}

const Value* optional_content(const Operand& operand) {
  const Value& content = opaque_content(operand);
  if (!content.is(Value::Kind::list) || content.as_list().empty()) return nullptr;
  return &content.as_list()[0];
}

Value Operand::value() const {
  switch (tag) {
    case Tag::null:
    case Tag::error:
      return {};
    case Tag::boolean:
      return b;
    case Tag::integer:
      return i;
    case Tag::uinteger:
      return u;
    case Tag::real:
      return d;
    case Tag::timestamp:
      return timestamp();
    case Tag::span:
      return duration();
    default:
      return *v;
  }
}

std::string Operand::type_name() const {
  static constexpr std::array<std::string_view, 15> names = {"null_type",
                                                             "bool",
                                                             "int",
                                                             "uint",
                                                             "double",
                                                             "string",
                                                             "bytes",
                                                             "list",
                                                             "map",
                                                             "google.protobuf.Timestamp",
                                                             "google.protobuf.Duration",
                                                             "type",
                                                             "optional_type",
                                                             "opaque",
                                                             "error"};
  if (tag == Tag::opaque) return opaque_type(*this);
  return std::string(names[static_cast<size_t>(tag)]);
}

}  // namespace aizuchi::ground
