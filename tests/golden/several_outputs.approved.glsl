#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
struct body_results {
  float r0;
  bool r1;
  int r2;
};
body_results body(float x0, float x1) {
  float v2 = x0 + x1;
  bool v3 = x0 > x1;
  int v4 = ((int(x0)) << 24u) >> 24u;
  return body_results(v2, v3, v4);
}
uniform sampler2D b0;
uniform sampler2D b1;
layout(std140) uniform params {
  uint unused;
} p;
layout(location = 0) out vec4 out0;
layout(location = 1) out uvec4 out1;
layout(location = 2) out ivec4 out2;
float fetch0(uint k) {
  vec4 t = texelFetch(b0, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
float fetch1(uint k) {
  vec4 t = texelFetch(b1, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
body_results element(uint i) {
  float x0 = fetch0(i);
  float x1 = fetch1(i);
  return body(x0, x1);
}
void main() {
  uint i = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;
  body_results r0 = element(i + 0u);
  body_results r1 = element(i + 1u);
  body_results r2 = element(i + 2u);
  body_results r3 = element(i + 3u);
  out0 = vec4(r0.r0, r1.r0, r2.r0, r3.r0);
  out1 = uvec4(uint(r0.r1), uint(r1.r1), uint(r2.r1), uint(r3.r1));
  out2 = ivec4(r0.r2, r1.r2, r2.r2, r3.r2);
}
