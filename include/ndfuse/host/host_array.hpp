#pragma once
/// @file Elements in host memory: what reading an array gives, and what other code in C++ hands in.

#include <ndfuse/core/dtype.hpp>
#include <ndfuse/core/view.hpp>

#include <array>
#include <cstring>
#include <mdspan>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace ndfuse {

namespace detail {
template <class T> inline constexpr bool is_mdspan = false;
template <class T, class E, class L, class A> inline constexpr bool is_mdspan<std::mdspan<T, E, L, A>> = true;

/// Calls `f(offset)` for every element of `v`, in row-major order.
template <class F> constexpr void for_each_offset(view const& v, F f) {
  index const n = v.size();
  if (n == 0) return;
  index at[max_rank]{}, offset = v.offset;
  for (index k = 0;; ++k) {
    f(offset);
    if (k + 1 == n) return;
    for (std::size_t d = v.rank(); d-- > 0;) {
      offset += v.strides[d];
      if (++at[d] < v.shape[d]) break;
      offset -= at[d] * v.strides[d];
      at[d] = 0;
    }
  }
}

/// The shape of an mdspan.
template <class M> shape shape_of_mdspan(M const& m) {
  shape s;
  for (std::size_t d = 0; d < M::rank(); ++d) s.push_back(index(m.extent(d)));
  return s;
}

/// Calls `f(element)` for every element of an mdspan of any layout and accessor, in row-major order.
template <class M, class F> void for_each_element(M const& m, F f) {
  shape const s = shape_of_mdspan(m);
  index const n = element_count(s);
  std::array<typename M::index_type, M::rank()> at{};
  for (index k = 0; k < n; ++k) {
    f(m[at]);
    for (std::size_t d = M::rank(); d-- > 0;) {
      if (++at[d] < m.extent(d)) break;
      at[d] = 0;
    }
  }
}

/// True where an mdspan's elements lie side by side in row-major order in plain memory.
template <class M> bool is_row_major(M const& m) {
  if constexpr (!std::same_as<typename M::accessor_type, std::default_accessor<typename M::element_type>>) return false;
  else if constexpr (std::same_as<typename M::layout_type, std::layout_right>) return true;
  else if (!m.is_strided()) return false;
  else {
    view v;
    for (std::size_t d = 0; d < M::rank(); ++d) {
      v.shape.push_back(index(m.extent(d)));
      v.strides.push_back(index(m.stride(d)));
    }
    return is_contiguous(v);
  }
}
}  // namespace detail

/// A std::mdspan of any extents, layout and accessor.
template <class M>
concept mdspan_like = detail::is_mdspan<std::remove_cvref_t<M>>;

template <element T> class host_array;

namespace detail {
template <class T> inline constexpr bool is_host_array = false;
template <class T> inline constexpr bool is_host_array<host_array<T>> = true;
}  // namespace detail

/// A range of T that knows its size: a span, a vector, a std::array, a C array, a deque, a view of one of them.
template <class R, class T>
concept host_range =
    std::ranges::input_range<R> && std::ranges::sized_range<R> && element<std::ranges::range_value_t<R>> &&
    dtype_of<std::ranges::range_value_t<R>> == dtype_of<T> && !detail::is_host_array<std::remove_cvref_t<R>>;

/// A range whose elements lie side by side in plain memory that can be written to.
template <class R, class T>
concept host_destination =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && element<std::ranges::range_value_t<R>> &&
    dtype_of<std::ranges::range_value_t<R>> == dtype_of<T> &&
    !std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<R>>> &&
    !detail::is_host_array<std::remove_cvref_t<R>>;

