// Any text compiles to errors or to a template that renders within its bounds; escaped output holds
// no markup. Up to the first NUL the input is the text, behind it the partial "p".
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ground/base/json.h"
#include "ground/base/result.h"
#include "ground/base/text.h"
#include "ground/template/escape.h"
#include "ground/template/template.h"

using namespace aizuchi::ground;

namespace {

const Value& data() {
  static const Value value =
      parse_json(R"({"a": "<b>&\"'`", "l": [1, [2, {"a": "x"}], "三"], "m": {"b": {"c": 0.5}}})")
          .value_or(Value());
  return value;
}

void check(std::string_view text, const TemplateOptions& options) {
  const auto compiled = Template::compile(text, options);
  if (!compiled) {
    AIZ_ASSERT(!compiled.error().empty());
    return;
  }
  for (const TemplateRead& read : compiled->reads())
    AIZ_ASSERT(std::ranges::find(compiled->names(), read.name) != compiled->names().end());
  const auto out = compiled->render(ValueScope(data()), Escape::html);
  if (!out) {
    AIZ_ASSERT(out.error().code == ErrorCode::too_large);
    return;
  }
  AIZ_ASSERT(out->size() <= options.output_bytes_max);
  AIZ_ASSERT(valid_utf8(*out));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const size_t cut = input.find('\0');
  const std::string_view text = input.substr(0, cut);
  check(text, {});
  check(text, {.markup = TemplateOptions::Markup::html});
  TemplatePartials partials;
  if (cut != std::string_view::npos) partials["p"] = std::string(input.substr(cut + 1));
  check(text, {.unescaped = TemplateOptions::Unescaped::allow,
               .partials = &partials,
               .output_bytes_max = 4096,
               .steps_max = 10'000});
  for (const Escape escape : {Escape::none, Escape::html, Escape::attribute, Escape::url_component,
                              Escape::header, Escape::json_string, Escape::text})
    AIZ_ASSERT(valid_utf8(escaped(input, escape)));
  if (safe_url(input)) AIZ_ASSERT(!ascii_lower(input).starts_with("javascript:"));
  return 0;
}
