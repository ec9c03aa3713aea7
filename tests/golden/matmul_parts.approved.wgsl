fn nf_half_value(h: u32) -> f32 {
  let m = h & 0x7fffu;
  let finite = select((m << 13u) + 0x38000000u, bitcast<u32>(f32(m) * 0x1p-24), m < 0x400u);
  let magnitude = select(finite, (m << 13u) | 0x7f800000u, m >= 0x7c00u);
  return bitcast<f32>(((h & 0x8000u) << 16u) | magnitude);
}
fn nf_half_values(h: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(nf_half_value(h.x), nf_half_value(h.y), nf_half_value(h.z), nf_half_value(h.w));
}
fn nf_half_bits(v: f32) -> u32 {
  let m = bitcast<u32>(v) & 0x7fffffffu;
  let finite = select((m - 0x38000000u) >> 13u, u32(bitcast<f32>(m) * 0x1p24), m < 0x38800000u);
  let magnitude = select(min(finite, 0x7c00u), 0x7e00u, m > 0x7f800000u);
  return ((bitcast<u32>(v) >> 16u) & 0x8000u) | magnitude;
}
@group(0) @binding(0) var<storage, read> a: array<vec2<u32>>;
fn four_a(i: u32) -> vec4<f32> { return nf_half_values((a[i].xxyy >> vec4<u32>(0u, 16u, 0u, 16u)) & vec4<u32>(65535u)); }
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;
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
}
@group(0) @binding(3) var<uniform> p: params;
var<workgroup> ta: array<vec4<f32>, 160>;
var<workgroup> tb: array<vec4<f32>, 128>;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(local_invocation_index) l: u32) {
  let row = (p.first + w.y) * 32u;
  let column = w.x * 32u;
  let z = p.first_z + w.z;
  let begin = z / p.batches * p.steps * 16u;
  let a_o = p.a_o;
  let b_o = p.b_o;
  let ty = l / 4u;
  let tx = l % 4u;
  let ae0 = l + 0u;
  let aq0 = ae0 % 8u;
  let ar0 = ae0 / 8u;
  let ao0 = a_o + min(row + aq0 * 4u, p.m - 4u) + ar0 * 4u * p.a_k;
  var av0_0 = vec4<f32>();
  var av0_1 = vec4<f32>();
  var av0_2 = vec4<f32>();
  var av0_3 = vec4<f32>();
  let be0 = l + 0u;
  let bq0 = be0 % 8u;
  let br0 = be0 / 8u;
  let bo0 = b_o + br0 * p.b_k + min(column + bq0 * 4u, p.n - 4u);
  var bv0 = vec4<f32>();
  let be1 = l + 32u;
  let bq1 = be1 % 8u;
  let br1 = be1 / 8u;
  let bo1 = b_o + br1 * p.b_k + min(column + bq1 * 4u, p.n - 4u);
  var bv1 = vec4<f32>();
  let be2 = l + 64u;
  let bq2 = be2 % 8u;
  let br2 = be2 / 8u;
  let bo2 = b_o + br2 * p.b_k + min(column + bq2 * 4u, p.n - 4u);
  var bv2 = vec4<f32>();
  let be3 = l + 96u;
  let bq3 = be3 % 8u;
  let br3 = be3 / 8u;
  let bo3 = b_o + br3 * p.b_k + min(column + bq3 * 4u, p.n - 4u);
  var bv3 = vec4<f32>();
  var r0_0 = vec4<f32>();
  var r0_1 = vec4<f32>();
  var r1_0 = vec4<f32>();
  var r1_1 = vec4<f32>();
  var r2_0 = vec4<f32>();
  var r2_1 = vec4<f32>();
  var r3_0 = vec4<f32>();
  var r3_1 = vec4<f32>();
  for (var t = 0u; t < 1048576u; t++) {
    if (t > p.steps) { break; }
    if (t < p.steps) {
      let k = begin + t * 16u;
      av0_0 = four_a((ao0 + (k + 0u) * p.a_k) / 4u);
      av0_1 = four_a((ao0 + (k + 1u) * p.a_k) / 4u);
      av0_2 = four_a((ao0 + (k + 2u) * p.a_k) / 4u);
      av0_3 = four_a((ao0 + (k + 3u) * p.a_k) / 4u);
      bv0 = b[(bo0 + k * p.b_k) / 4u];
      bv1 = b[(bo1 + k * p.b_k) / 4u];
      bv2 = b[(bo2 + k * p.b_k) / 4u];
      bv3 = b[(bo3 + k * p.b_k) / 4u];
    }
    if (t > 0u) {
      for (var s = 0u; s < 4u; s++) {
        let a0 = ta[(ty * 4u + 0u) * 5u + s];
        let a1 = ta[(ty * 4u + 1u) * 5u + s];
        let a2 = ta[(ty * 4u + 2u) * 5u + s];
        let a3 = ta[(ty * 4u + 3u) * 5u + s];
        let b0_0 = tb[(s * 4u + 0u) * 8u + tx + 0u];
        let b0_1 = tb[(s * 4u + 0u) * 8u + tx + 4u];
        r0_0 = fma(vec4<f32>(a0.x), b0_0, r0_0);
        r0_1 = fma(vec4<f32>(a0.x), b0_1, r0_1);
        r1_0 = fma(vec4<f32>(a1.x), b0_0, r1_0);
        r1_1 = fma(vec4<f32>(a1.x), b0_1, r1_1);
        r2_0 = fma(vec4<f32>(a2.x), b0_0, r2_0);
        r2_1 = fma(vec4<f32>(a2.x), b0_1, r2_1);
        r3_0 = fma(vec4<f32>(a3.x), b0_0, r3_0);
        r3_1 = fma(vec4<f32>(a3.x), b0_1, r3_1);
        let b1_0 = tb[(s * 4u + 1u) * 8u + tx + 0u];
        let b1_1 = tb[(s * 4u + 1u) * 8u + tx + 4u];
        r0_0 = fma(vec4<f32>(a0.y), b1_0, r0_0);
        r0_1 = fma(vec4<f32>(a0.y), b1_1, r0_1);
        r1_0 = fma(vec4<f32>(a1.y), b1_0, r1_0);
        r1_1 = fma(vec4<f32>(a1.y), b1_1, r1_1);
        r2_0 = fma(vec4<f32>(a2.y), b1_0, r2_0);
        r2_1 = fma(vec4<f32>(a2.y), b1_1, r2_1);
        r3_0 = fma(vec4<f32>(a3.y), b1_0, r3_0);
        r3_1 = fma(vec4<f32>(a3.y), b1_1, r3_1);
        let b2_0 = tb[(s * 4u + 2u) * 8u + tx + 0u];
        let b2_1 = tb[(s * 4u + 2u) * 8u + tx + 4u];
        r0_0 = fma(vec4<f32>(a0.z), b2_0, r0_0);
        r0_1 = fma(vec4<f32>(a0.z), b2_1, r0_1);
        r1_0 = fma(vec4<f32>(a1.z), b2_0, r1_0);
        r1_1 = fma(vec4<f32>(a1.z), b2_1, r1_1);
        r2_0 = fma(vec4<f32>(a2.z), b2_0, r2_0);
        r2_1 = fma(vec4<f32>(a2.z), b2_1, r2_1);
        r3_0 = fma(vec4<f32>(a3.z), b2_0, r3_0);
        r3_1 = fma(vec4<f32>(a3.z), b2_1, r3_1);
        let b3_0 = tb[(s * 4u + 3u) * 8u + tx + 0u];
        let b3_1 = tb[(s * 4u + 3u) * 8u + tx + 4u];
        r0_0 = fma(vec4<f32>(a0.w), b3_0, r0_0);
        r0_1 = fma(vec4<f32>(a0.w), b3_1, r0_1);
        r1_0 = fma(vec4<f32>(a1.w), b3_0, r1_0);
        r1_1 = fma(vec4<f32>(a1.w), b3_1, r1_1);
        r2_0 = fma(vec4<f32>(a2.w), b3_0, r2_0);
        r2_1 = fma(vec4<f32>(a2.w), b3_1, r2_1);
        r3_0 = fma(vec4<f32>(a3.w), b3_0, r3_0);
        r3_1 = fma(vec4<f32>(a3.w), b3_1, r3_1);
      }
    }
    workgroupBarrier();
    ta[(aq0 * 4u + 0u) * 5u + ar0] = vec4<f32>(av0_0.x, av0_1.x, av0_2.x, av0_3.x);
    ta[(aq0 * 4u + 1u) * 5u + ar0] = vec4<f32>(av0_0.y, av0_1.y, av0_2.y, av0_3.y);
    ta[(aq0 * 4u + 2u) * 5u + ar0] = vec4<f32>(av0_0.z, av0_1.z, av0_2.z, av0_3.z);
    ta[(aq0 * 4u + 3u) * 5u + ar0] = vec4<f32>(av0_0.w, av0_1.w, av0_2.w, av0_3.w);
    tb[br0 * 8u + bq0] = bv0;
    tb[br1 * 8u + bq1] = bv1;
    tb[br2 * 8u + bq2] = bv2;
    tb[br3 * 8u + bq3] = bv3;
    workgroupBarrier();
  }
  let line = z * p.m;
  {
    let m = row + ty * 4u + 0u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { c[(base + n0) / 4u] = vec4<f32>(r0_0.x, r0_0.y, r0_0.z, r0_0.w); }
      let n1 = column + (tx + 4u) * 4u;
      if (n1 < p.n) { c[(base + n1) / 4u] = vec4<f32>(r0_1.x, r0_1.y, r0_1.z, r0_1.w); }
    }
  }
  {
    let m = row + ty * 4u + 1u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { c[(base + n0) / 4u] = vec4<f32>(r1_0.x, r1_0.y, r1_0.z, r1_0.w); }
      let n1 = column + (tx + 4u) * 4u;
      if (n1 < p.n) { c[(base + n1) / 4u] = vec4<f32>(r1_1.x, r1_1.y, r1_1.z, r1_1.w); }
    }
  }
  {
    let m = row + ty * 4u + 2u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { c[(base + n0) / 4u] = vec4<f32>(r2_0.x, r2_0.y, r2_0.z, r2_0.w); }
      let n1 = column + (tx + 4u) * 4u;
      if (n1 < p.n) { c[(base + n1) / 4u] = vec4<f32>(r2_1.x, r2_1.y, r2_1.z, r2_1.w); }
    }
  }
  {
    let m = row + ty * 4u + 3u;
    if (m < p.m) {
      let base = (line + m) * p.n;
      let n0 = column + (tx + 0u) * 4u;
      if (n0 < p.n) { c[(base + n0) / 4u] = vec4<f32>(r3_0.x, r3_0.y, r3_0.z, r3_0.w); }
      let n1 = column + (tx + 4u) * 4u;
      if (n1 < p.n) { c[(base + n1) / 4u] = vec4<f32>(r3_1.x, r3_1.y, r3_1.z, r3_1.w); }
    }
  }
}
