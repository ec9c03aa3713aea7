#pragma once
/// @file Random numbers, defined once for the CPU and both shading languages: the generator, and what turns its words
/// into samples.
///
/// The generator is Threefry-2x32 with 20 rounds (J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as
/// easy as 1, 2, 3", SC 2011): a function of a counter and a key, in exact integer arithmetic, without any state. Its
/// operations take one word of an element: uint32, or uint64 on the CPU for samples in double precision.
///
/// Samples that need more words than one (rejection) take them from Threefry again, with their own word as the key and
/// the number of the turn as the counter. Loops of tries are bounded; beside each stands the chance that no try was
/// accepted, and then the last try is the sample.

#include <ndfuse/ir/wide.hpp>

#include <cmath>
#include <complex>
#include <limits>
#include <tuple>

// A loop that holds a call is not turned into SIMD.
#define NDFUSE_DETAIL_RANDOM [[gnu::always_inline]] constexpr

namespace ndfuse::ir {

// Two more words, for definitions that repeat something. A turn gets its number and the carried values, and returns
// whether to stop and the next values.

/// A constant beside `like`.
template <class V, class T> constexpr T fixed(V, T value) { return value; }
template <class V, class T> constexpr traced<T> fixed(traced<V> like, T value) {
  return like.template bits<T>(constant_bits(value));
}

/// Runs `turn` until it says stop, at most `limit` times; the values after the last turn.
template <class Turn, class... V> constexpr std::tuple<V...> repeat(std::int32_t limit, Turn turn, V... first) {
  std::tuple<V...> now(first...);
  for (std::int32_t k = 0; k < limit; ++k) {
    auto const next = std::apply([&](V... v) { return turn(std::uint32_t(k), v...); }, now);
    now = std::apply([](auto, V... v) { return std::tuple<V...>(v...); }, next);
    if (std::get<0>(next)) break;
  }
  return now;
}
template <class Turn, class... T>
constexpr std::tuple<traced<T>...> repeat(traced<std::int32_t> limit, Turn turn, traced<T>... first) {
  builder& b = limit.builder();
  ndfuse::detail::list<value> initial;
  initial.push_back({limit.bits<std::uint32_t>(0).id()});
  initial.push_back({limit.bits<bool>(0).id()});
  (initial.push_back({first.id()}), ...);
  ndfuse::detail::list<value> const now = b.begin_loop({limit.id()}, initial);
  b.break_if(now[1]);
  traced<std::uint32_t> const number(b, now[0].id);
  auto const next = [&]<std::size_t... K>(std::index_sequence<K...>) {
    return turn(number, traced<T>(b, now[2 + K].id)...);
  }(std::index_sequence_for<T...>{});
  ndfuse::detail::list<value> last;
  last.push_back({(number + 1u).id()});
  std::apply([&](auto... v) { (last.push_back({v.id()}), ...); }, next);
  ndfuse::detail::list<value> const results = b.end_loop(last);
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    return std::tuple<traced<T>...>(traced<T>(b, results[2 + K].id)...);
  }(std::index_sequence_for<T...>{});
}

