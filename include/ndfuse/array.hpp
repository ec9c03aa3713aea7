#pragma once
/// @file nf::array: a handle to elements on a device, and the functions that evaluate expressions and read results.

#include <ndfuse/expr/evaluate.hpp>
#include <ndfuse/expr/lambda.hpp>
#include <ndfuse/expr/operators.hpp>
#include <ndfuse/host/host_array.hpp>
#include <ndfuse/runtime/task.hpp>

#include <initializer_list>
#include <ranges>
#include <span>
#include <tuple>
#include <vector>

namespace ndfuse {

template <element T, extents_type E = dynamic_shape> class array;

/// An n-dimensional array of T. A handle: copies share the elements, as names do in NumPy. Slicing gives views of the
/// same elements.
///
/// Assigning to a name (`x = e`) gives it a new value; assigning to a view (`x[1] = e`, `x[nf::all] = e`) and `x += e`
/// write into the elements. Expressions over arrays do nothing until they are assigned or read, and then run as one
/// kernel. E fixes extents at compile time: `nf::array<float, std::extents<int, 3, 4>>`.
template <element T, extents_type E> class array {
 public:
  using ndfuse_expression = void;
  using extents = E;
  using value_type = T;
  static constexpr ir::operand_type type{dtype_of<T>};
  static constexpr std::size_t load_count = 1;

  /// No elements: shape (0,).
  array() : array(runtime::tensor{{}, contiguous_view(ndfuse::shape{0}), dtype_of<T>}) {}

  /// The value of an expression of the same element type; it is computed by one kernel (and one for each reduction in
  /// it).
  template <expression X>
    requires(!std::same_as<std::remove_cvref_t<X>, array>)
  array(X const& e) : array(from_expression(e)) {}

  /// Elements from host memory: a range (shape (n,)), a std::mdspan of any layout or a host_array (their shapes). One
  /// copy, or two where the elements do not lie side by side in row-major order.
  template <host_source<T> S>
    requires(!expression<S>)
  explicit array(S&& values) : array(upload_source(values, detail::own_shape(values))) {}
  /// A range, row-major, in a shape of as many elements.
  template <host_range<T> R>
    requires(!expression<R>)
  array(R&& values, ndfuse::shape const& s) : array(upload_source(values, s)) {}
  array(std::initializer_list<T> values) : array(upload_list(values)) {}
  array(std::initializer_list<std::initializer_list<T>> rows) : array(upload_rows(rows)) {}

  /// An array over existing elements: the way in for other parts of the library.
  explicit array(runtime::tensor t) : value_(std::move(t)) { detail::check_extents<E>(value_.view.shape); }

  array(array const&) = default;
  array(array&&) = default;
  /// Names: both now stand for the same elements.
  array& operator=(array const& other) & = default;
  array& operator=(array&& other) & = default;
  template <operand X>
    requires(!std::same_as<std::remove_cvref_t<X>, array> && expression<X>)
  array& operator=(X&& e) & {
    static_assert(same_type<X>(), "the expression's element type is not the array's: convert it with nf::astype<T>(e)");
    // An expression with a name may be evaluated again: its operands must stay as they are.
    runtime::tensor fresh = std::is_lvalue_reference_v<X> ? expr::evaluate(e.node()) : expr::rebind(value_, e.node());
    detail::check_extents<E>(fresh.view.shape);
    value_ = std::move(fresh);
    return *this;
  }
  /// Views: writes into the elements; the right side broadcasts and is converted (numpy's x[...] = e).
  array const& operator=(array const& other) && { return write(other); }
  template <operand X>
    requires(!std::same_as<std::remove_cvref_t<X>, array>)
  array const& operator=(X const& e) && {
    return write(e);
  }

  ndfuse::shape const& shape() const { return value_.view.shape; }
  std::size_t ndim() const { return value_.view.rank(); }
  index size() const { return value_.view.size(); }
  static constexpr ndfuse::dtype dtype() { return dtype_of<T>; }
  ndfuse::device device() const {
    return runtime_device_of(value_).kind() == device_kind::cpu ? ndfuse::device::cpu() : ndfuse::device::gpu();
  }
  runtime::tensor const& impl() const { return value_; }

  /// Basic indexing, numpy's x[...]: a view of the same elements.
  template <axis_index... Is> array<T> operator[](Is... indices) const {
    return array<T>(runtime::tensor{value_.memory, subview(value_.view, indices...), dtype_of<T>});
  }
  /// Indexing with arrays of indices or booleans (indexing.hpp): an expression that can be assigned to.
  template <class... Is>
    requires((axis_index<Is> || expression<Is>) && ...) && (expression<Is> || ...)
  auto operator[](Is const&... indices) const {
    return pick_elements(*this, indices...);
  }

#define NDFUSE_IN_PLACE(op, binary_op)                    \
  template <operand X> array& operator op(X const& e) & { \
    write(*this binary_op e);                             \
    return *this;                                         \
  }                                                       \
  template <operand X> array const& operator op(X const& e) && { return write(*this binary_op e); }
  NDFUSE_IN_PLACE(+=, +)
  NDFUSE_IN_PLACE(-=, -)
  NDFUSE_IN_PLACE(*=, *)
  NDFUSE_IN_PLACE(/=, /)
  NDFUSE_IN_PLACE(%=, %)
  NDFUSE_IN_PLACE(&=, &)
  NDFUSE_IN_PLACE(|=, |)
  NDFUSE_IN_PLACE(^=, ^)
  NDFUSE_IN_PLACE(<<=, <<)
  NDFUSE_IN_PLACE(>>=, >>)
#undef NDFUSE_IN_PLACE

  // What expressions ask of a leaf.
  array const& node() const { return *this; }
  static constexpr ir::value lower(ir::builder& b) { return b.load(dtype_of<T>); }
  void bind(expr::binder& b) const {
    b.load(value_.memory, value_.view, value_.memory ? value_.memory->owner : nullptr);
  }
  template <class F> array<T> viewed(ndfuse::shape const& s, F const& f) const {
    return array<T>(runtime::tensor{value_.memory, f(broadcast_to(value_.view, s)), dtype_of<T>});
  }

 private:
  template <class X> static consteval bool same_type() {
    constexpr ir::operand_type t = expr::node_t<X>::type;
    return (t.weak == weak_kind::none ? t.type : default_type(t.weak)) == dtype_of<T>;
  }
  template <class X> static runtime::tensor from_expression(X const& e) {
    static_assert(same_type<X>(), "the expression's element type is not the array's: convert it with nf::astype<T>(e)");
    return expr::evaluate(e.node());
  }
  static runtime::device& runtime_device() {
    if constexpr (is_wide(dtype_of<T>)) return runtime::cpu();
    else return runtime::current();
  }
  static runtime::device& runtime_device_of(runtime::tensor const& t) {
    return t.memory ? *t.memory->owner : runtime_device();
  }
  static runtime::tensor upload(void const* values, ndfuse::shape const& s) {
    runtime::tensor t{{}, contiguous_view(s), dtype_of<T>};
    runtime::device& d = runtime_device();
    t.memory = d.allocate(t.view.size(), dtype_of<T>);
    d.upload(*t.memory, 0, t.view.size(), dtype_of<T>, values);
    return t;
  }
  template <class S> static runtime::tensor upload_source(S&& values, ndfuse::shape const& s) {
    return detail::with_row_major<T>(values, s, upload);
  }
  static runtime::tensor upload_list(std::initializer_list<T> values) {
    return upload(values.begin(), ndfuse::shape(index(values.size())));
  }
  static runtime::tensor upload_rows(std::initializer_list<std::initializer_list<T>> rows) {
    std::size_t const width = rows.size() == 0 ? 0 : rows.begin()->size();
    host_array<T> flat(ndfuse::shape{index(rows.size()), index(width)});
    std::size_t k = 0;
    for (auto const& row : rows) {
      if (row.size() != width)
        throw shape_error(detail::message("rows of different lengths: ", width, " and ", row.size()));
      for (T v : row) flat.data()[k++] = typename host_array<T>::stored(v);
    }
    return upload(flat.data(), flat.shape());
  }
  template <class X> array const& write(X const& e) const {
    if (value_.memory) expr::assign<dtype_of<T>>(value_, expr::as_node(e));
    else if (size() != 0) throw device_error("an array without memory cannot be written to");
    return *this;
  }

  runtime::tensor value_;
};

template <expression X> array(X const&) -> array<element_t<X>>;
template <std::ranges::input_range R>
  requires(!expression<R> && !detail::is_host_array<std::remove_cvref_t<R>> && element<std::ranges::range_value_t<R>>)
array(R&&) -> array<std::ranges::range_value_t<R>>;
template <std::ranges::input_range R>
  requires(!expression<R> && element<std::ranges::range_value_t<R>>)
array(R&&, shape const&) -> array<std::ranges::range_value_t<R>>;
template <mdspan_like M> array(M const&) -> array<typename M::value_type>;
template <element T> array(host_array<T> const&) -> array<T>;
template <element T> array(std::initializer_list<T>) -> array<T>;
template <element T> array(std::initializer_list<std::initializer_list<T>>) -> array<T>;

namespace expr {
/// All outputs of a kernel, by one launch.
template <class N> auto evaluate_all(N const& e) {
  binder b(e.shape());
  e.bind(b);
  runtime::device& d = choose_device<N>(b.device());
  runtime::tensor outputs[N::output_count];
  for (std::size_t k = 0; k < N::output_count; ++k) {
    outputs[k] = {{}, contiguous_view(b.extents()), N::types[k]};
    outputs[k].memory = d.allocate(outputs[k].view.size(), N::types[k]);
  }
  runtime::launch_map(d, compiled<N>::kernel, b.loads(), outputs, b.scalars());
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    return std::tuple<array<cpp_type<N::types[K]>>...>(array<cpp_type<N::types[K]>>(outputs[K])...);
  }(std::make_index_sequence<N::output_count>{});
}
}  // namespace expr

