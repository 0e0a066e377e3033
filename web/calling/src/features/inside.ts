/** The parts of a call that its features use. */

import type { Message } from "../../../src/shared/callMessages";
import type { Emitter } from "../emitter";
import type { Participant } from "../participants";
import type { Call } from "../types";

export interface InsideEvents {
  joined: (participant: Participant) => void;
  /** LiveKit can now deliver messages to them. */
  reachable: (participant: Participant) => void;
  left: (participant: Participant) => void;
  message: (message: Message, from: Participant) => void;
  over: () => void;
}

export interface Inside {
  readonly call: Call;
  /** The raw id of the local person; empty before the service has answered. */
  readonly self: string;
  readonly participants: readonly Participant[];
  readonly events: Emitter<InsideEvents>;
  /** Send to everyone or to one person; rejects if the role may not send. */
  send(message: Message, to?: Participant): Promise<void>;
}
