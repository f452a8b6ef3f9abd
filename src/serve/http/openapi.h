// openapi.json as it stands in the binary. Threads: constant.
#pragma once

#include <string_view>

namespace aizuchi::serve {

std::string_view openapi_json();

}  // namespace aizuchi::serve
