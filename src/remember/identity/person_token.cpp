#include "remember/identity/person_token.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <algorithm>
#include <optional>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/base/text.h"

namespace aizuchi::remember {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Result;
using ground::Value;

namespace {

constexpr std::string_view algorithm_words[] = {"EdDSA", "ES256", "RS256", "HS256"};
constexpr size_t secret_bytes_min = 32;  // RFC 7518, 3.2: as long as the hash
constexpr size_t secret_bytes_max = 1024;
constexpr size_t material_bytes_max = 8192;
constexpr size_t kid_bytes_max = 64;
constexpr size_t claim_bytes_max = 512;

std::unexpected<ground::Error> refused(std::string_view rule, std::string_view hint = {}) {
  return fail(ErrorCode::unauthorized, fmt::format("The person token is refused: {}.", rule),
              std::string(hint));
}

const uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// RFC 7515, 2: the URL alphabet, no padding, nothing else; and only the one spelling of a text.
std::optional<std::string> base64url(std::string_view text) {
  const auto in_alphabet = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  std::string out;
  if (text.empty() || !std::ranges::all_of(text, in_alphabet) || !ground::base64_decode(text, out))
    return std::nullopt;
  std::string again = ground::base64(out);
  while (again.ends_with('=')) again.pop_back();
  std::ranges::replace(again, '+', '-');
  std::ranges::replace(again, '/', '_');
  if (again != text) return std::nullopt;
  return out;
}

struct Parts {
  std::string_view signed_text;  // header and claims as they were sent
  Value header;
  std::string_view claims;  // nobody's until the signature holds
  std::string signature;
};

Result<Value> json_part(std::string_view text, std::string_view name) {
  const auto plain = base64url(text);
  if (!plain) return refused(fmt::format("its {} is not base64url without padding", name));
  auto value = ground::parse_json(*plain, {.depth_max = 8});
  if (!value || !value->is(Value::Kind::map))
    return refused(fmt::format("its {} is not one JSON object whose members are there once", name));
  return *std::move(value);
}

Result<Parts> take_apart(std::string_view token) {
  const auto parts = ground::split(token, '.');
  if (parts.size() != 3) return refused("it is not header.claims.signature");
  Parts out;
  out.signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  out.header = TRY(json_part(parts[0], "header"));
  out.claims = parts[1];
  auto signature = base64url(parts[2]);
  if (!signature) return refused("its signature is not base64url without padding");
  out.signature = *std::move(signature);
  return out;
}

std::string text_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value != nullptr && value->is(Value::Kind::string) ? value->as_string() : "";
}

// A NumericDate (RFC 7519, 2), in milliseconds.
std::optional<Instant> moment(const Value& claims, std::string_view name) {
  const Value* value = claims.find(name);
  if (value == nullptr) return std::nullopt;
  const double seconds = value->number_or(-1);
  if (!(seconds >= 0 && seconds < 253'402'300'800.0)) return std::nullopt;
  return Instant{static_cast<int64_t>(seconds * 1000)};
}

Result<void> check_header(const Value& header) {
  if (header.find("crit") != nullptr)
    return refused("its header has \"crit\", and no extension is understood here");
  const Value* type = header.find("typ");
  if (type != nullptr && ground::ascii_lower(text_of(header, "typ")) != "jwt")
    return refused("its header's \"typ\" is not JWT");
  return {};
}

bool is_for(const Value& claims, std::string_view audience) {
  const Value* aud = claims.find("aud");
  if (aud == nullptr) return false;
  if (aud->is(Value::Kind::string)) return aud->as_string() == audience;
  return aud->is(Value::Kind::list) && std::ranges::any_of(aud->as_list(), [&](const Value& each) {
           return each.is(Value::Kind::string) && each.as_string() == audience;
         });
}

// Also of a token that was verified before: time goes on.
Result<void> check_time(const ProvenPerson& person, Instant now) {
  if (person.issued_at > now + token_skew)
    return refused("\"iat\" is in the future", "Set the clock of the server that signs it.");
  if (person.expires_at <= now - token_skew)
    return refused("it has expired", "Sign a new one; the page asks your backend for it.");
  return {};
}

Result<ProvenPerson> read_claims(const Value& claims, std::string_view audience) {
  ProvenPerson out{.user_id = text_of(claims, "sub"),
                   .token_id = text_of(claims, "jti"),
                   .device = text_of(claims, "device")};
  const auto named = [](const std::string& text) {
    return !text.empty() && text.size() <= claim_bytes_max;
  };
  if (!named(out.user_id)) return refused("\"sub\" is not a text of 1 to 512 bytes");
  if (!named(out.token_id)) return refused("\"jti\" is not a text of 1 to 512 bytes");
  if (!is_for(claims, audience))
    return refused("\"aud\" does not name this brand", "It is `brand` of brand.yaml.");
  const auto issued = moment(claims, "iat");
  const auto expires = moment(claims, "exp");
  if (!issued || !expires) return refused("\"iat\" and \"exp\" are not both seconds since 1970");
  out.issued_at = *issued;
  out.expires_at = *expires;
  if (out.expires_at <= out.issued_at || out.expires_at - out.issued_at > token_life_max)
    return refused("\"exp\" is not within 60 minutes after \"iat\"");
  if (claims.find("device") != nullptr && !named(out.device))
    return refused("\"device\" is not a text of 1 to 512 bytes");
  if (const Value* traits = claims.find("traits")) {
    if (!traits->is(Value::Kind::map)) return refused("\"traits\" is not an object");
    out.traits = *traits;
  }
  return out;
}

Result<void> check_not_before(const Value& claims, Instant now) {
  if (claims.find("nbf") == nullptr) return {};
  const auto from = moment(claims, "nbf");
  if (!from) return refused("\"nbf\" is not seconds since 1970");
  if (*from > now + token_skew) return refused("\"nbf\" is in the future");
  return {};
}

// JWS carries r and s, 32 bytes each (RFC 7518, 3.4); OpenSSL wants them in ASN.1.
std::string in_asn1(std::string_view signature) {
  if (signature.size() != 64) return "";
  ECDSA_SIG* pair = ECDSA_SIG_new();
  BIGNUM* r = BN_bin2bn(bytes_of(signature), 32, nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(signature) + 32, 32, nullptr);
  AIZ_ASSERT(pair != nullptr && r != nullptr && s != nullptr);
  AIZ_ASSERT(ECDSA_SIG_set0(pair, r, s) == 1);  // owns both now
  uint8_t* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair, &bytes);
  AIZ_ASSERT(size > 0);
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  ECDSA_SIG_free(pair);
  return out;
}

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, KeyFree>;

PublicKey public_key_of(const std::string& pem) {
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  AIZ_ASSERT(in != nullptr);
  PublicKey out(PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr));
  BIO_free(in);
  ERR_clear_error();
  return out;
}

bool is_of(const EVP_PKEY* key, TokenAlgorithm algorithm) {
  switch (algorithm) {
    case TokenAlgorithm::eddsa:
      return EVP_PKEY_is_a(key, "ED25519") == 1;
    case TokenAlgorithm::es256: {
      char group[32] = {};
      return EVP_PKEY_is_a(key, "EC") == 1 &&
             EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) == 1 &&
             std::string_view(group) == "prime256v1";
    }
    case TokenAlgorithm::rs256: {
      const int bits = EVP_PKEY_get_bits(key);
      return EVP_PKEY_is_a(key, "RSA") == 1 && bits >= 2048 && bits <= 8192;
    }
    case TokenAlgorithm::hs256:
      return false;
  }
  return false;
}

