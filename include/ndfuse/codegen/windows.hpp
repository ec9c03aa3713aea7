#pragma once
/// @file Windows over an array as an operand of a product. Column n of the operand is a position of the window, row k a
/// place inside it; the matrix, which holds each element of the array many times, is never stored (an "implicit"
/// im2col). Convolution and both its gradients are products with such operands.

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/codegen/sink.hpp>
#include <ndfuse/core/shape.hpp>

#include <cstdint>

namespace ndfuse::codegen {

inline constexpr unsigned max_window_axes = 3;

/// An axis along which windows move: position i of the window and place j inside it meet element
/// (i * n_step + j * k_step - before) / gap of the array, or 0 where that is no whole number or not in [0, extent).
struct window_axis {
  index n = 1, k = 1;  // how many positions and places
  index n_step = 1, k_step = 1, before = 0;
  index extent = 1, gap = 1, stride = 0;  // of the array

  /// A multiple of the gap that makes positions and places, each alone, positive.
  constexpr index lift() const {
    index const back = (before > 0 ? before : 0) + (k - 1) * (k_step < 0 ? -k_step : k_step);
    return (back + gap - 1) / gap * gap;
  }
};

/// Writes the functions that address windows over `axes` axes, the last fastest in n and in k; what is left of n and k
/// counts along axes that windows hold whole, with strides p.b_n and p.b_k:
/// - column_of(n) and row_of(k), the halves of an address, of which one is computed once, the other once a step;
/// - inside(column, row): whether there is an element (in GLSL 0 or 1), and number_of(column, row): its number.
/// Integers are unsigned and wrap, so that what is negative is beyond the extent. Without gaps an element's number is
/// the sum of the halves' numbers. With `gaps` both halves are divided by the gap: their sum is whole where the
/// remainders add up to 0, or to the gap, which is one more.
constexpr void emit_windows(sink& out, dialect d, unsigned axes, bool gaps) {
  bool const wgsl = d == dialect::wgsl;
  char const* const whole = wgsl ? "  let " : "  uint ";
  auto const member = [&](char const* name, unsigned a) {
    if (wgsl) out(" ", name, a, ": u32,");
    else out(" uint ", name, a, ";");
  };
  out("struct place {");
  member("e", 0);
  for (unsigned a = 0; a < axes; ++a) {
    member("x", a);
    if (gaps) member("m", a);
  }
  out(wgsl ? " }\n" : " };\n");
  auto const place_of = [&](bool column) {
    char const* const v = column ? "n" : "k";
    char const* const name = column ? "column_of" : "row_of";
    if (wgsl) out("fn ", name, "(", v, ": u32) -> place {\n");
    else out("place ", name, "(uint ", v, ") {\n");
    for (unsigned a = axes; a-- > 0;) {
      out(whole, "q", a, " = ", v);
      for (unsigned b = axes; b-- > a + 1;) out(" / p.", v, b);
      out(";\n", whole, "t", a, " = q", a, " % p.", v, a, " * p.", v, "_step", a);
      if (column) out(" - p.before", a);
      else if (gaps) out(" + p.lift", a);
      out(";\n");
    }
    // Rows beyond the last are outside everywhere.
    if (!column)
      out(whole, "beyond = ", wgsl ? "select(0u, 0x80000000u, k >= p.k)" : "k >= p.k ? 0x80000000u : 0u", ";\n");
    out("  return place(q0 / p.", v, "0 * p.b_", v);
    for (unsigned a = 0; a < axes && !gaps; ++a) out(" + t", a, " * p.stride", a);
    for (unsigned a = 0; a < axes; ++a) {
      out(", t", a);
      if (gaps) out(" / p.gap", a);
      if (gaps && column) out(" - 2u * p.lift", a, " / p.gap", a);
      if (!column && a == 0) out(" + beyond");
      if (gaps) out(", t", a, " % p.gap", a);
    }
    out(");\n}\n");
  };
  place_of(true);
  place_of(false);
  auto const position = [&](unsigned a) {
    out("(c.x", a, " + r.x", a);
    if (gaps) out(" + min(c.m", a, " + r.m", a, ", 1u)");
    out(")");
  };
  auto const function = [&](char const* name, char const* wgsl_type, char const* glsl_type) {
    if (wgsl) out("fn ", name, "(c: place, r: place) -> ", wgsl_type, " {\n  return ");
    else out(glsl_type, " ", name, "(place c, place r) {\n  return ");
  };
  // Without branches, of which a step would have many: a bool in WGSL, 0 or 1 in GLSL, where && branches.
  function("inside", "bool", "uint");
  char const* const truth = wgsl ? "(" : "uint(";
  for (unsigned a = 0; a < axes; ++a) {
    out(a == 0 ? "" : " & ", truth), position(a), out(" < p.extent", a, ")");
    if (gaps)
      out(" & (", truth, "c.m", a, " + r.m", a, " == 0u) | ", truth, "c.m", a, " + r.m", a, " == p.gap", a, "))");
  }
  out(";\n}\n");
  function("number_of", "u32", "uint");
  out("c.e0 + r.e0");
  for (unsigned a = 0; a < axes && gaps; ++a) out(" + "), position(a), out(" * p.stride", a);
  out(";\n}\n");
}

/// In WGSL, without gaps: which of four neighbouring columns' or rows' elements there are, where these differ along the
/// last axis alone, by the parameter `step`; of them the first one's place is given.
constexpr void emit_four_inside(sink& out, unsigned axes, char const* step) {
  unsigned const last = axes - 1;
  out("fn four_inside(c: place, r: place) -> vec4<bool> {\n  let x = c.x", last, " + r.x", last, ";\n");
  out("  let there = vec4<u32>(x, x + ", step, last, ", x + 2u * ", step, last, ", x + 3u * ", step, last,
      ") < vec4<u32>(p.extent", last, ");\n  return there");
  for (unsigned a = 0; a < last; ++a) out(" & vec4<bool>(c.x", a, " + r.x", a, " < p.extent", a, ")");
  out(";\n}\n");
}

/// The parameters that those functions need, one after the other: `declare(name, axis)`.
template <class Declare> constexpr void window_parameters(unsigned axes, Declare declare) {
  for (unsigned a = 0; a < axes; ++a)
    for (char const* name : {"n", "k", "n_step", "k_step", "before", "extent", "gap", "stride", "lift"})
      declare(name, a);
}
/// Calls `put` with the values of those parameters.
template <class Put> constexpr void window_values(window_axis const& w, bool gaps, Put put) {
  index const lift = gaps ? w.lift() : 0;
  for (index v : {w.n, w.k, w.n_step, w.k_step, w.before - lift, w.extent, w.gap, w.stride, lift}) put(v);
}

}  // namespace ndfuse::codegen
