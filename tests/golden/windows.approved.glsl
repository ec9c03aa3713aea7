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
  uint n0;
  uint k0;
  uint n_step0;
  uint k_step0;
  uint before0;
  uint extent0;
  uint gap0;
  uint stride0;
  uint lift0;
  uint n1;
  uint k1;
  uint n_step1;
  uint k_step1;
  uint before1;
  uint extent1;
  uint gap1;
  uint stride1;
  uint lift1;
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
struct place { uint e0; uint x0; uint x1; };
place column_of(uint n) {
  uint q1 = n;
  uint t1 = q1 % p.n1 * p.n_step1 - p.before1;
  uint q0 = n / p.n1;
  uint t0 = q0 % p.n0 * p.n_step0 - p.before0;
  return place(q0 / p.n0 * p.b_n + t0 * p.stride0 + t1 * p.stride1, t0, t1);
}
place row_of(uint k) {
  uint q1 = k;
  uint t1 = q1 % p.k1 * p.k_step1;
  uint q0 = k / p.k1;
  uint t0 = q0 % p.k0 * p.k_step0;
  uint beyond = k >= p.k ? 0x80000000u : 0u;
  return place(q0 / p.k0 * p.b_k + t0 * p.stride0 + t1 * p.stride1, t0 + beyond, t1);
}
uint inside(place c, place r) {
  return uint((c.x0 + r.x0) < p.extent0) & uint((c.x1 + r.x1) < p.extent1);
}
uint number_of(place c, place r) {
  return c.e0 + r.e0;
}
float window(place c, place r, uint b_o) {
  uint there = inside(c, r);
  uint e = there * (b_o + number_of(c, r));
  uint t = there * texelFetch(b1, AT(e >> 2), 0)[int(e & 3u)];
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
  place cb0 = column_of(min(n + 0u, p.n - 1u));
  place cb1 = column_of(min(n + 1u, p.n - 1u));
  place cb2 = column_of(min(n + 2u, p.n - 1u));
  place cb3 = column_of(min(n + 3u, p.n - 1u));
  vec4 r0 = vec4(0);
  vec4 r1 = vec4(0);
  vec4 r2 = vec4(0);
  vec4 r3 = vec4(0);
  for (uint s = 0u; s < p.steps; s++) {
    uint k = s * 4u;
    vec4 x0 = a(ra0 + (k + 0u) * p.a_k, ra0 + min(k + 1u, p.k - 1u) * p.a_k, ra0 + min(k + 2u, p.k - 1u) * p.a_k, ra0 + min(k + 3u, p.k - 1u) * p.a_k);
    if (k + 1u >= p.k) { x0.y = 0.0; }
    if (k + 2u >= p.k) { x0.z = 0.0; }
    if (k + 3u >= p.k) { x0.w = 0.0; }
    vec4 x1 = a(ra1 + (k + 0u) * p.a_k, ra1 + min(k + 1u, p.k - 1u) * p.a_k, ra1 + min(k + 2u, p.k - 1u) * p.a_k, ra1 + min(k + 3u, p.k - 1u) * p.a_k);
    if (k + 1u >= p.k) { x1.y = 0.0; }
    if (k + 2u >= p.k) { x1.z = 0.0; }
    if (k + 3u >= p.k) { x1.w = 0.0; }
    vec4 x2 = a(ra2 + (k + 0u) * p.a_k, ra2 + min(k + 1u, p.k - 1u) * p.a_k, ra2 + min(k + 2u, p.k - 1u) * p.a_k, ra2 + min(k + 3u, p.k - 1u) * p.a_k);
    if (k + 1u >= p.k) { x2.y = 0.0; }
    if (k + 2u >= p.k) { x2.z = 0.0; }
    if (k + 3u >= p.k) { x2.w = 0.0; }
    vec4 x3 = a(ra3 + (k + 0u) * p.a_k, ra3 + min(k + 1u, p.k - 1u) * p.a_k, ra3 + min(k + 2u, p.k - 1u) * p.a_k, ra3 + min(k + 3u, p.k - 1u) * p.a_k);
    if (k + 1u >= p.k) { x3.y = 0.0; }
    if (k + 2u >= p.k) { x3.z = 0.0; }
    if (k + 3u >= p.k) { x3.w = 0.0; }
    for (uint j = 0u; j < 4u; j++) {
      place w = row_of(k + j);
      vec4 y = vec4(window(cb0, w, bo), window(cb1, w, bo), window(cb2, w, bo), window(cb3, w, bo));
      r0 += x0[int(j)] * y;
      r1 += x1[int(j)] * y;
      r2 += x2[int(j)] * y;
      r3 += x3[int(j)] * y;
    }
  }
  out0 = floatBitsToUint(r0);
  out1 = floatBitsToUint(r1);
  out2 = floatBitsToUint(r2);
  out3 = floatBitsToUint(r3);
}
