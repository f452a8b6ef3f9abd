// Takes messages to webhooks over HTTPS: the only place from where anything of Aizuchi leaves the
// machine by itself.
//
// Promises: it goes to public addresses only, and to networks that the operator named; the address
// is looked at when the connection is made, so that a name that leads elsewhere tomorrow (DNS
// rebinding) does not get through. Plain http goes to named networks only. Redirects and proxies
// are not followed. A delivery ends after 15 s, 5 s of them for the connection; of an answer, the
// status and Retry-After are read. Certificates are checked against the machine's list, or the file
// that SSL_CERT_FILE names.
// Threads: deliver() and objection() from any; one of its own. Cost: connections are kept open.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "serve/partition/webhooks.h"

namespace aizuchi::serve {

class AddressRanges;

// `named`: what may be gone to beside public addresses. Destroyed, it drops what is on its way, and
// `done` is not called for that.
std::unique_ptr<Courier> curl_courier(AddressRanges named);

}  // namespace aizuchi::serve
