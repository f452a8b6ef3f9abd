// For tests of the partition: a small brand in memory or in a directory, its keys, a clock and dice
// that do as they are told.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ground/base/json.h"
#include "serve/partition/answer.h"
#include "serve/partition/answer_json.h"

namespace aizuchi::serve {

// A page slot that answers two views, a button by job, a mail subject (tests/brands/small).
inline ground::BrandFiles brand() {
  auto files = ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/tests/brands/small");
  REQUIRE(files.has_value());
  return *std::move(files);
}

struct World {
  ground::ManualClock clock{*ground::parse_instant("2026-06-01T10:00:00Z")};
  ground::SeededDice dice{7};
  std::unique_ptr<Partition> partition;
  Key web, form, server;

  explicit World(const std::string& directory = "") { open(directory); }
  void open(const std::string& directory) {
    partition.reset();
    auto opened = Partition::open(
        {.data_directory = directory, .sync = false, .clock = &clock, .dice = &dice});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    partition = *std::move(opened);
  }
  void begin() {
    publish(brand());
    web = partition->create_key(false, "web", {})->key;
    form = partition->create_key(true, "form", {Scope::ingest, Scope::decide, Scope::people})->key;
    server = partition->create_key(true, "web", {Scope::ingest, Scope::decide, Scope::people})->key;
  }
  Published publish(const ground::BrandFiles& files, PublishTerms terms = {}) {
    auto published = partition->publish(files, std::move(terms));
    REQUIRE(published.has_value());
    for (const auto& finding : published->findings)
      if (finding.severity == ground::Severity::error) FAIL_CHECK(ground::format_finding(finding));
    return *std::move(published);
  }
  Ingested send(const Key& key, const std::string& body) {
    auto outcome = partition->ingest_and_wait(body, key);
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message);
    return *outcome;
  }
  void view(const std::string& who, const std::string& category, int n,
            const std::string& salt = "") {
    for (int i = 0; i < n; ++i)
      send(web, fmt::format(R"({{"type":"track","event":"Product Viewed","anonymousId":"{}",)"
                            R"("messageId":"{}{}{}",)"
                            R"("properties":{{"product_id":"p1","category":"{}"}}}})",
                            who, who, salt, i, category));
  }
  Answer ask(const Key& key, Asking who, std::vector<std::string> slots,
             Explain explain = Explain::none) {
    return partition->decide({.person = std::move(who),
                              .slots = std::move(slots),
                              .context = context(),
                              .explain = explain},
                             key);
  }
  static ground::Value context() {
    return ground::Value::map({{ground::Value("locale"), ground::Value("en")}});
  }
};

inline std::string first(const Answer& answer, size_t slot = 0) {
  const auto& picks = answer.draft.slots.at(slot).picks;
  if (picks.empty()) return "";
  return picks.front().content.front().second;
}

inline std::string temp_directory() {
  std::string path = std::filesystem::temp_directory_path() / "aizuchi-partition-XXXXXX";
  REQUIRE(mkdtemp(path.data()) != nullptr);
  return path;
}

}  // namespace aizuchi::serve
