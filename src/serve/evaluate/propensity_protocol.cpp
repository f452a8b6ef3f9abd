#include "serve/evaluate/propensity_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "ground/base/json.h"
#include "serve/evaluate/plain_file.h"
#include "serve/evaluate/positive_definite.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr std::string_view protocol =
    "rows by time, those of one moment on one side; ridge logistic regression over standardised "
    "features of the older rows; its strength (3, 10, 30, 100, 300) by log loss, and Platt's "
    "scale, on the newest quarter of them; measured on the newer rows, of which nothing is learned";
constexpr double newer_share = 0.3, held_share = 0.25;
constexpr double ridges[] = {3, 10, 30, 100, 300};
constexpr size_t groups = 10, weights_told = 8;

double logistic(double x) {
  return 1 / (1 + std::exp(-std::clamp(x, -30.0, 30.0)));
}

// Weights of features that were made to mean 0 and deviation 1; the last is the bias.
class Model {
 public:
  Model(std::span<const OutcomeRow> rows, double ridge) : ridge_(ridge) {
    const size_t n = rows.front().features.size();
    mean_.assign(n, 0), scale_.assign(n, 0), weights_.assign(n + 1, 0);
    const auto count = static_cast<double>(rows.size());
    for (const OutcomeRow& row : rows)
      for (size_t i = 0; i < n; ++i) mean_[i] += row.features[i] / count;
    for (const OutcomeRow& row : rows)
      for (size_t i = 0; i < n; ++i)
        scale_[i] += (row.features[i] - mean_[i]) * (row.features[i] - mean_[i]) / count;
    for (double& scale : scale_) scale = scale > 1e-12 ? 1 / std::sqrt(scale) : 0;
    for (int round = 0; round < 25 && step(rows) > 1e-8; ++round) {
    }
  }

  double logit(const OutcomeRow& row) const {
    double sum = weights_.back();
    for (size_t i = 0; i + 1 < weights_.size(); ++i) sum += weights_[i] * standard(row, i);
    return sum;
  }
  const std::vector<double>& weights() const { return weights_; }

 private:
  double standard(const OutcomeRow& row, size_t i) const {
    return (row.features[i] - mean_[i]) * scale_[i];
  }

  // One of Newton's; the largest change.
  double step(std::span<const OutcomeRow> rows) {
    const size_t n = weights_.size();
    std::vector<double> curvature(n * n, 0), slope(n, 0), x(n, 1);
    for (size_t i = 0; i + 1 < n; ++i)
      slope[i] = -ridge_ * weights_[i], curvature[i * n + i] = ridge_;
    for (const OutcomeRow& row : rows) {
      for (size_t i = 0; i + 1 < n; ++i) x[i] = standard(row, i);
      const double p = logistic(std::inner_product(x.begin(), x.end(), weights_.begin(), 0.0));
      for (size_t i = 0; i < n; ++i) {
        slope[i] += (row.outcome - p) * x[i];
        for (size_t j = 0; j <= i; ++j) curvature[i * n + j] += p * (1 - p) * x[i] * x[j];
      }
    }
    double most = 0;
    const std::vector<double> change = solve(curvature, std::move(slope));
    for (size_t i = 0; i < n; ++i) {
      const double moved = std::clamp(change[i], -2.0, 2.0);
      weights_[i] += moved, most = std::max(most, std::abs(moved));
    }
    return most;
  }

  const double ridge_;
  std::vector<double> mean_, scale_, weights_;
};

