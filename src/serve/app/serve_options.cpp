#include "serve/app/serve_options.h"

#include <CLI/CLI.hpp>

namespace aizuchi::serve {

namespace {

void add_limits(CLI::App& serve, CommandOptions& o) {
  const auto limit = [&](const char* name, auto& into, const char* note) {
    serve.add_option(name, into, note)->check(CLI::Range(0, 1'000'000));
  };
  limit("--limit-address", o.limit_address, "Requests/s of an address, without a secret key (500)");
  limit("--limit-person", o.limit_person, "Requests and events/s of a device or person (50)");
  limit("--limit-key", o.limit_key, "Requests/s with a public key (20000); 0: no limit");
  limit("--limit-newcomers", o.limit_newcomers, "New people/s that a public key makes (500)");
  serve
      .add_option("--shed-after", o.shed_after_ms,
                  "ms in line until decisions are given up (20); 0: never")
      ->check(CLI::Range(0, 10'000));
  serve.add_option("--trusted-proxy", o.trusted_proxies, "Whose X-Forwarded-For to believe (CIDR)");
}

}  // namespace

void add_serve_options(CLI::App& serve, CommandOptions& o) {
  serve.add_option("--brand", o.brand, "A brand folder to publish at the start, if changed");
  serve.add_option("--listen", o.listen, "Address and port (127.0.0.1:8080; port 0: any)");
  serve.add_option("--admin", o.admin, "The admin port (127.0.0.1, one above --listen)");
  serve.add_flag("--prune", o.prune, "Let that folder remove what it no longer has");
  serve.add_option("--people-memory", o.people_memory_mib, "MiB for people kept at hand (128)")
      ->check(CLI::Range(size_t{8}, size_t{1} << 20));
  serve.add_option("--backups", o.backups, "Where backups are made (DATA-backups)");
  serve.add_flag("--one-port", o.one_port, "Serve /admin and /metrics on --listen too");
  CLI::Option* certificate = serve.add_option("--tls-cert", o.tls_certificate,
                                              "Speak TLS: the certificate and its chain, in PEM");
  CLI::Option* key = serve.add_option("--tls-key", o.tls_key, "Its key, in PEM; SIGHUP reads both");
  certificate->needs(key);
  key->needs(certificate);
  serve.add_flag("--core-dumps", o.core_dumps,
                 "Let a crash leave a core, which holds personal data");
  serve.add_option("--webhook-network", o.webhook_networks,
                   "Where webhooks may go beside public addresses (CIDR)");
  add_limits(serve, o);
}

}  // namespace aizuchi::serve
