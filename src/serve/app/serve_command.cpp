// serve: the server. The main thread is the partition's thread and the front door's; the admin door
// has a thread of its own and posts to it; a third waits for a signal to stop.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <thread>

#include "ground/catalog/snapshot.h"
#include "serve/app/commands.h"
#include "serve/courier/courier.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes.h"
#include "serve/http/tls.h"

namespace aizuchi::serve {

using ground::Duration;
using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr size_t admin_body_bytes_max = 64 << 20;  // a brand folder with its catalogue

struct Address {
  std::string host;
  uint16_t port = 0;
};

Result<Address> parse_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  Address out{.host = text.substr(0, colon)};
  if (out.host.starts_with('[') && out.host.ends_with(']'))
    out.host = out.host.substr(1, out.host.size() - 2);
  const char* end = text.data() + text.size();
  const auto [at, error] = colon == std::string::npos
                               ? std::from_chars_result{end, std::errc::invalid_argument}
                               : std::from_chars(text.data() + colon + 1, end, out.port);
  if (error != std::errc() || at != end || out.host.empty())
    return fail(ErrorCode::invalid, fmt::format("{} is not an address and port.", text),
                "For example: --listen 127.0.0.1:8080");
  return out;
}

ground::Rate rate_or(const std::optional<uint32_t>& given, uint32_t otherwise) {
  return rate_of(given.value_or(otherwise));
}

std::string url_of(const Address& address, const Transport& door) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  const std::string_view scheme = door.speaks_tls() ? "https" : "http";
  return ipv6 ? fmt::format("{}://[{}]:{}", scheme, address.host, door.port())
              : fmt::format("{}://{}:{}", scheme, address.host, door.port());
}

// Nobody listens on the way there.
bool on_this_machine(const Address& address) {
  const auto parsed = parse_net_address(address.host);
  return parsed && parsed->is_this_machine();
}

Result<std::shared_ptr<const TlsIdentity>> tls_of(const CommandOptions& options) {
  if (options.tls_certificate.empty()) return nullptr;
  return TlsIdentity::load(options.tls_certificate, options.tls_key);
}

// Signals are taken by one waiting thread: blocked before any thread begins, so that all inherit.
// SIGHUP is taken only where there is something to read anew; else it ends the process as ever.
class Signals {
 public:
  explicit Signals(bool reloads) {
    sigemptyset(&set_);
    if (reloads) sigaddset(&set_, SIGHUP);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  void wait_then(std::function<void()> stop, std::function<void()> reload) {
    waiting_ = std::jthread([this, stop = std::move(stop), reload](std::stop_token done) {
      const timespec look_up{.tv_sec = 0, .tv_nsec = 200'000'000};
      while (!done.stop_requested()) {
        const int signal = sigtimedwait(&set_, nullptr, &look_up);
        if (signal == SIGHUP) reload();
        if (signal > 0 && signal != SIGHUP) return stop();
      }
    });
  }

 private:
  sigset_t set_{};
  std::jthread waiting_;
};

// The doors, the partition behind them, and what ties them together.
class Server {
 public:
  static Result<std::unique_ptr<Server>> open(const CommandOptions& options);
  Result<void> publish_folder(const CommandOptions& options, Terminal& terminal);
  void greet(const CommandOptions& options, Terminal& terminal) const;
  // Until a signal. What it reads anew meanwhile it says at the terminal.
  void run(const CommandOptions& options, Terminal& terminal);
  Partition& partition() { return *partition_; }

 private:
  Result<void> listen(const CommandOptions& options);
  Result<void> listen_admin(const CommandOptions& options);

  explicit Server(bool reloads) : signals_(reloads) {}
  void reload(const CommandOptions& options, Terminal& terminal);

