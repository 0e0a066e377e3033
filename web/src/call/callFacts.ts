/** What a running call says of its room to everyone in it: LiveKit's metadata of the room, kept by the service. */

export interface CallFacts {
  readonly title: string;
  readonly validUntil: Date;
  /** The same moment as the service wrote it, which is more exact than a `Date`. */
  readonly end: string;
  /** Minutes that Presenters may still add. */
  readonly extendBy: number;
  /** How many people wait, and a number that changes with each change of who does; null if the service does not say. */
  readonly waiting: { readonly count: number; readonly revision: number } | null;
}

interface Metadata {
  title?: string;
  validUntil?: string;
  extendBy?: number;
  waiting?: { count: number; revision: number };
}

/** Return the facts in the metadata of a LiveKit room; null until the service has set them. */
export function callFacts(metadata: string | undefined): CallFacts | null {
  let read: Metadata;
  try {
    read = JSON.parse(metadata || "{}") as Metadata;
  } catch {
    return null;
  }
  if (!read.validUntil) return null;
  return {
    title: read.title ?? "",
    validUntil: new Date(read.validUntil),
    end: read.validUntil,
    extendBy: read.extendBy ?? 0,
    waiting: read.waiting ?? null,
  };
}
