// build error: arrays used as indices must be of integer
#include <ndfuse/ndfuse.hpp>

ndfuse::array<float> f(ndfuse::array<float> const& x) { return x[x]; }
