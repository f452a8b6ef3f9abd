// Who has the preference centre open: sessions held by this server, each behind 256 bits of chance
// in a cookie that no script can read. Nothing of them is stored, on disk or in the cookie, so that
// signing out ends one at once, a link works once, and a restart ends all.
//
// Promises: half an hour and never longer; whoever has no session's secret learns nothing, in the
// same time; at most eight of one person and 20,000 in all. Threads: the partition's. Cost: a hash
// and a look-up; opening one looks at all that are open, some 0.1 ms.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "serve/partition/partition.h"

namespace aizuchi::serve {

struct CentreSession {
  enum class Kind : uint8_t {
    person,   // a person token was shown
    link,     // stands in a mail, and opens a session of the next kind, once
    mail,     // whoever read that mail: decides, and is shown nothing that is known
    receipt,  // nobody any more: what is left after an erasure
  };
  Kind kind = Kind::person;
  Asking who;
  std::string key_text;  // of the page they came from; looked at again with every request
  std::string source;    // of a link: what is decided by it is kept as coming from there
  std::string csrf;      // stands in every form
  std::string locale;    // as they chose it; "" as the browser says
  std::string note;      // what the next page says first, once: a name of the words
  std::string receipt, receipt_jws;
  ground::Instant expires_at;
};

class CentreSessions {
 public:
  static constexpr size_t most = 20'000, most_of_one = 8;
  static constexpr ground::Duration keep = ground::Duration::minutes(30);

  // The secret for the cookie. Fills in `csrf` and `expires_at`.
  std::string open(CentreSession session, ground::Dice& dice, ground::Instant now);
  // nullptr: there is none, or it is over. Until the next call that changes sessions.
  CentreSession* find(std::string_view secret, ground::Instant now);
  void end(std::string_view secret);
  // The link that this is, which is none any more. nullopt: it is none, or over.
  std::optional<CentreSession> take_link(std::string_view secret, ground::Instant now);
  // All of a person's, but for the one that is named so.
  void end_others(const std::string& user_id, std::string_view but);

 private:
  void make_room(const CentreSession& next, ground::Instant now);

  std::map<std::string, CentreSession, std::less<>> sessions_;  // by the hash of their secret
};

}  // namespace aizuchi::serve
