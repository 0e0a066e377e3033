// Copies the public declarations to the bundles, and packs both as the npm package that the service serves; the bundle
// for browsers is served by itself too.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const served = join(here, "../../src/openrooms/server/web/static/calling");

const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

// Apps compile against these files only, so that their compiler does not check LiveKit's declarations.
for (const name of ["index.d.ts", "types.d.ts", "browser.d.ts"])
  cpSync(join(here, "build/calling/src", name), join(here, "dist", name));
cpSync(join(here, "../../LICENSE"), join(here, "LICENSE"));
rmSync(join(here, "build"), { recursive: true });
rmSync(served, { recursive: true, force: true });
mkdirSync(served, { recursive: true });
execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", served], {
  cwd: here,
  stdio: "inherit",
});
cpSync(join(here, "dist/browser.js"), join(served, `openrooms-calling-${version}.js`));
