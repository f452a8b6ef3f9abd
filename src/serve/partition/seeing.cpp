// What a person may see of themselves: each fact with its source in plain words, when, for what and
// where it was used lately; what was counted; and what is kept and not used, with the reason.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ground/base/json.h"
#include "respect/admission/computed.h"
#include "respect/consent/consent.h"
#include "serve/partition/state.h"
#include "understand/resonance/leanings.h"

namespace aizuchi::serve {

using ground::JsonWriter;
using ground::Result;
using ground::Space;
using Table = ground::Vocabulary::Table;

namespace {

constexpr size_t decisions_looked_at = 20;  // the newest, for where a fact was used

}  // namespace

// One person's view of themselves, as JSON.
class Partition::State::Mirror {
 public:
  Mirror(State& state, Found found, ground::LocaleId locale)
      : s_(state),
        found_(found),
        person_(found.person->state),
        viewer_(found.viewer),
        locale_(locale) {
    for (const ground::Read& read : s_.snapshot->reads)
      if (const std::string name = respect::known_as(*s_.snapshot, read); !name.empty())
        labels_.try_emplace(name, speak::narrow_label(*s_.snapshot, read, locale_));
  }

  Result<std::string> write() {
    TRY(look_at_decisions());
    out_.object().member("known", true).member("since", ground::format_instant(person_.created_at));
    write_identifiers();
    size_t hidden = 0;
    out_.key("facts").array();
    for (const remember::Fact& fact : person_.facts) hidden += write_fact(fact) ? 0 : 1;
    out_.end_array();
    // What a stronger proof would show: how much, not what.
    out_.member("notShown", uint64_t{hidden});
    write_derived();
    write_threads();
    write_computed();
    s_.write_objections(out_, found_, locale_);
    // What a proven person said is not their device's to see.
    const bool theirs = viewer_ >= ground::Assurance::a2 || !State::is_users(*found_.person);
    s_.write_answers(out_, theirs ? person_ : remember::PersonState{}, locale_);
    s_.write_wishes(
        out_, viewer_ >= ground::Assurance::a2 || !is_users(*found_.person) ? &person_ : nullptr,
        locale_);
    s_.write_limits(out_, found_);
    TRY(s_.write_consent_records(out_, person_, locale_));
    return out_.end_object().take();
  }

 private:
  using Use = std::pair<std::string, ground::Layer>;  // the slot, and what spoke there
  using Uses = std::set<Use>;

  // Where facts were used: of the newest decisions that are left and of today's folder.
  Result<void> look_at_decisions() {
    std::set<uint64_t> looked;
    for (auto said = person_.said.rbegin(); said != person_.said.rend(); ++said) {
      if (looked.size() == decisions_looked_at) break;
      if (said->decision == 0 || !looked.insert(said->decision).second) continue;
      TRY(look_at(said->decision));
    }
    return {};
  }

  Result<void> look_at(uint64_t first_8_bytes) {
    const auto each = [&](std::string_view key, std::string_view value) {
      const auto id = ground::DecisionId::from_bytes(key);
      const auto owner = ground::PersonId::from_bytes(value.substr(0, 16));
      if (!id || owner != person_.id) return true;
      const auto plain = s_.ledger.open(*owner, record_aad(*id), value.substr(16));
      if (!plain) return true;
      const auto record = decide::decode_record(*plain);
      if (record && record->version == s_.snapshot->version) note_used(*record);
      return true;
    };
    return s_.store->scan(Space::record, decision_prefix(first_8_bytes), "",
                          ground::Direction::forward, each);
  }

  void note_used(const decide::DecisionRecord& record) {
    for (const decide::RecordedSlot& slot : record.slots)
      for (const respect::RecordedRead& read : slot.recording.reads())
        if (read.read < s_.snapshot->reads.size()) {
          const ground::Read& asked = s_.snapshot->reads[read.read];
          const Use use{slot.slot, slot.layer};
          if (asked.kind == ground::ReadKind::fact) used_[asked.fact.index].insert(use);
          used_reads_[read.read].insert(use);
        }
  }

  // The slots, and in words where that was and which layer spoke there.
  void write_uses(const Uses& uses) {
    out_.key("usedIn").array();
    for (auto use = uses.begin(); use != uses.end(); ++use)
      if (use == uses.begin() || std::prev(use)->first != use->first) out_.value(use->first);
    out_.end_array().key("usedAs").array();
    for (const auto& [name, layer] : uses)
      if (const ground::Slot* slot = s_.snapshot->slot(name))
        out_.object()
            .member("slot", name)
            .member("layer", ground::to_string(layer))
            .member("says", speak::used_words(*s_.snapshot, *slot, layer, locale_))
            .end_object();
    out_.end_array();
  }

