// One story a rule: what an editor types, and what publishing answers.
#include "ground/catalog/lint.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ground/catalog/test_brand.h"

namespace aizuchi::ground::catalog {

namespace {

// The small brand with one more item.
BrandFiles with_item(std::string_view text) {
  BrandFiles files = small_brand();
  files.files["items/new.yaml"] = text;
  return files;
}

// Exactly one error, of this rule, at this text of this file.
void refuses(const BrandFiles& files, std::string_view rule, std::string_view file,
             std::string_view text) {
  const Checked brand = check(files);
  INFO(brand.all());
  CHECK_FALSE(brand.ok());
  CHECK(brand.has(rule, at(files, file, text) + "error: " + std::string(rule)));
  for (const Finding& f : brand.compiled.findings)
    CHECK((f.rule == rule || f.severity == Severity::warning));
}

void publishes(const BrandFiles& files) {
  const Checked brand = check(files);
  INFO(brand.all());
  CHECK(brand.ok());
}

}  // namespace

TEST_CASE("[P2] A letter whose only personal part is the name is refused as personalization") {
  const auto letter = [](std::string_view more) {
    return with_item("- id: letter\n  slot: news.lead\n" + std::string(more) +
                     "  wordings:\n    - say: {title: \"Dear {{facts.first_name}}\"}\n");
  };
  const auto in_mail = [](BrandFiles files, std::string_view purpose) {
    files.files["slots/news.yaml"] =
        "slots: {news.lead: {channel: email, context: news-mail, purpose: " + std::string(purpose) +
        ", fallback: silence}}\n";
    return files;
  };
  refuses(in_mail(letter(""), "mail"), "name-only", "items/new.yaml", "{{facts.first_name");
  // A rule of the moment is no answer to the person.
  refuses(in_mail(letter("  when: context.device == 'phone'\n"), "mail"), "name-only",
          "items/new.yaml", "{{facts.first_name");
  publishes(in_mail(letter("  when: visits >= 3\n  speaks: []\n"), "mail"));
  publishes(in_mail(letter("  boost: \"visits > 3 ? 2 : 1\"\n"), "mail"));
  // Manners are fine where nothing is sold.
  BrandFiles service = in_mail(letter(""), "service");
  publishes(service);
}

TEST_CASE("[P3] A rule that knows something of the person says what a reader can conclude") {
  const auto item = [](std::string_view more) {
    return with_item("- id: x\n  slot: home.hero\n" + std::string(more) +
                     "  wordings: [{say: {title: Hello}}]\n");
  };
  refuses(item("  when: facts.job == 'other'\n"), "missing-speaks", "items/new.yaml",
          "facts.job == 'other'");
  refuses(item("  when: visits > 3\n"), "missing-speaks", "items/new.yaml", "visits > 3");
  refuses(item("  when: in_audience('first-light')\n"), "missing-speaks", "items/new.yaml",
          "in_audience");
  publishes(item("  when: facts.job == 'other'\n  speaks: []\n"));
  publishes(item("  when: context.hour < 12 && now > timestamp('2026-01-01T00:00:00Z')\n"));
  refuses(with_item("- id: x\n  slot: home.hero\n  speaks: []\n  wordings:\n"
                    "    - say: {title: Hello}\n"
                    "    - {id: w, when: facts.job == 'sales', say: {title: Good day}}\n"),
          "missing-speaks", "items/new.yaml", "facts.job");
}

TEST_CASE("[P1] \"For sales people\" under a rule about the job speaks of the job") {
  const auto item = [](std::string_view speaks, std::string_view ja, std::string_view en) {
    return with_item("- id: x\n  slot: home.hero\n  when: facts.job == 'sales'\n  speaks: " +
                     std::string(speaks) + "\n  wordings: [{say: {ja: {title: " + std::string(ja) +
                     "}, en: {title: " + std::string(en) + "}}}]\n");
  };
  refuses(item("[]", "営業の方へ", "Hello"), "speaks-undeclared", "items/new.yaml", "営業の方へ");
  refuses(item("[]", "こんにちは", "For SALES PEOPLE"), "speaks-undeclared", "items/new.yaml",
          "For SALES");
  refuses(item("[]", "こんにちは", "Best for sales"), "speaks-undeclared", "items/new.yaml",
          "Best for sales");
  publishes(item("[job]", "営業の方へ", "For sales people"));
  publishes(item("[]", "手みやげを選ぶ", "Something wholesale"));
  // Another value of the same fact is not what the rule is about.
  publishes(item("[]", "こんにちは", "Tips for marketing"));
}

TEST_CASE("[P1] What can never be said at a place may not be put into its words") {
  const auto at_slot = [](std::string_view slot, std::string_view fact) {
    return with_item("- id: x\n  slot: " + std::string(slot) + "\n  when: visits > 1\n  speaks: [" +
                     std::string(fact) + "]\n  wordings: [{say: {title: Hello}}]\n");
  };
  const auto never = [&](std::string_view slot, std::string_view fact) {
    BrandFiles files = at_slot(slot, fact);
    refuses(files, "say-never", "items/new.yaml", std::string(fact) + "]");
  };
  never("news.subject", "job");         // others see a subject line
  never("home.hero", "favourite");      // a conclusion
  never("home.hero", "email");          // not for this purpose
  never("home.hero", "condition");      // sensitive
  never("home.hero", "inquiry.topic");  // a norm keeps support from the page
  never("home.hero", "holds_dear");     // asked for values, not for layout
  publishes(at_slot("home.hero", "job"));
  publishes(at_slot("home.hero", "seen"));  // a plain count of what was seen on these pages
  // A variable speaks, too.
  refuses(with_item("- {id: x, slot: news.subject, when: visits > 1, speaks: [], "
                    "wordings: [{say: {title: \"{{facts.job}}\"}}]}\n"),
          "say-never", "items/new.yaml", "{{facts.job");
  // Values are spoken of where the slot says for which purpose.
  BrandFiles files = at_slot("home.hero", "holds_dear");
  std::string& slots = files.files["slots/home.yaml"];
  slots.replace(slots.find("shape: one, fallback: hero"), 10,
                "shape: one, rankers: [{resonance: {purpose: values}}]");
  publishes(files);
}

TEST_CASE("[P1] Decaf was looked at; that someone is nursing is not ours to say") {
  const auto item = [](std::string_view ja, std::string_view en) {
    return with_item("- {id: x, slot: home.hero, wordings: [{say: {ja: {title: " + std::string(ja) +
                     "}, en: {title: " + std::string(en) + "}}}]}\n");
  };
  refuses(item("授乳中の方へ", "Decaf"), "sensitive-inference", "items/new.yaml", "授乳中");
  refuses(item("夜の一杯にも", "For nursing mothers"), "sensitive-inference", "items/new.yaml",
          "For nursing");
  refuses(item("夜の一杯にも", "Good in pregnancy"), "sensitive-inference", "items/new.yaml",
          "Good in");
  publishes(item("夜の一杯にも。", "For the evening cup."));
}

TEST_CASE("The voice's words to avoid are kept out of the copy, each in its own language") {
  refuses(with_item("- {id: x, slot: home.hero, wordings: [{say: {ja: {t: カートをお忘れです}, "
                    "en: {t: Your cart}}}]}\n"),
          "voice-avoids", "items/new.yaml", "カート");
  refuses(
      with_item(
          "- {id: x, slot: home.hero, wordings: [{say: {ja: {t: どうぞ}, en: {t: Hurry up}}}]}\n"),
      "voice-avoids", "items/new.yaml", "Hurry");
  publishes(with_item(
      "- {id: x, slot: home.hero, wordings: [{say: {ja: {t: どうぞ}, en: {t: Unhurrying}}}]}\n"));
}

TEST_CASE("[P9] A page slot always has something to show") {
  refuses(with("slots/home.yaml", "shape: one, fallback: hero-default", "shape: one"),
          "missing-fallback", "slots/home.yaml", "home.hero");
  refuses(with("slots/home.yaml", "fallback: hero-default", "fallback: silence"), "silence-on-page",
          "slots/home.yaml", "silence");
  refuses(with("slots/home.yaml", "fallback: hero-default", "fallback: hero-first-light-roast"),
          "conditional-fallback", "slots/home.yaml", "hero-first-light-roast");
  refuses(with("items/hero.yaml", "Counted from the roast.", "\"{{facts.job}}\""),
          "conditional-fallback", "items/hero.yaml", "{{facts.job");
  refuses(with("slots/home.yaml", "fallback: hero-default", "fallback: hero-defalt"),
          "unknown-item", "slots/home.yaml", "hero-defalt");
  publishes(small_brand());  // news.subject may be silent: it is pushed
}

TEST_CASE("A value leads only where the brand can show that it holds it") {
  const auto item = [](std::string_view axis, std::string_view more) {
    return with_item("- {id: x, slot: home.hero, values: {" + std::string(axis) + ": 0.5}, " +
                     std::string(more) + "wordings: [{say: {title: Hello}}]}\n");
  };
  refuses(item("craft", "layer: resonance, "), "no-evidence", "items/new.yaml", "x,");
  refuses(item("luxury", "layer: resonance, "), "unknown-axis", "items/new.yaml", "luxury");
  publishes(item("quiet", "layer: resonance, "));
  publishes(item("craft", "layer: resonance, status: draft, "));
}

TEST_CASE("Japanese and English are equals: a wording is there in every locale") {
  refuses(with("items/hero.yaml", ", en: {cta: Try at work}", ""), "missing-locale",
          "items/hero.yaml", "{id: office");
  refuses(with("purposes.yaml", ", en: to suggest", ""), "missing-locale", "purposes.yaml",
          "{ja: おすすめ");
  refuses(with("purposes.yaml", "en: to suggest", "en: to suggest, fr: proposer"), "unknown-locale",
          "purposes.yaml", "fr:");
}

TEST_CASE("A wording that overlays a field the base does not have is a slip") {
  refuses(with("items/hero.yaml", "{ja: {cta: 社内で試す}, en: {cta: Try at work}}",
               "{ja: {ctaa: 社内で試す}, en: {ctaa: Try at work}}"),
          "unknown-field", "items/hero.yaml", "社内");
}

TEST_CASE("A link leads to a page, whatever a person typed") {
  for (const char* href : {"javascript:alert(1)", "//elsewhere.example", "\"{{context.page}}\"",
                           "\"java{{context.page}}\"", "'data:text/html,x'"})
    refuses(with("items/hero.yaml", "Look, href: /roast", "Look, href: " + std::string(href)),
            "url-scheme", "items/hero.yaml", href);
  for (const char* href : {"https://shop.example/a?b=1", "\"/a?b={{context.page}}\"",
                           "mailto:a@b.example", "'#top'", "roast"})
    publishes(with("items/hero.yaml", "Look, href: /roast", "Look, href: " + std::string(href)));
}

TEST_CASE("What a person typed is shown escaped: a template cannot ask for less") {
  for (const char* title : {"\"{{{context.page}}}\"", "\"{{&context.page}}\"", "\"{{>part}}\"",
                            "\"{{#context.page}}\""})
    refuses(with("items/hero.yaml", "Counted from the roast.", title), "template",
            "items/hero.yaml", "{{");
  refuses(with("items/hero.yaml", "Counted from the roast.", "\"{{facts.jop}}\""), "unknown-fact",
          "items/hero.yaml", "{{facts.jop");
  refuses(with("items/hero.yaml", "Counted from the roast.", "\"{{weather}}\""), "unknown-variable",
          "items/hero.yaml", "{{weather");
  publishes(with("items/hero.yaml", "New to light roast? Start with these three.",
                 "\"{{#cart.items}}{{product}} {{/cart.items}}\""));
}

TEST_CASE("Warnings tell and let publish: the same words, nobody, empty cells") {
  Checked brand = check(with("items/hero.yaml", "{ja: {cta: 社内で試す}, en: {cta: Try at work}}",
                             "{ja: {cta: 飲み比べる}, en: {cta: Compare}}"));
  CHECK(brand.ok());
  CHECK(brand.of("same-words").size() == 1);
  brand = check(with_item("- {id: x, slot: home.hero, when: 1 > 2, wordings: [{say: {t: A}}]}\n"));
  CHECK(brand.ok());
  CHECK(brand.of("never-qualifies").size() == 1);
}

TEST_CASE("[P9] The coverage map names the phase and the concern that nobody speaks to") {
  CHECK(check(small_brand()).of("coverage").empty());
  Checked brand = check(with("items/hero.yaml", "  serves: [first-choice, bitterness]\n",
                             "  serves: [first-choice]\n  phases: [visitor, lead, regular]\n"));
  CHECK(brand.ok());
  CHECK(brand.of("coverage").size() == 4);  // stranger, customer, resting; bitterness
  brand = check(with("items/hero.yaml", "  layer: surface\n  intent: help\n",
                     "  status: stopped\n  layer: surface\n"));
  CHECK(brand.of("coverage").size() == 3);  // the slot as a whole, and both that it served
  refuses(with("items/hero.yaml", "[first-choice, bitterness]", "[first-choyce, bitterness]"),
          "unknown-concern", "items/hero.yaml", "first-choyce");
  refuses(with("concerns.yaml", "bitterness: {", "first-choice: {says: twice}\n  bitterness: {"),
          "duplicate-concern", "expectations.yaml", "first-choice");
  refuses(with("expectations.yaml", "when: in_audience('first-light')", "when: facts.jop == 'x'"),
          "unknown-fact", "expectations.yaml", "facts.jop");
}

TEST_CASE("Two live items that promise different things to the same people are told") {
  const auto item = [](std::string_view id, std::string_view fee, std::string_view more) {
    return fmt::format(
        "- {{id: {}, slot: home.hero, promises: {{free-from: {}}}, {}wordings: "
        "[{{say: {{t: {}}}}}]}}\n",
        id, fee, more, id);
  };
  const auto contradictions = [&](const std::string& a, const std::string& b) {
    const Checked brand = check(with_item(a + b));
    INFO(brand.all());
    CHECK(brand.ok());
    return brand.of("promises-contradict").size();
  };
  CHECK(contradictions(item("a", "5000", ""), item("b", "3000", "")) == 1);
  CHECK(contradictions(item("a", "5000", ""), item("b", "5000", "")) == 0);
  CHECK(contradictions(item("a", "5000", "status: draft, "), item("b", "3000", "")) == 0);
  CHECK(contradictions(item("a", "5000", "phases: [visitor], "),
                       item("b", "3000", "phases: [regular], ")) == 0);
  CHECK(contradictions(item("a", "5000", "window: {until: 2026-04-30}, "),
                       item("b", "3000", "window: {from: 2026-05-01}, ")) == 0);
  CHECK(contradictions(item("a", "5000", "window: {until: 2026-05-02}, "),
                       item("b", "3000", "window: {from: 2026-05-01}, ")) == 1);
  refuses(with_item("- {id: a, slot: home.hero, promises: {free-from: [1]}, wordings: [{say: {t: "
                    "A}}]}\n"),
          "wrong-value", "items/new.yaml", "[1]");
}

TEST_CASE("A norm has a reason, a name and a date, or it is none") {
  refuses(with("contexts.yaml", "why: not on a page, ", ""), "missing-why", "contexts.yaml",
          "{name: support");
  refuses(with("contexts.yaml", "by: support lead, ", ""), "missing-by", "contexts.yaml",
          "{name: support");
  refuses(with("contexts.yaml", ", on: 2026-04-01", ""), "missing-on", "contexts.yaml",
          "{name: support");
  refuses(with("contexts.yaml", "on: 2026-04-01", "on: yesterday"), "wrong-value", "contexts.yaml",
          "yesterday");
  refuses(with("contexts.yaml", "facts: [inquiry.*]", "facts: [jop]"), "unknown-fact",
          "contexts.yaml", "jop");
  CHECK(check(with("contexts.yaml", "facts: [inquiry.*]", "facts: [visit.*]"))
            .of("norm-matches-nothing")
            .size() == 1);
}

TEST_CASE("Slots, blocks and items agree about where things stand") {
  refuses(with("slots/home.yaml", "of: [new, by-category", "of: [by-category"), "block-not-listed",
          "items/order.yaml", "new,");
  refuses(with("slots/home.yaml", "visit-us]", "visit-us, hero-default]"), "block-elsewhere",
          "slots/home.yaml", "hero-default], fall");
}

TEST_CASE("An entry without a body lacks what it needs, like any other") {
  for (const char* file : {"facts.yaml", "purposes.yaml", "sources.yaml", "slots/home.yaml"}) {
    const Checked brand = check(with_added(file, "  nothing:\n"));
    INFO(brand.all());
    CHECK_FALSE(brand.ok());
    CHECK(brand.compiled.findings.size() >= 2);
  }
  CHECK(check(with_item("- {}\n")).of("missing-id").size() == 1);
  CHECK(check(with_item("- nothing\n")).of("wrong-value").size() == 1);
}

TEST_CASE("A purpose's DPV term is one of the vocabulary") {
  refuses(with("purposes.yaml", "dpv: DirectMarketing", "dpv: DirectMarketting"), "unknown-dpv",
          "purposes.yaml", "DirectMarketting");
  refuses(with("purposes.yaml", "dpv: DirectMarketing", "dpv: Personalization"), "unknown-dpv",
          "purposes.yaml", "Personalization");
  publishes(with("purposes.yaml", "dpv: DirectMarketing", "dpv: PersonalisedAdvertising"));
}

TEST_CASE("An express consent is a consent, and a contract is not for others") {
  refuses(with("purposes.yaml", "{basis: notice,", "{basis: notice, explicit: true,"),
          "wrong-value", "purposes.yaml", "layout:");
  refuses(with("purposes.yaml", "{basis: contract,", "{basis: contract, shared_for: sale,"),
          "wrong-value", "purposes.yaml", "service:");
  refuses(with("purposes.yaml", "{basis: notice,", "{basis: notice, shared_for: sell,"),
          "wrong-value", "purposes.yaml", "sell,");
  refuses(with("purposes.yaml", "explicit: true, ", ""), "sensitive-explicit", "facts.yaml",
          "condition:");
}

TEST_CASE("Each file refuses what it does not know") {
  refuses(with("brand.yaml", "timezone: Asia/Tokyo", "timezone: Asia/Tokio"), "unknown-timezone",
          "brand.yaml", "Asia/Tokio");
  refuses(with("brand.yaml", "timezone: Asia/Tokyo", "timezone: ../../etc/passwd"),
          "unknown-timezone", "brand.yaml", "../");
  refuses(with("brand.yaml", "https://shop.example", "https://shop.example/"), "wrong-value",
          "brand.yaml", "https://shop.example/");
  refuses(with("contexts.yaml", "office: [meeting", "office: [meeting, browsing"), "two-settings",
          "contexts.yaml", "browsing, account-page");
  refuses(with("sources.yaml", "method: imported", "method: inferred"), "wrong-value",
          "sources.yaml", "inferred");
  refuses(with("sources.yaml", ", says: {ja: 台帳, en: our records}", ""), "missing-says",
          "sources.yaml", "{method: imported");
  refuses(with("facts.yaml", "type: axis, ", "type: axiss, "), "wrong-value", "facts.yaml",
          "axiss");
  refuses(with("facts.yaml", "keep: 730d", "keep: 2 years"), "wrong-value", "facts.yaml",
          "2 years");
  refuses(with("facts.yaml", "  seen:", "  seen-it:"), "bad-name", "facts.yaml", "seen-it");
  refuses(with("voice.yaml", "good: ", "god: "), "unknown-key", "voice.yaml", "god");
  refuses(with("purposes.yaml", "{basis: contract", "{dpv: Twice, basis: contract"), "yaml",
          "purposes.yaml", "dpv: RequestedServiceProvision");
  refuses(with("events.yaml", "{job: job}", "{job: jop}"), "unknown-fact", "events.yaml", "jop");
  refuses(with("events.yaml", "{job: job}", "{job: seen}"), "wrong-value", "events.yaml", "seen}");
  refuses(with("phases.yaml", "  visitor:", "  visiter:"), "unknown-phase", "phases.yaml",
          "visiter");
  refuses(with("slots/home.yaml", "rankers: [session", "rankers: [sesion"), "unknown-ranker",
          "slots/home.yaml", "sesion");
  refuses(with("slots/home.yaml", "context: subject-line", "context: browsing"),
          "context-shows-nothing", "slots/home.yaml", "browsing");
  refuses(with("items/hero.yaml", "cap: {times: 3, per: 7d}", "cap: {times: 3}"), "wrong-value",
          "items/hero.yaml", "{times: 3}");
  refuses(with("items/hero.yaml", "until: 2026-06-30", "until: 2026-03-30"), "wrong-value",
          "items/hero.yaml", "{from: 2026");
  refuses(with_item("- {id: new, slot: home.order, wordings: [{say: {t: A}}]}\n"), "duplicate-item",
          "items/order.yaml", "new,");
}

}  // namespace aizuchi::ground::catalog
