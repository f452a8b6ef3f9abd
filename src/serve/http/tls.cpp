#include "serve/http/tls.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Result;

namespace {

constexpr std::string_view http_1_1{"\x08http/1.1", 9};  // as ALPN lists it

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

class Identity final : public TlsIdentity {
 public:
  Identity(Context context, Instant expires_at)
      : context_(std::move(context)), expires_at_(expires_at) {}
  Instant expires_at() const override { return expires_at_; }
  SSL_CTX* context() const { return context_.get(); }

 private:
  const Context context_;
  const Instant expires_at_;
};

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* offered, unsigned int offered_length, void*) {
  const auto* ours = reinterpret_cast<const unsigned char*>(http_1_1.data());
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, ours, static_cast<unsigned>(http_1_1.size()),
                            offered, offered_length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// A server has nobody who could type a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Instant expiry_of(SSL_CTX* context) {
  std::tm at{};
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &at) != 1)
    return {};
  return {static_cast<int64_t>(timegm(&at)) * 1000};
}

class Session final : public TlsSession {
 public:
  explicit Session(std::shared_ptr<const Identity> identity)
      : identity_(std::move(identity)), ssl_(SSL_new(identity_->context())) {
    AIZ_ASSERT(ssl_ != nullptr);
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    AIZ_ASSERT(in_ != nullptr && out_ != nullptr);
    SSL_set_bio(ssl_.get(), in_, out_);  // which owns them from here on
    SSL_set_accept_state(ssl_.get());
  }

  void feed(std::string_view ciphertext) override {
    const int taken = BIO_write(in_, ciphertext.data(), static_cast<int>(ciphertext.size()));
    AIZ_ASSERT(taken == static_cast<int>(ciphertext.size()));
  }
  Read read(std::span<char> into) override {
    if (over_) return {State::over, 0};
    ERR_clear_error();
    size_t got = 0;
    const int done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
    if (done == 1) return {State::open, got};
    if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return {State::open, 0};
    over_ = true;
    ERR_clear_error();
    return {State::over, 0};
  }
  bool write(std::string_view plaintext) override {
    if (over_ || SSL_is_init_finished(ssl_.get()) != 1) return false;
    if (plaintext.empty()) return true;
    ERR_clear_error();
    size_t taken = 0;  // a memory BIO takes everything
    over_ = SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &taken) != 1;
    return !over_;
  }
  void end() override {
    if (!over_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  std::string take_output() override {
    std::string out(BIO_ctrl_pending(out_), '\0');
    if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
    return out;
  }

 private:
  const std::shared_ptr<const Identity> identity_;
  const std::unique_ptr<SSL, FreeSession> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  bool over_ = false;
};

}  // namespace

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::load(const std::string& certificate,
                                                             const std::string& key) {
  Context context(SSL_CTX_new(TLS_server_method()));
  AIZ_ASSERT(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  ERR_clear_error();
  const auto wrong = [](std::string message, std::string hint) {
    ERR_clear_error();
    return fail(ErrorCode::invalid, std::move(message), std::move(hint));
  };
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1)
    return wrong(fmt::format("{} holds no certificate in PEM that can be read.", certificate),
                 "It begins with -----BEGIN CERTIFICATE-----; the chain follows the server's own.");
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    return other ? wrong(fmt::format("{} is not the key of {}.", key, certificate),
                         "Give the key that the certificate was made for.")
                 : wrong(fmt::format("{} holds no key in PEM that can be read.", key),
                         "It begins with -----BEGIN PRIVATE KEY----- and has no passphrase.");
  }
  const Instant expires_at = expiry_of(context.get());
  return std::make_shared<const Identity>(std::move(context), expires_at);
}

std::unique_ptr<TlsSession> TlsSession::begin(std::shared_ptr<const TlsIdentity> identity) {
  return std::make_unique<Session>(std::static_pointer_cast<const Identity>(std::move(identity)));
}

}  // namespace aizuchi::serve
