// What is agreed to: expressly for what is sensitive, not by a browser that opts out, and kept as a
// record with the words that were shown.
#include "ground/base/json.h"
#include "serve/partition/partition_probe.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

ground::BrandFiles consent_brand(const std::string& recommend = "to recommend") {
  ground::BrandFiles files = brand();
  files.files["brand.yaml"] +=
      "\ncontroller: {name: {ja: 見本株式会社, en: Sample Inc.}, address: Tokyo, contact: "
      "x@example.com, storage: 'Tokyo, Japan', jurisdiction: JP}\n";
  files.files["purposes.yaml"] = R"(
purposes:
  service: {basis: contract, says: {ja: ご注文, en: to serve}}
  layout: {basis: notice, dpv: UserInterfacePersonalisation, says: {ja: 並び順, en: the order}}
  recommend:
    basis: consent
    explicit: true
    dpv: ProvidePersonalisedRecommendations
    says: {ja: おすすめ, en: )" + recommend +
                                 R"(}
  mail: {basis: consent, promotional: true, says: {ja: お便り, en: to write to you}}
  partners: {basis: notice, shared_for: cross-context, says: {ja: 広告, en: partners' ads}}
)";
  files.files["sources.yaml"] = R"(
sources:
  web:
    context: browsing
    purposes: [layout, recommend, partners]
    notice: site-1
    says: {ja: 当店のサイト, en: our site}
  form: {context: sign-up, purposes: [layout, mail], notice: form-1, says: {ja: 会員登録, en: sign-up}}
)";
  files.files["facts.yaml"] = R"(
facts:
  job: {type: string, label: {ja: 職種, en: your role}, purposes: [layout, mail, partners]}
  diet:
    type: string
    sensitive: true
    label: {ja: 食事, en: your diet}
    purposes: [layout, recommend]
    keep: 30d
)";
  return files;
}

struct Consents : World {
  Consents() {
    begin();
    publish(consent_brand(), {.prune = true});
  }
  Ingested tell(const std::string& message, const std::string& traits) {
    return send(server, R"({"type":"identify","userId":"u-1","messageId":")" + message +
                            R"(","traits":)" + traits + "}");
  }
  void agree(const std::string& purpose, bool granted) {
    clock.advance(ground::Duration::seconds(1));
    send(server, fmt::format(R"({{"type":"track","event":"Consent Updated","userId":"u-1",)"
                             R"("messageId":"c-{}","properties":{{"purposes":{{"{}":{}}}}}}})",
                             clock.now().ms, purpose, granted));
    clock.advance(ground::Duration::seconds(1));
  }
  Value me(const std::string& locale = "en") {
    const Key all{.id = "t", .secret = true, .source = "web", .scopes = {Scope::privacy}};
    const auto json =
        partition->me_json({.user_id = "u-1"}, all, partition->snapshot()->locale(locale));
    REQUIRE(json.has_value());
    return ground::parse_json(*json).value();
  }
  std::string standing(const std::string& purpose, const Asking& who) {
    for (const auto& each : partition->purposes(who, server))
      if (each.purpose == purpose) return each.standing;
    return "";
  }
};

}  // namespace

TEST_CASE("[P1] A sensitive fact is refused until its person has consented expressly") {
  Consents w;
  const Ingested refused = w.tell("m-1", R"({"diet":"halal","job":"sales"})");
  CHECK(refused.accepted == 1);
  CHECK((refused.sensitive_refused == std::vector<size_t>{0}));
  CHECK(w.me().find("facts")->as_list().size() == 1);
  w.agree("recommend", true);
  CHECK(w.tell("m-2", R"({"diet":"halal"})").sensitive_refused.empty());
  Value me = w.me();
  REQUIRE(me.find("facts")->as_list().size() == 2);
  // Only for what was expressly agreed to, whatever else the source collects for.
  for (const Value& fact : me.find("facts")->as_list())
    if (fact.find("fact")->as_string() == "diet") {
      REQUIRE(fact.find("purposes")->as_list().size() == 1);
      CHECK(fact.find("purposes")->as_list()[0].find("id")->as_string() == "recommend");
      CHECK(fact.find("used")->as_bool());
    }
  w.agree("recommend", false);
  CHECK(w.tell("m-3", R"({"diet":"vegan"})").sensitive_refused.size() == 1);
  for (const Value& fact : w.me().find("facts")->as_list())
    if (fact.find("fact")->as_string() == "diet") CHECK_FALSE(fact.find("used")->as_bool());
  // Words that changed since stretch no old grant.
  w.agree("recommend", true);
  w.publish(consent_brand("to recommend and to sell"));
  CHECK(w.tell("m-4", R"({"diet":"vegan"})").sensitive_refused.size() == 1);
}

