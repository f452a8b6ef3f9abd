// The search among models: coarse, then finer around the best, one kind after another.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "understand/recommend/ease.h"
#include "understand/recommend/shelf.h"

namespace aizuchi::understand {

namespace {

// The best of one kind so far.
struct Best {
  Recipe recipe;
  double ndcg20 = -1;
};

class Searching {
 public:
  Searching(const Pairs& rest, std::span<const Held> held, const Search& search)
      : rest_(rest), held_(held), search_(search) {}

  Choice run() {
    popular();
    walk();
    linear();
    factors();
    blend();
    return std::move(out_);
  }

 private:
  double try_it(const Recipe& recipe, const Model& model, Best& best) {
    const Measured measured = measure(model, held_);
    seen_.push_back(recipe);
    out_.tried.push_back({.name = model.name(), .measured = measured});
    if (measured.ndcg20 > best.ndcg20) best = {.recipe = recipe, .ndcg20 = measured.ndcg20};
    if (out_.tried.size() == 1 || measured.ndcg20 > out_.tried[out_.best].measured.ndcg20) {
      out_.best = out_.tried.size() - 1;
      out_.recipe = recipe;
    }
    return measured.ndcg20;
  }
  void say(const char* what, double done) const {
    if (search_.progress) search_.progress(what, done);
  }
  // Is there still that much to spend, of this share of the whole?
  bool affords(double seconds, double share) {
    if (spent_ + seconds > search_.effort_s * share) return false;
    spent_ += seconds;
    return true;
  }

  void popular() {
    say("popular", 0);
    Best best;
    std::vector<double> half_lives{0};
    if (rest_.timed()) half_lives = {0, 90 * 86400.0, 30 * 86400.0, 7 * 86400.0};
    for (const double half_life : half_lives) {
      const Recipe recipe{PopularSettings{.half_life = half_life}};
      try_it(recipe, *make(recipe, rest_), best);
    }
    out_.popular = best.recipe;
  }

  bool known(const Recipe& recipe) const { return std::ranges::find(seen_, recipe) != seen_.end(); }

  // One pass over the pairs for all settings of an alpha that are new.
  void walk_all(std::vector<WalkSettings> settings) {
    std::erase_if(settings, [&](const WalkSettings& s) { return known(Recipe{s}); });
    if (settings.empty() ||
        !affords(steps() * 10e-9 * (static_cast<double>(settings.size()) + 1.5), 0.3))
      return;
    say("walk", 0.1);
    const auto models = walks(rest_, settings);
    for (size_t i = 0; i < models.size(); ++i) try_it(Recipe{settings[i]}, *models[i], walk_);
  }
  // Pairs of pairs of one person.
  double steps() const {
    double out = 0;
    for (uint32_t u = 0; u < rest_.people(); ++u) {
      const auto n = static_cast<double>(rest_.items_of(u).size());
      out += n * n;
    }
    return out;
  }
  void walk() {
    const size_t most = std::clamp<size_t>(links_most(rest_.items()) / 2, 100, 400);
    for (const double alpha : {0.5, 1.0})
      walk_all({{.alpha = alpha, .beta = 0.2, .gamma = 0.5, .most = most},
                {.alpha = alpha, .beta = 0.5, .gamma = 0.5, .most = most},
                {.alpha = alpha, .beta = 0.5, .gamma = 0.2, .most = most}});
    const auto at = [&] { return std::get<WalkSettings>(walk_.recipe.how); };
    for (const double step : {0.3, 0.15, 0.1}) {
      if (walk_.ndcg20 < 0) return;
      std::vector<WalkSettings> around;
      for (const auto& [beta, gamma] :
           {std::pair(step, 0.0), {-step, 0.0}, {0.0, step}, {0.0, -step}})
        around.push_back({.alpha = at().alpha,
                          .beta = hundredths(at().beta + beta),
                          .gamma = hundredths(at().gamma + gamma),
                          .most = most});
      walk_all(around);
    }
    const WalkSettings best = at();
    for (const double alpha : {best.alpha - 0.25, best.alpha + 0.25})
      walk_all({{.alpha = alpha, .beta = best.beta, .gamma = best.gamma, .most = most}});
    WalkSettings more = at();
    more.most = most * 2;
    walk_all({more});
  }
  static double hundredths(double x) { return std::round(x * 100) / 100; }

