// For tests: person tokens as a brand's backend would sign them. HS256 needs nothing but our own
// HMAC; the other algorithms are signed by OpenSSL in person_token_test.cpp.
#pragma once

#include <algorithm>
#include <string>

#include "ground/base/hash.h"

namespace aizuchi::remember {

inline std::string base64url_of(std::string_view bytes) {
  std::string out = ground::base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

constexpr std::string_view test_secret = "a secret of exactly thirty-two b";
static_assert(test_secret.size() == 32);

inline std::string hs256_token(std::string_view claims, std::string_view header = "",
                               std::string_view secret = test_secret) {
  ground::Key256 key{};
  std::ranges::copy(secret.substr(0, 32), key.begin());
  const std::string text =
      base64url_of(header.empty() ? R"({"alg":"HS256","typ":"JWT"})" : header) + "." +
      base64url_of(claims);
  const auto mac = ground::hmac_sha256(key, text);
  return text + "." + base64url_of({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

// Claims that hold for ten minutes from `now_s` on; `more` begins with a comma.
inline std::string claims_of(std::string_view sub, int64_t now_s, std::string_view more = "",
                             std::string_view aud = "test", std::string_view jti = "t-1") {
  return R"({"sub":")" + std::string(sub) + R"(","aud":")" + std::string(aud) + R"(","iat":)" +
         std::to_string(now_s) + R"(,"exp":)" + std::to_string(now_s + 600) + R"(,"jti":")" +
         std::string(jti) + "\"" + std::string(more) + "}";
}

}  // namespace aizuchi::remember
