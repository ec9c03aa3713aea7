@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<f32>;
@group(0) @binding(2) var<storage, read_write> b2: array<f32>;
struct params {
  outputs: u32,
  first: u32,
  width: u32,
  chunks: u32,
  chunk: u32,
  count: u32,
  extent: u32,
  t1: f32,
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
var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {
  let w = p.first + id.x + id.y * p.width;
  if (w >= p.outputs * p.chunks) { return; }
  let o = w / p.chunks;
  let s = w % p.chunks;
  let c0 = o;
  var a0 = nf_from_bits(0x0u);
  var a1 = nf_from_bits(0x0u);
  var a2 = nf_from_bits(0x0u);
  var a3 = nf_from_bits(0x0u);
  let end = min((s + 1u) * p.chunk, p.count);
  for (var k = 0u; k < 1048576u; k++) {
    let r = s * p.chunk + k * 256u + l;
    if (r >= end) { break; }
    let c1 = r * 4u;
    let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
    let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
    let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
    let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
    let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
    a0 = combine(a0, body(x0.x, x1_0));
    a1 = combine(a1, select(nf_from_bits(0x0u), body(x0.y, x1_1), c1 + 1u < p.extent));
    a2 = combine(a2, select(nf_from_bits(0x0u), body(x0.z, x1_2), c1 + 2u < p.extent));
    a3 = combine(a3, select(nf_from_bits(0x0u), body(x0.w, x1_3), c1 + 3u < p.extent));
  }
  a0 = combine(combine(a0, a1), combine(a2, a3));
  partial[l] = a0;
  workgroupBarrier();
  if (l < 128u) {
    a0 = combine(a0, partial[l + 128u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 64u) {
    a0 = combine(a0, partial[l + 64u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 32u) {
    a0 = combine(a0, partial[l + 32u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 16u) {
    a0 = combine(a0, partial[l + 16u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 8u) {
    a0 = combine(a0, partial[l + 8u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 4u) {
    a0 = combine(a0, partial[l + 4u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 2u) {
    a0 = combine(a0, partial[l + 2u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 1u) {
    a0 = combine(a0, partial[l + 1u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l != 0u) { return; }
  b2[o * p.chunks + s] = finish(a0, p.t1);
}
