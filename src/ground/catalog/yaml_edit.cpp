#include "ground/catalog/yaml_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "ground/base/text.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr size_t none = std::string_view::npos;

struct Span {
  size_t begin = 0, end = 0;  // bytes
};

// A change of bytes; several are made from the last to the first.
struct Patch {
  Span span;
  std::string text;
  size_t order = 0;  // of two at one place
};

size_t position(const std::string& index) {
  size_t out = none;
  (void)std::from_chars(index.data(), index.data() + index.size(), out);
  return out;
}

void collect(const YamlNode& node, YamlPath& path, std::map<YamlPath, std::string>& out) {
  if (node.is(YamlNode::Kind::scalar) || node.is(YamlNode::Kind::null)) out[path] = node.text;
  for (size_t i = 0; i < node.items.size(); ++i) {
    path.push_back(std::to_string(i));
    collect(node.items[i], path, out);
    path.pop_back();
  }
  for (const auto& [key, value] : node.entries) {
    path.push_back(key.text);
    collect(value, path, out);
    path.pop_back();
  }
}

// Texts that mean the same in every place they can stand in, without quotes.
bool plain_safe(std::string_view text) {
  if (text.empty() || text != trim(text) || text == "null" || text == "~") return false;
  return text.front() != '-' && text.front() != '.' && std::ranges::none_of(text, [](char c) {
           return static_cast<uint8_t>(c) < 0x20 || c == 0x7f ||
                  std::string_view(":#,[]{}?&*!|>'\"%@`\\").find(c) != none;
         });
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out + "\"";
}

// The bytes of a file and where its texts stand in it.
class Source {
 public:
  explicit Source(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (size_t at = text.find('\n'); at != none; at = text.find('\n', at + 1))
      starts_.push_back(at + 1);
  }
  std::string_view text() const { return text_; }

  // Columns count characters; a byte order mark stands before the first.
  size_t offset(const Place& place) const {
    size_t at = starts_[std::min<size_t>(place.line, starts_.size()) - 1];
    if (at == 0 && text_.starts_with("\xef\xbb\xbf")) at = 3;
    for (uint32_t i = 1; i < place.column && at < text_.size(); ++i) {
      ++at;
      while (at < text_.size() && (text_[at] & 0xc0) == 0x80) ++at;
    }
    return at;
  }
  size_t line_end(size_t at) const {
    const size_t end = std::min(text_.find('\n', at), text_.size());
    return end > at && text_[end - 1] == '\r' ? end - 1 : end;
  }

  // Where a scalar is written, quotes and block header included; nullopt when it cannot be told.
  std::optional<Span> span(const YamlNode& node) const {
    const size_t begin = offset(node.place);
    if (node.is(YamlNode::Kind::null) && node.text.empty()) return std::nullopt;
    if (node.style == YamlNode::Style::block) return block(begin, node);
    if (node.style == YamlNode::Style::quoted) return quoted(begin);
    return plain(begin, node.text);
  }

 private:
  std::optional<Span> quoted(size_t begin) const {
    const char quote = text_[begin];
    for (size_t at = begin + 1; at < text_.size(); ++at) {
      if (quote == '"' && text_[at] == '\\')
        ++at;
      else if (text_[at] == quote && quote == '\'' && text_.substr(at + 1).starts_with('\''))
        ++at;
      else if (text_[at] == quote)
        return Span{begin, at + 1};
    }
    return std::nullopt;
  }
  // A plain text is there as it is, but for lines that were folded into one.
  std::optional<Span> plain(size_t begin, std::string_view text) const {
    size_t at = begin;
    for (size_t i = 0; i < text.size();) {
      if (at >= text_.size()) return std::nullopt;
      if (text_[at] == text[i]) {
        ++at;
        ++i;
        continue;
      }
      const bool folds = (text_[at] == '\n' || text_[at] == '\r' || text_[at] == ' ') &&
                         (text[i] == ' ' || text[i] == '\n');
      if (!folds) return std::nullopt;
      while (at < text_.size() && std::string_view(" \r\n").find(text_[at]) != none) ++at;
      while (i < text.size() && (text[i] == ' ' || text[i] == '\n')) ++i;
    }
    return Span{begin, at};
  }
  std::optional<Span> block(size_t begin, const YamlNode& node) const {
    const std::string_view header = text_.substr(begin, line_end(begin) - begin);
    if (header.find_first_of("+0123456789") != none) return std::nullopt;
    size_t end = line_end(begin);
    for (size_t next = text_.find('\n', begin); next != none; next = text_.find('\n', next + 1)) {
      const std::string_view line = text_.substr(next + 1, line_end(next + 1) - next - 1);
      if (trim(line).empty()) continue;
      if (line.find_first_not_of(' ') < node.indent) break;
      end = line_end(next + 1);
    }
    return Span{begin, end};
  }

  std::string_view text_;
  std::vector<size_t> starts_;  // of lines
};

