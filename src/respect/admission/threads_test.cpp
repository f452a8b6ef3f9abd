// Threads as rules and scores are given them: at which level, and which are not there.
#include <doctest/doctest.h>

#include "respect/admission/computed.h"
#include "respect/admission/test_view.h"

using namespace aizuchi;
using namespace aizuchi::respect;
using ground::Duration;
using ground::Level;
using listen::test::TestPerson;
using respect::test::View;

namespace {

// `chat` continues support; the page is the shop's, where a norm lets inquiries choose.
ground::BrandFiles brand(const std::string& norms = "[]") {
  std::map<std::string, std::string> files{
      {"purposes.yaml",
       "purposes:\n"
       "  service: {basis: contract, says: to serve}\n"
       "  layout: {basis: notice, says: the order of the page}\n"
       "  improve: {basis: consent, explicit: true, says: to learn}\n"},
      {"contexts.yaml",
       "contexts: {support: {}, browsing: {}, chat: {shows: true, continues: [support]},\n"
       "  shop-page: {shows: true, continues: [browsing]}}\nnorms: " +
           norms + "\n"},
      {"sources.yaml",
       "sources:\n"
       "  desk: {context: support, method: told_to_staff, channel: chat,\n"
       "    purposes: [service, layout, improve], notice: n, says: support}\n"
       "  web: {context: browsing, purposes: [layout, improve], notice: n, says: site}\n"},
      {"concerns.yaml",
       "concerns: {taste: {examples: [it is bitter]}, allergy: {sensitive: true}}\n"},
      {"facts.yaml",
       "facts:\n"
       "  about: {type: string, label: about, purposes: [service]}\n"
       "  subject: {type: string, label: what it was about, purposes: [service]}\n"
       "  grind: {type: string, label: your grind, purposes: [service]}\n"},
      {"events.yaml",
       "events:\n"
       "  Inquiry Sent: {thread: {opens: inquiry, key: id, topic: topic}, keep: 60d,\n"
       "    hears: {text: text, concern: about}}\n"
       "  Inquiry Answered: {thread: {answers: inquiry, key: id, topic: topic},\n"
       "    facts: {topic: subject, grind: grind}}\n"
       "  Inquiry Resolved: {thread: {resolves: inquiry, key: id}}\n"
       "  Product Added: {thread: {opens: cart, product: product_id}}\n"
       "  Quote Promised: {thread: {opens: promise, key: id, within: 1d}}\n"},
      {"audiences.yaml", "audiences: {waiting: {rule: \"threads.exists(t, t.overdue)\"}}\n"},
      {"slots/s.yaml",
       "slots:\n"
       "  talk: {context: chat, purpose: service, fallback: default}\n"
       "  hero: {context: shop-page, purpose: layout, fallback: default}\n"},
      {"items/i.yaml",
       "- {id: all, slot: [talk, hero], intent: help, layer: memory, speaks: [], serves: [taste],\n"
       "   when: \"threads.exists(t, t.state == 'resolved') || threads.open.size() > 9 ||\n"
       "     threads.inquiry.size() > 9 || threads.cart.open.size() > 9 ||\n"
       "     facts.subject == facts.grind\",\n"
       "   wordings: [{say: {en: {title: t}}}]}\n"
       "- {id: default, layer: surface, intent: tell, wordings: [{say: {en: {title: d}}}]}\n"}};
  return listen::test::files(std::move(files));
}

// "inquiry:open:taste promise:open:"
std::string listed(const View& view, std::string_view name) {
  const Admitted* found = view.find(name);
  if (found == nullptr) return "absent";
  std::string out;
  for (const ground::Value& thread : found->value().as_list()) {
    const auto text = [&](std::string_view member) {
      return ground::to_display(*thread.find(member));
    };
    out += (out.empty() ? "" : " ") + text("kind") + ":" + text("state") + ":" + text("topic");
  }
  return out;
}

}  // namespace

TEST_CASE(
    "[P1] An inquiry told to support may be said where support goes on, and not in the shop") {
  TestPerson p(brand());
  p.does("desk", "Inquiry Sent", R"({"id":"7","topic":"taste"})");
  const View chat(p, "talk");
  CHECK(listed(chat, "threads") == "inquiry:open:taste");
  CHECK(chat.level("threads") == Level::say);
  CHECK(chat.find("threads.open")->source().method == ground::Method::told_to_staff);
  const View page(p, "hero");
  CHECK(listed(page, "threads") == "absent");
  CHECK(listed(page, "threads.topics") == "absent");
  CHECK(page.why("threads") == Refusal::outside_context);
}

TEST_CASE("[P1] A norm on threads lets an inquiry choose in the shop, unspoken") {
  TestPerson p(
      brand("[{name: n, facts: ['threads.inquiry'], to: [shop-page], level: rank, why: w, by: b, "
            "on: 2026-01-01}]"));
  p.does("desk", "Inquiry Sent", R"({"id":"7","topic":"taste"})");
  p.does("web", "Product Added", R"({"product_id":"p1"})");
  const View page(p, "hero");
  CHECK(listed(page, "threads.inquiry") == "inquiry:open:taste");
  CHECK(page.level("threads.inquiry") == Level::rank);
  CHECK(page.why("threads.inquiry") == Refusal::by_norm);
  // One that may be said beside one that may not: as a whole they may not.
  CHECK(page.level("threads") == Level::rank);
  CHECK(page.level("threads.cart.open") == Level::say);
  // What belongs to the shop is not told where support goes on.
  CHECK(listed(View(p, "talk"), "threads") == "inquiry:open:taste");
}

