// What an event changes in what is known of a person.
#include "listen/events/apply.h"

#include <algorithm>

#include "listen/events/test_person.h"

namespace aizuchi::listen {

using ground::Assurance;
using ground::Duration;
using ground::Instant;
using ground::Method;
using ground::Subject;
using test::TestPerson;

namespace {

const ground::BrandFiles shop = test::files({
    {"creed.yaml", "axes: {quiet: {says: quiet, evidence: e}}\n"},
    {"purposes.yaml", R"yaml(purposes:
  service: {basis: contract, says: to serve}
  layout: {basis: notice, says: to arrange}
  mail: {basis: consent, says: letters}
  values: {basis: consent, says: values}
)yaml"},
    {"contexts.yaml", R"yaml(contexts:
  browsing: {}
  ordering: {}
  sign-up: {}
  support: {}
  page: {shows: true, continues: [browsing]}
settings: {shop: [browsing, ordering, sign-up, page]}
)yaml"},
    {"sources.yaml", R"yaml(sources:
  web: {context: browsing, purposes: [layout, mail], notice: n-1, says: this site}
  signup: {context: sign-up, method: stated, purposes: [service, layout, mail, values], says: s}
  crm: {context: sign-up, method: imported, channel: api, purposes: [service], says: records}
  desk: {context: support, method: told_to_staff, channel: chat, purposes: [service], says: support}
)yaml"},
    {"events.yaml", R"yaml(events:
  Order Completed: {context: ordering, facts: {grind: grind, ship.region: region}}
  Signed Up: {context: sign-up, method: stated, facts: {job: job}}
  Gift Chosen: {facts: {occasion: occasion}}
)yaml"},
    {"facts.yaml", R"yaml(facts:
  job: {type: enum, of: [sales, other], label: role, purposes: [layout, mail], keep: 10d}
  grind: {type: string, label: grind, purposes: [layout, service]}
  region: {type: string, label: region, purposes: [layout]}
  occasion: {type: string, subject: gift, label: occasion, purposes: [layout]}
  member: {type: bool, label: member, purposes: [layout, service]}
  cups: {type: int, label: cups, purposes: [layout, service]}
  budget: {type: number, label: budget, purposes: [layout, service]}
  born: {type: date, label: born, purposes: [layout, service]}
  mail_address: {type: email, label: mail, purposes: [layout, service]}
  likes: {type: list, label: likes, purposes: [layout, service]}
  dear: {type: axis, label: dear, purposes: [values]}
  inquiry.topic: {type: string, label: topic, purposes: [service]}
  seen: {type: int, derived: count('Product Viewed'), label: seen}
)yaml"},
    {"products.ndjson",
     R"({"id": "p-1", "name": "One", "category": "light", "price": 10, "url": "/1"}
{"id": "p-2", "name": "Two", "category": "clinic", "price": 10, "url": "/2", "sensitive": true}
)"},
    {"slots/page.yaml",
     "slots: {hero: {channel: web, context: page, purpose: layout, shape: one, fallback: base}}\n"},
    {"items/page.yaml", R"yaml(- {id: base, slot: hero, wordings: [{say: {t: hello}}]}
- id: other
  slot: hero
  speaks: []
  when: >-
    count('Product Viewed') > 1
    || count('Product Viewed', duration('48h'), {'category': 'light'}) > 1
    || sum('Order Completed', 'total') > 5.0 || top('Product Viewed', 'category') == 'light'
    || last('Order Completed') < now || count('Product Viewed', duration('48h'), {'price': 10}) > 1
  wordings: [{say: {t: hello you}}]
)yaml"},
});

const ground::Provenance& provenance_of_fact(const TestPerson& p, std::string_view name) {
  const remember::Fact* fact = p.fact(name);
  REQUIRE(fact != nullptr);
  return p.provenance(fact->provenance);
}

}  // namespace

TEST_CASE("[P3] A trait carries where, how and for what it was entrusted") {
  TestPerson p(shop);
  CHECK(p.says("signup", R"({"job":"sales"})").facts == 1);
  const ground::Provenance& provenance = provenance_of_fact(p, "job");
  CHECK(provenance.collected_in == p.brand->context("sign-up")->id);
  CHECK(provenance.method == Method::stated);
  CHECK(provenance.source == p.brand->source("signup")->id);
  CHECK(provenance.subject == Subject::self);
  CHECK(provenance.viewer_min == Assurance::a1);
  // For what the source may and the fact may serve: the intersection.
  CHECK(provenance.purposes.has(p.brand->purpose("layout")->id));
  CHECK_FALSE(provenance.purposes.has(p.brand->purpose("service")->id));
  CHECK(p.fact("job")->at == p.now);
  CHECK(p.fact("job")->expires_at == p.now + Duration::days(10));
  CHECK(p.fact("job")->evidence == 1);
}

TEST_CASE("[P4] A whole number fits where one is asked for, however the client writes it") {
  TestPerson p(shop);
  CHECK(p.says("signup", R"({"cups":3.0})").facts == 1);
  CHECK(p.fact("cups")->value.same(Value(3)));
}

TEST_CASE("[P4] A trait that is not in the dictionary is not a fact") {
  TestPerson p(shop);
  const Applied applied = p.says("signup", R"({"age":44,"skin":"dry","inquiry":{"mood":"x"}})");
  CHECK(applied.facts == 0);
  CHECK(applied.traits_refused == 0);
  CHECK(p.person.facts.empty());
}

TEST_CASE("[P11] Who someone is comes from a server that vouches for it, not from a page's key") {
  TestPerson p(shop);
  const std::string mail = R"({"type":"identify","traits":{"mail_address":"a@b"}})";
  CHECK(p.sends("signup", mail, Assurance::a0).traits_refused == 1);
  CHECK(p.fact("mail_address") == nullptr);
  CHECK(p.sends("signup", mail, Assurance::a3).facts == 1);
}

TEST_CASE("A trait of the wrong type is counted, and not kept") {
  TestPerson p(shop);
  const Applied applied = p.says("signup", R"({"job":"astronaut","member":"yes","cups":1.5,
      "budget":"12","born":"soon","mail_address":"@","likes":["a",1],"dear":"loud"})");
  CHECK(applied.facts == 0);
  CHECK(applied.traits_refused == 8);
  CHECK(p.person.facts.empty());
  const Applied right = p.sends("signup", R"({"type":"identify","traits":{"job":"other",
      "member":true,"cups":2,"budget":12,"born":"1990-05-01","mail_address":"a@b","likes":["a"],
      "dear":"quiet"}})",
                                Assurance::a3);
  CHECK(right.facts == 8);
  CHECK(right.traits_refused == 0);
  CHECK(p.fact("budget")->value.same(Value(12.0)));
  CHECK(p.fact("born")->value.is(Value::Kind::timestamp));
}

