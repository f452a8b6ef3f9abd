#include "serve/partition/value_learning.h"

#include <algorithm>
#include <cmath>

#include "ground/base/json.h"
#include "ground/catalog/population.h"
#include "respect/admission/counted.h"
#include "understand/resonance/leanings.h"
#include "understand/resonance/usual.h"
#include "understand/resonance/value_model.h"

namespace aizuchi::serve {

using ground::Instant;
using ground::JsonWriter;
using ground::Result;
using ground::Space;
using understand::Usual;

namespace {

constexpr uint8_t seal_format = 1;
constexpr std::string_view meta_usual = "usual-values";
constexpr ground::Duration retry_after = ground::Duration::minutes(1);
constexpr ground::Duration more_after = ground::Duration::hours(1);

struct Effort {
  size_t people_max = 0;
  int rounds_max = 0;
};
// In slices the making is one, and the serving waits for it.
Effort effort(AskingEveryone::Runs runs) {
  return runs == AskingEveryone::Runs::beside ? Effort{2000, 30} : Effort{200, 10};
}

void write_usual(JsonWriter& out, const Usual& usual) {
  const auto& belief = usual.belief;
  const size_t n = usual.axes.size();
  double middle = 0;
  for (const double mean : belief.mean) middle += mean / static_cast<double>(n);
  out.key("axes").array();
  for (size_t i = 0; i < n; ++i)
    out.object()
        .member("axis", usual.axes[i])
        .member("people", usual.asked[i])
        .member("mean", belief.mean[i] - middle)
        .member("sd", std::sqrt(belief.at(i, i)))
        .end_object();
  out.end_array().key("together").array();
  for (size_t i = 0; i < n; ++i)
    for (size_t j = i + 1; j < n; ++j)
      out.object()
          .member("axis", usual.axes[i])
          .member("with", usual.axes[j])
          .member("correlation", belief.at(i, j) / std::sqrt(belief.at(i, i) * belief.at(j, j)))
          .end_object();
  out.end_array();
}

}  // namespace

ValueLearning::ValueLearning(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
                             ground::Instant now, AskingEveryone::Runs runs)
    : snapshot_(std::move(snapshot)),
      now_(now),
      runs_(runs),
      asking_(std::move(people), runs,
              {.each = [this](const auto& person, const auto& all) { ask(person, all); },
               .then =
                   [this](const auto&) {
                     std::vector<std::string> axes;
                     for (const ground::Axis& axis : snapshot_->axes) axes.push_back(axis.name);
                     learned_ = std::make_unique<understand::Usual>(understand::learn_values(
                         std::move(people_), axes, effort(runs_).rounds_max));
                     learned_->at = now_;
                   },
               .asking_share = 0.5}) {}

ValueLearning::~ValueLearning() = default;

void ValueLearning::ask(const remember::PersonState& person, const StoredPeople& people) {
  if (people_.size() >= effort(runs_).people_max) return;
  std::vector<understand::ValueAnswer> said;
  const respect::Handle handle(&person, people);
  for (const ground::Value& chosen : respect::values_learned_from(*snapshot_, handle, now_))
    for (auto& [at, answer] : understand::answers_of(chosen, *snapshot_))
      said.push_back(std::move(answer));
  if (!said.empty() && !people.met_new_name()) people_.push_back(std::move(said));
}

ground::Result<understand::Usual> ValueLearning::take() {
  TRY(asking_.outcome());
  return std::move(*learned_);
}

// ---- kept and served

UsualValues::UsualValues(Parts parts)
    : parts_(std::move(parts)), key_(parts_.vault.derived_256("usual values")) {}

UsualValues::~UsualValues() = default;

Result<void> UsualValues::load() {
  const auto sealed = TRY(parts_.store.get(Space::meta, meta_usual));
  if (!sealed) return {};
  auto kept = parts_.vault.open(key_, meta_usual, *sealed);
  auto read = kept ? understand::decode_usual(*kept) : std::unexpected(kept.error());
  if (!read && read.error().code == ground::ErrorCode::unsupported)
    return std::unexpected(read.error());
  // What cannot be read is learned again at once.
  if (read) parts_.leanings->set_usual(std::make_shared<const Usual>(*std::move(read)));
  return {};
}

bool UsualValues::asked() const {
  return snapshot_ && snapshot_->counting && snapshot_->axes.size() > 1 &&
         std::ranges::any_of(snapshot_->facts, [](const ground::FactRule& fact) {
           return fact.type == ground::FactType::values;
         });
}

bool UsualValues::learns() const {
  return runs() || (asked() && due_ <= parts_.clock.now());
}

// The one on its way may know an old folder, or somebody who was erased: it is not served.
void UsualValues::schedule(std::shared_ptr<const ground::Snapshot> snapshot,
                           Instant forgotten_last) {
  const bool by_an_old_folder = snapshot_ != snapshot;
  snapshot_ = std::move(snapshot);
  forgotten_last_ = forgotten_last;
  const auto has_forgotten = [&] { return forgotten_last_ >= began_; };
  if (running_ != nullptr &&
      (by_an_old_folder || (has_forgotten() && throw_away(thrown_, parts_.clock.now()))))
    stale_ = true;
  schedule_next();
}

void UsualValues::schedule_next() {
  due_ = Instant::never();
  if (!asked()) return;
  due_ = parts_.clock.now();
  const Usual* usual = parts_.leanings->usual();
  if (usual == nullptr) return;
  due_ = ground::next_night(*snapshot_, usual->at);
  if (usual->people == 0) due_ = std::min(due_, usual->at + more_after);
  if (forgotten_last_ >= usual->at) due_ = std::min(due_, usual->at + learned_without_after);
}

void UsualValues::learn_now() {
  due_ = parts_.clock.now();
}

void UsualValues::advance(const ground::Vocabulary& names, int64_t budget_us) {
  if (keeping_) return;
  if (!running_) {
    if (parts_.clock.now() < due_ || !asked()) return;
    stale_ = false;
    began_ = parts_.clock.now();
    running_ = std::make_unique<ValueLearning>(StoredPeople(parts_.store, parts_.vault, names),
                                               snapshot_, began_, parts_.runs);
  }
  if (!running_->asking().advance(parts_.clock, budget_us)) return;
  auto made = running_->take();
  running_.reset();
  if (std::exchange(stale_, false)) return;  // again at once, if it is due
  if (!made) {
    due_ = parts_.clock.now() + retry_after;
    return;
  }
  const Usual* before = parts_.leanings->usual();
  made->version = before != nullptr ? before->version + 1 : 1;
  keep(*std::move(made));
}

// Nobody is served by it before it is durable: a restart must not know less.
void UsualValues::keep(Usual next) {
  ground::Batch batch;
  batch.put(Space::meta, meta_usual,
            parts_.vault.seal(key_, seal_format, meta_usual, understand::encode(next)));
  auto made = std::make_shared<const Usual>(std::move(next));
  keeping_ = true;
  parts_.commit(std::move(batch), [this, made](bool kept) {
    keeping_ = false;
    if (kept) parts_.leanings->set_usual(made);
    if (kept) thrown_ = Instant::never();
    schedule_next();
    if (!kept) due_ = std::max(due_, parts_.clock.now() + retry_after);
  });
}

std::string UsualValues::json() const {
  const Usual* usual = parts_.leanings->usual();
  const bool learned = asked() && usual != nullptr && usual->people > 0;
  JsonWriter out;
  out.object().member("version", usual == nullptr ? uint64_t{0} : usual->version);
  if (usual != nullptr) out.member("at", ground::format_instant(usual->at));
  if (due_ != Instant::never()) out.member("next", ground::format_instant(due_));
  const double asking = running_ ? 0.98 * running_->asking().progress() : keeping_ ? 0.99 : 0;
  out.member("learning", learns()).member("progress", learns() ? asking : 1);
  out.member("state", !asked() ? "not_asked" : learned ? "learned" : "too_few");
  if (learned)
    out.member("people", usual->people).member("answers", usual->answers);
  else
    out.member("fewerThan", uint64_t{Usual::people_min});
  write_usual(out, learned ? *usual : Usual{});
  return out.end_object().take();
}

}  // namespace aizuchi::serve
