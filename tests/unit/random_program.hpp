#pragma once
/// @file Random programs: a recipe of steps from a seed, which can be built in several ways that must all compute the
/// same. Other tests run the same programs on devices.

#include <ndfuse/ir/builder.hpp>
#include <ndfuse/ir/interpret.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace random_program {

namespace ir = ndfuse::ir;
using ir::opcode;
using ndfuse::dtype;

/// What a recipe may contain.
struct options {
  std::size_t steps = 30;
  bool wide = false;     // 64-bit types too: no GPU has them
  bool floating = true;  // float16, float32 and complex64; without them every device gives the same bits
  bool loops = true;
  std::size_t inputs = 4;
};

/// One step of a recipe; operands are numbers of earlier values.
struct step {
  enum class kind { load, constant, weak, apply, cast, begin_loop, break_if, end_loop };
  kind what = kind::apply;
  opcode op = opcode::load;
  dtype type = dtype::bool_;          // of a load, a constant or a cast
  std::vector<std::size_t> operands;  // begin_loop: initial values; end_loop: next values
  ir::tagged_value element;           // of a load or a constant: the value that it has in this run
  ir::scalar_value scalar;            // of a weak constant
  int trips = 0;
};

/// How a recipe becomes a program. Every way gives the same values.
enum class way {
  plain,
  all_operands,  // constants come in as loads and scalars, and each use of a load is a load of its own: nothing to fold
                 // or to share
};

/// A built program with the operands and scalars of its run.
struct built {
  ir::builder builder;
  std::vector<ir::tagged_value> loads;
  std::vector<ir::scalar_value> scalars;
};

/// A recipe, and the numbers of the values that it returns.
class recipe {
 public:
  recipe(std::uint64_t seed, options const& o) : random_(seed), options_(o) {
    for (std::size_t k = 0; k < o.inputs; ++k) add_input();
    while (steps_.size() < o.steps) add_something(0);
    std::size_t const outputs = 1 + pick(3);
    for (std::size_t k = 0; k < outputs; ++k)
      outputs_.push_back(
          values_in_scope_[values_in_scope_.size() - 1 - pick(std::min<std::size_t>(6, values_in_scope_.size()))]);
  }

  /// The program, not finished: dead code is still there.
  built build(way how) const {
    built result;
    std::vector<ir::value> values;
    for (step const& s : steps_) replay(s, how, result, values);
    for (std::size_t v : outputs_) result.builder.output(use(v, how, result, values));
    return result;
  }
  std::span<step const> steps() const { return steps_; }

 private:
  using kind = step::kind;

  std::size_t pick(std::size_t n) {
    return std::size_t(random_() % n);
  }  // not std's distributions: they differ between libraries
  std::size_t any_value() {
    // Mostly recent ones, so that programs are deep.
    std::size_t const n = values_in_scope_.size(), back = std::min(pick(n), pick(n));
    return values_in_scope_[n - 1 - back];
  }

  dtype any_type() {
    static constexpr dtype integers[] = {dtype::bool_, dtype::int8,   dtype::int16, dtype::int32,
                                         dtype::uint8, dtype::uint16, dtype::uint32};
    static constexpr dtype floats[] = {dtype::float32, dtype::float32, dtype::float16, dtype::complex64};
    static constexpr dtype wides[] = {dtype::int64, dtype::uint64, dtype::float64, dtype::complex128};
    std::size_t const n = pick(10);
    if (options_.wide && n < 3) return wides[pick(options_.floating ? 4 : 2)];
    if (options_.floating && n < 7) return floats[pick(4)];
    return integers[pick(7)];
  }
  bool allowed(dtype t) const {
    if (is_wide(t) && !options_.wide) return false;
    return options_.floating || !(is_floating(t) || is_complex(t));
  }

  ir::tagged_value any_element(dtype t) {
    auto const real = [&] {
      static constexpr double edges[] = {0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-3, 100.0, 65504.0, 3e38, 1e-40};
      return pick(3) == 0 ? edges[pick(11)] : double(std::int64_t(pick(200001)) - 100000) / 4096.0;
    };
    auto const integer = [&] { return pick(4) == 0 ? random_() : std::uint64_t(std::int64_t(pick(9)) - 4); };
    switch (t) {
      case dtype::bool_: return ir::tagged_value::from(pick(2) == 1);
      case dtype::int8: return ir::tagged_value::from(std::int8_t(integer()));
      case dtype::int16: return ir::tagged_value::from(std::int16_t(integer()));
      case dtype::int32: return ir::tagged_value::from(std::int32_t(integer()));
      case dtype::int64: return ir::tagged_value::from(std::int64_t(integer()));
      case dtype::uint8: return ir::tagged_value::from(std::uint8_t(integer()));
      case dtype::uint16: return ir::tagged_value::from(std::uint16_t(integer()));
      case dtype::uint32: return ir::tagged_value::from(std::uint32_t(integer()));
      case dtype::uint64: return ir::tagged_value::from(std::uint64_t(integer()));
      case dtype::float16: return ir::tagged_value::from(ndfuse::float16(real()));
      case dtype::float32: return ir::tagged_value::from(float(real()));
      case dtype::float64: return ir::tagged_value::from(real());
      case dtype::complex64: {
        float const re = float(real()), im = float(real());
        return ir::tagged_value::from(std::complex<float>(re, im));
      }
      case dtype::complex128: {
        double const re = real(), im = real();
        return ir::tagged_value::from(std::complex<double>(re, im));
      }
    }
    return {};
  }

