/**
 * One person's session of a call, in phases: asking, the lobby, waiting, joining, in the call, reconnecting, outside.
 *
 * It is independent of the page: it gets the person's actions, asks the service, holds the LiveKit room, and publishes its
 * phase. While the person is not in the call it follows the room's events; in the call, LiveKit's metadata tells the same.
 * Nobody comes into the call without a click: what changes by itself leads at most to the lobby, unless the person waits
 * because they clicked.
 */

import { DisconnectReason, type Room, type RoomConnectOptions, RoomEvent } from "livekit-client";
import { connect, reportUnconnected } from "../shared/connecting";
import { asRefusal, type Refusal } from "../shared/http";
import { type CallFacts, callFacts } from "./callFacts";
import type { Choices } from "./choices";
import { causeOf, declined, isPassing, keptOut, left, type Notice, parted, refused, unconnected } from "./notices";
import type { Admission, RoomService } from "./service";
import type { Awaited, Door, RoomFacts } from "./waiting";

export type Phase =
  | { readonly at: "asking" }
  | Lobby
  | Waiting
  /** Joining, from the lobby or again from outside. */
  | { readonly at: "joining"; readonly lobby: Lobby | null }
  | InCall
  /** The connection broke; the page reconnects at `nextTry` (ms) or on request. */
  | { readonly at: "cut off"; readonly nextTry: number | null }
  | { readonly at: "outside"; readonly notice: Notice; readonly nextTry: number | null };

/**
 * Before the call; `opensAt` is set while the room is not open yet, `admission` once the person may join, and `awaits` if
 * joining means to wait first.
 */
export interface Lobby {
  readonly at: "lobby";
  readonly admission: Admission | null;
  readonly opensAt: Date | null;
  readonly awaits: Awaited | null;
}

/** The person asked to join; `isHeard` is false while the service cannot be reached. */
export interface Waiting {
  readonly at: "waiting";
  readonly awaits: Awaited;
  readonly since: Date;
  readonly isHeard: boolean;
}

export interface InCall {
  readonly at: "call";
  readonly room: Room;
  readonly admission: Admission;
  /** Null until the service has told the call about its room. */
  readonly facts: CallFacts | null;
}

type Service = Pick<RoomService, "enter" | "look" | "follow" | "now">;
export type OpenRoom = (choices: Choices) => Room;

const LOOK_AGAIN = 10_000;
const LONGEST_PAUSE = 5_000;
// setTimeout takes at most 2³¹ ms; the room's events are exact.
const LONGEST_TIMER = 86_400_000;

// Spread by a quarter, so that people who lost the connection together do not all return at once.
const pause = (attempt: number) => Math.min(1_000 * 2 ** attempt, LONGEST_PAUSE) * (0.75 + Math.random() / 2);

export class CallSession {
  #phase: Phase = { at: "asking" };
  #facts: RoomFacts | null = null;
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leaving = false;
  #follower: ReturnType<Service["follow"]> | null = null;
  /** Whether the person has asked to come in, so that being admitted needs no further click. */
  #hasClicked = false;
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

