// The floor of the HTTP transport: a server that answers every request with the same 600 bytes of
// JSON and knows nothing else. Compare it, on the same core and in the same minute, with nginx
// answering `return 200`: bench/http_floor.md says how.
//   http_floor PORT [THREADS]
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "serve/http/transport.h"

namespace {

volatile std::sig_atomic_t asked_to_stop = 0;
void on_signal(int) {
  asked_to_stop = 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace aizuchi::serve;
  TransportOptions options;
  options.port = static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 18080);
  options.threads = static_cast<size_t>(argc > 2 ? std::atoi(argv[2]) : 1);
  const std::string body = "{\"floor\":\"" + std::string(588, 'x') + "\"}";
  auto transport = Transport::listen(
      options, [&](Request&, Responder responder) { responder.send({.body = body}); });
  if (!transport) {
    std::fprintf(stderr, "%s\n", transport.error().message.c_str());
    return 1;
  }
  (*transport)->every({50}, [&] {
    if (asked_to_stop) (*transport)->stop();
  });
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  (*transport)->run();
}
