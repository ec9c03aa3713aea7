// Draws to canvases and shares buffers with its page (web-harness/specs/sharing.spec.js).
#include <ndfuse/canvas.hpp>
#include <ndfuse/creation.hpp>
#include <ndfuse/interop.hpp>

#include <emscripten/emscripten.h>

#include <cstdio>
#include <limits>
#include <typeinfo>

namespace nf = ndfuse;

namespace {

nf::array<float>* kept = nullptr;  // between calls of the page

void guarded(auto const& action) {
  try {
    action();
  } catch (nf::error const& e) { std::printf("%s\n", e.what()); }
  std::fflush(stdout);
}

}  // namespace

/// 5 rows of 70 columns, 0 to 349, and a NaN: rows that are no multiple of 256 bytes.
extern "C" EMSCRIPTEN_KEEPALIVE void draw_numbers(int map, int limits) {
  guarded([&] {
    nf::array<float> x = nf::arange(350.f, 700.f, 1.f) - 350.f;
    x = nf::where(x == 3.f, std::numeric_limits<float>::quiet_NaN(), x);
    nf::array<float> const rows(nf::runtime::tensor{x.impl().memory, nf::contiguous_view({5, 70}), nf::dtype::float32});
    nf::draw_options o;
    o.cmap = nf::colormap(map);
    if (limits != 0) o.vmin = 100.f, o.vmax = 200.f;
    nf::draw("#numbers", rows, o);
    nf::draw("#flipped", rows[nf::slice(nf::none, nf::none, -1)], o);
  });
}
/// 2 x 3 images, of bytes and of floats with alpha.
extern "C" EMSCRIPTEN_KEEPALIVE void draw_images() {
  guarded([] {
    std::uint8_t const bytes[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 128, 127, 126, 250, 251, 252};
    nf::draw("#bytes", nf::array<std::uint8_t>(bytes, {2, 3, 3}));
    float const floats[] = {1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 2, 1, -1, 0.5f, 0, 1, 1, 1, 1, 0, 0.2f, 0.4f, 0.6f, 1};
    nf::draw("#floats", nf::array<float>(floats, {2, 3, 4}));
  });
}
extern "C" EMSCRIPTEN_KEEPALIVE void draw_wrong() {
  nf::array<float> const x = nf::zeros({2, 3});
  guarded([&] { nf::draw("#nothing", x); });
  guarded([&] { nf::draw("body", x); });
  guarded([&] { nf::draw("#other", x); });
  guarded([&] { nf::draw("#numbers", x[0]); });
  guarded([&] { nf::draw("#numbers", nf::array<float>(nf::zeros({2, 3, 5}))); });
  guarded([&] { nf::draw("#numbers", x[nf::slice(0, 0)]); });
}

/// The page's buffer as an array: doubles its elements in place, and keeps it.
extern "C" EMSCRIPTEN_KEEPALIVE void adopt(unsigned id, int count) {
  guarded([&] {
    kept = new nf::array<float>(nf::adopt_buffer<float>(id, {count}));
    *kept *= 2.f;
  });
}
extern "C" EMSCRIPTEN_KEEPALIVE void add_one() {
  guarded([] { *kept += 1.f; });
}
extern "C" EMSCRIPTEN_KEEPALIVE void forget() {
  delete kept;
  kept = nullptr;
}
/// An array's buffer for the page: its number.
extern "C" EMSCRIPTEN_KEEPALIVE unsigned hand_out() {
  unsigned id = 0;
  guarded([&] {
    kept = new nf::array<float>(nf::arange(0.f, 8.f, 1.f));
    *kept += 0.5f;
    id = nf::share(*kept).id;
  });
  return id;
}

int main() { return 0; }
