#include "speak/render/sentences.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "ground/domain/value_choice.h"
#include "respect/guard/guard.h"
#include "understand/recommend/suggested.h"

namespace aizuchi::speak {

using ground::Layer;
using ground::Method;
using ground::Read;
using ground::ReadKind;
using respect::Admitted;
using respect::Refusal;

namespace {

constexpr size_t sentences_max = 2;

bool japanese(const ground::Snapshot& snapshot, ground::LocaleId locale) {
  return locale.index < snapshot.locales.size() && snapshot.locales[locale.index].starts_with("ja");
}

std::string source_words(const ground::Snapshot& snapshot, const respect::SourceLine& line,
                         ground::LocaleId locale) {
  const ground::Source* source = snapshot.source(line.source);
  if (source != nullptr && !source->says.in(locale).empty()) return source->says.in(locale);
  const ground::Context* context = snapshot.context(line.collected_in);
  return context == nullptr ? "" : context->name;
}

// What they chose as the dearest, the newest first; two at most.
std::string chosen_words(const ground::Snapshot& snapshot, const ground::Value& value,
                         ground::LocaleId locale) {
  std::vector<std::string> names;
  for (const ground::ValueChoice& choice : std::views::reverse(ground::value_choices(value)))
    if (names.size() < 2 && std::ranges::find(names, choice.best) == names.end())
      names.push_back(choice.best);
  std::string out;
  for (const std::string& name : names)
    if (const ground::Axis* axis = snapshot.axis(name))
      out += (out.empty() ? "" : japanese(snapshot, locale) ? "、" : ", ") + axis->says.in(locale);
  return out;
}

std::string value_words(const ground::Snapshot& snapshot, const Read& read,
                        const ground::Value& value, ground::LocaleId locale) {
  const ground::FactRule* rule = snapshot.fact(read.fact);
  if (rule == nullptr) return "";
  const std::string text = ground::to_display(value);
  for (size_t i = 0; i < rule->of.size() && i < rule->of_says.size(); ++i)
    if (rule->of[i] == text && !rule->of_says[i].in(locale).empty())
      return rule->of_says[i].in(locale);
  if (rule->type == ground::FactType::axis)
    if (const ground::Axis* axis = snapshot.axis(text)) return axis->says.in(locale);
  if (rule->type == ground::FactType::values) return chosen_words(snapshot, value, locale);
  return text;
}

// What was told, seen or imported, with its source: a part of a sentence.
std::string fact_words(const ground::Snapshot& snapshot, const Read& read, const Admitted& admitted,
                       std::string_view source, ground::LocaleId locale) {
  const std::string label = read_label(snapshot, read, locale);
  const std::string value = value_words(snapshot, read, admitted.value(), locale);
  const bool ja = japanese(snapshot, locale);
  switch (admitted.source().method) {
    case Method::stated:
      return ja ? fmt::format("{}で「{}：{}」と教えてくださったこと", source, label, value)
                : fmt::format("what you told us, {}: {} – {}", source, label, value);
    case Method::told_to_staff:
      return ja ? fmt::format("{}で「{}：{}」とお話しくださったこと", source, label, value)
                : fmt::format("what you told our staff, {}: {} – {}", source, label, value);
    case Method::observed:
      return ja ? fmt::format("{}での「{}：{}」のご様子", source, label, value)
                : fmt::format("what we saw, {}: {} – {}", source, label, value);
    case Method::imported:
      return ja ? fmt::format("{}の記録「{}：{}」", source, label, value)
                : fmt::format("what our records say, {}: {} – {}", source, label, value);
    case Method::inferred:
      break;
  }
  return ja ? fmt::format("{}でのご様子", source) : fmt::format("what you did, {}", source);
}

std::string behaviour_words(const ground::Snapshot& snapshot, const Read& read,
                            std::string_view source, ground::LocaleId locale) {
  const std::string label = read_label(snapshot, read, locale);
  if (!japanese(snapshot, locale)) return fmt::format("{}, {}", label, source);
  // A clause (「ご覧になった品」) takes 「で」, a noun (「ご注文」) takes 「での」.
  const bool clause = label.contains("った") || label.contains("れた");
  return fmt::format("{}{}{}", source, clause ? "で" : "での", label);
}

// How each layer speaks of what it rests on, around it.
struct Around {
  std::string_view ja_after, en_before;
};
constexpr Around around[] = {
    {"に合わせて", "To suit "},  // none: an item is at least surface
    {"に合わせて", "To suit "},
    {"を覚えていて", "Remembering "},
    {"から、大切にされていることに沿って", "For what matters to you, from "}};

std::string told_by(Layer layer, std::string words, bool ja) {
  const Around& with = around[static_cast<size_t>(layer)];
  if (ja) return std::move(words.append(with.ja_after));
  return std::move(words.insert(0, with.en_before));
}

// What someone holds dear, or chose when asked.
bool tells_values(const ground::Snapshot& snapshot, const Read& read) {
  if (read.kind != ReadKind::fact) return false;
  const ground::FactRule* rule = snapshot.fact(read.fact);
  return rule != nullptr &&
         (rule->type == ground::FactType::axis || rule->type == ground::FactType::values);
}

// Beside values, what else was read only suits: nobody's values are known from it.
Layer layer_for(const ground::Snapshot& snapshot, const Read& read, Layer spoke) {
  return spoke == Layer::resonance && !tells_values(snapshot, read) ? Layer::surface : spoke;
}

// Behaviour behind a conclusion (phase, a derived fact) is told as behaviour.
Sentence sentence_for(const ground::Snapshot& snapshot, const Admitted& admitted, Layer spoke,
                      ground::LocaleId locale) {
  const Read& read = snapshot.reads[admitted.read()];
  const std::string source = source_words(snapshot, admitted.source(), locale);
  Sentence out{
      .source = source, .at = admitted.source().at, .personal = true, .read = admitted.read()};
  std::string words;
  if (read.kind == ReadKind::fact) {
    out.about = read_label(snapshot, read, locale);
    words = fact_words(snapshot, read, admitted, source, locale);
  } else {
    words = behaviour_words(snapshot, read, source, locale);
  }
  out.text =
      told_by(layer_for(snapshot, read, spoke), std::move(words), japanese(snapshot, locale));
  return out;
}

// In the phase that needs nothing to hold everybody is when they come: it says nothing about
// anyone.
bool everybody_begins_so(const ground::Snapshot& snapshot, const Read& read,
                         const Admitted& admitted) {
  if (read.kind != ReadKind::phase) return false;
  const std::string name = ground::to_display(admitted.value());
  return std::ranges::any_of(snapshot.phases, [&](const ground::Phase& phase) {
    return !phase.when && phase.name == name;
  });
}

// Of what may choose here and is not raised: neither when, nor what, nor where it was.
Sentence relation_sentence(Layer spoke, bool ja) {
  const Layer layer = spoke == Layer::memory ? spoke : Layer::surface;
  return {.text = told_by(layer, ja ? "これまでのお付き合い" : "our relation so far", ja)};
}

struct Words {
  Refusal why;
  std::string_view ja, en;
};
constexpr Words refusal_words[] = {
    {Refusal::not_collected_for, "この目的のためにはお預かりしていないため",
     "it was not entrusted for this purpose"},
    {Refusal::purpose_ended, "この目的では使わないことにしたため",
     "we no longer use it for this purpose"},
    {Refusal::no_consent, "同意をいただいていないため", "there is no consent for it"},
    {Refusal::withdrawn, "使わないでほしいとのことなので", "it was asked not to be used"},
    {Refusal::consent_text_changed, "同意の文面が変わり、まだ確認をいただいていないため",
     "the words of the consent changed and were not confirmed"},
    {Refusal::not_low_risk, "お知らせだけで使ってよい情報ではないため",
     "a notice alone does not allow it"},
    {Refusal::viewer_not_proven, "ご本人と確認できていないため",
     "the viewer is not proven to be the person"},
    {Refusal::expired, "お預かりの期限が過ぎたため", "it has expired"},
    {Refusal::outside_context, "お預かりした場とは別の場所のため",
     "it was entrusted in another context"},
    {Refusal::near_context, "選ぶためだけに使い、口にしないため",
     "it may help to choose here, and is not spoken"},
    {Refusal::by_norm, "店の決めごとで、ここでは使わないため",
     "a rule of the brand: it is not used here"},
    {Refusal::sensitive, "慎重に扱う情報のため", "it is sensitive"},
    {Refusal::seen_by_others, "ほかの方の目に触れる場所のため", "others can see this place"},
    {Refusal::too_old_to_mention, "口にするには古い話のため", "it is too old to mention"},
    {Refusal::about_another, "ご本人以外のことのため", "it is about someone else"},
    {Refusal::inferred, "推し量ったことは口にしないため", "what is inferred is not spoken"},
    {Refusal::warming, "まだ数え終えていないため", "it is still being counted"},
    {Refusal::not_compared, "みなさまのなかでの位置を、まだ数えていないため",
     "where it stands among everyone was not counted yet"},
    {Refusal::objected, "このことには使わないでほしいとのことなので",
     "its person asked for it not to be used for this"},
    {Refusal::resolved, "済んだことは、もう口にしないため",
     "it is settled, and is not raised again"},
    {Refusal::felt_odd, "ここで使うと違和感があるとのことなので",
     "used here, it felt odd to people"},
};

}  // namespace

std::string read_label(const ground::Snapshot& snapshot, const Read& read,
                       ground::LocaleId locale) {
  const bool ja = japanese(snapshot, locale);
  if (const ground::FactRule* rule = snapshot.fact(read.fact);
      rule != nullptr && !rule->label.in(locale).empty())
    return rule->label.in(locale);
  switch (read.kind) {
    case ReadKind::visits:
      return ja ? "ご来訪" : "your visits";
    case ReadKind::cart:
      return ja ? "カートの中身" : "what is in your cart";
    case ReadKind::threads:
      return ja ? "やりとり" : "our conversation";
    case ReadKind::phase:
      return ja ? "これまでのお付き合い" : "our relation so far";
    case ReadKind::now:
    case ReadKind::context:
      return ja ? "いまご覧の場面" : "where you are now";
    case ReadKind::aggregate: {
      const ground::Aggregate& aggregate = snapshot.aggregates[read.aggregate_index];
      for (const ground::EventRule& event : snapshot.events) {
        if (event.id != aggregate.event) continue;
        if (!event.label.in(locale).empty()) return event.label.in(locale);
        switch (event.role) {
          case ground::EventRole::product_viewed:
            return ja ? "ご覧になった品" : "the things you looked at";
          case ground::EventRole::order_completed:
            return ja ? "ご注文" : "your orders";
          case ground::EventRole::page:
            return ja ? "ご覧になったページ" : "the pages you visited";
          case ground::EventRole::product_added:
            return ja ? "カートに入れた品" : "what you put in your cart";
          default:
            return ja ? fmt::format("「{}」", event.name) : event.name;
        }
      }
      return ja ? "ご利用" : "what you did";
    }
    case ReadKind::viewed:
      return ja ? "ご覧になった品" : "the things you looked at";
    case ReadKind::fact:
    case ReadKind::derived:
    case ReadKind::scale:
      return ja ? "ご利用の様子" : "how you use our service";
  }
  return "";
}

// What is counted of one event is called like it; what it is narrowed to tells counts apart.
std::string narrow_label(const ground::Snapshot& snapshot, const Read& read,
                         ground::LocaleId locale) {
  std::string label = read_label(snapshot, read, locale);
  if (read.kind != ReadKind::aggregate) return label;
  const ground::Aggregate& aggregate = snapshot.aggregates[read.aggregate_index];
  std::string only = aggregate.field;
  for (const auto& [name, value] : aggregate.filter)
    only += (only.empty() ? "" : ", ") + ground::to_display(value);
  return only.empty() ? label : fmt::format("{} ({})", label, only);
}

namespace {

// The sentences of one pick, as its reads are told of.
class Explaining {
 public:
  Explaining(const ground::Snapshot& snapshot, Layer spoke, ground::LocaleId locale)
      : snapshot_(snapshot), spoke_(spoke), locale_(locale) {}