namespace numerics {

template <class U> struct random_words {
  U a, b;
};

/// Two words by Threefry-2x32-20 from a counter of two words and a key of two.
template <class C, class D, class K, class L>
NDFUSE_DETAIL_RANDOM auto threefry(C counter0, D counter1, K key0, L key1) {
  auto const key2 = (key0 ^ key1) ^ 0x1bd11bdau;
  auto x = key0 + counter0;
  auto y = key1 + counter1;
  auto const rounds = [&](int from) __attribute__((always_inline)) {
    constexpr std::uint32_t rotations[] = {13, 15, 26, 6, 17, 29, 16, 24};
    for (int k = from; k < from + 4; ++k) {
      x = x + y;
      y = ((y << rotations[k]) | (y >> (32u - rotations[k]))) ^ x;
    }
  };
  rounds(0);
  x = x + key1, y = y + (key2 + 1u);
  rounds(4);
  x = x + key2, y = y + (key0 + 2u);
  rounds(0);
  x = x + key0, y = y + (key1 + 3u);
  rounds(4);
  x = x + key1, y = y + (key2 + 4u);
  rounds(0);
  x = x + key2, y = y + (key0 + 5u);
  return random_words<decltype(x)>{x, y};
}

constexpr std::uint32_t low_word(std::uint64_t v) { return std::uint32_t(v); }
constexpr std::uint32_t high_word(std::uint64_t v) { return std::uint32_t(v >> 32); }
constexpr std::uint64_t joined(random_words<std::uint32_t> w) { return w.a | std::uint64_t(w.b) << 32; }

/// Word number `counter` of the stream of a key. As uint64: both words of one block, of the keys' low words.
template <value_of<std::uint32_t> U> NDFUSE_DETAIL_RANDOM U random_bits(U counter, U key0, U key1) {
  return threefry(counter, fixed(key0, 0u), key0, key1).a;
}
NDFUSE_DETAIL_RANDOM std::uint64_t random_bits(std::uint64_t counter, std::uint64_t key0, std::uint64_t key1) {
  return joined(threefry(low_word(counter), high_word(counter), low_word(key0), low_word(key1)));
}

namespace detail {

// What tells the streams of words inside operations from each other and from `random_bits`.
inline constexpr std::uint32_t samples = 0x9e3779b9u, retries = 0x7f4a7c15u;

/// Pair number k of the words that belong to one word.
template <value_of<std::uint32_t> U> NDFUSE_DETAIL_RANDOM auto fresh(U word, U k) {
  return threefry(k, fixed(word, 0u), word, fixed(word, samples));
}
constexpr random_words<std::uint64_t> fresh(std::uint64_t word, std::uint64_t k) {
  std::uint32_t const low = low_word(word), high = high_word(word), first = 2 * low_word(k);
  return {joined(threefry(first, samples, low, high)), joined(threefry(first + 1, samples, low, high))};
}

constexpr std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t const al = low_word(a), ah = high_word(a), bl = low_word(b), bh = high_word(b);
  std::uint64_t const t = ah * bl + ((al * bl) >> 32), u = al * bh + low_word(t);
  return ah * bh + (t >> 32) + (u >> 32);
}
constexpr std::uint64_t rest_of(std::uint64_t x, std::uint64_t y) { return x % y; }
template <value_of<std::uint32_t> U> constexpr U rest_of(U x, U y) { return rem_raw(x, y); }

template <value_of<std::uint32_t> U, class K> constexpr U retry(U word, U other, K k) {
  return threefry(k, fixed(word, retries), word, other).a;
}
constexpr std::uint64_t retry(std::uint64_t word, std::uint64_t other, std::uint32_t k) {
  return joined(threefry(k, high_word(word) ^ retries, low_word(word), low_word(other)));
}

/// The real type of samples beside words of a type.
template <class V> using real_constant = scalar_of_t<V>;

constexpr double real_of(std::int64_t v) { return double(v); }
constexpr double real_of(std::uint64_t v) { return double(v); }
template <class I> constexpr auto real_of(I v) { return to_float(v); }

/// The integer that a real number is, within the integer type; 0 for NaN.
template <class V> constexpr auto integer_of(V v) {
  return to_int(clamped(select(is_nan(v), 0.0f, v), -2147483648.0f, 2147483520.0f));
}
constexpr std::int64_t integer_of(double v) {
  return v != v ? 0 : v < -0x1p62 ? -(std::int64_t(1) << 62) : v > 0x1p62 ? std::int64_t(1) << 62 : std::int64_t(v);
}
constexpr std::int64_t integer_sum(std::int64_t a, std::int64_t b) { return a + b; }
template <class I> constexpr auto integer_sum(I a, I b) { return as_int(as_uint(a) + as_uint(b)); }

/// c0 + x c1 + x^2 c2 + ..., with constants of the values' own type.
template <class V> constexpr V series(V x, real_constant<V> c0, real_constant<V> c1) { return c0 + x * c1; }
template <class V, class... C> constexpr V series(V x, real_constant<V> c0, real_constant<V> c1, C... rest) {
  return c0 + x * series(x, c1, real_constant<V>(rest)...);
}

/// In (0, 1), symmetric, neither end: 23 bits of a word, or 52.
template <value_of<std::uint32_t> U> constexpr auto open_uniform(U word) {
  return (to_float(word >> 9u) + 0.5f) * 0x1p-23f;
}
constexpr double open_uniform(std::uint64_t word) { return (double(word >> 12) + 0.5) * 0x1p-52; }

/// (word + 1/2) 2^-32, or 2^-64: all bits where that is small.
template <value_of<std::uint32_t> U> constexpr auto fine_uniform(U word) { return (to_float(word) + 0.5f) * 0x1p-32f; }
constexpr double fine_uniform(std::uint64_t word) { return (double(word) + 0.5) * 0x1p-64; }

/// A number of turns, and a turn's number, between reals and what loops count in.
constexpr std::int32_t as_turns(double v) { return std::int32_t(v > 0 ? v : 0); }
template <class V> constexpr auto as_turns(V v) { return to_int(clamped(v, 0.0f, 1000.0f)); }
constexpr double turn_number(double, std::uint32_t k) { return k; }
template <class V, class K> constexpr auto turn_number(V, K k) { return to_float(k); }

template <class V> constexpr V at_least(V x, real_constant<V> low) { return select(x < low, low, x); }
template <class V> constexpr V at_most(V x, real_constant<V> high) { return select(x > high, high, x); }
template <class V> constexpr V lesser(V x, V y) { return select(x < y, x, y); }
template <class V> constexpr V greater(V x, V y) { return select(x < y, y, x); }

}  // namespace detail

