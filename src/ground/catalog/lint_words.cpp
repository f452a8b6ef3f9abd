#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/text.h"
#include "ground/catalog/compile.h"
#include "ground/catalog/lint.h"

namespace aizuchi::ground::catalog {

namespace {

// What nobody told us and no copy may conclude: body, health, belief, money, family trouble.
// Kept short on purpose: words that mean nothing else. A stem ends in '*'.
constexpr std::array<std::string_view, 48> sensitive_words = {"授乳",
                                                              "妊娠",
                                                              "妊婦",
                                                              "マタニティ",
                                                              "つわり",
                                                              "産後",
                                                              "不妊",
                                                              "流産",
                                                              "更年期",
                                                              "病気の",
                                                              "持病",
                                                              "糖尿",
                                                              "がん患者",
                                                              "うつ病",
                                                              "障害をお持ち",
                                                              "認知症",
                                                              "介護中",
                                                              "信仰",
                                                              "宗教",
                                                              "信者",
                                                              "支持政党",
                                                              "借金",
                                                              "滞納",
                                                              "破産",
                                                              "失業中",
                                                              "離婚",
                                                              "性的指向",
                                                              "国籍の",
                                                              "pregnan*",
                                                              "breastfeed*",
                                                              "nursing mother*",
                                                              "maternity",
                                                              "miscarriage",
                                                              "infertil*",
                                                              "menopaus*",
                                                              "diabet*",
                                                              "your illness",
                                                              "cancer patient*",
                                                              "depression",
                                                              "dementia",
                                                              "disabled",
                                                              "your religion",
                                                              "your faith",
                                                              "in debt",
                                                              "bankrupt*",
                                                              "unemployed",
                                                              "divorce*",
                                                              "sexual orientation"};

bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Latin words match as words, in any case; other scripts anywhere. A '*' at the end matches on.
bool says_word(std::string_view lower_copy, std::string_view word) {
  const bool stem = word.ends_with('*');
  if (stem) word.remove_suffix(1);
  const std::string wanted = ascii_lower(word);
  if (wanted.empty()) return false;
  const bool latin_front = word_char(wanted.front());
  const bool latin_back = word_char(wanted.back());
  if (latin_front && latin_back && wanted.size() < 3) return false;  // "it" is everywhere
  for (size_t at = lower_copy.find(wanted); at != std::string_view::npos;
       at = lower_copy.find(wanted, at + 1)) {
    const size_t end = at + wanted.size();
    const bool front = !latin_front || at == 0 || !word_char(lower_copy[at - 1]);
    const bool back =
        stem || !latin_back || end == lower_copy.size() || !word_char(lower_copy[end]);
    if (front && back) return true;
  }
  return false;
}

// The words a reader sees, without the tags of the template.
std::string copy_text(std::string_view text) {
  std::string out;
  while (true) {
    const size_t open = text.find("{{");
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const size_t close = text.find("}}", open);
    if (close == std::string_view::npos) break;
    text.remove_prefix(close + 2);
  }
  return ascii_lower(out);
}

bool is_link(std::string_view field) {
  return field.ends_with("href") || field.ends_with("url") || field.ends_with("src");
}

// The quoted words of a rule: which values of an enum it is about.
bool names_value(std::string_view rule, std::string_view value) {
  return rule.find(fmt::format("'{}'", value)) != std::string_view::npos ||
         rule.find(fmt::format("\"{}\"", value)) != std::string_view::npos;
}

// By which words the fact would be recognised, in this locale.
std::vector<std::string> telling_words(const FactRule& fact, std::string_view rule, size_t locale) {
  std::vector<std::string> out = {fact.label.by_locale[locale]};
  if (locale < fact.also_called.size())
    out.insert(out.end(), fact.also_called[locale].begin(), fact.also_called[locale].end());
  const bool any_named = std::ranges::any_of(
      fact.of, [&](const std::string& value) { return names_value(rule, value); });
  for (size_t i = 0; i < fact.of.size(); ++i) {
    const bool named = names_value(rule, fact.of[i]);
    if (any_named && !named) continue;
    if (i < fact.of_says.size())
      out.push_back(fact.of_says[i].by_locale[locale]);
    else if (named)
      out.push_back(fact.of[i]);
  }
  return out;
}

const FactRule* fact_of(const Draft& draft, ReadId id) {
  const FactId fact = draft.out.reads[id].fact;
  for (const FactRule& rule : draft.out.facts)
    if (fact.valid() && rule.id == fact) return &rule;
  return nullptr;
}

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// A condition and the facts it rests on.
struct Condition {
  std::string_view text;
  std::vector<const FactRule*> facts;
};

Condition condition(const Draft& draft, const std::optional<Expr>& when) {
  Condition out;
  if (!when) return out;
  out.text = when->text();
  for (const ReadId id : rests_on(draft, when->reads()))
    if (const FactRule* fact = fact_of(draft, id)) out.facts.push_back(fact);
  return out;
}

class WordingLint {
 public:
  WordingLint(Draft& draft, const Item& item, const Wording& wording, const WordingDraft& rest)
      : draft_(draft), rest_(rest) {
    spoken_ = item.speaks;
    spoken_.insert(spoken_.end(), wording.speaks.begin(), wording.speaks.end());
    for (const Variable& variable : rest.variables)
      if (const FactRule* fact = fact_of(draft, variable.read)) spoken_.push_back(fact->name);
    conditions_ = {condition(draft, item.when), condition(draft, wording.when)};
  }

