#pragma once
/// @file Random numbers: nf::random::generator, and its functions with a default generator. They are expressions: drawn
/// inside the kernel that uses them, stored when assigned.
///
/// Names and distributions are numpy.random.Generator's, and so is what a seed means (SeedSequence); the generator is
/// Threefry-2x32 (ir/random.hpp), whose numbers are the same on every device, and in the Python package for the same
/// calls. Every draw takes the next key of its generator; its elements are told apart by their numbers. An expression
/// that is evaluated twice gives the same numbers twice.

#include <ndfuse/creation.hpp>
#include <ndfuse/indexing.hpp>
#include <ndfuse/linalg.hpp>
#include <ndfuse/sorting.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <initializer_list>
#include <random>
#include <ranges>
#include <vector>

namespace ndfuse {

namespace expr {

/// Random words of a draw: element i in row-major order is word number i of the draw's key. U is uint32, or uint64 for
/// samples of 64 bits, on the CPU.
template <class U> struct random_words : node_base<random_words<U>> {
  using extents = dynamic_shape;
  view v;
  std::uint32_t key[2];

  random_words(view x, std::uint32_t first, std::uint32_t second) : v(std::move(x)), key{first, second} {}
  static constexpr ir::operand_type type{dtype_of<U>};
  static constexpr std::size_t load_count = 1;
  static constexpr ir::value lower(ir::builder& b) {
    ir::value const number = b.load(dtype::int32, true);
    ir::value const first = b.cast(b.scalar(weak_kind::integer), dtype_of<U>);
    ir::value const second = b.cast(b.scalar(weak_kind::integer), dtype_of<U>);
    return b.apply(ir::opcode::random_bits, number, first, second);
  }
  void bind(binder& b) const {
    b.generator(v);
    b.scalar(key[0]);
    b.scalar(key[1]);
  }
  ndfuse::shape shape() const { return v.shape; }
  template <class F> random_words viewed(ndfuse::shape const& s, F const& f) const {
    return random_words(f(broadcast_to(v, s)), key[0], key[1]);
  }
};

}  // namespace expr

namespace random {

namespace detail {

/// NumPy's SeedSequence (after M. O'Neill's seed_seq_fe, 2015): spreads the words of a seed over a pool of four, and
/// takes the key of two from that.
inline ir::numerics::random_words<std::uint32_t> key_of(std::span<std::uint32_t const> seed) {
  std::uint32_t constant = 0x43b0d7e5u;
  auto const hashed = [&](std::uint32_t v) {
    v ^= constant;
    constant *= 0x931e8875u;
    v *= constant;
    return v ^ v >> 16;
  };
  auto const mix = [](std::uint32_t x, std::uint32_t y) {
    std::uint32_t const v = 0xca01f9ddu * x - 0x4973f715u * y;
    return v ^ v >> 16;
  };
  std::uint32_t pool[4];
  for (std::size_t k = 0; k < 4; ++k) pool[k] = hashed(k < seed.size() ? seed[k] : 0);
  for (std::size_t from = 0; from < 4; ++from)
    for (std::size_t to = 0; to < 4; ++to)
      if (from != to) pool[to] = mix(pool[to], hashed(pool[from]));
  for (std::size_t from = 4; from < seed.size(); ++from)
    for (std::uint32_t& to : pool) to = mix(to, hashed(seed[from]));
  std::uint32_t key[2];
  constant = 0x8b51f9ddu;
  for (std::size_t k = 0; k < 2; ++k) {
    std::uint32_t v = pool[k] ^ constant;
    constant *= 0x58f38dedu;
    v *= constant;
    key[k] = v ^ v >> 16;
  }
  return {key[0], key[1]};
}

/// A parameter to compute with: plain scalars as double, which is weak beside arrays.
template <class P> constexpr auto real(P const& p) {
  if constexpr (scalar<P>) return double(p);
  else return p;
}
/// Checks what is known here of a parameter: a plain scalar.
template <class P, class Test> void require(P const& p, Test test, std::string_view sentence) {
  if constexpr (scalar<P>)
    if (!test(p)) throw value_error(std::string(sentence));
}
inline constexpr auto not_negative = [](auto v) { return !(v < 0); };
inline constexpr auto positive = [](auto v) { return !(v <= 0); };
inline constexpr auto probability = [](auto v) { return v >= 0 && v <= 1; };

/// The elements of a parameter that the host needs, as doubles: of an expression (which is read), a host_array, an
/// mdspan, a range of numbers, or a range of rows.
template <class S> host_array<double> host_values(S const& source) {
  if constexpr (expression<S>) {
    static_assert(!is_complex(dtype_of_expression<S>), "parameters of distributions are real");
    return host_values(to_host(source));
  } else if constexpr (mdspan_like<S>) {
    host_array<double> values(ndfuse::detail::shape_of_mdspan(source));
    double* next = values.data();
    ndfuse::detail::for_each_element(source, [&](auto const& v) { *next++ = double(v); });
    return values;
  } else if constexpr (ndfuse::detail::is_host_array<S>) {
    host_array<double> values(source.shape());
    std::ranges::transform(source, values.data(), [](auto const& v) { return double(v); });
    return values;
  } else if constexpr (std::ranges::sized_range<std::ranges::range_value_t<S>>) {
    index const rows = index(std::ranges::size(source));
    index const width = rows == 0 ? 0 : index(std::ranges::size(*std::ranges::begin(source)));
    host_array<double> values(shape{rows, width});
    double* next = values.data();
    for (auto const& row : source) {
      if (index(std::ranges::size(row)) != width)
        throw shape_error(
            ndfuse::detail::message("rows of different lengths: ", width, " and ", index(std::ranges::size(row))));
      for (auto const& v : row) *next++ = double(v);
    }
    return values;
  } else {
    host_array<double> values(shape(index(std::ranges::size(source))));
    std::ranges::transform(source, values.data(), [](auto const& v) { return double(v); });
    return values;
  }
}

/// The Cholesky factor L of a symmetric matrix, L L^T, as its transpose, and whether the matrix is positive
/// semidefinite, but for `tolerance`: a pivot that is zero leaves zeros.
struct covariance_factor {
  std::vector<double> upper;
  bool valid = true;
};
inline covariance_factor factor(host_array<double> const& matrix, double tolerance) {
  std::size_t const size = std::size_t(matrix.shape()[0]);
  covariance_factor f{std::vector<double>(size * size), true};
  auto const at = [&](std::size_t i, std::size_t j) { return matrix[i * size + j]; };
  auto const u = [&](std::size_t i, std::size_t j) -> double& { return f.upper[i * size + j]; };
  double largest = 0;
  for (std::size_t k = 0; k < size; ++k) largest = std::fmax(largest, std::abs(at(k, k)));
  double const small = std::fmax(tolerance * largest, 1e-300);
  for (std::size_t j = 0; j < size; ++j) {
    double pivot = at(j, j);
    for (std::size_t k = 0; k < j; ++k) pivot -= u(k, j) * u(k, j);
    f.valid = f.valid && pivot >= -small;
    double const root = pivot > 1e-14 * largest ? std::sqrt(pivot) : 0;
    u(j, j) = root;
    for (std::size_t i = j + 1; i < size; ++i) {
      f.valid = f.valid && std::abs(at(i, j) - at(j, i)) <= tolerance + tolerance * std::abs(at(j, i));
      double rest = at(i, j);
      for (std::size_t k = 0; k < j; ++k) rest -= u(k, j) * u(k, i);
      u(j, i) = root > 0 ? rest / root : 0;
      f.valid = f.valid && (root > 0 || rest * rest <= small * std::fmax(std::abs(at(i, i)), small));
    }
  }
  return f;
}

}  // namespace detail

/// What becomes of a covariance that is not symmetric and positive semidefinite (numpy's check_valid=, which also
/// knows "warn").
enum class check_valid : std::uint8_t { raise, ignore };

/// A stream of draws. Functions take the shape first, then NumPy's parameters in NumPy's order: plain scalars, or
/// arrays and expressions that broadcast to the shape. T is the type of the samples: float and std::int32_t, or double
/// and std::int64_t, which are drawn on the CPU device with 53 random bits. Nothing is allocated before a result is
/// stored. Parameters that are scalars and impossible throw value_error, in NumPy's words; where an array's element is
/// impossible the sample is NaN, or any integer.
class generator {
 public:
  /// From a seed (numpy.random.default_rng(seed)).
  explicit generator(std::uint64_t seed) : seed_{std::uint32_t(seed)} {
    if (seed >> 32 != 0) seed_.push_back(std::uint32_t(seed >> 32));
    key_ = detail::key_of(seed_);
  }
  /// From the system's entropy.
  generator() {
    std::random_device device;
    for (int k = 0; k < 4; ++k) seed_.push_back(std::uint32_t(device()));
    key_ = detail::key_of(seed_);
  }

