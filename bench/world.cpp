#include "bench/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "ground/base/hash.h"
#include "ground/base/json.h"

namespace aizuchi::bench {

using ground::Value;

namespace {

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

// Three kinds in turn: a word of three, a number to 100, free text.
enum class Kind : uint8_t { word, number, text };
Kind kind_of(size_t fact) {
  return static_cast<Kind>(fact % 3);
}
std::string fact_name(size_t fact) {
  return fmt::format("fact_{:02}", fact);
}
constexpr std::string_view words[] = {"amber", "birch", "cedar"};
constexpr std::string_view categories[] = {"paper", "ink", "pens", "desk"};

uint64_t roll(size_t a, size_t b) {
  return ground::mix64(ground::mix64(a + 1) ^ (b * 7919));
}

std::string facts_yaml() {
  std::string out = "facts:\n";
  for (size_t i = 0; i < facts; ++i) {
    const char* type = kind_of(i) == Kind::word     ? "enum, of: [amber, birch, cedar]"
                       : kind_of(i) == Kind::number ? "int"
                                                    : "string";
    out += fmt::format(
        "  {}: {{type: {}, label: {{ja: 項目{:02}, en: field {:02}}}, purposes: [layout], "
        "keep: 730d}}\n",
        fact_name(i), type, i, i);
  }
  return out;
}

// What a rule asks of one fact; true for about two thirds of the people.
std::string fact_rule(size_t fact) {
  switch (kind_of(fact)) {
    case Kind::word:
      return fmt::format("facts.{} in ['amber', 'birch']", fact_name(fact));
    case Kind::number:
      return fmt::format("facts.{} >= 33", fact_name(fact));
    case Kind::text:
      return fmt::format("facts.{}.startsWith('n')", fact_name(fact));
  }
  return "";
}

std::string item_yaml(std::string_view slot, std::string_view prefix, size_t i) {
  const size_t first = i * 3 / 2 % facts, second = (i * 3 / 2 + 1) % facts;
  std::string when = fact_rule(first);
  if (i % 3 == 0)
    when += fmt::format(" && count('Product Viewed', duration('168h'), {{'category':'{}'}}) >= 1",
                        categories[i % std::size(categories)]);
  if (i % 5 == 0) when += " && count('Order Completed') >= 0";
  if (i % 7 == 0) when += " && context.device == 'phone'";
  const bool speaks = i % 4 == 0;
  std::string out = fmt::format(
      "- id: {}-{:02}\n  title: item {}\n  slot: {}\n  layer: {}\n  intent: help\n"
      "  value: {}\n  when: \"{}\"\n  speaks: [{}]\n",
      prefix, i, i, slot, i % 2 == 0 ? "surface" : "memory", 1 + static_cast<double>(i) / 10, when,
      speaks ? fact_name(second) : "");
  const std::string said = speaks ? fmt::format(" {{{{facts.{}}}}}", fact_name(second)) : "";
  out += fmt::format(
      "  wordings:\n    - say:\n"
      "        ja: {{title: \"見出し{0}{1}\", text: \"いまの様子に合う一つです。\", cta: 見る, "
      "href: /p/{0}}}\n"
      "        en: {{title: \"Title {0}{1}\", text: \"One thing that goes with today.\", cta: "
      "Look, "
      "href: /p/{0}}}\n",
      i, said);
  if (i % 2 == 0)
    out += fmt::format(
        "    - id: second\n      when: \"{}\"\n      speaks: []\n      say:\n"
        "        ja: {{title: \"もう一つの見出し{}\"}}\n        en: {{title: \"Other title "
        "{}\"}}\n",
        fact_rule((first + 15) % facts), i, i);
  return out;
}

// A slot's default and its items.
std::string slot_items_yaml(std::string_view slot, std::string_view prefix) {
  std::string out = fmt::format(
      "- id: {}-default\n  title: default\n  slot: {}\n  layer: surface\n  intent: tell\n"
      "  wordings:\n    - say: {{ja: {{title: ようこそ, cta: 見る, href: /all}}, "
      "en: {{title: Welcome, cta: Look, href: /all}}}}\n",
      prefix, slot);
  for (size_t i = 1; i < items; ++i) out += item_yaml(slot, prefix, i);
  return out;
}

std::string items_yaml() {
  std::string out = slot_items_yaml(hero_slot, "hero");
  out +=
      "- id: fresh-default\n  title: before\n  slot: home.fresh\n  layer: surface\n  intent: tell\n"
      "  wordings:\n    - say: {ja: {title: まえ}, en: {title: Before}}\n"
      "- id: fresh-after\n  title: after\n  slot: home.fresh\n  layer: surface\n  intent: help\n"
      "  value: 9\n  when: \"count('Product Viewed', duration('1h'), {'category':'fresh'}) >= 1\"\n"
      "  speaks: []\n"
      "  wordings:\n    - say: {ja: {title: あと}, en: {title: After}}\n";
  return out;
}

}  // namespace

std::string page_slot(size_t number) {
  return fmt::format("page.{:02}", number);
}

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

void collect_for_improve(ground::BrandFiles& out) {
  replace_all(out.files["facts.yaml"], "purposes: [layout]", "purposes: [layout, improve]");
  replace_all(out.files["sources.yaml"], "[layout, recommend]", "[layout, recommend, improve]");
  replace_all(out.files["sources.yaml"], "[layout]", "[layout, improve]");
}

ground::BrandFiles brand(size_t page_slots, Learning learning) {
  ground::BrandFiles out;
  out.files["brand.yaml"] =
      "brand: bench\nname: {ja: 見本, en: Sample}\nlocales: [ja, en]\ntimezone: Asia/Tokyo\n"
      "phases: [visitor, regular]\n";
  out.files["purposes.yaml"] =
      "purposes:\n"
      "  service: {basis: contract, says: {ja: ご注文への対応, en: to serve your orders}}\n"
      "  layout: {basis: notice, says: {ja: 並び順, en: the order of this page}}\n"
      "  recommend: {basis: consent, says: {ja: おすすめ, en: to recommend}}\n";
  out.files["contexts.yaml"] =
      "contexts:\n  sign-up: {}\n  browsing: {}\n"
      "  shop-page: {shows: true, continues: [browsing, sign-up]}\n"
      "settings:\n  shop: [sign-up, browsing, shop-page]\nnorms: []\n";
  out.files["sources.yaml"] =
      "sources:\n"
      "  web: {context: browsing, purposes: [layout, recommend], notice: site-1, "
      "says: {ja: 当店のサイト, en: our site}}\n"
      "  form: {context: sign-up, method: stated, purposes: [layout], notice: form-1, "
      "says: {ja: 会員登録, en: sign-up}}\n";
  out.files["facts.yaml"] = facts_yaml();
  out.files["phases.yaml"] =
      "visitor: {says: {ja: はじめて, en: new}}\n"
      "regular: {when: \"count('Order Completed') >= 2\", says: {ja: 常連, en: a regular}}\n";
  const std::string reward = learning == Learning::on ? ", reward: {within: 1s}" : "";
  if (learning == Learning::on) {
    out.files["purposes.yaml"] +=
        "  improve: {basis: notice, says: {ja: 学ぶこと, en: to learn}}\n";
    collect_for_improve(out);
  }
  out.files["slots/home.yaml"] =
      "slots:\n"
      "  home.hero: {channel: web, context: shop-page, purpose: layout, fallback: hero-default" +
      reward +
      "}\n"
      "  home.fresh: {channel: web, context: shop-page, purpose: layout, explore: off, "
      "fallback: fresh-default}\n";
  out.files["items/home.yaml"] = items_yaml();
  for (size_t i = 0; i < page_slots; ++i) {
    out.files["slots/home.yaml"] += fmt::format(
        "  {}: {{channel: web, context: shop-page, purpose: layout, fallback: p{}-default}}\n",
        page_slot(i), i);
    out.files["items/page.yaml"] += slot_items_yaml(page_slot(i), fmt::format("p{}", i));
  }
  return out;
}

std::string person_id(size_t person) {
  return fmt::format("bench-{:08}", person);
}

std::string identify_body(size_t person) {
  std::string out =
      fmt::format(R"({{"type":"identify","messageId":"identify-{}","anonymousId":"{}","traits":{{)",
                  person, person_id(person));
  for (size_t i = 0; i < facts; ++i) {
    const uint64_t r = roll(person, i);
    out += fmt::format("{}\"{}\":", i == 0 ? "" : ",", fact_name(i));
    if (kind_of(i) == Kind::word)
      out += fmt::format("\"{}\"", words[r % 3]);
    else if (kind_of(i) == Kind::number)
      out += fmt::format("{}", r % 100);
    else
      out += fmt::format("\"{} of {}\"", r % 3 == 0 ? "some" : "note", r % 1000);
  }
  return out + "}}";
}

std::string track_body(size_t person, uint64_t serial) {
  std::string out = fmt::format(
      R"({{"type":"track","event":"Product Viewed","messageId":"{:016x}","anonymousId":"{}",)"
      R"("properties":{{"product_id":"p-{}","category":"{}","price":{},"name":"Grid notebook A5",)"
      R"("brand":"Komorebi","url":"https://shop.example/p/{}","position":{}}},)"
      R"("context":{{"page":{{"path":"/p","title":"Shop"}},"library":{{"name":"analytics-next",)"
      R"("version":"1.81.0"}},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",)"
      R"("locale":"ja-JP","timezone":"Asia/Tokyo","note":")",
      serial, person_id(person), serial % 500, categories[serial % std::size(categories)],
      serial % 9000, serial % 500, serial % 12);
  const std::string_view end = R"("}})";
  AIZ_ASSERT(out.size() + end.size() < 1024);
  out.append(1024 - end.size() - out.size(), 'x');
  return out.append(end);
}

