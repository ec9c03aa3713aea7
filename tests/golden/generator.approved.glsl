#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
float body(int x0, int s1, int s3, int x1, float s7, float s9, int x2, float s13, float s15, float s17, float x3) {
  int v2 = x0 * s1;
  bool v4 = v2 <= s3;
  float v6 = float(x1);
  float v8 = v6 * s7;
  float v10 = v8 + s9;
  float v12 = float(x2);
  float v14 = v12 - s13;
  float v16 = v14 * s15;
  float v18 = v16 + s17;
  float v19 = v4 ? v10 : v18;
  float v21 = v19 * x3;
  return v21;
}
uniform sampler2D b0;
layout(std140) uniform params {
  int s1;
  int s3;
  float s7;
  float s9;
  float s13;
  float s15;
  float s17;
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
  float x3 = fetch0(i);
  return body(x0, p.s1, p.s3, x1, p.s7, p.s9, x2, p.s13, p.s15, p.s17, x3);
}
void main() {
  uint i = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;
  float r0 = element(i + 0u);
  float r1 = element(i + 1u);
  float r2 = element(i + 2u);
  float r3 = element(i + 3u);
  out0 = vec4(r0, r1, r2, r3);
}
