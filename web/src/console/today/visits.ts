/** The visits of the list, and what becomes of them when the service tells of changes. Pure rules, without the DOM. */

import type { VisitSummaryModel } from "../../shared/shapes";

export interface Visit {
  readonly id: string;
  readonly title: string;
  /** In ms, as all moments here. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** The end as it was planned, before somebody added minutes from the call. */
  readonly plannedUntil: number;
  readonly people: readonly string[];
  readonly morePeople: number;
  readonly waiting: number;
  readonly inCall: number;
  readonly lastLeft: number | null;
}

export type Visits = ReadonlyMap<string, Visit>;

/** What a stream says: a visit as it is now, one that is gone, or that everything is to be read again. */
export type Change =
  | { readonly type: "room"; readonly visit: Visit }
  | { readonly type: "gone"; readonly id: string }
  | { readonly type: "reload" };

const MINUTE = 60_000;
const SHOWN_PEOPLE = 4;

export function readVisit(model: VisitSummaryModel): Visit {
  const named = model.participants.filter(({ displayName }) => displayName);
  const people = named.slice(0, SHOWN_PEOPLE).map(({ displayName }) => displayName);
  const validUntil = Date.parse(model.validUntil);
  return {
    id: model.id,
    title: model.title,
    validFrom: Date.parse(model.validFrom),
    validUntil,
    plannedUntil: model.plannedUntil ? Date.parse(model.plannedUntil) : validUntil,
    people,
    morePeople: model.participantCount - people.length,
    waiting: model.waitingCount,
    inCall: model.inCallCount,
    lastLeft: model.lastLeftAt ? Date.parse(model.lastLeftAt) : null,
  };
}

/** Order visits by their begin, then by id, as the service does. */
export const compare = (a: Visit, b: Visit): number =>
  a.validFrom - b.validFrom || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export type Status = "expected" | "nobody" | "waiting" | "inCall" | "over" | "early" | "missed" | "ended";

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  expected: "Expected",
  nobody: "Nobody yet",
  waiting: "Waiting",
  inCall: "In the call",
  over: "Running over",
  early: "Ended early",
  missed: "Nobody came",
  ended: "Ended",
};

/** Return what there is to say of a visit at `now`. */
export function statusOf(visit: Visit, now: number): Status {
  if (now < visit.validFrom) return "expected";
  const isOpen = now < visit.validUntil;
  if (isOpen && visit.inCall > 0) return now < visit.plannedUntil ? "inCall" : "over";
  if (isOpen && visit.waiting > 0) return "waiting";
  if (visit.lastLeft === null) return isOpen ? "nobody" : "missed";
  // The call of a room that closes ends within a second or so.
  return visit.lastLeft < visit.validUntil - MINUTE ? "early" : "ended";
}

/** Filters of the page, each for one or more of the statuses; the numbers of all are shown. */
export const FILTERS = {
  expected: ["expected"],
  waiting: ["waiting"],
  in: ["inCall", "over"],
  over: ["over"],
  early: ["early"],
  missed: ["nobody", "missed"],
  ended: ["ended", "early", "missed"],
} as const satisfies Readonly<Record<string, readonly Status[]>>;

export type Filter = keyof typeof FILTERS;

export const FILTER_WORDS: Readonly<Record<Filter, string>> = {
  expected: "Expected",
  waiting: "Waiting",
  in: "In the call",
  over: "Running over",
  early: "Ended early",
  missed: "Nobody came",
  ended: "Ended",
};

/** Return whether a filter has the visit; people may wait although others are in the call. */
export function isShown(visit: Visit, filter: Filter | null, now: number): boolean {
  if (filter === null) return true;
  const status = statusOf(visit, now);
  if (filter === "waiting" && visit.waiting > 0 && now < visit.validUntil) return true;
  return (FILTERS[filter] as readonly Status[]).includes(status);
}

/** Return the visits after some changes, of which only those that `isWanted` are kept. */
export function changed(visits: Visits, changes: readonly Change[], isWanted: (visit: Visit) => boolean): Visits {
  const next = new Map(visits);
  for (const change of changes) {
    if (change.type === "gone") next.delete(change.id);
    if (change.type !== "room") continue;
    if (isWanted(change.visit)) next.set(change.visit.id, change.visit);
    else next.delete(change.visit.id);
  }
  return next;
}
