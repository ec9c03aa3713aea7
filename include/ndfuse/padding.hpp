#pragma once
/// @file Borders around an array: pad. All modes but the statistics are arithmetic on coordinates inside the kernel
/// that uses the result; nothing is stored.

#include <ndfuse/creation.hpp>
#include <ndfuse/expr/fetch.hpp>
#include <ndfuse/modes.hpp>
#include <ndfuse/sorting.hpp>
#include <ndfuse/views.hpp>

namespace ndfuse {

namespace expr {

/// How much is added to an axis, and the values that mode::constant and mode::linear_ramp put there.
template <class T> struct axis_pad {
  std::size_t axis = 0;
  index before = 0, after = 0;
  T first{}, last{};
};

/// Modes whose border repeats elements: where coordinate c of the result comes from. `p` is the mode's period, or the
/// last index of the axis.
inline constexpr auto edge_source =
    kernel([](auto c, auto before, auto p, auto stride) { return minimum(maximum(c - before, 0), p) * stride; });
inline constexpr auto wrap_source =
    kernel([](auto c, auto before, auto p, auto stride) { return (c - before) % p * stride; });
inline constexpr auto reflect_source = kernel([](auto c, auto before, auto p, auto stride) {
  auto const m = (c - before) % p;
  return minimum(m, p - m) * stride;
});
inline constexpr auto symmetric_source = kernel([](auto c, auto before, auto p, auto stride) {
  auto const m = (c - before) % p;
  return minimum(m, p - 1 - m) * stride;
});
template <class Mode> auto source_term(Mode, counter const& c, index before, index n, index stride) {
  std::int32_t const b = std::int32_t(before), s = std::int32_t(stride);
  if constexpr (std::same_as<Mode, mode::wrap_t>) return wrap_source(c, b, std::int32_t(n), s);
  else if constexpr (std::same_as<Mode, mode::reflect_t>)
    return reflect_source(c, b, std::int32_t(n > 1 ? 2 * (n - 1) : 1), s);
  else if constexpr (std::same_as<Mode, mode::symmetric_t>) return symmetric_source(c, b, std::int32_t(2 * n), s);
  else return edge_source(c, b, std::int32_t(n - 1), s);
}

/// Values on a line between the element `v` at the border and `first` or `last` outside; integers are rounded down.
template <element T>
inline constexpr auto ramp = kernel([](auto v, auto c, auto before, auto stop, auto after, auto first, auto last) {
  using W = cpp_type<compute_type(dtype_of<T>)>;
  auto const line = [](auto element, auto end, auto step, auto steps) {
    auto const span = element.template astype<W>() - end;
    auto const s = step.template astype<W>(), n = maximum(steps, 1).template astype<W>();
    if constexpr (std::integral<T>) return end + floor_divide(span * s, n);
    else return end + span * (s / n);
  };
  return where(c < before, line(v, first, c, before), where(c >= stop, line(v, last, stop + after - 1 - c, after), v))
      .template astype<T>();
});

/// What an axis adds around elements `e` that were read inside or at the border.
template <class Mode, class E, class T>
auto bordered(Mode, E e, counter const& c, index n, axis_pad<T> const& p) {
  std::int32_t const before = std::int32_t(p.before), stop = std::int32_t(p.before + n);
  if constexpr (std::same_as<Mode, mode::constant_t>) {
    return where(c < before, p.first, where(c >= stop, p.last, std::move(e)));
  } else if constexpr (std::same_as<Mode, mode::linear_ramp_t>) {
    return ramp<cpp_type<E::type.type>>(std::move(e), c, before, stop, std::int32_t(p.after), p.first, p.last);
  } else {
    return e;
  }
}

/// At most S padded axes in one expression.
template <std::size_t S, dtype T, class Mode>
auto pad_some(Mode m, runtime::tensor const& t, std::span<axis_pad<cpp_type<T>> const> pads) {
  std::array<axis_pad<cpp_type<T>>, S> slot{};
  std::array<index, S> n{}, stride{};
  std::array<bool, S> used{};
  view v = t.view;
  for (std::size_t k = 0; k < pads.size(); ++k) {
    slot[k] = pads[k];
    std::size_t const a = pads[k].axis;
    n[k] = t.view.shape[a];
    stride[k] = t.view.strides[a];
    used[k] = true;
    v.shape[a] += pads[k].before + pads[k].after;
    if constexpr (std::same_as<Mode, mode::constant_t> || std::same_as<Mode, mode::empty_t>)
      v.offset -= pads[k].before * stride[k];  // what lies outside is read somewhere in the array, and dropped
    else v.strides[a] = 0;
  }
  ndfuse::detail::check_shape(v.shape);
  auto const along = [&](std::size_t k) {  // an unused slot is an axis of one element
    return used[k] ? coordinate(v.shape, slot[k].axis) : counter(view{v.shape, index_list::filled(v.rank(), 0), 0});
  };
  for (std::size_t k = 0; k < S; ++k)
    if (!used[k]) n[k] = 1;
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    if constexpr (std::same_as<Mode, mode::empty_t>) {
      return fetch<T>(t, address(v));
    } else if constexpr (std::same_as<Mode, mode::constant_t>) {
      return border_all<0>(m, fetch<T>(t, address(v)), along, n, slot);
    } else {
      return border_all<0>(m,
                           fetch<T>(t, (address(v) + ... + source_term(m, along(K), slot[K].before, n[K], stride[K]))),
                           along, n, slot);
    }
  }(std::make_index_sequence<S>{});
}
template <std::size_t K, class Mode, class E, class Along, class T, std::size_t S>
auto border_all(Mode m, E e, Along const& along, std::array<index, S> const& n,
                std::array<axis_pad<T>, S> const& slot) {
  if constexpr (K == S) return e;
  else return border_all<K + 1>(m, bordered(m, std::move(e), along(K), n[K], slot[K]), along, n, slot);
}

template <std::size_t S, class Mode, expression X>
auto pad(X const& x, std::vector<axis_pad<element_t<X>>> const& wanted, Mode m) {
  constexpr dtype t = dtype_of_expression<X>;
  runtime::tensor from = source_of(x);
  std::vector<axis_pad<element_t<X>>> pads;
  for (auto const& p : wanted) {
    if (p.before < 0 || p.after < 0) throw value_error("index can't contain negative values");
    if (p.before == 0 && p.after == 0) continue;
    if (from.view.shape[p.axis] == 0 && !std::same_as<Mode, mode::constant_t> && !std::same_as<Mode, mode::empty_t>)
      throw value_error(
          ndfuse::detail::message("can't extend empty axis ", p.axis, " using modes other than 'constant' or 'empty'"));
    pads.push_back(p);
  }
  std::span<axis_pad<element_t<X>> const> rest = pads;
  for (; rest.size() > S; rest = rest.subspan(S)) from = evaluate(pad_some<S, t>(m, from, rest.first(S)));
  return pad_some<S, t>(m, from, rest);
}

/// The statistic of a mode along an axis, which stays with extent 1; of integers rounded to the nearest.
template <class Mode, element T> array<T> statistic(Mode, array<T> const& a, std::size_t axis) {
  ndfuse::axis const along(static_cast<index>(axis));
  auto const rounded = [](auto const& e) {
    if constexpr (std::integral<T>) return astype<T>(rint(e));
    else return astype<T>(e);
  };
  if constexpr (std::same_as<Mode, mode::maximum_t>) return array<T>(ndfuse::max(a, along, keepdims));
  else if constexpr (std::same_as<Mode, mode::minimum_t>) return array<T>(ndfuse::min(a, along, keepdims));
  else if constexpr (std::same_as<Mode, mode::mean_t>) return array<T>(rounded(mean(a, along, keepdims)));
  else {
    array<T> const sorted = sort(a, along);
    index const n = a.shape()[axis];
    auto const low = part_of(sorted, axis, (n - 1) / 2, (n - 1) / 2 + 1);
    auto const high = part_of(sorted, axis, n / 2, n / 2 + 1);
    auto const last = part_of(sorted, axis, n - 1, n);  // NaN, if there is one
    return array<T>(rounded(where(isnan(last), last, (low + high) * 0.5f)));
  }
}
/// Statistics along each axis in turn, those before it with their borders (as numpy.pad).
template <expression X, class Mode>
array<element_t<X>> pad_by(Mode m, X const& x, std::vector<axis_pad<element_t<X>>> const& pads) {
  using T = element_t<X>;
  array<T> now(x);
  if (m.length == 0) throw value_error("stat_length of 0 yields no value for padding");
  for (auto const& p : pads) {
    if (p.before < 0 || p.after < 0) throw value_error("index can't contain negative values");
    if (p.before == 0 && p.after == 0) continue;
    index const n = now.shape()[p.axis];
    if (n == 0)
      throw value_error(
          ndfuse::detail::message("can't extend empty axis ", p.axis, " using modes other than 'constant' or 'empty'"));
    index const near = m.length < 0 || m.length > n ? n : m.length;
    array<T> const before = statistic(m, part_of(now, p.axis, 0, near), p.axis);
    array<T> const after = near == n ? before : statistic(m, part_of(now, p.axis, n - near, n), p.axis);
    view v = now.impl().view;
    v.offset -= p.before * v.strides[p.axis];
    v.shape[p.axis] += p.before + p.after;
    auto const c = coordinate(v.shape, p.axis);
    now = where(c < std::int32_t(p.before), before,
                where(c >= std::int32_t(p.before + n), after, fetch<dtype_of<T>>(now.impl(), address(v))));
  }
  return now;
}

template <class Mode, std::size_t S, expression X>
auto pad_in(Mode m, X const& x, std::vector<axis_pad<element_t<X>>> const& pads) {
  if constexpr (std::derived_from<Mode, mode::statistic>) return pad_by(m, x, pads);
  else return pad<S>(x, pads, m);
}

/// What can be padded all around in one expression; more axes are padded in memory first.
inline constexpr std::size_t pads_at_once = 4;

}  // namespace expr

