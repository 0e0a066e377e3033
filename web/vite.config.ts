import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The service answers /call/ROOM with call.html and /assets/* with the files beside it.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/openrooms/server/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { input: { call: "call.html" } },
  },
});
