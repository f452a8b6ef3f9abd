#include "listen/events/apply.h"

#include <algorithm>

#include "ground/base/hash.h"
#include "ground/base/text.h"
#include "ground/base/time.h"
#include "listen/events/answering.h"
#include "listen/events/complaining.h"
#include "listen/events/felt.h"
#include "listen/events/limiting.h"
#include "listen/events/objecting.h"
#include "listen/events/picking.h"
#include "listen/events/shown.h"
#include "listen/events/threading.h"
#include "listen/events/wishing.h"
#include "respect/consent/consent.h"

namespace aizuchi::listen {

using ground::EventRole;
using ground::EventRule;
using ground::Method;
using ground::Result;
using ground::ValueMap;
using remember::PersonState;

namespace {

std::string text_property(const Value& details, std::string_view name) {
  const Value* value = property_at(details, name);
  return value == nullptr ? "" : ground::to_display(*value);
}

// Numbers are equal by value, whatever kind JSON made of them.
bool equal(const Value& a, const Value& b) {
  constexpr double none = -1.797e308;
  const double x = a.number_or(none);
  if (x != none) return x == b.number_or(none);
  return a.same(b);
}

bool passes(const ground::Aggregate& aggregate, const Value& details) {
  return std::ranges::all_of(aggregate.filter, [&](const auto& condition) {
    const Value* value = property_at(details, condition.first);
    return value != nullptr && equal(*value, condition.second);
  });
}

template <typename T>
void push_bounded(std::vector<T>& list, T entry, size_t max) {
  if (list.size() >= max) list.erase(list.begin());
  list.push_back(std::move(entry));
}

}  // namespace

bool counts_for(const ground::Aggregate& aggregate, const Event& event) {
  return passes(aggregate, event.details());
}

namespace {

// One event being applied: what every step needs.
struct Step {
  PersonState& person;
  const Event& event;
  const EventRule* rule;  // nullptr: the brand does not know this event; history only
  const ground::Source& source;
  ground::ProvenanceId provenance;
  const Sender& sender;
  const ground::Snapshot& snapshot;
  ground::Vocabulary& vocabulary;
  uint64_t sequence;
  Apart apart;
  Applied applied;

  struct Lookup final : remember::ProvenanceLookup {
    explicit Lookup(const ground::Vocabulary& v) : vocabulary(v) {}
    const ground::Provenance& provenance(ground::ProvenanceId id) const override {
      return vocabulary.provenance(id);
    }
    const ground::Vocabulary& vocabulary;
  };

