#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
vec2 nf_complex_multiply_c64(vec2 x0, vec2 x1) {
  float v2 = x0.x;
  float v3 = x0.y;
  float v4 = x1.x;
  float v5 = x1.y;
  float v6 = v2 * v4;
  float v7 = v3 * v5;
  float v8 = v6 - v7;
  float v9 = v2 * v5;
  float v10 = v3 * v4;
  float v11 = v9 + v10;
  vec2 v12 = vec2(v8, v11);
  return v12;
}
vec2 body(vec2 x0, vec2 x1, vec2 s3) {
  vec2 v2 = nf_complex_multiply_c64(x0, x1);
  vec2 v4 = v2 + s3;
  return v4;
}
uniform sampler2D b0;
uniform sampler2D b1;
layout(std140) uniform params {
  float s3x;
  float s3y;
} p;
layout(location = 0) out vec4 out0;
vec2 fetch0(uint k) {
  vec4 t = texelFetch(b0, ivec2(int((k >> 1u) & 4095u), int(k >> 13u)), 0);
  return (k & 1u) == 0u ? t.xy : t.zw;
}
vec2 fetch1(uint k) {
  vec4 t = texelFetch(b1, ivec2(int((k >> 1u) & 4095u), int(k >> 13u)), 0);
  return (k & 1u) == 0u ? t.xy : t.zw;
}
vec2 element(uint i) {
  vec2 x0 = fetch0(i);
  vec2 x1 = fetch1(i);
  return body(x0, x1, vec2(p.s3x, p.s3y));
}
void main() {
  uint i = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 2u;
  vec2 r0 = element(i + 0u);
  vec2 r1 = element(i + 1u);
  out0 = vec4(r0, r1);
}
