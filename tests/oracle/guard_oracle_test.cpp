// The guard and its twin, over all small combinations (P1).
#include "oracle/guard_oracle.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "respect/consent/consent.h"
#include "respect/guard/guard.h"

namespace aizuchi::oracle {

using ground::Assurance;
using ground::Basis;
using ground::ContextId;
using ground::Duration;
using ground::Instant;
using ground::Level;
using ground::Method;
using ground::PurposeId;
using ground::Subject;
using respect::Standing;

namespace {

constexpr Instant now{1'775'000'000'000};
constexpr PurposeId purpose{3};

// Contexts by what each is to the display context, number 0.
constexpr ContextId collected_in[] = {{0}, {1}, {2}, {3}, {4}, {77}};

ground::Snapshot place_names(bool seen_by_others, const std::vector<Level>& norms) {
  ground::Snapshot s;
  s.contexts = {{.id = {0},
                 .name = "shown",
                 .shows = true,
                 .seen_by_others = seen_by_others,
                 .continues = {{1}},
                 .setting = "shop"},
                {.id = {1}, .name = "continued", .setting = "elsewhere"},
                {.id = {2}, .name = "same-setting", .setting = "shop"},
                {.id = {3}, .name = "other-setting", .setting = "office"},
                {.id = {4}, .name = "no-setting"}};
  for (const Level level : norms)
    s.norms.push_back({.name = "n", .facts = {"f"}, .level = level, .on = now - Duration::days(1)});
  s.build_index();
  return s;
}

Level guard(const GuardQuestion& q, const ground::Snapshot& snapshot) {
  static constexpr Standing standings[] = {Standing::none, Standing::granted, Standing::withdrawn,
                                           Standing::text_changed};
  ground::PurposeSet at_collection, today;
  if (q.purpose_at_collection) at_collection.add(purpose);
  if (q.purpose_today) today.add(purpose);
  const ground::Purpose of_slot{.id = purpose, .basis = q.basis};
  const ground::Provenance provenance{
      .collected_in = collected_in[static_cast<size_t>(q.told)],
      .purposes = at_collection,
      .method = q.method,
      .subject = q.subject,
      .viewer_min = q.viewer_min,
  };
  const respect::Matter matter{
      .provenance = provenance,
      .name = "f",
      .purposes_today = today,
      .sensitive = q.sensitive,
      .pii = q.pii,
      .at = now - Duration::days(2),
      .expires_at = q.expired ? now : now + Duration{1},
      .say_until = q.too_old_to_mention ? now : now + Duration{1},
  };
  const respect::Place place{.snapshot = snapshot,
                             .purpose = of_slot,
                             .context = snapshot.contexts[0],
                             .viewer = q.viewer,
                             .now = now,
                             .standing = standings[static_cast<size_t>(q.word)]};
  const respect::Ruling ruling = respect::rule(matter, place);
  // A reason is given for everything below SAY, and only then.
  if ((ruling.level == Level::say) != (ruling.why == respect::Refusal::none))
    FAIL("level and reason do not go together");
  return ruling.level;
}

std::string describe(const GuardQuestion& q) {
  std::string norms;
  for (const Level level : q.norms) norms += fmt::format(" {}", to_string(level));
  return fmt::format(
      "{} told={} sensitive={} pii={} {} {} word={} purposes={}{} viewer={} min={} expired={} "
      "old={} others={} norms:{}",
      to_string(q.method), static_cast<int>(q.told), q.sensitive, q.pii, to_string(q.subject),
      to_string(q.basis), static_cast<int>(q.word), q.purpose_at_collection, q.purpose_today,
      to_string(q.viewer), to_string(q.viewer_min), q.expired, q.too_old_to_mention,
      q.seen_by_others, norms);
}

// Counts by itself: a CHECK for each of millions would take minutes.
struct Comparison {
  size_t asked = 0;
  size_t different = 0;
  std::string first;

