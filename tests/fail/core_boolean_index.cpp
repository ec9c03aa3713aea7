// A boolean is a mask in NumPy, not an index.
// build error: constraints not satisfied
// build error: axis_index
#include <ndfuse/core/view.hpp>
auto const v = ndfuse::subview(ndfuse::contiguous_view({2, 3}), true);
