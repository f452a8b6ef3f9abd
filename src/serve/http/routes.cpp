#include "serve/http/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "ground/base/text.h"
#include "ground/catalog/snapshot.h"
#include "remember/identity/identity.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::Result;

bool same_origin(const Request& request, std::string_view origin) {
  const std::string_view host = request.header("host");
  return !host.empty() &&
         (origin == fmt::format("http://{}", host) || origin == fmt::format("https://{}", host));
}

namespace {

struct Route {
  std::string_view method;
  std::string_view pattern;
  Door door;
  Answering answer;
};

constexpr Route table[] = {
    // Segment's tracking API and its short forms.
    {"POST", "/v1/batch", Door::front, answer_batch},
    {"POST", "/v1/import", Door::front, answer_batch},
    {"POST", "/v1/b", Door::front, answer_batch},
    {"POST", "/v1/track", Door::front, answer_single},
    {"POST", "/v1/identify", Door::front, answer_single},
    {"POST", "/v1/page", Door::front, answer_single},
    {"POST", "/v1/screen", Door::front, answer_single},
    {"POST", "/v1/group", Door::front, answer_single},
    {"POST", "/v1/alias", Door::front, answer_single},
    {"POST", "/v1/t", Door::front, answer_single},
    {"POST", "/v1/i", Door::front, answer_single},
    {"POST", "/v1/p", Door::front, answer_single},
    {"POST", "/v1/s", Door::front, answer_single},
    {"POST", "/v1/g", Door::front, answer_single},
    {"POST", "/v1/a", Door::front, answer_single},
    {"POST", "/v1/m", Door::front, answer_client_metrics},
    {"GET", "/v1/projects/{key}/settings", Door::front, answer_settings},
    // Decisions and what came of them.
    {"POST", "/v1/decide", Door::front, answer_decide},
    {"GET", "/v1/decisions/{id}/why", Door::front, answer_why},
    {"POST", "/v1/decisions/{id}/odd", Door::front, answer_mark_odd},
    {"POST", "/v1/exposures", Door::front, answer_exposure},
    {"POST", "/v1/outcomes", Door::front, answer_outcome},
    // The person's side, and a server's view of a person.
    {"POST", "/v1/devices", Door::front, answer_device},
    {"GET", "/v1/me/purposes", Door::front, answer_purposes},
    {"PUT", "/v1/me/purposes/{id}", Door::front, answer_set_purpose},
    {"GET", "/v1/me", Door::front, answer_me},
    {"GET", "/v1/me/export", Door::front, answer_export_me},
    {"POST", "/v1/me/stop", Door::front, answer_stop_me},
    {"GET", "/v1/me/question", Door::front, answer_question},
    {"POST", "/v1/me/answers", Door::front, answer_answer},
    {"POST", "/v1/me/tell", Door::front, answer_tell},
    {"GET", "/v1/me/felt", Door::front, answer_ask_felt},
    {"POST", "/v1/me/felt", Door::front, answer_tell_felt},
    {"PATCH", "/v1/me/facts/{key}", Door::both, answer_correct_me},
    {"DELETE", "/v1/me/facts/{key}", Door::both, answer_forget_me},
    {"PUT", "/v1/me/facts/{key}/use", Door::both, answer_use_of_fact},
    {"DELETE", "/v1/me", Door::front, answer_erase_me},
    {"PUT", "/v1/me/pause", Door::front, answer_set_pause},
    {"PUT", "/v1/me/frequency", Door::front, answer_set_frequency},
    {"GET", "/me", Door::front, answer_centre},
    {"GET", "/me/{page}", Door::front, answer_centre_page},
    {"GET", "/me/mail/{token}", Door::front, answer_centre_link},
    {"POST", "/me/mail/{token}", Door::front, answer_open_centre_link},
    {"POST", "/me/{deed}", Door::front, answer_centre_deed},
    {"POST", "/v1/mailbox-links", Door::both, answer_mint_mailbox},
    {"GET", "/u/{token}", Door::front, answer_mailbox},
    {"POST", "/u/{token}", Door::front, answer_stop_by_mailbox},
    {"GET", receipt_keys_path, Door::both, answer_receipt_keys},
    {"GET", "/.well-known/gpc.json", Door::both, answer_opt_out_signal},
    {"GET", "/v1/people/{id}", Door::front, answer_person},
    {"DELETE", "/v1/people/{id}", Door::both, answer_erase_person},
    {"GET", "/v1/people/{id}/events", Door::front, answer_person_events},
    {"POST", "/v1/events:find", Door::front, answer_find_events},
    {"GET", "/v1/exports/{kind}", Door::front, answer_export},
    {"GET", "/v1/key", Door::front, answer_own_key},
    // OpenFeature (OFREP 0.3.0): a slot is a flag.
    {"POST", "/ofrep/v1/evaluate/flags/{key}", Door::front, answer_flag},
    {"POST", "/ofrep/v1/evaluate/flags", Door::front, answer_flags},
    {"GET", "/ofrep/v1/stream", Door::front, answer_flag_stream},
    {"GET", "/v1/flag-manifest", Door::front, answer_flag_manifest},
    {"GET", "/openfeature/v0/manifest", Door::front, answer_flag_list},
    // Publishing, keys and operation.
    {"GET", "/admin/api/publish", Door::admin, answer_published},
    {"POST", "/admin/api/publish", Door::admin, answer_publish},
    {"GET", "/admin/api/versions", Door::admin, answer_versions},
    {"POST", "/admin/api/rollback", Door::admin, answer_rollback},
    {"GET", "/admin/api/stops", Door::admin, answer_stops},
    {"POST", "/admin/api/stops", Door::admin, answer_stop},
    {"POST", "/admin/api/starts", Door::admin, answer_start},
    {"POST", "/v1/said", Door::both, answer_said},
    {"POST", "/v1/threads", Door::both, answer_threads},
    {"PUT", "/v1/products:batch", Door::both, answer_products},
    {"GET", "/admin/api/backups", Door::admin, answer_backups},
    {"POST", "/admin/api/backups", Door::admin, answer_backup},
    {"GET", "/admin/api/keys", Door::admin, answer_keys},
    {"POST", "/admin/api/keys", Door::admin, answer_create_key},
    {"DELETE", "/admin/api/keys/{id}", Door::admin, answer_revoke_key},
    {"GET", "/admin/api/audit", Door::admin, answer_audit},
    {"GET", "/admin/api/audit:verify", Door::admin, answer_audit_verify},
    {"GET", "/admin/api/audiences", Door::admin, answer_audiences},
    {"POST", "/admin/api/audiences:count", Door::admin, answer_count_audiences},
    {"GET", "/admin/api/audiences/{name}/members", Door::admin, answer_members},
    {"GET", "/admin/api/give-backs", Door::admin, answer_give_backs},
    {"GET", "/admin/api/owed", Door::admin, answer_owed},
    {"GET", "/admin/api/odd", Door::admin, answer_odd},
    {"POST", "/admin/api/odd:resume", Door::admin, answer_resume_odd},
    {"GET", "/admin/api/felt", Door::admin, answer_felt},
    {"GET", "/admin/api/population", Door::admin, answer_population},
    {"POST", "/admin/api/population:count", Door::admin, answer_count_population},
    {"GET", "/admin/api/recommender", Door::admin, answer_recommender},
    {"POST", "/admin/api/recommender:train", Door::admin, answer_train_recommender},
    {"GET", "/admin/api/choice", Door::admin, answer_choice},
    {"POST", "/admin/api/choice:train", Door::admin, answer_train_choice},
    {"GET", "/admin/api/values", Door::admin, answer_values},
    {"POST", "/admin/api/values:train", Door::admin, answer_train_values},
    {"GET", "/admin/api/webhooks", Door::admin, answer_webhooks},
    {"POST", "/admin/api/webhooks", Door::admin, answer_add_webhook},
    {"DELETE", "/admin/api/webhooks/{id}", Door::admin, answer_remove_webhook},
    {"POST", "/admin/api/webhooks/{id}/rotate", Door::admin, answer_rotate_webhook},
    {"POST", "/admin/api/webhooks/{id}/test", Door::admin, answer_test_webhook},
    {"POST", "/admin/api/webhooks/{id}/skip", Door::admin, answer_skip_message},
    {"GET", "/metrics", Door::admin, answer_metrics},
    {"GET", "/healthz", Door::both, answer_health},
    {"GET", "/readyz", Door::both, answer_ready},
    {"GET", "/openapi.json", Door::both, answer_openapi},
    {"GET", "/sdk/{file}", Door::front, answer_sdk},
};

bool stands_at(const Route& route, Door door) {
  return route.door == door || route.door == Door::both || door == Door::both;
}

// Does the path fit the pattern? Then `parameters` are what stands for its {names}.
bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& parameters) {
  const auto wanted = ground::split(pattern, '/');
  const auto given = ground::split(path, '/');
  if (wanted.size() != given.size()) return false;
  std::vector<std::string> found;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].starts_with('{')) {
      if (wanted[i] != given[i]) return false;
      continue;
    }
    auto decoded = percent_decoded(given[i]);
    if (!decoded || decoded->empty()) return false;
    found.push_back(*std::move(decoded));
  }
  parameters = std::move(found);
  return true;
}

