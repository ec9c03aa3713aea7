#pragma once
// Writes records (include/ndfuse/graph/record.hpp) for tests, word by word.

#include <ndfuse/graph/record.hpp>

#include <map>
#include <vector>

namespace record_test {

using namespace ndfuse;
using graph::node_kind;

class record_words {
 public:
  std::uint32_t shape(std::vector<std::uint32_t> const& extents) {
    if (auto const known = shape_numbers_.find(extents); known != shape_numbers_.end()) return known->second;
    shapes_.push_back(std::uint32_t(extents.size()));
    shapes_.insert(shapes_.end(), extents.begin(), extents.end());
    std::uint32_t const number = std::uint32_t(shape_numbers_.size());
    return shape_numbers_[extents] = number;
  }
  std::uint32_t node(node_kind k, unsigned op, dtype t, std::vector<std::uint32_t> const& extents,
                     std::vector<std::uint32_t> const& references = {}, std::vector<std::uint32_t> const& more = {}) {
    std::uint32_t const s = shape(extents);
    nodes_.push_back(std::uint32_t(k) | op << 8 | unsigned(t) << 16 | unsigned(references.size()) << 24);
    nodes_.push_back(s);
    nodes_.insert(nodes_.end(), references.begin(), references.end());
    nodes_.insert(nodes_.end(), more.begin(), more.end());
    return n_nodes_++;
  }
  std::uint32_t buffer(std::uint32_t handle, dtype t, std::vector<std::uint32_t> const& extents, bool donated = false) {
    return node(node_kind::buffer, 0, t, extents, {}, {handle, donated ? 1u : 0u});
  }
  std::uint32_t scalar(double v) {
    for (std::uint64_t w : {std::uint64_t(3), std::bit_cast<std::uint64_t>(v), std::uint64_t(0), std::uint64_t(0)}) {
      scalars_.push_back(std::uint32_t(w));
      scalars_.push_back(std::uint32_t(w >> 32));
    }
    return node(node_kind::scalar, 3, dtype::bool_, {}, {}, {n_scalars_++});
  }
  std::uint32_t map(ir::opcode op, dtype t, std::vector<std::uint32_t> const& extents,
                    std::vector<std::uint32_t> const& references) {
    return node(node_kind::map, unsigned(op), t, extents, references);
  }
  /// The number of a view as it is; for a reference add 2^31.
  std::uint32_t view(std::uint32_t of, std::vector<std::uint32_t> const& extents,
                     std::vector<std::int32_t> const& strides, std::uint32_t offset) {
    views_.insert(views_.end(), {of, std::uint32_t(extents.size()), offset});
    views_.insert(views_.end(), extents.begin(), extents.end());
    for (std::int32_t s : strides) views_.push_back(std::uint32_t(s));
    return n_views_++;
  }
  std::uint32_t through(std::uint32_t of, std::vector<std::uint32_t> const& extents,
                        std::vector<std::int32_t> const& strides, std::uint32_t offset) {
    return view(of, extents, strides, offset) | 0x80000000u;
  }
  void output(std::uint32_t node, std::uint32_t handle) { outputs_.insert(outputs_.end(), {node, handle}); }
  void release(std::uint32_t handle) { releases_.push_back(handle); }
  std::uint32_t next() const { return n_nodes_; }

  std::vector<std::uint32_t> words() const {
    auto const size = [](auto const& v) { return std::uint32_t(v.size()); };
    std::vector<std::uint32_t> all{graph::detail::magic,
                                   1,
                                   n_nodes_,
                                   size(nodes_),
                                   n_views_,
                                   size(views_),
                                   std::uint32_t(shape_numbers_.size()),
                                   size(shapes_),
                                   n_scalars_,
                                   size(outputs_) / 2,
                                   size(releases_),
                                   0};
    for (auto const* part : {&nodes_, &views_, &shapes_, &scalars_, &outputs_, &releases_})
      all.insert(all.end(), part->begin(), part->end());
    return all;
  }

 private:
  std::uint32_t n_nodes_ = 0, n_views_ = 0, n_scalars_ = 0;
  std::vector<std::uint32_t> nodes_, views_, shapes_, scalars_, outputs_, releases_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> shape_numbers_;
};

}  // namespace record_test
