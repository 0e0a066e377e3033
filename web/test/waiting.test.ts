import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Door, DoorFollower, lookAtDoor, type RoomFacts } from "../src/call/waiting";
import { Http, Refusal } from "../src/shared/http";
import { EventParser } from "../src/shared/sse";

const ROOM = "99412345678901234";
const SINCE = "2026-03-14T12:00:00+00:00";
const UNTIL = "2026-03-14T13:00:00+00:00";
const FACTS = { title: "Visit", validFrom: SINCE, validUntil: UNTIL };

const sent = (id: string, type: string, data: object) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

interface Asked {
  readonly accept: string;
  readonly lastId: string;
  readonly signal: AbortSignal;
  answer(response: Response): void;
  fail(): void;
}

/** A service whose answers the test gives, one for each request. */
function world() {
  const requests: Asked[] = [];
  const told: { rooms: RoomFacts[]; doors: Door[]; contact: boolean[]; ends: Refusal[] } = {
    rooms: [],
    doors: [],
    contact: [],
    ends: [],
  };
  const send = (_path: string | URL | Request, init: RequestInit = {}) =>
    new Promise<Response>((answer, reject) => {
      const headers = init.headers as Record<string, string>;
      expect(headers.Authorization).toBe("Bearer token");
      requests.push({
        accept: headers.Accept ?? "",
        lastId: headers["Last-Event-ID"] ?? "",
        signal: init.signal as AbortSignal,
        answer,
        fail: () => reject(new Error("no network")),
      });
    });
  const follower = new DoorFollower(new Http("token", send), ROOM, {
    onRoom: (facts) => told.rooms.push(facts),
    onDoor: (door) => told.doors.push(door),
    onContact: (isHeard) => told.contact.push(isHeard),
    onEnd: (refusal) => told.ends.push(refusal),
  });
  follower.start();
  return { requests, told, follower };
}

function stream() {
  let writer: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      writer = controller;
    },
  });
  const encoder = new TextEncoder();
  return {
    response: new Response(body, { headers: { "Content-Type": "text/event-stream" } }),
    write: async (text: string) => {
      writer.enqueue(encoder.encode(text));
      await vi.advanceTimersByTimeAsync(0);
    },
    end: async () => {
      writer.close();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("events are found wherever the stream is cut, and comments are ignored", () => {
  const text = `: keep\n\n${sent("1", "waiting", { since: SINCE })}id: 2\r\ndata: a\r\ndata: b\r\n\r\n`;
  for (let cut = 0; cut <= text.length; cut++) {
    const parser = new EventParser();
    expect([...parser.take(text.slice(0, cut)), ...parser.take(text.slice(cut))]).toEqual([
      { id: "1", type: "waiting", data: `{"since":"${SINCE}"}` },
      { id: "2", type: "message", data: "a\nb" },
    ]);
  }
});

test("a person who waits learns of the room and of each change", async () => {
  const { requests, told, follower } = world();
  const open = stream();
  requests[0]?.answer(open.response);
  await open.write(sent("a", "room", FACTS) + sent("a", "waiting", { awaits: "presenter", since: SINCE }));
  expect(told.rooms).toEqual([{ title: "Visit", validFrom: new Date(SINCE), validUntil: new Date(UNTIL) }]);
  await open.write(sent("b", "waiting", { awaits: "admission", since: SINCE }));
  await open.write(sent("c", "declined", { reason: "Please call us.", mayAskAt: UNTIL }));
  await open.write(sent("d", "later", {}));
  await open.write(sent("e", "admitted", {}));
  expect(told.doors).toEqual([
    { at: "waiting", awaits: "presenter", since: new Date(SINCE) },
    { at: "waiting", awaits: "admission", since: new Date(SINCE) },
    { at: "declined", reason: "Please call us.", mayAskAt: new Date(UNTIL) },
    { at: "admitted" },
  ]);
  follower.stop();
});

test("a cut stream is opened again from the last event", async () => {
  const { requests, follower } = world();
  const open = stream();
  requests[0]?.answer(open.response);
  await open.write(sent("a", "admitted", {}));
  await open.end();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(requests.map((request) => request.lastId)).toEqual(["", "a"]);
  follower.stop();
});

test("without a stream it asks every ten seconds, and tells each state once", async () => {
  const { requests, told, follower } = world();
  await vi.advanceTimersByTimeAsync(10_000);
  const polls = () => requests.filter((request) => request.accept === "");
  const snapshot = {
    id: "a",
    events: [{ type: "closed", data: { code: "Forbidden", message: "Not yet.", subCode: 5829 } }],
  };
  polls()[0]?.answer(Response.json(snapshot));
  await vi.advanceTimersByTimeAsync(10_000);
  polls()[1]?.answer(Response.json(snapshot));
  await vi.advanceTimersByTimeAsync(0);
  expect(told.doors).toEqual([{ at: "closed", refusal: new Refusal(403, "Not yet.", "Forbidden", 5829) }]);
  follower.stop();
});

test("it says when the service cannot be heard, and when it can again", async () => {
  const { requests, told, follower } = world();
  requests[0]?.fail();
  await vi.advanceTimersByTimeAsync(0);
  expect(told.contact).toEqual([]);
  requests[1]?.fail();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told.contact).toEqual([false]);
  const open = stream();
  requests[2]?.answer(open.response);
  await open.write(": here\n\n");
  expect(told.contact).toEqual([false, true]);
  follower.stop();
});

test("a network that comes back gets a new stream and asks at once", async () => {
  const { requests, told, follower } = world();
  const open = stream();
  requests[0]?.answer(open.response);
  await open.write(": here\n\n");
  follower.setOnline(false);
  expect(told.contact).toEqual([false]);
  follower.setOnline(true);
  expect(requests[0]?.signal.aborted).toBe(true);
  await open.end();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(requests.map((request) => request.accept)).toEqual(["text/event-stream", "", "text/event-stream"]);
  requests[1]?.answer(Response.json({ id: "a", events: [] }));
  await vi.advanceTimersByTimeAsync(0);
  expect(told.contact).toEqual([false, true]);
  follower.stop();
});

test("the present state can be read at once", async () => {
  const events = [
    { type: "room", data: FACTS },
    { type: "asking", data: { awaits: "admission" } },
  ];
  const http = new Http("token", async () => Response.json({ id: "a", events }));
  expect(await lookAtDoor(http, ROOM)).toEqual({
    facts: { title: "Visit", validFrom: new Date(SINCE), validUntil: new Date(UNTIL) },
    door: { at: "asking", awaits: "admission" },
  });
});

test("a silent stream counts as broken", async () => {
  const { requests, follower } = world();
  const open = stream();
  requests[0]?.answer(open.response);
  await open.write(": here\n\n");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests.filter((request) => request.accept === "text/event-stream").length).toBeGreaterThan(1);
  follower.stop();
});

test("it ends when the service no longer knows the person", async () => {
  const { requests, told } = world();
  requests[0]?.answer(Response.json({ error: { code: "Denied", message: "No.", subCode: 4507 } }, { status: 401 }));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(told.ends.map((refusal) => refusal.status)).toEqual([401]);
  expect(requests).toHaveLength(1);
});

test("stopping ends the stream and every request", async () => {
  const { requests, told, follower } = world();
  follower.stop();
  expect(requests[0]?.signal.aborted).toBe(true);
  requests[0]?.fail();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(requests).toHaveLength(1);
  expect(told).toEqual({ rooms: [], doors: [], contact: [], ends: [] });
});
