// Load for tests/reliability/overload.py: many keep-alive connections, one request each at a time,
// sent at a pace, and what came of them as one JSON line.
//
//   storm PORT PAGE_KEY SERVER_KEY CONNECTIONS REQUESTS_A_SECOND SECONDS
//
// 8 of 10 requests are decisions, 1 an event, 1 a server's question about a person. A request's
// time runs from when it is sent to when its answer is there whole. "Accepted" is 2xx and not given
// up. Whoever is refused asks again at the next turn, without heeding Retry-After: the ruder, the
// better.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace {

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

enum class Kind : uint8_t { decision, event, question };
constexpr const char* kind_words[] = {"decision", "event", "question"};

struct Connection {
  int fd = -1;
  Kind kind = Kind::decision;
  int64_t sent_us = 0;  // 0: free
  std::string answer;
};

struct Tally {
  std::vector<uint32_t> accepted_us;
  uint64_t given_up = 0, refused = 0, without_retry_after = 0, other = 0, broken = 0;
};

class Storm {
 public:
  Storm(uint16_t port, std::string page_key, std::string server_key, size_t connections)
      : port_(port), page_key_(std::move(page_key)), server_key_(std::move(server_key)) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(connections);
    for (size_t i = 0; i < connections; ++i) open(i);
  }
  void run(double per_second, double seconds);
  std::string json() const;

 private:
  void open(size_t index);
  void send(size_t index);
  void take(size_t index);
  void done(size_t index);
  std::string request_of(Kind kind);

  const uint16_t port_;
  const std::string page_key_, server_key_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::vector<size_t> free_;
  uint64_t serial_ = 0, sent_ = 0;
  Tally tally_[3];
  int64_t took_us_ = 0;
};

void Storm::open(size_t index) {
  Connection& c = connections_[index];
  if (c.fd >= 0) ::close(c.fd);
  c = {};
  c.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port_);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(c.fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) {
    fmt::print(stderr, "storm: cannot connect\n");
    std::exit(2);
  }
  ::fcntl(c.fd, F_SETFL, O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = index;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
  free_.push_back(index);
}

std::string Storm::request_of(Kind kind) {
  const uint64_t n = ++serial_;
  std::string body, path = "/v1/decide", method = "POST";
  if (kind == Kind::decision) {
    body = fmt::format(
        R"({{"person":{{"anonymousId":"storm-{}"}},"slots":["home.hero"],"explain":"person"}})",
        n % 20'000);
  } else if (kind == Kind::event) {
    path = "/v1/track";
    body = fmt::format(
        R"({{"event":"Product Viewed","anonymousId":"storm-{}","messageId":"storm-{}-{}",)"
        R"("properties":{{"product_id":"kochere","category":"light-roast"}}}})",
        n % 20'000, now_us(), n);
  } else {
    method = "GET";
    path = fmt::format("/v1/people/storm-{}/events?kind=anonymousId&limit=5", n % 20'000);
  }
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: storm\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{}",
      method, path, kind == Kind::question ? server_key_ : page_key_, body.size(), body);
}

void Storm::send(size_t index) {
  Connection& c = connections_[index];
  const uint64_t turn = sent_++ % 10;
  c.kind = turn == 0 ? Kind::event : turn == 5 ? Kind::question : Kind::decision;
  const std::string bytes = request_of(c.kind);
  c.sent_us = now_us();
  c.answer.clear();
  if (::send(c.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    ++tally_[static_cast<size_t>(c.kind)].broken;
    open(index);
  }
}

void Storm::take(size_t index) {
  Connection& c = connections_[index];
  char bytes[16384];
  const ssize_t got = ::recv(c.fd, bytes, sizeof bytes, 0);
  if (got <= 0) {
    if (c.sent_us != 0) ++tally_[static_cast<size_t>(c.kind)].broken;
    std::erase(free_, index);
    return open(index);
  }
  c.answer.append(bytes, static_cast<size_t>(got));
  const size_t head = c.answer.find("\r\n\r\n");
  if (head == std::string::npos) return;
  const size_t length = c.answer.find("Content-Length: ");
  const size_t body = length < head ? std::stoul(c.answer.substr(length + 16, 12)) : 0;
  if (c.answer.size() >= head + 4 + body) done(index);
}

void Storm::done(size_t index) {
  Connection& c = connections_[index];
  Tally& tally = tally_[static_cast<size_t>(c.kind)];
  const int status = std::stoi(c.answer.substr(9, 3));
  const bool known = status / 100 == 2 || (c.kind == Kind::question && status == 404);
  if (known && c.answer.find("\"reason\":\"shed\"") != std::string::npos) {
    ++tally.given_up;
  } else if (known) {
    tally.accepted_us.push_back(static_cast<uint32_t>(now_us() - c.sent_us));
  } else if (status == 429) {
    ++tally.refused;
    if (c.answer.find("Retry-After: ") == std::string::npos) ++tally.without_retry_after;
  } else {
    ++tally.other;
  }
  c.sent_us = 0;
  free_.push_back(index);
  if (c.answer.find("Connection: close") == std::string::npos) return;
  std::erase(free_, index);
  open(index);
}

void Storm::run(double per_second, double seconds) {
  const int64_t began = now_us();
  const auto end = began + static_cast<int64_t>(seconds * 1e6);
  std::vector<epoll_event> events(1024);
  for (int64_t now = began; now < end; now = now_us()) {
    const auto due = static_cast<uint64_t>(static_cast<double>(now - began) * per_second / 1e6);
    while (sent_ < due && !free_.empty()) {
      const size_t index = free_.back();
      free_.pop_back();
      send(index);
    }
    // What could not be sent for want of a free connection is not sent later in a burst.
    if (free_.empty()) sent_ = std::max(sent_, due > 100 ? due - 100 : 0);
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   free_.empty() ? 10 : 0);
    for (int i = 0; i < count; ++i) take(events[static_cast<size_t>(i)].data.u64);
  }
  took_us_ = now_us() - began;
}

std::string Storm::json() const {
  std::string out = fmt::format(R"({{"seconds":{:.3f})", static_cast<double>(took_us_) / 1e6);
  for (size_t kind = 0; kind < 3; ++kind) {
    const Tally& tally = tally_[kind];
    auto times = tally.accepted_us;
    std::ranges::sort(times);
    const auto at = [&](double share) {
      if (times.empty()) return 0.0;
      return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))] / 1000.0;
    };
    out += fmt::format(
        R"(,"{}":{{"accepted":{},"given_up":{},"refused":{},"without_retry_after":{},"other":{},)"
        R"("broken":{},"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f}}})",
        kind_words[kind], times.size(), tally.given_up, tally.refused, tally.without_retry_after,
        tally.other, tally.broken, at(0.5), at(0.99), at(1));
  }
  return out + "}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fmt::print(stderr, "storm PORT PAGE_KEY SERVER_KEY CONNECTIONS REQUESTS_A_SECOND SECONDS\n");
    return 2;
  }
  Storm storm(static_cast<uint16_t>(std::atoi(argv[1])), argv[2], argv[3],
              static_cast<size_t>(std::atoi(argv[4])));
  storm.run(std::atof(argv[5]), std::atof(argv[6]));
  fmt::print("{}\n", storm.json());
  return 0;
}
