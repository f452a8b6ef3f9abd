// The strings extension of CEL: positions count characters, not bytes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/text.h"
#include "ground/expr/evaluation.h"
#include "ground/expr/format_text.h"
#include "ground/expr/functions.h"
#include "ground/expr/utf8.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;
constexpr size_t npos = std::string_view::npos;

bool all_are(Arguments args, std::initializer_list<Tag> tags) {
  const auto* tag = tags.begin();
  for (const Operand& arg : args)
    if (!arg.is(*tag++)) return false;
  return true;
}

Operand out_of_range(Evaluation& evaluation, int64_t index) {
  return evaluation.fail(fmt::format("index out of range: {}", index));
}

// The byte offset of a character position; npos when there is no such position.
size_t offset_of(const std::string& text, int64_t position) {
  return position < 0 ? npos : utf8_offset(text, static_cast<size_t>(position));
}

Operand keep_text(Evaluation& evaluation, std::string text) {
  if (!evaluation.charge_bytes(text.size())) return Evaluation::exhausted();
  return evaluation.keep(Value(std::move(text)));
}

Operand char_at_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!all_are(args, {Tag::string, Tag::integer})) return Operand::no_overload();
  const std::string& text = args[0].text();
  if (!evaluation.charge_bytes(text.size())) return Evaluation::exhausted();
  const size_t at = offset_of(text, args[1].i);
  if (at == npos) return out_of_range(evaluation, args[1].i);
  return keep_text(evaluation, at == text.size() ? "" : text.substr(at, utf8_width(text[at])));
}

Operand index_of_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!all_are(args, {Tag::string, Tag::string, Tag::integer})) return Operand::no_overload();
  const std::string& text = args[0].text();
  const std::string& part = args[1].text();
  if (!evaluation.charge_bytes(text.size())) return Evaluation::exhausted();
  const int64_t from = args.size() == 3 ? args[2].i : 0;
  const size_t start = offset_of(text, from);
  if (start == npos) return out_of_range(evaluation, from);
  const size_t at = text.find(part, start);
  if (at == npos) return Operand::integer(-1);
  return Operand::integer(static_cast<int64_t>(utf8_length(std::string_view(text).substr(0, at))));
}

Operand last_index_of_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!all_are(args, {Tag::string, Tag::string, Tag::integer})) return Operand::no_overload();
  const std::string& text = args[0].text();
  const std::string& part = args[1].text();
  if (!evaluation.charge_bytes(text.size())) return Evaluation::exhausted();
  size_t start = text.size();
  if (args.size() == 3) {
    start = offset_of(text, args[2].i);
    if (start == npos) return out_of_range(evaluation, args[2].i);
  }
  const size_t at = text.rfind(part, start);
  if (at == npos) return Operand::integer(-1);
  return Operand::integer(static_cast<int64_t>(utf8_length(std::string_view(text).substr(0, at))));
}

template <char From, char To>
Operand casing_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  std::string text = args[0].text();
  for (char& c : text)
    if (c >= From && c < From + 26) c = static_cast<char>(c - From + To);
  return keep_text(evaluation, std::move(text));
}

// As Go's strings.Replace: an empty `from` matches before each character and at the end.
std::string replaced(std::string_view text, std::string_view from, std::string_view to,
                     int64_t limit) {
  std::string out;
  size_t at = 0;
  for (int64_t n = 0; limit < 0 || n < limit; ++n) {
    size_t hit = at;
    if (!from.empty()) {
      hit = text.find(from, at);
    } else if (n > 0) {
      hit = at < text.size() ? at + utf8_width(text[at]) : npos;
    }
    if (hit == npos) break;
    out.append(text.substr(at, hit - at)).append(to);
    at = hit + from.size();
  }
  return out.append(text.substr(at));
}

Operand replace_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!all_are(args, {Tag::string, Tag::string, Tag::string, Tag::integer}))
    return Operand::no_overload();
  const std::string& text = args[0].text();
  // Paid before it is made: at most one replacement a character, and one more.
  const size_t hits = text.size() / std::max<size_t>(args[1].text().size(), 1) + 1;
  if (!evaluation.charge_bytes(text.size()) ||
      !evaluation.charge(hits * (args[2].text().size() / 8)))
    return Evaluation::exhausted();
  return keep_text(evaluation, replaced(text, args[1].text(), args[2].text(),
                                        args.size() == 4 ? args[3].i : -1));
}

Operand split_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!all_are(args, {Tag::string, Tag::string, Tag::integer})) return Operand::no_overload();
  const int64_t limit = args.size() == 3 ? args[2].i : -1;
  const std::string_view text = args[0].text();
  const std::string_view separator = args[1].text();
  ValueList parts;
  size_t at = 0;
  const bool nothing = limit == 0 || (separator.empty() && text.empty());
  while (!nothing) {
    if (!evaluation.charge(2)) return Evaluation::exhausted();
    size_t hit = npos;
    if (limit < 0 || static_cast<int64_t>(parts.size()) + 1 < limit)
      hit = separator.empty() ? at + utf8_width(text[at]) : text.find(separator, at);
    if (separator.empty() && hit >= text.size()) hit = npos;
    parts.emplace_back(text.substr(at, hit == npos ? npos : hit - at));
    if (hit == npos) break;
    at = hit + separator.size();
  }
  if (!evaluation.charge_bytes(text.size())) return Evaluation::exhausted();
  return evaluation.keep(Value::list(std::move(parts)));
}

