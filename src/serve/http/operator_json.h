// What operators read as JSON: findings of a brand folder, keys, kept events. One place, so that
// the admin door and the command line say the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/partition/partition.h"

namespace aizuchi::serve {

bool has_error(const Published& published);
// {"changed","version","findings":[{severity,file,line,column,rule,text,expected}],"changes",…}
// `refused` says why it was refused, beside what was found.
std::string published_json(const Published& published, const ground::Error* refused = nullptr);
std::string versions_json(const std::vector<VersionNote>& versions, uint64_t live);
// {"id","kind","source","scopes","createdAt"}; never the key's text.
std::string key_json(const Key& key);
// {"events":[{"sequence","at","receivedAt","event":{…}}]}
std::string events_json(const std::vector<Partition::KeptEvent>& events);
std::optional<Scope> parse_scope(std::string_view word);

}  // namespace aizuchi::serve
