#include "serve/http/me_html.h"

#include <fmt/format.h>

#include "ground/template/escape.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

struct Words {
  std::string_view lang, title, nobody, since, facts, what, value, source, when, purposes, used_in,
      not_used, not_shown, counted, visits, consents, purpose, state, nothing_kept, computed,
      computed_from, not_computed, no_consents, objections, every_purpose, threads, told, odd, cart,
      quantity, elsewhere, channel, answers, gives, answers_state, seen, expired, open, pause,
      until, frequency, times, per;
};

constexpr Words words_en{"en",
                         "What we know about you",
                         "We know nothing under this id.",
                         "Since",
                         "What we keep",
                         "What",
                         "Value",
                         "From where",
                         "When",
                         "For what",
                         "Used lately",
                         "Not used",
                         "More is kept that we show once you are signed in",
                         "What we counted",
                         "Visits",
                         "What you agreed to",
                         "The words you were shown",
                         "How it stands",
                         "Nothing is kept that you told us.",
                         "What we concluded from it",
                         "From what",
                         "Nothing is concluded about you.",
                         "You have not been asked to agree to anything, and nothing is assumed.",
                         "What you asked us not to use",
                         "For nothing at all",
                         "What goes on between us",
                         "What you told us for a while",
                         "What felt odd, and is not used there",
                         "In your cart",
                         "How many",
                         "What we said to you elsewhere",
                         "How",
                         "What you answered",
                         "What it changes",
                         "What came of it",
                         "It changed that",
                         "It changed nothing, and is known no more",
                         "Not yet",
                         "A break you asked for",
                         "Until",
                         "How often you want to hear from us at most",
                         "Times",
                         "Within"};
constexpr Words words_ja{
    "ja",
    "お預かりしている情報",
    "このIDでお預かりしている情報はありません。",
    "お付き合いのはじまり",
    "お預かりしていること",
    "項目",
    "内容",
    "どこで",
    "いつ",
    "何のために",
    "最近使ったところ",
    "使っていません",
    "ログインされた方にだけお見せする情報の数",
    "数えていること",
    "ご訪問",
    "ご同意いただいたこと",
    "お見せした文面",
    "いまの状態",
    "教えていただいたことは、何もお預かりしていません。",
    "そこから読み取ったこと",
    "何から",
    "読み取っていることはありません。",
    "ご同意もお断りもまだ伺っていません。伺わないうちは、ご同意とはみなしません。",
    "使わないでほしいとうかがったこと",
    "何のためにも",
    "やりとり",
    "しばらくのこととしてうかがったこと",
    "違和感があるとうかがい、そこでは使わないこと",
    "カートの中身",
    "数",
    "ほかの場でお伝えしたこと",
    "手段",
    "質問へのお答え",
    "変わるもの",
    "その後",
    "お答えで変わりました",
    "変わらなかったので、もう残していません",
    "これからです",
    "お休みのご希望",
    "いつまで",
    "お便りのご希望(多くてもこの回数)",
    "回数",
    "期間"};

struct Reason {
  std::string_view code, en, ja;
};
constexpr Reason reasons[] = {
    {"expired", "its time is over", "お預かりの期限が過ぎました"},
    {"not_allowed", "no purpose you allow needs it", "お許しの目的にはありません"},
    {"objected", "you asked us not to", "使わないでほしいとうかがったため"},
    {"paused", "you take a break", "お休みのあいだのため"},
    {"not_asked_for_any_more", "we do not ask for it any more", "いまは伺っていない項目です"}};

std::string safe(std::string_view text) {
  return ground::escaped(text, ground::Escape::html);
}
std::string text_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value == nullptr ? "" : safe(ground::to_display(*value));
}
const ground::ValueList& list_of(const Value& object, std::string_view name) {
  static const ground::ValueList none;
  const Value* value = object.find(name);
  return value != nullptr && value->is(Value::Kind::list) ? value->as_list() : none;
}

std::string joined(const Value& fact, std::string_view list, std::string_view member) {
  std::string out;
  for (const Value& one : list_of(fact, list))
    out += (out.empty() ? "" : "<br>") +
           (member.empty() ? safe(ground::to_display(one)) : text_of(one, member));
  return out;
}

std::string fact_row(const Value& fact, const Words& words) {
  const std::string label = text_of(fact, "label");
  std::string not_used;
  const std::string why = text_of(fact, "notUsedBecause");
  for (const Reason& reason : reasons)
    if (reason.code == why)
      not_used = fmt::format("<br><em>{}: {}</em>", words.not_used,
                             words.lang == "ja" ? reason.ja : reason.en);
  return fmt::format(
      "<tr><th scope=row>{}</th><td>{}{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
      label.empty() ? text_of(fact, "fact") : label,
      text_of(fact, fact.find("says") != nullptr ? "says" : "value"), not_used,
      text_of(fact, "source"), text_of(fact, "at").substr(0, 10), joined(fact, "purposes", "says"),
      joined(fact, "usedAs", "says"));
}