/// The value of an expression as an array; of a kernel with several outputs, a std::tuple of arrays, computed together.
template <expression X> auto eval(X const& e) {
  using node = expr::node_t<X>;
  if constexpr (requires { node::output_count; }) {
    if constexpr (node::output_count > 1) return expr::evaluate_all(e.node());
    else return array<element_t<X>>(e);
  } else {
    return array<element_t<X>>(e);
  }
}

namespace expr {

/// The elements side by side from the start of memory of their own, as reading needs them.
template <element T> runtime::tensor packed(array<T> const& a) {
  runtime::tensor const& t = a.impl();
  return is_contiguous(t.view) ? t : evaluate(a);
}

/// Waits for the checks of `d` and throws what failed first.
inline task<> checks_passed(runtime::device& d) {
  for (;;) {
    runtime::pending_checks const p = runtime::take_checks(d);
    if (!p.state.memory) co_return;
    std::int32_t first = 0;
    try {
      co_await ndfuse::detail::completion_awaiter([&](runtime::completion& done) {
        d.read(p.state.memory, p.state.view.offset, 1, dtype::int32, &first, done);
      });
    } catch (...) {
      p.forget();
      throw;
    }
    p.raise(first);
  }
}

}  // namespace expr

namespace detail {
[[noreturn]] inline void refuse_copy(shape const& from, shape const& to) {
  throw shape_error(message("could not broadcast input array from shape ", from, " into shape ", to));
}
/// Reads the elements of `x` in row-major order to `destination`, waiting for them.
template <element T> void read_to(void* destination, array<T> const& x) {
  runtime::tensor const t = expr::packed<T>(x);
  if (t.memory) runtime::raise_failed_checks(*t.memory->owner);
  if (t.view.size() > 0) t.memory->owner->read_blocking(t.memory, t.view.offset, t.view.size(), t.type, destination);
}
}  // namespace detail

