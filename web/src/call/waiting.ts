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

export interface DoorListener {
  onRoom(facts: RoomFacts): void;
  onDoor(door: Door): void;
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

interface Snapshot {
  readonly id: string;
  readonly events: readonly { readonly type: string; readonly data: DoorData }[];
}

// The service sends a comment every 15 s.
const PATIENCE = 40_000;
const POLL = 10_000;
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const FINAL = new Set([401, 403, 404]);

const date = (text: string | undefined) => (text ? new Date(text) : null);

/** Follows one room for one person until stopped. */
export class DoorFollower {
  readonly #path: string;
  readonly #stopped = new AbortController();
  #lastId = "";
  #isOpen = false;
  #poll: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly http: Pick<Http, "ask" | "open">,
    roomId: string,
    private readonly listener: DoorListener,
  ) {
    this.#path = `/openrooms/rooms/${encodeURIComponent(roomId)}/me/events`;
  }

  start(): void {
    this.#poll = setInterval(() => void this.#ask(), POLL);
    void this.#follow();
  }

  stop(): void {
    this.#stopped.abort();
    clearInterval(this.#poll);
  }

  /** Ask for the present state at once, for example when the network is back. */
  look(): void {
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
    try {
      const response = await this.http.open(this.#path, this.#headers(), this.#stopped.signal);
      if (!response.body) return;
      await readEvents(response.body, PATIENCE, (events) => {
        this.#isOpen = true;
        events.forEach(this.#take);
      });
    } catch (error) {
      this.#fail(error);
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
      if (this.#isOpen || this.#stopped.signal.aborted || snapshot.id === this.#lastId) return;
      this.#lastId = snapshot.id;
      for (const { type, data } of snapshot.events) this.#tell(type, data);
    } catch (error) {
      this.#fail(error);
    }
  }

  #take = (event: ServerEvent): void => {
    if (this.#stopped.signal.aborted) return;
    this.#lastId = event.id;
    this.#tell(event.type, JSON.parse(event.data) as DoorData);
  };

  #tell(type: string, data: DoorData): void {
    if (type === "room") {
      const [validFrom, validUntil] = [new Date(data.validFrom ?? ""), new Date(data.validUntil ?? "")];
      this.listener.onRoom({ title: data.title, validFrom, validUntil });
      return;
    }
    const door = doorOf(type, data);
    // Later versions of the service may send other events.
    if (door) this.listener.onDoor(door);
  }

  #fail(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const refusal = asRefusal(error);
    if (!FINAL.has(refusal.status)) return;
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

function doorOf(type: string, data: DoorData): Door | null {
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
