#pragma once
/// @file Views that move, turn, add and drop axes, or cut an array into parts. Nothing is computed or copied: of an
/// array they are arrays of the same elements, of any other expression they are expressions.

#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/linalg.hpp>

#include <tuple>
#include <vector>

namespace ndfuse {

/// One axis, as an argument: a number, or nf::axis(number).
class one_axis {
 public:
  template <std::integral I> constexpr one_axis(I i) : value_(index(i)) {}
  constexpr one_axis(axis const& a) : value_(a.axes().empty() ? 0 : a.axes()[0]) {
    if (a.axes().size() != 1) throw value_error("one axis is wanted here, not several");
  }
  constexpr index value() const { return value_; }
  /// Counted from the front; throws index_error when it is out of bounds.
  constexpr std::size_t in(std::size_t rank) const { return detail::normalize_axis(value_, rank); }

 private:
  index value_;
};

namespace expr {

/// The view `f` of an expression.
template <expression X, class F> auto through(X const& x, F const& f) { return x.node().viewed(x.node().shape(), f); }

constexpr void flip_axis(view& v, std::size_t axis) {
  if (v.shape[axis] > 0) v.offset += (v.shape[axis] - 1) * v.strides[axis];
  v.strides[axis] = -v.strides[axis];
}

/// The axes as bits, each at most once.
constexpr std::uint32_t axis_mask(index_list const& axes, std::size_t rank, std::string_view repeated) {
  std::uint32_t mask = 0;
  for (index a : axes) {
    std::uint32_t const bit = std::uint32_t(1) << ndfuse::detail::normalize_axis(a, rank);
    if ((mask & bit) != 0) throw value_error(std::string(repeated));
    mask |= bit;
  }
  return mask;
}

}  // namespace expr

/// The elements in reverse order along all axes, or along those named (numpy.flip).
template <expression X> auto flip(X const& x) {
  return expr::through(x, [](view v) {
    for (std::size_t a = 0; a < v.rank(); ++a) expr::flip_axis(v, a);
    return v;
  });
}
template <expression X> auto flip(X const& x, axis const& axes) {
  return expr::through(x, [&](view v) {
    std::uint32_t const mask = expr::axis_mask(axes.axes(), v.rank(), "repeated axis");
    for (std::size_t a = 0; a < v.rank(); ++a)
      if ((mask >> a & 1u) != 0) expr::flip_axis(v, a);
    return v;
  });
}
template <expression X> auto flip(X const& x, index a) { return flip(x, axis(a)); }
/// Rows in reverse order (numpy.flipud); throws value_error for 0-dimensional x.
template <expression X> auto flipud(X const& x) {
  if (x.node().shape().size() < 1) throw value_error("Input must be >= 1-d.");
  return flip(x, 0);
}
/// Columns in reverse order (numpy.fliplr); throws value_error for fewer than two axes.
template <expression X> auto fliplr(X const& x) {
  if (x.node().shape().size() < 2) throw value_error("Input must be >= 2-d.");
  return flip(x, 1);
}

/// Two axes exchanged (numpy.swapaxes).
template <expression X> auto swapaxes(X const& x, index axis1, index axis2) {
  return expr::through(x, [&](view v) {
    std::size_t const a = detail::normalize_axis(axis1, v.rank()), b = detail::normalize_axis(axis2, v.rank());
    std::swap(v.shape[a], v.shape[b]);
    std::swap(v.strides[a], v.strides[b]);
    return v;
  });
}
/// The last two axes exchanged (the array API standard's matrix_transpose).
template <expression X> auto matrix_transpose(X const& x) {
  if (x.node().shape().size() < 2)
    throw value_error(
        detail::message("Input array must be at least 2-dimensional, but it is ", x.node().shape().size()));
  return swapaxes(x, -1, -2);
}
/// The axes in the order given (the array API standard's name of transpose).
template <expression X> auto permute_dims(X const& x, index_list const& axes) { return transpose(x, axes); }

/// Moves axes to other places, the others keep their order (numpy.moveaxis).
template <expression X> auto moveaxis(X const& x, index_list const& source, index_list const& destination) {
  return expr::through(x, [&](view const& v) {
    if (source.size() != destination.size())
      throw value_error("`source` and `destination` arguments must have the same number of elements");
    std::uint32_t const from = expr::axis_mask(source, v.rank(), "repeated axis in `source` argument");
    (void)expr::axis_mask(destination, v.rank(), "repeated axis in `destination` argument");
    index_list order = index_list::filled(v.rank(), -1);
    for (std::size_t k = 0; k < source.size(); ++k)
      order[detail::normalize_axis(destination[k], v.rank())] = index(detail::normalize_axis(source[k], v.rank()));
    std::size_t next = 0;
    for (std::size_t a = 0; a < v.rank(); ++a) {
      if ((from >> a & 1u) != 0) continue;
      while (order[next] >= 0) ++next;
      order[next] = index(a);
    }
    return permute(v, order);
  });
}
template <expression X> auto moveaxis(X const& x, index source, index destination) {
  return moveaxis(x, index_list(source), index_list(destination));
}
/// Moves `axis` back until it stands before `start` (numpy.rollaxis).
template <expression X> auto rollaxis(X const& x, index axis, index start = 0) {
  index const rank = index(x.node().shape().size());
  index const a = index(detail::normalize_axis(axis, std::size_t(rank)));
  if (start < -rank || start > rank)
    throw index_error(
        detail::message("'start' arg requires ", -rank, " <= start < ", rank + 1, ", but ", start, " was passed in"));
  index const to = start < 0 ? start + rank : start;
  return moveaxis(x, a, to > a ? to - 1 : to);
}

/// Turns by k quarter turns in the plane of two axes, from the first towards the second (numpy.rot90).
template <expression X> auto rot90(X const& x, index k = 1, std::array<index, 2> axes = {0, 1}) {
  return expr::through(x, [&](view v) {
    std::size_t const a = detail::normalize_axis(axes[0], v.rank()), b = detail::normalize_axis(axes[1], v.rank());
    if (a == b) throw value_error("Axes must be different.");
    index const turns = (k % 4 + 4) % 4;
    if (turns == 2) expr::flip_axis(v, a);
    if (turns == 1 || turns == 2) expr::flip_axis(v, b);
    if (turns == 3) expr::flip_axis(v, a);
    if (turns % 2 == 1) {
      std::swap(v.shape[a], v.shape[b]);
      std::swap(v.strides[a], v.strides[b]);
    }
    return v;
  });
}

/// Without the axes of extent 1, or without those named, which must have extent 1 (numpy.squeeze).
template <expression X> auto squeeze(X const& x) {
  return expr::through(x, [](view const& v) {
    view r{{}, {}, v.offset};
    for (std::size_t a = 0; a < v.rank(); ++a) {
      if (v.shape[a] == 1) continue;
      r.shape.push_back(v.shape[a]);
      r.strides.push_back(v.strides[a]);
    }
    return r;
  });
}
template <expression X> auto squeeze(X const& x, axis const& axes) {
  return expr::through(x, [&](view const& v) {
    std::uint32_t const mask = expr::axis_mask(axes.axes(), v.rank(), "duplicate value in 'axis'");
    view r{{}, {}, v.offset};
    for (std::size_t a = 0; a < v.rank(); ++a) {
      if ((mask >> a & 1u) != 0) {
        if (v.shape[a] != 1) throw value_error("cannot select an axis to squeeze out which has size not equal to one");
        continue;
      }
      r.shape.push_back(v.shape[a]);
      r.strides.push_back(v.strides[a]);
    }
    return r;
  });
}
template <expression X> auto squeeze(X const& x, index a) { return squeeze(x, axis(a)); }
/// New axes of extent 1 at these places of the result (numpy.expand_dims).
template <expression X> auto expand_dims(X const& x, axis const& axes) {
  return expr::through(x, [&](view const& v) {
    std::size_t const rank = v.rank() + axes.axes().size();
    std::uint32_t const mask = expr::axis_mask(axes.axes(), rank, "repeated axis");
    view r{{}, {}, v.offset};
    for (std::size_t a = 0, from = 0; a < rank; ++a) {
      bool const fresh = (mask >> a & 1u) != 0;
      r.shape.push_back(fresh ? 1 : v.shape[from]);
      r.strides.push_back(fresh ? 0 : v.strides[from]);
      from += !fresh;
    }
    return r;
  });
}
template <expression X> auto expand_dims(X const& x, index a) { return expand_dims(x, axis(a)); }

namespace expr {
/// numpy.atleast_1d, 2d, 3d
constexpr view at_least(view v, std::size_t rank) {
  // A vector becomes a row, and in three dimensions the middle axis: (n,) -> (1, n) -> (1, n, 1).
  if (v.rank() == 0 && rank >= 1) v = subview(v, newaxis);
  if (v.rank() == 1 && rank >= 2) v = subview(v, newaxis, ndfuse::all);
  if (v.rank() == 2 && rank >= 3) v = subview(v, ndfuse::all, ndfuse::all, newaxis);
  return v;
}
}  // namespace expr
/// numpy.atleast_1d, atleast_2d, atleast_3d: new axes of extent 1 where there are fewer.
template <expression X> auto atleast_1d(X const& x) {
  return expr::through(x, [](view const& v) { return expr::at_least(v, 1); });
}
template <expression X> auto atleast_2d(X const& x) {
  return expr::through(x, [](view const& v) { return expr::at_least(v, 2); });
}
template <expression X> auto atleast_3d(X const& x) {
  return expr::through(x, [](view const& v) { return expr::at_least(v, 3); });
}

/// The elements x[..., i, i + offset] of two axes, as the last axis of the result (numpy.diagonal; here it can be
/// assigned to). Throws value_error for fewer than two axes.
template <expression X> auto diagonal(X const& x, index offset = 0, index axis1 = 0, index axis2 = 1) {
  return expr::through(x, [&](view const& v) {
    if (v.rank() < 2) throw value_error("diag requires an array of at least two dimensions");
    std::size_t const a = detail::normalize_axis(axis1, v.rank()), b = detail::normalize_axis(axis2, v.rank());
    if (a == b) throw value_error("axis1 and axis2 cannot be the same");
    index const rows = v.shape[a] + (offset < 0 ? offset : 0), columns = v.shape[b] - (offset > 0 ? offset : 0);
    index const count = rows < columns ? rows : columns;
    view r{{}, {}, v.offset};
    if (count > 0) r.offset += offset < 0 ? -offset * v.strides[a] : offset * v.strides[b];
    for (std::size_t d = 0; d < v.rank(); ++d) {
      if (d == a || d == b) continue;
      r.shape.push_back(v.shape[d]);
      r.strides.push_back(v.strides[d]);
    }
    r.shape.push_back(count > 0 ? count : 0);
    r.strides.push_back(v.strides[a] + v.strides[b]);
    return r;
  });
}

/// All elements in row-major order (numpy.ravel): a view where strides allow it, else a copy.
template <expression X> array<element_t<X>> ravel(X const& x) { return reshape(x, shape{-1}); }

/// Expressions broadcast to their common shape (numpy.broadcast_arrays), as a std::tuple.
template <expression... Xs> auto broadcast_arrays(Xs const&... xs) {
  shape s;
  ((s = broadcast_shapes(s, xs.node().shape())), ...);
  return std::tuple{broadcast_to(xs, s)...};
}

namespace expr {
template <expression... Xs> auto grid_of(bool exchange, Xs const&... xs) {
  constexpr std::size_t n = sizeof...(Xs);
  shape whole;
  (whole.push_back(element_count(xs.node().shape())), ...);
  if (exchange && n > 1) std::swap(whole[0], whole[1]);
  std::size_t k = 0;
  auto const one = [&](auto const& x) {
    std::size_t const axis = exchange && n > 1 && k < 2 ? 1 - k : k;
    ++k;
    auto const v = through(x, [&](view const& from) {
      if (from.rank() > 1) throw value_error("meshgrid takes vectors: ravel the others first");
      view r{index_list::filled(n, 1), index_list::filled(n, 0), from.offset};
      r.shape[axis] = from.size();
      r.strides[axis] = from.rank() == 1 ? from.strides[0] : 0;
      return r;
    });
    return ndfuse::broadcast_to(v, whole);
  };
  return std::tuple{one(xs)...};
}
}  // namespace expr
/// The coordinates of a grid from vectors of coordinates (numpy.meshgrid): a std::tuple of views of shape (ny, nx, nz,
/// ...); nothing is computed or stored.
template <expression... Xs> auto meshgrid(Xs const&... xs) { return expr::grid_of(true, xs...); }
/// The same with the axes in the arguments' order, shape (nx, ny, nz, ...): numpy.meshgrid(..., indexing="ij").
template <expression... Xs> auto meshgrid_ij(Xs const&... xs) { return expr::grid_of(false, xs...); }

namespace expr {

/// The part of an axis from `start` to `stop`.
template <expression X> auto part_of(X const& x, std::size_t axis, index start, index stop) {
  return through(x, [&](view v) {
    auto const [first, step, count] = slice(start, stop).over(v.shape[axis]);
    if (count > 0) v.offset += first * v.strides[axis];
    v.shape[axis] = count;
    return v;
  });
}
/// Two vectors side by side: numpy's hsplit cuts vectors along their only axis.
constexpr std::size_t split_axis(std::size_t rank, std::size_t axis, std::size_t least, std::string_view name) {
  if (rank < least)
    throw value_error(ndfuse::detail::message(name, " only works on arrays of ", least, " or more dimensions"));
  return axis < rank ? axis : 0;
}

}  // namespace expr

/// Cut at these indices along an axis (numpy.array_split, numpy.split): a std::vector of views.
template <expression X> auto split(X const& x, index_list const& at, one_axis along = 0) {
  std::size_t const a = along.in(x.node().shape().size());
  std::vector<decltype(expr::part_of(x, a, 0, 0))> parts;
  index from = 0;
  for (index to : at) {
    parts.push_back(expr::part_of(x, a, from, to));
    from = to;
  }
  parts.push_back(expr::part_of(x, a, from, x.node().shape()[a]));
  return parts;
}
/// Cut into `sections` parts as equal as can be, the first ones longer (numpy.array_split).
template <expression X> auto array_split(X const& x, index sections, one_axis along = 0) {
  std::size_t const a = along.in(x.node().shape().size());
  if (sections <= 0) throw value_error("number sections must be larger than 0.");
  index const n = x.node().shape()[a];
  std::vector<decltype(expr::part_of(x, a, 0, 0))> parts;
  for (index k = 0, from = 0; k < sections; ++k) {
    index const to = from + n / sections + (k < n % sections ? 1 : 0);
    parts.push_back(expr::part_of(x, a, from, to));
    from = to;
  }
  return parts;
}
/// Cut into equal parts (numpy.split); throws value_error when the axis cannot be divided so.
template <expression X> auto split(X const& x, index sections, one_axis along = 0) {
  std::size_t const a = along.in(x.node().shape().size());
  if (sections <= 0) throw value_error("number sections must be larger than 0.");
  if (x.node().shape()[a] % sections != 0) throw value_error("array split does not result in an equal division");
  return array_split(x, sections, index(a));
}
/// split along the second axis, or the only one (numpy.hsplit); the first (vsplit); the third (dsplit).
template <expression X, class At> auto hsplit(X const& x, At const& at) {
  return split(x, at, expr::split_axis(x.node().shape().size(), 1, 1, "hsplit"));
}
template <expression X, class At> auto vsplit(X const& x, At const& at) {
  return split(x, at, expr::split_axis(x.node().shape().size(), 0, 2, "vsplit"));
}
template <expression X, class At> auto dsplit(X const& x, At const& at) {
  return split(x, at, expr::split_axis(x.node().shape().size(), 2, 3, "dsplit"));
}
/// The parts x[0], x[1], ... along an axis, without that axis (numpy.unstack).
template <expression X> auto unstack(X const& x, one_axis along = 0) {
  std::size_t const a = along.in(x.node().shape().size());
  auto const one = [&](index k) {
    return expr::through(x, [&](view v) {
      v.offset += k * v.strides[a];
      v.shape.erase(a);
      v.strides.erase(a);
      return v;
    });
  };
  std::vector<decltype(one(0))> parts;
  for (index k = 0; k < x.node().shape()[a]; ++k) parts.push_back(one(k));
  return parts;
}

}  // namespace ndfuse
