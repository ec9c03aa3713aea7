uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch1(uint e) { return uintBitsToFloat(texel1(e >> 2)[int(e & 3u)]); }
layout(std140) uniform params {
  uint first;
  uint d0;
  uint d1;
  uint d2;
  uint l0_o;
  uint l0_0;
  uint l0_1;
  uint l0_2;
  uint l1_o;
  uint l1_0;
  uint l1_1;
  uint l1_2;
} p;
layout(location = 0) out uvec4 out0;
void element(uint e, inout uint w0) {
  uint i = e - p.first * 4u;
  uint q2 = i;
  uint c2 = q2 % p.d2;
  uint q1 = q2 / p.d2;
  uint c1 = q1 % p.d1;
  uint c0 = q1 / p.d1;
  float x0_0 = fetch0(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1 + c2 * p.l0_2);
  float x1_0 = fetch1(p.l1_o + c0 * p.l1_0 + c1 * p.l1_1);
  float r0 = body(x0_0, x1_0);
  w0 = floatBitsToUint(r0);
}
void main() {
  uint t = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x);
  uvec4 w0 = uvec4(0u);
  element(t * 4u + 0u, w0.x);
  element(t * 4u + 1u, w0.y);
  element(t * 4u + 2u, w0.z);
  element(t * 4u + 3u, w0.w);
  out0 = w0;
}
