// The system's Chromium (CHROME names it), on the software adapter that it brings. CHROME_FLAGS, a JSON list, replaces the flags,
// so that the same programs run on a real GPU.
const softwareAdapter = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What Playwright's chromium.launch() takes. */
export const launchOptions = {
  executablePath: process.env.CHROME,
  args: process.env.CHROME_FLAGS ? JSON.parse(process.env.CHROME_FLAGS) : softwareAdapter,
};
