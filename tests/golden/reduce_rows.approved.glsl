uniform usampler2D b0;
uvec4 texel0(uint t) { return texelFetch(b0, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch0(uint e) { return uintBitsToFloat(texel0(e >> 2)[int(e & 3u)]); }
vec4 four0(uint t) { return uintBitsToFloat(texel0(t)); }
uniform usampler2D b1;
uvec4 texel1(uint t) { return texelFetch(b1, ivec2(int(t & 4095u), int(t >> 12)), 0); }
float fetch1(uint e) { return uintBitsToFloat(texel1(e >> 2)[int(e & 3u)]); }
layout(std140) uniform params {
  uint outputs;
  uint chunks;
  uint count;
  uint chunk;
  uint extent;
  float t1;
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
  uint o = g / p.chunks;
  uint s = g % p.chunks;
  uint c0 = o;
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
      uint c1 = r * 4u;
      vec4 x0 = four0((p.l0_o + c0 * p.l0_0 + c1) / 4u);
      float x1_0 = fetch1(p.l1_o + c0 * p.l1_0 + c1 * p.l1_1);
      float x1_1 = fetch1(p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1);
      float x1_2 = fetch1(p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1);
      float x1_3 = fetch1(p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1);
      i0 = combine(i0, body(x0.x, x1_0));
      i1 = combine(i1, c1 + 1u < p.extent ? body(x0.y, x1_1) : uintBitsToFloat(0x0u));
      i2 = combine(i2, c1 + 2u < p.extent ? body(x0.z, x1_2) : uintBitsToFloat(0x0u));
      i3 = combine(i3, c1 + 3u < p.extent ? body(x0.w, x1_3) : uintBitsToFloat(0x0u));
    }
    a0 = combine(a0, i0);
    a1 = combine(a1, i1);
    a2 = combine(a2, i2);
    a3 = combine(a3, i3);
  }
  out0 = floatBitsToUint(vec4(finish(a0, p.t1), finish(a1, p.t1), finish(a2, p.t1), finish(a3, p.t1)));
}
