#pragma once
/// @file All of ndfuse. Lazy array expressions, each compiled to one fused kernel.

#include <ndfuse/array.hpp>
#include <ndfuse/canvas.hpp>
#include <ndfuse/creation.hpp>
#include <ndfuse/differences.hpp>
#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/histograms.hpp>
#include <ndfuse/indexing.hpp>
#include <ndfuse/interop.hpp>
#include <ndfuse/io.hpp>
#include <ndfuse/joining.hpp>
#include <ndfuse/linalg.hpp>
#include <ndfuse/manipulation.hpp>
#include <ndfuse/nonzero.hpp>
#include <ndfuse/padding.hpp>
#include <ndfuse/print.hpp>
#include <ndfuse/quantiles.hpp>
#include <ndfuse/random.hpp>
#include <ndfuse/reductions.hpp>
#include <ndfuse/scans.hpp>
#include <ndfuse/searching.hpp>
#include <ndfuse/sets.hpp>
#include <ndfuse/softmax.hpp>
#include <ndfuse/sorting.hpp>
#include <ndfuse/struct_array.hpp>
#include <ndfuse/views.hpp>
