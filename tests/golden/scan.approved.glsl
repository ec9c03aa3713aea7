uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch1(uint e) { return uintBitsToFloat(texel1(e >> 2)[int(e & 3u)]); }
uniform usampler2D b2;
uvec4 texel2(uint t) { return texelFetch(b2, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch2(uint e) { return uintBitsToFloat(texel2(e >> 2)[int(e & 3u)]); }
layout(std140) uniform params {
  uint elements;
  uint chunks;
  uint d0;
  uint d1;
  uint l0_o;
  uint l0_0;
  uint l0_1;
  uint l1_o;
  uint l1_0;
  uint l1_1;
} p;
layout(location = 0) out uvec4 out0;
float element(uint e) {
  if (e >= p.elements) { return uintBitsToFloat(0x0u); }
  uint q = e;
  uint at = q % p.d1;
  q /= p.d1;
  uint c0 = q;
  uint chunk = at / 16u, end = at;
  float a = fetch2((c0 * p.chunks + chunk));
  for (uint k = 0u; k < 16u; k++) {
    uint c1 = chunk * 16u + k;
    if (c1 >= end) { break; }
    float x0_0 = fetch0(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1);
    float x1_0 = fetch1(p.l1_o + c0 * p.l1_0 + c1 * p.l1_1);
    a = combine(a, body(x0_0, x1_0));
  }
  return a;
}
void main() {
  uint g = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;
  float a0 = element(g + 0u);
  float a1 = element(g + 1u);
  float a2 = element(g + 2u);
  float a3 = element(g + 3u);
  out0 = floatBitsToUint(vec4(a0, a1, a2, a3));
}
