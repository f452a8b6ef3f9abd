// For tests of the routes: a small brand in a partition in memory, its keys, and a door to it over
// a real socket.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "serve/http/routes.h"
#include "serve/http/transport_probe.h"
#include "serve/partition/answer.h"

namespace aizuchi::serve {

inline void add_probe_slots(ground::BrandFiles& out) {
  out.files["slots/home.yaml"] = R"(
slots:
  home.hero:
    channel: web
    context: shop-page
    purpose: layout
    shape: one
    explore: off
    fallback: hero-default
  home.note:
    channel: web
    context: shop-page
    purpose: layout
    shape: one
    explore: off
    fallback: note-default
)";
  out.files["items/home.yaml"] = R"(
- id: hero-default
  title: default
  slot: home.hero
  layer: surface
  intent: tell
  wordings:
    - say: {ja: {title: いらっしゃいませ}, en: {title: Welcome <in>}}
- id: hero-light
  title: light roast
  slot: home.hero
  layer: surface
  intent: help
  when: count('Product Viewed', duration('168h'), {'category':'light-roast'}) >= 2
  speaks: []
  wordings:
    - say: {ja: {title: 浅煎りから}, en: {title: Light roast first}}
- id: note-default
  title: default
  slot: home.note
  layer: surface
  intent: tell
  wordings:
    - say: {ja: {text: サイズは店で}, en: {text: Ask us for your size}}
- id: note-size
  title: size
  slot: home.note
  layer: memory
  intent: help
  value: 5
  when: facts.size != ''
  speaks: [size]
  wordings:
    - say: {ja: {text: "サイズ {{facts.size}}"}, en: {text: "Size {{facts.size}}"}}
)";
}

inline ground::BrandFiles probe_brand() {
  ground::BrandFiles out;
  out.files["brand.yaml"] =
      "brand: test\nname: {ja: 見本, en: Sample}\nlocales: [en, ja]\ntimezone: Asia/Tokyo\n"
      "phases: [visitor]\n";
  out.files["creed.yaml"] = "axes: {}\n";
  out.files["purposes.yaml"] = R"(
purposes:
  layout:
    basis: notice
    dpv: UserInterfacePersonalisation
    says: {ja: 並び順, en: the order of this page}
  recommend:
    basis: consent
    dpv: ProvidePersonalisedRecommendations
    says: {ja: おすすめ, en: to recommend}
)";
  out.files["contexts.yaml"] = R"(
contexts:
  browsing: {}
  shop-page: {shows: true, continues: [browsing]}
settings:
  shop: [browsing, shop-page]
norms: []
)";
  out.files["sources.yaml"] = R"(
sources:
  web:
    context: browsing
    purposes: [layout, recommend]
    notice: site-1
    says: {ja: 当店のサイト, en: our site}
)";
  out.files["facts.yaml"] = R"(
facts:
  size: {type: string, label: {ja: サイズ, en: your size}, purposes: [layout], keep: 730d}
)";
  out.files["phases.yaml"] = "visitor: {says: {ja: はじめて, en: new}}\n";
  add_probe_slots(out);
  return out;
}

inline ground::Value parsed(const std::string& answer) {
  const size_t body = answer.find("\r\n\r\n");
  REQUIRE(body != std::string::npos);
  auto value = ground::parse_json(std::string_view(answer).substr(body + 4));
  REQUIRE_MESSAGE(value.has_value(), answer);
  return *std::move(value);
}

// The text at a path of names ("error.code") and indices ("events.0.event.type").
inline std::string text_at(const ground::Value& value, std::string_view path) {
  const ground::Value* at = &value;
  while (!path.empty() && at != nullptr) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (!at->is(ground::Value::Kind::list)) {
      at = at->find(name);
      continue;
    }
    const size_t index = std::stoul(std::string(name));
    at = index < at->as_list().size() ? &at->as_list()[index] : nullptr;
  }
  return at == nullptr ? "(nothing)" : ground::to_display(*at);
}

