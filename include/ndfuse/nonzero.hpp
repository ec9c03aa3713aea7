#pragma once
/// @file Shapes that depend on values: nonzero, argwhere, x[mask], compress, extract, place, trim_zeros, repeat by an
/// array of counts.
///
/// Each is a running count of what is chosen, one number read back (the one place that waits), and a scatter of what is
/// chosen to its place. Workspace: 4 bytes for each element of the mask. Where this thread cannot wait (a browser's
/// page) they throw device_error: co_await the forms whose names end in _async there.

#include <ndfuse/indexing.hpp>
#include <ndfuse/manipulation.hpp>
#include <ndfuse/scans.hpp>

#include <memory>

namespace ndfuse {

namespace expr {

/// The true elements of a mask: how many there are up to each, itself included.
template <class M> struct selection {
  M mask;
  array<std::int32_t> running;

  explicit selection(M m) : mask(std::move(m)), running(cumsum(mask)) {}

  /// Where they go, -1 for the others.
  auto places() const { return where(mask, reshape(running, mask.shape()) - 1, -1); }
  /// The last running count: as many as there are.
  array<std::int32_t> last() const { return running[slice(-1, none)]; }
  index count() const { return running.size() == 0 ? 0 : index(item(last())); }
  task<index> count_async() const {
    if (running.size() == 0) co_return 0;
    co_return index((co_await read(last()))[0]);
  }

  /// The elements of `value` (of the mask's shape) that are chosen, of which there are `n`.
  template <class V> array<cpp_type<V::type.type>> compact(V const& value, index n) const {
    constexpr dtype t = V::type.type, word = is_bool(t) ? dtype::int32 : compute_type(t);
    runtime::device& d = *running.impl().memory->owner;
    runtime::tensor out{d.allocate(n, word), contiguous_view(shape(n)), word};
    if (n > 0) scatter<scatter_kind::place, word>(out.memory, mask.shape(), places(), cast<word, V>(value));
    if constexpr (word == t) return array<cpp_type<t>>(out);
    else return array<cpp_type<t>>(cast<t, computed<word>>(computed<word>(out)));
  }
  array<std::int32_t> where_chosen(index n) const { return compact(flat_coordinate(mask.shape()), n); }
};
template <expression X> auto select_nonzero(X const& x) {
  auto const m = astype<bool>(x);
  using M = decltype(m);
  return selection<std::remove_const_t<M>>(m);
}

/// The indices along each axis of elements given by their places in row-major order.
inline std::vector<array<std::int32_t>> unravel(array<std::int32_t> const& places, shape const& s) {
  std::vector<array<std::int32_t>> axes(s.size());
  index span = 1;
  for (std::size_t a = s.size(); a-- > 0;) {
    index const n = s[a] < 1 ? 1 : s[a];
    axes[a] = floor_divide(places, std::int32_t(span)) % std::int32_t(n);
    span *= n;
  }
  return axes;
}
inline array<std::int32_t> as_rows(array<std::int32_t> const& places, shape const& s) {
  array<std::int32_t> const rows(
      filled_on(*places.impl().memory->owner, {places.size(), index(s.size())}, std::int32_t(0)));
  std::vector<array<std::int32_t>> const axes = unravel(places, s);
  for (std::size_t a = 0; a < axes.size(); ++a) rows[all, index(a)] = axes[a];
  return rows;
}
inline void need_axes(shape const& s) {
  if (s.empty())
    throw value_error("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.");
}

}  // namespace expr

/// The places, in row-major order, of the elements that are not zero (numpy.flatnonzero): int32.
template <expression X> array<std::int32_t> flatnonzero(X const& x) {
  auto const s = expr::select_nonzero(x);
  return s.where_chosen(s.count());
}
template <expression X> task<array<std::int32_t>> flatnonzero_async(X x) {
  auto const s = expr::select_nonzero(x);
  co_return s.where_chosen(co_await s.count_async());
}
/// The indices of the elements that are not zero, an array for each axis (numpy.nonzero). Throws value_error for
/// 0-dimensional x.
template <expression X> std::vector<array<std::int32_t>> nonzero(X const& x) {
  expr::need_axes(x.node().shape());
  return expr::unravel(flatnonzero(x), x.node().shape());
}
template <expression X> task<std::vector<array<std::int32_t>>> nonzero_async(X x) {
  expr::need_axes(x.node().shape());
  co_return expr::unravel(co_await flatnonzero_async(x), x.node().shape());
}
/// The same as rows of a matrix (numpy.argwhere).
template <expression X> array<std::int32_t> argwhere(X const& x) {
  return expr::as_rows(flatnonzero(x), x.node().shape());
}
template <expression X> task<array<std::int32_t>> argwhere_async(X x) {
  co_return expr::as_rows(co_await flatnonzero_async(x), x.node().shape());
}

namespace expr {
/// The indices at which a mask holds that has, as the host knows, `n` true elements.
template <class M> std::vector<array<std::int32_t>> indices_of(M const& mask, index n) {
  return unravel(selection<M>(mask).where_chosen(n), mask.shape());
}
/// The elements on and below the k-th diagonal.
constexpr index lower_count(index rows, index columns, index k) {
  index count = 0;
  for (index i = 0; i < rows; ++i) {
    index const n = i + k + 1;
    count += n < 0 ? 0 : n < columns ? n : columns;
  }
  return count;
}
}  // namespace expr

/// The indices of the elements on and below the k-th diagonal of a matrix (numpy.tril_indices); does not wait.
inline std::vector<array<std::int32_t>> tril_indices(index rows, index k, index columns) {
  return expr::indices_of(expr::lower_triangle({rows, columns}, k), expr::lower_count(rows, columns, k));
}
inline std::vector<array<std::int32_t>> tril_indices(index n, index k = 0) { return tril_indices(n, k, n); }
/// The indices of the elements on and above the k-th diagonal (numpy.triu_indices).
inline std::vector<array<std::int32_t>> triu_indices(index rows, index k, index columns) {
  return expr::indices_of(!expr::lower_triangle({rows, columns}, k - 1),
                          rows * columns - expr::lower_count(rows, columns, k - 1));
}
inline std::vector<array<std::int32_t>> triu_indices(index n, index k = 0) { return triu_indices(n, k, n); }

/// The indices along each axis of a shape of elements given by their places in row-major order (numpy.unravel_index).
/// A place out of bounds throws index_error at the next wait.
template <expr::index_array I> std::vector<array<std::int32_t>> unravel_index(I const& places, shape const& s) {
  index const n = element_count(s);
  auto const i = expr::as_node(places);
  auto bad = kernel([](auto k, auto m) { return k < 0 || k >= m; })(i, std::int32_t(n));
  expr::index_check<decltype(bad)>{
      std::move(bad),
      {runtime::failure_kind::index,
       detail::message("unravel_index: an index is out of bounds for array with size ", n)}}
      .note();
  return expr::unravel(astype<std::int32_t>(i), s);
}

/// Without the elements at these places of an axis, given by a list (numpy.delete); throws index_error at once for an
/// index out of bounds.
template <expression X> auto delete_(X const& x, std::initializer_list<index> which, one_axis along) {
  std::size_t const axis = along.in(x.node().shape().size());
  index const n = x.node().shape()[axis];
  std::vector<bool> gone(std::size_t(n), false);
  for (index i : which) gone[std::size_t(expr::bounded(i, n, axis, mode::raise))] = true;
  std::vector<index> kept;
  for (index i = 0; i < n; ++i)
    if (!gone[std::size_t(i)]) kept.push_back(i);
  return take(x, kept, index(axis));
}

namespace expr {
inline void check_same(shape const& condition, shape const& x) {
  if (condition != x)
    throw shape_error(
        ndfuse::detail::message("extract: a condition of shape ", condition, " for an array of shape ", x));
}
}  // namespace expr
/// The elements of x for which `condition`, of the same shape, is not zero, in row-major order (numpy.extract, and
/// x[condition]).
template <expression C, expression X> array<element_t<X>> extract(C const& condition, X const& x) {
  expr::check_same(condition.node().shape(), x.node().shape());
  auto const s = expr::select_nonzero(condition);
  return s.compact(expr::as_node(x), s.count());
}
template <expression C, expression X> task<array<element_t<X>>> extract_async(C condition, X x) {
  expr::check_same(condition.node().shape(), x.node().shape());
  auto const s = expr::select_nonzero(condition);
  co_return s.compact(expr::as_node(x), co_await s.count_async());
}
/// The slices of x along an axis for which the vector `condition` is not zero (numpy.compress); one shorter than the
/// axis leaves the rest out.
template <expression C, expression X> array<element_t<X>> compress(C const& condition, X const& x, one_axis along) {
  runtime::tensor const t = expr::source_of(x);
  std::size_t const axis = along.in(t.view.rank());
  shape const given = condition.node().shape();
  if (given.size() != 1) throw value_error("condition must be a 1-d array");
  if (given[0] > t.view.shape[axis])
    throw index_error(detail::message("compress: a condition of ", given[0], " elements for axis ", axis, " with size ",
                                      t.view.shape[axis]));
  return array<element_t<X>>(expr::read_only(expr::take_axis<dtype_of_expression<X>>(
      "compress", t, flatnonzero(condition), axis, mode::clip)));  // in bounds: nothing is clipped
}
template <expression C, expression X> array<element_t<X>> compress(C const& condition, X const& x) {
  return compress(condition, ravel(x), 0);
}

namespace expr {

/// x[mask]: the elements where a mask holds; an expression that is computed (and waits) when its shape or its elements
/// are asked for, once; and what can be assigned to, without waiting.
template <dtype T, class M> class masked : public node_base<masked<T, M>> {
 public:
  using extents = dynamic_shape;
  static constexpr ir::operand_type type{T};
  static constexpr std::size_t load_count = 1;

  masked(runtime::tensor x, M mask)
      : x_(std::move(x)), mask_(std::move(mask)), found_(std::make_shared<runtime::tensor>()) {
    ndfuse::shape const m = mask_.shape();
    if (m.size() > x_.view.rank())
      throw index_error(ndfuse::detail::message("too many indices for array: array is ", x_.view.rank(),
                                                "-dimensional, but ", m.size(), " were indexed"));
    check_mask(m, x_.view.shape, 0);
  }
  masked(masked const&) = default;

  static constexpr ir::value lower(ir::builder& b) { return b.load(T); }
  void bind(binder& b) const { computed<T>(compute()).bind(b); }
  ndfuse::shape shape() const { return compute().view.shape; }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    return computed<T>(compute()).viewed(s, f);
  }
  runtime::tensor compute() const {
    if (!found_->memory) {
      array<cpp_type<T>> const x(x_);
      if (mask_.shape().size() == x_.view.rank()) *found_ = extract(mask_, x).impl();
      else *found_ = evaluate(read_only(pick(x, mask_index{flatnonzero(mask_), mask_.shape()})));
    }
    return *found_;
  }

