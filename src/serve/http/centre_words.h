// Plain words for the preference centre: texts of the words' files with their gaps filled, names of
// what is kept, days in the brand's time zone. Inside serve/http only.
// Threads: one. Cost: opening the time zone's file once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "ground/base/value.h"
#include "ground/catalog/snapshot.h"
#include "ground/expr/time_zone.h"

namespace aizuchi::serve {

// A map that a template reads, filled by name.
class Entry {
 public:
  Entry& put(std::string_view name, ground::Value value) {
    map_.emplace_back(ground::Value(name), std::move(value));
    return *this;
  }
  // Only when there is something to say.
  Entry& put_text(std::string_view name, std::string text) {
    return text.empty() ? *this : put(name, ground::Value(std::move(text)));
  }
  ground::Value take() { return ground::Value::map(std::move(map_)); }

 private:
  ground::ValueMap map_;
};

class CentreWords {
 public:
  CentreWords(const ground::Snapshot& snapshot, ground::LocaleId locale);

  bool japanese() const { return japanese_; }
  const ground::Value& all() const { return words_; }
  // "" when there is no such word.
  std::string word(std::string_view name) const;
  // … with {gap} filled.
  std::string word(std::string_view name, std::string_view gap, std::string_view with) const;
  std::string count(int64_t times) const;

  // 2026年11月3日 / 3 November 2026; the time with minutes. Of what is no moment: "".
  std::string day(std::string_view instant) const;
  std::string day(ground::Instant at) const;
  std::string minute(ground::Instant at) const;  // of the day
  // The day as a form has it: 2026-11-03.
  std::string date(ground::Instant at) const;

  // What a thing is called that GET /v1/me names: a fact, an aggregate's text, "visits", "phase".
  std::string label(const std::string& name) const;
  // A fact's value as one would say it.
  std::string said(const ground::FactRule* rule, const ground::Value& value) const;
  // "our pages", "mails": each once. A slot that is no more by its name.
  std::vector<std::string> places(const ground::ValueList& slots) const;
  std::string brand() const { return snapshot_.name.in(locale_); }
  const ground::Snapshot& snapshot() const { return snapshot_; }
  ground::LocaleId locale() const { return locale_; }

 private:
  ground::Instant local(ground::Instant at) const;
  std::string place(const std::string& slot) const;

  const ground::Snapshot& snapshot_;
  const ground::LocaleId locale_;
  const bool japanese_;
  const ground::Value& words_;
  std::unique_ptr<const ground::TimeZone> zone_;            // null: UTC
  std::map<std::string, std::string, std::less<>> labels_;  // of reads
};

// Text members of what GET /v1/me answers; "" and {} where there is none.
std::string text_in(const ground::Value& object, std::string_view name);
const ground::ValueList& list_in(const ground::Value& object, std::string_view name);

}  // namespace aizuchi::serve
