// For tests: a transport running on its own thread, and a plain client socket to talk to it.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "serve/http/transport.h"

namespace aizuchi::serve {

using std::chrono::steady_clock;

inline int64_t ms_since(steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start).count();
}

// A transport running on its own thread for as long as this lives.
class Server {
 public:
  explicit Server(Handler handler, TransportOptions options = {}) {
    auto made = Transport::listen(std::move(options), std::move(handler));
    REQUIRE(made.has_value());
    transport = std::move(*made);
    thread_ = std::thread([this] { transport->run(); });
  }
  ~Server() { stop(); }
  void stop() {
    if (transport) transport->stop();
    if (thread_.joinable()) thread_.join();
  }
  // Counters are written just after the bytes that a client has already seen.
  bool soon(const std::function<bool(const TransportStats&)>& holds) const {
    for (int i = 0; i < 300; ++i) {
      if (holds(transport->stats())) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  std::unique_ptr<Transport> transport;

 private:
  std::thread thread_;
};

// A plain client socket. Reads give up after five seconds, so that no test hangs.
class Client {
 public:
  explicit Client(const Server& server) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(server.transport->port());
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { leave(); }

  void leave() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int fd() const { return fd_; }
  void reset() {  // leaves rudely, with a RST
    linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    leave();
  }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // One answer: its head, and its body by Content-Length. "" when the server has closed.
  std::string answer(bool with_body = true) {
    while (held_.find("\r\n\r\n") == std::string::npos) {
      if (!more()) return std::exchange(held_, {});
    }
    size_t size = held_.find("\r\n\r\n") + 4;
    const size_t length = held_.find("Content-Length: ");
    if (with_body && length < size) size += std::stoul(held_.substr(length + 16));
    while (held_.size() < size) {
      if (!more()) return std::exchange(held_, {});
    }
    auto out = held_.substr(0, size);
    held_.erase(0, size);
    return out;
  }
  // Everything until the server closes.
  std::string rest() {
    while (more()) {
    }
    return std::exchange(held_, {});
  }
  bool more() {
    char bytes[8192];
    const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got > 0) held_.append(bytes, static_cast<size_t>(got));
    timed_out = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    return got > 0;
  }
  bool timed_out = false;

 private:
  int fd_ = -1;
  std::string held_;
};

inline void echo(Request& request, Responder responder) {
  responder.send({.content_type = "text/plain",
                  .body = std::string(request.method) + " " + std::string(request.path) + " [" +
                          std::string(request.body) + "]"});
}

inline std::string post(std::string_view body, std::string_view lines = "") {
  return "POST /p HTTP/1.1\r\nHost: a\r\n" + std::string(lines) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace aizuchi::serve
