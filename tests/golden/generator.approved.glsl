#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
float body(int x0, int s1, float s3, int x1, int s5, float s7, float s8, int x2, float s12, int x3, float s16, float s19, float x4) {
  bool v2 = x0 == s1;
  bool v6 = x1 == s5;
  float v10 = float(x2);
  float v11 = s8 - v10;
  float v13 = v11 * s12;
  float v15 = float(x3);
  float v17 = v15 * s16;
  float v18 = v13 + v17;
  float v20 = v18 / s19;
  float v21 = v6 ? s7 : v20;
  float v22 = v2 ? s3 : v21;
  float v24 = v22 * x4;
  return v24;
}
uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
vec4 four0(uint t) { return uintBitsToFloat(texel0(t)); }
layout(std140) uniform params {
  uint first;
  int s1;
  float s3;
  int s5;
  float s7;
  float s8;
  float s12;
  float s16;
  float s19;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  int x0_0 = int(i * 4u + 0u);
  int x0_1 = int(i * 4u + 1u);
  int x0_2 = int(i * 4u + 2u);
  int x0_3 = int(i * 4u + 3u);
  int x1_0 = int(i * 4u + 0u);
  int x1_1 = int(i * 4u + 1u);
  int x1_2 = int(i * 4u + 2u);
  int x1_3 = int(i * 4u + 3u);
  int x2_0 = int(i * 4u + 0u);
  int x2_1 = int(i * 4u + 1u);
  int x2_2 = int(i * 4u + 2u);
  int x2_3 = int(i * 4u + 3u);
  int x3_0 = int(i * 4u + 0u);
  int x3_1 = int(i * 4u + 1u);
  int x3_2 = int(i * 4u + 2u);
  int x3_3 = int(i * 4u + 3u);
  vec4 x4 = four0(i);
  float r0 = body(x0_0, p.s1, p.s3, x1_0, p.s5, p.s7, p.s8, x2_0, p.s12, x3_0, p.s16, p.s19, x4.x);
  float r1 = body(x0_1, p.s1, p.s3, x1_1, p.s5, p.s7, p.s8, x2_1, p.s12, x3_1, p.s16, p.s19, x4.y);
  float r2 = body(x0_2, p.s1, p.s3, x1_2, p.s5, p.s7, p.s8, x2_2, p.s12, x3_2, p.s16, p.s19, x4.z);
  float r3 = body(x0_3, p.s1, p.s3, x1_3, p.s5, p.s7, p.s8, x2_3, p.s12, x3_3, p.s16, p.s19, x4.w);
  out0 = floatBitsToUint(vec4(r0, r1, r2, r3));
}
