#include "serve/http/centre_sessions.h"

#include <algorithm>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"

namespace aizuchi::serve {

using ground::Instant;

namespace {

std::string name_of(std::string_view secret) {
  return ground::hex(ground::sha256(secret));
}

std::string chance(ground::Dice& dice) {
  return ground::to_hex(dice.next_128()) + ground::to_hex(dice.next_128());
}

}  // namespace

std::string CentreSessions::open(CentreSession session, ground::Dice& dice, Instant now) {
  make_room(session, now);
  session.csrf = chance(dice);
  session.expires_at = now + keep;
  std::string secret = chance(dice);
  sessions_.insert_or_assign(name_of(secret), std::move(session));
  return secret;
}

CentreSession* CentreSessions::find(std::string_view secret, Instant now) {
  const auto found = sessions_.find(name_of(secret));
  if (found == sessions_.end() || now >= found->second.expires_at) return nullptr;
  return &found->second;
}

void CentreSessions::end(std::string_view secret) {
  sessions_.erase(name_of(secret));
}

void CentreSessions::end_others(const std::string& user_id, std::string_view but) {
  std::erase_if(sessions_, [&, kept = name_of(but)](const auto& entry) {
    return entry.second.who.user_id == user_id && entry.first != kept;
  });
}

std::optional<CentreSession> CentreSessions::take_link(std::string_view secret, Instant now) {
  const auto found = sessions_.find(name_of(secret));
  if (found == sessions_.end() || found->second.kind != CentreSession::Kind::link ||
      now >= found->second.expires_at)
    return std::nullopt;
  CentreSession out = std::move(found->second);
  sessions_.erase(found);
  return out;
}

void CentreSessions::make_room(const CentreSession& next, Instant now) {
  std::erase_if(sessions_, [&](const auto& entry) { return now >= entry.second.expires_at; });
  const auto end_first_of = [&](const auto& meant) {
    auto first = sessions_.end();
    for (auto at = sessions_.begin(); at != sessions_.end(); ++at)
      if (meant(at->second) &&
          (first == sessions_.end() || at->second.expires_at < first->second.expires_at))
        first = at;
    if (first != sessions_.end()) sessions_.erase(first);
  };
  const auto theirs = [&](const CentreSession& each) {
    return each.who.user_id == next.who.user_id && each.kind == next.kind;
  };
  if (std::ranges::count_if(sessions_, [&](const auto& entry) { return theirs(entry.second); }) >=
      static_cast<ptrdiff_t>(most_of_one))
    end_first_of(theirs);
  if (sessions_.size() >= most) end_first_of([](const CentreSession&) { return true; });
}

}  // namespace aizuchi::serve
