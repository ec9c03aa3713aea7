#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
float body(float x0, int x1) {
  float v3 = x0;
  for (int t2 = 0; t2 < x1; t2++) {
    bool v5 = v3 > 100.0;
    if (v5) { break; }
    float v7 = v3 * x0;
    v3 = v7;
  }
  float v10 = v3;
  return v10;
}
uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
vec4 four0(uint t) { return uintBitsToFloat(texel0(t)); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
int fetch1(uint e) { return int(texel1(e >> 2)[int(e & 3u)]); }
ivec4 four1(uint t) { return ivec4(texel1(t)); }
layout(std140) uniform params {
  uint first;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  vec4 x0 = four0(i);
  ivec4 x1 = four1(i);
  float r0 = body(x0.x, x1.x);
  float r1 = body(x0.y, x1.y);
  float r2 = body(x0.z, x1.z);
  float r3 = body(x0.w, x1.w);
  out0 = floatBitsToUint(vec4(r0, r1, r2, r3));
}
