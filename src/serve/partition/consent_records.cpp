// What each person allowed or refused, as records: the fields of ISO/IEC TS 27560:2023 as the Data
// Privacy Vocabulary's guide to it names them (w3id.org/dpv/guides/consent-27560), with the words
// that stood there when they were agreed to.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ground/base/bytes.h"
#include "ground/base/json.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::JsonWriter;
using ground::Purpose;
using ground::Result;
using ground::Space;
using Table = ground::Vocabulary::Table;

namespace {

std::string text_key(uint64_t hash) {
  return fmt::format("purpose-text/{:016x}", hash);
}

std::string_view word(ground::Sharing sharing) {
  switch (sharing) {
    case ground::Sharing::sale:
      return "sale";
    case ground::Sharing::sharing:
      return "sharing";
    case ground::Sharing::cross_context:
      return "cross-context";
  }
  return "";
}

struct Words {
  std::string locale, text;
};

// In this locale, or in the first there is.
Words words_in(std::string_view stored, std::string_view locale) {
  ground::ByteReader in(stored);
  Words out;
  for (size_t n = in.count(2); n > 0 && in.ok(); --n) {
    Words one{std::string(in.text()), std::string(in.text())};
    if (out.locale.empty() || one.locale == locale) out = std::move(one);
  }
  return out;
}

// How, where and under which rules; what the brand's `controller` does not say is left out.
void write_handling(JsonWriter& out, const Purpose& purpose, const ground::Snapshot& brand) {
  const ground::Controller& controller = brand.controller;
  const auto list = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) out.key(name).array().value(text).end_array();
  };
  out.key("processing_method").array();
  for (const char* term : {"Collect", "Store", "Use"})
    out.value(fmt::format("https://w3id.org/dpv#{}", term));
  out.end_array().key("service").array();
  std::set<ground::Channel> channels;
  for (const ground::Slot& slot : brand.slots)
    if (slot.purpose == purpose.id && channels.insert(slot.channel).second)
      out.value(ground::to_string(slot.channel));
  out.end_array();
  list("storage_locations", controller.storage);
  list("processing_locations",
       controller.processing.empty() ? controller.storage : controller.processing);
  list("geographic_restrictions", controller.restrictions);
  if (!controller.jurisdiction.empty()) out.member("jurisdiction", controller.jurisdiction);
  list("codes_of_conduct", controller.codes_of_conduct);
  if (!controller.impact_assessment.empty())
    out.member("impact_assessment", controller.impact_assessment);
  if (!controller.authority.empty()) out.member("authority_party", controller.authority);
}

void write_purpose(JsonWriter& out, const Purpose& purpose, const ground::Snapshot& brand,
                   ground::LocaleId locale) {
  out.object().member("purpose", purpose.says.in(locale));
  if (!purpose.dpv.empty()) out.member("purpose_type", "https://w3id.org/dpv#" + purpose.dpv);
  out.member("lawful_basis", ground::to_string(purpose.basis));
  out.key("pii_information").array();
  ground::Duration longest{0};
  for (const ground::FactRule& fact : brand.facts) {
    if (!fact.purposes.has(purpose.id) || fact.derived) continue;
    longest = std::max(longest, fact.keep);
    out.object().member("pii_attribute_id", fact.name).member("pii_type", fact.label.in(locale));
    // What a contract needs is not for the person to choose.
    out.member("pii_optional", purpose.basis != ground::Basis::contract);
    out.member("sensitive_pii_category", fact.sensitive);
    out.member("special_pii_category", fact.sensitive).end_object();
  }
  // What people did under this purpose's sources is kept as its events say.
  const auto collects = [&](const ground::Source& s) { return s.purposes.has(purpose.id); };
  if (std::ranges::any_of(brand.sources, collects))
    for (const ground::EventRule& event : brand.events) longest = std::max(longest, event.keep);
  out.end_array().key("pii_controllers").array().value(brand.brand).end_array();
  out.key("collection_method").array();
  for (const ground::Source& source : brand.sources)
    if (source.purposes.has(purpose.id)) out.value(source.says.in(locale));
  out.end_array();
  out.member("retention_period", fmt::format("P{}D", longest.ms / ground::ms_per_day));
  write_handling(out, purpose, brand);
  out.key("recipient_third_parties").array();
  for (const ground::Recipient& recipient : brand.recipients)
    if (recipient.purposes.has(purpose.id)) out.value(recipient.says.in(locale));
  if (purpose.sharing) out.value(word(*purpose.sharing));
  out.end_array();
  out.member("withdrawal_method", "PUT /v1/me/purposes/" + purpose.name);
  out.key("privacy_rights").array();
  for (const char* right : {"GET /v1/me", "PATCH /v1/me/facts", "POST /v1/me/stop",
                            "GET /v1/me/export", "DELETE /v1/me"})
    out.value(right);
  out.end_array().end_object();
}

