#include "serve/http/centre_sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/text.h"
#include "listen/events/apply.h"

namespace aizuchi::serve {

using ground::Instant;
using ground::Value;
using ground::ValueList;

namespace {

constexpr size_t ranks_most = 3;
// A break is a year at most; the days of the form are whole ones.
constexpr ground::Duration form_most = ground::Duration::days(364);

struct Often {
  int64_t times;
  std::string_view per;
};
constexpr Often usual[] = {{0, ""}, {1, "7d"}, {2, "30d"}, {1, "30d"}, {1, "90d"}};

Value option(std::string value, std::string says, bool now) {
  return Entry()
      .put("value", Value(std::move(value)))
      .put("says", Value(std::move(says)))
      .put("now", Value(now))
      .take();
}

// Is something sent there that is not an order's own?
bool is_sent_in(ground::Channel channel, const ground::Snapshot& snapshot) {
  return listen::is_sent(channel) &&
         std::ranges::any_of(snapshot.slots, [&](const ground::Slot& slot) {
           const ground::Purpose* purpose = snapshot.purpose(slot.purpose);
           return slot.channel == channel && purpose != nullptr &&
                  purpose->basis != ground::Basis::contract;
         });
}

Value frequency_of(const CentreWords& words, ground::Channel channel, const Value& wishes) {
  const std::string name(ground::to_string(channel));
  int64_t times = 0;
  std::string per;
  for (const Value& each : list_in(wishes, "frequency"))
    if (text_in(each, "channel") == name) {
      times = static_cast<int64_t>(each.find("times")->number_or(0));
      per = text_in(each, "per");
    }
  ValueList options;
  bool known = false;
  for (const Often& often : usual) {
    const bool now = often.times == times && often.per == per;
    known = known || now;
    const std::string word =
        often.times == 0 ? "often_0" : fmt::format("often_{}_{}", often.times, often.per);
    options.push_back(option(fmt::format("{}/{}", often.times, often.per), words.word(word), now));
  }
  if (!known) {
    std::string says = words.word("often_own", "times", std::to_string(times));
    says.replace(says.find("{per}"), 5, per);
    options.push_back(option(fmt::format("{}/{}", times, per), std::move(says), true));
  }
  return Entry()
      .put("channel", Value(name))
      .put("dom", Value("often-" + name))
      .put("says", Value(words.word("channel_" + name)))
      .put("options", Value::list(std::move(options)))
      .take();
}

}  // namespace

bool sends(const ground::Snapshot& snapshot) {
  return is_sent_in(ground::Channel::email, snapshot) ||
         is_sent_in(ground::Channel::push, snapshot);
}

void put_wishes(Entry& out, const CentreWords& words, const Value& wishes, Instant now) {
  out.put("today", Value(words.date(now))).put("pause_last", Value(words.date(now + form_most)));
  if (const Value* pause = wishes.find("pause"); pause != nullptr && !pause->is_null()) {
    const auto until = ground::parse_instant(text_in(*pause, "until"));
    // The day that is still in it.
    const std::string last = until ? words.day(*until - ground::Duration{1}) : "";
    std::string says = words.word("pause_is", "from", words.day(text_in(*pause, "from")));
    says.replace(says.find("{until}"), 7, last);
    out.put("pause", Entry().put("says", Value(says)).take());
    if (text_in(*pause, "now") == "true")
      out.put("paused", Value(words.word("paused_now", "date", last)));
  }
  ValueList frequencies;
  for (const ground::Channel channel : {ground::Channel::email, ground::Channel::push})
    if (is_sent_in(channel, words.snapshot()))
      frequencies.push_back(frequency_of(words, channel, wishes));
  out.put("frequencies_any", Value(!frequencies.empty()));
  out.put("frequencies", Value::list(std::move(frequencies)));
}

void put_values(Entry& out, const CentreWords& words, const Value& beyond) {
  const Value* values = beyond.find("values");
  if (values == nullptr || values->is_null()) return;
  ValueList axes, ranks;
  for (const Value& axis : list_in(*values, "axes"))
    axes.push_back(Entry()
                       .put("label", Value(text_in(axis, "label")))
                       .put("says", Value(words.word("value_" + text_in(axis, "standing"))))
                       .take());
  const ValueList& order = list_in(*values, "order");
  for (size_t rank = 0; rank < std::min(ranks_most, axes.size()); ++rank) {
    ValueList options;
    const std::string chosen = rank < order.size() ? ground::to_display(order[rank]) : "";
    const auto add = [&](const std::string& value, const std::string& label) {
      options.push_back(Entry()
                            .put("value", Value(value))
                            .put("label", Value(label))
                            .put("now", Value(value == chosen))
                            .take());
    };
    if (rank > 0) add("", words.word("value_any"));
    for (const Value& axis : list_in(*values, "axes"))
      add(text_in(axis, "axis"), text_in(axis, "label"));
    ranks.push_back(Entry()
                        .put("field", Value(fmt::format("rank{}", rank + 1)))
                        .put("says", Value(words.word(fmt::format("rank_{}", rank + 1))))
                        .put("options", Value::list(std::move(options)))
                        .take());
  }
  if (axes.empty()) return;
  out.put("values", Entry()
                        .put("fact", Value(text_in(*values, "fact")))
                        .put("axes", Value::list(std::move(axes)))
                        .put("ranks", Value::list(std::move(ranks)))
                        .take());
}

void put_answers(Entry& out, const CentreWords& words, const Value& beyond, Instant now) {
  ValueList answers;
  for (const Value& each : list_in(beyond, "answers")) {
    const std::string seen = text_in(each, "seenAt");
    const auto until = ground::parse_instant(text_in(each, "until"));
    std::string how = words.word("gave_seen", "date", words.day(seen));
    if (const std::string expired = text_in(each, "expiredAt"); !expired.empty())
      how = words.word("gave_expired", "date", words.day(expired));
    if (seen.empty() && until)
      how = words.word(*until > now ? "gave_until" : "gave_late", "date", words.day(*until));
    answers.push_back(Entry()
                          .put("asks", Value(text_in(each, "asks")))
                          .put("when", Value(words.day(text_in(each, "at"))))
                          .put("gives", Value(text_in(each, "gives")))
                          .put("seen", Value(std::move(how)))
                          .take());
  }
  out.put("answers_any", Value(!answers.empty())).put("answers", Value::list(std::move(answers)));
}

void put_withheld(Entry& out, const CentreWords& words, const Value& beyond) {
  ValueList withheld;
  for (const Value& each : list_in(beyond, "withheld")) {
    const std::vector<std::string> places = words.places(list_in(each, "slots"));
    const bool chooses = text_in(each, "chooses") == "true";
    withheld.push_back(
        Entry()
            .put("what", Value(text_in(each, "what")))
            .put("why", Value(text_in(each, "why")))
            .put("how", Value(words.word(chooses ? "withheld_chooses" : "withheld_not")))
            .put("places",
                 Value(fmt::format("{}", fmt::join(places, words.japanese() ? "、" : ", "))))
            .take());
  }
  out.put("withheld_any", Value(!withheld.empty()));
  out.put("withheld", Value::list(std::move(withheld)));
}

}  // namespace aizuchi::serve
