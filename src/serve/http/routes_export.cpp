// Exports: a page of lines of JSON. The last line of a page that is not the last says where the
// next one begins: {"next": "…"}.
#include <charconv>

#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

namespace {
constexpr size_t limit_max = 5'000;
}

void answer_export(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::people, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto kind = parse_export_kind(exchange->parameters.front());
  if (!kind)
    return exchange->fail(404, "not_found", "There is no such export.",
                          "There are people, events, decisions, items and choices.");
  ExportAsk ask{.kind = *kind,
                .after = exchange->query("after").value_or(""),
                .purpose = exchange->query("purpose").value_or("")};
  if (const auto limit = exchange->query("limit")) {
    const auto [end, error] =
        std::from_chars(limit->data(), limit->data() + limit->size(), ask.limit);
    if (error != std::errc() || end != limit->data() + limit->size() || ask.limit == 0 ||
        ask.limit > limit_max)
      return exchange->fail(400, "invalid", "\"limit\" is not 1 to 5000.",
                            "Leave it out for 1000.");
  }
  auto page = desk.partition.export_page(ask);
  if (!page) return exchange->fail(page.error());
  if (!page->next.empty()) page->lines += "{\"next\":\"" + page->next + "\"}\n";
  exchange->send(
      {.status = 200, .content_type = "application/x-ndjson", .body = std::move(page->lines)});
}

}  // namespace aizuchi::serve
