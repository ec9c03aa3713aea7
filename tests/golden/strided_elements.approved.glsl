uniform sampler2D b0;
uniform sampler2D b1;
layout(std140) uniform params {
  uint d0;
  uint d1;
  uint d2;
  uint l0_o;
  uint l0_0;
  uint l0_1;
  uint l0_2;
  uint l1_o;
  uint l1_0;
  uint l1_1;
  uint l1_2;
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
  uint q2 = i;
  uint c2 = q2 % p.d2;
  uint q1 = q2 / p.d2;
  uint c1 = q1 % p.d1;
  uint q0 = q1 / p.d1;
  uint c0 = q0;
  float x0 = fetch0(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1 + c2 * p.l0_2);
  float x1 = fetch1(p.l1_o + c0 * p.l1_0 + c1 * p.l1_1 + c2 * p.l1_2);
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
