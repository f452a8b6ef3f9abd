#include "ground/catalog/draft.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/text.h"

namespace aizuchi::ground::catalog {

namespace {
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}
// "a slot", "an item"
std::string with_article(std::string_view noun) {
  const bool vowel = std::string_view("aeio").find(noun.front()) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "an" : "a", noun);
}
}  // namespace

std::optional<std::string_view> threads_field(std::string_view name) {
  if (name == "threads") return "";
  if (!name.starts_with("threads.")) return std::nullopt;
  name.remove_prefix(8);
  std::string_view kind = name;
  if (kind.ends_with(".open")) kind.remove_suffix(5);
  return name == "open" || parse_enum<ThreadKind>(kind) ? std::optional(name) : std::nullopt;
}

bool plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
    return letter(c) || digit(c) || c == '.' || c == '-';
  });
}

bool cel_name(std::string_view name) {
  return name.size() <= 128 && std::ranges::all_of(split(name, '.'), [](std::string_view part) {
           return !part.empty() && letter(part.front()) &&
                  std::ranges::all_of(part, [](char c) { return letter(c) || digit(c); });
         });
}

std::vector<std::string> words_of(const Names& names) {
  std::vector<std::string> out;
  out.reserve(names.at.size());
  for (const auto& [name, position] : names.at) out.push_back(name);
  return out;
}

void Draft::declare(Names& names, const At& name, size_t position) {
  const auto [it, fresh] = names.at.emplace(name.text, static_cast<uint32_t>(position));
  if (!fresh)
    error(name, fmt::format("duplicate-{}", names.kind),
          fmt::format("expected each {} once: this name is taken", names.kind));
}

bool Draft::unread(std::string_view file) const {
  const auto it = broken.lower_bound(file);
  return it != broken.end() && (*it == file || (file.ends_with('/') && it->starts_with(file)));
}

std::optional<uint32_t> Draft::resolve(const Names& names, const At& name) {
  const auto it = names.at.find(name.text);
  if (it != names.at.end()) return it->second;
  if (unread(names.file)) return std::nullopt;
  const std::vector<std::string> known = words_of(names);
  error(name, fmt::format("unknown-{}", names.kind),
        known.empty() ? fmt::format("expected {} that {} declares; it declares none",
                                    with_article(names.kind), names.file)
                      : fmt::format("expected {} of {} ({}){}", with_article(names.kind),
                                    names.file, list_of(known, 6), did_you_mean(name.text, known)));
  return std::nullopt;
}

uint16_t Draft::intern(Vocabulary::Table table, const At& name) {
  const auto id = vocabulary.intern(table, name.text);
  if (id) return *id;
  error(name, "too-many-names", id.error().message + "; " + id.error().hint);
  return 0;
}

PurposeId Draft::purpose(const At& name) {
  const auto position = resolve(purposes, name);
  return position ? out.purposes[*position].id : PurposeId{};
}

PurposeSet Draft::purpose_set(const std::vector<At>& names) {
  PurposeSet set;
  for (const At& name : names)
    if (const PurposeId id = purpose(name); id.valid()) set.add(id);
  return set;
}

ContextId Draft::context(const At& name) {
  const auto position = resolve(contexts, name);
  return position ? out.contexts[*position].id : ContextId{};
}

std::optional<size_t> Draft::locale(std::string_view tag) const {
  if (!locales_known) return 0;
  const auto it = std::ranges::find(out.locales, tag);
  if (it == out.locales.end()) return std::nullopt;
  return static_cast<size_t>(it - out.locales.begin());
}

}  // namespace aizuchi::ground::catalog
