fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn nf_absolute(x0: f32) -> f32 {
  let v1 = bitcast<u32>(x0);
  let v3 = v1 & 0x7fffffffu;
  let v4 = bitcast<f32>(v3);
  return v4;
}
fn nf_tanh(x0: f32) -> f32 {
  let v1 = nf_absolute(x0);
  let v2 = v1 * v1;
  let v3 = v1 * v2;
  let v5 = v2 * (-0x1.9479d6p-8);
  let v7 = 0x1.58179cp-6 + v5;
  let v8 = v2 * v7;
  let v10 = (-0x1.b9064ep-5) + v8;
  let v11 = v2 * v10;
  let v13 = 0x1.110c60p-3 + v11;
  let v14 = v2 * v13;
  let v16 = (-0x1.555548p-2) + v14;
  let v17 = v3 * v16;
  let v18 = v1 + v17;
  let v20 = v1 < 10.0;
  let v21 = select(10.0, v1, v20);
  let v23 = 2.0 * v21;
  let v25 = v23 * 1.442695;
  let v26 = round(v25);
  let v28 = v26 * 0x1.62e400p-1;
  let v29 = v23 - v28;
  let v31 = v26 * 0x1.7f7d1cp-20;
  let v32 = v29 - v31;
  let v33 = v32 * v32;
  let v35 = v32 * 0x1.6a4744p-10;
  let v37 = 0x1.1239a2p-7 + v35;
  let v38 = v32 * v37;
  let v40 = 0x1.5558b6p-5 + v38;
  let v41 = v32 * v40;
  let v43 = 0x1.555492p-3 + v41;
  let v44 = v32 * v43;
  let v46 = 0x1.fffffcp-2 + v44;
  let v47 = v33 * v46;
  let v48 = v32 + v47;
  let v50 = 1.0 + v48;
  let v51 = i32(v26);
  let v53 = v51 + 127;
  let v54 = bitcast<u32>(v53);
  let v56 = v54 << u32(23u);
  let v57 = bitcast<f32>(v56);
  let v58 = v50 * v57;
  let v59 = v58 + 1.0;
  let v60 = 2.0 / v59;
  let v61 = 1.0 - v60;
  let v62 = bitcast<u32>(x0);
  let v64 = v62 & 0x7fffffffu;
  let v66 = v64 > 0x7f800000u;
  let v68 = v1 < 0.5625;
  let v69 = select(v61, v18, v68);
  let v70 = bitcast<u32>(v69);
  let v71 = v70 & 0x7fffffffu;
  let v73 = v62 & 0x80000000u;
  let v74 = v71 | v73;
  let v75 = bitcast<f32>(v74);
  let v76 = select(v75, x0, v66);
  return v76;
}
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
fn body(x0: f32, x1: f32, s5: f32) -> f32 {
  let v1 = nf_tanh(x0);
  let v3 = nf_exp(x1);
  let v4 = v1 * v3;
  let v6 = v4 - s5;
  return v6;
}
@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> b2: array<vec4<f32>>;
struct params {
  threads: u32,
  first: u32,
  width: u32,
  s5: f32,
}
@group(0) @binding(3) var<uniform> p: params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = p.first + id.x + id.y * p.width;
  if (i >= p.threads) { return; }
  let x0 = b0[i];
  let x1 = b1[i];
  let r0 = body(x0.x, x1.x, p.s5);
  let r1 = body(x0.y, x1.y, p.s5);
  let r2 = body(x0.z, x1.z, p.s5);
  let r3 = body(x0.w, x1.w, p.s5);
  b2[i] = vec4<f32>(r0, r1, r2, r3);
}
