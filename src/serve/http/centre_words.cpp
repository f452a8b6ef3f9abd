#include "serve/http/centre_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "respect/admission/computed.h"
#include "serve/http/centre_page.h"
#include "speak/render/sentences.h"

namespace aizuchi::serve {

using ground::Instant;
using ground::Value;

namespace {

constexpr std::string_view months[] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};

bool is_japanese(const ground::Snapshot& snapshot, ground::LocaleId locale) {
  return locale.index < snapshot.locales.size() && snapshot.locales[locale.index].starts_with("ja");
}

}  // namespace

std::string text_in(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value == nullptr ? "" : ground::to_display(*value);
}

const ground::ValueList& list_in(const Value& object, std::string_view name) {
  static const ground::ValueList none;
  const Value* value = object.find(name);
  return value != nullptr && value->is(Value::Kind::list) ? value->as_list() : none;
}

CentreWords::CentreWords(const ground::Snapshot& snapshot, ground::LocaleId locale)
    : snapshot_(snapshot),
      locale_(locale),
      japanese_(is_japanese(snapshot, locale)),
      words_(centre_words(japanese_ ? "ja" : "en")) {
  if (auto zone = ground::TimeZone::find(snapshot.timezone)) zone_ = *std::move(zone);
  for (const ground::Read& read : snapshot.reads) {
    const std::string name = respect::known_as(snapshot, read);
    if (!name.empty()) labels_.try_emplace(name, speak::narrow_label(snapshot, read, locale));
  }
}

std::string CentreWords::word(std::string_view name) const {
  return text_in(words_, name);
}

std::string CentreWords::word(std::string_view name, std::string_view gap,
                              std::string_view with) const {
  std::string text = word(name);
  const std::string mark = fmt::format("{{{}}}", gap);
  if (const size_t at = text.find(mark); at != std::string::npos)
    text.replace(at, mark.size(), with);
  return text;
}

std::string CentreWords::count(int64_t times) const {
  return times == 1 ? word("time_one") : word("times", "n", std::to_string(times));
}

Instant CentreWords::local(Instant at) const {
  return zone_ ? at + ground::Duration::seconds(zone_->offset_at(ground::floor_div(at.ms, 1000)))
               : at;
}

std::string CentreWords::day(std::string_view instant) const {
  const auto at = ground::parse_instant(instant);
  return at ? day(*at) : "";
}

std::string CentreWords::day(Instant at) const {
  const auto date = ground::civil_from_days(ground::floor_div(local(at).ms, ground::ms_per_day));
  if (japanese_) return fmt::format("{}年{}月{}日", date.year, date.month, date.day);
  return fmt::format("{} {} {}", date.day, months[static_cast<size_t>(date.month - 1)], date.year);
}

std::string CentreWords::minute(Instant at) const {
  return ground::format_instant(local(at)).substr(11, 5);
}

std::string CentreWords::date(Instant at) const {
  return ground::format_instant(local(at)).substr(0, 10);
}

std::string CentreWords::label(const std::string& name) const {
  if (name == "visits" || name == "cart") return word(name);
  if (const ground::FactRule* rule = snapshot_.fact(name);
      rule != nullptr && !rule->label.in(locale_).empty())
    return rule->label.in(locale_);
  if (name == "phase") return word("kind_phase");
  const auto known = labels_.find(name);
  return known == labels_.end() ? name : known->second;
}

std::string CentreWords::said(const ground::FactRule* rule, const Value& value) const {
  if (value.is(Value::Kind::boolean)) return word(value.as_bool() ? "yes" : "no");
  std::string text = ground::to_display(value);
  if (rule == nullptr) return text;
  for (size_t i = 0; i < rule->of.size() && i < rule->of_says.size(); ++i)
    if (rule->of[i] == text && !rule->of_says[i].in(locale_).empty())
      return rule->of_says[i].in(locale_);
  if (rule->type == ground::FactType::axis)
    if (const ground::Axis* axis = snapshot_.axis(text)) return axis->says.in(locale_);
  if (rule->type == ground::FactType::date)
    if (const auto at = ground::parse_instant(text)) return day(*at);
  return text;
}

std::string CentreWords::place(const std::string& slot) const {
  const ground::Slot* known = snapshot_.slot(slot);
  const std::string where =
      known == nullptr ? "" : word(fmt::format("channel_{}", ground::to_string(known->channel)));
  return where.empty() ? slot : where;
}

std::vector<std::string> CentreWords::places(const ground::ValueList& slots) const {
  std::vector<std::string> out;
  for (const ground::Value& slot : slots) {
    std::string where = place(ground::to_display(slot));
    if (std::ranges::find(out, where) == out.end()) out.push_back(std::move(where));
  }
  return out;
}

}  // namespace aizuchi::serve
