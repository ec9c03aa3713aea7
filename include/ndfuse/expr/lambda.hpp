#pragma once
/// @file Kernels from lambdas: the lambda is called once, in the compiler, with symbols that record what it does to
/// them.

#include <ndfuse/expr/operators.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <utility>

namespace ndfuse {

/// A value inside a kernel under construction. It has the operators and functions of arrays, and no value that C++
/// could test.
class symbol {
 public:
  constexpr symbol(ir::builder& b, ir::value v) : builder_(&b), value_(v) {}

  constexpr ir::builder& builder() const { return *builder_; }
  constexpr ir::value value() const { return value_; }
  /// The same value as an element of type T.
  template <element T> constexpr symbol astype() const {
    return {*builder_, builder_->cast(builder_->strong(value_), dtype_of<T>)};
  }

  /// A kernel's value is not known while the kernel is made.
  template <class T> constexpr explicit operator T() const {
    static_assert(sizeof(T) == 0,
                  "a kernel's values cannot be tested by if, while or &&: use nf::where, nf::loop and nf::break_if");
    return T();
  }

 private:
  ir::builder* builder_;
  ir::value value_;
};

namespace expr {

template <class T>
concept symbolic = std::same_as<std::remove_cvref_t<T>, symbol>;
template <class... Ts>
concept symbol_operands = ((symbolic<Ts> || scalar<Ts>) && ...) && (symbolic<Ts> || ...);

template <class T> constexpr ir::value value_in(ir::builder& b, T const& t) {
  if constexpr (symbolic<T>) return t.value();
  else return b.weak_constant(t);
}
template <class... Ts> constexpr ir::builder& builder_of(Ts const&... ts) {
  ir::builder* found = nullptr;
  auto const look = [&](auto const& t) {
    if constexpr (symbolic<decltype(t)>) found = &t.builder();
  };
  (look(ts), ...);
  return *found;
}
template <ir::opcode Op, class... Ts> constexpr symbol record(Ts const&... ts) {
  ir::builder& b = builder_of(ts...);
  return {b, b.apply(Op, value_in(b, ts)...)};
}

}  // namespace expr

#define NDFUSE_SYMBOL_UNARY(function, opcode_name) \
  constexpr symbol function(symbol a) { return expr::record<ir::opcode::opcode_name>(a); }
#define NDFUSE_SYMBOL_BINARY(function, opcode_name)     \
  template <class A, class B>                           \
    requires expr::symbol_operands<A, B>                \
  constexpr symbol function(A const& a, B const& b) {   \
    return expr::record<ir::opcode::opcode_name>(a, b); \
  }
NDFUSE_SYMBOL_UNARY(operator-, negative)
NDFUSE_SYMBOL_UNARY(operator~, invert)
NDFUSE_SYMBOL_UNARY(operator!, logical_not)
NDFUSE_SYMBOL_BINARY(operator+, add)
NDFUSE_SYMBOL_BINARY(operator-, subtract)
NDFUSE_SYMBOL_BINARY(operator*, multiply)
NDFUSE_SYMBOL_BINARY(operator/, divide)
NDFUSE_SYMBOL_BINARY(operator%, remainder)
NDFUSE_SYMBOL_BINARY(operator&, bitwise_and)
NDFUSE_SYMBOL_BINARY(operator|, bitwise_or)
NDFUSE_SYMBOL_BINARY(operator^, bitwise_xor)
NDFUSE_SYMBOL_BINARY(operator<<, left_shift)
NDFUSE_SYMBOL_BINARY(operator>>, right_shift)
NDFUSE_SYMBOL_BINARY(operator<, less)
NDFUSE_SYMBOL_BINARY(operator<=, less_equal)
NDFUSE_SYMBOL_BINARY(operator>, greater)
NDFUSE_SYMBOL_BINARY(operator>=, greater_equal)
NDFUSE_SYMBOL_BINARY(operator==, equal)
NDFUSE_SYMBOL_BINARY(operator!=, not_equal)
NDFUSE_SYMBOL_BINARY(operator&&, logical_and)
NDFUSE_SYMBOL_BINARY(operator||, logical_or)
#define NDFUSE_SAME_NAME(name) NDFUSE_SYMBOL_UNARY(name, name)
NDFUSE_UNARY_FUNCTIONS(NDFUSE_SAME_NAME)
#undef NDFUSE_SAME_NAME
#define NDFUSE_SAME_NAME(name) NDFUSE_SYMBOL_BINARY(name, name)
NDFUSE_BINARY_FUNCTIONS(NDFUSE_SAME_NAME)
#undef NDFUSE_SAME_NAME
NDFUSE_SYMBOL_UNARY(abs, absolute)
NDFUSE_SYMBOL_UNARY(round, rint)
NDFUSE_SYMBOL_BINARY(pow, power)
#undef NDFUSE_SYMBOL_UNARY
#undef NDFUSE_SYMBOL_BINARY

template <class A, class B>
  requires expr::symbol_operands<symbol, A, B>
constexpr symbol where(symbol condition, A const& a, B const& b) {
  return expr::record<ir::opcode::where>(condition, a, b);
}
template <class L, class H> constexpr symbol clip(symbol a, L const& low, H const& high) {
  return minimum(maximum(a, low), high);
}

/// A constant with the type of `like`: where a loop's carried value starts.
template <scalar T> constexpr symbol full_like(symbol like, T value) {
  return {like.builder(), like.builder().constant(value, like.builder().type_of(like.value()).type)};
}
constexpr symbol zeros_like(symbol like) { return full_like(like, 0); }
constexpr symbol ones_like(symbol like) { return full_like(like, 1); }

namespace expr {

/// Symbols and plain scalars side by side.
template <std::size_t N> struct value_list {
  ir::builder* builder = nullptr;
  std::array<ir::value, N> symbols{};
  std::array<ir::scalar_value, N> scalars{};  // kind none: it is a symbol
};

template <class T> inline constexpr std::size_t value_count = 0;
template <> inline constexpr std::size_t value_count<symbol> = 1;
template <std::size_t N> inline constexpr std::size_t value_count<value_list<N>> = N;
template <std::size_t N> inline constexpr std::size_t value_count<std::array<symbol, N>> = N;

template <std::size_t N> constexpr void collect(ir::builder& b, value_list<N> const& from,
                                                ndfuse::detail::list<ir::value>& to) {
  for (std::size_t k = 0; k < N; ++k)
    to.push_back(from.scalars[k].kind == weak_kind::none ? from.symbols[k] : b.weak_constant(from.scalars[k]));
}
template <std::size_t N> constexpr void collect(ir::builder&, std::array<symbol, N> const& from,
                                                ndfuse::detail::list<ir::value>& to) {
  for (symbol const& s : from) to.push_back(s.value());
}
constexpr void collect(ir::builder&, symbol const& from, ndfuse::detail::list<ir::value>& to) {
  to.push_back(from.value());
}

}  // namespace expr

/// The same value as an element of type T.
template <element T> constexpr symbol astype(symbol a) { return a.template astype<T>(); }

/// Several values together: what a loop carries, and what a lambda with several outputs returns. Plain scalars among
/// them are constants.
template <class... Ts>
  requires((expr::symbolic<Ts> || scalar<Ts>) && ...)
constexpr auto values(Ts const&... ts) {
  expr::value_list<sizeof...(Ts)> list;
  std::size_t k = 0;
  auto const add = [&](auto const& t) {
    if constexpr (expr::symbolic<decltype(t)>) {
      list.builder = &t.builder();
      list.symbols[k++] = t.value();
    } else {
      list.scalars[k++] = t;
    }
  };
  (add(ts), ...);
  return list;
}

/// Runs `body` `trips` times on carried values: body(v0, v1, ...) returns their next values, by `values(...)`; gives
/// back their last values. `initial` are their first ones; at least one of them, or `trips`, must be a symbol
/// (zeros_like(x) makes one). Values keep their types.
template <class Trips, std::size_t N, class Body> constexpr std::array<symbol, N> loop(
    Trips trips, expr::value_list<N> const& initial, Body body) {
  ir::builder* b = initial.builder;
  if constexpr (expr::symbolic<Trips>) b = &trips.builder();
  if (b == nullptr)
    throw value_error("nf::loop needs a symbol to start from: use nf::zeros_like(x) for one of its initial values");
  ndfuse::detail::list<ir::value> first;
  expr::collect(*b, initial, first);
  ndfuse::detail::list<ir::value> const carried = b->begin_loop(expr::value_in(*b, trips), first);
  auto const next = [&]<std::size_t... K>(std::index_sequence<K...>) {
    return body(symbol(*b, carried[K])...);
  }(std::make_index_sequence<N>{});
  static_assert(expr::value_count<std::remove_cvref_t<decltype(next)>> == N,
                "a loop's body must return as many values as the loop carries: return nf::values(...)");
  ndfuse::detail::list<ir::value> last;
  expr::collect(*b, next, last);
  ndfuse::detail::list<ir::value> const results = b->end_loop(last);
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    return std::array<symbol, N>{symbol(*b, results[K])...};
  }(std::make_index_sequence<N>{});
}

