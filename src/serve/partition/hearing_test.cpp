// A free text of an event: which of the brand's concerns it speaks of, in which language; marked
// where it is sensitive, and nothing where nobody knows.
#include <algorithm>
#include <filesystem>

#include "ground/base/json.h"
#include "serve/partition/partition_probe.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

constexpr const char* concerns = R"(
concerns:
  delivery:
    says: {ja: お届け, en: when it arrives}
    examples:
      ja: [荷物がまだ届きません, 配送の予定日を教えてください, いつ届きますか, 届くのが遅い, 配送状況を知りたい,
           荷物の追跡番号, 発送はいつですか, お届け先を変えたい]
      en: [where is my parcel, my delivery is late, when will it arrive, track my parcel,
           has it been shipped, the courier did not come, my order has not arrived, delivery date]
  returns:
    says: {ja: 返品, en: sending it back}
    examples:
      ja: [返品したいです, 交換の方法, 返金してほしい, 豆を返したい, 袋が破れていたので交換を, 返品の送料,
           間違った商品なので返品, 返金はいつ]
      en: [i want to return these, send it back, can i get a refund, exchange for another bag,
           the bag was torn, wrong item please exchange, return label, refund my order]
  allergy:
    says: {ja: アレルギー, en: allergies}
    sensitive: true
    examples:
      ja: [ナッツのアレルギーがあります, 小麦は入っていますか, アレルギー表示, 乳アレルギーの子ども,
           原材料にナッツ, 大豆アレルギーでも飲めますか, アレルゲンの一覧, 卵は使っていますか]
      en: [i have a nut allergy, is there any milk in it, allergy information,
           does it contain wheat, list of allergens, allergic to soy, nut free, made with eggs]
)";

ground::BrandFiles hearing_brand() {
  ground::BrandFiles files = brand();
  files.files["concerns.yaml"] = concerns;
  files.files["purposes.yaml"] = R"(
purposes:
  service: {basis: contract, dpv: RequestedServiceProvision, says: {ja: ご注文への対応, en: to serve}}
  layout: {basis: notice, dpv: UserInterfacePersonalisation, says: {ja: 並び順, en: the order}}
  recommend: {basis: consent, explicit: true, says: {ja: おすすめ, en: to recommend}}
  mail: {basis: consent, dpv: DirectMarketing, promotional: true, says: {ja: お便り, en: to write}}
)";
  files.files["facts.yaml"] = R"(
facts:
  job: {type: enum, of: [sales, other], label: {ja: 職種, en: your role}, purposes: [layout, mail]}
  asks:
    type: enum
    of: [delivery, returns, allergy]
    label: {ja: お尋ね, en: what you asked}
    purposes: [layout, recommend]
  asks_sure: {type: number, label: {ja: 確からしさ, en: how surely}, purposes: [layout]}
  writes: {type: string, label: {ja: 言葉, en: your language}, purposes: [layout]}
)";
  files.files["events.yaml"] = R"(
events:
  Inquiry Sent: {hears: {text: message, concern: asks, sure: asks_sure, language: writes}}
)";
  files.files["items/home.yaml"] += R"(
- id: hero-delivery
  title: how it arrives
  slot: home.hero
  layer: memory
  intent: help
  when: facts.asks == 'delivery'
  speaks: []
  serves: [delivery]
  wordings:
    - say: {ja: {title: 発送からお届けまで}, en: {title: From our roastery to your door}}
)";
  return files;
}

struct Listening : World {
  explicit Listening(const std::string& directory = "") : World(directory) {
    if (partition->snapshot() == nullptr) {
      begin();
      publish(hearing_brand());
    }
  }
  Ingested write(const std::string& who, const std::string& message, const std::string& more = "") {
    return send(web, R"({"type":"track","event":"Inquiry Sent","anonymousId":")" + who +
                         R"(","messageId":"m)" + std::to_string(++sent) + "\"" + more +
                         R"(,"properties":{"message":")" + message + "\"}}");
  }
  // A fact of theirs as text, "" when there is none.
  std::string fact(const std::string& who, std::string_view name,
                   std::string_view member = "value") {
    const auto json = partition->person_json({.anonymous_id = who});
    if (!json) return "";
    const Value person = ground::parse_json(*json).value();
    for (const Value& one : person.find("facts")->as_list())
      if (one.find("fact")->as_string() == name) return ground::to_display(*one.find(member));
    return "";
  }
  std::string events(const std::string& who) {
    std::string out;
    const auto history = partition->history({.anonymous_id = who}, 100);
    REQUIRE(history.has_value());
    for (const auto& event : *history) out += event.body + "\n";
    return out;
  }
  int sent = 0;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("[P7] The worry of a message is heard, in Japanese and in English, and shapes the page") {
  Listening shop;
  shop.write("d-1", "先週頼んだ荷物がまだ届かないのですが、いつ届きますか");
  CHECK(shop.fact("d-1", "asks") == "delivery");
  CHECK(shop.fact("d-1", "asks", "method") == "inferred");
  CHECK(shop.fact("d-1", "writes") == "ja");
  CHECK(std::stod(shop.fact("d-1", "asks_sure")) > 0.5);
  shop.write("d-2", "Hello, I want to return these beans and get a refund");
  CHECK(shop.fact("d-2", "asks") == "returns");
  CHECK(shop.fact("d-2", "writes") == "en");
  const Answer answer = shop.ask(shop.web, {.anonymous_id = "d-1"}, {"home.hero"});
  CHECK(first(answer) == "From our roastery to your door");
  CHECK(first(shop.ask(shop.web, {.anonymous_id = "d-2"}, {"home.hero"})) == "Tsumugi Coffee");
  // What was heard stands in the event: a replay of the log asks no model.
  CHECK(has(shop.events("d-1"), R"("heard":{"language":"ja","concern":"delivery")"));
}