  void tell(const Admitted& admitted) {
    const Read& read = snapshot_.reads[admitted.read()];
    if (admitted.impersonal()) {
      situation_ = true;
      return;
    }
    if (!admitted.source().collected_in.valid()) return;  // a count of nothing
    if (everybody_begins_so(snapshot_, read, admitted)) {
      beginning_ = true;
      return;
    }
    const bool silent =
        (read.kind == ReadKind::threads && admitted.level() < ground::Level::say) ||
        (read.kind == ReadKind::fact && admitted.lowered_by() == respect::Refusal::resolved);
    const bool concluded = silent || read.kind == ReadKind::phase ||
                           read.kind == ReadKind::derived || read.kind == ReadKind::scale;
    auto& into = concluded ? conclusions_ : out_;
    if (into.size() == sentences_max) return;
    Sentence sentence = silent ? relation_sentence(spoke_, japanese(snapshot_, locale_))
                               : sentence_for(snapshot_, admitted, spoke_, locale_);
    if (std::ranges::find(into, sentence.text, &Sentence::text) == into.end())
      into.push_back(std::move(sentence));
  }

  std::vector<Sentence> take() {
    if (out_.empty()) out_ = std::move(conclusions_);
    if (out_.empty()) out_.push_back({.text = std::string(of_nobody())});
    return std::move(out_);
  }

