import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

// The system's Chromium (CHROME names it), on the software adapter that it brings. CHROME_FLAGS, a JSON list, replaces the flags,
// so that the same specs run on a real GPU.
const flags = [
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

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.js",
  outputDir: fileURLToPath(new URL("../build/playwright", import.meta.url)),
  timeout: 60_000,
  workers: 1, // the software adapter uses every core by itself
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"], ...(process.env.PLAYWRIGHT_JUNIT_OUTPUT_NAME ? [["junit"]] : [])],
  use: {
    launchOptions: {
      executablePath: process.env.CHROME,
      args: process.env.CHROME_FLAGS ? JSON.parse(process.env.CHROME_FLAGS) : flags,
    },
  },
});
