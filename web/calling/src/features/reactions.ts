/** Reactions, which are shown for a moment and not kept. */

import { Emitter } from "../emitter";
import { CallingError } from "../errors";
import type { Reaction, ReactionCallFeature, ReactionEventPayload, ReactionMessage } from "../types";
import type { Inside } from "./inside";

const REACTIONS: readonly string[] = ["like", "heart", "laugh", "applause", "surprised"] satisfies Reaction[];

export class Reactions implements ReactionCallFeature {
  readonly name = "Reaction";
  readonly #emitter = new Emitter<{ reaction: (event: ReactionEventPayload) => void }>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;

  constructor(private readonly inside: Inside) {
    inside.events.on("message", (message, from) => {
      if (message.kind === "reaction" && REACTIONS.includes(message.reaction)) this.#show(from.rawId, message.reaction);
    });
  }

  sendReaction = async ({ reactionType }: ReactionMessage): Promise<void> => {
    if (!REACTIONS.includes(reactionType)) throw new CallingError(400, 0, `There is no reaction ${reactionType}.`);
    if (this.inside.call.role === "Consumer") throw new CallingError(403, 0, "Your role may not send reactions.");
    await this.inside.send({ kind: "reaction", reaction: reactionType });
    this.#show(this.inside.self, reactionType);
  };

  forget(): void {
    this.#emitter.clear();
  }

  #show(rawId: string, reaction: string): void {
    const reactionMessage = { reactionType: reaction as Reaction };
    this.#emitter.emit("reaction", { identifier: rawId, reactionMessage });
  }
}