 private:
  std::string_view of_nobody() const {
    const bool ja = japanese(snapshot_, locale_);
    if (situation_)
      return ja ? "いまご覧の場面に合わせて選びました"
                : "Chosen for where you are now, and nothing about you";
    if (beginning_)
      return ja ? "はじめは、どなたにもお見せしています" : "Everyone sees this at first";
    if (spoke_ == Layer::none)
      return ja ? "いつもの内容です。どなたにも同じものをお見せしています"
                : "Everyone sees this: it is our usual one";
    return ja ? "どなたにも同じものをお見せしています" : "Everyone sees this";
  }

  const ground::Snapshot& snapshot_;
  const Layer spoke_;
  const ground::LocaleId locale_;
  std::vector<Sentence> out_;
  std::vector<Sentence> conclusions_;  // told only when there is nothing nearer to tell
  bool situation_ = false, beginning_ = false;
};

}  // namespace

std::vector<Sentence> why_sentences(const ground::Snapshot& snapshot,
                                    const respect::Admission& admission, const Spoken& spoken,
                                    ground::LocaleId locale) {
  Explaining explaining(snapshot, spoken.layer, locale);
  if (spoken.layer == Layer::resonance)  // what names the layer comes first
    for (const ground::ReadId id : spoken.touched)
      if (const Admitted* admitted = admission.find(id);
          admitted != nullptr && tells_values(snapshot, snapshot.reads[id]))
        explaining.tell(*admitted);
  for (const ground::ReadId id : spoken.touched)
    if (const Admitted* admitted = admission.find(id)) explaining.tell(*admitted);
  return explaining.take();
}

namespace {

std::string led_by(bool ja, const std::string& name, const Led& led) {
  const bool remembered = led.layer == Layer::memory;
  switch (led.path) {
    case understand::Path::views:
      if (remembered)
        return ja ? fmt::format("「{}」をご覧になったことを覚えていて", name)
                  : fmt::format("Remembering that you viewed {}", name);
      return ja ? fmt::format("「{}」をご覧になったので、それに合わせて", name)
                : fmt::format("To suit you, because you viewed {}", name);
    case understand::Path::visit:
      return ja ? fmt::format("ご覧になった「{}」{}、その次によく見られている品を", name,
                              remembered ? "を覚えていて" : "に合わせて")
                : fmt::format("{}: others went on to this from {}, which you viewed",
                              remembered ? "Remembering what you viewed" : "To suit you", name);
    case understand::Path::likeness:
      return ja ? fmt::format("ご覧になった「{}」{}、似た品を", name,
                              remembered ? "を覚えていて" : "に合わせて")
                : fmt::format("{}: it is like {}, which you viewed",
                              remembered ? "Remembering what you viewed" : "To suit you", name);
    case understand::Path::popular:
      break;
  }
  return "";
}

}  // namespace

Sentence viewed_sentence(const ground::Snapshot& snapshot, const Admitted& viewed, const Led& led,
                         ground::LocaleId locale) {
  const std::string name = led.by.name.in(locale).empty() ? led.by.name_id : led.by.name.in(locale);
  return {.text = led_by(japanese(snapshot, locale), name, led),
          .source = source_words(snapshot, viewed.source(), locale),
          .about = "",
          .at = viewed.source().at,
          .personal = true,
          .read = viewed.read()};
}

Sentence popular_sentence(const ground::Snapshot& snapshot, ground::LocaleId locale) {
  return {.text = japanese(snapshot, locale)
                      ? "最近よく見られている品です。どなたにもお見せしています"
                      : "Popular lately; everyone sees this"};
}

std::string used_words(const ground::Snapshot& snapshot, const ground::Slot& slot, Layer layer,
                       ground::LocaleId locale) {
  struct Both {
    std::string_view ja, en;
  };
  static constexpr Both layers[] = {{"いつもの内容のまま", "as for everyone"},
                                    {"ご様子に合わせて", "to suit you"},
                                    {"覚えていて", "remembering it"},
                                    {"大切にされていることに沿って", "for what matters to you"}};
  static constexpr Both channels[] = {
      {"ページ", "on our pages"},           {"メール", "in mails"},
      {"チャット", "in the chat"},          {"法人ページ", "on account pages"},
      {"プッシュ通知", "in push messages"}, {"ほかのしくみ", "in other services"}};
  const Both& where = channels[static_cast<size_t>(slot.channel)];
  const Both& how = layers[static_cast<size_t>(layer)];
  return japanese(snapshot, locale) ? fmt::format("{}で、{}", where.ja, how.ja)
                                    : fmt::format("{}, {}", where.en, how.en);
}

HeldBack held_back(const ground::Snapshot& snapshot, const respect::Withheld& withheld,
                   ground::LocaleId locale) {
  const bool ja = japanese(snapshot, locale);
  HeldBack out{.what = read_label(snapshot, snapshot.reads[withheld.read], locale)};
  for (const Words& words : refusal_words)
    if (words.why == withheld.why) out.why = ja ? words.ja : words.en;
  if (withheld.why == Refusal::by_norm && withheld.level >= ground::Level::rank)
    out.why = ja ? "店の決めごとで、選ぶためだけに使い、口にしないため"
                 : "a rule of the brand: it may choose here, and is not spoken";
  return out;
}

}  // namespace aizuchi::speak
