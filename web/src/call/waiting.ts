/**
 * What a room says to one person: whether they wait, were admitted or declined, and when the room is open.
 *
 * The service sends its present state first and then each change, so nothing is missed by connecting again. While there is
 * no stream, it is asked every ten seconds.
 */

import { asRefusal, type Http, Refusal } from "../shared/http";
import { readEvents, type ServerEvent } from "../shared/sse";

/** The room as everyone on its roster may know it. */
export interface RoomFacts {
  readonly title: string;
  readonly validFrom: Date;
  readonly validUntil: Date;
}

/** What a person waits for: that a Presenter comes, or that one admits them. */
export type Awaited = "presenter" | "admission";

export type Door =
  /** They may join now, without asking anybody. */
  | { readonly at: "admitted" }
  | { readonly at: "waiting"; readonly awaits: Awaited; readonly since: Date }
  /** They would have to wait, and have not asked yet, or not lately; joining asks. */
  | { readonly at: "asking"; readonly awaits: Awaited }
  /** Not admitted; they may ask again from `mayAskAt` on. */
  | { readonly at: "declined"; readonly reason: string; readonly mayAskAt: Date }
  /** Removed and kept out of this call. */
  | { readonly at: "removed" }
  /** Joining is refused for another reason, such as the room's window. */
  | { readonly at: "closed"; readonly refusal: Refusal };

/** What a room says to a person at one moment. */
export interface DoorState {
  readonly facts: RoomFacts | null;
  readonly door: Door | null;
}

export interface DoorListener {
  onRoom(facts: RoomFacts): void;
  onDoor(door: Door): void;
  /** Whether the service can be heard, each time that this changes. */
  onContact(isHeard: boolean): void;
  /** The service no longer answers this person: their token is not accepted, or they are not on the roster any more. */
  onEnd(refusal: Refusal): void;
}

interface ClosedData {
  code: string;
  message: string;
  subCode?: number;
  validFrom?: string;
  validUntil?: string;
}

interface DoorData extends ClosedData {
  title: string;
  awaits: Awaited;
  since: string;
  reason: string;
  mayAskAt: string;
}

interface Told {
  readonly type: string;
  readonly data: DoorData;
}

interface Snapshot {
  readonly id: string;
  readonly events: readonly Told[];
}

// The service sends a comment every 15 s.
const PATIENCE = 40_000;
const POLL = 10_000;
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const FINAL = new Set([401, 403, 404]);

const isFinal = (refusal: Refusal) => FINAL.has(refusal.status);
const date = (text: string | undefined) => (text ? new Date(text) : null);
const pathOf = (roomId: string) => `/openrooms/rooms/${encodeURIComponent(roomId)}/me/events`;

/** Return what the room says to the person now; may throw a `Refusal`. */
export async function lookAtDoor(http: Pick<Http, "ask">, roomId: string): Promise<DoorState> {
  const { events } = await http.ask<Snapshot>("GET", pathOf(roomId));
  const room = events.find(({ type }) => type === "room");
  const doors = events.map(doorOf).filter((door) => door !== null);
  return { facts: room ? factsOf(room.data) : null, door: doors.at(-1) ?? null };
}

