#include "oracle/cel_oracle.h"

#include <functional>
#include <utility>

namespace aizuchi::oracle {

namespace {

using ground::FoldKind;
using ground::Node;
using ground::NodeKind;
using ground::Value;
using Kind = Value::Kind;
using Answer = std::expected<Value, std::string>;

Answer error(std::string why) {
  return std::unexpected(std::move(why));
}

bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return a.as_bool() == b.as_bool();
    case Kind::integer:
      return a.as_int() == b.as_int();
    case Kind::string:
      return a.as_string() == b.as_string();
    case Kind::list: {
      if (a.as_list().size() != b.as_list().size()) return false;
      for (size_t i = 0; i < a.as_list().size(); ++i)
        if (!same(a.as_list()[i], b.as_list()[i])) return false;
      return true;
    }
    default:
      return false;
  }
}

// -1, 0, 1; an error for kinds without order.
std::expected<int, std::string> order(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return std::unexpected("no order between kinds");
  if (a.is(Kind::integer)) return a.as_int() < b.as_int() ? -1 : (a.as_int() > b.as_int() ? 1 : 0);
  if (a.is(Kind::boolean)) return int{a.as_bool()} - int{b.as_bool()};
  if (a.is(Kind::string)) {
    const int c = a.as_string().compare(b.as_string());
    return c < 0 ? -1 : (c > 0 ? 1 : 0);
  }
  return std::unexpected("no order in this kind");
}

// In 128 bits, where nothing overflows, and then looked at.
Answer arithmetic(const std::string& op, const Value& a, const Value& b) {
  if (op == "_+_" && a.is(Kind::string) && b.is(Kind::string))
    return Value(a.as_string() + b.as_string());
  if (op == "_+_" && a.is(Kind::list) && b.is(Kind::list)) {
    ground::ValueList items = a.as_list();
    for (const Value& item : b.as_list()) items.push_back(item);
    return Value::list(items);
  }
  if (!a.is(Kind::integer) || !b.is(Kind::integer)) return error("no such overload");
  const __int128 x = a.as_int();
  const __int128 y = b.as_int();
  __int128 r = 0;
  if ((op == "_/_" || op == "_%_") && y == 0) return error("by zero");
  if (op == "_+_") r = x + y;
  if (op == "_-_") r = x - y;
  if (op == "_*_") r = x * y;
  if (op == "_/_") r = x / y;
  if (op == "_%_") {
    if (x == INT64_MIN && y == -1) return error("overflow");
    r = x % y;
  }
  if (r < INT64_MIN || r > INT64_MAX) return error("overflow");
  return Value(static_cast<int64_t>(r));
}

Answer binary(const std::string& op, const Value& a, const Value& b) {
  if (op == "_==_") return Value(same(a, b));
  if (op == "_!=_") return Value(!same(a, b));
  if (op == "_<_" || op == "_<=_" || op == "_>_" || op == "_>=_") {
    const auto c = order(a, b);
    if (!c) return error(c.error());
    if (op == "_<_") return Value(*c < 0);
    if (op == "_<=_") return Value(*c <= 0);
    return op == "_>_" ? Value(*c > 0) : Value(*c >= 0);
  }
  if (op == "@in") {
    if (!b.is(Kind::list)) return error("no such overload");
    for (const Value& item : b.as_list())
      if (same(a, item)) return Value(true);
    return Value(false);
  }
  if (op == "_[_]") {
    if (!a.is(Kind::list) || !b.is(Kind::integer)) return error("no such overload");
    for (int64_t i = 0; i < static_cast<int64_t>(a.as_list().size()); ++i)
      if (i == b.as_int()) return a.as_list()[static_cast<size_t>(i)];
    return error("no such index");
  }
  return arithmetic(op, a, b);
}

// Both sides are always evaluated; the decisive one wins whatever the other says.
Answer logical(const Node& node, const Variables& variables, bool decisive) {
  Answer out = Value(!decisive);
  for (const auto& child : node.children) {
    const Answer v = evaluate(*child, variables);
    if (v && v->is(Kind::boolean) && v->as_bool() == decisive) return Value(decisive);
    if (!v || !v->is(Kind::boolean)) out = error("an operand is no bool");
  }
  return out;
}

