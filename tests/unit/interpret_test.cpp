// The values of every operation on every dtype against NumPy's, through the builder and the interpreter.

#include "unit/oracle.hpp"

#include <ndfuse/ir/interpret.hpp>
#include <ndfuse/ir/verify.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <vector>

using ndfuse::dtype;
using ndfuse::float16;
namespace ir = ndfuse::ir;
using ir::opcode;
using ir::tagged_value;

namespace {

/// Calls `f` with the C++ type of `t` as a template argument.
template <class F> auto with_type(dtype t, F f) {
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    using result = decltype(f.template operator()<bool>());
    result (*const table[])(F&) = {
        +[](F& g) -> result { return g.template operator()<ndfuse::cpp_type<dtype(K)>>(); }...};
    return table[std::size_t(t)](f);
  }(std::make_index_sequence<ndfuse::dtype_count>{});
}

template <class T> tagged_value from_bits(std::uint64_t bits) {
  if constexpr (sizeof(T) == 8) return tagged_value::from(std::bit_cast<T>(bits));
  else if constexpr (std::same_as<T, bool>) return tagged_value::from(bits != 0);
  else if constexpr (sizeof(T) == 4) return tagged_value::from(std::bit_cast<T>(std::uint32_t(bits)));
  else if constexpr (sizeof(T) == 2) return tagged_value::from(std::bit_cast<T>(std::uint16_t(bits)));
  else return tagged_value::from(T(bits));
}

/// Reads one value of type `t` from hexadecimal fields.
class field_reader {
 public:
  explicit field_reader(std::span<std::string_view const> fields) : fields_(fields) {}
  bool done() const { return at_ == fields_.size(); }
  tagged_value next(dtype t) {
    return with_type(t, [&]<class T>() {
      if constexpr (ir::complex_value<T>) {
        using part = typename T::value_type;
        auto const re = from_bits<part>(word()).template get<part>(), im = from_bits<part>(word()).template get<part>();
        return tagged_value::from(T(re, im));
      } else {
        return from_bits<T>(word());
      }
    });
  }

 private:
  std::uint64_t word() {
    std::string_view const s = fields_[at_++];
    std::uint64_t v = 0;
    if (std::from_chars(s.data(), s.data() + s.size(), v, 16).ptr != s.data() + s.size())
      throw std::runtime_error("bad hexadecimal field");
    return v;
  }
  std::span<std::string_view const> fields_;
  std::size_t at_ = 0;
};

std::string text(tagged_value v) {
  std::ostringstream out;
  out << name(v.type()) << ' ' << std::hexfloat;
  with_type(v.type(), [&]<class T>() {
    T const x = v.get<T>();
    if constexpr (std::same_as<T, float16>) out << float(x);
    else if constexpr (ir::complex_value<T>) out << x.real() << '+' << x.imag() << 'j';
    else if constexpr (std::integral<T>) out << std::int64_t(x);
    else out << x;
  });
  return out.str();
}

/// Counts representable numbers between two floats (0 and -0 are one).
template <class T, class Bits> double ulps(T a, T b) {
  auto const ordered = [](T x) {  // in whole numbers: a double has no room for all bits of a double
    Bits const u = std::bit_cast<Bits>(x), sign = Bits(1) << (8 * sizeof(Bits) - 1);
    return (u & sign) != 0 ? Bits(sign - (u & Bits(sign - 1))) : Bits(sign + u);
  };
  if (std::isnan(double(a)) || std::isnan(double(b))) return std::isnan(double(a)) && std::isnan(double(b)) ? 0 : 1e300;
  Bits const x = ordered(a), y = ordered(b);
  return double(x > y ? x - y : y - x);
}

/// Whether `got` is what NumPy gives: for `near`, floats within 4 ULP, complex parts within 4 ULP of the modulus.
/// `cancelled` is the error allowed beside that: what is lost where large terms cancel is no fault of a function.
bool agrees(tagged_value got, tagged_value expected, bool near, bool zero_sign_matters, double cancelled = 0) {
  if (got.type() != expected.type()) return false;
  return with_type(got.type(), [&]<class T>() {
    T const a = got.get<T>(), b = expected.get<T>();
    double const limit = near ? 4 : 0;
    auto const close = [&]<class P>(P x, P y) {
      if (cancelled > 0 && std::abs(double(x) - double(y)) <= cancelled * double(std::numeric_limits<P>::epsilon()))
        return true;
      if (x == y && std::signbit(double(x)) != std::signbit(double(y))) return !zero_sign_matters;
      if constexpr (std::same_as<P, double>) return ulps<double, std::uint64_t>(x, y) <= limit;
      else return ulps<float, std::uint32_t>(x, y) <= limit;
    };
    if constexpr (std::same_as<T, float16>) {
      if (std::isnan(float(a)) || std::isnan(float(b))) return std::isnan(float(a)) && std::isnan(float(b));
      if (float(a) == 0 && float(b) == 0) return !zero_sign_matters || a.bits == b.bits;
      return std::abs(int(a.bits) - int(b.bits)) <= (near ? 1 : 0);
    } else if constexpr (ir::complex_value<T>) {
      if (near && std::isfinite(std::abs(b))) {
        double const epsilon = double(std::numeric_limits<typename T::value_type>::epsilon());
        return double(std::abs(a - b)) <= 4 * epsilon * double(std::abs(b));
      }
      return close(a.real(), b.real()) && close(a.imag(), b.imag());
    } else if constexpr (std::floating_point<T>) {
      return close(a, b);
    } else {
      return a == b;
    }
  });
}

