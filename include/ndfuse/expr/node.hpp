#pragma once
/// @file Expressions: a few node templates that hold everything by value. Their type is lowered to a program
/// (compile.hpp); their values are bound to a launch (evaluate.hpp).

#include <ndfuse/core/shape.hpp>
#include <ndfuse/core/view.hpp>
#include <ndfuse/ir/builder.hpp>
#include <ndfuse/runtime/kernel.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace ndfuse {

/// A lazy array expression: an array, an operation on expressions, a generator.
template <class T>
concept expression = requires { typename std::remove_cvref_t<T>::ndfuse_expression; };

/// A plain C++ scalar; weak in promotion, so `2.5 * x` has the type of `x`.
template <class T>
concept scalar = weak_kind_of<std::remove_cvref_t<T>> != weak_kind::none;

/// What operators and functions take.
template <class T>
concept operand = expression<T> || scalar<T>;

/// A base of every node, so that operators and functions of ndfuse are found for nodes by their arguments (C++ does not
/// look into the namespaces around an argument's own, and a generator's type may name nothing of ndfuse but expr).
template <class Self> struct found_in_ndfuse {};

namespace expr {

/// Collects what a launch needs, in the order in which lowering numbered it.
class binder {
 public:
  explicit binder(shape const& s) : shape_(s) {}

  void load(runtime::buffer_ref memory, view const& v, runtime::device* d) {
    check_room();
    loads_.push_back({memory.get(), broadcast_to(v, shape_)});
    if (memory) {
      if (device_ != nullptr && device_ != d)
        throw device_error(ndfuse::detail::message("an expression mixes arrays on the ", ndfuse::name(device_->kind()),
                                                   " and the ", ndfuse::name(d->kind()),
                                                   " device: move one of them with to_device"));
      device_ = d;
    }
    held_.push_back(std::move(memory));
  }
  /// A whole array, whose elements the kernel fetches by number.
  void array(runtime::buffer_ref memory, runtime::device* d) {
    load(std::move(memory), view{shape_, index_list::filled(shape_.size(), 0), 0}, d);
  }
  void generator(view const& v) {
    check_room();
    loads_.push_back({nullptr, broadcast_to(v, shape_)});
  }
  void scalar(ir::scalar_value v) { scalars_.push_back(v); }

  std::span<runtime::operand const> loads() const { return {loads_.data(), loads_.size()}; }
  std::span<ir::scalar_value const> scalars() const { return {scalars_.data(), scalars_.size()}; }
  ndfuse::shape const& extents() const { return shape_; }
  /// The device of the arrays met so far, or null when there were none.
  runtime::device* device() const { return device_; }

