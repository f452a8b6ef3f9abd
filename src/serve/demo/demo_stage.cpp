#include "serve/demo/demo_stage.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/demo/demo_play.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

constexpr std::string_view item_path = "items/refused-item.yaml";
// A page may draw a less likely wording now and then (decide/explore); the sample should look the
// same to everyone.
constexpr uint64_t dice_seed = 7;
constexpr size_t tapped_sets_max = 16, taps_max = 8;
constexpr ground::Duration later_max = ground::Duration::days(730);

// What an event tells: facts named by its traits, or by the brand's rule for its properties.
std::vector<const ground::FactRule*> told_by(const Value& call, const ground::Snapshot& snapshot) {
  std::vector<const ground::FactRule*> out;
  if (const Value* traits = call.find("traits"); traits != nullptr && traits->is(Value::Kind::map))
    for (const auto& [name, value] : traits->as_map())
      if (const ground::FactRule* fact = snapshot.fact(name.as_string())) out.push_back(fact);
  const Value* name = call.find("event");
  const ground::EventRule* event = name == nullptr ? nullptr : snapshot.event(name->as_string());
  const Value* properties = call.find("properties");
  if (event != nullptr && properties != nullptr)
    for (const auto& [property, fact] : event->facts)
      if (properties->find(property) != nullptr) out.push_back(snapshot.fact(fact));
  return out;
}

// The lines that hold the item's sentences: `title:` of each locale, below `say:`.
std::vector<std::pair<std::string, std::string>> sentences_of(const std::string& yaml) {
  std::vector<std::pair<std::string, std::string>> out;
  std::string locale;
  for (const std::string_view line : ground::split(yaml, '\n')) {
    const std::string_view text = ground::trim(line);
    if (text == "ja:" || text == "en:") locale = text.substr(0, 2);
    if (!locale.empty() && text.starts_with("title: "))
      out.emplace_back(locale, std::string(text.substr(7)));
  }
  return out;
}

}  // namespace

struct DemoStage::Set {
  explicit Set(DemoScene what) : scene(std::move(what)), clock(scene.clock), dice(dice_seed) {}

  Result<void> begin(const ground::BrandFiles& brand);
  Result<void> tap(const DemoTapped& tapped);
  Result<void> send(ground::ValueMap call, std::string_view source, ground::Instant at);
  Result<DemoTold> ask(std::string_view locale, const DemoMoment& moment, ground::Mode mode);

  DemoScene scene;
  std::string taps;  // what was tapped here, as it is written in an address
  ground::ManualClock clock;
  ground::SeededDice dice;
  std::unique_ptr<Partition> partition;
  std::vector<const ground::FactRule*> without_basis;  // came with an event nobody had allowed
  std::vector<const ground::FactRule*> without_proof;  // delicate, and only a page's word
  size_t sent = 0;

 private:
  Result<void> open_again(ground::Instant at);
  void hold_back(DemoTold& told, ground::LocaleId language) const;
};

Result<void> DemoStage::Set::send(ground::ValueMap call, std::string_view source,
                                  ground::Instant at) {
  clock.set(at);
  const DemoPerson person{scene.anonymous_id, scene.user_id, scene.id};
  DemoSent sending = TRY(prepare(*partition, person, std::move(call), source, at, ++sent));
  const Value event = sending.batch.events.front().json;
  const uint64_t refused_before = partition->counters().traits_refused;
  const Ingested taken = TRY(partition->ingest_and_wait(std::move(sending.batch), sending.key));
  if (!taken.refused.empty()) return fail(ErrorCode::invalid, taken.refused.front().message);
  for (const ground::FactRule* fact : told_by(event, *partition->snapshot())) {
    if (taken.no_basis > 0)
      without_basis.push_back(fact);
    else if (partition->counters().traits_refused > refused_before && sending.by_page &&
             (fact->pii || fact->sensitive))
      without_proof.push_back(fact);
  }
  return {};
}

Result<void> DemoStage::Set::begin(const ground::BrandFiles& brand) {
  partition = TRY(Partition::open({.sync = false, .clock = &clock, .dice = &dice}));
  if (!scene.events.empty()) clock.set(scene.events.front().at - ground::Duration::seconds(2));
  const Published published = TRY(partition->publish(brand));
  for (const ground::Finding& finding : published.findings)
    if (finding.severity == ground::Severity::error)
      return fail(ErrorCode::invalid, ground::format_finding(finding));
  if (!scene.purposes.empty()) {
    std::vector<std::pair<std::string, bool>> granted;
    for (const std::string& purpose : scene.purposes) granted.emplace_back(purpose, true);
    const ground::Instant before = clock.now() + ground::Duration::seconds(1);
    TRY(send(consent_call(granted), page_source, before));
  }
  for (const DemoEvent& event : scene.events) TRY(send(event.call, event.source, event.at));
  clock.set(scene.clock);
  partition->tick();
  return {};
}

