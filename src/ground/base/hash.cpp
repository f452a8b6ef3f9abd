#include "ground/base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <bit>
#include <cstring>

#include "ground/base/dice.h"
#include "ground/base/result.h"

namespace aizuchi::ground {

namespace {

uint64_t load64(const uint8_t* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return v;
}

struct SipState {
  uint64_t v0, v1, v2, v3;
  void round() {
    v0 += v1, v1 = std::rotl(v1, 13), v1 ^= v0, v0 = std::rotl(v0, 32);
    v2 += v3, v3 = std::rotl(v3, 16), v3 ^= v2;
    v0 += v3, v3 = std::rotl(v3, 21), v3 ^= v0;
    v2 += v1, v1 = std::rotl(v1, 17), v1 ^= v2, v2 = std::rotl(v2, 32);
  }
  void absorb(uint64_t m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }
};

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

// One digest context a thread, its algorithm fetched once: finding it by name, as the one-call
// functions do, costs more than hashing a short text.
class Sha256 {
 public:
  Sha256() { AIZ_ASSERT(md_ && context_); }
  ~Sha256() {
    EVP_MD_CTX_free(context_);
    EVP_MD_free(md_);
  }
  Sha256& begin() {
    AIZ_ASSERT(EVP_DigestInit_ex2(context_, md_, nullptr) == 1);
    return *this;
  }
  Sha256& take(const void* bytes, size_t size) {
    AIZ_ASSERT(EVP_DigestUpdate(context_, bytes, size) == 1);
    return *this;
  }
  std::array<uint8_t, 32> end() {
    std::array<uint8_t, 32> out;
    AIZ_ASSERT(EVP_DigestFinal_ex(context_, out.data(), nullptr) == 1);
    return out;
  }

 private:
  EVP_MD* md_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context_ = EVP_MD_CTX_new();
};

Sha256& sha256_of_thread() {
  thread_local Sha256 hash;
  return hash;
}

// Reflected 0x82f63b78, eight bytes a step.
constexpr std::array<std::array<uint32_t, 256>, 8> crc_tables = [] {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    tables[0][i] = crc;
  }
  for (size_t t = 1; t < 8; ++t)
    for (size_t i = 0; i < 256; ++i)
      tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xff];
  return tables;
}();

uint32_t crc_step(uint32_t crc, char c) {
  return crc >> 8 ^ crc_tables[0][(crc ^ static_cast<uint8_t>(c)) & 0xff];
}

uint32_t crc_by_tables(std::string_view bytes, uint32_t crc) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const uint64_t mixed = load64(reinterpret_cast<const uint8_t*>(bytes.data())) ^ crc;
    crc = 0;
    for (size_t i = 0; i < 8; ++i) crc ^= crc_tables[7 - i][mixed >> (8 * i) & 0xff];
  }
  for (const char c : bytes) crc = crc_step(crc, c);
  return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) uint32_t crc_by_processor(std::string_view bytes, uint32_t crc) {
  uint64_t wide = crc;
  for (; bytes.size() >= 8; bytes.remove_prefix(8))
    wide = __builtin_ia32_crc32di(wide, load64(reinterpret_cast<const uint8_t*>(bytes.data())));
  crc = static_cast<uint32_t>(wide);
  for (const char c : bytes) crc = crc_step(crc, c);
  return crc;
}
#endif

}  // namespace

uint32_t crc32c(std::string_view bytes, uint32_t before) {
#ifdef __x86_64__
  static const bool processor_has_it = __builtin_cpu_supports("sse4.2");
  if (processor_has_it) return ~crc_by_processor(bytes, ~before);
#endif
  return ~crc_by_tables(bytes, ~before);
}

uint64_t siphash(const Key128& key, std::string_view bytes) {
  const uint64_t k0 = load64(key.data());
  const uint64_t k1 = load64(key.data() + 8);
  SipState s{k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL, k0 ^ 0x6c7967656e657261ULL,
             k1 ^ 0x7465646279746573ULL};
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, p += 8) s.absorb(load64(p));
  uint64_t last = static_cast<uint64_t>(bytes.size()) << 56;
  for (size_t i = 0; i < left; ++i) last |= static_cast<uint64_t>(p[i]) << (8 * i);
  s.absorb(last);
  s.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t mix64(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::array<uint8_t, 32> sha256(std::string_view bytes) {
  return sha256_of_thread().begin().take(bytes.data(), bytes.size()).end();
}

std::array<uint8_t, 32> hmac_sha256(const Key256& key, std::string_view bytes) {
  // RFC 2104: H((key ^ opad) | H((key ^ ipad) | text)), the key padded with zeros to a block.
  std::array<uint8_t, 64> inner, outer;
  inner.fill(0x36);
  outer.fill(0x5c);
  for (size_t i = 0; i < key.size(); ++i) inner[i] ^= key[i], outer[i] ^= key[i];
  Sha256& hash = sha256_of_thread();
  const auto of_text =
      hash.begin().take(inner.data(), inner.size()).take(bytes.data(), bytes.size()).end();
  const auto out =
      hash.begin().take(outer.data(), outer.size()).take(of_text.data(), of_text.size()).end();
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return out;
}

std::string hex(std::span<const uint8_t> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t b : bytes) {
    out += digits[b >> 4];
    out += digits[b & 15];
  }
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < n ? static_cast<uint8_t>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) out += j <= n ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

bool base64_decode(std::string_view text, std::string& out) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  out.clear();
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return false;
    group = group << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xff);
    }
  }
  return true;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

uint64_t Dice::next_u64() {
  std::array<uint8_t, 8> bytes;
  fill(bytes);
  return load64(bytes.data());
}

std::array<uint8_t, 16> Dice::next_128() {
  std::array<uint8_t, 16> bytes;
  fill(bytes);
  return bytes;
}

namespace {

void from_the_kernel(std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = getrandom(bytes.data(), bytes.size(), 0);
    AIZ_ASSERT(n > 0);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
}

// A call to the kernel is half a microsecond and a decision asks once, so 512 bytes are fetched at
// a time. What was given is wiped at once: a key is never in two places.
struct Fetched {
  std::array<uint8_t, 512> bytes;
  size_t used = sizeof bytes;
};

}  // namespace

void SystemDice::fill(std::span<uint8_t> bytes) {
  thread_local Fetched fetched;
  if (bytes.size() > 64) return from_the_kernel(bytes);
  if (fetched.bytes.size() - fetched.used < bytes.size()) {
    from_the_kernel(fetched.bytes);
    fetched.used = 0;
  }
  const auto given = std::span(fetched.bytes).subspan(fetched.used, bytes.size());
  if (!bytes.empty()) std::memcpy(bytes.data(), given.data(), given.size());
  OPENSSL_cleanse(given.data(), given.size());
  fetched.used += bytes.size();
}

void SeededDice::fill(std::span<uint8_t> bytes) {
  for (size_t i = 0; i < bytes.size(); i += 8) {
    const uint64_t x = mix64(state_);
    state_ += 0x9e3779b97f4a7c15ULL;
    std::memcpy(bytes.data() + i, &x, std::min<size_t>(8, bytes.size() - i));
  }
}

}  // namespace aizuchi::ground