// What is true of somebody needs no "true" beside it; a part of all is said with how many there
// are.
std::string computed_row(const Value& one) {
  const std::string label = text_of(one, "label");
  const std::string kind = text_of(one, "kind");
  std::string value = kind == "audience" ? "✓" : text_of(one, "value");
  if (kind == "phase" && !label.empty()) value = label;
  if (kind == "scale") value += " / " + text_of(one, "parts");
  return fmt::format("<tr><th scope=row>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                     label.empty() || kind == "phase" ? text_of(one, "what") : label, value,
                     joined(one, "fromSays", ""), joined(one, "purposes", "says"),
                     joined(one, "usedAs", "says"));
}

// A table under its heading, or the sentence that stands there when there is nothing.
std::string section(std::string_view title, std::initializer_list<std::string_view> columns,
                    const std::string& rows, std::string_view when_empty) {
  std::string out = fmt::format("<h2>{}</h2>\n", title);
  if (rows.empty()) return out + fmt::format("<p>{}</p>\n", when_empty);
  out += "<table>\n<tr>";
  for (const std::string_view column : columns) out += fmt::format("<th scope=col>{}", column);
  return out + "</tr>\n" + rows + "</table>\n";
}

// Nothing where there is none: not everybody has asked anything.
std::string threads_section(const Value& me, const Words& words) {
  std::string rows;
  for (const Value& one : list_of(me, "threads")) {
    const std::string about = text_of(one, "about");
    rows += fmt::format(
        "<tr><th scope=row>{}{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        text_of(one, "label"), about.empty() ? "" : "<br>" + about, text_of(one, "says"),
        text_of(one, "source"), text_of(one, "changed").substr(0, 10),
        joined(one, "purposes", "says"));
  }
  return rows.empty() ? ""
                      : section(words.threads,
                                {words.what, words.state, words.source, words.when, words.purposes},
                                rows, "");
}

std::string day_of(const Value& object, std::string_view name) {
  return text_of(object, name).substr(0, 10);
}

std::string answer_row(const Value& one, const Words& words) {
  const bool seen = one.find("seenAt") != nullptr, expired = one.find("expiredAt") != nullptr;
  return fmt::format("<tr><th scope=row>{}</th><td>{}</td><td>{} {}</td><td>{}</td></tr>\n",
                     text_of(one, "asks"), text_of(one, "gives"),
                     seen      ? words.seen
                     : expired ? words.expired
                               : words.open,
                     day_of(one, seen      ? "seenAt"
                                 : expired ? "expiredAt"
                                           : "until"),
                     day_of(one, "at"));
}

// What else is kept, where there is any: the cart, what was said elsewhere, answers, wishes.
std::string beside_sections(const Value& me, const Words& words) {
  const auto table = [&](std::string_view list, std::string_view title,
                         std::initializer_list<std::string_view> columns, const auto& row) {
    std::string rows;
    for (const Value& one : list_of(me, list)) rows += row(one);
    return rows.empty() ? rows : section(title, columns, rows, "");
  };
  const auto cells = [](std::string_view first, std::string_view second, std::string_view third) {
    return fmt::format("<tr><th scope=row>{}</th><td>{}</td><td>{}</td></tr>\n", first, second,
                       third);
  };
  std::string out =
      table("cart", words.cart, {words.what, words.quantity, ""}, [&](const Value& one) {
        return cells(text_of(one, "product"), text_of(one, "quantity"), "");
      });
  out += table("saidElsewhere", words.elsewhere, {words.what, words.channel, words.when},
               [&](const Value& one) {
                 return cells(text_of(one, "what"), text_of(one, "channel"), day_of(one, "at"));
               });
  out += table("answers", words.answers, {words.what, words.gives, words.answers_state, words.when},
               [&](const Value& one) { return answer_row(one, words); });
  out += table("frequency", words.frequency, {words.channel, words.times, words.per},
               [&](const Value& one) {
                 return cells(text_of(one, "channel"), text_of(one, "times"), text_of(one, "per"));
               });
  if (const Value* pause = me.find("pause"); pause != nullptr && !pause->is_null())
    out += section(words.pause, {words.since, words.until, ""},
                   cells(day_of(*pause, "from"), day_of(*pause, "until"), ""), "");
  return out;
}

struct State {
  std::string_view code, en, ja;
};
constexpr State states[] = {
    {"given", "you agreed", "ご同意"},
    {"withdrawn", "you said no, or took it back", "お断り・取り消し"},
    {"text changed", "the words have changed since: it holds no more", "文面が変わったため無効"}};

