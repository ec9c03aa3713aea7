fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn nf_complex_multiply_c64(x0: vec2<f32>, x1: vec2<f32>) -> vec2<f32> {
  let v2 = x0.x;
  let v3 = x0.y;
  let v4 = x1.x;
  let v5 = x1.y;
  let v6 = v2 * v4;
  let v7 = v3 * v5;
  let v8 = v6 - v7;
  let v9 = v2 * v5;
  let v10 = v3 * v4;
  let v11 = v9 + v10;
  let v12 = vec2<f32>(v8, v11);
  return v12;
}
fn body(x0: vec2<f32>, x1: vec2<f32>, s3: vec2<f32>) -> vec2<f32> {
  let v2 = nf_complex_multiply_c64(x0, x1);
  let v4 = v2 + s3;
  return v4;
}
@group(0) @binding(0) var<storage, read> b0: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec2<f32>>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
  s3x: f32,
  s3y: f32,
}
@group(0) @binding(3) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0_0 = b0[i * 4u + 0u];
  let x0_1 = b0[i * 4u + 1u];
  let x0_2 = b0[i * 4u + 2u];
  let x0_3 = b0[i * 4u + 3u];
  let x1_0 = b1[i * 4u + 0u];
  let x1_1 = b1[i * 4u + 1u];
  let x1_2 = b1[i * 4u + 2u];
  let x1_3 = b1[i * 4u + 3u];
  let r0 = body(x0_0, x1_0, vec2<f32>(p.s3x, p.s3y));
  let r1 = body(x0_1, x1_1, vec2<f32>(p.s3x, p.s3y));
  let r2 = body(x0_2, x1_2, vec2<f32>(p.s3x, p.s3y));
  let r3 = body(x0_3, x1_3, vec2<f32>(p.s3x, p.s3y));
  b2[i * 4u + 0u] = r0;
  b2[i * 4u + 1u] = r1;
  b2[i * 4u + 2u] = r2;
  b2[i * 4u + 3u] = r3;
}