TEST_CASE("Names with dots are found inside objects too, and a derived fact is never set") {
  TestPerson p(shop);
  p.says("desk", R"({"inquiry":{"topic":"bitter"},"seen":99})", Assurance::a3);
  CHECK(p.fact("inquiry.topic")->value.as_string() == "bitter");
  CHECK(provenance_of_fact(p, "inquiry.topic").method == Method::told_to_staff);
  CHECK(provenance_of_fact(p, "inquiry.topic").viewer_min == Assurance::a2);
  CHECK(p.fact("seen") == nullptr);
  p.does("web", "Order Completed", R"({"grind":"fine","ship":{"region":"tokyo"}})");
  CHECK(p.fact("region")->value.as_string() == "tokyo");
  CHECK(provenance_of_fact(p, "region").collected_in == p.brand->context("ordering")->id);
  CHECK(provenance_of_fact(p, "region").method == Method::observed);
}

TEST_CASE("[P1] What was entrusted for nothing that the fact may serve is not kept") {
  TestPerson p(shop);
  CHECK(p.says("crm", R"({"job":"sales"})").facts == 0);  // crm: service; job: layout, mail
  CHECK(p.fact("job") == nullptr);
}

TEST_CASE("[P1] An event may narrow the purposes of its source, and never widen them") {
  TestPerson p(shop);
  p.sends("signup", R"({"type":"identify","traits":{"job":"sales"},
      "context":{"consent":{"categoryPreferences":{"mail":false,"service":true,"odd":true}}}})");
  const ground::PurposeSet purposes = provenance_of_fact(p, "job").purposes;
  CHECK(purposes.has(p.brand->purpose("layout")->id));
  CHECK_FALSE(purposes.has(p.brand->purpose("mail")->id));
  CHECK_FALSE(purposes.has(p.brand->purpose("service")->id));
}

