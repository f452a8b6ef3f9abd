// The audit log at the admin door: read, and checked from the first entry on.
#include <charconv>

#include "ground/base/json.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/audit.h"

namespace aizuchi::serve {

namespace {

constexpr size_t entries_a_page = 100;

}  // namespace

void answer_audit(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const std::string text = exchange->query("before").value_or("0");
  uint64_t before = 0;
  const char* end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, before);
      error != std::errc() || at != end)
    return exchange->fail(400, "invalid", "\"before\" is not a number.",
                          "It is the \"next\" of the page before; leave it out for the newest.");
  const auto entries = desk.partition.audit().page(before, entries_a_page);
  if (!entries) return exchange->fail(entries.error());
  exchange->json(audit_json(*entries));
}

void answer_audit_verify(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto report = desk.partition.audit().verify();
  if (!report) return exchange->fail(report.error());
  exchange->json(audit_report_json(*report));
}

}  // namespace aizuchi::serve
