uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
layout(std140) uniform params {
  uint outputs;
  uint chunks;
  uint count;
  uint chunk;
  uint extent;
  uint d0;
  uint d1;
  uint l0_o;
  uint l0_0;
  uint l0_1;
} p;
layout(location = 0) out uvec4 out0;
layout(location = 1) out uvec4 out1;
layout(location = 2) out uvec4 out2;
combine_results lift(body_results e) { return combine_results(e.r0, e.r1, e.r2); }
combine_results join(combine_results a, combine_results b) { return combine(a.r0, a.r1, a.r2, b.r0, b.r1, b.r2); }
void main() {
  uint g = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x);
  uint o = g / p.chunks;
  uint s = g % p.chunks;
  uint c0 = o;
  combine_results a0 = combine_results(uintBitsToFloat(0x0u), uintBitsToFloat(0x0u), 0x0u);
  combine_results a1 = combine_results(uintBitsToFloat(0x0u), uintBitsToFloat(0x0u), 0x0u);
  combine_results a2 = combine_results(uintBitsToFloat(0x0u), uintBitsToFloat(0x0u), 0x0u);
  combine_results a3 = combine_results(uintBitsToFloat(0x0u), uintBitsToFloat(0x0u), 0x0u);
  for (uint k = 0u; k < p.chunk; k += 16u) {
    combine_results i0 = combine_results(uintBitsToFloat(0x0u), uintBitsToFloat(0x0u), 0x0u);
    combine_results i1 = combine_results(uintBitsToFloat(0x0u), uintBitsToFloat(0x0u), 0x0u);
    combine_results i2 = combine_results(uintBitsToFloat(0x0u), uintBitsToFloat(0x0u), 0x0u);
    combine_results i3 = combine_results(uintBitsToFloat(0x0u), uintBitsToFloat(0x0u), 0x0u);
    for (uint j = 0u; j < 16u; j++) {
      uint r = s + (k + j) * p.chunks;
      if (r >= p.count) { break; }
      uint c1 = r * 4u;
      float x0_0 = fetch0(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1);
      float x0_1 = fetch0(p.l0_o + c0 * p.l0_0 + (c1 + 1u) * p.l0_1);
      float x0_2 = fetch0(p.l0_o + c0 * p.l0_0 + (c1 + 2u) * p.l0_1);
      float x0_3 = fetch0(p.l0_o + c0 * p.l0_0 + (c1 + 3u) * p.l0_1);
      i0 = join(i0, lift(body(x0_0)));
      if (c1 + 1u < p.extent) { i1 = join(i1, lift(body(x0_1))); }
      if (c1 + 2u < p.extent) { i2 = join(i2, lift(body(x0_2))); }
      if (c1 + 3u < p.extent) { i3 = join(i3, lift(body(x0_3))); }
    }
    a0 = join(a0, i0);
    a1 = join(a1, i1);
    a2 = join(a2, i2);
    a3 = join(a3, i3);
  }
  out0 = floatBitsToUint(vec4(a0.r0, a1.r0, a2.r0, a3.r0));
  out1 = floatBitsToUint(vec4(a0.r1, a1.r1, a2.r1, a3.r1));
  out2 = uvec4(a0.r2, a1.r2, a2.r2, a3.r2);
}
