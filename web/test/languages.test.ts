import { afterEach, expect, test } from "vitest";
import { hoursAndMinutes, minutesAndSeconds } from "../src/languages/formats";
import { chooseLanguage, direction, locale, pieces, speak, text } from "../src/languages/text";

afterEach(() => speak("en"));

test.each([
  ["?lang=de", ["fr-FR", "en"], "de"],
  ["?lang=DE-at", ["fr-FR"], "de"],
  ["?lang=xx", ["fr-CA", "en"], "fr"],
  ["", ["nl-NL", "es-MX", "en"], "es"],
  ["", ["nl", "tr"], "en"],
  ["?lang=constructor", [], "en"],
])("%s with a browser in %s shows %s", (search, languages, expected) => {
  expect(chooseLanguage(search, languages)).toBe(expected);
});

test("a text speaks the loaded language with the browser's region", async () => {
  await speak("de", ["fr-FR", "de-AT"]);
  expect([text("lobby.join"), locale(), direction()]).toEqual(["Jetzt teilnehmen", "de-AT", "ltr"]);
  await speak("ar", ["de-AT"]);
  expect([text("common.cancel"), locale(), direction()]).toEqual(["إلغاء", "ar", "rtl"]);
});

test.each([
  [1, "تُغلق الغرفة بعد دقيقة واحدة."],
  [2, "تُغلق الغرفة بعد دقيقتين."],
  [5, "تُغلق الغرفة بعد 5 دقائق."],
  [11, "تُغلق الغرفة بعد 11 دقيقة."],
])("%i takes its Arabic form", async (count, expected) => {
  await speak("ar", ["ar-MA"]);
  expect(text("time.closes", { count })).toBe(expected);
});

test("a name in the other direction is isolated", async () => {
  expect(text("lobby.onePresent", { name: "Ada" })).toBe("Ada is in the call.");
  expect(text("lobby.onePresent", { name: "ليلى" })).toBe("\u2068ليلى\u2069 is in the call.");
  await speak("ar");
  expect(text("lobby.onePresent", { name: "Ada" })).toBe("\u2068Ada\u2069 في المكالمة.");
});

test("a value that looks like a name stays as it is", () => {
  expect(text("lobby.onePresent", { name: "{name} $& {count}" })).toBe("{name} $& {count} is in the call.");
});

test("a text is split at its names", () => {
  expect(pieces("lobby.opens")).toEqual(["It opens at ", "time", ", in ", "left", "."]);
});

test("durations follow the language", async () => {
  await speak("de");
  expect(hoursAndMinutes(1, 20).replace(/[\s,]+/g, " ")).toBe("1 Std. 20 Min.");
  await speak("ar", ["ar-EG"]);
  expect(minutesAndSeconds(4, 5)).toBe("٤:٠٥");
});
