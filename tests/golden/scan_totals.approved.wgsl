@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<f32>;
@group(0) @binding(2) var<storage, read_write> b2: array<f32>;
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
}
@group(0) @binding(3) var<uniform> p: params;
var<workgroup> sums: array<f32, 512>;
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
  var a0 = carry;
  var a1 = carry;
  var a2 = carry;
  var a3 = carry;
  let end = min((s + 1u) * p.chunk, p.count);
  for (var k = 0u; k < 1048576u; k++) {
    let base = s * p.chunk + k * 1024u;
    if (base >= end) { break; }
    let r0 = base + 0u + l;
    if (r0 < end) {
      let c1 = r0 * 4u;
      let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
      let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
      let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
      a0 = combine(a0, body(x0.x, x1_0));
      a0 = combine(a0, body(x0.y, x1_1));
      a0 = combine(a0, body(x0.z, x1_2));
      a0 = combine(a0, body(x0.w, x1_3));
    }
    let r1 = base + 256u + l;
    if (r1 < end) {
      let c1 = r1 * 4u;
      let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
      let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
      let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
      a1 = combine(a1, body(x0.x, x1_0));
      a1 = combine(a1, body(x0.y, x1_1));
      a1 = combine(a1, body(x0.z, x1_2));
      a1 = combine(a1, body(x0.w, x1_3));
    }
    let r2 = base + 512u + l;
    if (r2 < end) {
      let c1 = r2 * 4u;
      let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
      let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
      let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
      a2 = combine(a2, body(x0.x, x1_0));
      a2 = combine(a2, body(x0.y, x1_1));
      a2 = combine(a2, body(x0.z, x1_2));
      a2 = combine(a2, body(x0.w, x1_3));
    }
    let r3 = base + 768u + l;
    if (r3 < end) {
      let c1 = r3 * 4u;
      let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
      let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
      let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
      a3 = combine(a3, body(x0.x, x1_0));
      a3 = combine(a3, body(x0.y, x1_1));
      a3 = combine(a3, body(x0.z, x1_2));
      a3 = combine(a3, body(x0.w, x1_3));
    }
  }
  across(l, combine(combine(a0, a1), combine(a2, a3)));
  carry = sums[255];
  if (l == 0u) { b2[o * p.all + s] = carry; }
}
