// Random programs, each made by the C++ compiler from a seed: its loop for the CPU or its WGSL kernel (whichever device
// the test runs on) against the interpreter, on random operands that lie in random views.

#include "general_kernel.hpp"
#include "values.hpp"

#include <ndfuse/ir/interpret.hpp>
#include <ndfuse/ir/verify.hpp>

#include <cmath>
#include <complex>
#include <memory>
#include <utility>

namespace {

namespace ir = nf::ir;
namespace runtime = nf::runtime;
using ir::opcode;
using nf::dtype;
using nf::index;

/// Numbers from a seed, in the compiler as at run time (splitmix64).
struct dice {
  std::uint64_t state;
  constexpr std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  constexpr unsigned below(std::size_t n) { return unsigned(next() % n); }
  constexpr bool chance(unsigned percent) { return below(100) < percent; }
};

constexpr dtype gpu_types[] = {dtype::float32, dtype::int32,     dtype::uint32,  dtype::bool_,
                               dtype::int8,    dtype::float32,   dtype::uint8,   dtype::int16,
                               dtype::uint16,  dtype::complex64, dtype::float16, dtype::int32};

/// Writes a random program into a builder.
class program_maker {
 public:
  constexpr program_maker(ir::builder& b, std::uint64_t seed) : b_(b), dice_{seed} {}

  constexpr void make() {
    unsigned const loads = 1 + dice_.below(4);
    for (unsigned k = 0; k < loads; ++k) {
      dtype const t = gpu_types[dice_.below(std::size(gpu_types))];
      values_.push_back(b_.load(t, t == dtype::int32 && dice_.chance(30)));
    }
    if (dice_.chance(50)) values_.push_back(b_.scalar(nf::weak_kind::integer));
    if (dice_.chance(50)) values_.push_back(b_.scalar(nf::weak_kind::floating));
    unsigned const steps = 6 + dice_.below(20);
    for (unsigned k = 0; k < steps; ++k) {
      if (dice_.chance(10)) add_loop(0);
      else add_value();
    }
    unsigned const outputs = dice_.chance(30) ? 2 + dice_.below(2) : 1;
    for (unsigned k = 0; k < outputs; ++k)
      b_.output(values_[values_.size() - 1 - dice_.below(values_.size() < 5 ? values_.size() : 5)]);
  }

 private:
  constexpr ir::value any() { return values_[dice_.below(values_.size())]; }
  constexpr ir::value recent() {
    return values_[values_.size() - 1 - dice_.below(values_.size() < 4 ? values_.size() : 4)];
  }
  constexpr ir::value constant() {
    switch (dice_.below(3)) {
      case 0: return b_.weak_constant(int(dice_.below(100)));
      case 1: return b_.weak_constant(dice_.below(64) / 8.0);
      default: return b_.weak_constant(dice_.chance(50));
    }
  }

  constexpr void add_value() {
    if (dice_.chance(12)) return add_cast();
    for (int tries = 0; tries < 20; ++tries) {
      opcode const op = opcode(unsigned(opcode::add) + dice_.below(ir::op_count - unsigned(opcode::add)));
      if (!ir::is_function(op)) continue;
      ir::value const x = recent(), y = dice_.chance(20) ? constant() : any(), z = any();
      bool const three = op == opcode::where, two = ir::info(op).arity == 2;
      ir::operand_type const tx = b_.type_of(x), ty = b_.type_of(y), tz = b_.type_of(z);
      ir::op_types const t = three ? ir::types_of(op, ty, tz) : ir::types_of(op, tx, ty);
      if (!t.supported || nf::is_wide(t.operands) || (two && !fits(y, t.operands)) ||
          (three && (!fits(y, t.result) || !fits(z, t.result))))
        continue;
      if (!three && !fits(x, t.operands)) continue;
      if (op == opcode::divide && is_zero(x)) continue;  // drivers take 0 / x for 0, also where x is 0
      values_.push_back(b_.apply(op, x, y, z));
      return;
    }
  }
  /// Weak integers are below 100: they fit everything. Nothing here may convert floats to integers, for NaN and large
  /// values have no defined result.
  constexpr bool fits(ir::value v, dtype t) const {
    ir::operand_type const from = b_.type_of(v);
    return nf::is_bool(t) ||
           nf::kind(from.weak == nf::weak_kind::none ? from.type : nf::default_type(from.weak)) <= nf::kind(t);
  }

