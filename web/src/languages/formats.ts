/** Durations as the person's language writes them. */

import { locale } from "./text";

const quantity = (count: number, unit: string, unitDisplay: "short" | "long" = "short") =>
  new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay }).format(count);

/** Return whole seconds: `5 sec`. */
export const seconds = (count: number): string => quantity(count, "second");

/** Return whole days: `3 days`. */
export const days = (count: number): string => quantity(count, "day", "long");

/** Return hours with minutes: `1 hr 20 min`. */
export const hoursAndMinutes = (hours: number, minutes: number): string =>
  new Intl.ListFormat(locale(), { type: "unit", style: "narrow" }).format([
    quantity(hours, "hour"),
    quantity(minutes, "minute"),
  ]);

/** Return minutes and seconds as a clock shows them: `4:05`. */
export function minutesAndSeconds(minutes: number, rest: number): string {
  const two = new Intl.NumberFormat(locale(), { minimumIntegerDigits: 2 });
  return `${new Intl.NumberFormat(locale()).format(minutes)}:${two.format(rest)}`;
}

/** Return the time of day of a moment in milliseconds: `9:41 AM`. */
export const clockTime = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { hour: "numeric", minute: "2-digit" }).format(at);
