#include "serve/http/centre_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "serve/http/centre_page.h"
#include "serve/http/centre_sections.h"
#include "serve/http/centre_words.h"

namespace aizuchi::serve {

using ground::FactType;
using ground::Value;
using ground::ValueList;

namespace {

std::string joined(const std::vector<std::string>& parts, const CentreWords& words) {
  return fmt::format("{}", fmt::join(parts, words.japanese() ? "、" : ", "));
}

ValueList languages(const CentreWords& words) {
  ValueList out;
  const ground::Snapshot& snapshot = words.snapshot();
  if (snapshot.locales.size() < 2) return out;
  for (size_t i = 0; i < snapshot.locales.size(); ++i) {
    const std::string& tag = snapshot.locales[i];
    const bool ja = tag.starts_with("ja"), en = tag.starts_with("en");
    out.push_back(Entry()
                      .put("tag", Value(tag))
                      .put("href", Value("/me?locale=" + tag))
                      .put("name", Value(ja   ? "日本語"
                                         : en ? "English"
                                              : tag))
                      .put("now", Value(i == words.locale().index))
                      .take());
  }
  return out;
}

// What the head and the foot of every page read.
Entry frame_of(const CentreWords& words, const CentreFrame& frame) {
  ground::ValueMap texts = words.all().as_map();
  for (auto& [name, text] : texts)
    if (text.as_string().contains("{brand}"))
      text = Value(words.word(name.as_string(), "brand", words.brand()));
  Entry out;
  out.put("w", Value::map(std::move(texts))).put("brand", Value(words.brand()));
  out.put("style", Value(centre_style_path())).put("csrf", Value(frame.csrf));
  out.put("languages", Value::list(languages(words)));
  out.put_text("home", frame.snapshot.controller.url);
  return out;
}

// ---- one thing that is known

// How a value is put right in a form: one of a few, or a line of text. Null: not here.
Value correction(const CentreWords& words, const ground::FactRule& rule, const Value& value,
                 const std::string& label) {
  const auto option = [&](const std::string& id, const std::string& says) {
    return Entry()
        .put("value", Value(id))
        .put("says", Value(says))
        .put("now", Value(id == ground::to_display(value)))
        .take();
  };
  ValueList options;
  if (rule.type == FactType::boolean)
    options = {option("true", words.word("yes")), option("false", words.word("no"))};
  for (const std::string& each : rule.of)
    if (rule.type == FactType::enumeration)
      options.push_back(option(each, words.said(&rule, Value(each))));
  if (rule.type == FactType::axis)
    for (const ground::Axis& axis : words.snapshot().axes)
      options.push_back(option(axis.name, axis.says.in(words.locale())));
  if (!options.empty())
    return Entry()
        .put("choice", Entry().put("options", Value::list(std::move(options))).take())
        .take();
  const bool number = rule.type == FactType::integer || rule.type == FactType::real;
  const std::string_view type = rule.type == FactType::date  ? "date"
                                : rule.type == FactType::url ? "url"
                                                             : "text";
  return Entry()
      .put("free", Entry()
                       .put("type", Value(number ? "number" : type))
                       .put("value", Value(ground::to_display(value)))
                       .put("label", Value(label))
                       .take())
      .take();
}

bool needs_proof(const ground::FactRule& rule) {
  return rule.pii || rule.sensitive || rule.type == FactType::email;
}

class Known {
 public:
  explicit Known(const CentreWords& words) : words_(words) {}

  // Everything that is known, in groups; none of them empty.
  ValueList groups(const Value& me) {
    for (const std::string_view method :
         {"stated", "told_to_staff", "observed", "imported", "inferred"}) {
      ValueList facts;
      for (const Value& fact : list_in(me, "facts"))
        if (text_in(fact, "method") == method) facts.push_back(told(fact));
      add(method, std::move(facts));
    }
    ValueList concluded;
    for (const Value& one : list_in(me, "computed")) concluded.push_back(computed(one));
    add("computed", std::move(concluded));
    add("counted", counted(me));
    return std::move(groups_);
  }

 private:
  void add(std::string_view group, ValueList facts) {
    if (facts.empty()) return;
    groups_.push_back(Entry()
                          .put("says", Value(words_.word(fmt::format("group_{}", group))))
                          .put("text", Value(words_.word(fmt::format("group_{}_text", group))))
                          .put("facts", Value::list(std::move(facts)))
                          .take());
  }