// Without a list nobody was named: pages of this server, and while it is tried out on one machine,
// those of that machine.
bool origin_allowed(const Request& request, const ground::Snapshot* snapshot) {
  const std::string_view origin = request.header("origin");
  if (origin.empty() || snapshot == nullptr || same_origin(request, origin)) return true;
  if (std::ranges::find(snapshot->origins, origin) != snapshot->origins.end()) return true;
  const size_t scheme = origin.find("://");
  return snapshot->origins.empty() && scheme != std::string_view::npos &&
         names_this_machine(origin.substr(scheme + 3)) &&
         names_this_machine(request.header("host"));
}

// What every answer carries, so that a browser lets its page read it. The request is null when
// nothing of it was read.
Exchange::Headers cors_headers(const Request* request, const ground::Snapshot* snapshot) {
  Exchange::Headers out;
  const std::string_view origin = request == nullptr ? "" : request->header("origin");
  // A browser that asks for another page's sake always says for which.
  if (snapshot == nullptr || (snapshot->origins.empty() && origin.empty())) {
    out.emplace_back("Access-Control-Allow-Origin", "*");
  } else {
    out.emplace_back("Vary", "Origin");
    if (!origin.empty() && origin_allowed(*request, snapshot))
      out.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  }
  out.emplace_back("Access-Control-Expose-Headers", "ETag, Retry-After, Aizuchi-Decision");
  return out;
}

}  // namespace

