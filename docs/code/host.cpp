#include <ndfuse/ndfuse.hpp>
#include <print>
namespace nf = ndfuse;

void memory() {
  // [memory]
  std::vector<float> v = {1, 2, 3, 4, 5, 6};
  nf::array<float> x(v, {2, 3});                    // any range of floats, in a shape
  nf::array y(std::mdspan(v.data(), 3, 2));         // any mdspan: its shape, whatever its layout
  auto host = nf::to_host(x + 1);                   // elements in host memory: a range ...
  auto m = host.mdspan<2>();                        // ... and an mdspan
  m[0, 0] = m[1, 2];                                // m is (2, 3)
  nf::copyto(v, x * 10);                            // reads into memory of your own
  nf::copyto(y[nf::all, 0], host.flat().first(3));  // writes into elements of y
  // [end]
  std::println("{} {}", v, y);
}

void text() {
  // [text]
  nf::array<float> x = {{1, -2.5}, {0.125, 100}};
  std::println("{}", x);                 // as NumPy's str
  std::println("{:.2f}", x * 2);         // two digits; also .2e, .2 (at most two), + (signs)
  std::println("{:?}", x > 0);           // as NumPy's repr
  std::println("{}", nf::arange(2000));  // only what is shown is read
  // [end]
}

void files() {
  // [files]
  nf::array<float> x = {{1, 2, 3}, {4, 5, 6}};
  std::vector<std::byte> bytes = nf::npy_bytes(x);  // what numpy.save writes; nf::save("x.npy", x) writes a file
  nf::array<float> y = nf::load_npy(bytes);         // nf::load("x.npy") reads one
  nf::npz_file pack(nf::npz_bytes({{"x", x}, {"mask", x > 2}}));  // nf::savez, nf::load_npz
  nf::array<bool> mask = pack["mask"];
  // [end]
  std::println("{} {}", nf::sum(y), mask);
}

// [struct]
struct particle {
  BOOST_HANA_DEFINE_STRUCT(particle, (float, x), (float, v), (int, age));
};

std::vector<particle> moved(std::vector<particle> const& list) {
  nf::struct_array<particle> p(list);  // an array for each member
  auto step = [](auto q, auto dt) {    // q is a struct of symbols
    nf::get<"x">(q) = nf::get<"x">(q) + dt * nf::get<"v">(q);
    nf::get<"age">(q) = nf::get<"age">(q) + 1;
    return q;
  };
  p = nf::map(step, p, 0.5f);                                      // one kernel writes all members
  nf::get<"v">(p) = nf::where(p.get<"x">() > 1, 0, p.get<"v">());  // members are arrays like any other
  return nf::to_host(p);
}
// [end]

int main() {
  memory();
  text();
  files();
  for (particle const& q : moved({{0, 1, 0}, {1, 2, 5}})) std::println("{} {} {}", q.x, q.v, q.age);
}
