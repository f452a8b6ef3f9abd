#include "ground/catalog/brand_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "ground/catalog/snapshot.h"
#include "ground/catalog/test_brand.h"

namespace aizuchi::ground::catalog {

TEST_CASE("The brand folder of the design document compiles as it is written") {
  const Checked brand = check(small_brand());
  INFO(brand.all());
  REQUIRE(brand.ok());
  for (const Finding& f : brand.compiled.findings) CHECK(f.rule == "coverage");
  const Snapshot& s = *brand.compiled.snapshot;
  CHECK(s.brand == "tsumugi");
  CHECK(s.name.in(s.locale("en-GB")) == "Tsumugi Coffee");
  CHECK(s.name.in(s.locale("ja_JP")) == "つむぎ珈琲");
  CHECK(s.name.in(s.locale("fr")) == "つむぎ珈琲");
  CHECK(s.version == 1);
  CHECK(s.purpose("mail")->promotional);
  CHECK(s.purpose("layout")->basis == Basis::notice);
  CHECK(s.context("shop-page")->setting == "shop");
  CHECK(s.context("shop-page")->continues[0] == s.context("browsing")->id);
  CHECK(s.context("support")->setting.empty());
  CHECK(s.norms[0].level == Level::rank);
  CHECK(s.source("crm")->method == Method::imported);
  CHECK_FALSE(s.source("web")->method.has_value());
  CHECK(s.fact("job")->of.size() == 5);
  CHECK(s.fact("condition")->viewer_min == Assurance::a2);
  CHECK(s.fact("nobody") == nullptr);
  CHECK(s.item("hero-first-light-roast")->wordings[1].id == "office");
  CHECK(s.item("hero-first-light-roast")->values[0].second == 0.6);
  CHECK(s.audience("first-light")->title == "浅煎りを選びはじめた人");
}

TEST_CASE("Every lookup by id finds what the lookup by name found") {
  const Checked brand = check(small_brand());
  const Snapshot& s = *brand.compiled.snapshot;
  for (const Purpose& p : s.purposes) CHECK(s.purpose(p.id) == s.purpose(p.name));
  for (const Context& c : s.contexts) CHECK(s.context(c.id) == s.context(c.name));
  for (const Source& source : s.sources) CHECK(s.source(source.id) == s.source(source.name));
  for (const FactRule& f : s.facts) CHECK(s.fact(f.id) == s.fact(f.name));
  for (const Slot& slot : s.slots) CHECK(&s.slots[slot.id.index] == s.slot(slot.name));
  for (const Item& item : s.items) CHECK(&s.items[item.id.index] == s.item(item.name));
  for (const Product& p : s.products) CHECK(&s.products[p.id.index] == s.product(p.name_id));
  for (size_t i = 0; i < s.reads.size(); ++i) CHECK(s.reads[i].id == i);
  CHECK(s.fact(FactId{}) == nullptr);
  CHECK(s.purpose(PurposeId{63}) == nullptr);
}

TEST_CASE("A slot asks for everything its items may need, inputs first") {
  const Checked brand = check(small_brand());
  const Snapshot& s = *brand.compiled.snapshot;
  const auto names = [&](std::string_view slot) {
    std::vector<std::string> out;
    for (const ReadId id : s.slot(slot)->reads) out.push_back(s.reads[id].name);
    return out;
  };
  CHECK(names("home.hero") ==
        std::vector<std::string>{
            "count('Product Viewed', duration('168h'), {'category': 'light-roast'})", "facts.job",
            "threads.topics"});
  CHECK(names("home.picks") ==
        std::vector<std::string>{"top('Product Viewed', 'category', duration('720h'))",
                                 "facts.holds_dear", "viewed", "threads.topics"});
  // The rule of an audience is read where it is named.
  CHECK(names("news.subject").size() == 1);
  for (const Slot& slot : s.slots)
    for (size_t i = 0; i < slot.reads.size(); ++i)
      for (const ReadId input : s.reads[slot.reads[i]].inputs) {
        const auto at = std::ranges::find(slot.reads, input);
        CHECK(at < slot.reads.begin() + static_cast<ptrdiff_t>(i));
      }
}

TEST_CASE("Equal questions about behaviour share what is kept, whatever their window") {
  BrandFiles files = with_added("audiences.yaml",
                                "  a: {rule: \"count('Product Viewed') > 1\"}\n"
                                "  b: {rule: \"count('Product Viewed', duration('24h')) > 1\"}\n");
  const Checked brand = check(files);
  INFO(brand.all());
  REQUIRE(brand.ok());
  const Snapshot& s = *brand.compiled.snapshot;
  const EventId viewed = s.event("Product Viewed")->id;
  std::vector<std::string> texts;
  for (const uint16_t index : s.aggregates_of(viewed)) texts.push_back(s.aggregates[index].text);
  CHECK(std::ranges::count(texts, "count(\"Product Viewed\")") == 1);
  CHECK(std::ranges::count(texts, "count(\"Product Viewed\",{\"category\":\"light-roast\"})") == 1);
  for (const Aggregate& a : s.aggregates)
    if (a.text == "count(\"Product Viewed\")") CHECK(a.window_max == Duration::days(365));
  CHECK(s.aggregates_of(EventId{}).empty());
}

TEST_CASE("A count may be spoken of, a conclusion may not: the reads know which they are") {
  const Checked brand = check(small_brand());
  const Snapshot& s = *brand.compiled.snapshot;
  CHECK(s.reads[*s.fact("favourite")->derived].inferred);
  CHECK_FALSE(s.reads[*s.fact("seen")->derived].inferred);
}

TEST_CASE("Events of the e-commerce vocabulary exist without being listed") {
  const Checked brand = check(small_brand());
  const Snapshot& s = *brand.compiled.snapshot;
  CHECK(s.event("Order Completed")->role == EventRole::order_completed);
  CHECK(s.event("Segment Consent Preference Updated")->role == EventRole::consent_updated);
  CHECK(s.event("Product Viewed")->role == EventRole::product_viewed);
  CHECK(s.event("Product Viewed")->keep == Duration::days(365));
  CHECK(s.event("Signed Up")->facts[0].second == s.fact("job")->id);
  CHECK(s.event("Signed Up")->role == EventRole::none);
}

TEST_CASE(
    "A day of the folder is a day of the brand's time zone, from its first moment to its last") {
  const Checked brand = check(small_brand());
  const Item& item = *brand.compiled.snapshot->item("hero-first-light-roast");
  CHECK(item.from == *parse_instant("2026-04-01T00:00+09:00"));
  CHECK(item.until == *parse_instant("2026-07-01T00:00+09:00"));
}

TEST_CASE("A name keeps its id from one publish to the next, whatever is added before it") {
  Vocabulary vocabulary;
  const Compiled first = compile_brand(small_brand(), vocabulary, 1);
  REQUIRE(first.snapshot != nullptr);
  const Compiled second = compile_brand(
      with("purposes.yaml", "purposes:\n", "purposes:\n  thanks: {basis: notice, says: thanks}\n"),
      vocabulary, 2);
  REQUIRE(second.snapshot != nullptr);
  CHECK(second.snapshot->version == 2);
  CHECK(first.snapshot->purpose("mail")->id == second.snapshot->purpose("mail")->id);
  CHECK(first.snapshot->purpose("mail")->text_hash == second.snapshot->purpose("mail")->text_hash);
}

TEST_CASE("A folder with an error changes nothing: no snapshot, no new name") {
  Vocabulary vocabulary;
  const Compiled refused =
      compile_brand(with("purposes.yaml", "basis: contract", "basis: whim"), vocabulary, 1);
  CHECK(refused.snapshot == nullptr);
  CHECK(vocabulary.changes() == 0);
}

TEST_CASE("All mistakes are told at once, each with its file, line and column") {
  BrandFiles files = with("slots/home.yaml", "purpose: recommend", "purpose: recomend");
  files.files["purposes.yaml"] += "  broken: {basis: whim, say: x}\n";
  files.files["items/hero.yaml"] += "- {id: lost, slot: home.heroo, wordings: [ ]}\n";
  const Checked brand = check(files);
  INFO(brand.all());
  CHECK(
      brand.has("unknown-purpose", at(files, "slots/home.yaml", "recomend") +
                                       "error: unknown-purpose: 'recomend': expected a purpose of "
                                       "purposes.yaml ("));
  CHECK(brand.lines.back().ends_with("did you mean 'recommend'?"));
  CHECK(brand.has("wrong-value", at(files, "purposes.yaml", "whim") +
                                     "error: wrong-value: 'whim': expected basis"));
  CHECK(
      brand.has("unknown-key", at(files, "purposes.yaml", "say: x") + "error: unknown-key: 'say'"));
  CHECK(brand.has("missing-says", at(files, "purposes.yaml", "{basis: whim")));
  CHECK(brand.has("unknown-slot", at(files, "items/hero.yaml", "home.heroo")));
  CHECK(brand.has("missing-base-wording", at(files, "items/hero.yaml", "[ ]")));
  CHECK(brand.lines.size() == 6);
}

TEST_CASE("A mistake in a rule is shown in the rule, within the YAML file") {
  const auto refused = [](const BrandFiles& files, const char* rule, const char* file,
                          const char* text) {
    const Checked brand = check(files);
    INFO(brand.all());
    CHECK(brand.has(rule, at(files, file, text)));
    CHECK(brand.lines.size() == 1);
    return brand.lines.at(0);
  };
  refused(with("phases.yaml", "visits >= 2", "visits > 1 && visitz"), "cel", "phases.yaml",
          "visitz");
  CHECK(refused(with("facts.yaml", "derived: count('Product Viewed')",
                     "derived: count('Product Vewed')"),
                "unknown-event", "facts.yaml", "count('Product Vewed'")
            .ends_with("did you mean 'Product Viewed'?"));
  refused(with("items/hero.yaml", "facts.job == 'general", "facts.jop == 'general"), "unknown-fact",
          "items/hero.yaml", "facts.jop");
  // In quotes, and in a block of lines.
  refused(with("items/hero.yaml", "in_audience('first-light')", "in_audience('first')"),
          "unknown-audience", "items/hero.yaml", "in_audience('first')");
  refused(with("audiences.yaml",
               "    rule: \"count('Product Viewed', duration('168h'), "
               "{'category': 'light-roast'}) >= 2\"\n",
               "    rule: |\n      visits > 1 &&\n        nothing == 2\n"),
          "cel", "audiences.yaml", "nothing");
  // In a rule that only stands because we put it in quotes ourselves.
  refused(with("items/hero.yaml", "{'category': 'light-roast'}) >= 2",
               "{'category': 'light-roast'}) >= two"),
          "cel", "items/hero.yaml", "two");
}

TEST_CASE("A file that cannot be read is one mistake, not one for each name it declares") {
  for (const char* path : {"purposes.yaml", "contexts.yaml", "facts.yaml", "creed.yaml",
                           "brand.yaml", "events.yaml", "audiences.yaml", "slots/home.yaml"}) {
    BrandFiles files = small_brand();
    files.files[path] = "a: [1\n";
    const Checked brand = check(files);
    INFO(path << "\n" << brand.all());
    CHECK(brand.of("yaml").size() == 1);
    for (const Finding& f : brand.compiled.findings)
      CHECK((f.severity == Severity::warning || f.rule == "yaml"));
  }
}

TEST_CASE("What the design names and this version does not read is refused by name") {
  BrandFiles files = small_brand();
  files.files["forms.yaml"] = "- id: taste\n";
  files.files["journeys/cart.yaml"] = "x: 1\n";
  files.files["facs.yaml"] = "facts: {}\n";
  const Checked brand = check(files);
  CHECK(brand.has("not-supported-yet",
                  "forms.yaml: error: not-supported-yet: not supported yet: forms.yaml"));
  CHECK(brand.has("not-supported-yet", "journeys/cart.yaml: "));
  CHECK(brand.of("unknown-file")[0].expected.ends_with("did you mean 'facts.yaml'?"));
  CHECK(check(with("phases.yaml", "visits >= 2", "size(account) > 0"))
            .has("not-supported-yet", "phases.yaml:3:24: "));
}

TEST_CASE("Values that need themselves are refused") {
  Checked brand = check(with_added("facts.yaml",
                                   "  a: {type: int, derived: facts.b + 1, label: a}\n"
                                   "  b: {type: int, derived: facts.a + 1, label: b}\n"));
  CHECK(brand.of("cycle").size() == 1);
  brand = check(with("phases.yaml", "visits >= 2", "phase == 'stranger'"));
  CHECK(brand.has("cycle", "phases.yaml: "));
  brand = check(with_added("audiences.yaml",
                           "  a: {rule: in_audience('b')}\n  b: {rule: in_audience('a')}\n"));
  CHECK_FALSE(brand.ok());
}

TEST_CASE("A brand folder survives being kept, byte for byte") {
  const BrandFiles files = small_brand();
  const std::string bytes = files.encode();
  const auto again = BrandFiles::decode(bytes);
  REQUIRE(again.has_value());
  CHECK(again->files == files.files);
  for (size_t n = 0; n < bytes.size(); n += 7)
    CHECK_FALSE(BrandFiles::decode(std::string_view(bytes).substr(0, n)).has_value());
  CHECK(BrandFiles::decode("\x07").error().code == ErrorCode::unsupported);
}

TEST_CASE("A brand folder is read from a directory, without what is not part of it") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / "aizuchi-brand-folder-test";
  fs::remove_all(root);
  const auto write = [&](const char* path, std::string_view text) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path, std::ios::binary) << text;
  };
  write("brand.yaml", "brand: x\n");
  write("slots/a.yaml", "slots: {}\n");
  write(".git/config.yaml", "no: 1\n");
  write("README.md", "no\n");
  const auto files = read_brand_folder(root.string());
  REQUIRE(files.has_value());
  CHECK(files->files.size() == 2);
  CHECK(files->files.at("slots/a.yaml") == "slots: {}\n");
  fs::remove_all(root);
  CHECK(read_brand_folder(root.string()).error().code == ErrorCode::not_found);
}

