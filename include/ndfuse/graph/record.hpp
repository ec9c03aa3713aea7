#pragma once
/// @file Records: the packed form in which a run-time front end hands a graph of operations over. This file is the
/// format's definition; `parse` checks every word of it.
///
/// A record is a list of 32-bit words, little-endian:
///
///   header   magic 0x3146444e, version 1, number of nodes, words of all nodes, number of views, words of all views,
///            number of shapes, words of all shapes, number of scalars, number of outputs, number of releases,
///            flags (1: no fusion, every node by itself)
///   nodes    in an order in which operands come first; each: kind | op << 8 | dtype << 16 | references << 24,
///            then shape number | device << 31 (0 cpu, 1 GPU), then its references and what its kind adds:
///     0 buffer   handle, flags (1: nobody needs its elements after this record)
///     1 scalar   (word 1: the shape of rank 0) number of the scalar; op is the weak kind, 0: a scalar of its dtype
///     2 empty    uninitialised elements
///     3 iota     int32: the element's number in row-major order
///     4 map      op: an opcode, its references are the operands
///     5 cast     1 reference; of the same dtype: a copy
///     6 reduce   op: a reduce_kind; 1 reference; mask of reduced axes
///     7 matmul   2 references [batch..., m, k], [batch..., k, n]
///     8 store    2 references: the old value, the new elements; number of the view (of this very node) that they go to
///     9 gather   2 references: the source, and int32 numbers of its elements in row-major order
///     10 scan    op: a scan_kind; 1 reference, along whose last axis it runs; 1: backwards, 2: each without itself
///     11 sort    op 0: elements, 1: int32 positions; 1 reference, each row of its last axis; 1: descending
///     12 scatter op: a scatter_kind; 3 references: the old value, int32 numbers of its elements, the new elements,
///                which broadcast to the numbers' shape
///     13 search  op 0: left, 1: right; 2 references: a sorted array of one axis, and values; int32
///   A reference is the number of a node, or the number of a view + 2^31. Operands of map, cast and store broadcast.
///   views    node, rank, offset, extents, strides (signed); in elements of the node's row-major order
///   shapes   rank, extents
///   scalars  8 words each: weak kind (1 boolean, 2 integer, 3 floating, 4 complex), 0, real and imaginary part
///            (float64 each), integer (64 bits, two's complement)
///   outputs  node, handle that it gets
///   releases handles
///
/// Each buffer appears as one node. Names are numbers of this program's enumerations (ndfuse_core_tables lists them).

#include <ndfuse/core/view.hpp>
#include <ndfuse/ir/builder.hpp>
#include <ndfuse/ops/reductions.hpp>
#include <ndfuse/ops/scans.hpp>
#include <ndfuse/ops/scatter.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <unordered_set>
#include <vector>

