import { afterEach, expect, test } from "vitest";
import { speak } from "../src/languages/text";
import { face, milestone, moment, urgency } from "../src/shared/countdown";

afterEach(() => speak("en"));

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

test.each([
  [-5 * SECOND, "0:00"],
  [0, "0:00"],
  [1, "0:01"],
  [59 * SECOND, "0:59"],
  [MINUTE, "1:00"],
  [HOUR - 1, "1 hr 0 mins"],
  [59 * MINUTE + 5 * SECOND, "59:05"],
  [HOUR + 5 * MINUTE, "1 hr 5 mins"],
  [DAY + HOUR, "25 hrs 0 mins"],
  [2 * DAY, "2 days"],
  [179.9 * DAY, "179 days"],
])("%i ms are shown as %s", (remaining, expected) => {
  expect(face(remaining)).toBe(expected);
});

test.each([
  [6 * MINUTE, "calm"],
  [5 * MINUTE, "soon"],
  [MINUTE + 1, "soon"],
  [MINUTE, "now"],
  [-1, "now"],
] as const)("%i ms before the end are %s", (remaining, expected) => {
  expect(urgency(remaining)).toBe(expected);
});

test.each([
  ["between two marks", 9 * MINUTE, 8 * MINUTE, null],
  ["at a mark", 5 * MINUTE + SECOND, 5 * MINUTE, "The room closes in 5 minutes."],
  ["after a mark already said", 5 * MINUTE, 5 * MINUTE - SECOND, null],
  ["across two marks at once", 6 * MINUTE, MINUTE / 2, "The room closes in 1 minute."],
  ["at the last mark", MINUTE + SECOND, MINUTE, "The room closes in 1 minute."],
  ["when it is over", MINUTE + SECOND, 0, null],
  ["when the room was extended", MINUTE, HOUR, null],
])("%s", (_, before, after, expected) => {
  expect(milestone(before, after)).toBe(expected);
});

test.each([
  ["today", "2026-03-14T15:00:00Z", ["en-GB"], "15:00 UTC"],
  ["another day", "2026-03-16T15:00:00Z", ["en-GB"], "Mon 16 Mar 15:00 UTC"],
  ["another year", "2027-03-16T15:00:00Z", ["en-GB"], "Tue 16 Mar 2027 15:00 UTC"],
  ["in the reader's English", "2026-03-14T15:00:00Z", ["de-DE", "en-US"], "3:00 PM UTC"],
])("a moment %s", async (_, at, languages, expected) => {
  await speak("en", languages);
  const now = new Date("2026-03-14T09:00:00Z");
  // The commas differ between versions of the Unicode tables.
  const words = moment(new Date(at), now).match(/[^\s,]+/g) ?? [];
  expect(words.filter((word) => word !== "at").join(" ")).toBe(expected);
});