  Entry begin(const std::string& name, const std::string& label, std::string value) {
    Entry out;
    out.put("id", Value(fmt::format("k{}", ++number_))).put("name", Value(name));
    out.put("label", Value(label)).put_text("value", std::move(value));
    out.put("change", Value(words_.word("change_this", "what", label)));
    return out;
  }

  // Purposes and places, which facts and conclusions have alike.
  void put_use(Entry& out, const Value& one) const {
    std::vector<std::string> says;
    ValueList purposes;
    for (const Value& purpose : list_in(one, "purposes")) {
      says.push_back(text_in(purpose, "says"));
      purposes.push_back(purpose);
    }
    std::vector<std::string> uses;  // of several places of a kind one is said
    for (const Value& use : list_in(one, "usedAs"))
      if (const std::string text = text_in(use, "says");
          std::ranges::find(uses, text) == uses.end())
        uses.push_back(text);
    out.put_text("what_for", joined(says, words_));
    out.put_text("used_in", fmt::format("{}", fmt::join(uses, " · ")));
    out.put("purposes", Value::list(std::move(purposes)));
  }

  Value told(const Value& fact) {
    const std::string name = text_in(fact, "fact");
    const ground::FactRule* rule = words_.snapshot().fact(name);
    const Value* value = fact.find("value");
    const std::string says = text_in(fact, "says");
    const std::string label = words_.label(name);
    Entry out = begin(name, label, says.empty() && value ? words_.said(rule, *value) : says);
    out.put_text("source", text_in(fact, "source"));
    out.put_text("when", words_.day(text_in(fact, "at")));
    out.put_text("until", words_.day(text_in(fact, "until")));
    put_use(out, fact);
    const std::string why = text_in(fact, "notUsedBecause");
    if (!why.empty()) out.put("unused", Value(true)).put("why", Value(words_.word("why_" + why)));
    out.put("act", Value(rule != nullptr));
    if (rule == nullptr || value == nullptr || rule->derived || rule->type == FactType::values)
      return out.take();
    if (needs_proof(*rule))
      out.put("correct_not", Value(true));
    else
      out.put("correct", correction(words_, *rule, *value, label));
    return out.take();
  }

  Value computed(const Value& one) {
    const std::string name = text_in(one, "what"), kind = text_in(one, "kind");
    const std::string label = text_in(one, "label");
    std::string value = text_in(one, "value"), title = words_.label(name);
    if (kind == "audience")
      value = label.empty() ? name : label, title = words_.word("kind_audience");
    if (kind == "phase" && !label.empty()) value = label;
    if (kind == "scale") title = label, value += " / " + text_in(one, "parts");
    Entry out = begin(name, title, std::move(value));
    std::vector<std::string> from;
    for (const Value& behind : list_in(one, "from"))
      from.push_back(words_.label(ground::to_display(behind)));
    out.put_text("rests_on", joined(from, words_));
    put_use(out, one);
    // A group is a rule over what stands above: that is what is taken out of use.
    out.put("act", Value(kind != "audience"));
    return out.take();
  }

  ValueList every_purpose() const {
    ValueList out;
    for (const ground::Purpose& purpose : words_.snapshot().purposes)
      out.push_back(Entry()
                        .put("id", Value(purpose.name))
                        .put("says", Value(purpose.says.in(words_.locale())))
                        .take());
    return out;
  }

  ValueList counted(const Value& me) {
    ValueList out;
    std::set<std::string> told;
    const auto add_count = [&](const std::string& name, std::string value) {
      // The same events may be counted for several rules; to its person that is one count.
      const std::string label = words_.label(name);
      if (!told.insert(label).second) return;
      Entry one = begin(name, label, std::move(value));
      one.put("plain", Value(true)).put("act", Value(true));
      one.put("purposes", Value::list(every_purpose()));
      out.push_back(one.take());
    };
    if (const Value* visits = me.find("visits"); visits != nullptr && visits->number_or(0) > 0)
      add_count("visits", words_.count(static_cast<int64_t>(visits->number_or(0))));
    for (const Value& each : list_in(me, "counted"))
      if (const Value* count = each.find("count"); count != nullptr && count->number_or(0) > 0)
        add_count(text_in(each, "what"), words_.count(static_cast<int64_t>(count->number_or(0))));
    std::vector<std::string> cart;
    for (const Value& line : list_in(me, "cart")) {
      const ground::Product* product = words_.snapshot().product(text_in(line, "product"));
      cart.push_back(product == nullptr ? text_in(line, "product")
                                        : product->name.in(words_.locale()));
    }
    if (!cart.empty()) add_count("cart", joined(cart, words_));
    return out;
  }

