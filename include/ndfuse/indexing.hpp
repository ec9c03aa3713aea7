#pragma once
/// @file Index arrays: x[i, j], take, take_along_axis, put, put_along_axis, scatter_add and its like, choose, select,
/// piecewise, copyto, putmask, fill_diagonal.
///
/// Reading by index arrays is an expression: whoever uses it reads x at computed numbers. Indices count from the end
/// where they are negative. One out of bounds throws index_error at the next wait (nf::to_host, nf::read,
/// nf::synchronize): whether there is one costs a pass over the index arrays, launched with each kernel that uses them.
/// Nothing is ever read or written out of bounds; an assignment with an index out of bounds writes nothing at all.

#include <ndfuse/creation.hpp>
#include <ndfuse/expr/scatter.hpp>
#include <ndfuse/modes.hpp>
#include <ndfuse/views.hpp>

#include <ranges>
#include <tuple>

namespace ndfuse {

namespace expr {

template <class I>
concept index_array = expression<I> && is_integer(dtype_of_expression<I>);
template <class I>
concept mask_array = expression<I> && is_bool(dtype_of_expression<I>);

/// An expression with `behind` more axes, of extent 1, at its end: so it broadcasts to a result whose last axes are not
/// its own.
template <class E> auto before_axes(E const& e, std::size_t behind) {
  return e.viewed(e.shape(), [=](view v) {
    for (std::size_t k = 0; k < behind; ++k) {
      v.shape.push_back(1);
      v.strides.push_back(0);
    }
    return v;
  });
}

/// The elements of an array that index arrays pick: an expression, and what can be assigned to.
template <dtype T, class Numbers, class Check> struct picked : guarded<fetched<T, Numbers>, Check> {
  using guarded<fetched<T, Numbers>, Check>::guarded;
  picked(picked const&) = default;
  picked(picked&&) = default;

  /// numpy's x[i, j] = values: they broadcast to the picked elements' shape and are converted; of several values for
  /// one element the last is written.
  template <operand V> void operator=(V const& v) && { write(v); }
  void operator=(picked const& v) && { write(v); }
#define NDFUSE_IN_PLACE(op, binary_op) \
  template <operand V> void operator op(V const& v) && { write(this->e binary_op v); }
  NDFUSE_IN_PLACE(+=, +)
  NDFUSE_IN_PLACE(-=, -)
  NDFUSE_IN_PLACE(*=, *)
  NDFUSE_IN_PLACE(/=, /)
#undef NDFUSE_IN_PLACE

  /// Joins values with the picked elements, each of several for one element.
  template <scatter_kind K, operand V> void join(V const& v) const {
    auto const value = as_node(v);
    shape const s = this->shape(), given = value.shape();
    if (given.size() > s.size() || broadcast_shapes_or(given, s) != s)
      throw shape_error(ndfuse::detail::message("shape mismatch: value array of shape ", given,
                                                " could not be broadcast to indexing result of shape ", s));
    if (element_count(s) == 0) return;
    if constexpr (std::same_as<Check, unchecked>) {
      scatter<K, T>(this->e.memory, s, this->e.numbers, value);
    } else {  // not a single value is written when an index is out of bounds
      scatter<K, T>(this->e.memory, s, where(this->check.note(), -1, this->e.numbers), value);
    }
  }

 private:
  template <operand V> void write(V const& v) const { join<scatter_kind::assign>(v); }
  static shape broadcast_shapes_or(shape const& a, shape const& b) {
    for (std::size_t k = 0; k < a.size(); ++k) {
      index const x = a[a.size() - 1 - k];
      if (x != 1 && x != b[b.size() - 1 - k]) return {-1};
    }
    return b;
  }
};

/// A boolean index array among other indices: the places of its true elements, in row-major order, which stand for as
/// many index arrays as it has axes.
struct mask_index {
  array<std::int32_t> places;
  ndfuse::shape shape;

