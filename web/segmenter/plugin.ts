/**
 * The files with which the call page tells people from their background: MediaPipe's runtime and its model.
 *
 * They go into a folder of the build that is named by their content, so that browsers may keep them.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { describeModel } from "./model.ts";

const packages = createRequire(import.meta.url);
const RUNTIME = join(dirname(packages.resolve("@mediapipe/tasks-vision")), "wasm");
const MODEL = packages.resolve("@mediapipe/selfie_segmentation/selfie_segmentation.tflite");

const NOTICE = `vision_wasm_internal.js, vision_wasm_internal.wasm and people.tflite are MediaPipe's, of the packages
@mediapipe/tasks-vision and @mediapipe/selfie_segmentation: Copyright The MediaPipe Authors, under the Apache License,
Version 2.0, http://www.apache.org/licenses/LICENSE-2.0. Metadata was added to people.tflite.
`;

/** Return the files by their names. The large ones are compressed here, once; the service serves them without `.gz`. */
function filesOf(): Map<string, Uint8Array> {
  const compressed = (name: string) => gzipSync(readFileSync(join(RUNTIME, name)), { level: 9 });
  return new Map<string, Uint8Array>([
    ["vision_wasm_internal.js.gz", compressed("vision_wasm_internal.js")],
    ["vision_wasm_internal.wasm.gz", compressed("vision_wasm_internal.wasm")],
    ["people.tflite", describeModel(readFileSync(MODEL))],
    ["NOTICE.txt", Buffer.from(NOTICE)],
  ]);
}

/** Put the files into the build, and the address of their folder into the code as `__SEGMENTER__`. */
export function segmenter(): Plugin {
  const files = filesOf();
  const hash = createHash("sha256");
  for (const content of files.values()) hash.update(content);
  const folder = `assets/segmenter-${hash.digest("hex").slice(0, 8)}`;
  return {
    name: "segmenter",
    config: () => ({ define: { __SEGMENTER__: JSON.stringify(`/${folder}`) } }),
    generateBundle() {
      for (const [name, source] of files) this.emitFile({ type: "asset", fileName: `${folder}/${name}`, source });
    },
  };
}
