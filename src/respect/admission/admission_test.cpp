// The one window on a person: levels of what is computed, precedence, reasons, replay.
#include "respect/admission/admission.h"
#include "ground/base/dice.h"
#include "respect/admission/recording.h"

#include "respect/admission/test_view.h"

namespace aizuchi::respect {

using ground::Assurance;
using ground::Duration;
using ground::Level;
using ground::Method;
using ground::Subject;
using ground::Value;
using listen::test::TestPerson;
using test::View;

namespace {

const ground::BrandFiles shop = listen::test::files({
    {"brand.yaml",
     "brand: small\nname: Small\nlocales: [en]\nphases: [stranger, visitor, customer, regular]\n"},
    {"phases.yaml", R"yaml(phases:
  stranger: {}
  visitor: {when: visits >= 2}
  customer: {when: count('Order Completed') >= 1}
  regular: {when: count('Order Completed') >= 3}
)yaml"},
    {"purposes.yaml", R"yaml(purposes:
  service: {basis: contract, says: to serve}
  layout: {basis: notice, says: to arrange}
  recommend: {basis: consent, explicit: true, says: to suggest}
)yaml"},
    {"contexts.yaml", R"yaml(contexts:
  browsing: {}
  ordering: {}
  support: {}
  page: {shows: true, continues: [browsing]}
  mail: {shows: true, continues: [ordering]}
settings: {shop: [browsing, ordering, page, mail]}
norms:
  - {name: no-shelf, facts: [shelf_told], to: [page], level: deny, why: w, by: b, on: 2026-01-01}
)yaml"},
    {"sources.yaml", R"yaml(sources:
  web: {context: browsing, purposes: [layout, recommend], says: this site}
  till: {context: ordering, purposes: [layout, service, recommend], says: orders}
  quiet: {context: browsing, purposes: [recommend], says: quiet}
  desk: {context: support, purposes: [service, layout], channel: chat, says: support}
)yaml"},
    {"events.yaml", "events:\n  Short Lived: {keep: 10d}\n"},
    {"facts.yaml", R"yaml(facts:
  job: {type: string, label: role, purposes: [layout, recommend], keep: 100d, say_for: 30d}
  health: {type: string, label: health, sensitive: true, purposes: [recommend]}
  shelf: {type: string, derived: "top('Product Viewed', 'category')", label: shelf}
  shelf_again: {type: string, derived: "facts.shelf + '!'", label: shelf again}
  shelf_told: {type: string, derived: "top('Product Viewed', 'category')", label: told}
  shelf_layout:
    {type: string, derived: "top('Product Viewed', 'category')", purposes: [layout], label: l}
  shelf_secret:
    {type: string, derived: "top('Product Viewed', 'category')", sensitive: true, label: s}
  shelf_proven:
    {type: string, derived: "top('Product Viewed', 'category')", viewer_min: A2, label: p}
  views: {type: int, derived: count('Product Viewed'), label: views}
)yaml"},
    {"products.ndjson",
     R"({"id": "p-1", "name": "One", "category": "light", "price": 10, "url": "/1"}
{"id": "p-2", "name": "Two", "category": "clinic", "price": 20, "url": "/2", "sensitive": true}
)"},
    {"slots/page.yaml", R"yaml(slots:
  hero: {channel: web, context: page, purpose: layout, shape: one, fallback: hero-base}
  picks: {channel: web, context: page, purpose: recommend, shape: one, fallback: picks-base}
  aside: {channel: web, context: page, purpose: layout, shape: one, fallback: aside-base}
  letter: {channel: email, context: mail, purpose: service, shape: one, fallback: silence}
)yaml"},
    {"items/page.yaml", R"yaml(- {id: hero-base, slot: hero, wordings: [{say: {t: hello}}]}
- id: hero-all
  slot: [hero, picks, aside]
  speaks: []
  boost: "now > last('Product Viewed') && now > first('Product Viewed') ? 1.0 : 2.0"
  when: >-
    has(facts.job) || has(facts.shelf_again) || has(facts.shelf_told) || has(facts.shelf_layout)
    || has(facts.shelf_secret) || has(facts.shelf_proven) || facts.views > 0 || phase == 'regular'
    || count('Product Viewed', duration('48h')) > 1 || count('Short Lived') > 0 || visits > 5
    || sum('Order Completed', 'total') > 5.0 || has(facts.health) || context.device == 'phone'
    || context.page == 'x'
  wordings: [{say: {t: hello you}}]
- {id: picks-base, slot: picks, wordings: [{say: {t: hello}}]}
- {id: aside-base, slot: aside, wordings: [{say: {t: hello}}]}
- id: aside-more
  slot: aside
  speaks: []
  when: count('Order Completed', duration('48h')) > 0 || cart.count > 1
  wordings: [{say: {t: more}}]
- id: letter-cart
  slot: letter
  speaks: []
  when: cart.count > 0 && cart.total > 0.0 && size(cart.items) > 0
  wordings: [{say: {t: your cart}}]
)yaml"},
});

constexpr const char* viewed = "count('Product Viewed')";

// A fact put there directly: of any method, which no source of this brand would give.
void put(TestPerson& p, std::string_view fact, const char* value, Method method, ground::Instant at,
         Subject subject = Subject::self, std::string_view context = "browsing") {
  const ground::ContextId where = p.brand->context(context)->id;
  const ground::Provenance provenance{.collected_in = where,
                                      .purposes = p.brand->source("till")->purposes,
                                      .source = p.brand->source("web")->id,
                                      .method = method,
                                      .subject = subject};
  p.person.keep({.key = p.brand->fact(fact)->id,
                 .provenance = *p.vocabulary.intern(provenance),
                 .value = Value(value),
                 .at = at,
                 .evidence = 5},
                method, where, p);
}

void view(TestPerson& p, std::string_view source, int times = 1) {
  for (int i = 0; i < times; ++i)
    p.does(source, "Product Viewed", R"({"product_id":"p-1","category":"light"})");
}

}  // namespace

TEST_CASE("[P1] A count is at the lowest level of what was counted") {
  TestPerson p(shop);
  view(p, "web", 2);
  CHECK(View(p, "hero").level(viewed) == Level::say);
  CHECK(View(p, "hero").find(viewed)->source().method == Method::observed);
  view(p, "till");  // near: it may choose, and is not spoken
  const View both(p, "hero");
  CHECK(both.value(viewed).same(Value(3)));
  CHECK(both.level(viewed) == Level::rank);
  CHECK(both.find(viewed)->lowered_by() == Refusal::near_context);
  CHECK(both.find(viewed)->relation() == Relation::near);
}

TEST_CASE("[P1] Events whose purposes lack the slot's are not counted") {
  TestPerson p(shop);
  view(p, "web", 2);
  view(p, "quiet", 5);
  const View seen(p, "hero");
  CHECK(seen.value(viewed).same(Value(2)));
  CHECK(seen.level(viewed) == Level::say);
  CHECK(seen.why(viewed) == Refusal::not_collected_for);
  p.answers("recommend", true);
  CHECK(View(p, "picks").value(viewed).same(Value(7)));
}

TEST_CASE("[P9] Nothing counted is zero; nothing counted beside something withheld is absent") {
  TestPerson p(shop);
  CHECK(View(p, "hero").value(viewed).same(Value(0)));
  CHECK(View(p, "hero").value("sum('Order Completed', 'total')").same(Value(0.0)));
  view(p, "desk");
  const View hidden(p, "hero");
  CHECK(hidden.find(viewed) == nullptr);
  CHECK(hidden.why(viewed) == Refusal::outside_context);
  CHECK(hidden.find("facts.views") == nullptr);
  // Long enough ago, it is not part of the window that was asked for.
  p.later(Duration::days(5));
  CHECK(View(p, "hero").value("count('Product Viewed', duration('48h'))").same(Value(0)));
}

TEST_CASE("[P1] A conclusion is never above RANK; a bare count is what was seen") {
  TestPerson p(shop);
  p.sends("web", R"({"type":"page"})");
  view(p, "web", 3);
  const View seen(p, "hero");
  CHECK(seen.value("facts.shelf").as_string() == "light");
  CHECK(seen.value("facts.shelf_again").as_string() == "light!");
  for (const char* conclusion : {"facts.shelf", "facts.shelf_again", "phase"}) {
    CAPTURE(conclusion);
    CHECK(seen.level(conclusion) == Level::rank);
    CHECK(seen.find(conclusion)->lowered_by() == Refusal::inferred);
    CHECK_FALSE(seen.admission.sayable(seen.read(conclusion)));
  }
  CHECK(seen.find("facts.shelf")->source().method == Method::inferred);
  CHECK(seen.level("facts.views") == Level::say);
  CHECK(seen.find("facts.views")->source().method == Method::observed);
  CHECK(seen.admission.sayable(seen.read(viewed)));
}

TEST_CASE("[P1] A derived fact's own rule lowers what its inputs would allow") {
  TestPerson p(shop);
  view(p, "web");
  p.answers("recommend", true);
  const View picks(p, "picks");
  CHECK(picks.why("facts.shelf_layout") == Refusal::purpose_ended);
  CHECK(picks.why("facts.shelf_told") == Refusal::by_norm);
  CHECK(picks.why("facts.shelf_secret") == Refusal::sensitive);
  for (const char* hidden : {"facts.shelf_layout", "facts.shelf_told", "facts.shelf_secret"})
    CHECK(picks.find(hidden) == nullptr);
  const View hero(p, "hero", Assurance::a1);
  CHECK(hero.level("facts.shelf_layout") == Level::rank);
  CHECK(hero.why("facts.shelf_proven") == Refusal::viewer_not_proven);
  CHECK(hero.why("facts.shelf_secret") == Refusal::not_low_risk);
  CHECK(View(p, "hero").level("facts.shelf_proven") == Level::rank);
}

TEST_CASE("A value that is still being counted is absent, and says so") {
  TestPerson p(shop);
  view(p, "web", 3);
  for (remember::Aggregate& aggregate : p.person.aggregates) aggregate.warming = true;
  const View seen(p, "hero");
  CHECK(seen.find(viewed) == nullptr);
  CHECK(seen.why(viewed) == Refusal::warming);
  CHECK(seen.find("facts.shelf") == nullptr);
}

TEST_CASE("Behaviour counts as long as the brand keeps its event") {
  TestPerson p(shop);
  p.does("web", "Short Lived");
  CHECK(View(p, "hero").value("count('Short Lived')").same(Value(1)));
  p.later(Duration::days(9));
  CHECK(View(p, "hero").value("count('Short Lived')").same(Value(1)));
  p.later(Duration::days(2));
  CHECK(View(p, "hero").value("count('Short Lived')").same(Value(0)));
}

TEST_CASE("[P1] What the person stated goes before what staff, eyes, imports and guesses say") {
  const Method order[] = {Method::stated, Method::told_to_staff, Method::observed, Method::imported,
                          Method::inferred};
  for (size_t strongest = 0; strongest < 5; ++strongest) {
    TestPerson p(shop);
    p.answers("recommend", true);
    // The weaker, the newer: precedence and not age decides.
    for (size_t i = strongest; i < 5; ++i)
      put(p, "job", std::string(to_string(order[i])).c_str(), order[i],
          p.now - Duration::hours(10 - static_cast<int64_t>(i)));
    const View seen(p, "picks");
    CHECK(seen.value("facts.job").as_string() == to_string(order[strongest]));
    CHECK(seen.find("facts.job")->source().method == order[strongest]);
    CHECK(seen.find("facts.job")->source().evidence == 5);
  }
}

TEST_CASE("[P1] Of equals the newest, of people oneself; what is refused makes room for the next") {
  TestPerson p(shop);
  put(p, "job", "old", Method::stated, p.now - Duration::days(3));
  put(p, "job", "new", Method::stated, p.now - Duration::days(1), Subject::self, "ordering");
  CHECK(View(p, "hero").value("facts.job").as_string() == "new");
  put(p, "job", "theirs", Method::stated, p.now, Subject::gift);
  CHECK(View(p, "hero").value("facts.job").as_string() == "new");
  // In the support context it was stated last; there it may only be asked about.
  put(p, "job", "told to support", Method::stated, p.now, Subject::self, "support");
  const View seen(p, "hero");
  CHECK(seen.value("facts.job").as_string() == "new");
  CHECK(seen.level("facts.job") == Level::say);
  CHECK_FALSE(seen.why("facts.job").has_value());
}

TEST_CASE("[P3] Each value that was held back says why; what may be spoken is not in that list") {
  TestPerson p(shop);
  put(p, "job", "sales", Method::stated, p.now - Duration::days(31));
  const View old(p, "hero");
  CHECK(old.level("facts.job") == Level::rank);
  CHECK(old.why("facts.job") == Refusal::too_old_to_mention);
  p.later(Duration::days(70));
  CHECK(View(p, "hero").why("facts.job") == Refusal::expired);  // kept for 100 days
  TestPerson q(shop);
  put(q, "health", "flu", Method::stated, q.now);
  CHECK(View(q, "picks").why("facts.health") == Refusal::no_consent);
  q.answers("recommend", true);
  CHECK(View(q, "picks").level("facts.health") == Level::rank);
  CHECK(View(q, "picks").why("facts.health") == Refusal::sensitive);
  q.answers("recommend", false);
  CHECK(View(q, "picks").why("facts.health") == Refusal::withdrawn);
  CHECK(View(q, "picks").find("facts.health") == nullptr);
}

TEST_CASE("[P9] A phase that hangs on something withheld is absent: no hello to a regular") {
  TestPerson p(shop);
  CHECK(View(p, "hero").value("phase").as_string() == "stranger");
  // Three orders that a page may not know of without proof.
  for (int i = 0; i < 3; ++i) {
    p.does("till", "Order Completed", "{}", Assurance::a3);
    p.later(Duration::hours(2));
  }
  const View anonymous(p, "hero", Assurance::a1);
  CHECK(anonymous.find("phase") == nullptr);
  CHECK(anonymous.why("phase") == Refusal::viewer_not_proven);
  CHECK(View(p, "hero", Assurance::a2).value("phase").as_string() == "regular");
  // What is certain stays certain: three orders that may be counted, beside one that may not.
  TestPerson q(shop);
  for (int i = 0; i < 3; ++i) q.does("web", "Order Completed");
  q.does("desk", "Order Completed");
  CHECK(View(q, "hero", Assurance::a1).value("phase").as_string() == "regular");
}

TEST_CASE("Visits count this one, and are absent when they may not be known") {
  TestPerson p(shop);
  CHECK(View(p, "hero").value("visits").same(Value(1)));
  CHECK(View(p, "hero", Assurance::a0, false).value("visits").same(Value(1)));
  p.sends("web", R"({"type":"page"})");
  CHECK(View(p, "hero").value("visits").same(Value(1)));
  p.later(Duration::hours(1));
  CHECK(View(p, "hero").value("visits").same(Value(2)));
  CHECK(View(p, "hero", Assurance::a0).find("visits") == nullptr);
  CHECK(View(p, "picks").why("visits") == Refusal::no_consent);
}

TEST_CASE("[P8] The cart is spoken in the mail that continues the order, unless it is delicate") {
  TestPerson p(shop);
  CHECK(View(p, "letter").find("cart.count") == nullptr);
  p.does("till", "Product Added", R"({"product_id":"p-1","price":10,"quantity":2})");
  const View plain(p, "letter");
  CHECK(plain.level("cart.count") == Level::say);
  CHECK(plain.value("cart.count").same(Value(2)));
  CHECK(plain.value("cart.total").same(Value(20.0)));
  CHECK(plain.value("cart.items").as_list().size() == 1);
  p.does("till", "Product Added", R"({"product_id":"p-2","price":20})");
  const View delicate(p, "letter");
  CHECK(delicate.level("cart.items") == Level::rank);
  CHECK(delicate.find("cart.items")->lowered_by() == Refusal::sensitive);
  CHECK(delicate.find("cart.items")->sensitive());
}

TEST_CASE("Nobody known: what was entrusted is absent, the question's own context is there") {
  TestPerson p(shop);
  put(p, "job", "sales", Method::stated, p.now);
  view(p, "web");
  const View nobody(p, "hero", Assurance::a0, false);
  CHECK(nobody.find("facts.job") == nullptr);
  CHECK(nobody.value(viewed).same(Value(0)));
  CHECK(nobody.find("last('Product Viewed')") == nullptr);
  CHECK(nobody.admission.withheld().empty());
  CHECK(nobody.value("context.device").as_string() == "phone");
  CHECK(nobody.find("context.device")->impersonal());
  CHECK(nobody.level("context.device") == Level::say);
  CHECK(nobody.find("context.page") == nullptr);  // null: not told
  CHECK(nobody.find("now")->impersonal());
}

TEST_CASE("A slot is given nothing that it does not read") {
  TestPerson p(shop);
  put(p, "job", "sales", Method::stated, p.now);
  View letter(p, "letter");
  CHECK(letter.find("facts.job") == nullptr);
  CHECK(letter.admission.read(letter.read("facts.job")) == nullptr);
  CHECK(letter.admission.read(9999) == nullptr);
}

TEST_CASE("[P3] Only what was really read is named, once, in the slot's order") {
  TestPerson p(shop);
  view(p, "web");
  View seen(p, "hero");
  CHECK(seen.admission.take_touched().empty());  // computing a derived value is not using it
  const ground::ReadId visits = seen.read("visits"), count = seen.read(viewed);
  CHECK(seen.admission.read(visits) != nullptr);
  CHECK(seen.admission.read(count) != nullptr);
  CHECK(seen.admission.read(visits) != nullptr);
  CHECK(seen.admission.read(seen.read("facts.job")) == nullptr);  // absent: nothing was used
  auto touched = seen.admission.take_touched();
  REQUIRE(touched.size() == 2);
  const auto& order = seen.admission.slot().reads;
  CHECK(std::ranges::find(order, touched[0]) < std::ranges::find(order, touched[1]));
  CHECK(seen.admission.take_touched().empty());
  CHECK(seen.admission.find(visits) != nullptr);  // looking is not reading
  CHECK(seen.admission.take_touched().empty());
}

namespace {

void check_same(const Admission& a, const Admission& b) {
  REQUIRE(a.recorded().size() == b.recorded().size());
  for (size_t i = 0; i < a.recorded().size(); ++i) {
    const RecordedRead x = a.recorded()[i], y = b.recorded()[i];
    CHECK(x.read == y.read);
    CHECK(x.value.same(y.value));
    CHECK(x.level == y.level);
    CHECK(x.lowered_by == y.lowered_by);
    CHECK(x.relation == y.relation);
    CHECK(x.source.at == y.source.at);
    CHECK(x.source.method == y.source.method);
    CHECK(x.source.collected_in == y.source.collected_in);
    CHECK(x.source.evidence == y.source.evidence);
    CHECK(x.sensitive == y.sensitive);
    CHECK(x.impersonal == y.impersonal);
  }
  CHECK(a.withheld().size() == b.withheld().size());
}

}  // namespace

TEST_CASE("[P3] A decision replayed from its record is given exactly what it was given") {
  TestPerson p(shop);
  p.sends("web", R"({"type":"page"})");
  view(p, "web", 2);
  view(p, "quiet");
  put(p, "job", "sales", Method::stated, p.now);
  for (const char* slot : {"hero", "picks", "letter"}) {
    const View live(p, slot);
    ground::ByteWriter bytes;
    Recording::encode(bytes, live.admission);
    ground::ByteReader in(bytes.view());
    const Recording recording = Recording::decode(in, p.brand->slot(slot)->key);
    CHECK(in.done());
    const Admission replayed(*p.brand, *p.brand->slot(slot), recording);
    check_same(live.admission, replayed);
  }
  // Nothing below RANK is ever in a record.
  for (const RecordedRead& r : View(p, "hero").admission.recorded()) CHECK(r.level >= Level::rank);
}

TEST_CASE("[P3] Taking one value away takes what was computed from it, and nothing else") {
  TestPerson p(shop);
  view(p, "web", 2);
  put(p, "job", "sales", Method::stated, p.now);
  const View seen(p, "hero");
  const auto less = seen.admission.without(seen.read("top('Product Viewed', 'category')"));
  CHECK(less->find(seen.read("facts.shelf")) == nullptr);
  CHECK(less->find(seen.read("facts.shelf_again")) == nullptr);  // two steps away
  CHECK(less->find(seen.read("facts.job")) != nullptr);
  CHECK(less->find(seen.read(viewed)) != nullptr);
  CHECK(seen.find("facts.shelf") != nullptr);  // the one it came from is as it was
  CHECK(less->withheld().size() == seen.admission.withheld().size());
}

TEST_CASE("Removals answer questions and hand out no values") {
  TestPerson p(shop);
  const Handle nobody(nullptr, p);
  const Removals none(nobody, p.now);
  CHECK(none.times_said(1, Duration::days(1)) == 0);
  CHECK_FALSE(none.bought_within(1, Duration::days(1)));
  CHECK_FALSE(none.in_cart("p-1"));
  CHECK(none.visit() == 1);

  p.does("till", "Product Added", R"({"product_id":"p-1"})");
  p.does("till", "Order Completed", R"({"product_id":"p-9"})");
  p.later(Duration::minutes(1));
  p.does("till", "Product Added", R"({"product_id":"p-3"})");
  const auto said = [&](Duration ago, bool exposed) {
    p.person.said.push_back({.item = 7, .slot = 1, .decision = 2, .at = p.now - ago});
    p.person.said.back().exposed = exposed;
  };
  said(Duration::days(8), true);
  said(Duration::days(2), true);
  said(Duration::hours(2), false);     // decided and never seen: it has lapsed
  said(Duration::minutes(29), false);  // decided just now
  said(Duration::minutes(-20), true);  // the clock was set back since
  said(Duration::hours(-2), true);     // the question is about an earlier moment
  const Handle handle(&p.person, p);
  const Removals removals(handle, p.now);
  CHECK(removals.times_said(7, Duration::days(7)) == 3);
  CHECK(removals.times_said(7, Duration::days(30)) == 4);
  CHECK(removals.times_said(7, Duration::hours(1)) == 2);
  CHECK(removals.times_said(8, Duration::days(30)) == 0);
  CHECK(removals.in_cart("p-3"));
  CHECK_FALSE(removals.in_cart("p-9"));
  CHECK(removals.bought_within(ground::item_key("product", "p-9"), Duration::days(1)));
  CHECK_FALSE(removals.bought_within(ground::item_key("product", "p-9"), Duration::minutes(1)));
}

TEST_CASE("[P9] A slot whose purpose waits for a yes is closed; service and notice are not") {
  TestPerson p(shop);
  const Handle handle(&p.person, p), nobody(nullptr, p);
  const auto closed = [&](const Handle& whose, std::string_view slot) {
    return Removals(whose, p.now).closed(*p.brand, *p.brand->slot(slot));
  };
  CHECK(closed(nobody, "picks"));
  CHECK(closed(handle, "picks"));
  CHECK_FALSE(closed(nobody, "hero"));
  CHECK_FALSE(closed(nobody, "letter"));
  p.answers("recommend", true);
  CHECK_FALSE(closed(handle, "picks"));
  p.answers("recommend", false);
  CHECK(closed(handle, "picks"));
}

namespace {

// Somebody of whom something is known from everywhere, as the dice say.
void live(TestPerson& p, ground::SeededDice& dice) {
  constexpr const char* sources[] = {"web", "till", "quiet"};
  constexpr Method methods[] = {Method::stated, Method::observed, Method::told_to_staff};
  const auto any = [&](uint64_t n) { return dice.next_u64() % n; };
  for (uint64_t i = any(8); i > 0; --i) {
    if (any(2) == 0) view(p, sources[any(3)], 1 + static_cast<int>(any(3)));
    if (any(3) == 0) put(p, "job", "editor", methods[any(3)], p.now - Duration::days(any(120)));
    if (any(5) == 0) put(p, "health", "asthma", Method::stated, p.now);
    if (any(3) == 0)
      p.does("till", "Order Completed", R"({"total":9,"products":[{"product_id":"p-1"}]})");
    if (any(4) == 0) p.does("web", "Product Added", R"({"product_id":"p-1","quantity":2})");
    p.now = p.now + Duration::hours(static_cast<int64_t>(any(100)));
  }
}

bool same(const Admission& one, const Admission& other) {
  const auto a = one.recorded(), b = other.recorded();
  if (a.size() != b.size() || one.withheld().size() != other.withheld().size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const bool teaches = one.find(a[i].read)->teaches() == other.find(b[i].read)->teaches();
    if (a[i].read != b[i].read || !a[i].value.same(b[i].value) || a[i].level != b[i].level ||
        a[i].lowered_by != b[i].lowered_by || a[i].relation != b[i].relation ||
        a[i].source.method != b[i].source.method || a[i].source.source != b[i].source.source ||
        a[i].source.at != b[i].source.at || a[i].source.evidence != b[i].source.evidence ||
        a[i].sensitive != b[i].sensitive || a[i].impersonal != b[i].impersonal || !teaches)
      return false;
  }
  return std::ranges::equal(one.withheld(), other.withheld(), [](const auto& x, const auto& y) {
    return x.read == y.read && x.level == y.level && x.why == y.why;
  });
}

}  // namespace

TEST_CASE("[P1] A slot beside another one is given, and refused, what it would be alone") {
  ground::SeededDice dice(29);
  size_t withheld = 0;
  for (int i = 0; i < 300; ++i) {
    TestPerson p(shop);
    live(p, dice);
    const View first(p, "hero"), alone(p, "aside");
    const Admission beside(*p.brand, *p.brand->slot("aside"), first.handle, first.situation,
                           &first.admission);
    CHECK(same(beside, alone.admission));
    withheld += beside.withheld().size();
  }
  CHECK(withheld > 100);
}

TEST_CASE("[P1] A slot of another purpose is given nothing because one beside it was") {
  TestPerson p(shop);
  view(p, "web", 2);
  put(p, "job", "editor", Method::stated, p.now);
  const View hero(p, "hero"), alone(p, "picks");  // `recommend` was not granted
  REQUIRE(hero.find(viewed) != nullptr);
  const Admission picks(*p.brand, *p.brand->slot("picks"), hero.handle, hero.situation,
                        &hero.admission);
  CHECK(picks.find(hero.read(viewed)) == nullptr);
  CHECK(same(picks, alone.admission));
}

TEST_CASE("[P1] What felt odd in one slot is withheld there, and not in the one beside it") {
  TestPerson p(shop);
  view(p, "web", 2);
  View hero(p, "hero");
  const ground::ReadId odd[] = {hero.read(viewed)};
  hero.admission.withhold(odd);
  REQUIRE(hero.find(viewed) == nullptr);
  const Admission aside(*p.brand, *p.brand->slot("aside"), hero.handle, hero.situation,
                        &hero.admission);
  CHECK(aside.find(odd[0]) != nullptr);
}

}  // namespace aizuchi::respect