struct Routes::State {
  State(Partition& partition, RoutesOptions options)
      : desk{.partition = partition,
             .limits = Limits(options.limits, partition.dice()),
             .options = std::move(options)} {
    for (const Route& route : table)
      if (route.pattern.find('{') == std::string_view::npos)
        exact[route.pattern].push_back(&route);
      else
        patterns.push_back(&route);
  }

  // All routes of a path at this door, whatever their method.
  std::vector<const Route*> find(std::string_view path, Door door,
                                 std::vector<std::string>& parameters) const {
    std::vector<const Route*> out;
    const auto at = exact.find(path);
    if (at != exact.end()) {
      for (const Route* route : at->second)
        if (stands_at(*route, door)) out.push_back(route);
      return out;
    }
    for (const Route* route : patterns)
      if (stands_at(*route, door) && fits(route->pattern, path, parameters)) out.push_back(route);
    return out;
  }

  // Is there no time for this? Counts it then.
  bool gives_up(Shed kind) {
    if (!desk.options.shedding || kind == Shed::nothing || kind > desk.options.shedding())
      return false;
    ++desk.shed[static_cast<size_t>(kind)];
    return true;
  }

  Desk desk;
  std::unordered_map<std::string_view, std::vector<const Route*>> exact;
  std::vector<const Route*> patterns;
};

