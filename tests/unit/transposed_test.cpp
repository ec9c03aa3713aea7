// Operands that lie across the others, as a transposed array beside one that is not: on WebGPU threads make blocks of
// 4 x 4 elements where extents and strides allow it, and every element is where NumPy has it in any case.

#include "values.hpp"

#include <ndfuse/expr/lambda.hpp>
#include <ndfuse/linalg.hpp>

#include <algorithm>
#include <complex>

using nf::all;
using nf::none;
using nf::slice;

namespace {

/// An array of different small numbers.
template <class T> nf::array<T> numbered(nf::shape const& s, int from = 0) {
  return array_of(s, [=](int k) {
    int const n = (k * 37 + from) % 251;
    if constexpr (std::same_as<T, bool>) return n % 3 == 0;
    else return T(float(n % 120));
  });
}

/// An expression against f(index of the element).
template <class E, class F> void check(std::string const& what, E const& e, F f) {
  auto const host = nf::to_host(e);
  nf::index_list at = nf::index_list::filled(host.shape().size(), 0);
  int wrong = 0;
  for (auto v : host) {
    auto const want = f(at);
    if (v != decltype(v)(want) && ++wrong < 4) {
      std::string where;
      for (nf::index n : at) where += ' ' + std::to_string(n);
      FAIL_CHECK(what << ": wrong at" << where);
    }
    nf::runtime::advance(at, host.shape());
  }
  CHECK(wrong == 0);
}

template <class H> auto at2(H const& host, nf::index i, nf::index j) {
  nf::index_list const at{i, j};
  return host[std::size_t(nf::runtime::element_at(nf::contiguous_view(host.shape()), at))];
}

std::string text_of(nf::shape const& s) {
  std::string text;
  for (nf::index n : s) text += std::to_string(n) + ' ';
  return text;
}

}  // namespace

TEST_CASE("transposed: squares, edges, and extents that blocks do not fit", "[transposed][device]") {
  nf::shape const shapes[] = {{64, 64}, {32, 32},  {36, 100}, {128, 68}, {68, 196},
                              {28, 64}, {100, 28}, {62, 64},  {64, 62},  {33, 35}};
  for (nf::shape const& s : shapes) {
    auto const x = numbered<float>({s[1], s[0]}), y = numbered<float>(s, 5);
    auto const hx = nf::to_host(x), hy = nf::to_host(y);
    check("copy " + text_of(s), nf::transpose(x), [&](auto at) { return at2(hx, at[1], at[0]); });
    check("copy made " + text_of(s), nf::array<float>(nf::transpose(x) * 1),
          [&](auto at) { return at2(hx, at[1], at[0]); });
    check("sum " + text_of(s), nf::transpose(x) * 2 + y,
          [&](auto at) { return at2(hx, at[1], at[0]) * 2 + at2(hy, at[0], at[1]); });
  }
}

