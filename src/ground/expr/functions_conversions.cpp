// int(), string(), … and dyn, type ("Conversion functions" of cel-spec).
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "ground/base/hash.h"
#include "ground/base/text.h"
#include "ground/expr/evaluation.h"
#include "ground/expr/functions.h"
#include "ground/expr/network.h"
#include "ground/expr/number_text.h"
#include "ground/expr/time_text.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;

constexpr double two_63 = 9223372036854775808.0;
constexpr double two_64 = 18446744073709551616.0;

template <typename T>
bool parse_whole(std::string_view text, T& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.starts_with('+')) return false;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc() && end == text.data() + text.size();
}

Operand int_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  switch (a.tag) {
    case Tag::integer:
      return a;
    case Tag::uinteger:
      if (a.u > INT64_MAX) return Operand::fail("range: the uint is too large for an int");
      return Operand::integer(static_cast<int64_t>(a.u));
    case Tag::real:
      // Both ends are out: -2^63 could be any smaller number rounded.
      if (!(a.d > -two_63 && a.d < two_63))
        return Operand::fail("range: the double does not fit an int");
      return Operand::integer(static_cast<int64_t>(a.d));
    case Tag::string: {
      int64_t v = 0;
      if (!evaluation.charge_bytes(a.text().size())) return Evaluation::exhausted();
      if (!parse_whole(a.text(), v)) return Operand::fail("expected the text of an int");
      return Operand::integer(v);
    }
    case Tag::timestamp:
      return Operand::integer(a.i);
    default:
      return Operand::no_overload();
  }
}

Operand uint_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  switch (a.tag) {
    case Tag::uinteger:
      return a;
    case Tag::integer:
      if (a.i < 0) return Operand::fail("range: a negative int is no uint");
      return Operand::uinteger(static_cast<uint64_t>(a.i));
    case Tag::real:
      if (!(a.d >= 0 && a.d < two_64))
        return Operand::fail("range: the double does not fit a uint");
      return Operand::uinteger(static_cast<uint64_t>(a.d));
    case Tag::string: {
      uint64_t v = 0;
      if (!evaluation.charge_bytes(a.text().size())) return Evaluation::exhausted();
      if (!parse_whole(a.text(), v)) return Operand::fail("expected the text of a uint");
      return Operand::uinteger(v);
    }
    default:
      return Operand::no_overload();
  }
}

Operand double_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  switch (a.tag) {
    case Tag::real:
      return a;
    case Tag::integer:
      return Operand::real(static_cast<double>(a.i));
    case Tag::uinteger:
      return Operand::real(static_cast<double>(a.u));
    case Tag::string: {
      if (!evaluation.charge_bytes(a.text().size())) return Evaluation::exhausted();
      const auto v = parse_double(a.text());
      return v ? Operand::real(*v) : Operand::fail("expected the text of a double");
    }
    default:
      return Operand::no_overload();
  }
}

Operand bool_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if (a.is(Tag::boolean)) return a;
  if (!a.is(Tag::string)) return Operand::no_overload();
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (a.text() == yes) return Operand::boolean(true);
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"})
    if (a.text() == no) return Operand::boolean(false);
  return Operand::fail("Type conversion error: expected 'true' or 'false'");
}

Operand string_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if (!evaluation.charge(4)) return Evaluation::exhausted();
  switch (a.tag) {
    case Tag::string:
      return a;
    case Tag::boolean:
      return evaluation.keep(Value(a.b ? "true" : "false"));
    case Tag::integer:
      return evaluation.keep(Value(fmt::format("{}", a.i)));
    case Tag::uinteger:
      return evaluation.keep(Value(fmt::format("{}", a.u)));
    case Tag::real:
      return evaluation.keep(Value(format_double(a.d)));
    case Tag::bytes:
      if (!evaluation.charge_bytes(a.raw().size())) return Evaluation::exhausted();
      if (!valid_utf8(a.raw())) return Operand::fail("invalid UTF-8 in bytes, expected UTF-8 text");
      return evaluation.keep(Value(a.raw()));
    case Tag::timestamp:
      return evaluation.keep(Value(format_timestamp(a.timestamp())));
    case Tag::span:
      return evaluation.keep(Value(format_span(a.duration())));
    case Tag::opaque:
      return evaluation.keep(Value(network_text(a)));
    default:
      return Operand::no_overload();
  }
}

