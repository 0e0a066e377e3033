/** Moments as the operator reads and types them: in the zone of their browser, which is always named. */

import { span, timeOfDay, zone } from "../languages/formats";
import { locale } from "../languages/text";

export const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;

const two = (number: number) => String(number).padStart(2, "0");

/** Return a day as `<input type="date">` has it. */
export const dayField = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** Return a moment, to the minute, as `<input type="datetime-local">` has it. */
export const momentField = (at: Date): string => `${dayField(at)}T${two(at.getHours())}:${two(at.getMinutes())}`;

/** Return the moment of a field, or null if the field is empty or incomplete. */
export function readMoment(field: string): Date | null {
  const at = new Date(field);
  return field === "" || Number.isNaN(at.getTime()) ? null : at;
}

/** Return the next quarter of an hour after `now` (ms). */
export const nextQuarter = (now: number): Date => new Date(Math.ceil((now + 1) / QUARTER) * QUARTER);

/** Return the name of the operator's zone at that time, with the place: `Central European Time (Europe/Berlin)`. */
export function zoneText(at: Date): string {
  const place = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return place && place !== zone(at) ? `${zone(at)} (${place})` : zone(at);
}

/** Return a window: `Tue, 1 Dec 2026, 09:00 – 09:30`. */
export function windowText(from: Date, until: Date): string {
  const day = new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "short", year: "numeric" });
  return `${day.format(from)}, ${span(from, until)}`;
}

/** Return a moment near `now`: the time alone if it is today. */
export function shortMoment(at: Date, now: Date): string {
  if (at.toDateString() === now.toDateString()) return timeOfDay(at);
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** Return the time of a day to the second: `09:00:07`. */
export const clock = (at: Date): string => new Intl.DateTimeFormat(locale(), CLOCK).format(at);

/** Return a moment to the second: `14 Mar, 09:00:07`. */
export const exactMoment = (at: Date): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", ...CLOCK }).format(at);

/** Return a length: `45 min`, `1 h 30 min`. */
export function lengthText(milliseconds: number): string {
  const minutes = Math.round(milliseconds / MINUTE);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const parts = [days && `${days} d`, hours && `${hours} h`, rest && `${rest} min`].filter(Boolean);
  return parts.join(" ") || "0 min";
}
