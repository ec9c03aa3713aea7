#pragma once

// Devices for sweep.hpp that need no hardware: the definitions on C++ floats, and on a model of a careless GPU.

#include "strained.hpp"
#include "sweep.hpp"

#include <ndfuse/ir/numerics.hpp>

#include <cstddef>

namespace numerics_test {

// X(name, number of operands): the functions of table.hpp
// clang-format off
#define NUMERICS_TEST_FUNCTIONS(X)                                                                                   \
  X(exp, 1) X(exp2, 1) X(expm1, 1) X(log, 1) X(log2, 1) X(log10, 1) X(log1p, 1) X(sin, 1) X(cos, 1) X(tan, 1)          \
  X(asin, 1) X(acos, 1) X(atan, 1) X(sinh, 1) X(cosh, 1) X(tanh, 1) X(asinh, 1) X(acosh, 1) X(atanh, 1) X(erf, 1)      \
  X(erfc, 1) X(cbrt, 1) X(sqrt, 1) X(rsqrt, 1) X(reciprocal, 1) X(square, 1) X(deg2rad, 1) X(rad2deg, 1) X(floor, 1)   \
  X(ceil, 1) X(trunc, 1) X(rint, 1) X(sign, 1) X(absolute, 1) X(round_to_half, 1) X(isnan, 1) X(isinf, 1)              \
  X(isfinite, 1) X(signbit, 1)                                                                                         \
  X(divide, 2) X(power, 2) X(atan2, 2) X(hypot, 2) X(logaddexp, 2) X(fmod, 2) X(remainder, 2) X(floor_divide, 2)       \
  X(copysign, 2) X(heaviside, 2) X(minimum, 2) X(maximum, 2) X(fmin, 2) X(fmax, 2)
// clang-format on

inline float plain(float x) { return x; }
inline float plain(bool x) { return x ? 1.0f : 0.0f; }
template <class T>
float plain(strained<T> x) {
  return plain(x.value);
}

/// All functions, computed with values of type V.
template <class V>
bool compute_with(std::string_view function, std::span<const float> x, std::span<const float> y,
                  std::span<float> result) {
  namespace numerics = ndfuse::ir::numerics;
#define NUMERICS_TEST_CALL_1(name) numerics::name(V(x[i]))
#define NUMERICS_TEST_CALL_2(name) numerics::name(V(x[i]), V(y[i]))
#define NUMERICS_TEST_COMPUTE(name, operands)                                                               \
  if (function == #name) {                                                                                  \
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = plain(NUMERICS_TEST_CALL_##operands(name)); \
    return true;                                                                                            \
  }
  NUMERICS_TEST_FUNCTIONS(NUMERICS_TEST_COMPUTE)
#undef NUMERICS_TEST_COMPUTE
#undef NUMERICS_TEST_CALL_1
#undef NUMERICS_TEST_CALL_2
  return false;
}

inline device cpu_device() { return {"cpu", compute_with<float>}; }

/// The worst that WGSL's accuracy table allows, see strained.hpp; fused says whether a*b + c is contracted.
inline device model_device(bool fused) {
  return {
      fused ? "model, fused" : "model, not fused",
      [fused](std::string_view function, std::span<const float> x, std::span<const float> y, std::span<float> result) {
        strained_fuses = fused;
        return compute_with<strained<float>>(function, x, y, result);
      },
      true};
}

}  // namespace numerics_test
