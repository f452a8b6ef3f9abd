#include "serve/http/openapi.h"

extern "C" {
extern const char aizuchi_openapi_json[];
extern const char aizuchi_openapi_json_end[];
}

namespace aizuchi::serve {

std::string_view openapi_json() {
  return {aizuchi_openapi_json,
          static_cast<size_t>(aizuchi_openapi_json_end - aizuchi_openapi_json)};
}

}  // namespace aizuchi::serve