  const CentreWords& words_;
  ValueList groups_;
  size_t number_ = 0;
};

Value ids_of(const CentreWords& words, const Value& me) {
  ValueList each;
  for (const Value& id : list_in(me, "identifiers"))
    each.push_back(Entry()
                       .put("kind", Value(words.word("id_" + text_in(id, "kind"))))
                       .put("value", Value(text_in(id, "value")))
                       .take());
  return each.empty() ? Value() : Entry().put("each", Value::list(std::move(each))).take();
}

// By phone, in a store, by another mailer; in the names that the server told.
Value said_of(const CentreWords& words, const Value& me) {
  ValueList each;
  for (const Value& said : list_in(me, "saidElsewhere"))
    each.push_back(Entry()
                       .put("what", Value(text_in(said, "what")))
                       .put("channel", Value(text_in(said, "channel")))
                       .put("when", Value(words.day(text_in(said, "at"))))
                       .take());
  return each.empty() ? Value() : Entry().put("each", Value::list(std::move(each))).take();
}

// ---- what they decided

Value purpose_of(const CentreWords& words, const Partition::PurposeStanding& standing, size_t i,
                 bool mail) {
  const bool contract = standing.basis == ground::Basis::contract;
  const bool on = standing.basis == ground::Basis::notice ? standing.standing != "withdrawn"
                                                          : standing.standing == "granted";
  Entry out;
  out.put("id", Value(standing.purpose)).put("dom", Value(fmt::format("p{}", i)));
  out.put("says", Value(standing.says.in(words.locale())));
  out.put("basis", Value(words.word(fmt::format("basis_{}", ground::to_string(standing.basis)))));
  out.put("text", Value(standing.text_version));
  // By a mail's link nothing is agreed to.
  if (contract || (mail && !on)) return out.take();
  out.put("changed", Value(standing.standing == "text_changed"));
  out.put("switch", Value(true)).put("checked", Value(on ? "true" : "false"));
  out.put("next", Value(on ? "false" : "true")).put("state", Value(words.word(on ? "on" : "off")));
  return out.take();
}

// One line of what they decided; `at` orders it.
struct Decided {
  std::string at;
  Value line;
};

Decided consent_of(const CentreWords& words, const Value& record) {
  const ValueList& events = list_in(record, "event");
  if (events.empty()) return {};
  const Value& event = events.front();
  const Value* processing = record.find("pii_processing");
  const std::string state = text_in(event, "event_state");
  const std::string_view what = state == "given"       ? "history_given"
                                : state == "withdrawn" ? "history_withdrawn"
                                                       : "history_changed";
  Decided out{.at = text_in(event, "event_time"), .line = {}};
  Entry line;
  line.put("what", Value(words.word(what))).put_text("when", words.day(out.at));
  line.put_text("by", words.word("by_" + text_in(event, "entity_id")));
  if (processing != nullptr) line.put_text("words", text_in(*processing, "notice_text"));
  out.line = line.take();
  return out;
}

Decided objection_of(const CentreWords& words, const Value& objection) {
  const std::string purpose = text_in(objection, "says"), fact = text_in(objection, "fact");
  Decided out{.at = text_in(objection, "at"), .line = {}};
  Entry line;
  line.put("what", Value(words.word("history_objected", "what", words.label(fact))));
  line.put_text("when", words.day(out.at));
  line.put("words",
           Value(purpose.empty() ? words.word("history_objected_all")
                                 : words.word("history_objected_for", "purpose", purpose)));
  line.put("again", Value(true)).put("fact", Value(fact));
  line.put("purpose", Value(text_in(objection, "purpose")));
  out.line = line.take();
  return out;
}

ValueList history_of(const CentreWords& words, const Value& me) {
  std::vector<Decided> decided;
  for (const Value& record : list_in(me, "consents")) decided.push_back(consent_of(words, record));
  for (const Value& record : list_in(me, "consentsBefore"))
    decided.push_back(consent_of(words, record));
  for (const Value& each : list_in(me, "objections")) decided.push_back(objection_of(words, each));
  std::ranges::sort(decided, std::greater{}, &Decided::at);
  ValueList out;
  for (Decided& each : decided)
    if (!each.line.is_null()) out.push_back(std::move(each.line));
  return out;
}

// The page's sections, those that are there; a mail's session has the middle ones.
ValueList contents_of(const CentreWords& words, const CentreView& view, bool values, bool answers) {
  ValueList out;
  const auto add = [&](std::string_view part, bool there) {
    if (there)
      out.push_back(Entry()
                        .put("href", Value(fmt::format("#{}", part)))
                        .put("says", Value(words.word(fmt::format("nav_{}", part))))
                        .take());
  };
  add("known", !view.mail);
  add("purposes", true);
  add("pause", true);
  add("frequency", sends(words.snapshot()));
  add("values", values);
  add("questions", answers);
  for (const std::string_view part : {"withheld", "history", "take"}) add(part, !view.mail);
  return out;
}

Value note_of(const CentreWords& words, const std::string& note) {
  if (note.empty()) return {};
  const bool trouble =
      note == "note_invalid" || note == "note_failed" || note == "note_words_changed";
  return Entry().put("text", Value(words.word(note))).put("trouble", Value(trouble)).take();
}

}  // namespace

namespace {

// What a session of the person's own shows beside their switches.
void put_known(Entry& out, const CentreWords& words, const CentreView& view) {
  ValueList groups = Known(words).groups(view.me);
  out.put("nothing", Value(groups.empty())).put("groups", Value::list(std::move(groups)));
  out.put("ids", ids_of(words, view.me)).put("said", said_of(words, view.me));
  if (const std::string since = words.day(text_in(view.me, "since")); !since.empty())
    out.put("since", Value(words.word("known_since", "date", since)));
  put_values(out, words, view.beyond);
  put_answers(out, words, view.beyond, view.now);
  put_withheld(out, words, view.beyond);
  ValueList history = history_of(words, view.me);
  out.put("history_any", Value(!history.empty())).put("history", Value::list(std::move(history)));
}

}  // namespace

Value centre_model(const CentreView& view) {
  const CentreWords words(view.frame.snapshot, view.frame.locale);
  Entry out = frame_of(words, view.frame);
  const Value* values = view.beyond.find("values");
  out.put("note", note_of(words, view.note));
  out.put("nav", Value::list(contents_of(words, view, values != nullptr && !values->is_null(),
                                         !list_in(view.beyond, "answers").empty())));
  out.put("closes", Value(words.word("until", "time", words.minute(view.expires_at))));
  out.put("mail", Value(view.mail));
  ValueList purposes;
  for (const auto& standing : view.purposes)
    purposes.push_back(purpose_of(words, standing, purposes.size(), view.mail));
  out.put("purposes", Value::list(std::move(purposes)));
  put_wishes(out, words, view.me, view.now);
  if (!view.mail) put_known(out, words, view);
  return out.take();
}

Value link_model(const CentreFrame& frame) {
  return erase_model(frame);
}

Value erase_model(const CentreFrame& frame) {
  return frame_of(CentreWords(frame.snapshot, frame.locale), frame).take();
}

Value receipt_model(const CentreFrame& frame, const Value& receipt, std::string_view keys_path) {
  const CentreWords words(frame.snapshot, frame.locale);
  Entry out = frame_of(words, frame);
  const auto erased = ground::parse_instant(text_in(receipt, "erasedAt"));
  if (erased) out.put("at", Value(words.day(*erased) + " " + words.minute(*erased)));
  out.put("check", Value(words.word("receipt_check", "path", keys_path)));
  ValueList places;
  for (const auto& [list, name] : {std::pair("stores", "store"), std::pair("models", "model")})
    for (const Value& place : list_in(receipt, list)) {
      const std::string id = text_in(place, name);
      const std::string says = words.word("place_" + id.substr(0, id.find(' ')));
      places.push_back(Entry()
                           .put("name", Value(says.empty() ? id : says))
                           .put("count", Value(text_in(place, "entries")))
                           .take());
    }
  out.put("places", Value::list(std::move(places)));
  return out.take();
}

Value message_model(const CentreFrame& frame, std::string_view heading, std::string_view text) {
  const CentreWords words(frame.snapshot, frame.locale);
  Entry out = frame_of(words, frame);
  out.put("heading", Value(words.word(heading, "brand", words.brand())));
  out.put("text", Value(words.word(text, "brand", words.brand())));
  return out.take();
}

}  // namespace aizuchi::serve
