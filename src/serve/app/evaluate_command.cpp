// evaluate: how well Aizuchi understands, measured on plain files.
#include <fmt/format.h>

#include "serve/app/commands.h"
#include "serve/evaluate/session_protocol.h"

namespace aizuchi::serve {

Outcome run_evaluate_session(const CommandOptions& options, Terminal& terminal) {
  const Parts parts = TRY(find_parts(options.data, options.train, options.test));
  const SessionReport report = TRY(evaluate_session(parts));
  if (options.json) {
    terminal.data(to_json(report));
    return exit_ok;
  }
  terminal.data(fmt::format("MRR@20    {:.4f}   (the most popular items: {:.4f})", report.mrr20,
                            report.popular_mrr20));
  terminal.data(fmt::format("HR@20     {:.4f}   (the most popular items: {:.4f})", report.hr20,
                            report.popular_hr20));
  terminal.data(fmt::format("one answer p50 {:.1f} us, p99 {:.1f} us", report.next_p50_us,
                            report.next_p99_us));
  terminal.data(fmt::format("train     {} visits, {} items: {}", report.train_visits,
                            report.train_items, parts.train.string()));
  terminal.data(fmt::format("test      {} visits, {} predictions{}", report.test_visits,
                            report.predictions,
                            parts.test.empty() ? "" : ": " + parts.test.string()));
  terminal.data("protocol  " + report.protocol);
  terminal.data("seed      none: nothing is drawn");
  return exit_ok;
}

}  // namespace aizuchi::serve
