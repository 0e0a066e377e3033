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

const dates = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), options);

/** Return a day in the person's zone, in full: `Monday, 16 March 2026`. */
export const day = (at: Date): string => dates({ dateStyle: "full" }).format(at);

/** Return the time of a day in the person's zone: `15:00`; a number is in milliseconds. */
export const timeOfDay = (at: Date | number): string => dates({ timeStyle: "short" }).format(at);

/** Return from when to when, with the day of the end if it is another one: `15:00 – 15:30`. */
export function span(from: Date, until: Date | null): string {
  if (!until) return timeOfDay(from);
  const isOneDay = from.toDateString() === until.toDateString();
  if (isOneDay) return dates({ timeStyle: "short" }).formatRange(from, until);
  return `${timeOfDay(from)} – ${dates({ dateStyle: "medium", timeStyle: "short" }).format(until)}`;
}

/** Return the name of the person's zone at that time: `Central European Standard Time`. */
export const zone = (at: Date): string =>
  dates({ timeZoneName: "long" })
    .formatToParts(at)
    .find((part) => part.type === "timeZoneName")?.value ?? "";

/** Return bits a second in a fitting unit: `1.4 Mb/s`. */
export function bitRate(bits: number): string {
  const [value, unit] = bits < 999_500 ? [bits / 1_000, "kilobit"] : [bits / 1_000_000, "megabit"];
  const maximumFractionDigits = unit === "kilobit" ? 0 : 1;
  const style = { style: "unit", unit: `${unit}-per-second`, maximumFractionDigits } as const;
  return new Intl.NumberFormat(locale(), style).format(value);
}

/** Return whole milliseconds: `21 ms`. */
export const milliseconds = (count: number): string => quantity(count, "millisecond");

/** Return a share from 0 to 1 in percent: `0.5%`. */
export const percent = (share: number): string =>
  new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 1 }).format(share);
