// x of a·x = b by Cholesky's decomposition, for the few dozen columns that a table of outcomes has.
#pragma once

#include <vector>

namespace aizuchi::serve {

// a: positive definite, b.size() by b.size(), row by row; its lower triangle is read, and spent.
// Where it is singular by rounding its pivots are held at 1e-12. Cost: n³/6.
std::vector<double> solve(std::vector<double>& a, std::vector<double> b);

}  // namespace aizuchi::serve