  /// Another generator, independent of this one and of others that it gave (numpy's spawn).
  generator spawn() {
    std::vector<std::uint32_t> seed = seed_;
    while (seed.size() < 4) seed.push_back(0);
    seed.push_back(children_++);
    return generator(std::move(seed));
  }

  /// Uniform in [0, 1): 24 bits, or 53.
  template <std::floating_point T = float> auto random(shape const& s) {
    return sample<ir::opcode::random_uniform, T>(s);
  }
  /// Uniform in [low, high).
  template <std::floating_point T = float, operand L = float, operand H = float>
  auto uniform(shape const& s, L low = 0.0f, H high = 1.0f) {
    if constexpr (scalar<L> && scalar<H>) {
      if (!std::isfinite(double(high) - double(low))) throw value_error("high - low range exceeds valid bounds");
      if (high < low) throw value_error("high - low < 0");
    }
    return random<T>(s) * (high - low) + low;
  }
  /// Integers in [low, high), all equally likely.
  template <std::integral T = std::int32_t> auto integers(shape const& s, std::type_identity_t<T> low,
                                                          std::type_identity_t<T> high) {
    if (!(low < high)) throw value_error("low >= high");
    return between<T>(s, low, T(high - 1));
  }
  /// Integers in [low, high], all equally likely (numpy's endpoint=True): for the whole range of a type.
  template <std::integral T = std::int32_t> auto integers_through(shape const& s, std::type_identity_t<T> low,
                                                                  std::type_identity_t<T> high) {
    if (low > high) throw value_error("low > high");
    return between<T>(s, low, high);
  }

