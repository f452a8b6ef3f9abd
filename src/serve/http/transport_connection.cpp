// One client, as a coroutine on its loop: read a request, have it answered, write the answer,
// again. Timeouts close the socket, which ends whatever the coroutine was waiting for.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "serve/http/address.h"
#include "serve/http/tls.h"
#include "serve/http/transport_intake.h"
#include "serve/http/transport_loop.h"

namespace aizuchi::serve {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Awaitable = asio::awaitable<void>;
constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);

constexpr size_t ciphertext_bytes = 17 * 1024;     // a record, and what is around it
constexpr size_t one_write_bytes_max = 16 * 1024;  // below, head and body are copied together
constexpr size_t linger_bytes_max = 4 * 1024 * 1024;
constexpr int64_t linger_ms_max = 2000;

class Connection final : public ResponseSink,
                         public LoopClient,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Loop> loop, tcp::socket socket, const tcp::endpoint& peer);
  static Awaitable run(std::shared_ptr<Connection> self);

  // ResponseSink: any thread.
  void answer(Self self, Response response) override;
  void dropped(Self self) override;
  void stream(Self self, Response head) override;
  bool write(Self self, std::string bytes) override;
  void end(Self self) override;

  // Loop's thread.
  void expire_if_due(int64_t now_ms) override;
  int64_t waits_since_ms() const override;
  void stop_if_idle() override;
  void close() override;

 private:
  enum class Phase : uint8_t { idle, head, body, answer, stream, write, linger };
  enum class Got : uint8_t { request, refusal, gone };

  asio::awaitable<Got> read_request();
  asio::awaitable<size_t> read_some(std::span<char> into);
  asio::awaitable<size_t> read_plain(std::span<char> into);
  asio::awaitable<size_t> read_tls(std::span<char> into);
  asio::awaitable<bool> handle();
  asio::awaitable<bool> write_answer();
  asio::awaitable<bool> write_stream();
  asio::awaitable<bool> write_all(std::string_view first, std::string_view second);
  asio::awaitable<bool> write_plain(std::string_view first, std::string_view second);
  asio::awaitable<bool> write_tls(std::string_view first, std::string_view second);
  asio::awaitable<bool> flush_tls();
  HeadContext head_context();
  void write_once(std::string_view bytes);
  Awaitable linger();
  Awaitable wake_up();

  Response decorated(Refusal reason);
  void enter_reading(int64_t idle_ms_max);
  bool account();
  void enter(Phase phase, int64_t time_ms_max);
  template <typename Work>
  void on_loop(Self self, Work work);
  void wake();
  const TransportOptions& options() const { return loop_->shared->options; }

  const std::shared_ptr<Loop> loop_;
  std::optional<tcp::socket> socket_;
  std::unique_ptr<TlsSession> tls_;  // null: plain HTTP
  std::vector<char> ciphertext_;     // as it came
  const std::string peer_;
  std::atomic<bool> alive_ = true;
  std::atomic<bool> stream_open_ = false;

  Phase phase_ = Phase::idle;
  int64_t phase_began_ms_ = 0;
  int64_t deadline_ms_ = never_ms;
  bool first_request_ = true;

  Intake intake_;
  size_t accounted_bytes_ = 0;
  bool must_linger_ = false;

  std::optional<Response> response_;
  bool streaming_ = false;
  bool stream_ended_ = false;
  std::string stream_bytes_;
  asio::steady_timer* waiter_ = nullptr;
  std::string output_;
};

// ---- Connection: its life

Connection::Connection(std::shared_ptr<Loop> loop, tcp::socket socket, const tcp::endpoint& peer)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      peer_(peer.address().to_string()),
      intake_(options().limits) {
  if (loop_->tls) tls_ = TlsSession::begin(loop_->tls);
}

Awaitable Connection::run(std::shared_ptr<Connection> self) {
  // However the coroutine ends, the loop forgets the connection; a Responder may still hold it.
  struct Leave {
    Connection* connection;
    ~Leave() {
      connection->close();
      connection->loop_->remove(connection);
      connection->socket_.reset();
      connection->loop_->shared->buffered_bytes -= std::exchange(connection->accounted_bytes_, 0);
    }
  } leave{self.get()};
  bool go_on = true;
  while (go_on) {
    const Got got = co_await self->read_request();
    if (got == Got::gone) co_return;
    go_on = got == Got::request ? co_await self->handle() : co_await self->write_answer();
    // Not when the request was given up: an open Responder may still read it.
    if (go_on) self->intake_.next();
  }
  if (self->tls_) {
    self->tls_->end();
    co_await self->flush_tls();
  }
  if (self->must_linger_) co_await self->linger();
}