/// An integer in [0, range), all equally likely; range 0 stands for 2^32 (2^64). D. Lemire, "Fast random integer
/// generation in an interval" (2019): words that would make some numbers likelier are drawn again, at most 64 times;
/// the chance that even the last had to be is below 2^-64.
template <class U> NDFUSE_DETAIL_RANDOM U random_below(U range, U word, U other) {
  U const divisor = select(range == fixed(range, scalar_of_t<U>(0)), fixed(range, scalar_of_t<U>(1)), range);
  U const threshold = detail::rest_of(U(fixed(range, scalar_of_t<U>(0)) - divisor), divisor);
  auto const [accepted] = repeat(
      select(word * range < threshold, 64, 0),
      [&](auto k, U) {
        U const next = detail::retry(word, other, k);
        return std::tuple(!(next * range < threshold), next);
      },
      word);
  return select(range == fixed(range, scalar_of_t<U>(0)), word, U(detail::high_product(accepted, range)));
}

/// In [0, 1): the upper 24 bits of a word, or 53.
template <value_of<std::uint32_t> U> NDFUSE_DETAIL_RANDOM auto random_uniform(U word) {
  return to_float(word >> 8u) * 0x1p-24f;
}
NDFUSE_DETAIL_RANDOM double random_uniform(std::uint64_t word) { return double(word >> 11) * 0x1p-53; }

/// The normal distribution's quantile of (word + 1/2) 2^-32, or 2^-64: algorithm AS 241 of M. Wichura (1988), PPND7 for
/// float32 and PPND16 for float64. Largest sample: 6.3 (9.2).
template <value_of<std::uint32_t> U> NDFUSE_DETAIL_RANDOM auto random_normal(U word) {
  using detail::series;
  auto const centred = as_int(word ^ 0x80000000u);
  auto const size = centred ^ (centred >> 31);
  auto const q = (to_float(size) + 0.5f) * 0x1p-32f;  // |p - 1/2|
  auto const tail = (to_float(size ^ 0x7fffffff) + 0.5f) * 0x1p-32f;
  auto const r = 0.180625f - q * q;
  auto const s = sqrt_raw(-log(tail)) - 1.6f;  // below 5, where PPND7's third region begins
  auto const central = q < 0.425f;
  auto const above = select(central, q * series(r, 3.3871327179f, 50.434271938f, 159.29113202f, 59.109374720f),
                            series(s, 1.4234372777f, 2.7568153900f, 1.3067284816f, 0.17023821103f));
  auto const below = select(central, series(r, 1.0f, 17.895169469f, 78.757757664f, 67.187563600f),
                            series(s, 1.0f, 0.73700164250f, 0.12021132975f));
  auto const z = above / below;
  return select(centred < 0, -z, z);
}
[[gnu::always_inline]] inline double random_normal(std::uint64_t word) {
  using detail::series;
  std::int64_t const centred = std::int64_t(word ^ 0x8000000000000000u), size = centred ^ (centred >> 63);
  double const q = (double(size) + 0.5) * 0x1p-64, r = 0.180625 - q * q;
  double z;
  if (q < 0.425) {
    z = q *
        series(r, 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
               4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3) /
        series(r, 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
               2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3);
  } else {
    double const t = std::sqrt(-std::log((double(size ^ 0x7fffffffffffffff) + 0.5) * 0x1p-64));
    if (double const s = t - 1.6; t <= 5.0) {
      z = series(s, 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                 3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                 2.27238449892691845833e-2, 7.74545014278341407640e-4) /
          series(s, 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                 1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                 1.05075007164441684324e-9);
    } else {
      double const far = t - 5.0;
      z = series(far, 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                 2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                 2.71155556874348757815e-5, 2.01033439929228813265e-7) /
          series(far, 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                 7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                 2.04426310338993978564e-15);
    }
  }
  return centred < 0 ? -z : z;
}

