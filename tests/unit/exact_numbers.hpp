#pragma once
#include "values.hpp"

/// Small whole numbers, whose products and sums are exact in every element type.
template <class T> nf::array<T> exact_numbers(nf::shape const& s, int seed) {
  return array_of(s, [=](int k) { return T((k * 31 + seed * 17 + k / 5) % 9 - (std::is_signed_v<T> ? 4 : 0)); });
}
