import { defineConfig } from "vite";

// The bundle does not include what an app installs itself: LiveKit's client and Azure's (MIT) common package.
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: "dist",
    emptyOutDir: true,
    minify: false,
    target: "es2022",
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index" },
    rolldownOptions: { external: ["livekit-client", "@azure/communication-common"] },
  },
});
