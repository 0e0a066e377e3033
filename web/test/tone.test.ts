import { expect, test } from "vitest";
import { chord } from "../src/call/tone";

test("the test sound is a WAV file that fades in and out", async () => {
  const file = new DataView(await chord().arrayBuffer());
  const word = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => file.getUint8(at + i)));
  expect([word(0), word(8), word(36)]).toEqual(["RIFF", "WAVE", "data"]);
  expect(file.getUint32(4, true)).toBe(file.byteLength - 8);
  expect(file.getUint32(40, true)).toBe(file.byteLength - 44);
  expect(file.getInt16(44, true)).toBe(0);
  const loudest = Math.max(...Array.from({ length: 9_000 }, (_, i) => Math.abs(file.getInt16(44 + 2 * i, true))));
  expect(loudest).toBeGreaterThan(3_000);
  expect(Math.abs(file.getInt16(file.byteLength - 2, true))).toBeLessThan(loudest / 10);
});
