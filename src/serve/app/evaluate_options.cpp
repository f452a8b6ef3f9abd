#include "serve/app/evaluate_options.h"

#include <CLI/CLI.hpp>

namespace aizuchi::serve {

namespace {

void add_files(CLI::App& sub, CommandOptions& o) {
  sub.add_option("--data", o.data, "A folder with the files train… and test… (or valid…)");
  sub.add_option("--train", o.train, "The file that is learned from, instead of --data");
  sub.add_option("--test", o.test, "With --train: the file that is foreseen");
  sub.add_option("--seed", o.seed, "Of what is drawn (1)");
}

void add_training(CLI::App& sub, CommandOptions& o) {
  sub.add_option("--data", o.data, "A folder with a file train… (and valid…), or with one file");
  sub.add_option("--train", o.train, "The file that is learned from, instead of --data");
  sub.add_option("--valid", o.test, "With --train: what the model is chosen on (a slice of it)");
  sub.add_option("--to", o.to, "The file the model is written to");
  sub.add_option("--seed", o.seed, "Of what is drawn (1)");
}

void add_ope(CLI::App& ope, CommandOptions& o) {
  ope.add_option("--log", o.log, "Choices with their probabilities and what came of them");
  ope.add_option("--policy", o.policies,
                 "uniform, greedy, always:ITEM, like:FILE, column:NAME (uniform and greedy)");
  ope.add_option("--clip", o.clip, "Where weights are cut (100)");
}

void add_propensity(CLI::App& propensity, CommandOptions& o) {
  propensity.add_option("--data", o.data, "Rows with an outcome, or a folder of mailings");
  propensity.add_option("--outcome", o.propensity.outcome, "The column that tells it");
  propensity.add_option("--since", o.propensity.since, "Newer rows begin here (last 30 %)");
  propensity.add_flag("--no-people", o.propensity.no_people, "Without who people are");
}

void add_values(CLI::App& values, CommandOptions& o) {
  auto& v = o.values;
  values.add_option("--data", o.data, "A file of people and what they prefer");
  values.add_option("--options", v.options, "The columns that are options, a,b,c (all but who)")
      ->delimiter(',');
  values
      .add_option("--absent", o.questionnaire.absent,
                  "What stands where nothing is known, -1,99 (nothing)")
      ->delimiter(',');
  values.add_option("--questions", v.questions, "Asked of each person (5)")
      ->check(CLI::Range(0, 100));
  values.add_option("--choose", v.choose, "Who chooses them: model or random (model)")
      ->check(CLI::IsMember({"model", "random"}));
  values.add_option("--flip", v.flip, "Share of answers that are turned round (0)")
      ->check(CLI::Range(0.0, 0.5));
  values.add_option("--aside", v.aside, "Pairs of each person that are never asked (15)")
      ->check(CLI::Range(1, 1000));
  values.add_option("--folds", v.folds, "Parts of the people, each learned without (5)")
      ->check(CLI::Range(2, 20));
  values.add_option("--seed", o.seed, "Of what is drawn (1)");
}

void add_questionnaire(CLI::App& sub, CommandOptions& o) {
  auto& q = o.questionnaire;
  sub.add_option("--data", o.data, "A file of people and their answers, an item a column");
  sub.add_option("--items", q.items, "The columns that are items, a,b,c (those that hold grades)")
      ->delimiter(',');
  sub.add_option("--scales", q.scales,
                 "A file of item, scale, key (+ or -), where names do not tell");
  sub.add_option("--absent", q.absent, "What stands where nothing was answered, 0,-1 (nothing)")
      ->delimiter(',');
  sub.add_option("--questions", q.questions, "Items asked of each person (10)")
      ->check(CLI::Range(1, 400));
  sub.add_option("--choose", o.values.choose, "Who chooses them: model or random (model)")
      ->check(CLI::IsMember({"model", "random"}));
  sub.add_option("--folds", o.values.folds, "Parts of the people, each learned without (5)")
      ->check(CLI::Range(2, 20));
  sub.add_option("--seed", o.seed, "Of what is drawn (1)");
}

void add_uplift(CLI::App& uplift, CommandOptions& o) {
  uplift.add_option("--data", o.data, "Rows of a trial: a file, or a folder with one table");
  uplift.add_option("--outcome", o.uplift.outcome, "The column that tells what came (visit …)");
  uplift.add_option("--arm", o.uplift.arm, "The column that tells which arm it was (segment …)");
  uplift.add_option("--control", o.uplift.control, "The arm that was left alone (control …)");
  uplift
      .add_option("--without", o.uplift.without,
                  "Columns that came later, a,b,c (none but outcomes by their usual names)")
      ->delimiter(',');
  uplift.add_option("--seed", o.seed, "Of the folds (1)");
}

}  // namespace

void add_evaluate_options(CLI::App& command, CommandOptions& options) {
  if (command.get_parent()->get_name() == "train") return add_training(command, options);
  const std::string name = command.get_name();
  if (name == "ope") return add_ope(command, options);
  if (name == "propensity") return add_propensity(command, options);
  if (name == "uplift") return add_uplift(command, options);
  if (name == "values") return add_values(command, options);
  if (name == "questionnaire") return add_questionnaire(command, options);
  add_files(command, options);
  if (name == "concern")
    command.add_option("--none", options.none, "The label of messages of none of the others (oos)");
}

void add_recommend_options(CLI::App& recommend, CommandOptions& o) {
  recommend.add_option("--model", o.file, "A file that `aizuchi train` made");
  recommend.add_option("--for", o.names,
                       "The items somebody had, a,b,c; of a visit the newest last");
  recommend.add_option("--top", o.top, "How many (10)")->check(CLI::Range(1, 1000));
}

}  // namespace aizuchi::serve
