// Where in an HTML text one stands, so that a value printed there is escaped for that place, or
// refused where no escape is safe. Follows the HTML Living Standard 13.2.5 (tokenization) as far as
// well-written markup needs it; what it does not know is refused. Internal to ground/template.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "ground/template/program.h"

namespace aizuchi::ground {

class HtmlPlace {
 public:
  // Goes on behind literal text of the template.
  void read(std::string_view text);
  // What a value printed here needs; the place is then behind it. Error: why none may stand here.
  std::expected<TemplatePlace, std::string> value();
  bool is_text() const { return state_ == State::text; }
  // Whether a section that began at `before` may end here, `next` being the character behind it.
  // Then the place is right whether the section was printed or not.
  bool join(const HtmlPlace& before, char next);

 private:
  enum class State : uint8_t {
    text,
    tag_open,  // behind "<"
    tag_name,
    tag,        // between attributes
    attribute,  // in an attribute's name
    attribute_end,
    value_begin,  // behind "="
    value_double,
    value_single,
    value_bare,
    declaration,  // "<!doctype", or a comment about to begin
    comment,
    raw,  // the content of script, style, title, …
    lost  // "<!--" in a script: where that ends depends on more than is followed here
  };

  void step(char c);
  void step_in_tag(char c);
  void step_in_value(char c);
  void step_in_raw(char c);
  void end_tag();
  std::expected<TemplatePlace, std::string> attribute_value();

  State state_ = State::text;
  bool closing_ = false;  // "</…"
  std::string tag_;
  std::string attribute_;
  std::string value_;       // a link's literal text so far
  bool has_value_ = false;  // a link holds a printed value already
  std::string tail_;        // what may become the end of a comment or of raw text
};

// Decides the place of every printed part of a body. Errors point at the part.
void place_in_html(TemplateBody& body, std::vector<TemplateError>& errors);

}  // namespace aizuchi::ground
