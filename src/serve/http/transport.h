// HTTP/1.1 over TCP: reads requests, guards their framing (framing.h), hands them to one handler
// and writes the answers in order. Knows no route and no engine.
//
// Threads: each thread has its own event loop and, when there is more than one, its own listening
// socket (SO_REUSEPORT); a connection lives on one thread. With one thread (the default) the
// handler, posted functions and timers all run on the thread that called run(), so an engine
// partition can live there and answer without a hop. The handler must not block.
// Promises: every request that was read whole is answered exactly once, in order; nothing a client
// sends or withholds makes it grow beyond the limits or wait beyond the deadlines; a request that
// two readers could frame differently is refused and its connection closed.
// Cost: one read and one write call a request, no allocation beyond the handler's own answer for a
// request that fits the connection's buffer.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "ground/base/result.h"
#include "ground/base/time.h"
#include "serve/http/pressure.h"
#include "serve/http/refusal.h"
#include "serve/http/request.h"
#include "serve/http/response.h"

namespace aizuchi::serve {

class TlsIdentity;  // tls.h

using Handler = std::function<void(Request&, Responder)>;

struct TransportOptions {
  std::string address = "127.0.0.1";  // a numeric IPv4 or IPv6 address
  uint16_t port = 0;                  // 0: any free port, see Transport::port()
  size_t threads = 1;
  HttpLimits limits = {};
  size_t connections_max = 4096;  // over all threads; one more is answered 429
  size_t buffered_bytes_max =
      256 * 1024 * 1024;  // bodies being read, over all; more is answered 429
  ground::Duration header_timeout = ground::Duration::seconds(10);  // first byte to end of headers
  ground::Duration body_timeout = ground::Duration::seconds(30);    // end of headers to end of body
  ground::Duration write_timeout = ground::Duration::seconds(30);   // one answer taken whole
  ground::Duration idle_timeout = ground::Duration::seconds(75);    // between requests
  std::shared_ptr<const TlsIdentity> tls = {};                      // null: plain HTTP
  size_t stream_bytes_max = 256 * 1024;  // unsent bytes of a ResponseStream; more cuts it off
  ground::Duration shed_after = {};      // see pressure.h; zero: nothing is given up
  ground::Duration stop_grace = ground::Duration::seconds(2);  // open requests after stop()
  // May add headers (CORS) to the transport's own error answers. The request is null when its
  // head was not read. Runs on the connection's thread.
  std::function<void(const Request*, Response&)> decorate_refusal = {};
};

struct TransportStats {
  uint64_t connections_open = 0;
  uint64_t connections_total = 0;
  uint64_t requests = 0;                             // handed to the handler
  uint64_t responses = 0;                            // written whole, refusals included
  ground::Instant certificate_expires_at;            // 0: no TLS
  std::array<uint64_t, refusal_count> refused = {};  // by Refusal
  uint64_t refused_for(Refusal reason) const { return refused[static_cast<size_t>(reason)]; }
};

class Transport {
 public:
  // Binds and listens; nothing is accepted before run(). Errors: invalid (address), conflict (the
  // port is taken), forbidden (a privileged port), unavailable.
  static ground::Result<std::unique_ptr<Transport>> listen(TransportOptions options,
                                                           Handler handler);
  virtual ~Transport() = default;  // run() must have returned, or never been called

  virtual uint16_t port() const = 0;
  virtual bool speaks_tls() const = 0;
  // Serves until stop(); blocks. Once only.
  virtual void run() = 0;
  // Any thread, any time: stops accepting, closes idle connections, gives open requests up to
  // `stop_grace`, then closes them; run() returns. A Responder that outlives it does nothing.
  // Not from a signal handler (it locks): set a flag there that a timer reads.
  virtual void stop() = 0;
  // For connections that begin from now on; those that are open keep what they have. Any thread,
  // of a transport that began with TLS.
  virtual void set_tls(std::shared_ptr<const TlsIdentity> identity) = 0;
  // Runs it on the thread of run(), soon, in the order given. Any thread; dropped after stop.
  virtual void post(std::move_only_function<void()> work) = 0;
  // Runs it on the thread of run() each `period`, first after one period, until stop().
  virtual void every(ground::Duration period, std::move_only_function<void()> work) = 0;
  virtual TransportStats stats() const = 0;  // any thread
  // What is to be given up of what is looked at now. On the thread of run(), and of its requests.
  virtual Shed shedding() = 0;
  virtual int64_t wait_us() const = 0;  // the last that was measured; the same thread
};

}  // namespace aizuchi::serve
