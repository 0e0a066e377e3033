/** The operator's requests: the resource's rooms, who is invited, who is in the call, and why a user cannot join. */

import { type DialOut, dialOut } from "../shared/dialOuts";
import { Http } from "../shared/http";
import type { CallModel, ParticipantModel, ParticipantPage, RoomModel, RoomPage, WhyModel } from "../shared/shapes";

const VERSION = "api-version=2025-03-13";

export interface Room {
  readonly id: string;
  readonly createdAt: Date;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** Whether telephones may be called into the room's call. */
  readonly allowsPhones: boolean;
}

export type Invited = ParticipantModel;

export interface Present extends Invited {
  readonly displayName: string;
  readonly joinedAt: Date;
}

export interface Call {
  readonly present: readonly Present[];
  readonly dialOuts: readonly DialOut[];
}

export type Why = WhyModel;

/** One page of a list; `more` loads the next page, and is null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly more: string | null;
}

export type State = "open" | "upcoming" | "closed";

/** Return whether `now` (ms) is before, in or after the room's window, which excludes its end. */
export function stateOf(room: Room, now: number): State {
  if (now < room.validFrom.getTime()) return "upcoming";
  return now < room.validUntil.getTime() ? "open" : "closed";
}

/** Return path and query of a link to the next page; behind a proxy, its host may differ from this one. */
export function onThisOrigin(link: string | null | undefined): string | null {
  if (!link) return null;
  const address = new URL(link, "http://localhost");
  return address.pathname + address.search;
}

const room = (body: RoomModel): Room => ({
  id: body.id,
  createdAt: new Date(body.createdAt),
  validFrom: new Date(body.validFrom),
  validUntil: new Date(body.validUntil),
  allowsPhones: body.pstnDialOutEnabled,
});

/** The operator's requests; each may throw a `Refusal`. */
export class RoomsApi {
  readonly #http: Http;

  constructor(token: string, send?: typeof fetch) {
    this.#http = new Http(token, send);
  }

  now = (): number => this.#http.now();

  async rooms(more: string | null = null): Promise<Page<Room>> {
    const body = await this.#http.ask<RoomPage>("GET", more ?? `/rooms?${VERSION}`);
    return { items: body.value.map(room), more: onThisOrigin(body.nextLink) };
  }

  async room(id: string): Promise<Room> {
    return room(await this.#http.ask<RoomModel>("GET", `/rooms/${encodeURIComponent(id)}?${VERSION}`));
  }

  async roster(id: string, more: string | null = null): Promise<Page<Invited>> {
    const first = `/rooms/${encodeURIComponent(id)}/participants?${VERSION}`;
    const body = await this.#http.ask<ParticipantPage>("GET", more ?? first);
    return { items: body.value, more: onThisOrigin(body.nextLink) };
  }

  async call(id: string): Promise<Call> {
    const body = await this.#http.ask<CallModel>("GET", `${own(id)}/call`);
    const present = body.participants.map((participant) => ({
      rawId: participant.communicationIdentifier.rawId,
      role: participant.role,
      displayName: participant.displayName,
      joinedAt: new Date(participant.joinedAt),
    }));
    return { present, dialOuts: body.dialOuts.map(dialOut) };
  }

  async dialOut(id: string, phoneNumber: string): Promise<void> {
    await this.#http.ask("POST", `${own(id)}/call:dialOut`, { phoneNumber });
  }

  async why(id: string, rawId: string): Promise<Why> {
    return this.#http.ask("GET", `${own(id)}/why?rawId=${encodeURIComponent(rawId)}`);
  }

  async remove(id: string, rawId: string): Promise<void> {
    await this.#http.ask("POST", `${own(id)}/call/participants/${encodeURIComponent(rawId)}:remove`);
  }

  async end(id: string): Promise<void> {
    await this.#http.ask("POST", `${own(id)}/call:end`);
  }
}

const own = (id: string) => `/openrooms/rooms/${encodeURIComponent(id)}`;
