#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/compile.h"
#include "ground/catalog/fields.h"
#include "ground/template/escape.h"

namespace aizuchi::ground::catalog {

namespace {

bool is_link(std::string_view field) {
  return field.ends_with("href") || field.ends_with("url") || field.ends_with("src");
}

// What is written before the first variable decides where a link leads.
void check_link(Draft& draft, const Copy& copy) {
  const std::string& text = copy.node->text;
  const size_t tag = text.find("{{");
  const std::string start = text.substr(0, tag);
  const bool open = tag != std::string::npos && start.find_first_of("/?#:") == std::string::npos;
  if (open || !safe_url(start))
    draft.error(copy.node->place, "url-scheme", text,
                "expected a link that begins with https://, http:, mailto:, tel: or a path, "
                "written out before any variable");
}

// Within {{#cart.items}} names belong to each of its entries.
bool entry_of_list(const BrandEnvironment& environment, const TemplateRead& read) {
  if (read.section.empty()) return false;
  if (read.name == ".") return true;
  const auto section = environment.variable(read.section);
  return section && section->type.is(ExprType::Kind::list);
}

void resolve_variable(Draft& draft, const BrandEnvironment& environment, const Copy& copy,
                      const TemplateRead& read, WordingDraft& wording) {
  const At at{read.name, copy.node->inside(read.line, read.column)};
  if (const auto found = environment.variable(read.name)) {
    wording.variables.push_back({found->read, at});
    return;
  }
  if (entry_of_list(environment, read)) return;
  const bool fact = read.name.starts_with("facts.");
  draft.error(at, fact ? "unknown-fact" : "unknown-variable",
              fmt::format("expected a name that rules can read, such as facts.<key>{}",
                          did_you_mean(read.name, environment.names())));
}

std::optional<Template> compile_template(Draft& draft, const BrandEnvironment& environment,
                                         const Copy& copy, WordingDraft& wording) {
  auto made = Template::compile(copy.node->text);
  if (!made) {
    for (const TemplateError& error : made.error())
      draft.error(copy.node->inside(error.line, error.column), "template", copy.node->text,
                  error.message);
    return std::nullopt;
  }
  for (const TemplateRead& read : made->reads())
    resolve_variable(draft, environment, copy, read, wording);
  if (is_link(copy.field)) check_link(draft, copy);
  return std::move(*made);
}

std::vector<std::string> fields_of(const WordingDraft& wording) {
  std::vector<std::string> out;
  for (const Copy& copy : wording.copy)
    if (std::ranges::find(out, copy.field) == out.end()) out.push_back(copy.field);
  return out;
}

const Copy* find_copy(const WordingDraft& wording, std::string_view field, size_t locale) {
  for (const Copy& copy : wording.copy)
    if (copy.locale == locale && copy.field == field) return &copy;
  return nullptr;
}

void compile_wording(Draft& draft, const BrandEnvironment& environment, Wording& wording,
                     WordingDraft& rest) {
  for (const std::string& field : fields_of(rest)) {
    std::vector<Template> by_locale;
    for (size_t locale = 0; locale < draft.out.locales.size(); ++locale) {
      const Copy* copy = find_copy(rest, field, locale);
      if (copy == nullptr) {
        draft.error(wording.place, "missing-locale", draft.out.locales[locale],
                    fmt::format("expected the field '{}' in every locale of the brand ({})", field,
                                list_of(draft.out.locales)));
        continue;
      }
      if (auto made = compile_template(draft, environment, *copy, rest))
        by_locale.push_back(std::move(*made));
    }
    if (by_locale.size() == draft.out.locales.size())
      wording.fields.emplace_back(field, std::move(by_locale));
  }
  for (const Variable& variable : rest.variables) wording.says.push_back(variable.read);
  std::ranges::sort(wording.says);
  const auto same = std::ranges::unique(wording.says);
  wording.says.erase(same.begin(), same.end());
}

// An overlay changes fields of the base: another name is a slip, and would never be shown.
void check_overlays(Draft& draft, const ItemDraft& item) {
  const auto base = std::ranges::find(item.wordings, nullptr, &WordingDraft::when);
  if (base == item.wordings.end()) return;
  const std::vector<std::string> known = fields_of(*base);
  for (const WordingDraft& wording : item.wordings)
    for (const Copy& copy : wording.copy)
      if (std::ranges::find(known, copy.field) == known.end())
        draft.error(copy.node->place, "unknown-field", copy.field,
                    fmt::format("expected a field of the base wording ({}){}", list_of(known),
                                did_you_mean(copy.field, known)));
}

}  // namespace

void compile_copy(Draft& draft, BrandEnvironment& environment) {
  for (size_t i = 0; i < draft.out.items.size(); ++i) {
    Item& item = draft.out.items[i];
    ItemDraft& rest = draft.item_drafts[i];
    for (size_t w = 0; w < item.wordings.size(); ++w)
      compile_wording(draft, environment, item.wordings[w], rest.wordings[w]);
    check_overlays(draft, rest);
  }
}

}  // namespace aizuchi::ground::catalog
