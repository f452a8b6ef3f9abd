#include "serve/http/centre_page.h"

#include <map>
#include <span>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/template/escape.h"
#include "ground/template/template.h"

extern "C" {
struct AizuchiCentreEntry {
  const char *name, *begin, *end;
};
extern const AizuchiCentreEntry aizuchi_centre_table[];
extern const AizuchiCentreEntry aizuchi_centre_table_end[];
}

namespace aizuchi::serve {

using ground::Template;
using ground::Value;

namespace {

constexpr std::string_view template_suffix = ".mustache";

std::string_view file(std::string_view name) {
  for (const auto* at = aizuchi_centre_table; at != aizuchi_centre_table_end; ++at)
    if (name == at->name) return {at->begin, static_cast<size_t>(at->end - at->begin)};
  return {};
}

using Templates = std::map<std::string, Template, std::less<>>;

// Those that are whole pages; the others are parts of them.
Templates compile_all() {
  ground::TemplatePartials parts;
  for (const auto* at = aizuchi_centre_table; at != aizuchi_centre_table_end; ++at) {
    const std::string_view name = at->name;
    if (name.ends_with(template_suffix))
      parts.emplace(name.substr(0, name.size() - template_suffix.size()), file(name));
  }
  const ground::TemplateOptions options{.markup = ground::TemplateOptions::Markup::html,
                                        .partials = &parts,
                                        .output_bytes_max = 4 << 20,
                                        .steps_max = 1'000'000};
  Templates out;
  for (const char* name : {"centre", "erase", "receipt", "link", "message"}) {
    auto compiled = Template::compile(parts.at(name), options);
    AIZ_ASSERT(compiled.has_value());  // the files are ours, and a test prints each of them
    out.emplace(name, *std::move(compiled));
  }
  return out;
}

Value words_of(std::string_view name) {
  auto words = ground::parse_json(file(name));
  AIZ_ASSERT(words.has_value());
  return *std::move(words);
}

}  // namespace

std::string centre_page(std::string_view name, const Value& model) {
  static const Templates templates = compile_all();
  const auto found = templates.find(name);
  AIZ_ASSERT(found != templates.end());
  auto page = found->second.render(ground::ValueScope(model), ground::Escape::html);
  return page ? *std::move(page) : "";
}

const Value& centre_words(std::string_view language) {
  static const Value ja = words_of("words.ja.json"), en = words_of("words.en.json");
  return language == "ja" ? ja : en;
}

std::string_view centre_style() {
  return file("style.css");
}

const std::string& centre_style_path() {
  static const std::string path =
      "/me/style.css?v=" + ground::hex(ground::sha256(centre_style())).substr(0, 12);
  return path;
}

}  // namespace aizuchi::serve