Answer call(const Node& node, const Variables& variables) {
  if (node.text == "_&&_") return logical(node, variables, false);
  if (node.text == "_||_") return logical(node, variables, true);
  if (node.text == "_?_:_") {
    const Answer condition = evaluate(*node.children[0], variables);
    if (!condition || !condition->is(Kind::boolean)) return error("no bool before ?");
    return evaluate(*node.children[condition->as_bool() ? 1 : 2], variables);
  }
  std::vector<Value> args;
  for (const auto& child : node.children) {
    Answer v = evaluate(*child, variables);
    if (!v) return v;
    args.push_back(*v);
  }
  if (node.text == "!_")
    return args[0].is(Kind::boolean) ? Answer(Value(!args[0].as_bool())) : error("no bool");
  if (node.text == "-_")
    return args[0].is(Kind::integer) ? arithmetic("_-_", Value(0), args[0]) : error("no int");
  if (node.text == "size" && args.size() == 1) {
    if (args[0].is(Kind::list)) return Value(static_cast<int64_t>(args[0].as_list().size()));
    if (args[0].is(Kind::string)) return Value(static_cast<int64_t>(args[0].as_string().size()));
    return error("no such overload");
  }
  if (args.size() == 2) return binary(node.text, args[0], args[1]);
  return error("no such function");
}

Answer select(const Node& node, const Variables& variables) {
  const Answer target = evaluate(*node.children[0], variables);
  if (!target) return target;
  if (!target->is(Kind::map)) return error("no fields here");
  for (const auto& [key, value] : target->as_map())
    if (key.is(Kind::string) && key.as_string() == node.text)
      return node.test ? Value(true) : value;
  return node.test ? Answer(Value(false)) : error("no such key");
}

Answer quantifier(const Node& node, const std::vector<Answer>& turns) {
  size_t yes = 0, no = 0, wrong = 0;
  for (const Answer& turn : turns) {
    if (!turn || !turn->is(Kind::boolean))
      ++wrong;
    else
      ++(turn->as_bool() ? yes : no);
  }
  if (node.fold == FoldKind::all && no > 0) return Value(false);
  if (node.fold == FoldKind::exists && yes > 0) return Value(true);
  if (wrong > 0) return error("a condition failed");
  if (node.fold == FoldKind::all) return Value(true);
  return node.fold == FoldKind::exists ? Value(false) : Value(yes == 1);
}

Answer fold(const Node& node, const Variables& variables) {
  const Answer range = evaluate(*node.children[0], variables);
  if (!range) return range;
  if (!range->is(Kind::list) || !node.second.empty()) return error("no list to loop over");
  const bool collects = node.fold == FoldKind::list;
  std::vector<Answer> turns;
  ground::ValueList items;
  for (const Value& item : range->as_list()) {
    Variables inner = variables;
    inner[node.first] = item;
    if (!collects) {
      turns.push_back(evaluate(*node.children[1], inner));
      continue;
    }
    if (node.children[1]) {
      const Answer kept = evaluate(*node.children[1], inner);
      if (!kept || !kept->is(Kind::boolean)) return error("the filter is no bool");
      if (!kept->as_bool()) continue;
    }
    const Answer made = node.children[2] ? evaluate(*node.children[2], inner) : Answer(item);
    if (!made) return made;
    items.push_back(*made);
  }
  return collects ? Answer(Value::list(items)) : quantifier(node, turns);
}

}  // namespace

Answer evaluate(const Node& node, const Variables& variables) {
  switch (node.kind) {
    case NodeKind::constant:
      return node.value;
    case NodeKind::name: {
      const auto found = variables.find(node.text);
      return found == variables.end() ? error("unknown name") : Answer(found->second);
    }
    case NodeKind::select:
      return select(node, variables);
    case NodeKind::call:
      return call(node, variables);
    case NodeKind::fold:
      return fold(node, variables);
    case NodeKind::list: {
      ground::ValueList items;
      for (const auto& child : node.children) {
        Answer v = evaluate(*child, variables);
        if (!v) return v;
        items.push_back(*v);
      }
      return Value::list(items);
    }
    case NodeKind::map: {
      ground::ValueMap entries;
      for (size_t i = 0; i < node.children.size(); i += 2) {
        const Answer key = evaluate(*node.children[i], variables);
        const Answer value = evaluate(*node.children[i + 1], variables);
        if (!key || !value || !key->is(Kind::string)) return error("no such entry");
        for (const auto& [other, unused] : entries)
          if (same(other, *key)) return error("repeated key");
        entries.emplace_back(*key, *value);
      }
      return Value::map(entries);
    }
  }
  return error("unknown node");
}

}  // namespace aizuchi::oracle
