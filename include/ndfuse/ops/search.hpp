#pragma once
/// @file Binary search in sorted arrays, as instructions of a kernel's body.

#include <ndfuse/core/shape.hpp>
#include <ndfuse/ir/builder.hpp>

#include <bit>

namespace ndfuse::ops {

namespace detail {

/// True for NaN, by bits where a GPU may take part.
constexpr ir::value build_isnan(ir::builder& b, ir::value v) {
  using ir::opcode;
  if (b.type_of(v).type == dtype::float64) return b.apply(opcode::isnan, v);
  ir::value const bits{b.push({opcode::bit_cast, dtype::uint32, v.id})};
  return b.apply(opcode::greater, b.apply(opcode::bitwise_and, bits, b.constant(0x7fffffff, dtype::uint32)),
                 b.constant(0x7f800000, dtype::uint32));
}

}  // namespace detail

/// The order in which sorting puts elements: NaN after everything else, false before true; complex numbers by their
/// real parts, then by their imaginary ones.
constexpr ir::value build_sorts_before(ir::builder& b, ir::value x, ir::value y) {
  using ir::opcode;
  x = b.cast(x, compute_type(b.type_of(x).type));
  y = b.cast(y, compute_type(b.type_of(y).type));
  auto const nan = [&](ir::value v) { return detail::build_isnan(b, v); };
  auto const no = [&](ir::value v) { return b.apply(opcode::logical_not, v); };
  auto const both = [&](ir::value v, ir::value w) { return b.apply(opcode::logical_and, v, w); };
  auto const either = [&](ir::value v, ir::value w) { return b.apply(opcode::logical_or, v, w); };
  auto const before = [&](ir::value p, ir::value q) {
    ir::value const less = b.apply(opcode::less, p, q);
    if (!is_floating(b.type_of(p).type)) return less;
    return both(no(nan(p)), either(less, nan(q)));
  };
  if (!is_complex(b.type_of(x).type)) return before(x, y);
  // NumPy: whatever has a NaN goes last, those whose real part is NaN after the others.
  ir::value const p = b.apply(opcode::real, x), q = b.apply(opcode::real, y), r = b.apply(opcode::imag, x),
                  s = b.apply(opcode::imag, y);
  ir::value const same = either(b.apply(opcode::equal, p, q), both(nan(p), nan(q)));
  ir::value const x_nan = either(nan(p), nan(r)), y_nan = either(nan(q), nan(s));
  return either(both(no(x_nan), y_nan),
                both(b.apply(opcode::equal, x_nan, y_nan), either(before(p, q), both(same, before(r, s)))));
}

/// How many elements of the sorted array `sorted`, which has `count` of them (int32, at most `most`), go before `v`
/// (`right`: before or beside it): int32, as numpy.searchsorted. `v` has the array's type. Reads about log2(most)
/// elements.
constexpr ir::value build_search(ir::builder& b, ir::value sorted, ir::value count, index most, ir::value v,
                                 bool right) {
  using ir::opcode;
  auto const whole = [&](index k) { return b.constant(ir::scalar_value(std::int64_t(k)), dtype::int32); };
  ndfuse::detail::list<ir::value> bounds;
  bounds.push_back(whole(0));
  bounds.push_back(count);
  bounds = b.begin_loop(whole(std::bit_width(std::uint64_t(most))), bounds);
  ir::value const low = bounds[0], high = bounds[1];
  ir::value const open = b.apply(opcode::less, low, high);
  ir::value const width = b.apply(opcode::subtract, high, low);
  ir::value const half{
      b.push({opcode::shift_right_raw, dtype::int32, width.id, b.push({opcode::constant, dtype::uint32, 0, 0, 0, 1})})};
  ir::value const middle = b.apply(opcode::add, low, half);
  ir::value const at = b.fetch(sorted, middle);
  ir::value const goes_right =
      right ? b.apply(opcode::logical_not, build_sorts_before(b, v, at)) : build_sorts_before(b, at, v);
  ir::value const up = b.apply(opcode::logical_and, open, goes_right);
  ir::value const down = b.apply(opcode::logical_and, open, b.apply(opcode::logical_not, goes_right));
  ndfuse::detail::list<ir::value> next;
  next.push_back(b.apply(opcode::where, up, b.apply(opcode::add, middle, whole(1)), low));
  next.push_back(b.apply(opcode::where, down, middle, high));
  return b.end_loop(next)[0];
}
/// The same where the count is part of the kernel.
constexpr ir::value build_search(ir::builder& b, ir::value sorted, index count, ir::value v, bool right) {
  return build_search(b, sorted, b.constant(ir::scalar_value(std::int64_t(count)), dtype::int32), count, v, right);
}

}  // namespace ndfuse::ops
