#pragma once
/// @file nf::array: a handle to elements on a device, and the functions that evaluate expressions and read results.

#include <ndfuse/expr/evaluate.hpp>
#include <ndfuse/expr/lambda.hpp>
#include <ndfuse/expr/operators.hpp>
#include <ndfuse/runtime/task.hpp>

#include <initializer_list>
#include <ranges>
#include <span>
#include <tuple>
#include <vector>

namespace ndfuse {

template <element T, extents_type E = dynamic_shape> class array;

/// Elements in host memory, row-major, with their shape: what reading an array gives.
template <element T> class host_array {
 public:
  /// std::vector<bool> has no elements to point at; booleans are kept as bytes.
  using stored = std::conditional_t<std::same_as<T, bool>, std::uint8_t, T>;

  host_array() = default;
  explicit host_array(ndfuse::shape s) : shape_(std::move(s)), values_(std::size_t(element_count(shape_))) {}

  ndfuse::shape const& shape() const { return shape_; }
  std::size_t size() const { return values_.size(); }
  stored* data() { return values_.data(); }
  stored const* data() const { return values_.data(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  stored operator[](std::size_t i) const { return values_[i]; }
  /// The element at a full multi-index; throws index_error out of bounds.
  template <std::integral... Is> stored operator()(Is... at) const {
    return values_[std::size_t(subview(contiguous_view(shape_), at...).offset)];
  }
  std::span<stored const> flat() const { return values_; }

 private:
  ndfuse::shape shape_;
  std::vector<stored> values_;
};

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

  /// Elements from host memory: a flat list, row-major, for a shape.
  array(std::span<T const> values, ndfuse::shape const& s) : array(upload(values, s, runtime_device())) {}
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
  static runtime::tensor upload(std::span<T const> values, ndfuse::shape const& s, runtime::device& d) {
    runtime::tensor t{{}, contiguous_view(s), dtype_of<T>};
    if (index(values.size()) != t.view.size())
      throw shape_error(detail::message("cannot reshape array of size ", values.size(), " into shape ", s));
    t.memory = d.allocate(t.view.size(), dtype_of<T>);
    d.upload(*t.memory, 0, t.view.size(), dtype_of<T>, values.data());
    return t;
  }
  static runtime::tensor upload_list(std::initializer_list<T> values) {
    return upload({values.begin(), values.size()}, ndfuse::shape(index(values.size())), runtime_device());
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
    runtime::tensor t{{}, contiguous_view(flat.shape()), dtype_of<T>};
    t.memory = runtime_device().allocate(t.view.size(), dtype_of<T>);
    runtime_device().upload(*t.memory, 0, t.view.size(), dtype_of<T>, flat.data());
    return t;
  }
  template <class X> array const& write(X const& e) const {
    if (value_.memory) expr::assign<dtype_of<T>>(value_, expr::as_node(e));
    else if (size() != 0) throw device_error("an array without memory cannot be written to");
    return *this;
  }

  runtime::tensor value_;
};

template <expression X> array(X const&) -> array<element_t<X>>;
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

}  // namespace expr

/// Reads an array or the value of an expression, waiting for it. Where this thread cannot wait (a browser's page), it
/// throws a device_error that says what to use instead.
template <expression X> host_array<element_t<X>> to_host(X const& e) {
  runtime::tensor const t = expr::packed<element_t<X>>(array<element_t<X>>(e));
  host_array<element_t<X>> out(t.view.shape);
  if (t.view.size() > 0) t.memory->owner->read_blocking(t.memory, t.view.offset, t.view.size(), t.type, out.data());
  return out;
}

/// Reads without blocking: `co_await nf::read(x)` gives a host_array, or throws what the device reported.
template <expression X> task<host_array<element_t<X>>> read(X e) {
  runtime::tensor const t = expr::packed<element_t<X>>(array<element_t<X>>(e));
  host_array<element_t<X>> out(t.view.shape);
  if (t.view.size() > 0)
    co_await detail::completion_awaiter([&](runtime::completion& done) {
      t.memory->owner->read(t.memory, t.view.offset, t.view.size(), t.type, out.data(), done);
    });
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

/// Waits until all work recorded so far is done.
inline task<> synchronize() {
  co_await detail::completion_awaiter([](runtime::completion& done) { runtime::current().synchronize(done); });
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
