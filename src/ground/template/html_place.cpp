#include "ground/template/html_place.h"
#include "ground/template/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

constexpr std::array<std::string_view, 10> link_attributes = {
    "href", "src",  "action",     "formaction", "poster",
    "cite", "data", "xlink:href", "ping",       "manifest"};
// Their values are programs, styles, documents or lists of links: no escape makes a value safe.
constexpr std::array<std::string_view, 5> refused_attributes = {"style", "srcdoc", "srcset",
                                                                "imagesrcset", "http-equiv"};
constexpr std::array<std::string_view, 9> raw_tags = {
    "script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp", "plaintext"};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_link(std::string_view attribute) {
  return is_one_of(link_attributes, attribute);
}

}  // namespace

bool HtmlPlace::join(const HtmlPlace& before, char next) {
  if (closing_ != before.closing_ || tag_ != before.tag_) return false;
  const bool begun = has_value_ || !value_.empty();
  const bool begun_before = before.has_value_ || !before.value_.empty();
  if (state_ == before.state_ && attribute_ == before.attribute_ && begun == begun_before)
    return true;
  // Whole attributes may come and go between others: <p{{#x}} hidden{{/x}}>.
  const auto between = [](State s) { return s == State::tag || s == State::attribute_end; };
  const bool from = between(before.state_) || before.state_ == State::tag_name;
  const bool to = between(state_) || state_ == State::attribute;
  if (!from || !to || !(is_blank(next) || next == '/' || next == '>')) return false;
  state_ = State::tag;
  attribute_.clear();
  return true;
}

void HtmlPlace::read(std::string_view text) {
  for (const char c : text) step(c);
}

void HtmlPlace::step(char c) {
  switch (state_) {
    case State::text:
      if (c == '<') state_ = State::tag_open;
      return;
    case State::tag_open:
      if (c == '!' || c == '?')
        state_ = State::declaration, tail_.clear();
      else if (c == '/' && !closing_)
        closing_ = true;
      else if (is_letter(c))
        state_ = State::tag_name, tag_ = lower(c);
      else if (c != '<')  // "a < b" is text
        state_ = State::text, closing_ = false;
      return;
    case State::declaration:
      if (c == '>') state_ = State::text;
      if (tail_.size() < 2) tail_ += c;
      if (tail_ == "--") state_ = State::comment, tail_.clear();
      return;
    case State::comment:
      tail_ += c;
      if (tail_.ends_with("-->")) state_ = State::text;
      if (tail_.size() > 2) tail_.erase(0, tail_.size() - 2);
      return;
    case State::raw:
      return step_in_raw(c);
    case State::lost:
      return;
    case State::value_begin:
    case State::value_double:
    case State::value_single:
    case State::value_bare:
      return step_in_value(c);
    default:
      return step_in_tag(c);
  }
}

void HtmlPlace::step_in_tag(char c) {
  const bool name_ends = is_blank(c) || c == '/';
  if (c == '>') return end_tag();
  switch (state_) {
    case State::tag_name:
      if (name_ends)
        state_ = State::tag;
      else
        tag_ += lower(c);
      return;
    case State::attribute:
      if (c == '=')
        state_ = State::value_begin;
      else if (name_ends)
        state_ = State::attribute_end;
      else
        attribute_ += lower(c);
      return;
    default:  // tag, attribute_end
      if (name_ends) return;
      if (c == '=' && state_ == State::attribute_end)
        state_ = State::value_begin;
      else
        state_ = State::attribute, attribute_ = lower(c);
  }
}

void HtmlPlace::step_in_value(char c) {
  const auto leave = [&] {
    state_ = State::tag;
    attribute_.clear();
    value_.clear();
    has_value_ = false;
  };
  if (state_ == State::value_begin) {
    if (is_blank(c)) return;
    if (c == '>') return end_tag();
    state_ = c == '"' ? State::value_double : c == '\'' ? State::value_single : State::value_bare;
    return;
  }
  if (state_ == State::value_double && c == '"') return leave();
  if (state_ == State::value_single && c == '\'') return leave();
  if (state_ == State::value_bare && is_blank(c)) return leave();
  if (state_ == State::value_bare && c == '>') return end_tag();
  if (is_link(attribute_)) value_ += c;
}

