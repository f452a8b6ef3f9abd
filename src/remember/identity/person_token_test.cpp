#include "remember/identity/person_token.h"

#include <doctest/doctest.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "remember/identity/test_token.h"

using namespace aizuchi;
using namespace aizuchi::remember;
using ground::Instant;

namespace {

constexpr int64_t now_s = 1'780'000'000;
constexpr Instant now{now_s * 1000};

// RFC 7515, appendix A.1 to A.3, and RFC 8037, appendix A.4: key, token.
constexpr std::string_view rfc_claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr std::string_view rfc_hs256_key =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
constexpr std::string_view rfc_hs256 = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view rfc_rs256_key = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
oQIDAQAB
-----END PUBLIC KEY-----
)";
constexpr std::string_view rfc_rs256 =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr std::string_view rfc_es256_key = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
)";
constexpr std::string_view rfc_es256 =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr std::string_view rfc_eddsa_key =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view rfc_eddsa =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

std::string decoded(std::string_view text) {
  std::string out;
  REQUIRE(ground::base64_decode(text, out));
  return out;
}

// Why a token is refused; "" when it is not.
std::string refusal(PersonTokens& tokens, std::string_view token, Instant at = now) {
  const auto person = tokens.check(token, "test", at);
  if (person) return "";
  CHECK(person.error().code == ground::ErrorCode::unauthorized);
  return person.error().message;
}

bool says(const std::string& message, std::string_view words) {
  return message.find(words) != std::string::npos;
}

void trust(PersonTokens& tokens, TokenAlgorithm algorithm, std::string_view material,
           std::string_view kid = "k1") {
  const auto added = tokens.add(
      {.kid = std::string(kid), .algorithm = algorithm, .material = std::string(material)});
  REQUIRE_MESSAGE(added.has_value(), added.error().message);
}

PersonTokens& with_secret(PersonTokens& tokens) {
  trust(tokens, TokenAlgorithm::hs256, test_secret);
  return tokens;
}

// A key pair of the test's own.
class Signer {
 public:
  explicit Signer(TokenAlgorithm algorithm, size_t bits = 2048) : algorithm_(algorithm) {
    key_ = algorithm == TokenAlgorithm::eddsa   ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
           : algorithm == TokenAlgorithm::es256 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                                : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits);
    REQUIRE(key_ != nullptr);
  }
  ~Signer() { EVP_PKEY_free(key_); }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  std::string pem(bool secret = false) const {
    BIO* out = BIO_new(BIO_s_mem());
    if (secret)
      PEM_write_bio_PrivateKey(out, key_, nullptr, nullptr, 0, nullptr, nullptr);
    else
      PEM_write_bio_PUBKEY(out, key_);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(out);
    return text;
  }
  std::string token(std::string_view claims, std::string header = "") const {
    if (header.empty()) header = R"({"alg":")" + std::string(to_string(algorithm_)) + "\"}";
    const std::string text = base64url_of(header) + "." + base64url_of(claims);
    return text + "." + base64url_of(signature(text));
  }

 private:
  std::string signature(std::string_view text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const EVP_MD* digest = algorithm_ == TokenAlgorithm::eddsa ? nullptr : EVP_sha256();
    REQUIRE(EVP_DigestSignInit(context, nullptr, digest, nullptr, key_) == 1);
    std::string out(1024, '\0');
    size_t size = out.size();
    REQUIRE(EVP_DigestSign(context, reinterpret_cast<uint8_t*>(out.data()), &size,
                           reinterpret_cast<const uint8_t*>(text.data()), text.size()) == 1);
    EVP_MD_CTX_free(context);
    out.resize(size);
    return algorithm_ == TokenAlgorithm::es256 ? as_jws(out) : out;
  }
  static std::string as_jws(const std::string& asn1) {
    const auto* at = reinterpret_cast<const uint8_t*>(asn1.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(asn1.size()));
    std::string out(64, '\0');
    auto* bytes = reinterpret_cast<uint8_t*>(out.data());
    REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes, 32) == 32);
    REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes + 32, 32) == 32);
    ECDSA_SIG_free(pair);
    return out;
  }
  TokenAlgorithm algorithm_;
  EVP_PKEY* key_ = nullptr;
};

}  // namespace

