// The guard by its sentences. Over all combinations it is held against its twin in tests/oracle.
#include "respect/guard/guard.h"

#include <doctest/doctest.h>

#include <set>

#include "remember/ledger/person.h"
#include "respect/consent/consent.h"

namespace aizuchi::respect {

using ground::Assurance;
using ground::Basis;
using ground::ContextId;
using ground::Duration;
using ground::Instant;
using ground::Level;
using ground::Method;
using ground::PurposeId;
using ground::Subject;

namespace {

constexpr Instant now{1'775'000'000'000};
constexpr PurposeId layout{0};
constexpr ContextId shop_page{0}, browsing{1}, ordering{2}, meeting{3}, subject_line{4}, alone{5};

ground::Snapshot small_shop() {
  ground::Snapshot s;
  s.contexts = {{.id = shop_page, .name = "shop-page", .continues = {browsing}, .setting = "shop"},
                {.id = browsing, .name = "browsing", .setting = "shop"},
                {.id = ordering, .name = "ordering", .setting = "shop"},
                {.id = meeting, .name = "meeting", .setting = "office"},
                {.id = subject_line,
                 .name = "subject-line",
                 .seen_by_others = true,
                 .continues = {browsing},
                 .setting = "shop"},
                {.id = alone, .name = "alone"}};
  s.build_index();
  return s;
}

// One question to the guard, everything open; a test closes what it is about.
struct Question {
  ground::Snapshot snapshot = small_shop();
  ground::Provenance provenance{.collected_in = browsing,
                                .purposes = {1},
                                .method = Method::stated,
                                .viewer_min = Assurance::a1};
  ground::Purpose purpose{.id = layout, .basis = Basis::consent};
  ground::PurposeSet purposes_today{1};
  std::string name = "inquiry.topic";
  ContextId shown = shop_page;
  Standing standing = Standing::granted;
  Assurance viewer = Assurance::a2;
  Assurance viewer_min = Assurance::a0;
  bool sensitive = false, pii = false;
  Instant expires_at = Instant::never(), say_until = Instant::never();