/// Inside a loop's body: leaves the loop for an element where `condition` holds, with the values that this turn began
/// with.
constexpr void break_if(symbol condition) { condition.builder().break_if(condition.value()); }

namespace expr {

/// A call of a kernel: n operands, one or several outputs.
template <class F, class... Args> struct call : node_base<call<F, Args...>> {
  boost::hana::basic_tuple<Args...> args;

  constexpr explicit call(Args... xs) : args(std::move(xs)...) {}
  static constexpr std::size_t load_count = (0 + ... + Args::load_count);

  static constexpr auto trace(ir::builder& b) {
    std::size_t k = 0;
    std::array<ir::value, sizeof...(Args)> operands{};
    ((operands[k++] = Args::lower(b)), ...);
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return F{}(symbol(b, operands[K])...);
    }(std::make_index_sequence<sizeof...(Args)>{});
  }
  using traced_result = decltype(trace(std::declval<ir::builder&>()));
  static constexpr std::size_t output_count = value_count<traced_result>;
  static_assert(output_count > 0, "a kernel's lambda must return a symbol, or several by nf::values(...)");

  static constexpr void lower_outputs(ir::builder& b) {
    ndfuse::detail::list<ir::value> results;
    collect(b, trace(b), results);
    for (ir::value const& v : results) b.output(v);
  }
  static constexpr ir::value lower(ir::builder& b) {
    static_assert(output_count == 1,
                  "a kernel with several outputs cannot be part of an expression: evaluate it with nf::eval");
    ndfuse::detail::list<ir::value> results;
    collect(b, trace(b), results);
    return b.strong(results[0]);
  }
  static constexpr std::array<dtype, output_count> types = [] {
    ir::builder b;
    lower_outputs(b);
    std::array<dtype, output_count> t{};
    for (std::size_t k = 0; k < output_count; ++k) t[k] = b.output_type(k);
    return t;
  }();
  static constexpr ir::operand_type type{types[0]};