TEST_CASE("The examples of RFC 7515 and RFC 8037 verify, and with one bit changed they do not") {
  struct Example {
    TokenAlgorithm algorithm;
    std::string key, header, claims, signature;
  };
  const Example examples[] = {
      {TokenAlgorithm::hs256, decoded(rfc_hs256_key), "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
       std::string(rfc_claims), std::string(rfc_hs256)},
      {TokenAlgorithm::rs256, std::string(rfc_rs256_key), "eyJhbGciOiJSUzI1NiJ9",
       std::string(rfc_claims), std::string(rfc_rs256)},
      {TokenAlgorithm::es256, std::string(rfc_es256_key), "eyJhbGciOiJFUzI1NiJ9",
       std::string(rfc_claims), std::string(rfc_es256)},
      {TokenAlgorithm::eddsa, std::string(rfc_eddsa_key), "eyJhbGciOiJFZERTQSJ9",
       "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", std::string(rfc_eddsa)},
  };
  for (const Example& e : examples) {
    PersonTokens tokens;
    trust(tokens, e.algorithm, e.key);
    // Their claims lack what a person token needs: what is refused shows how far they came.
    const std::string good = refusal(tokens, e.header + "." + e.claims + "." + e.signature);
    CHECK_MESSAGE(says(good, e.algorithm == TokenAlgorithm::eddsa ? "its claims is" : "\"sub\""),
                  good);
    std::string bytes = decoded(e.signature);
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    CHECK(says(refusal(tokens, e.header + "." + e.claims + "." + base64url_of(bytes)),
               "signature does not belong"));
    std::string claims = e.claims;
    claims[5] = claims[5] == 'A' ? 'B' : 'A';
    CHECK(says(refusal(tokens, e.header + "." + claims + "." + e.signature),
               "signature does not belong"));
  }
}

TEST_CASE("A token of each algorithm proves its person, and says what its claims say") {
  for (const auto algorithm :
       {TokenAlgorithm::eddsa, TokenAlgorithm::es256, TokenAlgorithm::rs256}) {
    const Signer signer(algorithm);
    PersonTokens tokens;
    trust(tokens, algorithm, signer.pem());
    const auto person = tokens.check(
        signer.token(claims_of("u-1", now_s, R"(,"traits":{"plan":"pro"})")), "test", now);
    REQUIRE(person.has_value());
    CHECK(person->user_id == "u-1");
    CHECK(person->traits.find("plan")->as_string() == "pro");
    CHECK(person->issued_at == now);
  }
  PersonTokens tokens;
  const auto person = with_secret(tokens).check(
      hs256_token(claims_of("u-2", now_s, R"(,"device":"d-1")")), "test", now);
  REQUIRE(person.has_value());
  CHECK(person->user_id == "u-2");
  CHECK(person->device == "d-1");
  CHECK(person->traits.is_null());
}

TEST_CASE("The algorithm is the registered key's: a token cannot choose another [P11]") {
  const Signer rsa(TokenAlgorithm::rs256);
  PersonTokens tokens;
  trust(tokens, TokenAlgorithm::rs256, rsa.pem());
  const std::string claims = claims_of("u-1", now_s);
  // The public key is public: a MAC made with it proves nothing.
  CHECK(says(refusal(tokens, hs256_token(claims, R"({"alg":"HS256"})", rsa.pem())), "\"alg\""));
  CHECK(says(refusal(tokens, hs256_token(claims, R"({"alg":"RS256"})", rsa.pem())), "signature"));
  for (const char* none : {"none", "None", "NONE", "", "rs256", "RS512", "PS256"}) {
    const std::string header = base64url_of(R"({"alg":")" + std::string(none) + "\"}");
    CHECK(says(refusal(tokens, header + "." + base64url_of(claims) + ".AAAA"), "\"alg\""));
    CHECK(refusal(tokens, header + "." + base64url_of(claims) + ".") != "");
  }
  CHECK(says(refusal(tokens, rsa.token(claims, R"({"typ":"JWT"})")), "\"alg\""));
  CHECK(says(refusal(tokens, rsa.token(claims, R"({"alg":["RS256"]})")), "\"alg\""));
  // A key that the token brings along is nobody's.
  const Signer stranger(TokenAlgorithm::rs256);
  CHECK(says(refusal(tokens, stranger.token(claims, R"({"alg":"RS256","jwk":{"kty":"RSA"}})")),
             "signature"));
  CHECK(says(refusal(tokens, rsa.token(claims, R"({"alg":"RS256","crit":["exp"]})")), "crit"));
  CHECK(says(refusal(tokens, rsa.token(claims, R"({"alg":"RS256","typ":"JWE"})")), "typ"));
  CHECK(refusal(tokens, rsa.token(claims, R"({"alg":"RS256","typ":"jwt"})")) == "");
}

