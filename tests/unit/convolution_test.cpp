#include "exact_numbers.hpp"

#include <ndfuse/ndfuse.hpp>

#include <cmath>

using Catch::Matchers::Message;

namespace {

struct sizes {
  nf::shape x, w;
  nf::window_options options;
  std::size_t axes() const { return x.size() - 2; }
  nf::index of(nf::index_list const& l, std::size_t a, nf::index otherwise) const {
    return l.empty() ? otherwise : l[l.size() == 1 ? 0 : a];
  }
  nf::index before(std::size_t a) const {
    nf::index_list const& p = options.padding;
    return p.size() == 2 * axes() ? p[2 * a] : of(p, a, 0);
  }
  nf::index after(std::size_t a) const {
    nf::index_list const& p = options.padding;
    return p.size() == 2 * axes() ? p[2 * a + 1] : of(p, a, 0);
  }
  /// Windows along an axis of `places`.
  nf::index windows(std::size_t a, nf::index places) const {
    nf::index const d = of(options.dilations, a, 1);
    return (x[2 + a] + before(a) + after(a) - (places - 1) * d - 1) / of(options.strides, a, 1) + 1;
  }
};

/// Calls f(index of the result, index of the image, index of the filter), all row-major, for every product.
template <class F> void for_products(sizes const& c, nf::shape const& out, F f) {
  nf::index const channels = c.w[1], each = c.w[0] / c.options.groups;
  std::size_t const axes = c.axes();
  nf::shape turns = out;  // [image, output, windows..., channel, places...]
  for (std::size_t a = 1; a < c.w.size(); ++a) turns.push_back(c.w[a]);
  nf::index_list at = nf::index_list::filled(turns.size(), 0);
  do {
    nf::index o = 0, i = at[0], k = at[1];
    for (std::size_t a = 0; a < out.size(); ++a) o = o * out[a] + at[a];
    nf::index const channel = at[out.size()];
    i = i * c.x[1] + at[1] / each * channels + channel;
    k = k * channels + channel;
    bool inside = true;
    for (std::size_t a = 0; a < axes; ++a) {
      nf::index const place = at[out.size() + 1 + a];
      nf::index const p =
          at[2 + a] * c.of(c.options.strides, a, 1) - c.before(a) + place * c.of(c.options.dilations, a, 1);
      inside = inside && p >= 0 && p < c.x[2 + a];
      i = i * c.x[2 + a] + p;
      k = k * c.w[2 + a] + place;
    }
    if (inside) f(std::size_t(o), std::size_t(i), std::size_t(k));
  } while (nf::runtime::advance(at, turns));
}
nf::shape result_shape(sizes const& c) {
  nf::shape out{c.x[0], c.w[0]};
  for (std::size_t a = 0; a < c.axes(); ++a) out.push_back(c.windows(a, c.w[2 + a]));
  return out;
}

template <class T> void check_conv(sizes const& c) {
  nf::shape const out = result_shape(c);
  CAPTURE(c.x[0], c.x[1], c.x[2], c.w[0], c.w[2], out[2]);
  auto const x = exact_numbers<T>(c.x, 1), w = exact_numbers<T>(c.w, 2), dy = exact_numbers<T>(out, 3);
  auto const xs = values(x), ws = values(w), dys = values(dy);
  std::vector<T> y(dys.size()), dx(xs.size()), dw(ws.size());
  for_products(c, out, [&](std::size_t o, std::size_t i, std::size_t k) {
    y[o] = T(y[o] + xs[i] * ws[k]);
    dx[i] = T(dx[i] + dys[o] * ws[k]);
    dw[k] = T(dw[k] + dys[o] * xs[i]);
  });
  auto const made = nf::conv(x, w, c.options);
  REQUIRE(made.shape() == out);
  CHECK(values(made) == y);
  auto const image = nf::conv_input_gradient(dy, w, c.x, c.options);
  REQUIRE(image.shape() == c.x);
  CHECK(values(image) == dx);
  auto const filter = nf::conv_filter_gradient(dy, x, c.w, c.options);
  REQUIRE(filter.shape() == c.w);
  CHECK(values(filter) == dw);
}

}  // namespace

