@group(0) @binding(0) var<storage, read> b0: array<f32>;
@group(0) @binding(1) var<storage, read_write> b1: array<f32>;
struct params {
  outputs: u32,
  first: u32,
  width: u32,
  chunks: u32,
  chunk: u32,
  count: u32,
  extent: u32,
  d0: u32,
  d1: u32,
  l0_o: u32,
  l0_0: u32,
  l0_1: u32,
}
@group(0) @binding(2) var<uniform> p: params;
var<workgroup> partial: array<combine_results, 256>;
fn lift(e: body_results) -> combine_results { return combine_results(e.r0, e.r1, e.r2); }
fn join(a: combine_results, b: combine_results) -> combine_results { return combine(a.r0, a.r1, a.r2, b.r0, b.r1, b.r2); }

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {
  let w = p.first + id.x + id.y * p.width;
  if (w >= p.outputs * p.chunks) { return; }
  let o = w / p.chunks;
  let s = w % p.chunks;
  let c0 = o;
  var a0 = combine_results(nf_from_bits(0x0u), nf_from_bits(0x0u), 0x0u);
  var a1 = combine_results(nf_from_bits(0x0u), nf_from_bits(0x0u), 0x0u);
  var a2 = combine_results(nf_from_bits(0x0u), nf_from_bits(0x0u), 0x0u);
  var a3 = combine_results(nf_from_bits(0x0u), nf_from_bits(0x0u), 0x0u);
  let end = min((s + 1u) * p.chunk, p.count);
  for (var k = 0u; k < 1048576u; k++) {
    let r = s * p.chunk + k * 256u + l;
    if (r >= end) { break; }
    let c1 = r * 4u;
    let x0_0 = b0[p.l0_o + c0 * p.l0_0 + c1 * p.l0_1];
    let x0_1 = b0[p.l0_o + c0 * p.l0_0 + (c1 + 1u) * p.l0_1];
    let x0_2 = b0[p.l0_o + c0 * p.l0_0 + (c1 + 2u) * p.l0_1];
    let x0_3 = b0[p.l0_o + c0 * p.l0_0 + (c1 + 3u) * p.l0_1];
    a0 = join(a0, lift(body(x0_0)));
    if (c1 + 1u < p.extent) { a1 = join(a1, lift(body(x0_1))); }
    if (c1 + 2u < p.extent) { a2 = join(a2, lift(body(x0_2))); }
    if (c1 + 3u < p.extent) { a3 = join(a3, lift(body(x0_3))); }
  }
  a0 = join(join(a0, a1), join(a2, a3));
  partial[l] = a0;
  workgroupBarrier();
  if (l < 128u) {
    a0 = join(a0, partial[l + 128u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 64u) {
    a0 = join(a0, partial[l + 64u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 32u) {
    a0 = join(a0, partial[l + 32u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 16u) {
    a0 = join(a0, partial[l + 16u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 8u) {
    a0 = join(a0, partial[l + 8u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 4u) {
    a0 = join(a0, partial[l + 4u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 2u) {
    a0 = join(a0, partial[l + 2u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l < 1u) {
    a0 = join(a0, partial[l + 1u]);
    partial[l] = a0;
  }
  workgroupBarrier();
  if (l != 0u) { return; }
  b1[o * p.chunks + s] = finish(a0.r1, a0.r2);
}
