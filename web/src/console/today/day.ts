/** A day of the operator's zone: its address, its edges, and its visits by the hour. Pure rules, without the DOM. */

import { dayField } from "../times";
import { compare, type Visit } from "./visits";

/** Return the begin of the day of an address such as `2026-11-30`; null if it names none. */
export function readDay(text: string): Date | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(text) ?? [];
  if (!year) return null;
  const day = new Date(Number(year), Number(month) - 1, Number(date));
  return dayField(day) === text ? day : null;
}

export const dayOf = (now: number): Date => {
  const at = new Date(now);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
};

/** Return the day so many days later; days may have 23 or 25 hours. */
export const later = (day: Date, days: number): Date =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);

/** Return whether the visit overlaps the day. */
export const isOn = (visit: Visit, day: Date): boolean =>
  visit.validFrom < later(day, 1).getTime() && visit.validUntil > day.getTime();

export interface Hour {
  /** The begin of the hour (ms); null for visits that began on an earlier day. */
  readonly at: number | null;
  readonly visits: readonly Visit[];
}

/** Return the visits of a day by the hour in which they begin; hours without visits are left out. */
export function byHour(visits: Iterable<Visit>, day: Date): Hour[] {
  const hours = new Map<number | null, Visit[]>();
  for (const visit of [...visits].sort(compare)) {
    const at = hourOf(visit.validFrom, day.getTime());
    const hour = hours.get(at);
    if (hour) hour.push(visit);
    else hours.set(at, [visit]);
  }
  return [...hours].map(([at, of]) => ({ at, visits: of }));
}

function hourOf(begin: number, day: number): number | null {
  if (begin < day) return null;
  // Some zones are half an hour off, but all begin their days on a full minute.
  const at = new Date(begin);
  return begin - (at.getMinutes() * 60 + at.getSeconds()) * 1_000 - at.getMilliseconds();
}
