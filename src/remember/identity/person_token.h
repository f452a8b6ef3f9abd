// Person tokens (A2): a JWT (RFC 7519) in which the brand's backend says who is signed in. What is
// not in this subset is refused: compact form, signed, short-lived.
//
//   header  alg, kid (when several keys are registered), typ "JWT" or none; no crit
//   claims  sub, aud = the brand, iat, exp at most 60 minutes later, jti; nbf, traits, device
//
// Promises: the algorithm is the registered key's, never the token's; "none" does not exist; a
// refusal names the rule that was broken and nothing of the token (P11).
// Threads: owned by the partition thread. Cost: a token seen before, one SHA-256 of it and a lookup
// (0.3 µs); a new one 6 µs and its signature: RS256 25 µs, ES256 65 µs, EdDSA 90 µs. Memory: at
// most 4,096 verified tokens.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"
#include "ground/base/value.h"

namespace aizuchi::remember {

enum class TokenAlgorithm : uint8_t { eddsa, es256, rs256, hs256 };
std::string_view to_string(TokenAlgorithm algorithm);  // "EdDSA", … as in a token's header
std::optional<TokenAlgorithm> parse_token_algorithm(std::string_view word);

// What a brand registers: the public half, or for HS256 the shared secret.
struct TokenKey {
  std::string kid;
  TokenAlgorithm algorithm = TokenAlgorithm::eddsa;
  std::string material;  // PEM of a public key; for HS256 the secret's bytes
  ground::Instant created_at;
};

// What a token that was verified says.
struct ProvenPerson {
  std::string user_id;   // sub
  std::string token_id;  // jti
  std::string device;    // the only device it may come from; "" any
  ground::Value traits;  // map: the backend's own words about the person; or null
  ground::Instant issued_at, expires_at;
};

constexpr size_t token_bytes_max = 4096;
constexpr ground::Duration token_life_max = ground::Duration::minutes(60);
constexpr ground::Duration token_skew = ground::Duration::seconds(60);

class PersonTokens {
 public:
  static constexpr size_t keys_max = 3;
  static constexpr size_t verified_max = 4096;

  PersonTokens();
  ~PersonTokens();

  // Registers a key; an empty kid is made from the key. Returns the kid. Errors: invalid (not a
  // key of this algorithm, a private one, too weak), conflict (this kid is there, or three are).
  ground::Result<std::string> add(TokenKey key);
  bool remove(std::string_view kid);  // false: there is none
  const std::vector<TokenKey>& keys() const { return keys_; }

  // Errors: unauthorized, with the rule; nothing that the token says.
  ground::Result<ProvenPerson> check(std::string_view token, std::string_view audience,
                                     ground::Instant now);
  size_t verified() const { return verified_.size(); }  // how many are remembered

 private:
  class Verifier;  // a key made ready
  ground::Result<size_t> key_named(const ground::Value& header) const;

  std::vector<TokenKey> keys_;
  std::vector<std::unique_ptr<Verifier>> verifiers_;  // beside keys_
  std::map<std::array<uint8_t, 32>, ProvenPerson> verified_;
  std::string audience_;  // that they were verified for
};

}  // namespace aizuchi::remember