void Connection::close() {
  alive_ = false;
  error_code ignored;
  if (socket_) socket_->close(ignored);
  wake();
}

void Connection::enter(Phase phase, int64_t time_ms_max) {
  phase_ = phase;
  phase_began_ms_ = coarse_ms();
  deadline_ms_ = time_ms_max == never_ms ? never_ms : phase_began_ms_ + time_ms_max;
}

int64_t Connection::waits_since_ms() const {
  const bool waits = phase_ == Phase::idle || phase_ == Phase::head || phase_ == Phase::body;
  return waits && alive_ ? phase_began_ms_ : never_ms;
}

void Connection::expire_if_due(int64_t now_ms) {
  if (now_ms < deadline_ms_ || !alive_) return;
  if (phase_ == Phase::head || phase_ == Phase::body) {
    const Response answer =
        decorated(phase_ == Phase::head ? Refusal::header_timeout : Refusal::body_timeout);
    std::string bytes;
    HeadContext context = head_context();
    context.keep_alive = false;
    append_head(bytes, answer, context);
    bytes += answer.body;
    write_once(bytes);
  }
  close();
}

// One try: the client is slow, we are not.
void Connection::write_once(std::string_view bytes) {
  error_code ignored;
  std::string ciphertext;
  if (tls_) {
    if (!tls_->write(bytes)) return;
    tls_->end();
    ciphertext = tls_->take_output();
    bytes = ciphertext;
  }
  socket_->write_some(asio::buffer(bytes), ignored);
  socket_->shutdown(tcp::socket::shutdown_send, ignored);
}

void Connection::stop_if_idle() {
  if (phase_ == Phase::idle || phase_ == Phase::stream || phase_ == Phase::linger) close();
}

// Sends our end, then drops what still comes, so that the client reads the answer and not a reset.
Awaitable Connection::linger() {
  if (!alive_) co_return;
  error_code ignored;
  socket_->shutdown(tcp::socket::shutdown_send, ignored);
  enter(Phase::linger, linger_ms_max);
  std::array<char, 4096> dropped_bytes;
  size_t dropped = 0;
  while (dropped < linger_bytes_max) {
    const size_t bytes = co_await read_some(dropped_bytes);
    if (bytes == 0) break;
    dropped += bytes;
  }
}

// ---- Connection: reading

// 0 when the client has ended or the connection was closed.
asio::awaitable<size_t> Connection::read_some(std::span<char> into) {
  return tls_ ? read_tls(into) : read_plain(into);
}

// The handshake too: it is what the first reading waits for, within its deadline.
asio::awaitable<size_t> Connection::read_tls(std::span<char> into) {
  while (true) {
    const TlsSession::Read got = tls_->read(into);
    if (!co_await flush_tls() || got.state == TlsSession::State::over) co_return 0;
    if (got.bytes > 0) co_return got.bytes;
    ciphertext_.resize(ciphertext_bytes);
    const size_t bytes = co_await read_plain(ciphertext_);
    if (bytes == 0) co_return 0;
    tls_->feed({ciphertext_.data(), bytes});
  }
}

asio::awaitable<bool> Connection::flush_tls() {
  const std::string bytes = tls_->take_output();
  if (bytes.empty()) co_return alive_;
  co_return co_await write_plain(bytes, {});
}

asio::awaitable<size_t> Connection::read_plain(std::span<char> into) {
  if (!alive_) co_return 0;
  auto [error, bytes] =
      co_await socket_->async_read_some(asio::buffer(into.data(), into.size()), awaiting);
  co_return alive_ && !error ? bytes : 0;
}

