fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn body(x0: i32, s1: i32, x2: i32, x4: i32, s10: f32) -> f32 {
  let v2 = x0 < s1;
  let v5 = pick1(x2);
  let v8 = pick3(x4);
  let v9 = select(v8, v5, v2);
  let v11 = v9 * s10;
  return v11;
}
@group(0) @binding(0) var<storage, read> b0: array<f32>;
@group(0) @binding(1) var<storage, read> b1: array<f32>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec4<f32>>;
fn pick1(i: i32) -> f32 { return b0[u32(i)]; }
fn pick3(i: i32) -> f32 { return b1[u32(i)]; }
struct params {
  threads: u32,
  first: u32,
  width: u32,
  s1: i32,
  s10: f32,
}
@group(0) @binding(3) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0_0 = i32(i * 4u + 0u);
  let x0_1 = i32(i * 4u + 1u);
  let x0_2 = i32(i * 4u + 2u);
  let x0_3 = i32(i * 4u + 3u);
  let x2_0 = i32(i * 4u + 0u);
  let x2_1 = i32(i * 4u + 1u);
  let x2_2 = i32(i * 4u + 2u);
  let x2_3 = i32(i * 4u + 3u);
  let x4_0 = i32(i * 4u + 0u);
  let x4_1 = i32(i * 4u + 1u);
  let x4_2 = i32(i * 4u + 2u);
  let x4_3 = i32(i * 4u + 3u);
  let r0 = body(x0_0, p.s1, x2_0, x4_0, p.s10);
  let r1 = body(x0_1, p.s1, x2_1, x4_1, p.s10);
  let r2 = body(x0_2, p.s1, x2_2, x4_2, p.s10);
  let r3 = body(x0_3, p.s1, x2_3, x4_3, p.s10);
  b2[i] = vec4<f32>(r0, r1, r2, r3);
}
