#pragma once
/// @file Element types: their names, sizes, C++ types, and NumPy's promotion rules (NEP 50).

#include <ndfuse/core/half.hpp>

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace ndfuse {

/// The element types, named as NumPy names them.
enum class dtype : std::uint8_t {
  bool_,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float16,
  float32,
  float64,
  complex64,
  complex128,
};

inline constexpr std::size_t dtype_count = 14;

/// The kinds of element types, in the order in which promotion climbs.
enum class dtype_kind : std::uint8_t { boolean, signed_integer, unsigned_integer, floating, complex };

namespace detail {
struct dtype_info {
  std::string_view name;
  dtype_kind kind;
  std::uint8_t size;  // bytes of one element in host memory
};
inline constexpr dtype_info dtype_table[dtype_count] = {
    {"bool", dtype_kind::boolean, 1},
    {"int8", dtype_kind::signed_integer, 1},
    {"int16", dtype_kind::signed_integer, 2},
    {"int32", dtype_kind::signed_integer, 4},
    {"int64", dtype_kind::signed_integer, 8},
    {"uint8", dtype_kind::unsigned_integer, 1},
    {"uint16", dtype_kind::unsigned_integer, 2},
    {"uint32", dtype_kind::unsigned_integer, 4},
    {"uint64", dtype_kind::unsigned_integer, 8},
    {"float16", dtype_kind::floating, 2},
    {"float32", dtype_kind::floating, 4},
    {"float64", dtype_kind::floating, 8},
    {"complex64", dtype_kind::complex, 8},
    {"complex128", dtype_kind::complex, 16},
};
}  // namespace detail

/// NumPy's name of `t`, for example "float32".
constexpr std::string_view name(dtype t) { return detail::dtype_table[std::size_t(t)].name; }
/// Bytes of one element in host memory.
constexpr std::size_t size_of(dtype t) { return detail::dtype_table[std::size_t(t)].size; }
constexpr dtype_kind kind(dtype t) { return detail::dtype_table[std::size_t(t)].kind; }

constexpr bool is_bool(dtype t) { return t == dtype::bool_; }
constexpr bool is_signed_integer(dtype t) { return kind(t) == dtype_kind::signed_integer; }
constexpr bool is_unsigned_integer(dtype t) { return kind(t) == dtype_kind::unsigned_integer; }
constexpr bool is_integer(dtype t) { return is_signed_integer(t) || is_unsigned_integer(t); }
constexpr bool is_floating(dtype t) { return kind(t) == dtype_kind::floating; }
constexpr bool is_complex(dtype t) { return kind(t) == dtype_kind::complex; }

/// True for the types that need 64-bit arithmetic, which GPUs in browsers lack: such arrays live on the CPU device.
constexpr bool is_wide(dtype t) {
  return t == dtype::int64 || t == dtype::uint64 || t == dtype::float64 || t == dtype::complex128;
}

/// The C++ type of each dtype and back.
namespace detail {
template <dtype T> struct cpp_type;
template <> struct cpp_type<dtype::bool_> {
  using type = bool;
};
template <> struct cpp_type<dtype::int8> {
  using type = std::int8_t;
};
template <> struct cpp_type<dtype::int16> {
  using type = std::int16_t;
};
template <> struct cpp_type<dtype::int32> {
  using type = std::int32_t;
};
template <> struct cpp_type<dtype::int64> {
  using type = std::int64_t;
};
template <> struct cpp_type<dtype::uint8> {
  using type = std::uint8_t;
};
template <> struct cpp_type<dtype::uint16> {
  using type = std::uint16_t;
};
template <> struct cpp_type<dtype::uint32> {
  using type = std::uint32_t;
};
template <> struct cpp_type<dtype::uint64> {
  using type = std::uint64_t;
};
template <> struct cpp_type<dtype::float16> {
  using type = ndfuse::float16;
};
template <> struct cpp_type<dtype::float32> {
  using type = float;
};
template <> struct cpp_type<dtype::float64> {
  using type = double;
};
template <> struct cpp_type<dtype::complex64> {
  using type = std::complex<float>;
};
template <> struct cpp_type<dtype::complex128> {
  using type = std::complex<double>;
};

template <class T> inline constexpr bool is_element = false;
template <> inline constexpr bool is_element<bool> = true;
template <> inline constexpr bool is_element<ndfuse::float16> = true;
template <> inline constexpr bool is_element<float> = true;
template <> inline constexpr bool is_element<double> = true;
template <> inline constexpr bool is_element<std::complex<float>> = true;
template <> inline constexpr bool is_element<std::complex<double>> = true;
template <class T>
  requires(std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8)
inline constexpr bool is_element<T> = true;

template <class T> consteval dtype find_dtype() {
  if constexpr (std::same_as<T, bool>) return dtype::bool_;
  else if constexpr (std::same_as<T, ndfuse::float16>) return dtype::float16;
  else if constexpr (std::same_as<T, float>) return dtype::float32;
  else if constexpr (std::same_as<T, double>) return dtype::float64;
  else if constexpr (std::same_as<T, std::complex<float>>) return dtype::complex64;
  else if constexpr (std::same_as<T, std::complex<double>>) return dtype::complex128;
  else if constexpr (std::signed_integral<T>)
    return sizeof(T) == 1 ? dtype::int8 : sizeof(T) == 2 ? dtype::int16 : sizeof(T) == 4 ? dtype::int32 : dtype::int64;
  else
    return sizeof(T) == 1   ? dtype::uint8
           : sizeof(T) == 2 ? dtype::uint16
           : sizeof(T) == 4 ? dtype::uint32
                            : dtype::uint64;
}
}  // namespace detail

template <dtype T> using cpp_type = typename detail::cpp_type<T>::type;

/// A C++ type that can be an array's element.
template <class T>
concept element = detail::is_element<T>;

/// The dtype of a C++ element type; every integral type counts by its size and signedness.
template <element T> inline constexpr dtype dtype_of = detail::find_dtype<T>();

/// The 32-bit defaults: what `arange(3)`, `zeros(3)`, `dtype=int` and `dtype=float` mean.
inline constexpr dtype default_int = dtype::int32;
inline constexpr dtype default_float = dtype::float32;
inline constexpr dtype default_complex = dtype::complex64;

namespace detail {
constexpr dtype signed_of_size(std::size_t bytes) {
  return bytes == 1 ? dtype::int8 : bytes == 2 ? dtype::int16 : bytes == 4 ? dtype::int32 : dtype::int64;
}
/// The floating type to which an integer or boolean of this size promotes when it meets a half.
constexpr dtype floating_for_integer(dtype t) {
  return is_bool(t) || size_of(t) == 1 ? dtype::float16 : size_of(t) == 2 ? dtype::float32 : dtype::float64;
}
constexpr dtype wider_floating(dtype a, dtype b) { return size_of(a) >= size_of(b) ? a : b; }
}  // namespace detail

/// The type of two arrays together by NumPy's table (NEP 50): numpy.promote_types(a, b), exactly.
constexpr dtype promote(dtype a, dtype b) {
  if (a == b) return a;
  if (kind(a) > kind(b)) {
    dtype const t = a;
    a = b;
    b = t;
  }
  if (is_bool(a)) return b;
  if (is_complex(b)) {
    if (is_complex(a)) return dtype::complex128;
    dtype const real = is_floating(a) ? a : detail::floating_for_integer(a);
    return size_of(real) == 8 ? dtype::complex128 : b;
  }
  if (is_floating(b)) return detail::wider_floating(is_floating(a) ? a : detail::floating_for_integer(a), b);
  if (kind(a) == kind(b)) return size_of(a) > size_of(b) ? a : b;
  // a is signed, b unsigned
  if (size_of(b) < size_of(a)) return a;
  return size_of(b) == 8 ? dtype::float64 : detail::signed_of_size(2 * size_of(b));
}

/// The type of an operation on two arrays. It is promote(a, b), with one difference that the 32-bit defaults ask for: a
/// 32-bit integer with a float16, float32 or complex64 gives float32 or complex64, where NumPy would go to 64 bits that
/// no operand has. (int32 with uint32 stays int64 as in NumPy: no 32-bit type holds both.)
constexpr dtype result_type(dtype a, dtype b) {
  dtype const t = promote(a, b);
  if (is_wide(a) || is_wide(b)) return t;
  if (t == dtype::float64) return dtype::float32;
  if (t == dtype::complex128) return dtype::complex64;
  return t;
}

/// The floating (or complex) type in which `exp`, `sqrt`, ... compute an operand of type `t`: NumPy's rule with 32-bit
/// defaults.
constexpr dtype floating_type(dtype t) {
  if (is_floating(t) || is_complex(t)) return t;
  dtype const f = detail::floating_for_integer(t);
  return f == dtype::float64 && !is_wide(t) ? default_float : f;
}

/// Python's (and C++'s) plain scalars are weak: they take the array's type unless their kind is higher.
enum class weak_kind : std::uint8_t { none, boolean, integer, floating, complex };

/// The type of an array of type `t` with a weak scalar of kind `w` (NEP 50, with 32-bit defaults).
constexpr dtype result_type(dtype t, weak_kind w) {
  switch (w) {
    case weak_kind::none:
    case weak_kind::boolean: return t;
    case weak_kind::integer: return is_bool(t) ? default_int : t;
    case weak_kind::floating:
      if (is_floating(t) || is_complex(t)) return t;
      return is_wide(t) ? dtype::float64 : default_float;
    case weak_kind::complex:
      if (is_complex(t)) return t;
      return is_wide(t) ? dtype::complex128 : default_complex;
  }
  return t;
}

/// The type that a weak scalar has alone: the default of its kind.
constexpr dtype default_type(weak_kind w) {
  switch (w) {
    case weak_kind::none:
    case weak_kind::boolean: return dtype::bool_;
    case weak_kind::integer: return default_int;
    case weak_kind::floating: return default_float;
    case weak_kind::complex: return default_complex;
  }
  return dtype::bool_;
}

/// The weak kind of a plain C++ scalar type.
template <class T>
inline constexpr weak_kind weak_kind_of =
    std::same_as<T, bool>                                                           ? weak_kind::boolean
    : std::integral<T>                                                              ? weak_kind::integer
    : std::floating_point<T>                                                        ? weak_kind::floating
    : std::same_as<T, float16>                                                      ? weak_kind::floating
    : std::same_as<T, std::complex<float>> || std::same_as<T, std::complex<double>> ? weak_kind::complex
                                                                                    : weak_kind::none;

/// The type in which elements of type `t` are computed: narrow integers in 32 bits, halves in float32.
constexpr dtype compute_type(dtype t) {
  switch (t) {
    case dtype::int8:
    case dtype::int16: return dtype::int32;
    case dtype::uint8:
    case dtype::uint16: return dtype::uint32;
    case dtype::float16: return dtype::float32;
    default: return t;
  }
}

/// The type in which a sum or product of elements of type `t` accumulates (numpy.sum's rule with 32-bit defaults).
constexpr dtype accumulator_type(dtype t) {
  if (is_bool(t)) return default_int;
  if (is_signed_integer(t) && size_of(t) < 4) return dtype::int32;
  if (is_unsigned_integer(t) && size_of(t) < 4) return dtype::uint32;
  return t;
}

}  // namespace ndfuse