/// The exponential distribution's quantile of (word + 1/2) 2^-32, or 2^-64; precise where it is small too.
template <class U> NDFUSE_DETAIL_RANDOM auto random_exponential(U word) {
  auto const below = detail::fine_uniform(word);
  auto const above = detail::fine_uniform(U(~word));
  return -select(below < above, log1p(-detail::lesser(below, above)), log(above));
}

// Two independent samples at once, from pair number k of the words that belong to one word: what a try takes.

/// Both uniform in (0, 1).
template <class U> constexpr auto random_uniform_pair(U word, U k) {
  auto const words = detail::fresh(word, k);
  return make_complex(detail::open_uniform(words.a), detail::open_uniform(words.b));
}
/// A normal sample, and one uniform in (0, 1).
template <class U> constexpr auto random_normal_pair(U word, U k) {
  auto const words = detail::fresh(word, k);
  return make_complex(random_normal(words.a), detail::open_uniform(words.b));
}
/// Both exponential.
template <class U> constexpr auto random_exponential_pair(U word, U k) {
  auto const words = detail::fresh(word, k);
  return make_complex(random_exponential(words.a), random_exponential(words.b));
}

/// The gamma distribution of a shape, scale 1: G. Marsaglia and W. Tsang, "A simple method for generating gamma
/// variables" (2000); shapes below 1 from shape + 1 by a power of a uniform number. At most 32 tries; the chance that
/// none is accepted is below 10^-41.
template <class V, class U> constexpr V random_gamma(V shape, U word) {
  using R = detail::real_constant<V>;
  auto const boosted = shape < R(1);
  V const d = select(boosted, shape + R(1), shape) - R(1.0 / 3);
  V const c = R(1) / sqrt(R(9) * d);
  auto const [scaled_value] = repeat(
      fixed(shape, std::int32_t(32)),
      [&](auto k, V) {
        auto const pair = random_normal_pair(word, U(k));
        V const x = real_part(pair), u = imag_part(pair);
        V const y = c * x, v1 = R(1) + y;
        V const v = v1 * v1 * v1;
        // log u < x^2/2 + d (1 - v + log v) = 3 d h, h = log(1 + y) - y + y^2/2 - y^3/3: no cancellation where d is
        // large
        auto const small = absolute(y) < R(0.15);
        V const ys = select(small, y, R(0));
        V const near = ys * ys * ys * ys *
                       detail::series(ys, R(-1.0 / 4), R(1.0 / 5), R(-1.0 / 6), R(1.0 / 7), R(-1.0 / 8), R(1.0 / 9));
        V const far = log1p(detail::at_least(y, R(-0.999999))) - y + y * y * (R(0.5) - y * R(1.0 / 3));
        auto const accepted = (v1 > R(0)) & (log(u) < R(3) * d * select(small, near, far));
        return std::tuple(accepted, V(d * v));
      },
      V(fixed(shape, R(0))));
  V const power = exp(-real_part(random_exponential_pair(word, U(fixed(word, scalar_of_t<U>(32))))) /
                      detail::at_least(shape, R(1e-30)));
  return select(shape >= R(0), select(boosted, scaled_value * power, scaled_value),
                V(fixed(shape, std::numeric_limits<R>::quiet_NaN())));
}

