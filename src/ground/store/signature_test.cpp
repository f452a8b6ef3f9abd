// Signatures are those of the RFCs, so that others can check ours.
#include "ground/store/signature.h"

#include <doctest/doctest.h>

namespace aizuchi::ground {

namespace {

Key256 seed_of(std::string_view hex_text) {
  Key256 out{};
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<uint8_t>(std::stoi(std::string(hex_text.substr(i * 2, 2)), nullptr, 16));
  return out;
}
std::string hex_of(std::string_view bytes) {
  return hex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

TEST_CASE("a signature is the one of RFC 8032") {
  const Key256 seed = seed_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  CHECK(hex_of(ed25519_public(seed)) ==
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const std::string signature = ed25519_sign(seed, "");
  CHECK(hex_of(signature) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
        "f9b"
        "46bd25bf5f0595bbe24655141438e7a100b");
  CHECK(ed25519_checks(ed25519_public(seed), "", signature));
  CHECK_FALSE(ed25519_checks(ed25519_public(seed), "x", signature));
  CHECK_FALSE(ed25519_checks("short", "", signature));
  CHECK_FALSE(ed25519_checks(ed25519_public(seed), "", "short"));
}

TEST_CASE("a signed text opens with its public key only, and not when a character has changed") {
  const Key256 seed = seed_of(std::string(64, '7'));
  const Key256 other = seed_of(std::string(64, '8'));
  const std::string jws = sign_jws(seed, R"({"a":1})");
  CHECK(open_jws(ed25519_public(seed), jws) == R"({"a":1})");
  CHECK_FALSE(open_jws(ed25519_public(other), jws).has_value());
  for (const size_t at : {size_t{3}, jws.find('.') + 2, jws.size() - 3}) {
    std::string bad = jws;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(open_jws(ed25519_public(seed), bad).has_value());
  }
  for (const char* bad : {"", ".", "..", "a.b", "a.b.c"})
    CHECK_FALSE(open_jws(ed25519_public(seed), bad).has_value());
  CHECK(jwk_set(ed25519_public(seed)).find(R"("crv":"Ed25519")") != std::string::npos);
}

}  // namespace aizuchi::ground
