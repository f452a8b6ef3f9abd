// What an event changes of the threads with a person.
#include "listen/events/threading.h"

#include "listen/events/test_person.h"

namespace aizuchi::listen {

using ground::Assurance;
using ground::Duration;
using ground::ThreadKind;
using ground::ThreadState;
using remember::Thread;
using test::TestPerson;

namespace {

const ground::BrandFiles desk = test::files({
    {"purposes.yaml", R"yaml(purposes:
  service: {basis: contract, says: to serve}
  health: {basis: consent, explicit: true, says: health}
)yaml"},
    {"contexts.yaml", "contexts: {support: {}, page: {shows: true}}\n"},
    {"sources.yaml", R"yaml(sources:
  desk: {context: support, method: told_to_staff, purposes: [service, health], says: support}
)yaml"},
    {"concerns.yaml", "concerns: {taste: {}, allergy: {sensitive: true}}\n"},
    {"events.yaml", R"yaml(events:
  Inquiry Sent:
    keep: 60d
    thread: {opens: inquiry, key: ticket, topic: topic, product: product_id}
  Inquiry Answered: {thread: {answers: inquiry, key: ticket}}
  Inquiry Resolved: {thread: {resolves: inquiry, key: ticket}}
  Breakage Reported: {thread: {opens: inquiry, key: ticket, complaint: true}}
  Quote Promised: {thread: {opens: promise, key: quote.id, due: by, within: 3d}}
  Product Added: {thread: {opens: cart}}
  Order Completed: {thread: {resolves: cart}}
)yaml"},
});

const Thread* find(const TestPerson& p, ThreadKind kind, std::string_view key = "") {
  for (const Thread& thread : p.person.threads)
    if (thread.kind == kind && thread.key == key) return &thread;
  return nullptr;
}

}  // namespace

TEST_CASE("[P7] An inquiry is opened, answered and resolved by the events that the folder names") {
  TestPerson p(desk);
  p.does("desk", "Inquiry Sent", R"({"ticket":"7","topic":"taste","product_id":"p1"})");
  const Thread* one = find(p, ThreadKind::inquiry, "7");
  REQUIRE(one != nullptr);
  CHECK(one->state == ThreadState::open);
  CHECK(one->topic == "taste");
  CHECK(one->product == "p1");
  CHECK(one->opened_at == p.now);
  CHECK(one->expires_at == p.now + Duration::days(60));
  CHECK(p.provenance(one->provenance).method == ground::Method::told_to_staff);
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Answered", R"({"ticket":"7"})");
  CHECK(find(p, ThreadKind::inquiry, "7")->state == ThreadState::answered);
  CHECK(find(p, ThreadKind::inquiry, "7")->topic == "taste");
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Resolved", R"({"ticket":7})");
  CHECK(find(p, ThreadKind::inquiry, "7")->state == ThreadState::resolved);
  CHECK(p.person.threads.size() == 1);
}

TEST_CASE("Without a number what resolves is about all of the kind that went on then") {
  TestPerson p(desk);
  p.does("desk", "Inquiry Sent", R"({"ticket":"7"})");
  p.does("desk", "Inquiry Sent", R"({"ticket":"8"})");
  p.does("desk", "Product Added", R"({"product_id":"p1"})");
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Resolved");
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Sent", R"({"ticket":"9"})");
  CHECK(find(p, ThreadKind::inquiry, "7")->state == ThreadState::resolved);
  CHECK(find(p, ThreadKind::inquiry, "8")->state == ThreadState::resolved);
  CHECK(find(p, ThreadKind::inquiry, "9")->state == ThreadState::open);
  CHECK(find(p, ThreadKind::cart)->state == ThreadState::open);
  p.does("desk", "Order Completed", R"({"products":[{"product_id":"p1"}]})");
  CHECK(find(p, ThreadKind::cart)->state == ThreadState::resolved);
}

TEST_CASE("A promise is due when its event says, else within the time of the folder") {
  TestPerson p(desk);
  p.does("desk", "Quote Promised", R"({"quote":{"id":"q1"},"by":"2026-05-01T00:00:00Z"})");
  CHECK(find(p, ThreadKind::promise, "q1")->due == *ground::parse_instant("2026-05-01T00:00:00Z"));
  p.does("desk", "Quote Promised", R"({"quote":{"id":"q2"},"by":"soon"})");
  CHECK(find(p, ThreadKind::promise, "q2")->due == p.now + Duration::days(3));
}

TEST_CASE("A complaint is one from the event that says so") {
  TestPerson p(desk);
  p.does("desk", "Breakage Reported", R"({"ticket":"7"})");
  CHECK(find(p, ThreadKind::inquiry, "7")->complaint);
  p.does("desk", "Inquiry Sent", R"({"ticket":"8"})");
  CHECK_FALSE(find(p, ThreadKind::inquiry, "8")->complaint);
}

TEST_CASE("A number that is too long is known by its hash, another text that is, not at all") {
  TestPerson p(desk);
  const std::string long_text(300, 'x');
  p.does("desk", "Inquiry Sent",
         R"({"ticket":")" + long_text + R"(","topic":")" + long_text + "\"}");
  p.later(Duration::hours(1));
  p.does("desk", "Inquiry Resolved", R"({"ticket":")" + long_text + "\"}");
  REQUIRE(p.person.threads.size() == 1);
  CHECK(p.person.threads[0].state == ThreadState::resolved);
  CHECK(p.person.threads[0].topic.empty());
  CHECK(p.person.threads[0].key.size() < 30);
}

