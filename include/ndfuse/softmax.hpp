#pragma once
/// @file softmax and log_softmax.

#include <ndfuse/ops/softmax.hpp>
#include <ndfuse/reductions.hpp>
#include <ndfuse/views.hpp>

namespace ndfuse {
namespace expr {

template <bool Log, class E> struct softmax_node : node_base<softmax_node<Log, E>> {
  using extents = dynamic_shape;
  static_assert(!is_complex(E::type.type), "complex numbers have no order: softmax is not defined for them");
  static constexpr dtype result = floating_type(E::type.type);
  static constexpr ir::operand_type type{result};
  static constexpr std::size_t load_count = 1;

  E e;
  index axis;

  softmax_node(E x, index a) : e(std::move(x)), axis(a) {}
  static constexpr ir::value lower(ir::builder& b) { return b.load(result); }
  void bind(binder& b) const {
    runtime::tensor t = compute();
    runtime::device* const d = t.memory->owner;
    b.load(std::move(t.memory), t.view, d);
  }
  ndfuse::shape shape() const { return e.shape(); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    return computed<result>(compute()).viewed(s, f);
  }

  runtime::tensor compute() const {
    ndfuse::shape const s = e.shape();
    std::size_t const along = ndfuse::detail::normalize_axis(axis, s.size());
    if constexpr (compute_type(result) == dtype::float32 && result == dtype::float32 && !too_long<E>) {
      using element = cast<dtype::float32, E>;
      using programs = ops::softmax_programs<Log>;
      binder b(s);
      e.bind(b);
      runtime::device& d = choose_device<element>(b.device());
      if (d.kind() == device_kind::webgpu && along + 1 == s.size() && element_count(s) > 0 &&
          !too_many_buffers(d, b, 1)) {
        runtime::tensor out{d.allocate(element_count(s), result), contiguous_view(s), result};
        static constexpr runtime::helper_functions helpers{
            codegen::helper_texts<codegen::dialect::wgsl, compiled<element>::program, programs::greater,
                                  programs::power, programs::join, programs::finish>,
            {}};
        if (ops::launch_softmax<Log>(d, compiled<element>::kernel, helpers, b.loads(), out, b.scalars())) return out;
      }
    }
    // In passes: the greatest, the sum, the result; narrow floats in float32.
    using T = cpp_type<compute_type(result)>;
    auto const over = ndfuse::axis(index(along));
    auto const x = ndfuse::astype<T>(e);
    auto const finished = [&](auto const& away, auto const& sum) {
      if constexpr (Log) return evaluate(ndfuse::astype<cpp_type<result>>(away - ndfuse::log(sum)));
      else return evaluate(ndfuse::astype<cpp_type<result>>(ndfuse::exp(away) / sum));
    };
    array<T> const greatest = ndfuse::max(x, over, keepdims, initial(-std::numeric_limits<T>::infinity()));
    array<T> const sum = ndfuse::sum(ndfuse::exp(x - greatest), over, keepdims);
    return finished(x - greatest, sum);
  }
};

}  // namespace expr

/// exp(x) / sum(exp(x)) along an axis, without overflow (scipy.special.softmax): of float32 rows of 128 to 8192
/// elements one kernel on WebGPU, which reads and writes each element once; else three. Types are those of exp. NaN
/// where a row holds NaN or +infinity. index_error for an axis that is not there.
template <expression X> auto softmax(X const& x, one_axis along = -1) {
  return expr::softmax_node<false, expr::node_t<X>>(expr::as_node(x), along.value());
}
/// log(softmax(x)), exact where softmax would underflow (scipy.special.log_softmax).
template <expression X> auto log_softmax(X const& x, one_axis along = -1) {
  return expr::softmax_node<true, expr::node_t<X>>(expr::as_node(x), along.value());
}

}  // namespace ndfuse
