#pragma once
/// @file The value of every operation on the CPU: the last column of the opcode table, over C++ scalars. float32 goes
/// through numerics.hpp, other types through wide.hpp, random numbers through random.hpp.

#include <ndfuse/ir/random.hpp>
#include <ndfuse/ir/wide.hpp>

#include <complex>
#include <concepts>
#include <limits>
#include <type_traits>

namespace ndfuse::ir {

/// The value of `Op` for operands of C++ types that the table allows.
template <opcode Op> struct op_value;
#define NDFUSE_VALUE(name, arity, rule_name, kinds, wgsl, glsl, expression)                         \
  template <> struct op_value<opcode::name> {                                                       \
    template <class A, class B, class C>                                                            \
    static constexpr auto apply([[maybe_unused]] A a, [[maybe_unused]] B b, [[maybe_unused]] C c) { \
      return expression;                                                                            \
    }                                                                                               \
  };
NDFUSE_OPCODES(NDFUSE_VALUE)
#undef NDFUSE_VALUE

/// Conversion between compute types; what NumPy leaves undefined (floats beyond the integer's range) saturates, NaN
/// gives 0.
template <class To, class From> constexpr To convert(From v) {
  if constexpr (std::same_as<To, From>) return v;
  else if constexpr (complex_value<From>) {
    if constexpr (std::same_as<To, bool>) return v.real() != 0 || v.imag() != 0;
    else if constexpr (complex_value<To>) return To(v);
    else return convert<To>(v.real());
  } else if constexpr (complex_value<To>) return To(convert<typename To::value_type>(v));
  else if constexpr (std::same_as<To, bool>) return v != From(0);
  else if constexpr (std::floating_point<From> && std::integral<To>) {
    if (!(v == v)) return 0;
    if constexpr (std::same_as<To, std::uint32_t> || std::same_as<To, std::uint64_t>) {
      if (v < From(0)) return To(convert<std::make_signed_t<To>>(v));
    }
    // The limits as floats: the lowest value is a power of two or zero, hence exact; one past the highest is, too.
    constexpr From low = From(std::numeric_limits<To>::lowest());
    constexpr From past = From(To(1) << (std::numeric_limits<To>::digits - 1)) * From(2);
    if (v <= low) return std::numeric_limits<To>::lowest();
    if (v >= past) return std::numeric_limits<To>::max();
    return To(v);
  } else return To(v);
}

/// Rounds or wraps a compute value to what storage type `t` can hold.
template <dtype T, class V> constexpr V narrow(V v) {
  if constexpr (T == dtype::float16) return float(float16(v));
  else if constexpr (T != compute_type(T)) return V(cpp_type<T>(v));
  else return v;
}

/// The value of a cast instruction: `v` as an element of type `T`, in the compute type of `T`.
template <dtype T, class From> constexpr cpp_type<compute_type(T)> cast_value(From v) {
  if constexpr (T == dtype::float16 && std::same_as<From, std::complex<double>>) {
    return cast_value<T>(v.real());
  } else if constexpr (T == dtype::float16 && std::same_as<From, double>) {
    return float(float16(v));  // rounds once, not twice
  } else {
    return narrow<T>(convert<cpp_type<compute_type(T)>>(v));
  }
}

}  // namespace ndfuse::ir