  constexpr bool is_zero(ir::value v) const {
    ir::inst const& i = b_.at(v);
    return i.op == opcode::constant && (i.imm == 0 || i.imm == ir::constant_bits(-0.f));
  }

  constexpr void add_cast() {
    ir::value v = recent();
    dtype const to = gpu_types[dice_.below(std::size(gpu_types))], from = b_.type_of(v).type;
    if (b_.type_of(v).weak != nf::weak_kind::none) return;
    if (nf::is_complex(from) && !nf::is_complex(to)) v = b_.apply(opcode::real, v);
    if (nf::kind(to) < nf::dtype_kind::floating && to != dtype::bool_ && nf::kind(from) >= nf::dtype_kind::floating)
      v = b_.apply(opcode::fmin, b_.apply(opcode::fmax, v, b_.weak_constant(-1000)), b_.weak_constant(1000));
    values_.push_back(b_.cast(v, to));
  }

  constexpr void add_loop(unsigned depth) {
    nf::detail::list<ir::value> initial;
    unsigned const count = 1 + dice_.below(3);
    for (unsigned k = 0; k < count; ++k) initial.push_back(any());
    std::size_t const outside = values_.size();
    ir::value const trips =
        dice_.chance(50)
            ? b_.weak_constant(int(dice_.below(6)))
            : b_.cast(b_.apply(opcode::bitwise_and, b_.cast(b_.apply(opcode::equal, any(), any()), dtype::int32),
                               b_.weak_constant(3)),
                      dtype::int32);
    nf::detail::list<ir::value> const carried = b_.begin_loop(trips, initial);
    for (ir::value v : carried) values_.push_back(v);
    unsigned const steps = 1 + dice_.below(4);
    for (unsigned k = 0; k < steps; ++k) add_value();
    if (depth == 0 && dice_.chance(30)) add_loop(1);
    if (dice_.chance(40)) b_.break_if(b_.apply(opcode::equal, recent(), any()));
    nf::detail::list<ir::value> next;
    for (ir::value v : carried) {
      ir::value n = v;
      for (int tries = 0; tries < 8; ++tries) {
        ir::value const candidate = values_[outside + dice_.below(values_.size() - outside)];
        if (b_.type_of(candidate).type == b_.type_of(v).type && b_.type_of(candidate).weak == nf::weak_kind::none)
          n = candidate;
      }
      next.push_back(n);
    }
    nf::detail::list<ir::value> const results = b_.end_loop(next);
    while (values_.size() > outside) values_.pop_back();
    for (ir::value v : results) values_.push_back(v);
  }

