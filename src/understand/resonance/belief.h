// What is believed of things nobody can see, such as how dear each value is to a person: a normal
// distribution over all of them, because what is learned of one says something of the others.
// Only differences mean something: adding the same to every mean changes no choice.
//
// Threads: plain values and pure functions. Cost: n² numbers; factor and inverse n³/3 and n³.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace aizuchi::understand {

struct Belief {
  std::vector<double> mean;
  std::vector<double> covariance;  // row by row, symmetric

  size_t size() const { return mean.size(); }
  double& at(size_t i, size_t j) { return covariance[i * size() + j]; }
  double at(size_t i, size_t j) const { return covariance[i * size() + j]; }
  // Of the difference between a and b.
  double lead(size_t a, size_t b) const { return mean[a] - mean[b]; }
  double lead_variance(size_t a, size_t b) const { return at(a, a) + at(b, b) - 2 * at(a, b); }
};

// Nothing known: mean 0, no relation between them.
Belief nothing_known(size_t size, double sd);

// L with L·Lᵀ = the matrix, zeros above the diagonal; false when it is not positive definite.
bool factor(std::span<const double> matrix, size_t n, std::vector<double>& lower);
// x with L·Lᵀ·x = b, in place of b.
void solve(std::span<const double> lower, size_t n, std::span<double> b);
// Of a positive definite matrix; what is not is a bug.
std::vector<double> inverse(std::span<const double> matrix, size_t n);

// Fixed points that stand for the standard normal distribution in at most twelve dimensions:
// a Kronecker lattice of square roots of primes through its inverse distribution function, each
// with its mirror image. The same ones every time, so that what is computed with them is a function
// of its input.
constexpr size_t normal_points = 1024;
constexpr size_t normal_size_max = 12;
// normal_points rows of normal_size_max numbers.
std::span<const double> standard_normal_points();

double normal_density(double z);
double normal_below(double z);          // P(Z ≤ z)
double normal_below_inverse(double p);  // to 1e-9

}  // namespace aizuchi::understand
