@group(0) @binding(0) var<storage, read_write> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<f32>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
  l1_o: u32,
}
@group(0) @binding(2) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0 = b0[i];
  let x1_0 = b1[p.l1_o];
  let r0 = body(x0.x, x1_0);
  let r1 = body(x0.y, x1_0);
  let r2 = body(x0.z, x1_0);
  let r3 = body(x0.w, x1_0);
  b0[i] = vec4<f32>(r0, r1, r2, r3);
}