TEST_CASE("The first brand of the documentation compiles without a finding") {
  const auto files = read_brand_folder(AIZUCHI_FIRST_BRAND);
  REQUIRE(files.has_value());
  const Checked brand = check(*files);
  INFO(brand.all());
  CHECK(brand.ok());
  CHECK(brand.lines.empty());
}

TEST_CASE("The documentation shows the first brand as it is") {
  const auto files = read_brand_folder(AIZUCHI_FIRST_BRAND);
  REQUIRE(files.has_value());
  std::ifstream in(AIZUCHI_BRAND_DOC, std::ios::binary);
  const std::string doc{std::istreambuf_iterator<char>(in), {}};
  for (const auto& [path, text] : files->files) {
    const std::string kind = path.ends_with(".csv") ? "csv" : "yaml";
    INFO(path);
    CHECK(doc.find("`" + path + "`\n<!-- held by: ground/catalog -->\n```" + kind + "\n" + text +
                   "```\n") != std::string::npos);
  }
}

TEST_CASE("A plan names what a publish would add, change and take away") {
  const BrandFiles before = small_brand();
  BrandFiles after = before;
  CHECK(plan_changes(before, after).lines.empty());
  std::string& items = after.files["items/hero.yaml"];
  items.replace(items.find("Compare"), 7, "Taste  ");
  items += "- {id: extra, slot: home.hero}\n";
  after.files["audiences.yaml"] = "audiences: {}\n";
  after.files["products.csv"] += "new,新,New,tea,1,/new,,,,,,,\n";
  after.files["facts.yaml"] += "  more: {type: int}\n";
  const Changes plan = plan_changes(before, after);
  CHECK(plan.lines ==
        std::vector<std::string>{"- audience first-light", "+ fact more", "+ item extra",
                                 "~ item hero-first-light-roast: wordings", "+ product new"});
  CHECK(plan.added == 3);
  CHECK(plan.changed == 1);
  CHECK(plan.removed == 1);
}