TEST_CASE("[P1] What is bought as a gift says nothing about the giver") {
  TestPerson p(shop);
  p.says("signup", R"({"job":"sales"})");
  p.later(Duration::hours(1));
  p.sends("signup",
          R"({"type":"identify","traits":{"job":"other"},"context":{"for_whom":"gift"}})");
  REQUIRE(p.person.facts.size() == 2);  // the giver's own stays
  for (const remember::Fact& fact : p.person.facts) {
    const bool gift = p.provenance(fact.provenance).subject == Subject::gift;
    CHECK(fact.value.as_string() == (gift ? "other" : "sales"));
  }
  p.does("web", "Gift Chosen", R"({"occasion":"birth"})");
  CHECK(provenance_of_fact(p, "occasion").subject == Subject::gift);  // as its rule says
}

TEST_CASE("[P1] A consent is kept with its words, its proof and its record; unknown ones are not") {
  TestPerson p(shop);
  const auto consent = [&](std::string_view name) {
    return p.person.consent(p.brand->purpose(name)->id);
  };
  for (const char* event : {"Consent Updated", "Segment Consent Preference Updated"}) {
    TestPerson q(shop);
    CHECK(q.does("web", event, R"({"purposes":{"mail":true}})").consent);
    CHECK(q.person.consent(q.brand->purpose("mail")->id)->granted);
  }
  CHECK(p.does("web", "Consent Updated",
               R"({"purposes":{"mail":true,"values":"yes","unheard-of":true}})")
            .consent);
  REQUIRE(consent("mail") != nullptr);
  CHECK(consent("mail")->text_hash == p.brand->purpose("mail")->text_hash);
  CHECK(consent("mail")->proof == Assurance::a1);
  CHECK(consent("mail")->evidence == 1);
  CHECK(consent("values") == nullptr);  // only a plain yes or no is one
  CHECK(p.person.consents.size() == 1);
  p.later(Duration::minutes(1));
  p.sends("web", R"({"type":"track","event":"Consent Updated",
      "context":{"consent":{"categoryPreferences":{"mail":false,"layout":false}}}})");
  CHECK_FALSE(consent("mail")->granted);
  CHECK_FALSE(consent("layout")->granted);
  CHECK_FALSE(p.does("web", "Consent Updated", R"({"purposes":[true]})").consent);
}

TEST_CASE("A consent event is known as one, so that it is kept without any other basis") {
  TestPerson p(shop);
  const auto event = [](std::string_view body) {
    return parse_events(body, std::nullopt, test::start)->events.at(0);
  };
  CHECK(is_consent(event(R"({"type":"track","event":"Consent Updated","userId":"u"})"), *p.brand));
  CHECK_FALSE(is_consent(event(R"({"type":"track","event":"Signed Up","userId":"u"})"), *p.brand));
  CHECK_FALSE(is_consent(event(R"({"type":"identify","userId":"u"})"), *p.brand));
}

