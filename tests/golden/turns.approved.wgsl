fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn body(x0: f32, x1: i32) -> f32 {
  var v3 = x0;
  let blocks2 = x1 / 4;
  var rest2 = x1 % 4;
  for (var t2 = 0; t2 < 536870911; t2++) {
    if (t2 >= blocks2) { break; }
    {
      let v5 = v3 > 100.0;
      if (v5) { rest2 = 0; break; }
      let v7 = v3 * x0;
      v3 = v7;
    }
    {
      let v5 = v3 > 100.0;
      if (v5) { rest2 = 0; break; }
      let v7 = v3 * x0;
      v3 = v7;
    }
    {
      let v5 = v3 > 100.0;
      if (v5) { rest2 = 0; break; }
      let v7 = v3 * x0;
      v3 = v7;
    }
    {
      let v5 = v3 > 100.0;
      if (v5) { rest2 = 0; break; }
      let v7 = v3 * x0;
      v3 = v7;
    }
  }
  for (var t2 = 0; t2 < 3; t2++) {
    if (t2 >= rest2) { break; }
    let v5 = v3 > 100.0;
    if (v5) { break; }
    let v7 = v3 * x0;
    v3 = v7;
  }
  let v10 = v3;
  return v10;
}
@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec4<f32>>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
}
@group(0) @binding(3) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0 = b0[i];
  let x1 = b1[i];
  let r0 = body(x0.x, x1.x);
  let r1 = body(x0.y, x1.y);
  let r2 = body(x0.z, x1.z);
  let r3 = body(x0.w, x1.w);
  b2[i] = vec4<f32>(r0, r1, r2, r3);
}
