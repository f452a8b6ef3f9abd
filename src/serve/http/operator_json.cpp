#include "serve/http/operator_json.h"

#include <algorithm>

#include "ground/base/json.h"

namespace aizuchi::serve {

bool has_error(const Published& published) {
  return std::ranges::any_of(published.findings, [](const ground::Finding& finding) {
    return finding.severity == ground::Severity::error;
  });
}

std::string published_json(const Published& published, const ground::Error* refused) {
  ground::JsonWriter json;
  json.object().member("changed", published.changed).member("version", published.version);
  json.member("needsPrune", published.needs_prune);
  json.key("findings").array();
  for (const ground::Finding& finding : published.findings) {
    json.object().member("severity", to_string(finding.severity));
    json.member("file", finding.place.file).member("line", uint64_t{finding.place.line});
    json.member("column", uint64_t{finding.place.column}).member("rule", finding.rule);
    json.member("text", finding.text).member("expected", finding.expected).end_object();
  }
  json.end_array().key("changes").array();
  for (const std::string& change : published.changes.lines) json.value(change);
  json.end_array().key("counts").object();
  json.member("added", uint64_t{published.changes.added});
  json.member("changed", uint64_t{published.changes.changed});
  json.member("removed", uint64_t{published.changes.removed}).end_object();
  json.member("aggregatesToBackfill", uint64_t{published.aggregates_to_backfill});
  if (refused != nullptr) {
    json.key("error").object().member("code", to_string(refused->code));
    json.member("message", refused->message).member("hint", refused->hint).end_object();
  }
  return json.end_object().take();
}

std::string versions_json(const std::vector<VersionNote>& versions, uint64_t live) {
  ground::JsonWriter json;
  json.object().member("live", live).key("versions").array();
  for (const VersionNote& note : versions) {
    json.object().member("version", note.version);
    if (note.at != ground::Instant{}) json.member("at", ground::format_instant(note.at));
    json.member("by", note.by);
    if (note.rollback_of > 0) json.member("rollbackOf", note.rollback_of);
    json.key("counts").object().member("added", note.added).member("changed", note.changed);
    json.member("removed", note.removed).end_object().end_object();
  }
  return json.end_array().end_object().take();
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