TEST_CASE("[P7] What answers the worry that was heard counts more, and the operator sees why") {
  ground::BrandFiles files = hearing_brand();
  files.files["items/home.yaml"] += R"(
- id: hero-returns
  title: sending it back
  slot: home.hero
  layer: surface
  intent: help
  when: facts.writes == 'en'
  speaks: []
  serves: [returns]
  wordings:
    - say: {ja: {title: 返品のしかた}, en: {title: How to send it back}}
)";
  Listening shop;
  shop.publish(files);
  shop.write("d-1", "Hello, I want to return these beans and get a refund");
  shop.write("d-2", "when will it arrive, my parcel is late");
  const auto memory = [&](const std::string& who) {
    const Answer answer = shop.ask(shop.web, {.anonymous_id = who}, {"home.hero"});
    for (const decide::Candidate& one : answer.draft.slots[0].candidates)
      if (answer.snapshot->items[one.item.index].name == "hero-returns") return one.terms.memory;
    return -1.0;
  };
  CHECK(memory("d-1") == 0.6);
  CHECK(memory("d-2") == 0);  // another worry
  const Answer answer = shop.ask(shop.web, {.anonymous_id = "d-1"}, {"home.hero"});
  const auto again = shop.partition->explain(answer.id, {}, shop.server);
  REQUIRE(again.has_value());
  CHECK(again->differences.at(0) == "");
}

TEST_CASE("[P7] What speaks of none of the concerns is not taken for one") {
  Listening shop;
  shop.write("d-1", "今日はいい天気ですね。駅前の工事が終わりました");
  CHECK(shop.fact("d-1", "asks").empty());
  CHECK(shop.fact("d-1", "asks_sure").empty());
  CHECK(shop.fact("d-1", "writes") == "ja");
  shop.write("d-2", "");
  CHECK(shop.fact("d-2", "asks").empty());
  CHECK(shop.fact("d-2", "writes").empty());
}

TEST_CASE("[P7] A brand teaches what is none of its concerns, and it is no worry of anybody's") {
  const std::string message = "パンの試食会はいつですか";
  const auto heard = [&](const std::string& more) {
    ground::BrandFiles files = hearing_brand();
    files.files["concerns.yaml"] += more;
    Listening shop;
    shop.publish(files, {.prune = true});
    CHECK(std::ranges::none_of(shop.partition->snapshot()->concerns,
                               [](const auto& one) { return one.name == "small-talk"; }));
    shop.write("d-1", "先週頼んだ荷物がまだ届かないのですが、いつ届きますか");
    CHECK(shop.fact("d-1", "asks") == "delivery");
    shop.write("d-2", message);
    return shop.fact("d-2", "asks");
  };
  std::string talk = "  small-talk:\n    none: true\n    examples:\n      - " + message + "\n";
  for (const char* of : {"パン", "ケーキ", "お茶", "写真", "音楽", "天気", "駅", "犬"})
    for (const char* says : {"の試食会はありますか", "の会はいつですか", "が好きです"})
      talk += std::string("      - ") + of + says + "\n";
  CHECK(heard("") == "delivery");  // by the words it shares with it
  CHECK(heard(talk).empty());
}

TEST_CASE("[P1] A sensitive worry is marked, and kept with an express consent only") {
  Listening shop;
  const std::string message = "ナッツのアレルギーがあります。原材料にナッツは入っていますか";
  const Ingested refused = shop.write("d-1", message);
  CHECK(refused.sensitive_refused.size() == 1);
  CHECK(shop.fact("d-1", "asks").empty());
  CHECK(has(shop.events("d-1"), R"("sensitive":true)"));
  shop.send(shop.web, R"({"type":"track","event":"Consent Updated","anonymousId":"d-1",)"
                      R"("messageId":"c-1","properties":{"purposes":{"recommend":true}}})");
  CHECK(shop.write("d-1", message).sensitive_refused.empty());
  CHECK(shop.fact("d-1", "asks") == "allergy");
  // Kept for what they expressly allowed, so the page's layout does not know.
  CHECK(has(shop.fact("d-1", "asks", "purposes"), "recommend"));
  CHECK_FALSE(has(shop.fact("d-1", "asks", "purposes"), "layout"));
  // What is not sensitive needs no such consent.
  CHECK(shop.write("d-3", "返品したいです。返金してほしい").sensitive_refused.empty());
  CHECK(shop.fact("d-3", "asks") == "returns");
}

