#include "ground/catalog/test_brand.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr std::string_view brand_yaml = R"yaml(brand: tsumugi
name: {ja: つむぎ珈琲, en: Tsumugi Coffee}
locales: [ja, en]
timezone: Asia/Tokyo
phases: [stranger, visitor, lead, customer, regular, resting]
origins: [https://shop.example]
)yaml";

constexpr std::string_view creed_yaml = R"yaml(axes:
  quiet: {says: {ja: 静かな時間, en: quiet time}, evidence: No music on weekday mornings.}
  makers: {says: {ja: つくり手, en: the makers}, evidence: The buying report.}
  craft: {says: {ja: 淹れる楽しみ, en: the craft}}
)yaml";

constexpr std::string_view voice_yaml = R"yaml(honorifics: {ja: お名前には「様」, en: None}
tone: {apology: Say sorry first.}
good: これでよし
bad: これはだめ
avoid: {ja: [お忘れです], en: [hurry]}
)yaml";

constexpr std::string_view purposes_yaml = R"yaml(purposes:
  service:   {basis: contract, dpv: RequestedServiceProvision, says: {ja: ご注文とお問い合わせへの対応, en: to serve your orders and questions}}
  layout:    {basis: notice, dpv: UserInterfacePersonalisation, says: {ja: ページの並び, en: to arrange this page}}
  recommend: {basis: consent, dpv: ProvidePersonalisedRecommendations, says: {ja: おすすめ, en: to suggest}}
  mail:      {basis: consent, dpv: DirectMarketing, promotional: true, says: {ja: たより, en: our letter}}
  care:      {basis: consent, dpv: CommunicationForCustomerCare, says: {ja: その後, en: to ask after}}
  values:    {basis: consent, says: {ja: 大切なこと, en: what matters}}
  improve:   {basis: consent, dpv: ImproveExistingProductsAndServices, says: {ja: 改善, en: to improve}}
)yaml";

constexpr std::string_view contexts_yaml = R"yaml(contexts:
  sign-up: {}
  browsing: {}
  ordering: {}
  support: {}
  dialogue: {}
  meeting: {}
  shop-page:    {shows: true, continues: [browsing, dialogue]}
  order-mail:   {shows: true, continues: [ordering]}
  support-reply: {shows: true, continues: [support]}
  news-mail:    {shows: true, continues: [dialogue]}
  subject-line: {shows: true, seen_by_others: true}
  chat:         {shows: true, continues: [support, dialogue]}
  account-page: {shows: true, continues: [meeting], seen_by_others: true}
settings:
  shop:   [sign-up, browsing, ordering, dialogue, shop-page, order-mail, news-mail, subject-line]
  office: [meeting, account-page]
norms:
  - {name: support-on-pages, facts: [inquiry.*], to: [shop-page], level: rank, why: not on a page, by: support lead, on: 2026-04-01}
)yaml";

constexpr std::string_view sources_yaml = R"yaml(sources:
  web: {context: browsing, purposes: [layout, recommend, mail, improve], notice: site-2026-04, says: {ja: このサイト, en: this site}}
  shop: {context: ordering, purposes: [service, recommend], says: {ja: ご注文, en: your orders}}
  signup: {context: sign-up, method: stated, purposes: [service, layout, mail, values], says: {ja: 会員登録, en: sign-up}}
  crm: {method: imported, context: sign-up, channel: api, subject: self, purposes: [service], says: {ja: 台帳, en: our records}}
)yaml";

constexpr std::string_view events_yaml = R"yaml(events:
  Product Viewed: {keep: 365d}
  Signed Up: {context: sign-up, method: stated, facts: {job: job}}
  Clinic Visited: {sensitive: true}
)yaml";

constexpr std::string_view facts_yaml = R"yaml(facts:
  job:       {type: enum, of: [sales, marketing, engineering, general-affairs, other], label: {ja: 職種, en: your role}, also_called: {ja: [営業], en: [sales people]}, purposes: [layout, mail], keep: 730d, say_for: 365d}
  favourite: {type: string, derived: "top('Product Viewed', 'category', duration('720h'))", label: {ja: よく見る棚, en: your shelf}}
  seen:      {type: int, derived: count('Product Viewed'), label: {ja: 見た数, en: views}}
  email:     {type: email, pii: true, purposes: [service, mail], label: {ja: メール, en: e-mail}}
  first_name: {type: string, pii: true, purposes: [service, mail], label: {ja: お名前, en: first name}}
  holds_dear: {type: axis, purposes: [values], label: {ja: 大切, en: dear}}
  inquiry.topic: {type: enum, of: {bitter: {ja: 苦味, en: bitterness}, late: {ja: 遅れ, en: delay}}, purposes: [care, layout], label: {ja: ご相談, en: your question}}
  condition: {type: string, sensitive: true, purposes: [care], label: {ja: 体調, en: how you feel}, viewer_min: A2}
)yaml";

constexpr std::string_view phases_yaml = R"yaml(phases:
  stranger: {says: {ja: はじめて, en: new}}
  visitor: {when: visits >= 2}
  customer: {when: count('Order Completed') >= 1}
  regular: {when: "count('Order Completed', duration('4320h')) >= 3"}
)yaml";

constexpr std::string_view audiences_yaml = R"yaml(audiences:
  first-light:
    title: 浅煎りを選びはじめた人
    rule: "count('Product Viewed', duration('168h'), {'category': 'light-roast'}) >= 2"
)yaml";

