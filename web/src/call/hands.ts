/** The raised hands of a call. Each page keeps its own hand and tells it to the others, and to people who come later. */

import type { Message } from "../shared/callMessages";
import { FloodLimit, type Rate } from "./flood";
import { ownerOf } from "./people";

export interface Raised {
  readonly rawId: string;
  /** In milliseconds since the epoch. */
  readonly at: number;
}

/** The sender of a message, as the media engine names them. */
export interface Peer {
  readonly identity: string;
  readonly joinedAt: number;
  readonly isPresenter: boolean;
}

const RATE: Rate = { burst: 6, every: 5_000 };

export class Hands {
  /** In the order in which they were raised. */
  #raised: readonly Raised[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #limit = new FloodLimit(RATE);

  constructor(private readonly now: () => number) {}

  get raised(): readonly Raised[] {
    return this.#raised;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  atOf(rawId: string): number | null {
    return this.#raised.find((raised) => raised.rawId === rawId)?.at ?? null;
  }

  /** Apply another person's message; return whether it raised their hand. */
  hear(message: Message, from: Peer): boolean {
    const rawId = ownerOf(from.identity);
    if (message.kind === "lower hands") {
      if (from.isPresenter) this.lower(message.rawIds);
    } else if (message.kind === "hand") {
      if (message.raisedAt === null) this.lower([rawId]);
      else return this.#limit.takes(rawId, this.now()) && this.raise(rawId, this.#believed(message.raisedAt, from));
    }
    return false;
  }

  /** Raise a hand; return false if it was up already. */
  raise(rawId: string, at: number): boolean {
    if (this.atOf(rawId) !== null) return false;
    this.#set([...this.#raised, { rawId, at }].sort((one, other) => one.at - other.at));
    return true;
  }

  /** Lower these hands, or all of them. */
  lower(rawIds: readonly string[] | null): void {
    const left = rawIds === null ? [] : this.#raised.filter(({ rawId }) => !rawIds.includes(rawId));
    if (left.length < this.#raised.length) this.#set(left);
  }

  /** Nobody raises a hand before they join or in the future, whatever their clock says. */
  #believed(at: number, from: Peer): number {
    return Math.min(Math.max(at, from.joinedAt), this.now());
  }

  #set(raised: readonly Raised[]): void {
    this.#raised = raised;
    for (const listener of this.#listeners) listener();
  }
}
