#include "ground/expr/format_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "ground/base/text.h"
#include "ground/expr/number_text.h"
#include "ground/expr/time_text.h"

namespace aizuchi::ground {

namespace {

constexpr int precision_default = 6;
constexpr int precision_max = 100;

struct Clause {
  char letter = 0;
  std::optional<int> precision;
};

Operand wrong_kind(Evaluation& evaluation, std::string_view wants, const Operand& given) {
  return evaluation.fail(
      fmt::format("error during formatting: {}, was given {}", wants, given.type_name()));
}

// ".3f" after the percent sign.
Operand read_clause(Evaluation& evaluation, std::string_view& rest, Clause& clause) {
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int precision = 0;
    size_t digits = 0;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
      precision = precision * 10 + (rest[digits++] - '0');
      if (precision > precision_max)
        return evaluation.fail(
            fmt::format("could not parse formatting clause: expected a precision "
                        "of at most {}",
                        precision_max));
    }
    rest.remove_prefix(digits);
    clause.precision = digits > 0 ? precision : precision_default;
  }
  if (rest.empty())
    return Operand::fail("could not parse formatting clause: unexpected end of format string");
  clause.letter = rest[0];
  if (std::string_view("sdfebxXo").find(clause.letter) == std::string_view::npos)
    return evaluation.fail(fmt::format(
        "could not parse formatting clause: unrecognized formatting clause \"{}\"", rest[0]));
  rest.remove_prefix(1);
  return {};
}

Operand append_plain(Evaluation& evaluation, const Operand& arg, std::string& out);

Operand append_list(Evaluation& evaluation, const ValueList& list, std::string& out) {
  out += '[';
  bool first = true;
  for (const Value& item : list) {
    if (!first) out += ", ";
    first = false;
    const Operand done = append_plain(evaluation, Operand::of(item), out);
    if (done.is_error()) return done;
  }
  out += ']';
  return {};
}

// Sorted by the text of the keys, so that the same map prints the same.
Operand append_map(Evaluation& evaluation, const ValueMap& map, std::string& out) {
  std::vector<std::pair<std::string, const Value*>> entries;
  for (const auto& [key, value] : map) {
    std::string text;
    const Operand done = append_plain(evaluation, Operand::of(key), text);
    if (done.is_error()) return done;
    entries.emplace_back(std::move(text), &value);
  }
  std::ranges::sort(entries, {}, [](const auto& e) -> const std::string& { return e.first; });
  out += '{';
  bool first = true;
  for (const auto& [key, value] : entries) {
    if (!first) out += ", ";
    first = false;
    out.append(key).append(": ");
    const Operand done = append_plain(evaluation, Operand::of(*value), out);
    if (done.is_error()) return done;
  }
  out += '}';
  return {};
}

// %s
Operand append_plain(Evaluation& evaluation, const Operand& arg, std::string& out) {
  if (!evaluation.charge_copy(arg)) return Evaluation::exhausted();
  switch (arg.tag) {
    case Tag::null:
      out += "null";
      return {};
    case Tag::boolean:
      out += arg.b ? "true" : "false";
      return {};
    case Tag::integer:
      out += fmt::format("{}", arg.i);
      return {};
    case Tag::uinteger:
      out += fmt::format("{}", arg.u);
      return {};
    case Tag::real:
      if (!evaluation.charge(40)) return Evaluation::exhausted();  // up to 325 digits
      out += format_double_plain(arg.d);
      return {};
    case Tag::string:
      out += arg.text();
      return {};
    case Tag::bytes:
      if (!valid_utf8(arg.raw()))
        return Operand::fail("invalid UTF-8 in bytes, expected UTF-8 text");
      out += arg.raw();
      return {};
    case Tag::timestamp:
      out += format_timestamp(arg.timestamp());
      return {};
    case Tag::span:
      out += format_span(arg.duration());
      return {};
    case Tag::type:
      out += arg.v->as_type();
      return {};
    case Tag::list:
      return append_list(evaluation, arg.list(), out);
    case Tag::map:
      return append_map(evaluation, arg.map(), out);
    default:
      return wrong_kind(evaluation,
                        "string clause can only be used on strings, bools, bytes, ints, doubles, "
                        "maps, lists, types, durations, and timestamps",
                        arg);
  }
}

Operand append_decimal(Evaluation& evaluation, const Operand& arg, std::string& out) {
  if (arg.is(Tag::integer))
    out += fmt::format("{}", arg.i);
  else if (arg.is(Tag::uinteger))
    out += fmt::format("{}", arg.u);
  else if (arg.is(Tag::real) && !std::isfinite(arg.d))
    out += format_double(arg.d);
  else
    return wrong_kind(evaluation, "decimal clause can only be used on integers", arg);
  return {};
}

