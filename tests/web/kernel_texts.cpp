// Prints kernels' texts for web-harness/specs/texts.spec.js, which compiles each: every operation on every element type
// in both languages, so that every helper function is met, and frames with every way to reach an operand. A line "====
// DIALECT NAME" goes before each text.

#include <ndfuse/ndfuse.hpp>

#include <complex>
#include <cstdio>
#include <string>
#include <utility>

namespace nf = ndfuse;
namespace codegen = nf::codegen;
namespace ir = nf::ir;
using codegen::access;
using codegen::dialect;
using nf::dtype;

namespace {

int texts = 0;

void begin(dialect d, std::string const& name) {
  ++texts;
  std::printf("==== %s %s\n", d == dialect::wgsl ? "wgsl" : "glsl", name.c_str());
}
void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

/// An operand of an element type.
template <dtype T> using leaf = nf::array<nf::cpp_type<T>>;

template <class E> void print_kernel(std::string const& name) {
  using compiled = nf::expr::compiled<E>;
  begin(dialect::wgsl, name);
  for (std::string_view part : compiled::template kernel_parts<dialect::wgsl>) print(part);
  std::putchar('\n');
  begin(dialect::glsl, name);
  for (std::string_view part : compiled::template kernel_parts<dialect::glsl>) print(part);
  std::putchar('\n');
}

template <ir::opcode Op, dtype T> void print_operation() {
  constexpr ir::op_info const& row = ir::info(Op);
  if constexpr (ir::is_function(Op)) {
    constexpr ir::op_types types = ir::types_of(Op, {T}, {T});
    if constexpr (types.supported && !nf::is_wide(types.operands)) {
      std::string const name = std::string(row.name) + " of " + std::string(nf::name(T));
      if constexpr (row.arity == 1) print_kernel<nf::expr::unary<Op, leaf<T>>>(name);
      else if constexpr (row.arity == 2) print_kernel<nf::expr::binary<Op, leaf<T>, leaf<T>>>(name);
      else print_kernel<nf::expr::ternary<Op, leaf<dtype::bool_>, leaf<T>, leaf<T>>>(name);
    }
  }
}
template <dtype T> void print_operations() {
  [&]<std::size_t... Op>(std::index_sequence<Op...>) {
    (print_operation<ir::opcode(Op), T>(), ...);
  }(std::make_index_sequence<ir::op_count>{});
}

template <dtype From> void print_casts() {
  auto const one = [&]<dtype To>() {
    print_kernel<nf::expr::cast<To, leaf<From>>>("cast of " + std::string(nf::name(From)) + " to " +
                                                 std::string(nf::name(To)));
  };
  one.template operator()<dtype::bool_>();
  one.template operator()<dtype::int8>();
  one.template operator()<dtype::int32>();
  one.template operator()<dtype::uint16>();
  one.template operator()<dtype::uint32>();
  one.template operator()<dtype::float16>();
  one.template operator()<dtype::float32>();
  one.template operator()<dtype::complex64>();
}

/// Map frames of each rank, with one operand reached in each way.
template <class E> void print_frames(std::string const& what) {
  using compiled = nf::expr::compiled<E>;
  ir::program_view const p = compiled::program.view();
  for (unsigned rank = 0; rank <= 6; ++rank)
    for (unsigned lanes : {1u, 4u})
      for (access how : {access::linear, access::single, access::vector, access::splat, access::gather}) {
        if ((how == access::linear) != (rank == 0) && how != access::single) continue;
        if (how == access::vector && lanes == 1) continue;
        codegen::map_facts f = codegen::distinct_facts(p);
        f.rank = std::uint8_t(rank);
        f.lanes = std::uint8_t(lanes);
        access const rest = rank == 0 ? access::linear : lanes == 4 ? access::vector : access::gather;
        bool first = true;
        for (codegen::site& s : f.loads) {
          if (s.how == access::unused) continue;
          s.how = std::exchange(first, false) ? how : rest;
        }
        for (std::size_t k = 0; k < p.outputs.size(); ++k) f.outputs[k].how = rest;
        constexpr char const* ways[] = {"unused", "linear", "single", "vector", "splat", "gather"};
        std::string const name =
            what + " rank " + std::to_string(rank) + " lanes " + std::to_string(lanes) + " " + ways[std::size_t(how)];
        auto const emit = [&]<dialect D>(std::string const& full_name) {
          begin(D, full_name);
          auto const& all = compiled::template kernel_parts<D>;
          for (std::size_t k = 0; k + 1 < all.size(); ++k) print(all[k]);  // the last is the frame of distinct operands
          std::string frame(codegen::emit_map(nullptr, D, p, f), '\0');
          codegen::emit_map(frame.data(), D, p, f);
          print(frame);
          std::putchar('\n');
        };
        emit.template operator()<dialect::wgsl>(name);
        // Fragments write whole texels, or look up which elements of a strided view they hold.
        for (std::size_t k = 0; k < p.outputs.size(); ++k) f.outputs[k].how = access::linear;
        emit.template operator()<dialect::glsl>(name);
        if (lanes != 1 || rank == 0) continue;
        for (std::size_t k = 0; k < p.outputs.size(); ++k) f.outputs[k] = {0, access::gather};
        emit.template operator()<dialect::glsl>(name + " into views");
      }
}

constexpr auto with_loop = nf::kernel([](auto x, auto y) {
  auto const [u, n] = nf::loop(10, nf::values(nf::zeros_like(x), x), [&](auto a, auto b) {
    nf::break_if(a * a > 4);
    return nf::values(a * a + y, a + b);
  });
  return nf::values(u, n, u > n);
});

}  // namespace

int main() {
  print_operations<dtype::float32>();
  print_operations<dtype::int32>();
  print_operations<dtype::uint32>();
  print_operations<dtype::bool_>();
  print_operations<dtype::complex64>();
  print_operations<dtype::float16>();
  print_operations<dtype::int8>();
  print_casts<dtype::bool_>();
  print_casts<dtype::int16>();
  print_casts<dtype::int32>();
  print_casts<dtype::uint8>();
  print_casts<dtype::uint32>();
  print_casts<dtype::float16>();
  print_casts<dtype::float32>();
  print_casts<dtype::complex64>();
  using f32 = leaf<dtype::float32>;
  print_frames<decltype(std::declval<f32>() + std::declval<f32>() * 2)>("sum of floats");
  print_frames<decltype(nf::where(std::declval<leaf<dtype::bool_>>(), std::declval<leaf<dtype::uint8>>(),
                                  std::declval<leaf<dtype::int16>>()))>("where of small types");
  print_frames<decltype(std::declval<leaf<dtype::complex64>>() * std::complex<float>())>("complex");
  print_frames<decltype(nf::arange(3) + std::declval<leaf<dtype::int32>>())>("generator");
  print_frames<decltype(with_loop(std::declval<f32>(), std::declval<f32>()))>("loop with three outputs");
  std::fprintf(stderr, "%d texts\n", texts);
}
