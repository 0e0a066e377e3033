import { DisconnectReason, type Room, RoomEvent } from "livekit-client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { recall } from "../src/call/choices";
import type { Admission, Waiting } from "../src/call/service";
import { CallSession } from "../src/call/session";
import type { Door, DoorListener, DoorState } from "../src/call/waiting";
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
  answer: Admission | Waiting | Refusal = ADMISSION;
  /** What the room says; by default what joining would answer. */
  door: Door | null = null;
  requests = 0;
  rooms: FakeRoom[] = [];
  engine: Error | null = null;
  /** The promise that connecting waits for. */
  connecting: Promise<void> = Promise.resolve();

  enter = async () => {
    this.requests += 1;
    if (this.answer instanceof Refusal) throw this.answer;
    return this.answer;
  };
  look = async (): Promise<DoorState> => {
    this.requests += 1;
    const { answer } = this;
    if (this.door) return { facts: null, door: this.door };
    if (!(answer instanceof Refusal)) return { facts: null, door: { at: "admitted" } };
    if (answer.status !== 403) throw answer;
    return { facts: null, door: { at: "closed", refusal: answer } };
  };
  follow = (listener: DoorListener) => {
    this.listener = listener;
    const stop = () => {
      this.listener = null;
    };
    return { stop, setOnline: () => {} };
  };
  listener: DoorListener | null = null;
  /** Let the room say this to a page that follows it. */
  async say(door: Door) {
    this.listener?.onDoor(door);
    await vi.advanceTimersByTimeAsync(0);
  }
  now = () => Date.now();
  openRoom = () => {
    const room = new FakeRoom(this);
    this.rooms.push(room);
    return room as unknown as Room;
  };
}

type Listener = (reason?: DisconnectReason) => void;

class FakeRoom {
  connected = false;
  disconnected = 0;
  metadata = "";
  #listeners = new Map<RoomEvent, Listener>();

  constructor(private readonly world: World) {}

