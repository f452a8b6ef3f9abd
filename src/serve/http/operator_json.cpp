#include "serve/http/operator_json.h"

#include <algorithm>

#include "ground/base/json.h"

namespace aizuchi::serve {

bool has_error(const Published& published) {
  return std::ranges::any_of(published.findings, [](const ground::Finding& finding) {
    return finding.severity == ground::Severity::error;
  });
}

std::string published_json(const Published& published) {
  ground::JsonWriter json;
  json.object().member("changed", published.changed).member("version", published.version);
  json.key("findings").array();
  for (const ground::Finding& finding : published.findings) {
    json.object().member("severity", to_string(finding.severity));
    json.member("file", finding.place.file).member("line", uint64_t{finding.place.line});
    json.member("column", uint64_t{finding.place.column}).member("rule", finding.rule);
    json.member("text", finding.text).member("expected", finding.expected).end_object();
  }
  json.end_array().key("changes").array();
  for (const std::string& change : published.changes) json.value(change);
  json.end_array();
  json.member("aggregatesToBackfill", uint64_t{published.aggregates_to_backfill});
  return json.end_object().take();
}

std::string key_json(const Key& key) {
  ground::JsonWriter json;
  json.object().member("id", key.id).member("kind", key.secret ? "secret" : "public");
  json.member("source", key.source).key("scopes").array();
  for (const Scope scope : key.scopes) json.value(to_string(scope));
  json.end_array().member("createdAt", ground::format_instant(key.created_at));
  return json.end_object().take();
}

std::string events_json(const std::vector<Partition::KeptEvent>& events) {
  ground::JsonWriter json;
  json.object().key("events").array();
  for (const auto& kept : events) {
    json.object().member("sequence", kept.sequence);
    json.member("at", ground::format_instant(kept.at));
    json.member("receivedAt", ground::format_instant(kept.received_at));
    json.key("event").raw(kept.body).end_object();
  }
  return json.end_array().end_object().take();
}

std::optional<Scope> parse_scope(std::string_view word) {
  for (const Scope scope :
       {Scope::ingest, Scope::decide, Scope::people, Scope::privacy, Scope::brand, Scope::admin})
    if (to_string(scope) == word) return scope;
  return std::nullopt;
}

}  // namespace aizuchi::serve