  /// numpy's x[mask] = v: one kernel where v has no axis for the chosen elements; else v's first axis has one value for
  /// each of them, in order. When their numbers differ nothing is written, and the next wait throws value_error.
  template <operand V> void operator=(V const& v) && {
    write(v, [](auto const&, auto const& fresh) { return fresh; });
  }
  void operator=(masked const& v) && {
    write(v, [](auto const&, auto const& fresh) { return fresh; });
  }
#define NDFUSE_IN_PLACE(op, binary_op)                                                \
  template <operand V> void operator op(V const& v) && {                              \
    write(v, [](auto const& old, auto const& fresh) { return old binary_op fresh; }); \
  }
  NDFUSE_IN_PLACE(+=, +)
  NDFUSE_IN_PLACE(-=, -)
  NDFUSE_IN_PLACE(*=, *)
  NDFUSE_IN_PLACE(/=, /)
#undef NDFUSE_IN_PLACE

 private:
  template <operand V, class F> void write(V const& v, F const& joined) const {
    array<cpp_type<T>> const x(x_);
    std::size_t const rest = x_.view.rank() - mask_.shape().size();
    auto const m = before_axes(mask_, rest);
    auto const put = [&](auto const& condition, auto const& value) {
      x[ellipsis] = where(condition, astype<cpp_type<T>>(joined(x, value)), x);
    };
    auto const value = as_node(v);
    ndfuse::shape const given = value.shape();
    if (given.size() <= rest) {
      check_rest(given, 0, rest);
      put(m, value);
    } else if constexpr (expression<V>) {
      if (given.size() != rest + 1)
        throw shape_error(ndfuse::detail::message("shape mismatch: value array of shape ", given,
                                                  " could not be broadcast to the elements that a mask of shape ",
                                                  mask_.shape(), " picks of an array of shape ", x_.view.shape));
      check_rest(given, 1, rest);
      runtime::tensor const t = source_of(v);
      view rows = t.view;  // as wide as x, all chosen ones at once
      rows.shape.erase(0);
      rows.strides.erase(0);
      if (given[0] == 1) {
        put(m, computed<dtype_of_expression<V>>({t.memory, rows, t.type}));
        return;
      }
      selection<M> const s(mask_);
      if (s.running.size() == 0) return;
      auto const found = s.last();
      computed<dtype::bool_> const wrong(evaluate(found[0] != std::int32_t(given[0])));
      note_check(wrong, {runtime::failure_kind::value,
                         ndfuse::detail::message("NumPy boolean array indexing assignment cannot assign ", given[0],
                                                 " input values to the output values where the mask is true: their "
                                                 "number differs")});
      auto const place = before_axes(reshape(s.running, mask_.shape()) - 1, rest);
      auto const number = kernel([](auto k, auto within, auto stride) { return k * stride + within; })(
          place, address(rows), std::int32_t(t.view.strides[0]));
      put(m && !wrong, fetch<dtype_of_expression<V>>(t, number));
    }
  }
  void check_rest(ndfuse::shape const& given, std::size_t skip, std::size_t rest) const {
    for (std::size_t k = 0; k + skip < given.size(); ++k) {
      index const n = given[given.size() - 1 - k];
      if (n != 1 && (k >= rest || n != x_.view.shape[x_.view.rank() - 1 - k]))
        throw shape_error(ndfuse::detail::message("shape mismatch: value array of shape ", given,
                                                  " could not be broadcast to the elements that a mask of shape ",
                                                  mask_.shape(), " picks of an array of shape ", x_.view.shape));
    }
  }
  runtime::tensor x_;
  M mask_;
  std::shared_ptr<runtime::tensor> found_;
};

template <class I> auto resolved(I const& i) {
  if constexpr (mask_array<I>) return mask_index{flatnonzero(i), i.node().shape()};
  else {
    static_assert(axis_index<I> || index_array<I>, "arrays used as indices must be of integer (or boolean) type");
    return i;
  }
}

}  // namespace expr

