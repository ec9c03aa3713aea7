#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
int body(bool x0, uint x1, uint s3, uint x2, int x3, int s16) {
  uint v4 = (s3) & 255u;
  uint v6 = x1 + v4;
  uint v7 = (v6) & 255u;
  uint v11 = x0 ? v7 : x2;
  uint v12 = (v11) & 255u;
  int v14 = int(v12);
  int v15 = v14 * x3;
  int v17 = v15 + s16;
  return v17;
}
uniform usampler2D b0;
uniform usampler2D b1;
uniform usampler2D b2;
uniform isampler2D b3;
layout(std140) uniform params {
  uint s3;
  int s16;
} p;
layout(location = 0) out ivec4 out0;
uint fetch0(uint k) {
  uvec4 t = texelFetch(b0, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
uint fetch1(uint k) {
  uvec4 t = texelFetch(b1, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
uint fetch2(uint k) {
  uvec4 t = texelFetch(b2, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
int fetch3(uint k) {
  ivec4 t = texelFetch(b3, ivec2(int((k >> 2u) & 4095u), int(k >> 14u)), 0);
  return t[int(k & 3u)];
}
int element(uint i) {
  bool x0 = fetch0(i) != 0u;
  uint x1 = fetch1(i);
  uint x2 = fetch2(i);
  int x3 = fetch3(i);
  return body(x0, x1, p.s3, x2, x3, p.s16);
}
void main() {
  uint i = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;
  int r0 = element(i + 0u);
  int r1 = element(i + 1u);
  int r2 = element(i + 2u);
  int r3 = element(i + 3u);
  out0 = ivec4(r0, r1, r2, r3);
}
