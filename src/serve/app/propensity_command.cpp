// evaluate propensity: how probable an outcome is, learned from older rows, measured on newer ones.
#include <fmt/format.h>

#include "serve/app/commands.h"
#include "serve/evaluate/propensity_protocol.h"

namespace aizuchi::serve {

Outcome run_evaluate_propensity(const CommandOptions& options, Terminal& terminal) {
  const PropensityReport report =
      TRY(evaluate_propensity({.data = options.data,
                               .outcome = options.propensity.outcome,
                               .since = options.propensity.since,
                               .with_people = !options.propensity.no_people}));
  if (options.json) {
    terminal.data(to_json(report));
    return exit_ok;
  }
  terminal.data(fmt::format("AUC       {:.4f} ± {:.4f}", report.auc, report.auc_error));
  terminal.data(fmt::format("ECE       {:.4f}   Brier {:.4f} (the mean alone {:.4f})", report.ece,
                            report.brier, report.brier_of_mean));
  terminal.data(fmt::format("rows      {} older, {} newer, of which {:.2f} % came; {} features",
                            report.older, report.newer, 100 * report.came, report.features));
  terminal.data("reliability  rows  expected  came");
  for (const Reliability& one : report.table)
    terminal.data(
        fmt::format("             {:>4}  {:>8.4f}  {:.4f}", one.rows, one.expected, one.came));
  for (const auto& [feature, weight] : report.weights)
    terminal.data(fmt::format("weight    {:+.3f}  {}", weight, feature));
  terminal.data(fmt::format("learned   ridge {:g}, scale {:.2f}", report.ridge, report.scale));
  terminal.data("file      " + report.form);
  terminal.data("protocol  " + report.protocol);
  terminal.data("seed      none: nothing is drawn");
  return exit_ok;
}

}  // namespace aizuchi::serve
