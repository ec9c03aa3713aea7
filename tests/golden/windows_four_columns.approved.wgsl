@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
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
  n0: u32,
  k0: u32,
  n_step0: u32,
  k_step0: u32,
  before0: u32,
  extent0: u32,
  gap0: u32,
  stride0: u32,
  lift0: u32,
  n1: u32,
  k1: u32,
  n_step1: u32,
  k_step1: u32,
  before1: u32,
  extent1: u32,
  gap1: u32,
  stride1: u32,
  lift1: u32,
}
@group(0) @binding(3) var<uniform> p: params;
struct place { e0: u32, x0: u32, x1: u32, }
fn column_of(n: u32) -> place {
  let q1 = n;
  let t1 = q1 % p.n1 * p.n_step1 - p.before1;
  let q0 = n / p.n1;
  let t0 = q0 % p.n0 * p.n_step0 - p.before0;
  return place(q0 / p.n0 * p.b_n + t0 * p.stride0 + t1 * p.stride1, t0, t1);
}
fn row_of(k: u32) -> place {
  let q1 = k;
  let t1 = q1 % p.k1 * p.k_step1;
  let q0 = k / p.k1;
  let t0 = q0 % p.k0 * p.k_step0;
  let beyond = select(0u, 0x80000000u, k >= p.k);
  return place(q0 / p.k0 * p.b_k + t0 * p.stride0 + t1 * p.stride1, t0 + beyond, t1);
}
fn inside(c: place, r: place) -> bool {
  return ((c.x0 + r.x0) < p.extent0) & ((c.x1 + r.x1) < p.extent1);
}
fn number_of(c: place, r: place) -> u32 {
  return c.e0 + r.e0;
}
fn four_inside(c: place, r: place) -> vec4<bool> {
  let x = c.x1 + r.x1;
  let there = vec4<u32>(x, x + p.n_step1, x + 2u * p.n_step1, x + 3u * p.n_step1) < vec4<u32>(p.extent1);
  return there & vec4<bool>(c.x0 + r.x0 < p.extent0);
}
fn four_windows(c: place, r: place, b_o: u32) -> vec4<f32> {
  let e = b_o + number_of(c, r);
  let beside = p.n_step1 * p.stride1;
  return select(vec4<f32>(), vec4<f32>(b[e + 0u * beside], b[e + 1u * beside], b[e + 2u * beside], b[e + 3u * beside]), four_inside(c, r));
}
var<workgroup> ta: array<vec4<f32>, 96>;
var<workgroup> tb: array<vec4<f32>, 64>;
var<workgroup> tr: array<place, 8>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(local_invocation_index) l: u32) {
  let row = (p.first + w.y) * 32u;
  let column = w.x * 32u;
  let z = 0u;
  let a_o = p.a_o;
  let b_o = p.b_o;
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
  let bo0 = column_of(min(column + bq0 * 4u, p.n - 4u));
  var bv0 = vec4<f32>();
  var r0_0 = vec4<f32>();
  var r1_0 = vec4<f32>();
  var r2_0 = vec4<f32>();
  var r3_0 = vec4<f32>();
  if (l < 8u) { tr[l] = row_of(0u * 8u + l); }
  workgroupBarrier();
  for (var t = 0u; t < 1048576u; t++) {
    if (t > p.steps) { break; }
    if (t < p.steps) {
      let k = t * 8u;
      av0 = select(vec4<f32>(), a[(ao0 + k) / 4u], k + aq0 * 4u < p.k);
      let bw0 = tr[br0];
      bv0 = four_windows(bo0, bw0, b_o);
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
    if (l < 8u) { tr[l] = row_of((t + 1u) * 8u + l); }
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
