#pragma once
/// @file Values of an expression written to, or joined with, elements whose numbers another expression makes.

#include <ndfuse/expr/fetch.hpp>
#include <ndfuse/ops/scatter.hpp>

namespace ndfuse::expr {

using ops::scatter_kind;

/// What a scatter computes for each element: its number, and the value.
template <class Numbers, class Value> struct numbered : node_base<numbered<Numbers, Value>> {
  using extents = dynamic_shape;
  Numbers numbers;
  Value value;

  numbered(Numbers n, Value v) : numbers(std::move(n)), value(std::move(v)) {}
  static constexpr ir::operand_type type = Value::type;
  static constexpr std::size_t load_count = Numbers::load_count + Value::load_count;
  static constexpr void lower_outputs(ir::builder& b) {
    ir::value const n = Numbers::lower(b);
    ir::value const v = Value::lower(b);
    b.output(b.cast(n, dtype::int32));
    b.output(v);
  }
  void bind(binder& b) const {
    numbers.bind(b);
    value.bind(b);
  }
};

/// How two values of compute type C are joined.
template <scatter_kind K, dtype C> constexpr runtime::kernel const* combining() {
  if constexpr (ops::joins(K)) return &compiled<binary<ops::scatter_operation(K), computed<C>, computed<C>>>::kernel;
  else return nullptr;
}

/// The memory of an array as one row.
inline runtime::tensor whole_memory(runtime::buffer_ref const& memory, dtype t) {
  return {memory, contiguous_view(shape(memory->count)), t};
}

/// Writes `value`, converted to T, to the elements of `memory` (an array of T) that `numbers` name, or joins it with
/// them; both have (or broadcast to) the shape `extents`. A number that no element has is skipped.
template <scatter_kind K, dtype T, class Numbers, class Value>
void scatter(runtime::buffer_ref const& memory, shape const& extents, Numbers const& numbers, Value const& value) {
  static_assert(!is_complex(T) || (K != scatter_kind::minimum && K != scatter_kind::maximum),
                "complex numbers have no order: minima and maxima are not defined for them");
  runtime::device& d = *memory->owner;
  // GPUs join whole words: narrow elements are widened before and narrowed after.
  constexpr dtype word = is_bool(T) ? dtype::int32 : compute_type(T);
  if constexpr (word != T) {
    if (d.kind() != device_kind::cpu) {
      runtime::tensor const narrow = whole_memory(memory, T);
      runtime::tensor const wide = evaluate(cast<word, computed<T>>(computed<T>(narrow)));
      scatter<K, word>(wide.memory, extents, numbers, cast<T, Value>(value));
      assign<T>(narrow, computed<word>(wide));
      return;
    }
  }
  using body = numbered<Numbers, cast<T, Value>>;
  if constexpr (body::load_count > codegen::max_operands) {
    scatter<K, T>(memory, extents, computed<dtype::int32>(evaluate(numbers)),
                  computed<T>(evaluate(cast<T, Value>(value))));
  } else {
    binder b(extents);
    body const e(numbers, cast<T, Value>(value));
    e.bind(b);
    runtime::device& own = choose_device<body>(b.device() == nullptr ? &d : b.device());
    if (&own != &d)
      throw device_error(ndfuse::detail::message("cannot assign an expression on the ", ndfuse::name(own.kind()),
                                                 " device to an array on the ", ndfuse::name(d.kind()),
                                                 " device: move one of them with to_device"));
    if (uses_of(b.loads(), memory.get()) > 0 || too_many_buffers(d, b, 2)) {  // what is read must not change meanwhile
      if constexpr (!std::same_as<Numbers, computed<dtype::int32>> || !std::same_as<Value, computed<T>>) {
        scatter<K, T>(memory, extents, computed<dtype::int32>(evaluate(numbers)),
                      computed<T>(evaluate(cast<T, Value>(value))));
        return;
      }
    }
    ops::launch_scatter(d, K, compiled<body>::kernel, combining<K, word>(), b.loads(), extents, whole_memory(memory, T),
                        b.scalars());
  }
}

}  // namespace ndfuse::expr
