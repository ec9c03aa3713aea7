fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn body(x0: f32, x1: f32) -> f32 {
  var v5 = 0.0;
  var v6 = 0.0;
  var v7 = 0.0;
  for (var t4 = 0; t4 < 125; t4++) {
    {
      let v8 = v5 * v5;
      let v9 = v6 * v6;
      let v10 = v8 + v9;
      let v12 = v10 > 4.0;
      if (v12) { break; }
      let v14 = v8 - v9;
      let v15 = v14 + x0;
      let v17 = 2.0 * v5;
      let v18 = v17 * v6;
      let v19 = v18 + x1;
      let v21 = v7 + 1.0;
      v5 = v15;
      v6 = v19;
      v7 = v21;
    }
    {
      let v8 = v5 * v5;
      let v9 = v6 * v6;
      let v10 = v8 + v9;
      let v12 = v10 > 4.0;
      if (v12) { break; }
      let v14 = v8 - v9;
      let v15 = v14 + x0;
      let v17 = 2.0 * v5;
      let v18 = v17 * v6;
      let v19 = v18 + x1;
      let v21 = v7 + 1.0;
      v5 = v15;
      v6 = v19;
      v7 = v21;
    }
    {
      let v8 = v5 * v5;
      let v9 = v6 * v6;
      let v10 = v8 + v9;
      let v12 = v10 > 4.0;
      if (v12) { break; }
      let v14 = v8 - v9;
      let v15 = v14 + x0;
      let v17 = 2.0 * v5;
      let v18 = v17 * v6;
      let v19 = v18 + x1;
      let v21 = v7 + 1.0;
      v5 = v15;
      v6 = v19;
      v7 = v21;
    }
    {
      let v8 = v5 * v5;
      let v9 = v6 * v6;
      let v10 = v8 + v9;
      let v12 = v10 > 4.0;
      if (v12) { break; }
      let v14 = v8 - v9;
      let v15 = v14 + x0;
      let v17 = 2.0 * v5;
      let v18 = v17 * v6;
      let v19 = v18 + x1;
      let v21 = v7 + 1.0;
      v5 = v15;
      v6 = v19;
      v7 = v21;
    }
  }
  let v26 = v7;
  return v26;
}
@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<vec4<f32>>;
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
