#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
float pick0(int i);
float body(int x1, int x2, int s3, int s5, int s6, float x3) {
  bool v4 = x2 < s3;
  int v7 = v4 ? s5 : s6;
  int v8 = x1 + v7;
  float v9 = pick0(v8);
  float v11 = v9 - x3;
  return v11;
}
uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch1(uint e) { return uintBitsToFloat(texel1(e >> 2)[int(e & 3u)]); }
vec4 four1(uint t) { return uintBitsToFloat(texel1(t)); }
float pick0(int i) { return fetch0(uint(i)); }
layout(std140) uniform params {
  uint first;
  int s3;
  int s5;
  int s6;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  int x1_0 = int(i * 4u + 0u);
  int x1_1 = int(i * 4u + 1u);
  int x1_2 = int(i * 4u + 2u);
  int x1_3 = int(i * 4u + 3u);
  int x2_0 = int(i * 4u + 0u);
  int x2_1 = int(i * 4u + 1u);
  int x2_2 = int(i * 4u + 2u);
  int x2_3 = int(i * 4u + 3u);
  vec4 x3 = four1(i);
  float r0 = body(x1_0, x2_0, p.s3, p.s5, p.s6, x3.x);
  float r1 = body(x1_1, x2_1, p.s3, p.s5, p.s6, x3.y);
  float r2 = body(x1_2, x2_2, p.s3, p.s5, p.s6, x3.z);
  float r3 = body(x1_3, x2_3, p.s3, p.s5, p.s6, x3.w);
  out0 = floatBitsToUint(vec4(r0, r1, r2, r3));
}
