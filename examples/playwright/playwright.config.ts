import { defineConfig } from "@playwright/test";

export default defineConfig({
  use: {
    launchOptions: {
      // The browser that `npx playwright install chromium` downloads, unless this names another one.
      executablePath: process.env.CHROMIUM,
      // The processor encodes the pictures of the test camera, so there are few in a second.
      args: ["--use-fake-device-for-media-stream=fps=5", "--use-fake-ui-for-media-stream"],
    },
  },
  // A busy machine takes longer than the five seconds that Playwright gives.
  expect: { timeout: 20_000 },
});
