#pragma once
/// @file What tests of arrays share: reading whole values, and which device a test runs on. Cases tagged [device] use
/// the public API alone and run on every device.

#include <ndfuse/array.hpp>
#include <ndfuse/creation.hpp>

#include <catch_amalgamated.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nf = ndfuse;

/// The elements of an expression in row-major order; booleans as 0 and 1.
template <nf::expression X> auto values(X const& e) {
  auto const host = nf::to_host(e);
  return std::vector(host.begin(), host.end());
}

/// `count` elements f(0), f(1), ...
template <class F> auto made(std::size_t count, F f) {
  std::vector<decltype(f(0))> list;
  for (std::size_t k = 0; k < count; ++k) list.push_back(f(int(k)));
  return list;
}

/// An array of `s` whose elements are f(0), f(1), ... in row-major order.
template <class F> auto array_of(nf::shape const& s, F f) {
  auto const list = made(std::size_t(nf::element_count(s)), f);
  return nf::array<typename decltype(list)::value_type>(list, s);
}

inline bool on_gpu() { return nf::device::current().kind() != nf::device_kind::cpu; }

using bytes = std::vector<std::uint8_t>;
using ints = std::vector<std::int32_t>;
using floats = std::vector<float>;
