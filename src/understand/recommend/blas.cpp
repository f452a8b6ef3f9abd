// The one source that knows OpenBLAS.
#include "understand/recommend/blas.h"

#include <cblas.h>

extern "C" {
// LAPACK, by its Fortran names: column by column, which for symmetric matrices is the other half.
void spotrf_(const char* uplo, const int* n, float* a, const int* lda, int* info);
void spotri_(const char* uplo, const int* n, float* a, const int* lda, int* info);
void spotrs_(const char* uplo, const int* n, const int* nrhs, const float* a, const int* lda,
             float* b, const int* ldb, int* info);
}

namespace aizuchi::understand {

namespace {

void mirror(float* matrix, size_t n) {
  constexpr size_t tile = 64;  // of the transposed side, so that a page is not left for each value
  for (size_t i0 = 0; i0 < n; i0 += tile)
    for (size_t j0 = i0; j0 < n; j0 += tile)
      for (size_t i = i0; i < i0 + tile && i < n; ++i)
        for (size_t j = j0 > i ? j0 : i + 1; j < j0 + tile && j < n; ++j)
          matrix[i * n + j] = matrix[j * n + i];
}

}  // namespace

bool invert(float* matrix, size_t n) {
  const int size = static_cast<int>(n);
  int info = 0;
  spotrf_("U", &size, matrix, &size, &info);
  if (info != 0) return false;
  spotri_("U", &size, matrix, &size, &info);
  if (info != 0) return false;
  mirror(matrix, n);  // the upper half of columns is the lower half of rows
  return true;
}

bool solve(float* a, float* b, size_t n) {
  const int size = static_cast<int>(n), one = 1;
  int info = 0;
  spotrf_("U", &size, a, &size, &info);
  if (info != 0) return false;
  spotrs_("U", &size, &one, a, &size, b, &size, &info);
  return info == 0;
}

void add_gram(const float* rows, size_t count, size_t n, float scale, float* out) {
  if (count == 0) return;
  cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, static_cast<int>(n), static_cast<int>(count),
              scale, rows, static_cast<int>(n), 1.0F, out, static_cast<int>(n));
  mirror(out, n);
}

void times_transposed(const float* a, size_t a_rows, const float* b, size_t b_rows, size_t n,
                      float* out) {
  if (a_rows == 0 || b_rows == 0) return;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(a_rows),
              static_cast<int>(b_rows), static_cast<int>(n), 1.0F, a, static_cast<int>(n), b,
              static_cast<int>(n), 0.0F, out, static_cast<int>(b_rows));
}

}  // namespace aizuchi::understand
