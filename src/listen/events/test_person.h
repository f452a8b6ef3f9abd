// For tests: a brand folder of literal files, one person, and the events that they send. Not part
// of the library.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ground/base/time.h"
#include "ground/catalog/brand_folder.h"
#include "ground/domain/vocabulary.h"
#include "listen/events/apply.h"

namespace aizuchi::listen::test {

inline const Instant start = *ground::parse_instant("2026-04-01T12:00:00Z");

// Empty slots, items and so on, so that a test writes only the files it is about.
inline ground::BrandFiles files(std::map<std::string, std::string> some) {
  some.try_emplace("brand.yaml", "brand: small\nname: Small\nlocales: [en]\ntimezone: UTC\n");
  return {std::move(some)};
}

struct TestPerson : remember::ProvenanceLookup {
  ground::Vocabulary vocabulary;
  std::shared_ptr<const ground::Snapshot> brand;
  remember::PersonState person;
  Instant now = start;
  uint64_t sequence = 0;

  explicit TestPerson(const ground::BrandFiles& brand_files) { publish(brand_files); }

  void publish(const ground::BrandFiles& brand_files) {
    const ground::Compiled compiled = ground::compile_brand(brand_files, vocabulary, 1);
    std::string findings;
    for (const ground::Finding& f : compiled.findings) findings += format_finding(f) + "\n";
    INFO(findings);
    REQUIRE(compiled.snapshot != nullptr);
    brand = compiled.snapshot;
  }
  const ground::Provenance& provenance(ground::ProvenanceId id) const override {
    return vocabulary.provenance(id);
  }

  // One event as JSON, without its ids and with `now` as its time unless it says another.
  Applied sends(std::string_view source, std::string json,
                ground::Assurance proof = ground::Assurance::a1) {
    REQUIRE(json.front() == '{');
    const std::string body = R"({"anonymousId":"a-1",)" + json.substr(1);
    auto batch = parse_events(body, std::nullopt, now);
    REQUIRE(batch.has_value());
    REQUIRE(batch->refused.empty());
    const ground::Source* known = brand->source(source);
    REQUIRE(known != nullptr);
    const auto applied = apply(person, batch->events.front(), ++sequence,
                               {.source = known->id, .proof = proof}, *brand, vocabulary);
    REQUIRE(applied.has_value());
    return *applied;
  }
  Applied does(std::string_view source, std::string_view event, std::string_view properties = "{}",
               ground::Assurance proof = ground::Assurance::a1) {
    return sends(source,
                 R"({"type":"track","event":")" + std::string(event) + R"(","properties":)" +
                     std::string(properties) + "}",
                 proof);
  }
  Applied says(std::string_view source, std::string_view traits,
               ground::Assurance proof = ground::Assurance::a1) {
    return sends(source, R"({"type":"identify","traits":)" + std::string(traits) + "}", proof);
  }
  void answers(std::string_view purpose, bool yes) {
    const ground::Purpose* known = brand->purpose(purpose);
    REQUIRE(known != nullptr);
    person.keep(remember::Consent{.purpose = known->id,
                                  .granted = yes,
                                  .at = now,
                                  .text_hash = known->text_hash,
                                  .proof = ground::Assurance::a1});
    later(ground::Duration{1});
  }
  void later(ground::Duration time) { now = now + time; }

  const remember::Fact* fact(std::string_view name) const {
    const ground::FactRule* rule = brand->fact(name);
    REQUIRE(rule != nullptr);
    for (const remember::Fact& f : person.facts)
      if (f.key == rule->id) return &f;
    return nullptr;
  }
  // Counted in all buckets of the aggregate with this canonical text's beginning.
  uint64_t counted(std::string_view text_start) const {
    for (const ground::Aggregate& spec : brand->aggregates) {
      if (!spec.text.starts_with(text_start)) continue;
      uint64_t count = 0;
      if (const remember::Aggregate* kept = person.find(spec.id))
        for (const remember::Series& series : kept->series)
          for (const remember::Bucket& bucket : series.buckets) count += bucket.count;
      return count;
    }
    FAIL("no aggregate " << text_start);
    return 0;
  }
};

}  // namespace aizuchi::listen::test
