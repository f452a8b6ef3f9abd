#include "ground/store/signature.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "ground/base/json.h"

namespace aizuchi::ground {

namespace {

using PrivateOrPublic = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const uint8_t* u8(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint8_t* u8(std::string& text) {
  return reinterpret_cast<uint8_t*>(text.data());
}

PrivateOrPublic private_key(const Key256& seed) {
  PrivateOrPublic key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
      EVP_PKEY_free);
  AIZ_ASSERT(key != nullptr);
  return key;
}

// The key's name: its RFC 7638 thumbprint would do the same with more words.
std::string key_id(std::string_view public_key) {
  const auto digest = sha256(public_key);
  return hex(digest).substr(0, 16);
}

}  // namespace

std::string ed25519_public(const Key256& seed) {
  std::string out(32, '\0');
  size_t size = out.size();
  AIZ_ASSERT(EVP_PKEY_get_raw_public_key(private_key(seed).get(), u8(out), &size) == 1);
  return out;
}

std::string ed25519_sign(const Key256& seed, std::string_view message) {
  const PrivateOrPublic key = private_key(seed);
  const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string out(64, '\0');
  size_t size = out.size();
  AIZ_ASSERT(EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
             EVP_DigestSign(digest.get(), u8(out), &size, u8(message), message.size()) == 1);
  return out;
}

bool ed25519_checks(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  const PrivateOrPublic key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, u8(public_key), public_key.size()),
      EVP_PKEY_free);
  const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return key != nullptr && digest != nullptr &&
         EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(digest.get(), u8(signature), signature.size(), u8(message),
                          message.size()) == 1;
}

std::string base64url(std::string_view bytes) {
  std::string out = base64(bytes);
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  while (out.ends_with('=')) out.pop_back();
  return out;
}

std::string sign_jws(const Key256& seed, std::string_view json) {
  JsonWriter header;
  header.object().member("alg", "EdDSA").member("kid", key_id(ed25519_public(seed))).end_object();
  const std::string signed_part = base64url(header.take()) + "." + base64url(json);
  return signed_part + "." + base64url(ed25519_sign(seed, signed_part));
}

std::optional<std::string> open_jws(std::string_view public_key, std::string_view jws) {
  const size_t first = jws.find('.');
  const size_t second = first == std::string_view::npos ? first : jws.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  std::string payload, signature;
  if (!base64_decode(jws.substr(first + 1, second - first - 1), payload) ||
      !base64_decode(jws.substr(second + 1), signature))
    return std::nullopt;
  // The algorithm is the key's, whatever the header says.
  if (!ed25519_checks(public_key, jws.substr(0, second), signature)) return std::nullopt;
  return payload;
}

std::string jwk_set(std::string_view public_key) {
  JsonWriter json;
  json.object().key("keys").array().object();
  json.member("kty", "OKP").member("crv", "Ed25519").member("alg", "EdDSA").member("use", "sig");
  json.member("kid", key_id(public_key)).member("x", base64url(public_key));
  return json.end_object().end_array().end_object().take();
}

}  // namespace aizuchi::ground