TEST_CASE("conv and its gradients: strides, dilations, padding, groups, one to three axes", "[convolution][device]") {
  check_conv<float>({{2, 3, 9, 10}, {5, 3, 3, 3}, {}});
  check_conv<float>({{2, 3, 9, 10}, {5, 3, 3, 2}, {.padding = nf::index_list{1}}});
  check_conv<float>({{1, 4, 11, 8}, {6, 2, 3, 3}, {.strides{2, 3}, .padding{1, 2}, .groups = 2}});
  check_conv<float>({{2, 2, 12, 13}, {3, 2, 3, 2}, {.strides{3, 1}, .dilations{2, 3}, .padding{2, 0, 1, 4}}});
  check_conv<float>({{3, 6, 7, 7}, {12, 1, 3, 3}, {.padding = nf::index_list{1}, .groups = 6}});
  check_conv<float>({{3, 6, 7, 7}, {6, 1, 3, 3}, {.padding = nf::index_list{1}, .groups = 6}});
  check_conv<float>(
      {{2, 3, 9, 8}, {3, 1, 2, 3}, {.strides{2, 3}, .dilations{2, 1}, .padding{2, 0, 1, 4}, .groups = 3}});
  check_conv<std::int32_t>({{2, 3, 9}, {3, 1, 2}, {.groups = 3}});
  check_conv<double>({{2, 2, 4, 5, 6}, {2, 1, 2, 2, 2}, {.strides{1, 2, 1}, .groups = 2}});
  check_conv<float>({{2, 8, 6, 5}, {7, 8, 1, 1}, {}});
  check_conv<float>({{2, 8, 6, 5}, {7, 8, 1, 1}, {.strides = nf::index_list{2}}});
  check_conv<float>({{2, 3, 40}, {4, 3, 5}, {.strides{2}, .padding{4, 3}}});
  check_conv<float>({{1, 2, 5, 6, 7}, {3, 2, 3, 2, 3}, {.strides{1, 2, 2}, .padding{1, 0, 2}}});
  // Rows of windows in fours: strided, dilated, along one axis and three.
  check_conv<float>({{2, 3, 5, 22}, {5, 3, 3, 2}, {.strides{1, 3}, .dilations{1, 2}, .padding = nf::index_list{1}}});
  check_conv<float>({{2, 3, 9}, {4, 3, 2}, {}});
  check_conv<float>({{1, 2, 4, 5, 6}, {3, 2, 3, 2, 3}, {.padding{1, 0, 0}}});
  check_conv<float>({{1, 1, 4, 4}, {1, 1, 4, 4}, {}});
  check_conv<std::int32_t>({{2, 3, 6, 6}, {4, 3, 3, 3}, {.padding = nf::index_list{1}}});
  check_conv<std::int8_t>({{1, 2, 5, 5}, {3, 2, 2, 2}, {}});
  check_conv<double>({{1, 2, 5, 6}, {3, 2, 3, 3}, {.strides = nf::index_list{2}, .padding = nf::index_list{1}}});
}

TEST_CASE("conv: more than a tile", "[convolution][device]") {
  check_conv<float>({{2, 20, 19, 18}, {70, 20, 3, 3}, {.padding = nf::index_list{1}}});
  check_conv<float>({{2, 20, 19, 20}, {70, 20, 3, 3}, {.padding = nf::index_list{1}}});
}

TEST_CASE("conv: strided images and filters, expressions, mixed types, nothing", "[convolution][device]") {
  auto const x = exact_numbers<float>({6, 8, 3, 2}, 1), w = exact_numbers<float>({2, 2, 3, 5}, 2);
  auto const turned = nf::transpose(x, {3, 2, 1, 0});  // [2, 3, 8, 6]
  auto const filters = nf::transpose(w, {3, 2, 1, 0});
  nf::array<float> const flat = turned, flat_filters = filters;
  CHECK(values(nf::conv(turned, filters)) == values(nf::conv(flat, flat_filters)));
  CHECK(values(nf::conv(turned[nf::all, nf::all, nf::slice(nf::none, nf::none, -2)], filters)) ==
        values(nf::conv(nf::array<float>(flat[nf::all, nf::all, nf::slice(nf::none, nf::none, -2)]), flat_filters)));
  CHECK(values(nf::conv(turned * 2 + 1, filters) - 1) == values(nf::conv(nf::array<float>(flat * 2 + 1), filters) - 1));
  CHECK(values(nf::conv(nf::astype<std::int8_t>(flat), filters)) == values(nf::conv(flat, filters)));
  CHECK(values(nf::astype<float>(nf::conv(nf::astype<nf::float16>(flat), nf::astype<nf::float16>(filters)))) ==
        values(nf::conv(flat, filters)));
  auto const both = exact_numbers<float>({3, 3, 3, 3}, 4);
  CHECK(values(nf::conv(both, both)) == values(nf::conv(both, nf::array<float>(both + 0))));
  CHECK(values(nf::conv(nf::zeros({2, 0, 4, 4}), nf::zeros({3, 0, 3, 3}))) == floats(2 * 3 * 4, 0));
  CHECK(nf::conv(nf::zeros({0, 2, 4, 4}), nf::zeros({3, 2, 3, 3})).shape() == nf::shape{0, 3, 2, 2});
  CHECK(values(nf::conv_filter_gradient(nf::zeros({0, 3, 2, 2}), nf::zeros({0, 2, 4, 4}), {3, 2, 3, 3})) ==
        floats(54, 0));
}