TEST_CASE("[P4] A server's word is taken of a server only, and a wrong one is none") {
  TestPerson p(desk);
  constexpr std::string_view word =
      R"({"kind":"promise","id":"q","due":"2026-04-02T00:00:00Z","owner":"sales"})";
  p.does("desk", thread_event, word, Assurance::a2);
  CHECK(p.person.threads.empty());
  p.does("desk", thread_event, word, Assurance::a3);
  REQUIRE(find(p, ThreadKind::promise, "q") != nullptr);
  CHECK(find(p, ThreadKind::promise, "q")->owner == "sales");
  CHECK(p.person.visits.empty());
  p.does("desk", thread_event, R"({"kind":"quarrel","id":"x"})", Assurance::a3);
  p.does("desk", thread_event, R"({"kind":"inquiry","state":"lost","id":"x"})", Assurance::a3);
  CHECK(p.person.threads.size() == 1);
}

TEST_CASE("[P1] A sensitive topic is kept with an express consent only, and for that alone") {
  TestPerson p(desk);
  const auto sent = p.does("desk", "Inquiry Sent", R"({"ticket":"7","topic":"allergy"})");
  CHECK(sent.sensitive_refused == 1);
  REQUIRE(find(p, ThreadKind::inquiry, "7") != nullptr);
  CHECK(find(p, ThreadKind::inquiry, "7")->topic.empty());
  p.answers("health", true);
  p.does("desk", "Inquiry Sent", R"({"ticket":"8","topic":"allergy"})");
  const Thread* told = find(p, ThreadKind::inquiry, "8");
  REQUIRE(told != nullptr);
  CHECK(told->topic == "allergy");
  const ground::PurposeSet purposes = p.provenance(told->provenance).purposes;
  CHECK(purposes.has(p.brand->purpose("health")->id));
  CHECK_FALSE(purposes.has(p.brand->purpose("service")->id));
}

namespace {

Event event_of(const TestPerson& p, const std::string& name, const std::string& properties) {
  auto batch = parse_events(R"({"anonymousId":"a","type":"track","event":")" + name +
                                R"(","properties":)" + properties + "}",
                            std::nullopt, p.now);
  REQUIRE(batch.has_value());
  return batch->events.at(0);
}

}  // namespace

TEST_CASE("[P1] A sensitive topic is taken out of the event before it is written") {
  TestPerson p(desk);
  ground::PurposeSet all{~uint64_t{0}};
  Event event = event_of(p, "Inquiry Sent", R"({"ticket":"7","topic":"allergy"})");
  CHECK(hold_back(event, &p.person, all, *p.brand) == Remains::some);
  CHECK(event.details().find("topic") == nullptr);
  CHECK(event.details().find("ticket") != nullptr);
  Event plain = event_of(p, "Inquiry Sent", R"({"ticket":"7","topic":"taste"})");
  CHECK(hold_back(plain, &p.person, all, *p.brand) == Remains::all);
  p.answers("health", true);
  Event told = event_of(p, "Inquiry Sent", R"({"ticket":"7","topic":"allergy"})");
  CHECK(hold_back(told, &p.person, all, *p.brand) == Remains::all);
}

TEST_CASE(
    "[P3] Forgetting threads takes the events that tell of them, of a purchase only the thread") {
  TestPerson p(desk);
  const auto threads = [](std::string_view name) { return name == threads_name; };
  Event inquiry = event_of(p, "Inquiry Sent", R"({"ticket":"7"})");
  CHECK(forget_in(inquiry, *p.brand, threads) == Remains::nothing);
  Event order = event_of(p, "Order Completed", R"({"products":[]})");
  CHECK(forget_in(order, *p.brand, threads) == Remains::some);
  CHECK_FALSE(tells_thread(order, p.brand->event("Order Completed")));
  // Once it says so there is nothing more to forget of it.
  CHECK(forget_in(order, *p.brand, threads) == Remains::all);
  Event other = event_of(p, "Product Viewed", "{}");
  CHECK(forget_in(other, *p.brand, threads) == Remains::all);
}

}  // namespace aizuchi::listen
