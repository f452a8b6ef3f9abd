// brand.yaml, creed.yaml, voice.yaml, and which files there are at all.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/text.h"
#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr std::array<std::string_view, 17> known_files = {
    "brand.yaml",      "creed.yaml",        "voice.yaml",      "purposes.yaml", "contexts.yaml",
    "sources.yaml",    "events.yaml",       "facts.yaml",      "phases.yaml",   "audiences.yaml",
    "concerns.yaml",   "expectations.yaml", "population.yaml", "products.csv",  "products.ndjson",
    "recipients.yaml", "questions.yaml"};

constexpr std::array<std::string_view, 6> later_files = {"forms.yaml",    "campaigns.yaml",
                                                         "calendar.yaml", "experiments.yaml",
                                                         "handover.yaml", "sender.yaml"};

constexpr std::array<std::string_view, 5> later_folders = {"mails/", "journeys/", "accounts/",
                                                           "cases/", "onboarding/"};

bool content_file(std::string_view path) {
  return path.ends_with(".yaml") && (path.starts_with("slots/") || path.starts_with("items/"));
}

bool supported_later(std::string_view path) {
  return std::ranges::find(later_files, path) != later_files.end() ||
         std::ranges::any_of(later_folders,
                             [&](std::string_view folder) { return path.starts_with(folder); });
}

void check_file(Draft& draft, const std::string& path, const std::string& bytes) {
  const bool products = path == "products.csv" || path == "products.ndjson";
  const bool known = std::ranges::find(known_files, path) != known_files.end();
  if (!valid_utf8(path)) {
    draft.error(Place{}, "unknown-file", "", "a file's name is not UTF-8");
  } else if (supported_later(path)) {
    draft.error({path, 0, 0}, "not-supported-yet", "", "not supported yet: " + path);
  } else if (!known && !content_file(path)) {
    std::vector<std::string> names(known_files.begin(), known_files.end());
    names.insert(names.end(), {"slots/<name>.yaml", "items/<name>.yaml"});
    draft.error({path, 0, 0}, "unknown-file", path,
                fmt::format("expected a file of a brand folder ({}){}", list_of(names, 20),
                            did_you_mean(path, names)));
  } else if (!products) {
    auto tree = parse_yaml(bytes, path);
    if (tree) {
      draft.trees.emplace(path, std::move(*tree));
    } else {
      draft.broken.insert(path);
      draft.error(tree.error().place, "yaml", tree.error().text, tree.error().expected);
    }
  }
}

// ASCII letters, digits, '-' (BCP 47 shape: "ja", "en-GB").
bool locale_tag(std::string_view tag) {
  return tag.size() >= 2 && tag.size() <= 35 && std::ranges::all_of(tag, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-';
         });
}

// "Asia/Tokyo"; an offset is no time zone, it knows no summer.
void read_zone(Draft& draft, const At& name) {
  const bool letters = std::ranges::any_of(name.text, [](char c) { return c >= 'A' && c <= 'Z'; });
  auto zone = TimeZone::find(name.text);
  if (!letters || !zone) {
    draft.error(name, "unknown-timezone", "expected an IANA time zone such as Asia/Tokyo");
    return;
  }
  draft.out.timezone = name.text;
  draft.zone = std::move(*zone);
}

void read_locales(Draft& draft, Fields& in, const YamlNode& node) {
  for (const At& tag : in.names("locales", "a list such as [ja, en]", Need::required)) {
    if (!locale_tag(tag.text))
      draft.error(tag, "wrong-value", "expected a language tag such as ja or en");
    else if (std::ranges::find(draft.out.locales, tag.text) != draft.out.locales.end())
      draft.error(tag, "wrong-value", "expected each locale once");
    else
      draft.out.locales.push_back(tag.text);
  }
  if (draft.out.locales.size() > 16)
    draft.error(node.place, "wrong-value", "", "expected at most 16 locales");
  if (!draft.out.locales.empty()) return;
  draft.locales_known = false;
  draft.out.locales.emplace_back("en");
}

void read_phase_order(Draft& draft, Fields& in) {
  for (const At& name : in.names("phases", "a list of phases, the earliest first")) {
    if (!plain_name(name.text))
      draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
    if (draft.out.phases.size() >= 64) {
      draft.error(name, "wrong-value", "expected at most 64 phases");
      return;
    }
    Phase phase;
    phase.id = {static_cast<uint8_t>(draft.out.phases.size())};
    phase.name = name.text;
    draft.declare(draft.phases, name, draft.out.phases.size());
    draft.out.phases.push_back(std::move(phase));
    draft.phase_rules.push_back(nullptr);
  }
}

void check_origin(Draft& draft, const At& origin) {
  const size_t scheme = origin.text.starts_with("https://")  ? 8
                        : origin.text.starts_with("http://") ? 7
                                                             : 0;
  const bool plain = scheme > 0 && origin.text.size() > scheme &&
                     origin.text.find_first_of("/?# ", scheme) == std::string::npos;
  if (plain)
    draft.out.origins.push_back(origin.text);
  else
    draft.error(origin, "wrong-value",
                "expected a browser's origin such as https://shop.example, without a path");
}

