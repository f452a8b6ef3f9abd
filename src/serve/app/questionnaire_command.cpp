// evaluate questionnaire: what the scales of one are worth after a few of its items.
#include <fmt/format.h>

#include "serve/app/commands.h"
#include "serve/evaluate/questionnaire_protocol.h"

namespace aizuchi::serve {

namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

void show(const QuestionnaireReport& report, Terminal& terminal) {
  terminal.data("questions  r with the full score, mean of the scales");
  for (size_t k = 0; k < report.r.size(); ++k)
    terminal.data(fmt::format("{:>9}  {:.4f}", k + 1, report.r[k]));
  for (const QuestionnaireReport::Scale& scale : report.scales)
    terminal.data(fmt::format("scale     {}: {} items, {} people, r {:.4f}", scale.name,
                              scale.items, scale.people, scale.r.back()));
  terminal.data(fmt::format("others    r {:.4f} of an item that was not asked, mean of the items",
                            report.r_unasked));
  if (!report.first.empty()) terminal.data("asked     " + listed(report.first));
  terminal.data(fmt::format("people    {}, of whom {} answered enough; {} items; {:.1f} s",
                            report.people, report.asked, report.items, report.seconds));
  terminal.data("file      " + report.form);
  if (!report.left_out.empty()) terminal.data("left out  " + listed(report.left_out));
  terminal.data("protocol  " + report.protocol);
  terminal.data(fmt::format("seed      {}", report.seed));
}

}  // namespace

Outcome run_evaluate_questionnaire(const CommandOptions& options, Terminal& terminal) {
  const auto& asked = options.questionnaire;
  QuestionnaireQuestion question{.files = {.data = options.data,
                                           .scales = asked.scales,
                                           .items = asked.items,
                                           .absent = asked.absent},
                                 .questions = asked.questions,
                                 .folds = options.values.folds,
                                 .at_random = options.values.choose == "random",
                                 .seed = options.seed,
                                 .progress = {}};
  question.progress = [&](size_t fold) { terminal.progress("folds", fold, question.folds); };
  const auto report = evaluate_questionnaire(question);
  terminal.end_progress();
  if (!report) return std::unexpected(report.error());
  if (options.json)
    terminal.data(to_json(*report));
  else
    show(*report, terminal);
  return exit_ok;
}

}  // namespace aizuchi::serve
