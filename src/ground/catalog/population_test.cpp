#include "ground/catalog/population.h"

#include <algorithm>
#include <fstream>
#include <random>

#include "ground/catalog/snapshot.h"
#include "ground/catalog/test_brand.h"

namespace aizuchi::ground::catalog {

namespace {

// The slow twin, without sorting: the k-th smallest is the smallest value that k values do not
// exceed; a part is one more than the shares of the people whose last one stands below.
size_t part_by_counting(const std::vector<double>& values, double value, size_t parts) {
  const auto not_above = [&](double v) {
    return static_cast<size_t>(std::ranges::count_if(values, [&](double w) { return w <= v; }));
  };
  size_t part = 1;
  for (size_t i = 1; i < parts; ++i) {
    size_t k = 0;
    while (k * parts < i * values.size()) ++k;
    double smallest = std::ranges::max(values);
    for (const double v : values)
      if (not_above(v) >= k) smallest = std::min(smallest, v);
    if (value > smallest) ++part;
  }
  return part;
}

std::vector<double> drawn(std::mt19937& dice, size_t people, int different) {
  std::vector<double> out;
  out.reserve(people);
  for (size_t i = 0; i < people; ++i)
    out.push_back(static_cast<double>(std::uniform_int_distribution<int>(-3, different)(dice)) / 4);
  return out;
}

BrandFiles with_population(std::string text) {
  BrandFiles files = small_brand();
  files.files["population.yaml"] = std::move(text);
  return files;
}

// The example of docs/brand.md.
constexpr std::string_view both = R"yaml(night: 3
deciles:
  spend: {title: bought in a year, of: "sum('Order Completed', 'total', duration('8760h'))"}
rfm: {event: Order Completed, monetary: total, window: 180d}
)yaml";

}  // namespace

TEST_CASE("Everyone's part is what counting them one by one says, however many share a number") {
  std::mt19937 dice(7);
  for (size_t people = 20; people < 75; people += 3)
    for (const int different : {-3, -1, 2, 9, 400})
      for (const size_t parts : {size_t{2}, size_t{5}, size_t{10}}) {
        const std::vector<double> values = drawn(dice, people, different);
        std::vector<double> sorted = values;
        const CutPoints cuts = cut(1, sorted, parts);
        REQUIRE(cuts.at.size() == parts - 1);
        size_t highest = 0;
        for (const double value : values) {
          CHECK(cuts.part_of(value) == part_by_counting(values, value, parts));
          highest += cuts.part_of(value) == parts ? 1 : 0;
        }
        CHECK(highest * parts <= people);
      }
}

TEST_CASE("A hundred different numbers are ten in each decile; a newcomer joins at the edge") {
  std::vector<double> values;
  for (int i = 100; i > 0; --i) values.push_back(i);
  const CutPoints cuts = cut(1, values, 10);
  for (int i = 1; i <= 100; ++i) CHECK(cuts.part_of(i) == static_cast<size_t>((i - 1) / 10 + 1));
  CHECK(cuts.part_of(-5) == 1);
  CHECK(cuts.part_of(1e9) == 10);
  CHECK(cuts.people == 100);
}

TEST_CASE("[P1] Of fewer than 20 people there are no cut points") {
  std::vector<double> values(19, 3.5);
  CHECK(cut(1, values, 10).at.empty());
  CHECK(cut(1, values, 10).people == 19);
  values.push_back(9);
  CHECK(cut(1, values, 10).at.size() == 9);
}

