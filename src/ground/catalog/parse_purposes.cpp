// purposes.yaml and contexts.yaml: what a person allowed things for, where things are collected and
// shown, and the named rules about what may flow between.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/hash.h"
#include "ground/base/text.h"
#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

namespace {

void check_name(Draft& draft, const At& name) {
  if (!plain_name(name.text))
    draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
}

void declare_context(Draft& draft, const At& name) {
  check_name(draft, name);
  Context context;
  context.id = {draft.intern(Vocabulary::Table::context, name)};
  context.name = name.text;
  draft.declare(draft.contexts, name, draft.out.contexts.size());
  draft.out.contexts.push_back(std::move(context));
}

void read_context(Draft& draft, const YamlNode& node, Context& context) {
  Fields in(draft, node, "a context");
  context.shows = in.flag("shows", false);
  context.seen_by_others = in.flag("seen_by_others", false);
  for (const At& other : in.names("continues", "a list of contexts"))
    if (const ContextId id = draft.context(other); id.valid()) context.continues.push_back(id);
}

void read_settings(Draft& draft, const YamlNode& settings) {
  if (!settings.is(YamlNode::Kind::map)) {
    draft.error(settings.place, "wrong-value", "", "expected {setting: [contexts]}");
    return;
  }
  for (const auto& [name, members] : settings.entries) {
    check_name(draft, at(name));
    for (const At& member : read_names(draft, members, "a list of contexts")) {
      const auto position = draft.resolve(draft.contexts, member);
      if (!position) continue;
      Context& context = draft.out.contexts[*position];
      if (!context.setting.empty())
        draft.error(member, "two-settings",
                    fmt::format("expected a context in one setting at most: it is in '{}' already",
                                context.setting));
      context.setting = name.text;
    }
  }
}

Instant read_date(Draft& draft, const std::optional<At>& date) {
  if (!date) return {};
  const auto instant = parse_instant(date->text);
  if (!instant) draft.error(*date, "wrong-value", "expected a date such as 2026-04-01");
  return instant.value_or(Instant{});
}

void read_norm(Draft& draft, const YamlNode& node) {
  Fields in(draft, node, "a norm");
  Norm norm;
  norm.name = in.text("name", "a word to call it by", Need::required);
  for (const At& pattern :
       in.names("facts", "facts or patterns such as job, inquiry.* or *", Need::required)) {
    norm.facts.push_back(pattern.text);
    draft.norm_patterns.push_back({draft.out.norms.size(), pattern});
  }
  const auto contexts = [&](std::string_view key) {
    std::vector<ContextId> ids;
    for (const At& name : in.names(key, "a list of contexts"))
      if (const ContextId id = draft.context(name); id.valid()) ids.push_back(id);
    return ids;
  };
  norm.from = contexts("from");
  norm.to = contexts("to");
  if (const auto level = in.choice("level", {"deny", "ask", "rank", "say"}, Need::required))
    norm.level = static_cast<Level>(*level);
  norm.why = in.text("why", "the reason, for the audit", Need::required);
  norm.by = in.text("by", "who decided it (a role)", Need::required);
  norm.on = read_date(draft, in.name("on", "the date it was decided", Need::required));
  draft.out.norms.push_back(std::move(norm));
}

// Purposes of the Data Privacy Vocabulary 2.x of the W3C community group (https://w3id.org/dpv), in
// its spelling; those of hiring, health, politics and public bodies are left out.
constexpr std::string_view dpv_purposes[] = {"AccountManagement",
                                             "Advertising",
                                             "AgeVerification",
                                             "CommercialPurpose",
                                             "CommercialResearch",
                                             "CommunicationForCustomerCare",
                                             "CommunicationManagement",
                                             "CustomerCare",
                                             "CustomerClaimsManagement",
                                             "CustomerManagement",
                                             "CustomerOrderManagement",
                                             "CustomerRelationshipManagement",
                                             "CustomerSolvencyMonitoring",
                                             "DeliveryOfGoods",
                                             "DirectMarketing",
                                             "DisputeManagement",
                                             "EnforceAccessControl",
                                             "EnforceSecurity",
                                             "EstablishContractualAgreement",
                                             "FraudPreventionAndDetection",
                                             "FulfilmentOfContractualObligation",
                                             "FulfilmentOfObligation",
                                             "IdentityAuthentication",
                                             "IdentityVerification",
                                             "ImproveExistingProductsAndServices",
                                             "ImproveInternalCRMProcesses",
                                             "IncreaseServiceRobustness",
                                             "InternalResourceOptimisation",
                                             "LegalCompliance",
                                             "Marketing",
                                             "MembersAndPartnersManagement",
                                             "MisusePreventionAndDetection",
                                             "OptimisationForConsumer",
                                             "OptimisationForController",
                                             "OptimiseUserInterface",
                                             "PaymentManagement",
                                             "Personalisation",
                                             "PersonalisedAdvertising",
                                             "PersonalisedBenefits",
                                             "ProvideEventRecommendations",
                                             "ProvidePersonalisedRecommendations",
                                             "ProvideProductRecommendations",
                                             "PublicRelations",
                                             "RecordManagement",
                                             "RepairImpairments",
                                             "RequestedServiceProvision",
                                             "ResearchAndDevelopment",
                                             "RightsFulfilment",
                                             "SearchFunctionalities",
                                             "SellDataToThirdParties",
                                             "SellInsightsFromData",
                                             "SellProducts",
                                             "SellProductsToDataSubject",
                                             "ServiceOptimisation",
                                             "ServicePersonalisation",
                                             "ServiceProvision",
                                             "ServiceRegistration",
                                             "ServiceUsageAnalytics",
                                             "SocialMediaMarketing",
                                             "TargetedAdvertising",
                                             "TechnicalServiceProvision",
                                             "UserInterfacePersonalisation",
                                             "Verification"};

std::string read_dpv(Draft& draft, Fields& in) {
  const auto term = in.name("dpv", "a purpose of the W3C Data Privacy Vocabulary");
  if (!term) return "";
  if (std::ranges::find(dpv_purposes, term->text) != std::end(dpv_purposes)) return term->text;
  const std::vector<std::string> known(std::begin(dpv_purposes), std::end(dpv_purposes));
  const std::string meant = nearest(term->text, known);
  draft.error(*term, "unknown-dpv",
              meant.empty() ? "expected a purpose of https://w3id.org/dpv, such as DirectMarketing"
                            : fmt::format("expected a purpose of https://w3id.org/dpv: did you "
                                          "mean {}?",
                                          meant));
  return "";
}

void read_extent(Draft& draft, Fields& in, const At& name, Purpose& purpose) {
  purpose.explicit_consent = in.flag("explicit", false);
  if (purpose.explicit_consent && purpose.basis != Basis::consent)
    draft.error(name, "wrong-value", "expected basis: consent with explicit: true");
  if (const auto sharing = in.choice("shared_for", {"sale", "sharing", "cross-context"})) {
    purpose.sharing = static_cast<Sharing>(*sharing);
    draft.out.shared.add(purpose.id);
    if (purpose.basis == Basis::contract)
      draft.error(name, "wrong-value",
                  "expected basis: notice or consent with shared_for: a browser may object to it");
  }
}

uint64_t hash_of(const Text& text) {
  std::string all;
  for (const std::string& one : text.by_locale) all += one + '\0';
  return siphash(Key128{}, all);
}

}  // namespace

