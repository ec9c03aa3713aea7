#pragma once
/// @file Convolution and pooling over images [images, channels, axes...] of one to three axes, with their gradients, as
/// machine-learning libraries define them (ONNX Conv, MaxPool, AveragePool; torch.nn.functional). A convolution does
/// not turn its filters around: it is what signal processing calls correlation.

#include <ndfuse/expr/fetch.hpp>
#include <ndfuse/linalg.hpp>
#include <ndfuse/ops/convolution.hpp>
#include <ndfuse/reductions.hpp>

#include <limits>

namespace ndfuse {

/// Where windows lie: `strides` between them, `dilations` between the places inside them, and `padding`, the zeros that
/// are thought to surround the images. Each is empty (1, 1 and 0), one number for all axes, or one for each; padding
/// may also be two for each, before and after.
struct window_options {
  index_list strides{}, dilations{}, padding{};
  index groups = 1;  // of channels, which do not mix: outputs of a group see the channels of that group
};

namespace expr {

/// The options of windows over `axes` axes, checked.
inline ops::conv_geometry geometry_of(std::string_view name, window_options const& o, std::size_t axes) {
  using ndfuse::detail::message;
  ops::conv_geometry g;
  g.axes = axes;
  g.groups = o.groups;
  auto const fill = [&](auto& to, index_list const& from, index otherwise, index least, std::string_view what) {
    if (from.size() > 1 && from.size() != axes)
      throw value_error(message(name, ": ", what, " has ", index(from.size()), " numbers for ", index(axes), " axes"));
    for (std::size_t a = 0; a < axes; ++a) {
      to[a] = from.empty() ? otherwise : from[from.size() == 1 ? 0 : a];
      if (to[a] < least) throw value_error(message(name, ": ", what, " must be at least ", least, ", not ", to[a]));
    }
  };
  fill(g.stride, o.strides, 1, 1, "strides");
  fill(g.dilation, o.dilations, 1, 1, "dilations");
  if (o.padding.size() == 2 * axes) {
    for (std::size_t a = 0; a < axes; ++a) {
      g.before[a] = o.padding[2 * a];
      g.after[a] = o.padding[2 * a + 1];
      if (g.before[a] < 0 || g.after[a] < 0)
        throw value_error(message(name, ": padding must not be negative: ", o.padding));
    }
  } else {
    fill(g.before, o.padding, 0, 0, "padding");
    g.after = g.before;
  }
  if (g.groups < 1) throw value_error(message(name, ": groups must be at least 1, not ", g.groups));
  return g;
}

/// The shape of a convolution's result; throws shape_error for images and filters that do not fit.
inline shape conv_shape(std::string_view name, ops::conv_geometry const& g, shape const& x, shape const& filters) {
  auto const fail = [&](auto const&... what) {
    throw shape_error(ndfuse::detail::message(name, ": ", what..., ": images ", x, ", filters ", filters));
  };
  if (filters.size() != x.size()) fail("images and filters must have the same number of axes");
  if (x[1] % g.groups != 0 || filters[0] % g.groups != 0)
    fail("channels and filters must be divisible by ", g.groups, " groups");
  if (filters[1] != x[1] / g.groups) fail("filters must have ", x[1] / g.groups, " channels, not ", filters[1]);
  shape out{x[0], filters[0]};
  for (std::size_t a = 0; a < g.axes; ++a) {
    if (filters[2 + a] < 1) fail("filters must have elements");
    index const n = ops::window_count(g, a, x[2 + a], filters[2 + a]);
    if (n < 1) fail("filters are larger than the padded images along axis ", index(2 + a));
    out.push_back(n);
  }
  return out;
}

/// The number of axes of images [images, channels, axes...].
inline std::size_t image_axes(std::string_view name, shape const& s) {
  if (s.size() < 3 || s.size() > 2 + codegen::max_window_axes)
    throw shape_error(ndfuse::detail::message(
        name, ": images have an axis of images, one of channels and 1 to 3 more, not shape ", s));
  return s.size() - 2;
}

/// What is promoted to multiply elements of A and B.
template <expression A, expression B>
inline constexpr dtype product_type = result_type(dtype_of_expression<A>, dtype_of_expression<B>);

/// The product of `left`, contiguous [groups, each, rows of `right`], with windows: an array of shape `out`, which lies
/// as [batches..., each, columns of `right`]. Zeros where there are no rows.
template <element A, element B> auto multiply_windows(runtime::device& d, runtime::tensor const& left, index each,
                                                      runtime::tensor const& b, ops::conv_operand const& right,
                                                      shape const& out) {
  constexpr dtype result = result_type(dtype_of<A>, dtype_of<B>);
  std::size_t const batches = right.v.rank() - 2;  // of images, if any, and groups
  index const rows = right.v.shape[batches];
  runtime::tensor made{d.allocate(element_count(out), result), contiguous_view(out), result};
  if (rows == 0) {
    assign<result>(made, constant<float>{0});
  } else if (made.view.size() != 0) {
    view a{right.v.shape, index_list::filled(batches, 0), left.view.offset};
    a.shape[batches] = each;
    a.shape[batches + 1] = rows;
    a.strides[batches - 1] = each * rows;
    a.strides.push_back(rows);
    a.strides.push_back(1);
    shape as = right.v.shape;
    as[batches] = each;
    ops::matmul_problem const p{{left.memory.get(), a},
                                {b.memory.get(), right.v},
                                dtype_of<A>,
                                dtype_of<B>,
                                {made.memory, contiguous_view(as), result},
                                right.span()};
    multiply<A, B, cpp_type<result>>(d, p);
  }
  return array<cpp_type<result>>(made);
}

/// The gradient of a result of this shape.
template <expression Y> array<element_t<Y>> checked_gradient(std::string_view name, Y const& gradient, shape const& s) {
  array<element_t<Y>> const from(gradient);
  if (from.shape() != s)
    throw shape_error(ndfuse::detail::message(name, ": the gradient has shape ", from.shape(), ", the result has ", s));
  return from;
}

template <dtype T> constexpr void check_conv_type() {
  static_assert(!is_bool(T), "convolution of booleans is not supported: convert with nf::astype<std::int32_t>");
  static_assert(!is_complex(T), "convolution of complex numbers is not supported");
}

/// Filters that see one channel and make one ("depthwise") are sums over windows: a product would use one row of a
/// tile.
template <dtype Result, element... Ts> constexpr bool sums_over_windows =
    (Result == dtype::float32 || Result == dtype::float64) && ((dtype_of<Ts> == Result) && ...);
inline bool is_depthwise(ops::conv_geometry const& g, shape const& filters) {
  return filters[1] == 1 && filters[0] == g.groups;
}
/// Filters [channels, 1, places...] beside [images, channels, axes..., places...].
inline view beside_windows(view const& filters, shape const& all) {
  std::size_t const axes = filters.rank() - 2;
  view v{all, index_list::filled(all.size(), 0), filters.offset};
  v.strides[1] = filters.strides[0];
  for (std::size_t a = 0; a < axes; ++a) v.strides[2 + axes + a] = filters.strides[2 + a];
  return v;
}

/// `x` in groups: axis `at` becomes [groups, extent / groups], and then axes are ordered as given, in new memory where
/// that moves elements.
template <element T> runtime::tensor grouped(array<T> const& x, std::size_t at, index groups, index_list const& order) {
  shape s = x.shape();
  s[at] /= groups;
  s.insert(at, groups);
  runtime::tensor const t = reshape(x, s).impl();
  return flat_source_of(array<T>(runtime::tensor{t.memory, permute(t.view, order), t.type}));
}

/// The windows over each channel of images: expressions of shape [images, channels, windows..., places...].
struct image_windows {
  ops::conv_geometry g;
  shape images, out, all;  // out: [images, channels, windows...]; all: and places

