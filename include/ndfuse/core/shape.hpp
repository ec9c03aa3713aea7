#pragma once
/// @file Shapes: small inline lists of extents, broadcasting by NumPy's rules, and compile-time extents (std::extents).

#include <ndfuse/core/error.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mdspan>
#include <span>
#include <string>
#include <type_traits>

namespace ndfuse {

/// Extents, strides, offsets and axes are 64-bit and signed on every platform.
using index = std::int64_t;

/// The largest number of dimensions an array can have.
inline constexpr std::size_t max_rank = 16;

/// A list of at most `max_rank` integers held inline: extents, strides or axes.
class index_list {
 public:
  constexpr index_list() = default;
  template <std::integral... Is>
    requires(sizeof...(Is) > 0)
  constexpr explicit(sizeof...(Is) == 1) index_list(Is... values) {
    (push_back(index(values)), ...);
  }
  constexpr index_list(std::initializer_list<index> values) {
    for (index v : values) push_back(v);
  }
  constexpr explicit index_list(std::span<index const> values) {
    for (index v : values) push_back(v);
  }
  static constexpr index_list filled(std::size_t count, index value) {
    index_list list;
    for (std::size_t i = 0; i < count; ++i) list.push_back(value);
    return list;
  }

  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr index& operator[](std::size_t i) { return values_[i]; }
  constexpr index operator[](std::size_t i) const { return values_[i]; }
  constexpr index const* begin() const { return values_; }
  constexpr index const* end() const { return values_ + size_; }
  constexpr index* begin() { return values_; }
  constexpr index* end() { return values_ + size_; }

  constexpr void push_back(index value) {
    if (size_ == max_rank)
      throw shape_error(detail::message("maximum supported dimension for an array is ", max_rank, ", found more"));
    values_[size_++] = value;
  }
  constexpr void insert(std::size_t at, index value) {
    push_back(value);
    for (std::size_t i = size_ - 1; i > at; --i) values_[i] = values_[i - 1];
    values_[at] = value;
  }
  constexpr void erase(std::size_t at) {
    for (std::size_t i = at; i + 1 < size_; ++i) values_[i] = values_[i + 1];
    --size_;
  }

  friend constexpr bool operator==(index_list const& a, index_list const& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i)
      if (a.values_[i] != b.values_[i]) return false;
    return true;
  }

 private:
  index values_[max_rank]{};
  std::size_t size_ = 0;
};

/// The extents of an array, outermost first; `{}` is the shape of a 0-dimensional array.
using shape = index_list;

/// The number of elements of an array of this shape; 1 for a 0-dimensional one.
constexpr index element_count(shape const& s) {
  index n = 1;
  for (index e : s) n *= e;
  return n;
}

namespace detail {

/// NumPy's way to print a shape: (), (3,), (2,3).
inline std::string to_string(index_list const& s) {
  std::string out = "(";
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (i != 0) out += ",";
    out += std::to_string(s[i]);
  }
  out += s.size() == 1 ? ",)" : ")";
  return out;
}
}  // namespace detail

/// Adds a shape to a message as NumPy prints it (found by argument-dependent look-up).
inline void append_text(std::string& out, index_list const& s) { out += detail::to_string(s); }

namespace detail {

/// Throws for a negative extent, or a shape whose element count overflows.
constexpr void check_shape(shape const& s) {
  index n = 1;
  for (index e : s) {
    if (e < 0) throw value_error("negative dimensions are not allowed");
    if (e != 0 && n > INT64_MAX / 16 / e) throw value_error(message("array is too big: shape ", s));
    n *= e == 0 ? 1 : e;
  }
}

/// `axis` counted from the front; throws index_error with NumPy's words when it is out of bounds.
constexpr std::size_t normalize_axis(index axis, std::size_t rank) {
  index const n = index(rank);
  if (axis < -n || axis >= n)
    throw index_error(message("axis ", axis, " is out of bounds for array of dimension ", rank));
  return std::size_t(axis < 0 ? axis + n : axis);
}

}  // namespace detail

