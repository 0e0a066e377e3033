/** Reads the details of a running call's connection: the way of the media, and the figures of each track. */

import { type LocalTrackPublication, type RemoteTrackPublication, type Room, Track } from "livekit-client";
import { type Direction, type Figures, figuresOf, type Totals, totalsIn } from "./figures";
import { type Reports, type Route, reportsOf, routeIn } from "./routes";

export interface Flow {
  readonly id: string;
  readonly direction: Direction;
  readonly source: Source;
  /** Who sends it. */
  readonly identity: string;
  readonly figures: Figures;
}

export type Source = "microphone" | "camera" | "screen" | "screenSound";

export interface Details {
  /** The ways of sent and received media, where they differ; usually it is one. */
  readonly routes: readonly Route[];
  readonly flows: readonly Flow[];
}

const SOURCES: Partial<Record<Track.Source, Source>> = {
  [Track.Source.Microphone]: "microphone",
  [Track.Source.Camera]: "camera",
  [Track.Source.ScreenShare]: "screen",
  [Track.Source.ScreenShareAudio]: "screenSound",
};

type Publication = LocalTrackPublication | RemoteTrackPublication;

/** Reads the details of one call, again and again: rates are those since the reading before. */
export class DetailsReader {
  #before = new Map<string, Totals>();

  constructor(private readonly room: Room) {}

  async read(): Promise<Details> {
    const { localParticipant, remoteParticipants } = this.room;
    const people = [localParticipant, ...remoteParticipants.values()];
    const reading = people.flatMap(({ identity, trackPublications }) =>
      [...trackPublications.values()].map((one) => this.#flowOf(identity, one as Publication)),
    );
    const [reports, flows] = await Promise.all([reportsOf(this.room), Promise.all(reading)]);
    return { routes: differing(reports.map(routeIn)), flows: flows.filter((flow) => flow !== null) };
  }

  async #flowOf(identity: string, publication: Publication): Promise<Flow | null> {
    const source = SOURCES[publication.source];
    const reports = (await publication.track?.getRTCStatsReport()) as Reports | undefined;
    const totals = source && reports ? totalsIn(reports) : null;
    if (!source || !totals) return null;
    const id = publication.trackSid;
    const figures = figuresOf(totals, this.#before.get(id));
    this.#before.set(id, totals);
    return { id, direction: totals.direction, source, identity, figures };
  }
}

/** Return the ways without those that are the same but for their time; the shortest time of each. */
function differing(routes: readonly (Route | null)[]): Route[] {
  const ways = new Map<string, Route>();
  for (const route of routes) {
    if (!route) continue;
    const key = `${route.isRelayed} ${route.protocol} ${route.remote}`;
    const known = ways.get(key);
    if (!known || (route.roundTrip ?? Infinity) < (known.roundTrip ?? Infinity)) ways.set(key, route);
  }
  return [...ways.values()];
}

/** Return the bits a second of all flows in a direction. */
export const bitRateOf = (flows: readonly Flow[], direction: Direction): number =>
  flows.filter((flow) => flow.direction === direction).reduce((sum, { figures }) => sum + figures.bitRate, 0);
