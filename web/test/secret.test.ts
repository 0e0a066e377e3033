import { expect, test } from "vitest";
import { secretIn } from "../src/call/secret";

const SECRET = "q1W4mX9vTbK2sR7-Lc_ZpA";

test.each([
  SECRET,
  `%23${SECRET}`,
  `%2523${SECRET}.`,
  `<${SECRET}>`,
  `${SECRET}%E2%80%9D`,
  `${SECRET}\u201d`,
  `${SECRET}%`,
  `${SECRET}&utm_source=mail`,
  SECRET.replace("-", "%2D").replace("_", "%255F"),
])("%s holds the secret", (text) => {
  expect(secretIn(text)).toBe(SECRET);
});

test("any punctuation around the secret, encoded or not, is left out", () => {
  const printable = Array.from({ length: 95 }, (_, code) => String.fromCharCode(32 + code));
  for (const one of printable.filter((character) => !/[\w-]/.test(character))) {
    const encoded = encodeURIComponent(one);
    for (const around of [one, encoded, encodeURIComponent(encoded), one + one]) {
      expect(secretIn(`${around}${SECRET}${around}`), around).toBe(SECRET);
    }
  }
});

test.each(["", "#", SECRET.slice(1), `${SECRET}x`, `x${SECRET}`, `${SECRET.slice(1)}.`])("%s holds none", (text) => {
  expect(secretIn(text)).toBeNull();
});
