import { expect, test } from "vitest";
import { wordsIn } from "../src/shared/branding";

test("words are in the person's language, in English, or in what there is", () => {
  expect(wordsIn("de", "Help")).toBe("Help");
  expect(wordsIn("de", { en: "Help", de: "Hilfe" })).toBe("Hilfe");
  expect(wordsIn("ar", { de: "Hilfe", en: "Help" })).toBe("Help");
  expect(wordsIn("ar", { fr: "Aide", de: "Hilfe" })).toBe("Aide");
});
