// Inside the transport: one thread, its event loop, its connections and timers. The only header
// that shows Boost, included by transport.cpp and transport_connection.cpp alone.
//
// Who keeps whom: a connection is owned by its coroutine and by an open Responder; both own the
// Loop, so a Responder may outlive everything. Other threads reach a connection only through
// Loop::post.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "serve/http/transport.h"

namespace aizuchi::serve {

// For deadlines only; a few milliseconds coarse, and cheap.
int64_t coarse_ms();
inline constexpr int64_t never_ms = INT64_MAX;

// What all threads share.
struct Shared {
  TransportOptions options;
  Handler handler;
  std::atomic<size_t> connections_open = 0;
  std::atomic<size_t> buffered_bytes = 0;
  std::atomic<int64_t> certificate_expires_ms = 0;
};

struct Counters {
  std::atomic<uint64_t> connections_total = 0;
  std::atomic<uint64_t> requests = 0;
  std::atomic<uint64_t> responses = 0;
  std::array<std::atomic<uint64_t>, refusal_count> refused = {};
};

inline void count(std::atomic<uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

// What the loop knows of a connection. All on the loop's thread.
class LoopClient {
 public:
  virtual ~LoopClient() = default;
  virtual void expire_if_due(int64_t now_ms) = 0;
  // Since when it has waited for its client to send; never_ms when it does not.
  virtual int64_t waits_since_ms() const = 0;
  virtual void stop_if_idle() = 0;
  virtual void close() = 0;

 private:
  friend class Loop;
  size_t index_ = 0;  // in Loop::connections_
};

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  using Tcp = boost::asio::ip::tcp;
  explicit Loop(std::shared_ptr<Shared> shared_state)
      : shared(std::move(shared_state)),
        acceptor_(io_),
        sweep_timer_(io_),
        accept_pause_(io_),
        probe_(io_),
        pressure_(shared->options.shed_after) {}

  boost::system::error_code bind(const Tcp::endpoint& endpoint);
  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void run();           // until stop
  void request_stop();  // any thread
  // Any thread. False when the loop has ended; the work is then dropped.
  bool post(std::move_only_function<void()> work);
  void every(ground::Duration period, std::move_only_function<void()> work);  // own thread
  bool on_thread() const {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  bool stopping() const { return stopping_; }
  boost::asio::io_context& io() { return io_; }
  std::string_view date();
  Shed shedding();  // own thread, as wait_us()
  int64_t wait_us() const;
  void add(LoopClient* connection);
  void remove(LoopClient* connection);

  const std::shared_ptr<Shared> shared;
  Counters counters;
  std::shared_ptr<const TlsIdentity> tls = shared->options.tls;  // own thread

 private:
  struct Timer {
    boost::asio::steady_timer timer;
    ground::Duration period;
    std::move_only_function<void()> work;
  };
  void accept();
  void admit(Tcp::socket socket);
  bool make_room();
  void begin_stop();
  void arm_sweep();
  void sweep();
  void arm(Timer& timer);
  void run_inbox();
  void send_probe();

  // Own thread.
  boost::asio::io_context io_{1};
  Tcp::acceptor acceptor_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer accept_pause_;
  boost::asio::posix::stream_descriptor probe_;  // an eventfd: readable when its turn has come
  uint64_t probe_count_ = 0;
  Pressure pressure_;
  std::vector<LoopClient*> connections_;
  std::vector<std::unique_ptr<Timer>> timers_;
  bool stopping_ = false;
  int64_t stop_at_ms_ = never_ms;
  time_t date_second_ = 0;
  std::string date_;
  // Any thread.
  std::atomic<std::thread::id> thread_{};
  std::mutex inbox_mutex_;
  std::vector<std::move_only_function<void()>> inbox_;  // under inbox_mutex_
  bool inbox_open_ = true;                              // under inbox_mutex_
};

// Serves the client on the loop until one of them ends (transport_connection.cpp).
void serve_connection(std::shared_ptr<Loop> loop, Loop::Tcp::socket socket,
                      const Loop::Tcp::endpoint& peer);

}  // namespace aizuchi::serve
