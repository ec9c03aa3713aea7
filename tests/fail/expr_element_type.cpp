// build error: does not satisfy 'element'
#include <ndfuse/array.hpp>
#include <string>
namespace nf = ndfuse;
nf::array<std::string> x;