  // What one setting may be, ascending.
  template <typename Settings>
  struct Ladder {
    std::span<const double> rungs;
    double Settings::* knob;
    std::function<double(const Settings&)> cost_s;
    double share;
  };
  // The neighbours of the best, `stride` rungs away, until the best is the best of them.
  template <typename Settings>
  void climb(Best& best, const Ladder<Settings>& ladder, ptrdiff_t stride = 1) {
    for (bool moved = true; moved;) {
      const Settings from = std::get<Settings>(best.recipe.how);
      const auto here = std::ranges::find(ladder.rungs, from.*(ladder.knob)) - ladder.rungs.begin();
      for (const ptrdiff_t next : {here + stride, here - stride}) {
        if (next < 0 || next >= std::ssize(ladder.rungs)) continue;
        Settings s = from;
        s.*(ladder.knob) = ladder.rungs[static_cast<size_t>(next)];
        if (!known(Recipe{s}) && affords(ladder.cost_s(s), ladder.share)) fit(Recipe{s}, best);
      }
      moved = std::get<Settings>(best.recipe.how) != from;
    }
  }
  void fit(const Recipe& recipe, Best& best) {
    say(recipe.how.index() == 2 ? "ease" : "factors", recipe.how.index() == 2 ? 0.4 : 0.6);
    if (const ModelPtr model = make(recipe, rest_)) try_it(recipe, *model, best);
  }

  void linear() {
    if (rest_.size() == 0) return;
    if (ease_side(rest_) > ease_side_max) return nearest();
    const double side = ease_side(rest_);
    const double inverse_s = side * side * side / 30e9;
    const double rows_s =
        rest_.items() <= rest_.people()
            ? side * side * 4e-9
            : static_cast<double>(rest_.items() + side) * static_cast<double>(rest_.size()) * 1e-9;
    const std::function<double(const EaseSettings&)> cost = [=](const EaseSettings&) {
      return inverse_s + rows_s;
    };
    const auto try_one = [&](double lambda, double alpha) {
      const Recipe recipe{EaseSettings{.lambda = lambda, .alpha = alpha}};
      if (!known(recipe) && affords(cost({}), 0.75)) fit(recipe, ease_);
    };
    constexpr double rungs[] = {5, 10, 20, 50, 100, 200, 400, 800, 1600, 3200};
    const Ladder<EaseSettings> ladder{rungs, &EaseSettings::lambda, cost, 0.75};
    const auto climb_here = [&] {
      if (ease_.ndcg20 >= 0) climb(ease_, ladder);
    };
    try_one(200, 0);
    climb_here();
    if (ease_.ndcg20 >= 0) try_one(std::get<EaseSettings>(ease_.recipe.how).lambda, 0.5);
    climb_here();
  }
  // One pass over the pairs for all λ of an alpha.
  void nearest() {
    constexpr size_t near = 100;
    constexpr double lambdas[] = {10, 20, 50, 100, 200};
    const double solves = std::size(lambdas) * static_cast<double>(rest_.items()) * near * near *
                          (near / 3.0 + 40) / 15e9;
    for (const double alpha : {0.5, 0.0, 1.0}) {
      if (!affords(solves + steps() * 40e-9, 0.6)) return;
      say("ease", 0.3);
      std::vector<EaseSettings> settings;
      for (const double lambda : lambdas)
        settings.push_back({.lambda = lambda, .alpha = alpha, .nearest = near});
      const auto models = nearest_eases(rest_, settings);
      for (size_t i = 0; i < models.size(); ++i) try_it(Recipe{settings[i]}, *models[i], ease_);
    }
  }

