#include "understand/resonance/leaning.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "ground/base/bytes.h"
#include "ground/catalog/snapshot.h"
#include "ground/domain/value_choice.h"
#include "understand/resonance/leaning_record.h"
#include "understand/resonance/leanings.h"
#include "understand/resonance/usual.h"
#include "understand/resonance/value_model.h"

namespace aizuchi::understand {

namespace {

const ground::Instant moment = *ground::parse_instant("2026-06-01T10:00:00Z");

ground::Snapshot snapshot_of(const std::vector<std::string>& axes) {
  ground::Snapshot out;
  out.version = 1;
  for (const std::string& name : axes)
    out.axes.push_back({.id = {static_cast<uint8_t>(out.axes.size())}, .name = name});
  out.build_index();
  return out;
}

ground::Value chose(const std::vector<ground::ValueChoice>& choices) {
  return ground::value_of(choices);
}

const ground::Value quiet_twice =
    chose({{.at = moment, .best = "quiet", .others = {"makers", "craft"}, .worst = "price"},
           {.at = moment + ground::Duration::minutes(1),
            .best = "quiet",
            .others = {"season", "craft"}}});

}  // namespace

TEST_CASE("What was chosen is dearer than usual to them, and what was not less so") {
  const auto snapshot = snapshot_of({"quiet", "makers", "craft", "price", "season"});
  Leanings leanings;
  const auto leaning = leanings.of(quiet_twice, snapshot, moment);
  REQUIRE(leaning != nullptr);
  CHECK(leaning->more[0] > 0.2);
  CHECK(leaning->more[3] < 0);
  CHECK(leaning->more[3] == *std::ranges::min_element(leaning->more));
  CHECK(std::accumulate(leaning->more.begin(), leaning->more.end(), 0.0) ==
        doctest::Approx(0).epsilon(1e-6));
  CHECK(leanings.of(chose({}), snapshot, moment) == nullptr);
}

TEST_CASE("The same answers are the same leaning the whole day, and fade over years") {
  const auto snapshot = snapshot_of({"quiet", "makers", "craft", "price", "season"});
  Leanings leanings;
  const auto now = moment + ground::Duration::days(1);
  const auto first = leanings.of(quiet_twice, snapshot, now);
  CHECK(leanings.of(quiet_twice, snapshot, now + ground::Duration::hours(13)) == first);
  const auto made_again = [&] {
    leanings.forget();
    return leanings.of(quiet_twice, snapshot, now + ground::Duration::hours(13));
  }();
  CHECK(made_again->more == first->more);
  CHECK(made_again->belief.covariance == first->belief.covariance);
  const auto later = leanings.of(quiet_twice, snapshot, moment + ground::Duration::days(1080));
  CHECK(later->more[0] > 0);
  CHECK(later->more[0] < first->more[0] / 2);
}

TEST_CASE("[P1] What was picked counts a quarter of an answer, and is never told of anyone") {
  const auto snapshot = snapshot_of({"quiet", "makers", "craft", "price", "season"});
  Leanings leanings;
  const auto craft = chose({{.at = moment, .best = "craft", .others = {"quiet", "price"}}});
  const auto told = leanings.of(craft, snapshot, moment);
  const auto leant = leanings.of(chose({}), snapshot, moment, craft);
  REQUIRE(leant != nullptr);
  CHECK(leant->more[2] > 0.02);
  CHECK(leant->more[2] < told->more[2] / 2);
  CHECK(leant->belief.mean == std::vector<double>(5));
  const auto both = leanings.of(quiet_twice, snapshot, moment, craft);
  const auto answers = leanings.of(quiet_twice, snapshot, moment);
  CHECK(both->more[2] > answers->more[2]);
  CHECK(both->belief.mean == answers->belief.mean);
}

TEST_CASE("An axis that the brand has no more takes its answers with it, not the others") {
  Leanings leanings;
  const auto without_price = snapshot_of({"quiet", "makers", "craft", "season"});
  CHECK(answers_of(quiet_twice, without_price).size() == 2);
  CHECK_FALSE(answers_of(quiet_twice, without_price)[0].second.worst.has_value());
  const auto without_quiet = snapshot_of({"makers", "craft", "season"});
  CHECK(answers_of(quiet_twice, without_quiet).empty());
  CHECK(leanings.of(quiet_twice, without_quiet, moment) == nullptr);
  const auto only_quiet = snapshot_of({"quiet", "new"});
  CHECK(answers_of(quiet_twice, only_quiet).empty());
}

TEST_CASE("What is usual is known by the names of the axes") {
  Usual usual{.axes = {"b", "a"}, .belief = nothing_known(2, 1)};
  usual.belief.mean = {0.5, -0.5};
  usual.belief.at(0, 1) = usual.belief.at(1, 0) = 0.25;
  const auto snapshot = snapshot_of({"a", "b", "c"});
  const Belief belief = usual_of(&usual, snapshot.axes);
  CHECK(belief.mean == std::vector<double>{-0.5, 0.5, 0});
  CHECK(belief.at(0, 1) == 0.25);
  CHECK(belief.at(2, 2) == prior_sd * prior_sd);
  CHECK(belief.at(0, 2) == 0);
  CHECK(usual_of(nullptr, snapshot.axes).mean == std::vector<double>(3));
}

TEST_CASE("A record keeps a leaning to the last bit, and refuses what cannot be one") {
  const auto snapshot = snapshot_of({"quiet", "makers", "craft", "price", "season"});
  Leanings leanings;
  const auto leaning = leanings.of(quiet_twice, snapshot, moment);
  ground::ByteWriter out;
  encode(out, leaning.get());
  encode(out, nullptr);
  ground::ByteReader in(out.view());
  const auto again = decode_leaning(in);
  REQUIRE(again != nullptr);
  CHECK(again->more == leaning->more);
  CHECK(again->belief.mean == leaning->belief.mean);
  CHECK(again->belief.covariance == leaning->belief.covariance);
  CHECK(decode_leaning(in) == nullptr);
  CHECK(in.done());
  ground::ByteReader too_many("\x0d");
  (void)decode_leaning(too_many);
  CHECK_FALSE(too_many.ok());
  ground::ByteReader cut(std::string_view(out.view()).substr(0, 9));
  (void)decode_leaning(cut);
  CHECK_FALSE(cut.ok());
}

}  // namespace aizuchi::understand
