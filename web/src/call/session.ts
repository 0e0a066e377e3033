/**
 * One person's session of a call, in phases: asking, waiting, joining, in the call, reconnecting, outside.
 *
 * It is independent of the page: it gets the person's actions, asks the service, holds the LiveKit room, and publishes its
 * phase.
 */

import { DisconnectReason, type Room, type RoomConnectOptions, RoomEvent } from "livekit-client";
import { connect, reportUnconnected } from "../shared/connecting";
import { asRefusal, type Refusal } from "../shared/http";
import type { Choices } from "./choices";
import { causeOf, isPassing, left, type Notice, parted, refused, unconnected } from "./notices";
import type { Admission, RoomService } from "./service";

export type Phase =
  | { readonly at: "asking" }
  | Lobby
  /** Joining, from the lobby or again from outside. */
  | { readonly at: "joining"; readonly lobby: Lobby | null }
  | { readonly at: "call"; readonly room: Room; readonly admission: Admission }
  /** The connection broke; the page reconnects at `nextTry` (ms) or on request. */
  | { readonly at: "cut off"; readonly nextTry: number | null }
  | { readonly at: "outside"; readonly notice: Notice; readonly nextTry: number | null };

/** Before the call; `opensAt` is set while the room is not open yet, `admission` once it is. */
export interface Lobby {
  readonly at: "lobby";
  readonly admission: Admission | null;
  readonly opensAt: Date | null;
}

type Service = Pick<RoomService, "join" | "now">;
export type OpenRoom = (choices: Choices) => Room;

// While waiting for the room to open, its window may still change.
const LOOK_AGAIN = 30_000;
// During the call, validUntil and the role may change without an event.
const REFRESH = 60_000;
const LONGEST_PAUSE = 5_000;

// Spread by a quarter, so that people who lost the connection together do not all return at once.
const pause = (attempt: number) => Math.min(1_000 * 2 ** attempt, LONGEST_PAUSE) * (0.75 + Math.random() / 2);

export class CallSession {
  #phase: Phase = { at: "asking" };
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leaving = false;
  /** The current attempt or connection; events of older ones are ignored. */
  #room: Room | null = null;
  #attempt = 0;
  /** The action that a retry repeats: the one that was refused last. */
  #again: () => Promise<void> = () => this.ask();

  constructor(
    private readonly service: Service,
    private readonly openRoom: OpenRoom,
    public choices: Choices,
    private readonly connecting: RoomConnectOptions = {},
  ) {}

