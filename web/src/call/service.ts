/** The service's REST paths under `/openrooms`, as the page needs them. Every request uses the link's token. */

import { type DialOut, dialOut } from "../shared/dialOuts";
import { Http } from "../shared/http";
import type { CallModel, JoinedModel } from "../shared/shapes";
import type { Role } from "./capabilities";
import type { Link } from "./link";

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

/** A person in the call, as the service describes them. */
export interface Present {
  readonly rawId: string;
  readonly role: Role;
  readonly displayName: string;
}

/** Asks the service about one room with one identity token; every method may throw a `Refusal`. */
export class RoomService {
  readonly #http: Http;
  readonly #room: string;

  constructor(link: Link, send?: typeof fetch) {
    this.#http = new Http(link.token, send);
    this.#room = `/openrooms/rooms/${encodeURIComponent(link.roomId)}`;
  }

  /** Return the service's time, as milliseconds since the epoch. */
  now(): number {
    return this.#http.now();
  }

  async join(displayName: string): Promise<Admission> {
    const body = await this.#http.ask<JoinedModel>("POST", `${this.#room}/join`, displayName ? { displayName } : {});
    const able = Object.entries(body.capabilities).filter(([, allowed]) => allowed);
    return {
      ...body,
      role: body.role,
      validUntil: new Date(body.validUntil),
      capabilities: new Set(able.map(([name]) => name)),
    };
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

  async remove(rawId: string): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call/participants/${encodeURIComponent(rawId)}:remove`);
  }

  async end(): Promise<void> {
    await this.#http.ask("POST", `${this.#room}/call:end`);
  }
}
