#pragma once
/// @file A kernel whose loop for the CPU is not the compiled one, but the one for programs known only at run time.

#include <ndfuse/runtime/kernel.hpp>

#include <memory>

struct general_kernel {
  explicit general_kernel(ndfuse::runtime::kernel const& of);
  ndfuse::runtime::kernel kernel;

 private:
  std::shared_ptr<void const> program_;
};