// σ(a·logit + b), by Newton on held rows; a stays positive.
struct Scale {
  double a = 1, b = 0;
  double operator()(double logit) const { return logistic(a * logit + b); }
};
Scale put_right(const Model& model, std::span<const OutcomeRow> held) {
  Scale out;
  for (int round = 0; round < 25; ++round) {
    double ga = 1 - out.a, gb = -0.1 * out.b, aa = 1, ab = 0, bb = 0.1;  // a little prior
    for (const OutcomeRow& row : held) {
      const double z = model.logit(row), p = out(z), h = p * (1 - p);
      ga += (row.outcome - p) * z, gb += row.outcome - p;
      aa += h * z * z, ab += h * z, bb += h;
    }
    const double by = aa * bb - ab * ab;
    out.a = std::max(0.05, out.a + (bb * ga - ab * gb) / by);
    out.b += (aa * gb - ab * ga) / by;
  }
  return out;
}

double log_loss(const Model& model, const Scale& scale, std::span<const OutcomeRow> rows) {
  double sum = 0;
  for (const OutcomeRow& row : rows) {
    const double p = std::clamp(scale(model.logit(row)), 1e-9, 1 - 1e-9);
    sum -= row.outcome * std::log(p) + (1 - row.outcome) * std::log(1 - p);
  }
  return sum / static_cast<double>(rows.size());
}

// The first row of the newer ones: no moment is cut.
size_t cut_at(std::span<const OutcomeRow> rows, double share) {
  auto at = static_cast<size_t>(static_cast<double>(rows.size()) * (1 - share));
  while (at > 0 && at < rows.size() && rows[at].at == rows[at - 1].at) --at;
  return at;
}

bool has_both(std::span<const OutcomeRow> rows) {
  const auto came = std::ranges::count_if(rows, [](const OutcomeRow& r) { return r.outcome > 0; });
  return came > 0 && came < static_cast<ptrdiff_t>(rows.size());
}

void measure(const std::vector<double>& p, const std::vector<double>& y, PropensityReport& out) {
  const auto n = static_cast<double>(y.size());
  out.came = std::accumulate(y.begin(), y.end(), 0.0) / n;
  out.auc = area_under_curve(p, y);
  const double positive = out.came * n, negative = n - positive, a = out.auc;
  const double q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);
  out.auc_error =
      std::sqrt((a * (1 - a) + (positive - 1) * (q1 - a * a) + (negative - 1) * (q2 - a * a)) /
                (positive * negative));
  for (size_t i = 0; i < y.size(); ++i) {
    out.brier += (p[i] - y[i]) * (p[i] - y[i]) / n;
    out.brier_of_mean += (out.came - y[i]) * (out.came - y[i]) / n;
  }
  std::vector<size_t> order(y.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](size_t i) { return std::pair(p[i], i); });
  for (size_t g = 0; g < groups; ++g) {
    Reliability one;
    for (size_t i = g * y.size() / groups; i < (g + 1) * y.size() / groups; ++i)
      one.expected += p[order[i]], one.came += y[order[i]], ++one.rows;
    if (one.rows == 0) continue;
    one.expected /= static_cast<double>(one.rows), one.came /= static_cast<double>(one.rows);
    out.ece += std::abs(one.expected - one.came) * static_cast<double>(one.rows) / n;
    out.table.push_back(one);
  }
}

void leave_people_out(OutcomeRows& of) {
  const auto drop = [&](auto& list) {
    size_t kept = 0;
    for (size_t i = 0; i < of.about_people.size(); ++i)
      if (!of.about_people[i]) std::swap(list[kept++], list[i]);
    list.resize(kept);
  };
  for (OutcomeRow& row : of.rows) drop(row.features);
  drop(of.features);
}

}  // namespace

double area_under_curve(const std::vector<double>& p, const std::vector<double>& y) {
  std::vector<size_t> order(y.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](size_t i) { return p[i]; });
  double ranks = 0, positive = 0;
  for (size_t i = 0; i < order.size();) {
    size_t j = i;
    while (j < order.size() && p[order[j]] == p[order[i]]) ++j;
    const double rank = (static_cast<double>(i) + static_cast<double>(j) + 1) / 2;
    for (; i < j; ++i) ranks += rank * y[order[i]], positive += y[order[i]];
  }
  const double negative = static_cast<double>(y.size()) - positive;
  if (positive == 0 || negative == 0) return 0.5;
  return (ranks - positive * (positive + 1) / 2) / (positive * negative);
}