namespace {

std::string allow(const std::vector<const Route*>& routes) {
  std::set<std::string_view> methods{"OPTIONS"};
  for (const Route* route : routes) {
    methods.insert(route->method);
    if (route->method == "GET") methods.insert("HEAD");
  }
  return fmt::format("{}", fmt::join(methods, ", "));
}

void answer_preflight(Exchange& exchange, const std::vector<const Route*>& routes) {
  Response response{.status = 204, .content_type = ""};
  const std::string methods = routes.empty() ? "GET, HEAD, OPTIONS, POST, PUT" : allow(routes);
  response.headers.emplace_back("Allow", methods);
  if (!exchange.request.header("access-control-request-method").empty()) {
    response.headers.emplace_back("Access-Control-Allow-Methods", methods);
    response.headers.emplace_back(
        "Access-Control-Allow-Headers",
        "authorization, content-type, if-none-match, x-retry-count, x-api-key, aizuchi-device");
    response.headers.emplace_back("Access-Control-Max-Age", "3600");
  }
  exchange.send(std::move(response));
}

void answer_not_found(Exchange& exchange, Door door) {
  std::vector<std::string> near;
  for (const Route& route : table) {
    if (!stands_at(route, door)) {
      std::vector<std::string> ignored;
      if (fits(route.pattern, exchange.request.path, ignored))
        return exchange.fail(404, "not_found", "This path is not served at this port.",
                             "/metrics and /admin are on the admin port, /v1 on the other one; "
                             "`aizuchi serve` prints both.");
    } else {
      near.emplace_back(route.pattern);
    }
  }
  const std::string meant = ground::nearest(exchange.request.path, near);
  exchange.fail(404, "not_found", "There is nothing at this path.",
                meant.empty() ? "All paths are listed at /openapi.json."
                              : fmt::format("Did you mean {}?", meant));
}

// What a load balancer asks.
bool is_probe(std::string_view path) {
  return path == "/healthz" || path == "/readyz";
}

// What gives way to what: the further down in Shed, the later. Nothing: it never does.
Shed kind_of(const Route& route) {
  if (is_probe(route.pattern) || route.answer == answer_metrics) return Shed::nothing;
  const bool decides =
      route.answer == answer_decide || route.answer == answer_flag || route.answer == answer_flags;
  if (decides) return Shed::decisions;
  const bool looks = route.pattern.starts_with("/v1/people/") ||
                     route.pattern.starts_with("/v1/exports/") || route.answer == answer_why ||
                     route.answer == answer_find_events || route.answer == answer_openapi;
  // A person's own side is not below events.
  return route.door != Door::front || looks ? Shed::admin : Shed::ingest;
}

// What reads back what may still be queued, or writes it anew.
bool waits_for_disk(const Route& route) {
  static constexpr Answering those[] = {answer_me,          answer_export_me,     answer_why,
                                        answer_mark_odd,    answer_erase_me,      answer_forget_me,
                                        answer_tell,        answer_erase_person,  answer_export,
                                        answer_find_events, answer_person_events, answer_centre,
                                        answer_centre_page, answer_centre_deed};
  return std::ranges::find(those, route.answer) != std::end(those);
}

bool names_key(const Request& request) {
  return !request.header("authorization").empty() || !request.header("x-api-key").empty();
}

}  // namespace

Routes::Routes(Partition& partition, RoutesOptions options)
    : state_(std::make_unique<State>(partition, std::move(options))) {}
Routes::~Routes() = default;

