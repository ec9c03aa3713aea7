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

/// Launches a product of these element types, with an epilogue where one is given.
template <element A, element B, element R, class... Epilogue>
void multiply(runtime::device& d, ops::matmul_problem const& p, Epilogue const&... epilogue) {
  runtime::helper_functions helpers;
  if constexpr (dtype_of<R> == dtype::float16)
    helpers = {codegen::helper_texts<codegen::dialect::wgsl, half_program>,
               codegen::helper_texts<codegen::dialect::glsl, half_program>};
  ops::launch_matmul(d, p, &ops::multiply_strided<A, B, R>, helpers, epilogue...);
}

/// The operands of a matrix product, once their shapes have been found to fit.
template <element A, element B> struct matrix_product {
  static constexpr dtype result = result_type(dtype_of<A>, dtype_of<B>);
  static_assert(!is_bool(result), "matmul of booleans is not supported: convert with nf::astype<std::int32_t>");
  static_assert(!is_complex(result) || result == dtype::complex128, "matmul of complex64 is not supported");
  using R = cpp_type<result>;

  matrix_product(array<A> left, array<B> right) : a(std::move(left)), b(std::move(right)) {
    av = a.impl().view;
    bv = b.impl().view;
    auto const fail = [&](std::string_view what) {
      throw shape_error(ndfuse::detail::message("matmul: ", what, ": shapes ", a.shape(), " and ", b.shape()));
    };
    if (av.rank() == 0 || bv.rank() == 0) fail("an operand does not have enough dimensions (at least 1 is needed)");
    row = av.rank() == 1;
    column = bv.rank() == 1;
    if (row) av = subview(av, newaxis, all);
    if (column) bv = subview(bv, all, newaxis);
    index const m = av.shape[av.rank() - 2], n = bv.shape[bv.rank() - 1];
    k = av.shape[av.rank() - 1];
    if (bv.shape[bv.rank() - 2] != k)
      fail(ndfuse::detail::message("inner extents differ (", k, " and ", bv.shape[bv.rank() - 2], ")"));
    auto const batch_of = [](view const& v) {
      ndfuse::shape s = v.shape;
      s.erase(s.size() - 1);
      s.erase(s.size() - 1);
      return s;
    };
    shape = broadcast_shapes(batch_of(av), batch_of(bv));
    auto const spread = [&](view const& v, index rows, index columns) {
      ndfuse::shape s = shape;
      s.push_back(rows);
      s.push_back(columns);
      return broadcast_to(v, s);
    };
    av = spread(av, m, k);
    bv = spread(bv, k, n);
    shape.push_back(m);
    shape.push_back(n);
    device = &product_device<result>("matmul", a.impl(), b.impl());
  }

  runtime::tensor allocate(dtype t) const {
    runtime::tensor out{{}, contiguous_view(shape), t};
    out.memory = device->allocate(out.view.size(), t);
    return out;
  }
  ops::matmul_problem problem(runtime::tensor out) const {
    return {{a.impl().memory.get(), av}, {b.impl().memory.get(), bv}, dtype_of<A>, dtype_of<B>, std::move(out)};
  }
  array<R> compute() const {
    runtime::tensor out = allocate(result);
    if (k == 0) assign<result>(out, constant<float>{0});
    else multiply<A, B, R>(*device, problem(out));
    if (row) out.view = subview(out.view, ellipsis, 0, all);
    if (column) out.view = subview(out.view, ellipsis, 0);
    return array<R>(std::move(out));
  }

  array<A> a;
  array<B> b;
  view av, bv;  // of the same batch axes
  bool row, column;
  index k;
  ndfuse::shape shape;  // of the product of matrices
  runtime::device* device;
};

/// What a product's launch makes next, as an operand of its epilogue.
template <dtype T> struct product_element : node_base<product_element<T>> {
  using extents = dynamic_shape;
  ndfuse::shape s;

  explicit product_element(ndfuse::shape const& of) : s(of) {}
  static constexpr ir::operand_type type{T};
  static constexpr std::size_t load_count = 1;
  static constexpr ir::value lower(ir::builder& b) { return b.load(T); }
  void bind(binder& b) const { b.load({}, contiguous_view(s), nullptr); }
  ndfuse::shape shape() const { return s; }
};

}  // namespace expr

/// The matrix product (numpy.matmul): (m, k) by (k, n) gives (m, n); leading axes are batches and broadcast; a
/// 1-dimensional operand stands for a row on the left, a column on the right, and loses that axis in the result.
/// Element types promote; int8, float16 and the like accumulate in 32 bits. Throws shape_error when the inner extents
/// differ or an operand is 0-dimensional.
template <expression A, expression B> auto matmul(A const& left, B const& right) {
  return expr::matrix_product<element_t<A>, element_t<B>>(left, right).compute();
}

/// epilogue(matmul(left, right), others...), as an array: `nf::matmul(x, w, nf::kernel([](auto c, auto b) { return
/// nf::maximum(c + b, 0); }), bias)`. The others are arrays, expressions and plain scalars, and broadcast with the
/// product. On WebGPU a product of matrices is not written and read again: the kernel that makes it applies the
/// epilogue to its sums, if that is not too much work, the others fit into its shape and the device can bind all arrays
/// at once. Throws as matmul and as the epilogue do.
template <expression A, expression B, class F, operand... Os>
auto matmul(A const& left, B const& right, expr::kernel_function<F> epilogue, Os const&... others) {
  using product = expr::matrix_product<element_t<A>, element_t<B>>;
  using node = expr::call<F, expr::product_element<product::result>, expr::node_t<Os const&>...>;
  static_assert(node::output_count == 1, "the epilogue of a product must have one result");
  product const p(left, right);
  node const e(expr::product_element<product::result>(p.shape), expr::as_node(others)...);
  using R = cpp_type<node::type.type>;
  if (p.k == 0 || p.row || p.column || e.shape() != p.shape) return array<R>(epilogue(p.compute(), others...));
  expr::binder b(p.shape);
  e.bind(b);
  if (b.device() != nullptr && b.device() != p.device) return array<R>(epilogue(p.compute(), others...));
  expr::choose_device<node>(p.device);
  runtime::tensor const out = p.allocate(node::type.type);
  ops::matmul_epilogue const to{expr::compiled<node>::kernel, 0, b.loads(), b.scalars(), out};
  expr::multiply<element_t<A>, element_t<B>, typename product::R>(*p.device, p.problem({{}, out.view, product::result}),
                                                                  to);
  return array<R>(out);
}

}  // namespace ndfuse
