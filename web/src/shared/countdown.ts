/** Texts for the remaining time of a room, shown and spoken. Durations are in milliseconds. */

import { days, hoursAndMinutes, minutesAndSeconds } from "../languages/formats";
import { locale, text } from "../languages/text";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Urgency = "calm" | "soon" | "now";

/** Return the remaining time as shown: `4:05`, `1 hr 20 min`, `3 days`. */
export function face(remaining: number): string {
  const left = Math.max(0, Math.ceil(remaining / SECOND) * SECOND);
  if (left >= 2 * DAY) return days(Math.floor(left / DAY));
  if (left >= HOUR) return hoursAndMinutes(Math.floor(left / HOUR), Math.floor((left % HOUR) / MINUTE));
  return minutesAndSeconds(Math.floor(left / MINUTE), Math.floor((left % MINUTE) / SECOND));
}

/** Return how urgent the remaining time is. */
export function urgency(remaining: number): Urgency {
  if (remaining <= MINUTE) return "now";
  return remaining <= 5 * MINUTE ? "soon" : "calm";
}

const MARKS = [5 * MINUTE, MINUTE];

/** Return the announcement for the time from `before` to `after`, or null if no mark lies between them. */
export function milestone(before: number, after: number): string | null {
  const mark = MARKS.findLast((at) => before > at && after <= at && after > 0);
  if (mark === undefined) return null;
  return text("time.closes", { count: mark / MINUTE });
}

/** Return a time to display: with its day if that is not today, always with its time zone. */
export function moment(at: Date, now: Date): string {
  const sameDay = at.toDateString() === now.toDateString();
  const sameYear = at.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(locale(), {
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
    ...(sameDay ? {} : { weekday: "short", day: "numeric", month: "short" }),
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}