  /// Normal of a mean and a standard deviation.
  template <std::floating_point T = float, operand L = float, operand S = float>
  auto normal(shape const& s, L loc = 0.0f, S scale = 1.0f) {
    detail::require(scale, detail::not_negative, "scale < 0");
    return sample<ir::opcode::random_normal, T>(s) * scale + loc;
  }
  template <std::floating_point T = float> auto standard_normal(shape const& s) {
    return sample<ir::opcode::random_normal, T>(s);
  }
  /// Normal vectors of a mean (k) and a covariance (k, k): shape s + (k,). Both are expressions, host arrays, mdspans
  /// or ranges, of rows too: g.multivariate_normal({1000}, {0, 0}, {{1, 0.5}, {0.5, 2}}). As NumPy's, but the host
  /// factors the covariance by Cholesky, in double precision, semidefinite ones too (NumPy's methods are other roots of
  /// the same matrix); one that lives on a device is read, which waits. The samples are stored and multiplied with the
  /// root at once, the mean is added in the kernel that uses the result. Throws value_error for shapes that do not fit,
  /// and for a covariance that is not symmetric and positive semidefinite within `tol`, unless `check` says to ignore
  /// that.
  template <std::floating_point T = float, class M = std::initializer_list<double>,
            class C = std::initializer_list<std::initializer_list<double>>>
  auto multivariate_normal(shape const& s, M const& mean, C const& cov, check_valid check = check_valid::raise,
                           double tol = 1e-8) {
    ndfuse::detail::check_shape(s);
    auto const center = [&] {
      if constexpr (expression<M>) {
        static_assert(!is_complex(dtype_of_expression<M>), "parameters of distributions are real");
        static_assert(sizeof(T) == 8 || !is_wide(dtype_of_expression<M>),
                      "parameters of 64 bits need samples of 64 bits: ask for double");
        return expr::as_node(mean);
      } else {
        return detail::host_values(mean);
      }
    }();
    host_array<double> const matrix = detail::host_values(cov);
    shape const length = center.shape(), square = matrix.shape();
    if (length.size() != 1) throw value_error("mean must be 1 dimensional");
    if (square.size() != 2 || square[0] != square[1]) throw value_error("cov must be 2 dimensional and square");
    if (length[0] != square[0]) throw value_error("mean and cov must have same length");
    auto const factor = detail::factor(matrix, tol);
    if (!factor.valid && check == check_valid::raise)
      throw value_error("covariance is not symmetric positive-semidefinite.");
    auto const stored = [](auto const& values, shape const& to) {
      return array<T>(std::vector<T>(std::ranges::begin(values), std::ranges::end(values)), to);
    };
    shape whole = s;
    whole.push_back(length[0]);
    array<T> const spread = matmul(standard_normal<T>(whole), stored(factor.upper, square));
    if constexpr (expression<M>) return spread + astype<T>(center);
    else return spread + stored(center, length);
  }
  /// The exponential of a normal sample.
  template <std::floating_point T = float, operand L = float, operand S = float>
  auto lognormal(shape const& s, L mean = 0.0f, S sigma = 1.0f) {
    detail::require(sigma, detail::not_negative, "sigma < 0");
    return ndfuse::exp(normal<T>(s, mean, sigma));
  }
  /// Exponential of a mean.
  template <std::floating_point T = float, operand S = float> auto exponential(shape const& s, S scale = 1.0f) {
    detail::require(scale, detail::not_negative, "scale < 0");
    return sample<ir::opcode::random_exponential, T>(s) * scale;
  }
  /// Gamma of a shape parameter k and a scale.
  template <std::floating_point T = float, operand K, operand S = float>
  auto gamma(shape const& s, K k, S scale = 1.0f) {
    detail::require(k, detail::not_negative, "shape < 0");
    detail::require(scale, detail::not_negative, "scale < 0");
    return sample<ir::opcode::random_gamma, T>(s, k) * scale;
  }
  template <std::floating_point T = float, operand K> auto chisquare(shape const& s, K df) {
    detail::require(df, detail::positive, "df <= 0");
    return sample<ir::opcode::random_gamma, T>(s, detail::real(df) * 0.5) * 2;
  }
  /// Student's t.
  template <std::floating_point T = float, operand K> auto standard_t(shape const& s, K df) {
    detail::require(df, detail::positive, "df <= 0");
    auto const half = detail::real(df) * 0.5;
    auto const z = standard_normal<T>(s);
    return z * ndfuse::sqrt(half / sample<ir::opcode::random_gamma, T>(s, half));
  }
  /// Fisher's F.
  template <std::floating_point T = float, operand N, operand D> auto f(shape const& s, N dfnum, D dfden) {
    detail::require(dfnum, detail::positive, "dfnum <= 0");
    detail::require(dfden, detail::positive, "dfden <= 0");
    auto const above = sample<ir::opcode::random_gamma, T>(s, detail::real(dfnum) * 0.5) * dfden;
    return above / (sample<ir::opcode::random_gamma, T>(s, detail::real(dfden) * 0.5) * dfnum);
  }
  /// Beta, from gamma samples of a + 1 and b + 1 and powers of uniform ones, so that small a and b do not underflow.
  template <std::floating_point T = float, operand A, operand B> auto beta(shape const& s, A a, B b) {
    detail::require(a, detail::positive, "a <= 0");
    detail::require(b, detail::positive, "b <= 0");
    auto const first = sample<ir::opcode::random_exponential, T>(s) / a;
    auto const powers = ndfuse::exp(first - sample<ir::opcode::random_exponential, T>(s) / b);
    auto const below = sample<ir::opcode::random_gamma, T>(s, detail::real(b) + 1.0);
    return 1 / (1 + below / sample<ir::opcode::random_gamma, T>(s, detail::real(a) + 1.0) * powers);
  }
  template <std::floating_point T = float> auto standard_cauchy(shape const& s) {
    auto const above = standard_normal<T>(s);
    return above / standard_normal<T>(s);
  }
  template <std::floating_point T = float, operand L = float, operand S = float>
  auto laplace(shape const& s, L loc = 0.0f, S scale = 1.0f) {
    detail::require(scale, detail::not_negative, "scale < 0");
    auto const distance = sample<ir::opcode::random_exponential, T>(s);
    return where(random<T>(s) < 0.5f, -distance, distance) * scale + loc;
  }
  template <std::floating_point T = float, operand L = float, operand S = float>
  auto logistic(shape const& s, L loc = 0.0f, S scale = 1.0f) {
    detail::require(scale, detail::not_negative, "scale < 0");
    return ndfuse::log(ndfuse::expm1(sample<ir::opcode::random_exponential, T>(s))) * scale + loc;
  }
  template <std::floating_point T = float, operand L = float, operand S = float>
  auto gumbel(shape const& s, L loc = 0.0f, S scale = 1.0f) {
    detail::require(scale, detail::not_negative, "scale < 0");
    return -ndfuse::log(sample<ir::opcode::random_exponential, T>(s)) * scale + loc;
  }
  template <std::floating_point T = float, operand S = float> auto rayleigh(shape const& s, S scale = 1.0f) {
    detail::require(scale, detail::not_negative, "scale < 0");
    return ndfuse::sqrt(sample<ir::opcode::random_exponential, T>(s) * 2) * scale;
  }
  template <std::floating_point T = float, operand A> auto weibull(shape const& s, A a) {
    detail::require(a, detail::positive, "a <= 0");
    return ndfuse::pow(sample<ir::opcode::random_exponential, T>(s), 1.0 / detail::real(a));
  }
  template <std::floating_point T = float, operand A> auto pareto(shape const& s, A a) {
    detail::require(a, detail::positive, "a <= 0");
    return ndfuse::expm1(sample<ir::opcode::random_exponential, T>(s) / a);
  }
  /// In [0, 1], with the density a x^(a - 1).
  template <std::floating_point T = float, operand A> auto power(shape const& s, A a) {
    detail::require(a, detail::positive, "a <= 0");
    return ndfuse::exp(-sample<ir::opcode::random_exponential, T>(s) / a);
  }
  /// Von Mises of mode 0 and a concentration, in [-pi, pi].
  template <std::floating_point T = float, operand K> auto vonmises(shape const& s, K kappa) {
    detail::require(kappa, detail::not_negative, "kappa < 0");
    return sample<ir::opcode::random_vonmises, T>(s, kappa);
  }
  /// Inverse Gaussian, as J. Michael, W. Schucany and R. Haas (1976), without cancellation in the smaller root.
  template <std::floating_point T = float, operand M, operand S> auto wald(shape const& s, M mean, S scale) {
    detail::require(mean, detail::positive, "mean <= 0");
    detail::require(scale, detail::positive, "scale <= 0");
    auto const z = standard_normal<T>(s);
    auto const a = z * z * (detail::real(mean) / detail::real(scale) * 0.5);
    auto const root = 1 / (1 + a + ndfuse::sqrt(a * (a + 2)));
    return where(random<T>(s) * (1 + root) <= 1, root, 1 / root) * mean;
  }