std::string batch_body(size_t first_person, size_t people, size_t events) {
  std::string out = R"({"batch":[)";
  for (size_t i = 0; i < events; ++i) {
    if (i > 0) out += ',';
    out += track_body((first_person + i * 37) % people, i);
  }
  return out + "]}";
}

void renumber(std::string& batch, uint64_t& serial) {
  constexpr std::string_view name = R"("messageId":")";
  constexpr std::string_view digits = "0123456789abcdef";
  for (size_t at = batch.find(name); at != std::string::npos;
       at = batch.find(name, at + 1000)) {  // events are 1,024 bytes
    uint64_t id = ++serial;
    for (size_t i = 16; i-- > 0; id >>= 4) batch[at + name.size() + i] = digits[id & 15];
  }
}

World::World(serve::Options options, size_t page_slots, Learning learning) {
  auto opened = serve::Partition::open(std::move(options));
  if (!opened) die(opened.error().message);
  partition = *std::move(opened);
  const auto published = partition->publish(brand(page_slots, learning));
  if (!published) die(published.error().message);
  for (const auto& finding : published->findings)
    if (finding.severity == ground::Severity::error) die(ground::format_finding(finding));
  const auto web = partition->register_key(page_key, false, "web", {});
  const auto sign_up = partition->register_key(form_key, false, "form", {});
  if (!web || !sign_up) die("a key could not be made");
  page = *web;
  form = *sign_up;
}

