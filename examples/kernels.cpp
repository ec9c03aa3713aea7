// Writes kernels beside the lines that make them, and the table of operations: what the generated parts of docs/ are
// made of.
//   kernels FOLDER
// A device that only writes down what it is given takes the place of a GPU, so the texts are those that a GPU would
// get.
#include <ndfuse/ndfuse.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <print>
#include <string>
#include <vector>

namespace nf = ndfuse;
namespace runtime = ndfuse::runtime;

namespace {

std::filesystem::path folder;

void write_file(std::string const& name, std::string const& text) {
  std::ofstream file(folder / name, std::ios::binary);
  file << text;
  if (!file.flush()) throw nf::value_error("cannot write " + (folder / name).string());
}

/// A GPU without memory that keeps the text of every kernel.
class recording_device final : public runtime::gpu_device {
 public:
  recording_device() : gpu_device(nf::device_kind::webgpu) {}

  std::string kernels;

  std::string description() const override { return "a device that records kernels"; }
  runtime::buffer_ref allocate(nf::index count, nf::dtype) override {
    auto* const b = new runtime::buffer{this};
    b->count = count;
    return runtime::buffer_ref(b);
  }
  std::uint32_t find_kernel(std::uint64_t) const override { return 0; }
  std::uint32_t add_kernel(std::uint64_t, std::string_view name, std::span<std::string_view const> parts, unsigned,
                           std::uint32_t, bool) override {
    if (!kernels.empty()) kernels += '\n';
    (kernels += "// kernel ") += name;
    kernels += '\n';
    for (std::string_view part : parts) kernels += part;
    return 1;
  }
  void dispatch(std::uint32_t, std::span<runtime::buffer* const>, std::span<std::uint32_t const>, runtime::grid,
                std::uint64_t) override {}
  void draw(std::uint32_t, std::span<runtime::buffer* const>, std::span<std::uint32_t const>, runtime::texel_range,
            std::uint64_t) override {
    refuse();
  }
  void upload(runtime::buffer&, nf::index, nf::index, nf::dtype, void const*) override {}
  void read(runtime::buffer_ref, nf::index, nf::index, nf::dtype, void*, runtime::completion&) override { refuse(); }
  void read_blocking(runtime::buffer_ref, nf::index, nf::index, nf::dtype, void*) override { refuse(); }
  void flush() override {}
  void synchronize(runtime::completion&) override { refuse(); }
  void synchronize_blocking() override { refuse(); }
  void warmup(runtime::completion&) override { refuse(); }
  void trim() override {}
  void reset(runtime::completion&) override { refuse(); }
  void reset_blocking() override { refuse(); }

