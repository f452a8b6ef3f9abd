// Signatures: read from the notation beside each function, matched against argument types.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ground/base/result.h"
#include "ground/expr/check.h"
#include "ground/expr/functions.h"

namespace aizuchi::ground {

namespace {

using Kind = ExprType::Kind;

class NotationReader {
 public:
  explicit NotationReader(std::string_view text) : text_(text) {}

  // "(string, list(A)) int; (bytes) int"
  std::vector<Signature> signatures() {
    std::vector<Signature> out;
    do {
      Signature signature;
      AIZ_ASSERT(take('('));
      while (!take(')')) {
        signature.parameters.push_back(type());
        signature.repeats = take('.') && take('.') && take('.');
        take(',');
      }
      signature.result = type();
      out.push_back(std::move(signature));
    } while (take(';'));
    AIZ_ASSERT(text_.empty());
    return out;
  }

 private:
  bool take(char c) {
    skip_space();
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip_space() {
    while (!text_.empty() && text_[0] == ' ') text_.remove_prefix(1);
  }
  ExprType type() {
    static const std::map<std::string_view, Kind> simple = {
        {"dyn", Kind::dyn},          {"null", Kind::null},
        {"bool", Kind::boolean},     {"int", Kind::integer},
        {"uint", Kind::uinteger},    {"double", Kind::real},
        {"string", Kind::string},    {"bytes", Kind::bytes},
        {"type", Kind::type},        {"timestamp", Kind::timestamp},
        {"duration", Kind::duration}};
    skip_space();
    // "net.IP" has a dot inside, "dyn..." has three behind.
    const std::string_view rest = text_.substr(0, text_.find("..."));
    const std::string word(rest.substr(0, rest.find_first_of("(),; ")));
    text_.remove_prefix(word.size());
    if (const auto found = simple.find(word); found != simple.end()) return found->second;
    if (word.size() == 1) return ExprType::param(word);
    if (!take('(')) return ExprType::opaque(word);
    ExprType first = type();
    ExprType out = word == "list" ? ExprType::list(first) : ExprType::optional(first);
    if (take(',')) out = ExprType::map(first, type());
    AIZ_ASSERT(take(')'));
    return out;
  }

  std::string_view text_;
};

using Bindings = std::map<std::string, ExprType>;

bool match(const ExprType& formal, const ExprType& actual, Bindings& bindings) {
  if (formal.is(Kind::param)) {
    const auto [bound, fresh] = bindings.try_emplace(formal.name(), actual);
    if (fresh || assignable(actual, bound->second)) return true;
    if (!assignable(bound->second, actual)) return false;
    bound->second = actual;
    return true;
  }
  if (actual.is_dyn() || formal.is_dyn()) return true;
  if (formal.kind() != actual.kind()) return assignable(actual, formal);
  switch (formal.kind()) {
    case Kind::list:
    case Kind::optional:
      return match(formal.item(), actual.item(), bindings);
    case Kind::map:
      return match(formal.key(), actual.key(), bindings) &&
             match(formal.value(), actual.value(), bindings);
    default:
      return assignable(actual, formal);
  }
}

ExprType substitute(const ExprType& type, const Bindings& bindings) {
  switch (type.kind()) {
    case Kind::param: {
      const auto found = bindings.find(type.name());
      return found == bindings.end() ? ExprType() : found->second;
    }
    case Kind::list:
      return ExprType::list(substitute(type.item(), bindings));
    case Kind::optional:
      return ExprType::optional(substitute(type.item(), bindings));
    case Kind::map:
      return ExprType::map(substitute(type.key(), bindings), substitute(type.value(), bindings));
    default:
      return type;
  }
}

std::string list_of(const std::vector<ExprType>& types) {
  std::string out;
  for (const ExprType& type : types) out += (out.empty() ? "" : ", ") + type.text();
  return out;
}

std::string display_name(const Function& function) {
  if (function.name == "@in") return "in";
  std::string name;
  for (const char c : function.name)
    if (c != '_' || function.name.find_first_of("+-*/%<>=![?") == std::string::npos) name += c;
  return name;
}

// What would fit: the signatures that begin like the call, or all of them.
std::string wanted_by(const Function& function, const std::vector<ExprType>& arguments) {
  if (function.name == "_==_" || function.name == "_!=_") return "two values of one type";
  if (function.name == "_?_:_") return "bool before '?' and two branches of one type";
  std::string close;
  std::string all;
  size_t count = 0;
  for (const Signature& signature : function.signatures) {
    const std::string text =
        fmt::format("({}{})", list_of(signature.parameters), signature.repeats ? ", …" : "");
    all += (all.empty() ? "" : ", ") + text;
    Bindings bindings;
    if (arguments.empty() || signature.parameters.empty() ||
        !match(signature.parameters[0], arguments[0], bindings))
      continue;
    close += (close.empty() ? "" : ", ") + text;
    ++count;
  }
  const bool many = close.empty() ? function.signatures.size() > 1 : count > 1;
  return (many ? "one of " : "") + (close.empty() ? all : close);
}

using Key = std::pair<std::string_view, bool>;

const std::map<Key, Function>& all_functions() {
  static const std::map<Key, Function> table = [] {
    std::map<Key, Function> out;
    for (const auto& group : {operator_functions(), collection_functions(), conversion_functions(),
                              string_functions(), string_extension_functions(), time_functions(),
                              math_functions(), optional_functions(), network_functions()}) {
      for (Function function : group) {
        function.signatures = NotationReader(function.notation).signatures();
        const bool added = out.emplace(Key(function.name, function.with_receiver), function).second;
        AIZ_ASSERT(added);
      }
    }
    return out;
  }();
  return table;
}

}  // namespace

bool Function::takes(size_t arguments) const {
  return std::ranges::any_of(signatures, [&](const Signature& s) { return s.takes(arguments); });
}

const Function* find_function(std::string_view name, bool with_receiver) {
  const auto& table = all_functions();
  const auto found = table.find(Key(name, with_receiver));
  return found == table.end() ? nullptr : &found->second;
}

std::vector<std::string> function_names() {
  std::vector<std::string> out;
  for (const auto& [key, function] : all_functions())
    if (key.first.find_first_of("_@") != 0) out.emplace_back(key.first);
  return out;
}

std::expected<ExprType, std::string> result_of(const Function& function,
                                               const std::vector<ExprType>& arguments) {
  std::optional<ExprType> result;
  for (const Signature& signature : function.signatures) {
    if (!signature.takes(arguments.size())) continue;
    Bindings bindings;
    bool fits = true;
    for (size_t i = 0; i < arguments.size() && fits; ++i)
      fits = match(signature.parameter(i), arguments[i], bindings);
    if (!fits) continue;
    const ExprType type = substitute(signature.result, bindings);
    result = result && !(*result == type) ? ExprType() : type;
  }
  if (result) return *result;
  return std::unexpected(fmt::format("no such overload: '{}' applied to ({}), expected {}",
                                     display_name(function), list_of(arguments),
                                     wanted_by(function, arguments)));
}

}  // namespace aizuchi::ground
