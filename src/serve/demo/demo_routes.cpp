#include "serve/demo/demo_routes.h"

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/http/exchange.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

constexpr size_t sentence_bytes_max = 400;

const Exchange::Headers safe_headers = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
    {"Cache-Control", "no-store"},
};

std::string_view content_type_of(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".svg", "image/svg+xml"},
  };
  for (const auto& [ending, type] : types)
    if (path.ends_with(ending)) return type;
  return "application/octet-stream";
}

void answer_file(Exchange& exchange, std::string_view name) {
  const std::string_view bytes = demo_file("page/" + std::string(name));
  if (bytes.data() == nullptr)
    return exchange.fail(404, "not_found", "the sample has no such page", "its page is at /");
  exchange.send({.content_type = std::string(content_type_of(name)), .body = std::string(bytes)});
}

// {"ja": "…", "en": "…"}, both optional: what the editor types.
ground::Result<std::vector<std::pair<std::string, std::string>>> typed(const Request& request) {
  const Value body = TRY(object_body(request, {"ja", "en"}));
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string locale : {"ja", "en"}) {
    std::string sentence = TRY(text_member(body, locale));
    if (sentence.size() > sentence_bytes_max)
      return ground::fail(ground::ErrorCode::too_large, "a sentence has more than 400 bytes");
    if (!ground::trim(sentence).empty()) out.emplace_back(locale, std::move(sentence));
  }
  return out;
}

}  // namespace

bool DemoRoutes::owns(std::string_view path) {
  return path == "/" || path == "/demo" || path.starts_with("/demo/");
}

void DemoRoutes::handle(const Request& request, Responder responder) {
  Exchange exchange(request, std::move(responder), safe_headers, answers_by_class_);
  const std::string_view path = request.path;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const std::string locale = exchange.query("locale").value_or("");
  constexpr std::string_view scene = "/demo/scene/";
  if (path == "/demo/publish" && (reads || request.method == "POST")) {
    std::vector<std::pair<std::string, std::string>> says;
    if (!reads) {
      auto given = typed(request);
      if (!given) return exchange.fail(given.error());
      says = *std::move(given);
    }
    const auto attempt = stage_.try_publish(says, exchange.query("scene").value_or(""), locale);
    return attempt ? exchange.json(attempt_json(*attempt)) : exchange.fail(attempt.error());
  }
  if (!reads) return exchange.fail(405, "invalid", "the sample is only read", "use GET");
  if (path == "/" || path == "/demo" || path == "/demo/")
    return answer_file(exchange, "index.html");
  if (path == "/demo/scenes") return exchange.json(scenes_json(stage_, locale));
  if (path.starts_with(scene)) {
    const auto id = percent_decoded(path.substr(scene.size()));
    const auto moment =
        parse_moment(exchange.query("later").value_or(""), exchange.query("tapped").value_or(""));
    if (!moment) return exchange.fail(moment.error());
    const auto told = stage_.tell(id.value_or(""), locale, *moment);
    return told ? exchange.json(told_json(*told)) : exchange.fail(told.error());
  }
  answer_file(exchange, path.substr(std::string_view("/demo/").size()));
}

}  // namespace aizuchi::serve