namespace ndfuse::graph {

/// What was handed over is no valid record.
class record_error : public error {
  using error::error;
};

enum class node_kind : std::uint8_t {
  buffer,
  scalar,
  empty,
  iota,
  map,
  cast,
  reduce,
  matmul,
  store,
  gather,
  scan,
  sort,
  scatter,
  search
};

/// An operand: a node, or a node through a view.
struct reference {
  std::uint32_t node = 0;
  bool whole = true;  // all elements in row-major order, in the node's own shape
  ndfuse::view view;  // in elements of the node's row-major order
};

struct node {
  node_kind kind = node_kind::empty;
  std::uint8_t op = 0;
  dtype type = dtype::bool_;
  bool gpu = false;
  bool donated = false;      // a buffer that may be overwritten
  std::uint32_t handle = 0;  // of a buffer
  std::uint32_t scalar = 0;
  std::uint32_t axes = 0;   // of a reduction
  std::uint32_t flags = 0;  // of a scan or a sort
  ndfuse::shape shape;
  std::uint8_t inputs = 0;
  reference in[3];
  ndfuse::view target;  // of a store
};

struct output {
  std::uint32_t node, handle;
};

/// A record, read and checked.
struct record {
  std::vector<node> nodes;
  std::vector<ir::scalar_value> scalars;
  std::vector<output> outputs;
  std::vector<std::uint32_t> releases;
  bool fuse = true;
  /// What a schedule depends on: everything but handles and the values of scalars.
  std::vector<std::uint32_t> structure;
};

namespace detail {

inline constexpr std::uint32_t magic = 0x3146444e, version = 1;
inline constexpr std::size_t header_words = 12;
inline constexpr std::uint32_t view_bit = 0x80000000u;
/// Numbers of elements are int32 in kernels.
inline constexpr index most_elements = (index(1) << 31) - 1;

class reader {
 public:
  explicit reader(std::span<std::uint32_t const> words) : words_(words) {}
  std::uint32_t next() {
    if (at_ == words_.size()) fail("ends too early");
    return words_[at_++];
  }
  std::size_t position() const { return at_; }
  std::size_t left() const { return words_.size() - at_; }
  [[noreturn]] static void fail(char const* what) {
    throw record_error(ndfuse::detail::message("a record that ", what));
  }
  static void require(bool condition, char const* what) {
    if (!condition) fail(what);
  }

