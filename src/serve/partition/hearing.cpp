// What free texts of events speak of: learned from the brand's examples when a folder is compiled,
// or after a start, beside serving; heard when an event comes in, and written down with it, so that
// a start or a replay of the log asks no model.
#include <algorithm>
#include <atomic>
#include <thread>

#include "serve/partition/state.h"
#include "understand/concern/concern.h"
#include "understand/concern/reading.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

constexpr uint64_t hearing_seed = 1;
// What is likelier wrong than right is not kept.
constexpr double told_min = 0.5;
constexpr std::string_view thread_text = "text";

}  // namespace

std::shared_ptr<const understand::ConcernModel> Partition::State::learn_hearing(
    const ground::Snapshot& brand) {
  const bool events = std::ranges::any_of(
      brand.events, [](const ground::EventRule& event) { return event.hears.has_value(); });
  // A server may tell of a thread in its person's own words, whatever the folder's events are.
  const bool threads = std::ranges::any_of(
      brand.concerns, [](const ground::Concern& concern) { return !concern.examples.empty(); });
  if (!events && !threads) return nullptr;
  std::vector<understand::Example> examples;
  for (const ground::Concern& concern : brand.concerns)
    for (const std::string& text : concern.examples)
      examples.push_back({.text = text, .concern = concern.name});
  for (const std::string& text : brand.examples_of_none)
    examples.push_back({.text = text, .concern = ""});
  return std::make_shared<const understand::ConcernModel>(
      understand::ConcernModel::learn(examples, hearing_seed));
}

// Learned when it is needed: a server begins at its first tick, beside what it serves; a command
// that hears nothing never does.
class Partition::State::HearingToCome {
 public:
  explicit HearingToCome(std::shared_ptr<const ground::Snapshot> brand)
      : brand_(std::move(brand)) {}
  void begin() {
    if (!begun_) thread_ = std::jthread([this] { learn(); });
    begun_ = true;
  }
  bool ready() const { return ready_; }
  // Waits for it, on the partition's thread as begin().
  const std::shared_ptr<const understand::ConcernModel>& get() {
    if (!begun_) learn();
    begun_ = true;
    if (thread_.joinable()) thread_.join();
    return model_;
  }

 private:
  void learn() {
    model_ = learn_hearing(*brand_);
    ready_ = true;
  }
  const std::shared_ptr<const ground::Snapshot> brand_;
  std::shared_ptr<const understand::ConcernModel> model_;
  std::atomic<bool> ready_ = false;
  bool begun_ = false;
  std::jthread thread_;  // last: it uses what is above
};

void Partition::State::hear_by(std::shared_ptr<const ground::Snapshot> brand) {
  hearing_to_come = std::make_shared<HearingToCome>(std::move(brand));
}

void Partition::State::learn_hearing_some() {
  if (!hearing_to_come) return;
  hearing_to_come->begin();
  if (!hearing_to_come->ready()) return;
  hearing = hearing_to_come->get();
  hearing_to_come.reset();
}

namespace {

// Of what a server tells of a thread in its person's words, the words are not kept.
Value without_text(const Value& details) {
  ground::ValueMap out;
  if (!details.is(Value::Kind::map)) return details;
  for (const auto& [key, value] : details.as_map())
    if (!key.is(Value::Kind::string) || key.as_string() != thread_text)
      out.emplace_back(key, value);
  return Value::map(std::move(out));
}

}  // namespace

void Partition::State::hear(listen::Event& event) const {
  const ground::EventRule* rule = snapshot->event(event.name);
  const bool thread = event.name == listen::thread_event;
  if (rule == nullptr || (!rule->hears && !thread) || !event.json.is(Value::Kind::map)) return;
  ground::ValueMap members;
  for (const auto& [key, value] : event.json.as_map()) {
    const std::string name = ground::to_display(key);
    if (name != listen::heard_member)
      members.emplace_back(key, thread && name == "properties" ? without_text(value) : value);
  }
  const Value* text =
      event.details().find(thread ? thread_text : std::string_view(rule->hears->text));
  if (text != nullptr && text->is(Value::Kind::string)) {
    ground::ValueMap heard;
    const std::string_view language = understand::language_of(text->as_string());
    if (!language.empty()) heard.emplace_back(Value("language"), Value(language));
    const auto& model = hearing_to_come ? hearing_to_come->get() : hearing;
    const understand::Heard found = model ? model->hear(text->as_string()) : understand::Heard{};
    if (found.known && found.probability >= told_min) {
      heard.emplace_back(Value("concern"), Value(found.concern));
      heard.emplace_back(Value("probability"), Value(found.probability));
      const auto& all = snapshot->concerns;
      const auto concern = std::ranges::find(all, found.concern, &ground::Concern::name);
      if (concern != all.end() && concern->sensitive)
        heard.emplace_back(Value("sensitive"), Value(true));
    }
    members.emplace_back(Value(listen::heard_member), Value::map(std::move(heard)));
  }
  event.json = Value::map(std::move(members));
}

}  // namespace aizuchi::serve
