// Publishing at the admin door: a brand folder becomes live, older ones are listed, read and made
// live again. What a publish may take away is the engine's rule; here it is only said.
#include <charconv>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
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

// A number from 1; 0 when there is none. Errors: invalid.
Result<uint64_t> read_version(const std::optional<std::string>& text) {
  if (!text) return uint64_t{0};
  uint64_t version = 0;
  const auto end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, version);
  if (error != std::errc() || at != end || version == 0)
    return fail(ErrorCode::invalid, "\"version\" is not a number from 1.",
                "GET /admin/api/versions lists what is kept.");
  return version;
}

constexpr int refused_status = 422;

void answer_published_now(Exchange& exchange, const Result<Published>& published) {
  if (!published) return exchange.fail(published.error());
  if (has_error(*published)) {
    const ground::Error error{ErrorCode::invalid, "The folder has errors; the old one stays live.",
                              "They are listed in \"findings\", all at once."};
    return exchange.json(published_json(*published, &error), refused_status);
  }
  if (published->needs_prune) {
    const ground::Error error{ErrorCode::invalid,
                              "Publishing would take away what the live folder has.",
                              "They begin with - in \"changes\". Add prune=true when that is "
                              "meant; nothing has been published."};
    return exchange.json(published_json(*published, &error), refused_status);
  }
  exchange.json(published_json(*published));
}

enum class Step : uint8_t { check, plan, publish };

void answer_step(Desk& desk, Exchange& exchange, Partition::PublishTask task, Step step) {
  if (step == Step::publish)
    return answer_published_now(exchange, desk.partition.finish_publish(std::move(task)));
  auto planned = desk.partition.finish_plan(task);
  if (!planned) return exchange.fail(planned.error());
  if (step == Step::check) planned->changes = {};
  exchange.json(published_json(*planned));
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
void publish(Desk& desk, const ExchangePtr& exchange, Partition::PublishTask task, Step step) {
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
  const std::string prune = exchange->query("prune").value_or("false");
  if (prune != "true" && prune != "false")
    return exchange->fail(400, "invalid", "\"prune\" is not true or false.",
                          "prune=true also takes away what the folder no longer has.");
  auto files = read_files(exchange->request);
  if (!files) return exchange->fail(files.error());
  const Step step = dry_run.empty() ? Step::publish : dry_run == "check" ? Step::check : Step::plan;
  publish(
      desk, exchange,
      desk.partition.begin_publish(*std::move(files), {.by = key->id, .prune = prune == "true"}),
      step);
}

void answer_published(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto asked = read_version(exchange->query("version"));
  if (!asked) return exchange->fail(asked.error());
  const auto files = desk.partition.published_files(*asked);
  if (!files) return exchange->fail(files.error());
  ground::JsonWriter json;
  json.object().member("version", *asked > 0 ? *asked : desk.partition.snapshot()->version);
  json.key("files").object();
  for (const auto& [path, text] : files->files) json.member(path, text);
  exchange->json(json.end_object().end_object().take());
}

void answer_versions(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto versions = desk.partition.versions();
  if (!versions) return exchange->fail(versions.error());
  const auto snapshot = desk.partition.snapshot();
  exchange->json(
      versions_json(*versions, snapshot ? snapshot->version : 0, desk.partition.stops()));
}

void answer_rollback(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"version"});
  if (!body) return exchange->fail(body.error());
  const Value* wanted = body->find("version");
  const auto version =
      wanted == nullptr || wanted->is_null() ? 0 : read_version(ground::to_display(*wanted));
  if (!version) return exchange->fail(version.error());
  auto task = desk.partition.begin_rollback(*version, key->id);
  if (!task) return exchange->fail(task.error());
  publish(desk, exchange, *std::move(task), Step::publish);
}

}  // namespace aizuchi::serve
