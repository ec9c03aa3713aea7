// Promotion against numpy.promote_types and numpy.result_type.

#include "unit/oracle.hpp"

#include <ndfuse/core/dtype.hpp>

using ndfuse::dtype;
using ndfuse::weak_kind;

namespace {
/// The 32-bit defaults: a floating or complex type of 64-bit parts appears only where an operand has 64 bits.
dtype with_32_bit_defaults(dtype numpys, bool wide_operand) {
  if (wide_operand) return numpys;
  return numpys == dtype::float64 ? dtype::float32 : numpys == dtype::complex128 ? dtype::complex64 : numpys;
}
}  // namespace

TEST_CASE("promote is numpy.promote_types") {
  int seen = 0;
  for (std::string const& line : oracle::lines("promotion.txt")) {
    auto const field = oracle::split(line, ' ');
    if (field[0] != "promote") continue;
    ++seen;
    dtype const a = oracle::dtype_named(field[1]), b = oracle::dtype_named(field[2]),
                expected = oracle::dtype_named(field[3]);
    INFO(line);
    CHECK(name(ndfuse::promote(a, b)) == name(expected));
    CHECK(name(ndfuse::result_type(a, b)) == name(with_32_bit_defaults(expected, is_wide(a) || is_wide(b))));
  }
  CHECK(seen == 14 * 14);
}

TEST_CASE("weak scalars promote as Python's do") {
  int seen = 0;
  for (std::string const& line : oracle::lines("promotion.txt")) {
    auto const field = oracle::split(line, ' ');
    if (field[0] != "weak") continue;
    ++seen;
    dtype const a = oracle::dtype_named(field[1]);
    weak_kind const w = field[2] == "int"     ? weak_kind::integer
                        : field[2] == "float" ? weak_kind::floating
                                              : weak_kind::complex;
    dtype expected = with_32_bit_defaults(oracle::dtype_named(field[3]), is_wide(a));
    if (a == dtype::bool_ && w == weak_kind::integer) expected = dtype::int32;  // numpy: int64, its default
    INFO(line);
    CHECK(name(ndfuse::result_type(a, w)) == name(expected));
  }
  CHECK(seen == 14 * 3);
}

TEST_CASE("a boolean scalar changes no type") {
  for (std::size_t k = 0; k < ndfuse::dtype_count; ++k)
    CHECK(ndfuse::result_type(dtype(k), weak_kind::boolean) == dtype(k));
}

TEST_CASE("C++ types and dtypes correspond") {
  CHECK(ndfuse::dtype_of<bool> == dtype::bool_);
  CHECK(ndfuse::dtype_of<char> == (std::is_signed_v<char> ? dtype::int8 : dtype::uint8));
  CHECK(ndfuse::dtype_of<long long> == dtype::int64);
  CHECK(ndfuse::dtype_of<long> == (sizeof(long) == 8 ? dtype::int64 : dtype::int32));
  CHECK(ndfuse::dtype_of<ndfuse::float16> == dtype::float16);
  CHECK(ndfuse::dtype_of<std::complex<double>> == dtype::complex128);
  CHECK_FALSE(ndfuse::element<long double>);
  CHECK_FALSE(ndfuse::element<std::string>);
  auto const check_round_trip = []<std::size_t... K>(std::index_sequence<K...>) {
    return ((ndfuse::dtype_of<ndfuse::cpp_type<dtype(K)>> == dtype(K) &&
             sizeof(ndfuse::cpp_type<dtype(K)>) == size_of(dtype(K))) &&
            ...);
  };
  CHECK(check_round_trip(std::make_index_sequence<ndfuse::dtype_count>{}));
}

TEST_CASE("compute and accumulator types hold their elements") {
  for (std::size_t k = 0; k < ndfuse::dtype_count; ++k) {
    dtype const t = dtype(k);
    INFO(name(t));
    CHECK(ndfuse::promote(t, compute_type(t)) == compute_type(t));
    CHECK(compute_type(compute_type(t)) == compute_type(t));
    CHECK(ndfuse::promote(t, accumulator_type(t)) == accumulator_type(t));
  }
}
