// build error: operands could not be broadcast together: their static extents differ and neither is 1
#include <ndfuse/core/shape.hpp>
template <class A, class B>
  requires ndfuse::broadcastable_with<A, B>
void together(A, B) {}
void f() { together(std::extents<int, 2, 3>{}, std::extents<int, 4>{}); }
