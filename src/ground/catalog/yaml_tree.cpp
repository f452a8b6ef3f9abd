#include "ground/catalog/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <sstream>

#include "ground/base/text.h"
#include "ground/catalog/yaml_quote.h"

namespace aizuchi::ground::catalog {

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : entries)
    if (name.text == key) return &value;
  return nullptr;
}

Place YamlNode::inside(size_t line, size_t column) const {
  Place at = place;
  if (style == Style::block) {
    at.line += static_cast<uint32_t>(line);
    at.column = static_cast<uint32_t>(indent + column);
    return at;
  }
  const size_t opening = style == Style::quoted ? 1 : 0;
  if (line != 1 || column - 1 + opening > line_chars) return at;
  at.column += static_cast<uint32_t>(column - 1 + opening);
  return at;
}

namespace {

// Leaves yaml-cpp from within its events.
struct Refused : std::exception {
  explicit Refused(YamlError e) : error(std::move(e)) {}
  YamlError error;
};

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

// The text, by lines, to turn byte marks into characters.
class Lines {
 public:
  Lines(std::string_view text, std::string_view file, const QuotedYaml& quoted)
      : file_(file), lines_(split(text, '\n')), insertions_(quoted.insertions) {}
  std::string_view line(size_t index) const {
    return index < lines_.size() ? lines_[index] : std::string_view();
  }
  // Quotes of ours do not count: they are not in the file.
  Place place(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 1, 1};
    const auto row = static_cast<size_t>(mark.line);
    const auto column = static_cast<size_t>(mark.column);
    size_t before = characters(line(row).substr(0, column));
    for (const QuotedYaml::Insertion& i : inserted(row))
      if (i.offset < column) --before;
    return {file_, static_cast<uint32_t>(row + 1), static_cast<uint32_t>(before + 1)};
  }
  bool quoted_by_us(const YAML::Mark& mark) const {
    return std::ranges::any_of(inserted(static_cast<size_t>(mark.line)), [&](const auto& i) {
      return i.opens && i.offset == static_cast<size_t>(mark.column);
    });
  }
  std::string_view from(const YAML::Mark& mark) const {
    const std::string_view whole = line(static_cast<size_t>(mark.line));
    const auto column = static_cast<size_t>(mark.column);
    return column < whole.size() ? whole.substr(column) : std::string_view();
  }
  uint16_t indent_below(const YAML::Mark& mark) const {
    for (auto row = static_cast<size_t>(mark.line) + 1; row < lines_.size(); ++row) {
      const size_t spaces = lines_[row].find_first_not_of(" \r");
      if (spaces != std::string_view::npos)
        return static_cast<uint16_t>(std::min(spaces, size_t{999}));
    }
    return 0;
  }

 private:
  std::span<const QuotedYaml::Insertion> inserted(size_t row) const {
    const auto it = insertions_.find(row);
    return it == insertions_.end() ? std::span<const QuotedYaml::Insertion>() : it->second;
  }

  std::string file_;
  std::vector<std::string_view> lines_;
  const std::map<size_t, std::vector<QuotedYaml::Insertion>>& insertions_;
};

size_t weight(const YamlNode& node) {
  size_t n = 1;
  for (const YamlNode& item : node.items) n += weight(item);
  for (const auto& [key, value] : node.entries) n += weight(key) + weight(value);
  return n;
}

