// Typed JSON, as the converted conformance suite writes values; see cel_command.h.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "ground/base/value.h"

namespace aizuchi::ground {

// From the parsed JSON of a typed value; the error text says what was expected.
std::expected<Value, std::string> from_typed_json(const Value& json);
// JSON text in which whole numbers beyond 64 bits are written as doubles (18446744073709552000 gets
// ".0"): JSON writers print large doubles like that, and the JSON parser refuses them.
std::string widen_numbers(std::string_view json);
void append_typed_json(std::string& out, const Value& value);

}  // namespace aizuchi::ground
