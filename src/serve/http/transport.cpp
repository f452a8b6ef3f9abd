// The event loop of a thread, and the face of the transport. Connections are in
// transport_connection.cpp; the two see Boost, and nothing else does.
#include "serve/http/transport.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "serve/http/tls.h"
#include "serve/http/transport_loop.h"

namespace aizuchi::serve {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

int64_t coarse_ms() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
}

namespace {

// Whoever asks and does not read is answered into the kernel's memory, which else would take four
// megabytes of each; the kernel doubles it.
constexpr int send_buffer_bytes = 256 << 10;

constexpr int64_t give_way_ms = 1000;  // an honest client sends its request at once

int64_t exact_us() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000 + t.tv_nsec / 1000;
}

}  // namespace

// ---- Loop

error_code Loop::bind(const tcp::endpoint& endpoint) {
  error_code error;
  const auto then = [&](auto step) {
    if (!error) step();
  };
  then([&] { acceptor_.open(endpoint.protocol(), error); });
  then([&] { acceptor_.set_option(tcp::acceptor::reuse_address(true), error); });
  if (shared->options.threads > 1) {
    using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    then([&] { acceptor_.set_option(ReusePort(true), error); });
  }
  then([&] { acceptor_.bind(endpoint, error); });
  then([&] { acceptor_.listen(asio::socket_base::max_listen_connections, error); });
  then([&] { acceptor_.non_blocking(true, error); });
  return error;
}

void Loop::run() {
  thread_ = std::this_thread::get_id();
  accept();
  arm_sweep();
  asio::post(io_, [this] { run_inbox(); });
  io_.run();
  std::vector<std::move_only_function<void()>> dropped;
  {
    std::lock_guard lock(inbox_mutex_);
    inbox_open_ = false;
    dropped.swap(inbox_);
  }
}

bool Loop::post(std::move_only_function<void()> work) {
  std::lock_guard lock(inbox_mutex_);
  if (!inbox_open_) return false;
  inbox_.push_back(std::move(work));
  // Posted under the lock, so that the io_context cannot end in between.
  if (inbox_.size() == 1) asio::post(io_, [this] { run_inbox(); });
  return true;
}

void Loop::run_inbox() {
  std::vector<std::move_only_function<void()>> work;
  {
    std::lock_guard lock(inbox_mutex_);
    work.swap(inbox_);
  }
  // An exception from posted work is a bug: noexcept stops the process at once.
  for (auto& each : work) [&]() noexcept { each(); }();
}

void Loop::every(ground::Duration period, std::move_only_function<void()> work) {
  if (stopping_) return;
  timers_.push_back(std::make_unique<Timer>(asio::steady_timer(io_), period, std::move(work)));
  timers_.back()->timer.expires_after(std::chrono::milliseconds(period.ms));
  arm(*timers_.back());
}

void Loop::arm(Timer& timer) {
  timer.timer.async_wait([this, &timer](error_code error) {
    if (error || stopping_) return;
    [&]() noexcept { timer.work(); }();
    if (stopping_) return;
    // At a steady pace, but no burst of catching up after a stall.
    const auto now = std::chrono::steady_clock::now();
    const auto next = timer.timer.expiry() + std::chrono::milliseconds(timer.period.ms);
    timer.timer.expires_at(std::max(next, now));
    arm(timer);
  });
}

Shed Loop::shedding() {
  const int64_t now_us = exact_us();
  if (pressure_.wants_probe()) {
    pressure_.probe_began(now_us);
    // Behind what is being done: that is not what the next one waits for.
    asio::post(io_, [this] { send_probe(); });
  }
  return pressure_.shed(now_us);
}

int64_t Loop::wait_us() const {
  return pressure_.wait_us(exact_us());
}

// Something to read, behind all connections that have something to read already.
void Loop::send_probe() {
  error_code error;
  if (!probe_.is_open()) {
    const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) return pressure_.probe_ended(exact_us());  // no descriptor left: nothing is known
    probe_.assign(fd, error);
  }
  if (stopping_ || error) return;
  pressure_.probe_began(exact_us());
  probe_.async_read_some(asio::buffer(&probe_count_, sizeof probe_count_),
                         [this](error_code failed, size_t) {
                           if (!failed) pressure_.probe_ended(exact_us());
                         });
  const uint64_t one = 1;
  (void)probe_.write_some(asio::buffer(&one, sizeof one), error);
}

