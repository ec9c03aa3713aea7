#include <ndfuse/core/shape.hpp>

#include <print>

int main() {
  ndfuse::shape shape = ndfuse::broadcast_shapes({4, 1}, {3});
  if (shape == ndfuse::shape{4, 3}) std::println("ndfuse works");
}