  /// What the places add to an element's number.
  array<std::int32_t> term(std::span<index const> strides) const {
    array<std::int32_t> sum = places * 0;
    index span = 1;
    for (std::size_t a = shape.size(); a-- > 0;) {
      auto const step = kernel([](auto so_far, auto k, auto n, auto extent, auto stride) {
        return so_far + floor_divide(k, n) % extent * stride;
      });
      sum = step(sum, places, std::int32_t(span), std::int32_t(shape[a] < 1 ? 1 : shape[a]), std::int32_t(strides[a]));
      span *= shape[a] < 1 ? 1 : shape[a];
    }
    return sum;
  }
};
/// Throws unless a mask's axes are axes of the array from `axis` on.
inline void check_mask(shape const& mask, shape const& of, std::size_t axis) {
  for (std::size_t a = 0; a < mask.size(); ++a)
    if (mask[a] != of[axis + a])
      throw index_error(ndfuse::detail::message("boolean index did not match indexed array along axis ", axis + a,
                                                "; size of axis is ", of[axis + a],
                                                " but size of corresponding boolean axis is ", mask[a]));
}

/// Goes through the indices of x[...] in order: what is left of the array's axes, and where the index arrays' axes go.
struct pick_layout {
  view const& from;
  std::size_t consumed;  // how many axes all indices together consume
  std::size_t axis = 0;
  view rest{{}, {}, from.offset};
  shape arrays{};         // the index arrays' common shape
  std::size_t place = 0;  // of the first index array among the axes of `rest`
  bool begun = false, left = false, apart = false;
  index_list axes{};  // of each index array

  void note_array() {
    if (!begun) place = rest.rank();
    apart = apart || left;
    begun = true;
  }
  void need(std::size_t count) const {
    if (axis + count > from.rank())
      throw index_error(ndfuse::detail::message("too many indices for array: array is ", from.rank(),
                                                "-dimensional, but ", consumed, " were indexed"));
  }
  template <std::integral I> void take(I i) {
    need(1);
    note_array();
    index const n = from.shape[axis], at = index(i) < 0 ? index(i) + n : index(i);
    if (at < 0 || at >= n)
      throw index_error(
          ndfuse::detail::message("index ", index(i), " is out of bounds for axis ", axis, " with size ", n));
    rest.offset += at * from.strides[axis++];
  }
  template <ndfuse::detail::integral_constant_like C> void take(C) { take(C::value); }
  void take(slice const& s) {
    need(1);
    left = begun;
    auto const [start, step, count] = s.over(from.shape[axis]);
    if (count > 0) rest.offset += start * from.strides[axis];
    rest.shape.push_back(count);
    rest.strides.push_back(step * from.strides[axis++]);
  }
  void take(all_t) { take(slice{}); }
  void take(newaxis_t) {
    left = begun;
    rest.shape.push_back(1);
    rest.strides.push_back(0);
  }
  void take(ellipsis_t) {
    left = begun;
    for (std::size_t k = from.rank() - consumed; k > 0; --k) take(ndfuse::all);
  }
  template <expression I> void take(I const& i) {
    need(1);
    join(i.node().shape(), 1);
  }
  void take(mask_index const& m) {
    need(m.shape.size());
    check_mask(m.shape, from.shape, axis);
    join(m.places.shape(), m.shape.size());
  }
  void join(shape const& s, std::size_t count) {
    note_array();
    axes.push_back(index(axis));
    axis += count;
    try {
      arrays = broadcast_shapes(arrays, s);
    } catch (shape_error const&) {
      throw index_error(ndfuse::detail::message(
          "shape mismatch: indexing arrays could not be broadcast together with shapes ", arrays, " ", s));
    }
  }

