import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { segmenter } from "./segmenter/plugin.ts";

// The service answers /call/ROOM with call.html, /console with console.html, / with home.html, and /assets/* with the
// files beside them.
export default defineConfig({
  plugins: [react(), segmenter()],
  test: {
    include: ["test/**/*.test.ts", "calling/test/**/*.test.ts"],
    setupFiles: "test/setup.ts",
    env: { TZ: "UTC" },
  },
  build: {
    outDir: "../src/openrooms/server/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { input: { call: "call.html", console: "console.html", home: "home.html" } },
  },
});
