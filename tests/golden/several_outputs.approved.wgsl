fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
struct body_results {
  r0: f32,
  r1: bool,
  r2: i32,
}
fn body(x0: f32, x1: f32) -> body_results {
  let v2 = x0 + x1;
  let v3 = x0 > x1;
  let v4 = ((i32(x0)) << 24u) >> 24u;
  return body_results(v2, v3, v4);
}
@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> b3: array<u32>;
fn put3(i: u32, v: vec4<u32>) {
  let w = (v & vec4<u32>(255u)) << vec4<u32>(0u, 8u, 16u, 24u);
  b3[i] = w.x | w.y | w.z | w.w;
}
@group(0) @binding(4) var<storage, read_write> b4: array<u32>;
fn put4(i: u32, v: vec4<u32>) {
  let w = (v & vec4<u32>(255u)) << vec4<u32>(0u, 8u, 16u, 24u);
  b4[i] = w.x | w.y | w.z | w.w;
}
struct params {
  threads: u32,
  first: u32,
  width: u32,
}
@group(0) @binding(5) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0 = b0[i];
  let x1 = b1[i];
  let r0 = body(x0.x, x1.x);
  let r1 = body(x0.y, x1.y);
  let r2 = body(x0.z, x1.z);
  let r3 = body(x0.w, x1.w);
  b2[i] = vec4<f32>(r0.r0, r1.r0, r2.r0, r3.r0);
  put3(i, vec4<u32>(u32(r0.r1), u32(r1.r1), u32(r2.r1), u32(r3.r1)));
  put4(i, vec4<u32>(u32(r0.r2), u32(r1.r2), u32(r2.r2), u32(r3.r2)));
}