  /// The result's axes: with strides where they are the array's own, without where they are the index arrays'.
  view result() const {
    std::size_t const at = apart ? 0 : place;
    view v{{}, {}, rest.offset};
    auto const own = [&](std::size_t first, std::size_t last) {
      for (std::size_t a = first; a < last; ++a) {
        v.shape.push_back(rest.shape[a]);
        v.strides.push_back(rest.strides[a]);
      }
    };
    own(0, at);
    for (index n : arrays) {
      v.shape.push_back(n);
      v.strides.push_back(0);
    }
    own(at, rest.rank());
    return v;
  }
  std::size_t behind() const { return rest.rank() - (apart ? 0 : place); }
};

/// The sum of what index arrays add to the numbers; k counts them.
template <class Sum> auto add_terms(Sum sum, pick_layout const&, std::size_t) { return sum; }
template <class Sum, class I, class... Is>
auto add_terms(Sum sum, pick_layout const& p, std::size_t k, I const& i, Is const&... more) {
  if constexpr (std::same_as<I, mask_index>) {
    auto const term = i.term(std::span(p.from.strides.begin(), p.from.rank()).subspan(std::size_t(p.axes[k])));
    return add_terms(sum + before_axes(term, p.behind()), p, k + 1, more...);
  } else if constexpr (expression<I>) {
    std::size_t const a = std::size_t(p.axes[k]);
    return add_terms(sum + before_axes(index_term(as_node(i), p.from.shape[a], p.from.strides[a]), p.behind()), p,
                     k + 1, more...);
  } else {
    return add_terms(std::move(sum), p, k, more...);
  }
}
/// For each integer index array, whether its elements are out of bounds.
inline std::tuple<> bounds_terms(pick_layout const&, std::size_t) { return {}; }
template <class I, class... Is>
auto bounds_terms(pick_layout const& p, std::size_t k, I const& i, Is const&... more) {
  if constexpr (std::same_as<I, mask_index>) return bounds_terms(p, k + 1, more...);
  else if constexpr (expression<I>)
    return std::tuple_cat(std::tuple{out_of_bounds(as_node(i), p.from.shape[std::size_t(p.axes[k])])},
                          bounds_terms(p, k + 1, more...));
  else return bounds_terms(p, k, more...);
}

template <class I> std::size_t consumed_by(I const& i) {
  if constexpr (std::same_as<I, mask_index>) return i.shape.size();
  else return ndfuse::detail::consumes_axis<I>;
}

template <element T, extents_type E, class... Is> auto pick(array<T, E> const& x, Is const&... indices) {
  static_assert((0 + ... + int(std::same_as<Is, ellipsis_t>)) <= 1, "an index can only have a single ellipsis");
  runtime::tensor const t = source_of(x);
  pick_layout p{t.view, (0 + ... + consumed_by(indices))};
  if (p.consumed > t.view.rank()) p.need(t.view.rank() + 1);
  (p.take(indices), ...);
  if constexpr (!(std::same_as<Is, ellipsis_t> || ...)) p.take(ellipsis);
  auto numbers = add_terms(address(p.result()), p, 0, indices...);
  auto check = [&] {
    if constexpr (!(expression<Is> || ...)) return unchecked{};
    else {
      auto bad = std::apply([](auto const&... found) { return (found || ...); }, bounds_terms(p, 0, indices...));
      std::string text =
          p.axes.size() == 1
              ? ndfuse::detail::message("x[...]: an index is out of bounds for axis ", p.axes[0], " with size ",
                                        t.view.shape[std::size_t(p.axes[0])])
              : ndfuse::detail::message("x[...]: an index is out of bounds for an array of shape ", t.view.shape);
      return index_check<decltype(bad)>{std::move(bad), {runtime::failure_kind::index, std::move(text)}};
    }
  }();
  return picked<dtype_of<T>, decltype(numbers), decltype(check)>(
      fetched<dtype_of<T>, decltype(numbers)>(t.memory, std::move(numbers)), std::move(check));
}

/// Index arrays, of int32: expressions as they are, numbers from the host checked and brought to the device.
template <class I>
concept host_indices = !expression<I> && std::ranges::sized_range<I> && std::integral<std::ranges::range_value_t<I>>;
template <class Mode> index bounded(index i, index n, std::size_t axis, Mode) {
  if constexpr (std::same_as<Mode, mode::wrap_t>) return (i % n + n) % n;
  else if constexpr (std::same_as<Mode, mode::clip_t>) return i < 0 ? 0 : i < n ? i : n - 1;
  else {
    if (i < -n || i >= n)
      throw index_error(ndfuse::detail::message("index ", i, " is out of bounds for axis ", axis, " with size ", n));
    return i < 0 ? i + n : i;
  }
}
template <class I, class Mode>
array<std::int32_t> on_device(runtime::device& d, I const& list, index n, std::size_t axis, Mode mode) {
  std::vector<std::int32_t> numbers;
  for (auto i : list) numbers.push_back(std::int32_t(bounded(index(i), n, axis, mode)));
  runtime::tensor t{{}, contiguous_view(shape(index(numbers.size()))), dtype::int32};
  t.memory = d.allocate(t.view.size(), t.type);
  d.upload(*t.memory, 0, t.view.size(), t.type, numbers.data());
  return array<std::int32_t>(t);
}

/// What an index adds to an element's number, by a mode for indices out of bounds.
inline constexpr auto wrapped_term =
    kernel([](auto k, auto n, auto step) { return (k % n).template astype<std::int32_t>() * step; });
inline constexpr auto clipped_term = kernel(
    [](auto k, auto last, auto step) { return minimum(maximum(k, 0), last).template astype<std::int32_t>() * step; });
/// Indices in a type that every extent fits.
template <class I> auto widened(I const& i) {
  if constexpr (size_of(I::type.type) < 4) return astype<std::int32_t>(i);
  else return i;
}
template <class I, class Mode> auto term_by(Mode, I const& i, index n, index stride) {
  std::int32_t const step = std::int32_t(stride);
  if constexpr (std::same_as<Mode, mode::wrap_t>) return wrapped_term(widened(i), std::int32_t(n < 1 ? 1 : n), step);
  else if constexpr (std::same_as<Mode, mode::clip_t>) return clipped_term(widened(i), std::int32_t(n - 1), step);
  else return index_term(i, n, stride);
}
template <class Mode, class I> auto check_by(Mode, std::string_view operation, I const& i, index n, std::size_t axis) {
  static_assert(
      std::same_as<Mode, mode::raise_t> || std::same_as<Mode, mode::wrap_t> || std::same_as<Mode, mode::clip_t>,
      "indices out of bounds are treated by nf::mode::raise, wrap or clip");
  if constexpr (std::same_as<Mode, mode::raise_t>) {
    auto bad = out_of_bounds(i, n);
    return index_check<decltype(bad)>{
        std::move(bad),
        {runtime::failure_kind::index,
         ndfuse::detail::message(operation, ": an index is out of bounds for axis ", axis, " with size ", n)}};
  } else {
    return unchecked{};
  }
}

/// Elements of `t` picked along `axis` by an index array, whose axes take that axis' place.
template <dtype T, class I, class Mode>
auto take_axis(std::string_view operation, runtime::tensor const& t, I const& i, std::size_t axis, Mode m) {
  index const n = t.view.shape[axis], stride = t.view.strides[axis];
  shape const wanted = i.shape();
  if (n == 0 && element_count(wanted) > 0) throw index_error("cannot do a non-empty take from an empty axes.");
  view v = t.view;
  v.shape.erase(axis);
  v.strides.erase(axis);
  std::size_t const behind = v.rank() - axis;
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    v.shape.insert(axis + k, wanted[k]);
    v.strides.insert(axis + k, 0);
  }
  auto numbers = address(v) + before_axes(term_by(m, i, n, stride), behind);
  auto check = check_by(m, operation, i, n, axis);
  return picked<T, decltype(numbers), decltype(check)>(fetched<T, decltype(numbers)>(t.memory, std::move(numbers)),
                                                       std::move(check));
}
/// The same, flat: the numbers of elements in row-major order.
inline runtime::tensor as_row(runtime::tensor t) {
  t.view = {shape(t.view.size()), index_list(1), t.view.offset};
  return t;
}
/// Elements of `t` picked along `axis`, at each place of the other axes by an index of its own.
template <dtype T, class I>
auto along_axis(std::string_view operation, runtime::tensor const& t, I const& i, std::size_t axis) {
  if (i.shape().size() != t.view.rank())
    throw value_error("`indices` and `arr` must have the same number of dimensions");
  index const n = t.view.shape[axis], stride = t.view.strides[axis];
  view v = t.view;
  v.shape[axis] = 1;
  v.strides[axis] = 0;
  auto numbers = address(v) + index_term(i, n, stride);
  auto check = check_by(mode::raise, operation, i, n, axis);
  return picked<T, decltype(numbers), decltype(check)>(fetched<T, decltype(numbers)>(t.memory, std::move(numbers)),
                                                       std::move(check));
}
/// A picked expression that is for reading only.
template <dtype T, class N, class C> guarded<fetched<T, N>, C> read_only(picked<T, N, C> const& p) { return p; }

}  // namespace expr

