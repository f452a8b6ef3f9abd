// The text of a template to its parts. The sentences in quotes are the Mustache specification's.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "ground/base/text.h"
#include "ground/template/html_place.h"
#include "ground/template/program.h"

namespace aizuchi::ground {

namespace {

using Kind = TemplatePart::Kind;

constexpr size_t npos = std::string_view::npos;
constexpr size_t errors_max = 20;
constexpr size_t name_bytes_max = 256;
constexpr std::string_view blanks = " \t\r\n";

bool is_name(std::string_view name) {
  if (name == ".") return true;
  for (const std::string_view part : split(name, '.')) {
    const auto refused = [](char c) {
      return static_cast<uint8_t>(c) <= 0x20 || c == '\x7f' || c == '{' || c == '}';
    };
    if (part.empty() || std::ranges::any_of(part, refused)) return false;
  }
  return true;
}

struct Tag {
  char sigil = 0;  // 0: a plain variable
  size_t begin = 0;
  size_t end = 0;  // after the closing delimiter
  std::string_view content = {};
};

struct OpenSection {
  std::string name;
  size_t part;
  bool inverted;
  size_t line;
  size_t column;
};

class Parser {
 public:
  Parser(std::string_view text, const TemplateOptions& options, TemplateRole role,
         const std::function<size_t(std::string_view)>& partial_index)
      : text_(text), options_(options), role_(role), partial_index_(partial_index) {}

  ParsedTemplate run() {
    while (at_ < text_.size()) {
      const size_t begin = text_.find(open_, at_);
      if (begin == npos) {
        add_text(at_, text_.size());
        break;
      }
      Tag tag{.begin = begin};
      if (!scan(tag)) break;
      place(tag);
    }
    for (const OpenSection& open : sections_)
      error_at(open.line, open.column,
               fmt::format("section '{0}' is never closed: add {{{{/{0}}}}}", open.name));
    return std::move(parsed_);
  }

 private:
  // Finds the end and the content of the tag that begins at tag.begin.
  bool scan(Tag& tag) {
    size_t content = text_.find_first_not_of(blanks, tag.begin + open_.size());
    if (content == npos) content = text_.size();
    std::string closing = close_;
    static constexpr std::string_view sigils = "#^/!=>&{<$";
    if (content < text_.size() && sigils.contains(text_[content]) &&
        text_.substr(content, close_.size()) != close_) {
      tag.sigil = text_[content++];
      if (tag.sigil == '{') closing = "}" + close_;
      if (tag.sigil == '=') closing = "=" + close_;
    }
    const size_t end = text_.find(closing, content);
    if (end == npos) {
      error(tag.begin, fmt::format("this tag is never closed: '{}' is missing", closing));
      return false;
    }
    tag.content = trim(text_.substr(content, end - content));
    tag.end = end + closing.size();
    if (tag.sigil == '!' || tag.content.size() <= name_bytes_max) return true;
    error(tag.begin, fmt::format("a name has {} bytes at most", name_bytes_max));
    return false;
  }

  // "standalone lines … should be removed": where the line of a tag begins that prints nothing and
  // is alone on its lines; npos when it is not such a tag.
  size_t standalone_begin(const Tag& tag) const {
    if (tag.sigil == 0 || !std::string_view("#^/!=>").contains(tag.sigil)) return npos;
    size_t begin = tag.begin;
    while (begin > at_ && (text_[begin - 1] == ' ' || text_[begin - 1] == '\t')) --begin;
    if (!is_line_begin(begin)) return npos;
    const size_t next = text_.find_first_not_of(" \t", tag.end);
    const bool alone = next == npos || text_[next] == '\n' || text_.substr(next, 2) == "\r\n";
    return alone ? begin : npos;
  }
  bool is_line_begin(size_t at) const { return at == 0 || text_[at - 1] == '\n'; }

  // Adds the text before the tag and the tag itself, and moves on behind it.
  void place(const Tag& tag) {
    const size_t begin = standalone_begin(tag);
    if (begin == npos) {
      add_text(at_, tag.begin);
      if (is_line_begin(tag.begin)) add_indent();
      add_tag(tag, {});
      at_ = tag.end;
    } else {
      add_text(at_, begin);
      add_tag(tag, text_.substr(begin, tag.begin - begin));
      const size_t newline = text_.find('\n', tag.end);
      at_ = newline == npos ? text_.size() : newline + 1;
    }
  }

  void add_tag(const Tag& tag, std::string_view indent) {
    switch (tag.sigil) {
      case '!':
        return;
      case '=':
        return set_delimiters(tag);
      case '#':
      case '^':
        return open_section(tag);
      case '/':
        return close_section(tag);
      case '>':
        return add_partial(tag, indent);
      case '<':
      case '$':
        return error(tag.begin, "template inheritance is not supported: write the text out");
      case '&':
      case '{':
        if (options_.unescaped == TemplateOptions::Unescaped::refuse)
          return error(tag.begin, fmt::format("unescaped output is not allowed here: write "
                                              "{{{{{}}}}}",
                                              tag.content));
        return add_variable(tag, Kind::unescaped);
      default:
        return add_variable(tag, Kind::variable);
    }
  }

  bool check_name(const Tag& tag) {
    if (is_name(tag.content)) return true;
    if (tag.content.empty())
      error(tag.begin, "this tag has no name");
    else
      error(tag.begin,
            fmt::format("'{}' is not a name: names have no spaces, and words between dots",
                        shorten(tag.content, 40)));
    return false;
  }