/// Reads an array or the value of an expression, waiting for it. Where this thread cannot wait (a browser's page), it
/// throws a device_error that says what to use instead. Throws index_error when an index array that this device has
/// used since the last wait was out of bounds.
template <expression X> host_array<element_t<X>> to_host(X const& e) {
  array<element_t<X>> const a(e);
  host_array<element_t<X>> out(a.shape());
  detail::read_to(out.data(), a);
  return out;
}

/// Reads the value of an expression into memory of the program's own, without another copy: a span, a vector, ... of as
/// many elements, in row-major order. Throws shape_error when their numbers differ, before anything is read. Waits as
/// nf::to_host does. (numpy.copyto)
template <class R, expression X>
  requires host_destination<R, element_t<X>>
void copyto(R&& destination, X const& source) {
  array<element_t<X>> const a(source);
  if (index(std::ranges::size(destination)) != a.size())
    detail::refuse_copy(a.shape(), shape(index(std::ranges::size(destination))));
  detail::read_to(std::ranges::data(destination), a);
}
/// The same into a std::mdspan of the same shape and any layout (other layouts than std::layout_right by way of a
/// host_array).
template <mdspan_like M, expression X>
  requires(dtype_of<typename M::value_type> == dtype_of<element_t<X>> && !std::is_const_v<typename M::element_type>)
void copyto(M const& destination, X const& source) {
  array<element_t<X>> const a(source);
  if (detail::shape_of_mdspan(destination) != a.shape())
    detail::refuse_copy(a.shape(), detail::shape_of_mdspan(destination));
  if constexpr (std::is_pointer_v<typename M::data_handle_type>)
    if (detail::is_row_major(destination)) return detail::read_to(destination.data_handle(), a);
  auto const values = to_host(a);
  std::size_t next = 0;
  detail::for_each_element(destination, [&](auto& v) { v = element_t<X>(values[next++]); });
}

/// Writes elements from host memory into those of an array or a view: a range of as many elements, in row-major order,
/// or an mdspan or a host_array of a shape that broadcasts to the array's. Straight into the array's memory where its
/// elements lie side by side (and begin at a word), else by way of an array of their own. (numpy.copyto)
template <element T, extents_type E, host_source<T> S>
  requires(!expression<S>)
