#include <fmt/format.h>

#include <set>

#include "serve/http/openapi.h"
#include "serve/http/routes_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

std::string files_json(const ground::BrandFiles& files) {
  ground::JsonWriter json;
  json.object().key("files").object();
  for (const auto& [path, text] : files.files) json.member(path, text);
  return json.end_object().end_object().take();
}

}  // namespace

TEST_CASE("The routes that exist are the paths of openapi.json, both ways") {
  const auto document = ground::parse_json(openapi_json());
  REQUIRE(document.has_value());
  CHECK(text_at(*document, "openapi") == "3.1.0");
  std::set<std::string> described, served;
  for (const auto& [path, methods] : document->find("paths")->as_map())
    for (const auto& [method, operation] : methods.as_map()) {
      std::string upper = method.as_string();
      for (char& c : upper) c = static_cast<char>(std::toupper(c));
      described.insert(upper + " " + path.as_string());
      CHECK(operation.find("responses") != nullptr);
    }
  for (const RouteName& route : Routes::all())
    served.insert(std::string(route.method) + " " + std::string(route.pattern));
  CHECK(described == served);
  House house;
  CHECK(house.ask("GET", "/openapi.json").ends_with(openapi_json()));
}

TEST_CASE("Every route that needs a key refuses none, a wrong one and one without the right") {
  House house;
  const std::set<std::string> open = {"/v1/m",
                                      "/v1/projects/{key}/settings",
                                      "/metrics",
                                      "/healthz",
                                      "/readyz",
                                      "/openapi.json",
                                      "/.well-known/jwks.json",
                                      "/sdk/{file}",
                                      "/u/{token}",
                                      "/me/mail/{token}",
                                      "/.well-known/gpc.json",
                                      "/ofrep/v1/stream"};
  for (const RouteName& route : Routes::all()) {
    if (open.contains(std::string(route.pattern))) continue;
    std::string path(route.pattern);
    if (const size_t brace = path.find('{'); brace != std::string::npos)
      path.replace(brace, path.find('}') - brace + 1, "layout");
    // A body that each of them would read, were it allowed to.
    std::string body = "{}";
    if (path == "/v1/me/purposes/layout") body = R"({"granted":true,"anonymousId":"a-1"})";
    if (path == "/v1/products:batch") body = R"({"products":[{"id":"p"}]})";
    if (path == "/v1/outcomes") body = R"({"event":"Conversion","decisionId":"0"})";
    const auto none = house.ask(route.method, path, body);
    CHECK_MESSAGE(status_of(none) == 401, route.method << " " << path << "\n" << none);
    CHECK(status_of(house.ask(route.method, path, body, House::bearer("sk_wrong_key"))) == 401);
    const bool ingests =
        path == "/v1/products:batch" ||
        (path.starts_with("/v1/") && route.method == "POST" && path != "/v1/decide" &&
         path != "/v1/events:find" && path != "/v1/said" && path != "/v1/threads");
    // The preference centre asks for a session, and for no key at all.
    const bool any_right = path == "/v1/key" || path.starts_with("/me");
    if (!ingests && !any_right)
      CHECK_MESSAGE(
          status_of(house.ask(route.method, path, body, House::bearer(House::ingest))) == 403,
          route.method << " " << path);
    if (path.starts_with("/admin"))
      CHECK(status_of(house.ask(route.method, path, body, House::bearer(House::page))) == 403);
  }
}

