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
uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
vec2 fetch0(uint e) {
  uvec4 t = texel0(e >> 1);
  return uintBitsToFloat((e & 1u) == 0u ? t.xy : t.zw);
}
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
vec2 fetch1(uint e) {
  uvec4 t = texel1(e >> 1);
  return uintBitsToFloat((e & 1u) == 0u ? t.xy : t.zw);
}
layout(std140) uniform params {
  uint first;
  float s3x;
  float s3y;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  vec2 x0_0 = fetch0(i * 2u + 0u);
  vec2 x0_1 = fetch0(i * 2u + 1u);
  vec2 x1_0 = fetch1(i * 2u + 0u);
  vec2 x1_1 = fetch1(i * 2u + 1u);
  vec2 r0 = body(x0_0, x1_0, vec2(p.s3x, p.s3y));
  vec2 r1 = body(x0_1, x1_1, vec2(p.s3x, p.s3y));
  out0 = floatBitsToUint(vec4(r0, r1));
}