TEST_CASE("transposed: all orders of four axes", "[transposed][device]") {
  for (nf::shape const& s : {nf::shape{4, 36, 3, 32}, nf::shape{36, 2, 68, 1}, nf::shape{2, 2, 40, 44}}) {
    auto const x = numbered<std::int32_t>(s);
    auto const wide = numbered<std::int32_t>({s[0] + 1, s[1], s[2] + 1, s[3] + 8});
    auto const hx = nf::to_host(x), hw = nf::to_host(wide);
    nf::view const in_x = nf::contiguous_view(hx.shape()), in_wide = nf::contiguous_view(hw.shape());
    nf::index order[] = {0, 1, 2, 3};
    do {
      auto const from = [&](nf::index_list const& at) {
        nf::index_list back = at;
        for (std::size_t d = 0; d < 4; ++d) back[std::size_t(order[d])] = at[d];
        return back;
      };
      std::string const what = text_of(s) + "by " + text_of({order[0], order[1], order[2], order[3]});
      nf::index_list const axes(std::span<nf::index const>(order, 4));
      check(what, nf::array<std::int32_t>(nf::transpose(x, axes) + 1),
            [&](auto at) { return hx[std::size_t(nf::runtime::element_at(in_x, from(at)))] + 1; });
      // Axes that do not merge, elements from a multiple of four on, and from another number on.
      for (nf::index const first : {4, 3})
        check(what + "from " + std::to_string(first),
              nf::array<std::int32_t>(
                  nf::transpose(wide[slice(1, none), all, slice(0, -1), slice(first, first - 8)], axes) - 1),
              [&](auto at) {
                nf::index_list back = from(at);
                back[0] += 1;
                back[3] += first;
                return hw[std::size_t(nf::runtime::element_at(in_wide, back))] - 1;
              });
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST_CASE("transposed: beside operands of every other kind", "[transposed][device]") {
  nf::index const n = 2, r = 68, c = 72;
  auto const x = numbered<float>({n, c, r}), y = numbered<float>({n, r, c}, 3), z = numbered<float>({c, r}, 7),
             w = numbered<float>({r, c, n}, 11), row = numbered<float>({c}, 13), column = numbered<float>({r, 1}, 17);
  auto const hx = values(x), hy = values(y), hz = values(z), hw = values(w), hr = values(row), hc = values(column);
  nf::array<float> const one = {3};
  auto const e = nf::transpose(x, {0, 2, 1}) + y * 2 + nf::transpose(z) * row + column + one +
                 nf::transpose(w, {2, 0, 1}) + nf::astype<float>(nf::reshape(nf::arange(r * c), {r, c})) +
                 nf::transpose(x, {0, 2, 1}) * 0.5f;
  check("all", e, [&](auto at) {
    nf::index const b = at[0], i = at[1], j = at[2];
    auto const in = [](std::vector<float> const& v, nf::index k) { return v[std::size_t(k)]; };
    return in(hx, (b * c + j) * r + i) * 1.5f + in(hy, (b * r + i) * c + j) * 2 + in(hz, j * r + i) * in(hr, j) +
           in(hc, i) + 3 + in(hw, (i * c + j) * n + b) + float(i * c + j);
  });
  // The same memory in order, across, and unaligned.
  auto const square = numbered<float>({80, 80});
  auto const hs = nf::to_host(square);
  auto const part = square[slice(0, 64), slice(4, 68)];
  check("an array and its transpose", part + nf::transpose(part) * 2,
        [&](auto at) { return at2(hs, at[0], at[1] + 4) + at2(hs, at[1], at[0] + 4) * 2; });
  check("unaligned beside it", square[slice(1, 65), slice(3, 67)] + nf::transpose(part) * 2,
        [&](auto at) { return at2(hs, at[0] + 1, at[1] + 3) + at2(hs, at[1], at[0] + 4) * 2; });
  check("backwards", nf::transpose(part)[all, slice(none, none, -1)] + part,
        [&](auto at) { return at2(hs, 63 - at[1], at[0] + 4) + at2(hs, at[0], at[1] + 4); });
  check("rows backwards", nf::transpose(part)[slice(none, none, -1)] + part,
        [&](auto at) { return at2(hs, at[1], 63 - at[0] + 4) + at2(hs, at[0], at[1] + 4); });
  // Two results of different types; a body of much work.
  auto const both = nf::kernel([](auto a, auto b) { return nf::values(a - b, a > b); });
  auto const [difference, more] = nf::eval(both(part, nf::transpose(part)));
  check("difference", difference, [&](auto at) { return at2(hs, at[0], at[1] + 4) - at2(hs, at[1], at[0] + 4); });
  check("more", more, [&](auto at) { return at2(hs, at[0], at[1] + 4) > at2(hs, at[1], at[0] + 4); });
  auto const long_body = nf::kernel([](auto a, auto b) {
    auto const [last] = nf::loop(3, nf::values(a), [&](auto v) { return nf::values(v + b); });
    return last;
  });
  check("a loop", long_body(part, nf::transpose(part)),
        [&](auto at) { return at2(hs, at[0], at[1] + 4) + 3 * at2(hs, at[1], at[0] + 4); });
}

TEST_CASE("transposed: into views, and where operands share memory with the result", "[transposed][device]") {
  auto const x = numbered<float>({64, 64}), y = numbered<float>({64, 64}, 9);
  auto const hx = nf::to_host(x), hy = nf::to_host(y);
  nf::array<float> target = nf::zeros({66, 80});
  target[slice(1, 65), slice(8, 72)] = nf::transpose(x) - y;
  check("into a view", target, [&](auto at) {
    nf::index const i = at[0] - 1, j = at[1] - 8;
    bool const inside = i >= 0 && i < 64 && j >= 0 && j < 64;
    return inside ? at2(hx, j, i) - at2(hy, i, j) : 0.f;
  });
  nf::array<float> a = x + 0;
  a += nf::transpose(y);
  check("in place", a, [&](auto at) { return at2(hx, at[0], at[1]) + at2(hy, at[1], at[0]); });
  a = x + 0;
  a += nf::transpose(a);
  check("with its own transpose", a, [&](auto at) { return at2(hx, at[0], at[1]) + at2(hx, at[1], at[0]); });
  a = x + 0;
  a = nf::transpose(a) - a;
  check("rebound", a, [&](auto at) { return at2(hx, at[1], at[0]) - at2(hx, at[0], at[1]); });
  a = x + 0;
  a[slice(0, 32)] = nf::transpose(a)[slice(32, none)];
  check("a part from another part", a,
        [&](auto at) { return at[0] < 32 ? at2(hx, at[1], at[0] + 32) : at2(hx, at[0], at[1]); });
}

TEST_CASE("transposed: every type of elements", "[transposed][device]") {
  auto const one = [](auto zero) {
    using T = decltype(zero);
    auto const x = numbered<T>({100, 68}), y = numbered<T>({68, 100}, 4);
    auto const hx = nf::to_host(x), hy = nf::to_host(y);
    std::string const what(nf::name(nf::dtype_of<T>));
    auto const xt = nf::transpose(x);
    check(what + " copied", nf::where(y == y, xt, y), [&](auto at) { return at2(hx, at[1], at[0]); });
    check(what + " compared", xt == y, [&](auto at) { return at2(hx, at[1], at[0]) == at2(hy, at[0], at[1]); });
    check(what + " cast", nf::astype<float>(nf::real(xt)), [&](auto at) {
      if constexpr (nf::is_complex(nf::dtype_of<T>)) return at2(hx, at[1], at[0]).real();
      else return float(at2(hx, at[1], at[0]));
    });
    check(what + " beside float", nf::where(y == y, nf::transpose(numbered<float>({100, 68})), 0.f),
          [&](auto at) { return float((at[1] * 68 + at[0]) * 37 % 251 % 120); });
  };
  one(float());
  one(std::int32_t());
  one(std::uint32_t());
  one(bool());
  one(std::int8_t());
  one(std::uint8_t());
  one(std::int16_t());
  one(std::uint16_t());
  one(nf::float16());
  one(std::complex<float>());
}

TEST_CASE("transposed: which launches make blocks", "[transposed]") {
  namespace runtime = nf::runtime;
  auto const axis = [](nf::shape const& s, nf::view const& across, nf::dtype t = nf::dtype::float32,
                       unsigned work = 1) -> std::size_t {
    nf::ir::builder b;
    nf::ir::value v = b.load(t);
    for (unsigned k = 0; k < work; ++k) v = b.apply(nf::ir::opcode::exp, v);
    b.output(v);
    b.finish();
    runtime::operand const load{nullptr, across};
    runtime::tensor const out{{}, nf::contiguous_view(s), t};
    runtime::detail::launch_views views({&load, 1}, {&out, 1});
    return runtime::detail::axis_of_blocks(b.view(), views);
  };
  auto const transposed = [](nf::shape const& s, nf::index_list const& axes) {
    nf::shape from = s;
    for (std::size_t d = 0; d < s.size(); ++d) from[std::size_t(axes[d])] = s[d];
    return nf::permute(nf::contiguous_view(from), axes);
  };
  CHECK(axis({64, 64}, transposed({64, 64}, {1, 0})) == 0);
  CHECK(axis({32, 36}, transposed({32, 36}, {1, 0})) == 0);
  CHECK(axis({28, 64}, transposed({28, 64}, {1, 0})) == 2);
  CHECK(axis({64, 28}, transposed({64, 28}, {1, 0})) == 2);
  CHECK(axis({66, 64}, transposed({66, 64}, {1, 0})) == 2);
  CHECK(axis({5, 64, 64}, transposed({5, 64, 64}, {0, 2, 1})) == 1);
  CHECK(axis({64, 5, 64}, transposed({64, 5, 64}, {2, 1, 0})) == 0);
  CHECK(axis({64, 64}, nf::contiguous_view({64, 64})) >= 1);  // nothing lies across
  CHECK(axis({64, 64}, {{64, 64}, {1, 66}, 0}) == 2);         // columns begin between words
  CHECK(axis({64, 64}, {{64, 64}, {1, 64}, 2}) == 2);
  CHECK(axis({64, 64}, {{64, 64}, {1, 0}, 0}) == 2);  // one element serves a row
  CHECK(axis({64, 64}, transposed({64, 64}, {1, 0}), nf::dtype::complex64, 0) == 2);
  CHECK(axis({64, 64}, transposed({64, 64}, {1, 0}), nf::dtype::float32, 20) == 2);
}