TEST_CASE("A token lives for an hour at most, with a minute for clocks that differ") {
  PersonTokens tokens;
  with_secret(tokens);
  const auto at = [&](int64_t iat, int64_t exp, Instant when = now) {
    return refusal(tokens,
                   hs256_token(R"({"sub":"u","aud":"test","jti":"j","iat":)" + std::to_string(iat) +
                               R"(,"exp":)" + std::to_string(exp) + "}"),
                   when);
  };
  CHECK(at(now_s, now_s + 3600) == "");
  CHECK(says(at(now_s, now_s + 3601), "60 minutes"));
  CHECK(says(at(now_s, now_s), "60 minutes"));
  CHECK(says(at(now_s, now_s - 1), "60 minutes"));
  CHECK(at(now_s + 60, now_s + 600) == "");
  CHECK(says(at(now_s + 61, now_s + 600), "future"));
  CHECK(at(now_s - 600, now_s - 59) == "");
  CHECK(says(at(now_s - 600, now_s - 60), "expired"));
  // Also when it was verified before.
  const int64_t later = now_s + 661;
  CHECK(at(now_s, now_s + 601) == "");
  CHECK(says(at(now_s, now_s + 601, Instant{later * 1000}), "expired"));
  const auto claims = [&](std::string_view text) { return refusal(tokens, hs256_token(text)); };
  CHECK(says(claims(R"({"sub":"u","aud":"test","jti":"j","iat":"1","exp":2})"), "seconds since"));
  CHECK(says(claims(R"({"sub":"u","aud":"test","jti":"j","exp":1780000600})"), "seconds since"));
  CHECK(says(claims(R"({"sub":"u","aud":"test","jti":"j","iat":-5,"exp":1e300})"), "seconds"));
  CHECK(says(claims(claims_of("u", now_s, R"(,"nbf":1780000061)")), "\"nbf\""));
  CHECK(says(claims(claims_of("u", now_s, R"(,"nbf":"soon")")), "\"nbf\""));
  CHECK(claims(claims_of("u", now_s, R"(,"nbf":1780000060)")) == "");
}

TEST_CASE("What a token must say is named when it is missing, and never its content") {
  PersonTokens tokens;
  with_secret(tokens);
  const auto why = [&](std::string_view claims) {
    const std::string message = refusal(tokens, hs256_token(claims));
    CHECK(!says(message, "canary"));
    return message;
  };
  CHECK(says(why(claims_of("canary", now_s, "", "canary-shop")), "\"aud\""));
  CHECK(says(why(claims_of("", now_s)), "\"sub\""));
  CHECK(says(why(claims_of(std::string(513, 'x'), now_s)), "\"sub\""));
  CHECK(says(why(claims_of("canary", now_s, "", "test", "")), "\"jti\""));
  CHECK(says(why(claims_of("canary", now_s, R"(,"traits":"canary")")), "\"traits\""));
  CHECK(says(why(claims_of("canary", now_s, R"(,"device":7)")), "\"device\""));
  CHECK(says(why(R"({"sub":7,"aud":"test"})"), "\"sub\""));
  const std::string many = R"({"sub":"u","aud":["canary","test"],"iat":1780000000,)"
                           R"("exp":1780000600,"jti":"j"})";
  CHECK(why(many) == "");
  CHECK(says(why(R"({"sub":"u","aud":{"test":1},"jti":"j"})"), "\"aud\""));
}

TEST_CASE("What is not a token is refused before anything is computed from it") {
  PersonTokens tokens;
  with_secret(tokens);
  const std::string good = hs256_token(claims_of("u", now_s));
  REQUIRE(refusal(tokens, good) == "");
  const auto parts = [&](std::string_view header, std::string_view claims) {
    return refusal(tokens, hs256_token(claims, header));
  };
  CHECK(says(refusal(tokens, ""), "header.claims.signature"));
  CHECK(says(refusal(tokens, "a.b"), "header.claims.signature"));
  CHECK(says(refusal(tokens, good + ".x"), "header.claims.signature"));
  CHECK(says(refusal(tokens, ".."), "its header is not base64url"));
  CHECK(says(refusal(tokens, good + "="), "its signature is not base64url"));
  CHECK(says(refusal(tokens, " " + good), "its header is not base64url"));
  CHECK(says(refusal(tokens, "e30+.e30.AAAA"), "its header is not base64url"));
  CHECK(says(refusal(tokens, "e31.e30.AAAA"), "its header"));  // the same bytes, spelt otherwise
  CHECK(says(refusal(tokens, "bnVsbA.e30.AAAA"), "one JSON object"));
  CHECK(says(parts(R"({"alg":"HS256","alg":"none"})", "{}"), "members are there once"));
  CHECK(says(parts(R"({"alg":"HS256"})", R"({"sub":"u","sub":"v"})"), "members are there once"));
  CHECK(says(parts(R"({"alg":"HS256"})", std::string(9, '[')), "its claims"));
  CHECK(says(parts(R"({"alg":"HS256"})", "\"\xff\""), "its claims"));
  const std::string large = claims_of("u", now_s, R"(,"x":")" + std::string(4096, 'x') + "\"");
  CHECK(says(refusal(tokens, hs256_token(large)), "longer than 4096"));
  PersonTokens empty;
  CHECK(says(refusal(empty, good), "no key for person tokens is registered"));
}