  ir::builder& b_;
  dice dice_;
  nf::detail::list<ir::value> values_;
};

/// What expr::compiled needs of a node.
template <std::uint64_t Seed> struct random_node {
  static constexpr void lower_outputs(ir::builder& b) { program_maker(b, Seed).make(); }
};

/// Elements of type `t` from a seed: exact in every type, special values among the floats.
ir::tagged_value random_element(dtype t, dice& d) {
  float const special[] = {0.f, -0.f, INFINITY, -INFINITY, NAN, 1.f, -1.f, 65504.f, 0.1f, 1e30f};
  auto const number = [&] { return d.chance(10) ? special[d.below(10)] : (float(d.below(1024)) - 512.f) / 8.f; };
  std::uint64_t const bits = d.chance(50) ? d.next() : std::uint64_t(std::int64_t(d.below(21)) - 10);
  switch (t) {
    case dtype::bool_: return ir::tagged_value::from(bits % 2 == 0);
    case dtype::int8: return ir::tagged_value::from(std::int8_t(bits));
    case dtype::uint8: return ir::tagged_value::from(std::uint8_t(bits));
    case dtype::int16: return ir::tagged_value::from(std::int16_t(bits));
    case dtype::uint16: return ir::tagged_value::from(std::uint16_t(bits));
    case dtype::int32: return ir::tagged_value::from(std::int32_t(bits));
    case dtype::uint32: return ir::tagged_value::from(std::uint32_t(bits));
    case dtype::float16: return ir::tagged_value::from(nf::float16(number()));
    case dtype::float32: return ir::tagged_value::from(number());
    default: return ir::tagged_value::from(std::complex<float>(number(), number()));
  }
}

template <class F> void with_type(dtype t, F f) {
  switch (t) {
    case dtype::bool_: return f(bool());
    case dtype::int8: return f(std::int8_t());
    case dtype::uint8: return f(std::uint8_t());
    case dtype::int16: return f(std::int16_t());
    case dtype::uint16: return f(std::uint16_t());
    case dtype::int32: return f(std::int32_t());
    case dtype::uint32: return f(std::uint32_t());
    case dtype::float16: return f(nf::float16());
    case dtype::float32: return f(float());
    default: return f(std::complex<float>());
  }
}

/// A view of shape `s` into memory of its own: axes in any order, steps of either sign, gaps, offset and (for operands)
/// repeated axes.
nf::view random_view(nf::shape const& s, dice& d, bool may_repeat, index& memory) {
  nf::view v{s, nf::index_list::filled(s.size(), 0), index(d.below(3))};
  nf::index_list order;
  for (std::size_t a = 0; a < s.size(); ++a) order.push_back(index(a));
  if (d.chance(40))
    for (std::size_t a = s.size(); a > 1; --a) std::swap(order[a - 1], order[d.below(a)]);
  if (d.chance(50)) v.offset = 0;
  index stride = 1;
  for (std::size_t k = s.size(); k-- > 0;) {
    std::size_t const a = std::size_t(order[k]);
    if (may_repeat && d.chance(15)) continue;
    index const step = d.chance(60) ? 1 : 1 + index(d.below(3));
    v.strides[a] = stride * step;
    if (d.chance(20) && s[a] > 0) {
      v.offset += (s[a] - 1) * v.strides[a];
      v.strides[a] = -v.strides[a];
    }
    stride *= s[a] * step + (d.chance(20) ? 1 + index(d.below(4)) : 0);
  }
  memory = stride + v.offset + 4;
  return v;
}

double nearness(double a, double b) {
  if (a == b || (a != a && b != b)) return 0;
  return std::abs(a - b) / std::max({1.0, std::abs(a), std::abs(b)});
}
template <class T> bool near(T a, T b) {
  if constexpr (std::same_as<T, float>) return nearness(double(a), double(b)) < 1e-5;
  else if constexpr (std::same_as<T, nf::float16>) return nearness(double(float(a)), double(float(b))) < 2e-3;
  else if constexpr (std::same_as<T, std::complex<float>>) return near(a.real(), b.real()) && near(a.imag(), b.imag());
  else return a == b;
}
template <class T> std::string text(T v) {
  if constexpr (std::same_as<T, nf::float16>) return std::to_string(float(v));
  else if constexpr (std::same_as<T, std::complex<float>>)
    return std::to_string(v.real()) + " + " + std::to_string(v.imag()) + "i";
  else return std::to_string(v);
}

/// What memory holds before a launch.
template <class T> T before(index n) { return T(float(n * 7 % 100)); }

void run_on_device(runtime::kernel const& k, std::uint64_t seed) {
  dice d{~seed};
  runtime::device& device = runtime::current();
  nf::shape s;
  for (unsigned rank = d.below(5); rank > 0; --rank)
    s.push_back(d.chance(10) ? 1 : 1 + index(d.below(rank == 1 ? 40 : 6)));

  std::vector<ir::scalar_value> scalars(k.program.scalars);
  std::vector<runtime::tensor> inputs(k.program.loads);
  std::vector<std::vector<ir::tagged_value>> elements(k.program.loads);
  std::vector<runtime::operand> loads(k.program.loads,
                                      {nullptr, nf::broadcast_to({}, s)});  // dead ones too have the launch's shape
  for (ir::inst const& i : k.program.code) {
    if (i.op == opcode::scalar)
      scalars[i.a] = nf::weak_kind(i.imm) == nf::weak_kind::integer ? ir::scalar_value(int(d.below(100)))
                                                                    : ir::scalar_value(d.below(100) / 8.0);
    if (i.op != opcode::load) continue;
    index memory = 0;
    loads[i.a].view = random_view(s, d, true, memory);
    if (i.imm != 0) continue;
    runtime::tensor& t = inputs[i.a];
    t.memory = device.allocate(memory, i.type);
    with_type(i.type, [&]<class T>(T) {
      std::unique_ptr<T[]> list(new T[std::size_t(memory)]);
      for (index n = 0; n < memory; ++n) {
        elements[i.a].push_back(random_element(i.type, d));
        list[std::size_t(n)] = elements[i.a].back().get<T>();
      }
      device.upload(*t.memory, 0, memory, i.type, list.get());
    });
    loads[i.a].memory = t.memory.get();
  }

  bool const whole = d.chance(50);
  std::vector<runtime::tensor> outputs(k.program.outputs.size());
  std::vector<index> sizes(outputs.size());
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    outputs[o].type = k.program.output_type(o);
    outputs[o].view = whole ? nf::contiguous_view(s) : random_view(s, d, false, sizes[o]);
    if (whole) sizes[o] = nf::element_count(s);
    outputs[o].memory = device.allocate(sizes[o], outputs[o].type);
    with_type(outputs[o].type, [&]<class T>(T) {
      std::unique_ptr<T[]> list(new T[std::size_t(sizes[o])]);
      for (index n = 0; n < sizes[o]; ++n) list[std::size_t(n)] = before<T>(n);
      device.upload(*outputs[o].memory, 0, sizes[o], outputs[o].type, list.get());
    });
  }
  runtime::launch_map(device, k, loads, outputs, scalars);

