#include "serve/http/operator_json.h"

#include <algorithm>

#include "ground/base/json.h"
#include "serve/partition/audit.h"
#include "serve/partition/recommender_note.h"

namespace aizuchi::serve {

bool has_error(const Published& published) {
  return std::ranges::any_of(published.findings, [](const ground::Finding& finding) {
    return finding.severity == ground::Severity::error;
  });
}

std::string stop_json(const Stop& stop) {
  ground::JsonWriter json;
  json.object().member("kind", to_string(stop.kind)).member("name", stop.name);
  json.member("at", ground::format_instant(stop.at)).member("by", stop.by).member("why", stop.why);
  if (!stop.active())
    json.member("liftedAt", ground::format_instant(stop.lifted_at))
        .member("liftedBy", stop.lifted_by);
  return json.end_object().take();
}

namespace {
void write_stops(ground::JsonWriter& json, const std::vector<Stop>& stops) {
  json.key("stops").array();
  for (const Stop& stop : stops) json.raw(stop_json(stop));
  json.end_array();
}
}  // namespace

std::string stops_json(const std::vector<Stop>& stops) {
  ground::JsonWriter json;
  json.object();
  write_stops(json, stops);
  return json.end_object().take();
}

std::string fed_json(const Fed& fed) {
  ground::JsonWriter json;
  json.object().member("accepted", uint64_t{fed.accepted}).key("refused").array();
  for (const Fed::Refused& refused : fed.refused)
    json.object()
        .member("index", uint64_t{refused.index})
        .member("id", refused.id)
        .member("message", refused.message)
        .end_object();
  return json.end_array().end_object().take();
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
  write_stops(json, published.stops);
  if (refused != nullptr) {
    json.key("error").object().member("code", to_string(refused->code));
    json.member("message", refused->message).member("hint", refused->hint).end_object();
  }
  return json.end_object().take();
}

std::string versions_json(const std::vector<VersionNote>& versions, uint64_t live,
                          const std::vector<Stop>& stops) {
  ground::JsonWriter json;
  json.object().member("live", live);
  write_stops(json, stops);
  json.key("versions").array();
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
  if (key.per_second != 0) json.member("limit", uint64_t{key.per_second});
  return json.end_object().take();
}

std::string key_json(const TrustedKey& key) {
  ground::JsonWriter json;
  json.object().member("id", key.kid).member("kind", "person").member("algorithm", key.algorithm);
  json.member("createdAt", ground::format_instant(key.created_at));
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

namespace {

void write_people(ground::JsonWriter& json, const AudienceCount& count) {
  if (count.people)
    json.member("people", *count.people);
  else if (count.state == AudienceState::live)
    json.member("fewerThan", uint64_t{20});
}

}  // namespace

std::string audiences_json(const AudienceList& list) {
  ground::JsonWriter json;
  json.object().key("audiences").array();
  for (const AudienceEntry& entry : list.audiences) {
    json.object().member("name", entry.name).member("title", entry.title);
    json.member("rule", entry.rule).member("state", to_string(entry.count.state));
    write_people(json, entry.count);
    json.end_object();
  }
  json.end_array().member("asOf", ground::format_instant(list.as_of));
  json.member("settling", list.settling).member("progress", list.progress);
  return json.end_object().take();
}

std::string population_json(const PopulationNote& note) {
  ground::JsonWriter json;
  json.object().member("version", note.version);
  if (note.version > 0) json.member("at", ground::format_instant(note.at));
  if (note.next != ground::Instant::never()) json.member("next", ground::format_instant(note.next));
  json.member("counting", note.counting).member("progress", note.progress);
  json.key("scales").array();
  for (const ScaleEntry& scale : note.scales) {
    json.object().member("name", scale.name).member("title", scale.title);
    json.member("parts", uint64_t{scale.parts});
    json.member("state", scale.counted ? "counted" : "not_counted_yet");
    if (scale.people)
      json.member("people", *scale.people);
    else if (scale.counted)
      json.member("fewerThan", uint64_t{20});
    if (!scale.cut_points.empty()) {
      json.key("cutPoints").array();
      for (const double point : scale.cut_points) json.value(point);
      json.end_array();
    }
    json.end_object();
  }
  return json.end_array().end_object().take();
}

static void write_tried(ground::JsonWriter& json, const std::vector<TriedModel>& all) {
  json.key("tried").array();
  for (const TriedModel& tried : all) {
    json.object().member("model", tried.model).member("ndcg20", tried.ndcg20);
    json.member("recall20", tried.recall20).member("hr10", tried.hr10).end_object();
  }
  json.end_array();
}

std::string recommender_json(const RecommenderNote& note) {
  ground::JsonWriter json;
  json.object().member("version", note.version);
  if (note.version > 0) json.member("at", ground::format_instant(note.at));
  if (note.next != ground::Instant::never()) json.member("next", ground::format_instant(note.next));
  json.member("learning", note.learning).member("progress", note.progress);
  if (note.people)
    json.member("people", *note.people);
  else if (note.version > 0)
    json.member("fewerThan", uint64_t{20});
  json.member("views", note.views).member("products", note.products).member("links", note.links);
  json.member("visits", note.visits);
  json.member("chosen", note.chosen);
  write_tried(json, note.tried);
  json.key("slots").array();
  for (const ShelfNote& shelf : note.shelves) {
    json.object().member("slot", shelf.slot).member("way", shelf.way);
    json.member("asked", shelf.people);
    write_tried(json, shelf.tried);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

std::string audience_count_json(const AudienceCount& count) {
  ground::JsonWriter json;
  json.object();
  write_people(json, count);
  json.member("asOf", ground::format_instant(count.as_of)).member("settling", count.settling);
  return json.end_object().take();
}

std::string members_ndjson(const AudienceMembers& members) {
  std::string out;
  for (const AudienceMember& member : members.members) {
    ground::JsonWriter json;
    json.object().member("id", member.id);
    if (!member.user_id.empty()) json.member("userId", member.user_id);
    json.key("anonymousIds").array();
    for (const std::string& id : member.anonymous_ids) json.value(id);
    out += json.end_array().end_object().take() + "\n";
  }
  if (members.more) {
    ground::JsonWriter json;
    out += json.object().member("next", uint64_t{members.next}).end_object().take() + "\n";
  }
  return out;
}

std::string receipt_json(const Partition::Receipt& receipt) {
  ground::JsonWriter json;
  json.object().key("receipt").raw(receipt.json).member("jws", receipt.jws).end_object();
  return json.take();
}

std::string corrected_json(std::string_view fact, const Partition::Corrected& corrected) {
  ground::JsonWriter json;
  json.object().member("fact", fact).member("places", uint64_t{corrected.places});
  json.key("recomputed").array();
  for (const std::string& name : corrected.recomputed) json.value(name);
  return json.end_array().end_object().take();
}

std::optional<Scope> parse_scope(std::string_view word) {
  for (const Scope scope :
       {Scope::ingest, Scope::decide, Scope::people, Scope::privacy, Scope::brand, Scope::admin})
    if (to_string(scope) == word) return scope;
  return std::nullopt;
}

std::string audit_json(const std::vector<AuditEntry>& entries) {
  ground::JsonWriter json;
  json.object().key("entries").array();
  for (const AuditEntry& entry : entries) {
    json.object().member("sequence", entry.sequence);
    json.member("at", ground::format_instant(entry.at)).member("by", entry.by);
    json.member("action", entry.action).member("on", entry.on).member("detail", entry.detail);
    json.member("link", ground::hex(entry.link)).end_object();
  }
  json.end_array();
  if (!entries.empty() && entries.back().sequence > 1) json.member("next", entries.back().sequence);
  return json.end_object().take();
}

std::string audit_report_json(const AuditReport& report) {
  ground::JsonWriter json;
  json.object().member("entries", report.entries).member("link", report.link);
  json.key("problems").array();
  for (const std::string& problem : report.problems) json.value(problem);
  return json.end_array().end_object().take();
}

}  // namespace aizuchi::serve