  std::size_t commit(step s) {
    std::size_t const before = values_.size();
    replay(s, way::plain, draft_, values_);
    steps_.push_back(std::move(s));
    for (std::size_t v = before; v < values_.size(); ++v) values_in_scope_.push_back(v);
    return values_.size() - 1;
  }
  void add_input() {
    step s;
    s.what = kind::load;
    s.type = any_type();
    s.element = any_element(s.type);
    commit(std::move(s));
  }

  void add_something(std::size_t depth) {
    std::size_t const n = pick(20);
    if (n == 0) return add_input();
    if (n <= 4) return add_constant();
    if (n <= 6) {
      std::size_t const v = any_value();  // in this order on every compiler
      return void(add_cast(v, any_type()));
    }
    if (n == 7 && options_.loops && depth < 2) return add_loop(depth);
    add_operation();
  }
  void add_constant() {
    step s;
    if (pick(2) == 0) {
      s.what = kind::constant;
      s.type = any_type();
      s.element = any_element(s.type);
    } else {
      s.what = kind::weak;
      if (options_.floating && pick(2) == 0) s.scalar = double(std::int64_t(pick(2001)) - 1000) / 64.0;
      else s.scalar = std::int64_t(pick(100));  // fits every integer type
    }
    commit(std::move(s));
  }

  std::size_t add_apply(opcode op, std::vector<std::size_t> operands) {
    step s;
    s.op = op;
    s.operands = std::move(operands);
    return commit(std::move(s));
  }
  /// Floats become integers only from within every integer type's range: beyond it, devices may differ.
  std::size_t add_cast(std::size_t v, dtype t) {
    dtype const from = draft_.builder.type_of(values_[v]).type;
    if (is_integer(t) && (is_floating(from) || is_complex(from))) {
      auto const bound = [&](double x) {
        step s;
        s.what = kind::weak;
        s.scalar = x;
        return commit(std::move(s));
      };
      std::size_t const real = is_complex(from) ? add_apply(opcode::real, {v}) : v;
      std::size_t const above = add_apply(opcode::fmax, {real, bound(0.0)});  // NaN becomes the bound
      v = add_apply(opcode::fmin, {above, bound(100.0)});
    }
    step s;
    s.what = kind::cast;
    s.type = t;
    s.operands = {v};
    return commit(std::move(s));
  }
  void add_operation() {
    for (int attempt = 0; attempt < 40; ++attempt) {
      opcode const op = opcode(pick(ir::op_count));
      ir::op_info const& row = info(op);
      if (!ir::is_function(op)) continue;
      // The sign of a NaN is nobody's promise; these two would show it.
      if (op == opcode::signbit || op == opcode::copysign) continue;
      std::size_t const x = any_value(), y = any_value(), z = any_value();
      auto const type = [&](std::size_t v) { return draft_.builder.type_of(values_[v]); };
      bool const where = op == opcode::where;
      ir::op_types const t = where ? ir::types_of(op, type(y), type(z)) : ir::types_of(op, type(x), type(y));
      if (!t.supported || !allowed(t.operands) || !allowed(t.result)) continue;
      std::vector<std::size_t> operands{x};
      if (row.arity > 1) operands.push_back(y);
      if (row.arity > 2) operands.push_back(z);
      add_apply(op, std::move(operands));
      return;
    }
  }

  void add_loop(std::size_t depth) {
    step begin;
    begin.what = kind::begin_loop;
    begin.trips = int(pick(5));
    std::size_t const carried = 1 + pick(3);
    for (std::size_t k = 0; k < carried; ++k) begin.operands.push_back(any_value());
    std::size_t const scope = values_in_scope_.size();
    std::size_t const first = values_.size();
    commit(std::move(begin));
    std::vector<dtype> types;
    for (std::size_t k = 0; k < carried; ++k) types.push_back(draft_.builder.type_of(values_[first + k]).type);
    std::size_t const body = 2 + pick(6);
    for (std::size_t k = 0; k < body; ++k) add_something(depth + 1);
    if (pick(3) == 0) {
      step leave;
      leave.what = kind::break_if;
      leave.operands = {add_cast(any_value(), dtype::bool_)};
      commit(std::move(leave));
    }
    step end;
    end.what = kind::end_loop;
    for (std::size_t k = 0; k < carried; ++k)
      end.operands.push_back(
          pick(4) == 0 && types[k] == types[0] ? first : add_cast(any_value(), types[k]));  // sometimes they swap
    values_in_scope_.resize(scope);  // what was computed inside is not visible outside
    commit(std::move(end));
  }

