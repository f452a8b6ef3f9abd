#include "serve/evaluate/concern_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "understand/concern/certainty.h"
#include "understand/concern/concern.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using understand::ConcernModel;
using understand::Example;
using understand::Judged;

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}
double seconds_since(SteadyTime began) {
  return std::chrono::duration<double>(steady_now() - began).count();
}

uint64_t hashed(const std::string& text, uint64_t seed) {
  ground::Key128 key{};
  for (size_t i = 0; i < sizeof(seed); ++i) key[i] = static_cast<uint8_t>(seed >> (8 * i));
  return ground::siphash(key, text);
}

// Which rows are asked: those of the test; else the validation's; else a fifth, by a hash of text
// and seed. The others are learned from.
struct Divided {
  std::vector<Example> learned, asked;
  std::string by;
};
Divided divide(const MessageSet& set, uint64_t seed) {
  const auto has = [&](Split split) {
    return std::ranges::any_of(set.messages, [&](const Message& m) { return m.split == split; });
  };
  Divided out;
  out.by = has(Split::test) ? "test" : has(Split::valid) ? "valid" : "a fifth";
  for (const Message& message : set.messages) {
    bool asked = message.split == (has(Split::test) ? Split::test : Split::valid);
    if (!has(Split::test) && !has(Split::valid)) asked = hashed(message.text, seed) % 5 == 0;
    (asked ? out.asked : out.learned).push_back({.text = message.text, .concern = message.label});
  }
  return out;
}

double share(size_t part, size_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string most_frequent(const std::vector<Example>& examples) {
  std::map<std::string_view, size_t> times;
  for (const Example& example : examples)
    if (!example.concern.empty()) ++times[example.concern];
  const auto most = std::ranges::max_element(times, {}, [](const auto& one) { return one.second; });
  return most == times.end() ? "" : std::string(most->first);
}

void ask(const ConcernModel& model, const Divided& divided, ConcernReport::Set& out) {
  const std::string usual = most_frequent(divided.learned);
  std::vector<Judged> judged;
  size_t right = 0, answered = 0, right_answered = 0, left_alone = 0, as_usual = 0;
  const SteadyTime began = steady_now();
  for (const Example& one : divided.asked) {
    const understand::Heard heard = model.hear(one.text);
    if (one.concern.empty()) {
      left_alone += heard.known ? 0 : 1;
      continue;
    }
    const bool is = heard.concern == one.concern;
    judged.push_back({.probability = heard.probability, .right = is});
    right += is ? 1 : 0, answered += heard.known ? 1 : 0;
    right_answered += is && heard.known ? 1 : 0;
    as_usual += one.concern == usual ? 1 : 0;
  }
  const size_t labelled = judged.size();
  out.hear_us = seconds_since(began) * 1e6 / static_cast<double>(divided.asked.size());
  out.asked_rows = labelled, out.asked_of_none = divided.asked.size() - labelled;
  out.accuracy = share(right, labelled), out.answered = share(answered, labelled);
  out.calibration = calibration_error(judged);
  out.right_when_answered = share(right_answered, answered);
  out.in_scope = share(right_answered, labelled);
  out.none_recall = share(left_alone, out.asked_of_none);
  out.usual = share(as_usual, labelled);
}

Result<ConcernReport::Set> evaluate_set(const MessageSet& set, uint64_t seed) {
  const Divided divided = divide(set, seed);
  ConcernReport::Set out{.name = set.name, .asked = divided.by};
  const SteadyTime began = steady_now();
  const ConcernModel model = ConcernModel::learn(divided.learned, seed);
  out.learn_s = seconds_since(began);
  out.labels = model.concerns().size();
  if (out.labels < 2 || divided.asked.empty())
    return fail(ErrorCode::invalid,
                fmt::format("{} has {} labels to learn from and {} messages to ask.", set.name,
                            out.labels, divided.asked.size()),
                "At least two labels, and rows of a test, are needed.");
  out.learned = model.making().examples, out.learned_of_none = model.making().of_none;
  out.cost = model.making().cost, out.second = model.making().second;
  ask(model, divided, out);
  return out;
}

}  // namespace

Result<ConcernReport> evaluate_concern(const ConcernQuestion& question) {
  const std::vector<MessageSet> sets =
      TRY(read_message_sets(question.folder, question.train, question.test, question.none));
  ConcernReport out;
  out.seed = question.seed;
  out.protocol =
      "learned from every row that is not asked; asked: the test rows, else the valid (dev) rows, "
      "else a fifth by a hash of text and seed; accuracy of the likeliest label, expected "
      "calibration error of its probability over 15 bins; in scope: told and right, of the rows "
      "with a label; out of scope: \"I don't know\", of the rows with none";
  for (size_t i = 0; i < sets.size(); ++i) {
    if (question.progress) question.progress(i, sets.size());
    out.sets.push_back(TRY(evaluate_set(sets[i], question.seed)));
  }
  return out;
}

namespace {

void write_metrics(const ConcernReport::Set& set, ground::JsonWriter& json) {
  json.key("metrics").object();
  json.member("accuracy", set.accuracy).member("ece", set.calibration);
  json.member("answered", set.answered).member("accuracy_answered", set.right_when_answered);
  if (set.asked_of_none > 0)
    json.member("in_scope_accuracy", set.in_scope).member("oos_recall", set.none_recall);
  json.end_object();
}

}  // namespace

std::string to_json(const ConcernReport& report) {
  ground::JsonWriter json;
  json.object().member("task", "concern").member("protocol", report.protocol);
  json.member("seed", report.seed);
  if (report.sets.size() == 1) write_metrics(report.sets.front(), json);
  json.key("sets").array();
  for (const ConcernReport::Set& set : report.sets) {
    json.object().member("name", set.name);
    write_metrics(set, json);
    json.member("most_frequent", set.usual).member("asked", set.asked);
    json.member("labels", uint64_t{set.labels}).member("learned", uint64_t{set.learned});
    json.member("learned_of_none", uint64_t{set.learned_of_none});
    json.member("asked_rows", uint64_t{set.asked_rows});
    json.member("asked_of_none", uint64_t{set.asked_of_none});
    json.member("cost", set.cost).member("second", set.second);
    json.member("learn_seconds", set.learn_s).member("hear_us", set.hear_us).end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace aizuchi::serve
