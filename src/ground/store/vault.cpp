#include "ground/store/vault.h"
#include "ground/base/dice.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "ground/base/dice.h"

namespace aizuchi::ground {

namespace {

constexpr size_t nonce_bytes = 12;
constexpr size_t tag_bytes = 16;
constexpr uint8_t master_version = 1;
constexpr uint8_t wrapped_format = 1;
constexpr std::string_view bound_key = "vault.master";  // in Space::meta: which master key

// One cipher context a thread and direction: making one costs more than sealing.
EVP_CIPHER_CTX* cipher(bool seals) {
  struct Context {
    EVP_CIPHER_CTX* evp = EVP_CIPHER_CTX_new();
    explicit Context(bool encrypts) {
      AIZ_ASSERT(evp && EVP_CipherInit_ex(evp, EVP_aes_256_gcm(), nullptr, nullptr, nullptr,
                                          encrypts ? 1 : 0) == 1);
    }
    ~Context() { EVP_CIPHER_CTX_free(evp); }
  };
  thread_local Context sealing(true);
  thread_local Context opening(false);
  return seals ? sealing.evp : opening.evp;
}

const uint8_t* u8(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint8_t* u8(std::string& text) {
  return reinterpret_cast<uint8_t*>(text.data());
}

// The lengths are int in OpenSSL; nothing sealed here comes near.
int length(std::string_view text) {
  AIZ_ASSERT(text.size() < (1u << 30));
  return static_cast<int>(text.size());
}

std::string seal_with(const Key256& key, const uint8_t* nonce, uint8_t format, std::string_view aad,
                      std::string_view plain) {
  std::string out(sealed_overhead_bytes + plain.size(), '\0');
  uint8_t* p = u8(out);
  p[0] = format;
  std::memcpy(p + 1, nonce, nonce_bytes);
  EVP_CIPHER_CTX* evp = cipher(true);
  int n = 0;
  AIZ_ASSERT(EVP_EncryptInit_ex(evp, nullptr, nullptr, key.data(), nonce) == 1);
  AIZ_ASSERT(EVP_EncryptUpdate(evp, nullptr, &n, p, 1) == 1);
  AIZ_ASSERT(EVP_EncryptUpdate(evp, nullptr, &n, u8(aad), length(aad)) == 1);
  uint8_t* body = p + 1 + nonce_bytes;
  AIZ_ASSERT(EVP_EncryptUpdate(evp, body, &n, u8(plain), length(plain)) == 1);
  AIZ_ASSERT(EVP_EncryptFinal_ex(evp, body + n, &n) == 1);
  AIZ_ASSERT(EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_GET_TAG, tag_bytes, body + plain.size()) == 1);
  return out;
}

std::optional<std::string> open_with(const Key256& key, std::string_view aad,
                                     std::string_view sealed) {
  if (sealed.size() < sealed_overhead_bytes) return std::nullopt;
  const std::string_view body =
      sealed.substr(1 + nonce_bytes, sealed.size() - sealed_overhead_bytes);
  std::array<uint8_t, tag_bytes> tag;
  std::memcpy(tag.data(), sealed.data() + sealed.size() - tag_bytes, tag_bytes);
  std::string out(body.size(), '\0');
  EVP_CIPHER_CTX* evp = cipher(false);
  int n = 0;
  AIZ_ASSERT(EVP_DecryptInit_ex(evp, nullptr, nullptr, key.data(), u8(sealed) + 1) == 1);
  AIZ_ASSERT(EVP_DecryptUpdate(evp, nullptr, &n, u8(sealed), 1) == 1);
  AIZ_ASSERT(EVP_DecryptUpdate(evp, nullptr, &n, u8(aad), length(aad)) == 1);
  AIZ_ASSERT(EVP_DecryptUpdate(evp, u8(out), &n, u8(body), length(body)) == 1);
  AIZ_ASSERT(EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(evp, u8(out) + n, &n) != 1) {
    OPENSSL_cleanse(out.data(), out.size());
    return std::nullopt;
  }
  return out;
}

// Label and lengths keep every use of the master key apart.
Key256 expand(const Key256& master, std::string_view label) {
  return hmac_sha256(master, "aizuchi/1/" + std::string(label) + '\x01');
}

std::string keyring_aad(std::string_view person) {
  AIZ_ASSERT(person.size() == 16);
  return "keyring" + std::string(person);
}

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> system_failure(const std::string& what) {
  return fail(ErrorCode::unavailable, what + ": " + std::generic_category().message(errno));
}

Result<Key256> read_master(const std::string& path, const File& file) {
  struct stat info{};
  if (::fstat(file.fd(), &info) != 0) return system_failure(path);
  if ((info.st_mode & 077) != 0)
    return fail(ErrorCode::forbidden, path + " may be read by others; it opens every record",
                "chmod 600 " + path + ", and think about who may have read it");
  std::array<uint8_t, 1 + 32 + 1> bytes{};
  const ssize_t n = ::read(file.fd(), bytes.data(), bytes.size());
  if (n < 0) return system_failure(path);
  if (n > 0 && bytes[0] > master_version)
    return fail(ErrorCode::unsupported,
                path + " is of version " + std::to_string(bytes[0]) + "; this program reads 1",
                "use the newer Aizuchi that wrote it");
  if (n != 33 || bytes[0] != master_version)
    return fail(ErrorCode::corrupted, path + " is not a master key (33 bytes, the first one 1)",
                "restore it from the place where you keep the keyring");
  Key256 master;
  std::memcpy(master.data(), bytes.data() + 1, master.size());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return master;
}

// Written beside and renamed, synced with its directory: a half-written key must not be used.
Result<Key256> write_master(const std::string& directory, const std::string& path, Dice& dice) {
  std::error_code error;
  if (std::filesystem::create_directories(directory, error)) ::chmod(directory.c_str(), 0700);
  if (error) return fail(ErrorCode::unavailable, directory + ": " + error.message());
  Key256 master;
  dice.fill(master);
  std::array<uint8_t, 33> bytes{master_version};
  std::memcpy(bytes.data() + 1, master.data(), master.size());
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  const File file(beside, O_WRONLY | O_CREAT | O_EXCL);
  const bool written = file.fd() >= 0 && ::write(file.fd(), bytes.data(), bytes.size()) == 33 &&
                       ::fsync(file.fd()) == 0;
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!written || ::rename(beside.c_str(), path.c_str()) != 0) return system_failure(beside);
  const File folder(directory, O_RDONLY | O_DIRECTORY);
  if (folder.fd() < 0 || ::fsync(folder.fd()) != 0) return system_failure(directory);
  return master;
}

}  // namespace

