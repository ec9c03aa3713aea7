#pragma once
/// @file From a record to the launches that compute it: what is fused, what goes through memory, in which order, and
/// what may be overwritten.
///
/// Elementwise nodes have no memory of their own unless somebody needs it: outputs, operands of a matrix product, bases
/// of stores, and those for which recomputing costs more than memory (seen through several views, needed by several
/// kernels, repeated by a broadcast), or which would make a kernel too long or bind too many arrays. Outputs of one
/// shape that depend on the same stage of the work are made by one kernel. A matrix product that one such kernel of one
/// output alone takes, element by element, goes on to it in its own launch.

#include <ndfuse/graph/compose.hpp>
#include <ndfuse/graph/kernels.hpp>
#include <ndfuse/graph/record.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ndfuse::graph {

enum class step_kind : std::uint8_t { map, reduce, matmul, store, scan, sort, scatter };

/// Where a launch's operand lies: the memory of a slot through a view, or a generator.
struct bound {
  std::uint32_t slot = 0;
  bool generator = false;
  ndfuse::view view;
};

/// One launch (of a store two, when the old value must stay).
struct step {
  step_kind kind = step_kind::map;
  bool gpu = false;
  std::shared_ptr<made_kernel> kernel;        // map, store: the values; reduce, scan: the elements;
                                              // scatter: numbers and values; matmul: the epilogue, if any
  std::vector<bound> loads;                   // matmul, sort: the operands themselves; then those of the epilogue
  std::vector<std::uint32_t> scalars;         // the record's numbers, by the program's
  std::vector<std::uint32_t> finish_scalars;  // reduce: of what its launch goes on to, after the divisor of a mean
  std::vector<std::uint32_t> outputs;         // slots
  std::vector<std::int64_t> reuse;            // for each output the slot whose memory it takes over, or -1
  std::vector<std::uint32_t> ends;            // slots that nobody needs after this step
  std::vector<std::uint32_t> nodes;           // whose work this is
  std::shared_ptr<made_kernel> partial;       // reduce
  std::shared_ptr<made_reduction> reduction;
  shape extents;
  std::size_t kept = 0;
  std::uint8_t op = 0;      // sort, scatter: as in the record
  std::uint32_t flags = 0;  // scan, sort
  std::shared_ptr<made_scan> scan;
  std::shared_ptr<made_kernel> combine;  // scatter: what joins two values
  std::uint32_t source = 0;              // store, scatter: the slot of the old value
  std::size_t product = 0;               // matmul: which of its epilogue's operands is the product,
  dtype product_type = dtype::bool_;     // and the type of that
  ndfuse::view target;                   // store
};

/// A value in memory.
struct slot {
  dtype type = dtype::bool_;
  ndfuse::shape shape;
  bool gpu = false;
};

struct schedule {
  std::vector<slot> slots;  // by node; those behind are made on the way
  std::vector<std::uint32_t> empties;
  std::vector<step> steps;
  std::vector<std::shared_ptr<made_kernel>> copies;  // by dtype, where a store keeps the old value
};

/// What a kernel may hold.
struct limits {
  std::size_t loads = 26;          // of codegen::max_operands; a part stays for values that are outputs too
  std::size_t buffers = 8;         // that the GPU binds at once, outputs included
  std::size_t depth = 400;         // operations that depend on each other
  std::uint64_t repeat_cost = 24;  // operations that a second view of a value may repeat
  std::uint64_t kernel_cost = 64;  // operations that a second kernel may repeat
  std::uint64_t spread_cost = 48;  // operations that a broadcast may repeat for each element
};

class scheduler {
 public:
  scheduler(record const& r, kernel_cache& cache, limits const& l)
      : r_(r), cache_(cache), limits_(l), facts_(r.nodes.size()), computed_(r.nodes.size(), false) {}

  schedule make() {
    for (node const& n : r_.nodes) result_.slots.push_back({n.type, n.shape, n.gpu});
    find_needed();
    find_epilogues();
    count_views();
    for (std::uint32_t k = 0; k < count(); ++k)
      if (facts_[k].needed) consider(k);
    force_shared();
    find_stages();
    emit();
    fuse_products();
    find_lifetimes();
    return std::move(result_);
  }

 private:
  /// A leaf as an elementwise node sees it; equal leaves are one load.
  struct leaf {
    std::uint32_t node;
    std::uint64_t through;  // hash of the views on the way
    friend auto operator<=>(leaf const&, leaf const&) = default;
  };
  struct facts {
    bool needed = false, wanted = false;
    bool forced = false;  // its consumers find it in memory
    std::uint64_t cost = 0;
    std::size_t depth = 0;
    int stage = -1;
    std::vector<std::uint64_t> views;  // hashes of the different ways in which it is seen
    std::vector<leaf> leaves;
    std::vector<std::uint64_t> roots;  // kernels that would compute it; at most two are noted
    std::int64_t after = -1;           // the value that this one, which only adds scalars, is an epilogue of
    std::int64_t epilogue = -1;        // the value that the launch of this one goes on to
  };

