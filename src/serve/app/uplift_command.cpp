// evaluate uplift: what each arm of a trial did to whom, and whether choosing by person pays.
#include <fmt/format.h>

#include "serve/app/commands.h"
#include "serve/evaluate/uplift_protocol.h"

namespace aizuchi::serve {

namespace {

std::string shown(const Measured& one) {
  return fmt::format("{:.5f} ± {:.5f}", one.value, one.error);
}

}  // namespace

Outcome run_evaluate_uplift(const CommandOptions& options, Terminal& terminal) {
  const auto& asked = options.uplift;
  const UpliftReport report = TRY(evaluate_uplift({.data = options.data,
                                                   .columns = {.arm = asked.arm,
                                                               .control = asked.control,
                                                               .outcome = asked.outcome,
                                                               .without = asked.without},
                                                   .seed = options.seed}));
  if (options.json) {
    terminal.data(to_json(report));
    return exit_ok;
  }
  for (const UpliftReport::Arm& arm : report.arms) {
    terminal.data(fmt::format("arm       {}: {} rows, value {}, the policy's for {:.1f} %",
                              arm.name, arm.rows, shown(arm.value), 100 * arm.of_policy));
    if (&arm != &report.arms.front())
      terminal.data(fmt::format("          uplift {}, Qini {}{}", shown(arm.uplift),
                                shown(arm.qini), arm.alike ? ", taken as alike for all" : ""));
  }
  terminal.data(fmt::format("best arm  {}: {}", report.best, shown(report.best_value)));
  terminal.data(
      fmt::format("policy    {}, over the best arm {}", shown(report.policy), shown(report.gain)));
  terminal.data(fmt::format("chosen    {}", report.policy_chosen
                                                ? "the policy: its gain is more than its error"
                                                : "the best arm for everybody"));
  terminal.data(fmt::format("          as it would have gone {}, over the best arm {}",
                            shown(report.chosen), shown(report.chosen_gain)));
  terminal.data(fmt::format("rows      {}, {} features", report.rows, report.features));
  terminal.data("file      " + report.form);
  terminal.data("protocol  " + report.protocol);
  terminal.data(fmt::format("seed      {}", report.seed));
  return exit_ok;
}

}  // namespace aizuchi::serve
