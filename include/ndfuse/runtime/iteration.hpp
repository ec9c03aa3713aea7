#pragma once
/// @file Canonical iteration: several views of one shape with axes of extent 1 dropped and neighbouring axes merged
/// where all allow it.

#include <ndfuse/core/view.hpp>

#include <cstddef>
#include <span>

namespace ndfuse::runtime {

/// Merges axes of `views` (all of one shape) in place; afterwards they have one common, smallest possible rank. Axes
/// before `keep_apart` never merge with those from it on; returns how many axes lie before it afterwards.
inline std::size_t collapse(std::span<view*> views, std::size_t keep_apart = 0) {
  if (views.empty()) return 0;
  shape const from = views[0]->shape;
  shape merged;
  std::size_t before = 0;
  // Strides move forward in their own lists: there are never more merged axes than axes seen.
  bool open = false;  // whether the last merged axis may take the next one
  for (std::size_t d = 0; d < from.size(); ++d) {
    if (d == keep_apart) open = false;
    if (from[d] == 1) continue;
    if (open) {
      for (std::size_t k = 0; open && k < views.size(); ++k)
        open = views[k]->strides[merged.size() - 1] == views[k]->strides[d] * from[d];
      if (open) {
        merged[merged.size() - 1] *= from[d];
        for (view* v : views) v->strides[merged.size() - 1] = v->strides[d];
        continue;
      }
    }
    for (view* v : views) v->strides[merged.size()] = v->strides[d];
    merged.push_back(from[d]);
    if (d < keep_apart) ++before;
    open = true;
  }
  for (view* v : views) {
    v->shape = merged;
    while (v->strides.size() > merged.size()) v->strides.erase(v->strides.size() - 1);
  }
  return before;
}

/// Steps a multi-index in row-major order; false after the last one.
inline bool advance(index_list& at, shape const& extents) {
  for (std::size_t d = extents.size(); d-- > 0;) {
    if (++at[d] < extents[d]) return true;
    at[d] = 0;
  }
  return false;
}

/// The element number at a multi-index.
inline index element_at(view const& v, index_list const& at) {
  index e = v.offset;
  for (std::size_t d = 0; d < at.size(); ++d) e += at[d] * v.strides[d];
  return e;
}

}  // namespace ndfuse::runtime
