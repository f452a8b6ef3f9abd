#include "ground/domain/value_choice.h"

#include <doctest/doctest.h>

namespace aizuchi::ground {

namespace {
const Instant moment = *parse_instant("2026-11-23T04:20:11Z");
}

TEST_CASE("What was chosen is kept as a line that a person can read") {
  const ValueChoice choice{
      .at = moment, .best = "quiet", .others = {"makers", "craft"}, .worst = "price"};
  const std::string text = to_text(choice);
  CHECK(text.ends_with("Z quiet > makers, craft > price"));
  const auto again = read_value_choice(text);
  REQUIRE(again.has_value());
  CHECK(again->at == moment);
  CHECK(again->best == "quiet");
  CHECK(again->others == choice.others);
  CHECK(again->worst == "price");
  const auto pair = read_value_choice(to_text({.at = moment, .best = "a", .others = {"b"}}));
  REQUIRE(pair.has_value());
  CHECK(pair->others == std::vector<std::string>{"b"});
  CHECK(pair->worst.empty());
}

TEST_CASE("What is no choice is passed over") {
  for (const char* text : {"", "quiet > craft", "2026-11-23T04:20:11Z", "2026-11-23T04:20:11Z ",
                           "2026-11-23T04:20:11Z quiet", "2026-11-23T04:20:11Z  > craft",
                           "2026-11-23T04:20:11Z a > b > c > d", "2026-11-23T04:20:11Z a > , b",
                           "yesterday a > b", "2026-11-23T04:20:11Z a > b > "})
    CHECK_MESSAGE(!read_value_choice(text).has_value(), text);
  CHECK(value_choices(Value("2026-11-23T04:20:11Z a > b")).empty());
  const Value mixed =
      Value::list({Value("2026-11-23T04:20:11Z a > b"), Value(int64_t{3}), Value("a > b")});
  CHECK(value_choices(mixed).size() == 1);
  CHECK(value_choices(value_of(value_choices(mixed))).size() == 1);
}

}  // namespace aizuchi::ground
