// The web SDK's files, to every page that may ask. A name with its hash never changes and is kept
// for a year; a plain name is asked for again after five minutes, and answered 304 when it stands.
#include <algorithm>

#include "ground/base/json.h"
#include "serve/http/routes_desk.h"
#include "serve/http/sdk_files.h"

namespace aizuchi::serve {

namespace {

std::string_view content_type_of(std::string_view name) {
  if (name.ends_with(".json")) return "application/json";
  if (name.ends_with(".ts")) return "text/plain; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

bool takes_gzip(const Request& request) {
  const std::string_view accepted = request.header("accept-encoding");
  return accepted.contains("gzip") && !accepted.contains("gzip;q=0");
}

std::string manifest_json() {
  ground::JsonWriter json;
  json.object().key("files").array();
  for (const SdkFile& file : sdk_files()) {
    json.object().member("name", file.name).member("hashed", file.hashed);
    json.member("integrity", file.integrity).member("bytes", file.bytes.size());
    json.member("gzipBytes", file.gzip.size()).end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace

void answer_sdk(Desk&, const ExchangePtr& exchange) {
  const std::string& name = exchange->parameters.front();
  const auto files = sdk_files();
  if (files.empty())
    return exchange->fail(404, "not_found", "This server was built without the web SDK.",
                          "Build it with Node and the modules of sdk/web: script/setup.");
  if (name == "manifest.json") return exchange->json(manifest_json());
  const auto file = std::ranges::find_if(
      files, [&](const SdkFile& each) { return each.name == name || each.hashed == name; });
  if (file == files.end())
    return exchange->fail(404, "not_found", "The web SDK has no such file.",
                          "They are listed at /sdk/manifest.json; a name with a hash belongs to "
                          "one release.");
  const std::string tag = "\"" + std::string(file->integrity) + "\"";
  Response response{.content_type = std::string(content_type_of(name))};
  response.headers = {{"ETag", tag},
                      {"Vary", "Accept-Encoding, Origin"},
                      {"Cross-Origin-Resource-Policy", "cross-origin"},
                      {"Cache-Control", name == file->hashed ? "public, max-age=31536000, immutable"
                                                             : "public, max-age=300"}};
  if (exchange->request.header("if-none-match").contains(tag)) {
    response.status = 304;
  } else if (takes_gzip(exchange->request)) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = file->gzip;
  } else {
    response.body = file->bytes;
  }
  exchange->send(std::move(response));
}

}  // namespace aizuchi::serve