 private:
  void check_room() const {
    if (loads_.size() == codegen::max_operands)
      throw value_error(ndfuse::detail::message("an expression with more than ", codegen::max_operands,
                                                " operands: evaluate a part of it first"));
  }
  ndfuse::shape shape_;
  ndfuse::detail::inline_list<runtime::operand, codegen::max_operands> loads_;
  ndfuse::detail::inline_list<runtime::buffer_ref, codegen::max_operands> held_;
  ndfuse::detail::list<ir::scalar_value> scalars_;
  runtime::device* device_ = nullptr;
};

/// A plain scalar in an expression: it travels with the launch, so its value is not part of the kernel.
template <scalar T> struct constant {
  using ndfuse_expression = void;
  using extents = std::extents<index>;
  T value;

  static constexpr ir::operand_type type{default_type(weak_kind_of<T>), weak_kind_of<T>};
  static constexpr std::size_t load_count = 0;
  static constexpr ir::value lower(ir::builder& b) { return b.scalar(weak_kind_of<T>); }
  void bind(binder& b) const { b.scalar(value); }
  ndfuse::shape shape() const { return {}; }
  template <class F> constant viewed(ndfuse::shape const&, F const&) const { return *this; }
};

/// An operand as a node: expressions by value, scalars wrapped. Temporaries move in, so that an array is held once
/// however long the expression.
template <operand T> constexpr auto as_node(T&& t) {
  if constexpr (expression<T>) return std::remove_cvref_t<T>(std::forward<T>(t));
  else return constant<std::remove_cvref_t<T>>{t};
}
template <operand T> using node_t = decltype(as_node(std::declval<T>()));

/// What all nodes offer beside their members: node() for uniformity with arrays, and indexing (see views.hpp).
template <class Self> struct node_base : found_in_ndfuse<Self> {
  using ndfuse_expression = void;
  constexpr Self const& node() const { return static_cast<Self const&>(*this); }
  /// Basic indexing as NumPy's; pushed to the operands, so nothing is computed or copied.
  template <axis_index... Is> auto operator[](Is... indices) const {
    return node().viewed(node().shape(), [=](view const& v) { return subview(v, indices...); });
  }
};

template <ir::opcode Op, class A> struct unary : node_base<unary<Op, A>> {
  using extents = typename A::extents;
  [[no_unique_address]] A a;

  template <class X> using rebuilt = unary<Op, X>;
  constexpr explicit unary(A x) : a(std::move(x)) {}
  static constexpr ir::operand_type type{ir::types_of(Op, A::type).result};
  static constexpr std::size_t load_count = A::load_count;
  static constexpr ir::value lower(ir::builder& b) { return b.apply(Op, A::lower(b)); }
  void bind(binder& b) const { a.bind(b); }
  ndfuse::shape shape() const { return a.shape(); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    auto x = a.viewed(s, f);
    return unary<Op, decltype(x)>(std::move(x));
  }
};

template <ir::opcode Op, class A, class B> struct binary : node_base<binary<Op, A, B>> {
  using extents = broadcast_extents_t<typename A::extents, typename B::extents>;
  [[no_unique_address]] A a;
  [[no_unique_address]] B b;

  template <class X, class Y> using rebuilt = binary<Op, X, Y>;
  constexpr binary(A x, B y) : a(std::move(x)), b(std::move(y)) {}
  static constexpr ir::operand_type type{ir::types_of(Op, A::type, B::type).result};
  static constexpr std::size_t load_count = A::load_count + B::load_count;
  static constexpr ir::value lower(ir::builder& to) {
    ir::value const x = A::lower(to);
    ir::value const y = B::lower(to);
    return to.apply(Op, x, y);
  }
  void bind(binder& to) const {
    a.bind(to);
    b.bind(to);
  }
  ndfuse::shape shape() const { return broadcast_shapes(a.shape(), b.shape()); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    auto x = a.viewed(s, f);
    auto y = b.viewed(s, f);
    return binary<Op, decltype(x), decltype(y)>(std::move(x), std::move(y));
  }
};

/// where(a, b, c)
template <ir::opcode Op, class A, class B, class C> struct ternary : node_base<ternary<Op, A, B, C>> {
  using extents =
      broadcast_extents_t<typename A::extents, broadcast_extents_t<typename B::extents, typename C::extents>>;
  [[no_unique_address]] A a;
  [[no_unique_address]] B b;
  [[no_unique_address]] C c;

  template <class X, class Y, class Z> using rebuilt = ternary<Op, X, Y, Z>;
  constexpr ternary(A x, B y, C z) : a(std::move(x)), b(std::move(y)), c(std::move(z)) {}
  static constexpr ir::operand_type type{ir::types_of(Op, B::type, C::type).result};
  static constexpr std::size_t load_count = A::load_count + B::load_count + C::load_count;
  static constexpr ir::value lower(ir::builder& to) {
    ir::value const x = A::lower(to);
    ir::value const y = B::lower(to);
    ir::value const z = C::lower(to);
    return to.apply(Op, x, y, z);
  }
  void bind(binder& to) const {
    a.bind(to);
    b.bind(to);
    c.bind(to);
  }
  ndfuse::shape shape() const { return broadcast_shapes(a.shape(), broadcast_shapes(b.shape(), c.shape())); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    auto x = a.viewed(s, f);
    auto y = b.viewed(s, f);
    auto z = c.viewed(s, f);
    return ternary<Op, decltype(x), decltype(y), decltype(z)>(std::move(x), std::move(y), std::move(z));
  }
};

/// astype
template <dtype T, class A> struct cast : node_base<cast<T, A>> {
  using extents = typename A::extents;
  [[no_unique_address]] A a;

  template <class X> using rebuilt = cast<T, X>;
  constexpr explicit cast(A x) : a(std::move(x)) {}
  static constexpr ir::operand_type type{T};
  static constexpr std::size_t load_count = A::load_count;
  static constexpr ir::value lower(ir::builder& b) {
    ir::value const v = A::lower(b);
    // A plain scalar becomes T at once, unless that would lose its fraction: 2.7 to an integer truncates.
    return {b.cast(ir::promote_operands({T}, b.type_of(v)) == T ? v : b.strong(v), T).id};
  }
  void bind(binder& b) const { a.bind(b); }
  ndfuse::shape shape() const { return a.shape(); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    auto x = a.viewed(s, f);
    return cast<T, decltype(x)>(std::move(x));
  }
};

/// A generator: element i of its shape in row-major order is the number i, computed in the kernel that uses it.
struct counter : node_base<counter> {
  using extents = dynamic_shape;
  view v;

  explicit counter(view x) : v(std::move(x)) {}
  static constexpr ir::operand_type type{dtype::int32};
  static constexpr std::size_t load_count = 1;
  static constexpr ir::value lower(ir::builder& b) { return b.load(dtype::int32, true); }
  void bind(binder& b) const { b.generator(v); }
  ndfuse::shape shape() const { return v.shape; }
  template <class F> counter viewed(ndfuse::shape const& s, F const& f) const { return counter(f(broadcast_to(v, s))); }
};

/// The number in memory of the element that `v` has at each index of its shape; also where v reaches outside.
inline counter address(view v) { return counter(std::move(v)); }
/// The index along `axis`, at each index of a shape.
inline counter coordinate(shape const& s, std::size_t axis) {
  view v{s, index_list::filled(s.size(), 0), 0};
  v.strides[axis] = 1;
  return counter(std::move(v));
}
/// The place in row-major order, at each index of a shape.
inline counter flat_coordinate(shape const& s) { return counter(contiguous_view(s)); }

}  // namespace expr

/// The element type of an expression.
template <expression E> inline constexpr dtype dtype_of_expression = expr::node_t<E>::type.type;
template <expression E> using element_t = cpp_type<dtype_of_expression<E>>;

}  // namespace ndfuse