constexpr std::string_view wanted_keys[] = {"an Ed25519 public key", "a P-256 public key",
                                            "an RSA public key of 2048 to 8192 bits",
                                            "a secret of 32 to 1024 bytes"};

}  // namespace

class PersonTokens::Verifier {
 public:
  static Result<std::unique_ptr<Verifier>> make(const TokenKey& key);
  bool holds(std::string_view text, std::string_view signature) const;

 private:
  Verifier(TokenAlgorithm algorithm, PublicKey key, std::string secret)
      : algorithm_(algorithm), public_(std::move(key)), secret_(std::move(secret)) {}
  bool holds_mac(std::string_view text, std::string_view signature) const;

  TokenAlgorithm algorithm_;
  PublicKey public_;    // null for HS256
  std::string secret_;  // of HS256
};

Result<std::unique_ptr<PersonTokens::Verifier>> PersonTokens::Verifier::make(const TokenKey& key) {
  const std::string_view wanted = wanted_keys[static_cast<size_t>(key.algorithm)];
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::invalid,
                fmt::format("{} needs {}: {}.", to_string(key.algorithm), wanted, why),
                "openssl pkey -in private.pem -pubout writes the public half.");
  };
  if (key.material.size() > material_bytes_max) return wrong("this is far too long");
  const bool pem = key.material.find("-----BEGIN") != std::string::npos;
  if (key.material.find("PRIVATE KEY-----") != std::string::npos)
    return wrong("this is a private key, which stays at your backend");
  PublicKey parsed;
  if (key.algorithm == TokenAlgorithm::hs256) {
    // Were a public key taken for a secret, everyone could sign.
    if (pem) return wrong("this is a key in PEM, not a secret");
    if (key.material.size() < secret_bytes_min || key.material.size() > secret_bytes_max)
      return wrong("this is of another length");
  } else {
    if (!pem) return wrong("this is not PEM");
    parsed = public_key_of(key.material);
    if (!parsed || !is_of(parsed.get(), key.algorithm)) return wrong("this is another key");
  }
  return std::unique_ptr<Verifier>(
      new Verifier(key.algorithm, std::move(parsed), parsed ? "" : key.material));
}

bool PersonTokens::Verifier::holds_mac(std::string_view text, std::string_view signature) const {
  std::array<uint8_t, 32> mac{};
  unsigned size = 0;
  AIZ_ASSERT(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes_of(text),
                  text.size(), mac.data(), &size) != nullptr);
  return ground::equal_constant_time({reinterpret_cast<const char*>(mac.data()), mac.size()},
                                     signature);
}

