// Any request to any route of a small brand's engine in memory: it is answered once, with valid
// HTTP, and never as an inner error; a refusal is JSON that says what and where. So every reader of
// bodies, queries, cookies, languages and tokens is reached behind its route.
//
// The first byte chooses the route, the second who asks, the third a header; then lines: the query,
// that header's value, what stands for the names in the path, and behind them the body. "@" in path
// and body is the newest decision. A house is made anew after some thousand requests, so that an
// input means nearly the same by itself.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "remember/identity/test_token.h"
#include "serve/http/routes.h"

using namespace aizuchi;
using serve::HeaderField;

namespace {

constexpr size_t requests_a_house = 5000;
constexpr std::string_view page_key = "pk_page_key", every_key = "sk_everything";

class Answered final : public serve::ResponseSink {
 public:
  void answer(Self, serve::Response response) override { take(std::move(response)); }
  void dropped(Self) override { AIZ_ASSERT(false && "a request was dropped"); }
  void stream(Self, serve::Response head) override { take(std::move(head)), streams_ = true; }
  bool write(Self, std::string) override { return false; }  // has gone
  void end(Self) override {}
  int times() const { return times_; }
  bool streams() const { return streams_; }
  const serve::Response& response() const { return response_; }

 private:
  void take(serve::Response response) {
    ++times_;
    response_ = std::move(response);
  }
  int times_ = 0;
  bool streams_ = false;
  serve::Response response_;
};

struct House {
  ground::ManualClock clock{*ground::parse_instant("2026-06-01T10:00:00Z")};
  ground::SeededDice dice{7};
  std::unique_ptr<serve::Partition> partition;
  std::unique_ptr<serve::Routes> routes;
  std::string decision = "none", token;

  House() {
    auto opened = serve::Partition::open({.clock = &clock, .dice = &dice});
    AIZ_ASSERT(opened.has_value());
    partition = *std::move(opened);
    static const auto files =
        ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/tests/brands/dialogue");
    AIZ_ASSERT(files.has_value());
    AIZ_ASSERT(partition->publish(*files).has_value());
    using enum serve::Scope;
    AIZ_ASSERT(partition->register_key(page_key, false, "web", {}).has_value());
    AIZ_ASSERT(
        partition
            ->register_key(every_key, true, "web", {ingest, decide, people, privacy, brand, admin})
            .has_value());
    AIZ_ASSERT(partition->trust_key("HS256", "k", remember::test_secret).has_value());
    const auto claims = remember::claims_of("u-1", clock.now().ms / 1000, "", "dialogue");
    token = "Bearer " + remember::hs256_token(claims);
    routes = std::make_unique<serve::Routes>(*partition, serve::RoutesOptions{});
  }
};

// The next line, without it; the last one is all the rest.
std::string_view line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string_view out = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return out;
}

std::string with(std::string_view text, char sign, std::string_view instead) {
  std::string out;
  for (const char c : text) c == sign ? out.append(instead) : out.append(1, c);
  return out;
}

// What starts threads (learning) or is held elsewhere (a brand folder: brand_fuzz).
bool left_out(const serve::RouteName& route) {
  return route.method == "POST" &&
         (route.pattern.ends_with(":train") || route.pattern.ends_with("/publish") ||
          route.pattern.ends_with("/rollback") || route.pattern.ends_with(":count"));
}

std::string path_of(std::string_view pattern, std::string_view parameter) {
  std::string out;
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') {
      out += pattern[at];
      continue;
    }
    out += parameter;
    at = pattern.find('}', at);
  }
  return out;
}

std::vector<HeaderField> who_asks(uint8_t who, const House& house) {
  static const std::string every = "Bearer " + std::string(every_key);
  switch (who % 4) {
    case 0:
      return {{"Host", "shop.example"}, {"X-Api-Key", page_key}};
    case 1:
      return {{"Host", "shop.example"}, {"Authorization", every}};
    case 2:
      return {{"Host", "shop.example"}, {"X-Api-Key", page_key}, {"Authorization", house.token}};
    default:
      return {{"Host", "shop.example"}};
  }
}

constexpr std::string_view header_names[] = {
    "Cookie", "Accept-Language", "Accept",         "Authorization", "Aizuchi-Device",
    "Origin", "If-None-Match",   "Sec-Fetch-Site", "X-Api-Key",     "Accept-Encoding"};

void require(bool holds, const char* what, const serve::Response& response) {
  if (holds) return;
  std::fprintf(stderr, "%s: %d %s\n", what, response.status, response.body.c_str());
  std::abort();
}

void check(const serve::Response& response, bool streams) {
  require(response.status != 500, "an inner error", response);
  std::string head;
  require(serve::append_head(head, response, {.date = "Mon, 01 Jun 2026 10:00:00 GMT"}),
          "no valid head", response);
  if (streams || response.content_type != "application/json" || response.body.empty()) return;
  const auto json = ground::parse_json(response.body);
  require(json.has_value(), "no JSON", response);
  if (response.status < 400) return;
  const ground::Value* error = json->find("error");
  // OFREP says it in words of its own.
  require(error == nullptr ? json->find("errorCode") != nullptr : error->find("message") != nullptr,
          "a refusal without words", response);
}

// What came last is not freed: the process ends with its threads where they are.
House& house_for_one_more() {
  static House* house = nullptr;
  static size_t requests = 0;
  if (requests++ % requests_a_house == 0) {
    delete house;
    house = new House;
  }
  return *house;
}

void ask(House& house, const serve::RouteName& route, uint8_t who, uint8_t named,
         std::string_view rest) {
  const std::string query(line(rest)), value(line(rest));
  const std::string path = path_of(route.pattern, with(line(rest), '@', house.decision));
  std::string body = with(rest, '@', house.decision);
  const size_t bytes = body.size();
  body.append(serve::body_padding_bytes, '\0');
  std::vector<HeaderField> headers = who_asks(who, house);
  if (!value.empty())
    headers.insert(headers.begin(), {header_names[named % std::size(header_names)], value});
  const std::string target = query.empty() ? path : path + "?" + query;
  serve::Request request{.method = route.method,
                         .target = target,
                         .path = path,
                         .query = query,
                         .body = std::string_view(body).substr(0, bytes),
                         .peer = "192.0.2.1",
                         .headers = headers};
  const auto answered = std::make_shared<Answered>();
  house.routes->handle(request, serve::Responder(answered), serve::Door::both);
  house.clock.advance(ground::Duration{20});
  for (int i = 0; answered->times() == 0 && i < 10; ++i) house.partition->tick();
  AIZ_ASSERT(answered->times() == 1);
  check(answered->response(), answered->streams());
  for (const auto& [name, text] : answered->response().headers)
    if (name == "Aizuchi-Decision") house.decision = text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto routes = [] {
    auto all = serve::Routes::all();
    std::erase_if(all, left_out);
    return all;
  }();
  if (size < 3) return 0;
  ask(house_for_one_more(), routes[data[0] % routes.size()], data[1], data[2],
      {reinterpret_cast<const char*>(data) + 3, size - 3});
  return 0;
}