/// The common shape of two operands by NumPy's broadcasting; throws shape_error naming both when there is none.
constexpr shape broadcast_shapes(shape const& a, shape const& b) {
  shape const& longer = a.size() >= b.size() ? a : b;
  shape const& shorter = a.size() >= b.size() ? b : a;
  shape result = longer;
  std::size_t const lead = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    index const x = longer[lead + i], y = shorter[i];
    if (x == y || y == 1) continue;
    if (x != 1) throw shape_error(detail::message("operands could not be broadcast together with shapes ", a, " ", b));
    result[lead + i] = y;
  }
  return result;
}

/// The extents of an array whose rank and extents are known only at run time.
struct dynamic_shape {
  friend constexpr bool operator==(dynamic_shape, dynamic_shape) = default;
};

namespace detail {
template <class T> inline constexpr bool is_extents = false;
template <class I, std::size_t... E> inline constexpr bool is_extents<std::extents<I, E...>> = true;
}  // namespace detail

/// What can describe an array's extents in its type: `dynamic_shape`, or a std::extents with static or dynamic extents.
template <class T>
concept extents_type = std::same_as<T, dynamic_shape> || detail::is_extents<T>;

namespace detail {

/// Two extents fit when either is unknown, one of them is 1, or they are equal.
constexpr bool extents_fit(std::size_t a, std::size_t b) {
  return a == std::dynamic_extent || b == std::dynamic_extent || a == b || a == 1 || b == 1;
}
constexpr std::size_t broadcast_extent(std::size_t a, std::size_t b) {
  if (a == b || b == 1) return a;
  if (a == 1) return b;
  if (a == std::dynamic_extent) return b;  // b > 1, so a must turn out to be b or 1
  return a;
}

template <class A, class B> struct broadcast_extents {
  using type = dynamic_shape;
  static constexpr bool compatible = true;
};
template <class I, std::size_t... A, class J, std::size_t... B>
struct broadcast_extents<std::extents<I, A...>, std::extents<J, B...>> {
  static constexpr std::size_t rank = sizeof...(A) > sizeof...(B) ? sizeof...(A) : sizeof...(B);
  static constexpr std::size_t at(std::size_t i, bool second) {
    std::size_t const a[] = {A..., 1}, b[] = {B..., 1};
    std::size_t const own = second ? sizeof...(B) : sizeof...(A);
    std::size_t const lead = rank - own;
    return i < lead ? 1 : (second ? b[i - lead] : a[i - lead]);
  }
  static constexpr bool compatible = [] {
    for (std::size_t i = 0; i < rank; ++i)
      if (!extents_fit(at(i, false), at(i, true))) return false;
    return true;
  }();
  template <std::size_t... K>
  static auto make(std::index_sequence<K...>) -> std::extents<index, broadcast_extent(at(K, false), at(K, true))...>;
  using type = decltype(make(std::make_index_sequence<rank>{}));
};

}  // namespace detail

/// The extents type of two operands together.
template <extents_type A, extents_type B>
using broadcast_extents_t = typename detail::broadcast_extents<A, B>::type;

/// Operands whose static extents can be broadcast together; dynamic extents are checked at run time.
template <class A, class B>
concept broadcastable_with =
    detail::broadcast_extents<A, B>::compatible ||
    detail::unsatisfied<"operands could not be broadcast together: their static extents differ and neither is 1", A, B>;

namespace detail {
/// Throws when the run-time shape contradicts the static extents `E`.
template <extents_type E> constexpr void check_extents(shape const& s) {
  if constexpr (is_extents<E>) {
    shape expected;
    bool same = s.size() == E::rank();
    for (std::size_t i = 0; i < E::rank(); ++i) {
      bool const fixed = E::static_extent(i) != std::dynamic_extent;
      expected.push_back(fixed ? index(E::static_extent(i)) : -1);
      same = same && (!fixed || s[i] == expected[i]);
    }
    if (!same)
      throw shape_error(message("shape ", s, " does not match the array's static extents ", expected, " (-1: any)"));
  }
}
/// The shape that fully static extents stand for.
template <extents_type E>
  requires(is_extents<E> && E::rank_dynamic() == 0)
constexpr shape static_shape() {
  shape s;
  for (std::size_t i = 0; i < E::rank(); ++i) s.push_back(index(E::static_extent(i)));
  return s;
}
}  // namespace detail
}  // namespace ndfuse
