// A visit to the preference centre: which session the request's cookie opens, what its pages are
// sent with, and how a page is made. Inside serve/http only.
//
// Promises: no page is kept by a browser or a proxy, none runs a script, and only the brand's own
// origins may have one in a frame; a deed is done only for a form of this very session. Threads:
// the partition's. Cost: that of the page.
#pragma once

#include <string>

#include "serve/http/centre_model.h"
#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

struct CentreVisit {
  CentreSession* session = nullptr;  // null: they are not signed in here
  std::string secret;
  Key key;  // of the page they came from
};

// Within a frame a cookie of its own, which belongs to the page around it alone.
std::string_view centre_cookie(const Request& request);
std::string centre_cookie_text(const Request& request, std::string_view secret);
std::string centre_cookie_gone(const Request& request);

// Whoever comes by a link of a mail acts as the server that made it: their words are kept, and no
// token vouches for them.
Key mail_key(const std::string& source);
CentreVisit centre_visit(Desk& desk, const Request& request);
ground::LocaleId centre_locale(const Exchange& exchange, const ground::Snapshot& snapshot,
                               const CentreSession* session);
void send_centre_page(Exchange& exchange, const ground::Snapshot& snapshot, int status,
                      std::string body, Exchange::Headers more = {});
// One heading and one sentence, by their words.
void send_centre_message(Exchange& exchange, const ground::Snapshot& snapshot,
                         const CentreSession* session, int status, std::string_view words,
                         Exchange::Headers more = {});
// No brand folder is published: there is nobody's centre.
bool centre_is_open(Exchange& exchange, const ground::Snapshot* snapshot);
void redirect_in_centre(Exchange& exchange, const std::string& to, Exchange::Headers more = {});

}  // namespace aizuchi::serve
