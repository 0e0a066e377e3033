import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { describeModel } from "../segmenter/model";

const MODEL = readFileSync(
  createRequire(import.meta.url).resolve("@mediapipe/selfie_segmentation/selfie_segmentation.tflite"),
);

test("the model gets metadata, and stays the same behind it", () => {
  const described = Buffer.from(describeModel(MODEL));
  const added = described.length - MODEL.length;
  expect(described.subarray(added).equals(MODEL)).toBe(true);
  expect(described.toString("latin1", 4, 8)).toBe("TFL3");
  const before = described.toString("latin1", 0, added);
  expect(before).toContain("TFLITE_METADATA");
  expect(before).toContain("M001");
  // Its weights are read in vectors of 16 bytes.
  expect(added % 16).toBe(0);
});

test("a model that would lose its alignment is refused", () => {
  expect(() => describeModel(MODEL.subarray(0, -1))).toThrow("not a multiple of 16");
});