TEST_CASE("Three keys are live at most, each with its kid, so that one can follow another") {
  PersonTokens tokens;
  const Signer first(TokenAlgorithm::es256), second(TokenAlgorithm::eddsa);
  trust(tokens, TokenAlgorithm::es256, first.pem(), "2026-01");
  CHECK(refusal(tokens, first.token(claims_of("u", now_s))) == "");
  trust(tokens, TokenAlgorithm::eddsa, second.pem(), "2026-07");
  CHECK(says(refusal(tokens, first.token(claims_of("u", now_s, "", "test", "j2"))), "no \"kid\""));
  const std::string old = first.token(claims_of("u", now_s), R"({"alg":"ES256","kid":"2026-01"})");
  CHECK(refusal(tokens, old) == "");
  CHECK(refusal(tokens,
                second.token(claims_of("u", now_s), R"({"alg":"EdDSA","kid":"2026-07"})")) == "");
  // The other's kid: another algorithm, another signature.
  CHECK(says(
      refusal(tokens, first.token(claims_of("u", now_s), R"({"alg":"ES256","kid":"2026-07"})")),
      "\"alg\""));
  CHECK(says(
      refusal(tokens, first.token(claims_of("u", now_s), R"({"alg":"EdDSA","kid":"2026-07"})")),
      "signature"));
  CHECK(says(refusal(tokens, first.token(claims_of("u", now_s), R"({"alg":"ES256","kid":"x"})")),
             "names no registered key"));
  CHECK(tokens.add({.kid = "2026-07", .material = second.pem()}).error().code ==
        ground::ErrorCode::conflict);
  const auto made =
      tokens.add({.algorithm = TokenAlgorithm::hs256, .material = std::string(test_secret)});
  REQUIRE(made.has_value());
  CHECK(made->size() == 16);
  CHECK(tokens.add({.kid = "fourth", .material = second.pem()}).error().code ==
        ground::ErrorCode::conflict);
  // Revoked, it proves nothing any more, nor what it proved a moment ago.
  CHECK(tokens.remove("2026-01"));
  CHECK(!tokens.remove("2026-01"));
  CHECK(says(refusal(tokens, old), "names no registered key"));
}

TEST_CASE("Only a key of its algorithm is taken, and never a private one") {
  PersonTokens tokens;
  const Signer rsa(TokenAlgorithm::rs256), small(TokenAlgorithm::rs256, 1024);
  const Signer ec(TokenAlgorithm::es256), ed(TokenAlgorithm::eddsa);
  const auto why = [&](TokenAlgorithm algorithm, const std::string& material) {
    const auto added = tokens.add({.algorithm = algorithm, .material = material});
    REQUIRE(!added.has_value());
    CHECK(added.error().code == ground::ErrorCode::invalid);
    return added.error().message;
  };
  CHECK(says(why(TokenAlgorithm::es256, ec.pem(true)), "private key"));
  CHECK(says(why(TokenAlgorithm::hs256, rsa.pem()), "not a secret"));
  CHECK(says(why(TokenAlgorithm::hs256, "short"), "32 to 1024 bytes"));
  CHECK(says(why(TokenAlgorithm::rs256, small.pem()), "2048"));
  CHECK(says(why(TokenAlgorithm::rs256, ec.pem()), "another key"));
  CHECK(says(why(TokenAlgorithm::es256, ed.pem()), "another key"));
  CHECK(says(why(TokenAlgorithm::eddsa, rsa.pem()), "another key"));
  CHECK(says(why(TokenAlgorithm::eddsa, "words"), "not PEM"));
  CHECK(says(why(TokenAlgorithm::eddsa, "-----BEGIN PUBLIC KEY-----\nAAAA\n"), "another key"));
  CHECK(tokens.add({.kid = "a b", .material = ed.pem()}).error().code ==
        ground::ErrorCode::invalid);
  CHECK(tokens.keys().empty());
  CHECK(!parse_token_algorithm("none").has_value());
  CHECK(!parse_token_algorithm("hs256").has_value());
}

TEST_CASE("Verified tokens are remembered, and no more of them than fit") {
  PersonTokens tokens;
  with_secret(tokens);
  for (size_t i = 0; i <= PersonTokens::verified_max; ++i)
    REQUIRE(refusal(tokens, hs256_token(claims_of("u", now_s, "", "test", std::to_string(i)))) ==
            "");
  CHECK(tokens.verified() == 1);
  const std::string token = hs256_token(claims_of("u", now_s));
  CHECK(refusal(tokens, token) == "");
  CHECK(refusal(tokens, token) == "");
  CHECK(tokens.verified() == 2);
  CHECK(refusal(tokens, hs256_token(claims_of("u", now_s), "", std::string(32, 'z'))) != "");
  CHECK(tokens.verified() == 2);
  // For another brand it is another question.
  CHECK(!tokens.check(token, "other", now).has_value());
}