TEST_CASE("Every route, allowed or refused, says what keeps a browser from misusing the answer") {
  House house;
  size_t pages = 0;
  for (const RouteName& route : Routes::all()) {
    if (route.pattern == "/ofrep/v1/stream") continue;  // goes on for ever where it is let in
    std::string path(route.pattern);
    for (size_t brace = path.find('{'); brace != std::string::npos; brace = path.find('{'))
      path.replace(brace, path.find('}') - brace + 1, "layout");
    for (const std::string& who : {std::string(), House::bearer(House::page),
                                   House::bearer(House::every), House::bearer("sk_wrong_key")}) {
      const std::string answer = house.ask(route.method, path, "{}", who + "Accept: text/html\r\n");
      CAPTURE(route.method);
      CAPTURE(path);
      CAPTURE(status_of(answer));
      const std::string head = answer.substr(0, answer.find("\r\n\r\n"));
      CHECK(contains(head, "\r\nX-Content-Type-Options: nosniff\r\n"));
      CHECK(contains(head, "\r\nReferrer-Policy: "));
      CHECK(contains(head, "\r\nCache-Control: "));
      // What is opened as a page runs nothing of anybody, and only its own frames hold it.
      CHECK(contains(head, "\r\nContent-Security-Policy: "));
      CHECK(contains(head, "default-src 'none'"));
      CHECK(contains(head, "frame-ancestors "));
      for (const char* once : {"\r\nReferrer-Policy: ", "\r\nContent-Security-Policy: "})
        CHECK(head.find(once) == head.rfind(once));
      pages += contains(head, "\r\nContent-Type: text/html") ? 1 : 0;
    }
  }
  CHECK(pages > 0);
}

TEST_CASE("Browsers may read every answer, refusals of the transport included") {
  House house;
  const std::string page = "Origin: http://here\r\n";
  for (const char* path : {"/v1/batch", "/nowhere", "/healthz"})
    CHECK(contains(house.ask("POST", path, "{}", page),
                   "\r\nAccess-Control-Allow-Origin: http://here\r\n"));
  const auto preflight =
      house.ask("OPTIONS", "/v1/decide", "", page + "Access-Control-Request-Method: POST\r\n");
  CHECK(status_of(preflight) == 204);
  CHECK(contains(preflight, "\r\nAccess-Control-Allow-Methods: OPTIONS, POST\r\n"));
  CHECK(contains(preflight, "authorization, content-type, if-none-match, x-retry-count"));
  CHECK(contains(preflight, "\r\nAccess-Control-Max-Age: 3600\r\n"));
  Client client(*house.server);
  REQUIRE(client.send("POST /v1/batch HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n"));
  const auto refused = client.rest();
  CHECK(status_of(refused) == 413);
  CHECK(contains(refused, "\r\nAccess-Control-Allow-Origin: *\r\n"));
}

TEST_CASE("A brand that lists its origins answers their pages and no others") {
  auto files = probe_brand();
  files.files["brand.yaml"] += "origins: ['https://shop.example']\n";
  House house(Door::both, files);
  const std::string key = House::bearer(House::page);
  const std::string body = R"({"slots":["home.hero"]})";
  const auto listed =
      house.ask("POST", "/v1/decide", body, key + "Origin: https://shop.example\r\n");
  CHECK(status_of(listed) == 200);
  CHECK(contains(listed, "\r\nAccess-Control-Allow-Origin: https://shop.example\r\n"));
  CHECK(contains(listed, "\r\nVary: Origin\r\n"));
  const auto other =
      house.ask("POST", "/v1/decide", body, key + "Origin: https://else.example\r\n");
  CHECK(status_of(other) == 403);
  CHECK_FALSE(contains(other, "Access-Control-Allow-Origin"));
  CHECK(status_of(house.ask("POST", "/v1/decide", body, key + "Origin: http://here\r\n")) == 200);
  CHECK(status_of(house.ask("POST", "/v1/decide", body, key)) == 200);
}

TEST_CASE(
    "A brand that lists no origins answers pages of its own server only, and says what to do") {
  House house;
  const auto from = [&](std::string_view host, std::string_view origin) {
    Client client(*house.server);
    REQUIRE(
        client.send(fmt::format("POST /v1/decide HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n{}"
                                "Content-Length: 23\r\n\r\n{{\"slots\":[\"home.hero\"]}}",
                                host, origin, House::bearer(House::page))));
    return client.answer();
  };
  const auto other = from("engine.example", "https://shop.example");
  CHECK(status_of(other) == 403);
  CHECK(contains(other, "List your pages' origins"));
  CHECK_FALSE(contains(other, "Access-Control-Allow-Origin"));
  CHECK(status_of(from("engine.example", "https://engine.example")) == 200);
  // While it is tried out on one machine; a name that only leads there is not one of its.
  const auto here = from("127.0.0.1:8080", "http://localhost:3000");
  CHECK(status_of(here) == 200);
  CHECK(contains(here, "\r\nAccess-Control-Allow-Origin: http://localhost:3000\r\n"));
  CHECK(status_of(from("rebound.example:8080", "http://localhost:3000")) == 403);
  CHECK(status_of(from("127.0.0.1:8080", "http://localhost.evil.example")) == 403);
  CHECK(status_of(from("127.0.0.1:8080", "null")) == 403);
}