Result<PropensityReport> evaluate_propensity(const PropensityQuestion& question) {
  OutcomeRows of = TRY(read_outcomes(question.data, question.outcome));
  if (!question.with_people) leave_people_out(of);
  const std::span<const OutcomeRow> rows(of.rows);
  size_t cut = cut_at(rows, newer_share);
  if (!question.since.empty()) {
    const auto since = seconds_of(question.since);
    if (!since)
      return fail(ErrorCode::invalid, fmt::format("--since {}: it is not a day.", question.since),
                  "Expected a day such as 2017-08-01.");
    cut = static_cast<size_t>(std::ranges::lower_bound(rows, *since, {}, &OutcomeRow::at) -
                              rows.begin());
  }
  const auto older = rows.first(cut), newer = rows.subspan(cut);
  const size_t held = older.empty() ? 0 : cut_at(older, held_share);
  if (!has_both(older.first(held)) || !has_both(older.subspan(held)) || !has_both(newer))
    return fail(ErrorCode::invalid,
                "There must be rows with the outcome and without it among the older ones, the "
                "newest quarter of those, and the newer ones.",
                "--since DAY cuts elsewhere.");
  PropensityReport out{.protocol = std::string(protocol), .form = of.form};
  out.older = older.size(), out.newer = newer.size(), out.features = of.features.size();
  double least = INFINITY;
  Scale scale;
  for (const double ridge : ridges) {
    const Model model(older.first(held), ridge);
    const Scale tried = put_right(model, older.subspan(held));
    const double loss = log_loss(model, tried, older.subspan(held));
    if (loss < least) least = loss, out.ridge = ridge, scale = tried;
  }
  const Model model(older, out.ridge);
  // The slope carries over; the level is that of all older rows, which the model itself has.
  out.scale = scale.a;
  double level = 0;
  for (int round = 0; round < 25; ++round) {
    double off = 0, h = 1e-9;
    for (const OutcomeRow& row : older) {
      const double p = logistic(scale.a * model.logit(row) + level);
      off += row.outcome - p, h += p * (1 - p);
    }
    level += off / h;
  }
  std::vector<double> p, y;
  for (const OutcomeRow& row : newer) {
    p.push_back(logistic(scale.a * model.logit(row) + level));
    y.push_back(row.outcome);
  }
  measure(p, y, out);
  for (size_t i = 0; i < of.features.size(); ++i)
    out.weights.emplace_back(of.features[i], model.weights()[i]);
  std::ranges::sort(out.weights, std::greater{},
                    [](const auto& w) { return std::pair(std::abs(w.second), w.first); });
  out.weights.resize(std::min(out.weights.size(), weights_told));
  return out;
}

std::string to_json(const PropensityReport& report) {
  ground::JsonWriter json;
  json.object().member("task", "propensity").member("protocol", report.protocol);
  json.member("form", report.form).member("older", uint64_t{report.older});
  json.member("newer", uint64_t{report.newer}).member("features", uint64_t{report.features});
  json.member("came", report.came).member("auc", report.auc).member("aucError", report.auc_error);
  json.member("ece", report.ece).member("brier", report.brier);
  json.member("brierOfMean", report.brier_of_mean).member("ridge", report.ridge);
  json.member("scale", report.scale).key("reliability").array();
  for (const Reliability& one : report.table) {
    json.object().member("rows", uint64_t{one.rows}).member("expected", one.expected);
    json.member("came", one.came).end_object();
  }
  json.end_array().key("weights").array();
  for (const auto& [name, weight] : report.weights)
    json.object().member("feature", name).member("weight", weight).end_object();
  return json.end_array().end_object().take();
}

}  // namespace aizuchi::serve