TEST_CASE("[P3] Only the server says what was heard, and a text is forgotten with it") {
  Listening shop;
  shop.write("d-1", "今日はいい天気ですね", R"(,"heard":{"concern":"returns","probability":1})");
  CHECK(shop.fact("d-1", "asks").empty());
  CHECK_FALSE(has(shop.events("d-1"), "returns"));
  shop.write("d-2", "my parcel has not arrived, where is my parcel");
  REQUIRE(shop.fact("d-2", "asks") == "delivery");
  const Key privacy{.id = "p", .secret = true, .source = "web", .scopes = {Scope::privacy}};
  REQUIRE(shop.partition->forget_value_and_wait({.anonymous_id = "d-2"}, "asks", privacy));
  CHECK(shop.fact("d-2", "asks").empty());
  CHECK_FALSE(has(shop.events("d-2"), "parcel"));
  CHECK_FALSE(has(shop.events("d-2"), "delivery"));
}

TEST_CASE("What was heard stays after a restart, and hearing goes on; other examples hear anew") {
  const std::string directory = temp_directory();
  {
    Listening shop(directory);
    shop.write("d-1", "配送状況を知りたい。荷物の追跡番号は");
    REQUIRE(shop.fact("d-1", "asks") == "delivery");
    shop.open(directory);
    CHECK(shop.fact("d-1", "asks") == "delivery");
    shop.sent = 50;
    shop.web = shop.partition->create_key(false, "web", {})->key;
    shop.write("d-2", "返品したいです。返金はいつ");
    CHECK(shop.fact("d-2", "asks") == "returns");
    // The brand takes its examples back: nothing is heard from the next event on.
    ground::BrandFiles files = hearing_brand();
    files.files["concerns.yaml"] = "concerns: {delivery: {says: {ja: お届け, en: delivery}}}\n";
    shop.publish(files, {.prune = true});
    shop.write("d-3", "荷物がまだ届きません");
    CHECK(shop.fact("d-3", "asks").empty());
    CHECK(shop.fact("d-3", "writes") == "ja");
  }
  std::filesystem::remove_all(directory);
}

TEST_CASE("What cannot be heard into is said when the folder is checked") {
  const auto findings_of = [](std::string_view file, const std::string& text) {
    ground::BrandFiles files = hearing_brand();
    files.files[std::string(file)] = text;
    ground::Vocabulary names;
    std::string out;
    for (const auto& finding : ground::compile_brand(files, names, 1).findings)
      out += ground::format_finding(finding) + "\n";
    return out;
  };
  CHECK(has(findings_of("events.yaml", "events: {E: {hears: {concern: asks}}}"), "text"));
  CHECK(has(findings_of("events.yaml", "events: {E: {hears: {text: m, sure: asks}}}"),
            "expected a fact of type number"));
  CHECK(has(findings_of("concerns.yaml",
                        "concerns: {other: {says: {ja: a, en: a}, examples: [hello there]}}"),
            "expected it among the words of the fact asks"));
  CHECK(has(
      findings_of("concerns.yaml", "concerns: {delivery: {says: {ja: a, en: a}, examples: hello}}"),
      "expected examples: [message"));
  // What is none of the concerns has examples, and nothing else.
  const auto none = [&](const std::string& entry) {
    return findings_of("concerns.yaml", std::string(concerns) + "  talk: " + entry + "\n");
  };
  CHECK(has(none("{none: true}"), "expected examples, messages that speak of no concern"));
  CHECK(has(none("{none: true, says: {ja: a, en: a}, examples: [hello]}"),
            "expected examples and nothing else, found says"));
  CHECK(has(none("{none: true, sensitive: true, examples: [hello]}"), "found sensitive"));
  CHECK(has(none("{none: maybe, examples: [hello]}"), "none"));
  CHECK(none("{none: true, examples: {ja: [今日は], en: [hello]}}") ==
        findings_of("concerns.yaml", concerns));
  ground::BrandFiles files = hearing_brand();
  std::string& purposes = files.files["purposes.yaml"];
  purposes.replace(purposes.find("explicit: true, "), 16, "");
  ground::Vocabulary names;
  std::string found;
  for (const auto& finding : ground::compile_brand(files, names, 1).findings)
    found += ground::format_finding(finding);
  CHECK(has(found, "it hears sensitive concerns"));
}

}  // namespace aizuchi::serve
