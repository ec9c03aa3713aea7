#pragma once
/// @file Drawing of arrays to canvases of the page, without reading them back: the pixels are made on the array's
/// device and go from there to the canvas.

#include <ndfuse/array.hpp>
#include <ndfuse/colormaps.hpp>
#include <ndfuse/expr/fetch.hpp>
#include <ndfuse/expr/reduce.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace ndfuse {

/// How numbers become colours. What is not given is the smallest, or largest, number of the array that is no NaN.
struct draw_options {
  std::optional<float> vmin = {}, vmax = {};
  colormap cmap = colormap::viridis;
};

namespace expr {

/// Red, green, blue and alpha, 0 to 255, in one word, in the order of memory.
inline constexpr auto pack_pixel = [](auto r, auto g, auto b, auto a) {
  return astype<std::uint32_t>(r) | astype<std::uint32_t>(g) << 8 | astype<std::uint32_t>(b) << 16 |
         astype<std::uint32_t>(a) << 24;
};

}  // namespace expr

namespace detail {

/// A picture's pixels, a word each.
struct picture {
  runtime::tensor pixels;
  index width, height;
};
inline picture make_picture(runtime::device& d, index height, index width) {
  if (height < 1 || width < 1 || height > 16384 || width > 16384)
    throw shape_error(message("a picture has 1 to 16384 rows and columns, not ", shape{height, width}));
  return {{d.allocate(height * width, dtype::uint32), contiguous_view({height, width}), dtype::uint32}, width, height};
}

inline void show(std::string_view canvas, picture const& p) {
  runtime::device& d = *p.pixels.memory->owner;
  d.refuse_while_capturing("nothing can be drawn to a canvas: draw when it has been called");
  d.flush();
#if defined(__EMSCRIPTEN__)
  bool const on_cpu = d.kind() == device_kind::cpu;
  auto const source =
      on_cpu ? std::uint32_t(reinterpret_cast<std::uintptr_t>(p.pixels.memory->host)) : p.pixels.memory->id;
  int const status = ndfuse_draw_image(canvas.data(), canvas.size(), on_cpu ? 1 : 0, source, std::uint32_t(p.width),
                                       std::uint32_t(p.height));
  if (status < 0) throw device_error("a program that was not started by start() has no canvas");
  if (status != runtime::completion::ok) runtime::completion::raise(status, runtime::detail::shim_error());
#else
  throw device_error(message("there is no canvas '", canvas, "': this is a native program"));
#endif
}

/// The pixels of numbers, in memory of their device.
template <element T> picture colour_picture(array<T> const& x, draw_options const& o) {
  static_assert(!is_complex(dtype_of<T>), "complex numbers have no colours: draw their nf::absolute or nf::real");
  if (x.ndim() != 2)
    throw shape_error(message("draw needs (rows, columns), (rows, columns, 3) or (rows, columns, 4), not ", x.shape()));
  runtime::device& d = x.device().impl();
  picture const p = make_picture(d, x.shape()[0], x.shape()[1]);
  std::array<std::uint32_t, 256> colours{};
  for (unsigned k = 0; k < 256; ++k) colours[k] = colour(o.cmap, k);
  runtime::tensor table{d.allocate(256, dtype::uint32), contiguous_view({256}), dtype::uint32};
  d.upload(*table.memory, 0, 256, dtype::uint32, colours.data());

  constexpr float infinity = std::numeric_limits<float>::infinity();
  array<float> const v = astype<float>(x);
  auto const bound = [&](std::optional<float> given, auto const& found) {
    if (!given) return array<float>(found);
    runtime::tensor one{d.allocate(1, dtype::float32), contiguous_view({}), dtype::float32};
    d.upload(*one.memory, 0, 1, dtype::float32, &*given);
    return array<float>(one);
  };
  array<float> const low = bound(o.vmin, min(where(isnan(v), infinity, v)));
  array<float> const high = bound(o.vmax, max(where(isnan(v), -infinity, v)));
  auto const level = kernel([](auto value, auto from, auto to) {
    auto const t = where(to > from, (value - from) / (to - from), 0.f);
    return astype<std::int32_t>(clip(where(isnan(t), 0.f, t) * 256.f, 0.f, 255.f));
  })(v, low, high);
  // What is no number is transparent.
  expr::assign<dtype::uint32>(p.pixels, where(isnan(v), std::uint32_t(0), expr::fetch<dtype::uint32>(table, level)));
  return p;
}

/// The pixels of an image: three or four numbers each, 0 to 255 in integers and 0 to 1 in floats.
template <element T> picture image_picture(array<T> const& x) {
  static_assert(!is_complex(dtype_of<T>), "complex numbers have no colours");
  index const channels = x.shape()[2];
  if (channels != 3 && channels != 4)
    throw shape_error(message("draw needs (rows, columns), (rows, columns, 3) or (rows, columns, 4), not ", x.shape()));
  runtime::device& d = x.device().impl();
  picture const p = make_picture(d, x.shape()[0], x.shape()[1]);
  float const scale = is_floating(dtype_of<T>) ? 255.f : is_bool(dtype_of<T>) ? 255.f : 1.f;
  auto const channel = [&](index k) { return x[ellipsis, k]; };
  // Canvases on a GPU hold colours that are multiplied by their alpha; putImageData takes them as they are.
  bool const multiplied = d.kind() != device_kind::cpu;
  auto const pixel = kernel([](auto r, auto g, auto b, auto a, auto s, auto by_alpha) {
    auto const level = [&](auto v) {
      auto const scaled = astype<float>(v) * s;
      return clip(where(isnan(scaled), 0.f, scaled), 0.f, 255.f);
    };
    auto const alpha = level(a);
    auto const part = where(by_alpha != 0, alpha / 255.f, 1.f);
    auto const rounded = [](auto v) { return v + 0.5f; };
    return expr::pack_pixel(rounded(level(r) * part), rounded(level(g) * part), rounded(level(b) * part),
                            rounded(alpha));
  });
  if (channels == 4)
    expr::assign<dtype::uint32>(p.pixels,
                                pixel(channel(0), channel(1), channel(2), channel(3), scale, multiplied ? 1 : 0));
  else expr::assign<dtype::uint32>(p.pixels, pixel(channel(0), channel(1), channel(2), 255.f / scale, scale, 0));
  return p;
}

}  // namespace detail

/// Draws an array to a canvas, a pixel an element, row 0 at the top; the canvas gets the array's size. `canvas` is a
/// name among start()'s `canvases`, or in a window a selector such as "#view". (rows, columns): numbers become colours
/// as `options` says, NaN transparent. (rows, columns, 3 or 4): red, green, blue (and alpha), 0 to 255 in integers, 0
/// to 1 in floats. Nothing is read back: one kernel makes 4 bytes a pixel, which the GPU copies to the canvas (WebGPU)
/// or draws there (WebGL2); on the cpu device they are put there. Does not wait.
///
/// Throws shape_error for other shapes, and device_error where there is no such canvas, where it has a context of
/// another kind, and where the GPU is driven by a thread of its own (start with threads: "local").
template <expression X> void draw(std::string_view canvas, X const& x, draw_options const& options = {}) {
  array<element_t<X>> const a(x);
  detail::show(canvas, a.ndim() == 3 ? detail::image_picture(a) : detail::colour_picture(a, options));
}

}  // namespace ndfuse
