import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RoomService } from "../src/call/service";
import { Refusal } from "../src/shared/http";

const NOON = Date.parse("2026-03-14T12:00:00Z");
const LINK = { roomId: "99412345678901234", token: "ey.secret.token" };

function answering(body: unknown, init?: ResponseInit) {
  const requests: { address: string; init: RequestInit }[] = [];
  const send = async (address: string | URL | Request, init_: RequestInit = {}) => {
    requests.push({ address: String(address), init: init_ });
    return new Response(typeof body === "string" ? body : JSON.stringify(body), init);
  };
  return { requests, service: new RoomService(LINK, send) };
}

const ADMISSION = {
  roomId: LINK.roomId,
  identity: "8:acs:x_1",
  role: "Attendee",
  capabilities: { unmuteMic: true, turnVideoOn: true, shareScreen: false },
  validUntil: "2026-03-14T13:00:00.0000000+00:00",
  mediaUrl: "ws://localhost:8721/livekit",
  mediaToken: "media",
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("joining sends the token in a header, never in the address", async () => {
  const { requests, service } = answering(ADMISSION);
  const admission = await service.join("Ada");
  expect(requests[0]?.address).toBe("/openrooms/rooms/99412345678901234/join");
  expect(requests[0]?.init).toMatchObject({
    method: "POST",
    body: '{"displayName":"Ada"}',
    headers: { Authorization: "Bearer ey.secret.token" },
    credentials: "omit",
    redirect: "error",
  });
  expect([...admission.capabilities]).toEqual(["unmuteMic", "turnVideoOn"]);
  expect(admission.validUntil).toEqual(new Date("2026-03-14T13:00:00Z"));
});

test("a person's raw id is escaped in the path", async () => {
  const { requests, service } = answering({});
  await service.mute("8:acs:a/b");
  await service.remove("+15550100");
  expect(requests.map((request) => request.address)).toEqual([
    "/openrooms/rooms/99412345678901234/call/participants/8%3Aacs%3Aa%2Fb:mute",
    "/openrooms/rooms/99412345678901234/call/participants/%2B15550100:remove",
  ]);
});

test("a refusal has everything that its notice needs", async () => {
  const error = {
    code: "Forbidden",
    message: "The room is not open.",
    subCode: 5829,
    validFrom: "2026-03-14T12:30:00.0000000+00:00",
    validUntil: "2026-03-14T13:00:00.0000000+00:00",
  };
  const { service } = answering({ error }, { status: 403 });
  await expect(service.join("")).rejects.toMatchObject({
    status: 403,
    code: "Forbidden",
    subCode: 5829,
    message: "The room is not open.",
    validFrom: new Date("2026-03-14T12:30:00Z"),
    validUntil: new Date("2026-03-14T13:00:00Z"),
  });
});

test.each([
  ["a proxy's page", "<html>", { status: 502, headers: { "Retry-After": "7" } }, { status: 502, retryAfter: 7 }],
  ["an empty error", "", { status: 500 }, { status: 500, retryAfter: null, message: "The service answered 500." }],
])("%s is a refusal, too", async (_, body, init, expected) => {
  const { service } = answering(body, init);
  await expect(service.end()).rejects.toMatchObject(expected);
});

test("no response is a refusal with status 0", async () => {
  const service = new RoomService(LINK, () => Promise.reject(new TypeError("network")));
  await expect(service.join("")).rejects.toEqual(new Refusal(0, "The service did not answer."));
});

test.each([
  ["an hour slow", "Sat, 14 Mar 2026 13:00:00 GMT", NOON + 3_600_500],
  ["right to a second", "Sat, 14 Mar 2026 12:00:01 GMT", NOON],
  ["unknown", "", NOON],
])("a clock that is %s counts by the service's", async (_, header, expected) => {
  const { service } = answering({}, header ? { headers: { Date: header } } : {});
  await service.end();
  expect(service.now()).toBe(expected);
});
