#include "ground/catalog/yaml_quote.h"

#include <algorithm>
#include <array>

#include "ground/base/text.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr std::array<std::string_view, 4> rule_keys = {"when", "boost", "rule", "derived"};
constexpr size_t none = std::string_view::npos;

size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// "key: |" and its like: the lines below belong to a text.
bool opens_block(std::string_view line) {
  const std::string_view whole = trim(line);
  const size_t last = whole.find_last_of(" :");
  const std::string_view end = last == none ? whole : whole.substr(last + 1);
  return !end.empty() && (end[0] == '|' || end[0] == '>') && end.size() <= 3;
}

bool one_of(char c, std::string_view set) {
  return set.find(c) != none;
}

// Where the rule begins on a line "when: rule"; npos when it is none, or needs no quotes.
size_t rule_start(std::string_view line) {
  size_t at = line.find_first_not_of(" -");
  if (at == none) return at;
  const size_t colon = line.find(": ", at);
  if (colon == none) return colon;
  if (std::ranges::find(rule_keys, line.substr(at, colon - at)) == rule_keys.end()) return none;
  at = line.find_first_not_of(' ', colon + 1);
  const bool plain = at != none && !one_of(line[at], "\"'|>&*!%@`{[#");
  return plain && line.find(": ", at) != none ? at : none;
}

class Quoter {
 public:
  QuotedYaml run(std::string_view text) {
    for (const std::string_view line : split(text, '\n')) {
      if (number_ > 0) out_.text += '\n';
      line_start_ = out_.text.size();
      read_line(line);
      ++number_;
    }
    return std::move(out_);
  }

 private:
  void read_line(std::string_view line) {
    const bool in_block =
        block_indent_ != none && (trim(line).empty() || indent_of(line) > block_indent_);
    if (in_block) {
      out_.text += line;
      return;
    }
    block_indent_ = none;
    const bool outside = depth_ == 0 && quote_ == 0;
    const size_t rule = outside ? rule_start(line) : none;
    if (rule != none) {
      out_.text += line.substr(0, rule);
      append_quoted(trim(line.substr(rule, line.find(" #", rule) - rule)));
      return;
    }
    scan(line);
    if (depth_ == 0 && quote_ == 0 && opens_block(line)) block_indent_ = indent_of(line);
  }

  void insert(bool opens) {
    out_.insertions[number_].push_back({out_.text.size() - line_start_, opens});
    out_.text += '\'';
  }
  void append_quoted(std::string_view text) {
    insert(true);
    for (const char c : text) {
      if (c == '\'') insert(false);
      out_.text += c;
    }
    insert(false);
  }

  // Follows quotes and brackets; `fresh` where a value may begin.
  void scan(std::string_view line) {
    bool fresh = true;
    for (size_t i = 0; i < line.size();) {
      const char c = line[i];
      if (quote_ != 0) {
        i += copy(line, i, quote_ == '"' && c == '\\' ? 2 : 1);
        if (c == quote_) quote_ = 0;
        fresh = false;
      } else if (c == '#' && (i == 0 || line[i - 1] == ' ')) {
        i += copy(line, i, line.size());
      } else if (c == ' ' || (depth_ > 0 && c == ',')) {
        fresh = fresh || c == ',';
        i += copy(line, i, 1);
      } else if (ends_key(line, i) || (depth_ == 0 && fresh && c == '-')) {
        fresh = true;
        i += copy(line, i, 1);
      } else if (depth_ > 0 && one_of(c, "]}")) {
        --depth_;
        fresh = false;
        i += copy(line, i, 1);
      } else if ((fresh || depth_ > 0) && one_of(c, "[{")) {
        ++depth_;
        fresh = true;
        i += copy(line, i, 1);
      } else if (fresh && one_of(c, "\"'")) {
        quote_ = c;
        i += copy(line, i, 1);
      } else {
        i += depth_ > 0 ? flow_text(line, i) : copy(line, i, 1);
        fresh = false;
      }
    }
  }
  size_t copy(std::string_view line, size_t at, size_t n) {
    n = std::min(n, line.size() - at);
    out_.text += line.substr(at, n);
    return n;
  }
  static bool ends_key(std::string_view line, size_t at) {
    return line[at] == ':' && (at + 1 == line.size() || one_of(line[at + 1], " ,]}"));
  }
  // A plain text within brackets; quoted when it holds a '?' and ends on this line.
  size_t flow_text(std::string_view line, size_t at) {
    size_t end = at;
    while (end < line.size() && !one_of(line[end], ",[]{}") && !ends_key(line, end) &&
           !(line[end] == '#' && line[end - 1] == ' '))
      ++end;
    const std::string_view text = trim(line.substr(at, end - at));
    const bool explicit_key = text.starts_with("? ") || text == "?";
    if (end == line.size() || explicit_key || text.find('?') == none)
      return copy(line, at, end - at);
    append_quoted(text);
    return text.size();
  }

  QuotedYaml out_;
  size_t number_ = 0;
  size_t line_start_ = 0;       // in out_.text
  size_t block_indent_ = none;  // of the line that opened a block
  size_t depth_ = 0;            // of brackets
  char quote_ = 0;
};

}  // namespace

QuotedYaml quote_plain_texts(std::string_view text) {
  return Quoter().run(text);
}

}  // namespace aizuchi::ground::catalog
