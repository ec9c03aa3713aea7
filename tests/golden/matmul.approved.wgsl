@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
struct params {
  first: u32,
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
var<workgroup> ta: array<f32, 1088>;
var<workgroup> tb: array<f32, 1024>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(local_invocation_index) l: u32) {
  let row = (p.first + w.y) * 64u;
  let column = w.x * 64u;
  var a_o = p.a_o;
  var b_o = p.b_o;
  let q0 = w.z;
  let z0 = q0;
  a_o += z0 * p.a_0;
  b_o += z0 * p.b_0;
  var r00 = f32(0);
  var r01 = f32(0);
  var r02 = f32(0);
  var r03 = f32(0);
  var r10 = f32(0);
  var r11 = f32(0);
  var r12 = f32(0);
  var r13 = f32(0);
  var r20 = f32(0);
  var r21 = f32(0);
  var r22 = f32(0);
  var r23 = f32(0);
  var r30 = f32(0);
  var r31 = f32(0);
  var r32 = f32(0);
  var r33 = f32(0);
  let ty = l / 16u;
  let tx = l % 16u;
  for (var t = 0u; t < 1048576u; t++) {
    if (t >= p.steps) { break; }
    {
      let e = l + 0u;
      let m = row + e / 16u;
      let k = t * 16u + e % 16u;
      var v = f32(0);
      if (m < p.m && k < p.k) { v = a[a_o + m * p.a_m + k * p.a_k]; }
      ta[e / 16u * 17u + e % 16u] = v;
    }
    {
      let e = l + 0u;
      let k = t * 16u + e / 64u;
      let n = column + e % 64u;
      var v = f32(0);
      if (k < p.k && n < p.n) { v = b[b_o + k * p.b_k + n * p.b_n]; }
      tb[e] = v;
    }
    {
      let e = l + 256u;
      let m = row + e / 16u;
      let k = t * 16u + e % 16u;
      var v = f32(0);
      if (m < p.m && k < p.k) { v = a[a_o + m * p.a_m + k * p.a_k]; }
      ta[e / 16u * 17u + e % 16u] = v;
    }
    {
      let e = l + 256u;
      let k = t * 16u + e / 64u;
      let n = column + e % 64u;
      var v = f32(0);
      if (k < p.k && n < p.n) { v = b[b_o + k * p.b_k + n * p.b_n]; }
      tb[e] = v;
    }
    {
      let e = l + 512u;
      let m = row + e / 16u;
      let k = t * 16u + e % 16u;
      var v = f32(0);
      if (m < p.m && k < p.k) { v = a[a_o + m * p.a_m + k * p.a_k]; }
      ta[e / 16u * 17u + e % 16u] = v;
    }
    {
      let e = l + 512u;
      let k = t * 16u + e / 64u;
      let n = column + e % 64u;
      var v = f32(0);
      if (k < p.k && n < p.n) { v = b[b_o + k * p.b_k + n * p.b_n]; }
      tb[e] = v;
    }
    {
      let e = l + 768u;
      let m = row + e / 16u;
      let k = t * 16u + e % 16u;
      var v = f32(0);
      if (m < p.m && k < p.k) { v = a[a_o + m * p.a_m + k * p.a_k]; }
      ta[e / 16u * 17u + e % 16u] = v;
    }
    {
      let e = l + 768u;
      let k = t * 16u + e / 64u;
      let n = column + e % 64u;
      var v = f32(0);
      if (k < p.k && n < p.n) { v = b[b_o + k * p.b_k + n * p.b_n]; }
      tb[e] = v;
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let a0 = ta[(ty * 4u + 0u) * 17u + k];
      let a1 = ta[(ty * 4u + 1u) * 17u + k];
      let a2 = ta[(ty * 4u + 2u) * 17u + k];
      let a3 = ta[(ty * 4u + 3u) * 17u + k];
      let b0 = tb[k * 64u + tx + 0u];
      let b1 = tb[k * 64u + tx + 16u];
      let b2 = tb[k * 64u + tx + 32u];
      let b3 = tb[k * 64u + tx + 48u];
      r00 = fma(a0, b0, r00);
      r01 = fma(a0, b1, r01);
      r02 = fma(a0, b2, r02);
      r03 = fma(a0, b3, r03);
      r10 = fma(a1, b0, r10);
      r11 = fma(a1, b1, r11);
      r12 = fma(a1, b2, r12);
      r13 = fma(a1, b3, r13);
      r20 = fma(a2, b0, r20);
      r21 = fma(a2, b1, r21);
      r22 = fma(a2, b2, r22);
      r23 = fma(a2, b3, r23);
      r30 = fma(a3, b0, r30);
      r31 = fma(a3, b1, r31);
      r32 = fma(a3, b2, r32);
      r33 = fma(a3, b3, r33);
    }
    workgroupBarrier();
  }
  {
    let m = row + ty * 4u + 0u;
    if (m < p.m) {
      let base = (w.z * p.m + m) * p.n;
      if (column + tx + 0u < p.n) { c[base + column + tx + 0u] = r00; }
      if (column + tx + 16u < p.n) { c[base + column + tx + 16u] = r01; }
      if (column + tx + 32u < p.n) { c[base + column + tx + 32u] = r02; }
      if (column + tx + 48u < p.n) { c[base + column + tx + 48u] = r03; }
    }
  }
  {
    let m = row + ty * 4u + 1u;
    if (m < p.m) {
      let base = (w.z * p.m + m) * p.n;
      if (column + tx + 0u < p.n) { c[base + column + tx + 0u] = r10; }
      if (column + tx + 16u < p.n) { c[base + column + tx + 16u] = r11; }
      if (column + tx + 32u < p.n) { c[base + column + tx + 32u] = r12; }
      if (column + tx + 48u < p.n) { c[base + column + tx + 48u] = r13; }
    }
  }
  {
    let m = row + ty * 4u + 2u;
    if (m < p.m) {
      let base = (w.z * p.m + m) * p.n;
      if (column + tx + 0u < p.n) { c[base + column + tx + 0u] = r20; }
      if (column + tx + 16u < p.n) { c[base + column + tx + 16u] = r21; }
      if (column + tx + 32u < p.n) { c[base + column + tx + 32u] = r22; }
      if (column + tx + 48u < p.n) { c[base + column + tx + 48u] = r23; }
    }
  }
  {
    let m = row + ty * 4u + 3u;
    if (m < p.m) {
      let base = (w.z * p.m + m) * p.n;
      if (column + tx + 0u < p.n) { c[base + column + tx + 0u] = r30; }
      if (column + tx + 16u < p.n) { c[base + column + tx + 16u] = r31; }
      if (column + tx + 32u < p.n) { c[base + column + tx + 32u] = r32; }
      if (column + tx + 48u < p.n) { c[base + column + tx + 48u] = r33; }
    }
  }
}