/// Elements in host memory, row-major, with their shape: what reading an array gives.
template <element T> class host_array {
 public:
  /// std::vector<bool> has no elements to point at; booleans are kept as bytes.
  using stored = std::conditional_t<std::same_as<T, bool>, std::uint8_t, T>;
  using value_type = T;

  host_array() = default;
  /// Zeros of a shape.
  explicit host_array(ndfuse::shape s) : shape_(std::move(s)) {
    detail::check_shape(shape_);
    values_.resize(std::size_t(element_count(shape_)));
  }

  ndfuse::shape const& shape() const { return shape_; }
  std::size_t size() const { return values_.size(); }
  stored* data() { return values_.data(); }
  stored const* data() const { return values_.data(); }
  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  stored operator[](std::size_t i) const { return values_[i]; }
  /// The element at a full multi-index; throws index_error out of bounds.
  template <std::integral... Is> stored operator()(Is... at) const {
    return values_[std::size_t(subview(contiguous_view(shape_), at...).offset)];
  }
  std::span<stored> flat() { return values_; }
  std::span<stored const> flat() const { return values_; }

  /// The elements as a std::mdspan of rank R, without a copy; throws shape_error when the array has another rank.
  template <std::size_t R> auto mdspan() { return as_mdspan<std::dextents<index, R>>(data()); }
  template <std::size_t R> auto mdspan() const { return as_mdspan<std::dextents<index, R>>(data()); }
  /// The same with given extents, `x.mdspan<std::extents<int, 3, 4>>()`; throws shape_error when the shape differs.
  template <extents_type E>
    requires(!std::same_as<E, dynamic_shape>)
  auto mdspan() {
    return as_mdspan<E>(data());
  }
  template <extents_type E>
    requires(!std::same_as<E, dynamic_shape>)
  auto mdspan() const {
    return as_mdspan<E>(data());
  }

 private:
  template <class E, class P> auto as_mdspan(P* p) const {
    if (shape_.size() != E::rank())
      throw shape_error(
          detail::message("an array of shape ", shape_, " cannot be seen as an mdspan of rank ", E::rank()));
    detail::check_extents<E>(shape_);
    std::array<typename E::index_type, E::rank()> extents{};
    for (std::size_t d = 0; d < E::rank(); ++d) {
      if (!std::in_range<typename E::index_type>(shape_[d]))
        throw shape_error(detail::message("extent ", shape_[d], " does not fit the mdspan's index type"));
      extents[d] = typename E::index_type(shape_[d]);
    }
    return std::mdspan<P, E>(p, E(extents));
  }
  ndfuse::shape shape_;
  std::vector<stored> values_;
};

namespace detail {
/// Calls `f(pointer, shape)` with the elements of a host_array, an mdspan or a range in row-major order: in their own
/// memory where they lie so, else in a copy. A range is taken in the shape `s`; throws shape_error when it has another
/// number of elements.
template <element T, class S, class F> auto with_row_major(S&& source, shape const& s, F f) {
  using plain = std::remove_cvref_t<S>;
  using stored = typename host_array<T>::stored;
  if constexpr (is_host_array<plain>) {
    return f(static_cast<void const*>(source.data()), source.shape());
  } else if constexpr (mdspan_like<plain>) {
    shape const own = shape_of_mdspan(source);
    if constexpr (std::is_pointer_v<typename plain::data_handle_type>)
      if (is_row_major(source)) return f(static_cast<void const*>(source.data_handle()), own);
    host_array<T> packed(own);
    std::size_t next = 0;
    for_each_element(source, [&](T const& v) { packed.data()[next++] = stored(v); });
    return f(static_cast<void const*>(packed.data()), own);
  } else {
    index const count = index(std::ranges::size(source));
    check_shape(s);
    if (count != element_count(s))
      throw shape_error(message("cannot reshape array of size ", count, " into shape ", s));
    if constexpr (std::ranges::contiguous_range<S>) {
      return f(static_cast<void const*>(std::ranges::data(source)), s);
    } else {
      host_array<T> packed(s);
      std::size_t next = 0;
      for (T const v : source) packed.data()[next++] = stored(v);
      return f(static_cast<void const*>(packed.data()), s);
    }
  }
}

/// The shape that a host_array, an mdspan or a range has by itself.
template <class S> shape own_shape(S const& source) {
  if constexpr (is_host_array<S>) return source.shape();
  else if constexpr (mdspan_like<S>) return shape_of_mdspan(source);
  else return shape(index(std::ranges::size(source)));
}
}  // namespace detail

/// Elements of T in host memory that can be taken into an array: a range, an mdspan, a host_array.
template <class S, class T>
concept host_source = std::same_as<std::remove_cvref_t<S>, host_array<T>> || host_range<S, T> || [] {
  if constexpr (mdspan_like<S>) return dtype_of<typename std::remove_cvref_t<S>::value_type> == dtype_of<T>;
  else return false;
}();

}  // namespace ndfuse
