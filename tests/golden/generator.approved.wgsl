fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn body(x0: i32, s1: i32, s3: f32, x1: i32, s5: i32, s7: f32, s8: f32, x2: i32, s12: f32, x3: i32, s16: f32, s19: f32, x4: f32) -> f32 {
  let v2 = x0 == s1;
  let v6 = x1 == s5;
  let v10 = f32(x2);
  let v11 = s8 - v10;
  let v13 = v11 * s12;
  let v15 = f32(x3);
  let v17 = v15 * s16;
  let v18 = v13 + v17;
  let v20 = v18 / s19;
  let v21 = select(v20, s7, v6);
  let v22 = select(v21, s3, v2);
  let v24 = v22 * x4;
  return v24;
}
@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> b1: array<vec4<f32>>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
  s1: i32,
  s3: f32,
  s5: i32,
  s7: f32,
  s8: f32,
  s12: f32,
  s16: f32,
  s19: f32,
}
@group(0) @binding(2) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0_0 = i32(i * 4u + 0u);
  let x0_1 = i32(i * 4u + 1u);
  let x0_2 = i32(i * 4u + 2u);
  let x0_3 = i32(i * 4u + 3u);
  let x1_0 = i32(i * 4u + 0u);
  let x1_1 = i32(i * 4u + 1u);
  let x1_2 = i32(i * 4u + 2u);
  let x1_3 = i32(i * 4u + 3u);
  let x2_0 = i32(i * 4u + 0u);
  let x2_1 = i32(i * 4u + 1u);
  let x2_2 = i32(i * 4u + 2u);
  let x2_3 = i32(i * 4u + 3u);
  let x3_0 = i32(i * 4u + 0u);
  let x3_1 = i32(i * 4u + 1u);
  let x3_2 = i32(i * 4u + 2u);
  let x3_3 = i32(i * 4u + 3u);
  let x4 = b0[i];
  let r0 = body(x0_0, p.s1, p.s3, x1_0, p.s5, p.s7, p.s8, x2_0, p.s12, x3_0, p.s16, p.s19, x4.x);
  let r1 = body(x0_1, p.s1, p.s3, x1_1, p.s5, p.s7, p.s8, x2_1, p.s12, x3_1, p.s16, p.s19, x4.y);
  let r2 = body(x0_2, p.s1, p.s3, x1_2, p.s5, p.s7, p.s8, x2_2, p.s12, x3_2, p.s16, p.s19, x4.z);
  let r3 = body(x0_3, p.s1, p.s3, x1_3, p.s5, p.s7, p.s8, x2_3, p.s12, x3_3, p.s16, p.s19, x4.w);
  b1[i] = vec4<f32>(r0, r1, r2, r3);
}
