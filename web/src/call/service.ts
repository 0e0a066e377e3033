/** The service's REST paths under `/openrooms`, as the page needs them. Every request uses the link's token. */

import { type DialOut, dialOut } from "../shared/dialOuts";
import { Http, Refusal } from "../shared/http";
import type { AtDoorModel, CallModel, ConnectionTestModel, JoinedModel, WaitingModel } from "../shared/shapes";
import type { Role } from "./capabilities";
import type { TokenLink } from "./link";
import { type Awaited, DoorFollower, type DoorListener, type DoorState, lookAtDoor } from "./waiting";

/** The answer for a person who may join now. */
export interface Admission {
  readonly roomId: string;
  readonly identity: string;
  readonly role: Role;
  readonly capabilities: ReadonlySet<string>;
  readonly validUntil: Date;
  readonly mediaUrl: string;
  readonly mediaToken: string;
}

/** The answer for a person who has to wait. */
export interface Waiting {
  readonly state: "waiting";
  readonly awaits: Awaited;
  readonly since: Date;
}

/** What a test of the connection connects to. */
export type TestPass = Pick<ConnectionTestModel, "mediaUrl" | "mediaToken">;

/** A person in the call, as the service describes them. */
export interface Present {
  readonly rawId: string;
  readonly role: Role;
  readonly displayName: string;
}

/** Somebody who waits to be admitted, or is kept out. */
export interface Waiter extends Present {
  readonly since: Date;
}

export interface AtDoor {
  readonly waiting: readonly Waiter[];
  readonly keptOut: readonly Waiter[];
  /** How many wait in all; the list may be shorter. */
  readonly count: number;
}

const waiter = (model: AtDoorModel): Waiter => ({
  rawId: model.communicationIdentifier.rawId,
  role: model.role,
  displayName: model.displayName,
  since: new Date(model.since),
});

/** Asks the service about one room with one identity token; every method may throw a `Refusal`. */
export class RoomService {
  readonly #http: Http;
  readonly #roomId: string;
  readonly #room: string;

  constructor(link: TokenLink, send?: typeof fetch, renew?: () => Promise<string>) {
    this.#http = new Http(link.token, send, renew ? { renew } : {});
    this.#roomId = link.roomId;
    this.#room = `/openrooms/rooms/${encodeURIComponent(link.roomId)}`;
  }

  /** Return the service's time, as milliseconds since the epoch. */
  now(): number {
    return this.#http.now();
  }

  /** Join the call, or begin to wait for it. */
  async enter(displayName: string): Promise<Admission | Waiting> {
    const body = await this.#http.ask<JoinedModel | WaitingModel>(
      "POST",
      `${this.#room}/join`,
      displayName ? { displayName } : {},
    );
    if ("state" in body) return { state: "waiting", awaits: body.awaits, since: new Date(body.since) };
    const able = Object.entries(body.capabilities).filter(([, allowed]) => allowed);
    return {
      ...body,
      role: body.role,
      validUntil: new Date(body.validUntil),
      capabilities: new Set(able.map(([name]) => name)),
    };
  }

  /** Join the call; a person who has to wait is refused. */
  async join(displayName: string): Promise<Admission> {
    const answer = await this.enter(displayName);
    if ("state" in answer) throw new Refusal(403, "You have to wait to be admitted.", "MustWait");
    return answer;
  }

  /** Return what the room says to this person now. */
  look = (): Promise<DoorState> => lookAtDoor(this.#http, this.#roomId);

  /** Follow what the room says to this person, until the follower is stopped. */
  follow(listener: DoorListener): Pick<DoorFollower, "stop" | "setOnline"> {
    const follower = new DoorFollower(this.#http, this.#roomId, listener);
    follower.start();
    return follower;
  }

  /** Return what a test of the connection needs; also before the room opens. */
  async testConnection(): Promise<TestPass> {
    return this.#http.ask<ConnectionTestModel>("POST", `${this.#room}/call:testConnection`);
  }

  async present(): Promise<Present[]> {
    const body = await this.#http.ask<CallModel>("GET", `${this.#room}/call`);
    return body.participants.map((participant) => ({
      rawId: participant.communicationIdentifier.rawId,
      role: participant.role,
      displayName: participant.displayName,
    }));
  }

  async mute(rawId: string): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call/participants/${encodeURIComponent(rawId)}:mute`);
  }

  /** Unmute a telephone; people unmute themselves. */
  async unmute(rawId: string): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call/participants/${encodeURIComponent(rawId)}:unmute`);
  }

  /** Send digits to a telephone. */
  async sendDigits(rawId: string, digits: string): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call/participants/${encodeURIComponent(rawId)}:sendDtmf`, { digits });
  }

  /** Begin to call a telephone number in E.164 form. */
  async dialOut(phoneNumber: string): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call:dialOut`, { phoneNumber });
  }

  /** Return the dial-outs that go on, then those that ended lately. */
  async dialOuts(): Promise<DialOut[]> {
    const body = await this.#http.ask<CallModel>("GET", `${this.#room}/call`);
    return body.dialOuts.map(dialOut);
  }

  /** Remove somebody from the call; `keepOut` keeps them out of it until they are admitted. */
  async remove(rawId: string, keepOut = false): Promise<void> {
    const body = keepOut ? { keepOut } : undefined;
    await this.#http.ask("POST", `${this.#room}/call/participants/${encodeURIComponent(rawId)}:remove`, body);
  }

  /** Admit somebody who waits, was declined or is kept out. */
  async admit(rawId: string): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call/participants/${encodeURIComponent(rawId)}:admit`);
  }

  /** Admit everyone who waits. */
  async admitAll(): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call:admitAll`);
  }

  /** Decline somebody who waits; they read the reason. */
  async decline(rawId: string, reason: string): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call/participants/${encodeURIComponent(rawId)}:decline`, { reason });
  }

  /** Add minutes to the room, whose end the person sees as `end`; a repetition adds nothing. */
  async extend(minutes: number, end: string): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call:extend`, { minutes, validUntil: end });
  }

  /** Return who waits to be admitted and who is kept out, those of the longest standing first. */
  async atDoor(): Promise<AtDoor> {
    const body = await this.#http.ask<CallModel>("GET", `${this.#room}/call`);
    return {
      waiting: (body.waiting ?? []).map(waiter),
      keptOut: (body.keptOut ?? []).map(waiter),
      count: body.waitingCount ?? 0,
    };
  }

  async end(): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call:end`);
  }
}
