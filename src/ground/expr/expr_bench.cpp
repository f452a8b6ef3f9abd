// Nanoseconds per evaluation of typical rules, best of seven rounds. Built by hand:
//   ninja -C build/release expr_bench && build/release/bin/expr_bench
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "ground/expr/expr.h"

using namespace aizuchi::ground;

namespace {

class Facts final : public ExprEnvironment, public Activation {
 public:
  std::optional<HostRead> variable(std::string_view name) const override {
    if (name == "facts.job") return HostRead{0, ExprType(ExprType::Kind::string)};
    if (name == "facts.size") return HostRead{1, ExprType(ExprType::Kind::integer)};
    if (name == "facts.plan") return HostRead{2, ExprType(ExprType::Kind::string)};
    if (name == "now") return HostRead{3, ExprType(ExprType::Kind::timestamp)};
    if (name == "tags") return HostRead{4, ExprType::list(ExprType::Kind::string)};
    return std::nullopt;
  }
  std::optional<HostCall> host_call(std::string_view function,
                                    std::span<const Value>) const override {
    if (function != "count") return std::nullopt;
    return HostCall(HostRead{1, ExprType(ExprType::Kind::integer)});
  }
  const Value* read(ReadId id) override { return id == 2 ? nullptr : &values_[id]; }

 private:
  const std::array<Value, 5> values_ = {
      Value("sales"), Value(3), Value(), Value(Instant{1'780'000'000'000}),
      Value::list({Value("coffee"), Value("light-roast"), Value("gift"), Value("office")})};
};

double nanoseconds_each(const Expr& expr, Facts& facts) {
  constexpr int turns = 200'000;
  double best = 1e9;
  for (int round = 0; round < 7; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < turns; ++i)
      if (!expr.evaluate(facts)) std::abort();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / turns);
  }
  return best;
}

}  // namespace

int main() {
  Facts facts;
  for (const char* text :
       {"true", "facts.job == 'sales'",
        "facts.job == 'sales' && count('Product Viewed', duration('168h')) >= 2",
        "has(facts.plan) && facts.plan == 'pro' || facts.size > 2",
        "facts.plan == 'pro' || facts.job in ['sales', 'marketing']",
        "now.getHours('Asia/Tokyo') >= 9 && now.getHours('Asia/Tokyo') < 18",
        "tags.exists(t, t.startsWith('office'))", "facts.job.matches('^(sales|market)')",
        "tags.filter(t, t != 'gift').size() == 3"}) {
    const auto expr = Expr::compile(text, facts);
    if (!expr) return 1;
    std::printf("%7.1f ns  %s\n", nanoseconds_each(*expr, facts), text);
  }
  return 0;
}
