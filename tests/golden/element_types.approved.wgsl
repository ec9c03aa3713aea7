fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn body(x0: bool, x1: u32, s3: u32, x2: u32, x3: i32, s16: i32) -> i32 {
  let v4 = (s3) & 255u;
  let v6 = x1 + v4;
  let v7 = (v6) & 255u;
  let v11 = select(x2, v7, x0);
  let v12 = (v11) & 255u;
  let v14 = i32(v12);
  let v15 = v14 * x3;
  let v17 = v15 + s16;
  return v17;
}
@group(0) @binding(0) var<storage, read> b0: array<u32>;
fn four0(i: u32) -> vec4<u32> { return (vec4<u32>(b0[i]) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u); }
@group(0) @binding(1) var<storage, read> b1: array<u32>;
fn four1(i: u32) -> vec4<u32> { return (vec4<u32>(b1[i]) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u); }
@group(0) @binding(2) var<storage, read> b2: array<u32>;
fn four2(i: u32) -> vec4<u32> { return (vec4<u32>(b2[i]) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u); }
@group(0) @binding(3) var<storage, read> b3: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> b4: array<vec4<i32>>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
  s3: u32,
  s16: i32,
}
@group(0) @binding(5) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0 = four0(i);
  let x1 = four1(i);
  let x2 = four2(i);
  let x3 = b3[i];
  let r0 = body(x0.x != 0u, x1.x, p.s3, x2.x, x3.x, p.s16);
  let r1 = body(x0.y != 0u, x1.y, p.s3, x2.y, x3.y, p.s16);
  let r2 = body(x0.z != 0u, x1.z, p.s3, x2.z, x3.z, p.s16);
  let r3 = body(x0.w != 0u, x1.w, p.s3, x2.w, x3.w, p.s16);
  b4[i] = vec4<i32>(r0, r1, r2, r3);
}
