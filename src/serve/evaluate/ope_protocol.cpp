#include "serve/evaluate/ope_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/json.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using reflect::Round;

namespace {

constexpr std::string_view protocol =
    "rows alternate between two halves; q and greedy of a row are learned in the other half; "
    "q = (sum of rewards + 10 x the position's mean) / (rows + 10); weights are clipped; a winner "
    "is better than each other policy in the paired difference of DR scores at 5 % over all "
    "comparisons (Bonferroni), with 200 effective rows and 30 effective rewards";
constexpr double prior_rows = 10;

// One value for each item at each position.
class Grid {
 public:
  explicit Grid(const ChoiceLog& log)
      : items_(log.items.size()), values_(log.items.size() * log.positions.size()) {}
  double& at(uint32_t position, uint32_t item) { return values_[position * items_ + item]; }
  double at(uint32_t position, uint32_t item) const { return values_[position * items_ + item]; }
  std::span<const double> of(uint32_t position) const {
    return std::span(values_).subspan(position * items_, items_);
  }
  std::span<double> of(uint32_t position) {
    return std::span(values_).subspan(position * items_, items_);
  }

 private:
  size_t items_;
  std::vector<double> values_;
};

// What half of the rows teach.
struct Learned {
  Grid expected;
  std::vector<double> mean;  // by position
};

Learned learn(const ChoiceLog& log, size_t half) {
  Grid sums(log), counts(log);
  std::vector<double> sum(log.positions.size()), count(log.positions.size());
  double all = 0, rows = 0;
  for (size_t i = half; i < log.rows.size(); i += 2) {
    const LoggedChoice& row = log.rows[i];
    sums.at(row.position, row.item) += row.reward;
    counts.at(row.position, row.item) += 1;
    sum[row.position] += row.reward;
    count[row.position] += 1;
    all += row.reward;
    rows += 1;
  }
  Learned out{.expected = Grid(log), .mean = std::vector<double>(log.positions.size())};
  for (uint32_t p = 0; p < log.positions.size(); ++p) {
    const double overall = rows > 0 ? all / rows : 0;
    out.mean[p] = count[p] > 0 ? sum[p] / count[p] : overall;
    for (uint32_t a = 0; a < log.items.size(); ++a)
      out.expected.at(p, a) =
          (sums.at(p, a) + prior_rows * out.mean[p]) / (counts.at(p, a) + prior_rows);
  }
  return out;
}

// Which items a position ever showed: the others cannot be asked about.
Grid shown(const ChoiceLog& log) {
  Grid out(log);
  for (const LoggedChoice& row : log.rows) out.at(row.position, row.item) = 1;
  return out;
}

class Asking {
 public:
  explicit Asking(const ChoiceLog& log)
      : log_(log), shown_(shown(log)), learned_{learn(log, 1), learn(log, 0)} {}

  // Of a policy that is a share of each item at each position; the second is of the odd rows.
  std::vector<Round> rounds(const Grid& even, const Grid& odd) const {
    std::vector<Round> out;
    out.reserve(log_.rows.size());
    for (size_t i = 0; i < log_.rows.size(); ++i) {
      const LoggedChoice& row = log_.rows[i];
      const Grid& policy = i % 2 == 0 ? even : odd;
      const Grid& expected = learned_[i % 2].expected;
      double whole = 0;
      for (uint32_t a = 0; a < log_.items.size(); ++a)
        whole += policy.at(row.position, a) * expected.at(row.position, a);
      out.push_back({.reward = row.reward,
                     .propensity = row.propensity,
                     .target = policy.at(row.position, row.item),
                     .expected = expected.at(row.position, row.item),
                     .expected_target = whole});
    }
    return out;
  }

  // Of one that is known only by what it gives to what was chosen.
  std::vector<Round> rounds(const std::vector<double>& given) const {
    std::vector<Round> out;
    out.reserve(log_.rows.size());
    for (size_t i = 0; i < log_.rows.size(); ++i) {
      const LoggedChoice& row = log_.rows[i];
      const double mean = learned_[i % 2].mean[row.position];
      out.push_back({.reward = row.reward,
                     .propensity = row.propensity,
                     .target = given[i],
                     .expected = mean,
                     .expected_target = mean});
    }
    return out;
  }

  std::vector<Round> as_logged() const {
    std::vector<double> given;
    for (const LoggedChoice& row : log_.rows) given.push_back(row.propensity);
    return rounds(given);
  }