// What the page shows is counted as seen: each block reports itself, as the web SDK does.
Result<void> DemoStage::Set::open_again(ground::Instant at) {
  clock.set(at);
  const DemoTold seen = TRY(ask("", {.later = at - scene.clock}, ground::Mode::live));
  for (const decide::SlotDraft& slot : seen.answer.draft.slots) {
    for (const decide::Pick& pick : slot.picks) {
      const ground::Snapshot& brand = *seen.answer.snapshot;
      const std::string& item = pick.product.valid() ? brand.products[pick.product.index].name_id
                                                     : brand.items[pick.item.index].name;
      TRY(send(
          track("Slot Exposed", {{Value("decisionId"), Value(ground::to_hex(seen.answer.id.raw))},
                                 {Value("slot"), Value(slot.slot->name)},
                                 {Value("item"), Value(item)}}),
          page_source, at));
    }
  }
  return {};
}

Result<void> DemoStage::Set::tap(const DemoTapped& tapped) {
  const DemoTap* tap = scene.tap(tapped.tap);
  if (tap == nullptr)
    return fail(ErrorCode::invalid, "this scene has no such tap",
                "GET /demo/scene/{id} lists them");
  const ground::Instant at = std::max(clock.now(), scene.clock + tapped.later);
  if (tap->opens_again) TRY(open_again(at));
  if (!tap->consent.empty()) TRY(send(consent_call(tap->consent), page_source, at));
  for (const DemoEvent& event : tap->events) TRY(send(event.call, event.source, at));
  clock.set(at + ground::Duration::seconds(1));
  partition->tick();
  return {};
}

bool DemoAttempt::refused() const {
  return std::ranges::any_of(findings,
                             [](const auto& f) { return f.severity == ground::Severity::error; });
}

Result<DemoMoment> parse_moment(std::string_view later, std::string_view tapped) {
  const auto invalid = [](std::string_view what) {
    return fail(
        ErrorCode::invalid, fmt::format("{} is not a moment of a scene", what),
        "expected later=7d (at most 730d) and tapped=undo@0s,again@7d (at most 8, in order)");
  };
  DemoMoment out;
  if (!later.empty()) {
    const auto length = ground::parse_duration(later);
    if (!length || *length > later_max) return invalid("later");
    out.later = *length;
  }
  if (tapped.empty()) return out;
  for (const std::string_view one : ground::split(tapped, ',')) {
    const size_t at = one.find('@');
    const auto length = ground::parse_duration(at == one.npos ? "0s" : one.substr(at + 1));
    const bool in_order = out.tapped.empty() || (length && *length >= out.tapped.back().later);
    if (at == 0 || one.empty() || !length || *length > later_max || !in_order ||
        out.tapped.size() == taps_max)
      return invalid("tapped");
    out.tapped.push_back({.tap = std::string(one.substr(0, at)), .later = *length});
  }
  return out;
}

DemoStage::DemoStage() = default;
DemoStage::~DemoStage() = default;

Result<std::unique_ptr<DemoStage>> DemoStage::open(const DemoFiles& files) {
  std::unique_ptr<DemoStage> stage(new DemoStage());
  stage->brand_ = files.brand;
  stage->refused_item_ = files.refused_item;
  for (const auto& [name, json] : files.scenes) {
    auto scene = parse_scene(json);
    if (!scene) return fail(ErrorCode::invalid, fmt::format("{}: {}", name, scene.error().message));
    auto set = std::make_unique<Set>(*std::move(scene));
    if (const auto begun = set->begin(files.brand); !begun)
      return fail(ErrorCode::invalid, fmt::format("{}: {}", name, begun.error().message));
    stage->sets_.push_back(std::move(set));
  }
  if (stage->sets_.empty()) return fail(ErrorCode::invalid, "there is no scene");
  return stage;
}

std::vector<const DemoScene*> DemoStage::scenes() const {
  std::vector<const DemoScene*> out;
  for (const auto& set : sets_) out.push_back(&set->scene);
  return out;
}

const ground::Snapshot& DemoStage::snapshot() const {
  return *sets_.front()->partition->snapshot();
}

Result<DemoStage::Set*> DemoStage::find(std::string_view id) {
  for (const auto& set : sets_)
    if (set->scene.id == id) return set.get();
  return fail(ErrorCode::not_found, "there is no such scene", "GET /demo/scenes lists them");
}