// "|" with its lines; nullopt when the text cannot be written so.
std::optional<std::string> as_block(std::string_view text, uint16_t indent) {
  const bool ends = text.ends_with('\n');
  if (ends) text.remove_suffix(1);
  if (text.empty() || text.ends_with('\n') || text.starts_with(' ') || text.starts_with('\n') ||
      text.find('\t') != none)
    return std::nullopt;
  std::string out = ends ? "|" : "|-";
  for (const std::string_view line : split(text, '\n'))
    out += line.empty() ? std::string("\n") : fmt::format("\n{}{}", std::string(indent, ' '), line);
  return out;
}

std::string written(const YamlNode* before, std::string_view source, std::string_view text) {
  const bool one_line = text.find('\n') == none;
  if (before != nullptr && before->style == YamlNode::Style::block)
    if (auto block = as_block(text, before->indent)) return *block;
  if (before != nullptr && before->style == YamlNode::Style::quoted && source.starts_with('\'') &&
      one_line) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
  }
  const bool plain = before == nullptr || before->style == YamlNode::Style::plain;
  return plain && plain_safe(text) ? std::string(text) : double_quoted(text);
}

std::unexpected<Error> cannot(const Place& place, std::string_view why) {
  return fail(ErrorCode::invalid,
              fmt::format("{}:{}:{}: {}", place.file, place.line, place.column, why),
              "Change it in the file itself.");
}

Result<Patch> replace(const Source& source, const YamlNode& node, std::string_view text) {
  const auto span = source.span(node);
  if (!span) return cannot(node.place, "this text is written in a way that cannot be changed here");
  return Patch{*span, written(&node, source.text().substr(span->begin), text)};
}

// A key at the end of a map: ", key: text" within braces, a line of its own below a block.
Result<Patch> insert(const Source& source, const YamlNode& map, const std::string& key,
                     std::string_view text) {
  const size_t begin = source.offset(map.place);
  const bool braces = source.text().substr(begin).starts_with('{');
  const std::string entry = fmt::format("{}: {}", key, written(nullptr, "", text));
  if (map.entries.empty()) {
    if (braces) return Patch{{begin + 1, begin + 1}, entry};
    return cannot(map.place, "nothing stands here yet that a text could be added to");
  }
  const auto& [name, last] = map.entries.back();
  const auto span = source.span(last);
  if (!span) return cannot(last.place, "what comes before the new text cannot be read here");
  if (braces) return Patch{{span->end, span->end}, ", " + entry};
  const size_t end = source.line_end(span->end);
  const std::string_view line_break = source.text().substr(end).starts_with("\r\n") ? "\r\n" : "\n";
  return Patch{{end, end},
               fmt::format("{}{}{}", line_break, std::string(name.place.column - 1, ' '), entry)};
}

}  // namespace

const YamlNode* node_at(const YamlNode& root, const YamlPath& path) {
  const YamlNode* at = &root;
  for (const std::string& step : path) {
    if (at->is(YamlNode::Kind::list)) {
      const size_t i = position(step);
      at = i < at->items.size() ? &at->items[i] : nullptr;
    } else {
      at = at->find(step);
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::map<YamlPath, std::string> texts_of(const YamlNode& root) {
  std::map<YamlPath, std::string> out;
  YamlPath path;
  collect(root, path, out);
  return out;
}

Result<std::string> edit_texts(std::string_view yaml, std::string_view file,
                               const std::vector<TextEdit>& edits) {
  const auto tree = parse_yaml(yaml, file);
  if (!tree) return cannot(tree.error().place, tree.error().expected);
  const Source source(yaml);
  auto wanted = texts_of(*tree);
  std::vector<Patch> patches;
  for (const TextEdit& edit : edits) {
    const YamlPath above(edit.path.begin(), edit.path.end() - 1);
    const YamlNode* node = node_at(*tree, edit.path);
    const YamlNode* map = node_at(*tree, above);
    AIZ_ASSERT(map != nullptr);
    patches.push_back(node != nullptr ? TRY(replace(source, *node, edit.text))
                                      : TRY(insert(source, *map, edit.path.back(), edit.text)));
    patches.back().order = patches.size();
    wanted[edit.path] = edit.text;
  }
  std::ranges::sort(patches, {}, [](const Patch& p) { return std::pair(p.span.begin, p.order); });
  std::string out(yaml);
  for (size_t i = patches.size(); i-- > 0;)
    out.replace(patches[i].span.begin, patches[i].span.end - patches[i].span.begin,
                patches[i].text);
  const auto again = parse_yaml(out, file);
  if (!again || texts_of(*again) != wanted)
    return fail(ErrorCode::invalid,
                fmt::format("{} cannot be changed without touching more than was asked.", file),
                "It is as it was. Change these texts in the file itself.");
  return out;
}

}  // namespace aizuchi::ground::catalog
