/** The figures of one track, from the statistics that the browser keeps of it: what flows, how well, in which codec. */

import type { Reports } from "./routes";

export type Direction = "sent" | "received";

/** What has flowed since a track began; a track that is sent in several layers is the sum of them. */
export interface Totals {
  readonly direction: Direction;
  /** In milliseconds. */
  readonly at: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  /** Of the latest packets: the share that was lost on the way there, as the other side reports; null if it has not. */
  readonly reportedLoss: number | null;
  /** In milliseconds. */
  readonly jitter: number | null;
  /** `VP8`, `opus`; empty until it is known. */
  readonly codec: string;
  readonly picture: Picture | null;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rate: number;
}

/** What flows now. */
export interface Figures {
  /** In bits a second. */
  readonly bitRate: number;
  /** From 0 to 1; null if it is not known. */
  readonly loss: number | null;
  readonly jitter: number | null;
  readonly codec: string;
  readonly picture: Picture | null;
}

// https://www.w3.org/TR/webrtc-stats/
interface Stream {
  readonly type: "outbound-rtp" | "inbound-rtp" | "remote-inbound-rtp";
  readonly timestamp: number;
  readonly codecId?: string;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly packetsSent?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly fractionLost?: number;
  /** In seconds. */
  readonly jitter?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly framesPerSecond?: number;
}

const sum = (values: readonly (number | undefined)[]) => values.reduce<number>((all, one) => all + (one ?? 0), 0);

function greatest(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((one) => one !== undefined);
  return known.length > 0 ? Math.max(...known) : null;
}

/** Return what a track has moved, from the reports of its sender or receiver; null if nothing flows by it yet. */
export function totalsIn(reports: Reports): Totals | null {
  const all = [...reports.values()] as Stream[];
  const sent = all.filter(({ type }) => type === "outbound-rtp");
  const streams = sent.length > 0 ? sent : all.filter(({ type }) => type === "inbound-rtp");
  const [first] = streams;
  if (!first) return null;
  // What is lost of what we send, only the other side knows.
  const told = sent.length > 0 ? all.filter(({ type }) => type === "remote-inbound-rtp") : streams;
  const jitter = greatest(told.map((one) => one.jitter));
  return {
    direction: sent.length > 0 ? "sent" : "received",
    at: first.timestamp,
    bytes: sum(streams.map((one) => one.bytesSent ?? one.bytesReceived)),
    packets: sum(streams.map((one) => one.packetsSent ?? one.packetsReceived)),
    lost: sum(told.map((one) => one.packetsLost)),
    reportedLoss: greatest(told.map((one) => one.fractionLost)),
    jitter: jitter === null ? null : Math.round(jitter * 1_000),
    codec: codecIn(reports, streams),
    picture: largestPicture(streams),
  };
}

function codecIn(reports: Reports, streams: readonly Stream[]): string {
  const named = streams.map(({ codecId }) => reports.get(codecId ?? "") as { readonly mimeType?: string } | undefined);
  return named.find((codec) => codec?.mimeType)?.mimeType?.split("/")[1] ?? "";
}

function largestPicture(streams: readonly Stream[]): Picture | null {
  const pictures = streams.flatMap(({ frameWidth: width, frameHeight: height, framesPerSecond: rate = 0 }) =>
    width && height ? [{ width, height, rate: Math.round(rate) }] : [],
  );
  // A layer that is not sent now keeps its size, and has no pictures.
  const shown = pictures.filter(({ rate }) => rate > 0);
  return (shown.length > 0 ? shown : pictures).reduce<Picture | null>(
    (largest, one) => (largest && largest.width * largest.height >= one.width * one.height ? largest : one),
    null,
  );
}

/** Return what flows now, between two readings of one track; without an earlier one, rates are 0. */
export function figuresOf(now: Totals, before: Totals | undefined): Figures {
  const { jitter, codec, picture } = now;
  const seconds = before ? (now.at - before.at) / 1_000 : 0;
  const isSame = before !== undefined && seconds > 0 && now.bytes >= before.bytes;
  const bitRate = isSame ? ((now.bytes - before.bytes) * 8) / seconds : 0;
  return { bitRate, loss: now.reportedLoss ?? (isSame ? lossBetween(before, now) : null), jitter, codec, picture };
}

function lossBetween(before: Totals, now: Totals): number | null {
  if (now.direction === "sent") return null;
  // Packets that come late are taken off what was lost.
  const lost = Math.max(0, now.lost - before.lost);
  const expected = now.packets - before.packets + lost;
  return expected > 0 ? lost / expected : null;
}