void parse_purposes(Draft& draft) {
  read_entries(draft, "purposes.yaml", "purposes", [&](const At& name, const YamlNode& node) {
    check_name(draft, name);
    Fields in(draft, node, "a purpose");
    Purpose purpose;
    purpose.id = {static_cast<uint8_t>(draft.intern(Vocabulary::Table::purpose, name))};
    purpose.name = name.text;
    if (const auto basis = in.choice("basis", {"contract", "notice", "consent"}, Need::required))
      purpose.basis = static_cast<Basis>(*basis);
    purpose.dpv = read_dpv(draft, in);
    purpose.promotional = in.flag("promotional", false);
    read_extent(draft, in, name, purpose);
    purpose.says = in.say("says", "the purpose in plain words, to the person", Need::required);
    purpose.text_hash = hash_of(purpose.says);
    draft.declare(draft.purposes, name, draft.out.purposes.size());
    draft.out.purposes.push_back(std::move(purpose));
  });
}

void parse_contexts(Draft& draft) {
  const auto it = draft.trees.find("contexts.yaml");
  if (it == draft.trees.end()) return;
  Fields in(draft, it->second, "contexts.yaml");
  const YamlNode* contexts = in.node("contexts", "{context: {…}}", Need::required);
  if (contexts != nullptr && contexts->is(YamlNode::Kind::map)) {
    for (const auto& [name, node] : contexts->entries) declare_context(draft, at(name));
    for (size_t i = 0; i < contexts->entries.size(); ++i)
      read_context(draft, contexts->entries[i].second, draft.out.contexts[i]);
  } else if (contexts != nullptr) {
    draft.error(contexts->place, "wrong-value", "", "expected {context: {…}}");
  }
  if (const YamlNode* settings = in.node("settings", "{setting: [contexts]}"))
    read_settings(draft, *settings);
  if (const YamlNode* norms = in.node("norms", "a list of norms")) {
    if (!norms->is(YamlNode::Kind::list))
      draft.error(norms->place, "wrong-value", "", "expected a list of norms");
    for (const YamlNode& norm : norms->items) read_norm(draft, norm);
  }
}

void parse_recipients(Draft& draft) {
  read_entries(draft, "recipients.yaml", "recipients", [&](const At& name, const YamlNode& node) {
    check_name(draft, name);
    Fields in(draft, node, "a recipient");
    Recipient recipient;
    recipient.name = name.text;
    recipient.says = in.say("says", "who it is, as people know it", Need::required);
    recipient.gets = in.say("gets", "what it is given, in plain words", Need::required);
    recipient.does = in.say("does", "what it uses that for");
    recipient.purposes = draft.purpose_set(
        in.names("purposes", "what it is given for, a list of purposes", Need::required));
    if (const auto by = in.choice("by", {"browser", "server", "staff"}, Need::required))
      recipient.by = static_cast<Recipient::By>(*by);
    recipient.country = in.text("country", "where it is");
    recipient.safeguards = in.text("safeguards", "what protects it there");
    recipient.url = in.text("url", "its own privacy policy");
    draft.out.recipients.push_back(std::move(recipient));
  });
}

}  // namespace aizuchi::ground::catalog
