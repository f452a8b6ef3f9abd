// Mustache: text in, template out, plus the names it reads. The required parts of the Mustache
// specification: comments, delimiters, interpolation, sections, inverted sections, partials;
// no lambdas, no inheritance. What a template may see is the host's choice: it asks a Scope, by
// dotted name, and knows nothing else.
//
// Promises: rendering never throws and always ends (output, steps and depth are bounded); a
// template that compiles can only fail to render by a bound; unescaped output and partials are
// compile errors unless allowed; every error names its line and column.
// Threads: a Template is an immutable snapshot, cheap to copy, free to render from any thread.
// Cost: compile is one pass; render is one pass over the parts and one lookup a name.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/value.h"

namespace aizuchi::ground {

enum class Escape : uint8_t;  // escape.h

// What a template may see. Asked with the whole dotted name ("facts.job") of every name that no
// enclosing section holds; "." is the whole of it. nullptr: there is no such thing, prints nothing.
// The value must live until render returns.
class Scope {
 public:
  virtual ~Scope() = default;
  virtual const Value* find(std::string_view dotted_name) const = 0;
};

// A Value as a scope: dotted names walk its maps.
class ValueScope final : public Scope {
 public:
  explicit ValueScope(const Value& root) : root_(root) {}
  const Value* find(std::string_view dotted_name) const override;

 private:
  const Value& root_;
};

struct TemplateError {
  size_t line = 1;      // from 1
  size_t column = 1;    // from 1, in characters
  std::string message;  // what, and what to do
};

// Where a name is read, so that lint can point at it.
struct TemplateRead {
  std::string name;     // dotted
  std::string section;  // the innermost section around it, which may hold the name; "" when none
  size_t line = 1;
  size_t column = 1;
};

using TemplatePartials = std::map<std::string, std::string, std::less<>>;

struct TemplateOptions {
  enum class Unescaped { refuse, allow };
  // html: each name is escaped for the place it stands in; a name where no escape is safe (in
  // <script>, style="…", onclick="…", an attribute without quotes, …) is an error. A link that is a
  // name as a whole is printed as "#" when safe_url() refuses it.
  enum class Markup { none, html };
  Unescaped unescaped = Unescaped::refuse;  // {{{name}}} and {{&name}}
  Markup markup = Markup::none;
  // nullptr: {{>name}} is an error. Read while compiling only.
  const TemplatePartials* partials = nullptr;
  size_t source_bytes_max = 64 * 1024;
  size_t output_bytes_max = 64 * 1024;
  size_t depth_max = 16;       // sections and partials within each other
  size_t steps_max = 100'000;  // parts printed or skipped in one rendering
};

class Template {
 public:
  // All errors found, in the order of the text; at least one when it fails.
  static std::expected<Template, std::vector<TemplateError>> compile(
      std::string_view text, const TemplateOptions& options = {});

  // The dotted names it may ask a Scope for, sorted, each once, those of its partials too. A name
  // within a section is listed as it is written: the section's value may answer it first.
  std::span<const std::string> names() const;
  // Each place a name is read, in the order of the text (not those within partials).
  std::span<const TemplateRead> reads() const;

  // Printed as to_display() says, then escaped; with Markup::html the place decides and `escape` is
  // not read. A section is skipped when its value is absent,
  // null, false, "", or an empty list; 0 is a value.
  // Errors: too_large when a bound of TemplateOptions is passed.
  Result<std::string> render(const Scope& scope, Escape escape) const;

  struct Program;  // template.cpp's

 private:
  explicit Template(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace aizuchi::ground
