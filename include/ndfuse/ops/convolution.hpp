#pragma once
/// @file Convolutions and their gradients as matrix products of which one operand is windows over an array: what is
/// multiplied by what. Nothing is launched here.

#include <ndfuse/ops/matmul.hpp>

#include <array>

namespace ndfuse::ops {

/// How windows lie on an array [images, channels, axes...]; of each axis its own.
struct conv_geometry {
  std::size_t axes = 0;
  std::array<index, codegen::max_window_axes> stride{}, dilation{}, before{}, after{};
  index groups = 1;
};

/// How many windows of `extent` places fit along axis `a` of `of` elements; negative or 0 where none does.
constexpr index window_count(conv_geometry const& g, std::size_t a, index of, index extent) {
  index const room = of + g.before[a] + g.after[a] - (extent - 1) * g.dilation[a] - 1;
  return room < 0 ? 0 : room / g.stride[a] + 1;
}

/// The operands of a convolution's product, over groups and, where a product makes images of their own, over images.
struct conv_operand {
  view v;
  std::array<codegen::window_axis, codegen::max_window_axes> windows;
  std::size_t axes = 0;

  std::span<codegen::window_axis const> span() const { return {windows.data(), axes}; }
};

namespace detail {

/// An array [images, channels, axes...] as an operand of each image and group; `rows` and `columns` are the matrix's.
inline conv_operand of_images(conv_geometry const& g, view const& x, index rows, index columns) {
  index const channels = x.shape[1] / g.groups;
  view v;
  v.shape = {x.shape[0], g.groups, rows, columns};
  v.strides = {x.strides[0], channels * x.strides[1], x.strides[1], 0};
  v.offset = x.offset;
  return {v, {}, g.axes};
}

/// True, and the windows are dropped, where they are single elements in order, so that the matrix lies in memory.
inline bool made_plain(conv_operand& o, view const& x) {
  index step = x.strides[x.rank() - 1];
  for (std::size_t a = o.axes; a-- > 0;) {
    codegen::window_axis const& w = o.windows[a];
    bool const whole = w.k == 1 && w.n == w.extent && w.n_step == 1 && w.before == 0 && w.gap == 1;
    if (!whole || x.strides[2 + a] != step) return false;
    step *= w.extent;
  }
  o.v.strides[o.v.rank() - 1] = x.strides[x.rank() - 1];
  o.axes = 0;
  return true;
}

}  // namespace detail

/// Of the convolution of x [images, channels, axes...] by filters [outputs, channels / groups, axes...]: columns are
/// the windows, rows the channels and the places in a window. The left operand is the filters.
inline conv_operand conv_windows(conv_geometry const& g, view const& x, shape const& filters, shape const& out) {
  index rows = filters[1], columns = 1;
  for (std::size_t a = 0; a < g.axes; ++a) rows *= filters[2 + a], columns *= out[2 + a];
  conv_operand o = detail::of_images(g, x, rows, columns);
  for (std::size_t a = 0; a < g.axes; ++a)
    o.windows[a] = {out[2 + a],  filters[2 + a], g.stride[a], g.dilation[a],
                    g.before[a], x.shape[2 + a], 1,           x.strides[2 + a]};
  detail::made_plain(o, x);
  return o;
}

/// Of the gradient with respect to the input: columns are its elements, rows the outputs and the places in a window, at
/// which an element of the result's gradient may lie. The left operand is the filters [groups, channels / groups,
/// outputs / groups, axes...].
inline conv_operand conv_input_windows(conv_geometry const& g, view const& gradient, shape const& filters,
                                       shape const& input) {
  index rows = filters[0] / g.groups, columns = 1;
  for (std::size_t a = 0; a < g.axes; ++a) rows *= filters[2 + a], columns *= input[2 + a];
  conv_operand o = detail::of_images(g, gradient, rows, columns);
  for (std::size_t a = 0; a < g.axes; ++a)
    o.windows[a] = {input[2 + a], filters[2 + a],        1,           -g.dilation[a],
                    -g.before[a], gradient.shape[2 + a], g.stride[a], gradient.strides[2 + a]};
  detail::made_plain(o, gradient);
  return o;
}

/// Of the gradient with respect to the filters: columns are the channels and the places in a window, rows the images
/// and windows. The left operand is the result's gradient [groups, outputs / groups, images, axes...].
inline conv_operand conv_filter_windows(conv_geometry const& g, view const& x, shape const& filters, shape const& out) {
  index rows = out[0], columns = filters[1];
  for (std::size_t a = 0; a < g.axes; ++a) rows *= out[2 + a], columns *= filters[2 + a];
  view v;
  v.shape = {g.groups, rows, columns};
  v.strides = {filters[1] * x.strides[1], x.strides[0], x.strides[1]};
  v.offset = x.offset;
  conv_operand o{v, {}, g.axes};
  for (std::size_t a = 0; a < g.axes; ++a)
    o.windows[a] = {filters[2 + a], out[2 + a], g.dilation[a],   g.stride[a], g.before[a],
                    x.shape[2 + a], 1,          x.strides[2 + a]};
  return o;
}

}  // namespace ndfuse::ops
