// What `aizuchi cel` does, as functions: one expression with plain JSON variables, or one line of
// NDJSON after another in the typed JSON of the conformance suite. Never throws, never stops.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "ground/base/result.h"
#include "ground/expr/expr.h"

namespace aizuchi::ground {

// {"expr", "vars"?, "container"?, "disable_check"?} to {"value": …} or {"error": "…"}, without the
// newline. Values are typed JSON: {"int":"1"}, {"uint":"1"}, {"double":1.5}, {"double":"NaN"},
// {"string":"x"}, {"bytes":"base64"}, {"bool":true}, {"null":true}, {"list":[…]}, {"map":[[k,v],…]}
// (sorted by key), {"timestamp":"2026-…Z"}, {"duration":"1.5s"}, {"type":"int"}.
std::string evaluate_batch_line(std::string_view line);

// The value as plain JSON. vars_json: an object, "" for none; a whole number is an int. Errors:
// invalid, with line and column of the expression.
Result<std::string> evaluate_once(std::string_view expr, std::string_view vars_json,
                                  const CompileOptions& options = {});

}  // namespace aizuchi::ground
