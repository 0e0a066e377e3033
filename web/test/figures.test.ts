import { expect, test } from "vitest";
import { figuresOf, totalsIn } from "../src/call/figures";
import { bitRate, milliseconds, percent } from "../src/languages/formats";

const CODECS: [string, object][] = [
  ["V", { type: "codec", mimeType: "video/VP8" }],
  ["A", { type: "codec", mimeType: "audio/opus" }],
];
const reports = (...streams: object[]) =>
  new Map<string, unknown>([...CODECS, ...streams.map((one, index) => [`S${index}`, one] as [string, object])]);

const layer = (bytesSent: number, frameWidth: number, framesPerSecond: number, timestamp = 1_000) => ({
  ...{ type: "outbound-rtp", codecId: "V", timestamp, bytesSent, packetsSent: bytesSent / 1_000 },
  ...{ frameWidth, frameHeight: (frameWidth * 9) / 16, framesPerSecond },
});
const told = { type: "remote-inbound-rtp", fractionLost: 0.25, packetsLost: 7, jitter: 0.0042 };

test("a camera is the sum of its layers, and its picture the largest that is sent", () => {
  const before = totalsIn(reports(layer(10_000, 320, 15), layer(90_000, 640, 30), layer(50_000, 1280, 0), told));
  const now = totalsIn(
    reports(layer(20_000, 320, 15, 3_000), layer(180_000, 640, 30, 3_000), layer(50_000, 1280, 0, 3_000), told),
  );
  expect(now && before && figuresOf(now, before)).toEqual({
    bitRate: 400_000,
    loss: 0.25,
    jitter: 4,
    codec: "VP8",
    picture: { width: 640, height: 360, rate: 30 },
  });
});

const sound = (timestamp: number, packetsReceived: number, packetsLost: number) =>
  totalsIn(
    reports({
      ...{ type: "inbound-rtp", codecId: "A", timestamp, bytesReceived: packetsReceived * 100, jitter: 0.02 },
      ...{ packetsReceived, packetsLost },
    }),
  ) ?? expect.unreachable();

test("what is lost on the way here is counted between two readings", () => {
  const figures = figuresOf(sound(2_000, 190, 15), sound(1_000, 100, 5));
  expect(figures).toEqual({ bitRate: 72_000, loss: 0.1, jitter: 20, codec: "opus", picture: null });
});

test("late packets make no negative loss", () => {
  expect(figuresOf(sound(2_000, 200, 4), sound(1_000, 100, 5)).loss).toBe(0);
});

test("there is no rate at first, and none after the track began anew", () => {
  expect(figuresOf(sound(1_000, 100, 5), undefined)).toMatchObject({ bitRate: 0, loss: null });
  expect(figuresOf(sound(2_000, 10, 0), sound(1_000, 100, 5))).toMatchObject({ bitRate: 0, loss: null });
  expect(figuresOf(sound(1_000, 100, 5), sound(1_000, 100, 5)).bitRate).toBe(0);
});

test("a track that does not flow has no figures", () => {
  expect(totalsIn(reports({ type: "media-source" }))).toBeNull();
});

test("rates, times and shares are written in the person's language", () => {
  expect([bitRate(0), bitRate(31_400), bitRate(999_600), bitRate(1_440_000)]).toEqual([
    "0 kb/s",
    "31 kb/s",
    "1 Mb/s",
    "1.4 Mb/s",
  ]);
  expect([milliseconds(21), percent(0), percent(0.0049), percent(0.5)]).toEqual(["21 ms", "0%", "0.5%", "50%"]);
});
