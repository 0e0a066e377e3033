import { expect, test } from "vitest";
import type { AccessKey } from "../src/console/administration/api";
import { begin, progress } from "../src/console/administration/rotation";

const key = (name: AccessKey["name"], id: string, minute?: number): AccessKey => ({
  name,
  id,
  isFromSettings: false,
  ...(minute === undefined ? {} : { lastUsedAt: `2026-03-14T09:${String(minute).padStart(2, "0")}:00Z` }),
});

const BEFORE = [key("primary", "a", 1), key("secondary", "b")];

test.each([
  ["nothing is done", BEFORE, { hasNewSecondary: false, isPrimaryInUse: true, isDone: false }],
  [
    "the new key has not been used",
    [key("primary", "a", 5), key("secondary", "c")],
    { hasNewSecondary: true, isPrimaryInUse: true, isDone: false },
  ],
  [
    "programs use the new key, and one the old one",
    [key("primary", "a", 7), key("secondary", "c", 6)],
    { hasNewSecondary: true, isPrimaryInUse: true, isDone: false },
  ],
  [
    "all programs use the new key",
    [key("primary", "a", 5), key("secondary", "c", 6)],
    { hasNewSecondary: true, isPrimaryInUse: false, isDone: false },
  ],
  [
    "both keys are new",
    [key("primary", "d"), key("secondary", "c", 6)],
    { hasNewSecondary: true, isPrimaryInUse: false, isDone: true },
  ],
])("%s", (_, keys, expected) => {
  expect(progress(begin(BEFORE), keys)).toEqual(expected);
});