void World::send(const std::string& body, const serve::Key& key) {
  const auto sent = partition->ingest_and_wait(body, key);
  if (!sent) die(sent.error().message);
  if (sent->accepted == 0 || !sent->refused.empty()) die("an event of the bench was refused");
}

void World::people(size_t n) {
  constexpr size_t at_once = 50, views = 5;
  uint64_t serial = uint64_t{1} << 60;
  for (size_t first = 0; first < n; first += at_once) {
    const size_t last = std::min(n, first + at_once);
    std::string facts_of = R"({"batch":[)", behaviour = R"({"batch":[)";
    for (size_t person = first; person < last; ++person) {
      facts_of += (person == first ? "" : ",") + identify_body(person);
      for (size_t view = 0; view < views; ++view)
        behaviour += (person == first && view == 0 ? "" : ",") + track_body(person, ++serial);
    }
    send(facts_of + "]}", form);
    send(behaviour + "]}", page);
    partition->tick();
  }
}

serve::Ask World::question(size_t person) const {
  serve::Ask ask{.person = {.anonymous_id = person_id(person)},
                 .slots = {std::string(hero_slot)},
                 .explain = serve::Explain::person};
  ask.context = Value::map({{Value("page"), Value("/")},
                            {Value("device"), Value("phone")},
                            {Value("locale"), Value("ja")},
                            {Value("hour"), Value(10)}});
  return ask;
}

}  // namespace aizuchi::bench
