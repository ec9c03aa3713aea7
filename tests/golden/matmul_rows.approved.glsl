uniform usampler2D b0;
uniform usampler2D b1;
uniform usampler2D b2;
uniform usampler2D b3;
layout(std140) uniform params {
  uint m;
  uint n;
  uint blocks;
  uint quads;
} p;
layout(location = 0) out uvec4 out0;
uvec4 block(uint z, uint m, uint q) {
  uint t = (z * p.blocks + m / 4u) * p.quads + q;
  ivec2 at = ivec2(int(t & 4095u), int(t >> 12));
  switch (int(m % 4u)) {
    case 0: return texelFetch(b0, at, 0);
    case 1: return texelFetch(b1, at, 0);
    case 2: return texelFetch(b2, at, 0);
    default: return texelFetch(b3, at, 0);
  }
}
uint element(uint e) {
  uint y = e / p.n;
  uint n = e % p.n;
  return block(y / p.m, y % p.m, n >> 2)[int(n & 3u)];
}
void main() {
  uint e = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;
  out0 = uvec4(element(e), element(e + 1u), element(e + 2u), element(e + 3u));
}
