fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn body(x0: i32, s1: i32, s3: i32, x1: i32, s7: f32, s9: f32, x2: i32, s13: f32, s15: f32, s17: f32, x3: f32) -> f32 {
  let v2 = x0 * s1;
  let v4 = v2 <= s3;
  let v6 = f32(x1);
  let v8 = v6 * s7;
  let v10 = v8 + s9;
  let v12 = f32(x2);
  let v14 = v12 - s13;
  let v16 = v14 * s15;
  let v18 = v16 + s17;
  let v19 = select(v18, v10, v4);
  let v21 = v19 * x3;
  return v21;
}
@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> b1: array<vec4<f32>>;
struct params {
  threads: u32,
  width: u32,
  s1: i32,
  s3: i32,
  s7: f32,
  s9: f32,
  s13: f32,
  s15: f32,
  s17: f32,
}
@group(0) @binding(2) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x + id.y * p.width;
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
  let x3 = b0[i];
  let r0 = body(x0_0, p.s1, p.s3, x1_0, p.s7, p.s9, x2_0, p.s13, p.s15, p.s17, x3.x);
  let r1 = body(x0_1, p.s1, p.s3, x1_1, p.s7, p.s9, x2_1, p.s13, p.s15, p.s17, x3.y);
  let r2 = body(x0_2, p.s1, p.s3, x1_2, p.s7, p.s9, x2_2, p.s13, p.s15, p.s17, x3.z);
  let r3 = body(x0_3, p.s1, p.s3, x1_3, p.s7, p.s9, x2_3, p.s13, p.s15, p.s17, x3.w);
  b1[i] = vec4<f32>(r0, r1, r2, r3);
}
