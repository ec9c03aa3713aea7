#include <ndfuse/ndfuse.hpp>
#include <print>
namespace nf = ndfuse;

template <class X> void show(char const* name, X const& x) {
  auto values = nf::to_host(x);
  std::print("{}:", name);
  for (auto v : values) std::print(" {}", v);
  std::println("");
}

void views() {
  // [views]
  nf::array<float> x = {{1, 2, 3}, {4, 5, 6}};
  nf::array<float> column = x[nf::all, 1];                              // Python's x[:, 1]
  nf::array<float> last = x[-1];                                        // x[-1]
  nf::array<float> odd = x[nf::all, nf::slice(nf::none, nf::none, 2)];  // x[:, ::2]
  nf::array<float> outer = column[nf::all, nf::newaxis] * last;         // shapes (2, 1) and (3,) give (2, 3)
  x[0] = 7;                                                             // writes into x: `last` and x share elements
  x[nf::all, 0] += 1;
  // [end]
  show("x", x);
  show("odd", odd);
  show("outer", outer);
}

void moved() {
  nf::array<float> x = {{1, 2, 3}, {4, 5, 6}}, y = {{7, 8, 9}};
  // [moved]
  auto ring = nf::roll(x, 1, nf::axis(1)) - x;  // expressions: each is part of the kernel that uses it
  auto tall = nf::concatenate(x, y) * 2;        // shape (3, 3)
  auto framed = nf::pad(x, {{1, 1}, {0, 2}}, nf::mode::edge);
  nf::array<float> swapped = nf::flip(x, 1);  // a view, as transpose, moveaxis, diagonal, split, ...
  // [end]
  show("ring", ring);
  show("tall", tall);
  show("framed", framed);
  show("swapped", swapped);
}

void picked() {
  // [picked]
  nf::array<float> x = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  nf::array<int> i = {2, 0}, j = {1, -1};
  nf::array<float> some = x[i, j] * 10;       // numpy's x[i, j]: elements (2, 1) and (0, -1)
  nf::array<float> rows = nf::take(x, i, 0);  // rows 2 and 0, as x[i]
  x[i, 0] = 100;                              // an assignment by index arrays
  nf::scatter_add(x[i, j], 0.5f);             // numpy.add.at
  x[x > 50] -= 50;                            // by a mask, in one kernel
  nf::array<float> large = x[x > 5];          // its shape depends on values: this waits
  // [end]
  show("some", some);
  show("rows", rows);
  show("x", x);
  show("large", large);
}

void convolved() {
  // [convolved]
  nf::array<float> images = nf::reshape(nf::linspace(0, 15, 16), {1, 1, 4, 4});  // [images, channels, rows, columns]
  nf::array<float> edges = {{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}};
  nf::array<float> y = nf::conv(images, nf::reshape(edges, {1, 1, 3, 3}), {.padding = {1, 1}});
  nf::array<float> half = nf::max_pool(y, {2, 2}, {.strides = {2, 2}});
  nf::array<float> back = nf::max_pool_gradient(nf::ones_like(half), y, {2, 2}, {.strides = {2, 2}});
  // [end]
  show("half", half);
  show("back", back);
}

void names() {
  // [names]
  nf::array<float> x = {1, 2, 3};
  nf::array<float> y = x;  // a second name for the same elements
  x = x + 1;               // x stands for new elements; y keeps the old ones
  y[nf::all] = 0;          // writes into y's elements
  // [end]
  show("x", x);
  show("y", y);
}

void loops() {
  // [loops]
  auto escape = nf::kernel([](auto cx, auto cy, auto limit) {
    auto zero = nf::zeros_like(cx);
    auto [zx, zy, n] = nf::loop(limit, nf::values(zero, zero, 0), [&](auto a, auto b, auto count) {
      nf::break_if(a * a + b * b > 4);  // per element
      return nf::values(a * a - b * b + cx, 2 * a * b + cy, count + 1);
    });
    return n;
  });
  auto re = nf::linspace(-2.f, 0.5f, 8);
  auto im = nf::linspace(-1.2f, 1.2f, 8)[nf::all, nf::newaxis];
  nf::array<int> counts = escape(re, im, 100);  // shape (8, 8), by one kernel
  // [end]
  show("counts", counts[4]);
}

void results() {
  // [results]
  auto polar = nf::kernel([](auto x, auto y) { return nf::values(nf::hypot(x, y), nf::atan2(y, x)); });
  nf::array<float> x = {3, 0}, y = {4, 2};
  auto [length, angle] = nf::eval(polar(x, y));  // one launch writes both
  // [end]
  show("length", length);
  show("angle", angle);
}

void reductions() {
  // [reductions]
  nf::array<float> x = {{1, 2, 3}, {4, 5, 6}};
  float total = nf::item(nf::sum(x * x));            // all axes
  nf::array<float> rows = nf::mean(x, nf::axis(1));  // shape (2,)
  auto centred = x - nf::mean(x, 0, nf::keepdims);   // column means, shape (1, 3), broadcast
  bool positive = nf::item(nf::all(x > 0));          // nf::all is also numpy.all
  int large = nf::item(nf::count_nonzero(x > 2.5));
  // [end]
  std::println("total {}, positive {}, large {}", total, positive, large);
  show("rows", rows);
  show("centred", centred);
}

void captured() {
  // [captured]
  nf::array<float> u = nf::zeros({6}), peak;
  u[2] = 1;
  auto step = nf::capture([&] {  // records; nothing runs
    u[nf::slice(1, -1)] += 0.25f * (u[nf::slice(0, -2)] - 2 * u[nf::slice(1, -1)] + u[nf::slice(2, nf::none)]);
    peak = nf::max(u);  // memory of the capture's, which each call writes
  });
  for (int k = 0; k < 100; ++k) step();  // one command each
  // [end]
  show("u", u);
  show("peak", peak);
}

int main() {
  views();
  moved();
  picked();
  convolved();
  names();
  loops();
  results();
  reductions();
  captured();
}