TEST_CASE("[P7] What is resolved chooses and is never said; what goes on beside it still may be") {
  TestPerson p(brand());
  p.does("desk", "Inquiry Sent", R"({"id":"7","topic":"taste"})");
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Resolved", R"({"id":"7"})");
  const View chat(p, "talk");
  CHECK(listed(chat, "threads") == "inquiry:resolved:taste");
  CHECK(chat.level("threads") == Level::rank);
  CHECK(chat.why("threads") == Refusal::resolved);
  CHECK(listed(chat, "threads.topics") == "inquiry:resolved:taste");
  CHECK(listed(chat, "threads.open") == "");
  p.does("desk", "Inquiry Sent", R"({"id":"8"})");
  CHECK(View(p, "talk").level("threads.open") == Level::say);
  CHECK(listed(View(p, "talk"), "threads.open") == "inquiry:open:");
}

TEST_CASE("[P7] The fact that told what a thread is about is said no more once that is resolved") {
  TestPerson p(brand());
  p.does("desk", "Inquiry Answered", R"({"id":"7","topic":"taste","grind":"coarse"})");
  CHECK(View(p, "talk").level("facts.subject") == Level::say);
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Resolved", R"({"id":"7"})");
  const View chat(p, "talk");
  CHECK(chat.level("facts.subject") == Level::rank);
  CHECK(chat.why("facts.subject") == Refusal::resolved);
  CHECK(chat.level("facts.grind") == Level::say);  // told beside it, and no worry
  // Asked again, or going on in another thread, it is spoken of again.
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Answered", R"({"id":"8","topic":"taste"})");
  CHECK(View(p, "talk").level("facts.subject") == Level::say);
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Resolved", R"({"id":"8"})");
  CHECK(View(p, "talk").level("facts.subject") == Level::rank);
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Answered", R"({"id":"9","topic":"price"})");
  CHECK(View(p, "talk").level("facts.subject") == Level::say);
}

TEST_CASE("[P1] What was only heard in a text is never said") {
  TestPerson p(brand());
  p.sends("desk", R"({"type":"track","event":"Inquiry Sent","properties":{"id":"7","text":"…"},)"
                  R"("heard":{"concern":"taste","probability":0.9}})");
  const View chat(p, "talk");
  CHECK(listed(chat, "threads") == "inquiry:open:taste");
  CHECK(chat.level("threads") == Level::rank);
  CHECK(chat.why("threads") == Refusal::inferred);
}

TEST_CASE(
    "[P9] Of whom nothing is known the list is empty and about nobody; withheld it is absent") {
  TestPerson p(brand());
  const View nobody(p, "hero");
  CHECK(listed(nobody, "threads") == "");
  CHECK(nobody.find("threads")->impersonal());
  CHECK(nobody.find("threads.topics") == nullptr);
  p.does("desk", "Inquiry Sent", R"({"id":"7"})");
  CHECK(listed(View(p, "hero"), "threads.open") == "absent");
  // A kind of which there is none is known to be none.
  CHECK(listed(View(p, "hero"), "threads.cart.open") == "");
}

TEST_CASE("A thread is over when its event is, and an objection keeps all of them out") {
  TestPerson p(brand());
  p.does("desk", "Inquiry Sent", R"({"id":"7","topic":"taste"})");
  p.later(Duration::days(59));
  CHECK(listed(View(p, "talk"), "threads") == "inquiry:open:taste");
  p.later(Duration::days(2));
  CHECK(listed(View(p, "talk"), "threads") == "");
  p.does("desk", "Inquiry Sent", R"({"id":"8","topic":"taste"})");
  p.person.keep(remember::Objection{.name = "threads", .at = p.now});
  CHECK(View(p, "talk").why("threads") == Refusal::objected);
  CHECK(listed(View(p, "talk"), "threads.inquiry") == "absent");
}

TEST_CASE("[P7] Selling stops while a promise is overdue, whatever may be used here") {
  TestPerson p(brand());
  const Handle nobody(nullptr, p);
  CHECK_FALSE(Removals(nobody, p.now).promise_overdue());
  p.does("desk", "Quote Promised", R"({"id":"q"})");
  const Handle handle(&p.person, p);
  CHECK_FALSE(Removals(handle, p.now + Duration::hours(24)).promise_overdue());
  CHECK(Removals(handle, p.now + Duration::hours(25)).promise_overdue());
  CHECK_FALSE(Removals(handle, p.now + Duration::hours(25)).complaint_open());
  p.person.threads[0].complaint = true;
  CHECK(Removals(handle, p.now).complaint_open());
  p.person.threads[0].state = ground::ThreadState::answered;
  CHECK_FALSE(Removals(handle, p.now).complaint_open());
  CHECK_FALSE(Removals(handle, p.now + Duration::hours(25)).promise_overdue());
}

TEST_CASE("What is concluded from threads is known to rest on them") {
  TestPerson p(brand());
  p.answers("improve", true);
  p.does("desk", "Quote Promised", R"({"id":"q"})");
  p.later(Duration::days(2));
  const Situation situation{.viewer = ground::Assurance::a3,
                            .now = p.now,
                            .now_value = ground::Value(p.now),
                            .context = {}};
  const auto all = computed(*p.brand, Handle(&p.person, p), situation);
  REQUIRE(all.size() == 1);
  CHECK(name_of(*p.brand, all[0]) == "waiting");
  CHECK(rests_on(*p.brand, all[0]) == std::vector<std::string>{"threads"});
}