/** Follows one room for one person until stopped. */
export class DoorFollower {
  readonly #path: string;
  readonly #stopped = new AbortController();
  #stream = new AbortController();
  #lastId = "";
  #isOpen = false;
  #isHeard = true;
  #poll: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly http: Pick<Http, "ask" | "open">,
    roomId: string,
    private readonly listener: DoorListener,
  ) {
    this.#path = pathOf(roomId);
  }

  start(): void {
    this.#poll = setInterval(() => void this.#ask(), POLL);
    void this.#follow();
  }

  stop(): void {
    this.#stopped.abort();
    this.#stream.abort();
    clearInterval(this.#poll);
  }

  /** The browser says whether there is a network. A stream from before it went may be dead without knowing. */
  setOnline(isOnline: boolean): void {
    if (!isOnline) {
      this.#hear(false);
      return;
    }
    this.#stream.abort();
    this.#isOpen = false;
    void this.#ask();
  }

  async #follow(): Promise<void> {
    let failures = 0;
    while (!this.#stopped.signal.aborted) {
      const began = Date.now();
      await this.#read();
      failures = Date.now() - began > LONGEST_PAUSE ? 0 : failures + 1;
      await this.#pause(failures);
    }
  }

  async #read(): Promise<void> {
    this.#stream = new AbortController();
    try {
      const response = await this.http.open(this.#path, this.#headers(), this.#stream.signal);
      if (!response.body) return;
      await readEvents(response.body, PATIENCE, (events) => {
        this.#isOpen = true;
        this.#hear(true);
        events.forEach(this.#take);
      });
    } catch (error) {
      this.#isOpen = false;
      // A proxy may pass requests and no streams, so only a request tells whether the service can be heard.
      if (isFinal(asRefusal(error))) this.#fail(error);
      else if (this.#isHeard) void this.#ask();
    } finally {
      this.#isOpen = false;
    }
  }

  #headers(): Record<string, string> {
    return { Accept: "text/event-stream", ...(this.#lastId ? { "Last-Event-ID": this.#lastId } : {}) };
  }

  async #ask(): Promise<void> {
    if (this.#isOpen || this.#stopped.signal.aborted) return;
    try {
      const snapshot = await this.http.ask<Snapshot>("GET", this.#path);
      this.#hear(true);
      if (this.#isOpen || this.#stopped.signal.aborted || snapshot.id === this.#lastId) return;
      this.#lastId = snapshot.id;
      snapshot.events.forEach(this.#tell);
    } catch (error) {
      this.#fail(error);
    }
  }

  #take = (event: ServerEvent): void => {
    if (this.#stopped.signal.aborted) return;
    this.#lastId = event.id;
    this.#tell({ type: event.type, data: JSON.parse(event.data) as DoorData });
  };

  #tell = (told: Told): void => {
    if (told.type === "room") this.listener.onRoom(factsOf(told.data));
    const door = doorOf(told);
    if (door) this.listener.onDoor(door);
  };

  #hear(isHeard: boolean): void {
    if (isHeard === this.#isHeard || this.#stopped.signal.aborted) return;
    this.#isHeard = isHeard;
    this.listener.onContact(isHeard);
  }

  #fail(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const refusal = asRefusal(error);
    if (!isFinal(refusal)) {
      this.#hear(false);
      return;
    }
    this.stop();
    this.listener.onEnd(refusal);
  }

  #pause(failures: number): Promise<void> {
    const longest = Math.min(SHORTEST_PAUSE * 2 ** failures, LONGEST_PAUSE);
    return new Promise((resolve) => {
      // Spread, so that people whose server has stopped do not all return at once.
      setTimeout(resolve, longest * (0.5 + Math.random() / 2));
      this.#stopped.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}

const factsOf = (data: DoorData): RoomFacts => ({
  title: data.title,
  validFrom: new Date(data.validFrom ?? ""),
  validUntil: new Date(data.validUntil ?? ""),
});

/** Return what the event says about coming in; null if nothing, or if it is of a later version of the service. */
function doorOf({ type, data }: Told): Door | null {
  switch (type) {
    case "admitted":
      return { at: "admitted" };
    case "waiting":
      return { at: "waiting", awaits: data.awaits, since: new Date(data.since) };
    case "asking":
      return { at: "asking", awaits: data.awaits };
    case "declined":
      return { at: "declined", reason: data.reason, mayAskAt: new Date(data.mayAskAt) };
    case "removed":
      return { at: "removed" };
    case "closed":
      return { at: "closed", refusal: refusalOf(data) };
    default:
      return null;
  }
}

function refusalOf(data: ClosedData): Refusal {
  const { code, message, subCode, validFrom, validUntil } = data;
  return new Refusal(403, message, code, subCode ?? null, date(validFrom), date(validUntil));
}
