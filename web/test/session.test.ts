import { DisconnectReason, type Room, type RoomEvent } from "livekit-client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { recall } from "../src/call/choices";
import type { Admission } from "../src/call/service";
import { CallSession } from "../src/call/session";
import { Refusal } from "../src/shared/http";

const NOON = Date.parse("2026-03-14T12:00:00Z");
const MINUTE = 60_000;

const ADMISSION: Admission = {
  roomId: "99412345678901234",
  identity: "8:acs:x_1",
  role: "Attendee",
  capabilities: new Set(["unmuteMic"]),
  validUntil: new Date(NOON + 60 * MINUTE),
  mediaUrl: "ws://localhost/livekit",
  mediaToken: "media",
};

/** A service whose answer a test sets, and a media engine whose rooms a test can break. */
class World {
  answer: Admission | Refusal = ADMISSION;
  requests = 0;
  rooms: FakeRoom[] = [];
  engine: Error | null = null;
  /** The promise that connecting waits for. */
  connecting: Promise<void> = Promise.resolve();

  join = async () => {
    this.requests += 1;
    if (this.answer instanceof Refusal) throw this.answer;
    return this.answer;
  };
  now = () => Date.now();
  openRoom = () => {
    const room = new FakeRoom(this);
    this.rooms.push(room);
    return room as unknown as Room;
  };
}

class FakeRoom {
  connected = false;
  disconnected = 0;
  #listeners: ((reason?: DisconnectReason) => void)[] = [];

  constructor(private readonly world: World) {}

  on(_event: RoomEvent.Disconnected, listener: (reason?: DisconnectReason) => void) {
    this.#listeners.push(listener);
  }
  part(reason?: DisconnectReason) {
    for (const listener of this.#listeners) listener(reason);
  }
  async connect() {
    await this.world.connecting;
    if (this.world.engine) throw this.world.engine;
    this.connected = true;
  }
  async disconnect() {
    this.connected = false;
    this.disconnected += 1;
    this.part(DisconnectReason.CLIENT_INITIATED);
  }
}

const CHOICES = { ...recall(), displayName: "Ada" };
const window = (from: number, until: number) =>
  new Refusal(403, "", "Forbidden", 5829, new Date(from), new Date(until));
const NOT_INVITED = new Refusal(403, "", "Forbidden", 5828);
const SILENT = new Refusal(0, "");

let world: World;
let session: CallSession;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.spyOn(console, "error").mockReturnValue(undefined);
  world = new World();
  session = new CallSession(world, world.openRoom, CHOICES);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function inCall() {
  await session.ask();
  await session.join();
  expect(session.phase.at).toBe("call");
}

async function broken(reason?: DisconnectReason) {
  world.rooms.at(-1)?.part(reason);
  await vi.advanceTimersByTimeAsync(0);
}

const noticeTitle = () => (session.phase.at === "outside" ? session.phase.notice.title : undefined);

test("a person who may join sees the lobby, then the call", async () => {
  await session.ask();
  expect(session.phase).toEqual({ at: "lobby", admission: ADMISSION, opensAt: null });
  await session.join();
  expect(session.phase).toMatchObject({ at: "call", admission: ADMISSION });
});

test("an early visitor joins when the room opens", async () => {
  const opens = NOON + 2 * MINUTE;
  world.answer = window(opens, opens + MINUTE);
  await session.ask();
  expect(session.phase).toEqual({ at: "lobby", admission: null, opensAt: new Date(opens) });
  await vi.advanceTimersByTimeAsync(2 * MINUTE - 1);
  expect(session.phase.at).toBe("lobby");
  world.answer = ADMISSION;
  await vi.advanceTimersByTimeAsync(1);
  expect(session.phase.at).toBe("call");
});

test("a changed window is noticed while waiting", async () => {
  world.answer = window(NOON + 90 * MINUTE, NOON + 99 * MINUTE);
  await session.ask();
  world.answer = window(NOON + 60 * MINUTE, NOON + 99 * MINUTE);
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(session.phase).toMatchObject({ at: "lobby", opensAt: new Date(NOON + 60 * MINUTE) });
  world.answer = ADMISSION;
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(session.phase.at).toBe("call");
});

test("a network failure does not end the wait", async () => {
  world.answer = window(NOON + MINUTE, NOON + 9 * MINUTE);
  await session.ask();
  world.answer = SILENT;
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(session.phase).toMatchObject({ at: "lobby", opensAt: new Date(NOON + MINUTE) });
  world.answer = ADMISSION;
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(session.phase.at).toBe("call");
});

test("a refused person can retry manually", async () => {
  world.answer = NOT_INVITED;
  await session.ask();
  expect(noticeTitle()).toBe("You are not on this room’s list");
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(world.requests).toBe(1);
  world.answer = ADMISSION;
  session.tryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.phase.at).toBe("lobby");
});

