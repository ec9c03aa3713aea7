// Apart from the tests that use it: the loops of all operations on all types take the compiler long.

#include "general_kernel.hpp"

#include <ndfuse/codegen/cpu_blocks.hpp>

general_kernel::general_kernel(ndfuse::runtime::kernel const& of) : kernel(of) {
  auto const blocks = std::make_shared<ndfuse::codegen::block_program>(of.program);
  kernel.rows = ndfuse::codegen::cpu_rows_of(*blocks);
  program_ = blocks;
}