  /// Poisson of a mean.
  template <std::signed_integral T = std::int32_t, operand M> auto poisson(shape const& s, M mean) {
    detail::require(mean, [](auto v) { return v >= 0; }, "lam < 0 or lam is NaN");
    detail::require(
        mean, [](auto v) { return double(v) < (sizeof(T) == 8 ? 0x1p62 : 2147020237.0); }, "lam value too large");
    return sample<ir::opcode::random_poisson, T>(s, mean);
  }
  /// Successes in n trials of probability p. n below 2^24, unless T is std::int64_t.
  template <std::signed_integral T = std::int32_t, operand N, operand P> auto binomial(shape const& s, N n, P p) {
    detail::require(n, detail::not_negative, "n < 0");
    detail::require(
        n, [](auto v) { return double(v) <= (sizeof(T) == 8 ? 0x1p53 : 0x1p24); },
        "n above 2^24 needs binomial<std::int64_t>, which is drawn on the cpu device");
    detail::require(p, detail::probability, "p < 0, p > 1 or p is NaN");
    return sample<ir::opcode::random_binomial, T>(s, n, p);
  }
  /// Failures before the n-th success.
  template <std::signed_integral T = std::int32_t, operand N, operand P>
  auto negative_binomial(shape const& s, N n, P p) {
    detail::require(n, detail::positive, "n <= 0");
    detail::require(p, [](auto v) { return v > 0 && v <= 1; }, "p <= 0, p > 1 or p contains NaNs");
    auto const mean = sample<ir::opcode::random_gamma, T>(s, n) * ((1.0 - detail::real(p)) / detail::real(p));
    return sample<ir::opcode::random_poisson, T>(s, mean);
  }
  /// Trials up to the first success.
  template <std::signed_integral T = std::int32_t, operand P> auto geometric(shape const& s, P p) {
    detail::require(p, [](auto v) { return v > 0 && v <= 1; }, "p <= 0, p > 1 or p contains NaNs");
    auto const rate = [&] {
      if constexpr (scalar<P>) return double(p) < 1 ? -std::log1p(-double(p)) : INFINITY;
      else return -ndfuse::log1p(-p);
    }();
    auto const trials = ndfuse::ceil(sample<ir::opcode::random_exponential, T>(s) / rate);
    return astype<T>(clip(trials, 1.0f, sizeof(T) == 8 ? 0x1p62f : 0x1.fffffep30f));
  }
  template <std::signed_integral T = std::int32_t, operand A> auto zipf(shape const& s, A a) {
    detail::require(a, [](auto v) { return v > 1; }, "a <= 1 or a is NaN");
    return sample<ir::opcode::random_zipf, T>(s, a);
  }

