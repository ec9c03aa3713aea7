#pragma once
/// @file What can stand between the brackets of `x[...]`: integers, slices, `all`, `ellipsis`, `newaxis`.

#include <ndfuse/core/shape.hpp>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace ndfuse {

/// Marks a bound of a slice that is left out, as in Python's `x[:3]`.
struct none_t {};
inline constexpr none_t none{};

/// Python's start:stop:step along one axis, with its rules for negative and missing bounds.
class slice {
 public:
  constexpr slice() = default;
  template <class Start, class Stop, class Step = none_t>
  constexpr slice(Start start, Stop stop, Step step = {})
      : start_(bound(start)), stop_(bound(stop)), step_(bound(step)) {
    if (step_ && *step_ == 0) throw value_error("slice step cannot be zero");
  }
  template <class Stop> constexpr explicit slice(Stop stop) : slice(none, stop) {}

  /// The first index, the step and the number of elements that the slice takes of an axis of `extent` elements.
  struct range {
    index start, step, count;
  };
  constexpr range over(index extent) const {
    // A step beyond the extent takes one element, whatever it is; within it, no stride can overflow.
    index const longest = extent > 0 ? extent : 1;
    index const wanted = step_.value_or(1);
    index const step = wanted > longest ? longest : wanted < -longest ? -longest : wanted;
    index const low = step > 0 ? 0 : -1;
    index const high = step > 0 ? extent : extent - 1;
    auto const clamp = [&](std::optional<index> value, index missing) {
      if (!value) return missing;
      index const v = *value < 0 ? *value + extent : *value;
      return v < low ? low : v > high ? high : v;
    };
    index const start = clamp(start_, step > 0 ? low : high);
    index const stop = clamp(stop_, step > 0 ? high : low);
    index const span = step > 0 ? stop - start : start - stop;
    index const stride = step > 0 ? step : -step;
    return {start, step, span > 0 ? (span - 1) / stride + 1 : 0};
  }

 private:
  static constexpr std::optional<index> bound(none_t) { return std::nullopt; }
  static constexpr std::optional<index> bound(std::integral auto v) {
    return std::in_range<index>(v) ? index(v) : INT64_MAX;
  }
  std::optional<index> start_, stop_, step_;
};

/// The whole axis: Python's `:`. Called, it is the reduction numpy.all (expr/reduce.hpp).
struct all_t {
  template <class X, class... Os> auto operator()(X const& x, Os... options) const;
};
inline constexpr all_t all{};
/// As many whole axes as are needed: Python's `...`.
struct ellipsis_t {};
inline constexpr ellipsis_t ellipsis{};
/// A new axis of extent 1: numpy.newaxis.
struct newaxis_t {};
inline constexpr newaxis_t newaxis{};

namespace detail {
/// A compile-time integer that is a type, such as boost::hana's `1_c` or std::integral_constant.
template <class T>
concept integral_constant_like = std::is_class_v<T> && requires {
  requires std::integral<std::remove_cvref_t<decltype(T::value)>>;
  requires !std::same_as<std::remove_cvref_t<decltype(T::value)>, bool>;
};
}  // namespace detail

/// Anything that can index an axis.
template <class T>
concept axis_index =
    detail::integral_constant_like<T> || (std::integral<T> && !std::same_as<T, bool>) || std::same_as<T, slice> ||
    std::same_as<T, all_t> || std::same_as<T, ellipsis_t> || std::same_as<T, newaxis_t>;

}  // namespace ndfuse
