import { expect, test } from "vitest";
import { chord, knock } from "../src/call/tone";

test.each([
  ["the test sound", chord, 3_000, 16_384],
  ["the knock", knock, 1_000, 8_192],
])("%s is a WAV file that fades in and out", async (_, sound, heard, loud) => {
  const file = new DataView(await sound().arrayBuffer());
  const word = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => file.getUint8(at + i)));
  expect([word(0), word(8), word(36)]).toEqual(["RIFF", "WAVE", "data"]);
  expect(file.getUint32(4, true)).toBe(file.byteLength - 8);
  expect(file.getUint32(40, true)).toBe(file.byteLength - 44);
  expect(file.getInt16(44, true)).toBe(0);
  const loudest = Math.max(...Array.from({ length: 9_000 }, (_, i) => Math.abs(file.getInt16(44 + 2 * i, true))));
  expect(loudest).toBeGreaterThan(heard);
  expect(loudest).toBeLessThanOrEqual(loud);
  expect(Math.abs(file.getInt16(file.byteLength - 2, true))).toBeLessThan(loudest / 10);
});