// Reads on until there is something to answer.
asio::awaitable<Connection::Got> Connection::read_request() {
  enter_reading(first_request_ ? options().header_timeout.ms : options().idle_timeout.ms);
  first_request_ = false;
  while (true) {
    const bool in_head = !intake_.head_was_read();
    const auto step = intake_.advance();
    if (step == Intake::Step::request) co_return Got::request;
    if (step == Intake::Step::refusal) {
      response_ = decorated(intake_.refusal());
      must_linger_ = response_->close;
      co_return Got::refusal;
    }
    if (!account()) {
      response_ = decorated(Refusal::overloaded);
      must_linger_ = true;
      co_return Got::refusal;
    }
    if (in_head && intake_.head_was_read()) enter(Phase::body, options().body_timeout.ms);
    if (step == Intake::Step::send_continue) {
      if (!co_await write_all("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return Got::gone;
      continue;
    }
    if (loop_->stopping() && intake_.idle()) co_return Got::gone;
    const size_t bytes = co_await read_some(intake_.room());
    if (bytes == 0) co_return Got::gone;
    intake_.filled(bytes);
    if (phase_ == Phase::idle) enter_reading(0);
  }
}

// Tells the others how many bytes this body holds; false when all together hold too many.
bool Connection::account() {
  auto& all = loop_->shared->buffered_bytes;
  const size_t bytes = intake_.held_bytes();
  if (bytes == accounted_bytes_) return true;
  const size_t sum = all.fetch_add(bytes - accounted_bytes_) + (bytes - accounted_bytes_);
  const bool grew = bytes > std::exchange(accounted_bytes_, bytes);
  return !grew || sum <= options().buffered_bytes_max;
}

void Connection::enter_reading(int64_t idle_ms_max) {
  if (intake_.idle()) {
    enter(Phase::idle, idle_ms_max);
  } else {
    enter(Phase::head, options().header_timeout.ms);
  }
}

Response Connection::decorated(Refusal reason) {
  count(loop_->counters.refused[static_cast<size_t>(reason)]);
  auto answer = refusal_answer(reason, options().limits);
  if (options().decorate_refusal) {
    options().decorate_refusal(intake_.head_was_read() ? &intake_.request() : nullptr, answer);
  }
  return answer;
}

// ---- Connection: answering

asio::awaitable<bool> Connection::handle() {
  enter(Phase::answer, never_ms);
  response_.reset();
  streaming_ = false;
  count(loop_->counters.requests);
  intake_.request().peer = peer_;
  try {
    loop_->shared->handler(intake_.request(), Responder(shared_from_this()));
  } catch (...) {  // the Responder it held has answered 500, or will answer from elsewhere
  }
  while (!response_ && alive_) co_await wake_up();
  if (!response_) co_return false;
  co_return streaming_ ? co_await write_stream() : co_await write_answer();
}

// Sleeps until wake(): the only way out of waiting for a handler.
Awaitable Connection::wake_up() {
  asio::steady_timer timer(loop_->io(), asio::steady_timer::time_point::max());
  waiter_ = &timer;
  co_await timer.async_wait(awaiting);
  waiter_ = nullptr;
}

void Connection::wake() {
  if (waiter_) waiter_->cancel();
}

template <typename Work>
void Connection::on_loop(Self self, Work work) {
  if (loop_->on_thread()) return work();
  loop_->post([self = std::move(self), work = std::move(work)]() mutable { work(); });
}

void Connection::answer(Self self, Response response) {
  on_loop(std::move(self), [this, response = std::move(response)]() mutable {
    response_ = std::move(response);
    wake();
  });
}

void Connection::dropped(Self self) {
  on_loop(std::move(self), [this] {
    if (!alive_) return;
    response_ = decorated(Refusal::unanswered);
    wake();
  });
}

void Connection::stream(Self self, Response head) {
  stream_open_ = true;
  on_loop(std::move(self), [this, head = std::move(head)]() mutable {
    streaming_ = true;
    stream_ended_ = false;
    stream_bytes_ = std::exchange(head.body, {});
    response_ = std::move(head);
    wake();
  });
}

bool Connection::write(Self self, std::string bytes) {
  if (!alive_ || !stream_open_) return false;
  on_loop(std::move(self), [this, bytes = std::move(bytes)] {
    if (!alive_ || !stream_open_) return;
    stream_bytes_ += bytes;
    if (stream_bytes_.size() > options().stream_bytes_max) return close();
    wake();
  });
  return alive_ && stream_open_;
}

void Connection::end(Self self) {
  on_loop(std::move(self), [this] {
    stream_ended_ = true;
    wake();
  });
}

// What is tried out on one machine does not keep its browser from what else stands there.
HeadContext Connection::head_context() {
  HeadContext out{.date = loop_->date(), .http_1_0 = intake_.head().minor_version == 0};
  const std::string_view host = intake_.request().header("host");
  out.only_tls = tls_ != nullptr && !host.empty() && !names_this_machine(host);
  return out;
}

// True when the connection can carry another request.
asio::awaitable<bool> Connection::write_answer() {
  Response answer = std::move(*response_);
  const auto& request = intake_.request();
  bool keep = request.keep_alive && !answer.close && !loop_->stopping();
  HeadContext context = head_context();
  context.keep_alive = keep;
  output_.clear();
  if (!append_head(output_, answer, context)) {
    answer = decorated(Refusal::bad_response);
    AIZ_ASSERT(append_head(output_, answer, context));
  }
  std::string_view body = answer.body;
  if (request.method == "HEAD" || !may_have_body(answer.status)) body = {};
  if (body.size() <= one_write_bytes_max) {
    output_ += body;
    body = {};
  }
  enter(Phase::write, options().write_timeout.ms);
  // Whoever else is ready is answered first, then all are written in a row: each write to a client
  // asleep costs waking it, a write to one that is awake does not.
  co_await asio::post(loop_->io(), asio::use_awaitable);
  if (!co_await write_all(output_, body)) co_return false;
  count(loop_->counters.responses);
  if (!keep && intake_.has_more()) must_linger_ = true;
  co_return keep;
}

asio::awaitable<bool> Connection::write_stream() {
  HeadContext context = head_context();
  const bool with_body = intake_.request().method != "HEAD" && may_have_body(response_->status);
  context.chunked = !context.http_1_0 && may_have_body(response_->status);
  context.until_close = context.http_1_0;
  context.keep_alive = intake_.request().keep_alive && !context.http_1_0 && !loop_->stopping();
  output_.clear();
  if (!append_head(output_, *response_, context)) {
    stream_open_ = false;
    response_ = decorated(Refusal::bad_response);
    response_->close = true;  // the ResponseStream may live on, and must not meet another request
    co_return co_await write_answer();
  }
  while (true) {
    const bool last = stream_ended_;
    const std::string bytes = std::exchange(stream_bytes_, {});
    if (with_body && !bytes.empty() && context.chunked) {
      output_ += fmt::format("{:x}\r\n", bytes.size());
      output_.append(bytes).append("\r\n");
    } else if (with_body) {
      output_ += bytes;
    }
    if (with_body && last && context.chunked) output_ += "0\r\n\r\n";
    enter(Phase::write, options().write_timeout.ms);
    if (!co_await write_all(output_, {})) co_return false;
    output_.clear();
    if (last) break;
    enter(Phase::stream, never_ms);
    while (alive_ && !stream_ended_ && stream_bytes_.empty()) co_await wake_up();
    if (!alive_) co_return false;
  }
  count(loop_->counters.responses);
  co_return context.keep_alive;
}

asio::awaitable<bool> Connection::write_all(std::string_view first, std::string_view second) {
  return tls_ ? write_tls(first, second) : write_plain(first, second);
}

asio::awaitable<bool> Connection::write_tls(std::string_view first, std::string_view second) {
  if (!alive_ || !tls_->write(first) || !tls_->write(second)) co_return false;
  co_return co_await flush_tls();
}

// Most answers fit the socket's buffer: one plain call, no suspension.
asio::awaitable<bool> Connection::write_plain(std::string_view first, std::string_view second) {
  if (!alive_) co_return false;
  std::array<asio::const_buffer, 2> buffers = {asio::buffer(first), asio::buffer(second)};
  error_code error;
  size_t written = socket_->write_some(buffers, error);
  if (error && error != asio::error::would_block) co_return false;
  if (written == first.size() + second.size()) co_return true;
  for (auto& each : buffers) {
    const size_t skip = std::min(written, each.size());
    each += skip;
    written -= skip;
  }
  auto [failure, bytes] = co_await asio::async_write(*socket_, buffers, awaiting);
  static_cast<void>(bytes);
  co_return alive_ && !failure;
}

}  // namespace

void serve_connection(std::shared_ptr<Loop> loop, Loop::Tcp::socket socket,
                      const Loop::Tcp::endpoint& peer) {
  auto& io = loop->io();
  auto connection = std::make_shared<Connection>(loop, std::move(socket), peer);
  loop->add(connection.get());
  asio::co_spawn(io, Connection::run(std::move(connection)), asio::detached);
}

}  // namespace aizuchi::serve
