// Threads from end to end: told by events and by servers, seen, used, forgotten; and what is owed.
#include "serve/partition/threads.h"

#include <filesystem>

#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;
using ground::Value;

namespace {

ground::BrandFiles with_threads() {
  ground::BrandFiles out = brand();
  out.files["contexts.yaml"] =
      "contexts:\n  sign-up: {}\n  browsing: {}\n  ordering: {}\n  support: {}\n"
      "  shop-page: {shows: true, continues: [browsing]}\n"
      "  chat: {shows: true, continues: [support]}\n"
      "  subject-line: {shows: true, seen_by_others: true}\n"
      "norms:\n  - {name: support-on-pages, facts: [threads.*], to: [shop-page], level: rank,\n"
      "     why: w, by: b, on: 2026-01-01}\n";
  out.files["sources.yaml"] =
      "sources:\n"
      "  web: {context: browsing, purposes: [layout, recommend], notice: n, says: our site}\n"
      "  form: {context: sign-up, purposes: [layout, mail], notice: n, says: sign-up}\n"
      "  desk: {context: support, method: told_to_staff, channel: chat,\n"
      "    purposes: [service, layout], notice: n, says: our support}\n";
  out.files["concerns.yaml"] =
      "concerns:\n"
      "  taste: {says: the taste, examples: [it is bitter, too bitter for me, a bitter taste,\n"
      "    bitter and harsh, the coffee is bitter]}\n"
      "  delivery: {says: delivery, examples: [where is my parcel, it has not arrived,\n"
      "    when is it delivered, the parcel is late, tracking number please]}\n";
  out.files["events.yaml"] =
      "events:\n"
      "  Inquiry Sent: {thread: {opens: inquiry, key: ticket, topic: topic}}\n"
      "  Inquiry Answered: {thread: {answers: inquiry, key: ticket, topic: topic},\n"
      "    facts: {topic: subject}}\n"
      "  Inquiry Resolved: {thread: {resolves: inquiry, key: ticket}}\n"
      "  Breakage Reported: {thread: {opens: inquiry, key: ticket, complaint: true}}\n"
      "  Breakage Answered: {thread: {answers: inquiry, key: ticket}}\n"
      "  Quote Promised: {thread: {opens: promise, key: ticket, within: 1d}}\n";
  out.files["facts.yaml"] +=
      "  subject: {type: string, label: what it was about, purposes: [service, layout]}\n";
  out.files["products.csv"] =
      "id,name.ja,name.en,category,price,url,tags\n"
      "p1,一,One,tea,100,/1,\np2,二,Two,tea,200,/2,taste\np3,三,Three,tea,300,/3,\n";
  out.files["slots/more.yaml"] =
      "slots:\n"
      "  talk: {channel: chat, context: chat, purpose: service, explore: off, fallback: silence}\n"
      "  banner: {channel: web, context: shop-page, purpose: layout, explore: off, fallback: "
      "banner-sale}\n"
      "  shelf: {channel: web, context: shop-page, purpose: layout, shape: list, size: {at_least: "
      "1, at_most: 8}, from: products, rankers: [for-you, popular], fallback: popular}\n";
  out.files["items/more.yaml"] =
      "- {id: talk-taste, slot: talk, layer: memory, intent: listen, explore: off,\n"
      "   when: \"threads.inquiry.open.exists(t, t.topic == 'taste')\",\n"
      "   speaks: [threads.inquiry.open], serves: [taste],\n"
      "   wordings: [{say: {text: \"How was the taste?\"}}]}\n"
      "- {id: banner-sale, slot: banner, layer: surface, intent: sell,\n"
      "   wordings: [{say: {title: Sale}}]}\n"
      "- {id: banner-offer, slot: banner, layer: surface, intent: sell,\n"
      "   wordings: [{say: {title: Offer}}]}\n"
      "- {id: banner-taste, slot: banner, layer: surface, intent: help, serves: [taste],\n"
      "   wordings: [{say: {title: Milder}}]}\n"
      "- {id: banner-parcel, slot: banner, layer: surface, intent: help, serves: [delivery],\n"
      "   wordings: [{say: {title: Parcels}}]}\n"
      "- {id: talk-next, slot: talk, layer: memory, intent: help, explore: off, speaks: [],\n"
      "   when: \"facts.subject == 'grind'\", wordings: [{say: {text: \"This might help.\"}}]}\n";
  return out;
}

struct Desk : World {
  Key support;