/// Elements of x by an index array along an axis (numpy.take): its axes take that axis' place. Indices out of bounds by
/// mode: nf::mode::raise (the default), wrap, clip. x is read where the result is used; an x that is not an array is
/// computed first.
template <expression X, expr::index_array I, class Mode = mode::raise_t>
auto take(X const& x, I const& indices, one_axis along, Mode m = {}) {
  runtime::tensor const t = expr::source_of(x);
  return expr::read_only(
      expr::take_axis<dtype_of_expression<X>>("take", t, expr::as_node(indices), along.in(t.view.rank()), m));
}
/// Of all elements in row-major order.
template <expression X, expr::index_array I, class Mode = mode::raise_t>
  requires(!std::convertible_to<Mode, one_axis>)
auto take(X const& x, I const& indices, Mode m = {}) {
  return expr::read_only(expr::take_axis<dtype_of_expression<X>>("take", expr::as_row(expr::flat_source_of(x)),
                                                                 expr::as_node(indices), 0, m));
}
/// By indices known on the host, nf::take(x, {2, 0, -1}, 1): those out of bounds throw at once.
template <expression X, class Mode = mode::raise_t>
auto take(X const& x, std::initializer_list<index> indices, one_axis along, Mode m = {}) {
  return take(x, std::vector<index>(indices), along, m);
}
template <expression X, expr::host_indices I, class Mode = mode::raise_t>
auto take(X const& x, I const& indices, one_axis along, Mode m = {}) {
  runtime::tensor const t = expr::source_of(x);
  std::size_t const axis = along.in(t.view.rank());
  if (t.view.shape[axis] == 0 && std::ranges::size(indices) > 0)
    throw index_error("cannot do a non-empty take from an empty axes.");
  // They are in bounds now: clipping leaves them as they are, and needs no check.
  return expr::read_only(expr::take_axis<dtype_of_expression<X>>(
      "take", t, expr::on_device(*t.memory->owner, indices, t.view.shape[axis], axis, m), axis, mode::clip));
}

