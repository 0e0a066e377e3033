import { expect, test } from "vitest";
import { readLink } from "../src/call/link";

test.each([
  ["/call/99412345678901234", "#ey.a.b", { roomId: "99412345678901234", token: "ey.a.b" }],
  ["/call/99412345678901234/", "#ey.a.b", { roomId: "99412345678901234", token: "ey.a.b" }],
  ["/call/99412345678901234", "", null],
  ["/call/99412345678901234", "#", null],
  ["/call/99412345678901234", "#%20", { roomId: "99412345678901234", token: "%20" }],
  ["/call/", "#ey.a.b", null],
  ["/", "#ey.a.b", null],
  ["/call/99412345678901234%29", "#ey.a.b", null],
])("%s%s is read as %o", (pathname, hash, link) => {
  expect(readLink({ pathname, hash })).toEqual(link);
});
