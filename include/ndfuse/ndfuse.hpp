#pragma once
/// @file All of ndfuse. Lazy array expressions, each compiled to one fused kernel.

#include <ndfuse/array.hpp>
#include <ndfuse/creation.hpp>
#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/linalg.hpp>