  void factors() {
    const std::function<double(const FactorSettings&)> cost = [&](const FactorSettings& s) {
      const auto d = static_cast<double>(s.dimensions), block = std::min(d, 64.0);
      const double sides = static_cast<double>(rest_.people()) + rest_.items();
      return static_cast<double>(s.epochs) *
                 (2 * static_cast<double>(rest_.size()) * d * block +
                  sides * d * block * block / 3) /
                 12e9 +
             (s.linked ? static_cast<double>(rest_.items()) *
                             (2 * d * static_cast<double>(rest_.items()) + d * d * d / 3) / 5e9
                       : 0);
    };
    // Every second rung first.
    constexpr double rungs[] = {0.0001, 0.00017, 0.0003, 0.00055, 0.001, 0.0017,
                                0.003,  0.0055,  0.01,   0.017,   0.03,  0.055,
                                0.1,    0.17,    0.3,    0.55,    1};
    const Ladder<FactorSettings> reins{rungs, &FactorSettings::reg, cost, 1};
    const Ladder<FactorSettings> unseen{rungs, &FactorSettings::unseen, cost, 1};
    // The rein grows with the items there are, so where there are many a looser one is begun with.
    const double loose = 10.0 / std::max(rest_.items(), 1U);
    constexpr double starts[] = {0.0003, 0.001, 0.003, 0.01, 0.03};
    const double reg = *std::ranges::min_element(
        starts, {}, [&](double x) { return std::abs(std::log(x / loose)); });
    FactorSettings first{.dimensions = 64, .unseen = 0.03, .reg = reg, .epochs = 6};
    first.seed = search_.seed;
    first.linked = search_.links_only;
    if (!affords(cost(first), 1)) return;
    fit(Recipe{first}, factors_);
    for (int round = 0; round < 2; ++round) {
      climb(factors_, reins, 2);
      climb(factors_, unseen, 2);
    }
    climb(factors_, reins);
    for (const size_t dimensions : {128UL, 256UL}) {
      FactorSettings more = std::get<FactorSettings>(factors_.recipe.how);
      more.dimensions = dimensions, more.epochs = 10;
      if (!affords(cost(more), 1)) return;
      fit(Recipe{more}, factors_);
      if (factors_.recipe != Recipe{more}) return;
      // More dimensions hold more of what is not so: perhaps they want a tighter rein.
      climb(factors_, reins);
    }
  }

  void blend() {
    std::vector<Best> kinds{walk_, ease_, factors_};
    std::erase_if(kinds, [](const Best& b) { return b.ndcg20 < 0; });
    if (kinds.size() < 2) return;
    std::ranges::sort(kinds, std::greater(), &Best::ndcg20);
    std::vector<ModelPtr> models;
    for (const Best& kind : kinds) models.push_back(make(kind.recipe, rest_));
    Best two;
    size_t third = 0;
    for (size_t with = 1; with < kinds.size(); ++with) {  // what is like it adds less than it has
      say("blend", with == 1 ? 0.85 : 0.9);
      const double before = two.ndcg20;
      for (const double share : {0.3, 0.5, 0.7})
        try_blend({kinds[0].recipe, models[0]}, {kinds[with].recipe, models[with]}, share, two);
      if (two.ndcg20 > before) third = kinds.size() - with;  // of 1 and 2 the other
    }
    if (kinds.size() < 3) return;
    say("blend", 0.95);
    const auto& made = std::get<BlendSettings>(two.recipe.how);
    const Part both{two.recipe, blend_of(models[0], models[3 - third], made.share, made.linked)};
    Best three;
    for (const double share : {0.8, 0.6})
      try_blend(both, {kinds[third].recipe, models[third]}, share, three);
  }
  struct Part {
    Recipe recipe;
    ModelPtr model;
  };
  void try_blend(const Part& one, const Part& other, double share, Best& best) {
    const Recipe recipe{BlendSettings{
        .of = {one.recipe, other.recipe}, .share = share, .linked = search_.links_only}};
    try_it(recipe, *blend_of(one.model, other.model, share, search_.links_only), best);
  }

  const Pairs& rest_;
  const std::span<const Held> held_;
  const Search& search_;
  Choice out_;
  Best walk_, ease_, factors_;
  std::vector<Recipe> seen_;
  double spent_ = 0;
};

}  // namespace

Choice choose_model(const Pairs& rest, std::span<const Held> held, const Search& search) {
  return Searching(rest, held, search).run();
}

}  // namespace aizuchi::understand
