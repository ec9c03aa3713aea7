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
uniform sampler2D b0;
layout(std140) uniform params {
  int s1;
  float s3;
  int s5;
  float s7;
  float s8;
  float s12;
  float s16;
  float s19;
} p;
layout(location = 0) out vec4 out0;
float fetch0(uint k) {
  vec4 t = texelFetch(b0, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
float element(uint i) {
  int x0 = int(i);
  int x1 = int(i);
  int x2 = int(i);
  int x3 = int(i);
  float x4 = fetch0(i);
  return body(x0, p.s1, p.s3, x1, p.s5, p.s7, p.s8, x2, p.s12, x3, p.s16, p.s19, x4);
}
void main() {
  uint i = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;
  float r0 = element(i + 0u);
  float r1 = element(i + 1u);
  float r2 = element(i + 2u);
  float r3 = element(i + 3u);
  out0 = vec4(r0, r1, r2, r3);
}
