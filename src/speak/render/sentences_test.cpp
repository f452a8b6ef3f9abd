// Why, as a person reads it: each sentence names the layer that spoke and the source.
#include "speak/render/sentences.h"

#include "respect/admission/test_view.h"
#include "understand/recommend/suggested.h"

using namespace aizuchi;
using namespace aizuchi::speak;
using ground::Layer;
using ground::LocaleId;
using listen::test::TestPerson;
using respect::test::View;

namespace {

const ground::BrandFiles shop = listen::test::files({
    {"brand.yaml",
     "brand: small\nname: Small\nlocales: [ja, en]\nphases: [stranger, visitor]\n"
     "timezone: UTC\n"},
    {"phases.yaml", "phases: {stranger: {}, visitor: {when: visits >= 1}}\n"},
    {"purposes.yaml", "purposes: {layout: {basis: notice, says: {ja: 並び, en: to arrange}}}\n"},
    {"contexts.yaml",
     "contexts: {here: {}, elsewhere: {}, page: {shows: true, continues: [here]}}\n"
     "settings: {shop: [here, elsewhere, page]}\n"},
    {"creed.yaml", "axes: {quiet: {says: {ja: 静かな時間, en: quiet time}, evidence: E}}\n"},
    {"sources.yaml", R"yaml(sources:
  web: {context: here, purposes: [layout], says: {ja: サイト, en: on our site}}
  form: {context: here, method: stated, purposes: [layout], says: {ja: 登録, en: on our form}}
  desk: {context: here, method: told_to_staff, purposes: [layout], says: {ja: 窓口, en: at our desk}}
  crm: {context: here, method: imported, purposes: [layout], says: {ja: 台帳, en: in our records}}
  eye: {context: here, method: observed, purposes: [layout], says: {ja: 画面, en: on screen}}
  far: {context: elsewhere, purposes: [layout], says: {ja: よそ, en: elsewhere}}
)yaml"},
    {"events.yaml", "events: {Inquiry Sent: {thread: {opens: inquiry, key: id}}}\n"},
    {"facts.yaml", R"yaml(facts:
  told: {type: string, purposes: [layout], label: {ja: 職種, en: your role}}
  heard: {type: string, purposes: [layout], label: {ja: 悩み, en: your worry}}
  seen: {type: string, purposes: [layout], label: {ja: 端末, en: your device}}
  noted: {type: string, purposes: [layout], label: {ja: 地域, en: your region}}
  dear: {type: axis, purposes: [layout], label: {ja: 大切, en: what you hold dear}}
  shelf:
    type: string
    derived: "top('Product Viewed', 'category')"
    label: {ja: よく見る棚, en: your shelf}
)yaml"},
    {"products.ndjson", R"({"id": "p-1", "name": "Cup", "category": "cups", "price": 1, "url": "/1"}
)"},
    {"slots/s.yaml",
     "slots: {hero: {channel: web, context: page, purpose: layout, shape: one,\n"
     "  rankers: [{resonance: {purpose: layout}}], fallback: base}}\n"},
    {"items/i.yaml", R"yaml(- {id: base, slot: hero, wordings: [{say: {ja: {t: a}, en: {t: a}}}]}
- id: all
  slot: hero
  layer: memory
  speaks: []
  when: >-
    has(facts.told) || has(facts.heard) || has(facts.seen) || has(facts.noted) || has(facts.dear)
    || has(facts.shelf) || count('Product Viewed') > 1 || cart.count > 0 || threads.size() > 0
    || phase == 'visitor' || context.device == 'phone'
  wordings: [{say: {ja: {t: b}, en: {t: b}}}]
)yaml"},
});

TestPerson somebody() {
  TestPerson p(shop);
  p.says("form", R"({"told":"sales"})");
  p.says("desk", R"({"heard":"bitter"})");
  p.says("eye", R"({"seen":"phone"})");
  p.says("crm", R"({"noted":"north"})");
  p.says("form", R"({"dear":"quiet"})");
  p.does("web", "Product Viewed", R"({"product_id":"p-1","category":"cups"})");
  p.does("web", "Product Added", R"({"product_id":"p-1","quantity":1})");
  p.does("web", "Inquiry Sent", R"({"id":"1"})");
  return p;
}

constexpr LocaleId ja{0}, en{1};

struct Named {
  Layer layer;
  std::string_view ja, en;
};
constexpr Named layers[] = {
    {Layer::surface, "に合わせて", "To suit "},
    {Layer::memory, "を覚えていて", "Remembering "},
    {Layer::resonance, "大切にされていることに沿って", "For what matters to you, from "}};
// What is not known from anybody's values is told as surface beside them.
const Named& named(Layer layer, std::string_view read) {
  return layers[layer == Layer::resonance && read != "facts.dear" ? 0
                                                                  : static_cast<size_t>(layer) - 1];
}

struct Told {
  std::string_view read, ja, en;
};
constexpr Told sources[] = {
    {"facts.told", "登録で「職種：sales」と教えてくださったこと",
     "what you told us, on our form: your role – sales"},
    {"facts.heard", "窓口で「悩み：bitter」とお話しくださったこと",
     "what you told our staff, at our desk: your worry – bitter"},
    {"facts.seen", "画面での「端末：phone」のご様子",
     "what we saw, on screen: your device – phone"},
    {"facts.noted", "台帳の記録「地域：north」",
     "what our records say, in our records: your region – north"},
    {"facts.dear", "登録で「大切：静かな時間」と教えてくださったこと",
     "what you told us, on our form: what you hold dear – quiet time"},
    {"count('Product Viewed')", "サイトでご覧になった品", "the things you looked at, on our site"},
    {"cart.count", "サイトでのカートの中身", "what is in your cart, on our site"},
    {"threads", "サイトでのやりとり", "our conversation, on our site"},
    {"phase", "サイトでのこれまでのお付き合い", "our relation so far, on our site"},
    {"facts.shelf", "サイトでのよく見る棚", "your shelf, on our site"},
};

std::string why(const View& view, Layer layer, const std::vector<ground::ReadId>& reads,
                LocaleId locale, size_t which = 0) {
  const auto all = why_sentences(view.brand, view.admission, {layer, reads}, locale);
  return which < all.size() ? all[which].text : "";
}

}  // namespace

