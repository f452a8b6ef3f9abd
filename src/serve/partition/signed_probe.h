// For tests of who speaks: a world with a key that tokens are signed with, and what is then known.
#pragma once

#include "remember/identity/test_token.h"
#include "serve/partition/partition_probe.h"

namespace aizuchi::serve {

using remember::claims_of;
using remember::hs256_token;

// A world with a fact that a page may not write, and a key that tokens are signed with.
struct Signed : World {
  explicit Signed(const std::string& directory = "") : World(directory) {
    if (partition->snapshot()) return;
    begin();
    auto files = brand();
    files.files["facts.yaml"] +=
        "  plan: {type: string, pii: true, label: {ja: 契約, en: plan}, purposes: [mail], keep: "
        "730d}\n";
    // Signed on the site, used to write: what a page collects may serve that too.
    files.files["sources.yaml"] =
        std::string(files.files["sources.yaml"])
            .replace(files.files["sources.yaml"].find("[layout, recommend]"), 19,
                     "[layout, recommend, mail]");
    publish(files);
    REQUIRE(partition->trust_key("HS256", "k1", remember::test_secret).has_value());
  }
  int64_t now_s() const { return const_cast<Signed*>(this)->clock.now().ms / 1000; }
  std::string token(std::string_view sub, std::string_view more = "",
                    std::string_view jti = "t-1") const {
    return hs256_token(claims_of(sub, now_s(), more, "test", jti));
  }
  Asking proven(std::string_view sub, std::string_view more = "", std::string_view jti = "t-1") {
    Asking asking;
    const auto proof = partition->prove(asking, token(sub, more, jti));
    REQUIRE_MESSAGE(proof.has_value(), proof.error().message);
    return asking;
  }
  Ingested send_as(const Asking& speaker, const std::string& body) {
    auto outcome = partition->ingest_and_wait(body, web, speaker);
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message);
    return *outcome;
  }
  ground::Value known(const std::string& user) {
    const auto text = partition->person_json({.user_id = user});
    return text ? *ground::parse_json(*text) : ground::Value();
  }
};

inline std::string view_by(std::string_view who, std::string_view message) {
  return R"({"type":"track","event":"Product Viewed",)" + std::string(who) + R"(,"messageId":")" +
         std::string(message) + R"(","properties":{"category":"light-roast"}})";
}

inline std::string fact(const ground::Value& person, std::string_view key,
                        std::string_view member) {
  const ground::Value* facts = person.find("facts");
  if (facts == nullptr) return "";
  for (const ground::Value& each : facts->as_list())
    if (each.find("fact")->as_string() == key) return ground::to_display(*each.find(member));
  return "";
}

}  // namespace aizuchi::serve
