#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
float nf_absolute(float x0) {
  uint v1 = floatBitsToUint(x0);
  uint v3 = v1 & 0x7fffffffu;
  float v4 = uintBitsToFloat(v3);
  return v4;
}
float nf_tanh(float x0) {
  float v1 = nf_absolute(x0);
  float v2 = v1 * v1;
  float v3 = v1 * v2;
  float v5 = v2 * (-uintBitsToFloat(0x3bca3cebu));
  float v7 = uintBitsToFloat(0x3cac0bceu) + v5;
  float v8 = v2 * v7;
  float v10 = (-uintBitsToFloat(0x3d5c8327u)) + v8;
  float v11 = v2 * v10;
  float v13 = uintBitsToFloat(0x3e088630u) + v11;
  float v14 = v2 * v13;
  float v16 = (-uintBitsToFloat(0x3eaaaaa4u)) + v14;
  float v17 = v3 * v16;
  float v18 = v1 + v17;
  bool v20 = v1 < 10.0;
  float v21 = v20 ? v1 : 10.0;
  float v23 = 2.0 * v21;
  float v25 = v23 * 1.442695;
  float v26 = roundEven(v25);
  float v28 = v26 * uintBitsToFloat(0x3f317200u);
  float v29 = v23 - v28;
  float v31 = v26 * uintBitsToFloat(0x35bfbe8eu);
  float v32 = v29 - v31;
  float v33 = v32 * v32;
  float v35 = v32 * uintBitsToFloat(0x3ab523a2u);
  float v37 = uintBitsToFloat(0x3c091cd1u) + v35;
  float v38 = v32 * v37;
  float v40 = uintBitsToFloat(0x3d2aac5bu) + v38;
  float v41 = v32 * v40;
  float v43 = uintBitsToFloat(0x3e2aaa49u) + v41;
  float v44 = v32 * v43;
  float v46 = uintBitsToFloat(0x3efffffeu) + v44;
  float v47 = v33 * v46;
  float v48 = v32 + v47;
  float v50 = 1.0 + v48;
  int v51 = int(v26);
  int v53 = v51 + 127;
  uint v54 = uint(v53);
  uint v56 = v54 << 23u;
  float v57 = uintBitsToFloat(v56);
  float v58 = v50 * v57;
  float v59 = v58 + 1.0;
  float v60 = 2.0 / v59;
  float v61 = 1.0 - v60;
  uint v62 = floatBitsToUint(x0);
  uint v64 = v62 & 0x7fffffffu;
  bool v66 = v64 > 0x7f800000u;
  bool v68 = v1 < 0.5625;
  float v69 = v68 ? v18 : v61;
  uint v70 = floatBitsToUint(v69);
  uint v71 = v70 & 0x7fffffffu;
  uint v73 = v62 & 0x80000000u;
  uint v74 = v71 | v73;
  float v75 = uintBitsToFloat(v74);
  float v76 = v66 ? x0 : v75;
  return v76;
}
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
float body(float x0, float x1, float s5) {
  float v1 = nf_tanh(x0);
  float v3 = nf_exp(x1);
  float v4 = v1 * v3;
  float v6 = v4 - s5;
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
layout(std140) uniform params {
  uint first;
  float s5;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  vec4 x0 = four0(i);
  vec4 x1 = four1(i);
  float r0 = body(x0.x, x1.x, p.s5);
  float r1 = body(x0.y, x1.y, p.s5);
  float r2 = body(x0.z, x1.z, p.s5);
  float r3 = body(x0.w, x1.w, p.s5);
  out0 = floatBitsToUint(vec4(r0, r1, r2, r3));
}