TEST_CASE("[P6] [P3] Each sentence names its layer and its source, in Japanese and English") {
  const TestPerson p = somebody();
  const View view(p, "hero");
  for (const Named& spoke : layers)
    for (const Told& told : sources) {
      CAPTURE(told.read);
      CAPTURE(spoke.en);
      REQUIRE(view.find(told.read) != nullptr);
      const Named& words = named(spoke.layer, told.read);
      const std::vector reads{view.read(told.read)};
      CHECK(why(view, spoke.layer, reads, ja) ==
            std::string(told.ja) + (&words == &layers[2] ? "から、" : "") + std::string(words.ja));
      CHECK(why(view, spoke.layer, reads, en) == std::string(words.en) + std::string(told.en));
      CHECK_FALSE(why(view, spoke.layer, reads, ja).contains("あなた"));
    }
}

TEST_CASE("[P6] Where values spoke, what they are known from is said first, the rest only suits") {
  const TestPerson p = somebody();
  const View view(p, "hero");
  const std::vector reads{view.read("count('Product Viewed')"), view.read("cart.count"),
                          view.read("facts.dear")};
  CHECK(why(view, Layer::resonance, reads, en) ==
        "For what matters to you, from what you told us, on our form: what you hold dear – quiet "
        "time");
  CHECK(why(view, Layer::resonance, reads, en, 1) ==
        "To suit the things you looked at, on our site");
  CHECK(why(view, Layer::resonance, reads, en, 2).empty());
  CHECK(why(view, Layer::memory, reads, en).starts_with("Remembering the things you looked at"));
}

TEST_CASE("[P6] [P9] Where no layer spoke it is said that everyone sees this") {
  const TestPerson p = somebody();
  const View view(p, "hero");
  CHECK(why(view, Layer::none, {}, en) == "Everyone sees this: it is our usual one");
  CHECK(why(view, Layer::none, {}, ja) == "いつもの内容です。どなたにも同じものをお見せしています");
  CHECK(why(view, Layer::surface, {}, en) == "Everyone sees this");
  CHECK(why(view, Layer::surface, {view.read("context.device")}, en) ==
        "Chosen for where you are now, and nothing about you");
  CHECK(popular_sentence(view.brand, en).text == "Popular lately; everyone sees this");
  CHECK(popular_sentence(view.brand, ja).text.ends_with("どなたにもお見せしています"));
}

TEST_CASE(
    "[P6] [P7] What is remembered and not raised names the layer, and neither when nor what") {
  TestPerson p(shop);
  p.does("far", "Inquiry Sent", R"({"id":"1"})");
  const View view(p, "hero");
  const std::vector reads{view.read("threads")};
  REQUIRE(view.level("threads") == ground::Level::rank);
  CHECK(why(view, Layer::memory, reads, en) == "Remembering our relation so far");
  CHECK(why(view, Layer::memory, reads, ja) == "これまでのお付き合いを覚えていて");
  CHECK(why(view, Layer::surface, reads, en) == "To suit our relation so far");
  CHECK(why(view, Layer::surface, reads, ja) == "これまでのお付き合いに合わせて");
}

TEST_CASE("[P6] A product that a view led to names the layer on each path") {
  using understand::Path;
  const TestPerson p = somebody();
  const View view(p, "hero");
  const ground::Product& cup = view.brand.products.front();
  const respect::Admitted& viewed = *view.find("count('Product Viewed')");
  const auto text = [&](Path path, Layer layer, LocaleId locale) {
    return viewed_sentence(view.brand, viewed, {cup, path, layer}, locale).text;
  };
  for (const Path path : {Path::views, Path::visit, Path::likeness})
    for (const Layer layer : {Layer::surface, Layer::resonance, Layer::memory}) {
      const bool remembered = layer == Layer::memory;
      CHECK(text(path, layer, en).starts_with(remembered ? "Remembering " : "To suit you"));
      CHECK(text(path, layer, ja).contains(remembered ? "を覚えていて" : "に合わせて"));
      CHECK(text(path, layer, ja).contains("「Cup」"));
    }
  CHECK(text(Path::views, Layer::surface, en) == "To suit you, because you viewed Cup");
  CHECK(text(Path::views, Layer::surface, ja) == "「Cup」をご覧になったので、それに合わせて");
}

TEST_CASE("[P6] Where something was used is said with the layer that spoke there") {
  const TestPerson p = somebody();
  const ground::Slot& hero = *p.brand->slot("hero");
  CHECK(used_words(*p.brand, hero, Layer::surface, ja) == "ページで、ご様子に合わせて");
  CHECK(used_words(*p.brand, hero, Layer::memory, en) == "on our pages, remembering it");
  CHECK(used_words(*p.brand, hero, Layer::resonance, en) ==
        "on our pages, for what matters to you");
  CHECK(used_words(*p.brand, hero, Layer::none, en) == "on our pages, as for everyone");
}