TEST_CASE("A population is read back as it was kept, and no other bytes are") {
  const Population kept{.version = 3,
                        .at = {1'700'000'000'000},
                        .scales = {{.fingerprint = 7, .people = 25, .at = {-1.5, 0, 0, 40000}},
                                   {.fingerprint = 8, .people = 4, .at = {}}}};
  const std::string bytes = encode(kept);
  const auto again = decode_population(bytes);
  REQUIRE(again);
  CHECK(encode(*again) == bytes);
  CHECK(again->find(7)->at == kept.scales[0].at);
  CHECK(again->find(9) == nullptr);
  for (size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(decode_population(std::string_view(bytes).substr(0, length)));
  std::string newer = bytes;
  newer[0] = 2;
  CHECK(decode_population(newer).error().code == ErrorCode::unsupported);
  const Population disordered{.version = 1, .at = {}, .scales = {{7, 25, {2, 1}}}};
  CHECK(decode_population(encode(disordered)).error().code == ErrorCode::corrupted);
}

TEST_CASE("A brand names deciles and RFM, and rules read them as numbers") {
  BrandFiles files = with_population(std::string(both));
  files.files["audiences.yaml"] +=
      "\n  best: {title: b, rule: deciles.spend == 10 && rfm.recency >= 4}\n";
  std::ifstream in(AIZUCHI_BRAND_DOC, std::ios::binary);
  const std::string doc{std::istreambuf_iterator<char>(in), {}};
  CHECK(doc.contains("`population.yaml`\n<!-- held by: ground/catalog -->\n```yaml\n" +
                     std::string(both) + "```\n"));
  const Checked brand = check(files);
  INFO(brand.all());
  REQUIRE(brand.ok());
  const Snapshot& s = *brand.compiled.snapshot;
  CHECK(s.night_hour == 3);
  REQUIRE(s.scales.size() == 4);
  CHECK(s.scales[0].name == "deciles.spend");
  CHECK(s.scales[0].parts == 10);
  CHECK(s.scales[3].name == "rfm.monetary");
  CHECK(s.scales[3].parts == 5);
  CHECK(s.scales[1].within == Duration::days(180));
  for (const Scale& scale : s.scales) {
    CHECK(s.reads[scale.read].inferred);
    CHECK(s.reads[scale.read].expr.has_value());
  }
  CHECK(s.audience("best")->reads_scales);
  CHECK_FALSE(s.audience("first-light")->reads_scales);
}

TEST_CASE("The night comes by the brand's clock, in winter and in summer") {
  Snapshot brand;
  brand.timezone = "Europe/Berlin";
  brand.night_hour = 4;
  const auto next = [&](std::string_view t) {
    return format_instant(next_night(brand, *parse_instant(t)));
  };
  CHECK(next("2026-01-10T02:59:59Z") == "2026-01-10T03:00:00.000Z");
  CHECK(next("2026-01-10T03:00:00Z") == "2026-01-11T03:00:00.000Z");
  CHECK(next("2026-07-10T03:00:00Z") == "2026-07-11T02:00:00.000Z");
  CHECK(next("2026-03-28T20:00:00Z") == "2026-03-29T02:00:00.000Z");  // the clocks change between
  CHECK(next("2026-10-24T20:00:00Z") == "2026-10-25T03:00:00.000Z");
}

TEST_CASE("What a scale compares decides whether its cut points hold on; its title does not") {
  const auto fingerprint = [](std::string_view of, std::string_view title) {
    const Checked brand = check(with_population("deciles: {d: {title: " + std::string(title) +
                                                ", of: \"" + std::string(of) + "\"}}\n"));
    INFO(brand.all());
    REQUIRE(brand.ok());
    return brand.compiled.snapshot->scales[0].fingerprint;
  };
  CHECK(fingerprint("visits", "one") == fingerprint("visits", "another"));
  CHECK(fingerprint("visits", "one") != fingerprint("visits + 1", "one"));
}

TEST_CASE(
    "A number that is none, a scale that needs itself, and a wrong hour are errors with a place") {
  const auto finds = [](std::string_view text, std::string_view rule) {
    const Checked brand = check(with_population(std::string(text)));
    INFO(brand.all());
    CHECK(brand.has(rule, "population.yaml:"));
    CHECK_FALSE(brand.ok());
  };
  finds("deciles: {d: {of: \"phase\"}}\n", "cel");
  finds("deciles: {d: {of: \"count('Nothing')\"}}\n", "unknown-event");
  finds("deciles: {d: {of: \"deciles.e\"}, e: {of: \"deciles.d\"}}\n", "cycle");
  finds("deciles: {d: {title: t}}\n", "missing-of");
  finds("deciles: {d-e: {of: visits}}\n", "bad-name");
  finds("deciles: [visits]\n", "wrong-value");
  finds("night: 24\n", "wrong-value");
  finds("rfm: {event: Order Completed}\n", "missing-monetary");
  finds("rfm: {event: Order Completed, monetary: total, window: 900d}\n", "wrong-value");
  finds("quintiles: {}\n", "unknown-key");
}

TEST_CASE("[P1] Without the purpose improve nobody may be compared, and the check says so") {
  BrandFiles files = with_population(std::string(both));
  std::string& purposes = files.files["purposes.yaml"];
  for (size_t at; (at = purposes.find("improve")) != std::string::npos;)
    purposes.replace(at, 7, "better");
  for (auto& [path, text] : files.files)
    if (path == "sources.yaml" || path == "facts.yaml")
      for (size_t at; (at = text.find("improve")) != std::string::npos;)
        text.replace(at, 7, "better");
  const Checked brand = check(files);
  INFO(brand.all());
  CHECK(brand.has("no-improve", "population.yaml:"));
}

TEST_CASE("[P1] Where someone stands among others may choose, and can never be said") {
  BrandFiles files = with_population(std::string(both));
  std::string& hero = files.files["items/hero.yaml"];
  hero += R"(
- id: standing
  slot: home.hero
  layer: surface
  intent: tell
  when: deciles.spend == 10
  speaks: []
  wordings:
    - say: {title: "decile {{deciles.spend}}", cta: c, href: /a}
)";
  const Checked brand = check(files);
  INFO(brand.all());
  REQUIRE(brand.of("say-never").size() > 0);
  CHECK(brand.of("say-never")[0].expected.contains("conclusion"));
}

}  // namespace aizuchi::ground::catalog