/// numpy's x[i, j] with arrays of indices or booleans, which may stand beside integers, slices, nf::all, nf::ellipsis
/// and nf::newaxis. Index arrays broadcast together; their axes take the place of the first one, or come first where
/// something stands between them. Boolean arrays beside other indices wait for how many of their elements are true.
template <element T, extents_type E, class... Is> auto pick_elements(array<T, E> const& x, Is const&... indices) {
  if constexpr (sizeof...(Is) == 1 && (expr::mask_array<Is> && ...)) {
    return [&](auto const& m) {
      return expr::masked<dtype_of<T>, expr::node_t<decltype(m)>>(expr::source_of(x), expr::as_node(m));
    }(indices...);
  } else {
    return expr::pick(x, expr::resolved(indices)...);
  }
}

/// Writes values to the elements where `mask` holds, one after the other, repeated as often as needed (numpy.place).
/// Throws value_error for no values at all.
template <element T, extents_type E, expression M, operand V> void place(array<T, E> const& x, M const& mask,
                                                                         V const& v) {
  if (expr::is_empty(v)) throw value_error("Cannot insert from an empty array!");
  if (mask.node().shape() != x.shape()) throw value_error("place: mask and data must be the same size");
  auto const s = expr::select_nonzero(mask);
  if (x.size() == 0) return;
  array<std::int32_t> const at = reshape(s.running, x.shape());
  x[ellipsis] = where(s.mask, astype<T>(expr::repeated(v, at - 1)), x);
}

