/** Raised hands. Each app keeps its own hand and sends it to the others, and again to people who join later. */

import {
  type CommunicationIdentifier,
  type CommunicationIdentifierKind,
  createIdentifierFromRawId,
  getIdentifierRawId,
} from "@azure/communication-common";
import type { Message } from "../../../src/shared/callMessages";
import { Emitter } from "../emitter";
import { CallingError } from "../errors";
import type { Participant } from "../participants";
import type { RaisedHand, RaisedHandChangedEvent, RaiseHandCallFeature } from "../types";
import type { Inside } from "./inside";

interface Raised {
  readonly identifier: CommunicationIdentifierKind;
  readonly at: number;
}

export class Hands implements RaiseHandCallFeature {
  readonly name = "RaiseHand";
  readonly #raised = new Map<string, Raised>();
  readonly #emitter = new Emitter<{
    raisedHandEvent: RaisedHandChangedEvent;
    loweredHandEvent: RaisedHandChangedEvent;
  }>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;

  constructor(private readonly inside: Inside) {
    const { events } = inside;
    events.on("message", (message, from) => this.#hear(message, from));
    events.on("joined", (participant) => this.#watch(participant));
    events.on("reachable", (participant) => this.#greet(participant));
    events.on("left", (participant) => this.#lower(participant.rawId));
    events.on("over", () => this.#raised.clear());
  }

  getRaisedHands = (): RaisedHand[] =>
    [...this.#raised.values()]
      .sort((one, other) => one.at - other.at)
      .map(({ identifier }, index) => ({ identifier, order: index + 1 }));

  raiseHand = async (): Promise<void> => {
    const { inside } = this;
    if (inside.call.role === "Consumer") throw new CallingError(403, 0, "Your role may not raise a hand.");
    if (this.#raised.has(inside.self)) return;
    const raisedAt = Date.now();
    await inside.send({ kind: "hand", raisedAt });
    this.#raise(inside.self, createIdentifierFromRawId(inside.self), raisedAt);
  };

  lowerHand = async (): Promise<void> => {
    if (!this.#raised.has(this.inside.self)) return;
    this.#lower(this.inside.self);
    // A person who becomes a Consumer can no longer send, so the others lower that hand because of the role.
    await this.inside.send({ kind: "hand", raisedAt: null }).catch(() => {});
  };

  lowerHands = (participants: CommunicationIdentifier[]): Promise<void> =>
    this.#lowerOthers(participants.map(getIdentifierRawId));

  lowerAllHands = (): Promise<void> => this.#lowerOthers(null);

  forget(): void {
    this.#emitter.clear();
  }

  async #lowerOthers(rawIds: readonly string[] | null): Promise<void> {
    if (this.inside.call.role !== "Presenter")
      throw new CallingError(403, 0, "Only a Presenter lowers the hands of others.");
    await this.inside.send({ kind: "lower hands", rawIds });
    if (rawIds === null || rawIds.includes(this.inside.self)) await this.lowerHand();
  }

  #hear(message: Message, from: Participant): void {
    if (message.kind === "hand" && typeof message.raisedAt === "number")
      this.#raise(from.rawId, from.identifier, message.raisedAt);
    else if (message.kind === "hand") this.#lower(from.rawId);
    else if (message.kind === "lower hands" && from.role === "Presenter") {
      const { rawIds } = message;
      if (!Array.isArray(rawIds) || rawIds.includes(this.inside.self)) void this.lowerHand();
    }
  }

  #greet(participant: Participant): void {
    const own = this.#raised.get(this.inside.self);
    if (own) void this.inside.send({ kind: "hand", raisedAt: own.at }, participant).catch(() => {});
  }

  #watch(participant: Participant): void {
    participant.on("roleChanged", () => {
      if (participant.role === "Consumer") this.#lower(participant.rawId);
    });
  }

  #raise(rawId: string, identifier: CommunicationIdentifierKind, at: number): void {
    if (this.#raised.has(rawId)) return;
    this.#raised.set(rawId, { identifier, at });
    this.#emitter.emit("raisedHandEvent", { identifier, order: this.#raised.size });
  }

  #lower(rawId: string): void {
    const raised = this.#raised.get(rawId);
    if (!raised) return;
    this.#raised.delete(rawId);
    this.#emitter.emit("loweredHandEvent", { identifier: raised.identifier, order: 0 });
  }
}
