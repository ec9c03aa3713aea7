@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
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
  d0: u32,
  a_0: u32,
  b_0: u32,
}
@group(0) @binding(3) var<uniform> p: params;
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
  let bo0_0 = b_o + br0 * p.b_k + min(column + bq0 * 4u, p.n - 1u) * p.b_n;
  let bo0_1 = b_o + br0 * p.b_k + min(column + bq0 * 4u + 1u, p.n - 1u) * p.b_n;
  let bo0_2 = b_o + br0 * p.b_k + min(column + bq0 * 4u + 2u, p.n - 1u) * p.b_n;
  let bo0_3 = b_o + br0 * p.b_k + min(column + bq0 * 4u + 3u, p.n - 1u) * p.b_n;
  var bv0 = vec4<f32>();
  var r0_0 = vec4<f32>();
  var r1_0 = vec4<f32>();
  var r2_0 = vec4<f32>();
  var r3_0 = vec4<f32>();
  for (var t = 0u; t < 1048576u; t++) {
    if (t > p.steps) { break; }
    if (t < p.steps) {
      let k = t * 8u;
      av0 = vec4<f32>(select(f32(), a[ao0 + (k + 0u) * p.a_k], k + aq0 * 4u + 0u < p.k), select(f32(), a[ao0 + (k + 1u) * p.a_k], k + aq0 * 4u + 1u < p.k), select(f32(), a[ao0 + (k + 2u) * p.a_k], k + aq0 * 4u + 2u < p.k), select(f32(), a[ao0 + (k + 3u) * p.a_k], k + aq0 * 4u + 3u < p.k));
      bv0 = vec4<f32>(select(f32(), b[bo0_0 + k * p.b_k], k + br0 < p.k), select(f32(), b[bo0_1 + k * p.b_k], k + br0 < p.k), select(f32(), b[bo0_2 + k * p.b_k], k + br0 < p.k), select(f32(), b[bo0_3 + k * p.b_k], k + br0 < p.k));
    }
    if (t > 0u) {
      {
        let a0 = ta[(ty * 4u + 0u) * 3u + 0u];
        let a1 = ta[(ty * 4u + 1u) * 3u + 0u];
        let a2 = ta[(ty * 4u + 2u) * 3u + 0u];
        let a3 = ta[(ty * 4u + 3u) * 3u + 0u];
        let b0_0 = tb[(0u * 4u + 0u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.x), b0_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.x), b0_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.x), b0_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.x), b0_0, r3_0);
        let b1_0 = tb[(0u * 4u + 1u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.y), b1_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.y), b1_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.y), b1_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.y), b1_0, r3_0);
        let b2_0 = tb[(0u * 4u + 2u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.z), b2_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.z), b2_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.z), b2_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.z), b2_0, r3_0);
        let b3_0 = tb[(0u * 4u + 3u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.w), b3_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.w), b3_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.w), b3_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.w), b3_0, r3_0);
      }
      {
        let a0 = ta[(ty * 4u + 0u) * 3u + 1u];
        let a1 = ta[(ty * 4u + 1u) * 3u + 1u];
        let a2 = ta[(ty * 4u + 2u) * 3u + 1u];
        let a3 = ta[(ty * 4u + 3u) * 3u + 1u];
        let b0_0 = tb[(1u * 4u + 0u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.x), b0_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.x), b0_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.x), b0_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.x), b0_0, r3_0);
        let b1_0 = tb[(1u * 4u + 1u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.y), b1_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.y), b1_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.y), b1_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.y), b1_0, r3_0);
        let b2_0 = tb[(1u * 4u + 2u) * 8u + tx + 0u];
        r0_0 = fma(vec4<f32>(a0.z), b2_0, r0_0);
        r1_0 = fma(vec4<f32>(a1.z), b2_0, r1_0);
        r2_0 = fma(vec4<f32>(a2.z), b2_0, r2_0);
        r3_0 = fma(vec4<f32>(a3.z), b2_0, r3_0);
        let b3_0 = tb[(1u * 4u + 3u) * 8u + tx + 0u];
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
      if (n0 < p.n) { c[base + n0 + 0u] = r0_0.x; }
      if (n0 + 1u < p.n) { c[base + n0 + 1u] = r0_0.y; }
      if (n0 + 2u < p.n) { c[base + n0 + 2u] = r0_0.z; }
      if (n0 + 3u < p.n) { c[base + n0 + 3u] = r0_0.w; }
    }
  }
  {
    let m = row + ty * 4u + 1u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { c[base + n0 + 0u] = r1_0.x; }
      if (n0 + 1u < p.n) { c[base + n0 + 1u] = r1_0.y; }
      if (n0 + 2u < p.n) { c[base + n0 + 2u] = r1_0.z; }
      if (n0 + 3u < p.n) { c[base + n0 + 3u] = r1_0.w; }
    }
  }
  {
    let m = row + ty * 4u + 2u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { c[base + n0 + 0u] = r2_0.x; }
      if (n0 + 1u < p.n) { c[base + n0 + 1u] = r2_0.y; }
      if (n0 + 2u < p.n) { c[base + n0 + 2u] = r2_0.z; }
      if (n0 + 3u < p.n) { c[base + n0 + 3u] = r2_0.w; }
    }
  }
  {
    let m = row + ty * 4u + 3u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { c[base + n0 + 0u] = r3_0.x; }
      if (n0 + 1u < p.n) { c[base + n0 + 1u] = r3_0.y; }
      if (n0 + 2u < p.n) { c[base + n0 + 2u] = r3_0.z; }
      if (n0 + 3u < p.n) { c[base + n0 + 3u] = r3_0.w; }
    }
  }
}