Operand substring_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!all_are(args, {Tag::string, Tag::integer, Tag::integer})) return Operand::no_overload();
  const std::string& text = args[0].text();
  if (!evaluation.charge_bytes(text.size())) return Evaluation::exhausted();
  const size_t start = offset_of(text, args[1].i);
  if (start == npos) return out_of_range(evaluation, args[1].i);
  if (args.size() == 2) return keep_text(evaluation, text.substr(start));
  const size_t end = offset_of(text, args[2].i);
  if (end == npos) return out_of_range(evaluation, args[2].i);
  if (end < start)
    return evaluation.fail(fmt::format("invalid substring range: expected start {} before end {}",
                                       args[1].i, args[2].i));
  return keep_text(evaluation, text.substr(start, end - start));
}

// White space as Unicode has it (White_Space).
bool is_white_space(std::string_view c) {
  if (c.size() == 1) return c[0] == ' ' || (c[0] >= '\t' && c[0] <= '\r');
  static constexpr std::array<std::string_view, 19> wide = {
      "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
      "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
      "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  return std::ranges::find(wide, c) != wide.end();
}

Operand trim_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  const std::string_view text = args[0].text();
  size_t start = text.size();
  size_t end = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t width = utf8_width(text[at]);
    if (!is_white_space(text.substr(at, width))) {
      start = std::min(start, at);
      end = at + width;
    }
    at += width;
  }
  if (!evaluation.charge_bytes(text.size())) return Evaluation::exhausted();
  return keep_text(evaluation, std::string(start < end ? text.substr(start, end - start) : ""));
}

Operand join_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!all_are(args, {Tag::list, Tag::string})) return Operand::no_overload();
  const std::string_view separator = args.size() == 2 ? args[1].text() : std::string_view();
  std::string out;
  bool first = true;
  for (const Value& item : args[0].list()) {
    if (!item.is(Value::Kind::string)) return Operand::no_overload();
    if (!evaluation.charge_bytes(item.as_string().size() + separator.size()))
      return Evaluation::exhausted();
    if (!first) out += separator;
    first = false;
    out += item.as_string();
  }
  return evaluation.keep(Value(std::move(out)));
}

Operand reverse_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  const std::string_view text = args[0].text();
  if (!evaluation.charge_bytes(text.size())) return Evaluation::exhausted();
  std::string out(text.size(), '\0');
  size_t to = text.size();
  for (size_t at = 0; at < text.size();) {
    const size_t width = std::min(utf8_width(text[at]), text.size() - at);
    to -= width;
    text.copy(out.data() + to, width, at);
    at += width;
  }
  return keep_text(evaluation, std::move(out));
}

Operand quote_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  static constexpr std::string_view special = "\a\b\f\n\r\t\v\\\"";
  static constexpr std::string_view letters = "abfnrtv\\\"";
  std::string out = "\"";
  for (const char c : args[0].text()) {
    const size_t at = special.find(c);
    if (at == npos)
      out += c;
    else
      out.append("\\").append(1, letters[at]);
  }
  return keep_text(evaluation, out + "\"");
}

Operand format_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!all_are(args, {Tag::string, Tag::list})) return Operand::no_overload();
  std::string out;
  const Operand done = format_text(evaluation, args[0].text(), args[1].list(), out);
  if (done.is_error()) return done;
  return keep_text(evaluation, std::move(out));
}

}  // namespace

std::span<const Function> string_extension_functions() {
  static const std::array functions = {
      Function{"charAt", true, "(string, int) string", char_at_code},
      Function{"indexOf", true, "(string, string) int; (string, string, int) int", index_of_code},
      Function{"lastIndexOf", true, "(string, string) int; (string, string, int) int",
               last_index_of_code},
      Function{"lowerAscii", true, "(string) string", casing_code<'A', 'a'>},
      Function{"upperAscii", true, "(string) string", casing_code<'a', 'A'>},
      Function{"replace", true,
               "(string, string, string) string; (string, string, string, int) string",
               replace_code},
      Function{"split", true, "(string, string) list(string); (string, string, int) list(string)",
               split_code},
      Function{"substring", true, "(string, int) string; (string, int, int) string",
               substring_code},
      Function{"trim", true, "(string) string", trim_code},
      Function{"join", true, "(list(string)) string; (list(string), string) string", join_code},
      Function{"reverse", true, "(string) string", reverse_code},
      Function{"strings.quote", false, "(string) string", quote_code},
      Function{"format", true, "(string, list(dyn)) string", format_code},
  };
  return functions;
}

}  // namespace aizuchi::ground