std::string_view Loop::date() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != date_second_) {
    static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    tm t{};
    gmtime_r(&now.tv_sec, &t);
    date_ = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[t.tm_wday], t.tm_mday,
                        months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    date_second_ = now.tv_sec;
  }
  return date_;
}

void Loop::add(LoopClient* connection) {
  connection->index_ = connections_.size();
  connections_.push_back(connection);
}

void Loop::remove(LoopClient* connection) {
  connections_.back()->index_ = connection->index_;
  std::swap(connections_[connection->index_], connections_.back());
  connections_.pop_back();
  shared->connections_open.fetch_sub(1);
}

void Loop::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (stopping_ || error == asio::error::operation_aborted) return;
    if (!error) admit(std::move(socket));
    if (!error || error == asio::error::connection_aborted) return accept();
    accept_pause_.expires_after(std::chrono::milliseconds(20));  // out of file descriptors: breathe
    accept_pause_.async_wait([this](error_code cancelled) {
      if (!cancelled && !stopping_) accept();
    });
  });
}

void Loop::admit(tcp::socket socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  count(counters.connections_total);
  socket.non_blocking(true, error);
  socket.set_option(tcp::no_delay(true), error);
  socket.set_option(tcp::socket::send_buffer_size(send_buffer_bytes), error);
  if (shared->connections_open.fetch_add(1) >= shared->options.connections_max && !make_room()) {
    shared->connections_open.fetch_sub(1);
    count(counters.refused[static_cast<size_t>(Refusal::too_many_connections)]);
    if (tls) return;  // a handshake for a refusal is what whoever opens so many may hope for
    auto answer = refusal_answer(Refusal::too_many_connections, shared->options.limits);
    if (shared->options.decorate_refusal) shared->options.decorate_refusal(nullptr, answer);
    std::string bytes;
    append_head(bytes, answer, {.date = date(), .keep_alive = false});
    bytes += answer.body;
    std::array<char, 4096> dropped;  // what is left unread would turn the answer into a reset
    socket.write_some(asio::buffer(bytes), error);
    socket.shutdown(tcp::socket::shutdown_send, error);
    while (!error) socket.read_some(asio::buffer(dropped), error);
    return;
  }
  serve_connection(shared_from_this(), std::move(socket), peer);
}

// Whoever opens all that there are and says nothing keeps nobody else out: who has been waited for
// longest gives way. False: all of them are at work, or came a moment ago.
bool Loop::make_room() {
  const auto longest = std::ranges::min_element(connections_, {}, &LoopClient::waits_since_ms);
  if (longest == connections_.end() || (*longest)->waits_since_ms() > coarse_ms() - give_way_ms)
    return false;
  (*longest)->expire_if_due(never_ms);
  return true;
}

void Loop::request_stop() {
  post([this] { begin_stop(); });
}

void Loop::begin_stop() {
  if (std::exchange(stopping_, true)) return;
  stop_at_ms_ = coarse_ms() + shared->options.stop_grace.ms;
  error_code ignored;
  acceptor_.close(ignored);
  for (auto& each : timers_) each->timer.cancel();
  sweep_timer_.cancel();
  accept_pause_.cancel();
  probe_.close(ignored);
  sweep();
}

// One timer for all deadlines: they need no precision, and a store is all a request pays for them.
void Loop::arm_sweep() {
  const auto& o = shared->options;
  const int64_t shortest =
      std::min({o.header_timeout.ms, o.body_timeout.ms, o.write_timeout.ms, o.idle_timeout.ms});
  const int64_t period_ms = stopping_ ? 5 : std::clamp<int64_t>(shortest / 4, 5, 100);
  sweep_timer_.expires_after(std::chrono::milliseconds(period_ms));
  sweep_timer_.async_wait([this](error_code error) {
    if (!error) sweep();
  });
}

void Loop::sweep() {
  const int64_t now_ms = coarse_ms();
  for (auto* each : connections_) {
    each->expire_if_due(now_ms);
    if (stopping_) each->stop_if_idle();
    if (now_ms >= stop_at_ms_) each->close();
  }
  if (!stopping_ || !connections_.empty()) arm_sweep();
}

