// What the browser says by itself: lists of [name, value].

const yes = (value) => (value ? "yes" : "no");

export function browserFacts() {
  return [
    ["User agent", navigator.userAgent],
    ["Processors", String(navigator.hardwareConcurrency ?? "unknown")],
    ["Secure context", yes(globalThis.isSecureContext)],
    ["Cross-origin isolated", yes(globalThis.crossOriginIsolated)],
    ["SharedArrayBuffer", yes(typeof SharedArrayBuffer === "function")],
    ["Atomics.waitAsync", yes(typeof Atomics.waitAsync === "function")],
    ["WebAssembly.Suspending (JSPI)", yes(typeof WebAssembly.Suspending === "function")],
    ["OffscreenCanvas", yes(typeof OffscreenCanvas === "function")],
    ["navigator.gpu (WebGPU)", yes(navigator.gpu)],
  ];
}

/** Facts about the adapter of WebGPU, or null where there is none. */
export async function webgpuFacts() {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  if (!adapter) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
  const limits = [];
  for (const name in adapter.limits) limits.push([name, String(adapter.limits[name])]);
  return [
    ["Adapter", [vendor, architecture, device, description].filter(Boolean).join(", ") || "unnamed"],
    ["Fallback adapter", isFallbackAdapter === undefined ? "not said" : yes(isFallbackAdapter)],
    ["Features", [...adapter.features].sort().join(", ") || "none"],
    ["WGSL features", [...(navigator.gpu.wgslLanguageFeatures ?? [])].sort().join(", ") || "none"],
    ...limits.sort(([a], [b]) => a.localeCompare(b)),
  ];
}

const PARAMETERS = [
  "MAX_TEXTURE_SIZE",
  "MAX_TEXTURE_IMAGE_UNITS",
  "MAX_DRAW_BUFFERS",
  "MAX_COLOR_ATTACHMENTS",
  "MAX_UNIFORM_BLOCK_SIZE",
  "UNIFORM_BUFFER_OFFSET_ALIGNMENT",
];
const EXTENSIONS = [
  "EXT_color_buffer_float",
  "EXT_disjoint_timer_query_webgl2",
  "KHR_parallel_shader_compile",
  "WEBGL_debug_renderer_info",
  "WEBGL_lose_context",
];

/** Facts about WebGL2, or null where there is none. */
export function webglFacts() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return null;
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  const highp = gl.getShaderPrecisionFormat(gl.FRAGMENT_SHADER, gl.HIGH_FLOAT);
  const facts = [
    ["Renderer", gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER)],
    ["Vendor", gl.getParameter(names?.UNMASKED_VENDOR_WEBGL ?? gl.VENDOR)],
    ["Version", gl.getParameter(gl.VERSION)],
    ...PARAMETERS.map((name) => [name, String(gl.getParameter(gl[name]))]),
    ["highp float", `2^-${highp.rangeMin} to 2^${highp.rangeMax}, ${highp.precision} bits`],
    ["Extensions", EXTENSIONS.map((name) => `${name} ${yes(gl.getExtension(name))}`).join(", ")],
  ];
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return facts;
}
