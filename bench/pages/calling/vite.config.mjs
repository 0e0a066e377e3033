// WEB names the folder with the pages' packages and openrooms-calling.
import { join } from "node:path";

const { WEB, OUT } = process.env;
const packages = ["livekit-client", "@azure/communication-common"];

export default {
  root: import.meta.dirname,
  base: "./",
  logLevel: "warn",
  resolve: {
    alias: [
      { find: "openrooms-calling", replacement: join(WEB, "calling/dist/index.js") },
      ...packages.map((name) => ({ find: name, replacement: join(WEB, "node_modules", name) })),
    ],
  },
  build: { outDir: OUT, emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 10_000 },
};