TEST_CASE("Behaviour is counted by name, filter and field; numbers compare by value") {
  TestPerson p(shop);
  p.does("web", "Product Viewed", R"({"product_id":"p-1","category":"light","price":10.0})");
  p.does("web", "Product Viewed", R"({"product_id":"p-9","category":"dark","price":7})");
  p.does("web", "Product Viewed");
  CHECK(p.counted(R"(count("Product Viewed"))") == 3);
  CHECK(p.counted(R"(count("Product Viewed",{"category":"light"}))") == 1);
  CHECK(p.counted(R"(count("Product Viewed",{"price":10}))") == 1);
  CHECK(p.counted("top(") == 2);  // one had no category at all
  p.does("web", "Order Completed", R"({"total":27.5})");
  p.does("web", "Order Completed", R"({"coupon":"x"})");
  CHECK(p.counted("sum(") == 1);
  CHECK(p.person.seen.size() == 2);
}

TEST_CASE("[P1] What is marked sensitive does not count towards what a person seems to like") {
  TestPerson p(shop);
  p.does("web", "Product Viewed", R"({"product_id":"p-2","category":"clinic"})");
  CHECK(p.counted(R"(count("Product Viewed"))") == 0);
  CHECK(p.counted("top(") == 0);
  CHECK(p.person.seen.empty());
  CHECK(p.person.visits.size() == 1);  // that someone was here is not what they looked at
}

TEST_CASE("A cart is what was put in, less what was taken out, until it is ordered") {
  TestPerson p(shop);
  const auto cart = [&] {
    std::string out;
    for (const remember::CartLine& line : p.person.cart)
      out += line.product + "x" + std::to_string(line.quantity) + " ";
    return out;
  };
  p.does("web", "Product Added", R"({"product_id":"p-1","price":10,"quantity":2})");
  p.does("web", "Product Added", R"({"product_id":"p-3"})");
  p.does("web", "Product Added", R"({"product_id":"p-1"})");
  p.does("web", "Product Added", R"({"product_id":"p-4","quantity":0})");
  p.does("web", "Product Added", R"({"product_id":"p-5","quantity":-3})");
  p.does("web", "Product Added", R"({"price":3})");
  CHECK(cart() == "p-1x3 p-3x1 ");
  p.does("web", "Product Removed", R"({"product_id":"p-1","quantity":2})");
  CHECK(cart() == "p-1x1 p-3x1 ");
  p.does("web", "Product Removed", R"({"product_id":"p-3"})");
  p.does("web", "Product Removed", R"({"product_id":"p-3"})");
  CHECK(cart() == "p-1x1 ");
  p.later(Duration::minutes(5));
  p.does("web", "Order Completed", R"({"products":[{"product_id":"p-1"}]})");
  CHECK(cart().empty());
  REQUIRE(p.person.bought.size() == 1);
  CHECK(p.person.bought[0].product == ground::item_key("product", "p-1"));
}

TEST_CASE("[P8] What comes late neither empties today's cart nor fills it with what was bought") {
  TestPerson p(shop);
  p.does("web", "Product Added", R"({"product_id":"p-1"})");
  p.sends("web", R"({"type":"track","event":"Order Completed","timestamp":"2026-03-30T00:00:00Z",
      "properties":{"products":[{"product_id":"p-8"}]}})");
  CHECK(p.person.cart.size() == 1);
  p.later(Duration::hours(1));
  p.does("web", "Order Completed", R"({"products":[{"product_id":"p-1"}]})");
  CHECK(p.person.cart.empty());
  p.sends("web", R"({"type":"track","event":"Product Added","timestamp":"2026-04-01T12:30:00Z",
      "properties":{"product_id":"p-1"}})");
  CHECK(p.person.cart.empty());
  p.later(Duration::hours(1));
  p.does("web", "Product Added", R"({"product_id":"p-1"})");  // again, today
  CHECK(p.person.cart.size() == 1);
}

TEST_CASE("The lists of a person stay as long as they may be") {
  TestPerson p(shop);
  for (int i = 0; i < 200; ++i) {
    const std::string product = R"({"product_id":"x-)" + std::to_string(i) + "\"}";
    p.does("web", "Product Viewed", product);
    p.does("web", "Product Added", product);
    p.later(Duration::minutes(1));
  }
  CHECK(p.person.seen.size() == remember::PersonState::seen_max);
  CHECK(p.person.cart.size() == remember::PersonState::cart_lines_max);
  CHECK(p.person.cart.back().product == "x-199");
  for (int i = 0; i < 200; ++i)
    p.does("web", "Order Completed", R"({"product_id":"x-)" + std::to_string(i) + "\"}");
  CHECK(p.person.bought.size() == remember::PersonState::bought_max);
}

