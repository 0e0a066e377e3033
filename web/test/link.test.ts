import { beforeEach, expect, test, vi } from "vitest";
import { isSame, takeLink } from "../src/call/link";
import { MemoryStorage } from "./memory";

const ROOM = "99412345678901234";
const PATH = `/call/${ROOM}`;

let tab: MemoryStorage;

beforeEach(() => {
  tab = new MemoryStorage();
});

function take(pathname: string, hash: string, store = () => tab as unknown as Storage) {
  const replaceState = vi.fn();
  const link = takeLink({ pathname, hash, search: "?lang=en" }, { replaceState, state: 7 }, store);
  return { link, replaced: replaceState.mock.calls };
}

test.each([
  [PATH, "#ey.a.b", { roomId: ROOM, token: "ey.a.b" }],
  [`${PATH}/`, "#ey.a.b", { roomId: ROOM, token: "ey.a.b" }],
  [PATH, "", null],
  [PATH, "#", null],
  [PATH, "#%20", { roomId: ROOM, token: "%20" }],
  ["/call/", "#ey.a.b", null],
  ["/", "#ey.a.b", null],
  [`${PATH}%29`, "#ey.a.b", null],
])("%s%s is read as %o", (pathname, hash, link) => {
  expect(take(pathname, hash).link).toEqual(link);
});

const SECRET = "Ab3_-xYz0123456789abcd";

test.each([
  ["/j", `#${SECRET}`],
  ["/J/", `#${SECRET}`],
  ["/j", `#${SECRET}.`],
  ["/j", `#${SECRET})`],
  ["/j", `#%20${SECRET}%20`],
  [`/j%23${SECRET}`, ""],
  [`/j%2523${SECRET}.`, ""],
])("%s%s is read as an invitation", (pathname, hash) => {
  const { link, replaced } = take(pathname, hash);
  expect(link).toEqual({ secret: SECRET });
  expect(replaced[0]?.[2]).toMatch(/^\/j\/?\?lang=en$/);
  expect(take("/j", "").link).toEqual({ secret: SECRET });
});

test("a secret that cannot be one is left to the service", () => {
  expect(take("/j", "#Ab3").link).toEqual({ secret: "Ab3" });
  expect(take("/j", `#${SECRET}x`).link).toEqual({ secret: `${SECRET}x` });
  expect(take("/jam", `#${SECRET}`).link).toBeNull();
});

test("only the token is removed from the address", () => {
  expect(take(PATH, "#ey.a.b").replaced).toEqual([[7, "", `${PATH}?lang=en`]]);
  expect(take(PATH, "").replaced).toEqual([]);
});

test("a reload finds the link of this tab", () => {
  take(PATH, "#ey.a.b");
  expect(take(PATH, "").link).toEqual({ roomId: ROOM, token: "ey.a.b" });
  expect(take("/call/99400000000000000", "").link).toBeNull();
});

test("a new link for the room replaces the old one", () => {
  take(PATH, "#old");
  take(PATH, "#new");
  expect(take(PATH, "").link).toEqual({ roomId: ROOM, token: "new" });
});

test("without storage the address keeps the token", () => {
  const refusing = () => {
    throw new DOMException("denied", "SecurityError");
  };
  const { link, replaced } = take(PATH, "#ey.a.b", refusing);
  expect(link).toEqual({ roomId: ROOM, token: "ey.a.b" });
  expect(replaced).toEqual([]);
  expect(take(PATH, "", refusing).link).toBeNull();
});

test("links are the same if room and token are", () => {
  const link = { roomId: ROOM, token: "a" };
  expect(isSame(link, { ...link })).toBe(true);
  expect(isSame(link, { ...link, token: "b" })).toBe(false);
  expect(isSame(link, null)).toBe(false);
  expect(isSame(null, null)).toBe(true);
});
