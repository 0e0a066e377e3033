/** What a call shows to its features. */

import type { Emitter } from "../emitter";
import type { Participant } from "../participants";
import type { Call } from "../types";

/** What goes between the apps in a call, as LiveKit data; the sender is LiveKit's word, not the message's. */
export type Message =
  | { readonly kind: "hand"; readonly raisedAt: number | null }
  | { readonly kind: "lower hands"; readonly rawIds: readonly string[] | null }
  | { readonly kind: "reaction"; readonly reaction: string };

export interface InsideEvents {
  joined: (participant: Participant) => void;
  /** LiveKit can reach them with messages from now on. */
  reachable: (participant: Participant) => void;
  left: (participant: Participant) => void;
  message: (message: Message, from: Participant) => void;
  over: () => void;
}

export interface Inside {
  readonly call: Call;
  /** The raw id of the one in whose page this is; empty before the service has answered. */
  readonly self: string;
  readonly participants: readonly Participant[];
  readonly events: Emitter<InsideEvents>;
  /** Send to everybody, or to one; rejects where the role may not. */
  send(message: Message, to?: Participant): Promise<void>;
}
