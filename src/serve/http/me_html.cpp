#include "serve/http/me_html.h"

#include <fmt/format.h>

#include "ground/template/escape.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

struct Words {
  std::string_view lang, title, nobody, since, facts, what, value, source, when, purposes, used_in,
      not_used, not_shown, counted, visits, consents, purpose, state;
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
                         "Used lately in",
                         "Not used",
                         "More is kept that we show once you are signed in",
                         "What we counted",
                         "Visits",
                         "What you agreed to",
                         "The words you were shown",
                         "How it stands"};
constexpr Words words_ja{"ja",
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
                         "いまの状態"};

struct Reason {
  std::string_view code, en, ja;
};
constexpr Reason reasons[] = {
    {"expired", "its time is over", "お預かりの期限が過ぎました"},
    {"not_allowed", "no purpose you allow needs it", "お許しの目的にはありません"},
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
      joined(fact, "usedIn", ""));
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
  out += fmt::format(
      "</ul>\n<h2>{}</h2>\n<table>\n<tr><th scope=col>{}<th scope=col>{}<th scope=col>{}"
      "<th scope=col>{}<th scope=col>{}<th scope=col>{}</tr>\n",
      words.facts, words.what, words.value, words.source, words.when, words.purposes,
      words.used_in);
  for (const Value& fact : list_of(me, "facts")) out += fact_row(fact, words);
  out += "</table>\n";
  if (const std::string hidden = text_of(me, "notShown"); hidden != "0")
    out += fmt::format("<p>{}: {}</p>\n", words.not_shown, hidden);
  out += fmt::format("<h2>{}</h2>\n<table>\n<tr><th scope=row>{}</th><td>{}</td></tr>\n",
                     words.counted, words.visits, text_of(me, "visits"));
  for (const Value& counted : list_of(me, "counted"))
    out += fmt::format("<tr><th scope=row>{}</th><td>{}</td></tr>\n", text_of(counted, "what"),
                       text_of(counted, "count"));
  out += fmt::format(
      "</table>\n<h2>{}</h2>\n<table>\n<tr><th scope=col>{}<th scope=col>{}<th scope=col>{}</tr>\n",
      words.consents, words.purpose, words.state, words.when);
  for (const Value& consent : list_of(me, "consents")) out += consent_row(consent, words);
  return out + "</table>\n</html>\n";
}

}  // namespace aizuchi::serve