  void write_identifiers() {
    out_.key("identifiers").array();
    for (const auto& identifier : person_.identifiers)
      if (viewer_ >= ground::Assurance::a2 || identifier.kind == remember::anonymous_id_kind)
        out_.object()
            .member("kind", identifier.kind)
            .member("value", identifier.value)
            .end_object();
    out_.end_array();
  }

  // False when this viewer may not be shown it.
  bool write_fact(const remember::Fact& fact) {
    const ground::Provenance& p = s_.vocabulary.provenance(fact.provenance);
    const ground::FactRule* rule = s_.snapshot->fact(fact.key);
    const ground::Assurance least =
        std::max(p.viewer_min, rule == nullptr ? ground::Assurance::a0 : rule->viewer_min);
    if (viewer_ < least) return false;
    out_.object().member("fact", s_.vocabulary.name(Table::fact, fact.key.index));
    if (rule != nullptr) out_.member("label", rule->label.in(locale_));
    if (rule != nullptr && rule->type == ground::FactType::values &&
        p.method == ground::Method::inferred)
      write_leant(fact.value);
    else if (rule != nullptr && rule->type == ground::FactType::values)
      write_values(fact.value);
    else
      write_value(fact.value, rule);
    out_.member("method", ground::to_string(p.method));
    const ground::Source* source = s_.snapshot->source(p.source);
    if (source != nullptr) out_.member("source", source->says.in(locale_));
    out_.member("context", s_.vocabulary.name(Table::context, p.collected_in.index));
    out_.member("at", ground::format_instant(fact.at));
    if (fact.expires_at != ground::Instant::never())
      out_.member("until", ground::format_instant(fact.expires_at));
    write_purposes(p.purposes);
    write_uses(used_[fact.key.index]);
    const std::string_view why = withheld(fact, p, rule);
    out_.member("used", why.empty());
    if (!why.empty()) out_.member("notUsedBecause", why);
    out_.end_object();
    return true;
  }

  // One of a few in the words in which it is asked, where the brand has them.
  void write_value(const ground::Value& value, const ground::FactRule* rule) {
    out_.member("value", value);
    if (rule == nullptr) return;
    const std::string text = ground::to_display(value);
    for (size_t i = 0; i < rule->of.size() && i < rule->of_says.size(); ++i)
      if (rule->of[i] == text && !rule->of_says[i].in(locale_).empty())
        out_.member("says", rule->of_says[i].in(locale_));
  }

  // What they hold dear in plain words, rather than what they clicked.
  void write_values(const ground::Value& chosen) {
    static constexpr std::string_view codes[] = {"less", "open", "dear"};
    static constexpr std::string_view ja[] = {"それほどでもない", "まだ分かりません", "大切"};
    static constexpr std::string_view en[] = {"matters less", "not clear yet", "dear to you"};
    const auto& words = in_japanese() ? ja : en;
    const auto standings = s_.leanings->standings(chosen, *s_.snapshot, s_.clock.now());
    std::string says;
    out_.key("value").array();
    for (size_t i = 0; i < standings.size(); ++i) {
      const ground::Axis& axis = s_.snapshot->axes[i];
      const auto standing = static_cast<size_t>(standings[i] + 1);
      out_.object().member("axis", axis.name).member("label", axis.says.in(locale_));
      out_.member("standing", codes[standing]).member("says", words[standing]).end_object();
      if (standings[i] != 0)
        says += (says.empty() ? "" : " · ") + axis.says.in(locale_) + ": " +
                std::string(words[standing]);
    }
    out_.end_array().member("says", says.empty() ? std::string(words[1]) : says);
  }

  // What was picked helps to choose a little; nobody is told what they are by it.
  void write_leant(const ground::Value& leant) {
    const size_t times = leant.is(ground::Value::Kind::list) ? leant.as_list().size() : 0;
    out_.key("value").array().end_array();
    out_.member(
        "says",
        in_japanese()
            ? fmt::format("ご覧になったものからお選びになった{}回分。並びを少し選ぶためだけに使い、"
                          "言葉にはしません",
                          times)
            : fmt::format("what you picked of what you saw, {} times; it helps a "
                          "little to choose, and is never said",
                          times));
  }