  void add_variable(const Tag& tag, Kind kind) {
    if (!check_name(tag)) return;
    note_read(tag);
    add_part({.kind = kind, .text = std::string(tag.content)}, tag);
  }

  void open_section(const Tag& tag) {
    if (check_name(tag)) note_read(tag);
    if (sections_.size() == options_.depth_max)
      error(tag.begin, fmt::format("sections may stand {} deep within each other at most",
                                   options_.depth_max));
    const bool inverted = tag.sigil == '^';
    const auto [line, column] = position(tag.begin);
    sections_.push_back({std::string(tag.content), parsed_.body.size(), inverted, line, column});
    add_part({.kind = inverted ? Kind::inverted : Kind::section, .text = std::string(tag.content)},
             tag);
  }

  void add_part(TemplatePart part, const Tag& tag) {
    std::tie(part.line, part.column) = position(tag.begin);
    parsed_.body.push_back(std::move(part));
  }

  void close_section(const Tag& tag) {
    if (sections_.empty())
      return error(tag.begin, fmt::format("section '{}' is closed but was not opened",
                                          shorten(tag.content, 40)));
    const OpenSection& open = sections_.back();
    if (open.name != tag.content)
      error(tag.begin, fmt::format("'{}' is closed, but the open section is '{}' of line {}",
                                   shorten(tag.content, 40), open.name, open.line));
    parsed_.body[open.part].end = parsed_.body.size();
    sections_.pop_back();
  }

  void add_partial(const Tag& tag, std::string_view indent) {
    if (options_.partials == nullptr)
      return error(tag.begin, fmt::format("partials are not allowed here: write the text of '{}' "
                                          "out",
                                          shorten(tag.content, 40)));
    if (tag.content.starts_with('*'))
      return error(tag.begin, "the name of a partial cannot be computed: write the name itself");
    if (!check_name(tag)) return;
    // "a partial that cannot be found is an empty string"
    if (!options_.partials->contains(tag.content)) return;
    add_part(
        {.kind = Kind::partial, .end = partial_index_(tag.content), .indent = std::string(indent)},
        tag);
  }

  // "{{=<% %>=}}": two words without '=', of any characters but spaces.
  void set_delimiters(const Tag& tag) {
    const size_t space = tag.content.find_first_of(blanks);
    const std::string_view open = tag.content.substr(0, space);
    const std::string_view close =
        space == npos ? std::string_view() : trim(tag.content.substr(space));
    if (open.empty() || close.empty() || open.contains('=') ||
        close.find_first_of("= \t\r\n") != npos)
      return error(tag.begin, "delimiters are two words without '=', as in {{=<% %>=}}");
    open_ = open;
    close_ = close;
  }

  void add_text(size_t begin, size_t end) {
    while (begin < end) {
      size_t stop = end;
      if (role_ == TemplateRole::partial) {
        if (is_line_begin(begin)) add_indent();
        const size_t newline = text_.find('\n', begin);
        if (newline < end) stop = newline + 1;
      }
      parsed_.body.push_back(
          {.kind = Kind::text, .text = std::string(text_.substr(begin, stop - begin))});
      begin = stop;
    }
  }

  void add_indent() {
    if (role_ == TemplateRole::partial) parsed_.body.push_back({.kind = Kind::indent});
  }

  void note_read(const Tag& tag) {
    std::string section;
    for (const OpenSection& open : sections_)
      if (!open.inverted) section = open.name;
    if (tag.content == "." && !section.empty()) return;  // the section's value, noted there
    const auto [line, column] = position(tag.begin);
    parsed_.reads.push_back({std::string(tag.content), std::move(section), line, column});
  }

  // Line and column of an offset; offsets are asked in ascending order.
  std::pair<size_t, size_t> position(size_t offset) {
    for (; counted_ < offset; ++counted_) {
      if (text_[counted_] == '\n')
        ++line_, column_ = 1;
      else if ((static_cast<uint8_t>(text_[counted_]) & 0xc0) != 0x80)
        ++column_;
    }
    return {line_, column_};
  }

  void error(size_t offset, std::string message) {
    const auto [line, column] = position(offset);
    error_at(line, column, std::move(message));
  }
  void error_at(size_t line, size_t column, std::string message) {
    if (parsed_.errors.size() < errors_max)
      parsed_.errors.push_back({line, column, std::move(message)});
  }

  const std::string_view text_;
  const TemplateOptions& options_;
  const TemplateRole role_;
  const std::function<size_t(std::string_view)>& partial_index_;
  std::string open_ = "{{";
  std::string close_ = "}}";
  size_t at_ = 0;
  size_t counted_ = 0;
  size_t line_ = 1;
  size_t column_ = 1;
  std::vector<OpenSection> sections_;
  ParsedTemplate parsed_;
};

}  // namespace

ParsedTemplate parse_template(std::string_view text, const TemplateOptions& options,
                              TemplateRole role,
                              const std::function<size_t(std::string_view)>& partial_index) {
  if (text.size() > options.source_bytes_max)
    return {.errors = {{.message = fmt::format("the text has {} bytes; {} are allowed", text.size(),
                                               options.source_bytes_max)}}};
  if (!valid_utf8(text)) return {.errors = {{.message = "the text is not valid UTF-8"}}};
  ParsedTemplate parsed = Parser(text, options, role, partial_index).run();
  if (options.markup == TemplateOptions::Markup::html && parsed.errors.empty())
    place_in_html(parsed.body, parsed.errors);
  return parsed;
}

}  // namespace aizuchi::ground
