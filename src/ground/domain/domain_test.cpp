#include <doctest/doctest.h>

#include "ground/domain/domain.h"
#include "ground/domain/vocabulary.h"

using namespace aizuchi::ground;

TEST_CASE("[P1] A stricter level is smaller, and every word reads back") {
  CHECK(Level::deny < Level::ask);
  CHECK(Level::ask < Level::rank);
  CHECK(Level::rank < Level::say);
  for (int i = 0; i < 5; ++i) {
    const auto method = static_cast<Method>(i);
    CHECK(parse_enum<Method>(to_string(method)) == method);
  }
  CHECK_FALSE(parse_enum<Level>("maybe").has_value());
}

TEST_CASE("A name keeps its id for the life of a data directory") {
  Vocabulary vocabulary;
  const uint16_t job = *vocabulary.intern(Vocabulary::Table::fact, "job");
  const uint16_t email = *vocabulary.intern(Vocabulary::Table::fact, "email");
  CHECK(job != email);
  CHECK(*vocabulary.intern(Vocabulary::Table::fact, "job") == job);
  Provenance provenance{
      .collected_in = {3}, .purposes = {5}, .notice = {0}, .source = {1}, .method = Method::stated};
  const ProvenanceId id = *vocabulary.intern(provenance);
  const auto copy = Vocabulary::decode(vocabulary.encode());
  REQUIRE(copy.has_value());
  CHECK(copy->find(Vocabulary::Table::fact, "email") == email);
  CHECK(copy->provenance(id) == provenance);
  CHECK(copy->changes() == 0);
}

TEST_CASE("A cut or newer vocabulary is refused, never guessed") {
  Vocabulary vocabulary;
  (void)*vocabulary.intern(Vocabulary::Table::purpose, "layout");
  const std::string bytes = vocabulary.encode();
  for (size_t cut = 0; cut < bytes.size(); ++cut)
    CHECK_FALSE(Vocabulary::decode(bytes.substr(0, cut)).has_value());
  CHECK(Vocabulary::decode("\x02").error().code == ErrorCode::unsupported);
}

TEST_CASE("A brand has at most 64 purposes, and hears so") {
  Vocabulary vocabulary;
  for (int i = 0; i < 64; ++i)
    CHECK(vocabulary.intern(Vocabulary::Table::purpose, std::to_string(i)).has_value());
  CHECK(vocabulary.intern(Vocabulary::Table::purpose, "one more").error().code ==
        ErrorCode::too_large);
}
