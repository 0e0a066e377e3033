/**
 * What the page tells a page of another site that shows it in a frame, by `postMessage`, as docs/calls/embedding.md says.
 *
 * The service names the origins that may frame the page; nobody else gets a message.
 */

import { isFramed } from "../shared/framed";
import type { Reason } from "./notices";
import type { Phase } from "./session";

/** The version of the messages; new events and fields do not change it. */
const VERSION = 1;

export type Message =
  | { readonly event: "ready" | "waiting" | "joined" }
  | { readonly event: "left" | "refused"; readonly reason: string };

const EVENTS: Partial<Record<Phase["at"], "ready" | "waiting" | "joined">> = {
  lobby: "ready",
  waiting: "waiting",
  call: "joined",
};

/** Why somebody is not in the call, in the words of the messages. */
const REASONS: Record<Reason, string> = {
  left: "left",
  ended: "ended",
  removed: "removed",
  "kept out": "kept-out",
  declined: "declined",
  elsewhere: "elsewhere",
  "too early": "not-open",
  "too late": "closed",
  cancelled: "cancelled",
  "no room": "no-room",
  "not invited": "not-invited",
  "bad link": "link-ended",
  withdrawn: "link-ended",
  "unknown invitation": "link-unknown",
  incomplete: "link-unknown",
  "other browser": "other-browser",
  "call full": "full",
  "wrong scope": "not-allowed",
  "not allowed": "not-allowed",
  unconnected: "no-media",
  "calls off": "unavailable",
  busy: "unavailable",
  unreachable: "unavailable",
};

type Post = (message: object, origin: string) => void;

/** Tells the framing page of each change once. */
export class Embedder {
  #last = "";
  #hasJoined = false;

  constructor(
    private readonly origins: readonly string[],
    private readonly post: Post,
  ) {}

  /** Tell what a phase means to the framing page; what happens on the way to another phase is not told. */
  enter(phase: Phase, roomId: string | null = null): void {
    if (phase.at === "outside") this.stayOutside(phase.notice.reason, roomId);
    const event = EVENTS[phase.at];
    if (!event) return;
    this.#hasJoined = event === "joined";
    this.#tell({ event }, roomId);
  }

  /** Tell why the person is not in the call. */
  stayOutside(reason: Reason, roomId: string | null = null): void {
    const event = this.#hasJoined || reason === "left" ? "left" : "refused";
    this.#tell({ event, reason: REASONS[reason] }, roomId);
  }

  #tell(message: Message, roomId: string | null): void {
    const full = { source: "openrooms", version: VERSION, ...message, ...(roomId ? { roomId } : {}) };
    const written = JSON.stringify(full);
    if (written === this.#last) return;
    this.#last = written;
    for (const origin of this.origins) this.post(full, origin);
  }
}

type Framed = Pick<Window, "parent"> & {
  readonly document: Pick<Document, "querySelector" | "referrer">;
  readonly location: Pick<Location, "ancestorOrigins">;
};

/** Return the origins to tell: that of the framing page if the browser says it, else all that may be; none if not framed. */
export function originsOf(page: Framed): readonly string[] {
  if (!isFramed(page)) return [];
  const meta = page.document.querySelector<HTMLMetaElement>("meta[name='openrooms-embedding']");
  const allowed = JSON.parse(meta?.content ?? "[]") as string[];
  // Firefox has no `ancestorOrigins`, and a page may hide that it refers. The browser drops what is for another origin.
  const framing = page.location.ancestorOrigins?.[0] ?? originIn(page.document.referrer);
  return allowed.includes(framing) ? [framing] : allowed;
}

const originIn = (address: string) => (URL.canParse(address) ? new URL(address).origin : "");

/** Return the teller of this page. */
export const openEmbedder = (): Embedder =>
  new Embedder(originsOf(window), (message, origin) => window.parent.postMessage(message, origin));

/** Return whether the address asks for a page without its own head and foot. */
export const isEmbedded = (search: string): boolean => new URLSearchParams(search).get("embed") === "1";

const PROBE = "openrooms-probe";

/** Return whether this browser keeps cookies of the page, which a bound invitation takes; in some frames it keeps none. */
export function keepsCookies(): boolean {
  const rest = "; Path=/j; SameSite=None; Secure; Partitioned";
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is not in every browser
  document.cookie = `${PROBE}=1${rest}`;
  const isKept = document.cookie.includes(PROBE);
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is not in every browser
  document.cookie = `${PROBE}=; Max-Age=0${rest}`;
  return isKept;
}
