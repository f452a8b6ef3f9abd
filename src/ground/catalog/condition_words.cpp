#include "ground/catalog/condition_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/text.h"
#include "ground/expr/parse.h"

namespace aizuchi::ground {

namespace {

using Words = std::optional<std::string>;

struct Comparison {
  std::string_view sign;
  std::string_view ja, en;            // of a number or a length of time
  std::string_view ja_word, en_word;  // of a word; "" where a word cannot be compared so
};
constexpr std::array<Comparison, 6> comparisons = {{
    {"_==_", "{}が{}", "{}: {}", "{}が「{}」", "{} is “{}”"},
    {"_!=_", "{}が{}以外", "{}: not {}", "{}が「{}」以外", "{} is not “{}”"},
    {"_>=_", "{}が{}以上", "{}: at least {}", "", ""},
    {"_<=_", "{}が{}以下", "{}: at most {}", "", ""},
    {"_>_", "{}が{}より多い", "{}: more than {}", "", ""},
    {"_<_", "{}が{}未満", "{}: less than {}", "", ""},
}};

struct NamedRead {
  std::string_view path, ja, en;
};
constexpr std::array<NamedRead, 11> named_reads = {{
    {"visits", "訪問の回数", "visits"},
    {"phase", "関係の段階", "phase"},
    {"cart.count", "かごの中の数", "items in the cart"},
    {"cart.total", "かごの合計", "the cart's total"},
    {"context.page", "ページ", "page"},
    {"context.device", "端末", "device"},
    {"context.hour", "時刻(時)", "hour"},
    {"context.locale", "言語", "language"},
    {"rfm.recency", "最近さ(5段階)", "recency, of five"},
    {"rfm.frequency", "回数の多さ(5段階)", "frequency, of five"},
    {"rfm.monetary", "金額の多さ(5段階)", "money spent, of five"},
}};

// "facts.inquiry.topic" of nested selects; "" for anything else.
std::string path_of(const Node& node) {
  if (node.kind == NodeKind::name) return node.text;
  if (node.kind != NodeKind::select || node.test || node.optional) return "";
  const std::string inner = path_of(*node.children[0]);
  return inner.empty() ? "" : inner + "." + node.text;
}

bool is_call(const Node& node, std::string_view name, size_t arguments_min) {
  return node.kind == NodeKind::call && node.text == name && node.children.size() >= arguments_min;
}

bool is_text(const Node& node) {
  return node.kind == NodeKind::constant && node.value.is(Value::Kind::string);
}

class Phrases {
 public:
  Phrases(const Snapshot& brand, LocaleId locale)
      : brand_(brand), locale_(locale), ja_(brand.locales[locale.index].starts_with("ja")) {}

  Words rule(const Node& node) const {
    if (is_call(node, "_&&_", 2)) return joined(node, ja_ ? "、かつ、" : " and ", "_||_");
    if (is_call(node, "_||_", 2)) return joined(node, ja_ ? "、または、" : " or ", "_&&_");
    if (is_call(node, "!_", 1)) {
      const Words inner = rule(*node.children[0]);
      if (!inner) return std::nullopt;
      return ja_ ? fmt::format("({})ではない", *inner) : fmt::format("not ({})", *inner);
    }
    if (node.kind == NodeKind::select && node.test) return known(node);
    if (is_call(node, "in_audience", 1) && is_text(*node.children[0]))
      return audience(node.children[0]->value.as_string());
    if (is_call(node, "startsWith", 2) && node.with_receiver) return starts(node);
    return compared(node);
  }

 private:
  std::string say(std::string_view ja, std::string_view en) const {
    return std::string(ja_ ? ja : en);
  }

  Words joined(const Node& node, std::string_view between, std::string_view other) const {
    std::string out;
    for (const NodePtr& child : node.children) {
      Words part = rule(*child);
      if (!part) return std::nullopt;
      if (is_call(*child, other, 2)) part = fmt::format("({})", *part);
      out += fmt::format("{}{}", out.empty() ? "" : between, *part);
    }
    return out;
  }

  const FactRule* fact(std::string_view path) const {
    return path.starts_with("facts.") ? brand_.fact(path.substr(6)) : nullptr;
  }

  Words known(const Node& node) const {
    const FactRule* rule = fact(path_of(*node.children[0]) + "." + node.text);
    if (rule == nullptr) return std::nullopt;
    return fmt::format("{}{}", rule->label.in(locale_), say("が分かっている", " is known"));
  }

  Words audience(std::string_view name) const {
    const Audience* found = brand_.audience(name);
    if (found == nullptr) return std::nullopt;
    return say("「", "“") + (found->title.empty() ? found->name : found->title) + say("」", "”");
  }

  Words starts(const Node& node) const {
    const Words what = read(*node.children[0]);
    if (!what || !is_text(*node.children[1])) return std::nullopt;
    const std::string& with = node.children[1]->value.as_string();
    return ja_ ? fmt::format("{}が{}で始まる", *what, with)
               : fmt::format("{} begins with {}", *what, with);
  }

