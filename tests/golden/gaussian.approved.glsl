#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
float nf_exp(float x0) {
  bool v2 = x0 > (-104.0);
  bool v4 = x0 < 91.0;
  float v5 = v4 ? x0 : 91.0;
  float v6 = v2 ? v5 : (-104.0);
  float v8 = v6 * 1.442695;
  float v9 = roundEven(v8);
  float v11 = v9 * uintBitsToFloat(0x3f317200u);
  float v12 = v6 - v11;
  float v14 = v9 * uintBitsToFloat(0x35bfbe8eu);
  float v15 = v12 - v14;
  uint v16 = floatBitsToUint(x0);
  uint v18 = v16 & 0x7fffffffu;
  bool v20 = v18 > 0x7f800000u;
  float v21 = v15 * v15;
  float v23 = v15 * uintBitsToFloat(0x3ab523a2u);
  float v25 = uintBitsToFloat(0x3c091cd1u) + v23;
  float v26 = v15 * v25;
  float v28 = uintBitsToFloat(0x3d2aac5bu) + v26;
  float v29 = v15 * v28;
  float v31 = uintBitsToFloat(0x3e2aaa49u) + v29;
  float v32 = v15 * v31;
  float v34 = uintBitsToFloat(0x3efffffeu) + v32;
  float v35 = v21 * v34;
  float v36 = v15 + v35;
  float v38 = 1.0 + v36;
  int v39 = int(v9);
  int v41 = v39 + 0;
  int v43 = v41 >> 1u;
  int v45 = v43 + 127;
  uint v46 = uint(v45);
  uint v48 = v46 << 23u;
  float v49 = uintBitsToFloat(v48);
  float v50 = v38 * v49;
  int v51 = v41 - v43;
  int v52 = v51 + 127;
  uint v53 = uint(v52);
  uint v54 = v53 << 23u;
  float v55 = uintBitsToFloat(v54);
  float v56 = v50 * v55;
  float v57 = v20 ? x0 : v56;
  return v57;
}
float body(float x0, float x1, float x2) {
  float v1 = -x0;
  float v3 = v1 * x1;
  float v4 = nf_exp(v3);
  float v6 = v4 + x2;
  return v6;
}
uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
vec4 four0(uint t) { return uintBitsToFloat(texel0(t)); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch1(uint e) { return uintBitsToFloat(texel1(e >> 2)[int(e & 3u)]); }
vec4 four1(uint t) { return uintBitsToFloat(texel1(t)); }
uniform usampler2D b2;
uvec4 texel2(uint t) { return texelFetch(b2, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch2(uint e) { return uintBitsToFloat(texel2(e >> 2)[int(e & 3u)]); }
vec4 four2(uint t) { return uintBitsToFloat(texel2(t)); }
layout(std140) uniform params {
  uint first;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  vec4 x0 = four0(i);
  vec4 x1 = four1(i);
  vec4 x2 = four2(i);
  float r0 = body(x0.x, x1.x, x2.x);
  float r1 = body(x0.y, x1.y, x2.y);
  float r2 = body(x0.z, x1.z, x2.z);
  float r3 = body(x0.w, x1.w, x2.w);
  out0 = floatBitsToUint(vec4(r0, r1, r2, r3));
}