  explicit Desk(const std::string& directory = "") : World(directory) {
    if (partition->snapshot() == nullptr) {
      begin();
      publish(with_threads(), {.prune = true});
    }
    support =
        partition->create_key(true, "desk", {Scope::ingest, Scope::decide, Scope::people})->key;
  }
  void tell(const std::string& event, const std::string& properties, const std::string& who = "u") {
    send(support, R"({"type":"track","userId":")" + who + R"(","event":")" + event +
                      R"(","messageId":"m)" + std::to_string(++told) + R"(","properties":)" +
                      properties + "}");
  }
  Ingested note(const std::string& rows) {
    auto task = Threads(*partition).begin(*ground::parse_json(rows));
    REQUIRE_MESSAGE(task.has_value(), task.error().message);
    unknown = task->unknown;
    auto done = partition->ingest_and_wait(std::move(task->events), support);
    REQUIRE(done.has_value());
    return *done;
  }
  Value person(const std::string& who = "u") {
    return *ground::parse_json(*partition->person_json({.user_id = who}));
  }
  // "inquiry/7:open:taste", in order.
  std::string threads(const std::string& who = "u") {
    std::string out;
    const Value shown = person(who);
    for (const Value& one : shown.find("threads")->as_list()) {
      const auto text = [&](std::string_view name) {
        const Value* value = one.find(name);
        return value == nullptr ? std::string() : ground::to_display(*value);
      };
      out += (out.empty() ? "" : " ") + text("kind") + "/" + text("id") + ":" + text("state") +
             ":" + text("topic") + (text("heard").empty() ? "" : "?");
    }
    return out;
  }
  Answer at(const std::string& slot) {
    return partition->decide({.person = {.user_id = "u"}, .slots = {slot}, .context = context()},
                             support);
  }
  // "banner-offer:promise_overdue banner-taste"
  std::string candidates(const std::string& slot) {
    const Answer answer = at(slot);
    std::string out;
    for (const decide::Candidate& one : answer.draft.slots.at(0).candidates) {
      out += (out.empty() ? "" : " ") + (one.product.valid()
                                             ? answer.snapshot->products[one.product.index].name_id
                                             : answer.snapshot->items[one.item.index].name);
      if (one.drop != decide::Drop::none) out += ":" + std::string(to_string(one.drop));
    }
    return out;
  }
  std::string words(const std::string& slot) { return answer_json(at(slot), Explain::person); }
  Value owed() { return *ground::parse_json(Threads(*partition).owed_json()); }
  int told = 0;
  std::vector<std::string> unknown;
};

std::string at_path(const Value& in, const std::string& path) {
  const Value* found = &in;
  for (size_t from = 0; found != nullptr && from <= path.size();) {
    const size_t to = std::min(path.find('/', from), path.size());
    const std::string part = path.substr(from, to - from);
    from = to + 1;
    if (found->is(Value::Kind::list))
      found = std::stoul(part) < found->as_list().size() ? &found->as_list()[std::stoul(part)]
                                                         : nullptr;
    else
      found = found->find(part);
  }
  return found == nullptr ? "" : ground::to_display(*found);
}

double memory_of(const Answer& answer, const std::string& item) {
  for (const decide::Candidate& one : answer.draft.slots.at(0).candidates)
    if ((one.item.valid() && answer.snapshot->items[one.item.index].name == item) ||
        (one.product.valid() && answer.snapshot->products[one.product.index].name_id == item))
      return one.terms.memory;
  FAIL("no candidate " << item);
  return 0;
}

}  // namespace

TEST_CASE("[P7] A server tells where threads stand; of one kind and id it is one") {
  Desk desk;
  const std::string row =
      R"([{"userId":"u","kind":"inquiry","id":"7","topic":"taste","owner":"desk",)"
      R"("messageId":"a"}])";
  CHECK(desk.note(row).accepted == 1);
  CHECK(desk.threads() == "inquiry/7:open:taste");
  CHECK(desk.note(row).duplicates == 1);
  CHECK(desk.unknown.empty());
  desk.clock.advance(Duration::hours(1));
  CHECK(desk.note(R"([{"userId":"u","kind":"inquiry","id":"7","state":"resolved"},
                      {"userId":"u","kind":"meeting","topic":"room"}])")
            .accepted == 2);
  CHECK(desk.unknown == std::vector<std::string>{"room"});
  CHECK(desk.threads() == "inquiry/7:resolved:taste meeting/:open:room");
  CHECK(at_path(desk.person(), "threads/0/owner") == "desk");
  CHECK(at_path(desk.person(), "threads/0/context") == "support");
}