  void write_purposes(ground::PurposeSet told_for) {
    out_.key("purposes").array();
    for (const ground::Purpose& purpose : s_.snapshot->purposes)
      if (told_for.has(purpose.id))
        out_.object()
            .member("id", purpose.name)
            .member("says", purpose.says.in(locale_))
            .end_object();
    out_.end_array();
  }

  std::string_view withheld(const remember::Fact& fact, const ground::Provenance& p,
                            const ground::FactRule* rule) const {
    if (rule == nullptr) return "not_asked_for_any_more";
    if (s_.clock.now() >= fact.expires_at) return "expired";
    ground::PurposeSet left = p.purposes & rule->purposes;
    if (!respect::any_basis(&person_, left, *s_.snapshot)) return "not_allowed";
    for (const ground::Purpose& purpose : s_.snapshot->purposes)
      if (person_.objects(rule->name, purpose.id)) left.remove(purpose.id);
    if (!respect::any_basis(&person_, left, *s_.snapshot)) return "objected";
    if (!person_.pause.holds(s_.clock.now())) return "";
    for (const ground::Purpose& purpose : s_.snapshot->purposes)
      if (purpose.basis != ground::Basis::contract) left.remove(purpose.id);
    return left.empty() ? "paused" : "";
  }

  bool may_see(ground::ProvenanceId id) const {
    return viewer_ >= s_.vocabulary.provenance(id).viewer_min;
  }

  void write_derived() {
    out_.key("counted").array();
    for (const remember::Aggregate& aggregate : person_.aggregates) {
      uint64_t count = 0;  // of what this viewer may see; so are the visits and the cart
      for (const remember::Series& series : aggregate.series)
        for (const remember::Bucket& bucket : series.buckets)
          if (may_see(bucket.provenance)) count += bucket.count;
      const std::string& name = s_.vocabulary.name(Table::aggregate, aggregate.id.index);
      out_.object().member("what", name).member("label", label_of(name));
      out_.member("count", count).end_object();
    }
    out_.end_array();
    uint64_t visits = 0;
    for (const remember::VisitCount& visit : person_.visits)
      visits += may_see(visit.provenance) ? visit.count : 0;
    out_.member("visits", visits);
    out_.key("cart").array();
    for (const auto& line : person_.cart)
      if (may_see(line.provenance))
        out_.object()
            .member("product", line.product)
            .member("quantity", line.quantity)
            .end_object();
    out_.end_array().key("saidElsewhere").array();
    for (const auto& said : person_.said_elsewhere)
      out_.object()
          .member("what", said.what)
          .member("channel", said.channel)
          .member("at", ground::format_instant(said.at))
          .end_object();
    out_.end_array();
  }

  bool in_japanese() const {
    const auto& locales = s_.snapshot->locales;
    return locale_.index < locales.size() && locales[locale_.index].starts_with("ja");
  }

  // What goes on between us, and what is settled (P7): the state in words, and the topic as the
  // brand says that concern.
  void write_threads() {
    struct Words {
      std::string_view ja, en;
    };
    static constexpr Words kinds[] = {{"お問い合わせ", "your inquiry"},
                                      {"かご", "your cart"},
                                      {"お打ち合わせ", "our meeting"},
                                      {"お約束", "what we promised"}};
    static constexpr Words states[] = {
        {"まだ", "open"}, {"お答えしました", "answered"}, {"済みました", "resolved"}};
    const bool ja = in_japanese();
    const auto say = [&](const Words& words) { return ja ? words.ja : words.en; };
    out_.key("threads").array();
    for (const remember::Thread& thread : person_.threads) {
      if (!may_see(thread.provenance)) continue;
      out_.object().member("kind", ground::to_string(thread.kind));
      out_.member("label", say(kinds[static_cast<size_t>(thread.kind)]));
      out_.member("state", ground::to_string(thread.state));
      out_.member("says", say(states[static_cast<size_t>(thread.state)]));
      write_topic(thread);
      out_.member("opened", ground::format_instant(thread.opened_at));
      out_.member("changed", ground::format_instant(thread.changed_at));
      if (thread.due != ground::Instant::never())
        out_.member("due", ground::format_instant(thread.due));
      const ground::Provenance& p = s_.vocabulary.provenance(thread.provenance);
      const ground::Source* source = s_.snapshot->source(p.source);
      if (source != nullptr) out_.member("source", source->says.in(locale_));
      out_.member("context", s_.vocabulary.name(Table::context, p.collected_in.index));
      if (thread.expires_at != ground::Instant::never())
        out_.member("until", ground::format_instant(thread.expires_at));
      write_purposes(p.purposes);
      out_.end_object();
    }
    out_.end_array();
  }

