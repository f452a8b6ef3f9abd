// The first test of all: each example of the vision, under the default rules only – the contexts,
// settings and purposes of the design's brand, and not one norm. What may be said, what may only
// choose, and what is not in the room.
#include "respect/admission/test_view.h"

namespace aizuchi::respect {

using ground::Assurance;
using ground::Duration;
using ground::Level;
using ground::Value;
using listen::test::TestPerson;
using test::View;

namespace {

const ground::BrandFiles tsumugi = listen::test::files({
    {"brand.yaml", R"yaml(brand: tsumugi
name: Tsumugi Coffee
locales: [en]
phases: [stranger, visitor, customer]
)yaml"},
    {"phases.yaml", R"yaml(phases:
  stranger: {}
  visitor: {when: visits >= 2}
  customer: {when: count('Order Completed') >= 1}
)yaml"},
    {"creed.yaml",
     "axes: {quiet: {says: quiet time, evidence: e}, makers: {says: m, evidence: e}}\n"},
    {"purposes.yaml", R"yaml(purposes:
  service:   {basis: contract, says: to serve your orders and questions}
  layout:    {basis: notice, says: to arrange this page}
  recommend: {basis: consent, says: to suggest}
  mail:      {basis: consent, promotional: true, says: our letter}
  care:      {basis: consent, says: to ask after a delivery}
  values:    {basis: consent, says: what you hold dear}
  improve:   {basis: consent, says: to learn}
)yaml"},
    {"contexts.yaml", R"yaml(contexts:
  sign-up: {}
  browsing: {}
  ordering: {}
  support: {}
  dialogue: {}
  meeting: {}
  shop-page:     {shows: true, continues: [browsing, dialogue]}
  onboarding:    {shows: true, continues: [sign-up]}
  order-mail:    {shows: true, continues: [ordering]}
  support-reply: {shows: true, continues: [support]}
  news-mail:     {shows: true, continues: [dialogue]}
  subject-line:  {shows: true, seen_by_others: true}
  chat:          {shows: true, continues: [support, dialogue]}
  account-page:  {shows: true, continues: [meeting], seen_by_others: true}
  meeting-mail:  {shows: true, continues: [meeting]}
settings:
  shop: [sign-up, browsing, ordering, dialogue,
         shop-page, onboarding, order-mail, news-mail, subject-line]
  office: [meeting, account-page, meeting-mail]
)yaml"},
    {"sources.yaml", R"yaml(sources:
  web: {context: browsing, purposes: [layout, recommend, mail, improve], says: this site}
  shop: {context: ordering, purposes: [service, layout, recommend, mail, care], says: your orders}
  signup: {context: sign-up, method: stated, purposes: [service, layout, mail], says: sign-up}
  crm: {context: sign-up, method: imported, channel: api, purposes: [service, layout], says: r}
  office-crm: {context: meeting, method: imported, purposes: [service, layout], says: r}
  dialogue: {context: dialogue, method: stated, purposes: [values], says: your answer}
  support: {context: support, method: told_to_staff, purposes: [service, layout], says: support}
  sales: {context: meeting, method: told_to_staff, purposes: [service, layout, mail], says: m}
)yaml"},
    {"facts.yaml", R"yaml(facts:
  job: {type: enum, of: [sales, engineering], label: role, purposes: [service, layout, mail]}
  industry: {type: string, label: industry, purposes: [layout, service]}
  dear: {type: axis, label: what you hold dear, purposes: [values]}
  inquiry.topic: {type: string, label: your question, purposes: [service, layout]}
  meeting.issue: {type: string, label: what you told us, purposes: [service, layout, mail]}
  favourite: {type: string, derived: "top('Product Viewed', 'category')", label: your shelf}
)yaml"},
    {"slots/all.yaml", R"yaml(slots:
  subject:    {channel: email, context: subject-line, purpose: mail, shape: one, fallback: silence}
  letter:     {channel: email, context: news-mail, purpose: mail, shape: one, fallback: silence}
  cta:        {channel: web, context: shop-page, purpose: layout, shape: one, fallback: base}
  picks:
    channel: web
    context: shop-page
    purpose: recommend
    shape: one
    rankers: [{resonance: {purpose: values}}]
    fallback: base
  welcome:    {channel: web, context: onboarding, purpose: service, shape: one, fallback: base}
  cart-mail:  {channel: email, context: order-mail, purpose: care, shape: one, fallback: silence}
  cart-line:  {channel: email, context: subject-line, purpose: care, shape: one, fallback: silence}
  reply:
    {channel: email, context: support-reply, purpose: service, shape: one, fallback: silence}
  chat:       {channel: chat, context: chat, purpose: service, shape: one, fallback: silence}
  help:       {channel: web, context: shop-page, purpose: service, shape: one, fallback: base}
  account:    {channel: account, context: account-page, purpose: layout, shape: one, fallback: base}
  follow-up:  {channel: email, context: meeting-mail, purpose: mail, shape: one, fallback: silence}
)yaml"},
    {"items/all.yaml", R"yaml(- {id: base, slot: cta, wordings: [{say: {t: hello}}]}
- id: everything
  slot: [subject, letter, cta, picks, welcome, cart-mail, cart-line, reply, chat, help, account,
         follow-up]
  speaks: []
  when: >-
    facts.job == 'sales' || has(facts.industry) || has(facts.inquiry.topic)
    || has(facts.meeting.issue) || has(facts.favourite) || cart.count > 0 || visits > 1
    || phase == 'visitor' || count('Product Viewed', duration('168h')) > 1
    || count('Order Completed') > 1
  wordings: [{say: {t: words}}]
)yaml"},
});

constexpr const char* recent = "count('Product Viewed', duration('168h'))";

// May choose, must not be uttered.
bool chooses(const View& view, std::string_view what) {
  return view.level(what) == Level::rank && !view.admission.sayable(view.read(what));
}
bool says(const View& view, std::string_view what) {
  return view.level(what) == Level::say && view.admission.sayable(view.read(what));
}
bool absent(const View& view, std::string_view what) {
  return view.find(what) == nullptr;
}

}  // namespace

TEST_CASE("[P1] A mail's subject is chosen by job and recent action, and says neither") {
  TestPerson p(tsumugi);
  p.says("signup", R"({"job":"sales"})");
  p.does("web", "Product Viewed", R"({"category":"drip"})");
  CHECK(absent(View(p, "subject"), "facts.job"));  // nobody asked for letters yet
  CHECK(View(p, "subject").why("facts.job") == Refusal::no_consent);
  p.answers("mail", true);
  const View subject(p, "subject");
  CHECK(chooses(subject, "facts.job"));
  CHECK(subject.why("facts.job") == Refusal::seen_by_others);
  CHECK(chooses(subject, recent));
  CHECK(says(View(p, "letter"), "facts.job"));  // inside the letter nobody looks over a shoulder
  CHECK(chooses(View(p, "letter"), recent));
  p.answers("mail", false);
  CHECK(absent(View(p, "subject"), "facts.job"));
  CHECK(absent(View(p, "letter"), recent));
}

TEST_CASE("[P1] A button's words follow the job that was told at sign-up") {
  TestPerson p(tsumugi);
  p.says("signup", R"({"job":"sales"})");
  CHECK(says(View(p, "cta"), "facts.job"));
  CHECK(says(View(p, "cta", Assurance::a1), "facts.job"));
  CHECK(absent(View(p, "cta", Assurance::a0), "facts.job"));  // a public key proves nobody
  p.answers("layout", false);
  CHECK(absent(View(p, "cta"), "facts.job"));  // the notice has a stop
}

TEST_CASE("[P1] [P8] A caring cart mail may name the cart; its subject may not") {
  TestPerson p(tsumugi);
  p.does("shop", "Product Added", R"({"product_id":"p-1","quantity":1})");
  CHECK(absent(View(p, "cart-mail"), "cart.count"));  // no reminder without a yes to care
  p.answers("care", true);
  CHECK(says(View(p, "cart-mail"), "cart.count"));
  CHECK(chooses(View(p, "cart-line"), "cart.count"));
}

TEST_CASE("[P1] [P7] Service starts from the last inquiry, where the inquiry was, and only there") {
  TestPerson p(tsumugi);
  p.says("support", R"({"inquiry":{"topic":"bitterness"}})", Assurance::a3);
  CHECK(says(View(p, "reply"), "facts.inquiry.topic"));
  CHECK(says(View(p, "chat"), "facts.inquiry.topic"));
  for (const char* page : {"help", "cta", "picks", "subject", "letter", "account"})
    CHECK(absent(View(p, page), "facts.inquiry.topic"));
  CHECK(View(p, "help").why("facts.inquiry.topic") == Refusal::outside_context);
  // What a server wrote is not shown to whoever merely holds the device.
  CHECK(absent(View(p, "chat", Assurance::a1), "facts.inquiry.topic"));
}

TEST_CASE("[P1] A page is arranged by the shelves someone looks at") {
  TestPerson p(tsumugi);
  p.does("web", "Product Viewed", R"({"category":"drip"})");
  p.does("web", "Product Viewed", R"({"category":"drip"})");
  const View page(p, "cta");
  CHECK(says(page, recent));
  CHECK(chooses(page, "facts.favourite"));  // which shelf is dearest is our conclusion
  CHECK(page.value("facts.favourite").as_string() == "drip");
  CHECK(absent(View(p, "account"), "facts.favourite"));
  CHECK(absent(View(p, "chat"), "facts.favourite"));
}

TEST_CASE("[P1] Recommendation from browsing waits for a yes, and stops with a no") {
  TestPerson p(tsumugi);
  p.does("web", "Product Viewed", R"({"category":"drip"})");
  CHECK(absent(View(p, "picks"), recent));
  p.answers("recommend", true);
  CHECK(says(View(p, "picks"), recent));
  CHECK(chooses(View(p, "picks"), "facts.favourite"));
  p.answers("recommend", false);
  CHECK(absent(View(p, "picks"), recent));
  CHECK(says(View(p, "cta"), recent));  // one purpose's no is not another's
}

TEST_CASE(
    "[P1] An account page is chosen by what was said at the meeting, and does not repeat it") {
  TestPerson p(tsumugi);
  p.says("sales", R"({"meeting":{"issue":"waste"}})", Assurance::a3);
  CHECK(chooses(View(p, "account"), "facts.meeting.issue"));
  CHECK(View(p, "account").why("facts.meeting.issue") == Refusal::seen_by_others);
  for (const char* elsewhere : {"cta", "help", "chat", "reply"})
    CHECK(absent(View(p, elsewhere), "facts.meeting.issue"));
}

TEST_CASE("[P1] After a meeting the letter that continues it may take up what was said there") {
  TestPerson p(tsumugi);
  p.says("sales", R"({"meeting":{"issue":"waste"}})", Assurance::a3);
  p.answers("mail", true);
  CHECK(says(View(p, "follow-up"), "facts.meeting.issue"));
  CHECK(absent(View(p, "letter"), "facts.meeting.issue"));  // the shop's letter does not know it
  CHECK(absent(View(p, "subject"), "facts.meeting.issue"));
}

TEST_CASE("[P1] [P6] What someone holds dear chooses only with a yes to exactly that") {
  TestPerson p(tsumugi);
  p.says("dialogue", R"({"dear":"quiet"})");
  p.answers("recommend", true);
  CHECK(absent(View(p, "picks"), "facts.dear"));
  CHECK(View(p, "picks").why("facts.dear") == Refusal::no_consent);
  p.answers("values", true);
  CHECK(says(View(p, "picks"), "facts.dear"));
  CHECK(absent(View(p, "cta"), "facts.dear"));  // a slot without resonance does not read it
  p.answers("recommend", false);
  CHECK(says(View(p, "picks"), "facts.dear"));
  p.answers("values", false);
  CHECK(absent(View(p, "picks"), "facts.dear"));
}

TEST_CASE("[P1] [P9] New and returning are told apart by what this device did") {
  TestPerson p(tsumugi);
  CHECK(View(p, "cta").value("visits").same(Value(1)));
  CHECK(View(p, "cta").value("phase").as_string() == "stranger");
  p.sends("web", R"({"type":"page"})");
  p.later(Duration::days(2));
  p.sends("web", R"({"type":"page"})");
  const View again(p, "cta", Assurance::a1);
  CHECK(again.value("visits").same(Value(2)));
  CHECK(says(again, "visits"));
  CHECK(again.value("phase").as_string() == "visitor");
  CHECK(chooses(again, "phase"));
  CHECK(absent(View(p, "cta", Assurance::a0), "phase"));  // not signed in: no "nice to meet you"
}

TEST_CASE("[P1] Segments by industry choose in the setting the record comes from") {
  TestPerson p(tsumugi);
  p.says("crm", R"({"industry":"hotels"})", Assurance::a3);
  CHECK(chooses(View(p, "cta"), "facts.industry"));
  CHECK(View(p, "cta").why("facts.industry") == Refusal::near_context);
  CHECK(says(View(p, "welcome"), "facts.industry"));  // continues sign-up: the same relation
  CHECK(absent(View(p, "account"), "facts.industry"));
  CHECK(absent(View(p, "chat"), "facts.industry"));
}

TEST_CASE("[P1] A white paper is chosen by industry and issue, both from the same relation") {
  TestPerson p(tsumugi);
  p.says("office-crm", R"({"industry":"hotels"})", Assurance::a3);
  p.says("sales", R"({"meeting":{"issue":"waste"}})", Assurance::a3);
  const View page(p, "account");
  CHECK(chooses(page, "facts.industry"));
  CHECK(chooses(page, "facts.meeting.issue"));
}

TEST_CASE("[P1] Onboarding speaks to the job that was told a moment ago") {
  TestPerson p(tsumugi);
  p.says("signup", R"({"job":"engineering"})");
  CHECK(says(View(p, "welcome"), "facts.job"));
  CHECK(View(p, "welcome").find("facts.job")->relation() == Relation::same);
}

TEST_CASE(
    "[P1] Segments by purchase: orders choose on the page, and are spoken in their own mail") {
  TestPerson p(tsumugi);
  p.does("shop", "Order Completed", R"({"total":12.5})");
  p.answers("care", true);
  CHECK(chooses(View(p, "cta"), "count('Order Completed')"));
  CHECK(says(View(p, "cart-mail"), "count('Order Completed')"));
  CHECK(chooses(View(p, "cart-line"), "count('Order Completed')"));
  CHECK(absent(View(p, "account"), "count('Order Completed')"));
}

}  // namespace aizuchi::respect