TEST_CASE("Rows that are wrong are named by what is wrong with them, and the others are taken") {
  Desk desk;
  const auto done = desk.note(
      R"([{"kind":"inquiry"}, {"userId":"u","kind":"quarrel"}, {"userId":"u","kind":"inquiry"},
          {"userId":"u","kind":"inquiry","state":"lost"},
          {"userId":"u","kind":"cart","due":"2026-07-01"},
          {"userId":"u","kind":"promise","due":"soon"},
          {"userId":"u","kind":"inquiry","topik":"x"},
          {"userId":"u","kind":"inquiry","id":7}, 3,
          {"userId":"u","kind":"inquiry","complaint":"yes"}])");
  CHECK(done.accepted == 1);
  REQUIRE(done.refused.size() == 9);
  CHECK(done.refused[0].message == "nobody is named: expected userId or anonymousId");
  CHECK(done.refused[1].message == "kind is none: expected inquiry, cart, meeting or promise");
  CHECK(done.refused[2].message == "state is none: expected open, answered or resolved");
  CHECK(done.refused[3].message == "only a promise is due");
  CHECK(done.refused[4].message.starts_with("due is not a moment"));
  CHECK(done.refused[5].message == "a member is not known: did you mean topic?");
  CHECK(done.refused[6].message == "id is not a text of 1 to 128 bytes");
  CHECK(done.refused[7].message == "it is not an object");
  CHECK(done.refused[8].message == "complaint is not true or false");
  CHECK_FALSE(Threads(*desk.partition).begin(*ground::parse_json("[]")).has_value());
  std::string many = "[";
  for (int i = 0; i <= 1000; ++i) many += std::string(i > 0 ? "," : "") + "{}";
  CHECK_FALSE(Threads(*desk.partition).begin(*ground::parse_json(many + "]")).has_value());
}

TEST_CASE("[P4] What somebody wrote is heard, and the words of it are not kept") {
  Desk desk;
  CHECK(
      desk.note(R"([{"userId":"u","kind":"inquiry","id":"7","text":"this coffee is too bitter"}])")
          .accepted == 1);
  CHECK(desk.threads() == "inquiry/7:open:taste?");
  const auto events = desk.partition->history({.user_id = "u"}, 10);
  REQUIRE(events.has_value());
  REQUIRE(events->size() == 1);
  CHECK(events->front().body.find("bitter") == std::string::npos);
  CHECK(events->front().body.find(R"("concern":"taste")") != std::string::npos);
}

TEST_CASE("Threads hold over a restart") {
  const std::string directory = temp_directory();
  {
    Desk desk(directory);
    desk.tell("Inquiry Sent", R"({"ticket":"7","topic":"taste"})");
    desk.note(R"([{"userId":"u","kind":"promise","id":"q","due":"2026-06-01T11:00:00Z"}])");
    desk.open(directory);
    CHECK(desk.threads() == "inquiry/7:open:taste promise/q:open:");
  }
  std::filesystem::remove_all(directory);
}

TEST_CASE("[P7] [P6] What answers an open thread is relevant; the shop does not say why") {
  Desk desk;
  CHECK(memory_of(desk.at("banner"), "banner-taste") == 0);
  desk.tell("Inquiry Sent", R"({"ticket":"7","topic":"taste"})");
  const Answer shop = desk.at("banner");
  const double open = memory_of(shop, "banner-taste");
  CHECK(open > 0);
  CHECK(memory_of(shop, "banner-parcel") == 0);
  CHECK(memory_of(desk.at("shelf"), "p2") == open);
  CHECK(memory_of(desk.at("shelf"), "p1") == 0);
  const std::string json = answer_json(shop, Explain::operator_view);
  CHECK(json.find(R"("threads.topics")") != std::string::npos);
  // On a shelf it stands first, and the person is told neither when, where nor what it was.
  const std::string shelf = desk.words("shelf");
  CHECK(shelf.find("our relation so far") != std::string::npos);
  CHECK(shelf.find("support") == std::string::npos);
  CHECK(shelf.find("conversation") == std::string::npos);
  CHECK(shelf.find("the taste") == std::string::npos);
  const std::string talk = desk.words("talk");
  CHECK(talk.find("How was the taste?") != std::string::npos);
  CHECK(talk.find("our conversation, our support") != std::string::npos);
}