  void write_topic(const remember::Thread& thread) {
    if (thread.topic.empty()) return;
    const auto& all = s_.snapshot->concerns;
    const auto concern = std::ranges::find(all, thread.topic, &ground::Concern::name);
    const std::string says = concern == all.end() ? "" : concern->says.in(locale_);
    out_.member("topic", thread.topic).member("about", says.empty() ? thread.topic : says);
    if (thread.heard) out_.member("method", ground::to_string(ground::Method::inferred));
  }

  // What we concluded from the rest, for which purposes it may be used, and where it was.
  void write_computed() {
    out_.key("computed").array();
    const respect::Situation situation{.viewer = viewer_,
                                       .now = s_.clock.now(),
                                       .now_value = ground::Value(s_.clock.now()),
                                       .context = {},
                                       .population = s_.population.get()};
    for (const respect::Computed& each :
         respect::computed(*s_.snapshot, respect::Handle(&person_, s_), situation)) {
      out_.object();
      s_.write_computed(out_, each, locale_);
      out_.key("fromSays").array();
      for (const std::string& behind : respect::rests_on(*s_.snapshot, each))
        out_.value(label_of(behind));
      out_.end_array();
      write_purposes(each.purposes);
      write_uses(each.what == respect::Computed::What::audience ? Uses() : used_reads_[each.index]);
      out_.end_object();
    }
    out_.end_array();
  }

  // What something that is kept is called in words; by its name where nothing asks for it any more.
  const std::string& label_of(const std::string& name) const {
    const auto known = labels_.find(name);
    return known == labels_.end() || known->second.empty() ? name : known->second;
  }

  State& s_;
  const Found found_;
  const remember::PersonState& person_;
  const ground::Assurance viewer_;
  const ground::LocaleId locale_;
  std::map<uint16_t, Uses> used_;        // by fact
  std::map<uint16_t, Uses> used_reads_;  // … and by read
  std::map<std::string, std::string, std::less<>> labels_;
  JsonWriter out_;
};

void Partition::State::write_computed(JsonWriter& out, const respect::Computed& value,
                                      ground::LocaleId locale) const {
  using What = respect::Computed::What;
  const std::string name = respect::name_of(*snapshot, value);
  out.member("what", name);
  std::string label;
  switch (value.what) {
    case What::derived:
      out.member("kind", "derived");
      if (const ground::FactRule* rule = snapshot->fact(name)) label = rule->label.in(locale);
      break;
    case What::phase:
      out.member("kind", "phase");
      for (const ground::Phase& phase : snapshot->phases)
        if (ground::Value(phase.name).same(value.value)) label = phase.says.in(locale);
      break;
    case What::scale: {
      const ground::Scale& scale = snapshot->scales[snapshot->reads[value.index].scale_index];
      out.member("kind", "scale").member("parts", uint64_t{scale.parts});
      label = scale.title;
      break;
    }
    case What::audience:
      out.member("kind", "audience");
      label = snapshot->audiences[value.index].title;
      break;
  }
  if (!label.empty()) out.member("label", label);
  out.member("value", value.value).key("from").array();
  for (const std::string& behind : respect::rests_on(*snapshot, value)) out.value(behind);
  out.end_array();
}

Result<std::string> Partition::me_json(const Asking& asking, const Key& key,
                                       ground::LocaleId locale) {
  State& s = *state_;
  if (!s.snapshot)
    return ground::fail(ground::ErrorCode::unavailable, "no brand folder is published yet",
                        "run `aizuchi apply DIR`");
  TRY(s.settle());
  const State::Found found = TRY(s.recall(asking, key));
  // Known or not, the answer has one shape.
  if (found.person == nullptr)
    return std::string(
        R"({"known":false,"identifiers":[],"facts":[],"notShown":0,"counted":[],)"
        R"("visits":0,"cart":[],"saidElsewhere":[],"threads":[],"computed":[],"objections":[],)"
        R"("answers":[],"odd":[],"told":[],"pause":null,"frequency":[],"consents":[],)"
        R"("consentsBefore":[]})");
  return State::Mirror(s, found, locale).write();
}

}  // namespace aizuchi::serve