  /// `places` are the window's extents, `found` how many windows there are: the last extents of a result's shape.
  image_windows(ops::conv_geometry const& geometry, shape const& x, shape const& found, shape const& places)
      : g(geometry), images(x), out{x[0], x[1]} {
    for (std::size_t a = 0; a < g.axes; ++a) out.push_back(found[found.size() - g.axes + a]);
    all = out;
    for (std::size_t a = 0; a < g.axes; ++a) all.push_back(places[places.size() - g.axes + a]);
  }

  bool padded() const {
    for (std::size_t a = 0; a < g.axes; ++a)
      if (g.before[a] != 0 || g.after[a] != 0) return true;
    return false;
  }
  /// The axes of places.
  ndfuse::axis places() const {
    return g.axes == 1 ? ndfuse::axis(-1) : g.axes == 2 ? ndfuse::axis(-1, -2) : ndfuse::axis(-1, -2, -3);
  }
  /// Where each place of each window lies in `x`, in its memory.
  view over(view const& x) const {
    view v{all, {x.strides[0], x.strides[1]}, x.offset};
    for (std::size_t a = 0; a < g.axes; ++a) {
      v.strides.push_back(x.strides[2 + a] * g.stride[a]);
      v.offset -= x.strides[2 + a] * g.before[a];
    }
    for (std::size_t a = 0; a < g.axes; ++a) v.strides.push_back(x.strides[2 + a] * g.dilation[a]);
    return v;
  }
  /// Its index along axis `a` of the images.
  counter position(std::size_t a) const {
    view v{all, index_list::filled(all.size(), 0), -g.before[a]};
    v.strides[2 + a] = g.stride[a];
    v.strides[2 + g.axes + a] = g.dilation[a];
    return counter(std::move(v));
  }
  /// Whether that is inside. Unused axes repeat the first.
  auto inside() const {
    auto const within = kernel([](auto x0, auto x1, auto x2, auto n0, auto n1, auto n2) {
      using unsigned_index = std::uint32_t;
      return x0.template astype<unsigned_index>() < n0 && x1.template astype<unsigned_index>() < n1 &&
             x2.template astype<unsigned_index>() < n2;
    });
    std::size_t const b = g.axes > 1 ? 1 : 0, c = g.axes > 2 ? 2 : 0;
    auto const n = [&](std::size_t a) { return std::uint32_t(images[2 + a]); };
    return within(position(0), position(b), position(c), n(0), n(b), n(c));
  }
};

/// Calls `use` with the elements of all windows, `outside` where there is padding.
template <element T, class Use> auto through_windows(image_windows const& w, array<T> const& x, T outside, Use use) {
  view const v = w.over(x.impl().view);
  if (!w.padded()) return use(array<T>(runtime::tensor{x.impl().memory, v, x.impl().type}));
  runtime::tensor const t = source_of(x);
  return use(where(w.inside(), fetch<dtype_of<T>>(t, address(v)), outside));
}

template <element T> constexpr T least_value() {
  if constexpr (std::numeric_limits<T>::has_infinity) return -std::numeric_limits<T>::infinity();
  else return std::numeric_limits<T>::lowest();
}

/// For each element of the images and each place, the window of which it is that place: its number in a contiguous
/// array of windows, and whether there is one.
struct window_origins {
  image_windows const& w;
  shape all;  // [images, channels, axes..., places...]