PersonKey::PersonKey(PersonKey&& other) noexcept : raw_(other.raw_) {
  OPENSSL_cleanse(other.raw_.data(), other.raw_.size());
}
PersonKey& PersonKey::operator=(PersonKey&& other) noexcept {
  if (this != &other) {
    raw_ = other.raw_;
    OPENSSL_cleanse(other.raw_.data(), other.raw_.size());
  }
  return *this;
}
PersonKey::~PersonKey() {
  OPENSSL_cleanse(raw_.data(), raw_.size());
}

Result<std::unique_ptr<Vault>> Vault::open(const std::string& keyring_dir, Store& store,
                                           Dice& dice) {
  const std::string path = keyring_dir + "/master.key";
  const std::optional<std::string> bound = TRY(store.get(Space::meta, bound_key));
  const File file(path, O_RDONLY);
  Key256 master;
  if (file.fd() >= 0) {
    master = TRY(read_master(path, file));
  } else if (errno != ENOENT && errno != ENOTDIR) {
    return system_failure(path);
  } else if (bound) {
    return fail(ErrorCode::not_found, path + " is missing, and this store was sealed with it",
                "restore it from the place where you keep the keyring; without it what is "
                "stored about people cannot be read");
  } else {
    master = TRY(write_master(keyring_dir, path, dice));
  }
  std::unique_ptr<Vault> vault(new Vault(master, dice));
  OPENSSL_cleanse(master.data(), master.size());
  const Key256 mark = vault->derived_256(bound_key);
  const std::string_view mark_bytes(reinterpret_cast<const char*>(mark.data()), mark.size());
  if (!bound) {
    Batch batch;
    batch.put(Space::meta, bound_key, mark_bytes);
    TRY(store.commit_and_wait(std::move(batch), Durability::synced));
  } else if (!equal_constant_time(*bound, mark_bytes)) {
    return fail(ErrorCode::conflict, path + " is the master key of another store",
                "give the keyring that belongs to this data directory");
  }
  return vault;
}

