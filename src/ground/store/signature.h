// Signatures that someone else can check: Ed25519 (RFC 8032), and around a JSON text as a compact
// JWS (RFC 7515, "alg":"EdDSA", RFC 8037), so that any JOSE library reads it.
// Threads: pure functions. Cost: about 50 us to sign, 130 us to check.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ground/base/hash.h"

namespace aizuchi::ground {

// Of a private key, which is its 32-byte seed: the 32 bytes of the public one.
std::string ed25519_public(const Key256& seed);
std::string ed25519_sign(const Key256& seed, std::string_view message);  // 64 bytes
bool ed25519_checks(std::string_view public_key, std::string_view message,
                    std::string_view signature);

std::string base64url(std::string_view bytes);  // without padding
// header.payload.signature, where the payload is `json`.
std::string sign_jws(const Key256& seed, std::string_view json);
// The payload; nullopt when it is not one that this key signed.
std::optional<std::string> open_jws(std::string_view public_key, std::string_view jws);
// {"keys":[…]}: the public key as a JWK set (RFC 7517).
std::string jwk_set(std::string_view public_key);

}  // namespace aizuchi::ground
