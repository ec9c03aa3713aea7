uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch1(uint e) { return uintBitsToFloat(texel1(e >> 2)[int(e & 3u)]); }
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
  uint l1_o;
  uint l1_0;
  uint l1_1;
} p;
layout(location = 0) out uvec4 out0;
void main() {
  uint g = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x);
  uint o = g % p.outputs;
  uint s = g / p.outputs;
  uint c1 = o * 4u;
  float a0 = uintBitsToFloat(0x0u);
  float a1 = uintBitsToFloat(0x0u);
  float a2 = uintBitsToFloat(0x0u);
  float a3 = uintBitsToFloat(0x0u);
  for (uint k = 0u; k < p.chunk; k += 16u) {
    float i0 = uintBitsToFloat(0x0u);
    float i1 = uintBitsToFloat(0x0u);
    float i2 = uintBitsToFloat(0x0u);
    float i3 = uintBitsToFloat(0x0u);
    for (uint j = 0u; j < 16u; j++) {
      uint r = s + (k + j) * p.chunks;
      if (r >= p.count) { break; }
      uint c0 = r;
      float x0_0 = fetch0(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1);
      float x0_1 = fetch0(p.l0_o + c0 * p.l0_0 + (c1 + 1u) * p.l0_1);
      float x0_2 = fetch0(p.l0_o + c0 * p.l0_0 + (c1 + 2u) * p.l0_1);
      float x0_3 = fetch0(p.l0_o + c0 * p.l0_0 + (c1 + 3u) * p.l0_1);
      float x1_0 = fetch1(p.l1_o + c0 * p.l1_0 + c1 * p.l1_1);
      float x1_1 = fetch1(p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1);
      float x1_2 = fetch1(p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1);
      float x1_3 = fetch1(p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1);
      i0 = combine(i0, body(x0_0, x1_0));
      i1 = combine(i1, body(x0_1, x1_1));
      i2 = combine(i2, body(x0_2, x1_2));
      i3 = combine(i3, body(x0_3, x1_3));
    }
    a0 = combine(a0, i0);
    a1 = combine(a1, i1);
    a2 = combine(a2, i2);
    a3 = combine(a3, i3);
  }
  out0 = floatBitsToUint(vec4(a0, a1, a2, a3));
}
