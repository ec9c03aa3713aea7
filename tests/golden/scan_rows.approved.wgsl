@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<f32>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> b3: array<f32>;
struct params {
  rows: u32,
  first: u32,
  width: u32,
  chunks: u32,
  begin: u32,
  all: u32,
  chunk: u32,
  count: u32,
  extent: u32,
  d0: u32,
  d1: u32,
  l0_o: u32,
  l0_0: u32,
  l0_1: u32,
  l1_o: u32,
  l1_0: u32,
  l1_1: u32,
  o0_o: u32,
  o0_0: u32,
  o0_1: u32,
}
@group(0) @binding(4) var<uniform> p: params;
var<workgroup> sums: array<f32, 512>;
var<workgroup> totals: array<f32, 1024>;
fn across(l: u32, v: f32) {
  var a = v;
  sums[l] = a;
  workgroupBarrier();
  if (l >= 1u) { a = combine(sums[l + 0u - 1u], a); }
  sums[l + 256u] = a;
  workgroupBarrier();
  if (l >= 2u) { a = combine(sums[l + 256u - 2u], a); }
  sums[l + 0u] = a;
  workgroupBarrier();
  if (l >= 4u) { a = combine(sums[l + 0u - 4u], a); }
  sums[l + 256u] = a;
  workgroupBarrier();
  if (l >= 8u) { a = combine(sums[l + 256u - 8u], a); }
  sums[l + 0u] = a;
  workgroupBarrier();
  if (l >= 16u) { a = combine(sums[l + 0u - 16u], a); }
  sums[l + 256u] = a;
  workgroupBarrier();
  if (l >= 32u) { a = combine(sums[l + 256u - 32u], a); }
  sums[l + 0u] = a;
  workgroupBarrier();
  if (l >= 64u) { a = combine(sums[l + 0u - 64u], a); }
  sums[l + 256u] = a;
  workgroupBarrier();
  if (l >= 128u) { a = combine(sums[l + 256u - 128u], a); }
  sums[l + 0u] = a;
  workgroupBarrier();
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {
  let w = p.first + id.x + id.y * p.width;
  if (w >= p.rows * p.chunks) { return; }
  let o = w / p.chunks;
  let s = p.begin + w % p.chunks;
  let c0 = o;
  var carry = nf_from_bits(0x0u);
  let least = max(p.begin, 1u) - 1u;
  let each = (s - least + 255u) / 256u;
  var t = carry;
  for (var k = 0u; k < 9u; k++) {
    let c = least + l * each + k;
    if (k >= each || c >= s) { break; }
    t = combine(t, b3[o * p.all + c]);
  }
  across(l, t);
  carry = sums[255];
  workgroupBarrier();
  let end = min((s + 1u) * p.chunk, p.count);
  for (var k = 0u; k < 1048576u; k++) {
    let base = s * p.chunk + k * 1024u;
    if (base >= end) { break; }
    var v0_0 = nf_from_bits(0x0u);
    var v0_1 = nf_from_bits(0x0u);
    var v0_2 = nf_from_bits(0x0u);
    var v0_3 = nf_from_bits(0x0u);
    let r0 = base + 0u + l;
    if (r0 < end) {
      let c1 = r0 * 4u;
      let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
      let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
      let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
      v0_0 = body(x0.x, x1_0);
      v0_1 = combine(v0_0, body(x0.y, x1_1));
      v0_2 = combine(v0_1, body(x0.z, x1_2));
      v0_3 = combine(v0_2, body(x0.w, x1_3));
    }
    totals[0u + l] = v0_3;
    var v1_0 = nf_from_bits(0x0u);
    var v1_1 = nf_from_bits(0x0u);
    var v1_2 = nf_from_bits(0x0u);
    var v1_3 = nf_from_bits(0x0u);
    let r1 = base + 256u + l;
    if (r1 < end) {
      let c1 = r1 * 4u;
      let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
      let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
      let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
      v1_0 = body(x0.x, x1_0);
      v1_1 = combine(v1_0, body(x0.y, x1_1));
      v1_2 = combine(v1_1, body(x0.z, x1_2));
      v1_3 = combine(v1_2, body(x0.w, x1_3));
    }
    totals[256u + l] = v1_3;
    var v2_0 = nf_from_bits(0x0u);
    var v2_1 = nf_from_bits(0x0u);
    var v2_2 = nf_from_bits(0x0u);
    var v2_3 = nf_from_bits(0x0u);
    let r2 = base + 512u + l;
    if (r2 < end) {
      let c1 = r2 * 4u;
      let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
      let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
      let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
      v2_0 = body(x0.x, x1_0);
      v2_1 = combine(v2_0, body(x0.y, x1_1));
      v2_2 = combine(v2_1, body(x0.z, x1_2));
      v2_3 = combine(v2_2, body(x0.w, x1_3));
    }
    totals[512u + l] = v2_3;
    var v3_0 = nf_from_bits(0x0u);
    var v3_1 = nf_from_bits(0x0u);
    var v3_2 = nf_from_bits(0x0u);
    var v3_3 = nf_from_bits(0x0u);
    let r3 = base + 768u + l;
    if (r3 < end) {
      let c1 = r3 * 4u;
      let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
      let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
      let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
      v3_0 = body(x0.x, x1_0);
      v3_1 = combine(v3_0, body(x0.y, x1_1));
      v3_2 = combine(v3_1, body(x0.z, x1_2));
      v3_3 = combine(v3_2, body(x0.w, x1_3));
    }
    totals[768u + l] = v3_3;
    workgroupBarrier();
    let t0 = totals[l * 4u];
    let t1 = combine(t0, totals[l * 4u + 1u]);
    let t2 = combine(t1, totals[l * 4u + 2u]);
    let t3 = combine(t2, totals[l * 4u + 3u]);
    across(l, t3);
    var q = carry;
    if (l > 0u) { q = combine(carry, sums[l - 1u]); }
    totals[l * 4u] = q;
    totals[l * 4u + 1u] = combine(q, t0);
    totals[l * 4u + 2u] = combine(q, t1);
    totals[l * 4u + 3u] = combine(q, t2);
    carry = combine(carry, sums[255]);
    workgroupBarrier();
    if (r0 < end) {
      let q0 = totals[0u + l];
      let c1 = r0 * 4u;
      let w0 = combine(q0, v0_0);
      let w1 = combine(q0, v0_1);
      let w2 = combine(q0, v0_2);
      let w3 = combine(q0, v0_3);
      b2[(p.o0_o + c0 * p.o0_0 + c1) / 4u] = vec4(w0, w1, w2, w3);
    }
    if (r1 < end) {
      let q1 = totals[256u + l];
      let c1 = r1 * 4u;
      let w0 = combine(q1, v1_0);
      let w1 = combine(q1, v1_1);
      let w2 = combine(q1, v1_2);
      let w3 = combine(q1, v1_3);
      b2[(p.o0_o + c0 * p.o0_0 + c1) / 4u] = vec4(w0, w1, w2, w3);
    }
    if (r2 < end) {
      let q2 = totals[512u + l];
      let c1 = r2 * 4u;
      let w0 = combine(q2, v2_0);
      let w1 = combine(q2, v2_1);
      let w2 = combine(q2, v2_2);
      let w3 = combine(q2, v2_3);
      b2[(p.o0_o + c0 * p.o0_0 + c1) / 4u] = vec4(w0, w1, w2, w3);
    }
    if (r3 < end) {
      let q3 = totals[768u + l];
      let c1 = r3 * 4u;
      let w0 = combine(q3, v3_0);
      let w1 = combine(q3, v3_1);
      let w2 = combine(q3, v3_2);
      let w3 = combine(q3, v3_3);
      b2[(p.o0_o + c0 * p.o0_0 + c1) / 4u] = vec4(w0, w1, w2, w3);
    }
  }
  if (l == 0u && s + 1u == p.begin + p.chunks) { b3[o * p.all + s] = carry; }
}