TEST_CASE(
    "[P1] What is sensitive and was not consented to is written nowhere, not in the log either") {
  Consents w;
  w.tell("m-1", R"({"diet":"halal","job":"sales"})");
  w.send(w.server, R"({"type":"track","event":"Page Viewed","userId":"u-1","messageId":"m-2",)"
                   R"("context":{"traits":{"diet":"halal"}}})");
  w.agree("recommend", true);
  w.tell("m-3", R"({"diet":"vegan"})");
  std::string kept;
  for (const auto& event : *w.partition->history({.user_id = "u-1"}, 10)) kept += event.body;
  CHECK(kept.find("sales") != std::string::npos);
  CHECK(kept.find("halal") == std::string::npos);
  CHECK(kept.find("vegan") != std::string::npos);
}

TEST_CASE("[P1] A sensitive event is dropped until an express consent, and kept for that alone") {
  Consents w;
  ground::BrandFiles files = consent_brand();
  files.files["events.yaml"] = "events:\n  Test Ordered: {sensitive: true}\n";
  files.files["items/extra.yaml"] =
      "- {id: hero-tested, slot: home.hero, layer: surface, intent: help, speaks: [], "
      "when: \"count('Test Ordered') >= 1\", "
      "wordings: [{say: {ja: {title: 結果}, en: {title: Results}}}]}\n";
  w.publish(files, {.prune = true});
  const auto order = [&](const std::string& message) {
    w.clock.advance(ground::Duration::seconds(1));
    return w.send(w.server, R"({"type":"track","event":"Test Ordered","userId":"u-1",)"
                            R"("messageId":")" +
                                message + R"(","properties":{"kind":"blood"}})");
  };
  w.tell("m-1", R"({"job":"sales"})");
  const Ingested refused = order("m-2");
  CHECK(refused.accepted == 0);
  CHECK(refused.no_basis == 1);
  CHECK((refused.sensitive_refused == std::vector<size_t>{0}));
  CHECK(w.partition->history({.user_id = "u-1"}, 10)->size() == 1);
  w.agree("recommend", true);
  CHECK(order("m-3").accepted == 1);
  // Counted for the purpose that was consented to; the slot's own was not.
  const auto counted = [&] {
    const Answer answer =
        w.ask(w.server, {.user_id = "u-1"}, {"home.hero"}, Explain::operator_view);
    return answer_json(answer, Explain::operator_view).find("Results") != std::string::npos;
  };
  CHECK_FALSE(counted());
  CHECK(w.partition->history({.user_id = "u-1"}, 10)->front().body.find(R"("layout":false)") !=
        std::string::npos);
  w.agree("recommend", false);
  CHECK(order("m-4").accepted == 0);
}

TEST_CASE("A folder with a sensitive event and no express consent to ask for is told so") {
  World w;
  w.begin();
  auto files = brand();
  files.files["events.yaml"] = "events:\n  Test Ordered: {sensitive: true}\n";
  const auto published = w.partition->publish(files);
  REQUIRE(published.has_value());
  REQUIRE(published->findings.size() == 1);
  CHECK(published->findings[0].rule == "sensitive-explicit");
}