  on(event: RoomEvent, listener: Listener) {
    this.#listeners.set(event, listener);
  }
  part(reason?: DisconnectReason) {
    this.#listeners.get(RoomEvent.Disconnected)?.(reason);
  }
  tell(metadata: object) {
    this.metadata = JSON.stringify(metadata);
    this.#listeners.get(RoomEvent.RoomMetadataChanged)?.();
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

const LOBBY = { at: "lobby", admission: null, opensAt: null, awaits: null };

test("a person who may join sees the lobby, then the call", async () => {
  await session.ask();
  expect(session.phase).toEqual({ ...LOBBY, admission: ADMISSION });
  await session.join();
  expect(session.phase).toMatchObject({ at: "call", admission: ADMISSION });
  expect(world.listener).toBeNull();
});

test("an early visitor may join when the room opens, and is not live before the click", async () => {
  const opens = NOON + 2 * MINUTE;
  world.answer = window(opens, opens + MINUTE);
  await session.ask();
  expect(session.phase).toEqual({ ...LOBBY, opensAt: new Date(opens) });
  await vi.advanceTimersByTimeAsync(2 * MINUTE - 1);
  expect(session.phase).toEqual({ ...LOBBY, opensAt: new Date(opens) });
  world.answer = ADMISSION;
  await vi.advanceTimersByTimeAsync(1);
  expect(session.phase).toEqual({ ...LOBBY, admission: ADMISSION });
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(world.rooms).toEqual([]);
});

test("a window that moves while a person waits for it is followed", async () => {
  world.answer = window(NOON + 90 * MINUTE, NOON + 99 * MINUTE);
  await session.ask();
  await world.say({ at: "closed", refusal: window(NOON + 60 * MINUTE, NOON + 99 * MINUTE) });
  expect(session.phase).toEqual({ ...LOBBY, opensAt: new Date(NOON + 60 * MINUTE) });
  world.answer = ADMISSION;
  await world.say({ at: "admitted" });
  expect(session.phase).toEqual({ ...LOBBY, admission: ADMISSION });
});

test("a network failure does not end the wait for the opening", async () => {
  world.answer = window(NOON + MINUTE, NOON + 9 * MINUTE);
  await session.ask();
  world.answer = SILENT;
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(session.phase).toMatchObject({ at: "lobby", opensAt: new Date(NOON + MINUTE) });
  world.answer = ADMISSION;
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(session.phase).toMatchObject({ at: "lobby", admission: ADMISSION });
});

const WAITING: Waiting = { state: "waiting", awaits: "admission", since: new Date(NOON) };

async function waits() {
  world.door = { at: "asking", awaits: "admission" };
  world.answer = WAITING;
  await session.ask();
  expect(session.phase).toEqual({ ...LOBBY, awaits: "admission" });
  expect(world.requests).toBe(1);
  await session.join();
  expect(session.phase).toEqual({ at: "waiting", awaits: "admission", since: new Date(NOON), isHeard: true });
}

test("a person who asked to join is in the call once admitted", async () => {
  await waits();
  world.answer = ADMISSION;
  await world.say({ at: "admitted" });
  expect(session.phase.at).toBe("call");
});

test("a page that was loaded again while waiting needs a click", async () => {
  world.door = { at: "waiting", awaits: "admission", since: new Date(NOON) };
  await session.ask();
  expect(session.phase).toMatchObject({ at: "waiting" });
  await world.say({ at: "admitted" });
  expect(session.phase).toMatchObject({ at: "lobby", admission: ADMISSION });
});

test("a lost connection is said while waiting", async () => {
  await waits();
  world.listener?.onContact(false);
  expect(session.phase).toMatchObject({ at: "waiting", isHeard: false });
  world.listener?.onContact(true);
  expect(session.phase).toMatchObject({ at: "waiting", isHeard: true });
});

test("a declined person reads the reason and may ask again later", async () => {
  await waits();
  const mayAskAt = new Date(NOON + MINUTE);
  await world.say({ at: "declined", reason: "Please call us.", mayAskAt });
  expect(session.phase).toMatchObject({ at: "outside", notice: { from: mayAskAt, wayOut: "join" } });
  expect(session.phase.at === "outside" && session.phase.notice.text).toEqual(["A presenter says: “Please call us.”"]);
  session.tryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.phase.at).toBe("waiting");
});

test("a person who is kept out can come back when admitted", async () => {
  await inCall();
  world.door = { at: "removed" };
  await broken(DisconnectReason.PARTICIPANT_REMOVED);
  expect(session.phase).toMatchObject({ at: "outside", notice: { wayOut: "none" } });
  world.door = null;
  await world.say({ at: "admitted" });
  expect(session.phase).toEqual({ ...LOBBY, admission: ADMISSION });
});

test("the room changes in the call as its metadata says", async () => {
  await inCall();
  const until = new Date(NOON + 90 * MINUTE);
  world.rooms[0]?.tell({ title: "Visit", validFrom: "", validUntil: until.toISOString(), extendBy: 10 });
  expect(session.phase).toMatchObject({
    admission: { validUntil: until },
    facts: { title: "Visit", validUntil: until, extendBy: 10, waiting: null },
  });
  world.rooms[0]?.tell({});
  expect(session.phase).toMatchObject({ admission: { validUntil: until } });
});

test("a call that ran out of time comes back when the room is extended", async () => {
  await inCall();
  world.answer = window(NOON - MINUTE, NOON);
  await broken(DisconnectReason.ROOM_DELETED);
  expect(noticeTitle()).toBe("Time is up: the room has closed");
  await world.say({ at: "closed", refusal: world.answer });
  expect(noticeTitle()).toBe("Time is up: the room has closed");
  session.tryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(noticeTitle()).toBe("This room has closed");
  world.answer = ADMISSION;
  await world.say({ at: "admitted" });
  expect(session.phase).toEqual({ ...LOBBY, admission: ADMISSION });
  expect(world.rooms).toHaveLength(1);
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
  session.setOnline(true);
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
  session.setOnline(true);
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
