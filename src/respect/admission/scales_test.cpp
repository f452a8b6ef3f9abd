#include <doctest/doctest.h>

#include "ground/catalog/population.h"
#include "respect/admission/counted.h"
#include "respect/admission/test_view.h"

using namespace aizuchi;
using namespace aizuchi::respect;
using ground::Duration;
using ground::Level;
using listen::test::TestPerson;
using respect::test::View;

namespace {

ground::BrandFiles brand() {
  return listen::test::files(
      {{"purposes.yaml",
        "purposes:\n"
        "  layout: {basis: notice, says: the order of the page}\n"
        "  improve: {basis: consent, says: to learn}\n"},
       {"contexts.yaml",
        "contexts: {ordering: {}, shop-page: {shows: true, continues: [ordering]}}\n"},
       {"sources.yaml",
        "sources:\n"
        "  shop: {context: ordering, purposes: [layout, improve], notice: n, says: shop}\n"
        "  quiet: {context: ordering, purposes: [layout], notice: n, says: quiet}\n"},
       {"population.yaml",
        "deciles: {spend: {of: \"sum('Order Completed', 'total')\"}}\n"
        "rfm: {event: Order Completed, monetary: total, window: 30d}\n"},
       {"slots/s.yaml",
        "slots: {hero: {context: shop-page, purpose: layout, fallback: default}}\n"},
       {"items/i.yaml",
        "- {id: best, slot: hero, layer: surface, intent: tell, speaks: [],\n"
        "   when: deciles.spend == 10 || rfm.recency > 4 || rfm.frequency > 4 || rfm.monetary > "
        "4,\n"
        "   wordings: [{say: {en: {title: t}}}]}\n"
        "- {id: default, layer: surface, intent: tell, wordings: [{say: {en: {title: d}}}]}\n"}});
}

// Cut points of a population whose numbers are 1 to 1000.
ground::Population counted(const ground::Snapshot& snapshot) {
  ground::Population out{.version = 5, .at = {}, .scales = {}};
  for (const ground::Scale& scale : snapshot.scales) {
    std::vector<double> values;
    for (int i = 1; i <= 1000; ++i) values.push_back(i);
    out.scales.push_back(ground::cut(scale.fingerprint, values, scale.parts));
  }
  return out;
}

struct Shopper {
  TestPerson p{brand()};
  ground::Population population = counted(*p.brand);

  void buys(std::string_view total, std::string_view at = "shop") {
    p.does(at, "Order Completed", R"({"order_id":"o","total":)" + std::string(total) + "}");
    p.later(Duration::minutes(1));
  }
  View view(const ground::Population* with) const {
    Situation situation{.viewer = ground::Assurance::a2,
                        .now = p.now,
                        .now_value = ground::Value(p.now),
                        .context = {},
                        .population = with};
    return View(p, "hero", std::move(situation));
  }
  std::optional<double> number(size_t scale = 0) const {
    return measured(*p.brand, Handle(&p.person, p), p.now).at(scale);
  }
};

}  // namespace

TEST_CASE("A decile follows from the person's own number at once, and is held at RANK") {
  Shopper one;
  one.buys("450");
  CHECK(one.view(&one.population).value("deciles.spend").same(ground::Value(5)));
  one.buys("451");
  const View now = one.view(&one.population);
  CHECK(now.value("deciles.spend").same(ground::Value(10)));
  CHECK(now.level("deciles.spend") == Level::rank);
  CHECK(now.why("deciles.spend") == Refusal::inferred);
  CHECK_FALSE(now.admission.sayable(now.read("deciles.spend")));
  CHECK(now.level("sum('Order Completed', 'total')") == Level::say);
}

TEST_CASE("Before everyone was counted, and of too few, a decile is absent with its reason") {
  Shopper one;
  one.buys("450");
  CHECK(one.view(nullptr).value("deciles.spend").is_null());
  CHECK(one.view(nullptr).why("deciles.spend") == Refusal::not_compared);
  ground::Population few = one.population;
  few.scales[0].at.clear();
  CHECK(one.view(&few).why("deciles.spend") == Refusal::not_compared);
  ground::Population other = one.population;
  other.scales.erase(other.scales.begin());  // the scale is newer than the count
  CHECK(one.view(&other).why("deciles.spend") == Refusal::not_compared);
}

TEST_CASE("[P9] Who never ordered is in no decile: a count of nothing is about nobody") {
  Shopper one;
  one.p.answers("improve", true);
  CHECK(one.view(&one.population).value("deciles.spend").is_null());
  CHECK_FALSE(one.view(&one.population).why("deciles.spend").has_value());
  for (size_t scale = 0; scale < 4; ++scale) CHECK_FALSE(one.number(scale).has_value());
}

TEST_CASE("RFM looks back over its window: an older last order has no part in it") {
  Shopper one;
  one.p.answers("improve", true);
  one.buys("100");
  CHECK(one.number(1).has_value());
  CHECK(one.number(2) == 1.0);
  CHECK(one.number(3) == 100.0);
  one.p.later(Duration::days(40));
  for (size_t scale = 1; scale < 4; ++scale) CHECK_FALSE(one.number(scale).has_value());
  CHECK(one.number(0) == 100.0);  // the decile is of all that is kept
}

TEST_CASE("[P1] Who has not agreed to be counted is not among those who are compared") {
  Shopper one;
  one.buys("100");
  CHECK_FALSE(one.number().has_value());
  one.p.answers("improve", true);
  CHECK(one.number() == 100.0);
  one.buys("900", "quiet");  // told for the layout only: not for counting
  CHECK(one.number() == 100.0);
  one.p.answers("improve", false);
  CHECK_FALSE(one.number().has_value());
}