constexpr std::string_view slots_yaml = R"yaml(slots:
  home.hero:    {channel: web, context: shop-page, purpose: layout, shape: one, fallback: hero-default}
  home.order:   {channel: web, context: shop-page, purpose: layout, shape: order, of: [new, by-category, story, visit-us], fallback: given-order}
  home.picks:   {channel: web, context: shop-page, purpose: recommend, shape: list, size: {at_least: 1, at_most: 8}, from: products, rankers: [session, for-you, {resonance: {purpose: values}}, popular], fallback: popular}
  news.subject: {channel: email, context: subject-line, purpose: mail, shape: one, fallback: silence}
)yaml";

constexpr std::string_view hero_yaml = R"yaml(- id: hero-default
  slot: home.hero
  wordings:
    - say:
        ja: {title: 焼いた日から数えます。, cta: 見る, href: /roast}
        en: {title: Counted from the roast., cta: Look, href: /roast}
- id: hero-first-light-roast
  title: 浅煎りがはじめての人へ
  slot: home.hero
  layer: surface
  intent: help
  when: count('Product Viewed', duration('168h'), {'category': 'light-roast'}) >= 2
  speaks: []
  serves: [first-choice]
  values: {quiet: 0.6}
  wordings:
    - say: {ja: {title: 浅煎りがはじめてなら、この3つから。, cta: 飲み比べる, href: /light}, en: {title: New to light roast? Start with these three., cta: Compare, href: /light}}
    - {id: office, when: facts.job == 'general-affairs', speaks: [], say: {ja: {cta: 社内で試す}, en: {cta: Try at work}}}
  window: {from: 2026-04-01, until: 2026-06-30}
  cap: {times: 3, per: 7d}
- id: subject-news
  slot: news.subject
  layer: surface
  intent: tell
  boost: "in_audience('first-light') ? 2.0 : 1.0"
  value: 2
  explore: off
  wordings:
    - say: {title: Roast letter}
)yaml";

constexpr std::string_view order_yaml =
    R"yaml(- {id: new, slot: home.order, wordings: [{say: {ja: {title: 新着}, en: {title: New}}}]}
- {id: by-category, slot: home.order, wordings: [{say: {ja: {title: 棚}, en: {title: Shelves}}}]}
- {id: story, slot: home.order, wordings: [{say: {ja: {title: 話}, en: {title: Stories}}}]}
- {id: visit-us, slot: home.order, wordings: [{say: {ja: {title: お店}, en: {title: Cafés}}}]}
)yaml";

constexpr std::string_view products_csv =
    "id,name.ja,name.en,category,price,url,image,tags,axes,stock,from,until,sensitive\r\n"
    "kochere,コチャレ,Kochere,light-roast,1480,/beans/kochere,/art/1.svg,floral;peach,"
    "quiet:0.7;makers:0.9,64,,,\r\n"
    "trio,\"飲み比べ、3種\",\"Trio, "
    "\"\"small\"\"\",light-roast,1200,https://shop.example/trio,,,,,"
    "2026-04-01,2026-06-30,true\r\n";

}  // namespace

BrandFiles small_brand() {
  BrandFiles out;
  const auto put = [&](const char* path, std::string_view text) { out.files[path] = text; };
  put("brand.yaml", brand_yaml);
  put("creed.yaml", creed_yaml);
  put("voice.yaml", voice_yaml);
  put("purposes.yaml", purposes_yaml);
  put("contexts.yaml", contexts_yaml);
  put("sources.yaml", sources_yaml);
  put("events.yaml", events_yaml);
  put("facts.yaml", facts_yaml);
  put("phases.yaml", phases_yaml);
  put("audiences.yaml", audiences_yaml);
  put("slots/home.yaml", slots_yaml);
  put("items/hero.yaml", hero_yaml);
  put("items/order.yaml", order_yaml);
  put("products.csv", products_csv);
  return out;
}

std::vector<Finding> Checked::of(std::string_view rule) const {
  std::vector<Finding> out;
  std::ranges::copy_if(compiled.findings, std::back_inserter(out),
                       [&](const Finding& f) { return f.rule == rule; });
  return out;
}

bool Checked::has(std::string_view rule, std::string_view line_start) const {
  return std::ranges::any_of(
      of(rule), [&](const Finding& f) { return format_finding(f).starts_with(line_start); });
}

std::string Checked::all() const {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

Checked check(const BrandFiles& files) {
  Vocabulary vocabulary;
  Checked out{compile_brand(files, vocabulary, 1), {}};
  for (const Finding& finding : out.compiled.findings) out.lines.push_back(format_finding(finding));
  const bool errors = std::ranges::any_of(
      out.compiled.findings, [](const Finding& f) { return f.severity == Severity::error; });
  CHECK(out.ok() == !errors);
  CHECK((out.ok() || vocabulary.changes() == 0));
  return out;
}

std::string at(const BrandFiles& files, std::string_view file, std::string_view text) {
  const std::string& bytes = files.files.at(std::string(file));
  const size_t found = bytes.find(text);
  REQUIRE(found != std::string::npos);
  size_t line = 1;
  size_t column = 1;
  for (const char c : std::string_view(bytes).substr(0, found)) {
    if (c == '\n')
      ++line, column = 1;
    else if ((c & 0xc0) != 0x80)
      ++column;
  }
  return std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
}

BrandFiles with(std::string_view file, std::string_view text, std::string_view instead) {
  BrandFiles out = small_brand();
  std::string& bytes = out.files[std::string(file)];
  const size_t at = bytes.find(text);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, text.size(), instead);
  return out;
}

BrandFiles with_added(std::string_view file, std::string_view text) {
  BrandFiles out = small_brand();
  out.files[std::string(file)] += text;
  return out;
}

}  // namespace aizuchi::ground::catalog