TEST_CASE("[P7] A resolved worry is never raised again, and still shapes the choice") {
  Desk desk;
  desk.tell("Inquiry Sent", R"({"ticket":"7","topic":"taste"})");
  const double open = memory_of(desk.at("banner"), "banner-taste");
  CHECK(desk.words("talk").find("How was the taste?") != std::string::npos);
  desk.clock.advance(Duration::hours(1));
  desk.tell("Inquiry Resolved", R"({"ticket":"7"})");
  CHECK(desk.at("talk").draft.slots.at(0).picks.empty());
  const double resolved = memory_of(desk.at("banner"), "banner-taste");
  CHECK(resolved > 0);
  CHECK(resolved < open);
}

TEST_CASE(
    "[P7] Why it was chosen names a worry while it goes on, and no more once it is resolved") {
  Desk desk;
  desk.tell("Inquiry Answered", R"({"ticket":"7","topic":"grind"})");
  CHECK(desk.words("talk").find("what it was about – grind") != std::string::npos);
  desk.clock.advance(Duration::hours(1));
  desk.tell("Inquiry Resolved", R"({"ticket":"7"})");
  const std::string words = desk.words("talk");
  CHECK(first(desk.at("talk")) == "This might help.");
  CHECK(words.find("grind") == std::string::npos);
  CHECK(words.find("our relation so far") != std::string::npos);
}

TEST_CASE("[P7] [P10] Nothing is sold while our promise is overdue, and the rest remains") {
  Desk desk;
  desk.tell("Quote Promised", R"({"ticket":"q"})");
  CHECK(desk.candidates("banner") == "banner-offer banner-taste banner-parcel");
  desk.clock.advance(Duration::hours(25));
  CHECK(desk.candidates("banner") == "banner-offer:promise_overdue banner-taste banner-parcel");
  CHECK(desk.candidates("shelf") == "p1:promise_overdue p2:promise_overdue p3:promise_overdue");
  CHECK(desk.at("shelf").draft.slots.at(0).picks.empty());
  CHECK(desk.partition->counters().selling_stopped[0] == 3);
  const Answer answer = desk.at("banner");
  CHECK(answer_json(answer, Explain::operator_view).find(R"("nothingSold":"promise_overdue")") !=
        std::string::npos);
  const auto why = desk.partition->explain(answer.id, {}, desk.support);
  REQUIRE(why.has_value());
  CHECK(why->differences == std::vector<std::string>{""});
  CHECK(why->again.at(0).selling == decide::Drop::promise_overdue);
  desk.note(R"([{"userId":"u","kind":"promise","id":"q","state":"resolved"}])");
  CHECK(desk.candidates("banner") == "banner-offer banner-taste banner-parcel");
}

TEST_CASE("[P10] Nothing is sold while a complaint is open, its default included, until answered") {
  Desk desk;
  desk.tell("Breakage Reported", R"({"ticket":"b"})");
  CHECK(desk.candidates("banner") == "banner-offer:complaint_open banner-taste banner-parcel");
  CHECK(desk.partition->counters().selling_stopped[1] == 1);
  // The default of the place sells, too.
  auto files = with_threads();
  files.files["items/more.yaml"] = files.files["items/more.yaml"].substr(
      0, files.files["items/more.yaml"].find("- {id: banner-offer"));
  desk.publish(files, {.prune = true});
  CHECK(desk.at("banner").draft.slots.at(0).picks.empty());
  const Answer silent = desk.at("banner");
  const auto why = desk.partition->explain(silent.id, {}, desk.support);
  REQUIRE(why.has_value());
  CHECK(why->differences == std::vector<std::string>{""});
  desk.clock.advance(Duration::minutes(1));
  desk.tell("Breakage Answered", R"({"ticket":"b"})");
  CHECK(first(desk.at("banner")) == "Sale");
}