std::unique_ptr<Vault> Vault::open_in_memory(Dice& dice) {
  Key256 master;
  dice.fill(master);
  return std::unique_ptr<Vault>(new Vault(master, dice));
}

Vault::Vault(const Key256& master, Dice& dice)
    : master_(master),
      wrapping_(expand(master, "wrap person keys")),
      lookup_(expand(master, "look up identifiers")),
      dice_(dice) {}

Vault::~Vault() {
  for (Key256* key : {&master_, &wrapping_, &lookup_}) OPENSSL_cleanse(key->data(), key->size());
}

void Vault::next_nonce(uint8_t* nonce12) {
  const std::lock_guard lock(mutex_);
  if (nonces_used_ == nonces_.size()) {
    dice_.fill(nonces_);
    nonces_used_ = 0;
  }
  std::memcpy(nonce12, nonces_.data() + nonces_used_, nonce_bytes);
  nonces_used_ += nonce_bytes;
}

Key256 Vault::random_key() {
  const std::lock_guard lock(mutex_);
  Key256 key;
  dice_.fill(key);
  return key;
}

PersonKey Vault::create_key(Batch& batch, std::string_view person) {
  PersonKey key(random_key());
  std::array<uint8_t, nonce_bytes> nonce;
  next_nonce(nonce.data());
  const std::string_view raw(reinterpret_cast<const char*>(key.raw().data()), key.raw().size());
  batch.put(Space::keyring, person,
            seal_with(wrapping_, nonce.data(), wrapped_format, keyring_aad(person), raw));
  return key;
}

Result<std::optional<PersonKey>> Vault::find_key(Store& store, std::string_view person) {
  const std::optional<std::string> wrapped = TRY(store.get(Space::keyring, person));
  if (!wrapped) return std::nullopt;
  if (!wrapped->empty() && static_cast<uint8_t>(wrapped->front()) > wrapped_format)
    return fail(ErrorCode::unsupported, "a person's key was wrapped in a newer format",
                "use the newer Aizuchi that wrote it");
  std::optional<std::string> raw = open_with(wrapping_, keyring_aad(person), *wrapped);
  if (!raw || raw->size() != sizeof(Key256))
    return fail(ErrorCode::corrupted, "a person's key in the keyring does not check",
                "run `aizuchi doctor`, and restore the newest backup");
  Key256 key;
  std::memcpy(key.data(), raw->data(), key.size());
  OPENSSL_cleanse(raw->data(), raw->size());
  std::optional<PersonKey> found(std::in_place, key);
  OPENSSL_cleanse(key.data(), key.size());
  return found;
}

void Vault::erase_key(Batch& batch, std::string_view person) {
  AIZ_ASSERT(person.size() == 16);
  batch.erase(Space::keyring, person);
}

std::string Vault::seal(const PersonKey& key, uint8_t format, std::string_view aad,
                        std::string_view plain) {
  std::array<uint8_t, nonce_bytes> nonce;
  next_nonce(nonce.data());
  return seal_with(key.raw(), nonce.data(), format, aad, plain);
}

Result<std::string> Vault::open(const PersonKey& key, std::string_view aad,
                                std::string_view sealed) const {
  std::optional<std::string> plain = open_with(key.raw(), aad, sealed);
  if (!plain)
    return fail(ErrorCode::corrupted, "a sealed record does not check",
                "run `aizuchi doctor`, and restore the newest backup");
  return std::move(*plain);
}

std::array<uint8_t, 16> Vault::lookup(std::string_view kind, std::string_view identifier) const {
  ByteWriter named;  // lengths first: ("a", "bc") is not ("ab", "c")
  named.text(kind);
  named.text(identifier);
  const Key256 full = hmac_sha256(lookup_, named.view());
  std::array<uint8_t, 16> out;
  std::memcpy(out.data(), full.data(), out.size());
  return out;
}

Key128 Vault::derived_128(std::string_view label) const {
  const Key256 full = expand(master_, "128/" + std::string(label));
  Key128 key;
  std::memcpy(key.data(), full.data(), key.size());
  return key;
}

Key256 Vault::derived_256(std::string_view label) const {
  return expand(master_, "256/" + std::string(label));
}

}  // namespace aizuchi::ground
