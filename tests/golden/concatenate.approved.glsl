#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
float pick1(int i);
float pick3(int i);
float body(int x0, int s1, int x2, int x4, float s10) {
  bool v2 = x0 < s1;
  float v5 = pick1(x2);
  float v8 = pick3(x4);
  float v9 = v2 ? v5 : v8;
  float v11 = v9 * s10;
  return v11;
}
uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch1(uint e) { return uintBitsToFloat(texel1(e >> 2)[int(e & 3u)]); }
float pick1(int i) { return fetch0(uint(i)); }
float pick3(int i) { return fetch1(uint(i)); }
layout(std140) uniform params {
  uint first;
  int s1;
  float s10;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  int x0_0 = int(i * 4u + 0u);
  int x0_1 = int(i * 4u + 1u);
  int x0_2 = int(i * 4u + 2u);
  int x0_3 = int(i * 4u + 3u);
  int x2_0 = int(i * 4u + 0u);
  int x2_1 = int(i * 4u + 1u);
  int x2_2 = int(i * 4u + 2u);
  int x2_3 = int(i * 4u + 3u);
  int x4_0 = int(i * 4u + 0u);
  int x4_1 = int(i * 4u + 1u);
  int x4_2 = int(i * 4u + 2u);
  int x4_3 = int(i * 4u + 3u);
  float r0 = body(x0_0, p.s1, x2_0, x4_0, p.s10);
  float r1 = body(x0_1, p.s1, x2_1, x4_1, p.s10);
  float r2 = body(x0_2, p.s1, x2_2, x4_2, p.s10);
  float r3 = body(x0_3, p.s1, x2_3, x4_3, p.s10);
  out0 = floatBitsToUint(vec4(r0, r1, r2, r3));
}
