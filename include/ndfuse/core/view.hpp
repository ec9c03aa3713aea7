#pragma once
/// @file A view: how the elements of an array lie in a buffer. Slicing, transposing and broadcasting only change views.

#include <ndfuse/core/shape.hpp>
#include <ndfuse/core/slice.hpp>

#include <utility>

namespace ndfuse {

/// Shape, strides and offset, all counted in elements. Element (i, j, ...) lies at offset + i*strides[0] + j*strides[1]
/// + ...
struct view {
  ndfuse::shape shape;
  index_list strides;
  index offset = 0;

  constexpr std::size_t rank() const { return shape.size(); }
  constexpr index size() const { return element_count(shape); }
  friend constexpr bool operator==(view const&, view const&) = default;
};

/// The row-major ("C") view of a whole buffer; throws for shapes that cannot be.
constexpr view contiguous_view(shape const& s) {
  detail::check_shape(s);
  view v{s, index_list::filled(s.size(), 0), 0};
  index step = 1;
  for (std::size_t d = s.size(); d-- > 0;) {
    v.strides[d] = step;
    step *= s[d] == 0 ? 1 : s[d];
  }
  return v;
}

/// True when the elements lie in row-major order without gaps (any offset); axes of extent 1 do not matter.
constexpr bool is_contiguous(view const& v) {
  if (v.size() == 0) return true;
  index step = 1;
  for (std::size_t d = v.rank(); d-- > 0;) {
    if (v.shape[d] != 1 && v.strides[d] != step) return false;
    step *= v.shape[d];
  }
  return true;
}

/// numpy.broadcast_to: axes of extent 1 (and missing leading ones) are repeated by a stride of 0.
constexpr view broadcast_to(view const& v, shape const& target) {
  detail::check_shape(target);
  auto const fail = [&] {
    throw shape_error(
        detail::message("operands could not be broadcast together with remapped shapes [original->remapped]: ", v.shape,
                        " and requested shape ", target));
  };
  if (v.rank() > target.size()) fail();
  std::size_t const lead = target.size() - v.rank();
  view result{target, index_list::filled(target.size(), 0), v.offset};
  for (std::size_t d = 0; d < v.rank(); ++d) {
    if (v.shape[d] == target[lead + d]) result.strides[lead + d] = v.strides[d];
    else if (v.shape[d] != 1) fail();
  }
  return result;
}

/// numpy.transpose with an explicit order of axes.
constexpr view permute(view const& v, index_list const& axes) {
  if (axes.size() != v.rank()) throw value_error("axes don't match array");
  view result{v.shape, v.strides, v.offset};
  bool seen[max_rank]{};
  for (std::size_t d = 0; d < v.rank(); ++d) {
    std::size_t const from = detail::normalize_axis(axes[d], v.rank());
    if (std::exchange(seen[from], true)) throw value_error("repeated axis in transpose");
    result.shape[d] = v.shape[from];
    result.strides[d] = v.strides[from];
  }
  return result;
}

/// numpy.transpose without axes: reverses their order.
constexpr view transpose(view const& v) {
  index_list axes;
  for (std::size_t d = v.rank(); d-- > 0;) axes.push_back(index(d));
  return permute(v, axes);
}

/// The view of the same elements in another shape if strides can express it; one extent may be -1. `possible` says
/// whether.
struct reshaped {
  view result;
  bool possible;
};

/// Replaces one -1 in `wanted` by what fits `count` elements; throws with NumPy's words when nothing does.
constexpr shape resolve_shape(shape wanted, index count, shape const& from) {
  index known = 1;
  std::ptrdiff_t unknown = -1;
  for (std::size_t d = 0; d < wanted.size(); ++d) {
    if (wanted[d] == -1) {
      if (unknown >= 0) throw value_error("can only specify one unknown dimension");
      unknown = std::ptrdiff_t(d);
    } else if (wanted[d] < 0) {
      throw value_error("negative dimensions not allowed");
    } else {
      // Beyond `count` no product can fit; more would overflow.
      known = wanted[d] != 0 && known > INT64_MAX / wanted[d] ? INT64_MAX : known * wanted[d];
    }
  }
  shape result = wanted;
  if (unknown >= 0 && known != 0 && count % known == 0) result[std::size_t(unknown)] = count / known;
  else if (unknown >= 0 || known != count)
    throw shape_error(
        detail::message("cannot reshape array of size ", count, " with shape ", from, " into shape ", wanted));
  return result;
}

constexpr reshaped reshape(view const& v, shape const& wanted) {
  shape const s = resolve_shape(wanted, v.size(), v.shape);
  view fresh = contiguous_view(s);
  fresh.offset = v.offset;
  if (v.size() == 0 || is_contiguous(v)) return {fresh, true};
  // Match groups of old axes with groups of new axes of equal size; each group must be evenly strided.
  index_list old_shape, old_strides;
  for (std::size_t d = 0; d < v.rank(); ++d)
    if (v.shape[d] != 1) {
      old_shape.push_back(v.shape[d]);
      old_strides.push_back(v.strides[d]);
    }
  std::size_t o = 0, n = 0;
  while (o < old_shape.size() && n < s.size()) {
    std::size_t const o_begin = o, n_begin = n;
    index old_product = old_shape[o++], new_product = s[n++];
    while (old_product != new_product) {
      if (old_product < new_product) old_product *= old_shape[o++];
      else new_product *= s[n++];
    }
    for (std::size_t k = o_begin; k + 1 < o; ++k)
      if (old_strides[k] != old_strides[k + 1] * old_shape[k + 1]) return {fresh, false};
    index step = old_strides[o - 1];
    for (std::size_t k = n; k-- > n_begin;) {
      fresh.strides[k] = step;
      step *= s[k];
    }
  }
  return {fresh, true};
}

namespace detail {

struct indexer {
  view const& from;
  view result;
  std::size_t axis = 0;      // next axis of `from`
  std::size_t consumed = 0;  // how many axes all indices together consume