TEST_CASE(
    "A page that declines ever new combinations uses up its own source's room, and no other's") {
  World w;
  w.begin();
  auto files = brand();
  std::string purposes = files.files["purposes.yaml"], names;
  for (int i = 0; i < 12; ++i) {
    purposes += fmt::format("  p{}: {{basis: notice, says: {{ja: 目的, en: purpose {}}}}}\n", i, i);
    names += fmt::format(", p{}", i);
  }
  files.files["purposes.yaml"] = purposes;
  std::string& sources = files.files["sources.yaml"];
  sources.replace(sources.find("[layout, recommend]"), 19, "[layout, recommend" + names + "]");
  w.publish(files, {.prune = true});
  const auto send = [&](const Key& key, int combination) {
    std::string declined;
    for (int i = 0; i < 12; ++i)
      if ((combination >> i & 1) != 0)
        declined += fmt::format("{}\"p{}\":false", declined.empty() ? "" : ",", i);
    return w.send(key, fmt::format(R"({{"type":"track","event":"Product Viewed","anonymousId":)"
                                   R"("d-1","messageId":"m-{}-{}","context":{{"consent":)"
                                   R"({{"categoryPreferences":{{{}}}}}}}}})",
                                   key.id, combination, declined));
  };
  size_t accepted = 0;
  std::string why;
  for (int i = 0; i < 3'000; ++i) {
    const Ingested outcome = send(w.web, i);
    accepted += outcome.accepted;
    if (!outcome.refused.empty()) why = outcome.refused[0].message;
  }
  CHECK(accepted == 2'048);
  CHECK(why.find("a combination too many") != std::string::npos);
  CHECK(w.partition->counters().provenances_refused == 3'000 - 2'048);
  // What was told before goes on, and so do servers and other sources.
  w.view("d-2", "light-roast", 1);
  CHECK(send(w.server, 2'999).accepted == 1);
  CHECK(w.send(w.form, R"({"type":"identify","userId":"u-1","messageId":"f1","traits":)"
                       R"({"job":"sales"}})")
            .accepted == 1);
}

TEST_CASE("A folder that could keep nothing of a sensitive fact is told so") {
  Consents w;
  ground::BrandFiles files = consent_brand();
  std::string& facts = files.files["facts.yaml"];
  facts.replace(facts.find("[layout, recommend]"), 19, "[layout, mail]");
  const auto published = w.partition->publish(files);
  REQUIRE(published.has_value());
  CHECK_FALSE(published->changed);
  REQUIRE(published->findings.size() == 1);
  CHECK(published->findings[0].rule == "sensitive-explicit");
}

TEST_CASE("[P1] A browser that opts out is in no sharing: not by this event, and not after it") {
  Consents w;
  const Asking device{.anonymous_id = "a-1"};
  const std::string told = R"({"type":"identify","anonymousId":"a-1","traits":{"job":"sales"},)";
  w.send(w.web, told + R"("messageId":"m-0"})");
  CHECK(w.standing("partners", device) == "none");
  Asking opted = device;
  opted.opts_out = true;
  const auto sent = w.partition->ingest_and_wait(
      told + R"("messageId":"m-1","context":{"page":{}}})", w.web, opted);
  REQUIRE(sent.has_value());
  CHECK(w.standing("partners", device) == "withdrawn");
  CHECK(w.standing("layout", device) == "none");
  const std::string person = w.partition->person_json(device).value();
  CHECK(person.find(R"("purposes":["layout"])") != std::string::npos);
  CHECK(person.find(R"("purposes":["layout","partners"])") == std::string::npos);
  const auto kept = w.partition->history(device, 1);
  CHECK(kept->front().body.find(R"("gpc":true)") != std::string::npos);
  CHECK(kept->front().body.find(R"("page":{})") != std::string::npos);
  // As long as the browser says so, a grant does not undo it.
  w.clock.advance(ground::Duration::seconds(1));
  REQUIRE(w.partition
              ->ingest_and_wait(R"({"type":"track","event":"Consent Updated","anonymousId":"a-1",)"
                                R"("messageId":"c-1","properties":{"purposes":{"partners":true}}})",
                                w.web, opted)
              .has_value());
  CHECK(w.standing("partners", device) == "withdrawn");
}

TEST_CASE("A record of consent has every field of ISO/IEC TS 27560") {
  Consents w;
  auto files = consent_brand();
  std::string& own = files.files["brand.yaml"];
  own.replace(own.rfind('}'), 1,
              ", url: 'https://x.example', email: p@x.example, phone: '1', processing: Osaka, "
              "restrictions: outside Japan, authority: PPC, impact_assessment: PIA-1, "
              "codes_of_conduct: JIS Q 15001}");
  w.publish(files);
  w.agree("layout", true);
  const Value me = w.me();
  const Value& record = me.find("consents")->as_list().front();
  const auto has = [](const Value& in, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      const Value* found = in.find(name);
      const bool may_be_none = name == "recipient_third_parties";
      CHECK_MESSAGE((found != nullptr && (may_be_none || !ground::to_display(*found).empty())),
                    name);
    }
  };
  has(record, {"schema_version", "record_id", "pii_principal_id", "pii_processing",
               "party_identification", "event"});
  const Value& processing = *record.find("pii_processing");
  has(processing, {"privacy_notice", "notice_text", "language", "purposes"});
  const Value& purpose = processing.find("purposes")->as_list().front();
  has(purpose, {"purpose", "purpose_type", "lawful_basis", "pii_information", "pii_controllers",
                "collection_method", "processing_method", "storage_locations", "retention_period",
                "processing_locations", "geographic_restrictions", "service", "jurisdiction",
                "recipient_third_parties", "withdrawal_method", "privacy_rights",
                "codes_of_conduct", "impact_assessment", "authority_party"});
  has(purpose.find("pii_information")->as_list().front(),
      {"pii_type", "pii_attribute_id", "pii_optional", "sensitive_pii_category",
       "special_pii_category"});
  has(record.find("party_identification")->as_list().front(),
      {"party_id", "party_address", "party_email", "party_url", "party_phone", "party_name",
       "party_role", "party_contact", "party_type"});
  has(record.find("event")->as_list().front(),
      {"event_time", "validity_duration", "entity_id", "event_type", "event_state"});
}

TEST_CASE("A consent is a record with the words that were shown, also after they changed") {
  Consents w;
  w.agree("recommend", true);
  w.agree("mail", false);
  w.publish(consent_brand("to recommend and to sell"));
  const std::string told = w.partition->person_json({.user_id = "u-1"}).value();
  CHECK(told.contains(R"("standing":"text_changed")"));  // who is told how people stand
  CHECK(told.contains(R"("standing":"withdrawn")"));
  const Value me = w.me();
  const auto& records = me.find("consents")->as_list();
  REQUIRE(records.size() == 2);
  const auto text = [](const Value& at, std::string_view name) {
    const Value* value = at.find(name);
    return value == nullptr ? "" : ground::to_display(*value);
  };
  const Value& first = records[0];
  CHECK(text(first, "purpose_id") == "recommend");
  const Value& processing = *first.find("pii_processing");
  CHECK(text(processing, "notice_text") == "to recommend");
  CHECK(text(processing, "privacy_notice") == "site-1");
  CHECK(text(processing, "language") == "en");
  const Value& purpose = processing.find("purposes")->as_list().at(0);
  CHECK(text(purpose, "purpose") == "to recommend and to sell");
  CHECK(text(purpose, "purpose_type") == "https://w3id.org/dpv#ProvidePersonalisedRecommendations");
  CHECK(text(purpose, "lawful_basis") == "consent");
  CHECK(text(purpose, "retention_period") == "P730D");  // of its source's events; the fact: 30d
  CHECK(purpose.find("storage_locations")->as_list().at(0).as_string() == "Tokyo, Japan");
  CHECK(text(purpose, "jurisdiction") == "JP");
  CHECK(text(purpose.find("pii_information")->as_list().at(0), "sensitive_pii_category") == "true");
  CHECK(text(first.find("party_identification")->as_list().at(0), "party_name") == "Sample Inc.");
  CHECK(text(first.find("event")->as_list().at(0), "event_state") == "text changed");
  CHECK(text(first.find("event")->as_list().at(0), "event_type") == "explicit");
  CHECK(text(first.find("event")->as_list().at(0), "validity_duration") == "until withdrawn");
  CHECK(text(first.find("party_identification")->as_list().at(0), "party_type") == "organization");
  CHECK(text(records[1].find("event")->as_list().at(0), "event_state") == "withdrawn");
  const Value japanese = w.me("ja");
  CHECK(text(*japanese.find("consents")->as_list().at(0).find("pii_processing"), "notice_text") ==
        "おすすめ");
}

}  // namespace aizuchi::serve
