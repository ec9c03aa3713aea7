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
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
uint fetch0(uint e) { return texel0(e >> 2)[int(e & 3u)]; }
uvec4 four0(uint t) { return texel0(t); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
uint fetch1(uint e) { return texel1(e >> 2)[int(e & 3u)]; }
uvec4 four1(uint t) { return texel1(t); }
uniform usampler2D b2;
uvec4 texel2(uint t) { return texelFetch(b2, ivec2(int(t & 4095u), int(t >> 12)), 0); }
uint fetch2(uint e) { return texel2(e >> 2)[int(e & 3u)]; }
uvec4 four2(uint t) { return texel2(t); }
uniform usampler2D b3;
uvec4 texel3(uint t) { return texelFetch(b3, ivec2(int(t & 4095u), int(t >> 12)), 0); }
int fetch3(uint e) { return int(texel3(e >> 2)[int(e & 3u)]); }
ivec4 four3(uint t) { return ivec4(texel3(t)); }
layout(std140) uniform params {
  uint first;
  uint s3;
  int s16;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;
  uvec4 x0 = four0(i);
  uvec4 x1 = four1(i);
  uvec4 x2 = four2(i);
  ivec4 x3 = four3(i);
  int r0 = body(x0.x != 0u, x1.x, p.s3, x2.x, x3.x, p.s16);
  int r1 = body(x0.y != 0u, x1.y, p.s3, x2.y, x3.y, p.s16);
  int r2 = body(x0.z != 0u, x1.z, p.s3, x2.z, x3.z, p.s16);
  int r3 = body(x0.w != 0u, x1.w, p.s3, x2.w, x3.w, p.s16);
  out0 = uvec4(r0, r1, r2, r3);
}