void read_controller(Draft& draft, const YamlNode& node) {
  Fields in(draft, node, "a controller");
  draft.out.controller.name = in.say("name", "the company's name as it is registered");
  draft.out.controller.address = in.text("address", "where it is");
  draft.out.controller.contact = in.text("contact", "whom to write to: an address, a number");
  draft.out.controller.url = in.text("url", "the privacy policy");
  draft.out.controller.storage = in.text("storage", "where data is stored: Tokyo, Japan");
  draft.out.controller.jurisdiction = in.text("jurisdiction", "under whose law: JP");
  draft.out.controller.email = in.text("email", "privacy@shop.example");
  draft.out.controller.phone = in.text("phone", "a number");
  draft.out.controller.processing = in.text("processing", "where it is processed, if elsewhere");
  draft.out.controller.restrictions = in.text("restrictions", "where it must not go");
  draft.out.controller.authority = in.text("authority", "who supervises it");
  draft.out.controller.impact_assessment = in.text("impact_assessment", "its number or address");
  draft.out.controller.codes_of_conduct = in.text("codes_of_conduct", "what was undertaken");
}

// One person alone, or a handful of devices of one, must not take from everybody.
constexpr int64_t odd_people_least = 5;

constexpr double felt_share_most = 0.02;  // of visits: it must not become a burden

void read_odd(Draft& draft, const YamlNode& node) {
  Fields in(draft, node, "an odd rule");
  if (const auto people = in.integer("people", odd_people_least, 100'000))
    draft.out.odd.people = static_cast<uint32_t>(*people);
  if (const auto share = in.number("share", 0.001, 1)) draft.out.odd.share = *share;
}

}  // namespace

void parse_files(Draft& draft) {
  for (const auto& [path, bytes] : draft.files.files) check_file(draft, path, bytes);
}

void parse_brand(Draft& draft) {
  const auto it = draft.trees.find("brand.yaml");
  if (it == draft.trees.end()) {
    draft.locales_known = false;
    draft.out.locales = {"en"};
    if (draft.broken.insert("brand.yaml").second)
      draft.error({"brand.yaml", 0, 0}, "missing-file", "brand.yaml",
                  "a brand folder needs brand.yaml with brand, name and locales");
    return;
  }
  Fields in(draft, it->second, "a brand");
  if (const auto name = in.name("brand", "the brand's short name", Need::required)) {
    draft.out.brand = name->text;
    if (!plain_name(name->text))
      draft.error(*name, "bad-name", "expected letters, digits, '.', '_' or '-'");
  }
  read_locales(draft, in, it->second);
  draft.out.name = in.say("name", "the brand's name", Need::required);
  if (const auto zone = in.name("timezone", "an IANA time zone such as Asia/Tokyo"))
    read_zone(draft, *zone);
  read_phase_order(draft, in);
  if (const auto identity = in.choice("identity", {"required", "optional"}))
    draft.out.identity = static_cast<IdentityRule>(*identity);
  if (const YamlNode* controller = in.node("controller", "{name, address, contact, url}"))
    read_controller(draft, *controller);
  if (const YamlNode* odd = in.node("odd", "{people, share}")) read_odd(draft, *odd);
  draft.felt = in.node("felt", "{purpose}");
  if (draft.out.controller.name.by_locale.empty()) draft.out.controller.name = draft.out.name;
  for (const At& origin : in.names("origins", "a list of browsers' origins"))
    check_origin(draft, origin);
}

void parse_felt(Draft& draft) {
  if (draft.felt == nullptr) return;
  Fields in(draft, *draft.felt, "a felt survey");
  if (const auto share = in.number("share", 0, felt_share_most)) draft.out.felt.share = *share;
  const auto name = in.name("purpose", "the consent that it needs", Need::required);
  if (!name) return;
  draft.out.felt.purpose = draft.purpose(*name);
  const auto purpose = std::ranges::find(draft.out.purposes, draft.out.felt.purpose, &Purpose::id);
  if (purpose != draft.out.purposes.end() && purpose->basis != Basis::consent)
    draft.error(*name, "wrong-value",
                "how people feel is asked by consent only: expected a purpose with basis: consent");
}

void parse_creed(Draft& draft) {
  read_entries(draft, "creed.yaml", "axes", [&](const At& name, const YamlNode& node) {
    if (!plain_name(name.text))
      draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
    if (draft.out.axes.size() >= 12) {
      draft.error(name, "wrong-value", "expected at most 12 axes: more cannot be told apart");
      return;
    }
    Fields in(draft, node, "an axis");
    Axis axis;
    axis.id = {static_cast<uint8_t>(draft.out.axes.size())};
    axis.name = name.text;
    axis.says = in.say("says", "the axis in the brand's words", Need::required);
    axis.evidence = in.text("evidence", "what shows that the brand holds it");
    draft.declare(draft.axes, name, draft.out.axes.size());
    draft.out.axes.push_back(std::move(axis));
  });
}

void parse_voice(Draft& draft) {
  draft.voice_avoids.resize(draft.out.locales.size());
  const auto it = draft.trees.find("voice.yaml");
  if (it == draft.trees.end()) return;
  Fields in(draft, it->second, "a voice");
  if (const YamlNode* avoid = in.node("avoid", "lists of words by locale"))
    draft.voice_avoids = read_words_by_locale(draft, *avoid, "a list of words");
  for (const std::string_view key : {"honorifics", "tone", "good", "bad"})
    in.node(key, "words for the people who write");
}

}  // namespace aizuchi::ground::catalog
