@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec4<f32>>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
  d0: u32,
  d1: u32,
  d2: u32,
  l0_o: u32,
  l0_0: u32,
  l0_1: u32,
  l0_2: u32,
  l1_o: u32,
  l1_0: u32,
  l1_1: u32,
  l1_2: u32,
  o0_o: u32,
  o0_0: u32,
  o0_1: u32,
  o0_2: u32,
}
@group(0) @binding(3) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let square = i / 256u;
  let across = (p.d2 + 15u) / 16u;
  let down = (p.d1 + 15u) / 16u;
  let row = square / across % down * 16u + i / 8u % 16u;
  let column = square % across * 16u + i / 128u % 2u * 8u + i % 8u;
  if (row >= p.d1 || column >= p.d2) { return; }
  let c1 = row * 4u;
  let c2 = column * 4u;
  let batch = square / (across * down);
  let c0 = batch;
  let y0_0 = b0[(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1 + c2 * p.l0_2) / 4u];
  let y0_1 = b0[(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1 + (c2 + 1u) * p.l0_2) / 4u];
  let y0_2 = b0[(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1 + (c2 + 2u) * p.l0_2) / 4u];
  let y0_3 = b0[(p.l0_o + c0 * p.l0_0 + c1 * p.l0_1 + (c2 + 3u) * p.l0_2) / 4u];
  let x0a = vec4<f32>(y0_0.x, y0_1.x, y0_2.x, y0_3.x);
  let x1a = b1[(p.l1_o + c0 * p.l1_0 + c1 * p.l1_1 + c2) / 4u];
  let r0 = body(x0a.x, x1a.x);
  let r1 = body(x0a.y, x1a.y);
  let r2 = body(x0a.z, x1a.z);
  let r3 = body(x0a.w, x1a.w);
  let x0b = vec4<f32>(y0_0.y, y0_1.y, y0_2.y, y0_3.y);
  let x1b = b1[(p.l1_o + c0 * p.l1_0 + (c1 + 1u) * p.l1_1 + c2) / 4u];
  let r4 = body(x0b.x, x1b.x);
  let r5 = body(x0b.y, x1b.y);
  let r6 = body(x0b.z, x1b.z);
  let r7 = body(x0b.w, x1b.w);
  let x0c = vec4<f32>(y0_0.z, y0_1.z, y0_2.z, y0_3.z);
  let x1c = b1[(p.l1_o + c0 * p.l1_0 + (c1 + 2u) * p.l1_1 + c2) / 4u];
  let r8 = body(x0c.x, x1c.x);
  let r9 = body(x0c.y, x1c.y);
  let r10 = body(x0c.z, x1c.z);
  let r11 = body(x0c.w, x1c.w);
  let x0d = vec4<f32>(y0_0.w, y0_1.w, y0_2.w, y0_3.w);
  let x1d = b1[(p.l1_o + c0 * p.l1_0 + (c1 + 3u) * p.l1_1 + c2) / 4u];
  let r12 = body(x0d.x, x1d.x);
  let r13 = body(x0d.y, x1d.y);
  let r14 = body(x0d.z, x1d.z);
  let r15 = body(x0d.w, x1d.w);
  b2[(p.o0_o + c0 * p.o0_0 + c1 * p.o0_1 + c2) / 4u] = vec4<f32>(r0, r1, r2, r3);
  b2[(p.o0_o + c0 * p.o0_0 + (c1 + 1u) * p.o0_1 + c2) / 4u] = vec4<f32>(r4, r5, r6, r7);
  b2[(p.o0_o + c0 * p.o0_0 + (c1 + 2u) * p.o0_1 + c2) / 4u] = vec4<f32>(r8, r9, r10, r11);
  b2[(p.o0_o + c0 * p.o0_0 + (c1 + 3u) * p.o0_1 + c2) / 4u] = vec4<f32>(r12, r13, r14, r15);
}