TEST_CASE("A product that would go is named first among many that change") {
  BrandFiles before, after;
  before.files["products.csv"] = after.files["products.csv"] = "id,price\n";
  for (int i = 0; i < 60; ++i) {
    before.files["products.csv"] += "a" + std::to_string(i) + ",1\n";
    after.files["products.csv"] += "a" + std::to_string(i) + ",2\n";
  }
  before.files["products.csv"] += "zz,1\n";
  const Changes plan = plan_changes(before, after);
  CHECK(plan.lines.size() == 51);
  CHECK(plan.lines.front() == "- product zz");
  CHECK(plan.changed == 60);
  CHECK(plan.removed == 1);
}

TEST_CASE("A plan does not care where in the folder something stands, nor in which order") {
  const BrandFiles before = small_brand();
  BrandFiles after = before;
  after.files["items/moved.yaml"] = after.files["items/order.yaml"];
  after.files.erase("items/order.yaml");
  after.files["brand.yaml"] =
      "locales: [ja, en]\nphases: [stranger, visitor, lead, customer, "
      "regular, resting]\nname: {en: Tsumugi Coffee, ja: つむぎ珈琲}\n"
      "timezone: Asia/Tokyo\nbrand: tsumugi\n"
      "origins: [https://shop.example]\n";
  CHECK(plan_changes(before, after).lines.empty());
}

}  // namespace aizuchi::ground::catalog
