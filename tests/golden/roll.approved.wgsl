fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn body(x1: i32, x2: i32, s3: i32, s5: i32, s6: i32, x3: f32) -> f32 {
  let v4 = x2 < s3;
  let v7 = select(s6, s5, v4);
  let v8 = x1 + v7;
  let v9 = pick0(v8);
  let v11 = v9 - x3;
  return v11;
}
@group(0) @binding(0) var<storage, read> b0: array<f32>;
@group(0) @binding(1) var<storage, read> b1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec4<f32>>;
fn pick0(i: i32) -> f32 { return b0[u32(i)]; }
struct params {
  threads: u32,
  first: u32,
  width: u32,
  s3: i32,
  s5: i32,
  s6: i32,
}
@group(0) @binding(3) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x1_0 = i32(i * 4u + 0u);
  let x1_1 = i32(i * 4u + 1u);
  let x1_2 = i32(i * 4u + 2u);
  let x1_3 = i32(i * 4u + 3u);
  let x2_0 = i32(i * 4u + 0u);
  let x2_1 = i32(i * 4u + 1u);
  let x2_2 = i32(i * 4u + 2u);
  let x2_3 = i32(i * 4u + 3u);
  let x3 = b1[i];
  let r0 = body(x1_0, x2_0, p.s3, p.s5, p.s6, x3.x);
  let r1 = body(x1_1, x2_1, p.s3, p.s5, p.s6, x3.y);
  let r2 = body(x1_2, x2_2, p.s3, p.s5, p.s6, x3.z);
  let r3 = body(x1_3, x2_3, p.s3, p.s5, p.s6, x3.w);
  b2[i] = vec4<f32>(r0, r1, r2, r3);
}
