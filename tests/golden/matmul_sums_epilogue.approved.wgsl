@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b1: array<f32>;
@group(0) @binding(2) var<storage, read_write> b2: array<f32>;
struct params {
  threads: u32,
  width: u32,
  parts: u32,
  s3: f32,
  d0: u32,
  d1: u32,
  l1_o: u32,
  l1_0: u32,
  l1_1: u32,
}
@group(0) @binding(3) var<uniform> p: params;
fn store(i: u32, sum: f32) {
  let q1 = i;
  let c1 = q1 % p.d1;
  let c0 = q1 / p.d1;
  let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
  let x0_0 = sum;
  let r0 = body(x0_0, x1_0, p.s3);
  b2[i] = r0;
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  var sum = a[i];
  for (var k = 1u; k < 65536u; k++) {
    if (k >= p.parts) { break; }
    sum += a[k * p.threads + i];
  }
  store(i, sum);
}
