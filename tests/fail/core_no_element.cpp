// build error: constraints not satisfied
// build error: element
#include <ndfuse/core/dtype.hpp>
auto const t = ndfuse::dtype_of<long double>;
