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
  all: u32,
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

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let o = p.first + id.x + id.y * p.width;
  let s = id.z;
  if (o >= p.outputs) { return; }
  let c1 = o * 4u;
  var a0 = nf_from_bits(0x0u);
  var a1 = nf_from_bits(0x0u);
  var a2 = nf_from_bits(0x0u);
  var a3 = nf_from_bits(0x0u);
  var a4 = nf_from_bits(0x0u);
  var a5 = nf_from_bits(0x0u);
  var a6 = nf_from_bits(0x0u);
  var a7 = nf_from_bits(0x0u);
  let begin = s * p.chunk;
  let end = min(begin + p.chunk, p.count);
  for (var k = 0u; k < 1048576u; k++) {
    let e = begin + k * 4u;
    if (e + 4u > end) { break; }
    {
    let r = e + 0u;
    let c0 = r;
    let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
    let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
    let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
    let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
    let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
    a0 = combine(a0, body(x0.x, x1_0));
    a1 = combine(a1, body(x0.y, x1_1));
    a2 = combine(a2, body(x0.z, x1_2));
    a3 = combine(a3, body(x0.w, x1_3));
    }
    {
    let r = e + 1u;
    let c0 = r;
    let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
    let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
    let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
    let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
    let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
    a4 = combine(a4, body(x0.x, x1_0));
    a5 = combine(a5, body(x0.y, x1_1));
    a6 = combine(a6, body(x0.z, x1_2));
    a7 = combine(a7, body(x0.w, x1_3));
    }
    {
    let r = e + 2u;
    let c0 = r;
    let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
    let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
    let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
    let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
    let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
    a0 = combine(a0, body(x0.x, x1_0));
    a1 = combine(a1, body(x0.y, x1_1));
    a2 = combine(a2, body(x0.z, x1_2));
    a3 = combine(a3, body(x0.w, x1_3));
    }
    {
    let r = e + 3u;
    let c0 = r;
    let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
    let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
    let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
    let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
    let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
    a4 = combine(a4, body(x0.x, x1_0));
    a5 = combine(a5, body(x0.y, x1_1));
    a6 = combine(a6, body(x0.z, x1_2));
    a7 = combine(a7, body(x0.w, x1_3));
    }
  }
  for (var k = 0u; k < 3u; k++) {
    let r = begin + (end - begin) / 4u * 4u + k;
    if (r >= end) { break; }
    let c0 = r;
    let x0 = b0[(p.l0_o + c0 * p.l0_0 + c1) / 4u];
    let x1_0 = b1[p.l1_o + c0 * p.l1_0 + c1 * p.l1_1];
    let x1_1 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1];
    let x1_2 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1];
    let x1_3 = b1[p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1];
    a0 = combine(a0, body(x0.x, x1_0));
    a1 = combine(a1, body(x0.y, x1_1));
    a2 = combine(a2, body(x0.z, x1_2));
    a3 = combine(a3, body(x0.w, x1_3));
  }
  a0 = combine(a0, a4);
  a1 = combine(a1, a5);
  a2 = combine(a2, a6);
  a3 = combine(a3, a7);
  b2[s * p.all + o * 4u] = a0;
  b2[s * p.all + o * 4u + 1u] = a1;
  b2[s * p.all + o * 4u + 2u] = a2;
  b2[s * p.all + o * 4u + 3u] = a3;
}