std::string consent_row(const Value& consent, const Words& words) {
  const Value* processing = consent.find("pii_processing");
  const ground::ValueList& events = list_of(consent, "event");
  if (processing == nullptr || events.empty()) return "";
  const std::string code = text_of(events.front(), "event_state");
  std::string_view state;
  for (const State& each : states)
    if (each.code == code) state = words.lang == "ja" ? each.ja : each.en;
  return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                     text_of(*processing, "notice_text"), state,
                     text_of(events.front(), "event_time").substr(0, 10));
}

}  // namespace

std::string me_html(const Value& me, PageLanguage language) {
  const Words& words = language == PageLanguage::japanese ? words_ja : words_en;
  std::string out = fmt::format(
      "<!doctype html>\n<html lang={}>\n<meta charset=utf-8>\n"
      "<meta name=viewport content=\"width=device-width\">\n<title>{}</title>\n"
      "<style>body{{font:16px/1.6 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}}"
      "table{{border-collapse:collapse;width:100%}}th,td{{text-align:left;vertical-align:top;"
      "border-bottom:1px solid #ccc;padding:.4em}}</style>\n<h1>{}</h1>\n",
      words.lang, words.title, words.title);
  if (text_of(me, "known") != "true") return out + fmt::format("<p>{}</p>\n", words.nobody);
  out += fmt::format("<p>{}: {}</p>\n<ul>\n", words.since, text_of(me, "since").substr(0, 10));
  for (const Value& identifier : list_of(me, "identifiers"))
    out +=
        fmt::format("<li>{}: {}</li>\n", text_of(identifier, "kind"), text_of(identifier, "value"));
  out += "</ul>\n";
  std::string facts, computed, consents;
  for (const Value& fact : list_of(me, "facts")) facts += fact_row(fact, words);
  for (const Value& one : list_of(me, "computed")) computed += computed_row(one);
  for (const char* which : {"consents", "consentsBefore"})
    for (const Value& consent : list_of(me, which)) consents += consent_row(consent, words);
  out += section(words.facts,
                 {words.what, words.value, words.source, words.when, words.purposes, words.used_in},
                 facts, words.nothing_kept);
  if (const std::string hidden = text_of(me, "notShown"); hidden != "0")
    out += fmt::format("<p>{}: {}</p>\n", words.not_shown, hidden);
  out += fmt::format("<h2>{}</h2>\n<table>\n<tr><th scope=row>{}</th><td>{}</td></tr>\n",
                     words.counted, words.visits, text_of(me, "visits"));
  for (const Value& counted : list_of(me, "counted"))
    out += fmt::format("<tr><th scope=row>{}</th><td>{}</td></tr>\n", text_of(counted, "label"),
                       text_of(counted, "count"));
  out += "</table>\n";
  out += beside_sections(me, words);
  out += section(words.computed,
                 {words.what, words.value, words.computed_from, words.purposes, words.used_in},
                 computed, words.not_computed);
  out += threads_section(me, words);
  if (!list_of(me, "objections").empty()) {
    std::string rows;
    for (const Value& one : list_of(me, "objections")) {
      const std::string says = text_of(one, "says");
      rows += fmt::format("<tr><th scope=row>{}</th><td>{}</td><td>{}</td></tr>\n",
                          text_of(one, "fact"), says.empty() ? words.every_purpose : says,
                          text_of(one, "at").substr(0, 10));
    }
    out += section(words.objections, {words.what, words.purposes, words.when}, rows, "");
  }
  if (!list_of(me, "odd").empty()) {
    std::string rows;
    for (const Value& one : list_of(me, "odd"))
      rows += fmt::format("<tr><th scope=row>{}</th><td>{}</td><td>{}</td></tr>\n",
                          text_of(one, "fact"), text_of(one, "item") + text_of(one, "slot"),
                          text_of(one, "at").substr(0, 10));
    out += section(words.odd, {words.what, words.used_in, words.when}, rows, "");
  }
  if (!list_of(me, "told").empty()) {
    std::string rows;
    for (const Value& one : list_of(me, "told"))
      rows += fmt::format("<tr><th scope=row>{}</th><td>{}</td><td>{} – {}</td></tr>\n",
                          text_of(one, "says"), text_of(one, "product"),
                          text_of(one, "from").substr(0, 10), text_of(one, "until").substr(0, 10));
    out += section(words.told, {words.what, words.value, words.when}, rows, "");
  }
  out += section(words.consents, {words.purpose, words.state, words.when}, consents,
                 words.no_consents);
  return out + "</html>\n";
}

}  // namespace aizuchi::serve