  void compare(const GuardQuestion& q, const ground::Snapshot& snapshot) {
    ++asked;
    const Level ours = guard(q, snapshot);
    const Level wanted = guard_says(q);
    if (ours == wanted) return;
    if (different++ == 0)
      first = fmt::format("{}: guard says {}, its twin {}", describe(q), to_string(ours),
                          to_string(wanted));
  }
};

constexpr Method methods[] = {Method::stated, Method::told_to_staff, Method::observed,
                              Method::imported, Method::inferred};
constexpr Assurance proofs[] = {Assurance::a0, Assurance::a1, Assurance::a2, Assurance::a3};

template <typename Visit>
void each_gate(GuardQuestion q, const Visit& visit) {
  for (const Basis basis : {Basis::contract, Basis::notice, Basis::consent})
    for (int word = 0; word < 4; ++word)
      for (int purposes = 0; purposes < 4; ++purposes)
        for (const Assurance viewer : proofs)
          for (const Assurance least : {Assurance::a0, Assurance::a1, Assurance::a2}) {
            q.basis = basis;
            q.word = static_cast<Word>(word);
            q.purpose_at_collection = (purposes & 1) != 0;
            q.purpose_today = (purposes & 2) != 0;
            q.viewer = viewer;
            q.viewer_min = least;
            visit(q);
          }
}

template <typename Visit>
void each_matter(GuardQuestion q, const Visit& visit) {
  for (const Method method : methods)
    for (const Told told :
         {Told::in_the_same_context, Told::in_the_same_setting, Told::in_another_setting})
      for (int bits = 0; bits < 32; ++bits) {
        q.method = method;
        q.told = told;
        q.sensitive = (bits & 1) != 0;
        q.pii = (bits & 2) != 0;
        q.expired = (bits & 4) != 0;
        q.too_old_to_mention = (bits & 8) != 0;
        q.subject = (bits & 16) != 0 ? Subject::gift : Subject::self;
        visit(q);
      }
}

const std::vector<std::vector<Level>> few_norms = {{},
                                                   {Level::deny},
                                                   {Level::ask},
                                                   {Level::rank},
                                                   {Level::say},
                                                   {Level::say, Level::rank},
                                                   {Level::deny, Level::say}};

}  // namespace

TEST_CASE("[P1] The guard says what its twin says, for every combination of its inputs") {
  Comparison all;
  for (const std::vector<Level>& norms : few_norms)
    for (const bool seen_by_others : {false, true}) {
      const ground::Snapshot snapshot = place_names(seen_by_others, norms);
      const GuardQuestion start{.seen_by_others = seen_by_others, .norms = norms};
      each_matter(start, [&](const GuardQuestion& matter) {
        each_gate(matter, [&](const GuardQuestion& q) { all.compare(q, snapshot); });
      });
    }
  INFO(all.first);
  CHECK(all.different == 0);
  CHECK(all.asked > 3'000'000);
}

TEST_CASE("[P1] Every relation of two contexts, every subject, and norms in threes agree too") {
  Comparison all;
  const Level levels[] = {Level::deny, Level::ask, Level::rank, Level::say};
  std::vector<std::vector<Level>> norms = few_norms;
  for (const Level a : levels)
    for (const Level b : levels)
      for (const Level c : levels) norms.push_back({a, b, c});
  for (const std::vector<Level>& some : norms) {
    const ground::Snapshot snapshot = place_names(false, some);
    for (int told = 0; told < 6; ++told)
      for (const Subject subject :
           {Subject::self, Subject::family, Subject::gift, Subject::company})
        for (const Method method : methods)
          for (const bool sensitive : {false, true})
            all.compare({.method = method,
                         .told = static_cast<Told>(told),
                         .sensitive = sensitive,
                         .subject = subject,
                         .norms = some},
                        snapshot);
  }
  INFO(all.first);
  CHECK(all.different == 0);
}

TEST_CASE("The twin can tell right from wrong: the table's cells are what the design prints") {
  CHECK(guard_says({.method = Method::stated, .told = Told::in_another_setting}) == Level::ask);
  CHECK(guard_says({.method = Method::observed, .told = Told::in_the_same_setting}) == Level::rank);
  CHECK(guard_says({.method = Method::observed, .told = Told::in_a_context_it_continues}) ==
        Level::say);
  CHECK(guard_says(
            {.method = Method::inferred, .told = Told::in_the_same_setting, .sensitive = true}) ==
        Level::deny);
  CHECK(guard_says({.word = Word::never_asked}) == Level::deny);
  CHECK(guard_says({.basis = Basis::contract, .word = Word::no}) == Level::say);
}

}  // namespace aizuchi::oracle
