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
uniform sampler2D b0;
uniform sampler2D b1;
layout(std140) uniform params {
  uint unused;
} p;
layout(location = 0) out vec4 out0;
float fetch0(uint k) {
  vec4 t = texelFetch(b0, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
float fetch1(uint k) {
  vec4 t = texelFetch(b1, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
float element(uint i) {
  float x0 = fetch0(i);
  float x1 = fetch1(i);
  return body(x0, x1);
}
void main() {
  uint i = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;
  float r0 = element(i + 0u);
  float r1 = element(i + 1u);
  float r2 = element(i + 2u);
  float r3 = element(i + 3u);
  out0 = vec4(r0, r1, r2, r3);
}