TEST_CASE("[P10] The product of a complaint is not offered until the complaint is resolved") {
  Desk desk;
  desk.note(R"([{"userId":"u","kind":"inquiry","id":"c","complaint":true,"product":"p1"}])");
  CHECK(desk.candidates("shelf") == "p1:complaint_open p2:complaint_open p3:complaint_open");
  desk.clock.advance(Duration::minutes(1));
  desk.note(R"([{"userId":"u","kind":"inquiry","id":"c","state":"answered"}])");
  CHECK(desk.candidates("shelf") == "p1:complained p2 p3");
  desk.clock.advance(Duration::minutes(1));
  desk.note(R"([{"userId":"u","kind":"inquiry","id":"c","state":"resolved"}])");
  CHECK(desk.candidates("shelf") == "p1 p2 p3");
}

TEST_CASE("[P3] A person sees their threads in plain words, and has them forgotten") {
  Desk desk;
  desk.tell("Inquiry Sent", R"({"ticket":"7","topic":"taste"})");
  desk.tell("Quote Promised", R"({"ticket":"q"})");
  const auto me = [&] {
    auto text = desk.partition->me_json({.user_id = "u"}, desk.support, ground::LocaleId{1});
    REQUIRE(text.has_value());
    return *ground::parse_json(*text);
  };
  const Value shown = me();
  CHECK(at_path(shown, "threads/0/label") == "your inquiry");
  CHECK(at_path(shown, "threads/0/says") == "open");
  CHECK(at_path(shown, "threads/0/about") == "the taste");
  CHECK(at_path(shown, "threads/0/source") == "our support");
  CHECK(at_path(shown, "threads/1/kind") == "promise");
  Key privacy = desk.support;
  privacy.scopes.push_back(Scope::privacy);
  const auto gone = desk.partition->forget_value_and_wait({.user_id = "u"}, "threads", privacy);
  REQUIRE_MESSAGE(gone.has_value(), gone.error().message);
  CHECK(me().find("threads")->as_list().empty());
  CHECK(desk.partition->history({.user_id = "u"}, 10)->empty());
  CHECK(Threads(*desk.partition).owed().promises == 0);
}

TEST_CASE("Threads expire with what told of them") {
  Desk desk;
  auto files = with_threads();
  std::string& events = files.files["events.yaml"];
  events.replace(events.find("topic: topic}"), 13, "topic: topic}, keep: 10d");
  desk.publish(files);
  desk.tell("Inquiry Sent", R"({"ticket":"7","topic":"taste"})");
  desk.clock.advance(Duration::days(9));
  for (int i = 0; i < 20; ++i) desk.partition->tick();
  CHECK(desk.threads() == "inquiry/7:open:taste");
  desk.clock.advance(Duration::days(2));
  for (int i = 0; i < 200; ++i) {
    desk.partition->tick();
    desk.clock.advance(Duration::minutes(10));
  }
  CHECK(desk.threads() == "");
}

TEST_CASE("[P7] What is owed is told: overdue promises with their owner, complaints, by person") {
  Desk desk;
  desk.note(
      R"([{"userId":"u","kind":"promise","id":"q","due":"2026-06-01T11:00:00Z","owner":"sales"},
                {"userId":"v","kind":"promise","id":"r","due":"2026-07-01T11:00:00Z"},
                {"userId":"w","kind":"inquiry","id":"b","complaint":true}])");
  CHECK(Threads(*desk.partition).owed().promises == 0);
  desk.clock.advance(Duration::hours(2));
  const Threads::Owed owed = Threads(*desk.partition).owed();
  CHECK(owed.promises == 1);
  CHECK(owed.complaints == 1);
  const Value told = desk.owed();
  CHECK(at_path(told, "promisesOverdue") == "1");
  CHECK(at_path(told, "promises/0/userId") == "u");
  CHECK(at_path(told, "promises/0/owner") == "sales");
  CHECK(at_path(told, "promises/0/id") == "q");
  CHECK(at_path(told, "promises/1/id") == "");
  CHECK(at_path(told, "complaints/0/userId") == "w");
  // Asking begins a look at everyone; what was known before is known after it.
  for (int i = 0; i < 20; ++i) desk.partition->tick();
  CHECK(at_path(desk.owed(), "at") != "");
  CHECK(Threads(*desk.partition).owed().promises == 1);
  desk.note(R"([{"userId":"u","kind":"promise","id":"q","state":"answered"}])");
  CHECK(Threads(*desk.partition).owed().promises == 0);
  const auto now = Threads(*desk.partition).owed_json_now();
  REQUIRE(now.has_value());
  CHECK(at_path(*ground::parse_json(*now), "complaints/0/id") == "b");
}