void write_controller(JsonWriter& out, const ground::Snapshot& brand, ground::LocaleId locale) {
  const ground::Controller& controller = brand.controller;
  out.key("party_identification").array().object();
  out.member("party_id", brand.brand).member("party_name", controller.name.in(locale));
  out.member("party_type", "organization").member("party_role", "pii controller");
  const auto given = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) out.member(name, text);
  };
  given("party_address", controller.address);
  given("party_email", controller.email);
  given("party_phone", controller.phone);
  given("party_contact", controller.contact);
  given("party_url", controller.url);
  out.end_object().end_array();
}

void write_event(JsonWriter& out, const remember::Consent& consent, const Purpose* purpose) {
  const bool changed =
      consent.granted && purpose != nullptr && purpose->text_hash != consent.text_hash;
  out.key("event").array().object();
  out.member("event_time", ground::format_instant(consent.at));
  // No grant runs out: it holds until it is taken back, or its words change.
  out.member("validity_duration", "until withdrawn");
  out.member("event_type",
             purpose != nullptr && purpose->explicit_consent ? "explicit" : "expressed");
  // A grant holds for the words it was given to.
  out.member("event_state", !consent.granted ? "withdrawn" : changed ? "text changed" : "given");
  out.member("entity_id", consent.proof >= ground::Assurance::a3   ? "server"
                          : consent.proof == ground::Assurance::a2 ? "person"
                                                                   : "device");
  out.end_object().end_array();
}

}  // namespace

void Partition::State::keep_purpose_texts(const ground::Snapshot& next,
                                          ground::Batch& batch) const {
  for (const Purpose& purpose : next.purposes) {
    ground::ByteWriter out;
    out.varint(purpose.says.by_locale.size());
    for (size_t i = 0; i < purpose.says.by_locale.size(); ++i) {
      out.text(i < next.locales.size() ? next.locales[i] : "");
      out.text(purpose.says.by_locale[i]);
    }
    batch.put(Space::meta, text_key(purpose.text_hash), out.view());
  }
}

Result<void> Partition::State::write_consent_records(JsonWriter& out,
                                                     const remember::PersonState& person,
                                                     ground::LocaleId locale) {
  TRY(write_records(out, "consents", person, person.consents, locale));
  return write_records(out, "consentsBefore", person, person.past_consents, locale);
}

Result<void> Partition::State::write_records(JsonWriter& out, std::string_view member,
                                             const remember::PersonState& person,
                                             const std::vector<remember::Consent>& consents,
                                             ground::LocaleId locale) {
  out.key(member).array();
  for (const remember::Consent& consent : consents) {
    const Purpose* purpose = snapshot->purpose(consent.purpose);
    const std::string& name = vocabulary.name(Table::purpose, consent.purpose.index);
    out.object().member("schema_version", "ISO/IEC TS 27560:2023");
    out.member("record_id", fmt::format("{}-{}-{}", snapshot->brand, name, consent.evidence));
    out.member("pii_principal_id", ground::to_hex(person.id.raw)).member("purpose_id", name);
    out.key("pii_processing").object();
    if (consent.notice.valid())
      out.member("privacy_notice", vocabulary.name(Table::notice, consent.notice.index));
    const std::string& tag = snapshot->locales[locale.index];
    if (const auto stored = TRY(store->get(Space::meta, text_key(consent.text_hash)))) {
      const Words words = words_in(*stored, tag);
      out.member("notice_text", words.text).member("language", words.locale);
    } else if (purpose != nullptr && purpose->text_hash == consent.text_hash) {
      out.member("notice_text", purpose->says.in(locale)).member("language", tag);
    }
    out.key("purposes").array();
    if (purpose != nullptr) write_purpose(out, *purpose, *snapshot, locale);
    out.end_array().end_object();
    write_controller(out, *snapshot, locale);
    write_event(out, consent, purpose);
    out.end_object();
  }
  out.end_array();
  return {};
}

}  // namespace aizuchi::serve
