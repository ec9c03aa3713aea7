uniform usampler2D b0;
uniform usampler2D b1;
layout(std140) uniform params {
  uint m;
  uint n;
  uint k;
  uint steps;
  uint blocks;
  uint quads;
  uint a_o;
  uint a_m;
  uint a_k;
  uint b_o;
  uint b_k;
  uint b_n;
  uint d0;
  uint a_0;
  uint b_0;
} p;
layout(location = 0) out uvec4 out0;
layout(location = 1) out uvec4 out1;
layout(location = 2) out uvec4 out2;
layout(location = 3) out uvec4 out3;
#define AT(t) ivec2(int((t) & 4095u), int((t) >> 12))
uint a_word(uint e) { return texelFetch(b0, AT(e >> 2), 0)[int(e & 3u)]; }
vec4 a(uint e0, uint e1, uint e2, uint e3) {
  uvec4 t = uvec4(a_word(e0), a_word(e1), a_word(e2), a_word(e3));
  return uintBitsToFloat(t);
}
uint b_word(uint e) { return texelFetch(b1, AT(e >> 2), 0)[int(e & 3u)]; }
vec4 b(uint e0, uint e1, uint e2, uint e3) {
  uvec4 t = uvec4(b_word(e0), b_word(e1), b_word(e2), b_word(e3));
  return uintBitsToFloat(t);
}
void main() {
  uint t = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x);
  uint n = t % p.quads * 4u;
  uint y = t / p.quads;
  uint m = y % p.blocks * 4u;
  uint z = y / p.blocks;
  uint ao = p.a_o;
  uint bo = p.b_o;
  uint q0 = z;
  uint z0 = q0;
  ao += z0 * p.a_0;
  bo += z0 * p.b_0;
  uint ra0 = ao + min(m + 0u, p.m - 1u) * p.a_m;
  uint ra1 = ao + min(m + 1u, p.m - 1u) * p.a_m;
  uint ra2 = ao + min(m + 2u, p.m - 1u) * p.a_m;
  uint ra3 = ao + min(m + 3u, p.m - 1u) * p.a_m;
  uint cb0 = bo + min(n + 0u, p.n - 1u) * p.b_n;
  uint cb1 = bo + min(n + 1u, p.n - 1u) * p.b_n;
  uint cb2 = bo + min(n + 2u, p.n - 1u) * p.b_n;
  uint cb3 = bo + min(n + 3u, p.n - 1u) * p.b_n;
  vec4 r0 = vec4(0);
  vec4 r1 = vec4(0);
  vec4 r2 = vec4(0);
  vec4 r3 = vec4(0);
  for (uint s = 0u; s < p.steps; s++) {
    uint k = s * 4u;
    vec4 y0 = b(cb0 + (k + 0u) * p.b_k, cb1 + (k + 0u) * p.b_k, cb2 + (k + 0u) * p.b_k, cb3 + (k + 0u) * p.b_k);
    vec4 y1 = k + 1u < p.k ? b(cb0 + (k + 1u) * p.b_k, cb1 + (k + 1u) * p.b_k, cb2 + (k + 1u) * p.b_k, cb3 + (k + 1u) * p.b_k) : vec4(0);
    vec4 y2 = k + 2u < p.k ? b(cb0 + (k + 2u) * p.b_k, cb1 + (k + 2u) * p.b_k, cb2 + (k + 2u) * p.b_k, cb3 + (k + 2u) * p.b_k) : vec4(0);
    vec4 y3 = k + 3u < p.k ? b(cb0 + (k + 3u) * p.b_k, cb1 + (k + 3u) * p.b_k, cb2 + (k + 3u) * p.b_k, cb3 + (k + 3u) * p.b_k) : vec4(0);
    vec4 x0 = a(ra0 + (k + 0u) * p.a_k, ra0 + min(k + 1u, p.k - 1u) * p.a_k, ra0 + min(k + 2u, p.k - 1u) * p.a_k, ra0 + min(k + 3u, p.k - 1u) * p.a_k);
    if (k + 1u >= p.k) { x0.y = 0.0; }
    if (k + 2u >= p.k) { x0.z = 0.0; }
    if (k + 3u >= p.k) { x0.w = 0.0; }
    r0 += x0.x * y0 + x0.y * y1 + x0.z * y2 + x0.w * y3;
    vec4 x1 = a(ra1 + (k + 0u) * p.a_k, ra1 + min(k + 1u, p.k - 1u) * p.a_k, ra1 + min(k + 2u, p.k - 1u) * p.a_k, ra1 + min(k + 3u, p.k - 1u) * p.a_k);
    if (k + 1u >= p.k) { x1.y = 0.0; }
    if (k + 2u >= p.k) { x1.z = 0.0; }
    if (k + 3u >= p.k) { x1.w = 0.0; }
    r1 += x1.x * y0 + x1.y * y1 + x1.z * y2 + x1.w * y3;
    vec4 x2 = a(ra2 + (k + 0u) * p.a_k, ra2 + min(k + 1u, p.k - 1u) * p.a_k, ra2 + min(k + 2u, p.k - 1u) * p.a_k, ra2 + min(k + 3u, p.k - 1u) * p.a_k);
    if (k + 1u >= p.k) { x2.y = 0.0; }
    if (k + 2u >= p.k) { x2.z = 0.0; }
    if (k + 3u >= p.k) { x2.w = 0.0; }
    r2 += x2.x * y0 + x2.y * y1 + x2.z * y2 + x2.w * y3;
    vec4 x3 = a(ra3 + (k + 0u) * p.a_k, ra3 + min(k + 1u, p.k - 1u) * p.a_k, ra3 + min(k + 2u, p.k - 1u) * p.a_k, ra3 + min(k + 3u, p.k - 1u) * p.a_k);
    if (k + 1u >= p.k) { x3.y = 0.0; }
    if (k + 2u >= p.k) { x3.z = 0.0; }
    if (k + 3u >= p.k) { x3.w = 0.0; }
    r3 += x3.x * y0 + x3.y * y1 + x3.z * y2 + x3.w * y3;
  }
  out0 = floatBitsToUint(r0);
  out1 = floatBitsToUint(r1);
  out2 = floatBitsToUint(r2);
  out3 = floatBitsToUint(r3);
}
