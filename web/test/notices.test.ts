import { DisconnectReason } from "livekit-client";
import { expect, test } from "vitest";
import { causeOf, incompleteLink, left, parted, refused, unconnected } from "../src/call/notices";
import { Refusal } from "../src/shared/http";

const TEN = new Date("2026-03-14T10:00:00Z");
const ELEVEN = new Date("2026-03-14T11:00:00Z");
const window = (now: string) => [Date.parse(now), new Refusal(403, "", "Forbidden", 5829, TEN, ELEVEN)] as const;

const BAD_LINK = new Refusal(401, "", "Denied", 4507);
const NOT_INVITED = new Refusal(403, "", "Forbidden", 5828);
const NO_ROOM = new Refusal(404, "", "NotFound", 5732);
const NO_ROOM_AT_GATE = new Refusal(403, "", "Forbidden", 5732);
const FULL = new Refusal(403, "", "CallFull");
const SCOPE = new Refusal(403, "", "ScopeRefused");
const FORBIDDEN = new Refusal(403, "Because of the moon.", "Forbidden");
const OFF = new Refusal(503, "", "CallsOff");
const BUSY = new Refusal(503, "", "ServiceUnavailable", null, null, null, 3);
const MANY = new Refusal(429, "", "TooManyRequests");
const SILENT = new Refusal(0, "");

test.each([
  [BAD_LINK, "bad link"],
  [new Refusal(401, "", "Denied"), "bad link"],
  [NOT_INVITED, "not invited"],
  [NO_ROOM, "no room"],
  [NO_ROOM_AT_GATE, "no room"],
  [FULL, "call full"],
  [SCOPE, "wrong scope"],
  [FORBIDDEN, "not allowed"],
  [OFF, "calls off"],
  [BUSY, "busy"],
  [MANY, "busy"],
  [new Refusal(500, ""), "busy"],
  [SILENT, "unreachable"],
] as const)("$status $code $subCode means: %s", (refusal, cause) => {
  expect(causeOf(refusal, Date.now())).toBe(cause);
});

test.each([
  ["2026-03-14T09:59:59.999Z", "too early"],
  ["2026-03-14T11:00:00Z", "too late"],
] as const)("outside the window at %s is %s", (now, cause) => {
  const [at, refusal] = window(now);
  expect(causeOf(refusal, at)).toBe(cause);
});

const REFUSALS = [BAD_LINK, NOT_INVITED, NO_ROOM, FULL, SCOPE, FORBIDDEN, OFF, BUSY, MANY, SILENT];

test.each(REFUSALS)("every refusal has a title, an explanation and a way out: $status $code", (refusal) => {
  const notice = refused(refusal, Date.now());
  expect(notice.title).not.toBe("");
  expect(notice.text.length).toBeGreaterThan(0);
  const hasWayOut = notice.wayOut !== "none" || notice.text.some((sentence) => sentence.startsWith("Ask "));
  expect(hasWayOut).toBe(true);
});

test("each reason has its own notice", () => {
  const titles = [...REFUSALS.filter((one) => one !== MANY), window("2026-03-14T12:00:00Z")[1]].map(
    (one) => refused(one, Date.parse("2026-03-14T12:00:00Z")).title,
  );
  expect(new Set(titles).size).toBe(titles.length);
});

test("the notice of a closed room names its end", () => {
  const [at, refusal] = window("2026-03-14T12:00:00Z");
  expect(refused(refusal, at).text[0]).toMatch(/^It was open until 11:00/);
});

test("a notice never shows the service's own words, which are English", () => {
  expect(refused(FORBIDDEN, 0).text.join()).not.toContain("Because of the moon.");
  expect(refused(FORBIDDEN, 0).reference).toBe("403 Forbidden");
});

test.each([
  [BUSY, 3],
  [MANY, 10],
  [SILENT, 5],
  [FULL, 15],
  [NOT_INVITED, null],
])("$status $code is retried after %s seconds", (refusal, seconds) => {
  expect(refused(refusal, 0).askAgainIn).toBe(seconds);
});

test("the reference has the status and the sub-code", () => {
  expect(refused(NOT_INVITED, 0).reference).toBe("403 5828");
  expect(refused(SILENT, 0).reference).toBe("");
});

test.each([
  ["by a presenter", DisconnectReason.PARTICIPANT_REMOVED, null, "You were removed from the call"],
  ["off the roster", DisconnectReason.PARTICIPANT_REMOVED, NOT_INVITED, "You are no longer on this room’s list"],
  ["token revoked", DisconnectReason.PARTICIPANT_REMOVED, BAD_LINK, "Your link has ended"],
  ["ended for all", DisconnectReason.ROOM_DELETED, null, "The call has ended"],
  ["room deleted", DisconnectReason.ROOM_DELETED, NO_ROOM, "The room was deleted"],
  ["another tab", DisconnectReason.DUPLICATE_IDENTITY, null, "You joined somewhere else"],
  ["network", undefined, null, undefined],
  ["network, and the service too", undefined, SILENT, undefined],
  ["engine stopped", DisconnectReason.SERVER_SHUTDOWN, OFF, undefined],
  ["network, and off the roster meanwhile", undefined, NOT_INVITED, "You are no longer on this room’s list"],
])("parted: %s", (_, reason, refusal, title) => {
  expect(parted(reason, refusal, Date.now())?.title).toBe(title);
});

test("a call that reached the end of its window says so", () => {
  const [at, refusal] = window("2026-03-14T11:00:00Z");
  expect(parted(DisconnectReason.ROOM_DELETED, refusal, at)?.title).toBe("Time is up: the room has closed");
});

test.each([
  ["an incomplete link", incompleteLink(), "none"],
  ["leaving", left(), "join"],
  ["no media", unconnected("ice failed"), "join"],
])("%s offers its way out", (_, notice, wayOut) => {
  expect(notice.wayOut).toBe(wayOut);
});