  /// The numbers below `count` in random order, all orders equally likely: those that sort random words; from 1025
  /// numbers on pairs of them, since equal words would be likely. Allocates the result and the workspace of a sort.
  array<std::int32_t> permutation(index count);
  /// A copy of the elements in random order along an axis. Allocates the result and the order.
  template <expression X> auto permutation(X const& x, index axis = 0) {
    array<element_t<X>> const a(x);
    std::size_t const along = ndfuse::detail::normalize_axis(axis, a.ndim());
    // The order is right by its making: clipping leaves it as it is, and needs no check.
    return take(a, permutation(a.shape()[along]), index(along), mode::clip);
  }
  /// Puts the elements into random order along an axis, in place.
  template <element T, extents_type E> void shuffle(array<T, E> const& x, index axis = 0) {
    array<T> const mixed = permutation(x, axis);
    x[ellipsis] = mixed;
  }

  /// Numbers below `count`, all equally likely; without replacement none occurs twice.
  array<std::int32_t> choice(shape const& s, index count, bool replace = true);
  /// Elements of a one-dimensional array, all equally likely; without replacement none is taken twice.
  template <expression X> auto choice(shape const& s, X const& x, bool replace = true) {
    array<element_t<X>> const a(x);
    if (a.ndim() != 1) throw value_error("choice: the array must be one-dimensional");
    if (a.size() == 0 && element_count(s) > 0) throw value_error("a cannot be empty unless no samples are taken");
    return take(a, choice(s, a.size(), replace), 0, mode::clip);
  }

