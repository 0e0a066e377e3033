/**
 * The chat of a call as one page knows it: what was said while the page was in the call.
 *
 * No server keeps messages. A page shows when a message arrived, by its own clock, because a sender could claim any time.
 */

import { FloodLimit, type Rate } from "./flood";
import { cleaned } from "./plainText";

/** The topic of chat messages: JSON, `{"text": "..."}`, in one packet. */
export const CHAT_TOPIC = "openrooms.chat";
/** The longest message, in characters. */
export const LONGEST_MESSAGE = 2_000;

// Four bytes for each character, and what JSON adds.
const LARGEST = 16 * 1024;
const KEPT = 500;
const SHOWN_RATE: Rate = { burst: 10, every: 1_500 };
// Stricter than what pages show, so that no page hides a message that another one sent.
const SENT_RATE: Rate = { burst: 6, every: 2_000 };
const GROUPED_WITHIN = 3 * 60_000;

export interface Sender {
  readonly identity: string;
  readonly name: string;
  readonly isSelf: boolean;
}

export interface ChatMessage {
  readonly kind: "message";
  readonly key: number;
  readonly from: Sender;
  readonly text: string;
  /** When it arrived, in milliseconds since the epoch. */
  readonly at: number;
  readonly state: "sent" | "sending" | "failed";
}

export type Entry =
  | ChatMessage
  /** The page was not in the call for a time; it has no messages of that time. */
  | { readonly kind: "gap"; readonly key: number; readonly at: number }
  /** Messages of one sender came too fast and are not shown. */
  | {
      readonly kind: "flood";
      readonly key: number;
      readonly at: number;
      readonly from: Sender;
      readonly count: number;
    };

/** Messages of one sender that follow each other, or another entry. */
export type Block =
  | { readonly kind: "group"; readonly key: number; readonly from: Sender; readonly messages: readonly ChatMessage[] }
  | Exclude<Entry, ChatMessage>;

export interface ChatView {
  readonly entries: readonly Entry[];
  readonly unread: number;
}

export class Chat {
  #view: ChatView = { entries: [], unread: 0 };
  #isRead = false;
  #keys = 0;
  readonly #listeners = new Set<() => void>();
  readonly #shown = new FloodLimit(SHOWN_RATE);
  readonly #sent = new FloodLimit(SENT_RATE);

  constructor(private readonly now: () => number) {}

  get view(): ChatView {
    return this.#view;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Take a message of another person; return it if it is shown. */
  hear(payload: Uint8Array, from: Sender): ChatMessage | null {
    const content = readChat(payload);
    if (!content) return null;
    if (!this.#shown.takes(from.identity, this.now())) {
      this.#countFlood(from);
      return null;
    }
    const message = this.#message(from, content, "sent");
    this.#add(message, this.#isRead ? 0 : 1);
    return message;
  }

  /** Return whether one more message may be sent now; if so, it counts. */
  maySend(): boolean {
    return this.#sent.takes("", this.now());
  }

  /** Show an own message while `sending` sends it; it is marked if that fails. */
  async say(text: string, from: Sender, sending: () => Promise<void>): Promise<void> {
    const message = this.#message(from, text, "sending");
    this.#add(message, 0);
    const state = await sending().then(
      () => "sent" as const,
      () => "failed" as const,
    );
    this.#set(this.#view.entries.map((entry) => (entry.key === message.key ? { ...message, state } : entry)));
  }

  /** Remove a message that could not be sent. */
  forget(message: ChatMessage): void {
    this.#set(this.#view.entries.filter((entry) => entry.key !== message.key));
  }

  /** Note that the page was out of the call for a time. */
  noteGap(): void {
    const last = this.#view.entries.at(-1);
    if (last && last.kind !== "gap") this.#add({ kind: "gap", key: this.#keys++, at: this.now() }, 0);
  }

  /** Say whether the person sees the messages now, so that new ones are not counted as unread. */
  setRead(isRead: boolean): void {
    this.#isRead = isRead;
    if (isRead && this.#view.unread > 0) this.#set(this.#view.entries, 0);
  }

  #message(from: Sender, text: string, state: ChatMessage["state"]): ChatMessage {
    return { kind: "message", key: this.#keys++, from, text, at: this.now(), state };
  }

  #countFlood(from: Sender): void {
    const { entries } = this.#view;
    const last = entries.at(-1);
    if (last?.kind === "flood" && last.from.identity === from.identity)
      this.#set([...entries.slice(0, -1), { ...last, count: last.count + 1 }]);
    else this.#add({ kind: "flood", key: this.#keys++, at: this.now(), from, count: 1 }, 0);
  }

  #add(entry: Entry, unread: number): void {
    this.#set([...this.#view.entries, entry].slice(-KEPT), this.#view.unread + unread);
  }

  #set(entries: readonly Entry[], unread = this.#view.unread): void {
    this.#view = { entries, unread };
    for (const listener of this.#listeners) listener();
  }
}

/** Return the payload of a message, or null if nothing visible is left of it. */
export function writeChat(text: string): { readonly text: string; readonly payload: Uint8Array<ArrayBuffer> } | null {
  const plain = cleaned(text, LONGEST_MESSAGE);
  return plain ? { text: plain, payload: new TextEncoder().encode(JSON.stringify({ text: plain })) } : null;
}

/** Return the text in a payload, made safe to show, or null if it is not a message. */
export function readChat(payload: Uint8Array): string | null {
  if (payload.byteLength > LARGEST) return null;
  try {
    const content = JSON.parse(new TextDecoder().decode(payload)) as { text?: unknown } | null;
    return typeof content?.text === "string" ? cleaned(content.text, LONGEST_MESSAGE) || null : null;
  } catch {
    return null;
  }
}

/** Return the entries with the messages of one sender in groups, if little time passed between them. */
export function grouped(entries: readonly Entry[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const entry of entries) {
    const last = blocks.at(-1);
    if (entry.kind !== "message") blocks.push(entry);
    else if (last?.kind === "group" && continues(last.messages, entry))
      blocks[blocks.length - 1] = { ...last, messages: [...last.messages, entry] };
    else blocks.push({ kind: "group", key: entry.key, from: entry.from, messages: [entry] });
  }
  return blocks;
}

function continues(messages: readonly ChatMessage[], next: ChatMessage): boolean {
  const last = messages.at(-1);
  return last?.from.identity === next.from.identity && next.at - last.at <= GROUPED_WITHIN;
}
