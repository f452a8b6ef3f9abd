#include "speak/render/render.h"

#include <fmt/format.h>

#include "ground/template/escape.h"

namespace aizuchi::speak {

using ground::ErrorCode;
using ground::Escape;
using ground::Result;
using ground::Wording;

namespace {

// What a template may see: the admitted reads of its wording that may stand in copy.
class SayScope final : public ground::Scope {
 public:
  SayScope(const Wording& wording, const ground::Snapshot& snapshot,
           const respect::Admission& admission)
      : wording_(wording), snapshot_(snapshot), admission_(admission) {}

  const ground::Value* find(std::string_view dotted_name) const override {
    for (const ground::ReadId id : wording_.says)
      if (snapshot_.reads[id].name == dotted_name && admission_.sayable(id))
        return &admission_.find(id)->value();
    return nullptr;
  }

 private:
  const Wording& wording_;
  const ground::Snapshot& snapshot_;
  const respect::Admission& admission_;
};

bool is_url_field(std::string_view field) {
  return field.ends_with("href") || field.ends_with("url") || field.ends_with("src");
}

Result<void> add_fields(Content& out, const Wording& wording, ground::LocaleId locale,
                        const ground::Snapshot& snapshot, const respect::Admission& admission) {
  const SayScope scope(wording, snapshot, admission);
  // A mail's fields may end in a header, the subject first of all: one line, no control characters.
  const bool mail = admission.slot().channel == ground::Channel::email;
  for (const auto& [field, templates] : wording.fields) {
    if (locale.index >= templates.size()) continue;
    const bool url = is_url_field(field);
    std::string text = TRY(templates[locale.index].render(scope, url    ? Escape::url_component
                                                                 : mail ? Escape::header
                                                                        : Escape::none));
    if (url && !ground::safe_url(text))
      return ground::fail(ErrorCode::invalid,
                          "a URL field came out with a scheme that is not allowed");
    bool replaced = false;
    for (auto& [name, value] : out)
      if (name == field) value = text, replaced = true;
    if (!replaced) out.emplace_back(field, std::move(text));
  }
  return {};
}

}  // namespace

Result<Content> render(const Wording& base, const Wording* overlay, ground::LocaleId locale,
                       const ground::Snapshot& snapshot, const respect::Admission& admission) {
  Content out;
  TRY(add_fields(out, base, locale, snapshot, admission));
  if (overlay != nullptr) TRY(add_fields(out, *overlay, locale, snapshot, admission));
  return out;
}

Content render_product(const ground::Product& product, double price, ground::LocaleId locale) {
  Content out{{"id", product.name_id}, {"name", product.name.in(locale)}};
  if (price > 0) out.emplace_back("price", ground::to_display(ground::Value(price)));
  if (!product.category.empty()) out.emplace_back("category", product.category);
  if (ground::safe_url(product.url)) out.emplace_back("url", product.url);
  if (ground::safe_url(product.image)) out.emplace_back("image", product.image);
  std::string tags;
  for (const std::string& tag : product.tags) tags += (tags.empty() ? "" : ",") + tag;
  if (!tags.empty()) out.emplace_back("tags", tags);
  return out;
}

std::string to_html(const Content& content) {
  std::string out;
  const auto find = [&](std::string_view name) -> const std::string* {
    for (const auto& [field, text] : content)
      if (field == name) return &text;
    return nullptr;
  };
  for (const auto& [field, text] : content) {
    if (is_url_field(field) || field == "cta") continue;
    out +=
        fmt::format("<span data-field=\"{}\">{}</span>", ground::escaped(field, Escape::attribute),
                    ground::escaped(text, Escape::html));
  }
  const std::string* cta = find("cta");
  const std::string* href = find("href");
  if (cta != nullptr && href != nullptr)
    out +=
        fmt::format("<a data-field=\"cta\" href=\"{}\">{}</a>",
                    ground::escaped(*href, Escape::attribute), ground::escaped(*cta, Escape::html));
  else if (cta != nullptr)
    out += fmt::format("<span data-field=\"cta\">{}</span>", ground::escaped(*cta, Escape::html));
  return out;
}

}  // namespace aizuchi::speak
