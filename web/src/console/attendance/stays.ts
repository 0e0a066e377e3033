/** Who was in the calls of rooms: stays by their calls, in words, and as a file. Pure rules, without the DOM. */

import type { StayModel } from "../../shared/shapes";
import { csv } from "../csv";

export type Stay = StayModel;

const ENDINGS: Readonly<Record<string, string>> = {
  left: "left",
  removed: "was removed",
  callEnded: "the call ended",
  joinedElsewhere: "joined from elsewhere",
  connectionLost: "lost the connection",
  unknown: "not known",
};

/** Return how a stay ended, in words; an empty text while it lasts. */
export const endingText = (stay: Stay): string => (stay.ending ? (ENDINGS[stay.ending] ?? stay.ending) : "");

const DEVICES: Readonly<Record<string, string>> = {
  desktop: "computer",
  phone: "phone",
  tablet: "tablet",
  app: "app",
  telephone: "by telephone",
};

/** Return the kind of device, in words; an empty text if it is not known. */
export const deviceText = ({ device }: Stay): string => (device ? (DEVICES[device] ?? device) : "");

export interface Call {
  readonly id: string;
  readonly roomId: string;
  /** An empty text if the room has none, or is not kept. */
  readonly title: string;
  readonly stays: readonly Stay[];
  readonly from: Date;
  /** Null while somebody is in it. */
  readonly until: Date | null;
  /** How many different users were in it. */
  readonly people: number;
}

/** Return the calls of some stays, those that began first. */
export function callsOf(stays: readonly Stay[]): Call[] {
  const calls = new Map<string, Stay[]>();
  for (const stay of stays) {
    const known = calls.get(stay.callId);
    if (known) known.push(stay);
    else calls.set(stay.callId, [stay]);
  }
  return [...calls].map(([id, of]) => {
    const ends = of.map(({ leftAt }) => (leftAt ? Date.parse(leftAt) : null));
    return {
      id,
      roomId: of[0]?.roomId ?? "",
      title: of[0]?.title ?? "",
      stays: of,
      from: new Date(Math.min(...of.map(({ joinedAt }) => Date.parse(joinedAt)))),
      until: ends.includes(null) ? null : new Date(Math.max(...(ends as number[]))),
      people: new Set(of.map(({ rawId }) => rawId)).size,
    };
  });
}

// The columns of `openrooms attendance --csv`.
const COLUMNS = [
  "roomId",
  "title",
  "participantId",
  "callId",
  "rawId",
  "displayName",
  "role",
  "joinedAt",
  "leftAt",
  "seconds",
  "ending",
  "device",
] as const;

/** Return the stays as a file for spreadsheets. */
export const staysAsCsv = (stays: readonly Stay[]): string =>
  csv([
    COLUMNS,
    ...stays.map((stay) => COLUMNS.map((name) => text(name === "seconds" ? rounded(stay.seconds) : stay[name]))),
  ]);

const rounded = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.round(seconds));
const text = (value: string | number | undefined): string => (value === undefined ? "" : String(value));
