import { defineConfig } from "vite";

// The bundle does not include what an app installs itself: LiveKit's client and Azure's (MIT) common package.
const forBundlers = {
  minify: false,
  emptyOutDir: true,
  lib: { entry: "src/index.ts", formats: ["es" as const], fileName: "index" },
  rolldownOptions: { external: ["livekit-client", "@azure/communication-common"] },
};

// Not in Vite's library mode, which does not minify whitespace.
const forBrowsers = {
  chunkSizeWarningLimit: 1200,
  emptyOutDir: false,
  modulePreload: false as const,
  license: { fileName: "browser.licenses.md" },
  rolldownOptions: {
    input: "src/browser.ts",
    preserveEntrySignatures: "strict" as const,
    output: { entryFileNames: "browser.js" },
  },
};

export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  build: { outDir: "dist", target: "es2022", ...(mode === "browser" ? forBrowsers : forBundlers) },
}));
