// COMPOSITE names the folder with the pinned packages, CALLING the unpacked openrooms-calling.
import { join } from "node:path";

const { COMPOSITE, CALLING, OUT } = process.env;
const installed = (name) => join(COMPOSITE, "node_modules", name);

export default {
  root: import.meta.dirname,
  base: "./",
  logLevel: "warn",
  resolve: {
    alias: [
      { find: "@azure/communication-calling", replacement: CALLING },
      { find: "@azure/communication-calling-effects", replacement: join(import.meta.dirname, "stub.ts") },
      ...["react", "react-dom", "livekit-client", "@azure/communication-common", "@azure/communication-react"].map(
        (name) => ({ find: new RegExp(`^${name}(?=/|$)`), replacement: installed(name) }),
      ),
    ].map(({ find, replacement }) => ({
      find: find instanceof RegExp ? find : new RegExp(`^${find}$`),
      replacement,
    })),
  },
  build: { outDir: OUT, emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 10_000 },
};
