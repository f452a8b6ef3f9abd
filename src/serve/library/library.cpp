// include/aizuchi on top of the partition: one trusted server's key per source, made on first use.
#include "aizuchi/aizuchi.h"
#include "ground/base/dice.h"
#include "ground/base/json.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/partition.h"

namespace aizuchi {

using ground::Value;

namespace {

Failure failure(const ground::Error& error) {
  return {std::string(to_string(error.code)), error.message, error.hint};
}

serve::Asking asking(const Who& who) {
  return {.anonymous_id = who.anonymous_id, .user_id = who.user_id, .assurance = {}};
}

Value context_of(const Question& question) {
  ground::ValueMap out;
  if (!question.locale.empty()) out.emplace_back(Value("locale"), Value(question.locale));
  for (const auto& [name, text] : question.context) out.emplace_back(Value(name), Value(text));
  if (question.hour >= 0) out.emplace_back(Value("hour"), Value(question.hour));
  return Value::map(std::move(out));
}

std::string name_of(const ground::Snapshot& snapshot, const decide::Pick& pick) {
  return pick.product.valid() ? snapshot.products[pick.product.index].name_id
                              : snapshot.items[pick.item.index].name;
}

SlotAnswer slot_answer(const decide::SlotDraft& draft, const serve::Answer& answer) {
  SlotAnswer out{.slot = draft.slot->name,
                 .reason = std::string(to_string(draft.reason)),
                 .layer = std::string(to_string(draft.layer))};
  for (const decide::Pick& pick : draft.picks) {
    Chosen chosen{.id = name_of(*answer.snapshot, pick),
                  .variant = pick.variant,
                  .layer = std::string(to_string(pick.layer)),
                  .content = pick.content};
    for (const speak::Sentence& sentence : pick.why)
      chosen.why.push_back({sentence.text, sentence.source});
    out.items.push_back(std::move(chosen));
  }
  for (const respect::Withheld& withheld : draft.admission->withheld()) {
    const speak::HeldBack words = speak::held_back(*answer.snapshot, withheld, answer.locale);
    out.withheld.push_back({words.what, words.why});
  }
  return out;
}

}  // namespace

namespace {

// The caller's clock; how long a stage takes is still measured by the system's.
class CallersClock final : public ground::Clock {
 public:
  explicit CallersClock(std::function<int64_t()> now_ms) : now_ms_(std::move(now_ms)) {}
  ground::Instant now() override { return {now_ms_()}; }
  int64_t monotonic_us() override { return system_.monotonic_us(); }

 private:
  std::function<int64_t()> now_ms_;
  ground::SystemClock system_;
};

}  // namespace

class Engine::Inner {
 public:
  explicit Inner(const EngineOptions& options) {
    if (options.now_ms) clock = std::make_unique<CallersClock>(options.now_ms);
    if (options.seed) dice = std::make_unique<ground::SeededDice>(*options.seed);
  }

  // A key in memory only: the process is its own proof.
  static serve::Key key_for(std::string_view source) {
    return {.id = "library:" + std::string(source),
            .secret = true,
            .source = std::string(source),
            .scopes = {serve::Scope::ingest, serve::Scope::decide, serve::Scope::people}};
  }

  std::unique_ptr<ground::Clock> clock;  // null: the system's
  std::unique_ptr<ground::Dice> dice;    // null: the system's
  std::unique_ptr<serve::Partition> partition;
};

Engine::Engine(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
Engine::~Engine() = default;

Outcome<std::unique_ptr<Engine>> Engine::open(EngineOptions options) {
  if (options.seed && !options.data_directory.empty())
    return std::unexpected(Failure{"invalid", "seed is for rehearsals in memory only",
                                   "leave data_directory empty, or leave seed out"});
  auto inner = std::make_unique<Inner>(options);
  auto partition =
      serve::Partition::open({.data_directory = std::move(options.data_directory),
                              .keyring_directory = std::move(options.keyring_directory),
                              .sync = options.sync,
                              .clock = inner->clock.get(),
                              .dice = inner->dice.get()});
  if (!partition) return std::unexpected(failure(partition.error()));
  inner->partition = *std::move(partition);
  return std::unique_ptr<Engine>(new Engine(std::move(inner)));
}

Outcome<PublishOutcome> Engine::publish(const std::string& brand_directory, Removals removals) {
  const auto files = ground::read_brand_folder(brand_directory);
  if (!files) return std::unexpected(failure(files.error()));
  const auto published =
      inner_->partition->publish(*files, {.by = "library", .prune = removals == Removals::allow});
  if (!published) return std::unexpected(failure(published.error()));
  PublishOutcome out{.live = !published->needs_prune,
                     .version = published->version,
                     .changes = published->changes.lines};
  for (const ground::Finding& finding : published->findings) {
    const bool error = finding.severity == ground::Severity::error;
    out.live = out.live && !error;
    out.findings.push_back({error, ground::format_finding(finding)});
  }
  return out;
}

Outcome<IngestOutcome> Engine::ingest(std::string_view json, std::string_view source) {
  const auto outcome = inner_->partition->ingest_and_wait(json, Inner::key_for(source));
  if (!outcome) return std::unexpected(failure(outcome.error()));
  IngestOutcome out{.accepted = outcome->accepted,
                    .duplicates = outcome->duplicates,
                    .no_basis = outcome->no_basis,
                    .traits_refused = outcome->traits_refused};
  for (const auto& refused : outcome->refused)
    out.refused.push_back({refused.index, refused.message});
  return out;
}

Answer Engine::decide(const Question& question) {
  serve::Ask ask{.person = asking(question.person),
                 .slots = question.slots,
                 .context = context_of(question),
                 .mode = question.preview ? ground::Mode::preview : ground::Mode::live,
                 .explain = serve::Explain::person};
  if (question.preview && question.now_ms != 0) ask.now = ground::Instant{question.now_ms};
  if (!question.events.empty())
    if (auto events = ground::parse_json(question.events)) ask.events = *std::move(events);
  const serve::Answer answer =
      inner_->partition->decide(ask, Inner::key_for(question.events_source));
  Answer out{.decision_id = serve::to_text(answer.id)};
  for (const decide::SlotDraft& draft : answer.draft.slots)
    out.slots.push_back(slot_answer(draft, answer));
  for (const std::string& name : answer.unknown_slots)
    out.slots.push_back({.slot = name, .reason = "unknown_slot", .layer = "none"});
  return out;
}

Outcome<std::string> Engine::why(std::string_view decision_id) {
  const auto id = serve::parse_decision_id(decision_id);
  if (!id)
    return std::unexpected(Failure{"invalid", "a decision id has 32 hexadecimal digits", ""});
  const auto explained = inner_->partition->explain(*id, {}, Inner::key_for(""));
  if (!explained) return std::unexpected(failure(explained.error()));
  return serve::explained_json(*explained, *id, serve::Explain::operator_view);
}

Outcome<std::string> Engine::person(const Who& who) {
  auto json = inner_->partition->person_json(asking(who));
  if (!json) return std::unexpected(failure(json.error()));
  return *std::move(json);
}

void Engine::tick() {
  inner_->partition->tick();
}
bool Engine::warming() const {
  return inner_->partition->backfilling();
}

}  // namespace aizuchi