// The scene with what was tapped in it, set up anew unless it is among the last ones.
Result<DemoStage::Set*> DemoStage::after_taps(Set& set, const DemoMoment& moment) {
  std::string taps;
  for (const DemoTapped& tapped : moment.tapped)
    taps += fmt::format("{}@{},", tapped.tap, tapped.later.ms);
  for (const auto& known : tapped_)
    if (known->scene.id == set.scene.id && known->taps == taps) return known.get();
  auto fresh = std::make_unique<Set>(set.scene);
  TRY(fresh->begin(brand_));
  for (const DemoTapped& tapped : moment.tapped) TRY(fresh->tap(tapped));
  fresh->taps = std::move(taps);
  if (tapped_.size() >= tapped_sets_max) tapped_.pop_front();
  tapped_.push_back(std::move(fresh));
  return tapped_.back().get();
}

Result<DemoTold> DemoStage::tell(std::string_view id, std::string_view locale,
                                 const DemoMoment& moment) {
  Set* set = TRY(find(id));
  if (!moment.tapped.empty()) set = TRY(after_taps(*set, moment));
  return set->ask(locale, moment, ground::Mode::preview);
}

Result<DemoTold> DemoStage::Set::ask(std::string_view locale, const DemoMoment& moment,
                                     ground::Mode mode) {
  const ground::Snapshot& snapshot = *partition->snapshot();
  const ground::LocaleId language = snapshot.locale(locale);
  DemoTold out{.scene = &scene, .locale = snapshot.locales[language.index], .moment = moment};
  ground::ValueMap context{{Value("locale"), Value(out.locale)}};
  if (const Value* said = scene.json.find("context"); said != nullptr && said->is(Value::Kind::map))
    context.insert(context.end(), said->as_map().begin(), said->as_map().end());
  // Signed in: the shop's server asks about its user (A3). Else a page asks for a device (A1).
  const bool proven = !scene.user_id.empty();
  const ground::Instant now = std::max(clock.now(), scene.clock + moment.later);
  out.moment.later = now - scene.clock;
  const Asking person{.anonymous_id = scene.anonymous_id, .user_id = scene.user_id};
  const Key asker = TRY(key_of_source(*partition, proven ? "shop" : page_source, proven));
  for (const Partition::PurposeStanding& purpose : partition->purposes(person, asker))
    if (purpose.standing == "granted") out.allowed.push_back(purpose.purpose);
  out.answer = partition->decide({.person = person,
                                  .slots = scene.slots,
                                  .context = Value::map(std::move(context)),
                                  .mode = mode,
                                  .explain = Explain::operator_view,
                                  .now = now},
                                 asker);
  hold_back(out, language);
  return out;
}

void DemoStage::Set::hold_back(DemoTold& told, ground::LocaleId language) const {
  const bool ja = told.locale == "ja";
  for (const ground::FactRule* fact : without_basis)
    told.held_back.push_back({.what = fact->label.in(language),
                              .why = ja ? "受け取る根拠がないので、届いても保存しません"
                                        : "nobody allowed it: not kept, even when it is sent"});
  for (const ground::FactRule* fact : without_proof)
    told.held_back.push_back({.what = fact->label.in(language),
                              .why = ja ? "慎重に扱う情報なので、ページから届いても保存しません"
                                        : "delicate: not kept when only a page says so"});
  for (const decide::SlotDraft& slot : told.answer.draft.slots) {
    for (const respect::Withheld& withheld : slot.admission->withheld()) {
      const speak::HeldBack words = speak::held_back(*told.answer.snapshot, withheld, language);
      const bool known = std::ranges::any_of(told.held_back, [&](const DemoHeldBack& h) {
        return h.what == words.what && h.why == words.why && h.slot == slot.slot->name;
      });
      if (!known)
        told.held_back.push_back({.what = words.what, .why = words.why, .slot = slot.slot->name});
    }
  }
}

Result<DemoAttempt> DemoStage::try_publish(
    const std::vector<std::pair<std::string, std::string>>& says, std::string_view scene,
    std::string_view locale) {
  Set* set = scene.empty() ? sets_.front().get() : TRY(find(scene));
  DemoAttempt out{.says = sentences_of(refused_item_)};
  std::string item = refused_item_;
  for (auto& [language, sentence] : out.says) {
    const auto other =
        std::ranges::find(says, language, &std::pair<std::string, std::string>::first);
    if (other == says.end()) continue;
    std::string quoted;
    ground::append_json_string(quoted, other->second);
    const size_t at = item.find("title: " + sentence + "\n");
    AIZ_ASSERT(at != std::string::npos);
    item.replace(at + 7, sentence.size(), quoted);
    sentence = other->second;
  }
  ground::BrandFiles files = brand_;
  files.files[std::string(item_path)] = item;
  Published checked = TRY(set->partition->plan(files));
  for (ground::Finding& finding : checked.findings)
    if (finding.place.file == item_path) out.findings.push_back(std::move(finding));
  if (scene.empty() || out.refused()) return out;
  published_ = std::make_unique<Set>(set->scene);
  TRY(published_->begin(files));
  out.told = TRY(published_->ask(locale, {}, ground::Mode::preview));
  return out;
}

}  // namespace aizuchi::serve
