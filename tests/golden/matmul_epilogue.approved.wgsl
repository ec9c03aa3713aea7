@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> b3: array<vec4<f32>>;
struct params {
  first: u32,
  first_z: u32,
  batches: u32,
  m: u32,
  n: u32,
  k: u32,
  steps: u32,
  a_o: u32,
  a_m: u32,
  a_k: u32,
  b_o: u32,
  b_k: u32,
  b_n: u32,
  batch0: u32,
  a_0: u32,
  b_0: u32,
  s3: f32,
  d0: u32,
  d1: u32,
  l1_o: u32,
  l1_0: u32,
  l1_1: u32,
}
@group(0) @binding(4) var<uniform> p: params;
fn store(i: u32, sum: vec4<f32>) {
  let q1 = i;
  let c1 = q1 % p.d1 * 4u;
  let c0 = q1 / p.d1;
  let x1 = b2[(p.l1_o + c0 * p.l1_0 + c1) / 4u];
  let x0_0 = sum.x;
  let x0_1 = sum.y;
  let x0_2 = sum.z;
  let x0_3 = sum.w;
  let r0 = body(x0_0, x1.x, p.s3);
  let r1 = body(x0_1, x1.y, p.s3);
  let r2 = body(x0_2, x1.z, p.s3);
  let r3 = body(x0_3, x1.w, p.s3);
  b3[i] = vec4<f32>(r0, r1, r2, r3);
}
var<workgroup> ta: array<vec4<f32>, 96>;
var<workgroup> tb: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(local_invocation_index) l: u32) {
  let row = (p.first + w.y) * 32u;
  let column = w.x * 32u;
  let z = p.first_z + w.z;
  var a_o = p.a_o;
  var b_o = p.b_o;
  let q0 = z;
  let z0 = q0;
  a_o += z0 * p.a_0;
  b_o += z0 * p.b_0;
  let ty = l / 8u;
  let tx = l % 8u;
  let ae0 = l + 0u;
  let aq0 = ae0 % 2u;
  let ar0 = ae0 / 2u;
  let ao0 = a_o + min(row + ar0, p.m - 1u) * p.a_m + aq0 * 4u * p.a_k;
  var av0 = vec4<f32>();
  let be0 = l + 0u;
  let bq0 = be0 % 8u;
  let br0 = be0 / 8u;
  let bo0 = b_o + br0 * p.b_k + min(column + bq0 * 4u, p.n - 4u);
  var bv0 = vec4<f32>();
  var r0_0 = vec4<f32>();
  var r1_0 = vec4<f32>();
  var r2_0 = vec4<f32>();
  var r3_0 = vec4<f32>();
  for (var t = 0u; t < 1048576u; t++) {
    if (t > p.steps) { break; }
    if (t < p.steps) {
      let k = t * 8u;
      av0 = a[(ao0 + k) / 4u];
      bv0 = b[(bo0 + k * p.b_k) / 4u];
    }
    if (t > 0u) {
      for (var s = 0u; s < 2u; s++) {
        let a0 = ta[(ty * 4u + 0u) * 3u + s];
        let a1 = ta[(ty * 4u + 1u) * 3u + s];
        let a2 = ta[(ty * 4u + 2u) * 3u + s];
        let a3 = ta[(ty * 4u + 3u) * 3u + s];
        let b0_0 = tb[(s * 4u + 0u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.x), b0_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.x), b0_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.x), b0_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.x), b0_0, r3_0);
        let b1_0 = tb[(s * 4u + 1u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.y), b1_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.y), b1_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.y), b1_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.y), b1_0, r3_0);
        let b2_0 = tb[(s * 4u + 2u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.z), b2_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.z), b2_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.z), b2_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.z), b2_0, r3_0);
        let b3_0 = tb[(s * 4u + 3u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.w), b3_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.w), b3_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.w), b3_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.w), b3_0, r3_0);
      }
    }
    workgroupBarrier();
    ta[ar0 * 3u + aq0] = av0;
    tb[br0 * 8u + bq0] = bv0;
    workgroupBarrier();
  }
  let line = z * p.m;
  {
    let m = row + ty * 4u + 0u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { store((base + n0) / 4u, r0_0); }
    }
  }
  {
    let m = row + ty * 4u + 1u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { store((base + n0) / 4u, r1_0); }
    }
  }
  {
    let m = row + ty * 4u + 2u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { store((base + n0) / 4u, r2_0); }
    }
  }
  {
    let m = row + ty * 4u + 3u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { store((base + n0) / 4u, r3_0); }
    }
  }
}