/// The von Mises distribution of a concentration kappa, mode 0, in [-pi, pi]. Tries are normal with the variance
/// pi^2 / (4 max(kappa, 1/2)), and accepted with the ratio of the densities, which is bounded since sin(x) >= 2x/pi on
/// [0, pi/2]. At least 0.41 of them are; at most 64 tries; the chance that none is accepted is below 10^-14.
template <class V, class U> constexpr V random_vonmises(V kappa, U word) {
  using R = detail::real_constant<V>;
  V const spread = R(1.5707963267948966) / sqrt(detail::at_least(kappa, R(0.5)));
  V const excess = detail::at_least(V(R(1) - R(2) * kappa), R(0));
  auto const [angle] = repeat(
      fixed(kappa, std::int32_t(64)),
      [&](auto k, V) {
        auto const pair = random_normal_pair(word, U(k));
        V const z = real_part(pair), x = z * spread, half = sin(R(0.5) * x);
        V const ratio = R(0.5) * z * z - R(2) * kappa * half * half - excess;
        auto const inside = absolute(x) <= R(3.141592653589793), accepted = log(imag_part(pair)) <= ratio;
        return std::tuple(inside & accepted, x);
      },
      V(fixed(kappa, R(0))));
  return select(kappa >= R(0), angle, V(fixed(kappa, std::numeric_limits<R>::quiet_NaN())));
}

/// log(sqrt(2 pi) mean^x e^-mean / x!) for an integer x = mean + delta, without cancellation where they are large:
/// C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
template <class V> constexpr V log_poisson(V x, V mean, V delta) {
  using R = detail::real_constant<V>;
  V const one_up = detail::at_least(x, R(1));
  V const v = delta / (x + mean), z = v * v;
  V const near = delta * v + R(2) * x * v * z *
                                 detail::series(z, R(1.0 / 3), R(1.0 / 5), R(1.0 / 7), R(1.0 / 9), R(1.0 / 11),
                                                R(1.0 / 13), R(1.0 / 15), R(1.0 / 17));
  V const far = x * log(one_up / mean) - delta;
  V const deviance = select(z < R(0.01), near, far);
  V const r = R(1) / one_up, rr = r * r;
  V const stirling = select(x < R(1.5), R(0.08106146679532726),
                            r * detail::series(rr, R(1.0 / 12), R(-1.0 / 360), R(1.0 / 1260), R(-1.0 / 1680)));
  return select(x < R(0.5), R(0.9189385332046727) - mean, -deviance - stirling - R(0.5) * log(one_up));
}

/// The Poisson distribution of a mean, which must not be negative. Below 10: arrivals of exponential waiting times, at
/// most 80. From 10 on W. Hormann's PTRS, "The transformed rejection method for generating Poisson random variables"
/// (1993), with at most 64 tries; the chance that more were needed is below 10^-30 for both.
template <class V, class U> constexpr auto random_poisson(V mean, U word) {
  using R = detail::real_constant<V>;
  auto const small = mean < R(10);
  auto const [arrivals, time] = repeat(
      select(small, 40, 0),
      [&](auto k, V count, V at) {
        auto const pair = random_exponential_pair(word, U(k));
        V const first = at + real_part(pair), second = first + imag_part(pair);
        V const next = count + select(first < mean, fixed(mean, R(1)), fixed(mean, R(0))) +
                       select(second < mean, fixed(mean, R(1)), fixed(mean, R(0)));
        return std::tuple(!(second < mean), next, second);
      },
      V(fixed(mean, R(0))), V(fixed(mean, R(0))));
  // Counts are told by their distance from the whole part of the mean, which may be more than a float holds exactly.
  V const mu = select(small, fixed(mean, R(10)), mean);
  V const whole = floor_raw(mu), rest = mu - whole, root = sqrt(mu);
  V const b = R(0.931) + R(2.53) * root, a = R(-0.059) + R(0.02483) * b;
  V const inverse_alpha = R(1.1239) + R(1.1328) / (b - R(3.4)), inner = R(0.9277) - R(3.6224) / (b - R(2));
  auto const [distance] = repeat(
      select(small, 0, 64),
      [&](auto k, V) {
        auto const pair = random_uniform_pair(word, U(k));
        V const u = real_part(pair) - R(0.5), v = imag_part(pair);
        V const us = R(0.5) - absolute(u);
        V const x = floor_raw((R(2) * a / us + b) * u + (rest + R(0.43)));
        V const count = whole + x;
        auto const quick = (us >= R(0.07)) & (v <= inner);
        auto const never = (count < R(0)) | ((us < R(0.013)) & (v > us));
        V const density = log_poisson(detail::at_least(count, R(0)), mu, V(x - rest)) - R(0.9189385332046727);
        auto const accepted = log(v * inverse_alpha / (a / (us * us) + b)) <= density;
        return std::tuple(quick | (accepted & !never), x);
      },
      V(fixed(mean, R(0))));
  return select(
      small, detail::integer_of(arrivals),
      detail::integer_sum(detail::integer_of(whole), detail::integer_of(detail::greater(distance, V(-whole)))));
}

