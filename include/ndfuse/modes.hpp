#pragma once
/// @file What happens outside of an array: the modes of nf::take, nf::put and nf::pad, with NumPy's names.

#include <cstdint>

namespace ndfuse::mode {

/// An index out of bounds is an error.
struct raise_t {};
inline constexpr raise_t raise{};
/// Indices and borders go on at the other end.
struct wrap_t {};
inline constexpr wrap_t wrap{};
/// Indices out of bounds are moved to the nearest end; negative ones to the beginning.
struct clip_t {};
inline constexpr clip_t clip{};

/// Borders: a value; the nearest element; a line from the nearest element to a value; mirrored at the outermost
/// element; mirrored at the edge behind it; whatever there is.
struct constant_t {};
inline constexpr constant_t constant{};
struct edge_t {};
inline constexpr edge_t edge{};
struct linear_ramp_t {};
inline constexpr linear_ramp_t linear_ramp{};
struct reflect_t {};
inline constexpr reflect_t reflect{};
struct symmetric_t {};
inline constexpr symmetric_t symmetric{};
struct empty_t {};
inline constexpr empty_t empty{};

/// Borders: a statistic of the elements along the axis, or of so many nearest to each border: nf::mode::mean(8).
struct statistic {
  std::int64_t length = -1;  // -1: all
};
#define NDFUSE_STATISTIC(name)                                                        \
  struct name##_t : statistic {                                                       \
    constexpr name##_t operator()(std::int64_t nearest) const { return {{nearest}}; } \
  };                                                                                  \
  inline constexpr name##_t name{};
NDFUSE_STATISTIC(maximum)
NDFUSE_STATISTIC(minimum)
NDFUSE_STATISTIC(mean)
NDFUSE_STATISTIC(median)
#undef NDFUSE_STATISTIC

}  // namespace ndfuse::mode
