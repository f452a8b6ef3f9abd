// What a template compiles to: a flat list of parts for the text and one for each partial. Internal
// to ground/template.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ground/template/template.h"

namespace aizuchi::ground {

// Where a part is printed when the text is markup; `given`: the caller of render() says.
enum class TemplatePlace : uint8_t {
  given,
  html,      // between tags, or in a quoted attribute
  link,      // the whole of a link: only what safe_url() allows, else "#"
  link_part  // behind the beginning of a link
};

struct TemplatePart {
  enum class Kind : uint8_t {
    text,       // `text` as it is
    indent,     // a line of a partial begins: its tag's indentation is printed
    variable,   // the value of the name `text`, escaped
    unescaped,  // the same, as it is
    section,    // the parts up to `end` for each value of the name `text`
    inverted,   // the parts up to `end` when there is none
    partial,    // the body `end`, indented by `indent`
  };
  Kind kind = Kind::text;
  std::string text = {};
  size_t end = 0;
  std::string indent = {};
  TemplatePlace place = TemplatePlace::given;
  size_t line = 1;
  size_t column = 1;
};

using TemplateBody = std::vector<TemplatePart>;

struct Template::Program {
  std::vector<TemplateBody> bodies;  // [0] is the text's own, then its partials
  std::vector<std::string> names;
  std::vector<TemplateRead> reads;
  TemplateOptions limits;  // `partials` is not read after compiling
};

// One text parsed. `partial_index` gives the body number for a partial's name.
struct ParsedTemplate {
  TemplateBody body = {};
  std::vector<TemplateRead> reads = {};
  std::vector<TemplateError> errors = {};
};
enum class TemplateRole { whole, partial };
ParsedTemplate parse_template(std::string_view text, const TemplateOptions& options,
                              TemplateRole role,
                              const std::function<size_t(std::string_view)>& partial_index);

}  // namespace aizuchi::ground