// The partition is used by one thread at a time: the test's before the server begins and after it
// stopped, the server's in between.
class House {
 public:
  explicit House(Door door = Door::both, ground::BrandFiles files = probe_brand(),
                 LimitOptions limits = {}, ground::Rate newcomers = {}) {
    auto opened = Partition::open(
        {.newcomers_per_second = newcomers.per_second,
         .newcomers_at_once = newcomers.burst,
         .clock = &clock,
         .dice = &dice,
         .post = [this](std::function<void()> work) { server->transport->post(std::move(work)); }});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    partition = *std::move(opened);
    if (!files.files.empty()) {
      const auto published = partition->publish(files);
      REQUIRE(published.has_value());
      for (const auto& finding : published->findings)
        if (finding.severity == ground::Severity::error)
          FAIL_CHECK(ground::format_finding(finding));
      REQUIRE(published->changed);
      make_keys();
    }
    RoutesOptions options;
    options.limits = std::move(limits);
    options.shedding = [this] { return shed.load(); };
    options.post = [this](std::move_only_function<void()> work) {
      server->transport->post(std::move(work));
    };
    options.transports = [this] {
      return std::vector<std::pair<std::string, TransportStats>>{
          {"front", server->transport->stats()}};
    };
    routes = std::make_unique<Routes>(*partition, std::move(options));
    TransportOptions transport;
    transport.decorate_refusal = [this](const Request* request, Response& response) {
      routes->decorate_refusal(request, response);
    };
    server = std::make_unique<Server>(
        [this, door](Request& request, Responder responder) {
          routes->handle(request, std::move(responder), door);
        },
        transport);
  }
  ~House() {
    server->stop();
    routes.reset();  // joins a publish that is compiling, while there is still where to post
  }

  std::string ask(std::string_view method, std::string_view target, std::string_view body = "",
                  std::string_view headers = "") {
    Client client(*server);
    std::string request = std::string(method) + " " + std::string(target) +
                          " HTTP/1.1\r\nHost: here\r\n" + std::string(headers);
    if (method != "GET" && method != "HEAD")
      request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    REQUIRE(client.send(request + "\r\n" + std::string(body)));
    return client.answer(method != "HEAD");
  }
  // Runs it on the server's thread, whose the partition is, and waits for it.
  void there(const std::function<void()>& work) {
    std::promise<void> done;
    server->transport->post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  std::string post(std::string_view target, std::string_view body, std::string_view key) {
    return ask("POST", target, body, bearer(key));
  }
  std::string get(std::string_view target, std::string_view key) {
    return ask("GET", target, "", bearer(key));
  }
  static std::string bearer(std::string_view key) {
    return "Authorization: Bearer " + std::string(key) + "\r\n";
  }
  static std::string basic(std::string_view key) {
    return "Authorization: Basic " + ground::base64(std::string(key) + ":") + "\r\n";
  }

  ground::ManualClock clock{*ground::parse_instant("2026-06-01T10:00:00Z")};
  ground::SeededDice dice{7};
  std::atomic<Shed> shed = Shed::nothing;  // what the routes are told to give up
  std::unique_ptr<Partition> partition;
  std::unique_ptr<Routes> routes;
  std::unique_ptr<Server> server;
  static constexpr std::string_view page = "pk_page_key", ingest = "sk_ingest_only",
                                    people = "sk_people_too", every = "sk_everything";

 private:
  void make_keys() {
    const auto make = [&](std::string_view text, bool secret, std::vector<Scope> scopes) {
      REQUIRE(partition->register_key(text, secret, "web", std::move(scopes)).has_value());
    };
    make(page, false, {});
    make(ingest, true, {Scope::ingest});
    make(people, true, {Scope::ingest, Scope::decide, Scope::people});
    make(every, true,
         {Scope::ingest, Scope::decide, Scope::people, Scope::privacy, Scope::brand, Scope::admin});
  }
};

inline std::string viewed(std::string_view message, std::string_view who = "a-1") {
  return R"({"type":"track","event":"Product Viewed","messageId":")" + std::string(message) +
         R"(","anonymousId":")" + std::string(who) +
         R"(","properties":{"product_id":"p1","category":"light-roast"}})";
}

}  // namespace aizuchi::serve