  Ruling ask() const {
    return rule({.provenance = provenance,
                 .name = name,
                 .purposes_today = purposes_today,
                 .viewer_min = viewer_min,
                 .sensitive = sensitive,
                 .pii = pii,
                 .at = now - Duration::days(1),
                 .expires_at = expires_at,
                 .say_until = say_until},
                {.snapshot = snapshot,
                 .purpose = purpose,
                 .context = *snapshot.context(shown),
                 .viewer = viewer,
                 .now = now,
                 .standing = standing});
  }
  void norm(Level level, std::vector<std::string> facts, std::vector<ContextId> from = {},
            std::vector<ContextId> to = {}, Instant on = now) {
    snapshot.norms.push_back({.name = "norm",
                              .facts = std::move(facts),
                              .from = std::move(from),
                              .to = std::move(to),
                              .level = level,
                              .on = on});
  }
};

bool ruled(const Ruling& ruling, Level level, Refusal why) {
  return ruling.level == level && ruling.why == why;
}

}  // namespace

TEST_CASE("[P1] Two contexts are the same, near, or outside each other") {
  const ground::Snapshot s = small_shop();
  const auto between = [&](ContextId collected, ContextId shown) {
    return relation(*s.context(collected), *s.context(shown));
  };
  CHECK(between(shop_page, shop_page) == Relation::same);
  CHECK(between(browsing, shop_page) == Relation::same);
  CHECK(between(shop_page, browsing) == Relation::near);  // continuing has a direction
  CHECK(between(ordering, shop_page) == Relation::near);
  CHECK(between(meeting, shop_page) == Relation::outside);
  CHECK(between(alone, shop_page) == Relation::outside);
  CHECK(between(alone, alone) == Relation::same);
}

TEST_CASE("[P1] Each gate closes by itself, and says which one it was") {
  Question open;
  REQUIRE(ruled(open.ask(), Level::say, Refusal::none));
  const auto closed_by = [](auto&& change) {
    Question q;
    change(q);
    const Ruling ruling = q.ask();
    CHECK(ruling.level == Level::deny);
    return ruling.why;
  };
  CHECK(closed_by([](Question& q) { q.provenance.purposes = {2}; }) == Refusal::not_collected_for);
  CHECK(closed_by([](Question& q) { q.purposes_today = {2}; }) == Refusal::purpose_ended);
  CHECK(closed_by([](Question& q) { q.standing = Standing::none; }) == Refusal::no_consent);
  CHECK(closed_by([](Question& q) { q.standing = Standing::withdrawn; }) == Refusal::withdrawn);
  CHECK(closed_by([](Question& q) { q.standing = Standing::text_changed; }) ==
        Refusal::consent_text_changed);
  CHECK(closed_by([](Question& q) { q.viewer = Assurance::a0; }) == Refusal::viewer_not_proven);
  CHECK(closed_by([](Question& q) {
          q.viewer = Assurance::a1;
          q.viewer_min = Assurance::a2;
        }) == Refusal::viewer_not_proven);
  CHECK(closed_by([](Question& q) { q.expires_at = now; }) == Refusal::expired);
}

TEST_CASE("[P1] A notice serves low-risk facts, and stops when it is told to") {
  Question q;
  q.purpose.basis = Basis::notice;
  q.standing = Standing::none;
  CHECK(q.ask().level == Level::say);
  q.pii = true;
  CHECK(ruled(q.ask(), Level::deny, Refusal::not_low_risk));
  q.pii = false;
  q.sensitive = true;
  CHECK(ruled(q.ask(), Level::deny, Refusal::not_low_risk));
  q.sensitive = false;
  q.standing = Standing::withdrawn;
  CHECK(ruled(q.ask(), Level::deny, Refusal::withdrawn));
}

TEST_CASE("[P1] Time runs out at the moment, not after it") {
  Question q;
  q.expires_at = now + Duration{1};
  q.say_until = now + Duration{1};
  CHECK(q.ask().level == Level::say);
  q.say_until = now;
  CHECK(ruled(q.ask(), Level::rank, Refusal::too_old_to_mention));
  q.expires_at = now;
  CHECK(q.ask().level == Level::deny);
}

TEST_CASE("[P1] The default outside is no; what was stated may be asked for again") {
  for (const ContextId where : {meeting, alone, ContextId{99}, ContextId{}})
    for (const Method method : {Method::stated, Method::told_to_staff, Method::observed,
                                Method::imported, Method::inferred}) {
      Question q;
      q.provenance.collected_in = where;
      q.provenance.method = method;
      const Level wanted = method == Method::stated ? Level::ask : Level::deny;
      CHECK(ruled(q.ask(), wanted, Refusal::outside_context));
      CHECK(q.ask().relation == Relation::outside);
    }
}

TEST_CASE("[P1] A norm speaks of the facts, contexts and time that it names, and of no others") {
  const auto with = [](std::vector<std::string> facts, std::vector<ContextId> from = {},
                       std::vector<ContextId> to = {}, Instant on = now,
                       std::string name = "inquiry.topic") {
    Question q;
    q.name = std::move(name);
    q.norm(Level::rank, std::move(facts), std::move(from), std::move(to), on);
    return q.ask();
  };
  CHECK(ruled(with({"inquiry.*"}), Level::rank, Refusal::by_norm));
  CHECK(ruled(with({"job", "inquiry.topic"}), Level::rank, Refusal::by_norm));
  CHECK(ruled(with({"*"}, {}, {}, now, ""), Level::rank, Refusal::by_norm));  // behaviour
  CHECK(ruled(with({"inquiry.*"}, {browsing}, {shop_page}), Level::rank, Refusal::by_norm));
  CHECK(with({"inquiry"}).level == Level::say);
  CHECK(with({"inquiry.topic.*"}).level == Level::say);
  CHECK(with({"inquiry.*"}, {}, {}, now, "inquiry").level == Level::say);
  CHECK(with({"inquiry.*"}, {}, {}, now, "inquiry_old").level == Level::say);
  CHECK(with({"inquiry.*"}, {}, {}, now, "").level == Level::say);
  CHECK(with({"inquiry.*"}, {ordering}).level == Level::say);
  CHECK(with({"inquiry.*"}, {}, {meeting}).level == Level::say);
  CHECK(with({"inquiry.*"}, {}, {}, now + Duration{1}).level == Level::say);
}

TEST_CASE("[P1] Of several norms the strictest holds, in whatever order they stand") {
  for (const bool turned : {false, true}) {
    Question q;
    q.provenance.collected_in = meeting;
    q.norm(turned ? Level::rank : Level::say, {"*"});
    q.norm(turned ? Level::say : Level::rank, {"*"});
    CHECK(ruled(q.ask(), Level::rank, Refusal::by_norm));
    q.norm(Level::deny, {"inquiry.*"});
    CHECK(ruled(q.ask(), Level::deny, Refusal::by_norm));
  }
}

TEST_CASE("[P1] A loosening norm opens a relation, and no gate") {
  Question q;
  q.provenance.collected_in = meeting;
  q.norm(Level::say, {"*"});
  CHECK(ruled(q.ask(), Level::say, Refusal::none));
  q.standing = Standing::none;
  CHECK(q.ask().level == Level::deny);
  q.standing = Standing::granted;
  q.provenance.purposes = {};
  CHECK(q.ask().level == Level::deny);
}

// ---- properties, over every small combination ----

namespace {

template <typename Visit>
void every_open_question(const Visit& visit) {
  for (const Method method : {Method::stated, Method::told_to_staff, Method::observed,
                              Method::imported, Method::inferred})
    for (const ContextId from : {shop_page, browsing, ordering, meeting, alone})
      for (const ContextId shown : {shop_page, subject_line, ordering})
        for (const Basis basis : {Basis::contract, Basis::notice, Basis::consent})
          for (const Subject subject : {Subject::self, Subject::family})
            for (int norm = -1; norm < 4; ++norm)
              for (int bits = 0; bits < 8; ++bits) {
                Question q;
                q.provenance.method = method;
                q.provenance.collected_in = from;
                q.provenance.subject = subject;
                q.shown = shown;
                q.purpose.basis = basis;
                q.sensitive = (bits & 1) != 0;
                q.pii = (bits & 2) != 0;
                if ((bits & 4) != 0) q.say_until = now;
                if (norm >= 0) q.norm(static_cast<Level>(norm), {"*"});
                visit(q);
              }
}

void restrict(Question& q, int how) {
  switch (how) {
    case 0:
      q.sensitive = true;
      break;
    case 1:
      q.pii = true;
      break;
    case 2:
      q.provenance.subject = Subject::gift;
      break;
    case 3:
      q.say_until = now;
      break;
    case 4:
      q.expires_at = now;
      break;
    case 5:
      q.standing = Standing::withdrawn;
      break;
    case 6:
      q.standing = Standing::none;
      break;
    case 7:
      q.viewer = Assurance::a0;
      break;
    case 8:
      q.viewer_min = Assurance::a3;
      break;
    case 9:
      q.provenance.purposes.remove(layout);
      break;
    case 10:
      q.purposes_today.remove(layout);
      break;
    default:
      q.snapshot.contexts[q.shown.index].seen_by_others = true;
  }
}
constexpr int restrictions = 12;

}  // namespace

TEST_CASE("[P1] No restriction ever opens what was closed") {
  size_t raised = 0, asked = 0;
  every_open_question([&](const Question& q) {
    const Level before = q.ask().level;
    for (int how = 0; how < restrictions; ++how, ++asked) {
      Question stricter = q;
      restrict(stricter, how);
      if (stricter.ask().level > before) ++raised;
    }
    // A norm that is stricter than what stands restricts too.
    for (int norm = 0; norm < static_cast<int>(before); ++norm, ++asked) {
      Question stricter = q;
      stricter.norm(static_cast<Level>(norm), {"*"});
      if (stricter.ask().level > before) ++raised;
    }
  });
  CHECK(raised == 0);
  CHECK(asked > 100'000);
}

TEST_CASE("[P1] Nothing inferred, nothing about another, nothing others can see is ever spoken") {
  size_t spoken = 0, seen = 0;
  every_open_question([&](const Question& q) {
    const bool never = q.provenance.method == Method::inferred ||
                       q.provenance.subject != Subject::self || q.shown == subject_line ||
                       q.say_until <= now || q.sensitive;
    if (!never) return;
    ++seen;
    if (q.ask().level == Level::say) ++spoken;
  });
  CHECK(spoken == 0);
  CHECK(seen > 5'000);
}

TEST_CASE("[P1] Who takes back a consent, or stops a notice, is at once no longer chosen for") {
  size_t used = 0, seen = 0;
  every_open_question([&](Question q) {
    if (q.purpose.basis == Basis::contract) return;
    q.standing = Standing::withdrawn;
    ++seen;
    if (q.ask().level >= Level::rank) ++used;
  });
  CHECK(used == 0);
  CHECK(seen > 5'000);
}

TEST_CASE("Every reason has its own word") {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(Refusal::warming); ++i)
    words.insert(to_string(static_cast<Refusal>(i)));
  CHECK(words.size() == static_cast<size_t>(Refusal::warming) + 1);
}

// ---- consent ----

TEST_CASE("[P1] A grant holds for the words it was given to; no record is no grant") {
  remember::PersonState person;
  ground::Purpose purpose{.id = {4}, .basis = Basis::consent, .text_hash = 11};
  CHECK(standing(person, purpose) == Standing::none);
  person.keep(remember::Consent{.purpose = {4}, .granted = true, .at = now, .text_hash = 11});
  CHECK(standing(person, purpose) == Standing::granted);
  purpose.text_hash = 12;
  CHECK(standing(person, purpose) == Standing::text_changed);
  person.keep(remember::Consent{.purpose = {4}, .granted = false, .at = now + Duration{1}});
  CHECK(standing(person, purpose) == Standing::withdrawn);
}

TEST_CASE("[P1] Without any basis nothing is kept") {
  ground::Snapshot s;
  s.purposes = {{.id = {0}, .name = "service", .basis = Basis::contract},
                {.id = {1}, .name = "layout", .basis = Basis::notice},
                {.id = {2}, .name = "mail", .basis = Basis::consent, .text_hash = 5}};
  s.build_index();
  remember::PersonState person;
  CHECK(any_basis(nullptr, {0b001}, s));
  CHECK(any_basis(nullptr, {0b010}, s));
  CHECK_FALSE(any_basis(nullptr, {0b100}, s));
  CHECK_FALSE(any_basis(&person, {0b100}, s));
  CHECK_FALSE(any_basis(&person, {}, s));
  CHECK_FALSE(any_basis(&person, {0b1000}, s));  // a purpose nobody knows
  person.keep(remember::Consent{.purpose = {2}, .granted = true, .at = now, .text_hash = 5});
  CHECK(any_basis(&person, {0b100}, s));
  person.keep(remember::Consent{.purpose = {1}, .granted = false, .at = now});
  CHECK_FALSE(any_basis(&person, {0b010}, s));
  CHECK(any_basis(&person, {0b011}, s));
}

}  // namespace aizuchi::respect