size_t text_bytes(const YamlNode& node) {
  size_t n = node.text.size();
  for (const YamlNode& item : node.items) n += text_bytes(item);
  for (const auto& [key, value] : node.entries) n += text_bytes(key) + text_bytes(value);
  return n;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Lines& lines, const YamlLimits& limits) : lines_(lines), limits_(limits) {}

  YamlNode take() { return std::move(root_); }
  bool any() const { return documents_ > 0; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) refuse(mark, "---", "expected one document in a file");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    place(node_at(mark, YamlNode::Kind::null), anchor, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) refuse(mark, "", "an alias inside of what it stands for has no end");
    spend(weight(it->second), text_bytes(it->second), mark);
    place(YamlNode(it->second), 0, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    spend(0, value.size(), mark);
    YamlNode node = node_at(mark, YamlNode::Kind::scalar);
    node.text = value;
    const std::string_view source = lines_.from(mark);
    const char opening = source.empty() ? ' ' : source.front();
    node.line_chars = static_cast<uint32_t>(characters(source));
    if (tag == "!" && (opening == '|' || opening == '>')) {
      node.style = YamlNode::Style::block;
      node.indent = lines_.indent_below(mark);
    } else if (tag == "!") {
      node.style = lines_.quoted_by_us(mark) ? YamlNode::Style::plain : YamlNode::Style::quoted;
    } else if (value == "~" || value == "null" || value.empty()) {
      node.kind = YamlNode::Kind::null;
    }
    place(std::move(node), anchor, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::optional<YamlNode> key;
    std::set<std::string, std::less<>> keys;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string text, std::string expected) const {
    throw Refused({lines_.place(mark), std::move(text), std::move(expected)});
  }
  YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) {
    spend(1, 0, mark);
    YamlNode node;
    node.kind = kind;
    node.place = lines_.place(mark);
    return node;
  }
  void spend(size_t nodes, size_t bytes, const YAML::Mark& mark) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > limits_.nodes_max)
      refuse(mark, "", fmt::format("more than {} values in one file", limits_.nodes_max));
    if (bytes_ > limits_.bytes_max)
      refuse(mark, "", fmt::format("more than {} bytes of text in one file", limits_.bytes_max));
  }
  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!")
      refuse(mark, tag, "YAML tags are not read here: write the value without one");
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    check_tag(mark, tag);
    if (frames_.size() >= limits_.depth_max)
      refuse(mark, "", fmt::format("nested deeper than {}", limits_.depth_max));
    Frame frame;
    frame.node = node_at(mark, kind);
    frame.anchor = anchor;
    frame.mark = mark;
    frames_.push_back(std::move(frame));
  }
  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    place(std::move(frame.node), frame.anchor, frame.mark);
  }
  void place(YamlNode node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (anchor != 0) {
      spend(weight(node), text_bytes(node), mark);
      anchors_[anchor] = node;
    }
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& top = frames_.back();
    if (top.node.is(YamlNode::Kind::list)) {
      top.node.items.push_back(std::move(node));
    } else if (!top.key) {
      check_key(top, node, mark);
      top.key = std::move(node);
    } else {
      top.node.entries.emplace_back(std::move(*top.key), std::move(node));
      top.key.reset();
    }
  }
  void check_key(Frame& top, const YamlNode& key, const YAML::Mark& mark) const {
    if (!key.is(YamlNode::Kind::scalar)) refuse(mark, "", "expected a plain word as the key");
    if (key.text == "<<" && key.style == YamlNode::Style::plain)
      refuse(mark, "<<", "merge keys are not read here: write the keys out");
    if (!top.keys.insert(key.text).second)
      refuse(mark, key.text, "this key is given twice: only one of them would count");
  }

  const Lines& lines_;
  const YamlLimits& limits_;
  YamlNode root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  size_t documents_ = 0;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
};

// yaml-cpp takes some control characters for the end of the file or for another encoding.
std::optional<YamlError> check_bytes(std::string_view text, std::string_view file,
                                     const YamlLimits& limits) {
  if (text.size() > limits.bytes_max)
    return YamlError{{std::string(file), 0, 0},
                     "",
                     fmt::format("the file is larger than {} bytes", limits.bytes_max)};
  uint32_t line = 0;
  for (const std::string_view one : split(text, '\n')) {
    ++line;
    if (!valid_utf8(one))
      return YamlError{
          {std::string(file), line, 0}, "", "this line is not UTF-8: save the file as UTF-8"};
    for (size_t i = 0; i < one.size(); ++i) {
      const auto c = static_cast<uint8_t>(one[i]);
      const bool line_end = c == '\r' && i + 1 == one.size();
      if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7f)
        return YamlError{
            {std::string(file), line, static_cast<uint32_t>(characters(one.substr(0, i)) + 1)},
            fmt::format("U+{:04X}", c),
            "control characters are not text"};
    }
  }
  return std::nullopt;
}

}  // namespace

namespace {

// What yaml-cpp says, and what a person can do about it where it is a known slip.
std::string explain(const std::string& message) {
  if (message == "illegal map value")
    return "YAML: illegal map value: a text that holds ': ' needs quotes";
  if (message.starts_with("end of "))
    return "YAML: " + message + ": a text that holds ',', '?' or a bracket needs quotes here";
  return "YAML: " + message;
}

std::expected<YamlNode, YamlError> build(std::string_view text, std::string_view file,
                                         const YamlLimits& limits, const QuotedYaml& quoted) {
  const Lines lines(text, file, quoted);
  TreeBuilder builder(lines, limits);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return std::unexpected(refused.error);
  } catch (const YAML::Exception& e) {
    const std::string rest(trim(e.mark.is_null() ? std::string_view() : lines.from(e.mark)));
    return std::unexpected(YamlError{lines.place(e.mark), shorten(rest, 40), explain(e.msg)});
  } catch (const std::exception& e) {
    return std::unexpected(YamlError{{std::string(file), 0, 0}, "", explain(e.what())});
  }
  return builder.take();
}

}  // namespace

std::expected<YamlNode, YamlError> parse_yaml(std::string_view text, std::string_view file,
                                              const YamlLimits& limits) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (auto error = check_bytes(text, file, limits)) return std::unexpected(std::move(*error));
  const QuotedYaml untouched;
  auto tree = build(text, file, limits, untouched);
  if (tree.has_value()) return tree;
  const QuotedYaml quoted = quote_plain_texts(text);
  if (quoted.insertions.empty()) return tree;
  return build(quoted.text, file, limits, quoted);
}

}  // namespace aizuchi::ground::catalog