  explicit window_origins(image_windows const& of) : w(of), all(of.images) {
    for (std::size_t a = 0; a < w.g.axes; ++a) all.push_back(w.all[2 + w.g.axes + a]);
  }
  /// Index of the element plus padding less the place: a multiple of the stride where a window begins.
  counter start(std::size_t a) const {
    view v{all, index_list::filled(all.size(), 0), w.g.before[a]};
    v.strides[2 + a] = 1;
    v.strides[2 + w.g.axes + a] = -w.g.dilation[a];
    return counter(std::move(v));
  }
  auto exists() const {
    auto const meets = kernel([](auto x, auto stride, auto limit) {
      auto const u = x.template astype<std::uint32_t>();
      return u < limit && u % stride == 0u;
    });
    auto const along = [&](std::size_t a) {
      return meets(start(a), std::uint32_t(w.g.stride[a]), std::uint32_t(w.g.stride[a] * (w.out[2 + a] - 1) + 1));
    };
    return along(0) && along(w.g.axes > 1 ? 1 : 0) && along(w.g.axes > 2 ? 2 : 0);
  }
  auto number() const {
    view v{all, index_list::filled(all.size(), 0), 0};
    view const windows = contiguous_view(w.out);
    v.strides[0] = windows.strides[0];
    v.strides[1] = windows.strides[1];
    auto const term = kernel([](auto x, auto stride, auto step) { return floor_divide(x, stride) * step; });
    auto const along = [&](std::size_t a, bool used) {
      return term(start(a), std::int32_t(w.g.stride[a]), std::int32_t(used ? windows.strides[2 + a] : 0));
    };
    return address(v) + along(0, true) + along(w.g.axes > 1 ? 1 : 0, w.g.axes > 1) +
           along(w.g.axes > 2 ? 2 : 0, w.g.axes > 2);
  }
  /// Elements of windows, by those numbers.
  template <dtype T> auto fetch(runtime::tensor const& of) const {
    return expr::fetch<T>(of, number() + std::int32_t(of.view.offset));
  }
  /// The row-major number of the place.
  counter place() const {
    view v{all, index_list::filled(all.size(), 0), 0};
    index step = 1;
    for (std::size_t a = all.size(); a-- > 2 + w.g.axes;) {
      v.strides[a] = step;
      step *= all[a];
    }
    return counter(std::move(v));
  }
};

}  // namespace expr

/// The convolution of images x [images, channels, axes...] by filters w [outputs, channels / groups, axes...]: element
/// [i, o, y...] is the sum over c, r... of x[i, c, y * stride - padding + r * dilation, ...] * w[o, c, r, ...]. Gives
/// [images, outputs, axes...] (ONNX Conv; torch.nn.functional.conv1d, conv2d, conv3d). Types promote and accumulate as
/// those of matmul. It is one matrix product whose kernel reads the images through windows: nothing is unfolded in
/// memory, and only the result is allocated. Depthwise filters (one channel in, one out) of float32 or float64 are sums
/// over windows, at the speed of memory. shape_error for operands that do not fit, value_error for options.
template <expression X, expression W> auto conv(X const& x, W const& w, window_options const& options = {}) {
  constexpr dtype result = expr::product_type<X, W>;
  expr::check_conv_type<result>();
  array<element_t<X>> const images(x);
  std::size_t const axes = expr::image_axes("conv", images.shape());
  ops::conv_geometry const g = expr::geometry_of("conv", options, axes);
  shape const s = expr::conv_shape("conv", g, images.shape(), w.shape());
  runtime::tensor const filters = expr::flat_source_of(w);
  runtime::device& d = expr::product_device<result>("conv", images.impl(), filters);
  if constexpr (expr::sums_over_windows<result, element_t<X>, element_t<W>>) {
    if (expr::is_depthwise(g, filters.view.shape) && element_count(s) > 0) {
      expr::image_windows const windows(g, images.shape(), s, filters.view.shape);
      array<element_t<W>> const w_each(
          runtime::tensor{filters.memory, expr::beside_windows(filters.view, windows.all), filters.type});
      return expr::through_windows(windows, images, element_t<X>(0), [&](auto const& e) {
        return array<cpp_type<result>>(sum(e * w_each, windows.places()));
      });
    }
  }
  return expr::multiply_windows<element_t<W>, element_t<X>>(
      d, filters, s[1] / g.groups, images.impl(), ops::conv_windows(g, images.impl().view, filters.view.shape, s), s);
}

/// The gradient of conv with respect to its images, of shape `input`, from that of its result: also the transposed
/// convolution (torch.nn.grad.conv2d_input; torch.nn.functional.conv_transpose2d). A product as conv is; the filters
/// are copied in another order.
template <expression Y, expression W>
auto conv_input_gradient(Y const& gradient, W const& w, shape const& input, window_options const& options = {}) {
  constexpr dtype result = expr::product_type<Y, W>;
  expr::check_conv_type<result>();
  constexpr std::string_view name = "conv_input_gradient";
  array<element_t<W>> const filters(w);
  std::size_t const axes = expr::image_axes(name, input);
  ops::conv_geometry const g = expr::geometry_of(name, options, axes);
  shape const expected = expr::conv_shape(name, g, input, filters.shape());
  auto const from = expr::checked_gradient(name, gradient, expected);
  runtime::device& d = expr::product_device<result>(name, from.impl(), filters.impl());
  if constexpr (expr::sums_over_windows<result, element_t<Y>, element_t<W>>) {
    if (expr::is_depthwise(g, filters.shape()) && element_count(input) > 0) {
      expr::image_windows const windows(g, input, expected, filters.shape());
      expr::window_origins const o(windows);
      runtime::tensor const source = expr::flat_source_of(from);
      array<element_t<W>> const w_each(runtime::tensor{
          filters.impl().memory, expr::beside_windows(filters.impl().view, o.all), filters.impl().type});
      auto const taken = where(o.exists(), o.fetch<dtype_of_expression<Y>>(source), element_t<Y>(0));
      return array<cpp_type<result>>(sum(taken * w_each, windows.places()));
    }
  }
  index_list order{0, 2, 1};
  for (std::size_t a = 0; a < axes; ++a) order.push_back(index(3 + a));
  return expr::multiply_windows<element_t<W>, element_t<Y>>(
      d, expr::grouped(filters, 0, g.groups, order), filters.shape()[1], from.impl(),
      ops::conv_input_windows(g, from.impl().view, filters.shape(), input), input);
}

/// The gradient of conv with respect to its filters, of shape `filters`, from that of its result and the images
/// (torch.nn.grad.conv2d_weight). A product as conv is, cut along images and windows where there are few filters; the
/// result's gradient is copied in another order.
template <expression Y, expression X>
auto conv_filter_gradient(Y const& gradient, X const& x, shape const& filters, window_options const& options = {}) {
  constexpr dtype result = expr::product_type<Y, X>;
  expr::check_conv_type<result>();
  constexpr std::string_view name = "conv_filter_gradient";
  array<element_t<X>> const images(x);
  std::size_t const axes = expr::image_axes(name, images.shape());
  ops::conv_geometry const g = expr::geometry_of(name, options, axes);
  shape const expected = expr::conv_shape(name, g, images.shape(), filters);
  auto const from = expr::checked_gradient(name, gradient, expected);
  runtime::device& d = expr::product_device<result>(name, from.impl(), images.impl());
  if constexpr (expr::sums_over_windows<result, element_t<Y>, element_t<X>>) {
    if (expr::is_depthwise(g, filters) && element_count(expected) > 0) {
      expr::image_windows const windows(g, images.shape(), expected, filters);
      shape spread = expected;
      for (std::size_t a = 0; a < axes; ++a) spread.push_back(1);
      auto const dy = reshape(from, spread);
      return expr::through_windows(windows, images, element_t<X>(0), [&](auto const& e) {
        auto const over = axes == 1 ? axis(0, 2) : axes == 2 ? axis(0, 2, 3) : axis(0, 2, 3, 4);
        return reshape(array<cpp_type<result>>(sum(e * dy, over)), filters);
      });
    }
  }
  index_list order{1, 2, 0};
  for (std::size_t a = 0; a < axes; ++a) order.push_back(index(3 + a));
  return expr::multiply_windows<element_t<Y>, element_t<X>>(
      d, expr::grouped(from, 1, g.groups, order), filters[0] / g.groups, images.impl(),
      ops::conv_filter_windows(g, images.impl().view, filters, expected), filters);
}

namespace expr {

/// The windows of a pooling, whose options are checked.
inline image_windows pool_windows(std::string_view name, shape const& x, index_list const& window,
                                  window_options const& o) {
  using ndfuse::detail::message;
  ops::conv_geometry const g = geometry_of(name, o, image_axes(name, x));
  if (window.size() != 1 && window.size() != g.axes)
    throw value_error(
        message(name, ": the window ", window, " has not one extent for each of ", index(g.axes), " axes"));
  if (g.groups != 1) throw value_error(message(name, ": channels do not mix, so groups must be 1, not ", g.groups));
  shape places, found;
  for (std::size_t a = 0; a < g.axes; ++a) {
    index const extent = window[window.size() == 1 ? 0 : a], reach = (extent - 1) * g.dilation[a] + 1;
    if (extent < 1) throw value_error(message(name, ": a window has at least 1 place, not ", window));
    // A window that holds padding alone has no element.
    if (g.before[a] >= reach || g.after[a] >= reach)
      throw value_error(
          message(name, ": padding ", g.before[a], " and ", g.after[a], " must be smaller than the window ", window));
    index const n = ops::window_count(g, a, x[2 + a], extent);
    if (n < 1) throw shape_error(message(name, ": the window ", window, " is larger than the padded images ", x));
    found.push_back(n);
    places.push_back(extent);
  }
  return image_windows(g, x, found, places);
}

}  // namespace expr

/// The greatest element of each window over images x [images, channels, axes...]; padding never counts (ONNX MaxPool;
/// torch.nn.functional.max_pool2d, whose strides are the window's when none are given: here they are 1). NaN where a
/// window holds one. One pass over the images, in which each element is read once for each window that holds it.
template <expression X>
array<element_t<X>> max_pool(X const& x, index_list const& window, window_options const& options = {}) {
  array<element_t<X>> const images(x);
  expr::image_windows const w = expr::pool_windows("max_pool", images.shape(), window, options);
  return expr::through_windows(w, images, expr::least_value<element_t<X>>(),
                               [&](auto const& e) { return array<element_t<X>>(max(e, w.places())); });
}

/// The mean of each window, in which padding counts as zeros (ONNX AveragePool with count_include_pad;
/// torch.nn.functional.avg_pool2d). The type is that of mean.
template <expression X> auto avg_pool(X const& x, index_list const& window, window_options const& options = {}) {
  array<element_t<X>> const images(x);
  expr::image_windows const w = expr::pool_windows("avg_pool", images.shape(), window, options);
  return expr::through_windows(w, images, element_t<X>(0), [&](auto const& e) { return array(mean(e, w.places())); });
}

/// The gradient of max_pool(x, window, options) with respect to x: each window's goes to the first of its greatest
/// elements. Two passes: the place of that element in each window, then for each element of x a sum over the windows
/// that hold it, in the same order every time.
template <expression Y, expression X>
auto max_pool_gradient(Y const& gradient, X const& x, index_list const& window, window_options const& options = {}) {
  array<element_t<X>> const images(x);
  expr::image_windows const w = expr::pool_windows("max_pool_gradient", images.shape(), window, options);
  runtime::tensor const from = expr::flat_source_of(expr::checked_gradient("max_pool_gradient", gradient, w.out));
  runtime::tensor const greatest =
      expr::through_windows(w, images, expr::least_value<element_t<X>>(), [&](auto const& e) {
        return array<std::int32_t>(argmax(e, w.places()));
      }).impl();
  expr::window_origins const o(w);
  auto const here = o.exists() && o.fetch<dtype::int32>(greatest) == o.place();
  auto const taken = o.fetch<dtype_of_expression<Y>>(from);
  return array(sum(where(here, taken, element_t<Y>(0)), w.places()));
}

/// The gradient of avg_pool(x, window, options) with respect to x, of shape `input`: for each of its elements the sum
/// over the windows that hold it, by their number of places. One pass.
template <expression Y>
auto avg_pool_gradient(Y const& gradient, shape const& input, index_list const& window,
                       window_options const& options = {}) {
  static_assert(is_floating(dtype_of_expression<Y>), "the gradient of a mean is a floating-point number");
  expr::image_windows const w = expr::pool_windows("avg_pool_gradient", input, window, options);
  runtime::tensor const from = expr::flat_source_of(expr::checked_gradient("avg_pool_gradient", gradient, w.out));
  expr::window_origins const o(w);
  auto const taken = o.fetch<dtype_of_expression<Y>>(from);
  double places = 1;
  for (std::size_t a = w.out.size(); a < w.all.size(); ++a) places *= double(w.all[a]);
  return array(sum(where(o.exists(), taken, element_t<Y>(0)), w.places()) * (1 / places));
}

}  // namespace ndfuse