  std::uint32_t count() const { return std::uint32_t(r_.nodes.size()); }
  static bool elementwise(node const& n) {
    return n.kind == node_kind::map || n.kind == node_kind::cast || n.kind == node_kind::gather ||
           n.kind == node_kind::search;
  }
  /// An operand that is an array in memory, whose elements the node takes by number.
  static bool fetched(node const& n, std::size_t k) {
    return (n.kind == node_kind::gather || n.kind == node_kind::search) && k == 0;
  }
  /// Can be computed where it is used. What a reduction's launch goes on to is made by that launch.
  bool fusable(std::uint32_t k) const {
    return (elementwise(r_.nodes[k]) || r_.nodes[k].kind == node_kind::iota) && facts_[k].after < 0;
  }
  bool inlined(std::uint32_t k) const { return fusable(k) && !facts_[k].forced; }
  shape const& shape_of(reference const& x) const { return x.whole ? r_.nodes[x.node].shape : x.view.shape; }
  /// A reference as a view of its node, spread to `s`.
  view seen(reference const& x, shape const& s) const {
    return broadcast_to(x.whole ? contiguous_view(r_.nodes[x.node].shape) : x.view, s);
  }
  /// The shape in which a node looks at its operand `k`.
  shape const& seen_shape(node const& n, std::size_t k) const {
    if (n.kind == node_kind::store && k == 1) return n.target.shape;
    if (n.kind == node_kind::scatter && k == 2) return shape_of(n.in[1]);
    if (elementwise(n) && !fetched(n, k)) return n.shape;
    return shape_of(n.in[k]);
  }
  static std::uint64_t hash_of(view const& v) {
    std::uint64_t h = ir::hash_combine(ir::hash_seed, std::uint64_t(v.offset));
    for (std::size_t a = 0; a < v.rank(); ++a)
      h = ir::hash_combine(ir::hash_combine(h, std::uint64_t(v.shape[a])), std::uint64_t(v.strides[a]));
    return h;
  }

  void find_needed() {
    for (output const& o : r_.outputs) facts_[o.node].needed = facts_[o.node].wanted = true;
    for (std::uint32_t k = count(); k-- > 0;)
      if (facts_[k].needed)
        for (std::size_t j = 0; j < r_.nodes[k].inputs; ++j) facts_[r_.nodes[k].in[j].node].needed = true;
  }

  /// A reduction goes on with what follows it alone, as long as that takes nothing but scalars: means of squares become
  /// roots in one launch.
  void find_epilogues() {
    if (!r_.fuse) return;
    std::vector<std::uint32_t> uses(count(), 0), user(count(), 0);
    for (std::uint32_t k = 0; k < count(); ++k)
      if (facts_[k].needed)
        for (std::size_t j = 0; j < r_.nodes[k].inputs; ++j) {
          ++uses[r_.nodes[k].in[j].node];
          user[r_.nodes[k].in[j].node] = k;
        }
    for (std::uint32_t k = 0; k < count(); ++k) {
      if (!facts_[k].needed || r_.nodes[k].kind != node_kind::reduce) continue;
      for (std::uint32_t at = k; uses[at] == 1 && !facts_[at].wanted;) {
        std::uint32_t const next = user[at];
        node const& n = r_.nodes[next];
        bool simple = elementwise(n) && n.shape == r_.nodes[at].shape;
        for (std::size_t j = 0; simple && j < n.inputs; ++j)
          simple = n.in[j].node == at ? n.in[j].whole : r_.nodes[n.in[j].node].kind == node_kind::scalar;
        if (!simple) break;
        facts_[at].epilogue = next;
        facts_[next].after = at;
        at = next;
      }
    }
  }

  void count_views() {
    for (std::uint32_t k = 0; k < count(); ++k) {
      node const& n = r_.nodes[k];
      if (!facts_[k].needed) continue;
      for (std::size_t j = 0; j < n.inputs; ++j) {
        std::uint32_t const m = n.in[j].node;
        if (!fusable(m)) continue;
        shape const& s = seen_shape(n, j);
        std::uint64_t const h = n.in[j].whole && r_.nodes[m].shape == s ? 0 : hash_of(seen(n.in[j], s));
        auto& views = facts_[m].views;
        if (std::find(views.begin(), views.end(), h) == views.end()) views.push_back(h);
      }
    }
  }

  /// True when the elements of `m` that `v` names can be computed where they are used.
  bool composable(std::uint32_t m, view const& v) {
    if (!inlined(m) || r_.nodes[m].kind == node_kind::iota || is_whole(v, r_.nodes[m].shape)) return true;
    auto const key = std::pair(m, hash_of(v));
    if (auto const known = composable_.find(key); known != composable_.end()) return known->second;
    node const& n = r_.nodes[m];
    bool possible = true;
    for (std::size_t j = 0; possible && j < n.inputs; ++j) {
      if (r_.nodes[n.in[j].node].kind == node_kind::scalar || fetched(n, j)) continue;
      auto const inner = compose(seen(n.in[j], n.shape), v);
      possible = inner && composable(n.in[j].node, *inner);
    }
    return composable_[key] = possible;
  }

