#include "ground/template/template.h"
#include "ground/template/escape.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/template/program.h"

namespace aizuchi::ground {

namespace {

using Kind = TemplatePart::Kind;

// Takes the first word off a dotted name.
std::string_view take_word(std::string_view& name) {
  const size_t dot = name.find('.');
  const std::string_view word = name.substr(0, dot);
  name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  return word;
}

// What stands under the dotted name within a value; "" is the value itself.
const Value* walk(const Value* value, std::string_view name) {
  while (value != nullptr && !name.empty()) value = value->find(take_word(name));
  return value;
}

bool speaks(const Value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is(Value::Kind::boolean)) return value->as_bool();
  if (value->is(Value::Kind::string)) return !value->as_string().empty();
  if (value->is(Value::Kind::list)) return !value->as_list().empty();
  return true;
}

// One rendering. Every step returns false once a bound is passed; `passed_` then names it.
class Rendering {
 public:
  Rendering(const Template::Program& program, const Scope& scope, Escape escape)
      : program_(program), scope_(scope), escape_(escape) {}

  Result<std::string> run() {
    if (!body(program_.bodies[0], 0, program_.bodies[0].size(), 0))
      return fail(ErrorCode::too_large, "a rendered template passed its bound of " + passed_);
    return std::move(out_);
  }

 private:
  bool body(const TemplateBody& parts, size_t from, size_t to, size_t depth) {
    if (depth > program_.limits.depth_max)
      return pass(fmt::format("depth ({})", program_.limits.depth_max));
    for (size_t i = from; i < to; ++i) {
      if (++steps_ > program_.limits.steps_max)
        return pass(fmt::format("steps ({})", program_.limits.steps_max));
      if (!part(parts, i, depth)) return false;
      if (out_.size() > program_.limits.output_bytes_max)
        return pass(fmt::format("size ({} bytes)", program_.limits.output_bytes_max));
      if (parts[i].kind == Kind::section || parts[i].kind == Kind::inverted) i = parts[i].end - 1;
    }
    return true;
  }

  bool part(const TemplateBody& parts, size_t at, size_t depth) {
    const TemplatePart& part = parts[at];
    switch (part.kind) {
      case Kind::text:
        out_ += part.text;
        return true;
      case Kind::indent:
        out_ += indent_;
        return true;
      case Kind::variable:
        if (const Value* value = find(part.text)) print(to_display(*value), part.place);
        return true;
      case Kind::unescaped:
        if (const Value* value = find(part.text)) out_ += to_display(*value);
        return true;
      case Kind::inverted:
        return speaks(find(part.text)) || body(parts, at + 1, part.end, depth + 1);
      case Kind::section:
        return section(parts, at, depth);
      case Kind::partial:
        return partial(part, depth);
    }
    return true;
  }

  void print(std::string_view text, TemplatePlace place) {
    if (place == TemplatePlace::link)
      append_escaped(out_, safe_url(text) ? text : "#", Escape::html);
    else if (place == TemplatePlace::link_part)
      append_escaped(out_, text, Escape::url_component);
    else
      append_escaped(out_, text, place == TemplatePlace::html ? Escape::html : escape_);
  }

  bool section(const TemplateBody& parts, size_t at, size_t depth) {
    const Value* value = find(parts[at].text);
    if (!speaks(value)) return true;
    if (!value->is(Value::Kind::list)) return within(*value, parts, at, depth);
    for (const Value& item : value->as_list())
      if (!within(item, parts, at, depth)) return false;
    return true;
  }

  bool within(const Value& value, const TemplateBody& parts, size_t at, size_t depth) {
    // An empty section over a long list costs steps too.
    if (++steps_ > program_.limits.steps_max)
      return pass(fmt::format("steps ({})", program_.limits.steps_max));
    context_.push_back(&value);
    const bool done = body(parts, at + 1, parts[at].end, depth + 1);
    context_.pop_back();
    return done;
  }

  bool partial(const TemplatePart& part, size_t depth) {
    const std::string outer = indent_;
    indent_ = part.indent.empty() ? std::string() : outer + part.indent;
    const TemplateBody& parts = program_.bodies[part.end];
    const bool done = body(parts, 0, parts.size(), depth + 1);
    indent_ = outer;
    return done;
  }

  // "the first part of the name is resolved against the context stack, the rest against the
  // result": a chain that breaks is absent, it does not fall back to the next context.
  const Value* find(std::string_view name) const {
    if (name == ".") return context_.empty() ? scope_.find(name) : context_.back();
    std::string_view rest = name;
    const std::string_view first = take_word(rest);
    for (size_t i = context_.size(); i > 0; --i)
      if (const Value* value = context_[i - 1]->find(first)) return walk(value, rest);
    return scope_.find(name);
  }

  bool pass(std::string bound) {
    passed_ = std::move(bound);
    return false;
  }

  const Template::Program& program_;
  const Scope& scope_;
  const Escape escape_;
  std::string out_;
  std::string indent_;
  std::string passed_;
  size_t steps_ = 0;
  std::vector<const Value*> context_;
};

// Parses the partials that are reachable, each once; a partial may name itself.
class PartialTable {
 public:
  explicit PartialTable(const TemplateOptions& options) : options_(options) {}

  size_t index_of(std::string_view name) {
    for (size_t i = 0; i < found_.size(); ++i)
      if (found_[i]->first == name) return i + 1;
    found_.push_back(options_.partials->find(name));
    return found_.size();
  }

  void parse_into(Template::Program& program, std::vector<TemplateError>& errors) {
    for (size_t i = 0; i < found_.size(); ++i) {
      ParsedTemplate parsed =
          parse_template(found_[i]->second, options_, TemplateRole::partial,
                         [this](std::string_view name) { return index_of(name); });
      for (TemplateError& error : parsed.errors) {
        error.message = fmt::format("in partial '{}': {}", found_[i]->first, error.message);
        errors.push_back(std::move(error));
      }
      for (TemplateRead& read : parsed.reads) program.names.push_back(std::move(read.name));
      program.bodies.push_back(std::move(parsed.body));
    }
  }

 private:
  const TemplateOptions& options_;
  std::vector<TemplatePartials::const_iterator> found_;
};

}  // namespace

const Value* ValueScope::find(std::string_view dotted_name) const {
  return dotted_name == "." ? &root_ : walk(&root_, dotted_name);
}

std::expected<Template, std::vector<TemplateError>> Template::compile(
    std::string_view text, const TemplateOptions& options) {
  auto program = std::make_shared<Program>();
  program->limits = options;
  program->limits.partials = nullptr;
  PartialTable partials(options);
  ParsedTemplate parsed =
      parse_template(text, options, TemplateRole::whole,
                     [&](std::string_view name) { return partials.index_of(name); });
  program->bodies.push_back(std::move(parsed.body));
  partials.parse_into(*program, parsed.errors);
  if (!parsed.errors.empty()) return std::unexpected(std::move(parsed.errors));
  for (const TemplateRead& read : parsed.reads) program->names.push_back(read.name);
  std::ranges::sort(program->names);
  const auto repeated = std::ranges::unique(program->names);
  program->names.erase(repeated.begin(), repeated.end());
  program->reads = std::move(parsed.reads);
  return Template(std::move(program));
}

std::span<const std::string> Template::names() const {
  return program_->names;
}

std::span<const TemplateRead> Template::reads() const {
  return program_->reads;
}

Result<std::string> Template::render(const Scope& scope, Escape escape) const {
  return Rendering(*program_, scope, escape).run();
}

}  // namespace aizuchi::ground
