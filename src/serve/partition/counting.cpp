// Counting whom a folder would reach, a little at a time, so that nobody's decision waits for it.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "ground/base/bytes.h"
#include "serve/partition/state.h"
#include "serve/partition/survey.h"

namespace aizuchi::serve {

namespace {

constexpr size_t people_at_once = 64;

// Where an id stands among all of them, 0 to 1: ids are random, so that a stretch of them tells how
// many there are.
double place_of(std::string_view id) {
  return static_cast<double>(ground::ByteReader(id.substr(0, 8)).be64()) / std::pow(2.0, 64);
}

// "+ item hero-x", "~ item hero-y: wordings" -> the items whose words change.
std::vector<std::string> changed_items(const std::vector<std::string>& changes) {
  std::vector<std::string> out;
  for (const std::string& change : changes)
    if (change.starts_with("+ item ") || change.starts_with("~ item "))
      out.push_back(change.substr(7, change.find(':') - 7));
  return out;
}

void sort_by_place(std::vector<ground::Finding>& findings) {
  std::ranges::sort(findings, {}, [](const ground::Finding& f) {
    return std::tie(f.place.file, f.place.line, f.place.column, f.rule, f.text, f.expected);
  });
}

}  // namespace

struct Partition::PublishTask::Count {
  Survey survey;
  std::string start;  // a random place among the ids
  std::string after;
  bool wrapped = false;  // past the end of them, on from the first
  bool all = false;      // everyone was looked at

  void estimate_population() {
    double share = place_of(after) - place_of(start);
    if (share <= 0) share += 1;
    survey.set_population(survey.looked_at() / share);
  }
};

bool Partition::count_some(PublishTask& task, int64_t budget_us) {
  State& s = *state_;
  if (!task.compiled.snapshot || !s.snapshot) return true;  // nothing to count by, or nobody yet
  if (!task.count) {
    const auto before = published_files();
    const auto written = s.store->commit_and_wait({}, ground::Durability::relaxed);
    if (!before || !written) return true;  // publishing itself will say so
    const ground::PersonId start{s.dice.next_128()};
    task.count = std::make_shared<PublishTask::Count>(
        Survey(task.compiled.snapshot, *s.snapshot,
               changed_items(ground::plan_changes(*before, task.files).lines), s.population),
        std::string(start.bytes()), std::string(start.bytes()));
  }
  PublishTask::Count& count = *task.count;
  const int64_t until = budget_us == INT64_MAX ? INT64_MAX : s.clock.monotonic_us() + budget_us;
  do {
    if (!s.count_next(count.survey, count.after, count.wrapped ? count.start : "", count.all))
      return true;
    if (count.all && !count.wrapped) {
      count.all = false;
      count.wrapped = true;
      count.after.clear();
    }
    if (!count.all && count.survey.looked_at() < Survey::people_max) continue;
    if (!count.all) count.estimate_population();
    std::vector<ground::Finding> found = count.survey.findings();
    std::ranges::move(found, std::back_inserter(task.compiled.findings));
    sort_by_place(task.compiled.findings);
    return true;
  } while (s.clock.monotonic_us() < until);
  return false;
}

bool Partition::State::count_next(Survey& survey, std::string& after, std::string_view until,
                                  bool& all) {
  std::vector<ground::PersonId> next;
  all = true;
  const auto listed = ledger.people(after, [&](const ground::PersonId& id) {
    if (!until.empty() && id.bytes() > until) return false;
    next.push_back(id);
    all = next.size() < people_at_once;
    return all;
  });
  if (!listed) return false;
  for (const ground::PersonId& id : next) {
    after = id.bytes();
    if (survey.looked_at() >= Survey::people_max) {
      all = false;
      return true;
    }
    const auto person = ledger.find(id);
    if (!person || *person == nullptr) continue;
    note_new_aggregates((*person)->state);
    survey.look_at(respect::Handle(&(*person)->state, *this), clock.now());
  }
  return true;
}

}  // namespace aizuchi::serve