/// x with a border of `width` elements on both sides of every axis (numpy.pad), by default of zeros, or of `value`. The
/// modes are those of nf::mode: constant, edge, linear_ramp (`value` is the line's outer end), reflect, symmetric,
/// wrap, maximum, minimum, mean, empty. The result is an expression, joined to the kernel that uses it; with maximum,
/// minimum and mean it is computed at once, by two kernels an axis. Throws value_error for negative widths, and for a
/// mode that needs elements where the axis has none.
template <expression X, class Mode = mode::constant_t>
auto pad(X const& x, index width, Mode m = {}, element_t<X> value = {}) {
  std::vector<expr::axis_pad<element_t<X>>> pads;
  for (std::size_t a = 0; a < x.node().shape().size(); ++a) pads.push_back({a, width, width, value, value});
  return expr::pad_in<Mode, expr::pads_at_once>(m, x, pads);
}
/// With widths before and after for each axis: nf::pad(x, {{1, 2}, {0, 3}}); those of one axis stand for all. Values,
/// if given, likewise. Throws value_error when there are not as many as axes.
template <expression X, std::size_t N, class Mode = mode::constant_t>
auto pad(X const& x, index const (&widths)[N][2], Mode m = {}, element_t<X> value = {}) {
  element_t<X> values[N][2];
  for (auto& v : values) v[0] = v[1] = value;
  return pad(x, widths, m, values);
}
template <expression X, std::size_t N, class Mode>
auto pad(X const& x, index const (&widths)[N][2], Mode m, element_t<X> const (&values)[N][2]) {
  std::size_t const rank = x.node().shape().size();
  if (N != 1 && N != rank)
    throw value_error(
        detail::message("operands could not be broadcast together with remapped shapes "
                        "[original->remapped]: (",
                        N, ",2) and requested shape (", rank, ",2)"));
  std::vector<expr::axis_pad<element_t<X>>> pads;
  for (std::size_t a = 0; a < rank; ++a) {
    std::size_t const k = N == 1 ? 0 : a;
    pads.push_back({a, widths[k][0], widths[k][1], values[k][0], values[k][1]});
  }
  return expr::pad_in<Mode, N == 1 ? expr::pads_at_once : N>(m, x, pads);
}

}  // namespace ndfuse
