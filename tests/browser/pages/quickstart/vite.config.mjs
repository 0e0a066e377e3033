// QUICKSTART names the folder of Azure-Samples' calling-rooms-quickstart, which is bundled as it is published.
import { join } from "node:path";

const { COMPOSITE, CALLING, OUT, QUICKSTART } = process.env;
const shared = ["livekit-client", "@azure/communication-common", "@azure/logger"];

export default {
  root: QUICKSTART,
  logLevel: "error",
  resolve: {
    alias: [
      { find: /^@azure\/communication-calling$/, replacement: CALLING },
      ...shared.map((name) => ({
        find: new RegExp(`^${name}(?=/|$)`),
        replacement: join(COMPOSITE, "node_modules", name),
      })),
    ],
  },
  build: {
    outDir: OUT,
    emptyOutDir: false,
    // The sample makes its functions by assigning to undeclared names, as scripts may.
    rolldownOptions: {
      input: join(QUICKSTART, "index.js"),
      output: { format: "iife", entryFileNames: "main.js", strict: false },
    },
  },
};
