/** Visits from a pasted table: time, length, title, presenter, attendees, separated by tabs, commas or semicolons. */

import { MINUTE } from "../times";
import { LENGTH, type Plan } from "./draft";

const COLUMNS = ["time", "length", "title", "presenter", "attendees"] as const;
type Column = (typeof COLUMNS)[number];

/** What people call the columns in a first line. */
const NAMES: Readonly<Record<string, Column>> = {
  time: "time",
  start: "time",
  from: "time",
  begins: "time",
  length: "length",
  duration: "length",
  minutes: "length",
  title: "title",
  subject: "title",
  presenter: "presenter",
  presenters: "presenter",
  doctor: "presenter",
  attendee: "attendees",
  attendees: "attendees",
  patient: "attendees",
  patients: "attendees",
};

/** A line of the table: its visit, or what is wrong with it. */
export interface Row {
  /** The line as pasted, so that a failed one can stay in the table. */
  readonly line: string;
  readonly number: number;
  readonly visit: Plan | null;
  readonly problem: string;
}

export interface Table {
  /** The first line if it names the columns. */
  readonly heading: string;
  readonly rows: readonly Row[];
}

/** The most lines that are planned at once. */
export const MOST_ROWS = 500;
const LONGEST = 24 * 60;

/** Return the rows of a pasted table at `now` (ms); times without a day are on `day`, in the operator's zone. */
export function readTable(pasted: string, day: string, now: number): Table {
  const lines = linesOf(pasted);
  const delimiter = delimiterOf(lines[0]?.text ?? "");
  const columns = columnsOf(cellsOf(lines[0]?.text ?? "", delimiter));
  const heading = columns ? (lines[0]?.text ?? "") : "";
  const rows = (columns ? lines.slice(1) : lines).map(({ text, number }) =>
    rowOf(text, number, cellsOf(text, delimiter), columns ?? COLUMNS, day),
  );
  return { heading, rows: withoutRepetition(rows.map((row) => notOver(row, now))) };
}

function notOver(row: Row, now: number): Row {
  if (!row.visit || Date.parse(row.visit.validUntil ?? "") > now) return row;
  return { ...row, visit: null, problem: "This time has passed: choose another day." };
}

/** Return the rows with an error for each visit that another line plans already. */
function withoutRepetition(rows: readonly Row[]): Row[] {
  const lines = new Map<string, number>();
  return rows.map((row) => {
    const plan = JSON.stringify(row.visit);
    const first = lines.get(plan);
    if (!row.visit || first === undefined) {
      lines.set(plan, row.number);
      return row;
    }
    return { ...row, visit: null, problem: `This is the same visit as in line ${first}.` };
  });
}

/** Return the lines that are not empty, with their numbers; a quoted cell may contain line breaks. */
function linesOf(pasted: string): { text: string; number: number }[] {
  const found: { text: string; number: number }[] = [];
  let open = "";
  for (const [index, line] of pasted.replaceAll("\r", "").split("\n").entries()) {
    const text = open ? `${open}\n${line}` : line;
    // A cell that begins with a quotation mark ends with one.
    open = text.split('"').length % 2 === 0 && /(^|[\t,;])"/.test(text) ? text : "";
    if (!open && text.trim()) found.push({ text, number: index + 1 });
  }
  if (open.trim()) found.push({ text: open, number: found.length + 1 });
  return found;
}

function delimiterOf(line: string): string {
  if (line.includes("\t")) return "\t";
  const bare = line.replace(/"[^"]*"/g, "");
  return bare.includes(";") && !bare.includes(",") ? ";" : ",";
}

