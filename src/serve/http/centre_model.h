// What the preference centre's page says of one person, as the value that its templates print: in
// their language and in plain words, grouped by how we came to know. Made of GET /v1/me and of the
// live brand folder; it decides nothing about who may see what.
// Threads: pure. Cost: a few string joins a fact; the names of what is read are looked up once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ground/base/value.h"
#include "serve/partition/partition.h"

namespace aizuchi::serve {

// What every page has around it.
struct CentreFrame {
  const ground::Snapshot& snapshot;
  ground::LocaleId locale;
  std::string csrf;  // "" on a page without forms
};

struct CentreView {
  CentreFrame frame;
  const ground::Value& me;      // GET /v1/me, parsed; in a mail's session its wishes only
  const ground::Value& beyond;  // Centre::json, parsed; null in a mail's session
  const std::vector<Partition::PurposeStanding>& purposes;
  std::string note;  // a name of the words; "" for none
  ground::Instant now, expires_at;
  bool mail = false;  // they came by a link of a mail: nothing that is known is shown
};

ground::Value centre_model(const CentreView& view);
ground::Value erase_model(const CentreFrame& frame);
// `receipt` is the text of a receipt, `keys_path` where its public key is.
ground::Value receipt_model(const CentreFrame& frame, const ground::Value& receipt,
                            std::string_view keys_path);
ground::Value link_model(const CentreFrame& frame);
// A page with one heading and one sentence: names of the words.
ground::Value message_model(const CentreFrame& frame, std::string_view heading,
                            std::string_view text);

}  // namespace aizuchi::serve
