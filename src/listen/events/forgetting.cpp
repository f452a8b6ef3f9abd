// What goes of an event when its person wants values forgotten.
#include <algorithm>

#include "listen/events/threading.h"

namespace aizuchi::listen {

using ground::EventRole;
using ground::EventRule;
using ground::ValueMap;

namespace {

// Traits by their full names, as apply() reads them; "inquiry": {"topic": …} is inquiry.topic.
Value without_traits(const Value& traits, const std::string& prefix, const Forgotten& forgotten,
                     bool& changed) {
  if (!traits.is(Value::Kind::map)) return traits;
  ValueMap left;
  for (const auto& [key, value] : traits.as_map()) {
    const std::string name =
        prefix + (key.is(Value::Kind::string) ? key.as_string() : ground::to_display(key));
    if (forgotten(name)) {
      changed = true;
      continue;
    }
    left.emplace_back(key, without_traits(value, name + ".", forgotten, changed));
  }
  return changed ? Value::map(std::move(left)) : traits;
}

// One property; dots walk into objects, as in apply().
Value without_property(const Value& details, std::string_view path, bool& changed) {
  if (!details.is(Value::Kind::map)) return details;
  const size_t dot = path.find('.');
  const bool direct = details.find(path) != nullptr;
  ValueMap left;
  for (const auto& [key, value] : details.as_map()) {
    const std::string name = ground::to_display(key);
    if (direct && name == path) {
      changed = true;
    } else if (!direct && dot != std::string_view::npos && name == path.substr(0, dot)) {
      left.emplace_back(key, without_property(value, path.substr(dot + 1), changed));
    } else {
      left.emplace_back(key, value);
    }
  }
  return changed ? Value::map(std::move(left)) : details;
}

Value with_member(const Value& object, std::string_view name, const Value& value) {
  ValueMap out = object.as_map();
  for (auto& [key, old] : out)
    if (key.is(Value::Kind::string) && key.as_string() == name) old = value;
  return Value::map(std::move(out));
}

// The member of an object made anew by `make`, which says whether it changed anything.
template <typename Make>
bool change_member(Value& object, std::string_view name, Make make) {
  const Value* member = object.find(name);
  if (member == nullptr) return false;
  bool changed = false;
  const Value next = make(*member, changed);
  if (changed) object = with_member(object, name, next);
  return changed;
}

// Of a purchase that ends a cart's thread, say, all but the thread is kept.
bool means_more(const EventRule& rule) {
  return rule.role != EventRole::none && rule.role != EventRole::thread &&
         rule.role != EventRole::complained && rule.role != EventRole::settled;
}

bool is_told_by(const Event& event, const EventRule& rule, const Forgotten& forgotten) {
  if (rule.role == EventRole::consent_updated) return false;
  if (tells_thread(event, &rule) && !means_more(rule) && forgotten(threads_name)) return true;
  const bool cart = rule.role == EventRole::product_added ||
                    rule.role == EventRole::product_removed || rule.role == EventRole::cart_viewed;
  return cart && forgotten("cart") && event.type == EventType::track;
}

// The text would tell it again, so it goes with what was heard in it.
bool forget_heard(Event& event, const ground::Hearing& hearing, const ground::Snapshot& snapshot,
                  const Forgotten& forgotten) {
  const auto gone = [&](ground::FactId id) {
    const ground::FactRule* fact = snapshot.fact(id);
    return fact != nullptr && forgotten(fact->name);
  };
  if (!gone(hearing.concern) && !gone(hearing.sure) && !gone(hearing.language)) return false;
  bool changed = change_member(event.json, "properties", [&](const Value& details, bool& inner) {
    return without_property(details, hearing.text, inner);
  });
  event.json = without_property(event.json, heard_member, changed);
  return changed;
}

}  // namespace

Remains forget_in(Event& event, const ground::Snapshot& snapshot, const Forgotten& forgotten) {
  const EventRule* rule = snapshot.event(event.name);
  if (event.name == corrected_event) {
    const Value* fact = event.details().find("fact");
    const bool gone = fact != nullptr && forgotten(ground::to_display(*fact));
    return gone ? Remains::nothing : Remains::all;
  }
  if (event.name == answered_event || event.name == give_back_event) {
    const Value* name = event.details().find("question");
    const auto* asked = name == nullptr ? nullptr : snapshot.question(ground::to_display(*name));
    const ground::FactRule* fact = asked == nullptr ? nullptr : snapshot.fact(asked->sets);
    const Value* told = event.details().find("fact");
    std::string of = told == nullptr ? "" : ground::to_display(*told);  // the question has left
    if (fact != nullptr) of = fact->name;
    return !of.empty() && forgotten(of) ? Remains::nothing : Remains::all;
  }
  if (rule != nullptr && rule->role != EventRole::consent_updated) {
    if (is_told_by(event, *rule, forgotten)) return Remains::nothing;
    for (const uint16_t index : snapshot.aggregates_of(rule->id)) {
      const ground::Aggregate& aggregate = snapshot.aggregates[index];
      if (forgotten(aggregate.text) && counts_for(aggregate, event)) return Remains::nothing;
    }
  }
  bool changed = false;
  const auto traits = [&](const Value& value, bool& inner) {
    return without_traits(value, "", forgotten, inner);
  };
  changed |= change_member(event.json, "traits", traits);
  // Clients repeat traits there; nothing reads them, and they are kept with the event.
  changed |= change_member(event.json, "context", [&](const Value& context, bool& inner) {
    Value out = context;
    inner = change_member(out, "traits", traits);
    return out;
  });
  if (rule != nullptr)
    for (const auto& [property, fact] : rule->facts) {
      const ground::FactRule* fact_rule = snapshot.fact(fact);
      if (fact_rule == nullptr || !forgotten(fact_rule->name)) continue;
      changed |= change_member(event.json, "properties", [&](const Value& details, bool& inner) {
        return without_property(details, property, inner);
      });
    }
  if (rule != nullptr && tells_thread(event, rule) && forgotten(threads_name)) {
    unthread(event);
    changed = true;
  }
  if (rule != nullptr && rule->hears)
    changed |= forget_heard(event, *rule->hears, snapshot, forgotten);
  return changed ? Remains::some : Remains::all;
}

bool drop_sensitive_topic(Event& event, const ground::Snapshot& snapshot) {
  const EventRule* rule = snapshot.event(event.name);
  const auto topic = rule == nullptr ? std::nullopt : sensitive_topic(event, *rule, snapshot);
  return topic && change_member(event.json, "properties", [&](const Value& details, bool& inner) {
           return without_property(details, *topic, inner);
         });
}

std::vector<bool> aggregates_touched(const ground::Snapshot& snapshot, const Forgotten& forgotten) {
  std::vector<bool> out(snapshot.aggregates.size(), false);
  for (const EventRule& rule : snapshot.events) {
    const auto& fed = snapshot.aggregates_of(rule.id);
    const auto named = [&](uint16_t index) { return forgotten(snapshot.aggregates[index].text); };
    const auto mapped = [&](const auto& entry) {
      const ground::FactRule* fact = snapshot.fact(entry.second);
      return fact != nullptr && forgotten(fact->name);
    };
    const bool cart = forgotten("cart") && (rule.role == EventRole::product_added ||
                                            rule.role == EventRole::product_removed ||
                                            rule.role == EventRole::cart_viewed);
    const bool threads = rule.thread && !means_more(rule) && forgotten(threads_name);
    if (!cart && !threads && std::ranges::none_of(fed, named) &&
        std::ranges::none_of(rule.facts, mapped))
      continue;
    for (const uint16_t index : fed) out[index] = true;
  }
  return out;
}

}  // namespace aizuchi::listen