void Routes::handle(Request& request, Responder responder, Door door) {
  const auto snapshot = state_->desk.partition.snapshot();
  auto headers = cors_headers(&request, snapshot.get());
  headers.emplace_back("Cache-Control", "private, no-store");
  const auto exchange = std::make_shared<Exchange>(
      request, std::move(responder), std::move(headers), state_->desk.answers_by_class.data());
  const auto routes = state_->find(request.path, door, exchange->parameters);
  if (request.method == "OPTIONS") return answer_preflight(*exchange, routes);
  // Whatever is asked for, also what is not there. At the admin door only whoever guesses at keys.
  if (!is_probe(request.path) && (door != Door::admin || names_key(request)))
    if (const auto charged = state_->desk.charge_address(request); !charged)
      return exchange->fail(charged.error());
  if (routes.empty()) return answer_not_found(*exchange, door);
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  const auto route = std::ranges::find(routes, method, &Route::method);
  if (route == routes.end()) {
    const std::string methods = allow(routes);
    Response response{
        .status = 405,
        .body = error_json("method_not_allowed", "This path does not take this method.",
                           fmt::format("It takes {}.", methods))};
    response.headers.emplace_back("Allow", methods);
    return exchange->send(std::move(response));
  }
  if (!origin_allowed(request, snapshot.get()))
    return exchange->fail(403, "origin_not_allowed", "Pages of this origin may not ask here.",
                          snapshot->origins.empty()
                              ? "List your pages' origins as `origins` in brand.yaml and publish; "
                                "without a list only pages of this server may ask."
                              : "Add the origin to `origins` in brand.yaml and publish.");
  if (const Shed kind = kind_of(**route); state_->gives_up(kind)) {
    exchange->given_up = kind == Shed::decisions;
    if (!exchange->given_up)
      return exchange->fail(429, "busy", "The server is overloaded.",
                            "Try again as Retry-After says; decisions go before events, and "
                            "events before everything else.");
  }
  if (!waits_for_disk(**route)) return (*route)->answer(state_->desk, exchange);
  state_->desk.partition.when_written(
      [desk = &state_->desk, exchange, answer = (*route)->answer](const Result<Ingested>& written) {
        if (!written) return exchange->fail(written.error());
        answer(*desk, exchange);
      });
}

void Routes::tick() {
  state_->desk.streams.tick(state_->desk.partition);
}

void Routes::decorate_refusal(const Request* request, Response& response) const {
  const auto snapshot = state_->desk.partition.snapshot();
  for (auto& header : cors_headers(request, snapshot.get()))
    response.headers.push_back(std::move(header));
}

std::vector<RouteName> Routes::all() {
  std::vector<RouteName> out;
  for (const Route& route : table) out.push_back({route.method, route.pattern});
  return out;
}

Result<Key> Desk::admit(const Request& request, Scope scope, Kind kind, std::string_view body_key) {
  std::string text = credential(request);
  if (text.empty()) text = body_key;
  if (text.empty())
    return ground::fail(ErrorCode::unauthorized, "This needs a key.",
                        "Send it as the user name of Basic, as a Bearer token, or as \"writeKey\" "
                        "in the body; `aizuchi keys create` makes one.");
  Key key = TRY(partition.check_key(text));
  // Every browser says one of the two; of its own page's question it says no origin.
  if (key.secret && !(request.header("origin").empty() && request.header("sec-fetch-site").empty()))
    return ground::fail(ErrorCode::forbidden, "A secret key was sent from a browser page.",
                        "Everyone who opens the page can read it: revoke this key, use a public "
                        "key (pk_…) in pages and the secret one in your servers.");
  if (kind == Kind::secret && !key.secret)
    return ground::fail(ErrorCode::forbidden, "This needs a secret key.",
                        "Use a key that begins with sk_, from a server.");
  if (!key.may(scope))
    return ground::fail(ErrorCode::forbidden,
                        fmt::format("This key lacks the scope \"{}\".", to_string(scope)),
                        fmt::format("Create a key with it: aizuchi keys create --secret --scopes "
                                    "{} --source …",
                                    to_string(scope)));
  TRY(charge_key(key));
  return key;
}

bool Desk::names_secret_key(const Request& request) {
  const std::string text = credential(request);
  if (text.empty() || text.starts_with("pk_")) return false;
  const auto key = partition.check_key(text);
  return key && key->secret;
}

