// Values as facts want them, and whose word is taken for which.
#include <algorithm>

#include "ground/base/time.h"
#include "listen/events/apply.h"

namespace aizuchi::listen {

namespace {

std::optional<Value> coerce_text(const Value& value, const ground::FactRule& rule) {
  if (!value.is(Value::Kind::string) || value.as_string().empty() ||
      value.as_string().size() > 1024)
    return std::nullopt;
  const std::string& text = value.as_string();
  switch (rule.type) {
    case ground::FactType::enumeration:
      if (std::ranges::find(rule.of, text) == rule.of.end()) return std::nullopt;
      return value;
    case ground::FactType::email: {
      const size_t at = text.find('@');
      if (at == 0 || at == std::string::npos || at + 1 == text.size()) return std::nullopt;
      return value;
    }
    case ground::FactType::date: {
      const auto instant = ground::parse_instant(text);
      if (!instant) return std::nullopt;
      return Value(*instant);
    }
    default:
      return value;
  }
}

// Some of the axes, each once, the dearest first.
std::optional<Value> axes_in_order(const Value& value, const ground::Snapshot& snapshot) {
  if (!value.is(Value::Kind::list) || value.as_list().empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const Value& each : value.as_list()) {
    if (!each.is(Value::Kind::string) || snapshot.axis(each.as_string()) == nullptr ||
        std::ranges::find(names, each.as_string()) != names.end())
      return std::nullopt;
    names.push_back(each.as_string());
  }
  return value;
}

}  // namespace

std::optional<Value> fitted(const Value& value, const ground::FactRule& rule,
                            const ground::Snapshot& snapshot) {
  switch (rule.type) {
    case ground::FactType::boolean:
      return value.is(Value::Kind::boolean) ? std::optional(value) : std::nullopt;
    case ground::FactType::integer:
      return value.is(Value::Kind::integer) ? std::optional(value) : std::nullopt;
    case ground::FactType::real: {
      constexpr double none = -1.797e308;
      const double x = value.number_or(none);
      return x == none ? std::nullopt : std::optional(Value(x));
    }
    case ground::FactType::strings: {
      if (!value.is(Value::Kind::list) || value.as_list().size() > 64) return std::nullopt;
      const bool all_text = std::ranges::all_of(
          value.as_list(), [](const Value& v) { return v.is(Value::Kind::string); });
      return all_text ? std::optional(value) : std::nullopt;
    }
    case ground::FactType::axis:
      if (!value.is(Value::Kind::string) || snapshot.axis(value.as_string()) == nullptr)
        return std::nullopt;
      return value;
    case ground::FactType::values:
      return axes_in_order(value, snapshot);
    default:
      return coerce_text(value, rule);
  }
}

// Who someone is, and what is delicate about them, is taken from a server that vouches for it, or
// as signed in a person token: a page is in its reader's hands, a proven one too.
bool needs_proof(const ground::FactRule& fact_rule) {
  return fact_rule.pii || fact_rule.sensitive || fact_rule.type == ground::FactType::email;
}

}  // namespace aizuchi::listen