TEST_CASE("[P10] Orders and views imported from years ago do not push out today's") {
  TestPerson p(shop);
  p.does("web", "Product Viewed", R"({"product_id":"today"})");
  p.does("web", "Order Completed", R"({"product_id":"today"})");
  for (int i = 0; i < 200; ++i)
    for (const char* event : {"Product Viewed", "Order Completed"})
      p.sends("web", R"({"type":"track","event":")" + std::string(event) +
                         R"(","timestamp":"2024-01-01T00:00:00Z","properties":{"product_id":"x-)" +
                         std::to_string(i) + R"("}})");
  CHECK(p.person.bought.size() == remember::PersonState::bought_max);
  CHECK(p.person.bought.back().product == ground::item_key("product", "today"));
  CHECK(p.person.seen.size() == remember::PersonState::seen_max);
  CHECK(p.person.seen.back().product == ground::item_key("product", "today"));
  CHECK(std::ranges::is_sorted(p.person.bought, {}, &remember::Bought::at));
}

TEST_CASE("A visit is counted once, by the web, and late events do not add one") {
  TestPerson p(shop);
  p.sends("web", R"({"type":"page"})");
  p.later(Duration::minutes(20));
  p.does("web", "Product Viewed");
  CHECK(p.person.visits_total() == 1);
  p.later(Duration::minutes(31));
  p.sends("web", R"({"type":"page"})");
  CHECK(p.person.visits_total() == 2);
  p.sends("web", R"({"type":"page","timestamp":"2026-03-01T00:00:00Z"})");
  p.later(Duration::days(1));
  p.says("signup", R"({"job":"sales"})");  // who they are is no visit
  p.does("crm", "Order Completed");        // nor is what another system sends
  p.does("desk", "Inquiry Answered");      // nor a conversation elsewhere
  CHECK(p.person.visits_total() == 2);
}

TEST_CASE("An exposure charges what was said in that decision, and nothing else") {
  TestPerson p(shop);
  const uint64_t decision = 0x0123456789abcdefULL;
  const auto said = [](const char* item, const char* slot, uint64_t in) {
    return remember::Said{.item = ground::item_key("item", item),
                          .slot = ground::item_key("slot", slot),
                          .decision = in,
                          .at = test::start};
  };
  p.person.said = {said("a", "hero", decision), said("b", "foot", decision), said("a", "hero", 7)};
  const std::string id = "0123456789abcdef0000000000000000";
  CHECK(p.does("web", "Slot Exposed", R"({"decisionId":")" + id + R"(","slot":"hero"})").exposure);
  CHECK(p.person.said[0].exposed);
  CHECK_FALSE(p.person.said[1].exposed);
  CHECK_FALSE(p.person.said[2].exposed);
  CHECK_FALSE(p.does("web", "Slot Exposed", R"({"decisionId":"nonsense"})").exposure);
  p.does("web", "Slot Exposed", R"({"decisionId":")" + id + R"(","item":"nothing-of-it"})");
  CHECK_FALSE(p.person.said[1].exposed);
  p.does("web", "Slot Exposed", R"({"decisionId":")" + id + "\"}");
  CHECK(p.person.said[1].exposed);
  CHECK(p.does("web", "Item Clicked").outcome);
  CHECK(p.does("web", "Conversion").outcome);
}