  template <class... Es> struct all_extents {
    using type = dynamic_shape;
  };
  template <class E> struct all_extents<E> {
    using type = E;
  };
  template <class A, class B, class... Es> struct all_extents<A, B, Es...>
      : all_extents<broadcast_extents_t<A, B>, Es...> {};
  using extents = typename all_extents<typename Args::extents...>::type;

  void bind(binder& b) const {
    each([&](auto const& a) { a.bind(b); });
  }
  ndfuse::shape shape() const {
    ndfuse::shape s;
    each([&](auto const& a) { s = broadcast_shapes(s, a.shape()); });
    return s;
  }
  template <class V> auto viewed(ndfuse::shape const& s, V const& f) const {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return rebuilt(boost::hana::at_c<K>(args).viewed(s, f)...);
    }(std::make_index_sequence<sizeof...(Args)>{});
  }

 private:
  template <class... Xs> static call<F, Xs...> rebuilt(Xs... xs) { return call<F, Xs...>(std::move(xs)...); }
  template <class Visit> void each(Visit visit) const {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (visit(boost::hana::at_c<K>(args)), ...);
    }(std::make_index_sequence<sizeof...(Args)>{});
  }
};

/// What nf::kernel returns: call it with arrays, expressions and scalars.
template <class F> struct kernel_function {
  template <class... Ts>
    requires(
        array_operands<Ts...> ||
        ndfuse::detail::unsatisfied<
            "a kernel is called with arrays, expressions and plain scalars, at least one of them no scalar", Ts...>)
  constexpr auto operator()(Ts&&... ts) const {
    return call<F, node_t<Ts>...>(as_node(std::forward<Ts>(ts))...);
  }
};

template <class F>
concept captureless =
    (std::is_empty_v<F> && std::is_default_constructible_v<F>) ||
    ndfuse::detail::unsatisfied<"a kernel's lambda must not capture: pass arrays and scalars as its arguments", F>;

}  // namespace expr

/// A kernel from a lambda over elements: `auto f = nf::kernel([](auto x, auto y) { return nf::sqrt(x * x + y * y); });
/// f(a, b)`. The lambda is traced once, in the compiler; identical subexpressions are computed once. Choose with
/// nf::where, repeat with nf::loop.
template <expr::captureless F> constexpr expr::kernel_function<F> kernel(F) { return {}; }

}  // namespace ndfuse