  for (std::size_t o = 0; o < outputs.size(); ++o)
    with_type(outputs[o].type, [&]<class T>(T) {
      std::unique_ptr<T[]> got(new T[std::size_t(sizes[o])]);
      device.read_blocking(outputs[o].memory, 0, sizes[o], outputs[o].type, got.get());
      nf::index_list at = nf::index_list::filled(s.size(), 0);
      std::vector<bool> written(std::size_t(sizes[o]), false);
      int wrong = 0;
      do {
        std::vector<ir::tagged_value> operands(loads.size());
        for (ir::inst const& i : k.program.code)
          if (i.op == opcode::load) {
            index const e = runtime::element_at(loads[i.a].view, at);
            operands[i.a] = i.imm != 0 ? ir::tagged_value::from(std::int32_t(e)) : elements[i.a][std::size_t(e)];
          }
        T const expected = ir::interpret(k.program, operands, scalars)[o].template get<T>();
        std::size_t const place = std::size_t(runtime::element_at(outputs[o].view, at));
        T const result = got[place];
        written[place] = true;
        if (near(expected, result) || ++wrong > 3) continue;
        std::string where;
        for (index a : at) where += std::to_string(a) + " ";
        FAIL_CHECK("output " << o << " at " << where << "is " << text(result) << ", the interpreter says "
                             << text(expected));
      } while (runtime::advance(at, s));
      CHECK(wrong == 0);
      for (std::size_t n = 0; n < written.size(); ++n)
        if (!written[n] && !(got[n] == before<T>(index(n))))
          FAIL_CHECK("output " << o << ": element " << n << ", which is not in the view, became " << text(got[n]));
    });
}

template <std::uint64_t Seed> void check_seed() {
  using compiled = nf::expr::compiled<random_node<Seed>>;
  static_assert(ir::verify(compiled::program.view()).empty());
  CAPTURE(Seed, compiled::kernel.body);
  for (std::uint64_t run = 0; run < 3; ++run) run_on_device(compiled::kernel, Seed * 3 + run);
  // The same by the loop for programs that no compiler saw.
  bool loops = false;
  for (ir::inst const& i : compiled::kernel.program.code) loops = loops || i.op == opcode::loop_begin;
  if (loops || runtime::current().kind() != nf::device_kind::cpu) return;
  run_on_device(general_kernel(compiled::kernel).kernel, Seed * 3);
}

}  // namespace

TEST_CASE("random programs: the interpreter and the device agree", "[random][device]") {
  [&]<std::uint64_t... Seed>(std::integer_sequence<std::uint64_t, Seed...>) {
    (check_seed<Seed + 1>(), ...);
  }(std::make_integer_sequence<std::uint64_t, 60>{});
}
