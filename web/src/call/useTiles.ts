/** Which tiles there are, who has the floor, and what the person chose for single tiles. */

import {
  isTrackReference,
  type TrackReferenceOrPlaceholder,
  useSpeakingParticipants,
  useTracks,
} from "@livekit/components-react";
import { Track } from "livekit-client";
import { createContext, useCallback, useEffect, useMemo, useState } from "react";
import type { Shown } from "./layout/scene";
import { EMPTY_FLOOR, passFloor } from "./layout/speaker";
import { roleOf } from "./people";

/** A tile's track, or the place of a camera that is off. */
export type TileTrack = TrackReferenceOrPlaceholder;

export const keyOf = (track: TileTrack) => `${track.participant.identity} ${track.source}`;

export const isScreen = (track: TileTrack) => track.source === Track.Source.ScreenShare;

export const shownOf = (track: TileTrack): Shown => ({
  key: keyOf(track),
  identity: track.participant.identity,
  isLocal: track.participant.isLocal,
  isScreen: isScreen(track),
});

// In a large event, viewers would fill many pages with initials, so only the list of people shows them. One's own screen
// would show itself, in itself, without end.
const mayBeSeen = (track: TileTrack) =>
  isTrackReference(track)
    ? !(isScreen(track) && track.participant.isLocal)
    : !isScreen(track) && roleOf(track.participant) !== "Consumer";

/** Return the tiles of the call: one for each person who may show something, and one for each screen of another. */
export function useTiles(): TileTrack[] {
  return useTracks([
    { source: Track.Source.Camera, withPlaceholder: true },
    { source: Track.Source.ScreenShare, withPlaceholder: false },
  ]).filter(mayBeSeen);
}

const LOOK = 200;

/** Return the identity of the other person who speaks, or spoke last, for long enough. */
export function useFloor(): string | null {
  const speakers = useSpeakingParticipants()
    .filter((person) => !person.isLocal)
    .map((person) => person.identity);
  const spoken = speakers.join("\n");
  const [floor, setFloor] = useState(EMPTY_FLOOR);
  useEffect(() => {
    const now = spoken ? spoken.split("\n") : [];
    const look = () => setFloor((before) => passFloor(before, now, performance.now()));
    look();
    if (now.length === 0) return;
    const timer = setInterval(look, LOOK);
    return () => clearInterval(timer);
  }, [spoken]);
  return floor.holder;
}

/** What the person chose for single tiles, and what the tiles tell of their pictures; by the key of the tile. */
export interface TileChoices {
  /** What the menu of a tile offers: nothing, what concerns its picture, or also to pin it. */
  readonly menu: "none" | "picture" | "all";
  readonly pinned: string | null;
  readonly pin: (key: string) => void;
  readonly isFilled: (key: string) => boolean;
  readonly fill: (key: string) => void;
  readonly ratioOf: (key: string) => number | null;
  readonly report: (key: string, ratio: number | null) => void;
}

export const TileContext = createContext<TileChoices>({
  menu: "none",
  pinned: null,
  pin: () => undefined,
  isFilled: () => false,
  fill: () => undefined,
  ratioOf: () => null,
  report: () => undefined,
});

const without = (keys: ReadonlySet<string>, key: string) => new Set([...keys].filter((other) => other !== key));

export function useTileChoices(menu: TileChoices["menu"]): TileChoices {
  const [pinned, setPinned] = useState<string | null>(null);
  const [filled, setFilled] = useState<ReadonlySet<string>>(new Set());
  const [ratios, setRatios] = useState<ReadonlyMap<string, number>>(new Map());

  const pin = useCallback((key: string) => setPinned((now) => (now === key ? null : key)), []);
  const fill = useCallback(
    (key: string) => setFilled((now) => (now.has(key) ? without(now, key) : new Set([...now, key]))),
    [],
  );
  const report = useCallback((key: string, ratio: number | null) => {
    setRatios((now) => {
      if ((now.get(key) ?? null) === ratio) return now;
      const others = [...now].filter(([other]) => other !== key);
      return new Map(ratio === null ? others : [...others, [key, ratio]]);
    });
  }, []);

  return useMemo(
    () => ({
      menu,
      pinned,
      pin,
      isFilled: (key) => filled.has(key),
      fill,
      ratioOf: (key) => ratios.get(key) ?? null,
      report,
    }),
    [menu, pinned, pin, filled, fill, ratios, report],
  );
}
