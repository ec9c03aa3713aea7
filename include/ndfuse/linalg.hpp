#pragma once
/// @file Products of matrices: matmul and its special cases, and axis-moving views (transpose, reshape, broadcast_to).

#include <ndfuse/array.hpp>
#include <ndfuse/ops/matmul.hpp>

namespace ndfuse {

/// The axes in reverse order, or in the order given (numpy.transpose): a view, of an expression too.
template <expression X> auto transpose(X const& x) {
  return x.node().viewed(x.node().shape(), [](view const& v) { return ndfuse::transpose(v); });
}
template <expression X> auto transpose(X const& x, index_list const& axes) {
  return x.node().viewed(x.node().shape(), [&](view const& v) { return permute(v, axes); });
}

/// numpy.broadcast_to: a view in which axes of extent 1 repeat.
template <expression X> auto broadcast_to(X const& x, shape const& s) {
  return x.node().viewed(x.node().shape(), [&](view const& v) { return broadcast_to(v, s); });
}

/// The same elements in another shape (numpy.reshape); one extent may be -1. A view where strides allow it, else a
/// copy.
template <expression X> array<element_t<X>> reshape(X const& x, shape const& s) {
  array<element_t<X>> const a(x);
  reshaped const r = ndfuse::reshape(a.impl().view, s);
  if (r.possible) return array<element_t<X>>(runtime::tensor{a.impl().memory, r.result, a.impl().type});
  array<element_t<X>> const copy(runtime::tensor(expr::evaluate_elementwise<array<element_t<X>>>(a, nullptr)));
  return array<element_t<X>>(
      runtime::tensor{copy.impl().memory, ndfuse::reshape(copy.impl().view, s).result, a.impl().type});
}

namespace expr {

/// What rounds a float16 product, as a constant.
inline constexpr auto half_program = [] {
  constexpr std::size_t n = [] {
    ir::builder b;
    ops::build_rounding(b);
    return b.code().size();
  }();
  ir::builder b;
  ops::build_rounding(b);
  return b.freeze<n, 1>();
}();

/// The device of a product, on which both operands must live.
template <dtype Result>
runtime::device& product_device(std::string_view name, runtime::tensor const& a, runtime::tensor const& b) {
  runtime::device* const da = a.memory ? a.memory->owner : nullptr;
  runtime::device* const db = b.memory ? b.memory->owner : nullptr;
  if (da != nullptr && db != nullptr && da != db)
    throw device_error(
        ndfuse::detail::message(name, ": its operands live on different devices: move one of them with to_device"));
  runtime::device& d = is_wide(Result) ? static_cast<runtime::device&>(runtime::cpu())
                       : da != nullptr ? *da
                       : db != nullptr ? *db
                                       : runtime::current();
  if (da != nullptr && da != &d)
    throw device_error(
        ndfuse::detail::message(name, " with 64-bit types runs on the cpu device: move its operands with to_device"));
  return d;
}

/// Launches a product of these element types.
template <element A, element B, element R> void multiply(runtime::device& d, ops::matmul_problem const& p) {
  runtime::helper_functions helpers;
  if constexpr (dtype_of<R> == dtype::float16)
    helpers = {codegen::helper_texts<codegen::dialect::wgsl, half_program>,
               codegen::helper_texts<codegen::dialect::glsl, half_program>};
  ops::launch_matmul(d, p, &ops::multiply_strided<A, B, R>, helpers);
}

}  // namespace expr

/// The matrix product (numpy.matmul): (m, k) by (k, n) gives (m, n); leading axes are batches and broadcast; a
/// 1-dimensional operand stands for a row on the left, a column on the right, and loses that axis in the result.
/// Element types promote; int8, float16 and the like accumulate in 32 bits. Throws shape_error when the inner extents
/// differ or an operand is 0-dimensional.
template <expression A, expression B> auto matmul(A const& left, B const& right) {
  constexpr dtype result = result_type(dtype_of_expression<A>, dtype_of_expression<B>);
  static_assert(!is_bool(result), "matmul of booleans is not supported: convert with nf::astype<std::int32_t>");
  static_assert(!is_complex(result) || result == dtype::complex128, "matmul of complex64 is not supported");
  using R = cpp_type<result>;
  array<element_t<A>> const a(left);
  array<element_t<B>> const b(right);
  view av = a.impl().view, bv = b.impl().view;
  auto const fail = [&](std::string_view what) {
    throw shape_error(detail::message("matmul: ", what, ": shapes ", a.shape(), " and ", b.shape()));
  };
  if (av.rank() == 0 || bv.rank() == 0) fail("an operand does not have enough dimensions (at least 1 is needed)");
  bool const row = av.rank() == 1, column = bv.rank() == 1;
  if (row) av = subview(av, newaxis, all);
  if (column) bv = subview(bv, all, newaxis);
  index const m = av.shape[av.rank() - 2], k = av.shape[av.rank() - 1], n = bv.shape[bv.rank() - 1];
  if (bv.shape[bv.rank() - 2] != k)
    fail(detail::message("inner extents differ (", k, " and ", bv.shape[bv.rank() - 2], ")"));
  auto const batch_of = [](view const& v) {
    shape s = v.shape;
    s.erase(s.size() - 1);
    s.erase(s.size() - 1);
    return s;
  };
  shape const batch = broadcast_shapes(batch_of(av), batch_of(bv));
  auto const spread = [&](view const& v, index rows, index columns) {
    shape s = batch;
    s.push_back(rows);
    s.push_back(columns);
    return broadcast_to(v, s);
  };
  shape out_shape = batch;
  out_shape.push_back(m);
  out_shape.push_back(n);

  runtime::device& d = expr::product_device<result>("matmul", a.impl(), b.impl());
  runtime::tensor out{{}, contiguous_view(out_shape), result};
  out.memory = d.allocate(out.view.size(), result);
  if (k == 0) {
    expr::assign<result>(out, expr::constant<float>{0});
  } else {
    ops::matmul_problem const p{{a.impl().memory.get(), spread(av, m, k)},
                                {b.impl().memory.get(), spread(bv, k, n)},
                                dtype_of_expression<A>,
                                dtype_of_expression<B>,
                                out};
    expr::multiply<element_t<A>, element_t<B>, R>(d, p);
  }
  if (row) out.view = subview(out.view, ellipsis, 0, all);
  if (column) out.view = subview(out.view, ellipsis, 0);
  return array<R>(out);
}

}  // namespace ndfuse