bool PersonTokens::Verifier::holds(std::string_view text, std::string_view signature) const {
  if (algorithm_ == TokenAlgorithm::hs256) return holds_mac(text, signature);
  const std::string asn1 = algorithm_ == TokenAlgorithm::es256 ? in_asn1(signature) : "";
  const std::string_view wire = algorithm_ == TokenAlgorithm::es256 ? asn1 : signature;
  if (wire.empty()) return false;
  const EVP_MD* digest = algorithm_ == TokenAlgorithm::eddsa ? nullptr : EVP_sha256();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  AIZ_ASSERT(context != nullptr);
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, digest, nullptr, public_.get()) == 1 &&
      EVP_DigestVerify(context, bytes_of(wire), wire.size(), bytes_of(text), text.size()) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return good;
}

std::string_view to_string(TokenAlgorithm algorithm) {
  return algorithm_words[static_cast<size_t>(algorithm)];
}

std::optional<TokenAlgorithm> parse_token_algorithm(std::string_view word) {
  for (size_t i = 0; i < std::size(algorithm_words); ++i)
    if (word == algorithm_words[i]) return static_cast<TokenAlgorithm>(i);
  return std::nullopt;
}

PersonTokens::PersonTokens() = default;
PersonTokens::~PersonTokens() = default;

Result<std::string> PersonTokens::add(TokenKey key) {
  if (key.kid.empty()) key.kid = ground::hex(ground::sha256(key.material)).substr(0, 16);
  const auto plain = [](char c) { return c > ' ' && c < 127 && c != '/' && c != '"' && c != '\\'; };
  if (key.kid.size() > kid_bytes_max || !std::ranges::all_of(key.kid, plain))
    return fail(ErrorCode::invalid, "A kid is 1 to 64 letters, digits and signs.",
                "Leave it out, and one is made from the key.");
  if (std::ranges::find(keys_, key.kid, &TokenKey::kid) != keys_.end())
    return fail(ErrorCode::conflict, "A key of this kid is registered already.",
                "Give the new one another kid, and revoke the old one once no token needs it.");
  if (keys_.size() >= keys_max)
    return fail(
        ErrorCode::conflict,
        fmt::format("{} keys for person tokens are registered, and no more can be.", keys_max),
        "Revoke the one that is not used any more: aizuchi keys revoke KID.");
  verifiers_.push_back(TRY(Verifier::make(key)));
  keys_.push_back(std::move(key));
  return keys_.back().kid;
}

bool PersonTokens::remove(std::string_view kid) {
  const auto it = std::ranges::find(keys_, kid, &TokenKey::kid);
  if (it == keys_.end()) return false;
  verifiers_.erase(verifiers_.begin() + (it - keys_.begin()));
  keys_.erase(it);
  verified_.clear();  // what the key vouched for must be asked again
  return true;
}

Result<size_t> PersonTokens::key_named(const Value& header) const {
  if (keys_.empty())
    return refused("no key for person tokens is registered",
                   "aizuchi keys trust FILE --algorithm EdDSA registers one.");
  size_t index = 0;
  if (header.find("kid") != nullptr) {
    const auto it = std::ranges::find(keys_, text_of(header, "kid"), &TokenKey::kid);
    if (it == keys_.end()) return refused("its \"kid\" names no registered key");
    index = static_cast<size_t>(it - keys_.begin());
  } else if (keys_.size() > 1) {
    return refused("several keys are registered, and its header has no \"kid\"");
  }
  if (text_of(header, "alg") != to_string(keys_[index].algorithm))
    return refused("its \"alg\" is not the one that its key was registered with");
  return index;
}

Result<ProvenPerson> PersonTokens::check(std::string_view token, std::string_view audience,
                                         Instant now) {
  if (token.size() > token_bytes_max)
    return refused(fmt::format("it is longer than {} bytes", token_bytes_max),
                   "Put fewer traits into it.");
  if (audience != audience_) {
    verified_.clear();
    audience_ = audience;
  }
  const auto hash = ground::sha256(token);
  if (const auto it = verified_.find(hash); it != verified_.end()) {
    TRY(check_time(it->second, now));
    return it->second;
  }
  const Parts parts = TRY(take_apart(token));
  TRY(check_header(parts.header));
  const size_t index = TRY(key_named(parts.header));
  if (!verifiers_[index]->holds(parts.signed_text, parts.signature))
    return refused("its signature does not belong to it");
  const Value claims = TRY(json_part(parts.claims, "claims"));
  ProvenPerson person = TRY(read_claims(claims, audience));
  TRY(check_time(person, now));
  TRY(check_not_before(claims, now));
  // Whoever can fill it holds tokens that were signed; starting anew costs a signature each.
  if (verified_.size() >= verified_max) verified_.clear();
  verified_.emplace(hash, person);
  return person;
}

}  // namespace aizuchi::remember