/// Elements along an axis by an index array of the same rank, each place of the other axes by its own indices
/// (numpy.take_along_axis): what nf::argsort gives sorts. The other axes broadcast.
template <expression X, expr::index_array I> auto take_along_axis(X const& x, I const& indices, one_axis along) {
  runtime::tensor const t = expr::source_of(x);
  return expr::read_only(
      expr::along_axis<dtype_of_expression<X>>("take_along_axis", t, expr::as_node(indices), along.in(t.view.rank())));
}
/// Writes values to the elements that take_along_axis would read (numpy.put_along_axis).
template <element T, extents_type E, expr::index_array I, operand V>
void put_along_axis(array<T, E> const& x, I const& indices, V const& v, one_axis along) {
  runtime::tensor const t = expr::source_of(x);
  expr::along_axis<dtype_of<T>>("put_along_axis", t, expr::as_node(indices), along.in(t.view.rank())) = v;
}

/// Index vectors as an open grid (numpy.ix_), a std::tuple: std::apply([&](auto... i) { return x[i...]; },
/// nf::ix_(rows, columns)) picks whole rows and columns.
template <expr::index_array... Is> auto ix_(Is const&... vectors) {
  std::size_t k = 0;
  auto const one = [&](auto const& i) {
    std::size_t const axis = k++;
    return expr::through(i, [&](view const& v) {
      if (v.rank() != 1) throw value_error("Cross index must be 1 dimensional");
      view r{index_list::filled(sizeof...(Is), 1), index_list::filled(sizeof...(Is), 0), v.offset};
      r.shape[axis] = v.shape[0];
      r.strides[axis] = v.strides[0];
      return r;
    });
  };
  return std::tuple{one(vectors)...};
}

namespace expr {
/// Values, flat and repeated, for each element of a shape.
template <operand V, class Place> auto repeated(V const& v, Place const& place) {
  if constexpr (expression<V>) {
    runtime::tensor const t = flat_source_of(v);
    index const n = t.view.size();
    auto const number = kernel([](auto i, auto count, auto first) { return i % count + first; });
    return fetch<dtype_of_expression<V>>(t, number(place, std::int32_t(n < 1 ? 1 : n), std::int32_t(t.view.offset)));
  } else {
    return as_node(v);
  }
}
template <operand V> bool is_empty(V const& v) {
  if constexpr (expression<V>) return element_count(v.node().shape()) == 0;
  else return false;
}
}  // namespace expr