  ir::value use(std::size_t v, way how, built& to, std::vector<ir::value> const& values) const {
    if (how == way::all_operands && to.builder.at(values[v]).op == opcode::load) {
      ir::tagged_value const element = to.loads[to.builder.at(values[v]).a];
      return add_load(to, element);
    }
    return values[v];
  }
  static ir::value add_load(built& to, ir::tagged_value element) {
    to.loads.push_back(element);
    return to.builder.load(element.type());
  }

  void replay(step const& s, way how, built& to, std::vector<ir::value>& values) const {
    auto const operand = [&](std::size_t k) { return use(s.operands[k], how, to, values); };
    auto const all_operands = [&] {
      ndfuse::detail::list<ir::value> list;
      for (std::size_t k = 0; k < s.operands.size(); ++k) list.push_back(operand(k));
      return list;
    };
    ir::builder& b = to.builder;
    switch (s.what) {
      case kind::load: values.push_back(add_load(to, s.element)); break;
      case kind::constant:
        values.push_back(how == way::all_operands ? add_load(to, s.element) : b.constant(scalar_of(s.element), s.type));
        break;
      case kind::weak:
        if (how == way::all_operands) {
          to.scalars.push_back(s.scalar);
          values.push_back(b.scalar(s.scalar.kind));
        } else {
          values.push_back(b.weak_constant(s.scalar));
        }
        break;
      case kind::apply: {
        ir::value const x = operand(0);
        ir::value const y = s.operands.size() > 1 ? operand(1) : ir::value{};
        ir::value const z = s.operands.size() > 2 ? operand(2) : ir::value{};
        values.push_back(b.apply(s.op, x, y, z));
        break;
      }
      case kind::cast: values.push_back(b.cast(operand(0), s.type)); break;
      case kind::begin_loop:
        for (ir::value v : b.begin_loop(b.weak_constant(s.trips), all_operands())) values.push_back(v);
        break;
      case kind::break_if: b.break_if(operand(0)); break;
      case kind::end_loop:
        for (ir::value v : b.end_loop(all_operands())) values.push_back(v);
        break;
    }
  }

  static ir::scalar_value scalar_of(ir::tagged_value v) {
    switch (v.type()) {
      case dtype::bool_: return v.get<bool>();
      case dtype::int8: return v.get<std::int8_t>();
      case dtype::int16: return v.get<std::int16_t>();
      case dtype::int32: return v.get<std::int32_t>();
      case dtype::int64: return v.get<std::int64_t>();
      case dtype::uint8: return v.get<std::uint8_t>();
      case dtype::uint16: return v.get<std::uint16_t>();
      case dtype::uint32: return v.get<std::uint32_t>();
      case dtype::uint64: return v.get<std::uint64_t>();
      case dtype::float16: return v.get<ndfuse::float16>();
      case dtype::float32: return v.get<float>();
      case dtype::float64: return v.get<double>();
      case dtype::complex64: return v.get<std::complex<float>>();
      case dtype::complex128: return v.get<std::complex<double>>();
    }
    return {};
  }

  std::mt19937_64 random_;
  options options_;
  std::vector<step> steps_;
  std::vector<std::size_t> values_in_scope_, outputs_;
  built draft_;                    // the plain program so far, to know the types
  std::vector<ir::value> values_;  // its values
};

/// Equal bits, or NaN and NaN.
inline bool same(ir::tagged_value a, ir::tagged_value b) {
  if (a == b) return true;
  if (a.type() != b.type()) return false;
  auto const both_nan = [](double x, double y) { return std::isnan(x) && std::isnan(y); };
  auto const equal = [&](double x, double y) {
    return both_nan(x, y) || (x == y && std::signbit(x) == std::signbit(y));
  };
  switch (a.type()) {
    case dtype::float16:
      return both_nan(double(float(a.get<ndfuse::float16>())), double(float(b.get<ndfuse::float16>())));
    case dtype::float32: return both_nan(double(a.get<float>()), double(b.get<float>()));
    case dtype::float64: return both_nan(a.get<double>(), b.get<double>());
    case dtype::complex64: {
      auto const x = a.get<std::complex<float>>(), y = b.get<std::complex<float>>();
      return equal(double(x.real()), double(y.real())) && equal(double(x.imag()), double(y.imag()));
    }
    case dtype::complex128: {
      auto const x = a.get<std::complex<double>>(), y = b.get<std::complex<double>>();
      return equal(x.real(), y.real()) && equal(x.imag(), y.imag());
    }
    default: return false;
  }
}

}  // namespace random_program