TEST_CASE("An exposure whose decision a crash has taken says itself what was shown") {
  TestPerson p(shop);
  const auto exposed = [&](const std::string& item) {
    p.does("web", "Slot Exposed",
           R"({"decisionId":"0123456789abcdef0000000000000000","slot":"hero","item":")" + item +
               "\"}");
  };
  exposed("base");
  REQUIRE(p.person.said.size() == 1);
  CHECK(p.person.said[0].item == ground::item_key("item", "base"));
  CHECK(p.person.said[0].slot == ground::item_key("slot", "hero"));
  CHECK(p.person.said[0].exposed);
  exposed("base");  // told again by another message: the same showing
  CHECK(p.person.said.size() == 1);
  exposed("p-1");
  REQUIRE(p.person.said.size() == 2);
  CHECK(p.person.said[1].item == ground::item_key("product", "p-1"));
  exposed("never-heard-of");
  CHECK(p.person.said.size() == 2);
  p.does("web", "Slot Exposed", R"({"decisionId":"ffff456789abcdef0000000000000000"})");
  CHECK(p.person.said.size() == 2);  // it does not say what
}

TEST_CASE("[P11] A browser's userId is a claim and never an identifier of the person") {
  TestPerson p(shop);
  const auto kinds = [&] {
    std::string out;
    for (const remember::Identifier& i : p.person.identifiers) out += i.kind + " ";
    return out;
  };
  p.sends("web", R"({"type":"page","userId":"u-1"})");
  CHECK(kinds() == "anonymous_id ");
  p.sends("web", R"({"type":"page","userId":"u-1"})", Assurance::a3);
  p.sends("web", R"({"type":"page","userId":"u-1"})", Assurance::a3);
  CHECK(kinds() == "anonymous_id user_id ");
}

TEST_CASE("An event that the brand does not know is history, and a lost source is an error") {
  TestPerson p(shop);
  const Applied applied = p.does("web", "Something Else", R"({"job":"sales"})");
  CHECK(applied.facts == 0);
  CHECK(p.person.aggregates.empty());
  const EventBatch batch =
      *parse_events(R"({"type":"page","userId":"u"})", std::nullopt, test::start);
  const auto lost = apply(p.person, batch.events[0], 1, {.source = {999}}, *p.brand, p.vocabulary);
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().code == ground::ErrorCode::not_found);
}

TEST_CASE("A backfill counts only what is asked for, and gives what was counted live") {
  TestPerson live(shop), filled(shop);
  const std::vector<bool> all(live.brand->aggregates.size(), true);
  const std::vector<bool> none(live.brand->aggregates.size(), false);
  for (int i = 0; i < 100; ++i) {
    const std::string body = R"({"type":"track","event":"Product Viewed","anonymousId":"a-1",
        "properties":{"product_id":"p-1","category":"light","price":)" +
                             std::to_string(i % 3 * 5) + "}}";
    const EventBatch batch = *parse_events(body, std::nullopt, live.now);
    const Sender sender{.source = live.brand->source("web")->id};
    REQUIRE(apply(live.person, batch.events[0], 1, sender, *live.brand, live.vocabulary));
    for (const std::vector<bool>& wanted : {none, all})
      REQUIRE(apply_aggregates(filled.person, batch.events[0], sender, *filled.brand,
                               filled.vocabulary, wanted, filled.now));
    live.later(Duration::hours(7));
    filled.later(Duration::hours(7));
  }
  live.person.seen.clear();
  live.person.visits.clear();
  live.person.identifiers.clear();
  live.person.visit_last_at = filled.person.visit_last_at;
  CHECK(remember::encode(live.person) == remember::encode(filled.person));
}

TEST_CASE("[P3] The same events give the same state, whenever they are replayed") {
  TestPerson first(shop), second(shop);
  for (TestPerson* p : {&first, &second}) {
    for (int i = 0; i < 50; ++i) {
      p->does("web", "Product Viewed", R"({"product_id":"p-1","category":"light"})");
      p->says("signup", R"({"job":"sales","likes":["a","b"]})");
      p->does("web", "Product Added", R"({"product_id":"p-1"})");
      p->later(Duration::hours(5));
    }
  }
  CHECK(remember::encode(first.person) == remember::encode(second.person));
}

}  // namespace aizuchi::listen
