#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
float body(float x0, float x1) {
  float v5 = 0.0;
  float v6 = 0.0;
  float v7 = 0.0;
  for (int t4 = 0; t4 < 500; t4++) {
    float v8 = v5 * v5;
    float v9 = v6 * v6;
    float v10 = v8 + v9;
    bool v12 = v10 > 4.0;
    if (v12) { break; }
    float v14 = v8 - v9;
    float v15 = v14 + x0;
    float v17 = 2.0 * v5;
    float v18 = v17 * v6;
    float v19 = v18 + x1;
    float v21 = v7 + 1.0;
    v5 = v15;
    v6 = v19;
    v7 = v21;
  }
  float v26 = v7;
  return v26;
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
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  vec4 x0 = four0(i);
  vec4 x1 = four1(i);
  float r0 = body(x0.x, x1.x);
  float r1 = body(x0.y, x1.y);
  float r2 = body(x0.z, x1.z);
  float r3 = body(x0.w, x1.w);
  out0 = floatBitsToUint(vec4(r0, r1, r2, r3));
}