TEST_CASE("A secret key in a browser page is refused, with the reason") {
  auto files = probe_brand();
  files.files["brand.yaml"] += "origins: ['https://shop.example']\n";
  House house(Door::both, files);
  const auto answer = house.ask("POST", "/v1/decide", R"({"slots":["home.hero"]})",
                                House::bearer(House::every) + "Origin: https://shop.example\r\n");
  CHECK(status_of(answer) == 403);
  CHECK(contains(answer, "revoke this key"));
  // A page asks its own origin without naming it; a browser still says that it is one.
  for (const char* site : {"same-origin", "cross-site", "none"}) {
    const auto own = house.ask("GET", "/v1/people/u-1", "",
                               House::bearer(House::every) + "Sec-Fetch-Site: " + site + "\r\n");
    CHECK(status_of(own) == 403);
    CHECK(contains(own, "revoke this key"));
  }
  CHECK(status_of(house.ask("GET", "/v1/people/u-1", "",
                            House::bearer(House::every) + "Sec-Fetch-Mode: cors\r\n")) == 404);
}

TEST_CASE("A mistyped path or method is told what was meant") {
  House house;
  const auto typo = house.ask("POST", "/v1/trak", "{}");
  CHECK(status_of(typo) == 404);
  CHECK(contains(typo, "Did you mean /v1/track?"));
  const auto method = house.ask("GET", "/v1/decide");
  CHECK(status_of(method) == 405);
  CHECK(contains(method, "\r\nAllow: OPTIONS, POST\r\n"));
  const auto head = house.ask("HEAD", "/healthz");
  CHECK(status_of(head) == 200);
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(status_of(house.ask("OPTIONS", "*")) == 204);
  // No name is made of bytes that are no text, and no answer is.
  const auto bytes = house.post("/ofrep/v1/evaluate/flags/%ff%fe", "{}", House::page);
  CHECK(status_of(bytes) == 404);
  CHECK(text_at(parsed(bytes), "error/code") == "not_found");
}

TEST_CASE("Metrics and publishing stand at the admin door only, the rest at the front door only") {
  House front(Door::front);
  CHECK(status_of(front.ask("GET", "/metrics")) == 404);
  CHECK(contains(front.ask("GET", "/metrics"), "admin port"));
  CHECK(status_of(front.get("/admin/api/keys", House::every)) == 404);
  CHECK(status_of(front.ask("GET", "/readyz")) == 200);
  House admin(Door::admin);
  CHECK(status_of(admin.post("/v1/decide", R"({"slots":["home.hero"]})", House::page)) == 404);
  CHECK(status_of(admin.get("/admin/api/keys", House::every)) == 200);
  CHECK(status_of(admin.ask("GET", "/healthz")) == 200);
}

