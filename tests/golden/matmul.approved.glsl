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
vec4 a(uint e) {
  uvec4 t = texelFetch(b0, AT(e >> 2), 0);
  return uintBitsToFloat(t);
}
vec4 b(uint e) {
  uvec4 t = texelFetch(b1, AT(e >> 2), 0);
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
  vec4 r0 = vec4(0);
  vec4 r1 = vec4(0);
  vec4 r2 = vec4(0);
  vec4 r3 = vec4(0);
  for (uint s = 0u; s < p.steps; s++) {
    uint k = s * 4u;
    vec4 y0 = b(bo + (k + 0u) * p.b_k + n);
    vec4 y1 = b(bo + (k + 1u) * p.b_k + n);
    vec4 y2 = b(bo + (k + 2u) * p.b_k + n);
    vec4 y3 = b(bo + (k + 3u) * p.b_k + n);
    vec4 x0 = a(ra0 + k);
    r0 += x0.x * y0 + x0.y * y1 + x0.z * y2 + x0.w * y3;
    vec4 x1 = a(ra1 + k);
    r1 += x1.x * y0 + x1.y * y1 + x1.z * y2 + x1.w * y3;
    vec4 x2 = a(ra2 + k);
    r2 += x2.x * y0 + x2.y * y1 + x2.z * y2 + x2.w * y3;
    vec4 x3 = a(ra3 + k);
    r3 += x3.x * y0 + x3.y * y1 + x3.z * y2 + x3.w * y3;
  }
  out0 = floatBitsToUint(r0);
  out1 = floatBitsToUint(r1);
  out2 = floatBitsToUint(r2);
  out3 = floatBitsToUint(r3);
}
