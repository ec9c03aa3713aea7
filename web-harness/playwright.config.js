import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";
import { launchOptions } from "./chromium.js";

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.js",
  outputDir: fileURLToPath(new URL("../build/playwright", import.meta.url)),
  timeout: 60_000,
  workers: 1, // the software adapter uses every core by itself
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"], ...(process.env.PLAYWRIGHT_JUNIT_OUTPUT_NAME ? [["junit"]] : [])],
  use: { launchOptions },
});
