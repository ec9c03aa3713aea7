@group(0) @binding(0) var<storage, read> b0: array<u32>;
fn fetch0(e: u32) -> i32 { return extractBits(bitcast<i32>(b0[e / 4u]), e % 4u * 8u, 8u); }
fn nf_half_value(h: u32) -> f32 {
  let m = h & 0x7fffu;
  let finite = select((m << 13u) + 0x38000000u, bitcast<u32>(f32(m) * 0x1p-24), m < 0x400u);
  let magnitude = select(finite, (m << 13u) | 0x7f800000u, m >= 0x7c00u);
  return bitcast<f32>(((h & 0x8000u) << 16u) | magnitude);
}
fn nf_half_values(h: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(nf_half_value(h.x), nf_half_value(h.y), nf_half_value(h.z), nf_half_value(h.w));
}
fn nf_half_bits(v: f32) -> u32 {
  let m = bitcast<u32>(v) & 0x7fffffffu;
  let finite = select((m - 0x38000000u) >> 13u, u32(bitcast<f32>(m) * 0x1p24), m < 0x38800000u);
  let magnitude = select(min(finite, 0x7c00u), 0x7e00u, m > 0x7f800000u);
  return ((bitcast<u32>(v) >> 16u) & 0x8000u) | magnitude;
}
@group(0) @binding(1) var<storage, read> b1: array<u32>;
fn fetch1(e: u32) -> f32 { return nf_half_value(extractBits(b1[e / 2u], e % 2u * 16u, 16u)); }
@group(0) @binding(2) var<storage, read_write> b2: array<u32>;
fn put2(i: u32, v: vec4<u32>) {
  let w = (v & vec4<u32>(65535u)) << vec4<u32>(0u, 16u, 0u, 16u);
  b2[i * 2u] = w.x | w.y;
  b2[i * 2u + 1u] = w.z | w.w;
}
struct params {
  threads: u32,
  first: u32,
  width: u32,
  last: u32,
  d0: u32,
  d1: u32,
  l0_o: u32,
  l0_0: u32,
  l0_1: u32,
  l1_o: u32,
  l1_0: u32,
  l1_1: u32,
}
@group(0) @binding(3) var<uniform> p: params;

fn element(i: u32) -> f32 {
  let q1 = i;
  let c1 = q1 % p.d1;
  let c0 = q1 / p.d1;
  let x0_0 = fetch0(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1);
  let x1_0 = fetch1(p.l1_o + c0 * p.l1_0 + c1 * p.l1_1);
  return body(x0_0, x1_0);
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let r0 = element(min(i * 4u + 0u, p.last));
  let r1 = element(min(i * 4u + 1u, p.last));
  let r2 = element(min(i * 4u + 2u, p.last));
  let r3 = element(min(i * 4u + 3u, p.last));
  put2(i, vec4<u32>(nf_half_bits(r0), nf_half_bits(r1), nf_half_bits(r2), nf_half_bits(r3)));
}
