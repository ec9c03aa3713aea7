@group(0) @binding(0) var<storage, read> b0: array<f32>;
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
  o0_o: u32,
  o0_0: u32,
  o0_1: u32,
}
@group(0) @binding(3) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let o = p.first + id.x + id.y * p.width;
  let s = id.z;
  if (o >= p.rows) { return; }
  let c0 = o;
  var a = nf_from_bits(0x0u);
  let end = min((s + 1u) * p.chunk, p.count);
  for (var k = 0u; k < 1073741824u; k++) {
    let e = s * p.chunk + k * 4u;
    if (e >= end) { break; }
    var v0 = a;
    if (e + 0u < end) {
      let c1 = e + 0u;
      let x0_0 = b0[p.l0_o + c0 * p.l0_0 + c1 * p.l0_1];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      v0 = body(x0_0, x1_0);
    }
    var v1 = a;
    if (e + 1u < end) {
      let c1 = e + 1u;
      let x0_0 = b0[p.l0_o + c0 * p.l0_0 + c1 * p.l0_1];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      v1 = body(x0_0, x1_0);
    }
    var v2 = a;
    if (e + 2u < end) {
      let c1 = e + 2u;
      let x0_0 = b0[p.l0_o + c0 * p.l0_0 + c1 * p.l0_1];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      v2 = body(x0_0, x1_0);
    }
    var v3 = a;
    if (e + 3u < end) {
      let c1 = e + 3u;
      let x0_0 = b0[p.l0_o + c0 * p.l0_0 + c1 * p.l0_1];
      let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
      v3 = body(x0_0, x1_0);
    }
    if (e + 0u < end) {
      let c1 = e + 0u;
      b2[p.o0_o + c0 * p.o0_0 + c1 * p.o0_1] = a;
      a = combine(a, v0);
    }
    if (e + 1u < end) {
      let c1 = e + 1u;
      b2[p.o0_o + c0 * p.o0_0 + c1 * p.o0_1] = a;
      a = combine(a, v1);
    }
    if (e + 2u < end) {
      let c1 = e + 2u;
      b2[p.o0_o + c0 * p.o0_0 + c1 * p.o0_1] = a;
      a = combine(a, v2);
    }
    if (e + 3u < end) {
      let c1 = e + 3u;
      b2[p.o0_o + c0 * p.o0_0 + c1 * p.o0_1] = a;
      a = combine(a, v3);
    }
  }
}
