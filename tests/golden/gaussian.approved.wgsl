fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn nf_exp(x0: f32) -> f32 {
  let v2 = x0 > (-104.0);
  let v4 = x0 < 91.0;
  let v5 = select(91.0, x0, v4);
  let v6 = select((-104.0), v5, v2);
  let v8 = v6 * 1.442695;
  let v9 = round(v8);
  let v11 = v9 * 0x1.62e400p-1;
  let v12 = v6 - v11;
  let v14 = v9 * 0x1.7f7d1cp-20;
  let v15 = v12 - v14;
  let v16 = bitcast<u32>(x0);
  let v18 = v16 & 0x7fffffffu;
  let v20 = v18 > 0x7f800000u;
  let v21 = v15 * v15;
  let v23 = v15 * 0x1.6a4744p-10;
  let v25 = 0x1.1239a2p-7 + v23;
  let v26 = v15 * v25;
  let v28 = 0x1.5558b6p-5 + v26;
  let v29 = v15 * v28;
  let v31 = 0x1.555492p-3 + v29;
  let v32 = v15 * v31;
  let v34 = 0x1.fffffcp-2 + v32;
  let v35 = v21 * v34;
  let v36 = v15 + v35;
  let v38 = 1.0 + v36;
  let v39 = i32(v9);
  let v41 = v39 + 0;
  let v43 = v41 >> u32(1u);
  let v45 = v43 + 127;
  let v46 = bitcast<u32>(v45);
  let v48 = v46 << u32(23u);
  let v49 = bitcast<f32>(v48);
  let v50 = v38 * v49;
  let v51 = v41 - v43;
  let v52 = v51 + 127;
  let v53 = bitcast<u32>(v52);
  let v54 = v53 << u32(23u);
  let v55 = bitcast<f32>(v54);
  let v56 = v50 * v55;
  let v57 = select(v56, x0, v20);
  return v57;
}
fn body(x0: f32, x1: f32, x2: f32) -> f32 {
  let v1 = -x0;
  let v3 = v1 * x1;
  let v4 = nf_exp(v3);
  let v6 = v4 + x2;
  return v6;
}
@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> b3: array<vec4<f32>>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
}
@group(0) @binding(4) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0 = b0[i];
  let x1 = b1[i];
  let x2 = b2[i];
  let r0 = body(x0.x, x1.x, x2.x);
  let r1 = body(x0.y, x1.y, x2.y);
  let r2 = body(x0.z, x1.z, x2.z);
  let r3 = body(x0.w, x1.w, x2.w);
  b3[i] = vec4<f32>(r0, r1, r2, r3);
}
