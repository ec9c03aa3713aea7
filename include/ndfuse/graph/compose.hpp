#pragma once
/// @file Views of values that do not exist yet: how a view of an operation's result becomes views of its operands.

#include <ndfuse/core/view.hpp>

#include <optional>

namespace ndfuse::graph {

/// True when `v` names all elements of an array of shape `s` in row-major order.
constexpr bool is_whole(view const& v, shape const& s) { return v.offset == 0 && v.shape == s && is_contiguous(v); }

namespace detail {

/// The factor c with which `v`'s strides are c times the row-major strides of its shape; none when there is none. Such
/// a view counts elements evenly, whatever the axes.
constexpr std::optional<index> even_step(view const& v) {
  std::optional<index> step;
  index row_major = 1;
  for (std::size_t a = v.rank(); a-- > 0;) {
    if (v.shape[a] != 1) {
      if (v.strides[a] % row_major != 0) return std::nullopt;
      index const c = v.strides[a] / row_major;
      if (step && *step != c) return std::nullopt;
      step = c;
    }
    row_major *= v.shape[a];
  }
  return step ? *step : 0;
}

}  // namespace detail

/// The elements that `operand`, a view of the result's shape, has for the elements of the result that `outer` names,
/// which is a view of the result in its row-major order. None when they are no view of the operand's array.
///
/// Two cases cover what NumPy's views make of a result: the operand is evenly strided, so that any view of the result
/// is one of it (reshapes); or each axis of `outer` runs along one axis of the result (slices, transposes, new axes,
/// broadcasts).
constexpr std::optional<view> compose(view const& operand, view const& outer) {
  shape const& s = operand.shape;
  if (is_whole(outer, s)) return operand;
  view result{outer.shape, {}, operand.offset};
  if (outer.size() == 0) {
    for (std::size_t k = 0; k < outer.rank(); ++k) result.strides.push_back(0);
    return result;
  }
  if (auto const step = detail::even_step(operand)) {
    for (index stride : outer.strides) result.strides.push_back(stride * *step);
    result.offset += outer.offset * *step;
    return result;
  }
  // Where `outer` begins, in the result's coordinates, and how far its axes reach from there.
  index_list low, high, row_major = index_list::filled(s.size(), 1);
  for (std::size_t a = s.size(); a-- > 1;) row_major[a - 1] = row_major[a] * s[a];
  index rest = outer.offset;
  for (std::size_t a = 0; a < s.size(); ++a) {
    index const at = rest / row_major[a];
    rest -= at * row_major[a];
    low.push_back(at);
    high.push_back(at);
    result.offset += at * operand.strides[a];
  }
  for (std::size_t k = 0; k < outer.rank(); ++k) {
    index const stride = outer.strides[k];
    if (outer.shape[k] == 1 || stride == 0) {
      result.strides.push_back(0);
      continue;
    }
    bool found = false;
    for (std::size_t a = 0; a < s.size() && !found; ++a) {
      if (s[a] == 1 || stride % row_major[a] != 0) continue;
      index const step = stride / row_major[a], reach = step * (outer.shape[k] - 1);
      index const to_low = low[a] + (reach < 0 ? reach : 0), to_high = high[a] + (reach > 0 ? reach : 0);
      if (to_low < 0 || to_high >= s[a]) continue;
      low[a] = to_low;
      high[a] = to_high;
      result.strides.push_back(step * operand.strides[a]);
      found = true;
    }
    if (!found) return std::nullopt;
  }
  return result;
}

}  // namespace ndfuse::graph