/// The Zipf distribution of an exponent above 1: L. Devroye, "Non-uniform random variate generation" (1986), p. 551. At
/// most 64 tries; samples beyond the integer type are tried again. The chance that no try is accepted is below 10^-15
/// unless the exponent is within 0.05 of 1.
template <class V, class U> constexpr auto random_zipf(V exponent, U word) {
  using R = detail::real_constant<V>;
  constexpr R most = std::is_same_v<R, float> ? R(0x1.fffffep30) : R(0x1p62);
  V const less = detail::at_most(exponent, R(100)) - R(1);  // beyond 100 all samples are 1
  V const b1 = expm1(less * R(0.6931471805599453));         // 2^(exponent - 1) - 1
  auto const [sample] = repeat(
      fixed(exponent, std::int32_t(64)),
      [&](auto k, V) {
        auto const pair = random_exponential_pair(word, U(k));
        V const tried = exp(detail::lesser(real_part(pair) / less, V(fixed(less, R(60)))));
        V const x = detail::at_least(floor_raw(tried), R(1));
        V const t1 = expm1(less * log1p(R(1) / x));
        auto const accepted = exp(-imag_part(pair)) * x * t1 / b1 <= (t1 + R(1)) / (b1 + R(1));
        return std::tuple(accepted & (x <= most), x);
      },
      V(fixed(exponent, R(1))));
  return detail::integer_of(detail::at_most(sample, most));
}

/// The binomial distribution of n trials (an integer, below 2^24 in float32) of probability p in [0, 1]. Where fewer
/// than 10 successes (or failures) are expected: skips between them, at most 64 of them. Else W. Hormann's BTRS, "The
/// generation of binomial random variates" (1993), with at most 64 tries. The chance that more were needed is below
/// 10^-30 for both.
template <class V, class U> constexpr auto random_binomial(V n, V p, U word) {
  using R = detail::real_constant<V>;
  auto const flip = p > R(0.5);
  V const rare = select(flip, R(1) - p, p);
  V const expected = n * rare;
  auto const small = expected < R(10);
  V const rate = detail::at_least(-log1p(-rare), R(1e-30));
  V const zero = fixed(n, R(0)), one = fixed(n, R(1));
  auto const [found, position] = repeat(
      select(small, 32, 0),
      [&](auto k, V count, V at) {
        auto const pair = random_exponential_pair(word, U(k));
        V const first = at + floor_raw(real_part(pair) / rate) + R(1);
        V const second = first + floor_raw(imag_part(pair) / rate) + R(1);
        V const next = count + select(first <= n, one, zero) + select(second <= n, one, zero);
        return std::tuple(!(second <= n), next, second);
      },
      zero, zero);
  V const trials = select(small, fixed(n, R(40)), n), chance = select(small, fixed(n, R(0.5)), rare);
  V const mu = trials * chance, other = trials - mu;
  V const whole = floor_raw(mu), rest = mu - whole, root = sqrt(mu * (R(1) - chance));
  V const b = R(1.15) + R(2.53) * root, a = R(-0.0873) + R(0.0248) * b + R(0.01) * chance;
  V const alpha = (R(2.83) + R(5.1) / b) * root, inner = R(0.92) - R(4.2) / b;
  V const mode = floor_raw(rest + chance);  // of (n + 1) p, from `whole` on
  auto const density = [&](V x) {
    V const delta = x - rest;
    V const k = detail::at_least(whole + x, R(0));
    return log_poisson(k, mu, delta) + log_poisson(detail::at_least(trials - k, R(0)), other, V(-delta));
  };
  V const highest = density(mode);
  auto const [distance] = repeat(
      select(small, 0, 64),
      [&](auto k, V) {
        auto const pair = random_uniform_pair(word, U(k));
        V const u = real_part(pair) - R(0.5), v = imag_part(pair);
        V const us = R(0.5) - absolute(u);
        V const x = floor_raw((R(2) * a / us + b) * u + (rest + R(0.5)));
        V const count = whole + x;
        auto const quick = (us >= R(0.07)) & (v <= inner);
        auto const never = (count < R(0)) | (count > trials);
        auto const accepted = log(v * alpha / (a / (us * us) + b)) <= density(x) - highest;
        return std::tuple(quick | (accepted & !never), x);
      },
      zero);
  auto const many =
      detail::integer_sum(detail::integer_of(whole),
                          detail::integer_of(detail::lesser(detail::greater(distance, V(-whole)), V(trials - whole))));
  auto const count = select(small, detail::integer_of(detail::lesser(found, n)), many);
  return select(flip, detail::integer_sum(detail::integer_of(n), decltype(count + count)(-count)), count);
}