  void run() {
    for (const Copy& copy : rest_.copy) {
      if (is_link(copy.field)) continue;
      const std::string text = copy_text(copy.node->text);
      for (const Condition& condition : conditions_)
        for (const FactRule* fact : condition.facts) check_fact(copy, text, condition, *fact);
      check_sensitive(copy, text);
      check_voice(copy, text);
    }
  }

 private:
  void check_fact(const Copy& copy, const std::string& text, const Condition& condition,
                  const FactRule& fact) {
    if (holds(spoken_, fact.name)) return;
    for (const std::string& word : telling_words(fact, condition.text, copy.locale)) {
      if (!says_word(text, word)) continue;
      draft_.error(copy.node->place, "speaks-undeclared", copy.node->text,
                   fmt::format("a reader can conclude {} ('{}'): expected speaks: [{}], or other "
                               "words",
                               fact.name, word, fact.name));
      return;
    }
  }
  void check_sensitive(const Copy& copy, const std::string& text) {
    const bool owned = std::ranges::any_of(draft_.out.facts, [&](const FactRule& fact) {
      return fact.sensitive && holds(spoken_, fact.name);
    });
    if (owned) return;
    for (const std::string_view word : sensitive_words) {
      if (!says_word(text, word)) continue;
      draft_.error(copy.node->place, "sensitive-inference", copy.node->text,
                   fmt::format("'{}' concludes something about a person's body, belief, money or "
                               "family that nobody told you: expected words about the thing itself",
                               word.substr(0, word.find('*'))));
      return;
    }
  }
  void check_voice(const Copy& copy, const std::string& text) {
    if (copy.locale >= draft_.voice_avoids.size()) return;
    for (const std::string& word : draft_.voice_avoids[copy.locale])
      if (says_word(text, word))
        draft_.error(copy.node->place, "voice-avoids", copy.node->text,
                     fmt::format("voice.yaml avoids '{}'", word));
  }

  Draft& draft_;
  const WordingDraft& rest_;
  std::vector<std::string> spoken_;
  std::vector<Condition> conditions_;
};

}  // namespace

void lint_words(Draft& draft) {
  for (size_t i = 0; i < draft.out.items.size(); ++i) {
    const Item& item = draft.out.items[i];
    for (size_t w = 0; w < item.wordings.size(); ++w)
      WordingLint(draft, item, item.wordings[w], draft.item_drafts[i].wordings[w]).run();
  }
}

}  // namespace aizuchi::ground::catalog
