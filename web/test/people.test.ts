import { expect, test } from "vitest";
import { initials, nameOf, ownerOf, tint } from "../src/call/people";

test.each([
  ["Ada Lovelace", "AL"],
  ["  ada  ", "A"],
  ["Jean-Luc van der Berg", "JB"],
  ["王小明", "王"],
  ["👩‍⚕️ Grace", "👩G"],
  ["", "?"],
])("the initials of %j are %s", (name, expected) => {
  expect(initials(name)).toBe(expected);
});

test("an identity has the same tint on every screen", () => {
  const tints = Array.from({ length: 200 }, (_, index) => tint(`8:acs:${index}`));
  expect(new Set(tints)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  expect(tint("8:acs:7")).toBe(tint("8:acs:7"));
});

test.each([
  ["Ada", "Presenter", "Ada"],
  ["  ", "Attendee", "Attendee 1a2b"],
  [undefined, undefined, "Guest 1a2b"],
] as const)("%j as %s is called %s", (name, role, expected) => {
  expect(nameOf(name, role, "8:acs:x_1a2b")).toBe(expected);
});

test("a second connection belongs to the same person", () => {
  expect(ownerOf("8:acs:x_1#screen")).toBe("8:acs:x_1");
  expect(ownerOf("8:acs:x_1")).toBe("8:acs:x_1");
});
