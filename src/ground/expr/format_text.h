// "%s and %.2f".format([…]) of the strings extension: %s %d %f %e %b %o %x %X %%.
#pragma once

#include "ground/expr/evaluation.h"

namespace aizuchi::ground {

// Appends to `out`; the answer is an error operand when the text or an argument does not fit.
Operand format_text(Evaluation& evaluation, std::string_view format, const ValueList& arguments,
                    std::string& out);

}  // namespace aizuchi::ground
