#include "serve/app/server_client.h"

#include <fmt/format.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include "ground/base/json.h"
#include "ground/base/text.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr long patience_seconds = 60;
constexpr size_t answer_bytes_max = 256 << 20;

struct Place {
  std::string host;  // for connecting
  std::string port;
  std::string authority;  // for the Host header
  bool tls = false;
};

Result<Place> parse_url(std::string_view url) {
  constexpr std::string_view plain = "http://", secure = "https://";
  const bool tls = url.starts_with(secure);
  if (!tls && !url.starts_with(plain))
    return fail(ErrorCode::invalid,
                fmt::format("{} is not a URL that begins with http:// or https://.", url),
                "Give the admin URL that `aizuchi serve` printed: --server http://127.0.0.1:8081");
  std::string_view rest = url.substr(tls ? secure.size() : plain.size());
  rest = rest.substr(0, rest.find('/'));
  Place place{.host = "", .port = tls ? "443" : "80", .authority = std::string(rest), .tls = tls};
  const size_t bracket = rest.find(']');
  const size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    place.port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  place.host = rest;
  if (place.host.empty()) return fail(ErrorCode::invalid, fmt::format("{} names no host.", url));
  return place;
}

// A connected socket that closes itself.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  Connection(Connection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        context_(std::move(other.context_)),
        tls_(std::move(other.tls_)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }
  // From here on in TLS, with who has a certificate for this host. False: it has none.
  bool secure(const std::string& host) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(context_.get());
    tls_.reset(SSL_new(context_.get()));
    SSL_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
    X509_VERIFY_PARAM* wanted = SSL_get0_param(tls_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1) {
      SSL_set1_host(tls_.get(), host.c_str());
      SSL_set_tlsext_host_name(tls_.get(), host.c_str());
    }
    SSL_set_fd(tls_.get(), fd_);
    return SSL_connect(tls_.get()) == 1;
  }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // Everything until the server closes, which "Connection: close" asks of it.
  std::string receive() {
    std::string out;
    char bytes[16384];
    while (out.size() < answer_bytes_max) {
      const auto got =
          tls_ ? SSL_read(tls_.get(), bytes, sizeof bytes) : ::recv(fd_, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      out.append(bytes, static_cast<size_t>(got));
    }
    return out;
  }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  int fd_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> tls_;  // null: plain
};

Result<Connection> connect_to(const Place& place, std::string_view url) {
  const auto nobody = [&] {
    return fail(ErrorCode::unavailable, fmt::format("No server answers at {}.", url),
                "Is it running? `aizuchi serve` prints its URLs when it starts.");
  };
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(place.host.c_str(), place.port.c_str(), &wanted, &found) != 0) return nobody();
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, ::freeaddrinfo);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    const int fd = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0) continue;
    Connection connection(fd);
    const timeval patience{.tv_sec = patience_seconds, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd, at->ai_addr, at->ai_addrlen) == 0) return connection;
  }
  return nobody();
}

}  // namespace

Result<ServerAnswer> ask_server(const ServerAddress& server, std::string_view method,
                                std::string_view target, std::string_view body) {
  const Place place = TRY(parse_url(server.url));
  Connection connection = TRY(connect_to(place, server.url));
  if (place.tls && !connection.secure(place.host))
    return fail(
        ErrorCode::unavailable,
        fmt::format("{} has no certificate for {} that is trusted here.", server.url, place.host),
        "SSL_CERT_FILE=FILE trusts the certificates in FILE instead of this machine's.");
  std::string request = fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n",
      method, target, place.authority, body.size());
  if (!server.key.empty()) request += fmt::format("Authorization: Bearer {}\r\n", server.key);
  request += "\r\n";
  // A server that refuses early may close before it has read all: its answer counts.
  const bool sent = connection.send(request) && connection.send(body);
  const std::string answer = connection.receive();
  const size_t head = answer.find("\r\n\r\n");
  ServerAnswer out;
  const bool http =
      answer.starts_with("HTTP/1.") && answer.size() > 12 &&
      std::from_chars(answer.data() + 9, answer.data() + 12, out.status).ec == std::errc();
  if (!http || head == std::string::npos)
    return fail(
        ErrorCode::unavailable,
        fmt::format("{} at {}.", sent ? "No whole HTTP answer came" : "Sending failed", server.url),
        "Is this the URL of an Aizuchi server?");
  out.body = answer.substr(head + 4);
  return out;
}

Result<std::string> ask_server_json(const ServerAddress& server, std::string_view method,
                                    std::string_view target, std::string_view body) {
  ServerAnswer answer = TRY(ask_server(server, method, target, body));
  if (answer.status / 100 == 2 || answer.status == 422) return std::move(answer.body);
  const auto json = ground::parse_json(answer.body);
  const ground::Value* error = json ? json->find("error") : nullptr;
  const auto text = [&](std::string_view name) -> std::string {
    const ground::Value* found = error == nullptr ? nullptr : error->find(name);
    return found != nullptr && found->is(ground::Value::Kind::string) ? found->as_string() : "";
  };
  const ErrorCode code =
      answer.status == 503 || answer.status == 429 ? ErrorCode::busy : ErrorCode::invalid;
  return fail(code, fmt::format("The server answered {}: {}", answer.status, text("message")),
              text("hint"));
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text)
    out += plain.find(c) == std::string_view::npos ? fmt::format("%{:02X}", static_cast<uint8_t>(c))
                                                   : std::string(1, c);
  return out;
}

}  // namespace aizuchi::serve