/// Which of two zeros of different sign a minimum is, and whether an integral quotient of zero has one, NumPy does not
/// promise.
bool zero_sign_matters(opcode op) {
  return op != opcode::minimum && op != opcode::maximum && op != opcode::fmin && op != opcode::fmax;
}

ir::scalar_value as_scalar(tagged_value v) {
  return with_type(v.type(), [&]<class T>() { return ir::scalar_value(v.get<T>()); });
}

/// logaddexp is near 0 where its operands are not: then the larger of them says how exact it can be.
double cancelled_in(std::string_view op, tagged_value a, tagged_value b) {
  if (op != "logaddexp") return 0;
  double const x = std::abs(as_scalar(a).real), y = std::abs(as_scalar(b).real);
  return std::isfinite(x) && std::isfinite(y) ? std::max(x, y) : 0;
}

ir::value apply_or_cast(ir::builder& b, std::string_view op, dtype result, ir::value x, ir::value y) {
  return op == "cast" ? b.cast(x, result) : b.apply(oracle::opcode_named(op), x, y);
}

struct failure_log {
  std::map<std::string, int> count;
  void add(std::string const& where, std::string const& what) {
    int const n = ++count[where];
    if (n <= 3) FAIL_CHECK(where << ": " << what);
  }
};

}  // namespace

namespace {

/// Compares one line of values.txt; returns how many values it held.
std::size_t compare_line(std::vector<std::string_view> const& field, failure_log& log) {
  std::size_t compared = 0;
  bool const two = field[0] != "unary", mixed = field[0] == "mixed";
  std::string_view const op_name = field[1];
  std::size_t const rest = mixed ? 4 : 3;  // after the operands' types
  dtype const t = oracle::dtype_named(field[2]), u = oracle::dtype_named(field[mixed ? 3 : 2]),
              result = oracle::dtype_named(field[rest]);
  bool const near = field[rest + 1] == "near";
  bool const signs = op_name == "cast" || zero_sign_matters(oracle::opcode_named(op_name));
  std::string const where = std::string(op_name) + " " + std::string(field[2]) +
                            (mixed ? " " + std::string(field[3]) : "") + " -> " + std::string(field[rest]);

  ir::builder b;
  ir::value const x = b.load(t), y = two ? b.load(u) : ir::value{};
  b.output(apply_or_cast(b, op_name, result, x, y));
  b.finish();
  if (auto const broken = ir::verify(b.view()); !broken.empty()) {
    log.add(where, "verify: " + std::string(broken));
    return 0;
  }
  if (b.output_type(0) != result) {
    log.add(where, "type " + std::string(name(b.output_type(0))));
    return 0;
  }
  field_reader reader(std::span(field).subspan(rest + 2));
  while (!reader.done()) {
    tagged_value const a = reader.next(t), c = two ? reader.next(u) : tagged_value{}, expected = reader.next(result);
    auto const what = [&](std::string_view way, tagged_value got) {
      return std::string(way) + " " + text(a) + (two ? ", " + text(c) : "") + " gave " + text(got) + ", NumPy says " +
             text(expected);
    };
    tagged_value const loads[] = {a, c};
    tagged_value const got = ir::interpret(b.view(), loads)[0];
    ++compared;
    if (!agrees(got, expected, near, signs, cancelled_in(op_name, a, c))) log.add(where, what("loads", got));

    // The same of constants, which the builder may have folded, must be the same bits (any NaN is a NaN).
    ir::builder folded;
    ir::value const cx = folded.constant(as_scalar(a), t), cy = two ? folded.constant(as_scalar(c), u) : ir::value{};
    folded.output(apply_or_cast(folded, op_name, result, cx, cy));
    folded.finish();
    if (auto const broken = ir::verify(folded.view()); !broken.empty()) {
      log.add(where, "constants, verify: " + std::string(broken));
      continue;
    }
    tagged_value const constant = ir::interpret(folded.view())[0];
    if (!agrees(constant, got, false, true)) log.add(where, what("constants", constant));
  }
  return compared;
}

}  // namespace

TEST_CASE("every operation has NumPy's values, of operands and of constants") {
  failure_log log;
  std::size_t compared = 0;
  for (std::string const& line : oracle::lines("values.txt")) {
    auto const field = oracle::split(line, ' ');
    try {
      compared += compare_line(field, log);
    } catch (ndfuse::error const& e) { log.add(line.substr(0, 60), e.what()); }
  }
  CHECK(compared > 100000);
}
