// TLS between a socket and what reads it, without either: ciphertext goes in and comes out as
// bytes, so that the transport keeps its own reading, writing and deadlines. TLS 1.2 and 1.3, no
// renegotiation, no compression, HTTP/1.1 by ALPN.
//
// Promises: nothing of a connection is read or written in the clear; a certificate that is loaded
// anew is for connections that begin then, the others keep theirs. Threads: an identity is
// immutable and shared, a session belongs to its connection's thread. Cost: a handshake about 1 ms
// (RSA 2048; 0.2 ms with ECDSA), then 1 us and 1 ns a byte; some 40 KiB a connection.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ground/base/result.h"
#include "ground/base/time.h"

namespace aizuchi::serve {

// A certificate with its chain, and its key.
class TlsIdentity {
 public:
  // PEM files; the key without a passphrase. Errors: invalid, with the file and what is wrong.
  static ground::Result<std::shared_ptr<const TlsIdentity>> load(const std::string& certificate,
                                                                 const std::string& key);
  virtual ~TlsIdentity() = default;
  virtual ground::Instant expires_at() const = 0;

 protected:
  TlsIdentity() = default;
};

class TlsSession {
 public:
  static std::unique_ptr<TlsSession> begin(std::shared_ptr<const TlsIdentity> identity);
  virtual ~TlsSession() = default;

  enum class State : uint8_t { open, over };  // over: the client has ended, or broke the protocol
  struct Read {
    State state = State::open;
    size_t bytes = 0;  // 0 while open: more has to be fed
  };
  virtual void feed(std::string_view ciphertext) = 0;  // from the socket
  virtual Read read(std::span<char> into) = 0;
  // False when the handshake is not done or the session is over.
  virtual bool write(std::string_view plaintext) = 0;
  virtual void end() = 0;                 // says that nothing more will be written
  virtual std::string take_output() = 0;  // for the socket; look after each of the above

 protected:
  TlsSession() = default;
};

}  // namespace aizuchi::serve