// Raw text ends with "</", the tag's name, and a character that ends a name.
void HtmlPlace::step_in_raw(char c) {
  tail_ += lower(c);
  const size_t kept = tag_.size() + 3;
  if (tail_.size() > kept) tail_.erase(0, tail_.size() - kept);
  if (tag_ == "script" && tail_.ends_with("<!--")) state_ = State::lost;
  const bool name_ends = is_blank(c) || c == '/' || c == '>';
  if (!name_ends || tail_.size() < kept || !tail_.starts_with("</" + tag_)) return;
  closing_ = true;
  state_ = State::tag;
  if (c == '>') end_tag();
}

void HtmlPlace::end_tag() {
  const bool raw = !closing_ && is_one_of(raw_tags, tag_);
  state_ = raw ? State::raw : State::text;
  if (!raw) tag_.clear();
  closing_ = false;
  attribute_.clear();
  value_.clear();
  has_value_ = false;
  tail_.clear();
}

std::expected<TemplatePlace, std::string> HtmlPlace::value() {
  switch (state_) {
    case State::text:
      return TemplatePlace::html;
    case State::raw:
      if (tag_ == "title" || tag_ == "textarea") return TemplatePlace::html;
      return std::unexpected(
          fmt::format("no value may stand within <{}>: put it into a data- attribute", tag_));
    case State::value_double:
    case State::value_single:
      return attribute_value();
    case State::value_begin:
    case State::value_bare:
      return std::unexpected("an attribute with a value in it needs quotes around it");
    case State::comment:
    case State::declaration:
      return std::unexpected("no value may stand within a comment or declaration");
    default:
      return std::unexpected("no value may stand within a tag, but in an attribute's quotes");
  }
}

std::expected<TemplatePlace, std::string> HtmlPlace::attribute_value() {
  if (attribute_.starts_with("on") || is_one_of(refused_attributes, attribute_) ||
      (tag_ == "meta" && attribute_ == "content"))
    return std::unexpected(
        fmt::format("no value may stand in '{}': no escape makes it safe there", attribute_));
  if (!is_link(attribute_)) return TemplatePlace::html;
  // "java&#115;cript:" is a scheme too: entities are refused where a scheme could stand.
  const bool entity = value_.substr(0, value_.find_first_of("/?")).contains('&');
  if (!has_value_ && !value_.empty() && (entity || !safe_url(value_ + "x")))
    return std::unexpected(
        fmt::format("a link with a value in it may begin with http:, https:, "
                    "mailto:, tel: or a path, not with '{}'",
                    shorten(value_, 40)));
  const bool whole = !has_value_ && value_.empty();
  has_value_ = true;
  return whole ? TemplatePlace::link : TemplatePlace::link_part;
}

namespace {

class Placing {
 public:
  Placing(TemplateBody& body, std::vector<TemplateError>& errors) : body_(body), errors_(errors) {}

  void run() {
    parts(0, body_.size());
    if (!place_.is_text() && errors_.empty())
      errors_.push_back({.message = "the markup ends within a tag or element that has no end"});
  }

 private:
  using Kind = TemplatePart::Kind;

  void parts(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      TemplatePart& part = body_[i];
      switch (part.kind) {
        case Kind::text:
          place_.read(part.text);
          break;
        case Kind::indent:
          break;
        case Kind::variable:
          variable(part);
          break;
        case Kind::unescaped:
        case Kind::partial:
          if (!place_.is_text()) error(part, "markup may stand between tags only");
          break;
        case Kind::section:
        case Kind::inverted:
          section(i);
          i = part.end - 1;
          break;
      }
    }
  }

  void variable(TemplatePart& part) {
    const auto place = place_.value();
    if (place)
      part.place = *place;
    else
      error(part, place.error());
  }

  void section(size_t at) {
    const HtmlPlace before = place_;
    parts(at + 1, body_[at].end);
    const size_t behind = body_[at].end;
    const bool text = behind < body_.size() && body_[behind].kind == Kind::text;
    if (place_.join(before, text ? body_[behind].text.front() : '\0')) return;
    error(body_[at],
          fmt::format("section '{}' must end where it begins: in the same tag, attribute "
                      "or text",
                      body_[at].text));
    place_ = before;
  }

  void error(const TemplatePart& part, std::string message) {
    errors_.push_back({part.line, part.column, std::move(message)});
  }

  TemplateBody& body_;
  std::vector<TemplateError>& errors_;
  HtmlPlace place_;
};

}  // namespace

void place_in_html(TemplateBody& body, std::vector<TemplateError>& errors) {
  Placing(body, errors).run();
}

}  // namespace aizuchi::ground