Result<void> Desk::charge_address(const Request& request) {
  const LimitOptions& given = limits.options();
  if (given.address.per_second == 0) return {};
  const auto client = given.proxies.client_of(request);
  if ((client && client->is_this_machine()) || names_secret_key(request)) return {};
  if (!client) return std::unexpected(client.error());
  if (limits.take(Limits::Of::address, client->subscriber(), 1, partition.clock().monotonic_us())
          .ms == 0)
    return {};
  return ground::fail(ErrorCode::busy, "This address asks more often than it may.",
                      "Try again as Retry-After says. An operator sets it with --limit-address; "
                      "behind a proxy that is named with --trusted-proxy clients are told apart.");
}

Result<void> Desk::charge_key(const Key& key) {
  const ground::Rate own = rate_of(key.per_second);
  if (key.secret && own.per_second == 0) return {};
  if (limits.take(Limits::Of::key, key.id, 1, partition.clock().monotonic_us(), own).ms == 0)
    return {};
  return ground::fail(ErrorCode::busy, "This key is used more often than it may.",
                      "Try again as Retry-After says; `aizuchi keys create --limit` and `serve "
                      "--limit-key` set how often.");
}

namespace {

// Whoever only claims to be someone uses up nothing of theirs: what is proven is counted apart.
std::string allowance_of(const Key& key, const Asking& person) {
  const bool minted = person.anonymous_id.starts_with(remember::minted_device_prefix);
  if (person.proof) return key.source + "\ruser\n" + person.user_id;
  if (minted && !person.device_proven)
    return key.source + "\rclaimed device\n" + person.anonymous_id;
  if (!person.anonymous_id.empty()) return key.source + "\rdevice\n" + person.anonymous_id;
  return key.source + "\rclaimed user\n" + person.user_id;
}

}  // namespace

Result<void> Desk::charge_person(Exchange& exchange, const Key& key, const Asking& person,
                                 uint32_t cost) {
  if (key.secret || limits.options().person.per_second == 0) return {};
  if (person.anonymous_id.empty() && person.user_id.empty()) return {};  // nobody is named
  const ground::Duration wait = limits.take(Limits::Of::person, allowance_of(key, person), cost,
                                            partition.clock().monotonic_us());
  if (wait.ms == 0) return {};
  exchange.retry_after_seconds = static_cast<uint32_t>((wait.ms + 999) / 1000);
  return ground::fail(ErrorCode::busy,
                      "This device or person asks or tells more often than it may.",
                      "Try again as Retry-After says; `serve --limit-person` sets how often.");
}

Result<void> Desk::prove(Asking& asking, const Request& request, const Tokens& body) {
  asking.opts_out = request.header("sec-gpc") == "1";
  const std::string_view device =
      body.device.empty() ? request.header("aizuchi-device") : body.device;
  if (!device.empty()) TRY(partition.prove_device(asking, device));
  const std::string_view person = body.person.empty() ? person_token(request) : body.person;
  if (!person.empty()) TRY(partition.prove(asking, person));
  return {};
}

Result<Tokens> tokens_member(const ground::Value& object) {
  return Tokens{.person = TRY(text_member(object, "token")),
                .device = TRY(text_member(object, "deviceToken"))};
}

Result<Asking> asking_member(const ground::Value& object) {
  return Asking{.anonymous_id = TRY(text_member(object, "anonymousId")),
                .user_id = TRY(text_member(object, "userId"))};
}

Result<Asking> asking_path(const Exchange& exchange) {
  const std::string kind = exchange.query("kind").value_or("userId");
  Asking asking;
  if (kind == "userId")
    asking.user_id = exchange.parameters.front();
  else if (kind == "anonymousId")
    asking.anonymous_id = exchange.parameters.front();
  else
    return ground::fail(ErrorCode::invalid, "\"kind\" is not userId or anonymousId.",
                        "Leave it out for a user id.");
  return asking;
}

Asking asking_query(const Exchange& exchange) {
  return {.anonymous_id = exchange.query("anonymousId").value_or(""),
          .user_id = exchange.query("userId").value_or("")};
}

}  // namespace aizuchi::serve