  Grid uniform() const {
    Grid out = shown_;
    for (uint32_t p = 0; p < log_.positions.size(); ++p) scale(out.of(p));
    return out;
  }
  Grid greedy(size_t half) const {
    Grid out(log_);
    for (uint32_t p = 0; p < log_.positions.size(); ++p) {
      uint32_t best = 0;
      double most = -INFINITY;
      for (uint32_t a = 0; a < log_.items.size(); ++a) {
        if (shown_.at(p, a) == 0 || learned_[half].expected.at(p, a) <= most) continue;
        most = learned_[half].expected.at(p, a);
        best = a;
      }
      out.at(p, best) = 1;
    }
    return out;
  }
  Result<Grid> always(const std::string& item) const {
    const auto found = std::ranges::find(log_.items, item);
    if (found == log_.items.end())
      return fail(ErrorCode::invalid, fmt::format("always:{}: the log never chose it.", item),
                  fmt::format("It chose {} items, such as {}.", log_.items.size(), log_.items[0]));
    Grid out(log_);
    for (uint32_t p = 0; p < log_.positions.size(); ++p)
      out.at(p, static_cast<uint32_t>(found - log_.items.begin())) = 1;
    return out;
  }
  Result<Grid> like(const std::string& file) const {
    const ChoiceLog other = TRY(read_choices(file, {}));
    Grid out(log_);
    for (const LoggedChoice& row : other.rows) {
      const auto item = std::ranges::find(log_.items, other.items[row.item]);
      const auto position = std::ranges::find(log_.positions, other.positions[row.position]);
      if (item == log_.items.end() || position == log_.positions.end())
        return fail(ErrorCode::invalid,
                    fmt::format("like:{}: it chooses {} at '{}', which the log never did.", file,
                                other.items[row.item], other.positions[row.position]),
                    "Both logs must choose among the same items.");
      out.at(static_cast<uint32_t>(position - log_.positions.begin()),
             static_cast<uint32_t>(item - log_.items.begin())) += 1;
    }
    for (uint32_t p = 0; p < log_.positions.size(); ++p) scale(out.of(p));
    return out;
  }

 private:
  static void scale(std::span<double> shares) {
    double sum = 0;
    for (const double share : shares) sum += share;
    if (sum <= 0) return;
    for (double& share : shares) share /= sum;
  }

  const ChoiceLog& log_;
  const Grid shown_;
  const std::array<Learned, 2> learned_;  // for the even rows, for the odd ones
};

Result<std::vector<Round>> rounds_of(const std::string& word, const Asking& asking,
                                     const ChoiceLog& log) {
  const auto rest = [&](std::string_view prefix) { return word.substr(prefix.size()); };
  if (word == "uniform") return asking.rounds(asking.uniform(), asking.uniform());
  if (word == "greedy") return asking.rounds(asking.greedy(0), asking.greedy(1));
  if (word.starts_with("column:")) return asking.rounds(log.policies.at(rest("column:")));
  if (word.starts_with("always:")) {
    const Grid policy = TRY(asking.always(rest("always:")));
    return asking.rounds(policy, policy);
  }
  if (word.starts_with("like:")) {
    const Grid policy = TRY(asking.like(rest("like:")));
    return asking.rounds(policy, policy);
  }
  return fail(ErrorCode::invalid, fmt::format("'{}' is not a policy.", word),
              "Expected uniform, greedy, always:ITEM, like:FILE or column:NAME.");
}

}  // namespace

Result<OpeReport> evaluate_ope(const OpeQuestion& question) {
  if (!(question.clip > 0))
    return fail(ErrorCode::invalid, "--clip must be above 0.",
                "Weights are cut there; 100 by default.");
  std::vector<std::string> words = question.policies;
  if (words.empty()) words = {"uniform", "greedy"};
  std::vector<std::string> columns;
  for (const std::string& word : words)
    if (word.starts_with("column:")) columns.push_back(word.substr(7));
  const ChoiceLog log = TRY(read_choices(question.log, columns));
  const Asking asking(log);
  OpeReport out{.protocol = std::string(protocol),
                .rows = log.rows.size(),
                .items = log.items.size(),
                .positions = log.positions.size()};
  for (const LoggedChoice& row : log.rows) {
    out.rewards += row.reward;
    out.propensity_min = std::min(out.propensity_min, row.propensity);
  }
  out.policies.push_back(reflect::reflect_on("as logged", asking.as_logged(), question.clip));
  for (const std::string& word : words)
    out.policies.push_back(
        reflect::reflect_on(word, TRY(rounds_of(word, asking, log)), question.clip));
  out.verdict = reflect::compare(out.policies);
  return out;
}

std::string to_json(const OpeReport& report) {
  ground::JsonWriter json;
  json.object().member("task", "ope").member("protocol", report.protocol);
  json.member("rows", uint64_t{report.rows}).member("items", uint64_t{report.items});
  json.member("positions", uint64_t{report.positions}).member("rewards", report.rewards);
  json.member("propensityMin", report.propensity_min).key("policies").array();
  const auto estimate = [&](std::string_view name, const reflect::Estimate& e) {
    json.key(name).object().member("value", e.value);
    json.member("standardError", e.standard_error).end_object();
  };
  for (const reflect::Reflection& policy : report.policies) {
    json.object().member("policy", policy.policy);
    estimate("ips", policy.ips);
    estimate("snips", policy.snips);
    estimate("dm", policy.direct);
    estimate("dr", policy.doubly_robust);
    json.member("effectiveSample", policy.effective);
    json.member("effectiveRewards", policy.effective_rewards);
    json.member("clippedShare", policy.clipped_share).end_object();
  }
  json.end_array().key("winner");
  report.verdict.winner ? json.value(report.policies[*report.verdict.winner].policy) : json.null();
  return json.member("why", report.verdict.why).end_object().take();
}

}  // namespace aizuchi::serve
