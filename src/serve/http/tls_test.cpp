#include "serve/http/tls.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstring>

#include "ground/base/test_folder.h"
#include "serve/http/transport_probe.h"

namespace aizuchi::serve {
namespace {

// Self-signed certificates and their keys in a directory that goes with it.
class Certificates {
 public:
  std::string path(std::string_view name) const { return folder_ / name; }
  std::string write(std::string_view name, std::string_view text) const {
    const std::string at = path(name);
    std::FILE* file = std::fopen(at.c_str(), "w");
    REQUIRE(file != nullptr);
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
    return at;
  }
  // NAME.crt and NAME.key; the certificate's serial number tells it from others.
  void make(const std::string& name, long serial, const char* passphrase = nullptr) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
    std::FILE* out = std::fopen(path(name + ".crt").c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    out = std::fopen(path(name + ".key").c_str(), "w");
    const auto length = passphrase == nullptr ? 0 : static_cast<int>(std::strlen(passphrase));
    PEM_write_PrivateKey(out, key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(),
                         reinterpret_cast<const unsigned char*>(passphrase), length, nullptr,
                         nullptr);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  std::shared_ptr<const TlsIdentity> identity(const std::string& name) const {
    auto loaded = TlsIdentity::load(path(name + ".crt"), path(name + ".key"));
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message);
    return *loaded;
  }

 private:
  ground::test::TestFolder folder_;
};

// A client that trusts everyone, on a connected socket.
class TlsClient {
 public:
  explicit TlsClient(const Server& server, std::string_view protocol = "") : socket_(server) {
    context_ = SSL_CTX_new(TLS_client_method());
    ssl_ = SSL_new(context_);
    if (!protocol.empty()) {
      const std::string listed = static_cast<char>(protocol.size()) + std::string(protocol);
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(listed.data()),
                          static_cast<unsigned>(listed.size()));
    }
    SSL_set_fd(ssl_, socket_.fd());
    connected = SSL_connect(ssl_) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  std::string ask(std::string_view request) {
    for (size_t at = 0; at < request.size();) {
      const auto sent = SSL_write(ssl_, request.data() + at, static_cast<int>(request.size() - at));
      if (sent <= 0) return "";
      at += static_cast<size_t>(sent);
    }
    std::string held;
    while (true) {
      const size_t head = held.find("\r\n\r\n");
      const size_t length = held.find("Content-Length: ");
      if (head != std::string::npos &&
          held.size() >= head + 4 + std::stoul(held.substr(length + 16)))
        return held;
      char bytes[16384];
      const int got = SSL_read(ssl_, bytes, sizeof bytes);
      if (got <= 0) return held;
      held.append(bytes, static_cast<size_t>(got));
    }
  }
  // How the server ended it: 0 by the protocol, as it should.
  int end() {
    char byte = 0;
    const int got = SSL_read(ssl_, &byte, 1);
    return SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
  }
  long serial() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    const long out = ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
    X509_free(certificate);
    return out;
  }
  bool connected = false;

 private:
  Client socket_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

TransportOptions with(std::shared_ptr<const TlsIdentity> identity) {
  TransportOptions options;
  options.tls = std::move(identity);
  return options;
}

}  // namespace

TEST_CASE("Over TLS a request is answered as it is in the clear, small or large") {
  Certificates certificates;
  certificates.make("one", 1);
  Server server(echo, with(certificates.identity("one")));
  CHECK(server.transport->speaks_tls());
  TlsClient client(server, "http/1.1");
  REQUIRE(client.connected);
  CHECK(contains(client.ask(post("hello")), "POST /p [hello]"));
  // Browsers come by TLS from now on, but for a name that is this machine's own.
  constexpr std::string_view only_tls = "\r\nStrict-Transport-Security: max-age=31536000\r\n";
  CHECK(contains(client.ask("GET / HTTP/1.1\r\nHost: engine.example\r\n\r\n"), only_tls));
  CHECK(!contains(client.ask("GET / HTTP/1.1\r\nHost: localhost:8443\r\n\r\n"), only_tls));
  const std::string large(900'000, 'x');
  CHECK(client.ask(post(large)).ends_with("[" + large + "]"));
  CHECK(contains(client.ask("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n0\r\n\r\n"),
                 "[abc]"));
  CHECK(contains(client.ask(post("x", "Connection: close\r\n")), "Connection: close"));
  CHECK(client.end() == 0);
  const auto expires = server.transport->stats().certificate_expires_at;
  CHECK(expires.ms > ground::SystemClock().now().ms);
}

TEST_CASE("Who speaks no TLS, or another protocol in it, is not answered in the clear") {
  Certificates certificates;
  certificates.make("one", 1);
  TransportOptions options = with(certificates.identity("one"));
  options.header_timeout = ground::Duration{200};
  Server server(echo, options);
  Client plain(server);
  REQUIRE(plain.send(post("hello")));
  CHECK(!contains(plain.rest(), "HTTP/1.1"));
  CHECK(!plain.timed_out);
  CHECK(!TlsClient(server, "h2").connected);
  Client silent(server);
  REQUIRE(silent.send("\x16\x03\x01"));
  CHECK(silent.rest().empty());  // closed at the deadline of the headers
  CHECK(!silent.timed_out);
  TlsClient after(server);
  CHECK(contains(after.ask(post("hello")), "[hello]"));
  CHECK(server.soon([](const TransportStats& s) { return s.connections_open == 1; }));
}

TEST_CASE("A certificate that is read anew is for new connections, and no open one is dropped") {
  Certificates certificates;
  certificates.make("one", 1);
  certificates.make("two", 2);
  Server server(echo, with(certificates.identity("one")));
  TlsClient before(server);
  CHECK(before.serial() == 1);
  server.transport->set_tls(certificates.identity("two"));
  CHECK(contains(before.ask(post("still")), "[still]"));
  TlsClient after(server);
  CHECK(after.serial() == 2);
  CHECK(contains(after.ask(post("new")), "[new]"));
}

TEST_CASE("A certificate or key that cannot be used is named, with what is wrong") {
  Certificates certificates;
  certificates.make("one", 1);
  certificates.make("two", 2);
  certificates.make("locked", 3, "secret");
  const auto message = [&](std::string_view certificate, std::string_view key) {
    const auto loaded = TlsIdentity::load(certificates.path(certificate), certificates.path(key));
    return loaded ? std::string("loaded") : loaded.error().message;
  };
  certificates.write("empty.crt", "");
  certificates.write("text.key", "not a key\n");
  CHECK(message("one.crt", "one.key") == "loaded");
  CHECK(contains(message("none.crt", "one.key"), "none.crt holds no certificate"));
  CHECK(contains(message("empty.crt", "one.key"), "empty.crt holds no certificate"));
  CHECK(contains(message("one.crt", "text.key"), "text.key holds no key"));
  CHECK(contains(message("one.crt", "locked.key"), "locked.key holds no key"));
  CHECK(contains(message("one.crt", "two.key"), "is not the key of"));
}

}  // namespace aizuchi::serve