  /// Random words of 32 or 64 bits.
  template <std::unsigned_integral U = std::uint32_t> expr::random_words<U> bits(shape const& s) {
    static_assert(sizeof(U) >= 4, "random words have 32 or 64 bits: convert them with nf::astype");
    ndfuse::detail::check_shape(s);
    auto const [first, second] =
        ir::numerics::threefry(std::uint32_t(draws_), std::uint32_t(draws_ >> 32), key_.a, key_.b);
    ++draws_;
    return {contiguous_view(s), first, second};
  }

 private:
  explicit generator(std::vector<std::uint32_t> seed) : seed_(std::move(seed)), key_(detail::key_of(seed_)) {}

  template <class T> using word_of = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

  /// Samples by an operation: its parameters, and words of their own.
  template <ir::opcode Op, class T, operand... P> auto sample(shape const& s, P const&... parameters) {
    static_assert(((scalar<P> || sizeof(T) == 8 || !is_wide(expr::node_t<P>::type.type)) && ...),
                  "parameters of 64 bits need samples of 64 bits: ask for double or std::int64_t");
    auto const fits = [&](auto const& p) {
      if constexpr (expression<decltype(p)>) {
        ndfuse::shape const& own = p.node().shape();
        bool good = own.size() <= s.size();
        for (std::size_t a = 1; good && a <= own.size(); ++a)
          good = own[own.size() - a] == 1 || own[own.size() - a] == s[s.size() - a];
        if (!good)
          throw shape_error(ndfuse::detail::message(
              "Output size ", s, " is not compatible with broadcast dimensions of inputs ", own, "."));
      }
    };
    (fits(parameters), ...);
    auto words = bits<word_of<T>>(s);
    using W = decltype(words);
    if constexpr (sizeof...(P) == 0) return expr::unary<Op, W>(std::move(words));
    else if constexpr (sizeof...(P) == 1)
      return expr::binary<Op, expr::node_t<P>..., W>(expr::as_node(parameters)..., std::move(words));
    else return expr::ternary<Op, expr::node_t<P>..., W>(expr::as_node(parameters)..., std::move(words));
  }
  template <class T> auto between(shape const& s, T low, T high) {
    using U = word_of<T>;
    auto other = bits<U>(s);
    auto words = bits<U>(s);
    auto const below =
        expr::ternary<ir::opcode::random_below, expr::constant<U>, expr::random_words<U>, expr::random_words<U>>(
            {U(U(high) - U(low) + 1)}, std::move(words), std::move(other));
    using wide = std::conditional_t<sizeof(T) == 8 || std::same_as<T, std::uint32_t>, T, std::int32_t>;
    return astype<T>(astype<wide>(below) + wide(low));
  }