  /// Decides for the operands of a node, all of which have been considered, whether they must be in memory; then what
  /// the node itself costs.
  void consider(std::uint32_t k) {
    node const& n = r_.nodes[k];
    facts& f = facts_[k];
    bool const self = fusable(k);
    for (std::size_t j = 0; j < n.inputs; ++j) {
      std::uint32_t const m = n.in[j].node;
      if (!inlined(m)) continue;
      bool const in_memory = n.kind == node_kind::matmul || n.kind == node_kind::sort || fetched(n, j) ||
                             ((n.kind == node_kind::store || n.kind == node_kind::scatter) && j == 0);
      if (in_memory || !composable(m, seen(n.in[j], seen_shape(n, j))) || repeats(m, element_count(seen_shape(n, j))))
        force(m);
    }
    // These are not cut into parts later.
    if ((n.kind == node_kind::reduce || n.kind == node_kind::scan) && n.gpu) {
      std::uint32_t const m = n.in[0].node;
      std::size_t written = 1;
      if (n.kind == node_kind::reduce)
        written = ops::types_of(ops::reduce_kind(n.op), r_.nodes[m].type).accumulator_count;
      if (inlined(m) && buffers_of(facts_[m].leaves) + 1 + written > limits_.buffers) force(m);
    }
    if (!self) return;
    if (n.kind == node_kind::iota) {
      f.cost = 1;
      f.leaves = {{k, 0}};
    } else {
      gather_leaves(k);
      while (f.leaves.size() > limits_.loads) {
        std::uint32_t most = k;
        std::size_t size = 1;
        for (std::size_t j = 0; j < n.inputs; ++j)
          if (std::uint32_t const m = n.in[j].node; inlined(m) && facts_[m].leaves.size() > size) {
            most = m;
            size = facts_[m].leaves.size();
          }
        if (most == k) break;
        force(most);
        gather_leaves(k);
      }
      f.depth = 1;
      f.cost = own_cost(n);
      for (std::size_t j = 0; j < n.inputs; ++j) {
        std::uint32_t const m = n.in[j].node;
        if (!inlined(m)) continue;
        f.cost = std::min<std::uint64_t>(f.cost + facts_[m].cost, 1'000'000);
        f.depth = std::max(f.depth, facts_[m].depth + 1);
      }
    }
    bool const many = f.views.size() > 1 && f.cost * (f.views.size() - 1) > limits_.repeat_cost;
    if (!r_.fuse || many || f.depth >= limits_.depth) force(k);
  }
  bool repeats(std::uint32_t m, index elements) const {
    index const own = element_count(r_.nodes[m].shape);
    return facts_[m].cost > limits_.spread_cost && elements >= 4 * own;
  }
  void force(std::uint32_t m) {
    facts_[m].forced = true;
    facts_[m].depth = 0;
  }
  void gather_leaves(std::uint32_t k) {
    node const& n = r_.nodes[k];
    std::vector<leaf>& all = facts_[k].leaves;
    all.clear();
    for (std::size_t j = 0; j < n.inputs; ++j) {
      std::uint32_t const m = n.in[j].node;
      if (r_.nodes[m].kind == node_kind::scalar) continue;
      std::uint64_t const through = fetched(n, j)                                   ? 1
                                    : n.in[j].whole && r_.nodes[m].shape == n.shape ? 0
                                                                                    : hash_of(seen(n.in[j], n.shape));
      if (inlined(m))
        for (leaf l : facts_[m].leaves) {
          if (through != 0) l.through = ir::hash_combine(l.through, through);
          all.push_back(l);
        }
      // An output may have been computed when this is.
      if (!inlined(m) || facts_[m].wanted) all.push_back({m, through});
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  }
  static std::size_t buffers_of(std::vector<leaf> const& leaves) {
    std::size_t n = 0;
    for (std::size_t k = 0; k < leaves.size(); ++k) n += k == 0 || leaves[k].node != leaves[k - 1].node;
    return n;
  }
  static std::uint64_t own_cost(node const& n) {
    if (n.kind == node_kind::cast) return 1;
    if (n.kind == node_kind::gather) return 8;
    if (n.kind == node_kind::search) return 100;
    ir::op_info const& i = ir::info(ir::opcode(n.op));
    return i.rule == ir::rule::floating || i.rule == ir::rule::random ? ir::work(ir::opcode(n.op))
           : i.derived()                                              ? 4
                                                                      : 1;
  }

  /// Values that several kernels would compute again go through memory.
  void force_shared() {
    find_stages();
    for (std::uint32_t k = count(); k-- > 0;) {
      facts& f = facts_[k];
      if (!f.needed) continue;
      node const& n = r_.nodes[k];
      if (inlined(k)) {
        std::uint64_t const group =
            ir::hash_combine(hash_of(contiguous_view(n.shape)), std::uint64_t(f.stage + 1) << 1 | 1u);
        if (f.wanted) f.roots = {group};
        else if (f.roots.size() > 1 && f.cost > limits_.kernel_cost) force(k);
      }
      std::vector<std::uint64_t> const own =
          inlined(k) ? f.roots : std::vector<std::uint64_t>{ir::hash_combine(ir::hash_seed, k)};
      for (std::size_t j = 0; j < n.inputs; ++j) {
        auto& roots = facts_[n.in[j].node].roots;
        for (std::uint64_t root : own)
          if (roots.size() < 2 && std::find(roots.begin(), roots.end(), root) == roots.end()) roots.push_back(root);
      }
    }
  }

  void find_stages() {
    for (std::uint32_t k = 0; k < count(); ++k) {
      node const& n = r_.nodes[k];
      if (n.kind == node_kind::buffer || n.kind == node_kind::empty || n.kind == node_kind::scalar) continue;
      int stage = 0;
      for (std::size_t j = 0; j < n.inputs; ++j) {
        std::uint32_t const m = n.in[j].node;
        bool const together = inlined(m) || facts_[m].epilogue == std::int64_t(k);
        stage = std::max(stage, facts_[m].stage + (together || facts_[m].stage < 0 ? 0 : 1));
      }
      facts_[k].stage = stage;
    }
  }

  // --- launches

  /// The program of one launch while it is made: loads, scalars, values by node and view.
  struct body {
    ir::builder b;
    std::vector<bound> loads;
    std::vector<std::uint32_t> scalars, nodes;
    std::unordered_map<std::uint32_t, std::vector<std::pair<view, ir::value>>> known;
    std::vector<std::pair<std::uint32_t, ir::value>> arrays;
  };

  /// The value of a node's elements that `v` names.
  ir::value lower(body& to, std::uint32_t m, view const& v) {
    node const& n = r_.nodes[m];
    bool const scalar = n.kind == node_kind::scalar;
    for (auto const& [seen_as, value] : to.known[m])
      if (scalar || seen_as == v) return value;
    ir::value const made = [&] {
      if (scalar) return lower_scalar(to, n);
      if (n.kind == node_kind::iota && !computed_[m]) {
        to.loads.push_back({m, true, v});
        to.nodes.push_back(m);
        return to.b.load(dtype::int32, true);
      }
      if (n.kind == node_kind::buffer || computed_[m]) {
        to.loads.push_back({m, false, v});
        return to.b.load(n.type);
      }
      ir::value in[3];
      for (std::size_t j = 0; j < n.inputs; ++j) {
        if (fetched(n, j)) continue;
        bool const weak = r_.nodes[n.in[j].node].kind == node_kind::scalar;
        auto const inner = weak ? view{} : compose(seen(n.in[j], n.shape), v);
        if (!inner) throw error("a view that was thought possible is not");  // `consider` has seen to that
        in[j] = lower(to, n.in[j].node, *inner);
      }
      to.nodes.push_back(m);
      if (fetched(n, 0)) {
        ir::value const array = lower_array(to, n.in[0].node, v.shape);
        if (n.kind == node_kind::gather) return to.b.fetch(array, in[1]);
        return ops::build_search(to.b, array, element_count(r_.nodes[n.in[0].node].shape), in[1], n.op == 1);
      }
      if (n.kind == node_kind::cast) return to.b.cast(in[0], n.type);
      if (ir::opcode(n.op) == ir::opcode::bit_cast) return to.b.bit_cast(in[0], n.type);
      if (ir::opcode(n.op) == ir::opcode::make_complex) return to.b.complex_of(in[0], in[1]);
      return to.b.apply(ir::opcode(n.op), in[0], in[1], in[2]);
    }();
    to.known[m].push_back({v, made});
    return made;
  }
  /// A whole array, for a launch of this shape.
  ir::value lower_array(body& to, std::uint32_t m, shape const& extents) {
    view const all{extents, index_list::filled(extents.size(), 0), 0};
    for (auto const& [node, value] : to.arrays)
      if (node == m) return value;
    to.loads.push_back({m, false, all});
    to.arrays.push_back({m, to.b.array(r_.nodes[m].type)});
    return to.arrays.back().second;
  }
  ir::value lower_scalar(body& to, node const& n) {
    to.scalars.push_back(n.scalar);
    ir::value const weak = to.b.scalar(r_.scalars[n.scalar].kind);
    return n.op != 0 ? weak : to.b.cast(weak, n.type);
  }
  static void check_type(ir::builder const& b, std::size_t k, dtype t) {
    if (b.output_type(k) != t)
      throw record_error(ndfuse::detail::message("a record that says ", ndfuse::name(t), " where the result is ",
                                                 ndfuse::name(b.output_type(k))));
  }
  step finish(body& from, step_kind kind, bool gpu) {
    from.b.finish();
    if (gpu && !runtime::fits_gpu(from.b.view()))
      throw dtype_error("an operation whose operands promote to a 64-bit dtype runs on the cpu device only");
    step s;
    s.kind = kind;
    s.gpu = gpu;
    s.kernel = cache_.find(std::move(from.b));
    s.loads = std::move(from.loads);
    s.scalars = std::move(from.scalars);
    std::sort(from.nodes.begin(), from.nodes.end());
    from.nodes.erase(std::unique(from.nodes.begin(), from.nodes.end()), from.nodes.end());
    s.nodes = std::move(from.nodes);
    return s;
  }
  void emit_step(step s) {
    for (std::uint32_t o : s.outputs)
      if (o < count()) computed_[o] = true;
    result_.steps.push_back(std::move(s));
  }

  void emit() {
    for (std::uint32_t k = 0; k < count(); ++k)
      if (facts_[k].needed && r_.nodes[k].kind == node_kind::empty) {
        result_.empties.push_back(k);
        computed_[k] = true;
      }
    int last = -1;
    for (std::uint32_t k = 0; k < count(); ++k)
      if (facts_[k].needed) last = std::max(last, facts_[k].stage);
    // Nodes by stage, so that a long record is not looked through again and again.
    std::vector<std::vector<std::uint32_t>> stages(std::size_t(last + 1));
    for (std::uint32_t k = 0; k < count(); ++k) {
      facts const& f = facts_[k];
      if (f.needed && f.stage >= 0 && (!fusable(k) || f.forced || f.wanted)) stages[std::size_t(f.stage)].push_back(k);
    }
    for (auto const& nodes : stages) {
      std::vector<std::vector<std::uint32_t>> groups;
      for (std::uint32_t k : nodes) {
        if (!fusable(k)) continue;
        auto const mine = std::find_if(groups.begin(), groups.end(), [&](auto const& g) {
          return r_.fuse && r_.nodes[g[0]].shape == r_.nodes[k].shape && r_.nodes[g[0]].gpu == r_.nodes[k].gpu &&
                 fits_with(g, k);
        });
        if (mine == groups.end()) groups.push_back({k});
        else mine->push_back(k);
      }
      for (auto const& g : groups) emit_map(g);
      for (std::uint32_t k : nodes) switch (r_.nodes[k].kind) {
          case node_kind::reduce: emit_reduce(k); break;
          case node_kind::matmul: emit_matmul(k); break;
          case node_kind::store: emit_store(k); break;
          case node_kind::scan: emit_scan(k); break;
          case node_kind::sort: emit_sort(k); break;
          case node_kind::scatter: emit_scatter(k); break;
          default: break;
        }
    }
  }
  bool fits_with(std::vector<std::uint32_t> const& group, std::uint32_t k) const {
    if (group.size() == codegen::max_outputs) return false;
    std::vector<leaf> all = facts_[k].leaves;
    for (std::uint32_t g : group) all.insert(all.end(), facts_[g].leaves.begin(), facts_[g].leaves.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all.size() <= limits_.loads && (!r_.nodes[k].gpu || buffers_of(all) + group.size() + 1 <= limits_.buffers);
  }
  static constexpr std::size_t any_number = SIZE_MAX;
  /// True when a launch can have these operands.
  static bool fits(body const& b, std::size_t buffers) {
    std::vector<std::uint32_t> bound_slots;
    for (bound const& l : b.loads)
      if (!l.generator && std::find(bound_slots.begin(), bound_slots.end(), l.slot) == bound_slots.end())
        bound_slots.push_back(l.slot);
    return b.loads.size() <= codegen::max_operands && bound_slots.size() <= buffers;
  }
  /// The elements of `m` that `v` names, for a launch of its own. `consider` only estimates how many operands that
  /// takes: what takes too many goes through memory.
  ir::value lower_operand(body& to, std::uint32_t m, view const& v, std::size_t buffers) {
    ir::value const made = lower(to, m, v);
    if (fits(to, buffers) || !fusable(m) || computed_[m]) return made;
    emit_map({m});
    to = {};
    return lower(to, m, v);
  }
  void emit_map(std::vector<std::uint32_t> group) {
    std::erase_if(group, [&](std::uint32_t k) { return bool(computed_[k]); });
    if (group.empty()) return;
    body to;
    for (std::uint32_t k : group) to.b.output(lower(to, k, contiguous_view(r_.nodes[k].shape)));
    if (!fits(to, any_number)) {  // each by itself, and its operands first
      if (group.size() > 1) {
        for (std::uint32_t k : group) emit_map({k});
        return;
      }
      node const& n = r_.nodes[group[0]];
      for (std::size_t j = 0; j < n.inputs; ++j)
        if (fusable(n.in[j].node)) emit_map({n.in[j].node});
      return emit_map(group);
    }
    for (std::size_t k = 0; k < group.size(); ++k) check_type(to.b, k, r_.nodes[group[k]].type);
    step s = finish(to, step_kind::map, r_.nodes[group[0]].gpu);
    s.outputs = group;
    emit_step(std::move(s));
  }
  void emit_reduce(std::uint32_t k) {
    node const& n = r_.nodes[k];
    dtype const from = r_.nodes[n.in[0].node].type;
    auto const kind = ops::reduce_kind(n.op);
    ops::reduce_types const types = ops::types_of(kind, from);
    // kept axes first, reduced ones last
    shape const whole = shape_of(n.in[0]);
    index_list order;
    std::size_t kept = 0;
    for (std::uint32_t pass = 0; pass < 2; ++pass)
      for (std::size_t a = 0; a < whole.size(); ++a)
        if ((n.axes >> a & 1u) == pass) {
          order.push_back(index(a));
          kept += pass == 0;
        }
    body to;
    view const ordered = permute(seen(n.in[0], whole), order);
    ir::value const element =
        lower_operand(to, n.in[0].node, ordered, n.gpu ? limits_.buffers - types.accumulator_count : any_number);
    ops::build_element(to.b, types, to.b.cast(to.b.cast(element, types.element), types.accumulators[0]), [&] {
      to.loads.push_back({k, true, ops::number_view(ordered.shape, kept)});
      return to.b.load(dtype::int32, true);
    });
    to.nodes.push_back(k);
    step s = finish(to, step_kind::reduce, n.gpu);
    s.partial = cache_.partial(types);
    // What the launch goes on to, after the mean's division.
    body after;
    ir::value accumulators[codegen::max_accumulators];
    ops::load_accumulators(after.b, types, accumulators);
    ir::value v = ops::finished(after.b, types, accumulators);
    std::uint32_t last = k;
    for (; facts_[last].epilogue >= 0; last = std::uint32_t(facts_[last].epilogue)) {
      after.known[last] = {{contiguous_view(n.shape), v}};
      v = lower(after, std::uint32_t(facts_[last].epilogue), contiguous_view(n.shape));
      s.nodes.push_back(std::uint32_t(facts_[last].epilogue));
    }
    after.b.output(v);
    check_type(after.b, 0, r_.nodes[last].type);
    after.b.finish();
    if (n.gpu && !runtime::fits_gpu(after.b.view()))
      throw dtype_error("an operation whose operands promote to a 64-bit dtype runs on the cpu device only");
    s.finish_scalars = std::move(after.scalars);
    s.reduction = std::make_shared<made_reduction>(s.kernel->kernel(), kind, from, s.partial->kernel(), after.b);
    s.extents = ordered.shape;
    s.kept = kept;
    s.outputs = {last};
    emit_step(std::move(s));
  }
  void emit_store(std::uint32_t k) {
    node const& n = r_.nodes[k];
    body to;
    bool const scalar = r_.nodes[n.in[1].node].kind == node_kind::scalar;
    ir::value const v = lower_operand(to, n.in[1].node, scalar ? view{} : seen(n.in[1], n.target.shape), any_number);
    to.b.output(to.b.cast(v, n.type));
    to.nodes.push_back(k);
    step s = finish(to, step_kind::store, n.gpu);
    s.source = n.in[0].node;
    s.target = n.target;
    s.outputs = {k};
    emit_step(std::move(s));
  }
  void emit_scan(std::uint32_t k) {
    node const& n = r_.nodes[k];
    dtype const from = r_.nodes[n.in[0].node].type;
    ops::scan_types const types = ops::types_of(ops::scan_kind(n.op), from);
    body to;
    ir::value const element =
        lower_operand(to, n.in[0].node, seen(n.in[0], n.shape), n.gpu ? limits_.buffers - 1 : any_number);
    to.b.output(to.b.cast(to.b.cast(element, types.element), types.accumulator));
    to.nodes.push_back(k);
    step s = finish(to, step_kind::scan, n.gpu);
    s.scan = std::make_shared<made_scan>(cache_, s.kernel->kernel(), ops::scan_kind(n.op), from);
    s.flags = n.flags;
    s.outputs = {k};
    emit_step(std::move(s));
  }
  void emit_sort(std::uint32_t k) {
    node const& n = r_.nodes[k];
    step s;
    s.kind = step_kind::sort;
    s.gpu = n.gpu;
    s.nodes = {k};
    s.op = n.op;
    s.flags = n.flags;
    s.loads.push_back({n.in[0].node, false, seen(n.in[0], n.shape)});
    s.outputs = {k};
    emit_step(std::move(s));
  }
  void emit_scatter(std::uint32_t k) {
    node const& n = r_.nodes[k];
    shape const& extents = shape_of(n.in[1]);
    auto const kind = ops::scatter_kind(n.op);
    // GPUs scatter words: narrower elements are widened first, and narrowed afterwards.
    dtype const t = n.gpu && size_of(n.type) < 4 ? (is_bool(n.type) ? dtype::int32 : compute_type(n.type)) : n.type;
    body to;
    std::size_t const buffers = n.gpu ? limits_.buffers - 2 : any_number;
    auto const lower_both = [&] {
      to = {};
      bool const scalar = r_.nodes[n.in[2].node].kind == node_kind::scalar;
      ir::value const number = lower(to, n.in[1].node, seen(n.in[1], extents));
      ir::value const value = lower(to, n.in[2].node, scalar ? view{} : seen(n.in[2], extents));
      to.b.output(number);
      to.b.output(to.b.cast(to.b.cast(value, n.type), t));
    };
    lower_both();
    if (!fits(to, buffers)) {
      for (std::size_t j = 1; j < 3; ++j)
        if (std::uint32_t const m = n.in[j].node; fusable(m) && !computed_[m]) emit_map({m});
      lower_both();
    }
    check_type(to.b, 0, dtype::int32);
    to.nodes.push_back(k);
    step s = finish(to, step_kind::scatter, n.gpu);
    s.op = n.op;
    s.extents = extents;
    if (ops::joins(kind)) {
      ir::builder b;
      ir::value const x = b.load(t), y = b.load(t);
      // Of booleans or is the larger, and is the smaller one.
      ir::opcode op = ops::scatter_operation(kind);
      if (is_bool(n.type) && t != n.type) {
        if (op == ir::opcode::add) s.op = std::uint8_t(ops::scatter_kind::maximum), op = ir::opcode::maximum;
        if (op == ir::opcode::multiply) s.op = std::uint8_t(ops::scatter_kind::minimum), op = ir::opcode::minimum;
      }
      b.output(b.cast(b.apply(op, x, y), t));
      b.finish();
      s.combine = cache_.find(std::move(b));
    }
    auto const converted = [&](std::uint32_t from, dtype from_type, dtype to_type, std::uint32_t slot) {
      ir::builder b;
      b.output(b.cast(b.load(from_type), to_type));
      b.finish();
      step c;
      c.gpu = n.gpu;
      c.kernel = cache_.find(std::move(b));
      c.loads.push_back({from, false, contiguous_view(n.shape)});
      c.outputs = {slot};
      c.nodes = {k};
      emit_step(std::move(c));
    };
    if (t == n.type) {
      s.source = n.in[0].node;
      s.outputs = {k};
      emit_step(std::move(s));
      return;
    }
    std::uint32_t const before = std::uint32_t(result_.slots.size()), after = before + 1;
    result_.slots.push_back({t, n.shape, n.gpu});
    result_.slots.push_back({t, n.shape, n.gpu});
    converted(n.in[0].node, n.type, t, before);
    s.source = before;
    s.outputs = {after};
    emit_step(std::move(s));
    converted(after, t, n.type, k);
  }
  void emit_matmul(std::uint32_t k) {
    node const& n = r_.nodes[k];
    step s;
    s.kind = step_kind::matmul;
    s.gpu = n.gpu;
    s.nodes = {k};
    for (std::size_t j = 0; j < 2; ++j) {
      std::uint32_t const m = n.in[j].node;
      view const v = seen(n.in[j], shape_of(n.in[j]));
      if (r_.nodes[m].type == n.type) {
        s.loads.push_back({m, false, v});
        continue;
      }
      // The product multiplies operands of one dtype.
      std::uint32_t const converted = std::uint32_t(result_.slots.size());
      result_.slots.push_back({n.type, v.shape, n.gpu});
      body to;
      to.b.output(to.b.cast(lower(to, m, v), n.type));
      to.nodes.push_back(k);
      step c = finish(to, step_kind::map, n.gpu);
      c.outputs = {converted};
      emit_step(std::move(c));
      s.loads.push_back({converted, false, contiguous_view(v.shape)});
    }
    s.outputs = {k};
    s.product_type = n.type;
    emit_step(std::move(s));
  }

  /// Makes a kernel that alone reads a product, as it lies, the epilogue of the product's launch, which takes the
  /// kernel's place.
  void fuse_products() {
    if (!r_.fuse) return;
    std::vector<std::uint32_t> reads(result_.slots.size(), 0);
    for (step const& s : result_.steps) each_use(s, [&](std::uint32_t slot) { ++reads[slot]; });
    std::map<std::uint32_t, std::size_t> products;  // by slot
    std::vector<bool> gone(result_.steps.size(), false);
    for (std::size_t k = 0; k < result_.steps.size(); ++k) {
      step& s = result_.steps[k];
      if (s.kind == step_kind::matmul) products[s.outputs[0]] = k;
      if (s.kind != step_kind::map || s.outputs.size() != 1 || s.loads.size() + 2 > codegen::max_operands) continue;
      view const whole = contiguous_view(result_.slots[s.outputs[0]].shape);
      for (std::size_t j = 0; j < s.loads.size(); ++j) {
        bound& l = s.loads[j];
        auto const made = l.generator ? products.end() : products.find(l.slot);
        if (made == products.end() || reads[l.slot] != 1 || facts_[l.slot].wanted || l.view != whole ||
            result_.slots[l.slot].shape != whole.shape)
          continue;
        step& product = result_.steps[made->second];
        l.generator = true;  // it is in no memory
        s.kind = step_kind::matmul;
        s.product = j;
        s.product_type = product.product_type;
        s.loads.insert(s.loads.begin(), product.loads.begin(), product.loads.end());
        s.nodes.insert(s.nodes.begin(), product.nodes.begin(), product.nodes.end());
        gone[made->second] = true;
        break;
      }
    }
    std::size_t kept = 0;
    for (std::size_t k = 0; k < result_.steps.size(); ++k)
      if (!gone[k]) {
        if (kept != k) result_.steps[kept] = std::move(result_.steps[k]);
        ++kept;
      }
    result_.steps.resize(kept);
  }

  // --- lifetimes

  /// Writes to some elements of an array, and leaves the others.
  static bool keeps_rest(step const& s) { return s.kind == step_kind::store || s.kind == step_kind::scatter; }
  /// Calls `f` with the slots that a launch reads.
  template <class F> static void each_use(step const& s, F f) {
    for (bound const& l : s.loads)
      if (!l.generator) f(l.slot);
    if (keeps_rest(s)) f(s.source);
  }

  void find_lifetimes() {
    std::size_t const n_slots = result_.slots.size();
    std::vector<std::int64_t> last(n_slots, -1);
    for (std::size_t k = 0; k < result_.steps.size(); ++k) {
      each_use(result_.steps[k], [&](std::uint32_t slot) { last[slot] = std::int64_t(k); });
      for (std::uint32_t o : result_.steps[k].outputs) last[o] = std::int64_t(k);
    }
    auto const ours = [&](std::uint32_t slot) {  // its memory may be given away
      if (slot >= count()) return true;
      if (facts_[slot].wanted) return false;
      return r_.nodes[slot].kind != node_kind::buffer || r_.nodes[slot].donated;
    };
    for (std::size_t k = 0; k < result_.steps.size(); ++k) {
      step& s = result_.steps[k];
      std::vector<std::uint32_t> ending;
      each_use(s, [&](std::uint32_t slot) {
        if (last[slot] == std::int64_t(k) && ours(slot) &&
            std::find(ending.begin(), ending.end(), slot) == ending.end())
          ending.push_back(slot);
      });
      s.reuse.assign(s.outputs.size(), -1);
      for (std::size_t o = 0; o < s.outputs.size(); ++o) {
        slot const& out = result_.slots[s.outputs[o]];
        for (std::uint32_t e : ending) {
          slot const& from = result_.slots[e];
          bool const taken = std::find(s.reuse.begin(), s.reuse.end(), std::int64_t(e)) != s.reuse.end();
          if (taken || from.type != out.type || element_count(from.shape) != element_count(out.shape) ||
              from.gpu != out.gpu)
            continue;
          // Each thread may read only what it overwrites.
          view const written = s.kind == step_kind::store ? s.target : contiguous_view(out.shape);
          bool alone = s.kind == step_kind::map || (keeps_rest(s) && s.source == e);
          // A scatter's elements go anywhere: it may read nothing of what it writes to.
          if (s.kind == step_kind::scatter)
            for (bound const& l : s.loads) alone = alone && (l.generator || l.slot != e);
          for (bound const& l : s.loads) alone = alone && (l.generator || l.slot != e || l.view == written);
          // Several outputs are written one after another; none may be the old elements themselves.
          if (alone && s.outputs.size() > 1) {
            ir::program_view const p = s.kernel->kernel().program;
            for (ir::value_id v : p.outputs)
              alone = alone && !(p.code[v].op == ir::opcode::load && s.loads[p.code[v].a].slot == e);
          }
          if (alone) s.reuse[o] = e;
          if (alone) break;
        }
        if (keeps_rest(s) && s.reuse[o] < 0 &&
            (s.kind == step_kind::scatter || s.target.size() < element_count(out.shape)))
          need_copy(out.type);
      }
      s.ends = std::move(ending);
      for (std::uint32_t o : s.outputs)
        if (last[o] == std::int64_t(k) && ours(o)) s.ends.push_back(o);  // made for nothing that follows
    }
  }
  void need_copy(dtype t) {
    if (result_.copies.empty()) result_.copies.resize(dtype_count);
    auto& copy = result_.copies[std::size_t(t)];
    if (copy != nullptr) return;
    ir::builder b;
    b.output(b.load(t));
    b.finish();
    copy = cache_.find(std::move(b));
  }

  record const& r_;
  kernel_cache& cache_;
  limits limits_;
  std::vector<facts> facts_;
  std::vector<bool> computed_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, bool> composable_;
  schedule result_;
};

}  // namespace ndfuse::graph