/// The number of good ones among `sample` drawn without replacement from `good` and `bad` ones (the two parts of
/// `population`; integers, below 2^24 in float32). Samples of at most 10, or all but 10: drawn one by one. Else the
/// ratio of uniforms, HRUA (E. Stadlober, 1989), with at most 128 tries; the chance that none is accepted is below
/// 10^-30.
template <class Z, class V, class U> constexpr auto random_hypergeometric(Z population, V sample, U word) {
  using R = detail::real_constant<V>;
  V const good = real_part(population), bad = imag_part(population), total = good + bad;
  V const zero = fixed(sample, R(0)), one = fixed(sample, R(1));
  V const drawn = detail::lesser(sample, V(total - sample));
  V const fewer = detail::lesser(good, bad), more = detail::greater(good, bad);
  auto const small = drawn < R(10.5);
  auto const [left] = repeat(
      select(small, detail::as_turns(drawn), 0),
      [&](auto k, V rest) {
        V const u = exp(-real_part(random_exponential_pair(word, U(k))));
        V const now = total - detail::turn_number(sample, k);
        return std::tuple(now < R(0), V(rest - select(u * now < rest, one, zero)));
      },
      fewer);
  V const mu = select(small, fixed(sample, R(8)), V(drawn * (fewer / detail::at_least(total, R(1)))));
  V const f = select(small, fixed(sample, R(16)), fewer), m = select(small, fixed(sample, R(16)), more);
  V const s = select(small, fixed(sample, R(16)), drawn), all = f + m;
  V const whole = floor_raw(mu), rest = mu - whole;
  V const variance = mu * (R(1) - s / all) * (m / (all - R(1)));
  V const sigma = sqrt(variance + R(0.5));
  V const h = R(1.7155277699214135) * sigma + R(0.8989161620588988);
  V const mode = floor_raw((s + R(1)) / (all + R(2)) * (f + R(1))) - whole;
  auto const density = [&](V x) {
    V const delta = x - rest, back = -delta;
    V const k = detail::at_least(whole + x, R(0));
    return log_poisson(k, mu, delta) + log_poisson(detail::at_least(f - k, R(0)), V(f - mu), back) +
           log_poisson(detail::at_least(s - k, R(0)), V(s - mu), back) +
           log_poisson(detail::at_least(m - s + k, R(0)), V(m - s + mu), delta);
  };
  V const highest = density(mode);
  auto const [distance] = repeat(
      select(small, 0, 128),
      [&](auto k, V) {
        auto const pair = random_uniform_pair(word, U(k));
        V const u = real_part(pair), v = imag_part(pair);
        V const x = floor_raw(rest + R(0.5) + h * (v - R(0.5)) / u);
        V const count = whole + x;
        auto const possible = ((count >= R(0)) & (count <= s)) & ((count <= f) & (x <= R(16) * sigma + R(1)));
        return std::tuple(possible & (R(2) * log(u) <= density(x) - highest), x);
      },
      zero);
  V const limited = detail::lesser(detail::greater(distance, V(-whole)), V(detail::lesser(s, f) - whole));
  auto const many = detail::integer_sum(detail::integer_of(whole), detail::integer_of(limited));
  // Of those drawn, how many are of the rarer kind; then of the good kind; then of the sample instead of the others.
  auto const rare = select(small, detail::integer_of(V(fewer - left)), many);
  auto const minus = [](auto x, auto y) { return detail::integer_sum(x, decltype(y + y)(-y)); };
  auto const of_good = select(good > bad, minus(detail::integer_of(drawn), rare), rare);
  return select(drawn < sample, minus(detail::integer_of(good), of_good), of_good);
}

}  // namespace numerics

}  // namespace ndfuse::ir

#undef NDFUSE_DETAIL_RANDOM
