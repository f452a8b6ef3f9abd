// What operators read as JSON: findings of a brand folder, keys, kept events. One place, so that
// the admin door and the command line say the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/partition/partition.h"

namespace aizuchi::serve {

struct AuditEntry;
struct AuditReport;

bool has_error(const Published& published);
// {"changed","version","findings":[{severity,file,line,column,rule,text,expected}],"changes",…}
// `refused` says why it was refused, beside what was found.
std::string published_json(const Published& published, const ground::Error* refused = nullptr);
std::string versions_json(const std::vector<VersionNote>& versions, uint64_t live,
                          const std::vector<Stop>& stops);
// {"kind","name","at","by","why","liftedAt","liftedBy"}; the last two when it was lifted.
std::string stop_json(const Stop& stop);
std::string stops_json(const std::vector<Stop>& stops);  // {"stops":[…]}
std::string fed_json(const Fed& fed);  // {"accepted","refused":[{"index","id","message"}]}
// {"id","kind","source","scopes","createdAt"}; never the key's text.
std::string key_json(const Key& key);
// {"id","kind":"person","algorithm","createdAt"}
std::string key_json(const TrustedKey& key);
// {"events":[{"sequence","at","receivedAt","event":{…}}]}
std::string events_json(const std::vector<Partition::KeptEvent>& events);
// {"audiences":[{"name","title","rule","state","people"|"fewerThan"}],"asOf","settling","progress"}
std::string audiences_json(const AudienceList& list);
// {"version","at","next","counting","progress","scales":[{"name","title","parts","state",
// "people"|"fewerThan","cutPoints"}]}
std::string population_json(const PopulationNote& note);
std::string recommender_json(const RecommenderNote& note);
std::string choice_json(const ChoiceNote& note);
std::string webhooks_json(const std::vector<Webhook>& webhooks);
std::string new_webhook_json(const NewWebhook& made);
// {"people"|"fewerThan","asOf","settling"}
std::string audience_count_json(const AudienceCount& count);
// {"id","userId","anonymousIds"} a line, and {"next":N} at the end of a page that is not the last.
std::string members_ndjson(const AudienceMembers& members);
// {"entries":[{"sequence","at","by","action","on","detail","link"}],"next"}; next: there are older
// ones.
std::string audit_json(const std::vector<AuditEntry>& entries);
std::string audit_report_json(const AuditReport& report);  // {"entries","link","problems"}
// {"receipt":{…},"jws"}
std::string receipt_json(const Partition::Receipt& receipt);
// {"fact","places","recomputed":[…]}
std::string corrected_json(std::string_view fact, const Partition::Corrected& corrected);
// {"purposes":[{"id","standing","basis","says","textVersion"}]}
std::string purposes_json(const std::vector<Partition::PurposeStanding>& standings,
                          ground::LocaleId locale);
// Where the public key of receipts is.
constexpr std::string_view receipt_keys_path = "/.well-known/jwks.json";
std::optional<Scope> parse_scope(std::string_view word);

}  // namespace aizuchi::serve