 private:
  [[noreturn]] static void refuse() { throw nf::device_error("a device that records kernels has no results"); }
  void recycle(runtime::buffer* b) override { delete b; }
};

recording_device& recorder() {
  static recording_device* const d = new recording_device;  // outlives every array
  return *d;
}

/// Writes the kernels that `lines` launches to NAME.wgsl.
void show(std::string const& name, auto lines) {
  recorder().kernels.clear();
  lines();
  if (recorder().kernels.empty()) throw nf::value_error(name + ": nothing was launched");
  write_file(name + ".wgsl", recorder().kernels);
}

// Between the marks [name] and [end] stand the lines that a page shows.

void maps() {
  nf::array<float> x = nf::zeros({1000}), y = nf::zeros({1000});
  show("contiguous", [&] {
    // [contiguous]
    nf::array<float> z = 2 * x + y;
    // [end]
  });
  show("same", [&] {
    // [same]
    nf::array<float> z = x * x + x;
    // [end]
  });
  show("in_place", [&] {
    // [in_place]
    x += 2 * y;
    // [end]
  });
  show("overlapping", [&] {
    // [overlapping]
    x[nf::slice(1, 1000)] = x[nf::slice(0, 999)] + 1;
    // [end]
  });

  nf::array<float> u = nf::zeros({512, 512}), row = nf::zeros({512});
  show("broadcast", [&] {
    // [broadcast]
    nf::array<float> v = u + row;
    // [end]
  });
  show("stencil", [&] {
    // [stencil]
    nf::slice inner(1, -1), before(0, -2), after(2, nf::none);
    nf::array<float> around = u[before, inner] + u[after, inner] + u[inner, before] + u[inner, after];
    // [end]
  });
  show("transposed", [&] {
    // [transposed]
    nf::array<float> symmetric = u + nf::transpose(u);
    // [end]
  });
  show("view", [&] {
    // [view]
    u[nf::all, nf::slice(nf::none, nf::none, 2)] = 0;
    // [end]
  });
  show("narrow", [&] {
    // [narrow]
    nf::array<std::uint8_t> pixels = nf::astype<std::uint8_t>(nf::clip(x, 0, 1) * 255);
    // [end]
  });
  show("tanh", [&] {
    // [tanh]
    nf::array<float> t = nf::tanh(x);
    // [end]
  });
}

void lambdas() {
  nf::array<float> x = nf::zeros({1000}), y = nf::zeros({1000});
  show("mandelbrot", [&] {
    // [mandelbrot]
    auto escape = nf::kernel([](auto cx, auto cy) {
      auto zero = nf::zeros_like(cx);
      auto [zx, zy, n] = nf::loop(100, nf::values(zero, zero, zero), [&](auto a, auto b, auto count) {
        nf::break_if(a * a + b * b > 4);
        return nf::values(a * a - b * b + cx, 2 * a * b + cy, count + 1);
      });
      return n;
    });
    nf::array<float> count = escape(x, y);
    // [end]
  });
  show("several", [&] {
    // [several]
    auto polar = nf::kernel([](auto a, auto b) { return nf::values(nf::sqrt(a * a + b * b), a > b); });
    auto [length, above] = nf::eval(polar(x, y));  // an array<float> and an array<bool>, by one launch
    // [end]
  });
}

void reductions() {
  nf::array<float> x = nf::zeros({1 << 22}), y = nf::zeros({1 << 22}), m = nf::zeros({512, 512});
  show("dot", [&] {
    // [dot]
    nf::array<float> dot = nf::sum(x * y);
    // [end]
  });
  show("columns", [&] {
    // [columns]
    nf::array<float> means = nf::mean(m, nf::axis(0));
    // [end]
  });
}

void products() {
  nf::array<float> a = nf::zeros({1024, 1024}), b = nf::zeros({1024, 1024});
  show("matmul", [&] {
    // [matmul]
    nf::array<float> c = nf::matmul(a, b);
    // [end]
  });
  nf::array<float> bias = nf::zeros({1024});
  show("epilogue", [&] {
    // [epilogue]
    auto relu = nf::kernel([](auto c, auto bias) { return nf::maximum(c + bias, 0); });
    nf::array<float> layer = nf::matmul(a, b, relu, bias);  // one launch
    // [end]
  });
}

void fetches() {
  nf::array<float> u = nf::zeros({512, 512}), v = nf::zeros({512, 512}), w = nf::zeros({512, 256});
  show("roll", [&] {
    // [roll]
    nf::array<float> next = u + 0.1f * (nf::roll(u, 1, 0) + nf::roll(u, -1, 0) - 2 * u);
    // [end]
  });
  show("concatenate", [&] {
    // [concatenate]
    nf::array<float> joined = nf::exp(nf::concatenate(v, w, nf::axis(1)));
    // [end]
  });
}

void texts() {
  nf::array<float> x = nf::zeros({1000}), bias = nf::zeros({1000});
  auto leaky = nf::kernel([](auto v, auto b) { return nf::where(v > 0, v, 0.1f * v) + b; });
  write_file("readme.wgsl", std::string(nf::wgsl(leaky(x, bias) * 2)));
  write_file("readme.glsl", std::string(nf::glsl(leaky(x, bias) * 2)));
}

// The table of operations.

/// The spelling of an operation in C++, checked: `text` makes a node of it.
struct spelling {
  nf::ir::opcode op;
  std::string_view text;
};
template <nf::ir::opcode Op> struct makes {
  template <class A> static consteval bool of(nf::expr::unary<Op, A> const*) { return true; }
  template <class A, class B> static consteval bool of(nf::expr::binary<Op, A, B> const*) { return true; }
  static consteval bool of(...) { return false; }
};
std::vector<spelling> spellings() {
  nf::array<int> a, b;
  std::vector<spelling> list;
#define NDFUSE_SPELLED(op, text)                                                       \
  static_assert(makes<nf::ir::opcode::op>::of(static_cast<decltype(text)*>(nullptr))); \
  list.push_back({nf::ir::opcode::op, #text});
  // clang-format off
  NDFUSE_SPELLED(negative, -a)
  NDFUSE_SPELLED(invert, ~a)
  NDFUSE_SPELLED(logical_not, !a)
  NDFUSE_SPELLED(add, a + b)
  NDFUSE_SPELLED(subtract, a - b)
  NDFUSE_SPELLED(multiply, a * b)
  NDFUSE_SPELLED(divide, a / b)
  NDFUSE_SPELLED(remainder, a % b)
  NDFUSE_SPELLED(bitwise_and, a & b)
  NDFUSE_SPELLED(bitwise_or, a | b)
  NDFUSE_SPELLED(bitwise_xor, a ^ b)
  NDFUSE_SPELLED(left_shift, a << b)
  NDFUSE_SPELLED(right_shift, a >> b)
  NDFUSE_SPELLED(less, a < b)
  NDFUSE_SPELLED(less_equal, a <= b)
  NDFUSE_SPELLED(greater, a > b)
  NDFUSE_SPELLED(greater_equal, a >= b)
  NDFUSE_SPELLED(equal, a == b)
  NDFUSE_SPELLED(not_equal, a != b)
  NDFUSE_SPELLED(logical_and, a && b)
  NDFUSE_SPELLED(logical_or, a || b)
  NDFUSE_SPELLED(absolute, nf::abs(a))
  NDFUSE_SPELLED(rint, nf::round(a))
  NDFUSE_SPELLED(power, nf::pow(a, b))
  // clang-format on
#undef NDFUSE_SPELLED
  return list;
}

/// The functions that expr/operators.hpp makes from the table; `where` is a template of its own.
constexpr nf::ir::opcode functions[] = {
#define NDFUSE_FUNCTION(name) nf::ir::opcode::name,
    NDFUSE_UNARY_FUNCTIONS(NDFUSE_FUNCTION) NDFUSE_BINARY_FUNCTIONS(NDFUSE_FUNCTION) nf::ir::opcode::where
#undef NDFUSE_FUNCTION
};

std::string_view rule_name(nf::ir::rule r) {
  constexpr std::string_view names[] = {"structure", "arithmetic", "floating", "rounding", "magnitude", "comparison",
                                        "predicate", "logical",    "bitwise",  "select",   "exact"};
  return names[std::size_t(r)];
}

/// The element type of the result on operands of type `t`, or a dash where there is none.
std::string_view result_on(nf::ir::opcode op, nf::dtype t) {
  nf::ir::op_types const types = nf::ir::types_of(op, {t}, {t});
  return types.supported ? nf::name(types.result) : "-";
}

std::string operations() {
  constexpr nf::dtype shown[] = {nf::dtype::bool_,   nf::dtype::int8,    nf::dtype::int32,    nf::dtype::uint32,
                                 nf::dtype::float16, nf::dtype::float32, nf::dtype::complex64};
  std::vector<spelling> const others = spellings();
  std::string text = "| operation | in C++ | operands | rule |";
  for (nf::dtype t : shown) (text += " on ") += std::string(nf::name(t)) + " |";
  text += " NumPy |\n|---|---|---|---|";
  for (std::size_t k = 0; k < std::size(shown); ++k) text += "---|";
  text += "---|\n";
  for (std::size_t k = 0; k < nf::ir::op_count; ++k) {
    auto const op = nf::ir::opcode(k);
    nf::ir::op_info const& row = nf::ir::info(op);
    if (!nf::ir::is_function(op)) continue;
    if (!std::ranges::contains(functions, op))
      throw nf::value_error("no function of expr/operators.hpp is made from the operation " + std::string(row.name));
    std::string const name(row.name);
    std::string spelled = "`nf::" + name + (row.arity == 1 ? "(a)`" : row.arity == 2 ? "(a, b)`" : "(a, b, c)`");
    for (spelling const& s : others) {
      if (s.op != op) continue;
      std::string operation;
      for (char c : s.text) operation += c == '|' ? std::string("\\|") : std::string(1, c);  // a bar would end the cell
      spelled += ", `" + operation + "`";
    }
    text += "| " + name + " | " + spelled + " | " + std::to_string(row.arity) + " | " +
            std::string(rule_name(row.rule)) + " |";
    for (nf::dtype t : shown) (text += ' ') += std::string(result_on(op, t)) + " |";
    bool const elsewhere = op == nf::ir::opcode::rsqrt || op == nf::ir::opcode::erf;
    text += elsewhere ? " - |\n" : " `" + name + "` |\n";
  }
  return text;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 2) throw nf::value_error("usage: kernels FOLDER");
  folder = arguments[1];
  std::filesystem::create_directories(folder);
  runtime::detail::current_device() = &recorder();
  maps();
  lambdas();
  reductions();
  products();
  fetches();
  texts();
  write_file("operations.md", operations());
} catch (std::exception const& e) {
  std::println(stderr, "error: {}", e.what());
  return 1;
}