  Words compared(const Node& node) const {
    const auto* how = std::ranges::find(comparisons, node.text, &Comparison::sign);
    if (node.kind != NodeKind::call || how == comparisons.end()) return std::nullopt;
    const Words left = read(*node.children[0]);
    const Node& right = *node.children[1];
    if (!left) return std::nullopt;
    if (is_text(right)) {
      if (how->en_word.empty()) return std::nullopt;
      return fmt::format(fmt::runtime(ja_ ? how->ja_word : how->en_word), *left,
                         value_said(*node.children[0], right.value.as_string()));
    }
    const Words number = amount(right);
    if (!number) return std::nullopt;
    return fmt::format(fmt::runtime(ja_ ? how->ja : how->en), *left, *number);
  }

  // How the brand says the value of a fact, or a phase.
  std::string value_said(const Node& of, const std::string& value) const {
    const std::string path = path_of(of);
    if (path == "phase")
      for (const Phase& phase : brand_.phases)
        if (phase.name == value && !phase.says.in(locale_).empty()) return phase.says.in(locale_);
    if (const FactRule* rule = fact(path)) {
      const auto at = std::ranges::find(rule->of, value);
      const auto i = static_cast<size_t>(at - rule->of.begin());
      if (i < rule->of_says.size()) return rule->of_says[i].in(locale_);
      if (rule->type == FactType::axis)
        if (const Axis* axis = brand_.axis(value)) return axis->says.in(locale_);
    }
    return value;
  }

  Words amount(const Node& node) const {
    if (is_call(node, "duration", 1) && is_text(*node.children[0]))
      return length(node.children[0]->value.as_string());
    if (node.kind != NodeKind::constant) return std::nullopt;
    return to_display(node.value);
  }

  // "168h" in days where it is whole ones.
  Words length(std::string_view text) const {
    const auto parsed = parse_duration(text);
    if (!parsed || parsed->ms % 60'000 != 0) return std::nullopt;
    const int64_t minutes = parsed->ms / 60'000;
    const auto unit = [&](int64_t n, std::string_view ja, std::string_view en) {
      return ja_ ? fmt::format("{}{}", n, ja) : fmt::format("{} {}{}", n, en, n == 1 ? "" : "s");
    };
    if (minutes % 1440 == 0) return unit(minutes / 1440, "日", "day");
    if (minutes % 60 == 0) return unit(minutes / 60, "時間", "hour");
    return unit(minutes, "分", "minute");
  }

  std::string event(const std::string& name) const {
    const EventRule* rule = brand_.event(name);
    const std::string label = rule == nullptr ? "" : rule->label.in(locale_);
    return label.empty() ? name : label;
  }

  Words read(const Node& node) const {
    const std::string path = path_of(node);
    if (const FactRule* rule = fact(path)) return rule->label.in(locale_);
    const auto* named = std::ranges::find(named_reads, path, &NamedRead::path);
    if (named != named_reads.end()) return say(named->ja, named->en);
    if (is_call(node, "count", 1) && is_text(*node.children[0])) return count(node);
    if (is_call(node, "_-_", 2) && path_of(*node.children[0]) == "now" &&
        is_call(*node.children[1], "last", 1) && is_text(*node.children[1]->children[0])) {
      const std::string of = event(node.children[1]->children[0]->value.as_string());
      return ja_ ? fmt::format("最後の「{}」からの時間", of)
                 : fmt::format("time since the last “{}”", of);
    }
    if (is_call(node, "getHours", 1) && node.with_receiver) return say("時刻(時)", "hour");
    return std::nullopt;
  }

  // count('Product Viewed', duration('168h'), {'category': 'tea'})
  Words count(const Node& node) const {
    std::vector<std::string> within;
    for (size_t i = 1; i < node.children.size(); ++i) {
      const Node& argument = *node.children[i];
      const Words window = amount(argument);
      if (window) {
        within.push_back(ja_ ? *window + "以内" : "in " + *window);
      } else if (argument.kind == NodeKind::map) {
        for (size_t at = 0; at + 1 < argument.children.size(); at += 2) {
          if (!is_text(*argument.children[at]) ||
              argument.children[at + 1]->kind != NodeKind::constant)
            return std::nullopt;
          within.push_back(fmt::format("{} {}", argument.children[at]->value.as_string(),
                                       to_display(argument.children[at + 1]->value)));
        }
      } else {
        return std::nullopt;
      }
    }
    const std::string of = event(node.children[0]->value.as_string());
    const std::string where =
        within.empty() ? "" : fmt::format(" ({})", fmt::join(within, ja_ ? "、" : ", "));
    return ja_ ? fmt::format("「{}」{}の回数", of, where) : fmt::format("times “{}”{}", of, where);
  }

  const Snapshot& brand_;
  LocaleId locale_;
  bool ja_;
};

}  // namespace

std::optional<std::string> condition_in_words(std::string_view cel, const Snapshot& brand,
                                              LocaleId locale) {
  const auto tree = parse_expr(cel);
  if (!tree) return std::nullopt;
  return Phrases(brand, locale).rule(**tree);
}

}  // namespace aizuchi::ground