/// Writes values to elements by their place in row-major order (numpy.put): values are repeated as often as needed; of
/// several for one element the last is written.
template <element T, extents_type E, expr::index_array I, operand V, class Mode = mode::raise_t>
void put(array<T, E> const& x, I const& indices, V const& v, Mode m = {}) {
  if (expr::is_empty(v) || element_count(indices.node().shape()) == 0) return;
  array<T> const flat(expr::as_row(expr::flat_source_of(x)));
  auto const i = expr::as_node(indices);
  expr::take_axis<dtype_of<T>>("put", flat.impl(), i, 0, m) = expr::repeated(v, expr::flat_coordinate(i.shape()));
  if (flat.impl().memory != x.impl().memory)  // x is a view whose elements lie apart: they were copied
    x[ellipsis] = reshape(flat, x.shape());
}

/// Adds values to the elements that index arrays pick, each of several for one element (numpy.add.at):
/// nf::scatter_add(x, i, v), or for more than one index nf::scatter_add(x[i, j], v). Deterministic: integers are exact,
/// floating values are joined in the order of the index arrays. Multiply, minimum and maximum likewise.
#define NDFUSE_SCATTER(name, kind)                                                                         \
  template <dtype T, class N, class C, operand V> void name(expr::picked<T, N, C> const& at, V const& v) { \
    at.template join<expr::scatter_kind::kind>(v);                                                         \
  }                                                                                                        \
  template <element T, extents_type E, expr::index_array I, operand V>                                     \
  void name(array<T, E> const& x, I const& indices, V const& v) {                                          \
    name(x[indices], v);                                                                                   \
  }
NDFUSE_SCATTER(scatter_add, add)
NDFUSE_SCATTER(scatter_multiply, multiply)
NDFUSE_SCATTER(scatter_min, minimum)
NDFUSE_SCATTER(scatter_max, maximum)
#undef NDFUSE_SCATTER

/// Writes `v` where `condition` holds (numpy.copyto with where): one kernel.
template <element T, extents_type E, operand V, expression C>
void copyto(array<T, E> const& x, V const& v, C const& condition) {
  x[ellipsis] = where(astype<bool>(condition), astype<T>(expr::as_node(v)), x);
}
template <element T, extents_type E, operand V> void copyto(array<T, E> const& x, V const& v) { x[ellipsis] = v; }

/// Writes values where `mask` holds, each by its own place in x's row-major order, repeated as often as needed
/// (numpy.putmask): one kernel.
template <element T, extents_type E, expression M, operand V>
void putmask(array<T, E> const& x, M const& mask, V const& v) {
  if (mask.node().shape() != x.shape()) throw value_error("putmask: mask and data must be the same size");
  if (expr::is_empty(v)) return;
  x[ellipsis] = where(astype<bool>(mask), astype<T>(expr::repeated(v, expr::flat_coordinate(x.shape()))), x);
}

/// Writes values to the diagonal of x, which has two axes or more, those of more than two all equal
/// (numpy.fill_diagonal): of a tall matrix the diagonal goes on after it has met the last column where `wrap` says so.
template <element T, extents_type E, operand V>
void fill_diagonal(array<T, E> const& x, V const& v, bool wrap = false) {
  view d = x.impl().view;
  if (d.rank() < 2) throw value_error("array must be at least 2-d");
  for (std::size_t a = 1; d.rank() > 2 && a < d.rank(); ++a)
    if (d.shape[a] != d.shape[0]) throw value_error("All dimensions of input must be of equal length");
  if (expr::is_empty(v) || d.size() == 0) return;
  index const columns = d.shape[1];
  if (wrap && d.rank() == 2 && d.shape[0] > columns) {
    auto const place = expr::flat_coordinate(d.shape);
    auto const on = kernel([](auto i, auto step) { return i % step == 0; })(place, std::int32_t(columns + 1));
    auto const turn = kernel([](auto i, auto step) { return floor_divide(i, step); })(place, std::int32_t(columns + 1));
    x[ellipsis] = where(on, astype<T>(expr::repeated(v, turn)), x);
    return;
  }
  index count = d.shape[0], stride = 0;
  for (std::size_t a = 0; a < d.rank(); ++a) {
    count = count < d.shape[a] ? count : d.shape[a];
    stride += d.strides[a];
  }
  array<T> const line(runtime::tensor{x.impl().memory, view{shape(count), index_list(stride), d.offset}, dtype_of<T>});
  line[ellipsis] = expr::repeated(v, expr::flat_coordinate(shape(count)));
}