  /** What is known of the room; null until the service has told. */
  get facts(): RoomFacts | null {
    return this.#facts;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Ask whether this person may join, and show the lobby or the reason for a refusal. */
  async ask(): Promise<void> {
    this.#stopTimer();
    this.#leaving = false;
    this.#hasClicked = false;
    try {
      const { facts, door } = await this.service.look();
      if (this.#leaving) return;
      if (facts) this.#onRoom(facts);
      if (door) await this.#onDoor(door, true);
    } catch (error) {
      this.#refuse(asRefusal(error), () => this.ask());
    }
  }

  /** Join with the current choices; ends in the call, in waiting for it, or with a notice. */
  async join(): Promise<void> {
    this.#stopTimer();
    this.#hasClicked = true;
    this.#enter({ at: "joining", lobby: this.#phase.at === "lobby" ? this.#phase : null });
    await this.#connect((refusal) => this.#refuse(refusal, () => this.join()));
  }

  /** Leave the call, or stop waiting, at the person's request. */
  async leave(): Promise<void> {
    this.#stopTimer();
    this.#stopFollowing();
    this.#leaving = true;
    if (this.#phase.at === "call") await this.#phase.room.disconnect();
    this.#stayOutside(left());
  }

  /** Retry at once instead of after the pause. */
  tryNow(): void {
    if (this.#phase.at === "cut off") void this.#comeBack();
    else if (this.#phase.at === "outside") void this.#again();
  }

  /** The browser says whether there is a network; when it is back, retry what failed without it. */
  setOnline(isOnline: boolean): void {
    this.#follower?.setOnline(isOnline);
    if (!isOnline) return;
    const waiting = this.#phase.at === "cut off" || this.#phase.at === "outside" ? this.#phase.nextTry : null;
    if (waiting !== null) this.tryNow();
  }

  /** Refresh the role's capabilities; failures are ignored, since the engine enforces them. */
  async refresh(): Promise<void> {
    const before = this.#phase;
    if (before.at !== "call") return;
    const admission = await this.service.enter(this.choices.displayName).catch(() => null);
    const now = this.#phase;
    if (!admission || "state" in admission || now.at !== "call" || now.room !== before.room) return;
    this.#enter({ ...now, admission: { ...admission, validUntil: now.facts?.validUntil ?? admission.validUntil } });
  }

  async #connect(onRefusal: (refusal: Refusal) => void): Promise<void> {
    this.#leaving = false;
    let admission: Admission;
    try {
      const answer = await this.service.enter(this.choices.displayName);
      if ("state" in answer) {
        this.#wait(answer.awaits, answer.since);
        return;
      }
      admission = answer;
    } catch (error) {
      onRefusal(asRefusal(error));
      return;
    }
    const room = this.openRoom(this.choices);
    this.#room = room;
    room.on(RoomEvent.Disconnected, (reason) => void this.#disconnected(room, reason));
    room.on(RoomEvent.RoomMetadataChanged, () => this.#readFacts(room));
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
    this.#stopFollowing();
    this.#enter({ at: "call", room, admission, facts: null });
    this.#readFacts(room);
  }

  #readFacts(room: Room): void {
    const facts = callFacts(room.metadata);
    const now = this.#phase;
    if (!facts || now.at !== "call" || now.room !== room) return;
    this.#enter({ ...now, facts, admission: { ...now.admission, validUntil: facts.validUntil } });
  }

  async #disconnected(room: Room, reason: DisconnectReason | undefined): Promise<void> {
    // While connecting without a reason, the error of the attempt says more.
    const isConnected = this.#phase.at === "call";
    if (this.#leaving || this.#room !== room || (!isConnected && reason === undefined)) return;
    this.#room = null;
    this.#stopTimer();
    if (reason === DisconnectReason.DUPLICATE_IDENTITY) return this.#part(reason, null);
    this.#enter({ at: "cut off", nextTry: null });
    await this.#partAfterLooking(reason);
  }

  /** Ask the service why the call ended for this person; it may know more than the engine. */
  async #partAfterLooking(reason: DisconnectReason | undefined): Promise<void> {
    const door = await this.#look();
    if (this.#leaving) return;
    if (door?.at === "removed" || door?.at === "declined") await this.#onDoor(door, true);
    else this.#part(reason, door?.at === "closed" ? door.refusal : null);
  }

  async #unconnected(mediaUrl: string, error: unknown): Promise<void> {
    if (this.#leaving) return;
    const door = await this.#look();
    if (door?.at === "closed") return this.#refuse(door.refusal, () => this.join());
    if (door && door.at !== "admitted") return this.#onDoor(door, true);
    reportUnconnected(mediaUrl, error);
    if (this.#attempt > 0) this.#pauseAndRetry();
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
    else this.#pauseAndRetry();
  }

  /** Reconnect after a pause that grows with each failure. */
  #pauseAndRetry(): void {
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
    if (refusal.code === "KeptOut" || refusal.code === "Declined") {
      void this.ask();
      return;
    }
    if (causeOf(refusal, now) === "too early") {
      this.#awaitOpening(refusal.validFrom as Date);
      return;
    }
    const notice = refused(refusal, now);
    const wait = notice.askAgainIn === null ? null : notice.askAgainIn * 1_000;
    this.#again = again;
    this.#enter({ at: "outside", notice, nextTry: wait === null ? null : Date.now() + wait });
    if (wait !== null) this.#after(wait, again);
    if (notice.resumes) this.#followRoom();
  }

  /** Show why the call is over, until the person acts or, if the notice resumes, the room changes. */
  #stayOutside(notice: Notice): void {
    this.#again = () => (notice.wayOut === "join" ? this.join() : this.ask());
    this.#enter({ at: "outside", notice, nextTry: null });
    if (notice.resumes) this.#followRoom();
    else this.#stopFollowing();
  }

  #awaitOpening(opensAt: Date): void {
    const before = this.#phase;
    if (before.at !== "lobby" || before.opensAt?.getTime() !== opensAt.getTime())
      this.#enter({ at: "lobby", admission: null, opensAt, awaits: null });
    this.#followRoom();
    const until = Math.min(opensAt.getTime() - this.service.now(), LONGEST_TIMER);
    this.#after(until, () => this.#lookAgain());
  }

  /** The room should be open now; a failure to learn that does not end the wait. */
  async #lookAgain(): Promise<void> {
    const door = await this.#look();
    if (door?.at === "closed" && isPassing(door.refusal, this.service.now()))
      this.#after(LOOK_AGAIN, () => this.#lookAgain());
    else if (door) await this.#onDoor(door);
  }

  /** Show the lobby to a person who may join: with what the service allows them. */
  async #offer(): Promise<void> {
    this.#stopTimer();
    try {
      const answer = await this.service.enter(this.choices.displayName);
      if (this.#leaving) return;
      if ("state" in answer) this.#wait(answer.awaits, answer.since);
      else {
        this.#enter({ at: "lobby", admission: answer, opensAt: null, awaits: null });
        this.#followRoom();
      }
    } catch (error) {
      this.#refuse(asRefusal(error), () => this.ask());
    }
  }

  #wait(awaits: Awaited, since: Date): void {
    const isHeard = this.#phase.at === "waiting" ? this.#phase.isHeard : true;
    this.#enter({ at: "waiting", awaits, since, isHeard });
    this.#followRoom();
  }

  // The room's events.

  #followRoom(): void {
    this.#follower ??= this.service.follow({
      onRoom: (facts) => this.#onRoom(facts),
      onDoor: (door) => void this.#onDoor(door),
      onContact: (isHeard) => {
        if (this.#phase.at === "waiting") this.#enter({ ...this.#phase, isHeard });
      },
      onEnd: (refusal) => {
        this.#follower = null;
        this.#refuse(refusal, () => this.ask());
      },
    });
  }

  #stopFollowing(): void {
    this.#follower?.stop();
    this.#follower = null;
  }

  #onRoom(facts: RoomFacts): void {
    this.#facts = facts;
    this.#publish();
  }

  async #onDoor(door: Door, isFirst = false): Promise<void> {
    const phase = this.#phase;
    // In the call and on the way into it, the media engine tells what happens.
    if (!isFirst && (phase.at === "call" || phase.at === "joining")) return;
    switch (door.at) {
      case "admitted":
        if (phase.at === "waiting" && this.#hasClicked) await this.join();
        else if (phase.at !== "lobby" || !phase.admission) await this.#offer();
        return;
      case "waiting":
        this.#wait(door.awaits, door.since);
        return;
      case "asking":
        if (phase.at === "waiting" && this.#hasClicked) await this.join();
        else this.#enter({ at: "lobby", admission: null, opensAt: null, awaits: door.awaits });
        this.#followRoom();
        return;
      case "declined":
        this.#stayOutside(declined(door.reason, door.mayAskAt));
        return;
      case "removed":
        this.#stayOutside(keptOut());
        return;
      case "closed":
        this.#onClosed(door.refusal, isFirst);
    }
  }

  #onClosed(refusal: Refusal, isAsked: boolean): void {
    const now = this.service.now();
    const shown = this.#phase.at === "outside" ? this.#phase.notice : null;
    // The notice of a call that just ended says more than the same refusal again.
    if (!isAsked && shown?.resumes && causeOf(refusal, now) === "too late") return;
    this.#refuse(refusal, () => this.ask());
  }

  /** Return what the room says to this person. */
  async #look(): Promise<Door | null> {
    try {
      return (await this.service.look()).door;
    } catch (error) {
      return { at: "closed", refusal: asRefusal(error) };
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
    this.#publish();
  }

  #publish(): void {
    for (const listener of this.#listeners) listener();
  }
}
