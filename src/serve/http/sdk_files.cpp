#include "serve/http/sdk_files.h"

#include <vector>

extern "C" {
struct AizuchiSdkEntry {
  const char *name, *hashed, *integrity;
  const char *bytes, *bytes_end;
  const char *gzip, *gzip_end;
};
extern const AizuchiSdkEntry aizuchi_sdk_table[];
extern const AizuchiSdkEntry aizuchi_sdk_table_end[];
}

namespace aizuchi::serve {

std::span<const SdkFile> sdk_files() {
  static const std::vector<SdkFile> files = [] {
    std::vector<SdkFile> out;
    for (const auto* at = aizuchi_sdk_table; at != aizuchi_sdk_table_end; ++at)
      out.push_back({at->name,
                     at->hashed,
                     at->integrity,
                     {at->bytes, static_cast<size_t>(at->bytes_end - at->bytes)},
                     {at->gzip, static_cast<size_t>(at->gzip_end - at->gzip)}});
    return out;
  }();
  return files;
}

}  // namespace aizuchi::serve
