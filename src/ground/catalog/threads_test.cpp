// What a brand folder may say of threads.
#include <doctest/doctest.h>

#include <algorithm>

#include "ground/catalog/brand_folder.h"
#include "ground/catalog/snapshot.h"

namespace aizuchi::ground {

namespace {

BrandFiles brand(const std::string& events, const std::string& rule = "true",
                 const std::string& speaks = "[]") {
  return {{
      {"brand.yaml", "brand: b\nname: b\nlocales: [en]\n"},
      {"purposes.yaml", "purposes: {service: {basis: contract, says: s}}\n"},
      {"contexts.yaml",
       "contexts: {support: {}, chat: {shows: true, continues: [support]}, page: {shows: true}}\n"},
      {"sources.yaml",
       "sources: {desk: {context: support, method: told_to_staff, purposes: [service], says: "
       "d}}\n"},
      {"concerns.yaml", "concerns: {taste: {}}\n"},
      {"events.yaml", events},
      {"slots/s.yaml",
       "slots: {talk: {context: chat, purpose: service, fallback: default},\n"
       "  hero: {context: page, purpose: service, fallback: default}}\n"},
      {"items/i.yaml",
       "- {id: one, slot: talk, intent: help, layer: memory, serves: [taste],\n"
       "   when: \"" +
           rule + "\", speaks: " + speaks +
           ", wordings: [{say: {en: {title: t}}}]}\n"
           "- {id: two, slot: hero, intent: help, layer: memory,\n"
           "   when: \"" +
           rule +
           "\", speaks: [], wordings: [{say: {en: {title: t}}}]}\n"
           "- {id: default, layer: surface, intent: tell,\n"
           "   wordings: [{say: {en: {title: d}}}]}\n"},
  }};
}

struct Checked {
  Vocabulary vocabulary;
  Compiled compiled;
  explicit Checked(const BrandFiles& files) : compiled(compile_brand(files, vocabulary, 1)) {}
  std::string all() const {
    std::string out;
    for (const Finding& f : compiled.findings)
      if (f.severity == Severity::error) out += format_finding(f) + "\n";
    return out;
  }
  std::vector<std::string> reads_of(std::string_view slot) const {
    std::vector<std::string> out;
    for (const ReadId id : compiled.snapshot->slot(slot)->reads)
      out.push_back(compiled.snapshot->reads[id].name);
    return out;
  }
};

bool holds(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

}  // namespace

TEST_CASE("An event says what it does to which thread, and by which of its properties") {
  const Checked one(
      brand("events:\n"
            "  Quote Promised: {thread: {opens: promise, key: quote.id, due: by, "
            "within: 3d, topic: t, product: p}}\n"
            "  Broken: {thread: {opens: inquiry, complaint: true}}\n"
            "  Done: {thread: {resolves: inquiry}}\n"));
  INFO(one.all());
  REQUIRE(one.compiled.snapshot != nullptr);
  const auto& rule = one.compiled.snapshot->event("Quote Promised")->thread;
  REQUIRE(rule.has_value());
  CHECK(rule->kind == ThreadKind::promise);
  CHECK(rule->to == ThreadState::open);
  CHECK(rule->key == "quote.id");
  CHECK(rule->within == Duration::days(3));
  CHECK(one.compiled.snapshot->event("Broken")->thread->complaint);
  CHECK(one.compiled.snapshot->event("Done")->thread->to == ThreadState::resolved);
  CHECK(one.compiled.snapshot->event("Thread Noted")->role == EventRole::thread);
}

TEST_CASE("An event that does nothing, two things, or something unknown to a thread is refused") {
  const auto refused = [](const std::string& thread, std::string_view expected) {
    const Checked one(brand("events:\n  E: {thread: " + thread + "}\n"));
    INFO(one.all());
    CHECK(one.compiled.snapshot == nullptr);
    CHECK(one.all().find(expected) != std::string::npos);
  };
  refused("{key: id}", "expected one of opens, answers and resolves");
  refused("{opens: inquiry, resolves: cart}", "expected one of opens, answers and resolves");
  refused("{opens: quarrel}", "inquiry");
  refused("{open: inquiry}", "did you mean 'opens'?");
  refused("{opens: inquiry, within: 3d}", "expected due and within with opens: promise only");
  refused("[inquiry]", "expected");
}

TEST_CASE("Rules read threads, by kind and as far as they go on; what else is not one is unknown") {
  const Checked one(brand("events: {}\n",
                          "threads.exists(t, t.kind == 'inquiry' && t.state == 'open') && "
                          "threads.promise.open.size() == 0 && threads.open.size() < 3"));
  INFO(one.all());
  REQUIRE(one.compiled.snapshot != nullptr);
  const auto reads = one.reads_of("talk");
  CHECK(holds(reads, "threads"));
  CHECK(holds(reads, "threads.promise.open"));
  CHECK(holds(reads, "threads.open"));
  CHECK_FALSE(holds(reads, "threads.cart"));
  // Where an item answers a concern, scores ask for what threads are about.
  CHECK(holds(reads, "threads.topics"));
  CHECK_FALSE(holds(one.reads_of("hero"), "threads.topics"));
  for (const char* rule : {"threads.quarrel.size() > 0", "threads.topics.size() > 0",
                           "threads.open.open.size() > 0", "thread.size() > 0"})
    CHECK(Checked(brand("events: {}\n", rule)).compiled.snapshot == nullptr);
}

TEST_CASE("[P1] What speaks of a thread says so, and nowhere that it never may") {
  const std::string rule = "threads.inquiry.open.size() > 0";
  CHECK(Checked(brand("events: {}\n", rule, "[threads.inquiry.open]")).all().empty());
  BrandFiles files = brand("events: {}\n", rule, "[threads.inquiry.open]");
  std::string& items = files.files["items/i.yaml"];
  items.replace(items.find("slot: talk"), 10, "slot: hero");
  CHECK(Checked(files).all().find("this can never be said on hero") != std::string::npos);
  CHECK(Checked(brand("events: {}\n", rule, "[threads.quarrel]")).compiled.snapshot == nullptr);
}

TEST_CASE("A shelf may stay while nothing is sold; an item says it by its intent") {
  BrandFiles files = brand("events: {}\n");
  files.files["products.csv"] = "id,name.en,category,price,url\np1,One,tea,100,/1\n";
  files.files["slots/p.yaml"] =
      "slots:\n  shelf: {context: page, purpose: service, shape: list, size: {at_most: 3}, "
      "from: products, rankers: [popular], sells: off, fallback: popular}\n"
      "  other: {context: page, purpose: service, shape: list, size: {at_most: 3}, "
      "from: products, rankers: [popular], fallback: popular}\n";
  const Checked one(files);
  INFO(one.all());
  REQUIRE(one.compiled.snapshot != nullptr);
  CHECK_FALSE(one.compiled.snapshot->slot("shelf")->sells);
  CHECK(one.compiled.snapshot->slot("other")->sells);
  files.files["slots/p.yaml"] =
      "slots: {x: {context: page, purpose: service, sells: off, fallback: default}}\n";
  CHECK(Checked(files).all().find("sells only with from: products") != std::string::npos);
}

TEST_CASE("A norm may speak of threads, all or of one kind") {
  for (const char* pattern : {"threads.*", "threads.inquiry"}) {
    BrandFiles files = brand("events: {}\n");
    files.files["contexts.yaml"] +=
        std::string("norms: [{name: n, facts: ['") + pattern +
        "'], to: [page], level: rank, why: w, by: b, on: 2026-01-01}]\n";
    const Checked one(files);
    INFO(one.all());
    REQUIRE(one.compiled.snapshot != nullptr);
    CHECK(one.compiled.snapshot->norms.size() == 1);
  }
}

}  // namespace aizuchi::ground
