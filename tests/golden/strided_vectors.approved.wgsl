@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<f32>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec4<f32>>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
  d0: u32,
  d1: u32,
  d2: u32,
  l0_o: u32,
  l0_0: u32,
  l0_1: u32,
  l0_2: u32,
  l1_o: u32,
  l1_0: u32,
  l1_1: u32,
  l1_2: u32,
  o0_o: u32,
  o0_0: u32,
  o0_1: u32,
  o0_2: u32,
}
@group(0) @binding(3) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let q2 = i;
  let c2 = q2 % p.d2 * 4u;
  let q1 = q2 / p.d2;
  let c1 = q1 % p.d1;
  let c0 = q1 / p.d1;
  let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1 + c2) / 4u];
  let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
  let r0 = body(x0.x, x1_0);
  let r1 = body(x0.y, x1_0);
  let r2 = body(x0.z, x1_0);
  let r3 = body(x0.w, x1_0);
  b2[(p.o0_o + c0 * p.o0_0 + c1 * p.o0_1 + c2) / 4u] = vec4<f32>(r0, r1, r2, r3);
}