TEST_CASE("Metrics are Prometheus text: every sample has its HELP and TYPE, and nobody is in it") {
  House house;
  REQUIRE(status_of(house.post("/v1/track", viewed("m1", "a-secret-visitor"), House::page)) == 200);
  const auto answer = house.ask("GET", "/metrics");
  CHECK(contains(answer, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  CHECK(contains(answer, "\naizuchi_events_total{result=\"accepted\"} 1\n"));
  CHECK(contains(answer, "\naizuchi_http_requests_total{door=\"front\"} "));
  CHECK_FALSE(contains(answer, "secret-visitor"));
  std::set<std::string> declared;
  size_t at = answer.find("\r\n\r\n") + 4;
  while (at < answer.size()) {
    const std::string line = answer.substr(at, answer.find('\n', at) - at);
    at += line.size() + 1;
    if (line.starts_with("# TYPE ")) declared.insert(line.substr(7, line.rfind(' ') - 7));
    if (line.starts_with("#")) continue;
    CHECK_MESSAGE(declared.contains(line.substr(0, line.find_first_of("{ "))), line);
  }
}

TEST_CASE("A brand folder is checked, planned and published over HTTP; a bad one changes nothing") {
  House house;
  auto files = probe_brand();
  auto& items = files.files["items/home.yaml"];
  items.replace(items.find("Light roast first"), 17, "Light roasts first");
  const auto plan = house.post("/admin/api/publish?dry_run=plan", files_json(files), House::every);
  CHECK(status_of(plan) == 200);
  CHECK(contains(plan, "hero-light"));
  CHECK(text_at(parsed(house.ask("GET", "/readyz")), "version") == "1");
  const auto done = house.post("/admin/api/publish", files_json(files), House::every);
  CHECK_MESSAGE(status_of(done) == 200, done);
  CHECK(text_at(parsed(done), "changed") == "true");
  CHECK(text_at(parsed(house.ask("GET", "/readyz")), "version") == "2");
  const auto again = house.post("/admin/api/publish", files_json(files), House::every);
  CHECK(text_at(parsed(again), "changed") == "false");
  files.files["slots/home.yaml"] += "  home.more: {channel: web}\n";
  const auto checked =
      house.post("/admin/api/publish?dry_run=check", files_json(files), House::every);
  CHECK(status_of(checked) == 200);
  CHECK(text_at(parsed(checked), "findings/0/severity") == "error");
  CHECK(status_of(house.post("/admin/api/publish", files_json(files), House::every)) == 422);
  CHECK(text_at(parsed(house.ask("GET", "/readyz")), "version") == "2");
  const auto live = parsed(house.get("/admin/api/publish", House::every));
  CHECK(text_at(live, "version") == "2");
  CHECK(contains(text_at(live, "files/items/home.yaml"), "(nothing)"));  // a path is one name
  CHECK(live.find("files")->find("items/home.yaml") != nullptr);
  CHECK(status_of(house.post("/admin/api/publish", R"({"files":{}})", House::every)) == 400);
  CHECK(status_of(house.post("/admin/api/publish?dry_run=no", R"({"files":{}})", House::every)) ==
        400);
}

TEST_CASE("Keys are made, listed without their text, and revoked at once") {
  House house;
  const auto made =
      house.post("/admin/api/keys", R"({"kind":"public","source":"web"})", House::every);
  CHECK(status_of(made) == 201);
  const std::string text = text_at(parsed(made), "key");
  const std::string id = text_at(parsed(made), "about/id");
  CHECK(text.starts_with("pk_"));
  CHECK(status_of(house.post("/v1/track", viewed("m1"), text)) == 200);
  const auto list = house.get("/admin/api/keys", House::every);
  CHECK(contains(list, id));
  CHECK_FALSE(contains(list, text));
  const auto revoke = [&] {
    return status_of(house.ask("DELETE", "/admin/api/keys/" + id, "", House::bearer(House::every)));
  };
  CHECK(revoke() == 204);
  CHECK(revoke() == 404);
  CHECK(status_of(house.post("/v1/track", viewed("m2"), text)) == 401);
  CHECK(status_of(house.post("/admin/api/keys", R"({"kind":"loud","source":"web"})",
                             House::every)) == 400);
  CHECK(status_of(house.post("/admin/api/keys", R"({"kind":"secret","source":"nowhere"})",
                             House::every)) == 404);
  CHECK(status_of(house.post("/admin/api/keys",
                             R"({"kind":"secret","source":"web","scopes":["all"]})",
                             House::every)) == 400);
}

TEST_CASE("Errors name no value, no path of the machine and nobody") {
  House house;
  const std::string canary = "canary-7f3a";
  const std::string who = R"({"messageIds":")" + canary + "\"}";
  for (const auto& answer :
       {house.get("/v1/people/" + canary, House::people),
        house.post("/v1/events:find", who, House::people),
        house.post("/v1/track", R"({"type":"track","userId":")" + canary + "\"}", House::page),
        house.post("/v1/batch", canary, House::page),
        house.post("/v1/decide", R"({"slots":["home.hero"],"mode":")" + canary + "\"}",
                   House::page),
        house.ask("POST", "/v1/track", "{}", House::bearer(canary))}) {
    CHECK(status_of(answer) >= 400);
    CHECK_MESSAGE(!contains(answer, canary), answer);
    CHECK(text_at(parsed(answer), "error/code") != "(nothing)");
  }
}
