// The servers that bench/run.py sends load to: the engine behind its routes, and the bare server
// that ingest-single is held against: the same transport, one parse, five puts, a group commit.
#include <simdjson.h>

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "bench/measure.h"
#include "bench/world.h"
#include "ground/base/bytes.h"
#include "ground/store/store.h"
#include "serve/http/routes.h"

namespace aizuchi::bench {

namespace {

volatile std::sig_atomic_t asked_to_stop = 0;
void on_signal(int) {
  asked_to_stop = 1;
}

// Serves until SIGTERM; tells the port on a line of its own.
void serve_until_told(serve::Transport& transport, const std::function<void()>& tick) {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  transport.every({10}, [&] {
    tick();
    if (asked_to_stop) transport.stop();
  });
  print_figures({{"port", transport.port()}});
  transport.run();
}

}  // namespace

int run_serve(const BenchOptions& options) {
  const TemporaryDirectory directory;
  std::unique_ptr<serve::Transport> transport;
  World world({.data_directory = directory.path() + "/data",
               .post = [&](std::function<void()> work) { transport->post(std::move(work)); }});
  world.people(options.quick ? 100 : 1000);
  serve::Routes routes(*world.partition, {});
  auto listening = serve::Transport::listen(
      {.port = options.port}, [&](serve::Request& request, serve::Responder responder) {
        routes.handle(request, std::move(responder), serve::Door::both);
      });
  AIZ_ASSERT(listening.has_value());
  transport = *std::move(listening);
  serve_until_told(*transport, [&] { world.partition->tick(); });
  (void)world.partition->flush();  // waits for what still posts to the transport
  return 0;
}

int run_bare_server(const BenchOptions& options) {
  const TemporaryDirectory directory;
  auto store = ground::open_rocks_store({.directory = directory.path() + "/data"});
  AIZ_ASSERT(store.has_value());
  std::unique_ptr<serve::Transport> transport;
  simdjson::ondemand::parser parser;
  uint64_t sequence = 0;
  const auto answer = [&](serve::Request& request, serve::Responder responder) {
    const simdjson::padded_string padded(request.body);
    std::string_view id, person;
    auto document = parser.iterate(padded);
    if (document["messageId"].get(id) || document["anonymousId"].get(person))
      return responder.send({.status = 400});
    ground::ByteWriter key;
    key.be64(++sequence);
    ground::Batch batch;
    batch.put(ground::Space::log, key.view(), request.body);
    batch.put(ground::Space::history, fmt::format("{}{}", person, key.view()), "");
    batch.put(ground::Space::seen, id, key.view());
    batch.put(ground::Space::state, person, std::string_view(request.body).substr(0, 500));
    batch.put(ground::Space::meta, "applied", key.view());
    auto shared = std::make_shared<serve::Responder>(std::move(responder));
    (*store)->commit(std::move(batch), ground::Durability::synced,
                     [&, shared](const ground::Result<void>& written) {
                       const int status = written ? 200 : 503;
                       transport->post([shared, status] {
                         shared->send({.status = status, .body = R"({"success":true})"});
                       });
                     });
  };
  auto listening = serve::Transport::listen({.port = options.port}, answer);
  AIZ_ASSERT(listening.has_value());
  transport = *std::move(listening);
  serve_until_told(*transport, [] {});
  AIZ_ASSERT((*store)->commit_and_wait({}, ground::Durability::synced).has_value());
  return 0;
}

}  // namespace aizuchi::bench