  std::vector<std::uint32_t> seed_;
  ir::numerics::random_words<std::uint32_t> key_{};
  std::uint64_t draws_ = 0;
  std::uint32_t children_ = 0;
};

inline array<std::int32_t> generator::permutation(index count) {
  if (count < 0) throw value_error("negative dimensions are not allowed");
  if (count <= 1024) return argsort(bits({count}));
  auto const first = random({count});
  return argsort(astype<std::complex<float>>(first) + std::complex<float>(0, 1) * random({count}));
}

inline array<std::int32_t> generator::choice(shape const& s, index count, bool replace) {
  index const wanted = element_count(s);
  if (count <= 0 && wanted > 0) throw value_error("a must be a positive integer unless no samples are taken");
  if (!replace && wanted > count)
    throw value_error("Cannot take a larger sample than population when replace is False");
  if (wanted == 0) return zeros<std::int32_t>(s);
  if (replace) return integers(s, 0, std::int32_t(count));
  return reshape(permutation(count)[slice(0, wanted)], s);
}

/// The generator of the functions below; seeded by the system until `seed` is called.
inline generator& default_generator() {
  static generator g;
  return g;
}
/// Starts the default generator's stream anew.
inline void seed(std::uint64_t value) { default_generator() = generator(value); }

#define NDFUSE_RANDOM(name)                                                                 \
  template <class T = void, class... P> auto name(shape const& s, P const&... parameters) { \
    if constexpr (std::is_void_v<T>) return default_generator().name(s, parameters...);     \
    else return default_generator().template name<T>(s, parameters...);                     \
  }
NDFUSE_RANDOM(random)
NDFUSE_RANDOM(uniform)
NDFUSE_RANDOM(integers)
NDFUSE_RANDOM(normal)
NDFUSE_RANDOM(standard_normal)
NDFUSE_RANDOM(lognormal)
NDFUSE_RANDOM(exponential)
NDFUSE_RANDOM(gamma)
NDFUSE_RANDOM(chisquare)
NDFUSE_RANDOM(standard_t)
NDFUSE_RANDOM(f)
NDFUSE_RANDOM(beta)
NDFUSE_RANDOM(standard_cauchy)
NDFUSE_RANDOM(laplace)
NDFUSE_RANDOM(logistic)
NDFUSE_RANDOM(gumbel)
NDFUSE_RANDOM(rayleigh)
NDFUSE_RANDOM(weibull)
NDFUSE_RANDOM(pareto)
NDFUSE_RANDOM(power)
NDFUSE_RANDOM(vonmises)
NDFUSE_RANDOM(wald)
NDFUSE_RANDOM(poisson)
NDFUSE_RANDOM(binomial)
NDFUSE_RANDOM(negative_binomial)
NDFUSE_RANDOM(geometric)
NDFUSE_RANDOM(zipf)
#undef NDFUSE_RANDOM
template <std::floating_point T = float, class M = std::initializer_list<double>,
          class C = std::initializer_list<std::initializer_list<double>>>
auto multivariate_normal(shape const& s, M const& mean, C const& cov, check_valid check = check_valid::raise,
                         double tol = 1e-8) {
  return default_generator().multivariate_normal<T>(s, mean, cov, check, tol);
}
inline array<std::int32_t> permutation(index count) { return default_generator().permutation(count); }
template <expression X> auto permutation(X const& x, index axis = 0) {
  return default_generator().permutation(x, axis);
}
template <element T, extents_type E> void shuffle(array<T, E> const& x, index axis = 0) {
  default_generator().shuffle(x, axis);
}
template <class X> auto choice(shape const& s, X const& x, bool replace = true) {
  return default_generator().choice(s, x, replace);
}

}  // namespace random

}  // namespace ndfuse