Operand bytes_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if (a.is(Tag::bytes)) return a;
  if (!a.is(Tag::string)) return Operand::no_overload();
  if (!evaluation.charge_bytes(a.text().size())) return Evaluation::exhausted();
  return evaluation.keep(Value(Bytes{a.text()}));
}

Operand timestamp_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if (a.is(Tag::timestamp)) return a;
  if (a.is(Tag::integer)) {
    const auto t = timestamp_from_seconds(a.i);
    return t ? Operand::time(*t)
             : Operand::fail("range: expected seconds of a timestamp of the years 1 to 9999");
  }
  if (!a.is(Tag::string)) return Operand::no_overload();
  const auto t = parse_timestamp(a.text());
  return t ? Operand::time(*t)
           : Operand::fail(
                 "range: expected a timestamp like '2026-04-01T09:00:00Z' of the years 1 to "
                 "9999");
}

Operand duration_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if (a.is(Tag::span)) return a;
  if (a.is(Tag::integer)) {
    const auto s = add(Span{a.i, 0}, Span{});
    return s ? Operand::span(*s) : Operand::fail("range: expected at most 292 years of seconds");
  }
  if (!a.is(Tag::string)) return Operand::no_overload();
  if (!evaluation.charge_bytes(a.text().size())) return Evaluation::exhausted();
  const auto s = parse_span(a.text());
  return s ? Operand::span(*s)
           : Operand::fail(
                 "range: expected a duration like '168h' or '1h30m' (units h, m, s, ms, "
                 "us, ns) of at most 292 years");
}

Operand encode_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::bytes)) return Operand::no_overload();
  if (!evaluation.charge_bytes(2 * args[0].raw().size())) return Evaluation::exhausted();
  return evaluation.keep(Value(base64(args[0].raw())));
}

Operand decode_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::string)) return Operand::no_overload();
  if (!evaluation.charge_bytes(args[0].text().size())) return Evaluation::exhausted();
  std::string raw;
  if (!base64_decode(args[0].text(), raw)) return Operand::fail("expected base64 text");
  return evaluation.keep(Value(Bytes{std::move(raw)}));
}

Operand dyn_code(Evaluation&, Arguments args, const Prepared*) {
  return args[0];
}

Operand type_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  return evaluation.keep(Value(TypeName{args[0].type_name()}));
}

}  // namespace

std::span<const Function> conversion_functions() {
  static const std::array functions = {
      Function{"int", false, "(int) int; (uint) int; (double) int; (string) int; (timestamp) int",
               int_code},
      Function{"uint", false, "(uint) uint; (int) uint; (double) uint; (string) uint", uint_code},
      Function{"double", false, "(double) double; (int) double; (uint) double; (string) double",
               double_code},
      Function{"bool", false, "(bool) bool; (string) bool", bool_code},
      Function{"string", false,
               "(string) string; (bool) string; (int) string; (uint) string; (double) string; "
               "(bytes) string; (timestamp) string; (duration) string; (net.IP) string; "
               "(net.CIDR) string",
               string_code},
      Function{"bytes", false, "(bytes) bytes; (string) bytes", bytes_code},
      Function{"timestamp", false, "(timestamp) timestamp; (int) timestamp; (string) timestamp",
               timestamp_code, nullptr, true},
      Function{"duration", false, "(duration) duration; (int) duration; (string) duration",
               duration_code, nullptr, true},
      Function{"base64.encode", false, "(bytes) string", encode_code},
      Function{"base64.decode", false, "(string) bytes", decode_code},
      Function{"dyn", false, "(A) dyn", dyn_code},
      Function{"type", false, "(A) type", type_code},
  };
  return functions;
}

}  // namespace aizuchi::ground
