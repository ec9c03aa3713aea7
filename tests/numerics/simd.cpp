// To compile is to pass: with -O2 -Werror clang refuses a loop here that it cannot turn into SIMD.

#include <ndfuse/ir/numerics.hpp>

#include <cstdint>

namespace numerics = ndfuse::ir::numerics;

#define NUMERICS_TEST_UNARY(name, type)                                                                          \
  void name##_##type(type const* __restrict x, type* __restrict result) {                                        \
    _Pragma("clang loop vectorize(enable)") for (int i = 0; i < 1024; ++i) { result[i] = numerics::name(x[i]); } \
  }
#define NUMERICS_TEST_BINARY(name, type)                                                                               \
  void name##_##type(type const* __restrict x, type const* __restrict y, type* __restrict result) {                    \
    _Pragma("clang loop vectorize(enable)") for (int i = 0; i < 1024; ++i) { result[i] = numerics::name(x[i], y[i]); } \
  }
#define FLOATS_1(name) NUMERICS_TEST_UNARY(name, float)
#define FLOATS_2(name) NUMERICS_TEST_BINARY(name, float)
#define INTEGERS_1(name) NUMERICS_TEST_UNARY(name, int32) NUMERICS_TEST_UNARY(name, uint32)
#define INTEGERS_2(name) NUMERICS_TEST_BINARY(name, int32) NUMERICS_TEST_BINARY(name, uint32)

namespace simd {

using int32 = std::int32_t;
using uint32 = std::uint32_t;

FLOATS_1(exp)
FLOATS_1(exp2)
FLOATS_1(expm1)
FLOATS_1(log)
FLOATS_1(log2)
FLOATS_1(log10)
FLOATS_1(log1p)
FLOATS_1(sin)
FLOATS_1(cos)
FLOATS_1(tan)
FLOATS_1(asin)
FLOATS_1(acos)
FLOATS_1(atan)
FLOATS_1(sinh)
FLOATS_1(cosh)
FLOATS_1(tanh)
FLOATS_1(asinh)
FLOATS_1(acosh)
FLOATS_1(atanh)
FLOATS_1(erf)
FLOATS_1(erfc)
FLOATS_1(cbrt)
FLOATS_1(sqrt)
FLOATS_1(rsqrt)
FLOATS_1(floor)
FLOATS_1(ceil)
FLOATS_1(trunc)
FLOATS_1(rint)
FLOATS_1(sign)
FLOATS_1(absolute)
FLOATS_1(round_to_half)
FLOATS_2(divide)
FLOATS_2(power)
FLOATS_2(atan2)
FLOATS_2(hypot)
FLOATS_2(logaddexp)
FLOATS_2(fmod)
FLOATS_2(remainder)
FLOATS_2(floor_divide)
FLOATS_2(copysign)
FLOATS_2(heaviside)
FLOATS_2(minimum)
FLOATS_2(maximum)
FLOATS_2(fmin)
FLOATS_2(fmax)
INTEGERS_1(sign)
INTEGERS_1(absolute)
INTEGERS_1(square)
INTEGERS_2(power)
INTEGERS_2(left_shift)
INTEGERS_2(right_shift)
INTEGERS_2(minimum)
INTEGERS_2(maximum)

}  // namespace simd
