/** The details of a connection in words, as the page shows them and as a support desk gets them. */

import { bitRate, milliseconds, percent } from "../languages/formats";
import { type Key, text } from "../languages/text";
import { bitRateOf, type Details, type Flow } from "./connectionDetails";
import type { Direction } from "./figures";
import type { Route } from "./routes";

const SOURCES = {
  microphone: "device.microphone",
  camera: "device.camera",
  screen: "details.screen",
  screenSound: "details.screenSound",
} as const satisfies Record<Flow["source"], Key>;

/** Return what a flow is: one's own camera, or whose. */
export function nameOfFlow({ source, direction }: Flow, name: string): string {
  const media = text(SOURCES[source]);
  return direction === "sent" ? media : text("details.of", { name, media });
}

/** Return a flow's figures, each with its unit: `VP8`, `1280×720, 30 fps`, `1.4 Mb/s`, `loss 0%`, `jitter 3 ms`. */
export function figureTexts({ figures: { codec, picture, bitRate: bits, loss, jitter } }: Flow): string[] {
  const parts = [
    codec,
    picture && text("details.picture", { size: `${picture.width}×${picture.height}`, rate: picture.rate }),
    bitRate(bits),
    loss !== null && text("details.loss", { share: percent(loss) }),
    jitter !== null && text("details.jitter", { time: milliseconds(jitter) }),
  ];
  return parts.filter((part) => typeof part === "string" && part !== "") as string[];
}

export function routeText({ isRelayed, protocol, remote }: Route): string {
  const values = { protocol: protocol.toUpperCase(), remote };
  return isRelayed ? text("details.relayed", values) : text("details.direct", values);
}

/** Return the details of the whole connection: what they are called, and their values. */
export function summaryOf({ routes, flows }: Details, quality: string): readonly (readonly [string, string])[] {
  const measured = routes.flatMap(({ roundTrip }) => (roundTrip === null ? [] : [roundTrip]));
  return [
    [text("details.quality"), quality],
    ...routes.map((route) => [text("details.route"), routeText(route)] as const),
    ...(measured.length > 0 ? [[text("details.roundTrip"), milliseconds(Math.max(...measured))] as const] : []),
    [text("details.sent"), bitRate(bitRateOf(flows, "sent"))],
    [text("details.received"), bitRate(bitRateOf(flows, "received"))],
  ];
}

export const directionText = (direction: Direction): string =>
  text(direction === "sent" ? "details.youSend" : "details.youReceive");

/** Return everything as lines for a support desk, after `head`; `nameOf` says who others are. */
export function reportOf(
  details: Details,
  quality: string,
  head: readonly string[],
  nameOf: (identity: string) => string,
): string {
  const of = (direction: Direction) => {
    const flows = details.flows.filter((flow) => flow.direction === direction);
    const lines = flows.map((flow) => `- ${nameOfFlow(flow, nameOf(flow.identity))}: ${figureTexts(flow).join(" · ")}`);
    return lines.length > 0 ? [`${directionText(direction)}:`, ...lines] : [];
  };
  const summary = summaryOf(details, quality).map(([name, value]) => `${name}: ${value}`);
  return [...head, ...summary, ...of("sent"), ...of("received")].join("\n");
}
