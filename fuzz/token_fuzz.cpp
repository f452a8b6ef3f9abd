// Person tokens from bytes: whatever comes, it is refused or it was signed. The input is taken as a
// whole token, and as claims that are signed right, so that the reader of claims is reached too.
#include <cstdint>
#include <string_view>

#include "remember/identity/person_token.h"
#include "remember/identity/test_token.h"

using namespace aizuchi;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static remember::PersonTokens tokens;
  static const bool trusted = tokens
                                  .add({.kid = "k",
                                        .algorithm = remember::TokenAlgorithm::hs256,
                                        .material = std::string(remember::test_secret)})
                                  .has_value();
  AIZ_ASSERT(trusted);
  constexpr ground::Instant now{1'780'000'000'000};
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  AIZ_ASSERT(input.find('.') != std::string_view::npos || !tokens.check(input, "test", now));
  if (size > 2048) return 0;
  // As a header: only this algorithm, whatever it says.
  (void)tokens.check(remember::hs256_token(remember::claims_of("u", 1'780'000'000), input), "test",
                     now);
  const auto person = tokens.check(remember::hs256_token(input), "test", now);
  if (!person) {
    AIZ_ASSERT(person.error().code == ground::ErrorCode::unauthorized);
    return 0;
  }
  AIZ_ASSERT(!person->user_id.empty() && !person->token_id.empty());
  AIZ_ASSERT(person->expires_at - person->issued_at <= remember::token_life_max);
  AIZ_ASSERT(person->issued_at <= now + remember::token_skew);
  return 0;
}
