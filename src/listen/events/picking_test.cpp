// What clicks and purchases lean to: kept by consent, a quarter of an answer, and of oneself only.
#include "listen/events/picking.h"

#include "ground/domain/value_choice.h"
#include "listen/events/test_person.h"

namespace aizuchi::listen {

using ground::Duration;
using test::TestPerson;

namespace {

const ground::BrandFiles shop = test::files({
    {"purposes.yaml", R"yaml(purposes:
  layout: {basis: notice, says: order}
  values: {basis: consent, says: what you hold dear}
)yaml"},
    {"contexts.yaml", "contexts: {browsing: {}, page: {shows: true, continues: [browsing]}}\n"},
    {"sources.yaml", R"yaml(sources:
  web: {context: browsing, purposes: [layout, values], notice: n, says: on our site}
  other: {context: browsing, purposes: [layout], notice: n, says: elsewhere}
)yaml"},
    {"creed.yaml", R"yaml(axes:
  quiet: {says: quiet, evidence: e}
  craft: {says: craft, evidence: e}
  season: {says: season, evidence: e}
)yaml"},
    {"facts.yaml", R"yaml(facts:
  leans: {type: values, label: what you pick, purposes: [values], keep: 180d}
)yaml"},
    {"slots/s.yaml",
     "slots: {list: {channel: web, context: page, purpose: layout, shape: list, "
     "size: {at_least: 1, at_most: 4}, fallback: calm}}\n"},
    {"items/i.yaml",
     R"yaml(- {id: one, slot: list, speaks: [], values: {quiet: 1},
   wordings: [{say: {en: {title: A}}}]}
- {id: two, slot: list, speaks: [], values: {craft: 1, quiet: 0.2},
   wordings: [{say: {en: {title: B}}}]}
- {id: three, slot: list, speaks: [], values: {season: 1},
   wordings: [{say: {en: {title: C}}}]}
- {id: calm, slot: list, speaks: [], wordings: [{say: {en: {title: D}}}]}
)yaml"},
});

struct Picker : TestPerson {
  Picker() : TestPerson(shop) { answers("values", true); }
  void of(std::string_view source, std::string_view event, std::string_view item,
          std::string_view more = "", int decision = 1) {
    does(source, event,
         R"({"decisionId":"0000000)" + std::to_string(decision) +
             R"(000000000000000000000000","slot":"list","item":")" + std::string(item) + "\"" +
             std::string(more) + "}");
    later(Duration::seconds(2));
  }
  void sees(std::initializer_list<std::string_view> items, int decision = 1) {
    for (const std::string_view item : items) of("web", "Slot Exposed", item, "", decision);
  }
  std::vector<std::string> leans() const {
    std::vector<std::string> out;
    if (const remember::Fact* kept = fact("leans"))
      for (const auto& choice : ground::value_choices(kept->value))
        out.push_back(ground::to_text(choice).substr(25));
    return out;
  }
};

using Leans = std::vector<std::string>;

}  // namespace

TEST_CASE("[P1] What was picked of what was seen beside it is kept as inferred, once") {
  Picker p;
  p.sees({"one", "two", "calm"});
  p.of("web", "Item Clicked", "two");
  CHECK(p.leans() == Leans{"craft > quiet"});
  CHECK(p.provenance(p.fact("leans")->provenance).method == ground::Method::inferred);
  p.of("web", "Item Clicked", "two");  // the same once more
  CHECK(p.leans().size() == 1);
  p.sees({"one", "two", "three"}, 2);
  p.of("web", "Item Clicked", "three", "", 2);
  CHECK(p.leans() == Leans{"craft > quiet", "season > quiet, craft"});
  for (int i = 3; i < 40; ++i) {
    p.sees({"one", "two"}, i % 10);
    p.of("web", "Item Clicked", "one", "", i % 10);
    p.person.said.clear();
  }
  CHECK(p.leans().size() == ground::value_choices_max);
}

TEST_CASE("[P1] Nothing is leant from what nobody allowed, what is for another, or a machine's") {
  const auto leans = [](std::string_view source, std::string_view more, bool allowed = true,
                        std::initializer_list<std::string_view> seen = {"one", "two"}) {
    Picker p;
    if (!allowed) p.answers("values", false);
    p.sees(seen);
    p.of(source, "Item Clicked", "two", more);
    return p.leans();
  };
  CHECK(leans("web", "") == Leans{"craft > quiet"});
  CHECK(leans("web", "", false).empty());
  CHECK(leans("other", "").empty());
  CHECK(leans("web", R"(,"human":0)").empty());
  CHECK(leans("web", "", true, {"two"}).empty());          // there was no choice
  CHECK(leans("web", "", true, {"two", "calm"}).empty());  // … or none between values
  Picker p;
  p.sees({"one", "two"});
  p.sends("web", R"({"type":"track","event":"Item Clicked","context":{"for_whom":"gift"},)"
                 R"("properties":{"decisionId":"00000001000000000000000000000000","slot":"list",)"
                 R"("item":"two"}})");
  CHECK(p.leans().empty());
}

}  // namespace aizuchi::listen
