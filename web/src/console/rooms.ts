/** The list of rooms: what it is filtered by, as the address has it and as the service takes it. */

import type { VisitListModel, VisitSummaryModel } from "../shared/shapes";
import { readPages } from "./paging";
import type { Service } from "./service";

export type State = "open" | "upcoming" | "closed";

/** Return whether `now` (ms) is before, in or after the room's window, which excludes its end. */
export function stateOf(room: { readonly validFrom: Date; readonly validUntil: Date }, now: number): State {
  if (now < room.validFrom.getTime()) return "upcoming";
  return now < room.validUntil.getTime() ? "open" : "closed";
}

/** What the list shows: `next` are the rooms that are open or will be. */
export const SHOWN = ["next", "open", "inCall", "waiting", "upcoming", "ended", "all"] as const;
export type Shown = (typeof SHOWN)[number];

/** The conditions of the list; `day` is a day in the operator's zone, such as `2026-12-01`, or empty. */
export interface Filter {
  readonly shown: Shown;
  readonly search: string;
  readonly day: string;
  /** How many pages of the list are shown. */
  readonly pages: number;
}

const MOST_PAGES = 20;

/** Return the filter of an address's query. */
export function filterOf(query: URLSearchParams): Filter {
  const shown = SHOWN.find((one) => one === query.get("state")) ?? "next";
  const day = query.get("day") ?? "";
  const pages = Math.min(Math.max(Number.parseInt(query.get("pages") ?? "1", 10) || 1, 1), MOST_PAGES);
  return { shown, search: query.get("q") ?? "", day: /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : "", pages };
}

/** Return the query of a filter; what is as usual is left out. */
export function queryOf({ shown, search, day, pages }: Filter): Record<string, string> {
  return {
    ...(shown === "next" ? {} : { state: shown }),
    ...(search ? { q: search } : {}),
    ...(day ? { day } : {}),
    ...(pages > 1 ? { pages: String(pages) } : {}),
  };
}

/** Return the path of the list's first page at `now` (ms). */
export function listPath({ shown, search, day }: Filter, now: number): string {
  const query = new URLSearchParams();
  if (shown !== "next" && shown !== "all") query.set("state", shown);
  // What has just ended is of more interest than the first room that was ever planned.
  if (shown === "ended") query.set("order", "newestFirst");
  if (search.trim()) query.set("q", search.trim());
  if (day) {
    const begin = new Date(`${day}T00:00`);
    // The next midnight, also of a day with 23 or 25 hours.
    const end = new Date(begin.getFullYear(), begin.getMonth(), begin.getDate() + 1);
    query.set("from", begin.toISOString());
    query.set("until", end.toISOString());
  } else if (shown === "next") query.set("from", new Date(now).toISOString());
  return `/openrooms/rooms?${query}`;
}

export interface Rooms {
  readonly rooms: readonly VisitSummaryModel[];
  readonly hasMore: boolean;
}

/** Return the first pages of the list; may throw a `Refusal`. */
export async function listRooms(service: Service, filter: Filter): Promise<Rooms> {
  const read = await readPages<VisitListModel>(service, listPath(filter, service.now()), filter.pages);
  return {
    rooms: read.flatMap((page) => page.value),
    hasMore: read.at(-1)?.nextLink !== undefined && filter.pages < MOST_PAGES,
  };
}