 private:
  std::span<std::uint32_t const> words_;
  std::size_t at_ = 0;
};

inline ndfuse::shape read_extents(reader& r, std::uint32_t rank) {
  reader::require(rank <= max_rank, "has a shape of more than 16 axes");
  ndfuse::shape s;
  index count = 1;
  for (std::uint32_t a = 0; a < rank; ++a) {
    index const extent = r.next();
    s.push_back(extent);
    reader::require(extent <= most_elements && (extent == 0 || count <= most_elements / extent),
                    "has a shape of more than 2^31 - 1 elements");
    if (extent != 0) count *= extent;
  }
  return s;
}

/// True when every element of `v` lies in `count` elements.
inline bool inside(ndfuse::view const& v, index count) {
  if (v.size() == 0) return true;
  index low = v.offset, high = v.offset;
  for (std::size_t a = 0; a < v.rank(); ++a) {
    index const reach = (v.shape[a] - 1) * v.strides[a];
    (reach < 0 ? low : high) += reach;
  }
  return low >= 0 && high < count;
}

/// True when no two indices of `v` name one element, so that it can be written to: with the axes by rising stride, each
/// steps over all that the ones before it reach.
inline bool injective(ndfuse::view const& v) {
  if (v.size() <= 1) return true;
  index_list strides, extents;
  for (std::size_t a = 0; a < v.rank(); ++a) {
    if (v.shape[a] == 1) continue;
    index const s = v.strides[a] < 0 ? -v.strides[a] : v.strides[a];
    std::size_t at = 0;
    while (at < strides.size() && strides[at] < s) ++at;
    strides.insert(at, s);
    extents.insert(at, v.shape[a]);
  }
  index reach = 0;
  for (std::size_t a = 0; a < strides.size(); ++a) {
    if (strides[a] <= reach) return false;
    reach += (extents[a] - 1) * strides[a];
  }
  return true;
}

/// Operations of kernels that a record may hold although types do not meet in them: bits as another type, two parts as
/// a complex number.
constexpr bool has_own_types(std::uint8_t op) {
  return ir::opcode(op) == ir::opcode::bit_cast || ir::opcode(op) == ir::opcode::make_complex;
}
inline bool types_fit(node const& n, std::vector<node> const& nodes) {
  auto const operand = [&](std::size_t k) { return nodes[n.in[k].node].type; };
  for (std::size_t k = 0; k < n.inputs; ++k)
    if (nodes[n.in[k].node].kind == node_kind::scalar) return false;
  if (ir::opcode(n.op) == ir::opcode::make_complex)
    return operand(0) == operand(1) && ((operand(0) == dtype::float32 && n.type == dtype::complex64) ||
                                        (operand(0) == dtype::float64 && n.type == dtype::complex128));
  auto const whole = [](dtype t) { return size_of(t) >= 4 && !is_complex(t); };
  return whole(operand(0)) && whole(n.type) && size_of(operand(0)) == size_of(n.type);
}
}  // namespace detail

/// Reads a record; throws record_error for what is none, shape_error and dtype_error for operands that do not fit.
inline record parse(std::span<std::uint32_t const> words) {
  using detail::reader;
  reader head(words);
  reader::require(words.size() >= detail::header_words, "is shorter than its header");
  reader::require(head.next() == detail::magic, "does not begin with the magic number");
  if (std::uint32_t const v = head.next(); v != detail::version)
    throw record_error(ndfuse::detail::message("a record of version ", index(v), ", but this core reads version ",
                                               index(detail::version)));
  std::size_t const n_nodes = head.next(), node_words = head.next(), n_views = head.next(), view_words = head.next(),
                    n_shapes = head.next(), shape_words = head.next(), n_scalars = head.next(), n_outputs = head.next(),
                    n_releases = head.next();
  std::uint32_t const flags = head.next();
  std::uint64_t const expected = std::uint64_t(detail::header_words) + node_words + view_words + shape_words +
                                 std::uint64_t(n_scalars) * 8 + std::uint64_t(n_outputs) * 2 + n_releases;
  reader::require(expected == words.size(), "has another length than its header says");
  reader::require(n_nodes <= 65535 && n_nodes <= node_words, "has too many nodes");
  reader::require(n_views <= view_words && n_shapes <= shape_words, "has more views or shapes than words for them");
  auto rest = words.subspan(detail::header_words);
  auto const take = [&](std::size_t count) {
    auto const part = rest.first(count);
    rest = rest.subspan(count);
    return part;
  };
  auto const node_part = take(node_words), view_part = take(view_words), shape_part = take(shape_words),
             scalar_part = take(n_scalars * 8), output_part = take(n_outputs * 2), release_part = take(n_releases);

  record result;
  result.fuse = (flags & 1u) == 0;
  std::vector<ndfuse::shape> shapes;
  for (reader r(shape_part); shapes.size() < n_shapes;) {
    shapes.push_back(detail::read_extents(r, r.next()));
    if (shapes.size() == n_shapes) reader::require(r.left() == 0, "has words after its shapes");
  }
  std::vector<reference> views;
  for (reader r(view_part); views.size() < n_views;) {
    reference v;
    v.whole = false;
    v.node = r.next();
    std::uint32_t const rank = r.next();
    v.view.offset = index(r.next());
    v.view.shape = detail::read_extents(r, rank);
    for (std::uint32_t a = 0; a < rank; ++a) v.view.strides.push_back(std::int32_t(r.next()));
    views.push_back(v);
    if (views.size() == n_views) reader::require(r.left() == 0, "has words after its views");
  }
  for (reader r(scalar_part); result.scalars.size() < n_scalars;) {
    std::uint32_t const kind = r.next();
    reader::require(kind >= 1 && kind <= 4 && r.next() == 0, "has a scalar of no kind");
    auto const wide = [&] {
      std::uint64_t const low = r.next();
      return low | std::uint64_t(r.next()) << 32;
    };
    ir::scalar_value v;
    v.kind = weak_kind(kind);
    v.real = std::bit_cast<double>(wide());
    v.imag = std::bit_cast<double>(wide());
    v.integer = std::int64_t(wide());
    result.scalars.push_back(v);
  }

  // What a schedule depends on.
  result.structure.reserve(words.size());
  result.structure.insert(result.structure.end(),
                          {std::uint32_t(n_nodes), std::uint32_t(node_words), std::uint32_t(n_views),
                           std::uint32_t(n_shapes), std::uint32_t(n_scalars), std::uint32_t(n_outputs), flags});
  std::size_t const nodes_at = result.structure.size();
  result.structure.insert(result.structure.end(), node_part.begin(), node_part.end());
  result.structure.insert(result.structure.end(), view_part.begin(), view_part.end());
  result.structure.insert(result.structure.end(), shape_part.begin(), shape_part.end());
  for (ir::scalar_value const& v : result.scalars) result.structure.push_back(std::uint32_t(v.kind));

  result.nodes.reserve(n_nodes);
  reader r(node_part);
  std::unordered_set<std::uint32_t> handles;
  while (result.nodes.size() < n_nodes) {
    std::uint32_t const self = std::uint32_t(result.nodes.size());
    node n;
    std::uint32_t const word = r.next(), where = r.next();
    std::uint32_t const kind = word & 255u, type = word >> 16 & 255u, inputs = word >> 24;
    reader::require(kind <= std::uint32_t(node_kind::search), "has a node of an unknown kind");
    reader::require(type < dtype_count, "has a node of an unknown dtype");
    reader::require((where & 0x7fffffffu) < shapes.size(), "names a shape that it does not have");
    n.kind = node_kind(kind);
    n.op = std::uint8_t(word >> 8);
    n.type = dtype(type);
    n.gpu = where >> 31 != 0;
    n.shape = shapes[where & 0x7fffffffu];
    reader::require(!n.gpu || !is_wide(n.type), "has a 64-bit dtype on the GPU");
    n.inputs = std::uint8_t(inputs);
    std::size_t const arity = [&]() -> std::size_t {
      switch (n.kind) {
        case node_kind::map:
          reader::require(n.op < ir::op_count, "has an unknown operation");
          reader::require(detail::has_own_types(n.op) || (ir::info(ir::opcode(n.op)).rule != ir::rule::structure &&
                                                          ir::info(ir::opcode(n.op)).rule != ir::rule::exact),
                          "has an operation that only kernels may hold");
          return ir::info(ir::opcode(n.op)).arity;
        case node_kind::scatter: return 3;
        case node_kind::cast:
        case node_kind::scan:
        case node_kind::sort:
        case node_kind::reduce: return 1;
        case node_kind::search:
        case node_kind::matmul:
        case node_kind::store:
        case node_kind::gather: return 2;
        default: return 0;
      }
    }();
    reader::require(inputs == arity, "gives an operation a wrong number of operands");
    auto const shape_of = [&](reference const& x) -> ndfuse::shape const& {
      return x.whole ? result.nodes[x.node].shape : x.view.shape;
    };
    for (std::uint32_t k = 0; k < inputs; ++k) {
      std::uint32_t const name = r.next();
      reference& x = n.in[k];
      if ((name & detail::view_bit) == 0) {
        x.node = name;
      } else {
        reader::require((name & ~detail::view_bit) < views.size(), "names a view that it does not have");
        x = views[name & ~detail::view_bit];
      }
      reader::require(x.node < self, "uses a node before it is made");
      node const& from = result.nodes[x.node];
      reader::require(x.whole || detail::inside(x.view, element_count(from.shape)),
                      "has a view that reaches out of its node");
      reader::require(x.whole || from.kind != node_kind::scalar, "has a view of a scalar");
      reader::require(from.kind == node_kind::scalar || from.gpu == n.gpu, "mixes devices");
    }
    auto const from_array = [&](std::size_t k) { return result.nodes[n.in[k].node].kind != node_kind::scalar; };
    switch (n.kind) {
      case node_kind::buffer: {
        n.handle = r.next();
        n.donated = (r.next() & 1u) != 0;
        result.structure[nodes_at + r.position() - 2] = 0;  // which array it is does not matter
        reader::require(handles.insert(n.handle).second, "has two nodes for one buffer");
        break;
      }
      case node_kind::scalar:
        n.scalar = r.next();
        reader::require(n.scalar < result.scalars.size(), "names a scalar that it does not have");
        reader::require(n.shape.empty(), "has a scalar with axes");
        reader::require(n.op == 0 || n.op == std::uint8_t(result.scalars[n.scalar].kind),
                        "gives a scalar another kind than its value has");
        break;
      case node_kind::empty: break;
      case node_kind::iota: reader::require(n.type == dtype::int32, "has element numbers that are not int32"); break;
      case node_kind::map:
      case node_kind::cast:
        if (n.kind == node_kind::map && detail::has_own_types(n.op))
          reader::require(detail::types_fit(n, result.nodes), "looks at bits of types that do not fit");
        for (std::uint32_t k = 0; k < inputs; ++k)
          if (broadcast_shapes(shape_of(n.in[k]), n.shape) != n.shape)
            throw shape_error(ndfuse::detail::message("an operand of shape ", shape_of(n.in[k]),
                                                      " does not broadcast to the shape ", n.shape));
        break;
      case node_kind::reduce: {
        n.axes = r.next();
        reader::require(n.op < ops::reduce_kind_count, "has an unknown reduction");
        ndfuse::shape const& from = shape_of(n.in[0]);
        reader::require(result.nodes[n.in[0].node].kind != node_kind::scalar, "reduces a scalar");
        reader::require(from.size() >= 32 || n.axes >> from.size() == 0, "reduces an axis that is not there");
        ndfuse::shape kept;
        index reduced = 1;
        for (std::size_t a = 0; a < from.size(); ++a) {
          if ((n.axes >> a & 1u) == 0) kept.push_back(from[a]);
          else reduced *= from[a];
        }
        reader::require(kept == n.shape, "gives a reduction a wrong shape");
        ops::reduce_types const t = ops::types_of(ops::reduce_kind(n.op), result.nodes[n.in[0].node].type);
        reader::require(t.supported && t.result == n.type, "gives a reduction a wrong dtype");
        if (reduced == 0 && !t.has_identity && element_count(n.shape) > 0)
          ops::throw_empty(ops::name_of(t.kind), ops::empty_words(t.kind));
        break;
      }
      case node_kind::matmul: {
        ndfuse::shape const &a = shape_of(n.in[0]), &b = shape_of(n.in[1]);
        std::size_t const rank = n.shape.size();
        bool good = rank >= 2 && a.size() == rank && b.size() == rank && a[rank - 1] == b[rank - 2] &&
                    a[rank - 1] > 0 && a[rank - 2] == n.shape[rank - 2] && b[rank - 1] == n.shape[rank - 1];
        for (std::size_t k = 0; good && k + 2 < rank; ++k) good = a[k] == n.shape[k] && b[k] == n.shape[k];
        reader::require(good, "has a matrix product of shapes that do not fit");
        reader::require(result.nodes[n.in[0].node].kind != node_kind::scalar &&
                            result.nodes[n.in[1].node].kind != node_kind::scalar,
                        "multiplies a scalar as a matrix");
        break;
      }
      case node_kind::store: {
        std::uint32_t const number = r.next();
        reader::require(number < views.size() && views[number].node == self, "has a store without a view of its own");
        n.target = views[number].view;
        node const& old = result.nodes[n.in[0].node];
        reader::require(n.in[0].whole && old.kind != node_kind::scalar && old.shape == n.shape && old.type == n.type,
                        "has a store into something else than a whole array");
        reader::require(detail::inside(n.target, element_count(n.shape)) && detail::injective(n.target),
                        "has a store to elements that are not there, or to one element twice");
        if (broadcast_shapes(shape_of(n.in[1]), n.target.shape) != n.target.shape)
          throw shape_error(ndfuse::detail::message("could not broadcast input array from shape ", shape_of(n.in[1]),
                                                    " into shape ", n.target.shape));
        break;
      }
      case node_kind::gather:
        reader::require(n.in[0].whole && result.nodes[n.in[0].node].kind != node_kind::scalar &&
                            result.nodes[n.in[0].node].type == n.type,
                        "gathers from something else than a whole array of its dtype");
        reader::require(result.nodes[n.in[1].node].type == dtype::int32 && shape_of(n.in[1]) == n.shape &&
                            result.nodes[n.in[1].node].kind != node_kind::scalar,
                        "gathers by something else than int32 numbers of its shape");
        break;
      case node_kind::scan: {
        n.flags = r.next();
        reader::require(n.op < ops::scan_kind_count && n.flags < 4, "has an unknown scan");
        reader::require(from_array(0) && shape_of(n.in[0]) == n.shape && !n.shape.empty(),
                        "scans something else than an array of its shape");
        ops::scan_types const t = ops::types_of(ops::scan_kind(n.op), result.nodes[n.in[0].node].type);
        reader::require(t.supported && t.result == n.type, "gives a scan a wrong dtype");
        break;
      }
      case node_kind::sort:
        n.flags = r.next();
        reader::require(n.op < 2 && n.flags < 2, "has an unknown sort");
        reader::require(from_array(0) && shape_of(n.in[0]) == n.shape && !n.shape.empty(),
                        "sorts something else than an array of its shape");
        reader::require(n.type == (n.op == 0 ? result.nodes[n.in[0].node].type : dtype::int32),
                        "gives a sort a wrong dtype");
        break;
      case node_kind::scatter: {
        reader::require(n.op < ops::scatter_kind_count, "has an unknown way of scattering");
        node const& old = result.nodes[n.in[0].node];
        reader::require(n.in[0].whole && from_array(0) && old.shape == n.shape && old.type == n.type,
                        "scatters into something else than a whole array");
        reader::require(from_array(1) && result.nodes[n.in[1].node].type == dtype::int32,
                        "scatters by something else than int32 numbers");
        bool const extreme = ops::scatter_kind(n.op) == ops::scatter_kind::minimum ||
                             ops::scatter_kind(n.op) == ops::scatter_kind::maximum;
        reader::require(!(extreme && is_complex(n.type)), "orders complex numbers");
        if (broadcast_shapes(shape_of(n.in[2]), shape_of(n.in[1])) != shape_of(n.in[1]))
          throw shape_error(ndfuse::detail::message("shape mismatch: value array of shape ", shape_of(n.in[2]),
                                                    " could not be broadcast to indexing result of shape ",
                                                    shape_of(n.in[1])));
        break;
      }
      case node_kind::search:
        reader::require(n.op < 2 && n.type == dtype::int32, "has an unknown search");
        reader::require(n.in[0].whole && from_array(0) && shape_of(n.in[0]).size() == 1,
                        "searches something else than a whole array of one axis");
        reader::require(result.nodes[n.in[0].node].type == result.nodes[n.in[1].node].type,
                        "searches for values of another dtype than the sorted ones");
        if (broadcast_shapes(shape_of(n.in[1]), n.shape) != n.shape)
          throw shape_error(ndfuse::detail::message("values of shape ", shape_of(n.in[1]),
                                                    " do not broadcast to the shape ", n.shape));
        break;
    }
    result.nodes.push_back(n);
  }
  reader::require(r.left() == 0, "has words after its nodes");

  handles.clear();
  std::vector<bool> wanted(n_nodes, false);
  for (std::size_t k = 0; k < n_outputs; ++k) {
    output const o{output_part[2 * k], output_part[2 * k + 1]};
    reader::require(o.node < n_nodes && !wanted[o.node], "asks for a node that it does not have, or for one twice");
    node_kind const kind = result.nodes[o.node].kind;
    reader::require(kind != node_kind::scalar && kind != node_kind::buffer, "asks for a value that exists already");
    reader::require(handles.insert(o.handle).second, "gives two arrays one handle");
    wanted[o.node] = true;
    result.outputs.push_back(o);
    result.structure.push_back(o.node);
  }
  result.releases.assign(release_part.begin(), release_part.end());
  return result;
}

}  // namespace ndfuse::graph