TEST_CASE("conv: operands that do not fit", "[convolution]") {
  auto const x = nf::zeros({1, 4, 8, 8}), w = nf::zeros({6, 4, 3, 3});
  CHECK_THROWS_AS(nf::conv(x, nf::zeros({6, 3, 3, 3})), nf::shape_error);
  CHECK_THROWS_AS(nf::conv(x, nf::zeros({6, 4, 3})), nf::shape_error);
  CHECK_THROWS_AS(nf::conv(nf::zeros({4, 8}), nf::zeros({6, 4})), nf::shape_error);
  CHECK_THROWS_AS(nf::conv(x, nf::zeros({6, 4, 9, 3})), nf::shape_error);
  CHECK_THROWS_AS(nf::conv(x, w, {.groups = 3}), nf::shape_error);
  CHECK_THROWS_AS(nf::conv(x, w, {.strides{0, 1}}), nf::value_error);
  CHECK_THROWS_AS(nf::conv(x, w, {.strides{1, 1, 1}}), nf::value_error);
  CHECK_THROWS_AS(nf::conv(x, w, {.padding{0, 0, -1, 0}}), nf::value_error);
  CHECK_THROWS_AS(nf::conv_input_gradient(nf::zeros({1, 6, 5, 6}), w, {1, 4, 8, 8}), nf::shape_error);
  CHECK_THROWS_AS(nf::conv_filter_gradient(nf::zeros({1, 6, 6, 6}), x, {6, 3, 3, 3}), nf::shape_error);
  CHECK_THROWS_MATCHES(nf::max_pool(x, {9, 9}), nf::shape_error,
                       Message("max_pool: the window (9,9) is larger than the padded images (1,4,8,8)"));
  CHECK_THROWS_AS(nf::max_pool(x, {2, 2}, {.padding = nf::index_list{2}}), nf::value_error);
  CHECK_THROWS_AS(nf::avg_pool(x, {2, 2, 2}), nf::value_error);
}

namespace {

void check_pool(sizes const& c, nf::index_list const& window) {
  nf::shape out{c.x[0], c.x[1]};
  for (std::size_t a = 0; a < c.axes(); ++a) out.push_back(c.windows(a, window[a]));
  // Windows are convolutions of each channel by ones.
  sizes each = c;
  each.w = {c.x[1], 1};
  for (nf::index p : window) each.w.push_back(p);
  each.options.groups = c.x[1];
  auto const x = exact_numbers<float>(c.x, 1), dy = exact_numbers<float>(out, 3);
  auto const xs = values(x), dys = values(dy);
  float const least = -std::numeric_limits<float>::infinity();
  std::vector<float> greatest(dys.size(), least), sum(dys.size()), of_max(xs.size()), of_mean(xs.size());
  std::vector<std::size_t> first(dys.size());
  std::size_t places = 1;
  for (nf::index p : window) places *= std::size_t(p);
  for_products(each, out, [&](std::size_t o, std::size_t i, std::size_t) {
    if (xs[i] > greatest[o]) greatest[o] = xs[i], first[o] = i;
    sum[o] += xs[i];
    of_mean[i] += dys[o];
  });
  for (std::size_t o = 0; o < dys.size(); ++o) of_max[first[o]] += dys[o];
  CHECK(values(nf::max_pool(x, window, c.options)) == greatest);
  CHECK(values(nf::max_pool_gradient(dy, x, window, c.options)) == of_max);
  auto const close = [&](std::vector<float> const& made, std::vector<float> const& sums) {
    REQUIRE(made.size() == sums.size());
    for (std::size_t i = 0; i < made.size(); ++i)
      CHECK(std::abs(made[i] - sums[i] / float(places)) <= 1e-6f * std::abs(sums[i]));
  };
  close(values(nf::avg_pool(x, window, c.options)), sum);
  close(values(nf::avg_pool_gradient(dy, c.x, window, c.options)), of_mean);
}

}  // namespace

TEST_CASE("pooling and its gradients", "[convolution][device]") {
  check_pool({{2, 3, 8, 10}, {}, {.strides = nf::index_list{2}}}, {2, 2});
  check_pool({{2, 3, 9, 11}, {}, {.strides{2, 3}, .padding = nf::index_list{1}}}, {3, 3});
  check_pool({{1, 2, 12, 9}, {}, {.dilations{2, 1}, .padding{2, 1, 0, 1}}}, {3, 2});
  check_pool({{2, 2, 20}, {}, {.strides{3}}}, {4});
  check_pool({{1, 2, 5, 6, 7}, {}, {.strides{1, 2, 2}, .padding{1, 0, 1}}}, {3, 2, 3});
  auto const x = exact_numbers<std::int8_t>({1, 1, 4, 4}, 1);
  CHECK(values(nf::max_pool(x, {2, 2}, {.padding = nf::index_list{1}})) ==
        values(nf::astype<std::int8_t>(nf::max_pool(nf::astype<float>(x), {2, 2}, {.padding = nf::index_list{1}}))));
  nf::array<float> holes = nf::zeros({1, 1, 3, 3});
  holes[0, 0, 1, 1] = std::numeric_limits<float>::quiet_NaN();
  for (float v : values(nf::max_pool(holes, {2, 2}))) CHECK(std::isnan(v));
  CHECK(nf::item(nf::max_pool(nf::full({1, 1, 1, 1}, -std::numeric_limits<float>::infinity()), {1, 1})[0, 0, 0, 0]) ==
        -std::numeric_limits<float>::infinity());
}
