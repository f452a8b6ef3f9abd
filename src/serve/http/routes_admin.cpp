// Publishing, keys and operation: what stands at the admin door.
#include "ground/base/json.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

Result<ground::BrandFiles> read_files(const Request& request) {
  const Value body = TRY(object_body(request, {"files"}));
  const Value* files = body.find("files");
  ground::BrandFiles out;
  if (files != nullptr && files->is(Value::Kind::map))
    for (const auto& [path, text] : files->as_map())
      if (text.is(Value::Kind::string)) out.files[path.as_string()] = text.as_string();
  if (out.files.empty() || out.files.size() != files->as_map().size())
    return fail(ErrorCode::invalid, "\"files\" is not a map from path to text.",
                "Send {\"files\": {\"brand.yaml\": \"…\"}}; `aizuchi apply DIR` does it.");
  return out;
}

Result<std::vector<Scope>> read_scopes(const Value& body) {
  std::vector<Scope> out;
  const Value* scopes = body.find("scopes");
  if (scopes == nullptr || scopes->is_null()) return out;
  bool known = scopes->is(Value::Kind::list);
  if (known)
    for (const Value& word : scopes->as_list()) {
      const auto scope =
          word.is(Value::Kind::string) ? parse_scope(word.as_string()) : std::nullopt;
      known = known && scope.has_value();
      if (scope) out.push_back(*scope);
    }
  if (!known)
    return fail(ErrorCode::invalid, "\"scopes\" holds something that is not a scope.",
                "Scopes are ingest, decide, people, privacy, brand and admin.");
  return out;
}

void answer_outcome_of(Exchange& exchange, const Result<Published>& published, int bad = 200) {
  if (!published) return exchange.fail(published.error());
  exchange.json(published_json(*published), has_error(*published) ? bad : 200);
}

enum class Step : uint8_t { check, plan, publish };

void answer_step(Desk& desk, Exchange& exchange, Partition::PublishTask task, Step step) {
  constexpr int has_errors = 422;
  if (step == Step::publish)
    return answer_outcome_of(exchange, desk.partition.finish_publish(std::move(task)), has_errors);
  auto planned = desk.partition.finish_plan(task);
  if (planned && step == Step::check) planned->changes.clear();
  answer_outcome_of(exchange, planned);
}

// Counting whom it would reach takes a while too: in slices, decisions between them.
void count_and_answer(Desk& desk, ExchangePtr exchange, Partition::PublishTask task, Step step) {
  constexpr int64_t slice_us = 2'000;
  if (!desk.partition.count_some(task, slice_us))
    return desk.options.post(
        [&desk, exchange = std::move(exchange), task = std::move(task), step]() mutable {
          count_and_answer(desk, std::move(exchange), std::move(task), step);
        });
  desk.publishing = false;
  answer_step(desk, *exchange, std::move(task), step);
}

// A large folder takes a while to compile: that is done on a thread of its own, one at a time.
void publish(Desk& desk, const ExchangePtr& exchange, ground::BrandFiles files, Step step) {
  Partition::PublishTask task = desk.partition.begin_publish(std::move(files));
  if (!desk.options.post) {
    task.compile();
    while (!desk.partition.count_some(task, INT64_MAX)) {
    }
    return answer_step(desk, *exchange, std::move(task), step);
  }
  if (desk.publishing)
    return exchange->fail(409, "conflict", "Another publish is at work.",
                          "Look at the plan again in a moment, then publish.");
  desk.publishing = true;
  desk.publisher = std::jthread([&desk, exchange, task = std::move(task), step]() mutable {
    task.compile();
    desk.options.post(
        [&desk, exchange = std::move(exchange), task = std::move(task), step]() mutable {
          count_and_answer(desk, std::move(exchange), std::move(task), step);
        });
  });
}

}  // namespace

void answer_publish(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const std::string dry_run = exchange->query("dry_run").value_or("");
  if (!dry_run.empty() && dry_run != "check" && dry_run != "plan")
    return exchange->fail(400, "invalid", "\"dry_run\" is not check or plan.",
                          "Leave it out to publish.");
  auto files = read_files(exchange->request);
  if (!files) return exchange->fail(files.error());
  const Step step = dry_run.empty() ? Step::publish : dry_run == "check" ? Step::check : Step::plan;
  publish(desk, exchange, *std::move(files), step);
}

void answer_published(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto files = desk.partition.published_files();
  if (!files) return exchange->fail(files.error());
  const auto snapshot = desk.partition.snapshot();
  ground::JsonWriter json;
  json.object().member("version", snapshot ? snapshot->version : 0).key("files").object();
  for (const auto& [path, text] : files->files) json.member(path, text);
  exchange->json(json.end_object().end_object().take());
}

void answer_keys(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto keys = desk.partition.keys();
  if (!keys) return exchange->fail(keys.error());
  ground::JsonWriter json;
  json.object().key("keys").array();
  for (const Key& each : *keys) json.raw(key_json(each));
  exchange->json(json.end_array().end_object().take());
}

void answer_create_key(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"kind", "source", "scopes"});
  if (!body) return exchange->fail(body.error());
  const auto kind = text_member(*body, "kind");
  const auto source = text_member(*body, "source");
  const auto scopes = read_scopes(*body);
  if (!kind) return exchange->fail(kind.error());
  if (!source) return exchange->fail(source.error());
  if (!scopes) return exchange->fail(scopes.error());
  if (*kind != "public" && *kind != "secret")
    return exchange->fail(400, "invalid", "\"kind\" is not public or secret.",
                          "Public keys stand in pages, secret ones in your servers.");
  const auto made = desk.partition.create_key(*kind == "secret", *source, *scopes);
  if (!made) return exchange->fail(made.error());
  ground::JsonWriter json;
  json.object().member("key", made->text).key("about").raw(key_json(made->key));
  exchange->json(json.end_object().take(), 201);
}

void answer_revoke_key(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto revoked = desk.partition.revoke_key(exchange->parameters.front());
  if (!revoked) return exchange->fail(revoked.error());
  exchange->send({.status = 204, .content_type = ""});
}

void answer_health(Desk& desk, const ExchangePtr& exchange) {
  const auto healthy = desk.partition.healthy();
  if (!healthy && healthy.error().code != ErrorCode::busy) return exchange->fail(healthy.error());
  exchange->json(R"({"status":"ok"})");
}

void answer_ready(Desk& desk, const ExchangePtr& exchange) {
  if (!desk.partition.warm())
    return exchange->fail(503, "unavailable", "Not ready to answer yet.",
                          "A brand folder must be published: aizuchi apply DIR.");
  ground::JsonWriter json;
  json.object().member("status", "ready").member("version", desk.partition.snapshot()->version);
  exchange->json(json.member("backfilling", desk.partition.backfilling()).end_object().take());
}

void answer_openapi(Desk&, const ExchangePtr& exchange) {
  Response response{.body = std::string(openapi_json())};
  response.headers.emplace_back("Cache-Control", "public, max-age=3600");
  exchange->send(std::move(response));
}

}  // namespace aizuchi::serve