void copyto(array<T, E> const& destination, S&& source) {
  runtime::tensor const& t = destination.impl();
  shape const from = host_range<S, T> ? t.view.shape : detail::own_shape(source);
  if (host_range<S, T> ? detail::own_shape(source)[0] != destination.size()
                       : broadcast_shapes(from, t.view.shape) != t.view.shape)
    detail::refuse_copy(detail::own_shape(source), t.view.shape);
  if (t.view.size() == 0) return;
  detail::with_row_major<T>(source, from, [&](void const* values, shape const& s) {
    runtime::device& d = *t.memory->owner;
    if (s == t.view.shape && is_contiguous(t.view) && d.upload_alone(*t.memory, t.view.offset, t.view.size(), t.type))
      return d.upload(*t.memory, t.view.offset, t.view.size(), t.type, values);
    runtime::tensor const copy{d.allocate(element_count(s), t.type), contiguous_view(s), t.type};
    d.upload(*copy.memory, 0, copy.view.size(), t.type, values);
    expr::assign<dtype_of<T>>(t, array<T>(copy));
  });
}

/// Reads without blocking: `co_await nf::read(x)` gives a host_array, or throws what the device reported.
template <expression X> task<host_array<element_t<X>>> read(X e) {
  runtime::tensor const t = expr::packed<element_t<X>>(array<element_t<X>>(e));
  host_array<element_t<X>> out(t.view.shape);
  if (t.view.size() > 0)
    co_await detail::completion_awaiter([&](runtime::completion& done) {
      t.memory->owner->read(t.memory, t.view.offset, t.view.size(), t.type, out.data(), done);
    });
  if (t.memory) co_await expr::checks_passed(*t.memory->owner);
  co_return out;
}

/// The value of an expression with one element, waiting for it (numpy's x.item()).
template <expression X> element_t<X> item(X const& e) {
  auto const values = to_host(e);
  if (values.size() != 1)
    throw value_error(
        detail::message("can only convert an array of size 1 to a scalar, not one of shape ", values.shape()));
  return element_t<X>(values[0]);
}

/// The same elements on another device; waits for them when they leave a GPU.
template <expression X> array<element_t<X>> to_device(X const& e, device const& d) {
  array<element_t<X>> const a(e);
  if (a.device() == d) return a;
  auto const values = to_host(a);
  runtime::tensor t{{}, contiguous_view(values.shape()), dtype_of<element_t<X>>};
  t.memory = d.impl().allocate(t.view.size(), t.type);
  d.impl().upload(*t.memory, 0, t.view.size(), t.type, values.data());
  return array<element_t<X>>(t);
}

/// Waits until all work recorded so far is done; throws as nf::read does.
inline task<> synchronize() {
  runtime::device& d = runtime::current();
  co_await detail::completion_awaiter([&](runtime::completion& done) { d.synchronize(done); });
  co_await expr::checks_passed(d);
}

/// Opens a new GPU device in place of a lost one, as device::reset does, without blocking.
inline task<> reset() {
  if (runtime::gpu() != nullptr)
    co_await detail::completion_awaiter([](runtime::completion& done) { runtime::gpu()->reset(done); });
}

/// Compiles the kernel of an expression now, in the background; its operands must be arrays like those it will be used
/// with. `co_await nf::warmup(e1, e2, ...)` ends when all are ready, so that the first real launch does not wait for
/// the compiler.
template <expression... Xs> task<> warmup(Xs... es) {
  auto const prepare = [](auto const& e) {
    using node = expr::node_t<decltype(e)>;
    expr::binder b(e.node().shape());
    e.node().bind(b);
    runtime::device& d = expr::choose_device<node>(b.device());
    if (d.kind() == device_kind::cpu) return;
    if (runtime::detail::distinct_buffers(b.loads()) + 1 >
        static_cast<runtime::gpu_device&>(d).limits().max_storage_buffers)
      return;  // such an expression runs in parts, whose kernels are not known yet
    constexpr std::size_t outputs = [] {
      if constexpr (requires { node::output_count; }) return node::output_count;
      else return std::size_t(1);
    }();
    runtime::buffer stand_in[outputs];
    runtime::tensor made[outputs];
    for (std::size_t k = 0; k < outputs; ++k) {
      stand_in[k].references = 1;  // never released
      made[k] = {runtime::buffer_ref(&stand_in[k]), contiguous_view(b.extents()),
                 expr::compiled<node>::program.view().output_type(k)};
    }
    runtime::detail::map_on_gpu(static_cast<runtime::gpu_device&>(d), expr::compiled<node>::kernel, b.loads(), made,
                                true, b.scalars(), true);
  };
  (prepare(es), ...);
  if (runtime::gpu() != nullptr)
    co_await detail::completion_awaiter([](runtime::completion& done) { runtime::gpu()->warmup(done); });
}

}  // namespace ndfuse
