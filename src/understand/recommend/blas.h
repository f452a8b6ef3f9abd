// The few operations of linear algebra that the models need, on dense row-major matrices of floats.
// One library behind one source (ADR: linear algebra by OpenBLAS). Threads: as many as call it.
#pragma once

#include <cstddef>

namespace aizuchi::understand {

// The inverse of a symmetric positive definite n × n matrix in place, both halves; false when it is
// none.
bool invert(float* matrix, size_t n);
// Solves A x = b for a symmetric positive definite A, which is destroyed; x takes b's place. False
// when it is none.
bool solve(float* a, float* b, size_t n);
// out += scale · RᵀR of `rows` rows of n; both halves.
void add_gram(const float* rows, size_t count, size_t n, float scale, float* out);
// out = A Bᵀ: A is a × n, B is b × n, out is a × b.
void times_transposed(const float* a, size_t a_rows, const float* b, size_t b_rows, size_t n,
                      float* out);

}  // namespace aizuchi::understand