// ---- Transport

namespace {

class AsioTransport final : public Transport {
 public:
  AsioTransport(std::shared_ptr<Shared> shared, std::vector<std::shared_ptr<Loop>> loops)
      : shared_(std::move(shared)), loops_(std::move(loops)), port_(loops_.front()->port()) {}

  uint16_t port() const override { return port_; }
  bool speaks_tls() const override { return shared_->options.tls != nullptr; }
  void run() override {
    std::vector<std::thread> others;
    for (size_t i = 1; i < loops_.size(); ++i) {
      others.emplace_back([loop = loops_[i]] { loop->run(); });
    }
    loops_.front()->run();
    for (auto& each : others) each.join();
  }
  void stop() override {
    for (auto& each : loops_) each->request_stop();
  }
  void set_tls(std::shared_ptr<const TlsIdentity> identity) override {
    AIZ_ASSERT(identity != nullptr && shared_->options.tls != nullptr);
    shared_->certificate_expires_ms = identity->expires_at().ms;
    for (auto& each : loops_) each->post([loop = each.get(), identity] { loop->tls = identity; });
  }
  void post(std::move_only_function<void()> work) override {
    loops_.front()->post(std::move(work));
  }
  void every(ground::Duration period, std::move_only_function<void()> work) override {
    AIZ_ASSERT(period.ms > 0);
    auto* loop = loops_.front().get();
    loop->post(
        [loop, period, work = std::move(work)]() mutable { loop->every(period, std::move(work)); });
  }
  TransportStats stats() const override;
  Shed shedding() override { return loops_.front()->shedding(); }
  int64_t wait_us() const override { return loops_.front()->wait_us(); }

 private:
  const std::shared_ptr<Shared> shared_;
  const std::vector<std::shared_ptr<Loop>> loops_;
  const uint16_t port_;
};

TransportStats AsioTransport::stats() const {
  TransportStats sum;
  sum.connections_open = shared_->connections_open;
  sum.certificate_expires_at = {shared_->certificate_expires_ms};
  for (const auto& loop : loops_) {
    sum.connections_total += loop->counters.connections_total;
    sum.requests += loop->counters.requests;
    sum.responses += loop->counters.responses;
    for (size_t i = 0; i < refusal_count; ++i) sum.refused[i] += loop->counters.refused[i];
  }
  return sum;
}

ground::Error listen_error(const error_code& error, const tcp::endpoint& at) {
  using ground::ErrorCode;
  const auto where =
      fmt::format("cannot listen on {} port {}", at.address().to_string(), at.port());
  if (error == asio::error::address_in_use) {
    return {ErrorCode::conflict, where + ": the port is taken",
            "Stop the other server, or choose another port."};
  }
  if (error == asio::error::access_denied) {
    return {ErrorCode::forbidden, where + ": not allowed", "Choose a port above 1023."};
  }
  return {ErrorCode::unavailable, where + ": " + error.message(), "Is this address on this host?"};
}

}  // namespace

ground::Result<std::unique_ptr<Transport>> Transport::listen(TransportOptions options,
                                                             Handler handler) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return ground::fail(ground::ErrorCode::invalid,
                        "the address to listen on is not a numeric IPv4 or IPv6 address",
                        "Use 127.0.0.1 for this host only, 0.0.0.0 or :: for all.");
  }
  auto shared = std::make_shared<Shared>();
  shared->options = std::move(options);
  shared->handler = std::move(handler);
  if (shared->options.tls) shared->certificate_expires_ms = shared->options.tls->expires_at().ms;
  std::vector<std::shared_ptr<Loop>> loops;
  tcp::endpoint endpoint(address, shared->options.port);
  for (size_t i = 0; i < std::max<size_t>(1, shared->options.threads); ++i) {
    loops.push_back(std::make_shared<Loop>(shared));
    if (const auto failed = loops.back()->bind(endpoint)) {
      return std::unexpected(listen_error(failed, endpoint));
    }
    endpoint.port(loops.front()->port());
  }
  return std::make_unique<AsioTransport>(std::move(shared), std::move(loops));
}

}  // namespace aizuchi::serve