test("an unreachable service is retried automatically", async () => {
  world.answer = SILENT;
  await session.ask();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(world.requests).toBe(2);
  world.answer = ADMISSION;
  session.tryWhenOnline();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.phase.at).toBe("lobby");
});

test("a full call is retried until there is room", async () => {
  await session.ask();
  world.answer = new Refusal(403, "", "CallFull");
  await session.join();
  expect(noticeTitle()).toBe("The call is full");
  world.answer = ADMISSION;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(session.phase.at).toBe("call");
});

test("leaving is final, and rejoining takes one click", async () => {
  await inCall();
  await session.leave();
  expect(noticeTitle()).toBe("You left the call");
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(noticeTitle()).toBe("You left the call");
  session.tryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.phase.at).toBe("call");
});

test.each([
  ["removed", DisconnectReason.PARTICIPANT_REMOVED, ADMISSION, "You were removed from the call"],
  ["off the roster", DisconnectReason.PARTICIPANT_REMOVED, NOT_INVITED, "You are no longer on this room’s list"],
  ["over", DisconnectReason.ROOM_DELETED, window(0, NOON), "Time is up: the room has closed"],
  ["ended", DisconnectReason.ROOM_DELETED, ADMISSION, "The call has ended"],
  ["elsewhere", DisconnectReason.DUPLICATE_IDENTITY, ADMISSION, "You joined somewhere else"],
])("parted for good: %s", async (_, reason, answer, title) => {
  await inCall();
  world.answer = answer;
  await broken(reason);
  expect(noticeTitle()).toBe(title);
  const requests = world.requests;
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(world.requests).toBe(requests);
});

test("a window moved to the future leads back to the lobby", async () => {
  await inCall();
  world.answer = window(NOON + 5 * MINUTE, NOON + 9 * MINUTE);
  await broken(DisconnectReason.ROOM_DELETED);
  expect(session.phase).toMatchObject({ at: "lobby", opensAt: new Date(NOON + 5 * MINUTE) });
});

test("a lost connection is retried with growing pauses", async () => {
  await inCall();
  world.answer = SILENT;
  await broken();
  const pauses: number[] = [];
  for (let tries = 0; tries < 5; tries += 1) {
    const { nextTry } = session.phase as { nextTry: number };
    pauses.push(nextTry - Date.now());
    await vi.advanceTimersByTimeAsync(nextTry - Date.now());
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  world.answer = ADMISSION;
  session.tryWhenOnline();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.phase.at).toBe("call");
});

test("the media engine may come back later than the service", async () => {
  await inCall();
  world.engine = new Error("no engine");
  await broken(DisconnectReason.SERVER_SHUTDOWN);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(session.phase.at).toBe("cut off");
  world.engine = null;
  await vi.advanceTimersByTimeAsync(6_000);
  expect(session.phase.at).toBe("call");
});

test("removal from the roster while disconnected is shown", async () => {
  await inCall();
  world.answer = SILENT;
  await broken();
  world.answer = NOT_INVITED;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(noticeTitle()).toBe("You are no longer on this room’s list");
});

test("leaving while disconnected ends the retries", async () => {
  await inCall();
  world.answer = SILENT;
  await broken();
  await session.leave();
  world.answer = ADMISSION;
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(noticeTitle()).toBe("You left the call");
});

test("failed media connections are not shown as refusals", async () => {
  await session.ask();
  world.engine = new Error("could not establish pc connection");
  await session.join();
  expect(noticeTitle()).toBe("The call could not be connected");
});

test("an attempt that takes too long ends, and its room is given up", async () => {
  await session.ask();
  let connected = () => {};
  world.connecting = new Promise((done) => {
    connected = done;
  });
  void session.join();
  await vi.advanceTimersByTimeAsync(19_999);
  expect(session.phase.at).toBe("joining");
  await vi.advanceTimersByTimeAsync(1);
  expect(noticeTitle()).toBe("The call could not be connected");
  expect(console.error).toHaveBeenCalledWith(expect.stringContaining("must pass /livekit too"));
  expect(world.rooms.map((room) => room.disconnected)).toEqual([1]);
  connected();
  await vi.advanceTimersByTimeAsync(0);
  expect(noticeTitle()).toBe("The call could not be connected");
  session.tryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.phase.at).toBe("call");
});

test("replacement while connecting is shown at once", async () => {
  await session.ask();
  world.connecting = new Promise(() => {});
  void session.join();
  await vi.advanceTimersByTimeAsync(0);
  await broken(DisconnectReason.DUPLICATE_IDENTITY);
  expect(noticeTitle()).toBe("You joined somewhere else");
});

test("changes by the service are shown within a minute", async () => {
  await inCall();
  const longer = { ...ADMISSION, validUntil: new Date(NOON + 90 * MINUTE) };
  world.answer = longer;
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(session.phase).toMatchObject({ at: "call", admission: longer });
  world.answer = SILENT;
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(session.phase).toMatchObject({ at: "call", admission: longer });
});
