// The web SDK (sdk/web) as it is embedded in this binary: built by esbuild while this is built,
// plain and gzipped. None of it when this was built without (-DAIZUCHI_WEB=OFF, or no Node modules
// at hand). Threads: constant. Cost: none.
#pragma once

#include <span>
#include <string_view>

namespace aizuchi::serve {

struct SdkFile {
  std::string_view name;       // aizuchi.js
  std::string_view hashed;     // aizuchi.0123456789ab.js: these bytes and no others, ever
  std::string_view integrity;  // sha384-…, for <script integrity>
  std::string_view bytes, gzip;
};

std::span<const SdkFile> sdk_files();

}  // namespace aizuchi::serve
