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
uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
vec4 four0(uint t) { return uintBitsToFloat(texel0(t)); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch1(uint e) { return uintBitsToFloat(texel1(e >> 2)[int(e & 3u)]); }
vec4 four1(uint t) { return uintBitsToFloat(texel1(t)); }
layout(std140) uniform params {
  uint first;
} p;
layout(location = 0) out uvec4 out0;
layout(location = 1) out uvec4 out1;
layout(location = 2) out uvec4 out2;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  vec4 x0 = four0(i);
  vec4 x1 = four1(i);
  body_results r0 = body(x0.x, x1.x);
  body_results r1 = body(x0.y, x1.y);
  body_results r2 = body(x0.z, x1.z);
  body_results r3 = body(x0.w, x1.w);
  out0 = floatBitsToUint(vec4(r0.r0, r1.r0, r2.r0, r3.r0));
  out1 = uvec4(r0.r1, r1.r1, r2.r1, r3.r1);
  out2 = uvec4(r0.r2, r1.r2, r2.r2, r3.r2);
}