function cellsOf(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] as string;
    if (isQuoted && character === '"' && line[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"' && (isQuoted || cell.trim() === "")) isQuoted = !isQuoted;
    else if (character === delimiter && !isQuoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += character;
  }
  return [...cells, cell.trim()];
}

/** Return the columns that a first line names, or null if it is a visit. */
function columnsOf(cells: readonly string[]): (Column | null)[] | null {
  const found = cells.map((cell) => NAMES[cell.toLowerCase()] ?? null);
  return found.includes("time") ? found : null;
}

function rowOf(
  line: string,
  number: number,
  cells: readonly string[],
  columns: readonly (Column | null)[],
  day: string,
): Row {
  const cell = (name: Column) => cells[columns.indexOf(name)] ?? "";
  const row = (visit: Plan | null, problem = "") => ({ line, number, visit, problem });
  const from = readTime(cell("time"), day);
  if (typeof from === "string") return row(null, from);
  const minutes = cell("length") ? readLength(cell("length")) : LENGTH;
  if (minutes === null || minutes < 1 || minutes > LONGEST)
    return row(null, `“${cell("length")}” is not a length: write 30, 45 min, 1:30 or 1 h, at most a day.`);
  const people = [
    ...namesIn(cell("presenter")).map((displayName) => ({ displayName, role: "Presenter" as const })),
    // People paste too few quotation marks: what is left of the line are attendees, too.
    ...namesIn([cell("attendees"), ...cells.slice(columns.length)].join(";")).map((displayName) => ({
      displayName,
      role: "Attendee" as const,
    })),
  ];
  if (people.length === 0) return row(null, "Nobody is invited: name a presenter or attendees.");
  return row({
    title: cell("title"),
    validFrom: from.toISOString(),
    validUntil: new Date(from.getTime() + minutes * MINUTE).toISOString(),
    participants: people,
  });
}

const namesIn = (cell: string): string[] =>
  cell
    .split(/[;,|\n]/)
    .map((name) => name.trim())
    .filter(Boolean);

const CLOCK = /^(\d{1,2})(?:[:.](\d{2}))?(?:[:.]\d{2})?\s*([ap])?\.?m?\.?$/i;
const ISO_DAY = /^(\d{4}-\d{2}-\d{2})(?:[ T]+|$)/;
const DOTTED_DAY = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:,?\s+|$)/;
const SLASHED_DAY = /^\d{1,2}\/\d{1,2}\/\d{2,4}/;

/** Return the moment of a time such as `9:00`, `2:30 pm` or `2026-12-01 09:00`, or what is wrong with it. */
export function readTime(text: string, day: string): Date | string {
  const written = text.trim();
  if (!written) return "There is no time.";
  if (SLASHED_DAY.test(written)) return `“${text}” may be read in two ways: write the day as 2026-12-31.`;
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(written)) return validMoment(new Date(written), text);
  const [at, rest] = dayOf(written, day);
  const clock = CLOCK.exec(rest.trim());
  // A number alone is more likely a length in the wrong column.
  if (!clock || !(clock[2] || clock[3])) return `“${text}” is not a time: write 9:00, 2:30 pm or 2026-12-31 09:00.`;
  const [, hours = "", minutes = "0", half = ""] = clock;
  const hour = half ? (Number(hours) % 12) + (half.toLowerCase() === "p" ? 12 : 0) : Number(hours);
  if (hour > 23 || Number(minutes) > 59) return `“${text}” is not a time of the day.`;
  const [year = 0, month = 0, date = 0] = at.split("-").map(Number);
  const moment = new Date(year, month - 1, date, hour, Number(minutes));
  return moment.getMonth() === month - 1 ? validMoment(moment, text) : `“${text}” is not a day of the calendar.`;
}

function dayOf(written: string, day: string): [day: string, rest: string] {
  const iso = ISO_DAY.exec(written);
  if (iso) return [iso[1] as string, written.slice(iso[0].length)];
  const dotted = DOTTED_DAY.exec(written);
  if (!dotted) return [day, written];
  const [all, date = "", month = "", year = ""] = dotted;
  return [`${year}-${month}-${date}`, written.slice(all.length)];
}

const validMoment = (at: Date, text: string): Date | string =>
  Number.isNaN(at.getTime()) ? `“${text}” is not a time: write 9:00 or 2026-12-31 09:00.` : at;

const LENGTHS: readonly RegExp[] = [
  /^(?<minutes>\d+)\s*(?:m|min|mins|minutes)?$/i,
  /^(?<hours>\d+):(?<minutes>\d{2})$/,
  /^(?<hours>\d+(?:\.\d+)?)\s*(?:h|hr|hrs|hour|hours)(?:\s*(?<minutes>\d+)\s*(?:m|min)?)?$/i,
];

/** Return the minutes of a length such as `30`, `45 min`, `1:30`, `1 h` or `1h30`, or null. */
export function readLength(text: string): number | null {
  for (const form of LENGTHS) {
    const parts = form.exec(text.trim())?.groups;
    if (parts) return Math.round(Number(parts.hours ?? 0) * 60 + Number(parts.minutes ?? 0));
  }
  return null;
}