namespace expr {
template <index K, class I, class A> auto chosen(I const&, A const& a) { return as_node(a); }
template <index K, class I, class A, class... As> auto chosen(I const& i, A const& a, As const&... more) {
  return where(i == std::int32_t(K), a, chosen<K + 1>(i, more...));
}
}  // namespace expr

/// At each place the element of the choice that `which` names, one of 0, 1, ... (numpy.choose): nf::choose(which, a, b,
/// c), or with nf::mode::wrap or clip as the last argument. All broadcast; all choices are computed. Another number
/// throws value_error at the next wait.
template <expr::index_array I, class... As> auto choose(I const& which, As const&... choices) {
  constexpr std::size_t count = (0 + ... + std::size_t(operand<As>));
  static_assert(count > 0, "choose needs something to choose from");
  auto const all_choices = std::tie(choices...);
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    auto const i = expr::as_node(which);
    std::int32_t const n = std::int32_t(count);
    if constexpr (count == sizeof...(As)) {
      auto bad = kernel([](auto k, auto m) { return k < 0 || k >= m; })(i, n);
      expr::index_check<decltype(bad)> check{std::move(bad),
                                             {runtime::failure_kind::value, "choose: invalid entry in choice array"}};
      auto e = expr::chosen<0>(astype<std::int32_t>(i), std::get<K>(all_choices)...);
      return expr::guarded<decltype(e), decltype(check)>(std::move(e), std::move(check));
    } else {
      static_assert(count + 1 == sizeof...(As), "choose: choices, then at most nf::mode::wrap or nf::mode::clip");
      return expr::chosen<0>(expr::term_by(std::get<count>(all_choices), i, n, 1), std::get<K>(all_choices)...);
    }
  }(std::make_index_sequence<count>{});
}

namespace expr {
template <class Conditions, class Values, class Default, std::size_t K = 0>
auto first_of(Conditions const& conditions, Values const& values, Default const& missing) {
  if constexpr (K == std::tuple_size_v<Conditions>) return as_node(missing);
  else
    return where(std::get<K>(conditions), std::get<K>(values),
                 first_of<Conditions, Values, Default, K + 1>(conditions, values, missing));
}
}  // namespace expr
/// At each place the element of the first value whose condition holds, else `missing` (numpy.select): nf::select(
/// std::tuple{x < 0, x > 1}, std::tuple{-x, x * x}, 0). All are computed.
template <class... Cs, class... Vs, operand D = int>
  requires(sizeof...(Cs) == sizeof...(Vs) && sizeof...(Cs) > 0)
auto select(std::tuple<Cs...> const& conditions, std::tuple<Vs...> const& values, D missing = 0) {
  return expr::first_of(conditions, values, missing);
}

/// A function by cases (numpy.piecewise): nf::piecewise(x, std::tuple{x < 0, x >= 0}, std::tuple{0, f}). Where several
/// conditions hold the last one counts, where none does an additional last function, else 0. Functions are called with
/// x; scalars stand for constant ones. The result has the type of x.
template <expression X, class... Cs, class... Fs>
  requires(sizeof...(Fs) == sizeof...(Cs) || sizeof...(Fs) == sizeof...(Cs) + 1)
auto piecewise(X const& x, std::tuple<Cs...> const& conditions, std::tuple<Fs...> const& functions) {
  using T = element_t<X>;
  constexpr std::size_t n = sizeof...(Cs);
  auto const value = [&](auto const& f) {
    if constexpr (operand<decltype(f)>) return astype<T>(where(x == x, f, f));
    else return astype<T>(f(x));
  };
  auto const go = [&]<std::size_t K>(auto const& self, std::integral_constant<std::size_t, K>, auto const& so_far) {
    if constexpr (K == n) return so_far;
    else
      return self(self, std::integral_constant<std::size_t, K + 1>{},
                  where(std::get<K>(conditions), value(std::get<K>(functions)), so_far));
  };
  auto const first = [&] {
    if constexpr (sizeof...(Fs) > n) return value(std::get<n>(functions));
    else return expr::filled<T, dtype_of<T>>(T(0), x.node().shape());
  }();
  return go(go, std::integral_constant<std::size_t, 0>{}, first);
}

}  // namespace ndfuse
