/**
 * Messages between the pages and apps in a call, as LiveKit data, except for the chat.
 *
 * The media engine names the sender of a message and lets only those send whose role may; the content is the sender's.
 */

/** The topic of the messages; `openrooms-calling` and the call page share it. */
export const MESSAGES_TOPIC = "acs";

export type Message =
  | { readonly kind: "hand"; readonly raisedAt: number | null }
  /** A Presenter lowers these hands, or all of them (`null`). */
  | { readonly kind: "lower hands"; readonly rawIds: readonly string[] | null }
  | { readonly kind: "reaction"; readonly reaction: string };

// Enough for the raw ids of the largest call.
const LARGEST = 64 * 1024;

/** Return the message in a payload, or null if it is not one. */
export function readMessage(payload: Uint8Array): Message | null {
  if (payload.byteLength > LARGEST) return null;
  try {
    return messageOf(JSON.parse(new TextDecoder().decode(payload)));
  } catch {
    return null;
  }
}

/** Return the payload of a message. */
export const writeMessage = (message: Message): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(message));

function messageOf(content: { kind?: unknown; raisedAt?: unknown; rawIds?: unknown; reaction?: unknown } | null) {
  switch (content?.kind) {
    case "hand": {
      const { raisedAt } = content;
      return raisedAt === null || Number.isFinite(raisedAt) ? ({ kind: "hand", raisedAt } as Message) : null;
    }
    case "lower hands": {
      const { rawIds } = content;
      return rawIds === null || isTexts(rawIds) ? ({ kind: "lower hands", rawIds } as Message) : null;
    }
    case "reaction":
      return typeof content.reaction === "string"
        ? ({ kind: "reaction", reaction: content.reaction } as Message)
        : null;
    default:
      return null;
  }
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === "string");
