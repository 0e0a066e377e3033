/** The list of the resource's rooms. */

import type { RoomModel, RoomPage } from "../shared/shapes";
import type { Service } from "./service";

const VERSION = "api-version=2025-03-13";

export interface Room {
  readonly id: string;
  readonly createdAt: Date;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** Whether telephones may be called into the room's call. */
  readonly allowsPhones: boolean;
}

/** One page of a list; `more` loads the next page, and is null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly more: string | null;
}

export type State = "open" | "upcoming" | "closed";

/** Return whether `now` (ms) is before, in or after the room's window, which excludes its end. */
export function stateOf(room: Pick<Room, "validFrom" | "validUntil">, now: number): State {
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
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  now = (): number => this.#service.now();

  async rooms(more: string | null = null): Promise<Page<Room>> {
    const body = await this.#service.ask<RoomPage>("GET", more ?? `/rooms?${VERSION}`);
    return { items: body.value.map(room), more: onThisOrigin(body.nextLink) };
  }
}