  Result<void> keep_fact(const ground::FactRule& fact_rule, const Value& value, Method method);
  Result<void> traits(const Value& traits, const std::string& prefix);
  Result<void> mapped_properties();
  Result<void> heard();
  Result<void> correct();
  void object_to_sharing();
  void aggregates(const std::vector<bool>* wanted, Instant now);
  void visit();
  void product_seen();
  bool ordered_since(const std::string& product) const;
  void cart();
  void order();
  void consent();
  void said();
};

Result<void> Step::keep_fact(const ground::FactRule& fact_rule, const Value& value, Method method) {
  if (fact_rule.derived) return {};
  // What people hold dear is what they chose when they were asked, and nothing that is sent.
  if (fact_rule.type == ground::FactType::values) return ++applied.traits_refused, Result<void>();
  const auto coerced = fitted(value, fact_rule, snapshot);
  if (!coerced || (needs_proof(fact_rule) && sender.proof < ground::Assurance::a3)) {
    ++applied.traits_refused;
    return {};
  }
  ground::Provenance p = vocabulary.provenance(provenance);
  p.method = method;
  p.purposes = p.purposes & fact_rule.purposes;
  if (fact_rule.subject) p.subject = *fact_rule.subject;
  if (p.purposes.empty()) return {};  // entrusted for nothing that the fact may serve
  if (fact_rule.is_sensitive(*coerced)) {
    p.purposes = expressly_granted(&person, p.purposes, snapshot);
    if (p.purposes.empty()) {
      ++applied.sensitive_refused;
      return {};
    }
  }
  const ground::ProvenanceId id = TRY(vocabulary.intern(p));
  person.keep({.key = fact_rule.id,
               .provenance = id,
               .value = *coerced,
               .at = event.at,
               .received_at = event.received_at,
               .expires_at = event.at + fact_rule.keep,
               .evidence = sequence},
              method, p.collected_in, Lookup(vocabulary));
  ++applied.facts;
  return {};
}

Result<void> Step::traits(const Value& traits_of, const std::string& prefix) {
  if (!traits_of.is(Value::Kind::map)) return {};
  const Method method = source.method.value_or(Method::stated);
  for (const auto& [key, value] : traits_of.as_map()) {
    const std::string name = prefix + key.as_string();
    if (const ground::FactRule* fact_rule = snapshot.fact(name)) {
      TRY(keep_fact(*fact_rule, value, method));
    } else if (value.is(Value::Kind::map) && prefix.size() < 64) {
      TRY(traits(value, name + "."));
    }
  }
  return {};
}

Result<void> Step::mapped_properties() {
  const Method otherwise = source.method.value_or(Method::observed);
  if (apart == Apart::only_this_time && rule->method.value_or(otherwise) == Method::observed)
    return {};
  for (const auto& [name, fact_id] : rule->facts) {
    const Value* value = property_at(event.details(), name);
    const ground::FactRule* fact_rule = snapshot.fact(fact_id);
    if (value == nullptr || fact_rule == nullptr) continue;
    TRY(keep_fact(*fact_rule, *value, rule->method.value_or(otherwise)));
  }
  return {};
}

// What was heard in the event's text was written down with it: nothing is concluded here.
Result<void> Step::heard() {
  const Value* found = event.json.find(heard_member);
  if (!rule->hears || found == nullptr) return {};
  if (const Value* worry = found->find("concern")) worry_about(person, *worry, event.at);
  const auto keep = [&](ground::FactId fact, std::string_view name) -> Result<void> {
    const Value* value = found->find(name);
    const ground::FactRule* fact_rule = snapshot.fact(fact);
    if (value == nullptr || fact_rule == nullptr) return {};
    return keep_fact(*fact_rule, *value, Method::inferred);
  };
  TRY(keep(rule->hears->concern, "concern"));
  TRY(keep(rule->hears->sure, "probability"));
  return keep(rule->hears->language, "language");
}

void Step::object_to_sharing() {
  for (const ground::Purpose& purpose : snapshot.purposes) {
    if (!purpose.sharing || respect::standing(person, purpose) == respect::Standing::withdrawn)
      continue;
    person.keep({.purpose = purpose.id,
                 .granted = false,
                 .at = event.at,
                 .text_hash = purpose.text_hash_at(event.at),
                 .notice = source.notice,
                 .proof = sender.proof,
                 .evidence = sequence});
    applied.consent = true;
  }
}

Result<void> Step::correct() {
  const ground::FactRule* fact_rule = snapshot.fact(text_property(event.details(), "fact"));
  const Value* told = event.details().find("value");
  if (fact_rule == nullptr || told == nullptr || fact_rule->derived) return {};
  auto value = fitted(*told, *fact_rule, snapshot);
  if (!value) return {};
  if (fact_rule->type == ground::FactType::values)
    value = ordered_choices(*value, snapshot, event.at);
  const bool proven = sender.proof >= ground::Assurance::a2;
  std::vector<remember::Fact> wrong;
  std::erase_if(person.facts, [&](const remember::Fact& fact) {
    const ground::Provenance& p = vocabulary.provenance(fact.provenance);
    const bool theirs = fact.key == fact_rule->id && p.subject != ground::Subject::gift &&
                        (proven || p.viewer_min < ground::Assurance::a2);
    if (theirs) wrong.push_back(fact);
    return theirs;
  });
  for (const remember::Fact& old : wrong) {
    ground::Provenance p = vocabulary.provenance(old.provenance);
    p.method = Method::stated;
    p.source = source.id;
    p.channel = source.channel;
    if (rule != nullptr && rule->context.valid()) p.collected_in = rule->context;
    if (proven) p.viewer_min = ground::Assurance::a2;
    const Instant at = std::max(event.at, old.at);
    person.keep({.key = fact_rule->id,
                 .provenance = TRY(vocabulary.intern(p)),
                 .value = *value,
                 .at = at,
                 .received_at = event.received_at,
                 .expires_at = at + fact_rule->keep,
                 .evidence = sequence},
                p.method, p.collected_in, Lookup(vocabulary));
  }
  return {};
}

void Step::aggregates(const std::vector<bool>* wanted, Instant now) {
  const Value& details = event.details();
  const ground::Product* product = snapshot.product(text_property(details, "product_id"));
  // What is marked sensitive does not count towards what a person seems to like.
  if (product != nullptr && product->sensitive) return;
  for (const uint16_t index : snapshot.aggregates_of(rule->id)) {
    const ground::Aggregate& spec = snapshot.aggregates[index];
    if (wanted != nullptr && !(*wanted)[index]) continue;
    if (!passes(spec, details) || (apart != Apart::no && is_taste(*rule, spec))) continue;
    double amount = 0;
    std::string value;
    if (spec.kind == ground::AggregateKind::sum) {
      const Value* field = property_at(details, spec.field);
      if (field == nullptr) continue;
      amount = field->number_or(0);
    } else if (spec.kind == ground::AggregateKind::top) {
      value = text_property(details, spec.field);
      if (value.empty() && spec.field == "category" && product != nullptr)
        value = product->category;
      if (value.empty() || value.size() > 128) continue;
    }
    remember::add_to(person.aggregate(spec.id), value, provenance, event.at, amount, now);
  }
}

void Step::visit() {
  if (source.channel != ground::Channel::web || source.method == Method::imported) return;
  if (event.at <= person.visit_last_at) return;  // late: the visit is counted already
  const bool begins = person.visit_last_at.ms == INT64_MIN ||
                      event.at.ms - person.visit_last_at.ms > remember::visit_pause.ms;
  person.visit_last_at = event.at;
  if (!begins) return;
  for (remember::VisitCount& v : person.visits) {
    if (v.provenance != provenance) continue;
    ++v.count;
    return;
  }
  if (person.visits.size() < PersonState::visits_max) person.visits.push_back({provenance, 1});
}

void Step::product_seen() {
  const std::string id = text_property(event.details(), "product_id");
  if (id.empty()) return;
  const ground::Product* product = snapshot.product(id);
  if (product != nullptr && product->sensitive) return;
  keep_newest(person.seen, {ground::item_key("product", id), event.at, provenance},
              PersonState::seen_max);
}

// An event that comes late does not put back into the cart what was ordered since.
bool Step::ordered_since(const std::string& product) const {
  const ground::ItemKey key = ground::item_key("product", product);
  return std::ranges::any_of(person.bought, [&](const remember::Bought& b) {
    return b.product == key && b.at > event.at;
  });
}

void Step::cart() {
  const Value& details = event.details();
  const std::string product = text_property(details, "product_id");
  if (product.empty()) return;
  const Value* price = property_at(details, "price");
  const Value* quantity = property_at(details, "quantity");
  const auto count = static_cast<int64_t>(
      std::clamp(quantity == nullptr ? 1.0 : quantity->number_or(1), 0.0, 1e6));
  const auto line = std::ranges::find(person.cart, product, &remember::CartLine::product);
  if (rule->role == EventRole::product_removed) {
    if (line == person.cart.end()) return;
    line->quantity -= quantity == nullptr ? line->quantity : count;
    if (line->quantity <= 0) person.cart.erase(line);
    return;
  }
  if (count == 0 || ordered_since(product)) return;
  if (line != person.cart.end()) {
    line->quantity += count;
    line->at = std::max(line->at, event.at);
    return;
  }
  push_bounded(person.cart,
               {product, price == nullptr ? 0 : price->number_or(0), count, event.at, provenance},
               PersonState::cart_lines_max);
}

void Step::order() {
  for (const ground::ItemKey product : products_of(event))
    keep_newest(person.bought, {product, event.at}, PersonState::bought_max);
  // Only what was in the cart before this order; a late order does not empty today's cart.
  std::erase_if(person.cart, [&](const remember::CartLine& line) { return line.at <= event.at; });
}

void Step::consent() {
  const Value* answers = property_at(event.details(), "purposes");
  if (answers == nullptr) answers = event.context_at({"consent", "categoryPreferences"});
  if (answers == nullptr || !answers->is(Value::Kind::map)) return;
  for (const auto& [name, answer] : answers->as_map()) {
    const ground::Purpose* purpose = snapshot.purpose(name.as_string());
    if (purpose == nullptr || !answer.is(Value::Kind::boolean)) continue;
    person.keep({.purpose = purpose->id,
                 .granted = answer.as_bool(),
                 .at = event.at,
                 .text_hash = purpose->text_hash_at(event.at),
                 .notice = source.notice,
                 .proof = sender.proof,
                 .evidence = sequence});
    applied.consent = true;
  }
  if (opts_out(event, snapshot)) object_to_sharing();  // as long as the browser says so
}

void Step::said() {
  const Value& details = event.details();
  const auto text = [&](std::string_view name) {
    std::string out = text_property(details, name);
    if (out.size() > PersonState::said_text_max) out.clear();
    return out;
  };
  const auto keep = [&](std::string_view kind, const std::string& name) {
    if (!name.empty())
      keep_newest(person.said_elsewhere,
                  {.key = ground::item_key(kind, name),
                   .topic = kind == "topic",
                   .what = name,
                   .channel = text("channel"),
                   .by = text("by"),
                   .at = event.at,
                   .evidence = sequence},
                  PersonState::said_elsewhere_max);
  };
  const std::string item = text("item");
  const bool product = snapshot.item(item) == nullptr && snapshot.product(item) != nullptr;
  keep(product ? "product" : "item", item);
  keep("topic", text("topic"));
}

Result<Step> begin(PersonState& person, const Event& event, uint64_t sequence, const Sender& sender,
                   const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary) {
  const ground::Source* source = snapshot.source(sender.source);
  if (source == nullptr)
    return ground::fail(ground::ErrorCode::not_found,
                        "the event's source is no longer in sources.yaml");
  ground::Provenance told = TRY(provenance_of(event, sender, snapshot));
  const Apart set_apart = apart_of(person, event);
  // What somebody does, or is asked, while it is for another is about that other; not what they
  // say.
  if (set_apart == Apart::gift && (told.method == Method::observed || event.name == answered_event))
    told.subject = ground::Subject::gift;
  const ground::ProvenanceId provenance = TRY(vocabulary.intern(told));
  return Step{person,    event,      snapshot.event(event.name),
              *source,   provenance, sender,
              snapshot,  vocabulary, sequence,
              set_apart, {}};
}

void remember_identifiers(PersonState& person, const Event& event, const Sender& sender) {
  const auto add = [&](std::string_view kind, const std::string& value) {
    if (value.empty() || person.identifiers.size() >= PersonState::identifiers_max) return;
    const bool known = std::ranges::any_of(
        person.identifiers, [&](const auto& i) { return i.kind == kind && i.value == value; });
    if (!known) person.identifiers.push_back({std::string(kind), value});
  };
  // A page's word that a device is a person's is no link.
  if (sender.proof != ground::Assurance::a2) add("anonymous_id", event.anonymous_id);
  if (sender.proof >= ground::Assurance::a2)
    add("user_id", event.user_id);
  else if (event.anonymous_id.empty())
    add("claimed_id", event.user_id);
}

// What the engine itself reads in an event of this role.
void do_what_it_means(Step& step) {
  PersonState& person = step.person;
  const Event& event = step.event;
  const ground::Snapshot& snapshot = step.snapshot;
  const auto came = [&](Came what) {
    return note_came(person, event, {what, step.vocabulary.provenance(step.provenance).purposes},
                     snapshot);
  };
  switch (step.rule->role) {
    case EventRole::product_viewed:
      step.product_seen();
      step.applied.viewed = true;
      break;
    case EventRole::product_added:
    case EventRole::product_removed:
      step.cart();
      break;
    case EventRole::order_completed:
      step.order();
      step.applied.outcome = came(Came::converted);
      break;
    case EventRole::complained:
      complain(person, event);
      break;
    case EventRole::settled:
      settle(person, event);
      break;
    case EventRole::consent_updated:
      step.consent();
      break;
    case EventRole::exposure:
      step.applied.exposure = came(Came::seen);
      break;
    case EventRole::click:
    case EventRole::conversion:
      came(step.rule->role == EventRole::click ? Came::clicked : Came::converted);
      step.applied.outcome = true;
      break;
    case EventRole::none:
    case EventRole::page:
    case EventRole::cart_viewed:
    case EventRole::order_cancelled:
    case EventRole::said:
    case EventRole::thread:
      break;
  }
}

// Of what is picked, before it is noted as picked; nothing that is for another, or for this time
// only.
Result<void> learn_leaning(Step& step) {
  if (step.apart != Apart::no) return {};
  const AnswerAt at{step.sequence, step.provenance};
  switch (step.rule->role) {
    case EventRole::click:
    case EventRole::conversion:
      return keep_pick(step.person, step.event, at, step.snapshot, step.vocabulary);
    case EventRole::order_completed:
      return keep_purchase(step.person, step.event, at, step.snapshot, step.vocabulary);
    default:
      return {};
  }
}

Result<void> keep_thread_of(Step& step) {
  const bool refused =
      TRY(keep_thread(step.person, step.event, *step.rule, {step.sequence, step.provenance},
                      step.snapshot, step.vocabulary));
  step.applied.sensitive_refused += refused ? 1 : 0;
  return {};
}

}  // namespace

Result<Applied> apply(PersonState& person, const Event& event, uint64_t sequence,
                      const Sender& sender, const ground::Snapshot& snapshot,
                      ground::Vocabulary& vocabulary) {
  Step step = TRY(begin(person, event, sequence, sender, snapshot, vocabulary));
  remember_identifiers(person, event, sender);
  if (event.name == absorbed_event) {
    std::erase_if(person.consents, [](const remember::Consent& consent) {
      return consent.granted && consent.proof < ground::Assurance::a2;
    });
    return step.applied;
  }
  if (event.name == corrected_event) {
    TRY(step.correct());
    return step.applied;
  }
  if (event.name == answered_event) {
    const bool kept =
        TRY(keep_answer(person, event, {sequence, step.provenance}, snapshot, vocabulary));
    step.applied.facts += kept ? 1 : 0;
    return step.applied;
  }
  if (event.name == give_back_event) {
    note_give_back(person, event, snapshot);
    return step.applied;
  }
  if (event.name == felt_event) {
    keep_felt(person, event);
    return step.applied;
  }
  if (event.name == use_event) {
    step.applied.consent |= keep_objection(person, event, {sequence, sender.proof}, snapshot);
    return step.applied;
  }
  if (event.name == wish_event) {
    keep_wish(person, event, sequence, vocabulary);
    step.applied.consent = true;
    return step.applied;
  }
  if (event.name == pause_event || event.name == frequency_event) {
    step.applied.consent = keep_limit(person, event);
    return step.applied;
  }
  if (opts_out(event, snapshot)) step.object_to_sharing();
  // The brand's own words begin no visit of theirs.
  if (step.rule != nullptr && step.rule->role == EventRole::said) {
    if (is_said(event, sender, snapshot)) step.said();
    return step.applied;
  }
  if (step.rule != nullptr && step.rule->role == EventRole::thread) {
    if (sender.proof == ground::Assurance::a3) TRY(keep_thread_of(step));
    return step.applied;
  }
  if (event.type == EventType::identify) TRY(step.traits(event.details(), ""));
  if (event.type != EventType::identify && event.type != EventType::alias) step.visit();
  if (!person.wishes.empty()) visit_goes_on(person, event.at);
  if (step.rule == nullptr) return step.applied;
  TRY(step.mapped_properties());
  TRY(step.heard());
  step.aggregates(nullptr, event.received_at);
  TRY(learn_leaning(step));
  do_what_it_means(step);
  if (step.rule->thread) TRY(keep_thread_of(step));
  return step.applied;
}

Result<void> apply_aggregates(PersonState& person, const Event& event, const Sender& sender,
                              const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary,
                              const std::vector<bool>& wanted, Instant now) {
  Step step = TRY(begin(person, event, 0, sender, snapshot, vocabulary));
  if (step.rule != nullptr) step.aggregates(&wanted, now);
  return {};
}

}  // namespace aizuchi::listen