/// A vector without the zeros at its beginning and end (numpy.trim_zeros): a view, of an array. Waits for both ends.
template <expression X> auto trim_zeros(X const& x, bool front = true, bool back = true) {
  shape const s = x.node().shape();
  if (s.size() != 1) throw value_error("trim_zeros takes a vector");
  std::int32_t const n = std::int32_t(s[0]);
  auto const some = astype<bool>(x);
  auto const i = expr::flat_coordinate(s);
  index const last = n == 0 ? 0 : 1 + index(item(max(where(some, i, -1))));
  index const first = n == 0 || last == 0 ? last : index(item(min(where(some, i, n))));
  if (last == 0) return x[slice(0, front || back ? 0 : index(n))];
  return x[slice(front ? first : 0, back ? last : index(n))];
}

/// Element k of an axis counts[k] times in a row (numpy.repeat with an array of counts); waits for the counts' minimum
/// and sum. Throws value_error for a negative count, shape_error when there are not as many counts as elements.
template <expression X, expr::index_array C> array<element_t<X>> repeat(X const& x, C const& counts, one_axis along) {
  runtime::tensor const t = expr::source_of(x);
  std::size_t const axis = along.in(t.view.rank());
  shape const n{t.view.shape[axis]};
  if (broadcast_shapes(counts.node().shape(), n) != n)
    throw shape_error(
        detail::message("operands could not be broadcast together with shape ", n, " ", counts.node().shape()));
  array<std::int32_t> const count = broadcast_to(astype<std::int32_t>(counts), n) + 0;
  array<std::int32_t> const ends = cumsum(count);
  if (n[0] > 0 && item(min(count)) < 0) throw value_error("repeats may not contain negative values.");
  index const total = n[0] == 0 ? 0 : index(item(ends[slice(-1, none)]));
  array<std::int32_t> source(expr::filled_on(*t.memory->owner, shape(total), std::int32_t(0)));
  if (total > 0) {  // each element's number where its copies begin, carried on to their end
    expr::scatter<expr::scatter_kind::place, dtype::int32>(source.impl().memory, n, where(count > 0, ends - count, -1),
                                                           expr::flat_coordinate(n));
    source = cummax(source);
  }
  return array<element_t<X>>(
      expr::read_only(expr::take_axis<dtype_of_expression<X>>("repeat", t, source, axis, mode::clip)));
}
template <expression X, expr::index_array C> array<element_t<X>> repeat(X const& x, C const& counts) {
  return repeat(ravel(x), counts, 0);
}

}  // namespace ndfuse