Operand append_real(Evaluation& evaluation, const Clause& clause, const Operand& arg,
                    std::string& out) {
  double v = 0;
  if (arg.is(Tag::real))
    v = arg.d;
  else if (arg.is(Tag::integer))
    v = static_cast<double>(arg.i);
  else if (arg.is(Tag::uinteger))
    v = static_cast<double>(arg.u);
  else
    return wrong_kind(evaluation,
                      clause.letter == 'f' ? "fixed-point clause can only be used on doubles"
                                           : "scientific clause can only be used on doubles",
                      arg);
  const int precision = clause.precision.value_or(precision_default);
  if (!evaluation.charge(60)) return Evaluation::exhausted();
  if (!std::isfinite(v))
    out += format_double(v);
  else if (clause.letter == 'f')
    out += fmt::format("{:.{}f}", v, precision);
  else
    out += fmt::format("{:.{}e}", v, precision);
  return {};
}

std::string with_sign(bool negative, std::string digits) {
  return negative ? "-" + std::move(digits) : digits;
}

std::string in_base(char letter, uint64_t magnitude) {
  if (letter == 'b') return fmt::format("{:b}", magnitude);
  if (letter == 'o') return fmt::format("{:o}", magnitude);
  return letter == 'x' ? fmt::format("{:x}", magnitude) : fmt::format("{:X}", magnitude);
}

// %b %o %x %X
Operand append_in_base(Evaluation& evaluation, const Clause& clause, const Operand& arg,
                       std::string& out) {
  const bool hexadecimal = clause.letter == 'x' || clause.letter == 'X';
  if (arg.is(Tag::integer)) {
    const auto bits = static_cast<uint64_t>(arg.i);
    out += with_sign(arg.i < 0, in_base(clause.letter, arg.i < 0 ? 0 - bits : bits));
  } else if (arg.is(Tag::uinteger)) {
    out += in_base(clause.letter, arg.u);
  } else if (arg.is(Tag::boolean) && clause.letter == 'b') {
    out += arg.b ? '1' : '0';
  } else if (hexadecimal && (arg.is(Tag::string) || arg.is(Tag::bytes))) {
    if (!evaluation.charge_copy(arg)) return Evaluation::exhausted();
    for (const char c : arg.is(Tag::string) ? arg.text() : arg.raw())
      out += clause.letter == 'x' ? fmt::format("{:02x}", static_cast<unsigned char>(c))
                                  : fmt::format("{:02X}", static_cast<unsigned char>(c));
  } else {
    const std::string_view wants =
        clause.letter == 'b' ? "only integers and bools can be formatted as binary"
        : hexadecimal        ? "only integers, byte buffers, and strings can be formatted as hex"
                             : "octal clause can only be used on integers";
    return wrong_kind(evaluation, wants, arg);
  }
  return {};
}

Operand append_clause(Evaluation& evaluation, const Clause& clause, const Operand& arg,
                      std::string& out) {
  switch (clause.letter) {
    case 's':
      return append_plain(evaluation, arg, out);
    case 'd':
      return append_decimal(evaluation, arg, out);
    case 'f':
    case 'e':
      return append_real(evaluation, clause, arg, out);
    default:
      return append_in_base(evaluation, clause, arg, out);
  }
}

}  // namespace

Operand format_text(Evaluation& evaluation, std::string_view format, const ValueList& arguments,
                    std::string& out) {
  size_t next = 0;
  for (std::string_view rest = format; !rest.empty();) {
    const size_t percent = std::min(rest.find('%'), rest.size());
    if (!evaluation.charge_bytes(percent)) return Evaluation::exhausted();
    out += rest.substr(0, percent);
    rest.remove_prefix(percent);
    if (rest.empty()) break;
    rest.remove_prefix(1);
    if (rest.starts_with('%')) {
      out += '%';
      rest.remove_prefix(1);
      continue;
    }
    Clause clause;
    if (const Operand read = read_clause(evaluation, rest, clause); read.is_error()) return read;
    if (next >= arguments.size())
      return evaluation.fail(fmt::format("index {} out of range: expected an argument", next));
    const Operand done = append_clause(evaluation, clause, Operand::of(arguments[next++]), out);
    if (done.is_error()) return done;
  }
  return {};
}

}  // namespace aizuchi::ground