  get phase(): Phase {
    return this.#phase;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Ask whether this person may join, and show the lobby or the reason for a refusal. */
  async ask(): Promise<void> {
    this.#stopTimer();
    try {
      const admission = await this.service.join(this.choices.displayName);
      this.#enter({ at: "lobby", admission, opensAt: null });
    } catch (error) {
      this.#refuse(asRefusal(error), () => this.ask());
    }
  }

  /** Join with the current choices; ends in the call or with a notice. */
  async join(): Promise<void> {
    this.#stopTimer();
    this.#enter({ at: "joining", lobby: this.#phase.at === "lobby" ? this.#phase : null });
    await this.#connect((refusal) => this.#refuse(refusal, () => this.join()));
  }

  /** Leave the call at the person's request. */
  async leave(): Promise<void> {
    this.#stopTimer();
    this.#leaving = true;
    if (this.#phase.at === "call") await this.#phase.room.disconnect();
    this.#stayOutside(left());
  }

  /** Retry at once instead of after the pause. */
  tryNow(): void {
    if (this.#phase.at === "cut off") void this.#comeBack();
    else if (this.#phase.at === "outside") void this.#again();
  }

  /** The network is back: retry what failed without it. */
  tryWhenOnline(): void {
    const waiting = this.#phase.at === "cut off" || this.#phase.at === "outside" ? this.#phase.nextTry : null;
    if (waiting !== null) this.tryNow();
  }

  /** Refresh the role's capabilities and the end of the window; failures are ignored, since the engine enforces both. */
  async refresh(): Promise<void> {
    const before = this.#phase;
    if (before.at !== "call") return;
    const admission = await this.service.join(this.choices.displayName).catch(() => null);
    const now = this.#phase;
    if (admission && now.at === "call" && now.room === before.room) this.#enter({ ...now, admission });
    if (this.#phase.at === "call") this.#after(REFRESH, () => this.refresh());
  }

  async #connect(onRefusal: (refusal: Refusal) => void): Promise<void> {
    this.#leaving = false;
    let admission: Admission;
    try {
      admission = await this.service.join(this.choices.displayName);
    } catch (error) {
      onRefusal(asRefusal(error));
      return;
    }
    const room = this.openRoom(this.choices);
    this.#room = room;
    room.on(RoomEvent.Disconnected, (reason) => void this.#disconnected(room, reason));
    try {
      await connect(room, admission, this.connecting);
    } catch (error) {
      if (this.#room !== room) return;
      this.#room = null;
      void room.disconnect();
      await this.#unconnected(admission.mediaUrl, error);
      return;
    }
    if (this.#leaving || this.#room !== room) {
      await room.disconnect();
      return;
    }
    this.#attempt = 0;
    this.#enter({ at: "call", room, admission });
    this.#after(REFRESH, () => this.refresh());
  }

  async #disconnected(room: Room, reason: DisconnectReason | undefined): Promise<void> {
    // While connecting without a reason, the error of the attempt says more.
    const isConnected = this.#phase.at === "call";
    if (this.#leaving || this.#room !== room || (!isConnected && reason === undefined)) return;
    this.#room = null;
    this.#stopTimer();
    if (reason === DisconnectReason.DUPLICATE_IDENTITY) return this.#part(reason, null);
    this.#enter({ at: "cut off", nextTry: null });
    this.#part(reason, await this.#refusalNow());
  }

  /** Ask the service why the connection failed; it may know more than the engine. */
  async #unconnected(mediaUrl: string, error: unknown): Promise<void> {
    if (this.#leaving) return;
    const refusal = await this.#refusalNow();
    if (!refusal) reportUnconnected(mediaUrl, error);
    if (refusal) this.#refuse(refusal, () => this.join());
    else if (this.#attempt > 0) this.#wait();
    else this.#stayOutside(unconnected(error instanceof Error ? error.message : ""));
  }

  #part(reason: DisconnectReason | undefined, refusal: Refusal | null): void {
    if (this.#leaving) return;
    if (refusal && causeOf(refusal, this.service.now()) === "too early") {
      this.#refuse(refusal, () => this.ask());
      return;
    }
    const notice = parted(reason, refusal, this.service.now());
    if (notice) this.#stayOutside(notice);
    else this.#wait();
  }

  /** Reconnect after a pause that grows with each failure. */
  #wait(): void {
    const wait = pause(this.#attempt++);
    this.#enter({ at: "cut off", nextTry: Date.now() + wait });
    this.#after(wait, () => this.#comeBack());
  }

  async #comeBack(): Promise<void> {
    this.#stopTimer();
    this.#attempt = Math.max(this.#attempt, 1);
    this.#enter({ at: "cut off", nextTry: null });
    await this.#connect((refusal) => this.#part(undefined, refusal));
  }

  /** Show the refusal; `again` is called once the reason may be gone. */
  #refuse(refusal: Refusal, again: () => Promise<void>): void {
    if (this.#leaving && this.#phase.at === "outside") return;
    const now = this.service.now();
    if (causeOf(refusal, now) === "too early") {
      this.#awaitOpening(refusal.validFrom as Date);
      return;
    }
    const notice = refused(refusal, now);
    const wait = notice.askAgainIn === null ? null : notice.askAgainIn * 1_000;
    this.#again = again;
    this.#enter({ at: "outside", notice, nextTry: wait === null ? null : Date.now() + wait });
    if (wait !== null) this.#after(wait, again);
  }

  /** Show why the call is over, until the person acts. */
  #stayOutside(notice: Notice): void {
    this.#again = () => (notice.wayOut === "join" ? this.join() : this.ask());
    this.#enter({ at: "outside", notice, nextTry: null });
  }

  #awaitOpening(opensAt: Date): void {
    this.#enter({ at: "lobby", admission: null, opensAt });
    const until = opensAt.getTime() - this.service.now();
    if (until <= LOOK_AGAIN) this.#after(until, () => this.join());
    else this.#after(LOOK_AGAIN, () => this.#lookAgain(opensAt));
  }

  /** The window may have changed: join if the room is open now, otherwise show the new time. */
  async #lookAgain(opensAt: Date): Promise<void> {
    const refusal = await this.#refusalNow();
    if (!refusal) await this.join();
    else if (isPassing(refusal, this.service.now())) this.#awaitOpening(opensAt);
    else this.#refuse(refusal, () => this.ask());
  }

  async #refusalNow(): Promise<Refusal | null> {
    try {
      await this.service.join(this.choices.displayName);
      return null;
    } catch (error) {
      return asRefusal(error);
    }
  }

  #after(milliseconds: number, act: () => Promise<void>): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => void act(), Math.max(0, milliseconds));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    for (const listener of this.#listeners) listener();
  }
}
