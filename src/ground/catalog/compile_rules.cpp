#include <fmt/format.h>

#include <algorithm>

#include "ground/base/text.h"
#include "ground/catalog/compile.h"
#include "ground/catalog/fields.h"

namespace aizuchi::ground::catalog {

namespace {

using Kind = ExprType::Kind;

// The word of a finding for what CEL said.
std::string_view rule_of(std::string_view message) {
  if (message.find("undeclared reference to 'facts.") != std::string_view::npos)
    return "unknown-fact";
  if (message.find("unknown event '") != std::string_view::npos) return "unknown-event";
  if (message.find("unknown audience '") != std::string_view::npos) return "unknown-audience";
  return "cel";
}

std::optional<std::string_view> named_later(std::string_view message) {
  for (const char end : {'\'', '.'})
    if (message.find(fmt::format("undeclared reference to 'account{}", end)) !=
        std::string_view::npos)
      return "account";
  return std::nullopt;
}

void report(Draft& draft, const YamlNode& node, const ExprError& error) {
  const Place place = node.inside(error.at.line, error.at.column);
  if (const auto later = named_later(error.message))
    draft.error(place, "not-supported-yet", "",
                fmt::format("not supported yet: {} in a rule", *later));
  else
    draft.error(place, rule_of(error.message), trim(node.text), error.message);
}

std::optional<Expr> compile(Draft& draft, const BrandEnvironment& environment, const YamlNode& node,
                            std::optional<ExprType> expected) {
  if (!node.is(YamlNode::Kind::scalar)) {
    draft.error(node.place, "wrong-value", "",
                fmt::format("expected a CEL expression, found {}", kind_word(node)));
    return std::nullopt;
  }
  CompileOptions options;
  options.expected = std::move(expected);
  auto expr = Expr::compile(node.text, environment, options);
  if (expr) return std::move(*expr);
  for (const ExprError& error : expr.error()) report(draft, node, error);
  return std::nullopt;
}

std::optional<Expr> compile_rule(Draft& draft, const BrandEnvironment& environment,
                                 const YamlNode* node) {
  if (node == nullptr) return std::nullopt;
  return compile(draft, environment, *node, ExprType(Kind::boolean));
}

bool numeric(const ExprType& type) {
  return type.is_dyn() || type.is(Kind::integer) || type.is(Kind::uinteger) || type.is(Kind::real);
}

std::optional<Expr> compile_number(Draft& draft, const BrandEnvironment& environment,
                                   const YamlNode* node) {
  if (node == nullptr) return std::nullopt;
  auto expr = compile(draft, environment, *node, std::nullopt);
  if (expr && !numeric(expr->type()))
    draft.error(node->place, "cel", node->text,
                fmt::format("expected a number, this is {}", expr->type().text()));
  return expr;
}

// "count('x')" and nothing around it: what it says was seen, not concluded.
bool bare_aggregate(const Draft& draft, const Expr& expr) {
  if (expr.reads().size() != 1) return false;
  const Read& read = draft.out.reads[expr.reads()[0]];
  if (read.kind != ReadKind::aggregate || read.inferred) return false;
  const std::string_view text = trim(expr.text());
  const size_t open = text.find('(');
  if (open == std::string_view::npos || text.find_first_of("?:+-*/%<>=!&|[.") < open) return false;
  char quote = 0;
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      return i + 1 == text.size();
    }
  }
  return false;
}

void compile_derived(Draft& draft, const BrandEnvironment& environment, size_t position) {
  const YamlNode& node = *draft.fact_derived[position];
  const ExprType wanted = type_of(draft.out.facts[position]);
  // A whole number is a number.
  const bool number = wanted.is(Kind::real);
  auto expr = number ? compile_number(draft, environment, &node)
                     : compile(draft, environment, node, wanted);
  const ReadId id = environment.fact(position);
  draft.out.facts[position].derived = id;
  if (!expr) return;
  const bool inferred = !bare_aggregate(draft, *expr);
  Read& read = draft.out.reads[id];
  read.inputs.assign(expr->reads().begin(), expr->reads().end());
  read.inferred = inferred;
  read.expr = std::move(*expr);
}

void compile_scale(Draft& draft, const BrandEnvironment& environment, size_t position) {
  Scale& scale = draft.out.scales[position];
  scale.read = environment.scale(position);
  const ScaleDraft& rest = draft.scale_drafts[position];
  YamlNode node;
  if (rest.of != nullptr)
    node = *rest.of;
  else
    node = {.kind = YamlNode::Kind::scalar, .place = scale.place, .text = rest.text};
  auto expr = compile(draft, environment, node, std::nullopt);
  if (!expr) return;
  if (!numeric(expr->type()) && !expr->type().is(Kind::timestamp))
    draft.error(node.place, "cel", node.text,
                fmt::format("expected a number or a moment, this is {}", expr->type().text()));
  Read& read = draft.out.reads[scale.read];
  read.inputs.assign(expr->reads().begin(), expr->reads().end());
  read.expr = std::move(*expr);
}

void compile_audiences(Draft& draft, BrandEnvironment& environment) {
  for (size_t i = 0; i < draft.audience_rules.size(); ++i) {
    const YamlNode* rule = draft.audience_rules[i];
    auto expr = compile_rule(draft, environment, rule);
    if (!expr) {
      environment.leave_out(draft.audience_names[i].text);
      continue;
    }
    draft.out.audiences.push_back(Audience{draft.audience_names[i].text, draft.audience_titles[i],
                                           rule->text, std::move(*expr)});
  }
}

void compile_item(Draft& draft, const BrandEnvironment& environment, size_t index) {
  Item& item = draft.out.items[index];
  const ItemDraft& rest = draft.item_drafts[index];
  item.when = compile_rule(draft, environment, rest.when);
  item.boost = compile_number(draft, environment, rest.boost);
  for (size_t i = 0; i < item.wordings.size(); ++i)
    item.wordings[i].when = compile_rule(draft, environment, rest.wordings[i].when);
}

}  // namespace

void compile_rules(Draft& draft, BrandEnvironment& environment) {
  compile_audiences(draft, environment);
  for (size_t i = 0; i < draft.out.facts.size(); ++i)
    if (draft.fact_derived[i] != nullptr) compile_derived(draft, environment, i);
  for (size_t i = 0; i < draft.out.scales.size(); ++i) compile_scale(draft, environment, i);
  for (size_t i = 0; i < draft.out.phases.size(); ++i)
    draft.out.phases[i].when = compile_rule(draft, environment, draft.phase_rules[i]);
  for (size_t i = 0; i < draft.out.concerns.size(); ++i)
    draft.out.concerns[i].when = compile_rule(draft, environment, draft.signals[i]);
  for (size_t i = 0; i < draft.out.items.size(); ++i) compile_item(draft, environment, i);
}

}  // namespace aizuchi::ground::catalog
