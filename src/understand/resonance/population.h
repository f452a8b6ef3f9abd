// What is usual: the mean of a population and how its values go together, learned from the answers
// of those who allowed it, by EM (empirical Bayes: Dempster, Laird, Rubin 1977). Whoever likes this
// often likes that too, so one answer says something of what was never asked.
//
// Promises: a handful of people cannot make a population: the prior counts as `worth` people, so
// with few it stays what it was; a person who is left out was never in it (it is learned anew).
// Threads: pure functions. Cost: rounds × people × one posterior.
#pragma once

#include <functional>

#include "understand/resonance/value_model.h"

namespace aizuchi::understand {

struct PopulationSettings {
  Belief prior;       // before anybody answered
  double worth = 20;  // the prior counts as so many people
  int rounds = 30;
};

// What is believed of one person under what is usual.
using Believe = std::function<Belief(size_t person, const Belief& usual)>;
// What is usual after one more round over all.
Belief population_round(size_t people, const Believe& believe, const Belief& usual,
                        const PopulationSettings& settings);

// From the answers of each person about `prior.size()` axes.
Belief learn_population(std::span<const std::vector<ValueAnswer>> people,
                        const PopulationSettings& settings, double careless = careless_share);

}  // namespace aizuchi::understand