  Signals signals_;
  Address front_at_, admin_at_;
  std::unique_ptr<Transport> front_, admin_;  // outlive what posts to them
  std::unique_ptr<Courier> courier_;
  std::unique_ptr<Partition> partition_;
  std::unique_ptr<Routes> routes_;
};

Result<std::unique_ptr<Server>> Server::open(const CommandOptions& options) {
  std::unique_ptr<Server> server(new Server(!options.tls_certificate.empty()));
  TRY(server->listen(options));
  if (!options.one_port) TRY(server->listen_admin(options));
  Transport* front = server->front_.get();
  server->courier_ =
      curl_courier(TRY(AddressRanges::parse(options.webhook_networks, "--webhook-network")));
  const uint32_t newcomers = options.limit_newcomers.value_or(newcomers_per_second_default);
  auto partition = Partition::open(
      {.data_directory = options.data,
       .keyring_directory = options.keyring,
       .people_cached_bytes = options.people_memory_mib == 0 ? people_cached_bytes_default
                                                             : options.people_memory_mib << 20,
       .newcomers_per_second = newcomers,
       .newcomers_at_once = newcomers * newcomers_burst_seconds,
       .courier = server->courier_.get(),
       .post = [front](std::function<void()> work) { front->post(std::move(work)); }});
  if (!partition && is_held(partition.error()))
    return fail(ErrorCode::conflict,
                fmt::format("Another process has {} open, probably a server.", options.data),
                "A data directory has one server; stop the other one.");
  server->partition_ = TRY(std::move(partition));
  RoutesOptions routes;
  routes.post = [front](std::move_only_function<void()> work) { front->post(std::move(work)); };
  routes.backups_directory = options.backups.empty() ? options.data + "-backups" : options.backups;
  routes.shedding = [front] { return front->shedding(); };
  routes.wait_us = [front] { return front->wait_us(); };
  routes.limits = {.address = rate_or(options.limit_address, address_per_second_default),
                   .person = rate_or(options.limit_person, person_per_second_default),
                   .key = rate_or(options.limit_key, key_per_second_default),
                   .proxies = TRY(TrustedProxies::parse(options.trusted_proxies))};
  routes.transports = [raw = server.get()] {
    std::vector<std::pair<std::string, TransportStats>> out{{"front", raw->front_->stats()}};
    if (raw->admin_) out.emplace_back("admin", raw->admin_->stats());
    return out;
  };
  server->routes_ = std::make_unique<Routes>(*server->partition_, std::move(routes));
  return server;
}

Result<void> Server::listen(const CommandOptions& options) {
  front_at_ = TRY(parse_address(options.listen));
  TransportOptions transport{.address = front_at_.host, .port = front_at_.port};
  transport.tls = TRY(tls_of(options));
  transport.shed_after = Duration{options.shed_after_ms};
  transport.decorate_refusal = [this](const Request* request, Response& response) {
    routes_->decorate_refusal(request, response);
  };
  const Door door = options.one_port ? Door::both : Door::front;
  if (options.one_port) transport.limits.body_bytes_max = admin_body_bytes_max;
  front_ = TRY(Transport::listen(transport, [this, door](Request& request, Responder responder) {
    routes_->handle(request, std::move(responder), door);
  }));
  return {};
}

Result<void> Server::listen_admin(const CommandOptions& options) {
  admin_at_ = Address{.host = "127.0.0.1"};
  if (!options.admin.empty())
    admin_at_ = TRY(parse_address(options.admin));
  else if (front_at_.port != 0)
    admin_at_.port = static_cast<uint16_t>(front_at_.port + 1);
  TransportOptions transport{.address = admin_at_.host, .port = admin_at_.port};
  transport.limits.body_bytes_max = admin_body_bytes_max;
  if (!on_this_machine(admin_at_)) transport.tls = TRY(tls_of(options));
  // The request's views live as long as its responder, which travels along.
  admin_ = TRY(Transport::listen(transport, [this](Request& request, Responder responder) {
    front_->post([this, request, responder = std::move(responder)]() mutable {
      routes_->handle(request, std::move(responder), Door::admin);
    });
  }));
  return {};
}

Result<void> Server::publish_folder(const CommandOptions& options, Terminal& terminal) {
  const std::string& directory = options.brand;
  const ground::BrandFiles files = TRY(ground::read_brand_folder(directory));
  const Published published =
      TRY(partition_->publish(files, {.by = "serve", .prune = options.prune}));
  for (const ground::Finding& finding : published.findings)
    terminal.message(ground::format_finding(finding));
  const bool live = partition_->snapshot() != nullptr;
  if (published.changed) {
    terminal.message(fmt::format("Published {}: version {}.", directory, published.version));
  } else if (has_error(published)) {
    if (!live)
      return fail(ErrorCode::invalid, fmt::format("{} has errors and nothing is live.", directory),
                  fmt::format("aizuchi check {}", directory));
    terminal.message(fmt::format("{} has errors: version {} stays live.", directory,
                                 partition_->snapshot()->version));
  } else if (published.needs_prune) {
    for (const std::string& change : published.changes.lines)
      if (change.starts_with("- ")) terminal.message(change);
    terminal.message(fmt::format(
        "{} would remove what is listed above: version {} stays live.\n"
        "  Add --prune when that is meant; `aizuchi pull` writes what is live back to files.",
        directory, published.version));
  }
  return {};
}

void Server::greet(const CommandOptions& options, Terminal& terminal) const {
  const std::string front = url_of(front_at_, *front_);
  const std::string admin = admin_ ? url_of(admin_at_, *admin_) : front;
  if (options.json) terminal.data(fmt::format(R"({{"url":"{}","admin":"{}"}})", front, admin));
  terminal.message(fmt::format("Aizuchi serves {}", front));
  terminal.message(fmt::format("  operators   {}/metrics and /admin", admin));
  terminal.message(fmt::format("  the API     {}/openapi.json", front));
  if (!partition_->snapshot())
    terminal.message("No brand folder is published yet: it answers defaults only, keeps nothing.");
  const auto keys = partition_->keys();
  if (keys && keys->empty())
    terminal.message(
        fmt::format("There is no key yet. Stop the server, then:\n"
                    "  aizuchi keys create --source web --public --data {}",
                    options.data));
}

void Server::reload(const CommandOptions& options, Terminal& terminal) {
  const auto identity = tls_of(options);
  if (!identity) {
    terminal.message(fmt::format("{} The certificate stays as it was.", identity.error().message));
    return;
  }
  for (Transport* door : {front_.get(), admin_.get()})
    if (door != nullptr && door->speaks_tls()) door->set_tls(*identity);
  terminal.message(fmt::format("The certificate was read anew; it holds until {}.",
                               ground::format_instant((*identity)->expires_at())));
}

void Server::run(const CommandOptions& options, Terminal& terminal) {
  const auto stop = [this] {
    front_->stop();
    if (admin_) admin_->stop();
  };
  signals_.wait_then(stop, [this, &options, &terminal] { reload(options, terminal); });
  front_->every(Duration{10}, [this] { partition_->tick(); });
  front_->every(Duration{100}, [this] { routes_->tick(); });
  std::jthread admin;
  if (admin_) admin = std::jthread([this] { admin_->run(); });
  front_->run();
  if (admin_) admin_->stop();
}

}  // namespace

namespace {

// What the process knows is people's: a crash says where it was, and leaves nothing of them.
void keep_memory_private() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);  // a core that is piped to a program heeds no limit
  std::set_terminate([] {
    std::fputs(
        "aizuchi: an exception that nobody expected; it may quote what it met and is not "
        "printed. Everything acknowledged is kept.\n",
        stderr);
    std::abort();
  });
}

}  // namespace

Outcome run_serve(const CommandOptions& options, Terminal& terminal) {
  if (!options.core_dumps) keep_memory_private();
  const auto server = TRY(Server::open(options));
  if (!options.brand.empty()) TRY(server->publish_folder(options, terminal));
  server->greet(options, terminal);
  server->run(options, terminal);
  TRY(server->partition().flush());
  terminal.message("Stopped; everything acknowledged is kept.");
  return exit_ok;
}

}  // namespace aizuchi::serve
