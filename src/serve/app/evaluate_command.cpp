// evaluate: how well Aizuchi understands, measured on plain files.
#include <fmt/format.h>

#include "serve/app/commands.h"
#include "serve/evaluate/concern_protocol.h"
#include "serve/evaluate/ope_protocol.h"
#include "serve/evaluate/session_protocol.h"
#include "serve/evaluate/topn_protocol.h"
#include "serve/evaluate/values_protocol.h"

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

Outcome run_evaluate_topn(const CommandOptions& options, Terminal& terminal) {
  TopnQuestion question{.parts = TRY(find_parts(options.data, options.train, options.test)),
                        .seed = options.seed};
  question.progress = [&](const std::string& what, double done) {
    terminal.progress(what, static_cast<size_t>(done * 100), 100);
  };
  const auto report = evaluate_topn(question);
  terminal.end_progress();
  if (!report) return std::unexpected(report.error());
  if (options.json) {
    terminal.data(to_json(*report));
    return exit_ok;
  }
  terminal.data("on the validation slice   NDCG@20  Recall@20  HR@10");
  for (const understand::Tried& tried : report->tried)
    terminal.data(fmt::format("                          {:.4f}   {:.4f}     {:.4f}  {}",
                              tried.measured.ndcg20, tried.measured.recall20, tried.measured.hr10,
                              tried.name));
  terminal.data(fmt::format("chosen    {}", report->chosen));
  const auto line = [&](std::string_view name, double value, double popular) {
    terminal.data(
        fmt::format("{:<9} {:.4f}   (the most popular items: {:.4f})", name, value, popular));
  };
  line("NDCG@20", report->measured.ndcg20, report->popular.ndcg20);
  line("Recall@20", report->measured.recall20, report->popular.recall20);
  line("HR@10", report->measured.hr10, report->popular.hr10);
  terminal.data(fmt::format("test      {} people; made of {} pairs, {} items",
                            report->measured.people, report->pairs, report->items));
  terminal.data(
      fmt::format("time      choice {:.1f} s, fit {:.1f} s", report->choice_s, report->fit_s));
  terminal.data("protocol  " + report->protocol);
  terminal.data(fmt::format("seed      {}", report->seed));
  return exit_ok;
}

Outcome run_evaluate_ope(const CommandOptions& options, Terminal& terminal) {
  const OpeReport report =
      TRY(evaluate_ope({.log = options.log, .policies = options.policies, .clip = options.clip}));
  if (options.json) {
    terminal.data(to_json(report));
    return exit_ok;
  }
  terminal.data(fmt::format("{:<20} {:>10} {:>10} {:>10} {:>10} ± {:<9} {:>9} {:>8}", "policy",
                            "IPS", "SNIPS", "DM", "DR", "error", "effective", "clipped"));
  for (const reflect::Reflection& policy : report.policies)
    terminal.data(
        fmt::format("{:<20} {:>10.6f} {:>10.6f} {:>10.6f} {:>10.6f} ± {:<9.6f} {:>9.0f} {:>7.2f}%",
                    policy.policy, policy.ips.value, policy.snips.value, policy.direct.value,
                    policy.doubly_robust.value, policy.doubly_robust.standard_error,
                    policy.effective, policy.clipped_share * 100));
  const auto& winner = report.verdict.winner;
  terminal.data(fmt::format("winner    {}: {}", winner ? report.policies[*winner].policy : "none",
                            report.verdict.why));
  terminal.data(fmt::format(
      "log       {} rows, {} items, {} positions, rewards {:g}, smallest "
      "propensity {:g}",
      report.rows, report.items, report.positions, report.rewards, report.propensity_min));
  terminal.data("protocol  " + report.protocol);
  terminal.data("seed      none: nothing is drawn");
  return exit_ok;
}

Outcome run_evaluate_values(const CommandOptions& options, Terminal& terminal) {
  ValuesQuestion question{
      .data = options.data,
      .options = options.values.options,
      .absent = options.questionnaire.absent,
      .questions = options.values.questions,
      .aside = options.values.aside,
      .folds = options.values.folds,
      .chosen = options.values.choose == "random" ? Chosen::at_random : Chosen::by_model,
      .flip = options.values.flip,
      .seed = options.seed,
      .progress = {}};
  question.progress = [&](size_t fold) { terminal.progress("folds", fold, question.folds); };
  const auto report = evaluate_values(question);
  terminal.end_progress();
  if (!report) return std::unexpected(report.error());
  if (options.json) {
    terminal.data(to_json(*report));
    return exit_ok;
  }
  terminal.data("questions  accuracy on pairs never asked");
  for (size_t i = 0; i < report->after.size(); ++i)
    terminal.data(fmt::format("{:>9}  {:.4f} ± {:.4f}{}", i, report->after[i].accuracy,
                              report->after[i].error,
                              i == 0 ? "   (what most people prefer)" : ""));
  terminal.data(fmt::format("people    {}, of whom {} have enough pairs; {} options; {:.1f} s",
                            report->people, report->asked, report->options, report->seconds));
  terminal.data("file      " + report->form);
  std::string names;  // what was taken for one shows
  for (const std::string& name : report->option_names) names += (names.empty() ? "" : ", ") + name;
  terminal.data("options   " + names);
  for (const ValuesSettings& one : report->settings)
    terminal.data(
        fmt::format("learned   {}, shrunk by {:.2f}, careless {:.2f}, {}",
                    one.by_order ? "from normal scores" : "by EM", one.shrunk, one.careless,
                    one.worth > 0 ? fmt::format("worth {:.0f} alike", one.worth) : "alone"));
  terminal.data("protocol  " + report->protocol);
  terminal.data(fmt::format("seed      {}", report->seed));
  return exit_ok;
}

Outcome run_evaluate_concern(const CommandOptions& options, Terminal& terminal) {
  ConcernQuestion question{.folder = options.data,
                           .train = options.train,
                           .test = options.test,
                           .none = options.none,
                           .seed = options.seed,
                           .progress = {}};
  question.progress = [&](size_t set, size_t sets) { terminal.progress("sets", set, sets); };
  const auto report = evaluate_concern(question);
  terminal.end_progress();
  if (!report) return std::unexpected(report.error());
  if (options.json) {
    terminal.data(to_json(*report));
    return exit_ok;
  }
  for (const ConcernReport::Set& set : report->sets) {
    terminal.data(fmt::format("{}: {} labels, {} messages learned from, {} asked ({})", set.name,
                              set.labels, set.learned, set.asked_rows, set.asked));
    terminal.data(fmt::format("  accuracy  {:.4f}   (the most frequent label: {:.4f})",
                              set.accuracy, set.usual));
    terminal.data(fmt::format("  ECE       {:.4f}", set.calibration));
    terminal.data(fmt::format("  told      {:.4f} of them, of which right {:.4f}", set.answered,
                              set.right_when_answered));
    if (set.asked_of_none > 0)
      terminal.data(fmt::format("  in scope  {:.4f}   out of scope: \"I don't know\" {:.4f} of {}",
                                set.in_scope, set.none_recall, set.asked_of_none));
    terminal.data(fmt::format("  time      learned in {:.1f} s, {:.0f} us a message", set.learn_s,
                              set.hear_us));
  }
  terminal.data("protocol  " + report->protocol);
  terminal.data(fmt::format("seed      {}", report->seed));
  return exit_ok;
}

}  // namespace aizuchi::serve
