#include "ground/domain/value_choice.h"

#include <algorithm>

#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

constexpr std::string_view better = " > ";

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view name : split(text, ',')) out.emplace_back(trim(name));
  return out;
}

}  // namespace

std::string to_text(const ValueChoice& choice) {
  std::string out = format_instant(choice.at) + " " + choice.best;
  if (!choice.others.empty()) out.append(better).append(joined(choice.others));
  // Of two, the other one is no worst: it was not asked for.
  if (!choice.worst.empty()) out.append(better).append(choice.worst);
  return out;
}

std::optional<ValueChoice> read_value_choice(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto at = parse_instant(text.substr(0, space));
  if (!at) return std::nullopt;
  ValueChoice out{.at = *at};
  std::string_view rest = text.substr(space + 1);
  std::vector<std::string_view> parts;
  for (size_t next = rest.find(better); next != std::string_view::npos; next = rest.find(better)) {
    parts.push_back(rest.substr(0, next));
    rest.remove_prefix(next + better.size());
  }
  parts.push_back(rest);
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  out.best = parts[0];
  out.others = names_in(parts[1]);
  if (parts.size() == 3) out.worst = parts[2];
  const bool named = std::ranges::none_of(out.others, &std::string::empty);
  if (out.best.empty() || !named || (parts.size() == 3 && out.worst.empty())) return std::nullopt;
  return out;
}

std::vector<ValueChoice> value_choices(const Value& value) {
  std::vector<ValueChoice> out;
  if (!value.is(Value::Kind::list)) return out;
  for (const Value& each : value.as_list())
    if (each.is(Value::Kind::string))
      if (auto choice = read_value_choice(each.as_string())) out.push_back(*std::move(choice));
  return out;
}

Value joined_choices(const Value& a, const Value& b) {
  std::vector<ValueChoice> all = value_choices(a);
  for (ValueChoice& one : value_choices(b)) {
    const bool known = std::ranges::any_of(
        all, [text = to_text(one)](const ValueChoice& each) { return to_text(each) == text; });
    if (!known)
      all.insert(std::ranges::upper_bound(all, one.at, {}, &ValueChoice::at), std::move(one));
  }
  if (all.size() > value_choices_max)
    all.erase(all.begin(), all.end() - static_cast<ptrdiff_t>(value_choices_max));
  return value_of(all);
}

Value value_of(const std::vector<ValueChoice>& choices) {
  ValueList out;
  for (const ValueChoice& choice : choices) out.emplace_back(to_text(choice));
  return Value::list(std::move(out));
}

}  // namespace aizuchi::ground