  constexpr void take(std::integral auto i) {
    index const extent = from.shape[axis];
    index const given = std::in_range<index>(i) ? index(i) : INT64_MAX;
    index const at = given < 0 ? given + extent : given;
    if (at < 0 || at >= extent)
      throw index_error(message("index ", given, " is out of bounds for axis ", axis, " with size ", extent));
    result.offset += at * from.strides[axis++];
  }
  template <integral_constant_like C> constexpr void take(C) { take(C::value); }
  constexpr void take(slice const& s) {
    auto const [start, step, count] = s.over(from.shape[axis]);
    if (count > 0) result.offset += start * from.strides[axis];
    result.shape.push_back(count);
    result.strides.push_back(step * from.strides[axis++]);
  }
  constexpr void take(all_t) { take(slice{}); }
  constexpr void take(newaxis_t) {
    result.shape.push_back(1);
    result.strides.push_back(0);
  }
  constexpr void take(ellipsis_t) {
    for (std::size_t k = from.rank() - consumed; k > 0; --k) take(all);
  }
};

template <class T>
concept consumes_axis = !std::same_as<T, ellipsis_t> && !std::same_as<T, newaxis_t>;

}  // namespace detail

/// Basic indexing, numpy's `x[i, a:b:c, ..., None]`; throws index_error with NumPy's words.
template <axis_index... Is> constexpr view subview(view const& v, Is... indices) {
  constexpr std::size_t consumed = (0 + ... + std::size_t(detail::consumes_axis<Is>));
  constexpr std::size_t ellipses = (0 + ... + std::size_t(std::same_as<Is, ellipsis_t>));
  static_assert(ellipses <= 1, "an index can only have a single ellipsis");
  if (consumed > v.rank())
    throw index_error(detail::message("too many indices for array: array is ", v.rank(), "-dimensional, but ", consumed,
                                      " were indexed"));
  detail::indexer at{v, view{{}, {}, v.offset}, 0, consumed};
  (at.take(indices), ...);
  if constexpr (ellipses == 0) at.take(ellipsis);
  return at.result;
}

}  // namespace ndfuse
